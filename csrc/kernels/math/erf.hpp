// erf, erfc, exp(-x^2), gelu's two and their derivatives.
//
// In the tails erfc, gelu and the like are exp(-a^2) times a slow function of a, a polynomial of
// t = (a - k) / (a + k) over a + k. An error of a^2 would be one of the result, a^2 times as large:
// a^2 is taken in two parts, the square of the upper half of a's digits, which is exact, and the
// rest. For float all this is done in double, where nothing of it is needed, with fewer terms; with
// FMA most of it in floats (erf_short.hpp).
#pragma once

#include "kernels/math/erf_short.hpp"
#include "kernels/math/exp.hpp"
#include "kernels/math/special_coefficients.hpp"
#include "kernels/math/twofold.hpp"

namespace pyad::inline PYAD_ISA {

template <class T>
struct ErfRange;
// Where the tail's formula begins (from 1 on it falls by more than it errs from number to number),
// where erf is 1, and where erfc, exp(-x^2), gelu and its other formula are 0.
template <>
struct ErfRange<float> {
  static constexpr double seam = 0.9, one = 4, none = 10.5, gelu = 15, gelu_tanh = 12;
};
template <>
struct ErfRange<double> {
#if defined(__FMA__)
  static constexpr double seam = 1;
#else  // two roundings more before the seam show there
  static constexpr double seam = 0.9;
#endif
  static constexpr double one = 6, none = 28, gelu = 39, gelu_tanh = 23;
};

/// factor exp(high + low) in parts, precise enough for results of type T; in the range of its `exp`.
/// The factor joins what exp is beside 1, which saves a rounding.
template <class T>
PYAD_INLINE Scaled<double> exp_of_sum(double high, double low, double factor = 1) {
  double shifted = fused(high, kLog2OfE, kExpRound<double>);
  double n = shifted - kExpRound<double>;
  if constexpr (kLong<T>) {
    double exact = fused(n, -kSplitLn2<T>.high, high), rest = fused(n, -kSplitLn2<T>.low, low);
    Twofold<T> r = twofold_ordered_sum(exact, rest);
    T y = r.high + fused(r.high * r.high, polynomial(r.high, Coefficients<T>::kExp), r.low);
    return scaled(fused(factor, y, factor), shifted);
  } else {
    double r = fused(n, -kLn2, high);
    double m = fused(r, polynomial(r, SpecialCoefficients<T>::kExp), 1.0);
    return {m * factor, from_bits<double>((bits_of(shifted) - Format<double>::kBias) << 52), 1.0};
  }
}

/// factor exp(-scale a^2) in parts, `scale` a power of two.
template <class T>
PYAD_INLINE Scaled<double> exp_of_square(double a, double scale, double factor = 1) {
  if constexpr (kLong<T>) {
    T high = upper_half(a);
    return exp_of_sum<T>(-scale * high * high, -scale * ((a - high) * (a + high)), factor);
  } else {
    return exp_of_sum<T>(-scale * a * a, 0, factor);
  }
}

template <class T>
PYAD_INLINE double at_most_bound(double a, double bound) {
  return select(a > bound, bound, a);
}

/// exp(-x^2).
template <std::floating_point T>
PYAD_INLINE T gaussian(T x) {
  return static_cast<T>(static_cast<double>(
      exp_of_square<T>(at_most_bound<T>(abs(double(x)), ErfRange<T>::none), 1)));
}

/// 1 / (a + k) times the polynomial of t = 1 - 2 k / (a + k), k a power of two.
template <class T, size_t N>
PYAD_INLINE double over_shifted(double a, double k, const double (&c)[N]) {
  double d = a + k, u = 1 / d, v = -2 * k * u;
  // In steps of one term: where t is positive the terms alternate, and their halves would cancel.
  if constexpr (kLong<T>) {
    // What d and u lost, as part of u: the polynomial is steep where a is small.
    Twofold<T> one = twofold_product(u, d);
    T lost = ((1 - one.high) - one.low) - u * (a - (d - k));
    T p = horner_from<0, 1>(fused(v, lost, v + 1), c);
    return u * fused(p, lost, p);
  } else {
    return u * horner_from<0, 1>(v + 1, c);
  }
}

/// Near 0 x + x q(x^2), from the seam on 1 - 2^p(|x|).
template <std::floating_point T>
PYAD_INLINE T erf(T x) {
#if defined(__FMA__)
  if constexpr (!kLong<T>) return erf_short(x);
#endif
  constexpr double kRound = Format<double>::kRound + 1023.0;
  double w = x, a = abs(w);
  // In steps of one term: an error must not make the result fall.
  double near = fused(w, horner_from<0, 1>(a * a, SpecialCoefficients<T>::kErf), w);
  double power =
      horner_from<0, 1>(at_most_bound<T>(a, ErfRange<T>::one), SpecialCoefficients<T>::kErfcLog2);
  double shifted = power + kRound, r = power - (shifted - kRound);
  double scale = from_bits<double>(bits_of(shifted) << 52), e;  // e = 2^r - 1
  if constexpr (kLong<T>)
    e = fused(r, polynomial(r, Coefficients<T>::kExp2), 0.5 * r);
  else
    e = r * polynomial(r * kLn2, SpecialCoefficients<T>::kExp) * kLn2;
  double far = fused(-scale, e, 1 - scale);
  return static_cast<T>(select(a < ErfRange<T>::seam, near, copysign(far, w)));
}

template <std::floating_point T>
PYAD_INLINE T erfc(T x) {
#if defined(__FMA__)
  if constexpr (!kLong<T>) return erfc_short(x);
#endif
  double w = x, a = abs(w);
  // 1 - (x + x q), or (1 - x) - x q where 1 - x is exact and the result small.
  double part = w * horner_from<0, 1>(w * w, SpecialCoefficients<T>::kErf);
  double first = select(w > 0.5, 1 - w, 1.0), second = select(w > 0.5, part, w + part);
  double end = at_most_bound<T>(a, ErfRange<T>::none);
  double slow = over_shifted<T>(end, 2, SpecialCoefficients<T>::kErfcFar);
  Scaled<double> e = exp_of_square<T>(end, 1, slow);
  double tail = e, far = select(w < 0, 2 - tail, tail);
  return static_cast<T>(select(a < ErfRange<T>::seam, first - second, far));
}

/// x Phi(x), Phi the normal distribution function. Below 0 the number joins before 2^n, as a
/// subnormal number has few digits.
template <std::floating_point T>
PYAD_INLINE T gelu(T x) {
#if defined(__FMA__)
  if constexpr (!kLong<T>) return gelu_short(x);
#endif
  double w = x, a = at_most_bound<T>(abs(w), ErfRange<T>::gelu);
  double slow = over_shifted<T>(a, 4, SpecialCoefficients<T>::kNormalTail);
  Scaled<double> e = exp_of_square<T>(a, 0.5, slow);
  double above = w * (1 - e.m * e.first * e.second);
  e.m *= -a;
  double below = e;
  return static_cast<T>(select(w < 0, below, above));
}

inline constexpr double kNormalDensity = 0.398942280401432677940;  // at 0

/// Phi(x) + x Phi'(x). In the left tail it is (slow - c a) exp(-a^2 / 2), without cancellation.
template <std::floating_point T>
PYAD_INLINE T gelu_slope(T x) {
#if defined(__FMA__)
  if constexpr (!kLong<T>) return gelu_slope_short(x);
#endif
  double w = x, a = at_most_bound<T>(abs(w), ErfRange<T>::gelu);
  double slow = over_shifted<T>(a, 4, SpecialCoefficients<T>::kNormalTail);
  Scaled<double> e = exp_of_square<T>(a, 0.5, slow - kNormalDensity * a);
  double below = e;
  return static_cast<T>(select(w < 0, below, 1 - below));
}

// x (1 + tanh(v)) / 2 is x sigmoid(w), w = 2 v = x (c + d x^2), which does not cancel. w is found
// as a sum of two, as its error counts w times.
inline constexpr Twofold<double> kGeluSlope = {0x1.9884533d43651p+0, -0x1.cbc0d30ebfd15p-54};
inline constexpr Twofold<double> kGeluCubic = {0x1.2444f2a4d8b4bp-4, -0x1.6c843a29d1c70p-61};

/// exp(-w) in parts, for w of x = a >= 0 that is clamped.
template <class T>
PYAD_INLINE Scaled<double> gelu_tanh_exp(double a) {
  if constexpr (kLong<T>) {
    Twofold<T> cubic = twofold_product(a, a) * kGeluCubic;
    Twofold<T> sum = twofold_sum(kGeluSlope.high, cubic.high);
    Twofold<T> w = twofold_product(a, sum.high);
    return exp_of_sum<T>(-w.high, -fused(a, sum.low + (kGeluSlope.low + cubic.low), w.low));
  } else {
    return exp_of_sum<T>(-a * fused(a * a, kGeluCubic.high, kGeluSlope.high), 0);
  }
}

template <std::floating_point T>
PYAD_INLINE T gelu_tanh(T x) {
  double w = x, a = at_most_bound<T>(abs(w), ErfRange<T>::gelu_tanh);
  Scaled<double> e = gelu_tanh_exp<T>(a);
  double one = 1 + e.m * e.first * e.second, numerator = select(w < 0, -a * e.m, w);
  double y = numerator / one;
  return static_cast<T>(select(w < 0, y * e.first * e.second, y));
}

template <std::floating_point T>
PYAD_INLINE T gelu_tanh_slope(T x) {
  double w = x, a = at_most_bound<T>(abs(w), ErfRange<T>::gelu_tanh);
  Scaled<double> e = gelu_tanh_exp<T>(a);
  double s = 1 / (1 + e.m * e.first * e.second);
  double slope = fused(3 * kGeluCubic.high, a * a, kGeluSlope.high);
  double below = e.m * s * (1 - a * slope * s) * e.first * e.second;
  return static_cast<T>(select(w < 0, below, 1 - below));
}

}  // namespace pyad::inline PYAD_ISA
