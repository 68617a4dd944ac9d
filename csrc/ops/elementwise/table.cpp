// Builds the records of all elementwise ops from their structs: the one place where families become
// a table.
#include <algorithm>
#include <string_view>
#include <vector>

#include "core/words.hpp"
#include "kernels/isa_select.hpp"
#include "ops/elementwise/expr.hpp"
#include "ops/elementwise/families.hpp"
#include "ops/elementwise/info.hpp"
#include "ops/elementwise/rule.hpp"

namespace pyad {

#define PYAD_DECLARE_FAMILY(NAME, LIST) PYAD_DECLARE_ISA_FILL(fill_##NAME, ElementwiseKernels)
PYAD_ELEMENTWISE_FAMILIES(PYAD_DECLARE_FAMILY)
#undef PYAD_DECLARE_FAMILY

namespace {

using Fill = void (*)(ElementwiseKernels*);

Fill select_fill(Fill generic_fill, [[maybe_unused]] Fill v3_fill, [[maybe_unused]] Fill v4_fill) {
  switch (active_isa()) {
    case Isa::kV4:
      return v4_fill;
    case Isa::kV3:
      return v3_fill;
    default:
      return generic_fill;
  }
}

template <class Op, int I>
void fill_rule(ElementwiseInfo& info) {
  if constexpr (I < Op::arity) {
    using R = Derivative<Op, I>;
    auto& rule = info.rules[I];
    rule.exists = R::exists && Op::result == Result::kSame;
    if constexpr (R::exists) {
      rule.saves = R::saves;
      rule.constant = R::used == kConstant;
      if constexpr (R::used == kConstant)
        rule.factor = R::template pull<double>(1.0, 0.0, 0.0, 0.0, 0.0, nullptr);
      rule.pull = [](const Expr& g, const Expr& a, const Expr& b, const Expr& c, const Expr& y,
                     const double* p) { return R::template pull<Expr>(g, a, b, c, y, p); };
    }
  }
}

template <class Op>
ElementwiseInfo make_info() {
  ElementwiseInfo info;
  info.name = Op::name;
  info.kind = static_cast<Kind>(static_cast<int>(Kind::kUnary) + Op::arity - 1);
  info.inputs = Op::arity;
  info.attr = attr_info<ElementwiseCall>();
  info.kept.size = sizeof(double) * Op::num_params;
  info.forward_many = run_elementwise_call;
  info.namespaces = Op::namespaces;
  info.aliases = Op::aliases;
  info.operands = Op::operands;
  info.doc = Op::doc;
  for (Domain& d : info.domain) d = Op::sample;
  if constexpr (requires { Op::sample_b; }) info.domain[1] = Op::sample_b;
  if constexpr (requires { Op::sample_c; }) info.domain[2] = Op::sample_c;
  info.accept = Op::accept;
  info.result = Op::result;
  info.method = Op::method;
  info.scalar = Op::scalar;
  info.use = Op::use;
  info.num_params = Op::num_params;
  info.params = Op::params;
  info.writes_operands = Op::writes_operands;
  info.writes_params = Op::writes_params;
  info.compares = Op::compares;
  info.row_major = Op::row_major;
  info.squares = Op::squares;
  info.root = Op::root;
  info.by_operands = Op::by_operands;
  info.selects = Op::selects;
  info.cost = Op::accept == Accept::kFloating ? 8 : 1;
  if constexpr (requires { Op::cost; }) info.cost = Op::cost;
  if constexpr (requires { Op::rejects_integer_zero; }) info.rejects_zero = true;
  if constexpr (requires { Op::rejects_negative_integer_exponent; }) {
    info.rejects_negative_exponent = true;
  }
  fill_rule<Op, 0>(info);
  fill_rule<Op, 1>(info);
  fill_rule<Op, 2>(info);
  return info;
}

template <class... Ops>
void append_family(List<Ops...>, Fill fill, std::vector<ElementwiseInfo>& table) {
  ElementwiseKernels kernels[sizeof...(Ops)] = {};
  fill(kernels);
  size_t at = 0;
  (
      [&] {
        table.push_back(make_info<Ops>());
        table.back().id = static_cast<int>(table.size()) - 1;
        table.back().kernels = kernels[at++];
      }(),
      ...);
}

std::vector<ElementwiseInfo> build() {
  std::vector<ElementwiseInfo> table;
#if defined(PYAD_ONLY_GENERIC)
#define PYAD_APPEND(NAME, LIST) append_family(LIST{}, generic::fill_##NAME, table);
#else
#define PYAD_APPEND(NAME, LIST) \
  append_family(LIST{}, select_fill(generic::fill_##NAME, v3::fill_##NAME, v4::fill_##NAME), table);
#endif
  PYAD_ELEMENTWISE_FAMILIES(PYAD_APPEND)
#undef PYAD_APPEND
  return table;
}

}  // namespace

std::span<const ElementwiseInfo> elementwise_ops() {
  static const std::vector<ElementwiseInfo> table = [] {
    std::vector<ElementwiseInfo> all = build();
    for (const ElementwiseInfo& op : all) enter_op(op);  // a vector that is moved keeps its records
    return all;
  }();
  return table;
}

const ElementwiseInfo* find_elementwise(std::string_view name) {
  for (const ElementwiseInfo& op : elementwise_ops())
    if (op.name == name || std::ranges::count(words(op.aliases), name)) return &op;
  return nullptr;
}

}  // namespace pyad
