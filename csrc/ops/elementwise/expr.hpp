// `Expr`: a tensor, or a number, with the operators and functions that formulas use. Instantiating
// a derivative with it runs the derivative as recorded tensor ops: this is what create_graph and
// nested modes do.
#pragma once

#include "core/tensor.hpp"
#include "ops/elementwise/info.hpp"

namespace pyad {

class Expr {
 public:
  Expr() = default;
  Expr(Tensor t) : tensor_(std::move(t)) {}
  explicit Expr(double v) : number_(v) {}
  const Tensor& tensor() const { return tensor_; }
  bool is_number() const { return !tensor_.defined(); }
  double number() const { return number_; }
  Operand operand() const { return is_number() ? Operand(number_) : Operand(tensor_); }

 private:
  Tensor tensor_;
  double number_ = 0;
};

/// Applies the op of that name; used by the functions below, which look it up once.
Expr apply_named(const ElementwiseInfo& op, std::initializer_list<const Expr*> in);

#define PYAD_EXPR1(FN, NAME)                                    \
  inline Expr FN(const Expr& x) {                               \
    static const ElementwiseInfo& op = *find_elementwise(NAME); \
    return apply_named(op, {&x});                               \
  }
#define PYAD_EXPR2(FN, NAME)                                    \
  inline Expr FN(const Expr& x, const Expr& y) {                \
    static const ElementwiseInfo& op = *find_elementwise(NAME); \
    return apply_named(op, {&x, &y});                           \
  }
PYAD_EXPR2(operator+, "add")
PYAD_EXPR2(operator-, "sub")
PYAD_EXPR2(operator*, "mul")
PYAD_EXPR2(operator/, "div")
PYAD_EXPR1(operator-, "neg")
PYAD_EXPR2(operator<, "lt")
PYAD_EXPR2(operator<=, "le")
PYAD_EXPR2(operator>, "gt")
PYAD_EXPR2(operator>=, "ge")
PYAD_EXPR2(operator==, "eq")
PYAD_EXPR2(operator!=, "ne")
PYAD_EXPR1(exp, "exp")
PYAD_EXPR1(exp2, "exp2")
PYAD_EXPR1(expm1, "expm1")
PYAD_EXPR1(log, "log")
PYAD_EXPR1(log2, "log2")
PYAD_EXPR1(log10, "log10")
PYAD_EXPR1(log1p, "log1p")
PYAD_EXPR1(sin, "sin")
PYAD_EXPR1(cos, "cos")
PYAD_EXPR1(tan, "tan")
PYAD_EXPR1(asin, "asin")
PYAD_EXPR1(acos, "acos")
PYAD_EXPR1(atan, "atan")
PYAD_EXPR1(sinh, "sinh")
PYAD_EXPR1(cosh, "cosh")
PYAD_EXPR1(tanh, "tanh")
PYAD_EXPR1(asinh, "asinh")
PYAD_EXPR1(acosh, "acosh")
PYAD_EXPR1(atanh, "atanh")
PYAD_EXPR1(erf, "erf")
PYAD_EXPR1(erfc, "erfc")
PYAD_EXPR1(floor, "floor")
PYAD_EXPR1(ceil, "ceil")
PYAD_EXPR1(trunc, "trunc")
PYAD_EXPR1(rint, "round")
PYAD_EXPR1(sqrt, "sqrt")
PYAD_EXPR1(abs, "abs")
PYAD_EXPR1(sigmoid, "sigmoid")
PYAD_EXPR1(sign, "sign")
PYAD_EXPR2(hypot, "hypot")
PYAD_EXPR2(xlogy, "xlogy")
PYAD_EXPR2(floor_divide, "floor_divide")
PYAD_EXPR2(trunc_divide, "trunc_divide")
PYAD_EXPR2(pow, "pow")
PYAD_EXPR2(atan2, "atan2")
PYAD_EXPR2(fmod, "fmod")
#undef PYAD_EXPR1
#undef PYAD_EXPR2
inline Expr is_nan(const Expr& x) { return x != x; }
inline Expr select(const Expr& c, const Expr& a, const Expr& b) {
  static const ElementwiseInfo& op = *find_elementwise("where");
  return apply_named(op, {&c, &a, &b});
}

}  // namespace pyad
