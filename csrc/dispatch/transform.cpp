// See transform.hpp.
#include "dispatch/transform.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <vector>

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

/// The values in another handle without history, which is no view: a view would keep its base, and
/// the base its graph. The tangents as they are, or without their histories.
Tensor apart(const Tensor& x, bool tangents_too) {
  all_examples(x).catch_up();
  Tensor y = detach(x);
  if (mode.dual_levels == 0 || !all_examples(x).impl()->extra) return y;
  const std::vector<Tangent>& from = all_examples(x).impl()->extra->tangents;
  if (from.empty()) return y;
  Tensor whole = all_examples(y);
  for (const Tangent& t : from)
    whole.extra().tangents.push_back(
        {t.level, tangents_too ? apart(t.value, true) : t.value, t.root});
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
  const bool joined = mode.grad && all_examples(y).requires_grad();
  if (joined) return same(y);
  y = apart(y, false);
  Tensor whole = all_examples(y);
  if (is_floating(whole.dtype())) whole.impl()->requires_grad = true;
  return y;
}

bool leads_elsewhere(Inputs roots, Inputs inputs) {
  std::unordered_set<const void*> seen;
  std::vector<Node*> open;
  for (const Tensor& x : inputs) {
    Tensor whole = all_examples(x);
    seen.insert(whole.impl()->node ? static_cast<const void*>(node_of(whole)) : whole.impl());
  }
  auto visit = [&](Node* node) {
    if (node && seen.insert(node).second) open.push_back(node);
  };
  // Tangents are computed from what may be differentiated by too.
  bool elsewhere = false;
  auto add = [&](const Tensor& y, auto& self) -> void {
    if (!y.defined()) return;
    const Tensor& whole = all_examples(y);
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
  const Tensor& whole = all_examples(x);
  if (!whole.impl()->node) whole.extra().finished = true;
}

namespace {

struct Transform {
  int64_t number;
  bool running;                     // its function, not a sweep
  Tensors inputs;                   // of all examples
  std::vector<const void*> places;  // where they stood at first: writes in place move them
};
int64_t g_transforms = 0;
thread_local std::vector<Transform> t_transforms;

const void* place_of(const Tensor& whole) {
  return whole.impl()->node ? static_cast<const void*>(node_of(whole)) : whole.impl();
}

/// The innermost open transform that has an input among what `node`, or the leaf, leads to.
int64_t innermost(Node* node, const TensorImpl* leaf) {
  std::unordered_map<const void*, int64_t> owners;
  int64_t last = 0, found = 0;
  for (const Transform& t : t_transforms) {
    for (const void* place : t.places) owners[place] = last = t.number;
    for (const Tensor& x : t.inputs) owners[place_of(x)] = t.number;
  }
  auto meet = [&](const void* place) {
    auto owner = owners.find(place);
    if (owner != owners.end()) found = std::max(found, owner->second);
  };
  if (owners.empty()) return 0;
  if (leaf) meet(leaf);
  std::unordered_set<const void*> seen;
  std::vector<Node*> open;
  auto visit = [&](Node* n) {
    if (n && seen.insert(n).second) open.push_back(n);
  };
  visit(node);
  while (!open.empty() && found != last) {
    Node* at = open.back();
    open.pop_back();
    meet(at);
    if (at->is_accumulator()) {
      meet(static_cast<Accumulate*>(at)->leaf().impl());
      continue;
    }
    for (int i = 0; i < at->n_inputs(); ++i) visit(at->inputs()[i].edge.node.get());
  }
  return found;
}

}  // namespace

int64_t open_transform(Inputs inputs) {
  Transform made{++g_transforms, true, {}, {}};
  for (const Tensor& x : inputs) {
    made.inputs.push_back(all_examples(x));
    made.places.push_back(place_of(made.inputs.back()));
  }
  t_transforms.push_back(std::move(made));
  return t_transforms.back().number;
}

void reopen_transform(int64_t number) { t_transforms.push_back({number, false, {}, {}}); }

void close_transform() {
  if (t_transforms.empty()) return;
  Transform last = std::move(t_transforms.back());  // ends after it left the list
  t_transforms.pop_back();
}

bool is_open_transform(int64_t number) {
  return std::any_of(t_transforms.begin(), t_transforms.end(),
                     [&](const Transform& t) { return t.number == number; });
}

bool inside_transform() {
  return std::any_of(t_transforms.begin(), t_transforms.end(),
                     [](const Transform& t) { return t.running; });
}

int64_t transform_of(const Tensor& x) {
  if (t_transforms.empty()) return 0;
  const Tensor& whole = all_examples(x);
  if (!whole.requires_grad()) return 0;
  if (!whole.impl()->node) return innermost(nullptr, whole.impl());
  return innermost(existing_edge(whole).node.get(), nullptr);
}
int64_t transform_of(Node& node) { return t_transforms.empty() ? 0 : innermost(&node, nullptr); }

Tensor without_history(const Tensor& y) { return apart(y, true); }

}  // namespace pyad
