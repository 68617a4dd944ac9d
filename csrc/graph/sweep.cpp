// One walk over the reachable nodes, newest first. See Note [Creation order is a topological order], Note [Sweep slots].
//
// Note [Sweep slots]
// A sweep numbers the nodes it visits and keeps their incoming gradients in a plain array; the number stands in the node itself,
// so no lookup is needed. While a hook, a custom Function or another thread (the lock is released during large kernels) runs a
// second sweep over nodes that the first has numbered, the second keeps its numbers in a hash map instead.
#include "graph/sweep.hpp"

#include <algorithm>
#include <unordered_map>

#include "core/host.hpp"

namespace pyad {

namespace {
uint32_t g_next_sweep = 1;
constexpr uint32_t kNone = 0xffffffff;
}  // namespace

class Sweep {
 public:
  Sweep(const char* op, SweepOptions options) : op_(op), options_(options) {
    id_ = g_next_sweep++;
    if (id_ == 0) id_ = g_next_sweep++;
  }
  ~Sweep() {
    for (auto& entry : order_)
      if (entry.node && entry.node->sweep_ == id_) entry.node->sweep_ = 0;
  }
  Sweep(const Sweep&) = delete;

  void add_root(const Tensor& root, const Tensor& grad);
  void add_input(const Tensor& x, bool capture);
  void collect();
  void run();
  std::vector<Tensor>& captured() { return captured_; }
  bool reached(size_t i) const { return targets_[i].edge && slot_of(targets_[i].edge.node.get()) != kNone; }

 private:
  struct Entry {
    Node* node;
    Ref<Node> hold;
    uint32_t grads;       // index of the first of its gradients
    bool needed = false;  // on a path to a chosen input
    bool target = false;
  };
  struct Target {
    Edge edge;
    bool capture;
  };

  uint32_t slot_of(Node* n) const {
    if (n->sweep_ == id_) return n->slot_;
    if (foreign_.empty()) return kNone;
    auto it = foreign_.find(n);
    return it == foreign_.end() ? kNone : it->second;
  }
  bool visit(Node* n) {
    if (slot_of(n) != kNone) return false;
    auto slot = static_cast<uint32_t>(order_.size());
    if (n->sweep_ == 0) {
      n->sweep_ = id_;
      n->slot_ = slot;
    } else {
      foreign_.emplace(n, slot);
    }
    order_.push_back({n, Ref<Node>(n), 0});
    return true;
  }
  void accumulate(Tensor& into, Tensor g);
  Tensor checked(const Node& node, int i, Tensor g);
  void run_node(Entry& entry);

  const char* op_;
  SweepOptions options_;
  uint32_t id_;
  std::vector<Entry> order_;
  std::unordered_map<Node*, uint32_t> foreign_;
  std::vector<Tensor> grads_;
  std::vector<std::pair<Edge, Tensor>> roots_;
  std::vector<Target> targets_;
  std::vector<Tensor> captured_;
  std::vector<Tensor> results_;
};

void Sweep::add_root(const Tensor& root, const Tensor& grad) {
  if (!root.requires_grad()) {
    fail(ErrorKind::kRuntime, op_, ": the output (", root, ") does not require grad and has no grad_fn; no input of it asks for a "
                                   "gradient. Call requires_grad_() on the inputs before computing it");
  }
  if (!is_floating(root.dtype())) fail(ErrorKind::kRuntime, op_, ": can differentiate floating outputs only, got ", root);
  Tensor g = grad;
  if (!g.defined()) {
    if (root.numel() != 1) {
      fail(ErrorKind::kRuntime, op_, ": grad can be implicitly created only for scalar outputs, but the output is ", root,
           "; reduce it (for example with .sum()) or pass a gradient of its shape");
    }
    g = ones(root.sizes(), root.dtype());
  } else {
    if (g.sizes() != root.sizes()) {
      fail(ErrorKind::kShape, op_, ": the gradient has shape ", g.sizes(), " but the output has shape ", root.sizes(),
           "; they must be equal");
    }
    if (g.dtype() != root.dtype()) {
      if (!is_floating(g.dtype())) {
        fail(ErrorKind::kType, op_, ": the gradient has dtype ", g.dtype(), " but the output has dtype ", root.dtype(),
             "; convert it with .to(", root.dtype(), ")");
      }
      g = graph_arithmetic.cast(g, root.dtype());
    }
  }
  roots_.emplace_back(gradient_edge(root), std::move(g));
}

void Sweep::add_input(const Tensor& x, bool capture) {
  if (!x.requires_grad()) {
    fail(ErrorKind::kRuntime, op_, ": one of the inputs (", x, ") does not require grad; call requires_grad_() on it before it is used");
  }
  targets_.push_back({capture ? gradient_edge(x) : gradient_edge(x), capture});
}

void Sweep::collect() {
  for (auto& [edge, g] : roots_) visit(edge.node.get());
  // The vector itself is the stack: depth-first is not needed, only every reachable node once.
  std::vector<Node*> stack;
  for (auto& entry : order_) stack.push_back(entry.node);
  while (!stack.empty()) {
    Node* n = stack.back();
    stack.pop_back();
    for (int i = 0; i < n->n_inputs(); ++i) {
      Node* next = n->inputs()[i].edge.node.get();
      if (next && visit(next)) stack.push_back(next);
    }
  }
  auto newer = [](const Entry& a, const Entry& b) { return a.node->seq() > b.node->seq(); };
  if (!std::is_sorted(order_.begin(), order_.end(), newer)) std::sort(order_.begin(), order_.end(), newer);
  uint32_t total = 0;
  for (uint32_t i = 0; i < order_.size(); ++i) {
    Entry& entry = order_[i];
    if (entry.node->sweep_ == id_) {
      entry.node->slot_ = i;
    } else {
      foreign_[entry.node] = i;
    }
    entry.grads = total;
    total += static_cast<uint32_t>(entry.node->n_outputs());
    entry.needed = targets_.empty();
  }
  for (const Target& t : targets_) {
    uint32_t s = slot_of(t.edge.node.get());
    if (s != kNone) order_[s].needed = order_[s].target = true;
  }
  if (!targets_.empty()) {
    for (size_t i = order_.size(); i-- > 0;) {  // oldest first: inputs are decided before the nodes that use them
      Entry& entry = order_[i];
      for (int k = 0; k < entry.node->n_inputs() && !entry.needed; ++k) {
        Node* next = entry.node->inputs()[k].edge.node.get();
        if (next && order_[slot_of(next)].needed) entry.needed = true;
      }
    }
  }
  for (const Entry& entry : order_) {
    if (entry.needed && entry.node->released()) {
      fail(ErrorKind::kRuntime, op_, ": Trying to backward through the graph a second time: the values saved by ", entry.node->name(),
           " were freed by the first call; pass retain_graph=True to that call if you need another");
    }
  }
  grads_.resize(total);
  for (auto& [edge, g] : roots_) accumulate(grads_[order_[slot_of(edge.node.get())].grads + edge.nr], std::move(g));
  captured_.resize(targets_.size());
}

void Sweep::accumulate(Tensor& into, Tensor g) {
  if (!g.defined()) return;
  if (!into.defined()) {
    into = std::move(g);
  } else if (!options_.create_graph && is_unique(into)) {
    graph_arithmetic.add_into(into, g);
  } else {
    into = graph_arithmetic.add(into, g);
  }
}

Tensor Sweep::checked(const Node& node, int i, Tensor g) {
  const InputSlot& slot = node.inputs()[i];
  if (g.sizes() != slot.sizes) {
    if (!broadcasts_to(slot.sizes, g.sizes())) {
      fail(ErrorKind::kShape, node.name(), ": its backward returned a gradient of shape ", g.sizes(), " for input ", i, " of shape ",
           slot.sizes);
    }
    g = graph_arithmetic.sum_to(g, slot.sizes);
  }
  if (g.dtype() != slot.dtype) {
    if (!is_floating(slot.dtype)) {
      fail(ErrorKind::kType, node.name(), ": its backward returned a gradient for input ", i, " of dtype ", slot.dtype);
    }
    g = graph_arithmetic.cast(g, slot.dtype);
  }
  return g;
}

void Sweep::run_node(Entry& entry) {
  Node* node = entry.node;
  Tensor* grads = &grads_[entry.grads];
  int n_out = node->n_outputs();
  bool any = false;
  for (int k = 0; k < n_out; ++k) any = any || grads[k].defined();
  if (node->is_accumulator()) {
    const Tensor& leaf = static_cast<Accumulate*>(node)->leaf();
    if (any) grads[0] = run_leaf_hooks(leaf, std::move(grads[0]));
  }
  NodeExtras* extras = node->extras_or_null();
  if (extras && any) {
    auto hooks = extras->tensor_hooks;  // hooks may change the list
    for (auto& h : hooks) {
      if (!grads[h.nr].defined()) continue;
      if (Tensor r = h.hook->run(grads[h.nr]); r.defined()) grads[h.nr] = std::move(r);
    }
    for (auto& [nr, impl] : extras->retained) {
      if (!grads[nr].defined()) continue;
      Tensor x{Ref<TensorImpl>(impl)};
      Tensor& grad = x.extra().grad;
      grad = grad.defined() ? graph_arithmetic.add(grad, grads[nr]) : grads[nr];
    }
  }
  for (size_t t = 0; entry.target && t < targets_.size(); ++t) {
    if (targets_[t].edge.node.get() == node && targets_[t].capture) captured_[t] = grads[targets_[t].edge.nr];
  }
  bool leads_on = false;
  for (int i = 0; i < node->n_inputs() && !leads_on; ++i) {
    Node* next = node->inputs()[i].edge.node.get();
    leads_on = next && order_[slot_of(next)].needed;
  }
  bool run = any && (node->is_accumulator() ? !entry.target || !targets_.empty() : leads_on);
  if (run && node->is_accumulator() && entry.target) {
    // A target that is only captured must not be accumulated.
    run = false;
    for (const Target& t : targets_) run = run || (t.edge.node.get() == node && !t.capture);
  }
  if (run) {
    if (extras) {
      std::vector<Tensor> outs(grads, grads + n_out), none;
      auto pre = extras->pre;
      for (auto& [id, hook] : pre) hook->run(outs, outs);
      if (!pre.empty()) std::move(outs.begin(), outs.end(), grads);
    }
    std::vector<Tensor> outs_copy;
    if (extras && !extras->post.empty()) outs_copy.assign(grads, grads + n_out);
    auto n_in = static_cast<size_t>(node->n_inputs());
    if (results_.size() < n_in) results_.resize(n_in);
    Backward b(*node, grads, results_.data());
    node->backward(b);
    if (extras && !extras->post.empty()) {
      std::vector<Tensor> ins(results_.begin(), results_.begin() + static_cast<std::ptrdiff_t>(n_in));
      auto post = extras->post;
      for (auto& [id, hook] : post) hook->run(ins, outs_copy);
      std::move(ins.begin(), ins.end(), results_.begin());
    }
    for (size_t i = 0; i < n_in; ++i) {
      Tensor g = std::move(results_[i]);
      const Edge& edge = node->inputs()[i].edge;
      if (!edge || !g.defined()) continue;
      Entry& next = order_[slot_of(edge.node.get())];
      if (!next.needed) continue;
      g = checked(*node, static_cast<int>(i), std::move(g));
      accumulate(grads_[next.grads + edge.nr], std::move(g));
    }
  }
  for (int k = 0; k < n_out; ++k) grads[k] = Tensor();
}

void Sweep::run() {
  GradModeGuard recording(options_.create_graph);
  bool keep = options_.retain_graph || options_.create_graph;
  size_t since_poll = 0;
  for (Entry& entry : order_) {
    if (entry.needed) {
      run_node(entry);
      if (!keep) entry.node->mark_released();
    }
    if (++since_poll == 8) {
      since_poll = 0;
      poll_interrupt();
    }
  }
}

namespace {
void check_counts(const char* op, size_t roots, size_t grads) {
  if (grads != 0 && grads != roots) {
    fail(ErrorKind::kValue, op, ": got ", roots, " outputs but ", grads, " gradients; pass one for each (None for a scalar output)");
  }
}
}  // namespace

void backward(std::span<const Tensor> roots, std::span<const Tensor> grads, SweepOptions options, std::span<const Tensor> inputs) {
  check_counts("backward", roots.size(), grads.size());
  Sweep sweep("backward", options);
  for (size_t i = 0; i < roots.size(); ++i) sweep.add_root(roots[i], grads.empty() ? Tensor() : grads[i]);
  for (const Tensor& x : inputs) {
    if (!x.is_leaf()) retain_grad(x);
    sweep.add_input(x, false);
  }
  sweep.collect();
  sweep.run();
}

std::vector<Tensor> gradients(std::span<const Tensor> roots, std::span<const Tensor> grads, std::span<const Tensor> inputs,
                              SweepOptions options, bool allow_unused) {
  check_counts("grad", roots.size(), grads.size());
  if (inputs.empty()) fail(ErrorKind::kValue, "grad: needs at least one input");
  Sweep sweep("grad", options);
  for (size_t i = 0; i < roots.size(); ++i) sweep.add_root(roots[i], grads.empty() ? Tensor() : grads[i]);
  for (const Tensor& x : inputs) sweep.add_input(x, true);
  sweep.collect();
  for (size_t i = 0; i < inputs.size() && !allow_unused; ++i) {
    if (!sweep.reached(i)) {
      fail(ErrorKind::kRuntime, "grad: input ", i, " (", inputs[i],
           ") was not used in the graph of the outputs; pass allow_unused=True to get None for it");
    }
  }
  sweep.run();
  return std::move(sweep.captured());
}

}  // namespace pyad
