// Elementwise ops in forward mode: tangents by the rules of sweeps, and what roots tell of their
// squares. See Note [Forward-mode levels].
#include <algorithm>
#include <array>

#include "dispatch/elementwise.hpp"
#include "dispatch/inplace.hpp"
#include "dispatch/op_node.hpp"
#include "dispatch/tangent.hpp"
#include "kernels/strided.hpp"
#include "ops/functions.hpp"
#include "ops/roots.hpp"
#include "ops/shape.hpp"

namespace pyad {

namespace {

/// Whether `x` is a root itself: what roots of roots tell would be as long as their chain.
bool is_told(const Tensor& x) {
  const TensorExtra* extra = x.impl()->extra.get();
  return extra && std::any_of(extra->tangents.begin(), extra->tangents.end(),
                              [](const Tangent& t) { return static_cast<bool>(t.root); });
}

/// Adds operand `x` of a root and its tangent to what the root tells of its square.
void keep_half(Ref<Object>& half, const Operand& x, const Tensor& t) {
  if (!x.tensor) return;
  if (!half) half = Ref<Object>(new RootTangent);
  auto& told = static_cast<RootTangent&>(*half);
  const int k = told.x[0].defined() ? 1 : 0;
  told.x[k] = private_handle(*x.tensor);  // the root may be written over its operand
  told.t[k] = t;
}

}  // namespace

Tensor run_dual(const ElementwiseInfo& op, std::span<const Operand> in, const double* params,
                int level) {
  std::array<Tensor, kMaxArity> primal, tangent;
  std::array<Operand, kMaxArity> operands;
  for (size_t i = 0; i < in.size(); ++i) {
    operands[i] = in[i];
    if (!in[i].tensor) continue;
    primal[i] = primal_at(*in[i].tensor, level);
    tangent[i] = tangent_at(*in[i].tensor, level);
    operands[i] = Operand(primal[i]);
  }
  uint64_t first = next_node_number();
  Tensor y = elementwise(op, std::span(operands).first(in.size()), params);
  auto* node = static_cast<OpNode*>(node_of(y));
  if (node && node->seq() < first) node = nullptr;
  if (!is_floating(y.dtype())) return y;
  // Rules see operands in the dtype of the result, as recording does.
  RuleValues v;
  for (size_t i = 0; i < in.size(); ++i) {
    if (in[i].tensor && primal[i].dtype() != y.dtype()) primal[i] = to_dtype(primal[i], y.dtype());
    v[i] = in[i].tensor ? Operand(primal[i]) : in[i];
  }
  const Tensor own = op.root ? for_own_rule(y) : y;
  v[3] = Operand(own);
  bool followed = false, told = false, constant = true;
  if (op.root) {
    for (size_t i = 0; i < in.size(); ++i) {
      if (!in[i].tensor) continue;
      followed = followed || is_followed(primal[i]);
      told = told || is_told(*in[i].tensor);
    }
  }
  const bool corners = followed && (op.rules[0].saves & 8) && any_equal(contiguous_values(y), 0);
  // The slopes of a power have no derivative where its base is 0: Note [Derivatives of a power].
  const bool power = op.squares == Squares::kByTwo && in[0].tensor && in[1].tensor &&
                     (is_followed(primal[0]) || is_followed(primal[1]));
  Ref<Object> tells;
  Tensor sum, moving;
  for (size_t i = 0; i < in.size(); ++i) {
    if (!tangent[i].defined() || !op.rules[i].exists) continue;
    Tensor t = tangent[i].dtype() == y.dtype() ? tangent[i] : to_dtype(tangent[i], y.dtype());
    if (node && (node->mask() >> i & 1)) keep_tangent(*node, static_cast<int>(i), level, t);
    Tensor part = pull(op, static_cast<int>(i), t, v, params);
    if (corners) [[unlikely]] {
      part = moved(t, part);
      constant = constant && is_constant(t);
      Tensor some = ne(detach(t), 0);
      moving = moving.defined() ? logical_or(moving, some) : some;
    } else if (power) {
      part = moved(t, part);
    }
    if (followed && !told) keep_half(tells, v[i], t);
    sum = sum.defined() ? graph_arithmetic.add(sum, part) : part;
  }
  if (!sum.defined()) return y;
  if (sum.sizes() != y.sizes()) sum = expand(sum, y.sizes());
  Tensor for_rule = sum;
  if (corners) [[unlikely]] {
    RootTangents both = at_corners(y, sum, moving, constant);
    sum = both.value;
    for_rule = both.for_rule;
    if (tells) static_cast<RootTangent&>(*tells).for_rule = for_rule;
  }
  if (node && (node->mask() & 8)) keep_tangent(*node, 3, level, for_rule);
  return make_dual(y, sum, level, std::move(tells));
}

Tensor square_dual(const ElementwiseInfo& op, std::span<const Operand> in, int level) {
  Object* told = in[0].tensor ? root_at(*in[0].tensor, level) : nullptr;
  if (!told || !squares_first(op, in)) return {};
  if (op.squares == Squares::kByItself && root_at(*in[1].tensor, level) != told) return {};
  const Tensor half = static_cast<RootTangent*>(told)->half_square();
  if (!half.defined()) return {};
  const Tensor r = primal_at(*in[0].tensor, level);
  const Operand same[] = {r, op.squares == Squares::kByItself ? Operand(r) : in.back()};
  const auto operands = std::span(same).first(in.size());
  if (mode.grad && r.requires_grad() && !is_root_square(op, operands)) return {};
  Tensor y = elementwise(op, operands);
  Tensor t = half * 2.0;
  return make_dual(y, t.sizes() == y.sizes() ? t : expand(t, y.sizes()), level);
}

}  // namespace pyad
