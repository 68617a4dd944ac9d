// The elementary functions that formulas call, for numbers: float and double (and integers where it makes sense).
//
// For tensors the same names are found by argument-dependent lookup on `Expr` (expr.hpp). With libmvec the functions of libm are
// declared `simd`, which lets the compiler vectorise a plain loop over a formula.
#pragma once

#include <math.h>
#include <stdint.h>

#include <type_traits>

#include "kernels/isa.hpp"

#if defined(PYAD_HAVE_LIBMVEC)
#define PYAD_SIMD(NAME)                                                          \
  extern "C" __attribute__((simd("notinbranch"))) double NAME(double) noexcept; \
  extern "C" __attribute__((simd("notinbranch"))) float NAME##f(float) noexcept;
PYAD_SIMD(exp)
PYAD_SIMD(exp2)
PYAD_SIMD(expm1)
PYAD_SIMD(log)
PYAD_SIMD(log2)
PYAD_SIMD(log10)
PYAD_SIMD(log1p)
PYAD_SIMD(sin)
PYAD_SIMD(cos)
PYAD_SIMD(tan)
PYAD_SIMD(asin)
PYAD_SIMD(acos)
PYAD_SIMD(atan)
PYAD_SIMD(sinh)
PYAD_SIMD(cosh)
PYAD_SIMD(tanh)
PYAD_SIMD(asinh)
PYAD_SIMD(acosh)
PYAD_SIMD(atanh)
PYAD_SIMD(erf)
PYAD_SIMD(erfc)
#undef PYAD_SIMD
extern "C" __attribute__((simd("notinbranch"))) double pow(double, double) noexcept;
extern "C" __attribute__((simd("notinbranch"))) float powf(float, float) noexcept;
extern "C" __attribute__((simd("notinbranch"))) double atan2(double, double) noexcept;
extern "C" __attribute__((simd("notinbranch"))) float atan2f(float, float) noexcept;
#endif

namespace pyad::inline PYAD_ISA {

#define PYAD_FN1(NAME)                                    \
  inline float NAME(float x) { return ::NAME##f(x); }     \
  inline double NAME(double x) { return ::NAME(x); }
PYAD_FN1(exp)
PYAD_FN1(exp2)
PYAD_FN1(expm1)
PYAD_FN1(log)
PYAD_FN1(log2)
PYAD_FN1(log10)
PYAD_FN1(log1p)
PYAD_FN1(sin)
PYAD_FN1(cos)
PYAD_FN1(tan)
PYAD_FN1(asin)
PYAD_FN1(acos)
PYAD_FN1(atan)
PYAD_FN1(sinh)
PYAD_FN1(cosh)
PYAD_FN1(tanh)
PYAD_FN1(asinh)
PYAD_FN1(acosh)
PYAD_FN1(atanh)
PYAD_FN1(erf)
PYAD_FN1(erfc)
PYAD_FN1(floor)
PYAD_FN1(ceil)
PYAD_FN1(trunc)
PYAD_FN1(sqrt)
#undef PYAD_FN1
inline float rint(float x) { return ::rintf(x); }
inline double rint(double x) { return ::rint(x); }
inline float pow(float x, float y) { return ::powf(x, y); }
inline double pow(double x, double y) { return ::pow(x, y); }
inline float atan2(float y, float x) { return ::atan2f(y, x); }
inline double atan2(double y, double x) { return ::atan2(y, x); }
inline float fmod(float x, float y) { return ::fmodf(x, y); }
inline double fmod(double x, double y) { return ::fmod(x, y); }
inline float abs(float x) { return ::fabsf(x); }
inline double abs(double x) { return ::fabs(x); }
template <class T>
  requires std::is_integral_v<T>
inline T abs(T x) {
  if constexpr (std::is_unsigned_v<T>) return x;
  else return x < 0 ? T(-x) : x;
}

/// `c ? a : b`, both sides evaluated: the only branch a formula may take, so that it vectorises and works on tensors.
template <class T>
  requires std::is_arithmetic_v<T>
inline T select(bool c, T a, T b) {
  return c ? a : b;
}
template <class T>
inline bool is_nan(T x) {
  return x != x;
}

}  // namespace pyad::inline PYAD_ISA
