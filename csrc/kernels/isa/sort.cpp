// Ranks of short lines, for one instruction set: n^2 comparisons without a branch are faster than
// n log n with them.
#include "kernels/sort_kernels.hpp"
#include "kernels/vector_bytes.hpp"

namespace pyad::inline PYAD_ISA {
namespace {

/// A vector of keys; a comparison of two gives -1 where it holds.
template <class K>
struct Lanes {
  typedef K Vector __attribute__((vector_size(kVectorBytes)));
  static constexpr int kCount = kVectorBytes / static_cast<int>(sizeof(K));
};

template <class K>
void rank(const K* keys, int n, K* out) {
  using V = typename Lanes<K>::Vector;
  constexpr int kLanes = Lanes<K>::kCount;
  V lane;
  for (int l = 0; l < kLanes; ++l) lane[l] = static_cast<K>(l);
  for (int first = 0; first < n; first += kLanes) {
    V own, count = lane - lane;
    __builtin_memcpy(&own, keys + first, sizeof own);
    int stop = first + kLanes < n ? first + kLanes : n;
    for (int j = 0; j < first; ++j) count -= keys[j] <= own;
    for (int j = first; j < stop; ++j)
      count -= (keys[j] < own) | ((keys[j] == own) & (static_cast<K>(j - first) < lane));
    for (int j = stop; j < n; ++j) count -= keys[j] < own;
    __builtin_memcpy(out + first, &count, sizeof count);
  }
}

}  // namespace

void fill_sort(SortKernels* k) {
  k->rank32 = rank<int32_t>;
  k->rank64 = rank<int64_t>;
}

}  // namespace pyad::inline PYAD_ISA
