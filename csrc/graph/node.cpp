// Lifetime of nodes, saved values, edges and hooks.
#include "graph/node.hpp"

#include <algorithm>

namespace pyad {

thread_local constinit Mode mode;
GraphArithmetic graph_arithmetic;

namespace {

// Process-wide: see Note [Creation order is a topological order]. Changed under the host's lock only.
uint64_t g_next_seq = 1;
uint64_t g_next_hook = 1;

thread_local Node* t_dead = nullptr;
thread_local bool t_freeing = false;

}  // namespace

void Saved::keep(const Tensor& x) {
  buffer = x.impl()->storage->buffer_to_save();
  dtype = x.dtype();
  offset = x.offset();
  sizes = x.sizes();
  strides = x.strides();
}

Tensor Saved::plain() const { return make_tensor(make_ref<Storage>(buffer), dtype, {sizes, strides, offset}); }

Tensor Saved::unpack(const Edge& edge) const {
  Tensor t = plain();
  if (edge) set_history(t, edge.node.get(), static_cast<int>(edge.nr));
  return t;
}

Node::Node(int n_inputs, int n_outputs, InputSlot* inputs)
    : n_inputs_(static_cast<uint16_t>(n_inputs)), n_outputs_(static_cast<uint16_t>(n_outputs)), seq_(g_next_seq++), inputs_(inputs) {
  ++live.nodes;
}

Node::~Node() { --live.nodes; }

NodeExtras& Node::extras() {
  if (!extras_) extras_ = std::make_unique<NodeExtras>();
  return *extras_;
}

void Node::mark_released() noexcept {
  if (has_saved()) released_ = true;
  release_saved();
}

void Node::forget(const void* tensor) noexcept {
  if (extras_) std::erase_if(extras_->retained, [&](const auto& r) { return r.second == tensor; });
}

void Node::destroy() noexcept {
  next_dead_ = t_dead;
  t_dead = this;
  if (t_freeing) return;
  t_freeing = true;
  while (Node* n = t_dead) {
    t_dead = n->next_dead_;
    n->free_self();  // drops edges, which may push further nodes
  }
  t_freeing = false;
}

Accumulate::Accumulate(Tensor leaf) : FixedNode<0>(1), leaf_(std::move(leaf)) { leaf_.extra().accumulator = this; }

Accumulate::~Accumulate() {
  if (leaf_.impl()->extra && leaf_.impl()->extra->accumulator == this) leaf_.impl()->extra->accumulator = nullptr;
}

void Accumulate::backward(Backward& b) {
  if (!b.g().defined()) return;
  Tensor g = b.take_g();
  Tensor& grad = leaf_.extra().grad;
  if (!grad.defined()) {
    // The first gradient is taken as it is when nobody else can see it, else copied.
    if (mode.grad) {
      grad = g.requires_grad() ? g : graph_arithmetic.clone(g);
    } else {
      grad = is_unique(g) ? std::move(g) : graph_arithmetic.clone(g);
    }
  } else if (mode.grad) {
    grad = graph_arithmetic.add(grad, g);
  } else {
    graph_arithmetic.add_into(grad, g);
  }
}

Edge existing_edge(const Tensor& x) {
  TensorImpl* p = x.impl();
  if (p->extra && p->extra->base.defined() && p->extra->seen_history != p->storage->history) graph_arithmetic.refresh_view(x);
  if (p->node) return {Ref<Node>(static_cast<Node*>(p->node.get())), p->out_nr};
  if (p->requires_grad && p->extra && p->extra->accumulator) {
    return {Ref<Node>(static_cast<Node*>(p->extra->accumulator)), 0};
  }
  return {};
}

Edge gradient_edge(const Tensor& x) {
  Edge e = existing_edge(x);
  if (!e && x.impl()->requires_grad) e = {Ref<Node>(new Accumulate(x)), 0};
  return e;
}

uint64_t next_hook_id() { return g_next_hook++; }

namespace {
/// Hooks of a leaf outlive its accumulator, so they live with the tensor.
struct LeafHooks : Object {
  std::vector<std::pair<uint64_t, Ref<GradHook>>> list;
};
}  // namespace

uint64_t add_hook(const Tensor& x, Ref<GradHook> hook) {
  if (!x.requires_grad()) {
    fail(ErrorKind::kRuntime, "register_hook: the tensor does not require grad, so no gradient will ever reach it; call "
                              "requires_grad_() first");
  }
  uint64_t id = next_hook_id();
  Edge edge = existing_edge(x);
  if (Node* node = edge.node.get(); node && !node->is_accumulator()) {
    node->extras().tensor_hooks.push_back({edge.nr, id, std::move(hook)});
  } else {
    TensorExtra& extra = x.extra();
    if (!extra.hooks) extra.hooks = Ref<Object>(new LeafHooks);
    static_cast<LeafHooks*>(extra.hooks.get())->list.emplace_back(id, std::move(hook));
  }
  return id;
}

void remove_hook(const Tensor& x, uint64_t id) {
  if (Node* node = node_of(x); node && node->extras_or_null()) {
    std::erase_if(node->extras().tensor_hooks, [&](const auto& h) { return h.id == id; });
  }
  if (x.impl()->extra && x.impl()->extra->hooks) {
    std::erase_if(static_cast<LeafHooks*>(x.impl()->extra->hooks.get())->list, [&](const auto& h) { return h.first == id; });
  }
}

Tensor run_leaf_hooks(const Tensor& leaf, Tensor g) {
  if (!leaf.impl()->extra || !leaf.impl()->extra->hooks) return g;
  auto list = static_cast<LeafHooks*>(leaf.impl()->extra->hooks.get())->list;  // a hook may remove itself
  for (auto& [id, hook] : list) {
    if (Tensor r = hook->run(g); r.defined()) g = std::move(r);
  }
  return g;
}

void retain_grad(const Tensor& x) {
  if (!x.requires_grad()) {
    fail(ErrorKind::kRuntime, "retain_grad: the tensor does not require grad; call requires_grad_() first");
  }
  Edge edge = existing_edge(x);
  if (!edge || edge.node->is_accumulator()) return;  // leaves keep theirs anyway
  if (x.extra().retains_grad) return;
  x.extra().retains_grad = true;
  edge.node->extras().retained.emplace_back(edge.nr, x.impl());
}

void rebase_history(const Tensor& x, const Edge& edge) {
  TensorImpl* p = x.impl();
  bool retains = p->extra && p->extra->retains_grad;
  if (retains && p->node) p->node->forget(p);
  p->node = edge.node;
  p->out_nr = edge.nr;
  if (retains && edge) edge.node->extras().retained.emplace_back(edge.nr, p);
}

}  // namespace pyad
