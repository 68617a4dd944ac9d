// Threads for large kernels: a range cut into a few equal parts for each thread of a pool. Workers
// look for the next kernel for some microseconds, then they sleep.
#pragma once

#include <cstdint>
#include <type_traits>

#include "core/interrupt.hpp"

namespace pyad {

int num_threads();
/// At least 1; the pool grows or shrinks at the next use.
void set_num_threads(int n);

namespace detail {
/// No kernel asks for larger parts than this; tests set it to cut small arrays too.
extern int64_t largest_grain;
/// Grains of a part of a long kernel, which can be interrupted after each.
inline constexpr int64_t kLongPart = 16;
void run_parallel(int64_t n, int64_t align, int64_t most_parts, int threads,
                  void (*body)(void*, int64_t, int64_t), void* context);
}  // namespace detail

/// In a long body of a parallel_for: raises when the kernel is to stop, or another part failed.
void poll_part();

/// Calls `body(begin, end)` on parts of [0, n) of at least `grain` elements, boundaries at
/// multiples of `align`. An exception of one part ends the others' and is raised here; Ctrl-C is
/// one (Note [Interrupted kernels]).
template <class F>
void parallel_for(int64_t n, int64_t grain, F&& body, int64_t align = 1) {
  if (grain > detail::largest_grain) grain = detail::largest_grain;
  int64_t parts = grain > 0 ? n / grain : n;
  if (parts <= 1 || num_threads() == 1) {
    const int64_t piece = (detail::kLongPart * grain + align - 1) / align * align;
    if (n / 4 > piece && piece > 0) return in_pieces(n, piece, body);
    if (n > 0) body(int64_t{0}, n);
    return;
  }
  int threads = static_cast<int>(parts < num_threads() ? parts : num_threads());
  detail::run_parallel(
      n, align, parts, threads,
      [](void* c, int64_t begin, int64_t end) {
        (*static_cast<std::remove_reference_t<F>*>(c))(begin, end);
      },
      &body);
}

}  // namespace pyad
