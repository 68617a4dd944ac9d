// The incomplete gamma function, and how quantiles of gamma and beta laws move with a parameter.
//
// Note [Slopes of quantiles]
// A draw x of a law with distribution function F(x; a) moves with a, at a fixed probability, by
// dx/da = -(dF/da) / p(x): the implicit derivative of a reparametrised sample. For the gamma law
// dF/da is the integral of p(t) (log t - psi(a)) over t < x, and less that over t > x. With
// t = x exp(-u), and t = x exp(v) on the other side of the mode, what is left of p(t) / p(x) is
// exp(-a u + x (1 - exp(-u))) and exp(a v - x (exp(v) - 1)): both fall from 1 without a bend, on a
// scale that is known. So one quadrature serves all parameters: u = s exp(r - exp(-r)) makes the
// trapezoidal rule in r converge doubly exponentially (Takahasi and Mori, "Double exponential
// formulas for numerical integration", 1974), and with a step of 1/16 its error is below rounding.
// The same integral without the logarithm is F(x; a) / p(x) or (1 - F) / p(x), the incomplete gamma
// function. The beta law goes the same way: dx/da of Beta(a, b) from either end.
#pragma once

#include "kernels/math/exp.hpp"
#include "kernels/math/gamma.hpp"
#include "kernels/math/log.hpp"
#include "kernels/math/root.hpp"

namespace pyad::inline PYAD_ISA {

/// Nodes u and weights of the integral over (0, inf).
struct HalfLineRule {
  static constexpr int kNodes = 144;
  double u[kNodes], weight[kNodes];
  HalfLineRule() {
    for (int k = 0; k < kNodes; ++k) {
      const double r = (k - 67) / 16.0, falling = exp(-r);
      u[k] = exp(r - falling);
      weight[k] = u[k] * (1 + falling) / 16;
    }
  }
};
inline const HalfLineRule& half_line_rule() {
  static const HalfLineRule rule;
  return rule;
}

/// The integral of `f(u)` over (0, inf), where f falls on the scale 1.
template <class F>
inline double over_half_line(F f) {
  const HalfLineRule& rule = half_line_rule();
  double term[HalfLineRule::kNodes];
#pragma GCC ivdep
  for (int k = 0; k < HalfLineRule::kNodes; ++k) term[k] = rule.weight[k] * f(rule.u[k]);
  double sum[4] = {};
  for (int k = 0; k < HalfLineRule::kNodes; k += 4)
    for (int j = 0; j < 4; ++j) sum[j] += term[k + j];
  return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

/// The integral over the part of the gamma law on the near side of x of `f(log t - log x)`, over
/// x p(x). Above a small x, where the second integrand is flat before it falls, t - x is the variable.
template <class F>
inline double over_gamma_part(double a, double x, F f) {
  if (x > a && x <= 1) {
    return over_half_line([=](double u) {
             const double v = log1p(u / x);
             return exp((a - 1) * v - u) * f(v);
           }) /
           x;
  }
  const double s = x > 1 ? 1 / (abs(x - a) + root(x)) : 1 / a, sign = x <= a ? -1.0 : 1.0;
  return s * over_half_line([=](double u) {
           const double v = sign * s * u;
           return exp(a * v - x * expm1(v)) * f(v);
         });
}

/// log x^a exp(-x) / gamma(a), of positive numbers.
inline double log_gamma_kernel(double a, double x) {
  if (a < 12) return a * log(x) - x - lgamma(a);
  // Of a (log(x / a) - x / a + 1), a difference of near numbers, by log1p; Stirling's series.
  const double d = (x - a) / a, t = 1 / (a * a);
  const double near = abs(d) < 0.5 ? log1p(d) - d : log(x / a) - d;
  const double stirling =
      (1.0 / 12 - t * (1.0 / 360 - t * (1.0 / 1260 - t * (1.0 / 1680 - t / 1188)))) / a;
  return a * near + 0.5 * log(a / (2 * kPi)) - stirling;
}

/// P(a, x), the lower, or Q(a, x), the upper share.
[[gnu::noinline]] inline double incomplete_gamma_of_double(double a, double x, bool upper) {
  if (!(a >= 0) || !(x >= 0)) return kNaN<double>;
  const bool far = x == kInfinity<double>, large = a == kInfinity<double>;
  if ((far && large) || (a == 0 && x == 0)) return kNaN<double>;
  if (far || a == 0) return upper ? 0 : 1;
  if (large || x == 0) return upper ? 1 : 0;
  const double near =
      exp(log_gamma_kernel(a, x)) * over_gamma_part(a, x, [](double) { return 1.0; });
  return (x <= a) == upper ? 1 - near : near;
}

/// dx/da of a draw x of Gamma(a, 1).
[[gnu::noinline]] inline double gamma_slope_of_double(double a, double x) {
  if (!(a > 0) || !(x >= 0)) return kNaN<double>;
  if (x == 0 || x == kInfinity<double> || a == kInfinity<double>) return 0;
  const double sign = x <= a ? -1.0 : 1.0, level = log(x) - digamma(a);
  return sign * x * over_gamma_part(a, x, [=](double v) { return level + v; });
}

/// The derivative of that by a, at a fixed x: -(d2F/da2) / p less the slope times that of log p.
[[gnu::noinline]] inline double gamma_curve_of_double(double a, double x) {
  if (!(a > 0) || !(x >= 0)) return kNaN<double>;
  if (x == 0 || x == kInfinity<double> || a == kInfinity<double>) return 0;
  const double sign = x <= a ? -1.0 : 1.0, level = log(x) - digamma(a), bend = trigamma(a);
  const double second =
      over_gamma_part(a, x, [=](double v) { return (level + v) * (level + v) - bend; });
  return sign * x * second - gamma_slope_of_double(a, x) * level;
}

/// The scale on which ((1 - x exp(-u)) / (1 - x))^(b - 1) exp(-a u) falls; y is 1 - x.
inline double beta_scale(double a, double b, double x, double y) {
  const double bend = (b - 1) * x / y;
  if (-(b - 1) * log(y) <= 1) return 1 / a;
  return 1 / ((a - bend) + root(bend / y));
}

/// dx/da of a draw x of Beta(a, b), over 1 - x.
[[gnu::noinline]] inline double beta_slope_of_double(double x, double a, double b) {
  const double y = 1 - x;
  if (!(a > 0) || !(b > 0) || !(x >= 0) || !(y >= 0)) return kNaN<double>;
  if (x == 0 || y == 0) return 0;
  const double level = digamma(a) - digamma(a + b);
  if (x * (a + b) <= a) {
    const double s = beta_scale(a, b, x, y), odds = x / y, from = log(x) - level;
    const double integral = over_half_line([=](double u) {
      const double v = s * u;
      return exp((b - 1) * log1p(-odds * expm1(-v)) - a * v) * (from - v);
    });
    return -odds * s * integral;
  }
  const double s = beta_scale(b, a, y, x), odds = y / x, from = log(x) - level;
  return s * over_half_line([=](double u) {
           const double v = s * u, rise = log1p(-odds * expm1(-v));
           return exp((a - 1) * rise - b * v) * (from + rise);
         });
}

template <std::floating_point T>
inline T incomplete_gamma(T a, T x, bool upper) {
  return static_cast<T>(
      incomplete_gamma_of_double(static_cast<double>(a), static_cast<double>(x), upper));
}
template <std::floating_point T>
inline T gamma_slope(T a, T x) {
  return static_cast<T>(gamma_slope_of_double(static_cast<double>(a), static_cast<double>(x)));
}
template <std::floating_point T>
inline T gamma_curve(T a, T x) {
  return static_cast<T>(gamma_curve_of_double(static_cast<double>(a), static_cast<double>(x)));
}
template <std::floating_point T>
inline T dirichlet_slope(T x, T a, T total) {
  const double b = static_cast<double>(total) - static_cast<double>(a);
  return static_cast<T>(beta_slope_of_double(static_cast<double>(x), static_cast<double>(a), b));
}

}  // namespace pyad::inline PYAD_ISA
