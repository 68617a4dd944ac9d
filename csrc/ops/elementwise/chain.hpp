// Products and quotients of rules at singular points, for numbers; for tensors they are the ops of
// singular.hpp.
#pragma once

#include <type_traits>

#include "kernels/isa.hpp"

namespace pyad::inline PYAD_ISA {

/// g d, and g where g is 0.
template <class T>
  requires std::is_arithmetic_v<T>
inline T chain(T g, T d) {
  return g == T(0) ? g : g * d;
}
/// g x / r, and 0 where r is 0 unless g is NaN: see Note [Singular points] in
/// ops/elementwise/singular.hpp.
template <class T>
  requires std::is_arithmetic_v<T>
inline T scaled_unit(T g, T x, T r) {
  return (r == T(0)) & (g == g) ? T(0) : g * (x / r);
}
/// v, as a slope of a^b by a and by b: see Note [Derivatives of a power] in power.hpp.
template <class T>
  requires std::is_arithmetic_v<T>
inline T slope_by_base(T v, T, T) {
  return v;
}
template <class T>
  requires std::is_arithmetic_v<T>
inline T slope_by_exponent(T v, T, T) {
  return v;
}
/// 1 - x^2.
template <class T>
  requires std::is_arithmetic_v<T>
inline T one_minus_square(T x) {
  return (T(1) - x) * (T(1) + x);
}

}  // namespace pyad::inline PYAD_ISA
