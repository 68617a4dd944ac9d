// pow, cbrt, hypot.
#pragma once

#include "kernels/math/exp.hpp"
#include "kernels/math/hyperbolic_coefficients.hpp"
#include "kernels/math/inverse_trig.hpp"
#include "kernels/math/log.hpp"
#include "kernels/math/trig.hpp"
#include "kernels/math/twofold.hpp"

namespace pyad::inline PYAD_ISA {

// Note [Powers]
// a^b = 2^(b log2 |a|): an error of the logarithm is multiplied by up to 1075. So float64's is a
// sum of two numbers, known to 2^-64, and float32 is computed in float64. The cases of C's pow are
// not branches but replacements: where |a| = 1 the exponent is taken for 0, where b = 0 the
// logarithm is, and what else is infinite or no number finds its way through the product. They cost
// as much as the power itself, so loops `attempt` it first for positive normal a and results within
// range, and do a block again where that does not hold somewhere. Both ways round alike.

/// For x from about the root of the least normal number to that of the largest.
template <class T>
inline BitsOf<T> beyond_middle(T x) {
  return bits_of(x) - (BitsOf<T>(Format<T>::kBias / 2 + 1) << Format<T>::kMantissa);
}

/// b log2(2^k (1 + f)) in one part, or two.
PYAD_INLINE Twofold<double> power_log(LogParts<double> p, float) {
  return {fused(p.f, polynomial(p.f, HyperbolicCoefficients<float>::kPowerLog), p.k), 0};
}
PYAD_INLINE Twofold<double> power_log(LogParts<double> p, double) {
  constexpr Twofold<double> kFirst = {0x1.71547652b82fep+1, 0x1.777d0ffda0d24p-55};  // 2 / ln 2
  constexpr Twofold<double> kThird = {0x1.ec709dc3a03fdp-1, 0x1.d27f05548af0cp-55};  // 2 / 3 ln 2
  double under = p.f + 2, lost = p.f - (under - 2), inverse = 1 / under;
  double s = p.f * inverse;
#if defined(__FMA__)
  double left = fused(-s, under, p.f);
#else
  Twofold<double> back = twofold_product(s, under);
  double left = (p.f - back.high) - back.low;
#endif
  double s_low = fused(-s, lost, left) * inverse;
  Twofold<double> z = twofold_product(s, s);
  z.low = fused(s + s, s_low, z.low);
  double more = polynomial(z.high, HyperbolicCoefficients<double>::kPowerLog);
  Twofold<double> q = twofold_ordered_sum(kThird.high, fused(z.high, more, kThird.low));
  Twofold<double> p2 = twofold_product(q.high, z.high);
  p2.low = fused(q.high, z.low, fused(q.low, z.high, p2.low + kFirst.low));
  Twofold<double> sum = twofold_ordered_sum(kFirst.high, p2.high);
  sum.low += p2.low;
  Twofold<double> log = twofold_product(sum.high, s);
  log.low = fused(sum.high, s_low, fused(sum.low, s, log.low));
  Twofold<double> all = twofold_ordered_sum(p.k, log.high);
  return {all.high, all.low + log.low};
}

/// `log` times b, where the product may be infinite.
PYAD_INLINE Twofold<double> power_exponent(Twofold<double> log, double b, float) {
  return {log.high * b, 0};
}
PYAD_INLINE Twofold<double> power_exponent(Twofold<double> log, double b, double) {
  Twofold<double> e = twofold_product(b, log.high);
  return {e.high, fused(b, log.low, e.low)};
}

/// 2^r, for r within 1/2 of 0.
PYAD_INLINE double small_power_of_two(double r, float) {
  return polynomial(r, HyperbolicCoefficients<float>::kPowerExp);
}
PYAD_INLINE double small_power_of_two(double r, double) {
  return 1 + fused(r, polynomial(r, Coefficients<double>::kExp2), 0.5 * r);
}

/// One for both ways: a half is rounded to an even sum, so an odd summand counts.
inline constexpr double kPowerRound = Format<double>::kRound + 1023;

template <std::floating_point T>
PYAD_INLINE Attempt<T, uint64_t> attempt_pow(T base, T exponent) {
  double a = base, b = exponent;
  Twofold<double> e = power_exponent(power_log(log_parts(a, 0.0), T()), b, T());
  double shifted = e.high + kPowerRound, r = (e.high - (shifted - kPowerRound)) + e.low;
  double y = small_power_of_two(r, T()) * from_bits<double>(bits_of(shifted) << 52);
  uint64_t large = bits_of(abs(e.high)) + (kSignBit<double> - bits_of(1000.0));
  return {static_cast<T>(y), beyond_middle(a) | (large & kSignBit<double>)};
}

/// |a|^b with the sign of a if b is odd; NaN where a < 0 is finite and b is not whole.
PYAD_INLINE double signed_power(double a, double b, double y) {
  using F = Format<double>;
  double v = abs(b), shifted = v + F::kWhole;
  uint64_t large = mask<double>(v >= F::kWhole);
  uint64_t fraction = mask<double>(shifted - F::kWhole != v) & ~large;
  uint64_t last = bits_of(either<double>(large, v, shifted)) << 63;
  uint64_t odd = last & mask<double>(v < 2 * F::kWhole) & ~fraction;
  y = from_bits<double>(bits_of(y) ^ (odd & bits_of(a)));
  uint64_t undefined = fraction & mask<double>(a < 0) & mask<double>(a > -kInfinity<double>);
  return from_bits<double>(bits_of(y) | undefined);
}

template <std::floating_point T>
PYAD_INLINE T pow(T base, T exponent) {
  double x = base, b = exponent, a = abs(x);
  Twofold<double> log = power_log(sizeof(T) == 4 ? log_parts(a, 0.0) : log_parts(a), T());
  // The logarithm of 0, and of what is not finite.
  log.high = either<double>(mask<double>(a < kInfinity<double>), log.high, a);
  log.high = either<double>(mask<double>(a == 0), -kInfinity<double>, log.high);
  log.high = where<double>(mask<double>(b != 0), log.high);
  Twofold<double> e = power_exponent(log, where<double>(mask<double>(a != 1), b), T());
  constexpr double kEnd = 1100;
  uint64_t over = mask<double>(e.high > kEnd), under = mask<double>(e.high < -kEnd);
  e.low = where<double>(~(over | under), e.low);
  e.high = either<double>(over, kEnd, either<double>(under, -kEnd, e.high));
  double n = (e.high + kPowerRound) - kPowerRound, r = (e.high - n) + e.low;
  double y = scaled(small_power_of_two(r, T()), n + kExpRound<double>);
  return static_cast<T>(signed_power(x, b, y));
}

/// With y near |x|^(-1/3) and t = x y^2: t is nearly the root, and h = 1 - t y says how nearly, as
/// the root is t (1 - h)^(-2/3). y has so few digits that its square is exact.
template <std::floating_point T>
inline T cbrt(T x) {
  using F = Format<T>;
  constexpr bool kSingle = sizeof(T) == 4;
  T a = abs(x);
  bool small = a < F::kMinNormal;
  T v = select(small, a * (kSingle ? T(0x1p24) : T(0x1p54)), a);
  // The bits are nearly a logarithm: a third of them, as a whole number that is rounded.
  constexpr int kShift = kSingle ? 9 : 12;
  constexpr T kGuess = F::kWhole * T(4.0 / 3) +
                       T((F::kBias * 4.0 / 3 - 0.06805) * (int64_t(1) << (F::kMantissa - kShift)));
  T bits = from_bits<T>((bits_of(v) >> kShift) | bits_of(F::kWhole));
  T y = from_bits<T>(bits_of(fused(bits, T(-1.0 / 3), kGuess)) << kShift);
  T h = fused(-(v * y), y * y, T(1));
  T more = kSingle ? fused(h, T(2.0 / 9), T(1.0 / 3))
                   : fused(h, fused(h, T(14.0 / 81), T(2.0 / 9)), T(1.0 / 3));
  y = upper_half(fused(y * h, more, y));
  Twofold<T> t = twofold_product(v, y * y);
#if defined(__FMA__)
  h = fused(-t.high, y, T(1));
#else
  T upper = upper_half(t.high);
  h = (T(1) - upper * y) - (t.high - upper) * y;
#endif
  h = fused(-t.low, y, h);
  T series = fused(h, T(5.0 / 9), T(2.0 / 3));
  if constexpr (!kSingle) series = fused(h * h, T(40.0 / 81), series);
  T r = t.high + fused(t.high * h, series, t.low);
  r = select(small, r * (kSingle ? T(0x1p-8) : T(0x1p-18)), r);
  return copysign(select(a < kInfinity<T>, r, a), x);
}

/// Of floats the instruction, since half an ulp more would let hypot fall where its operand grows.
template <class T>
inline T rising_root(T x) {
  if constexpr (sizeof(T) == 4) return root(x);
  return inner_root(x);
}

/// Scaled by a power of 2, so that no square overflows or vanishes.
template <std::floating_point T>
inline T hypot(T x, T y) {
  using F = Format<T>;
  constexpr auto kField = BitsOf<T>(2 * F::kBias + 1) << F::kMantissa;
  T a = abs(x), b = abs(y), most = select(a > b, a, b);
  most = select(most < F::kMinNormal, F::kMinNormal, most);
  BitsOf<T> power = bits_of(most) & kField;
  T down = from_bits<T>(kField - power), u = a * down, v = b * down;
  T r = (rising_root(fused(u, u, v * v)) * T(0.5)) * from_bits<T>(power);
  BitsOf<T> infinite = mask<T>(a == kInfinity<T>) | mask<T>(b == kInfinity<T>);
  return either<T>(infinite, kInfinity<T>, r);
}

template <std::floating_point T>
inline Attempt<T> attempt_hypot(T x, T y) {
  T square = fused(x, x, y * y);
  return {rising_root(square), beyond_middle(square)};
}

/// x / (a^2 + b^2), 0 where that is 0 / 0.
template <std::floating_point T>
inline Attempt<T> attempt_over_squares(T x, T a, T b) {
  T square = fused(a, a, b * b);
  return {x / square, beyond_middle(square)};
}
template <std::floating_point T>
inline T over_squares(T x, T a, T b) {
  Attempt<T> near = attempt_over_squares(x, a, b);
  T r = hypot(a, b);
  r = select(r == T(0), T(1), r);
  return select(is_beyond(near.beyond), x / r / r, near.value);
}

}  // namespace pyad::inline PYAD_ISA
