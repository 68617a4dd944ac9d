// sin, cos, tan.
//
// Note [Large angles]
// An angle is reduced by whole multiples of pi or pi / 2, a constant of three or four parts, as
// long as the multiple is known without error; beyond (`beyond`: 2e5 for float, 1e12 for double)
// the bits of 2 / pi that matter are multiplied as integers (`reduced_far`). The second way is no
// vector code, and a loop with a branch is none either. So formulas of angles come twice: on
// numbers they are right everywhere, on `Near` numbers they take the first way, and the loops
// (loops.hpp) use those and do a block again where an operand was too large. Both ways round alike,
// as a number goes one of them whatever its neighbours are.
#pragma once

#include <math.h>

#include <iterator>

#include "kernels/math/base.hpp"
#include "kernels/math/trig_coefficients.hpp"

namespace pyad::inline PYAD_ISA {

template <class T>
struct AngleRange;
#if defined(__FMA__)
template <>
struct AngleRange<float> {
  static constexpr float near = 0x1.8p17f;
};
template <>
struct AngleRange<double> {
  static constexpr double near = 0x1p40;
};
#else
template <>
struct AngleRange<float> {
  static constexpr float near = 0x1.8p9f;
};
template <>
struct AngleRange<double> {
  static constexpr double near = 0x1.8p19;
};
#endif

/// A number whose formulas take angles for small.
template <class T>
struct Near {
  T value;
  Near(T v) : value(v) {}
  operator T() const { return value; }
};

template <class T>
inline Near<T> select(bool c, Near<T> a, Near<T> b) {
  return c ? a.value : b.value;
}
template <class T>
inline Near<T> select(bool c, Near<T> a, T b) {
  return c ? a.value : b;
}

/// The sign bit tells whether |x| is too large for the near way, or no number.
template <class T>
inline BitsOf<T> beyond(T x) {
  return bits_of(abs(x)) + (kSignBit<T> - bits_of(AngleRange<T>::near));
}

/// x, with the sign turned by a bit that stands at the top.
template <class T>
inline T turned(T x, BitsOf<T> top) {
  return from_bits<T>(bits_of(x) ^ (top & kSignBit<T>));
}

/// A remainder, before its last correction, which no square of it sees, and what it has more by
/// rounding, where that is known.
template <class T>
struct AngleRest {
  T r, nearly, added;
};

/// a - n (c[0] + c[1] + ...), rounded about once. The first product leaves no rounding error.
template <class T, size_t N>
inline AngleRest<T> angle_rest(T a, T n, const T (&c)[N]) {
  T first = fused(n, -c[0], a);
#if defined(__FMA__)
  T nearly = fused(n, -c[1], first);
  return {fused(n, -c[2], nearly), nearly, 0};
#else
  T product = n * c[1], second = first - product, lost = (first - second) - product;
  T nearly = second - (n * c[2] - lost);
  return {nearly - n * c[3], nearly, 0};
#endif
}

/// The same with what was added by rounding.
template <size_t N>
inline AngleRest<float> known_rest(float a, float n, const float (&c)[N]) {
  float first = fused(n, -c[0], a), product = n * c[1], second = first - product;
  float more = product - (first - second);  // what the difference lost
#if defined(__FMA__)
  more += fused(n, c[1], -product);
  float nearly = second - more, r = fused(n, -c[2], nearly);
  return {r, nearly, ((nearly - second) + more) + fused(n, c[2], r - nearly)};
#else
  more += n * c[2];
  float nearly = second - more, last = n * c[3], r = nearly - last;
  return {r, nearly, ((nearly - second) + more) + ((r - nearly) + last)};
#endif
}

/// |x| = r - added + step * (a turn / 2^BITS) but for whole turns.
template <class T>
struct Reduced {
  T r, added;
  unsigned step;
};

/// For |x| from 2^-10 on, with `quarters` of a turn added; NaN where x is not finite.
template <int BITS, class T>
[[gnu::cold, gnu::noinline]] Reduced<T> reduced_far(T x, unsigned quarters) {
  using F = Format<T>;
  using Wide = unsigned __int128;
  BitsOf<T> b = bits_of(abs(x));
  int exponent = static_cast<int>(b >> F::kMantissa);
  if (exponent == static_cast<int>(2 * F::kBias + 1)) return {kNaN<T>, 0, 0};
  uint64_t m = (b & ((BitsOf<T>(1) << F::kMantissa) - 1)) | BitsOf<T>(1) << F::kMantissa;
  // |x| = m 2^exponent; bits of 2 / pi before `at` make whole turns.
  exponent -= static_cast<int>(F::kBias) + F::kMantissa;
  int at = exponent - 2 + 64, word = at / 64, shift = at % 64;
  uint64_t bits[3];
  for (int k = 0; k < 3; ++k) {
    const uint64_t* w = kTwoOverPiBits + word + k;
    bits[k] = shift ? w[0] << shift | w[1] >> (64 - shift) : w[0];
  }
  Wide low = Wide(m) * bits[2], middle = Wide(m) * bits[1] + static_cast<uint64_t>(low >> 64);
  uint64_t high = m * bits[0] + static_cast<uint64_t>(middle >> 64);
  Wide turn = Wide(high) << 64 | static_cast<uint64_t>(middle);  // 2^128 is a whole turn
  turn += Wide(quarters) << 126;
  unsigned step = static_cast<unsigned>(turn >> (128 - BITS));
  Wide fraction = turn << BITS | static_cast<uint64_t>(low) >> (64 - BITS);
  bool negative = fraction >> 127;
  if (negative) {
    fraction = -fraction;
    ++step;
  }
  if (fraction == 0) return {T(0), 0, step};
  uint64_t top = static_cast<uint64_t>(fraction >> 64);
  int zeros = top ? __builtin_clzll(top) : 64 + __builtin_clzll(static_cast<uint64_t>(fraction));
  uint64_t lead = static_cast<uint64_t>(fraction << zeros >> 64);
  constexpr uint64_t kPi = 0xc90fdaa22168c235;  // 2^62 pi
  uint64_t r = static_cast<uint64_t>(Wide(lead) * kPi >> 64);
  int scale = static_cast<int>(F::kBias) - 61 - BITS - zeros;
  T unit = from_bits<T>(static_cast<BitsOf<T>>(scale) << F::kMantissa);
  if (negative) unit = -unit;
  T rounded = static_cast<T>(r);
  auto added = static_cast<int64_t>(static_cast<uint64_t>(rounded) - r);
  return {rounded * unit, static_cast<T>(added) * unit, step};
}

/// sin(r) for |r| <= pi / 2: r - v + v p(z), v = r^3 / 8. The first difference is known with what
/// it loses, so errors of p hardly count, and no result exceeds 1.
template <class T>
inline T sine(AngleRest<T> a) {
  T z = a.nearly * a.nearly, v = (T(0.125) * a.r) * z;
  T high = a.r - v, low = (a.r - high) - v;
  return high + fused(v, horner_from<0, 1>(z, TrigCoefficients<T>::kSin), low);
}

/// sin(|x| + quarters pi / 2) for a large x.
template <class T>
inline T sine_far(T x, unsigned quarters) {
  Reduced<T> a = reduced_far<1>(x, quarters);
  T y = sine(AngleRest<T>{a.r, a.r, 0});
  return a.step & 1 ? -y : y;
}

/// (-1)^n sin(a - n pi), where `parity` ends like n.
template <class T>
inline T sine_less(T a, T n, BitsOf<T> parity) {
  return turned(sine(angle_rest(a, n, TrigCoefficients<T>::kPiParts)),
                parity << (8 * sizeof(T) - 1));
}

inline constexpr double kOneOverPi = 0.318309886183790671538;
inline constexpr double kPi = 3.14159265358979323846;

template <class T>
inline T sin(Near<T> x) {
  T a = abs(x.value), shifted = fused(a, static_cast<T>(kOneOverPi), Format<T>::kRound);
  return turned(sine_less(a, shifted - Format<T>::kRound, bits_of(shifted)), bits_of(x.value));
}
template <std::floating_point T>
inline T sin(T x) {
  if (beyond(x) >= kSignBit<T>) return turned(sine_far(x, 0), bits_of(x));
  return sin(Near<T>(x));
}

template <class T>
inline T cos(Near<T> x) {
  T a = abs(x.value);
  T shifted = fused(a, static_cast<T>(kOneOverPi), T(0.5)) + Format<T>::kRound;
  return sine_less(a, (shifted - Format<T>::kRound) - T(0.5), bits_of(shifted));
}
template <std::floating_point T>
inline T cos(T x) {
  if (beyond(x) >= kSignBit<T>) return sine_far(x, 1);
  return cos(Near<T>(x));
}

// sin(pi x) and cos(pi x): the distance of x from the nearest whole number, or half, is exact.

template <class T>
inline T sin_pi(Near<T> x) {
  T shifted = x.value + Format<T>::kRound;
  T r = (x.value - (shifted - Format<T>::kRound)) * static_cast<T>(kPi);
  return turned(sine(AngleRest<T>{r, r, 0}), bits_of(shifted) << (8 * sizeof(T) - 1));
}
template <class T>
inline T cos_pi(Near<T> x) {
  T a = abs(x.value), shifted = (a - T(0.5)) + Format<T>::kRound;
  T r = ((shifted - Format<T>::kRound) + T(0.5) - a) * static_cast<T>(kPi);
  return turned(sine(AngleRest<T>{r, r, 0}), bits_of(shifted) << (8 * sizeof(T) - 1));
}
/// x less an even number, where halves of whole numbers have lost their place beside kRound.
template <std::floating_point T>
[[gnu::cold, gnu::noinline]] T less_turns(T x) {
  return static_cast<T>(::fmod(static_cast<double>(x), 2.0));
}
template <std::floating_point T>
inline T sin_pi(T x) {
  if (beyond(T(4) * x) >= kSignBit<T>) x = less_turns(x);
  return sin_pi(Near<T>(x));
}
template <std::floating_point T>
inline T cos_pi(T x) {
  if (beyond(T(4) * x) >= kSignBit<T>) x = less_turns(x);
  return cos_pi(Near<T>(x));
}

/// tan(r), or -1 / tan(r) with an odd quadrant: one quotient.
inline double tangent(AngleRest<double> a, uint64_t quadrant) {
  using C = TrigCoefficients<double>;
  double z = a.nearly * a.nearly;
  double over = fused(a.r * z, horner_from<0, 1>(z, C::kTan), a.r);
  double under = fused(z, horner_from<0, 1>(z, C::kTanUnder), 1);
  // Bits rather than `select`, which would become a branch.
  uint64_t odd = 0 - (quadrant & 1), swap = odd & (bits_of(over) ^ bits_of(under));
  double y = from_bits<double>(bits_of(over) ^ swap) / from_bits<double>(bits_of(under) ^ swap);
  return turned(y, odd);
}

/// a where the bits are set, else b.
template <class T>
inline T chosen(BitsOf<T> m, T a, T b) {
  return from_bits<T>(bits_of(b) ^ (m & (bits_of(a) ^ bits_of(b))));
}

/// As r + n / d, or as r c - 1 / r: errors of the smaller part hardly count. Near a pole the error of
/// r counts whole.
inline float tangent(AngleRest<float> a, uint32_t quadrant) {
  using C = TrigCoefficients<float>;
  float z = a.nearly * a.nearly;
  // What was added to r counts twice near pi / 4, where 2.3 z / under is 2.
  float over = z * fused(a.added, -2.3f, a.r * horner_from<0, 1>(z, C::kTan));
  float under = fused(z, horner_from<0, 1>(z, C::kTanUnder), 1);
  uint32_t odd = 0 - (quadrant & 1);
  float q = chosen<float>(odd, -1, over) / chosen<float>(odd, a.r, under);
#if defined(__FMA__)
  float left = fused(-q, a.added, fused(q, a.r, 1));
#else
  const double rest = static_cast<double>(a.r) - static_cast<double>(a.added);
  float left = static_cast<float>(1 + static_cast<double>(q) * rest);
#endif
  float more = fused(q, left, a.r * horner_from<0, 1>(z, C::kCot));
  return chosen<float>(odd, q, a.r) + chosen<float>(odd, more, q);
}

template <class T>
inline T tan(Near<T> x) {
  // float's formula keeps the sign of its argument, that of a zero too.
  constexpr bool kOdd = sizeof(T) == 4;
  T a = kOdd ? x.value : abs(x.value);
  T shifted = fused(a, static_cast<T>(2 * kOneOverPi), Format<T>::kRound);
  T n = shifted - Format<T>::kRound;
  constexpr auto& kParts = TrigCoefficients<T>::kHalfPiParts;
  AngleRest<T> r;
  if constexpr (kOdd)
    r = known_rest(a, n, kParts);
  else
    r = angle_rest(a, n, kParts);
  T y = tangent(r, bits_of(shifted));
  return kOdd ? y : turned(y, bits_of(x.value));
}
template <std::floating_point T>
inline T tan(T x) {
  if (beyond(x) >= kSignBit<T>) {
    Reduced<T> a = reduced_far<2>(x, 0);
    return turned(tangent(AngleRest<T>{a.r, a.r, a.added}, BitsOf<T>(a.step)), bits_of(x));
  }
  return tan(Near<T>(x));
}

}  // namespace pyad::inline PYAD_ISA
