// exp, sigmoid and tanh as plain arithmetic, so that loops over whole cells become vector loops
// without calls.
//
// exp(x) = 2^n exp(r) with |r| <= log(2) / 2, and exp(r) - 1 by its Taylor series, to the last
// digit or the one before it. Written with x's own type, in float a sigmoid costs a dozen
// instructions a vector. Large arguments are clamped to where the result no longer changes.
#pragma once

#include <math.h>
#include <stdint.h>

#include "kernels/isa.hpp"

namespace pyad::inline PYAD_ISA {
namespace {

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

/// What the series needs to know of a type. `kRound` is so large that adding it rounds to integers
/// and leaves the integer in the low bits; kLog2High n is exact.
template <class T>
struct ExpParts;
template <>
struct ExpParts<float> {
  using Bits = int32_t;
  static constexpr float kRound = 0x1.8p23f, kLog2High = 0x1.62e4p-1f,
                         kLog2Low = 1.4286068203094172e-6f, kSigmoidEnd = 86.0f, kTanhEnd = 10.0f;
  static constexpr int kTerms = 7, kMantissa = 23, kBias = 127;
};
template <>
struct ExpParts<double> {
  using Bits = int64_t;
  static constexpr double kRound = 0x1.8p52, kLog2High = 0x1.62e42feep-1,
                          kLog2Low = 1.908214929270587700e-10, kSigmoidEnd = 700.0, kTanhEnd = 20.0;
  static constexpr int kTerms = 13, kMantissa = 52, kBias = 1023;
};

constexpr double one_over_factorial(int k) { return k < 2 ? 1.0 : one_over_factorial(k - 1) / k; }

template <class T, int K>
inline T series(T r) {  // (exp(r) - 1) / r without its first K - 1 terms, over r^(K - 1)
  constexpr T c = static_cast<T>(one_over_factorial(K));
  if constexpr (K == ExpParts<T>::kTerms) {
    return c;
  } else {
    return fused(series<T, K + 1>(r), r, c);
  }
}

/// exp(x) = scale + scale * rest, with scale a power of two: what both exp and expm1 are made of.
template <class T>
struct ExpOf {
  T scale, rest;
  explicit ExpOf(T x) {
    using P = ExpParts<T>;
    using Bits = typename P::Bits;
    T shifted = fused(x, static_cast<T>(1.44269504088896340736), P::kRound);
    T n = shifted - P::kRound;
    T r = fused(n, -P::kLog2Low, fused(n, -P::kLog2High, x));
    rest = r * series<T, 1>(r);
    Bits bits = __builtin_bit_cast(Bits, shifted);
    scale = __builtin_bit_cast(
        T, static_cast<Bits>((static_cast<uint64_t>(bits) + P::kBias) << P::kMantissa));
  }
};

inline float magnitude(float x) { return __builtin_fabsf(x); }
inline double magnitude(double x) { return __builtin_fabs(x); }
inline float signed_as(float x, float sign) { return __builtin_copysignf(x, sign); }
inline double signed_as(double x, double sign) { return __builtin_copysign(x, sign); }

template <class T>
inline T logistic(T x) {
  constexpr T end = ExpParts<T>::kSigmoidEnd;
  T v = x < -end ? -end : x;
  v = v > end ? end : v;
  ExpOf<T> e(-v);
  return T(1) / (T(1) + fused(e.scale, e.rest, e.scale));
}

template <class T>
inline T tanh_of(T x) {
  constexpr T end = ExpParts<T>::kTanhEnd;
  T v = magnitude(x);
  v = v > end ? end : v;
  ExpOf<T> e(v + v);
  T less = fused(e.scale, e.rest, e.scale - T(1));  // exp(2 |x|) - 1, without cancellation
  return signed_as(less / (less + T(2)), x);
}

}  // namespace
}  // namespace pyad::inline PYAD_ISA
