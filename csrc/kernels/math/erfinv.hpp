// erfinv.
//
// x times a function of w = -log(1 - x^2): nearly linear in w until w is about 4 or 6, beyond that
// a function of the root of w (for float of w itself). Most numbers of (-1, 1) need no more than
// the first; so for double the loops take it alone, and do a block again where a number is
// `beyond`.
#pragma once

#include "kernels/math/inverse_trig.hpp"
#include "kernels/math/log.hpp"
#include "kernels/math/special_coefficients.hpp"
#include "kernels/math/trig.hpp"
#include "kernels/math/twofold.hpp"

namespace pyad::inline PYAD_ISA {

template <class T>
struct ErfinvRange;
template <>
struct ErfinvRange<float> {
  static constexpr float near = 0x1.f835dp-1f;  // where w is 3.5
};
template <>
struct ErfinvRange<double> {
  static constexpr double near = 0x1.ff7bp-1;  // where w is 6.2
};
template <class T>
inline constexpr Split<T> kHalfRootPi = {static_cast<T>(0x1.c5bf891b4ef6bp-1),
                                         static_cast<T>(-0x1.618f13eb7ca89p-55)};
template <>
inline constexpr Split<float> kHalfRootPi<float> = {0x1.c5bf8ap-1f, -0x1.c96212p-26f};

/// The sign bit tells whether |x| needs more than the near formula, or is no number.
template <std::floating_point T>
PYAD_INLINE BitsOf<T> erfinv_beyond(T x) {
  return bits_of(abs(x)) + (kSignBit<T> - bits_of(ErfinvRange<T>::near));
}

/// -log(1 - x^2).
template <std::floating_point T>
PYAD_INLINE T erfinv_exponent(T x) {
#if defined(__FMA__)
  return -log_joined(log_parts(fused(-x, x, T(1)), T(0)));
#else
  Twofold<T> square = twofold_product(x, x);
  T u = T(1) - square.high;
  return -log_twofold(u, ((T(1) - u) - square.high) - square.low);
#endif
}

template <std::floating_point T>
PYAD_INLINE T erfinv_near(T x, T w) {
  T slow = fused(w, horner_from<0, 1>(w, SpecialCoefficients<T>::kErfinvNear), kHalfRootPi<T>.low);
  return copysign(fused(x, kHalfRootPi<T>.high, x * slow), x);  // of zeros, too
}

/// On numbers that are not `beyond`.
template <std::floating_point T>
PYAD_INLINE T erfinv(Near<T> x) {
  return erfinv_near(x.value, erfinv_exponent(x.value));
}

/// Infinite at -1 and 1, NaN outside.
template <std::floating_point T>
PYAD_INLINE T erfinv(T x) {
#if !defined(__FMA__)
  // Of floats alone, with one rounding more, results would fall.
  if constexpr (sizeof(T) == 4) return static_cast<T>(erfinv(static_cast<double>(x)));
#endif
  using C = SpecialCoefficients<T>;
  T w = erfinv_exponent(x), far;
  if constexpr (sizeof(T) == 4)
    far = horner_from<0, 1>(w - T(10), C::kErfinvFar);
  else
    far = horner_from<0, 1>(root(w) - T(4), C::kErfinvFar);
  BitsOf<T> beyond = BitsOf<T>(0) - (erfinv_beyond(x) >> (8 * sizeof(T) - 1));
  T y = either<T>(beyond, x * far, erfinv_near(x, w));
  T edge = select(abs(x) == T(1), copysign(kInfinity<T>, x), kNaN<T>);
  return select(abs(x) < T(1), y, edge);
}

}  // namespace pyad::inline PYAD_ISA
