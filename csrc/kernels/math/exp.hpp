// exp, exp2, expm1.
//
// x = n ln 2 + r with |r| <= ln 2 / 2, and exp(r) = 1 + r + r^2 q(r). 2^n is multiplied in two
// halves, so that results which are subnormal or infinite round once and come out right; arguments
// are clamped to where the result no longer changes, and NaN passes every comparison.
#pragma once

#include "kernels/math/base.hpp"

namespace pyad::inline PYAD_ISA {

template <class T>
struct ExpRange;
template <>
struct ExpRange<float> {  // exp: 0 below `low`, infinite above `high`; expm1: -1 below `one`, x
                          // about 0
  static constexpr float low = -104, high = 89, low2 = -151, high2 = 129, one = -25,
                         same = 0x1p-30f;
};
template <>
struct ExpRange<double> {
  static constexpr double low = -746, high = 710, low2 = -1076, high2 = 1025, one = -45,
                          same = 0x1p-60;
};

/// m 2^n, with 2^n as a product of two that are normal for every n from -2 bias to 2 bias.
template <class T>
struct Scaled {
  T m, first, second;
  operator T() const { return m * first * second; }
};

/// `shifted` is kRound + 2 bias + n, rounded to a whole number.
template <class T>
inline Scaled<T> scaled(T m, T shifted) {
  BitsOf<T> b = bits_of(shifted), half = b >> 1;
  constexpr int kShift = Format<T>::kMantissa;
  return {m, from_bits<T>(half << kShift), from_bits<T>((b - half) << kShift)};
}

template <class T>
inline constexpr T kExpRound = Format<T>::kRound + static_cast<T>(2 * Format<T>::kBias);

/// exp(x) - 1 of the reduced x, and 2^n, for x that is clamped.
template <class T>
inline Scaled<T> expm1_scaled(T x) {
  T shifted = fused(x, static_cast<T>(kLog2OfE), kExpRound<T>);
  T n = shifted - kExpRound<T>;
  T r = fused(n, -kSplitLn2<T>.low, fused(n, -kSplitLn2<T>.high, x));
  return scaled(fused(r * r, polynomial(r, Coefficients<T>::kExp), r), shifted);
}

/// m and 2^(n + RAISE) in one factor: n may go from -bias - RAISE to bias - RAISE.
template <class T, int RAISE>
struct Raised {
  T m, scale;
};

/// So much that the least results are still normal before they are multiplied by `kLower`.
template <class T>
inline constexpr int kTailRaise = sizeof(T) == 4 ? 64 : 128;
template <class T>
inline constexpr T kLower = sizeof(T) == 4 ? T(0x1p-64) : T(0x1p-128);

/// exp(x) - 1 of the reduced x, and 2^n raised, for x that is clamped.
template <int RAISE, class T>
inline Raised<T, RAISE> expm1_raised(T x) {
  constexpr T kRound =
      Format<T>::kRound + static_cast<T>(static_cast<int>(Format<T>::kBias) + RAISE);
  T shifted = fused(x, static_cast<T>(kLog2OfE), kRound), n = shifted - kRound;
  T r = fused(n, -kSplitLn2<T>.low, fused(n, -kSplitLn2<T>.high, x));
  return {fused(r * r, polynomial(r, Coefficients<T>::kExp), r),
          from_bits<T>(bits_of(shifted) << Format<T>::kMantissa)};
}

/// exp(x) 2^RAISE for x that is clamped.
template <int RAISE, class T>
inline T exp_raised(T x) {
  Raised<T, RAISE> e = expm1_raised<RAISE>(x);
  return fused(e.scale, e.m, e.scale);
}

/// exp(x) in parts, for x that is clamped.
template <class T>
inline Scaled<T> exp_scaled(T x) {
  Scaled<T> e = expm1_scaled(x);
  return {T(1) + e.m, e.first, e.second};
}

template <std::floating_point T>
inline T exp(T x) {
  return exp_scaled(clamped(x, ExpRange<T>::low, ExpRange<T>::high));
}

template <std::floating_point T>
inline T exp2(T x) {
  T v = clamped(x, ExpRange<T>::low2, ExpRange<T>::high2);
  T shifted = v + kExpRound<T>;
  T r = v - (shifted - kExpRound<T>);
  // r / 2 is exact and most of the slope, so that the sum is monotone.
  T low = fused(r, polynomial(r, Coefficients<T>::kExp2), T(0.5) * r);
  return scaled(T(1) + low, shifted);
}

template <std::floating_point T>
inline T expm1(T x) {
  constexpr T kRound = Format<T>::kRound + static_cast<T>(Format<T>::kBias - 1);
  T v = clamped(x, ExpRange<T>::one, ExpRange<T>::high);
  T shifted = fused(v, static_cast<T>(kLog2OfE), kRound);
  T n = shifted - kRound;
  T exact = fused(n, -kSplitLn2<T>.high, v), low = n * kSplitLn2<T>.low;
  T r = exact - low;
  T rest = (exact - r) - low;  // what r lost, so that it does not count when 1 is cancelled
  T y = r + fused(r * r, polynomial(r, Coefficients<T>::kExp), rest);
  // Half of all, as 2^n may be too large by one.
  T scale = from_bits<T>(bits_of(shifted) << Format<T>::kMantissa);
  y = fused(scale, y, scale - T(0.5));
  return select(abs(x) < ExpRange<T>::same, x, y + y);
}

}  // namespace pyad::inline PYAD_ISA
