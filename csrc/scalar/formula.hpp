// `ScalarFormula`: a number, or a step of a program that is being written, with the operators and
// functions that formulas use. Instantiating a derivative with it writes the derivative down.
#pragma once

#include "ops/elementwise/formula_functions.hpp"
#include "scalar/builder.hpp"
#include "scalar/rule.hpp"

namespace pyad {

class ScalarFormula {
 public:
  ScalarFormula() = default;
  explicit ScalarFormula(double v) : constant_(v) {}
  ScalarFormula(ScalarBuilder* builder, uint32_t number) : builder_(builder), number_(number) {}

  bool is_number() const { return !builder_; }
  double number() const { return constant_; }
  /// The number in `builder` that stands for it.
  uint32_t in(ScalarBuilder* builder) const {
    return builder_ ? number_ : builder->constant(constant_);
  }

  template <int N>
  static ScalarFormula apply(uint16_t op, const ScalarFormula (&x)[N]) {
    ScalarBuilder* builder = nullptr;
    for (const ScalarFormula& f : x) builder = f.builder_ ? f.builder_ : builder;
    if (!builder) {
      double in[3] = {}, none[3];
      for (int i = 0; i < N; ++i) in[i] = x[i].constant_;
      return ScalarFormula(scalar_rules()[op].apply(in, nullptr, 0, none));
    }
    uint32_t in[3] = {};
    for (int i = 0; i < N; ++i) in[i] = x[i].in(builder);
    return {builder, builder->step(op, in, nullptr)};
  }

 private:
  ScalarBuilder* builder_ = nullptr;  // null: a number
  uint32_t number_ = 0;
  double constant_ = 0;
};

#define PYAD_FORMULA1(FN, NAME) \
  inline ScalarFormula FN(ScalarFormula x) { return ScalarFormula::apply(kOpId<NAME>, {x}); }
#define PYAD_FORMULA2(FN, NAME)                               \
  inline ScalarFormula FN(ScalarFormula x, ScalarFormula y) { \
    return ScalarFormula::apply(kOpId<NAME>, {x, y});         \
  }
PYAD_FORMULA_FUNCTIONS_1(PYAD_FORMULA1)
PYAD_FORMULA_FUNCTIONS_2(PYAD_FORMULA2)
#undef PYAD_FORMULA1
#undef PYAD_FORMULA2
inline ScalarFormula chain(ScalarFormula g, ScalarFormula d) {
  return ScalarFormula::apply(kOpId<"chain">, {g, d});
}
inline ScalarFormula scaled_unit(ScalarFormula g, ScalarFormula x, ScalarFormula r) {
  return ScalarFormula::apply(kOpId<"scaled_unit">, {g, x, r});
}
inline ScalarFormula slope_by_base(ScalarFormula v, ScalarFormula a, ScalarFormula b) {
  return ScalarFormula::apply(kOpId<"slope_by_base">, {v, a, b});
}
inline ScalarFormula slope_by_exponent(ScalarFormula v, ScalarFormula a, ScalarFormula b) {
  return ScalarFormula::apply(kOpId<"slope_by_exponent">, {v, a, b});
}
inline ScalarFormula over_squares(ScalarFormula x, ScalarFormula a, ScalarFormula b) {
  return ScalarFormula::apply(kOpId<"over_squares">, {x, a, b});
}
inline ScalarFormula is_nan(ScalarFormula x) { return x != x; }
inline ScalarFormula select(ScalarFormula c, ScalarFormula a, ScalarFormula b) {
  return ScalarFormula::apply(kOpId<"where">, {c, a, b});
}

}  // namespace pyad
