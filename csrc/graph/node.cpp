// Lifetime of nodes, saved values, edges and hooks.
#include "graph/node.hpp"

#include <algorithm>
#include <cstring>
#include <unordered_map>
#include <unordered_set>

#include "core/host.hpp"
#include "core/layout.hpp"
#include "core/pool.hpp"
#include "core/run_log.hpp"

namespace pyad {

thread_local constinit Mode mode;
GraphArithmetic graph_arithmetic;

namespace {

// Process-wide: see Note [Creation order is a topological order]. Changed under the host's lock
// only.
uint64_t g_next_seq = 1;

constexpr size_t kSmall = 256;  // bytes worth copying rather than sharing

std::unordered_map<int, std::unordered_set<Node*>> g_with_tangents;  // by level

[[gnu::tls_model("initial-exec")]] thread_local Node* t_dead = nullptr;
[[gnu::tls_model("initial-exec")]] thread_local bool t_freeing = false;

}  // namespace

Saved::Saved(const Saved& o)
    : buffer_(o.buffer_), state_(o.state_), dtype_(o.dtype_), offset_(o.offset_) {
  if (state_ == State::kNumber) new (&number_) Scalar(o.number_);
  if (state_ == State::kRows) new (&sizes_) PackedDims(o.sizes_);
  if (state_ == State::kLayout) layout_ = new Layout(*o.layout_);
}

Saved::Saved(Saved&& o) noexcept { swap(o); }

Saved& Saved::operator=(Saved o) noexcept {
  swap(o);
  return *this;
}

// All of the union's members may move as bytes.
void Saved::swap(Saved& o) noexcept {
  char held[sizeof(Saved)];
  std::memcpy(held, static_cast<void*>(this), sizeof held);
  std::memcpy(static_cast<void*>(this), static_cast<void*>(&o), sizeof held);
  std::memcpy(static_cast<void*>(&o), held, sizeof held);
}

void Saved::forget_layout() noexcept {
  if (state_ == State::kRows) sizes_.~PackedDims();
  if (state_ == State::kLayout) delete layout_;
  state_ = State::kNothing;
}

Layout Saved::layout() const {
  if (state_ == State::kLayout) return *layout_;
  Dims sizes = sizes_.unpack();
  Dims strides = contiguous_strides(sizes);
  return {std::move(sizes), std::move(strides), offset_};
}

void Saved::keep(Scalar v) {
  forget_layout();
  new (&number_) Scalar(v);
  state_ = State::kNumber;
}

void Saved::keep(const Tensor& x) {
  const Buffer& whole = *x.impl()->storage->buffer;
  const size_t bytes = static_cast<size_t>(x.numel()) * item_size(x.dtype());
  int64_t offset = x.offset();
  forget_layout();
  dtype_ = x.dtype();
  if (bytes <= kSmall && bytes * 4 <= whole.bytes && x.is_contiguous()) {
    // A scrap of a large array: else every write to that array would have to copy all of it.
    const Keeping now;
    buffer_ = allocate_buffer(bytes);
    if (bytes) std::memcpy(buffer_->data, x.bytes(), bytes);
    offset = 0;
  } else {
    buffer_ = x.impl()->storage->buffer_to_save();
  }
  if (x.impl()->row_major && offset == static_cast<int32_t>(offset)) {
    new (&sizes_) PackedDims(x.sizes());
    offset_ = static_cast<int32_t>(offset);
    state_ = State::kRows;
  } else {
    layout_ = new Layout{x.sizes(), x.strides(), offset};
    state_ = State::kLayout;
  }
}

bool Saved::shows(const Tensor& x) const {
  if (!is_tensor() || x.impl()->storage->buffer != buffer_) return false;
  const Layout l = layout();
  return x.offset() == l.offset && x.sizes() == l.sizes && x.strides() == l.strides;
}

Tensor Saved::plain() const {
  if (!is_tensor()) return {};
  if (!buffer_) {
    fail(ErrorKind::kRuntime,
         "backward: the values this step saved were freed by another backward pass over the same "
         "graph; pass "
         "retain_graph=True to it");
  }
  return make_tensor(make_ref<Storage>(buffer_), dtype_, layout());
}

Tensor Saved::unpack(const Edge& edge) const {
  Tensor t = plain();
  if (edge && t.defined()) set_history(t, edge.node.get(), static_cast<int>(edge.nr));
  return t;
}

Node::Node(int n_inputs, int n_outputs, InputSlot* inputs)
    : n_inputs_(static_cast<uint32_t>(n_inputs) & 0x7fffffff),
      n_outputs_(static_cast<uint32_t>(n_outputs)),
      seq_(g_next_seq++),
      inputs_(inputs) {
  ++live.nodes;
}

Node::~Node() {
  --live.nodes;
  if (extras_) {
    for (const KeptTangent& t : extras_->tangents) {
      if (auto it = g_with_tangents.find(t.level); it != g_with_tangents.end()) {
        it->second.erase(this);
      }
    }
  }
}

uint64_t next_node_number() { return g_next_seq; }

void keep_tangent(Node& node, int bit, int level, const Tensor& t) {
  node.extras().tangents.push_back({bit, level, t});
  g_with_tangents[level].insert(&node);
}

void attach_kept_tangents(const Node& node, int bit, const Tensor& value) {
  const NodeExtras* extras = node.extras_or_null();
  if (!extras || !value.defined()) return;
  for (const KeptTangent& t : extras->tangents) {
    if (t.bit != bit) continue;
    auto& to = value.extra().tangents;
    to.push_back({t.level, t.value});
    std::sort(to.begin(), to.end(),
              [](const Tangent& a, const Tangent& b) { return a.level < b.level; });
  }
}

void drop_kept_tangents(int level) {
  auto it = g_with_tangents.find(level);
  if (it == g_with_tangents.end()) return;
  auto nodes = std::move(it->second);
  g_with_tangents.erase(it);
  std::vector<KeptTangent> gone;  // ends last: it may hold the last way to some of the nodes
  for (Node* node : nodes) {
    std::vector<KeptTangent> kept;
    for (KeptTangent& t : node->extras().tangents) {
      (t.level == level ? gone : kept).push_back(std::move(t));
    }
    node->extras().tangents.swap(kept);
  }
}

NodeExtras& Node::extras() {
  if (!extras_) extras_ = std::make_unique<NodeExtras>();
  return *extras_;
}

void Node::connect(InputSlot& slot, Edge edge, DType dtype, const Dims& sizes) {
  slot.edge = std::move(edge);
  slot.dtype = dtype;
  slot.sizes = sizes;
  if (slot.edge && slot.edge.node->seq_ > seq_) seq_ = g_next_seq++;
}

void Node::connect(InputSlot& slot, const Tensor& x) {
  connect(slot, gradient_edge(x), x.dtype(), x.sizes());
}

void Node::mark_released() noexcept {
  if (has_saved()) released_ = true;
  release_saved();
}

void Node::forget(const void* tensor) noexcept {
  if (extras_) std::erase_if(extras_->retained, [&](const auto& r) { return r.second == tensor; });
}

int Node::visit_host(int (*visit)(void*, void*), void* context) {
  if (!extras_) return 0;
  auto each = [&](auto& list) {
    for (auto& hook : list) {
      if (hook->count != 1) continue;
      if (int stop = hook->visit_host(visit, context)) return stop;
    }
    return 0;
  };
  for (auto& list : extras_->grad)
    if (int stop = each(list)) return stop;
  if (int stop = each(extras_->before)) return stop;
  return each(extras_->after);
}

void Node::drop_host() noexcept {
  if (!extras_) return;
  // Emptied first, ended afterwards: what ends may be host code that comes back here.
  auto grad = std::move(extras_->grad);
  auto before = std::move(extras_->before);
  auto after = std::move(extras_->after);
}

int LeafHooks::visit_host(int (*visit)(void*, void*), void* context) {
  for (auto& hook : grad)
    if (hook->count == 1)
      if (int stop = hook->visit_host(visit, context)) return stop;
  for (auto& hook : accumulated)
    if (hook->count == 1)
      if (int stop = hook->visit_host(visit, context)) return stop;
  return 0;
}

void LeafHooks::drop_host() noexcept {
  auto g = std::move(grad);
  auto a = std::move(accumulated);
}

void Node::destroy() noexcept {
  next_dead_ = t_dead;
  t_dead = this;
  if (t_freeing) return;
  t_freeing = true;
  size_t ended = 0;
  while (Node* n = t_dead) {
    t_dead = n->next_dead_;
    delete n;  // drops edges, which may push further nodes
    ++ended;
  }
  t_freeing = false;
  pool_ended(ended);
}

Accumulate::Accumulate(Tensor leaf) : Node(0, 1, nullptr), leaf_(std::move(leaf)) {
  leaf_.extra().accumulator = this;
}

Accumulate::~Accumulate() {
  if (leaf_.impl()->extra && leaf_.impl()->extra->accumulator == this)
    leaf_.impl()->extra->accumulator = nullptr;
}

void Accumulate::backward(Backward& b) {
  const TensorImpl& p = *leaf_.impl();
  if (!b.g().defined() || !p.requires_grad || p.node)
    return;  // the leaf may have been told to ask no more
  add_to_grad(leaf_, b.take_g());
  if (const LeafHooks* hooks = leaf_hooks(leaf_); hooks && !hooks->accumulated.empty()) {
    auto list = hooks->accumulated;
    for (auto& hook : list)
      if (!hook->removed()) hook->run(leaf_);
  }
}

namespace {
/// Of a leaf those of its gradient, row-major (none) for other results, as in PyTorch.
Dims strides_of_grad(const Tensor& x) {
  return x.impl()->row_major || x.impl()->node ? Dims{} : gradient_strides(x);
}

/// Whether the handle `g` is the only one to its memory, which it fills as the gradient of `x`
/// does: it may become a `.grad` as it is.
bool is_private(const Tensor& g, const Tensor& x) {
  const TensorImpl& p = *g.impl();
  const Storage& s = *p.storage;
  return p.count == 1 && !p.host_object && s.count == 1 && !s.buffer->lent && !s.readonly &&
         !p.requires_grad && !p.extra &&
         ((p.row_major && x.impl()->row_major) || lies_as_gradient(g, x)) &&
         s.buffer->bytes <= 2 * item_size(p.dtype) * static_cast<size_t>(p.numel);
}
}  // namespace

void add_to_grad(const Tensor& x, Tensor g) {
  LockKept atomic;  // two threads may add to one leaf
  TensorExtra& extra = x.extra();
  Tensor old = extra.grad;  // held: a hook may take it away
  if (!old.defined()) {
    extra.grad = is_private(g, x) && (mode.grad || !g.requires_grad())
                     ? std::move(g)
                     : graph_arithmetic.clone(g, strides_of_grad(x));
  } else if (mode.grad || mode.dual_levels > 0) {
    extra.grad = graph_arithmetic.add(old, g);
  } else {
    graph_arithmetic.add_into(old, g);
  }
}

Edge existing_edge(const Tensor& x) {
  x.catch_up();
  TensorImpl* p = x.impl();
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

void add_hook(const Tensor& x, Ref<GradHook> hook) {
  if (!x.requires_grad()) {
    fail(ErrorKind::kRuntime,
         "register_hook: cannot register a hook on a tensor that doesn't require gradient, since "
         "no gradient "
         "will ever reach it; call requires_grad_() first");
  }
  Edge edge = existing_edge(x);
  if (Node* node = edge.node.get(); node && !node->is_accumulator()) {
    auto& lists = node->extras().grad;
    if (lists.size() <= edge.nr) lists.resize(edge.nr + 1);
    append_hook(lists[edge.nr], std::move(hook));
    return;
  }
  // The handle may stand for a leaf (a saved value unpacked in a rule does).
  const Tensor& leaf = edge ? static_cast<Accumulate*>(edge.node.get())->leaf() : x;
  TensorExtra& extra = leaf.extra();
  if (!extra.hooks) extra.hooks = Ref<Object>(new LeafHooks);
  append_hook(static_cast<LeafHooks*>(extra.hooks.get())->grad, std::move(hook));
}

void add_leaf_hook(const Tensor& x, Ref<LeafHook> hook) {
  if (!x.requires_grad()) {
    fail(ErrorKind::kRuntime,
         "register_post_accumulate_grad_hook: cannot register a hook on a tensor that doesn't "
         "require gradient; "
         "call requires_grad_() first");
  }
  if (!x.is_leaf()) {
    fail(ErrorKind::kRuntime,
         "register_post_accumulate_grad_hook: post accumulate grad hooks cannot be registered on "
         "non-leaf "
         "tensors, which accumulate nothing; use register_hook");
  }
  TensorExtra& extra = x.extra();
  if (!extra.hooks) extra.hooks = Ref<Object>(new LeafHooks);
  append_hook(static_cast<LeafHooks*>(extra.hooks.get())->accumulated, std::move(hook));
}

void retain_grad(const Tensor& x) {
  if (!x.requires_grad()) {
    fail(ErrorKind::kRuntime,
         "retain_grad: can't retain_grad on a Tensor that has requires_grad=False; call "
         "requires_grad_() first");
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
