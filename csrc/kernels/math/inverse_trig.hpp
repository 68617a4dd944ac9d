// atan, atan2, asin, acos.
//
// Every result is a multiple of pi / 4 plus a small odd polynomial. What is rounded before the last
// sum is small beside the result and grows with the argument: so the functions are monotone.
// Cases are chosen by masks of bits, as `select` of what must be computed first becomes a branch.
#pragma once

#include "kernels/math/base.hpp"
#include "kernels/math/root.hpp"
#include "kernels/math/trig_coefficients.hpp"

namespace pyad::inline PYAD_ISA {

/// pi / 4: products of `high` and whole numbers up to 4 are exact.
template <class T>
inline constexpr Split<T> kQuarterPi = {static_cast<T>(0x1.921fb54442d18p-1),
                                        static_cast<T>(0x1.1a62633145c07p-55)};
template <>
inline constexpr Split<float> kQuarterPi<float> = {0x1.921fb4p-1f, 0x1.4442d2p-25f};

#if defined(__SSE2__) && !defined(__SSE4_2__)
// Selections of 64-bit integers are no vectors here, those of doubles are: but a constant would be
// turned into an integer.
inline double all_bits = __builtin_bit_cast(double, ~uint64_t(0));
inline uint64_t mask64(bool c) { return bits_of(c ? all_bits : 0.0); }
#else
inline uint64_t mask64(bool c) { return c ? ~uint64_t(0) : 0; }
#endif

/// All bits, or none.
template <class T>
inline BitsOf<T> mask(bool c) {
  if constexpr (sizeof(T) == 8)
    return mask64(c);
  else
    return c ? ~BitsOf<T>(0) : BitsOf<T>(0);
}
/// x, or 0.
template <class T>
inline T where(BitsOf<T> m, T x) {
  return from_bits<T>(bits_of(x) & m);
}
template <class T>
inline T either(BitsOf<T> m, T a, T b) {
  return from_bits<T>((bits_of(a) & m) | (bits_of(b) & ~m));
}

/// The angle of (x, y), both positive: `eighths` pi / 4 + t + rest, t = tan of the difference.
template <class T>
struct AngleParts {
  T eighths, t;
};
template <class T>
inline AngleParts<T> angle_parts(T y, T x) {
  BitsOf<T> below = mask<T>(y < T(0.4375) * x), above = mask<T>(y > T(2.4375) * x);
  T over = where<T>(~above, y) - where<T>(~below, x),
    under = where<T>(~below, y) + where<T>(~above, x);
  return {where<T>(~below, T(1)) + where<T>(above, T(1)), over / under};
}

template <std::floating_point T>
inline T atan(T x) {
  AngleParts<T> p = angle_parts(abs(x), T(1));
  T z = p.t * p.t;
  T rest = fused(p.t * z, polynomial(z, TrigCoefficients<T>::kAtan), p.eighths * kQuarterPi<T>.low);
  return copysign(fused(p.eighths, kQuarterPi<T>.high, p.t + rest), x);
}

/// Beyond `large` both operands are scaled down, so that their sum does not overflow; others
/// are multiplied, so that no product with them is subnormal.
template <class T>
struct RatioRange;
template <>
struct RatioRange<float> {
  static constexpr float large = 0x1p100f, down = 0x1p-25f, up = 0x1p25f;
};
template <>
struct RatioRange<double> {
  static constexpr double large = 0x1p900, down = 0x1p-64, up = 0x1p64;
};

/// Of signed zeros and infinities as C's.
template <std::floating_point T>
inline T atan2(T y, T x) {
  using R = RatioRange<T>;
  T ay = abs(y), ax = abs(x);
  T scale = either<T>(mask<T>(ay > R::large) | mask<T>(ax > R::large), R::down, R::up);
  AngleParts<T> p = angle_parts(ay * scale, ax * scale);
  // The quotient of two zeros or two infinities.
  p.t = where<T>(mask<T>(ay != ax), p.t);
  p.eighths = where<T>(mask<T>(ay != T(0)), p.eighths);
  BitsOf<T> left = BitsOf<T>(0) - (bits_of(x) >> (8 * sizeof(T) - 1));
  T eighths = either<T>(left, T(4) - p.eighths, p.eighths);
  T t = from_bits<T>(bits_of(p.t) ^ (left & (BitsOf<T>(1) << (8 * sizeof(T) - 1)))), z = t * t;
  T rest = fused(t * z, polynomial(z, TrigCoefficients<T>::kAtan), eighths * kQuarterPi<T>.low);
  return copysign(fused(eighths, kQuarterPi<T>.high, t + rest), y);
}

/// asin(a) for 0 <= a <= 1/2, and for a > 1/2 asin(sqrt((1 - a) / 2)), half the rest to pi / 2.
template <class T>
struct ArcParts {
  BitsOf<T> outer;
  T r, rest;
};
template <class T>
inline ArcParts<T> arc_parts(T a) {
  BitsOf<T> outer = mask<T>(a > T(0.5));
  T z = either<T>(outer, fused(T(-0.5), a, T(0.5)), a * a);
  T r = either<T>(outer, root(z), a);
  return {outer, r, r * z * polynomial(z, TrigCoefficients<T>::kAsin)};
}

template <std::floating_point T>
inline T asin(T x) {
  ArcParts<T> p = arc_parts(abs(x));
  // r + rest, or pi / 2 - 2 (r + rest).
  T factor = either<T>(p.outer, T(-2), T(1));
  T low = where<T>(p.outer, T(2) * kQuarterPi<T>.low),
    high = where<T>(p.outer, T(2) * kQuarterPi<T>.high);
  return copysign(high + (factor * p.r + fused(factor, p.rest, low)), x);
}

template <std::floating_point T>
inline T acos(T x) {
  ArcParts<T> p = arc_parts(abs(x));
  // pi / 2 - (r + rest) with the sign of x, or 2 (r + rest) from 0 or from pi.
  BitsOf<T> left = BitsOf<T>(0) - (bits_of(x) >> (8 * sizeof(T) - 1));
  T factor = either<T>(p.outer, T(2), T(-1));
  factor = from_bits<T>(bits_of(factor) ^ (left & (BitsOf<T>(1) << (8 * sizeof(T) - 1))));
  T eighths = either<T>(p.outer, where<T>(left, T(4)), T(2));
  T low = eighths * kQuarterPi<T>.low;
  return fused(eighths, kQuarterPi<T>.high, factor * p.r + fused(factor, p.rest, low));
}

}  // namespace pyad::inline PYAD_ISA
