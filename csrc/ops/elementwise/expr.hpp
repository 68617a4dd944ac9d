// `Expr`: a tensor, or a number, with the operators and functions that formulas use. Instantiating
// a derivative with it runs the derivative as recorded tensor ops: this is what create_graph and
// nested modes do.
#pragma once

#include "core/tensor.hpp"
#include "ops/elementwise/formula_functions.hpp"
#include "ops/elementwise/info.hpp"

namespace pyad {

class Expr {
 public:
  // Out of line: rules are mostly made of these.
  Expr();
  Expr(const Expr& o);
  Expr(Expr&& o) noexcept;
  Expr& operator=(Expr o) noexcept;
  ~Expr();
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

// In expr.cpp: a rule is little more than calls of these.
#define PYAD_EXPR1(FN, NAME) Expr FN(const Expr& x);
#define PYAD_EXPR2(FN, NAME) Expr FN(const Expr& x, const Expr& y);
PYAD_FORMULA_FUNCTIONS_1(PYAD_EXPR1)
PYAD_FORMULA_FUNCTIONS_2(PYAD_EXPR2)
#undef PYAD_EXPR1
#undef PYAD_EXPR2
Expr chain(const Expr& g, const Expr& d);
Expr scaled_unit(const Expr& g, const Expr& x, const Expr& r);
/// As a number an exponent (or base) has no derivative to be wrong.
Expr slope_by_base(const Expr& v, const Expr& a, const Expr& b);
Expr slope_by_exponent(const Expr& v, const Expr& a, const Expr& b);
Expr over_squares(const Expr& x, const Expr& a, const Expr& b);
inline Expr is_nan(const Expr& x) { return x != x; }
Expr select(const Expr& c, const Expr& a, const Expr& b);

}  // namespace pyad
