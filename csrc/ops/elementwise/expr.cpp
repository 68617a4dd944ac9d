// See expr.hpp.
#include "ops/elementwise/expr.hpp"

#include <utility>

namespace pyad {

Expr::Expr() = default;
Expr::Expr(const Expr& o) = default;
Expr::Expr(Expr&& o) noexcept = default;
Expr& Expr::operator=(Expr o) noexcept {
  std::swap(tensor_, o.tensor_);
  number_ = o.number_;
  return *this;
}
Expr::~Expr() = default;

#define PYAD_EXPR1(FN, NAME)                                    \
  Expr FN(const Expr& x) {                                      \
    static const ElementwiseInfo& op = *find_elementwise(NAME); \
    return apply_named(op, {&x});                               \
  }
#define PYAD_EXPR2(FN, NAME)                                    \
  Expr FN(const Expr& x, const Expr& y) {                       \
    static const ElementwiseInfo& op = *find_elementwise(NAME); \
    return apply_named(op, {&x, &y});                           \
  }
PYAD_FORMULA_FUNCTIONS_1(PYAD_EXPR1)
PYAD_FORMULA_FUNCTIONS_2(PYAD_EXPR2)
#undef PYAD_EXPR1
#undef PYAD_EXPR2
Expr chain(const Expr& g, const Expr& d) {
  static const ElementwiseInfo& op = *find_elementwise("chain");
  return apply_named(op, {&g, &d});
}
Expr scaled_unit(const Expr& g, const Expr& x, const Expr& r) {
  static const ElementwiseInfo& op = *find_elementwise("scaled_unit");
  return apply_named(op, {&g, &x, &r});
}
/// As a number an exponent (or base) has no derivative to be wrong.
Expr slope_by_base(const Expr& v, const Expr& a, const Expr& b) {
  static const ElementwiseInfo& op = *find_elementwise("slope_by_base");
  return b.is_number() ? v : apply_named(op, {&v, &a, &b});
}
Expr slope_by_exponent(const Expr& v, const Expr& a, const Expr& b) {
  static const ElementwiseInfo& op = *find_elementwise("slope_by_exponent");
  return apply_named(op, {&v, &a, &b});
}
Expr over_squares(const Expr& x, const Expr& a, const Expr& b) {
  static const ElementwiseInfo& op = *find_elementwise("over_squares");
  return apply_named(op, {&x, &a, &b});
}
Expr select(const Expr& c, const Expr& a, const Expr& b) {
  static const ElementwiseInfo& op = *find_elementwise("where");
  return apply_named(op, {&c, &a, &b});
}

}  // namespace pyad
