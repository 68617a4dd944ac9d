// Means and deviations of rows whose squares leave the range of numbers: for normalisations, which
// compute such a row again.
//
// Note [Rows of extreme numbers]
// What is normalised is an ordinary number, whatever the size of what it is made of; the variance on
// the way is not. So a row whose variance overflows, or has lost its digits below the normal numbers
// while `eps` does not hide that, is taken again: in double, its numbers divided by a power of two
// near the largest. Others pay for two comparisons a row.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

#include "kernels/isa.hpp"

namespace pyad::inline PYAD_ISA {

/// Whether `variance` has its digits, or none are needed beside `eps`. NaN is ordinary.
template <class T>
inline bool is_ordinary(T variance, double eps) {
  constexpr T kLow = std::numeric_limits<T>::min() / std::numeric_limits<T>::epsilon();
  return !(variance > std::numeric_limits<T>::max()) && !(variance + static_cast<T>(eps) < kLow);
}

/// Whether cubes of 1 / deviation are numbers.
template <class T>
inline bool is_ordinary_scale(T rstd) {
  constexpr T kHigh = sizeof(T) == 4 ? T(0x1p40) : T(0x1p300);
  return !(rstd > kHigh) && !(rstd < 1 / kHigh);
}

template <class T>
struct RowStatistics {
  T mean, rstd;
};

/// The statistics of all numbers that `each(f)` calls `f` with; about 0 if not `centred`.
template <class T, class Each>
[[gnu::cold, gnu::noinline]] RowStatistics<T> careful_statistics_of(Each each, int64_t n,
                                                                    double eps, bool centred) {
  double size = 0, first = 0, sum = 0, squares = 0;
  each([&](T v) {
    if (size == 0) first = static_cast<double>(v);
    size = std::fmax(size, std::fabs(static_cast<double>(v)));
  });
  if (size == 0 || std::isinf(size)) {  // as the plain formula says
    const double nan = std::numeric_limits<double>::quiet_NaN();
    double r = size == 0 ? 1 / std::sqrt(eps) : centred ? nan : 0;
    return {static_cast<T>(size == 0 ? 0 : nan), static_cast<T>(r)};
  }
  const int scale = std::ilogb(size);
  first = std::scalbn(first, -scale);  // equal numbers deviate by nothing
  if (centred) each([&](T v) { sum += std::scalbn(static_cast<double>(v), -scale) - first; });
  const double mean = centred ? first + sum / static_cast<double>(n) : 0;
  each([&](T v) {
    double d = std::scalbn(static_cast<double>(v), -scale) - mean;
    squares += d * d;
  });
  const double variance = squares / static_cast<double>(n) + std::scalbn(eps, -2 * scale);
  return {static_cast<T>(std::scalbn(mean, scale)),
          static_cast<T>(std::scalbn(1 / std::sqrt(variance), -scale))};
}

template <class T>
inline RowStatistics<T> careful_statistics(const T* p, int64_t n, double eps, bool centred = true) {
  auto each = [=](auto f) {
    for (int64_t i = 0; i < n; ++i) f(p[i]);
  };
  return careful_statistics_of<T>(each, n, eps, centred);
}

}  // namespace pyad::inline PYAD_ISA
