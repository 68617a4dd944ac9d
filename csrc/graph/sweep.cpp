// One walk over the reachable nodes, newest first. See Note [Creation order is a topological
// order], Note [Sweep slots], Note [Reached and executed].
//
// Note [Sweep slots]
// A sweep numbers the nodes it visits and keeps their incoming gradients in a plain array; the
// number stands in the node itself, so no lookup is needed. While a hook, a custom Function or
// another thread (the lock is released during large kernels) runs a second sweep over nodes that
// the first has numbered, the second keeps its numbers in a hash map instead.
//
// Note [Reached and executed]
// With chosen inputs, a node is executed when a path leads through it to one of them, and reached
// when it is executed or makes one of them: a reached node collects its gradient, runs the hooks on
// it and hands it out. Only executed nodes lose what they saved, so the part of a graph that a call
// did not need can still be differentiated.
#include "graph/sweep.hpp"

#include <algorithm>
#include <memory>
#include <unordered_map>

#include "core/host.hpp"

namespace pyad {

namespace {
uint32_t g_next_sweep = 1;
constexpr uint32_t kNone = 0xffffffff;

/// A node on the way.
struct Entry {
  Ref<Node> node;
  uint32_t grads = 0;  // index of the first of its gradients
  bool reached = false;
  bool executed = false;
  bool target = false;
};
/// A chosen input.
struct Target {
  Edge edge;
  Tensor x;
  bool capture;  // else its gradient goes into `.grad`
};

/// What a sweep keeps in lists. The lists of one sweep serve the next of its thread, because those
/// of a small graph would cost more to allocate than to fill.
struct Lists {
  std::vector<Entry> order;
  std::vector<Node*> stack;
  std::vector<Tensor> grads;
  std::vector<std::pair<Edge, Tensor>> roots;
  std::vector<Target> targets;
  std::vector<std::pair<uint32_t, uint32_t>> by_slot;  // slot and index of each target
  std::vector<Tensor> captured;
  std::vector<Tensor> results;

  size_t capacity() const { return order.capacity() + grads.capacity() + captured.capacity(); }
  void clear() {
    order.clear();
    stack.clear();
    grads.clear();
    roots.clear();
    targets.clear();
    by_slot.clear();
    captured.clear();
    results.clear();
  }
};
constexpr size_t kKeptEntries = 1 << 14;
thread_local std::unique_ptr<Lists> t_spare;

[[noreturn]] void fail_unused(size_t i, const Tensor& x) {
  fail(ErrorKind::kRuntime, "grad: input ", i, " (", x,
       ") appears to not have been used in the graph of the outputs; pass allow_unused=True to get "
       "None for it");
}
}  // namespace

class Sweep {
 public:
  Sweep(const char* op, SweepOptions options)
      : op_(op),
        options_(options),
        lists_(t_spare ? std::move(t_spare) : std::make_unique<Lists>()) {
    id_ = g_next_sweep++;
    if (id_ == 0) id_ = g_next_sweep++;
  }
  ~Sweep() {
    for (auto& entry : order_)
      if (entry.node->sweep_ == id_) entry.node->sweep_ = 0;
    lists_->clear();
    if (lists_->capacity() <= kKeptEntries) t_spare = std::move(lists_);
  }
  Sweep(const Sweep&) = delete;

  void add_root(const Tensor& root, const Tensor& grad);
  void add_input(const Tensor& x, bool capture);
  void collect();
  void run();
  /// Raises unless every input is reached: before anything runs.
  void require_paths() const;
  std::vector<Tensor>& captured() { return captured_; }

 private:
  /// Whether another sweep goes on from this node (`end_before`).
  bool is_end(const Node& n) const {
    return options_.end_before > 0 && (n.seq() < options_.end_before || n.is_accumulator());
  }
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
    order_.push_back({Ref<Node>(n)});
    return true;
  }
  void find_reachable();
  void number();
  void mark_paths();
  void accumulate(Tensor& into, Tensor g);
  Tensor checked(const Node& node, int i, Tensor g);
  void run_hooks(Node& node, Tensor* grads);
  void deliver(Node& node, Tensor* grads);
  void execute(Entry& entry, Tensor* grads);
  void note_idle(uint32_t at, size_t input, const Tensor& g);
  void forget_idle(const Entry& entry) {
    if (!idle_.empty()) [[unlikely]]
      idle_[entry.grads] = {};
  }

  const char* op_;
  SweepOptions options_;
  uint32_t id_;
  std::unique_ptr<Lists> lists_;
  std::unordered_map<Node*, uint32_t> foreign_;
  std::vector<Entry>& order_ = lists_->order;
  std::vector<Tensor>& grads_ = lists_->grads;
  std::vector<std::pair<Edge, Tensor>>& roots_ = lists_->roots;
  std::vector<Target>& targets_ = lists_->targets;
  std::vector<std::pair<uint32_t, uint32_t>>& by_slot_ = lists_->by_slot;
  std::vector<Tensor>& captured_ = lists_->captured;
  std::vector<Tensor>& results_ = lists_->results;
  IdleExchange exchange_;
  std::vector<Idle> idle_;  // of the gradients, or empty while there are none
};

void Sweep::add_root(const Tensor& root, const Tensor& grad) {
  if (!root.requires_grad()) {
    fail(ErrorKind::kRuntime, op_, ": the output (", root,
         ") does not require grad and does not have a grad_fn: no input of it asks for a gradient. "
         "Call requires_grad_() on the inputs before computing it");
  }
  Tensor g = grad;
  if (!g.defined()) {
    if (root.numel() != 1) {
      fail(ErrorKind::kRuntime, op_,
           ": grad can be implicitly created only for scalar outputs, but the output is ", root,
           "; reduce it (for example with .sum()) or pass a gradient of its shape");
    }
    g = ones(root.sizes(), root.dtype());
  } else {
    if (g.sizes() != root.sizes()) {
      fail(ErrorKind::kShape, op_, ": the gradient has shape ", g.sizes(),
           " but the output has shape ", root.sizes(), "; they must be equal");
    }
    if (g.dtype() != root.dtype()) {
      if (!is_floating(g.dtype())) {
        fail(ErrorKind::kType, op_, ": the gradient has dtype ", g.dtype(),
             " but the output has dtype ", root.dtype(), "; convert it with .to(", root.dtype(),
             ")");
      }
      g = graph_arithmetic.cast(g, root.dtype());
    }
  }
  roots_.emplace_back(gradient_edge(root), std::move(g));
}

void Sweep::add_input(const Tensor& x, bool capture) {
  if (!x.requires_grad()) {
    fail(ErrorKind::kRuntime, op_, ": one of the differentiated tensors (", x,
         ") does not require grad; call requires_grad_() on it before it is used");
  }
  targets_.push_back({gradient_edge(x), x, capture});
}

void Sweep::find_reachable() {
  // Nothing older than all targets leads to one (Note [Creation order is a topological order]).
  uint64_t oldest = targets_.empty() ? 0 : ~uint64_t{0};
  for (const Target& t : targets_) oldest = std::min(oldest, t.edge.node->seq());
  for (auto& [edge, g] : roots_) visit(edge.node.get());
  std::vector<Node*>& stack = lists_->stack;
  for (auto& entry : order_) stack.push_back(entry.node.get());
  size_t seen = 0;
  while (!stack.empty()) {
    if ((++seen & 0xffff) == 0) poll_interrupt();
    Node* n = stack.back();
    stack.pop_back();
    if (is_end(*n)) continue;
    for (int i = 0; i < n->n_inputs(); ++i) {
      Node* next = n->inputs()[i].edge.node.get();
      if (next && next->seq() >= oldest && visit(next)) stack.push_back(next);
    }
  }
}

void Sweep::number() {
  auto newer = [](const Entry& a, const Entry& b) { return a.node->seq() > b.node->seq(); };
  if (!std::is_sorted(order_.begin(), order_.end(), newer)) {
    std::sort(order_.begin(), order_.end(), newer);
  }
  uint32_t total = 0;
  bool all = targets_.empty();
  for (uint32_t i = 0; i < order_.size(); ++i) {
    Entry& entry = order_[i];
    if (entry.node->sweep_ == id_) {
      entry.node->slot_ = i;
    } else {
      foreign_[entry.node.get()] = i;
    }
    entry.grads = total;
    entry.reached = entry.executed = all;
    total += static_cast<uint32_t>(entry.node->n_outputs());
  }
  grads_.resize(total);
}

void Sweep::mark_paths() {
  for (uint32_t t = 0; t < targets_.size(); ++t) {
    uint32_t slot = slot_of(targets_[t].edge.node.get());
    if (slot == kNone) continue;
    Entry& entry = order_[slot];
    entry.reached = entry.target = true;
    // A leaf that is only asked for its gradient keeps its `.grad`.
    if (entry.node->is_accumulator() && !targets_[t].capture) entry.executed = true;
    by_slot_.emplace_back(slot, t);
  }
  std::sort(by_slot_.begin(), by_slot_.end());
  for (size_t i = order_.size(); i-- > 0;) {  // oldest first: inputs are decided before their users
    Entry& entry = order_[i];
    Node& node = *entry.node;
    for (int k = 0; k < node.n_inputs() && !entry.executed && !is_end(node); ++k) {
      Node* next = node.inputs()[k].edge.node.get();
      uint32_t slot = next ? slot_of(next) : kNone;
      entry.executed = slot != kNone && order_[slot].reached;
    }
    entry.reached = entry.reached || entry.executed;
  }
}

void Sweep::collect() {
  find_reachable();
  number();
  if (!targets_.empty()) mark_paths();
  for (const Entry& entry : order_) {
    if (entry.executed && entry.node->released()) {
      fail(ErrorKind::kRuntime, op_,
           ": trying to backward through the graph a second time: the values saved by ",
           entry.node->name(),
           " were freed by the first call; pass retain_graph=True to that call if you need "
           "another");
    }
  }
  GradModeGuard recording(options_.create_graph);
  for (auto& [edge, g] : roots_) {
    accumulate(grads_[order_[slot_of(edge.node.get())].grads + edge.nr], std::move(g));
  }
  captured_.resize(targets_.size());
}

void Sweep::require_paths() const {
  for (size_t t = 0; t < targets_.size(); ++t) {
    if (slot_of(targets_[t].edge.node.get()) == kNone) fail_unused(t, targets_[t].x);
  }
}

void Sweep::accumulate(Tensor& into, Tensor g) {
  if (!g.defined()) return;
  if (!into.defined()) {
    into = std::move(g);
  } else if (!options_.create_graph && mode.levels == 0 && is_unique(into)) {
    graph_arithmetic.add_into(into, g);
  } else {
    into = graph_arithmetic.add(into, g);
  }
}

/// The post-conditions of every rule, and the one place where broadcasting is undone.
Tensor Sweep::checked(const Node& node, int i, Tensor g) {
  const InputSlot& slot = node.inputs()[i];
  if (!(slot.sizes == g.sizes())) {
    const Dims sizes = slot.sizes.unpack();
    if (!broadcasts_to(sizes, g.sizes())) {
      fail(ErrorKind::kShape, node.name(), ": its backward returned a gradient of shape ",
           g.sizes(), " for input ", i, " of shape ", sizes);
    }
    g = graph_arithmetic.sum_to(g, sizes);
  }
  if (g.dtype() != slot.dtype) {
    if (!is_floating(g.dtype())) {
      fail(ErrorKind::kType, node.name(), ": its backward returned a gradient of dtype ", g.dtype(),
           " for input ", i, " of dtype ", slot.dtype);
    }
    g = graph_arithmetic.cast(g, slot.dtype);
  }
  return g;
}

namespace {
void run_list(const std::vector<Ref<GradHook>>& list, Tensor& g) {
  auto copy = list;  // a hook may change the list
  for (auto& hook : copy) {
    if (hook->removed()) continue;
    if (Tensor r = hook->run(g); r.defined()) g = std::move(r);
  }
}
}  // namespace

namespace {
bool has_hooks(Node& node) {
  const NodeExtras* extras = node.extras_or_null();
  return extras && !(extras->grad.empty() && extras->before.empty() && extras->after.empty());
}
}  // namespace

/// Hooks on the gradients of the node's outputs; then the `.grad` of outputs that retain it.
void Sweep::run_hooks(Node& node, Tensor* grads) {
  if (node.is_accumulator()) {
    const LeafHooks* hooks = leaf_hooks(static_cast<Accumulate&>(node).leaf());
    if (hooks && !hooks->grad.empty() && grads[0].defined()) run_list(hooks->grad, grads[0]);
  }
  NodeExtras* extras = node.extras_or_null();
  if (!extras) return;
  if (node.n_outputs() == 2 && grads[1].defined() && node.has_square() &&
      !(extras->grad.empty() && extras->retained.empty() && extras->before.empty() &&
        extras->after.empty())) {
    grads[0] = node.fold_square(grads);  // hooks may change it, so its parts are no longer known
    grads[1] = Tensor();
  }
  for (size_t k = 0; k < extras->grad.size(); ++k) {
    if (!extras->grad[k].empty() && grads[k].defined()) run_list(extras->grad[k], grads[k]);
  }
  auto retained = extras->retained;
  for (auto& [nr, impl] : retained) {
    if (grads[nr].defined()) add_to_grad(Tensor(Ref<TensorImpl>(impl)), grads[nr]);
  }
}

/// Hands the node's gradients to the captured targets that are its outputs.
void Sweep::deliver(Node& node, Tensor* grads) {
  uint32_t slot = slot_of(&node);
  auto it = std::lower_bound(by_slot_.begin(), by_slot_.end(), std::pair(slot, uint32_t{0}));
  auto end = it;
  bool apart = false;  // another target takes the second gradient, as the rim of a checkpoint does
  for (; end != by_slot_.end() && end->first == slot; ++end)
    apart = apart || targets_[end->second].edge.nr == 1;
  for (; it != end; ++it) {
    Target& target = targets_[it->second];
    if (!target.capture) continue;
    const bool whole = !apart && target.edge.nr == 0 && node.n_outputs() == 2 && node.has_square();
    captured_[it->second] =
        whole && grads[1].defined() ? node.fold_square(grads) : grads[target.edge.nr];
  }
}

/// Before `g`, of this input of the node that was executed, arrives at gradient `at`.
void Sweep::note_idle(uint32_t at, size_t input, const Tensor& g) {
  if (idle_.empty()) idle_.resize(grads_.size());
  Idle arriving = input < 3 ? exchange_.of_inputs[input] : Idle{};
  if (arriving.choice.defined() && arriving.choice.sizes() != g.sizes()) arriving = {};
  idle_[at] = grads_[at].defined() ? graph_arithmetic.both(idle_[at], arriving) : arriving;
}

void Sweep::execute(Entry& entry, Tensor* grads) {
  Node& node = *entry.node;
  if (node.released()) {
    fail(ErrorKind::kRuntime, op_, ": the values saved by ", node.name(),
         " were freed by another backward pass over the same graph while this one ran; pass "
         "retain_graph=True to it");
  }
  auto n_in = static_cast<size_t>(node.n_inputs());
  std::vector<Tensor> outs;  // for hooks on the whole node
  std::vector<Ref<NodeHook>> after;
  if (NodeExtras* extras = node.extras_or_null();
      extras && !options_.unseen && !(extras->before.empty() && extras->after.empty())) {
    auto before = extras->before;
    after = extras->after;
    outs.assign(grads, grads + node.n_shown());
    for (auto& hook : before)
      if (!hook->removed()) hook->run(outs, nullptr);
    std::copy(outs.begin(), outs.end(), grads);
  }
  if (results_.size() < n_in) results_.resize(n_in);
  Backward b(node, grads, results_.data());
  if (!idle_.empty()) [[unlikely]]
    exchange_.of_result = idle_[entry.grads];
  node.backward(b);
  if (!after.empty()) {
    std::vector<Tensor> ins(
        std::make_move_iterator(results_.begin()),
        std::make_move_iterator(results_.begin() + static_cast<std::ptrdiff_t>(n_in)));
    for (auto& hook : after)
      if (!hook->removed()) hook->run(ins, &outs);
    std::move(ins.begin(), ins.end(), results_.begin());
  }
  for (size_t i = 0; i < n_in; ++i) {
    Tensor g = std::move(results_[i]);
    const Edge& edge = node.inputs()[i].edge;
    if (!edge || !g.defined()) continue;
    uint32_t slot = slot_of(edge.node.get());
    if (slot == kNone || !order_[slot].reached) continue;
    Entry& next = order_[slot];
    g = checked(node, static_cast<int>(i), std::move(g));
    if (exchange_.given || !idle_.empty()) [[unlikely]]
      note_idle(next.grads + edge.nr, i, g);
    accumulate(grads_[next.grads + edge.nr], std::move(g));
  }
  if (exchange_.given) [[unlikely]] {
    for (Idle& idle : exchange_.of_inputs) idle = {};
    exchange_.given = false;
  }
}

void Sweep::run() {
  ModeGuard put_back;
  mode.idle = &exchange_;
  mode.grad = options_.create_graph;
  mode.unwatched = !options_.create_graph;
  bool keep = options_.retain_graph || options_.create_graph;
  size_t since_poll = 0;
  for (Entry& entry : order_) {
    if (++since_poll == 8) {
      since_poll = 0;
      poll_interrupt();
    }
    if (!entry.reached) continue;
    Node& node = *entry.node;
    Tensor* grads = &grads_[entry.grads];
    int n_out = node.n_outputs();
    bool any = false;
    for (int k = 0; k < n_out; ++k) any = any || grads[k].defined();
    if (any) {
      if ((node.is_accumulator() || node.extras_or_null()) && !is_end(node) && !options_.unseen)
        run_hooks(node, grads);
      if (has_hooks(node)) forget_idle(entry);
      if (entry.target) deliver(node, grads);
      if (entry.executed) execute(entry, grads);
      for (int k = 0; k < n_out; ++k) grads[k] = Tensor();
      forget_idle(entry);
    }
    if (entry.executed && !keep) node.mark_released();
  }
}

namespace {
void check_counts(const char* op, size_t roots, size_t grads) {
  if (grads != 0 && grads != roots) {
    fail(ErrorKind::kRuntime, op, ": got ", roots, " tensors and ", grads,
         " gradients; pass one for each (None for a scalar output)");
  }
}
}  // namespace

void backward(std::span<const Tensor> roots, std::span<const Tensor> grads, SweepOptions options,
              std::span<const Tensor> inputs) {
  check_counts("backward", roots.size(), grads.size());
  Sweep sweep("backward", options);
  for (size_t i = 0; i < roots.size(); ++i) {
    sweep.add_root(roots[i], grads.empty() ? Tensor() : grads[i]);
  }
  for (const Tensor& x : inputs) {
    if (x.requires_grad() && !x.is_leaf())
      retain_grad(x);  // as in PyTorch: that is where its gradient goes
    sweep.add_input(x, false);
  }
  sweep.collect();
  sweep.run();
}

std::vector<Tensor> gradients(std::span<const Tensor> roots, std::span<const Tensor> grads,
                              std::span<const Tensor> inputs, SweepOptions options,
                              bool allow_unused) {
  check_counts("grad", roots.size(), grads.size());
  if (inputs.empty()) fail(ErrorKind::kValue, "grad: needs at least one input");
  Sweep sweep("grad", options);
  for (size_t i = 0; i < roots.size(); ++i) {
    sweep.add_root(roots[i], grads.empty() ? Tensor() : grads[i]);
  }
  for (const Tensor& x : inputs) sweep.add_input(x, true);
  sweep.collect();
  if (!allow_unused) sweep.require_paths();
  sweep.run();
  for (size_t i = 0; i < inputs.size() && !allow_unused; ++i) {
    if (!sweep.captured()[i].defined()) fail_unused(i, inputs[i]);
  }
  return std::move(sweep.captured());
}

}  // namespace pyad
