// Cumulative sums and products, for one instruction set. float32 is accumulated in float64, as in
// PyTorch: a running sum cannot be made pairwise.
#include <type_traits>

#include "kernels/scan_kernels.hpp"

namespace pyad::inline PYAD_ISA {
namespace {

template <class T, bool PROD>
inline T join(T a, T b) {
  if constexpr (std::is_integral_v<T>) {  // wraps around
    using U = std::make_unsigned_t<T>;
    return static_cast<T>(PROD ? static_cast<U>(a) * static_cast<U>(b)
                               : static_cast<U>(a) + static_cast<U>(b));
  } else {
    return PROD ? a * b : a + b;
  }
}

/// ROWS contiguous rows side by side: their chains of additions overlap in time.
template <class T, class Acc, bool PROD, int ROWS>
void scan_rows(const T* x, T* y, int64_t n, bool reverse) {
  Acc acc[ROWS];
  for (int r = 0; r < ROWS; ++r) acc[r] = Acc(PROD ? 1 : 0);
  for (int64_t i = 0; i < n; ++i) {
    int64_t at = reverse ? n - 1 - i : i;
#pragma GCC unroll 8
    for (int r = 0; r < ROWS; ++r) {
      acc[r] = join<Acc, PROD>(acc[r], static_cast<Acc>(x[r * n + at]));
      y[r * n + at] = static_cast<T>(acc[r]);
    }
  }
}

/// One row that goes on from `carry`, which is left for the next piece of it.
template <class T, class Acc, bool PROD>
void scan_piece(const T* x, T* y, int64_t n, bool reverse, Acc* carry) {
  Acc acc = *carry;
  for (int64_t i = 0; i < n; ++i) {
    int64_t at = reverse ? n - 1 - i : i;
    acc = join<Acc, PROD>(acc, static_cast<Acc>(x[at]));
    y[at] = static_cast<T>(acc);
  }
  *carry = acc;
}

template <class T, class Acc, bool PROD>
void scan_columns(const T* x, T* y, int64_t n, int64_t columns, int64_t step, bool reverse) {
  constexpr int64_t kChunk = 256;
  Acc acc[kChunk];
  for (int64_t start = 0; start < columns; start += kChunk) {
    int64_t m = columns - start < kChunk ? columns - start : kChunk;
    for (int64_t j = 0; j < m; ++j) acc[j] = Acc(PROD ? 1 : 0);
    for (int64_t i = 0; i < n; ++i) {
      int64_t at = (reverse ? n - 1 - i : i) * step + start;
      const T* p = x + at;
      T* __restrict q = y + at;
#pragma GCC ivdep
      for (int64_t j = 0; j < m; ++j) {
        acc[j] = join<Acc, PROD>(acc[j], static_cast<Acc>(p[j]));
        q[j] = static_cast<T>(acc[j]);
      }
    }
  }
}

template <class T, bool PROD>
void scan(const void* in, void* out, int64_t outer, int64_t n, int64_t columns, int64_t step,
          bool reverse) {
  using Acc = std::conditional_t<std::is_same_v<T, float>, double, T>;
  const T* x = static_cast<const T*>(in);
  T* y = static_cast<T*>(out);
  if (step == 1) {
    int64_t r = 0;
    for (; r + 8 <= outer; r += 8) scan_rows<T, Acc, PROD, 8>(x + r * n, y + r * n, n, reverse);
    for (; r < outer; ++r) scan_rows<T, Acc, PROD, 1>(x + r * n, y + r * n, n, reverse);
    return;
  }
  for (int64_t r = 0; r < outer; ++r) {
    int64_t at = r * n * step;
    scan_columns<T, Acc, PROD>(x + at, y + at, n, columns, step, reverse);
  }
}

template <class T, bool PROD>
void piece(const void* in, void* out, int64_t n, bool reverse, bool first, void* carry) {
  using Acc = std::conditional_t<std::is_same_v<T, float>, double, T>;
  auto* acc = static_cast<Acc*>(carry);
  if (first) *acc = Acc(PROD ? 1 : 0);
  scan_piece<T, Acc, PROD>(static_cast<const T*>(in), static_cast<T*>(out), n, reverse, acc);
}

template <class T>
void set(ScanKernels* k, int type) {
  k->sum[type] = {scan<T, false>, piece<T, false>};
  k->prod[type] = {scan<T, true>, piece<T, true>};
}

}  // namespace

void fill_scan(ScanKernels* k) {
  set<int64_t>(k, dtype_index<int64_t>);
  set<float>(k, dtype_index<float>);
  set<double>(k, dtype_index<double>);
}

}  // namespace pyad::inline PYAD_ISA
