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
/// g x / r, and 0 where r is 0: see Note [Singular points] in ops/elementwise/singular.hpp.
template <class T>
  requires std::is_arithmetic_v<T>
inline T scaled_unit(T g, T x, T r) {
  return r == T(0) ? T(0) : g * (x / r);
}
/// 1 - x^2.
template <class T>
  requires std::is_arithmetic_v<T>
inline T one_minus_square(T x) {
  return (T(1) - x) * (T(1) + x);
}

}  // namespace pyad::inline PYAD_ISA
