// lgamma, digamma and trigamma, all computed in double.
//
// Of positive arguments: polynomials about a point between 1 and 3, the recurrence to come there
// from below and from the next interval, and Stirling's series beyond. Logarithms are kept as sums
// of two, since they are multiplied by the argument or cancel where a function has a root. Of
// negative arguments: the reflection formulas, for whose roots the terms too are kept as sums of
// two.
#pragma once

#include "kernels/math/gamma_coefficients.hpp"
#include "kernels/math/hyperbolic_coefficients.hpp"
#include "kernels/math/inverse_trig.hpp"
#include "kernels/math/log.hpp"
#include "kernels/math/trig.hpp"
#include "kernels/math/twofold.hpp"

namespace pyad::inline PYAD_ISA {

/// All bits where a < b, else none; anything of a NaN. The baseline set chooses no 64-bit integers
/// by comparing doubles, and for `select` there is so much to choose that it becomes branches.
PYAD_INLINE uint64_t less(double a, double b) {
#if defined(__SSE2__) && !defined(__AVX__)
  return uint64_t(0) - (bits_of(a - b) >> 63);
#else
  return mask<double>(a < b);
#endif
}
PYAD_INLINE uint64_t is_zero(double a) { return less(abs(a), 0x1p-1074); }
PYAD_INLINE double chosen(uint64_t m, double a, double b) { return either<double>(m, a, b); }

/// log(x (1 + rest)) for x > 0 and a small rest, with an error of about 2^-58.
PYAD_INLINE Twofold<double> twofold_log(double x, double rest) {
  LogParts<double> p = log_parts(x);
  double f = p.f, s = f / (2 + f), z = s * s;
  Twofold<double> half = twofold_product(0.5 * f, f);
  Twofold<double> first = twofold_ordered_sum(p.k * kSplitLn2<double>.high, f);
  Twofold<double> second = twofold_ordered_sum(first.high, -half.high);
  double more = s * fused(z, polynomial(z, Coefficients<double>::kLog), half.high);
  double low = fused(p.k, kSplitLn2<double>.low, more - half.low) + rest;
  return twofold_ordered_sum(second.high, (first.low + second.low) + low);
}

/// a, a whole number and what is left, at most 1/2; nothing is left of numbers that are whole.
struct Whole {
  double n, rest;
};
PYAD_INLINE Whole nearest_whole(double a) {
  constexpr double kWhole = Format<double>::kWhole;
  double n = (a + kWhole) - kWhole;
  return {n, chosen(less(kWhole - 0.5, a), 0.0, a - n)};
}

/// |sin(pi r)| / pi for |r| <= 1/2.
PYAD_INLINE Twofold<double> sine_of_turns(double r) {
  double a = abs(r), z = a * a;
  return twofold_ordered_sum(a, a * (z * polynomial(z, GammaCoefficients::kSinPi)));
}

/// log(of (1 + lost / of)) for results of type T: a sum of two, or as precise as float32 needs.
PYAD_INLINE Twofold<double> gamma_log(double of, double lost, double) {
  return twofold_log(of, lost);
}
PYAD_INLINE Twofold<double> gamma_log(double of, double, float) {
  LogParts<double> p = log_parts(of);
  return {kLn2 * fused(p.f, polynomial(p.f, HyperbolicCoefficients<float>::kPowerLog), p.k), 0};
}

/// log gamma(|x|), or log |gamma(x)| where |x| < 1/2, as a sum of two where T asks for it.
template <class T>
PYAD_INLINE Twofold<double> lgamma_above(double x, double a, uint64_t small) {
  using C = GammaCoefficients;
  constexpr double kLogOfRoot = 0.918938533204672741780;  // log(2 pi) / 2
  // About 0 both steps of the recurrence at once: gamma(2 + x) / (x (1 + x)).
  uint64_t one = less(a, 1.25), two = less(a, 2.5), three = less(a, 3.5);
  double next = 1 + x;
  Twofold<double> both = {x * next, 0};
  if constexpr (kLong<T>) both = twofold_product(x, next);
  double of = chosen(small, abs(both.high), chosen(one, a, chosen(two, 1.0, a - 1)));
  of = chosen(three, of, a);
  double inverse = 1 / chosen(less(of, 1e-290), 1e-290, of), lost = 0;
  if constexpr (kLong<T>) {
    lost = fused(x, x - (next - 1), both.low) * copysign(inverse, x);
    lost = chosen(small, lost, 0.0);
  }
  Twofold<double> log = gamma_log(of, lost, T());

  double w = chosen(small, x, chosen(one, a - 1, chosen(two, a - 2, a - 3)));
  double near = w * polynomial(w, C::kLgammaNear);
  double sign = chosen(one, -1.0, chosen(two, 0.0, 1.0));
  double near_high = sign * log.high, near_low = fused(sign, log.low, near);

  // (a - 1/2) (log(a) - 1) + (log(2 pi) - 1) / 2 + ...
  double t = inverse * inverse, m = a - 0.5;
  double series = fused(inverse, polynomial(t, C::kStirling), kLogOfRoot - 0.5);
  if constexpr (kLong<T>) {
    Twofold<double> rest = twofold_sum(log.high, -1.0), p = twofold_product(m, rest.high);
    double far_low = fused(m, log.low + rest.low, p.low) + series;
    return {chosen(three, near_high, p.high), chosen(three, near_low, far_low)};
  } else {
    return {chosen(three, near_high + near_low, fused(m, log.high - 1, series)), 0};
  }
}

template <class T>
PYAD_INLINE double lgamma_joined(Twofold<double> y, double a) {
  if constexpr (!kLong<T>) return y.high;
  return chosen(less(2.5e305, a), y.high, y.high + y.low);
}

/// log |gamma(x)|.
template <class T>
PYAD_INLINE double lgamma_of_double(double x) {
  double a = abs(x);
  uint64_t small = less(a, 0.5);
  Twofold<double> y = lgamma_above<T>(x, a, small);
  // -log(a |sin(pi a)| / pi) - lgamma(a)
  Whole whole = nearest_whole(a);
  Twofold<double> sine = sine_of_turns(whole.rest), u = twofold_product(a, sine.high);
  Twofold<double> other = twofold_log(u.high, fused(a, sine.low, u.low) / u.high);
  Twofold<double> sum = twofold_sum(y.high, other.high);
  double below = -(sum.high + (sum.low + (y.low + other.low)));
  below = chosen(is_zero(whole.rest), kInfinity<double>, below);
  double above = chosen(is_zero(x), kInfinity<double>, lgamma_joined<T>(y, a));
  return chosen(less(x, 0) & ~small, below, above);
}

/// A set sign where x is not above 0: the loops look for the numbers that are.
template <class T>
PYAD_INLINE BitsOf<T> beyond_positive(T x) {
  return bits_of(x) | (bits_of(x) - 1);
}

inline constexpr double kLargest = 0x1.fffffffffffffp1023;

/// psi(1 + b) for b >= 0 and what is shared by its derivatives.
struct PsiParts {
  double b, y, inverse, t, c;
  uint64_t below, below_one, near, next;  // of x, x, b, b: less than 0, 1, 1, 2
};
template <bool POSITIVE>
PYAD_INLINE PsiParts psi_parts(double x) {
  PsiParts p;
  p.below = POSITIVE ? 0 : less(x, 0);
  p.below_one = less(x, 1);
  p.b = chosen(p.below, -x, chosen(p.below_one, x, x - 1));
  p.near = less(p.b, 1);
  p.next = less(p.b, 2);
  p.y = 1 + p.b;
  p.inverse = 1 / chosen(p.near, x, chosen(p.next, p.b, p.y));
  p.t = p.inverse * p.inverse;
  p.c = p.b - chosen(p.near, 0.5, 1.5);
  return p;
}

/// The logarithmic derivative of gamma(x).
template <bool POSITIVE = false>
PYAD_INLINE double digamma_of_double(double x) {
  using C = GammaCoefficients;
  constexpr Split<double> kRoot = {0x1.d8b618d5af8fep-2,
                                   -0x1.1e563779a1f5bp-56};  // of psi(1.5 + c), as c + 1/2
  PsiParts p = psi_parts<POSITIVE>(x);
  double from_root = (p.b - chosen(p.near, 0.0, 1.0) - kRoot.high) - kRoot.low;
  // In steps of one term, so that errors do not make the sum fall.
  double near = from_root * horner_from<0, 1>(p.c, C::kDigammaNear);
  // psi(1 + b) = psi(b) + 1 / b; for 0 < x < 1 psi(x) = psi(1 + x) - 1 / x
  double step = chosen(p.near, chosen(p.below_one & ~p.below, -p.inverse, 0.0), p.inverse);
  Twofold<double> log = twofold_log(p.y, 0);
  double lost = p.b - (p.y - 1);
  double far_low = log.low + fused(p.inverse, lost - 0.5, p.t * polynomial(p.t, C::kDigammaFar));
  double high = chosen(p.next, step, log.high), low = chosen(p.next, near, far_low);
  double above = high + low;
  if constexpr (POSITIVE) return chosen(less(kLargest, x), x, above);

  // psi(-a) = psi(1 + a) + pi cot(pi a)
  double r = nearest_whole(p.b).rest, u = 1 / r;
  Twofold<double> one = twofold_product(u, r);
  double u_low = ((1 - one.high) - one.low) * u;
  // The first term is as large as the sum: its errors are kept, as those of 1 / r are.
  double z = r * r, zz = z * z;
  Twofold<double> first = twofold_product(r, C::kCotPi[0]);
  double others = fused(horner_from<2, 2>(zz, C::kCotPi), z, horner_from<1, 2>(zz, C::kCotPi));
  double rest = fused(r * z, others, first.low + u_low);
  Twofold<double> sum = twofold_sum(high, u), all = twofold_sum(sum.high, first.high);
  double below = all.high + (all.low + (sum.low + (low + rest)));
  below = chosen(less(abs(r), 1e-290), u, below);
  below = chosen(is_zero(r), kNaN<double>, below);
  double y = chosen(p.below, below, above);
  y = chosen(is_zero(x), copysign(kInfinity<double>, -x), y);
  return chosen(less(kLargest, x), x, y);
}

/// The derivative of digamma.
template <bool POSITIVE = false>
PYAD_INLINE double trigamma_of_double(double x) {
  using C = GammaCoefficients;
  PsiParts p = psi_parts<POSITIVE>(x);
  double near = polynomial(p.c, C::kTrigammaNear);
  double step = chosen(p.near, chosen(p.below_one & ~p.below, p.t, 0.0), -p.t);
  double far = fused(p.t * p.inverse, polynomial(p.t, C::kTrigammaFar), 0.5 * p.t);
  double above = chosen(p.next, step + near, p.inverse + far);
  above = chosen(less(kLargest, x), 0.0, above);
  if constexpr (POSITIVE) return above;
  double sine = sine_of_turns(nearest_whole(p.b).rest).high, u = 1 / sine;
  double below = fused(u, u, -above);
  below = chosen(is_zero(sine), kInfinity<double>, below);
  return chosen(p.below, below, above);
}

// On `Near` numbers, which are above 0, without the reflections: Note [Large angles].
template <std::floating_point T>
PYAD_INLINE T lgamma(T x) {
  return static_cast<T>(lgamma_of_double<T>(static_cast<double>(x)));
}
template <class T>
PYAD_INLINE T lgamma(Near<T> x) {
  double a = x.value;
  return static_cast<T>(lgamma_joined<T>(lgamma_above<T>(a, a, less(a, 0.5)), a));
}
template <std::floating_point T>
PYAD_INLINE T digamma(T x) {
  return static_cast<T>(digamma_of_double(static_cast<double>(x)));
}
template <class T>
PYAD_INLINE T digamma(Near<T> x) {
  return static_cast<T>(digamma_of_double<true>(static_cast<double>(x.value)));
}
template <std::floating_point T>
PYAD_INLINE T trigamma(T x) {
  return static_cast<T>(trigamma_of_double(static_cast<double>(x)));
}
template <class T>
PYAD_INLINE T trigamma(Near<T> x) {
  return static_cast<T>(trigamma_of_double<true>(static_cast<double>(x.value)));
}

}  // namespace pyad::inline PYAD_ISA
