// Checkpoints: a recorded piece of the graph is exchanged for one node that computes it again.
//
// Note [Checkpoints]
// The function runs recorded as any other code does. Then the nodes it made, known by their
// numbers, are followed from its results to the edges that leave them (to older nodes, and to
// leaves, whether they were arguments or not), and one node with those edges takes their place;
// with the last handle to them the nodes and what they saved go. When a sweep comes, the node runs
// the function again, recorded, on its arguments as they were, and sweeps the new piece down to
// its rim. That sweep ends at whatever is older than the piece (`SweepOptions::end_before`), so
// hooks run once, in the outer sweep; and as the new piece is joined to the old graph, recording
// the sweep gives derivatives of any order.
#include <pybind11/stl.h>

#include <unordered_set>

#include "bind/autograd.hpp"
#include "bind/face.hpp"
#include "graph/sweep.hpp"

namespace pyad::bind {

namespace {
struct KeptArguments;
}
template <>
inline constexpr bool is_bound<KeptArguments> = true;

namespace {

/// Arguments as they are when the function begins.
struct KeptArguments : std::enable_shared_from_this<KeptArguments> {
  uint64_t first = 0;  // the number of the first node the function makes
  std::vector<Saved> values;
  std::vector<Edge> edges;

  explicit KeptArguments(const std::vector<Tensor>& tensors) {
    for (const Tensor& x : tensors) {
      values.emplace_back().keep(x);
      edges.push_back(x.requires_grad() ? gradient_edge(x) : Edge{});
    }
    first = next_node_number();
  }
  /// The argument with its ancestry: the leaf itself while it still holds the value.
  Tensor unpack(size_t i) const {
    const Saved& s = values[i];
    if (edges[i] && edges[i].node->is_accumulator()) {
      const Tensor& leaf = static_cast<Accumulate*>(edges[i].node.get())->leaf();
      if (s.shows(leaf)) return leaf;
    }
    return s.unpack(edges[i]);
  }
};

class CheckpointNode final : public Node {
 public:
  CheckpointNode(std::shared_ptr<KeptArguments> arguments, PyObject* again,
                 const std::vector<InputSlot>& rim, int n_outputs)
      : Node(static_cast<int>(rim.size()), n_outputs, nullptr),
        arguments_(std::move(arguments)),
        again_(Py_NewRef(again)),
        slots_(rim.size()) {
    set_inputs(slots_.data(), static_cast<int>(rim.size()));
    for (size_t i = 0; i < rim.size(); ++i)
      connect(slots_[i], rim[i].edge, rim[i].dtype, rim[i].sizes.unpack());
  }
  ~CheckpointNode() override { Py_XDECREF(again_); }

  const char* name() const override { return "Checkpoint"; }
  bool has_saved() const override { return true; }
  void release_saved() noexcept override {
    auto arguments = std::move(arguments_);
    Owned again(std::exchange(again_, nullptr));
  }
  int visit_host(int (*visit)(void*, void*), void* context) override {
    if (int stop = Node::visit_host(visit, context)) return stop;
    return again_ ? visit(again_, context) : 0;
  }
  void backward(Backward& b) override;

 private:
  std::shared_ptr<KeptArguments> arguments_;
  PyObject* again_;  // list of arguments -> list of results
  std::vector<InputSlot> slots_;
};

void CheckpointNode::backward(Backward& b) {
  HostCall python;
  bool create = mode.grad;
  // Held here: the function may sweep over this very node and so release it.
  std::shared_ptr<KeptArguments> kept = arguments_;
  Owned again(Py_NewRef(again_));
  std::vector<Tensor> results;
  uint64_t first;
  {
    GradModeGuard recording(true);
    py::list arguments;
    for (size_t i = 0; i < kept->values.size(); ++i) arguments.append(kept->unpack(i));
    first = next_node_number();
    Owned list(checked(PyObject_CallOneArg(again.get(), arguments.ptr())));
    results = as_tensors("checkpoint", "results", list.get(), false);
  }
  if (results.size() != static_cast<size_t>(n_outputs())) {
    fail(ErrorKind::kRuntime, "checkpoint: the function returned ", n_outputs(),
         " tensors at first and ", results.size(), " when it was called again");
  }
  std::vector<Tensor> roots, grads, rim;
  for (int k = 0; k < n_outputs(); ++k) {
    Tensor g = b.take_g(k);
    const Tensor& y = results[static_cast<size_t>(k)];
    if (!g.defined() || !y.requires_grad()) continue;
    roots.push_back(y);
    grads.push_back(std::move(g));
  }
  if (roots.empty()) return;
  for (const InputSlot& slot : slots_) {
    Tensor x = empty(Dims{0}, slot.dtype);  // only its edge counts
    set_history(x, slot.edge.node.get(), static_cast<int>(slot.edge.nr));
    rim.push_back(std::move(x));
  }
  std::vector<Tensor> found = gradients(roots, grads, rim, {create, create, first}, true);
  for (size_t i = 0; i < found.size(); ++i) b.give(static_cast<int>(i), std::move(found[i]));
}

bool is_inner(const Node* n, uint64_t first) {
  return n && n->seq() >= first && !n->is_accumulator();
}

/// Edges that leave the nodes from number `first` on, from those of `outputs` downwards.
std::vector<InputSlot> find_rim(const std::vector<Tensor>& outputs, uint64_t first) {
  std::vector<InputSlot> rim;
  std::unordered_set<const Node*> seen;
  std::vector<Node*> stack;
  auto enter = [&](Node* n) {
    if (seen.insert(n).second) stack.push_back(n);
  };
  for (const Tensor& y : outputs)
    if (is_inner(node_of(y), first)) enter(node_of(y));
  std::unordered_set<const Node*> outer;
  while (!stack.empty()) {
    Node* n = stack.back();
    stack.pop_back();
    for (int i = 0; i < n->n_inputs(); ++i) {
      const InputSlot& slot = n->inputs()[i];
      if (!slot.edge) continue;
      if (is_inner(slot.edge.node.get(), first)) {
        enter(slot.edge.node.get());
        continue;
      }
      bool known = !outer.insert(slot.edge.node.get()).second;
      for (size_t k = 0; known && k < rim.size(); ++k) {
        if (rim[k].edge.node == slot.edge.node && rim[k].edge.nr == slot.edge.nr) break;
        if (k + 1 == rim.size()) known = false;
      }
      if (!known) rim.push_back(slot);
    }
  }
  return rim;
}

/// The results with one node in place of what was recorded since `arguments` were kept.
std::vector<Tensor> seal(const std::shared_ptr<KeptArguments>& arguments,
                         const std::vector<Tensor>& outputs, const py::object& again) {
  if (mode.dual_levels > 0) return outputs;  // tangents are wanted now: nothing to save
  std::vector<InputSlot> rim = find_rim(outputs, arguments->first);
  if (rim.empty()) return outputs;
  if (rim.size() > 0xffff || outputs.size() > 0xffff)
    fail(ErrorKind::kValue, "checkpoint: too many inputs or outputs");
  Ref<CheckpointNode> node(
      new CheckpointNode(arguments, again.ptr(), rim, static_cast<int>(outputs.size())));
  std::vector<Tensor> sealed;
  for (size_t k = 0; k < outputs.size(); ++k) {
    const Tensor& y = outputs[k];
    if (!is_inner(node_of(y), arguments->first)) {
      sealed.push_back(y);
      continue;
    }
    size_t same = 0;
    while (!outputs[same].is(y)) ++same;
    if (same < k) {
      sealed.push_back(sealed[same]);
      continue;
    }
    Tensor z =
        make_tensor(make_ref<Storage>(y.impl()->storage->buffer_to_save()), y.dtype(), y.layout());
    set_history(z, node.get(), static_cast<int>(k));
    sealed.push_back(std::move(z));
  }
  return sealed;
}

}  // namespace

void init_checkpoint(py::module_& m) {
  py::class_<KeptArguments, std::shared_ptr<KeptArguments>>(
      m, "KeptArguments", "Tensors as they are now; see pyad.utils.checkpoint.");
  Faces faces(m);
  faces.def(
      "keep_arguments",
      [](const py::object& tensors) {
        return std::make_shared<KeptArguments>(
            as_tensors("checkpoint", "arguments", tensors.ptr(), false));
      },
      py::arg("tensors"), "Keeps arguments of a function that is to be checkpointed.");
  faces.def(
      "seal_checkpoint",
      [](KeptArguments& arguments, const py::object& outputs, const py::object& again) {
        py::list sealed;
        for (Tensor& y : seal(arguments.shared_from_this(),
                              as_tensors("checkpoint", "results", outputs.ptr(), false), again))
          sealed.append(py::reinterpret_steal<py::object>(wrap(std::move(y))));
        // The function may refer to its results: the collector must see the way round.
        for (py::handle y : sealed)
          if (!PyObject_GC_IsTracked(y.ptr())) PyObject_GC_Track(y.ptr());
        return sealed;
      },
      py::arg("arguments"), py::arg("outputs"), py::arg("again"),
      "Results whose history is one node that calls `again` on the kept arguments.");
}

}  // namespace pyad::bind
