// Arithmetic series for one instruction set.
#include "kernels/series_kernels.hpp"

namespace pyad::inline PYAD_ISA {
namespace {

/// Calls body(i, number of element i) for i below n; numbers are exact in float64.
template <class F>
inline void numbered(int64_t begin, int64_t sign, int64_t n, F&& body) {
  constexpr int64_t kBlock = 1 << 20;  // indices of 32 bits become float64 in vectors everywhere
  for (int64_t start = 0; start < n; start += kBlock) {
    auto count = static_cast<int32_t>(n - start < kBlock ? n - start : kBlock);
    auto base = static_cast<double>(begin + sign * start), way = static_cast<double>(sign);
#pragma GCC ivdep
    for (int32_t i = 0; i < count; ++i) body(start + i, base + way * static_cast<double>(i));
  }
}

// One running value: GCC 12 makes vectors of it, and wrong ones of an array of running lanes (the
// second half of eight on AVX2).
void whole(int64_t* out, int64_t begin, int64_t n, int64_t first, int64_t by) {
  const auto step = static_cast<uint64_t>(by);
  auto* __restrict y = reinterpret_cast<uint64_t*>(out);
  uint64_t value = static_cast<uint64_t>(first) + static_cast<uint64_t>(begin) * step;
  for (int64_t i = 0; i < n; ++i) {
    y[i] = value;
    value += step;
  }
}

template <class T>
void steps(void* out, int64_t begin, int64_t n, double first, double by) {
  T* __restrict y = static_cast<T*>(out);
  numbered(begin, 1, n, [=](int64_t i, double k) { y[i] = static_cast<T>(first + k * by); });
}

template <class T>
void spaced(void* out, int64_t begin, bool down, int64_t n, double first, double by) {
  T* __restrict y = static_cast<T*>(out);
  const T a = static_cast<T>(first), d = static_cast<T>(by);
  numbered(begin, down ? -1 : 1, n, [=](int64_t i, double k) {
    if constexpr (sizeof(T) == 4)
      y[i] = __builtin_fmaf(d, static_cast<T>(k), a);
    else
      y[i] = __builtin_fma(d, k, a);
  });
}

}  // namespace

void fill_series(SeriesKernels* k) {
  *k = {whole, {steps<float>, steps<double>}, {spaced<float>, spaced<double>}};
}

}  // namespace pyad::inline PYAD_ISA
