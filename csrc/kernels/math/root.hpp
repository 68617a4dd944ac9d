// The square root, for formulas in which it is one step of many.
#pragma once

#include "kernels/math/base.hpp"

namespace pyad::inline PYAD_ISA {

inline float root(float x) { return __builtin_sqrtf(x); }
inline double root(double x) { return __builtin_sqrt(x); }

/// The root of 0 or of a normal number by products alone: wrong by 2^-7 of an ulp before it is
/// rounded (float: by half an ulp); of others anything.
///
/// The first guess has half the exponent, the second is right to 2^-10.5 (Kadlec), the third to
/// 2^-30. Of 512-bit vectors the instruction takes twice as long.
template <class T>
inline T root_by_products(T x) {
  constexpr BitsOf<T> kGuess =
      sizeof(T) == 4 ? BitsOf<T>(0x5f1ffff9) : BitsOf<T>(0x5fe3ffff27a6bc00);
  T y = from_bits<T>(kGuess - (bits_of(x) >> 1)), t = x * y;
  y = (T(0.703952253) * y) * fused(-t, y, T(2.38924456));
  t = x * y;
  T h = fused(-t, y, T(1)), p = h * fused(h, T(0.375), T(0.5));
  t = fused(t, p, t);
  if constexpr (sizeof(T) == 4) return t;
  T half = T(0.5) * y;
  return fused(fused(-t, t, x), fused(half, p, half), t);
}

/// `root`, by the quicker way.
template <class T>
inline T inner_root(T x) {
#if defined(__AVX512F__)
  return root_by_products(x);
#else
  return root(x);
#endif
}

}  // namespace pyad::inline PYAD_ISA
