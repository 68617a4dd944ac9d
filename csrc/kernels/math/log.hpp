// log, log2, log10, log1p, log of odds.
//
// x = 2^k (1 + f) with 1 + f between the roots of 1/2 and 2, s = f / (2 + f), and
// log(1 + f) = f - (f^2 / 2 - s (f^2 / 2 + s^2 p(s^2))): the large terms are exact, and what is
// rounded is small beside f.
#pragma once

#include "kernels/math/base.hpp"

namespace pyad::inline PYAD_ISA {

template <class T>
struct LogParts {
  T k, f;
};

template <class T>
inline constexpr BitsOf<T> kRootHalfBits = 0x3fe6a09e667f3bcd;
template <>
inline constexpr BitsOf<float> kRootHalfBits<float> = 0x3f3504f3;

/// Of a normal x > 0, or of x 2^`raised`.
template <class T>
inline LogParts<T> log_parts(T x, T raised) {
  using F = Format<T>;
  constexpr auto kOne = BitsOf<T>(F::kBias) << F::kMantissa;
  constexpr auto kFraction = (BitsOf<T>(1) << F::kMantissa) - 1;
  BitsOf<T> b = bits_of(x) + (kOne - kRootHalfBits<T>);
  T k =
      from_bits<T>((b >> F::kMantissa) | bits_of(F::kWhole)) - (F::kWhole + (T(F::kBias) + raised));
  T m = from_bits<T>((b & kFraction) + kRootHalfBits<T>);
  return {k, m - T(1)};
}

/// Of x > 0, subnormal numbers included.
template <class T>
inline LogParts<T> log_parts(T x) {
  constexpr T kRaised = T(Format<T>::kMantissa + 1);
  constexpr T kRaise = sizeof(T) == 4 ? T(0x1p24) : T(0x1p53);
  bool small = x < Format<T>::kMinNormal;
  return log_parts(select(small, x * kRaise, x), select(small, kRaised, T(0)));
}

/// log(1 + f) = f - (less - more).
template <class T>
struct LogOfFraction {
  T less, more;
};
template <class T>
inline LogOfFraction<T> log_of_fraction(T f) {
  T s = f / (T(2) + f), z = s * s, less = T(0.5) * f * f;
  return {less, s * fused(z, polynomial(z, Coefficients<T>::kLog), less)};
}

template <class T>
inline T log_joined(LogParts<T> p) {
  LogOfFraction<T> l = log_of_fraction(p.f);
  T small = l.less - fused(p.k, kSplitLn2<T>.low, l.more);
  return fused(p.k, kSplitLn2<T>.high, p.f - small);
}

/// -inf at 0, NaN below and at NaN, inf at inf.
template <class T>
inline T log_domain(T x, T y) {
  T edge = select(x == T(0), -kInfinity<T>, kNaN<T>);
  return select(x > T(0), select(x < kInfinity<T>, y, x), edge);
}

template <std::floating_point T>
inline T log(T x) {
  return log_domain(x, log_joined(log_parts(x)));
}

template <std::floating_point T>
inline T log2(T x) {
  constexpr Split<T> kScale = {static_cast<T>(kLog2OfE),
                               sizeof(T) == 4 ? T(0x1.4ae0cp-26) : T(0x1.777d0ffda0d24p-56)};
  LogParts<T> p = log_parts(x);
  LogOfFraction<T> l = log_of_fraction(p.f);
  T y = p.f - (l.less - l.more);
  return log_domain(x, p.k + fused(y, kScale.high, y * kScale.low));
}

template <std::floating_point T>
inline T log10(T x) {
  constexpr Split<T> kTwo = {sizeof(T) == 4 ? T(0x1.344p-2) : T(0x1.34413509f6p-2),
                             sizeof(T) == 4 ? T(0x1.3509f8p-18) : T(0x1.9fef311f12b36p-42)};
  constexpr Split<T> kScale = {static_cast<T>(0.434294481903251827651),
                               sizeof(T) == 4 ? T(-0x1.5b235ep-27) : T(0x1.95355baaafad3p-57)};
  LogParts<T> p = log_parts(x);
  LogOfFraction<T> l = log_of_fraction(p.f);
  T y = p.f - (l.less - l.more);
  T low = fused(p.k, kTwo.low, y * kScale.low);
  return log_domain(x, fused(p.k, kTwo.high, fused(y, kScale.high, low)));
}

/// log(u + lost) for a normal u beside which `lost` is small.
template <std::floating_point T>
inline T log_twofold(T u, T lost) {
  LogParts<T> p = log_parts(u, T(0));
  // lost / 2^k, which no longer counts where 2^-k is no normal number.
  using F = Format<T>;
  constexpr auto kOne = BitsOf<T>(F::kBias) << F::kMantissa;
  BitsOf<T> power = (bits_of(u) + (kOne - kRootHalfBits<T>)) >> F::kMantissa << F::kMantissa;
  T down = from_bits<T>(2 * kOne - power);
  p.f += select(u > F::kWhole, T(0), lost * down);
  return log_joined(p);
}

/// log(1 + x) for x > -1 that is finite; the sign of a zero is lost.
template <std::floating_point T>
inline T log1p_inside(T x) {
  T u = T(1) + x, back = u - T(1);
  return log_twofold(u, (T(1) - (u - back)) + (x - back));  // u + lost is 1 + x exactly
}

template <std::floating_point T>
inline T log1p(T x) {
  T y = log1p_inside(x);
  y = select(abs(x) < Format<T>::kMinNormal, x, y);
  T edge = select(x == T(-1), -kInfinity<T>, kNaN<T>);
  return select(x > T(-1), select(x < kInfinity<T>, y, x), edge);
}

/// log(x / (1 - x)). Where the quotient is near 1, what it is beyond 1 has its own digits:
/// (2 x - 1) / (1 - x), whose numerator is exact.
template <std::floating_point T>
inline T log_odds(T x) {
  T odds = x / (T(1) - x);
  LogParts<T> p = log_parts(odds);
  p.f = select(p.k == T(0), (T(2) * x - T(1)) / (T(1) - x), p.f);
  return log_domain(odds, log_joined(p));
}

}  // namespace pyad::inline PYAD_ISA
