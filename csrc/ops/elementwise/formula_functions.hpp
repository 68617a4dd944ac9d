// The operators and functions that formulas call, and the ops they stand for: one list for every
// element type that writes ops down instead of computing numbers (`Expr`, `ScalarFormula`).
#pragma once

#include <type_traits>

// X(function, name of the op)
#define PYAD_FORMULA_FUNCTIONS_1(X)       \
  X(operator-, "neg")                     \
  X(exp, "exp")                           \
  X(exp2, "exp2")                         \
  X(expm1, "expm1")                       \
  X(log, "log")                           \
  X(log2, "log2")                         \
  X(log10, "log10")                       \
  X(log1p, "log1p")                       \
  X(sin, "sin")                           \
  X(cos, "cos")                           \
  X(tan, "tan")                           \
  X(asin, "asin")                         \
  X(acos, "acos")                         \
  X(atan, "atan")                         \
  X(sinh, "sinh")                         \
  X(cosh, "cosh")                         \
  X(tanh, "tanh")                         \
  X(asinh, "asinh")                       \
  X(acosh, "acosh")                       \
  X(atanh, "atanh")                       \
  X(erf, "erf")                           \
  X(erfc, "erfc")                         \
  X(floor, "floor")                       \
  X(ceil, "ceil")                         \
  X(trunc, "trunc")                       \
  X(rint, "round")                        \
  X(sqrt, "sqrt")                         \
  X(cbrt, "cbrt")                         \
  X(abs, "abs")                           \
  X(sigmoid, "sigmoid")                   \
  X(sign, "sign")                         \
  X(one_minus_square, "one_minus_square") \
  X(digamma, "digamma")                   \
  X(lgamma, "lgamma")                     \
  X(i0, "i0")                             \
  X(i0e, "i0e")                           \
  X(i1, "i1")                             \
  X(i1e, "i1e")

#define PYAD_FORMULA_FUNCTIONS_2(X) \
  X(operator+, "add")               \
  X(operator-, "sub")               \
  X(operator*, "mul")               \
  X(operator/, "div")               \
  X(operator<, "lt")                \
  X(operator<=, "le")               \
  X(operator>, "gt")                \
  X(operator>=, "ge")               \
  X(operator==, "eq")               \
  X(operator!=, "ne")               \
  X(hypot, "hypot")                 \
  X(sigmoid_slope, "sigmoid_slope") \
  X(tanh_slope, "tanh_slope")       \
  X(exp2_slope, "exp2_slope")       \
  X(xlogy, "xlogy")                 \
  X(floor_divide, "floor_divide")   \
  X(trunc_divide, "trunc_divide")   \
  X(pow, "pow")                     \
  X(copysign, "copysign")           \
  X(atan2, "atan2")                 \
  X(fmod, "fmod")                   \
  X(polygamma, "polygamma")         \
  X(gamma_slope, "gamma_slope")     \
  X(gamma_curve, "gamma_curve")

namespace pyad {

/// a^(b - 1), which has the sign of a where b is even, however b - 1 is rounded. Numbers hide no
/// parity before 2^53.
template <class T>
  requires(!std::is_arithmetic_v<T>)
inline T power_below(const T& a, const T& b) {
  T y = pow(a, b - T(1.0));
  if (b.is_number() && b.number() < 0x1p53 && b.number() > -0x1p53) return y;
  T half = T(0.5) * b;
  T even = select(half - trunc(half) == T(0.0), copysign(y, a), y);
  return select(abs(b) < T(0x1p24), y, even);
}

}  // namespace pyad
