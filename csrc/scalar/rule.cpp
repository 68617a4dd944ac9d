// The records of the op table for plain numbers.
#include "scalar/rule.hpp"

#include <array>

namespace pyad {

namespace {

template <class Op>
constexpr bool kTakesReals = Op::accept != Accept::kIntegral && Op::accept != Accept::kInteger;

template <class Op>
double apply_op(const double in[3], const double* p, unsigned wanted, double d[3]) {
  const double a = in[0], b = in[1], c = in[2];
  const auto y = apply_formula<Op, double>(a, b, c, p);
  const auto value = static_cast<double>(y);
  if (wanted & 1) d[0] = partial_of<Op, 0>(a, b, c, value, p);
  if (wanted & 2) d[1] = partial_of<Op, 1>(a, b, c, value, p);
  if (wanted & 4) d[2] = partial_of<Op, 2>(a, b, c, value, p);
  return value;
}

template <class Op, int I>
constexpr unsigned differentiable_bit() {
  if constexpr (I < Op::arity && Op::result == Result::kSame) {
    return Derivative<Op, I>::exists ? 1u << I : 0u;
  } else {
    return 0;
  }
}

template <class Op>
constexpr ScalarRule make_rule() {
  // An op of three operands is a method only where it is one of tensors too (not `where`).
  constexpr bool named = Op::use == Use::kPublic && (Op::arity < 3 || Op::method);
  ScalarRule r{Op::name,
               Op::aliases,
               Op::operands,
               Op::doc,
               Op::arity,
               Op::num_params,
               Op::params,
               false,
               named,
               Op::result == Result::kBool,
               0,
               nullptr};
  if constexpr (kTakesReals<Op>) {
    r.scalar = Op::scalar;
    r.differentiable =
        differentiable_bit<Op, 0>() | differentiable_bit<Op, 1>() | differentiable_bit<Op, 2>();
    r.apply = apply_op<Op>;
  }
  return r;
}

template <class... Ops>
constexpr std::array<ScalarRule, sizeof...(Ops)> make_rules(List<Ops...>) {
  return {make_rule<Ops>()...};
}

constexpr auto kRules = make_rules(detail::AllElementwise{});

}  // namespace

std::span<const ScalarRule> scalar_rules() { return kRules; }

}  // namespace pyad
