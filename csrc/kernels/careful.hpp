// Means and deviations of rows whose squares leave the range of numbers: for normalisations, which
// compute such a row again.
//
// Note [Rows of extreme numbers]
// What is normalised is an ordinary number, whatever the size of what it is made of; sums, variances
// and powers of the deviation on the way are not. Such a row is taken again, in double: its numbers
// less the first, which is a constant, times a power of two that brings the deviations near 1. A row
// that is nearly constant beside its size is such a row too, for the mean of equal numbers is that
// number, and what a rounded sum leaves would pass for a deviation. Rows with infinities or NaN are
// left as the plain formula has them. Others pay for a few comparisons a row.
//
// Kernels that go backward know the row by its saved mean and 1 / deviation alone, and take the
// statistics again. The recorded rules (ops/standardized) do the same with recorded
// ops; higher derivatives take higher powers of the deviation, so they leave the plain way earlier.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

#include "kernels/isa.hpp"

namespace pyad::inline PYAD_ISA {

/// How much of a mean of n numbers its rounding may be.
template <class T>
inline T error_of_mean(int64_t n) {
  const T error = (T(32) + static_cast<T>(n) / 16) * std::numeric_limits<T>::epsilon();
  return error < T(0x1p-8) ? error : T(0x1p-8);
}

/// Whether `variance` around `mean` has its digits, or none are needed beside `eps`; `error` of the
/// mean as above.
template <class T>
inline bool is_ordinary(T mean, T variance, T error, double eps) {
  using Limits = std::numeric_limits<T>;
  constexpr T kLow = Limits::min() / Limits::epsilon();
  const T lost = error * mean;
  return (variance <= Limits::max()) & (variance + static_cast<T>(eps) >= kLow) &
         ((variance > lost * lost) | (mean == 0));
}

/// Whether cubes of 1 / deviation are numbers.
template <class T>
inline bool is_ordinary_scale(T rstd) {
  constexpr T kHigh = sizeof(T) == 4 ? T(0x1p40) : T(0x1p300);
  return !(rstd > kHigh) && !(rstd < 1 / kHigh);
}

/// Whether a backward kernel may use `mean` and `rstd` as they were rounded.
template <class T>
inline bool is_ordinary_row(T mean, T rstd) {
  constexpr T kMost = T(0x1p-6) / std::numeric_limits<T>::epsilon();
  const T ratio = mean * rstd;
  return is_ordinary_scale(rstd) && !(ratio > kMost) && !(ratio < -kMost);
}

/// A power of two that brings a deviation of `size`, or the root of eps if larger, near 1.
template <class T>
inline T scale_near_one(T size, double eps) {
  const auto root = static_cast<T>(std::sqrt(eps));
  const T larger = size > root ? size : root;
  if (larger == 0) return 1;
  const int by = -std::ilogb(larger), most = std::numeric_limits<T>::max_exponent - 1;
  return std::scalbn(T(1), by < most ? by : most);
}

/// What keeps the difference of two numbers up to `size` in range.
template <class T>
inline T room_for_difference(T size) {
  return size > std::numeric_limits<T>::max() / 4 ? T(0.25) : T(1);
}

/// A row in double: (v near - first) scale has mean `mean` and deviation 1 / rstd.
struct CarefulRow {
  double near = 1, first = 0, scale = 1, mean = 0, squares = 0, rstd = 0;
  bool finite = true;

  /// A number of the row, normalised.
  double operator()(double v) const { return ((v * near - first) * scale - mean) * rstd; }
  /// A derivative by the normalised, as one by the numbers of the row.
  double along(double g) const { return g * rstd * scale * near; }
  double mean_of_row() const { return (mean / scale + first) / near; }
  double variance_of_row() const { return squares / scale / scale / near / near; }
};

/// The row of all numbers that `each(f)` calls `f` with; about 0 if not `centred`.
template <class Each>
[[gnu::cold, gnu::noinline]] CarefulRow careful_row_of(Each each, int64_t n, double eps,
                                                       bool centred) {
  CarefulRow row;
  bool begun = !centred;
  double first = 0, low = 0, high = 0, other = 0;
  each([&](double v) {
    if (!begun) begun = true, first = low = high = v;
    low = v < low ? v : low;
    high = v > high ? v : high;
    other += v * 0;  // NaN if v is not finite
  });
  row.finite = other == 0;
  if (!row.finite) return row;
  row.near = room_for_difference(high > -low ? high : -low);
  row.first = first * row.near;
  const double above = high * row.near - row.first, below = row.first - low * row.near;
  row.scale = scale_near_one(above > below ? above : below, eps * row.near * row.near);
  const auto count = static_cast<double>(n);
  if (centred) {
    double sum = 0;
    each([&](double v) { sum += (v * row.near - row.first) * row.scale; });
    row.mean = sum / count;
  }
  double squares = 0;
  each([&](double v) {
    const double d = (v * row.near - row.first) * row.scale - row.mean;
    squares += d * d;
  });
  row.squares = squares / count;
  row.rstd = 1 / std::sqrt(row.squares + eps * row.near * row.near * row.scale * row.scale);
  return row;
}

template <class T>
inline CarefulRow careful_row(const T* p, int64_t n, double eps, bool centred = true) {
  auto each = [=](auto f) {
    for (int64_t i = 0; i < n; ++i) f(static_cast<double>(p[i]));
  };
  return careful_row_of(each, n, eps, centred);
}

/// 1 / deviation of the row as T, infinite where it is no number.
template <class T>
inline T rstd_of(const CarefulRow& row) {
  return static_cast<T>(row.along(1));
}

/// y for one row; weight and bias may be null. False, with nothing written, if not finite.
template <class T>
[[gnu::cold, gnu::noinline]] bool careful_norm(const T* p, int64_t n, const T* w, const T* b,
                                               double eps, bool centred, T* q, T* mean, T* rstd) {
  const CarefulRow row = careful_row(p, n, eps, centred);
  if (!row.finite) return false;
  if (mean) *mean = static_cast<T>(row.mean_of_row());
  *rstd = rstd_of<T>(row);
  for (int64_t i = 0; i < n; ++i) {
    double v = row(static_cast<double>(p[i]));
    if (w) v *= static_cast<double>(w[i]);
    if (b) v += static_cast<double>(b[i]);
    q[i] = static_cast<T>(v);
  }
  return true;
}

/// The cotangent of one row; weight may be null. False, with nothing written, if not finite.
template <class T>
[[gnu::cold, gnu::noinline]] bool careful_pull(const T* g, const T* p, const T* w, int64_t n,
                                               double eps, bool centred, T* q) {
  const CarefulRow row = careful_row(p, n, eps, centred);
  if (!row.finite) return false;
  auto pulled = [=](int64_t i) {
    return w ? static_cast<double>(g[i]) * static_cast<double>(w[i]) : static_cast<double>(g[i]);
  };
  double of_g = 0, of_gx = 0;
  for (int64_t i = 0; i < n; ++i) {
    of_g += pulled(i);
    of_gx += pulled(i) * row(static_cast<double>(p[i]));
  }
  const auto count = static_cast<double>(n);
  const double a = centred ? of_g / count : 0, b = of_gx / count;
  for (int64_t i = 0; i < n; ++i)
    q[i] = static_cast<T>(row.along(pulled(i) - a - row(static_cast<double>(p[i])) * b));
  return true;
}

}  // namespace pyad::inline PYAD_ISA
