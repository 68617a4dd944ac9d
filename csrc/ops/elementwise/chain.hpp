// The product that rules are made of: a cotangent times a derivative.
//
// Note [Zero cotangents]
// A cotangent of exactly 0 says that the result does not depend on the operand: a branch that
// `where` did not take, an element behind a mask. The derivative there may be infinite or NaN (the
// square root of a negative number, 1 / 0, exp of 1000), and 0 times it would spoil the gradients
// of all that leads there. So `chain` and `chain_div` give the zero back. They are ops of their
// own, since with create_graph the rule is recorded, and the zero must hold at every order; a
// `where` in each rule would lose the derivative by the cotangent. Products of data are no such
// case: ops that set `product` multiply, and there 0 times infinity is NaN.
#pragma once

#include <type_traits>

#include "kernels/isa.hpp"
#include "kernels/math/trig.hpp"

namespace pyad::inline PYAD_ISA {

/// g d, and g where g is 0.
template <class T>
  requires std::is_arithmetic_v<T>
inline T chain(T g, T d) {
  return g == T(0) ? g : g * d;
}
/// g / b, and g where g is 0.
template <class T>
  requires std::is_arithmetic_v<T>
inline T chain_div(T g, T b) {
  return g == T(0) ? g : g / b;
}
/// g x / r, and 0 where r is 0: see Note [Singular points] in ops/elementwise/singular.hpp.
template <class T>
  requires std::is_arithmetic_v<T>
inline T scaled_unit(T g, T x, T r) {
  return r == T(0) ? T(0) : chain(g, x / r);
}
/// The same of angles that are known for small: Note [Large angles] in kernels/math/trig.hpp.
template <class T>
inline Near<T> chain(Near<T> g, Near<T> d) {
  return chain(g.value, d.value);
}
template <class T>
inline Near<T> chain(Near<T> g, T d) {
  return chain(g.value, d);
}
template <class T>
inline Near<T> chain_div(Near<T> g, Near<T> b) {
  return chain_div(g.value, b.value);
}
template <class T>
inline Near<T> chain_div(Near<T> g, T b) {
  return chain_div(g.value, b);
}
/// 1 - x^2.
template <class T>
  requires std::is_arithmetic_v<T>
inline T one_minus_square(T x) {
  return (T(1) - x) * (T(1) + x);
}

}  // namespace pyad::inline PYAD_ISA
