// The elementary functions that formulas call, for numbers: float and double (and integers where it
// makes sense).
//
// For tensors the same names are found by argument-dependent lookup on `Expr` (expr.hpp). What has
// no formula in kernels/math is one instruction, as libm's rounding functions are.
#pragma once

#include <math.h>
#include <stdint.h>

#include <type_traits>

#include "kernels/isa.hpp"
#include "kernels/math/erf.hpp"
#include "kernels/math/hyperbolic.hpp"
#include "kernels/math/inverse_trig.hpp"
#include "kernels/math/logistic.hpp"
#include "kernels/math/power.hpp"
#include "kernels/math/trig.hpp"
#include "ops/elementwise/chain.hpp"
#include "ops/elementwise/saturation.hpp"

namespace pyad::inline PYAD_ISA {

#define PYAD_FN1(NAME)                                \
  inline float NAME(float x) { return ::NAME##f(x); } \
  inline double NAME(double x) { return ::NAME(x); }
PYAD_FN1(floor)
PYAD_FN1(ceil)
PYAD_FN1(trunc)
PYAD_FN1(rint)
PYAD_FN1(sqrt)
#undef PYAD_FN1

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
// but for one unit, a - q b has no rounding error in a fused multiply-add (for float32: in
// float64), and one addition of b repairs a q that was rounded up: also exact, and many times
// faster. Whole loops take this way (`near_f` of an op), then look for elements that must take the
// other. What is exact has one value, so an element does not depend on its neighbours.

/// Whether a / b is so small, and b so tame, that `near_quotient` is exact.
template <class T>
inline bool has_near_quotient(T a, T b) {
#if !defined(__FMA__)
  if constexpr (sizeof(T) == 8) return false;
#endif
  return (abs(a / b) < Format<T>::kWhole) & (abs(b) < kInfinity<T>);
}

/// |a| = q |b| + rest, with a whole q and 0 <= rest < |b|.
template <class T>
struct Division {
  T q, rest;
};
template <class T>
inline Division<T> near_quotient(T a, T b) {
  T m = abs(b), q = trunc(abs(a / b)), r;
  if constexpr (sizeof(T) == 4)
#if defined(__FMA__)
    r = __builtin_fmaf(-q, m, abs(a));
#else
    r = static_cast<T>(static_cast<double>(abs(a)) -
                       static_cast<double>(q) * static_cast<double>(m));
#endif
  else
    r = fused(-q, m, abs(a));
  bool over = r < T(0);
  return {select(over, q - T(1), q), select(over, r + m, r)};
}

/// fmod, the remainder of b's sign and the quotient rounded down, where `has_near_quotient`.
template <class T>
inline T near_fmod(T a, T b) {
  return copysign(near_quotient(a, b).rest, a);
}
template <class T>
inline T near_remainder(T a, T b) {
  T r = near_fmod(a, b);
  return select(r * copysign(T(1), b) < T(0), r + b, r);
}
template <class T>
inline T near_floor_divide(T a, T b) {
  Division<T> d = near_quotient(a, b);
  T away = select(d.rest > T(0), d.q + T(1), d.q);
  T sign = copysign(T(1), a) * copysign(T(1), b);
  return copysign(select(sign < T(0), away, d.q), sign);
}

template <class T>
  requires std::is_floating_point_v<T>
inline T fmod(T a, T b) {
  if (__builtin_expect(has_near_quotient(a, b), 1)) return near_fmod(a, b);
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

/// sqrt(1 + x^2); for numbers in kernels/math.
template <class T>
  requires(!std::is_arithmetic_v<T>)
inline T secant(const T& x) {
  return hypot(x, T(1.0));
}

/// sqrt(x^2 - 1), and x - tanh(x); likewise.
template <class T>
  requires(!std::is_arithmetic_v<T>)
inline T cosecant(const T& x) {
  const T far(0x1p27);  // from where on it is x, in every digit
  return select(x > far, x, sqrt(T(0.0) - one_minus_square(at_most(x, far))));
}
template <class T>
  requires(!std::is_arithmetic_v<T>)
inline T tanhshrink(const T& x) {
  return x - tanh(x);
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
  if (__builtin_expect(has_near_quotient(a, b), 1)) return near_floor_divide(a, b);
  T rest = fmod(a, b);
  T q = (a - rest) / b;  // whole, but for rounding
  q = select(along(rest, b) < T(0), q - T(1), q);
  T whole = floor(q);
  whole = select(q - whole > T(0.5), whole + T(1), whole);
  whole = select(q == T(0), copysign(T(0), a / b), whole);
  return select(b == T(0), a / b, whole);
}

/// (-1)^n for a whole n, sin(pi x) and cos(pi x); for numbers in kernels/math.
template <class T>
  requires(!std::is_arithmetic_v<T>)
inline T parity(const T& n) {
  return T(1.0) - T(2.0) * (n - T(2.0) * floor(T(0.5) * n));
}
template <class T>
  requires(!std::is_arithmetic_v<T>)
inline T sin_pi(const T& x) {
  T n = rint(x);
  return parity(n) * sin(T(kPi) * (x - n));
}
template <class T>
  requires(!std::is_arithmetic_v<T>)
inline T cos_pi(const T& x) {
  T n = rint(x);
  return parity(n) * cos(T(kPi) * (x - n));
}

// What follows is made of the above, for numbers and tensors alike.

/// slope(x), and 0 at the infinities, where a formula meets `inf * 0` once it is differentiated.
template <class T, class F>
inline T vanishing(const T& x, F slope) {
  if constexpr (std::is_arithmetic_v<T>) {
    return slope(x);
  } else {
    T far = abs(x) == T(__builtin_inf());
    return select(far, T(0.0), slope(select(far, T(2.0), x)));
  }
}

/// a^(b - 1), which has the sign of a where b is even, however b - 1 is rounded; what writes ops
/// down has its own in formula_functions.hpp.
template <class T>
  requires std::is_floating_point_v<T>
inline T power_below(T a, T b) {
  T y = pow(a, b - T(1)), half = T(0.5) * b;
  return select(half - trunc(half) == T(0), copysign(y, a), y);
}

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
