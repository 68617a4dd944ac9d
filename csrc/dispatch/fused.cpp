// Derived rules: of fused ops by way of the expression they stand for (ops/fused.hpp), of general
// ops in forward mode by the transpose of their rule in sweeps; and a fused op's kernels in a sweep
// as a call that is data.
#include "ops/fused.hpp"

#include "dispatch/call.hpp"
#include "dispatch/op_node.hpp"
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

// The cotangents g -> vjp(g) are a linear map; its transpose takes tangents of the inputs to those
// of the outputs. So the rule runs once, recorded, on cotangents of no meaning, and what it recorded
// is swept back from the tangents.
Tensors push_by_transpose(const OpInfo& op, const void* attr, const Tangents& t, Inputs in,
                          const Tensors& out) {
  const bool recording = mode.grad;
  const Ref<Node> node = lone_node(op, attr, in, static_cast<int>(out.size()));
  unsigned asked = 0;
  for (size_t i = 0; i < in.size(); ++i)
    if (t.has(static_cast<int>(i))) asked |= 1u << i;
  GradModeGuard on(true);
  Tensors g(out.size()), given(out.size()), found(in.size());
  for (size_t k = 0; k < out.size(); ++k) {
    if (!(op.diff_outputs >> k & 1) || !out[k].defined() || !is_floating(out[k].dtype())) continue;
    g[k] = zeros_like(detach(out[k]));
    g[k].impl()->requires_grad = true;
    given[k] = g[k];
  }
  Rule rule(Backward(*node, given.data(), found.data(), asked), in, out, op.save, op.diff_outputs);
  op.vjp(attr, rule);
  Tensors roots, seeds, wanted;
  for (size_t i = 0; i < in.size(); ++i) {
    if (!(asked >> i & 1) || !found[i].defined() || !found[i].requires_grad()) continue;
    roots.push_back(found[i]);
    seeds.push_back(t.t(static_cast<int>(i)));
  }
  std::vector<size_t> places;
  for (size_t k = 0; k < g.size(); ++k) {
    if (!g[k].defined()) continue;
    wanted.push_back(g[k]);
    places.push_back(k);
  }
  Tensors tangents(out.size());
  if (roots.empty() || wanted.empty()) return tangents;
  Tensors swept = gradients(roots, seeds, wanted, {recording, recording}, true);
  for (size_t j = 0; j < places.size(); ++j) tangents[places[j]] = std::move(swept[j]);
  return tangents;
}

namespace {

/// The attributes of a pull as a call that is data. Its inputs are the cotangents of the outputs,
/// then what the node kept.
struct FusedPull {
  const OpInfo* op = nullptr;
  KeptAttr attr;
  unsigned needs = 0;
  Tensors like;  // the inputs of the op, by size and dtype alone
  int n_outputs = 0;
};

OpInfo pull_record(const void* key) {
  OpInfo info;
  info.name = static_cast<const OpInfo*>(key)->name;
  info.part = "pull";
  info.inputs = info.outputs = kAny;
  info.attr.size = sizeof(FusedPull);
  info.attr.copy = [](void* to, const void* from) {
    new (to) FusedPull(*static_cast<const FusedPull*>(from));
  };
  info.attr.destroy = [](void* attr) noexcept { static_cast<FusedPull*>(attr)->~FusedPull(); };
  info.attr.visit = [](void* attr, Fields& use) {
    auto& pull = *static_cast<FusedPull*>(attr);
    use.number(&pull.needs, Fields::Is::kInt32);
    pull.attr.visit(use);
  };
  info.forward_many = [](const void* attr, Inputs in) {
    const auto& pull = *static_cast<const FusedPull*>(attr);
    const OpInfo& op = *pull.op;
    const Ref<Node> node = lone_node(op, pull.attr.get(), pull.like, pull.n_outputs);
    Tensors g(in.begin(), in.begin() + pull.n_outputs), found(pull.like.size());
    Saved* at = saved_of(*node);
    for (size_t i = static_cast<size_t>(pull.n_outputs); i < in.size(); ++i, ++at)
      if (in[i].defined()) at->keep(in[i]);
    Rule rule(Backward(*node, g.data(), found.data(), pull.needs), saved_of(*node), op.save,
              op.diff_outputs);
    op.vjp(pull.attr.get(), rule);
    return found;
  };
  return info;
}

}  // namespace

void describe_pull(const Running& now, const OpInfo& op, const void* attr, const Rule& b) {
  const Unlogged off;
  FusedPull pull{&op, KeptAttr(op.attr, attr), 0, {}, b.node().n_outputs()};
  for (int i = 0; i < b.node().n_inputs(); ++i) {
    if (b.needs(i)) pull.needs |= 1u << i;
    pull.like.push_back(empty_strided(b.sizes(i), Dims::filled(b.sizes(i).size(), 0), b.dtype(i)));
  }
  Tensors arrays;
  for (int k = 0; k < pull.n_outputs; ++k) arrays.push_back(b.g(k));
  for (Tensor& x : b.kept()) arrays.push_back(std::move(x));
  now.is(derived_record(&op, pull_record), &pull, arrays);
}

}  // namespace pyad
