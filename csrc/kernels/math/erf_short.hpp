// erf, erfc, gelu and gelu's slope of floats, in floats: apart from erf.hpp because each has a form
// of its own, which needs products and sums that round once (where there is no FMA erf.hpp computes
// in double).
//
// Note [Short tails]
// A tail is exp(-y) times a slow function of a = |x|, with y = a^2 or a^2 / 2 up to 105. For two
// units of the last place
// - y is taken with what its product lost, and n ln 2 leaves it exactly: r = ln 2 (y / ln 2 - n);
// - the slow function joins r as a logarithm where it is steep, and is a factor where it is flat.
//   An error of r is one of the result, but |r| < 1/2, so that sums in it round by 2^-26;
// - it is a polynomial of u = 1 / (a + k), from 0 to infinity the smoothest variable, with k for
//   which it is flat: u has errors of two roundings. Where u itself is a factor they are found and
//   taken from r.
// n is of an estimate of all that, which does not wait for the polynomial. The power of two is 2^64
// too large, which the last fused multiplication takes back: subnormal results round once.
#pragma once

#include "kernels/math/exp.hpp"
#include "kernels/math/special_coefficients.hpp"
#include "kernels/math/twofold.hpp"

namespace pyad::inline PYAD_ISA {

/// The lesser of a >= 0 and the bound, which NaN becomes: by bits it is one instruction.
PYAD_INLINE float capped(float a, float bound) {
  uint32_t x = bits_of(a), y = bits_of(bound);
  return from_bits<float>(x < y ? x : y);
}

/// ln 2 in 48 bits.
inline constexpr Split<float> kFullLn2 = {0x1.62e43p-1f, -0x1.05c61p-29f};
inline constexpr float kTailScale = 0x1p-64f;

/// 2^(n + 64), n the whole number beside y / ln 2.
struct ShortPower {
  float n, scale;
};
PYAD_INLINE ShortPower short_power(float y) {
  constexpr float kRound = Format<float>::kRound + (127.0f + 64.0f);
  float shifted = fused(y, static_cast<float>(kLog2OfE), kRound);
  return {shifted - kRound, from_bits<float>(bits_of(shifted) << Format<float>::kMantissa)};
}

/// m exp(r).
template <size_t N>
PYAD_INLINE float times_exp(float m, float r, const float (&c)[N]) {
  return fused(m, fused(r * r, polynomial(r, c), r), m);
}

/// Near 0 x + x q(x^2), from 1 on, where numbers stand half as close, 1 - 2^p(|x|). Of the
/// polynomials that are as good, these make no result fall, which was tried with every float.
PYAD_INLINE float erf_short(float x) {
  using C = SpecialCoefficients<float>;
  constexpr float kRound = Format<float>::kRound + 127.0f;
  float a = abs(x), near = fused(a, horner_from<0, 1>(a * a, C::kErfShort), a);
  float power = horner_from<0, 1>(select(a > 4.0f, 4.0f, a), C::kErfcLog2Short);
  float shifted = power + kRound, r = power - (shifted - kRound);
  float scale = from_bits<float>(bits_of(shifted) << Format<float>::kMantissa);
  float e = fused(r, horner_from<0, 1>(r, Coefficients<float>::kExp2), 0.5f * r);
  float far = fused(-scale, e, 1 - scale);
  return copysign(select(a < 1.0f, near, far), x);
}

PYAD_INLINE float erfc_short(float x) {
  using C = SpecialCoefficients<float>;
  // (1 - x) - x q where 1 - x is exact and the result small. Of every two neighbours it was tried
  // that no result rises.
  float a = abs(x), q = horner_from<0, 1>(fused(x, x, -1.0f), C::kErfcShort);
  float near = select(x > 0.5f, fused(-x, q, 1 - x), 1 - fused(x, q, x));

  float end = capped(a, 10.2f), square = end * end, rest = fused(end, end, -square);
  float d = end + 0.75f, u = 1 / d;
  float lost = fused(-u, d, 1.0f) - u * (end - (d - 0.75f));
  ShortPower p = short_power(-0.4f - square);
  float r = fused(p.n, -kFullLn2.high, -square) + horner_from<0, 1>(u, C::kErfcLogOver);
  r += fused(p.n, -kFullLn2.low, lost - rest);
  float tail = times_exp(u, r, C::kExpWide) * p.scale;
  float far = fused(select(x < 0, -kTailScale, kTailScale), tail, select(x < 0, 2.0f, 0.0f));
  return select(a < 1, near, select(a >= 1, far, x));
}

/// x Phi(x) = max(x, 0) - a Phi(-a), a = |x|.
/// Before the seam a Phi(-a) is
/// a / 2 exp(-a^2 / 2 - a / 2 + a p(a)).
PYAD_INLINE float gelu_short(float x) {
  using C = SpecialCoefficients<float>;
  float a = capped(abs(x), 14.5f), half = 0.5f * a, y = half * a, rest = fused(half, a, -y);
  bool is_near = a < 2.25f;
  float near = select(is_near, a, 0.0f);
  ShortPower p = short_power(fused(near, -0.55f, -y));
  float r = fused(near, -0.5f, fused(p.n, -kFullLn2.high, -y));
  r += fused(near, polynomial(a - 1.25f, C::kGeluLog), fused(p.n, -kFullLn2.low, -rest));
  float m = select(is_near, half, horner_from<0, 1>(1 / (a + 1), C::kGeluFar));
  float tail = times_exp(m, r, C::kExpWide) * p.scale;
  return fused(-kTailScale, tail, select(x < 0, -0.0f, x));
}

/// Phi(x) + x Phi'(x); below 0 it is (a - root) times a slow function times exp(-a^2 / 2).
PYAD_INLINE float gelu_slope_short(float x) {
  constexpr Split<float> kRoot = {0x1.80ead2p-1f, -0x1.a03fd4p-27f};
  float a = capped(abs(x), 15.0f), half = 0.5f * a, y = half * a, rest = fused(half, a, -y);
  ShortPower p = short_power(-y);
  float r = fused(p.n, -kFullLn2.high, -y) + fused(p.n, -kFullLn2.low, -rest);
  float m = (a - kRoot.high) - kRoot.low;
  m *= horner_from<0, 1>(1 / (a + 3), SpecialCoefficients<float>::kGeluSlope);
  float tail = times_exp(m, r, Coefficients<float>::kExp) * p.scale;
  float end = select(x >= 0, 1.0f, select(x < 0, 0.0f, x));
  return fused(select(x < 0, kTailScale, -kTailScale), tail, end);
}

}  // namespace pyad::inline PYAD_ISA
