// Quantiles of the normal law, and the logarithm of its distribution function; all in double.
#pragma once

#include "kernels/math/erf.hpp"
#include "kernels/math/erfinv.hpp"
#include "kernels/math/exp.hpp"
#include "kernels/math/log.hpp"
#include "kernels/math/root.hpp"

namespace pyad::inline PYAD_ISA {

inline constexpr double kRootOf2 = 1.41421356237309504880,
                        kLogOfRootOf2Pi = 0.918938533204672741780;

/// The quantile of p; infinite at 0 and 1, NaN outside.
///
/// About 1/2 by erfinv of 2 p - 1, which is exact there; in the tails from a rational start
/// (Abramowitz and Stegun, 26.2.23) by two of Halley's steps on the relative error of p.
[[gnu::noinline]] inline double ndtri_of_double(double p) {
  if (!(p >= 0 && p <= 1)) return kNaN<double>;
  if (p == 0 || p == 1) return p == 0 ? -kInfinity<double> : kInfinity<double>;
  if (abs(p - 0.5) < 0.4) return kRootOf2 * erfinv(2 * p - 1);
  const double tail = p < 0.5 ? p : 1 - p, log_tail = log(tail), t = root(-2 * log_tail);
  double z = t - (2.515517 + t * (0.802853 + t * 0.010328)) /
                     (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
  for (int i = 0; i < 2; ++i) {
    const double excess = 0.5 * erfc(z / kRootOf2) / tail - 1;
    const double step = excess * exp(0.5 * z * z + log_tail + kLogOfRootOf2Pi);
    z += step / (1 - 0.5 * z * step);
  }
  return p < 0.5 ? -z : z;
}

/// log of the probability of numbers below x.
[[gnu::noinline]] inline double log_ndtr_of_double(double x) {
  if (x > -1) return log1p(-0.5 * erfc(x / kRootOf2));
  if (x > -14 || x != x) return log(0.5 * erfc(-x / kRootOf2));
  // The asymptotic series of Mills' ratio (Abramowitz and Stegun, 26.2.12).
  const double t = 1 / (x * x);
  double sum = 0;
  for (int k = 10; k > 0; --k) sum = -(2 * k - 1) * t * (1 + sum);
  return -0.5 * x * x - log(-x) - kLogOfRootOf2Pi + log1p(sum);
}

template <std::floating_point T>
inline T ndtri(T p) {
  return static_cast<T>(ndtri_of_double(static_cast<double>(p)));
}
template <std::floating_point T>
inline T log_ndtr(T x) {
  return static_cast<T>(log_ndtr_of_double(static_cast<double>(x)));
}

}  // namespace pyad::inline PYAD_ISA
