// polygamma of any order, by the series of Hurwitz's zeta function: n! zeta(n + 1, x).
//
// No vector code: of orders beyond 1 only derivatives of derivatives have need. All in double.
#pragma once

#include "kernels/math/gamma.hpp"

namespace pyad::inline PYAD_ISA {

/// x^n for a whole n >= 0.
inline double whole_power_of(double x, int64_t n) {
  double y = 1;
  for (; n > 0; n >>= 1, x *= x)
    if (n & 1) y *= x;
  return y;
}

/// n! x^-(n + 1); the factors alternate between large and small, so that no product overflows
/// first.
inline double factorial_over_power(int64_t n, double x) {
  double y = 1 / x;
  for (int64_t i = 1; i <= n && y != 0 && abs(y) < kInfinity<double>; ++i)
    y *= static_cast<double>(i) / x;
  return y;
}

/// n! zeta(n + 1, x) for x > 0 and n > 0, by Euler's and Maclaurin's formula: terms before `from`,
/// then an integral, half a term, and derivatives. All relative to the first term.
inline double zeta_times_factorial(int64_t n, double x) {
  // B(2 j) / (2 j)!
  constexpr double kBernoulli[] = {
      0x1.5555555555555p-4,  -0x1.6c16c16c16c17p-10, 0x1.1566abc011567p-15, -0x1.bbd779334ef0bp-21,
      0x1.66a8f2bf70ebep-26, -0x1.22805d644267fp-31, 0x1.d6db2c4e09162p-37, -0x1.7da4e1f79955cp-42,
      0x1.355871d652e9ep-47, -0x1.f57d968caacf1p-53};
  const double s = static_cast<double>(n + 1), from = 14 + static_cast<double>(n);
  double sum = 0, z = x;
  for (; z < from; z += 1) {
    double term = whole_power_of(x / z, n + 1);
    sum += term;
    if (term < 0x1p-60 * sum) return sum * factorial_over_power(n, x);
  }
  double power = whole_power_of(x / z, n + 1), factor = s / z;
  sum += power * (z / static_cast<double>(n) + 0.5);
  for (int j = 0; j < 10; ++j) {
    sum += power * (factor * kBernoulli[j]);
    const double k = s + 2 * j + 1;
    factor *= k / z * ((k + 1) / z);
  }
  return sum * factorial_over_power(n, x);
}

/// The same for x < 0: the sum over all whole numbers, less those below.
inline double zeta_times_factorial_below(int64_t n, double x) {
  const double a = -x, r = -nearest_whole(a).rest;
  if (r == 0) return kInfinity<double>;
  const double sign = n & 1 ? 1 : -1;  // (-1)^(n + 1)
  const double first = factorial_over_power(n, r);
  if (abs(first) == kInfinity<double>) return first;
  return first + ((zeta_times_factorial(n, 1 + r) - sign * zeta_times_factorial(n, 1 + a)) +
                  sign * zeta_times_factorial(n, 1 - r));
}

[[gnu::noinline]] inline double polygamma_of_double(double order, double x) {
  if (!(order >= 0) || order != rint(order) || order > 0x1p52 || x != x) return kNaN<double>;
  const auto n = static_cast<int64_t>(order);
  if (n == 0) return digamma_of_double(x);
  if (n == 1) return trigamma_of_double(x);
  double y;
  if (x == 0)
    y = kInfinity<double>;
  else if (x > 0)
    y = x < kInfinity<double> ? zeta_times_factorial(n, x) : 0;
  else
    y = zeta_times_factorial_below(n, x);
  return n & 1 ? y : -y;
}

/// The derivative of order n of digamma; NaN unless n is a whole number from 0 on.
template <std::floating_point T>
inline T polygamma(T n, T x) {
  return static_cast<T>(polygamma_of_double(static_cast<double>(n), static_cast<double>(x)));
}

}  // namespace pyad::inline PYAD_ISA
