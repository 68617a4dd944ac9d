// See transform.hpp.
#include "dispatch/transform.hpp"

#include <unordered_set>

#include "dispatch/batch.hpp"
#include "dispatch/tangent.hpp"
#include "graph/levels.hpp"
#include "ops/view.hpp"

namespace pyad {

namespace {

/// `x` as an example at `level`, be it the same for all.
Tensor spread_over(const Tensor& x, int level) {
  return examples_of(x, level).defined() ? x : put_on(spread_examples(x, level), level);
}

Tensor same(const Tensor& x) { return expand(x, x.sizes()); }

}  // namespace

Tensor fresh_input(const Tensor& x) {
  Tensor y = x;
  for (const Level& l : open_levels())
    if (l.batch) y = spread_over(y, l.number);
  const bool joined = mode.grad && peek(y).requires_grad();
  if (joined) return same(y);
  {
    GradModeGuard off(false);
    y = same(y);
  }
  Tensor whole = peek(y);
  if (is_floating(whole.dtype())) whole.impl()->requires_grad = true;
  return y;
}

bool leads_elsewhere(Inputs roots, Inputs inputs) {
  std::unordered_set<const void*> seen;
  std::vector<Node*> open;
  for (const Tensor& x : inputs) {
    Tensor whole = peek(x);
    seen.insert(whole.impl()->node ? static_cast<const void*>(node_of(whole)) : whole.impl());
  }
  auto visit = [&](Node* node) {
    if (node && seen.insert(node).second) open.push_back(node);
  };
  for (const Tensor& y : roots)
    if (y.defined() && peek(y).requires_grad()) visit(existing_edge(peek(y)).node.get());
  while (!open.empty()) {
    Node* node = open.back();
    open.pop_back();
    if (node->is_accumulator()) {
      if (!seen.contains(static_cast<Accumulate*>(node)->leaf().impl())) return true;
      continue;
    }
    for (int i = 0; i < node->n_inputs(); ++i) visit(node->inputs()[i].edge.node.get());
  }
  return false;
}

Tensor without_history(const Tensor& y) {
  GradModeGuard off(false);
  return same(y);
}

}  // namespace pyad
