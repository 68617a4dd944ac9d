// The rules of fused ops by way of the expression they stand for (csrc/ops/fused.hpp).
#include "ops/fused.hpp"

#include "dispatch/tangent.hpp"
#include "graph/sweep.hpp"
#include "ops/view.hpp"

namespace pyad {

void pull_expression(Rule& b, int n_inputs, int n_outputs, Expression compose, const void* attr) {
  bool any = false;
  for (int k = 0; k < n_outputs; ++k) any = any || b.g(k).defined();
  if (!any) return;
  bool recording = mode.grad;
  GradModeGuard on(true);
  // Each input passes through a node of its own, where the inner sweep ends: one input may be an
  // ancestor of another.
  Tensors in, wanted;
  std::vector<int> places;
  for (int i = 0; i < n_inputs; ++i) {
    Tensor x = b.in(i);
    if (x.defined() && b.needs(i)) {
      x = expand(x, x.sizes());
      wanted.push_back(x);
      places.push_back(i);
    }
    in.push_back(std::move(x));
  }
  Tensors out = compose(attr, in), roots, grads;
  for (int k = 0; k < n_outputs; ++k) {
    const Tensor& y = out[static_cast<size_t>(k)];
    if (!b.g(k).defined() || !y.defined() || !y.requires_grad()) continue;
    roots.push_back(y);
    grads.push_back(b.g(k));
  }
  if (roots.empty()) return;
  Tensors found = gradients(roots, grads, wanted, {recording, recording}, true);
  for (size_t j = 0; j < places.size(); ++j) b.give(places[j], std::move(found[j]));
}

Tensors push_expression(const Tangents& t, int n_inputs, Expression compose, const void* attr) {
  int level = enter_dual_level();
  struct Leave {
    int level;
    ~Leave() { exit_dual_level(level); }
  } leave{level};
  Tensors in;
  for (int i = 0; i < n_inputs; ++i)
    in.push_back(t.has(i) ? make_dual(t.in(i), t.t(i), level) : t.in(i));
  Tensors out = compose(attr, in);
  for (Tensor& y : out) y = y.defined() ? tangent_at(y, level) : Tensor();
  return out;
}

}  // namespace pyad
