// What the vector mathematics is made of: bits, selections, polynomials. For numbers only.
//
// Note [Vector mathematics]
// Every function of this folder is one straight line of additions, products, quotients, integer
// operations and selections: no branch, no table, no call. So a plain loop over it becomes vectors
// for whichever instruction set it is compiled, and the rest of the loop, which is no whole vector,
// rounds exactly like the vectors: an element has the same result whatever its place and whatever
// thread computes it. That needs three things of the build:
// - no contraction (-ffp-contract=off): the compiler could otherwise fuse in the vectors only.
//   `fused` says where one instruction is meant; a build without it takes two roundings, in all
//   its loops. What must be exact therefore never rests on `fused`: a constant that is multiplied
//   by a whole number ends in zeros, and the remainder is a second constant.
// - no -ffast-math: NaN, infinities, signed zeros and rounding are part of the formulas; but
//   -fno-trapping-math, as both sides of a selection are computed.
// - round to nearest: adding `kRound` rounds to a whole number, which stands in the low bits.
// Between instruction sets results differ by an ulp. Polynomials come from tools/minimax.py, errors
// are measured by tools/ulp.py and bounded by tests/test_accuracy.py.
#pragma once

#include <math.h>
#include <stdint.h>

#include <concepts>
#include <cstddef>
#include <type_traits>

#include "kernels/isa.hpp"
#include "kernels/math/coefficients.hpp"

namespace pyad::inline PYAD_ISA {

template <class T>
struct Format;
template <>
struct Format<float> {
  using Bits = uint32_t;
  static constexpr int kMantissa = 23;
  static constexpr Bits kBias = 127;
  static constexpr float kRound = 0x1.8p23f, kWhole = 0x1p23f, kMinNormal = 0x1p-126f;
};
template <>
struct Format<double> {
  using Bits = uint64_t;
  static constexpr int kMantissa = 52;
  static constexpr Bits kBias = 1023;
  static constexpr double kRound = 0x1.8p52, kWhole = 0x1p52, kMinNormal = 0x1p-1022;
};
template <class T>
using BitsOf = typename Format<T>::Bits;

template <class T>
inline constexpr BitsOf<T> kSignBit = BitsOf<T>(1) << (8 * sizeof(T) - 1);

template <class T>
inline BitsOf<T> bits_of(T x) {
  return __builtin_bit_cast(BitsOf<T>, x);
}
template <class T>
inline T from_bits(BitsOf<T> b) {
  return __builtin_bit_cast(T, b);
}

template <class T>
inline constexpr T kInfinity = static_cast<T>(__builtin_inf());
template <class T>
inline constexpr T kNaN = static_cast<T>(__builtin_nan(""));

inline float abs(float x) { return __builtin_fabsf(x); }
inline double abs(double x) { return __builtin_fabs(x); }
inline float copysign(float x, float y) { return __builtin_copysignf(x, y); }
inline double copysign(double x, double y) { return __builtin_copysign(x, y); }

/// a b + c, in one rounding where the instruction set has it.
inline float fused(float a, float b, float c) {
#if defined(__FMA__)
  return __builtin_fmaf(a, b, c);
#else
  return a * b + c;
#endif
}
inline double fused(double a, double b, double c) {
#if defined(__FMA__)
  return __builtin_fma(a, b, c);
#else
  return a * b + c;
#endif
}

/// `c ? a : b`, both sides evaluated: the only branch a formula may take, so that it vectorises and
/// works on tensors.
template <class T>
  requires std::is_arithmetic_v<T>
inline T select(bool c, T a, T b) {
  return c ? a : b;
}
template <class T>
  requires std::is_arithmetic_v<T>
inline bool is_nan(T x) {
  return x != x;
}

/// x, or the bound that it exceeds; NaN stays. Both comparisons are of x: of its result the
/// compiler makes a third.
template <class T>
inline T clamped(T x, T low, T high) {
  T v = select(x > high, high, x);
  return select(x < low, low, v);
}

/// Whether results need all the digits of a double, in which both types are computed.
template <class T>
inline constexpr bool kLong = std::is_same_v<T, double>;

/// A result, and bits of which one of the upper two is set where it is none.
template <class T, class Bits = BitsOf<T>>
struct Attempt {
  T value;
  Bits beyond;
};
template <class Bits>
inline bool is_beyond(Bits b) {
  return b >> (8 * sizeof(Bits) - 2) != 0;
}

template <size_t K, size_t STEP, class T, size_t N>
inline T horner_from(T z, const T (&c)[N]) {
  if constexpr (K + STEP >= N)
    return c[K];
  else
    return fused(horner_from<K + STEP, STEP>(z, c), z, c[K]);
}

/// c[0] + c[1] z + c[2] z^2 + ..., from the last on; a long one in two halves, even and odd, which
/// do not wait for each other.
template <class T, size_t N>
inline T polynomial(T z, const T (&c)[N]) {
  if constexpr (N < 5) {
    return horner_from<0, 1>(z, c);
  } else {
    T square = z * z;
    return fused(horner_from<1, 2>(square, c), z, horner_from<0, 2>(square, c));
  }
}

inline constexpr double kLn2 = 0.693147180559945309417;
inline constexpr double kLog2OfE = 1.44269504088896340736;

/// A constant in two parts: the product of `high` and a small whole number is exact.
template <class T>
struct Split {
  T high, low;
};

template <class T>
inline constexpr Split<T> kSplitLn2 = {static_cast<T>(0x1.62e42fefa2p-1),
                                       static_cast<T>(0x1.9ef35793c7673p-41)};
template <>
inline constexpr Split<float> kSplitLn2<float> = {0x1.62e4p-1f, 0x1.7f7d1cp-20f};

}  // namespace pyad::inline PYAD_ISA
