// sinh, cosh, asinh, acosh, atanh.
//
// Every result is a large part that is exact, or grows with the argument rounding included, and a
// rest that is small beside it: so the functions are monotone where they should be.
#pragma once

#include "kernels/math/exp.hpp"
#include "kernels/math/hyperbolic_coefficients.hpp"
#include "kernels/math/inverse_trig.hpp"
#include "kernels/math/log.hpp"

namespace pyad::inline PYAD_ISA {

template <class T>
struct HyperbolicRange;
template <>
struct HyperbolicRange<float> {
  static constexpr float end = 89.5f;      // where sinh and cosh overflow
  static constexpr float large = 0x1p13f;  // where x^2 + 1 is x^2
};
template <>
struct HyperbolicRange<double> {
  static constexpr double end = 710.5, large = 0x1p28;
};

/// Of v = n ln 2 + r up to `end`, with r from -0.25 to 0.45: (2^n + 2^-n) / 4, (2^n - 2^-n) / 4,
/// and what sinh(r) / r - 1 and (cosh(r) - 1) / r^2 - 1/2 are, divided by r^2.
///
/// The interval of r is not centred: where n = 1 begins cosh is steep enough to hide roundings.
template <class T>
struct HyperbolicParts {
  T sum, difference, r, z, sinh_rest, cosh_rest;
};
template <class T>
inline HyperbolicParts<T> hyperbolic_parts(T v) {
  using F = Format<T>;
  using C = HyperbolicCoefficients<T>;
  constexpr T kRound = F::kRound + static_cast<T>(F::kBias - 2);
  T shifted = fused(v - T(0.1), static_cast<T>(kLog2OfE), kRound), n = shifted - kRound;
  T r = fused(n, -kSplitLn2<T>.low, fused(n, -kSplitLn2<T>.high, v)), z = r * r;
  // 2^-n up to n = 61; then anything that is small beside 2^n.
  constexpr auto kField = BitsOf<T>(63) << F::kMantissa, kBase = ((F::kBias - 2) & ~BitsOf<T>(63))
                                                                 << F::kMantissa;
  BitsOf<T> up = bits_of(shifted) << F::kMantissa;
  constexpr auto kTwice = BitsOf<T>(2 * (F::kBias - 2)) << F::kMantissa;
  BitsOf<T> down = ((kTwice - up) & kField) | kBase;
  return {from_bits<T>(up) + from_bits<T>(down), from_bits<T>(up) - from_bits<T>(down), r, z,
          horner_from<0, 1>(z, C::kSinh),        horner_from<0, 1>(z, C::kCosh)};
}

// sinh(a + b) and cosh(a + b) by their addition theorems; twice the half, which does not overflow.
template <std::floating_point T>
inline T sinh(T x) {
  T v = abs(x);
  HyperbolicParts<T> p = hyperbolic_parts(v);
  T even = p.difference * fused(p.z, p.cosh_rest, T(0.5));
  T rest = p.z * fused(p.sum * p.r, p.sinh_rest, even);
  T y = p.difference + fused(p.sum, p.r, rest);
  y = select(v > HyperbolicRange<T>::end, kInfinity<T>, y + y);
  return copysign(select(v < Format<T>::kMinNormal, v, y), x);
}

template <std::floating_point T>
inline T cosh(T x) {
  T v = abs(x);
  HyperbolicParts<T> p = hyperbolic_parts(v);
  T even = p.sum * fused(p.z, p.cosh_rest, T(0.5));
  T rest = p.z * fused(p.difference * p.r, p.sinh_rest, even);
#if defined(__FMA__)
  T y = p.sum + fused(p.difference, p.r, rest);
#else  // a power of two and the rest of the factor: one rounded product lets neighbours step down
  constexpr auto kPower = ~((BitsOf<T>(1) << Format<T>::kMantissa) - 1);
  T power = from_bits<T>(bits_of(p.difference) & kPower);
  T y = p.sum + (power * p.r + ((p.difference - power) * p.r + rest));
#endif
  return select(v > HyperbolicRange<T>::end, kInfinity<T>, y + y);
}

/// The least mantissa of `log_of_sum`.
template <class T>
inline constexpr BitsOf<T> kLeastBits = 0x3fed99999999999a;
template <>
inline constexpr BitsOf<float> kLeastBits<float> = 0x3f6ccccd;

/// log(c + s), where c^2 - s^2 = 1 and s >= 0; log(2 (c + s)) if `large`, and one of them is 0
/// then.
///
/// With c + s = 2^k (1 + f) and t = f / (2 + f) that is k ln 2 + f - t (f - t^2 p). Where k = 0
/// it is asinh(s) = s - t^2 (s - t p) with t = s / (1 + c).
///
/// 1 + f is from 0.925 to 1.85.
template <class T>
inline T log_of_sum(T c, T s, BitsOf<T> large) {
  using F = Format<T>;
  constexpr auto kOne = BitsOf<T>(F::kBias) << F::kMantissa;
  constexpr auto kFraction = (BitsOf<T>(1) << F::kMantissa) - 1;
  T u = c + s;
  BitsOf<T> b = bits_of(u) + (kOne - kLeastBits<T>), power = b >> F::kMantissa;
  T k = from_bits<T>(power | bits_of(F::kWhole)) - (F::kWhole + T(F::kBias));
  T m = from_bits<T>((b & kFraction) + kLeastBits<T>);
  T f = m - T(1);
  if constexpr (sizeof(T) == 4) {  // what u has lost; float64 has room for that
    T lost = s - (u - c);
    BitsOf<T> down = 2 * kOne - (power << F::kMantissa);
    f = fused(lost, where<T>(~large, from_bits<T>(down)), f);
  }
  BitsOf<T> near = mask<T>(u < T(2) * from_bits<T>(kLeastBits<T>));  // k = 0
  f = either<T>(near, s, f);
  T t = f / (T(1) + either<T>(near, c, m)), z = t * t;
  T less = (T(-2) * t * z) * polynomial(z, HyperbolicCoefficients<T>::kAtanh);
  less = fused(either<T>(near, z, t), f, less);
  k += where<T>(large, T(1));
  return fused(k, kSplitLn2<T>.high, f - fused(k, -kSplitLn2<T>.low, less));
}

template <std::floating_point T>
inline T asinh(T x) {
  T a = abs(x);
  BitsOf<T> large = mask<T>(a > HyperbolicRange<T>::large);
  T y = log_of_sum(where<T>(~large, root(fused(a, a, T(1)))), a, large);
  return copysign(select(a < kInfinity<T>, y, a), x);
}

/// sqrt(1 + x^2).
template <std::floating_point T>
inline T secant(T x) {
  T a = abs(x);
  return select(a > HyperbolicRange<T>::large, a, inner_root(fused(a, a, T(1))));
}

/// sqrt(x^2 - 1).
template <std::floating_point T>
inline T cosecant(T x) {
  return select(x > HyperbolicRange<T>::large, x, root(T(0) - (T(1) - x) * (T(1) + x)));
}

template <std::floating_point T>
inline T acosh(T x) {
  T d = x - T(1);
  BitsOf<T> large = mask<T>(x > HyperbolicRange<T>::large);
  T s = root(fused(d, d, d + d));
  T y = log_of_sum(x, where<T>(~large, s), large);
  return select(x >= T(1), select(x < kInfinity<T>, y, x), kNaN<T>);
}

/// (1 + a) / (1 - a) = 2^k (1 + t) / (1 - t), and atanh(a) = k ln 2 / 2 + atanh(t), with t from
/// -0.1 to 0.3: where a is small t is a.
template <std::floating_point T>
inline T atanh(T x) {
  using F = Format<T>;
  constexpr auto kOne = BitsOf<T>(F::kBias) << F::kMantissa;
  constexpr auto kPart = BitsOf<T>(0.2 * static_cast<double>(BitsOf<T>(1) << F::kMantissa));
  T a = abs(x), up = T(1) + a, down = T(1) - a;
  T rest_up = a - (up - T(1)), rest_down = (T(1) - down) - a;
  // Logarithms to base 2 are nearly the bits.
  BitsOf<T> power = (bits_of(up) - bits_of(down) + (kOne + kPart)) >> F::kMantissa;
  T k = from_bits<T>(power | bits_of(F::kWhole)) - (F::kWhole + T(F::kBias));
  T scale = from_bits<T>(power << F::kMantissa);
  T over = fused(-scale, down, up) + fused(-scale, rest_down, rest_up);
  T under = fused(scale, down, up);
  T t = select(k == T(0), a, over / under), z = t * t;
  T rest = fused(t * z, polynomial(z, HyperbolicCoefficients<T>::kAtanh),
                 k * (kSplitLn2<T>.low * T(0.5)));
  T y = fused(k, kSplitLn2<T>.high * T(0.5), t + rest);
  return copysign(select(a < T(1), y, select(a == T(1), kInfinity<T>, kNaN<T>)), x);
}

}  // namespace pyad::inline PYAD_ISA
