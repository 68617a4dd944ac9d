// The elementary functions that formulas call, for numbers: float and double (and integers where it
// makes sense).
//
// For tensors the same names are found by argument-dependent lookup on `Expr` (expr.hpp). What has
// no formula in kernels/math is a function of libm; with libmvec these are declared `simd`, which
// lets the compiler vectorise a plain loop over a formula.
#pragma once

#include <math.h>
#include <stdint.h>

#include <type_traits>

#include "kernels/isa.hpp"
#include "kernels/math/inverse_trig.hpp"
#include "kernels/math/logistic.hpp"
#include "kernels/math/trig.hpp"

#if defined(PYAD_HAVE_LIBMVEC)
#define PYAD_SIMD1(NAME)                                                        \
  extern "C" __attribute__((simd("notinbranch"))) double NAME(double) noexcept; \
  extern "C" __attribute__((simd("notinbranch"))) float NAME##f(float) noexcept;
#define PYAD_SIMD2(NAME)                                                                \
  extern "C" __attribute__((simd("notinbranch"))) double NAME(double, double) noexcept; \
  extern "C" __attribute__((simd("notinbranch"))) float NAME##f(float, float) noexcept;
PYAD_SIMD1(sinh)
PYAD_SIMD1(cosh)
PYAD_SIMD1(asinh)
PYAD_SIMD1(acosh)
PYAD_SIMD1(atanh)
PYAD_SIMD1(erf)
PYAD_SIMD1(erfc)
PYAD_SIMD2(pow)
PYAD_SIMD2(hypot)
#undef PYAD_SIMD1
#undef PYAD_SIMD2
#endif

namespace pyad::inline PYAD_ISA {

#define PYAD_FN1(NAME)                                \
  inline float NAME(float x) { return ::NAME##f(x); } \
  inline double NAME(double x) { return ::NAME(x); }
#define PYAD_FN2(NAME)                                            \
  inline float NAME(float x, float y) { return ::NAME##f(x, y); } \
  inline double NAME(double x, double y) { return ::NAME(x, y); }
PYAD_FN1(sinh)
PYAD_FN1(cosh)
PYAD_FN1(asinh)
PYAD_FN1(acosh)
PYAD_FN1(atanh)
PYAD_FN1(erf)
PYAD_FN1(erfc)
PYAD_FN1(floor)
PYAD_FN1(ceil)
PYAD_FN1(trunc)
PYAD_FN1(rint)
PYAD_FN1(sqrt)
PYAD_FN2(pow)
PYAD_FN2(hypot)
#undef PYAD_FN1
#undef PYAD_FN2

/// -1, 0 or 1; 0 for NaN.
template <class T>
  requires std::is_arithmetic_v<T>
inline T sign(T x) {
  if constexpr (std::is_unsigned_v<T>)
    return T(x != 0);
  else
    return select(x > T(0), T(1), select(x < T(0), T(-1), T(0)));
}

// Note [Exact remainders]
// fmod is exact, and libm's finds it bit by bit. While the quotient q is small enough to be known
// but for one unit, a - q b has no rounding error in a fused multiply-add, and one addition of b
// repairs a q that was rounded up: also exact, and many times faster.
template <class T>
  requires std::is_floating_point_v<T>
inline T fmod(T a, T b) {
#if defined(__FMA__)
  constexpr T kKnown = sizeof(T) == 4 ? T(0x1p23) : T(0x1p52);
  T q = trunc(a / b);
  if (__builtin_expect((abs(q) < kKnown) & (abs(b) < T(HUGE_VAL)), 1)) {
    // Of absolute values, so that a remainder too low is just a negative one.
    T m = abs(b), r;
    if constexpr (sizeof(T) == 4)
      r = __builtin_fmaf(-abs(q), m, abs(a));
    else
      r = __builtin_fma(-abs(q), m, abs(a));
    return copysign(select(r < T(0), r + m, r), a);
  }
#endif
  if constexpr (sizeof(T) == 4)
    return ::fmodf(a, b);
  else
    return ::fmod(a, b);
}

/// a log(b), and 0 where a = 0 unless b is NaN.
template <class T>
  requires std::is_floating_point_v<T>
inline T xlogy(T a, T b) {
  return select((a == T(0)) & !is_nan(b), T(0), a * log(b));
}

/// x with its sign as seen along the sign of b.
template <class T>
  requires std::is_floating_point_v<T>
inline T along(T x, T b) {
  return x * copysign(T(1), b);
}

/// The quotient rounded towards zero.
template <class T>
  requires std::is_floating_point_v<T>
inline T trunc_divide(T a, T b) {
  return trunc(a / b);
}

/// The largest whole number not above the true quotient, though a / b itself may round up to the
/// next.
template <class T>
  requires std::is_floating_point_v<T>
inline T floor_divide(T a, T b) {
  T rest = fmod(a, b);
  T q = (a - rest) / b;  // whole, but for rounding
  q = select(along(rest, b) < T(0), q - T(1), q);
  T whole = floor(q);
  whole = select(q - whole > T(0.5), whole + T(1), whole);
  whole = select(q == T(0), copysign(T(0), a / b), whole);
  return select(b == T(0), a / b, whole);
}

// What follows is made of the above, for numbers and tensors alike.

/// x, or `low` where x is below it; NaN stays.
template <class T>
inline T at_least(T x, T low) {
  return select(x < low, low, x);
}
template <class T>
inline T at_most(T x, T high) {
  return select(x > high, high, x);
}

}  // namespace pyad::inline PYAD_ISA
