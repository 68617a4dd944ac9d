// Numbers as sums of two: what a product or a sum loses in rounding is kept in a second number.
//
// For the few places where an error would be multiplied, as that of an exponent is by the exponent.
#pragma once

#include "kernels/math/base.hpp"

// Within a formula of many parts nothing may stay a call: a call is no vector.
#define PYAD_INLINE [[gnu::always_inline]] inline

namespace pyad::inline PYAD_ISA {

/// high + low, |low| at most about an ulp of high.
template <class T>
struct Twofold {
  T high, low;
};

/// x with the lower half of its digits cleared: squares of such, and products of two, are exact.
template <class T>
PYAD_INLINE T upper_half(T x) {
  constexpr int kLow = sizeof(T) == 4 ? 12 : 27;
  return from_bits<T>(bits_of(x) >> kLow << kLow);
}

/// a b, exactly.
template <class T>
PYAD_INLINE Twofold<T> twofold_product(T a, T b) {
  T p = a * b;
#if defined(__FMA__)
  return {p, fused(a, b, -p)};
#else
  T ah = upper_half(a), al = a - ah, bh = upper_half(b), bl = b - bh;
  return {p, al * bl - (((p - ah * bh) - al * bh) - ah * bl)};
#endif
}

/// a + b, exactly, for |a| >= |b|.
template <class T>
PYAD_INLINE Twofold<T> twofold_ordered_sum(T a, T b) {
  T s = a + b;
  return {s, b - (s - a)};
}

/// a + b, exactly.
template <class T>
PYAD_INLINE Twofold<T> twofold_sum(T a, T b) {
  T s = a + b, v = s - a;
  return {s, (a - (s - v)) + (b - v)};
}

/// a b with an error of a few units of 2^-2p.
template <class T>
PYAD_INLINE Twofold<T> operator*(Twofold<T> a, Twofold<T> b) {
  Twofold<T> p = twofold_product(a.high, b.high);
  return twofold_ordered_sum(p.high, p.low + fused(a.high, b.low, a.low * b.high));
}

}  // namespace pyad::inline PYAD_ISA
