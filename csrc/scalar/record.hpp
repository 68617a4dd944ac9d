// Recording: from operands to a node with value and partials, by the rules of the table.
//
// The templates are for code that names its op (operators and methods of `Value`), where the
// formula is inlined; calls by id go through `record`.
#pragma once

#include <span>
#include <vector>

#include "graph/mode.hpp"
#include "scalar/node.hpp"
#include "scalar/rule.hpp"

namespace pyad {

namespace detail {
extern int open_traces;  // see trace.hpp
}

/// A node, or a plain number.
struct ScalarOperand {
  ScalarNode* node = nullptr;  // null: a number
  double value = 0;            // of the node, too
};

/// A parent and the partial with respect to it.
struct ScalarEdge {
  ScalarNode* node;
  double partial;
};

/// Applies op `id` to its operands; the caller owns the result. It has no parents when recording is
/// off, or when no operand with a derivative is a node.
ScalarNode* record(uint16_t id, const ScalarOperand* in, const double* params);

/// A node with any number of parents (Note [Scalar nodes]).
ScalarNode* record_edges(double value, uint16_t op, std::span<const ScalarEdge> edges);

/// The parents that `record_edges` was given: joints are looked through.
std::vector<ScalarEdge> edges_of(const ScalarNode* n);

template <OpName NAME>
inline ScalarNode* record_unary(ScalarNode* a) {
  using Op = OpNamed<NAME>;
  if (detail::open_traces) [[unlikely]] {
    const ScalarOperand in{a, a->value};
    return record(kOpId<NAME>, &in, nullptr);
  }
  const double y = apply_formula<Op, double>(a->value, 0, 0, nullptr);
  if (!mode.grad || !Derivative<Op, 0>::exists) return new_scalar(y, kOpId<NAME>);
  return new_scalar(y, kOpId<NAME>, a, partial_of<Op, 0>(a->value, 0, 0, y, nullptr));
}

/// For ops with derivatives by both operands, at least one of which is a node.
template <OpName NAME>
inline ScalarNode* record_binary(const ScalarOperand& a, const ScalarOperand& b) {
  using Op = OpNamed<NAME>;
  constexpr uint16_t kId = kOpId<NAME>;
  if (detail::open_traces) [[unlikely]] {
    const ScalarOperand in[2] = {a, b};
    return record(kId, in, nullptr);
  }
  if constexpr (detail::same_text(NAME.text, "pow")) {
    if (!b.node && b.value == 2) {  // spares two calls of pow for the commonest exponent
      using Square = OpNamed<"square">;
      const double y = apply_formula<Square, double>(a.value, 0, 0, nullptr);
      if (!mode.grad) return new_scalar(y, kId);
      return new_scalar(y, kId, a.node, partial_of<Square, 0>(a.value, 0, 0, y, nullptr))
          ->with_number(2, ScalarNode::kNumberRight);
    }
  }
  const double y = apply_formula<Op, double>(a.value, b.value, 0, nullptr);
  if (!mode.grad) return new_scalar(y, kId);
  auto da = [&] { return partial_of<Op, 0>(a.value, b.value, 0, y, nullptr); };
  auto db = [&] { return partial_of<Op, 1>(a.value, b.value, 0, y, nullptr); };
  if (a.node && b.node) return new_scalar(y, kId, a.node, da(), b.node, db());
  if (a.node) {
    return new_scalar(y, kId, a.node, da())->with_number(b.value, ScalarNode::kNumberRight);
  }
  return new_scalar(y, kId, b.node, db())->with_number(a.value, ScalarNode::kNumberLeft);
}

}  // namespace pyad
