// Exponentials, logarithms, hyperbolic functions and the error function.
#pragma once

#include "ops/elementwise/fn.hpp"
#include "ops/elementwise/kind.hpp"

namespace pyad::inline PYAD_ISA {

struct Tanh : Unary<"tanh"> {
  static constexpr Doc doc{"Hyperbolic tangent.", "1 - y^2", "smooth"};
  static constexpr Domain sample{-4.0, 4.0};
  template <class T> static T f(T x) { return tanh(x); }
  template <class T> static T df_y(T y) { return (T(1.0) - y) * (T(1.0) + y); }
};

using ExpLogOps = List<Tanh>;

}  // namespace pyad::inline PYAD_ISA
