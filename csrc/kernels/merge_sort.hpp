// A stable sort by any order that can be interrupted: short runs are sorted, then merged.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/interrupt.hpp"

namespace pyad {

/// Sorts `v`, equals in their order. Asks for Ctrl-C as kernels do: see Note [Interrupted kernels].
template <class T, class Less>
void merge_sort(std::vector<T>& v, Less less) {
  constexpr int64_t kRun = 1 << 14, kPolled = 1 << 14;
  const auto n = static_cast<int64_t>(v.size());
  in_pieces(n, kRun, [&](int64_t begin, int64_t end) {
    std::stable_sort(v.begin() + begin, v.begin() + end, less);
  });
  std::vector<T> spare(n > kRun ? v.size() : 0);
  for (int64_t run = kRun; run < n; run *= 2) {
    for (int64_t begin = 0; begin < n; begin += 2 * run) {
      const int64_t middle = std::min(n, begin + run), end = std::min(n, middle + run);
      const T *left = v.data() + begin, *right = v.data() + middle;
      const T *left_end = right, *right_end = v.data() + end;
      in_pieces(end - begin, kPolled, [&](int64_t from, int64_t to) {
        for (T *at = spare.data() + begin + from, *stop = spare.data() + begin + to; at < stop;
             ++at) {
          const bool second = left == left_end || (right != right_end && less(*right, *left));
          *at = second ? *right++ : *left++;
        }
      });
      poll_kernel();
    }
    v.swap(spare);
  }
}

}  // namespace pyad
