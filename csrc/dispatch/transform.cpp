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

/// The values in another handle without history, with the tangents as they are.
Tensor apart(const Tensor& x) {
  Tensor y;
  {
    GradModeGuard off(false);
    y = same(x);
  }
  const Tensor& whole = peek(x);
  if (whole.impl()->extra && !whole.impl()->extra->tangents.empty())
    peek(y).impl()->extra->tangents = whole.impl()->extra->tangents;
  return y;
}

bool is_open_leaf(const TensorImpl& leaf) {
  return leaf.requires_grad && !(leaf.extra && leaf.extra->finished);
}

}  // namespace

Tensor fresh_input(const Tensor& x) {
  Tensor y = x;
  for (const Level& l : open_levels())
    if (l.batch) y = spread_over(y, l.number);
  const bool joined = mode.grad && peek(y).requires_grad();
  if (joined) return same(y);
  y = apart(y);
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
  // Tangents are computed from what may be differentiated by too.
  bool elsewhere = false;
  auto add = [&](const Tensor& y, auto& self) -> void {
    if (!y.defined()) return;
    const Tensor& whole = peek(y);
    if (whole.requires_grad()) {
      if (whole.impl()->node)
        visit(existing_edge(whole).node.get());
      else
        elsewhere = elsewhere || (is_open_leaf(*whole.impl()) && !seen.contains(whole.impl()));
    }
    if (!whole.impl()->extra) return;
    for (const Tangent& t : whole.impl()->extra->tangents) self(t.value, self);
  };
  for (const Tensor& y : roots) add(y, add);
  if (elsewhere) return true;
  while (!open.empty()) {
    Node* node = open.back();
    open.pop_back();
    if (node->is_accumulator()) {
      const TensorImpl* leaf = static_cast<Accumulate*>(node)->leaf().impl();
      if (is_open_leaf(*leaf) && !seen.contains(leaf)) return true;
      continue;
    }
    for (int i = 0; i < node->n_inputs(); ++i) visit(node->inputs()[i].edge.node.get());
  }
  return false;
}

void finish_input(const Tensor& x) {
  const Tensor& whole = peek(x);
  if (!whole.impl()->node) whole.extra().finished = true;
}

Tensor without_history(const Tensor& y) {
  GradModeGuard off(false);
  return same(y);
}

}  // namespace pyad
