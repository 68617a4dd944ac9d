// The graph: nodes left behind by recorded ops, the edges between them, and the values they keep.
//
// Note [Creation order is a topological order]
// A node is made after the nodes of its inputs, and edges never change afterwards, so sorting reachable nodes by falling creation
// number is a topological order: no indegree counting, and the same order, hence the same rounding, in every run. In-place writes
// keep this true because they make new nodes instead of editing old ones (Note [Views and in-place writes]).
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/ref.hpp"
#include "core/tensor.hpp"
#include "graph/mode.hpp"

namespace pyad {

class Node;

/// Where the gradient of an input goes: output `nr` of `node`; null when nobody asks for it.
struct Edge {
  Ref<Node> node;
  uint32_t nr = 0;
  explicit operator bool() const { return static_cast<bool>(node); }
};

/// An input as its node remembers it: the edge, and the shape and dtype its gradient must have.
struct InputSlot {
  Edge edge;
  DType dtype = DType::kFloat32;
  Dims sizes;
};

/// A value a node keeps, by buffer and never by handle (a handle to its own result would be a cycle).
struct Saved {
  Ref<Buffer> buffer;  // null: nothing, or a number
  Scalar number;
  DType dtype = DType::kFloat32;
  int64_t offset = 0;
  Dims sizes;
  Dims strides;

  void keep(const Tensor& x);
  void keep(Scalar v) { number = v; }
  bool is_tensor() const { return static_cast<bool>(buffer); }
  void drop() noexcept { buffer.reset(); }
  /// The value without history.
  Tensor plain() const;
  /// The value with the ancestry given by `edge`, so that derivatives of derivatives find it.
  Tensor unpack(const Edge& edge) const;
};

/// Called on gradients: registered from the host, run in order, may replace the gradient.
class GradHook : public Object {
 public:
  /// Returns the gradient to use from here on (undefined: unchanged).
  virtual Tensor run(const Tensor& g) = 0;
};
/// Called on a whole node before or after its rule, as in PyTorch's Node hooks.
class NodeHook : public Object {
 public:
  virtual void run(std::vector<Tensor>& grad_inputs, const std::vector<Tensor>& grad_outputs) = 0;
};

struct NodeExtras {
  struct TensorHook {
    uint32_t nr;
    uint64_t id;
    Ref<GradHook> hook;
  };
  std::vector<TensorHook> tensor_hooks;               // on the gradient of output `nr`
  std::vector<std::pair<uint64_t, Ref<NodeHook>>> pre, post;
  std::vector<std::pair<uint32_t, TensorImpl*>> retained;  // outputs whose gradient is kept; weak, see Node::forget
  void* host_object = nullptr;
};

/// The exchange between a sweep and a rule: cotangents of the outputs in, cotangents of the inputs out.
class Backward {
 public:
  Backward(const Node& node, Tensor* grads, Tensor* results) : node_(node), grads_(grads), results_(results) {}
  /// Cotangent of output `k`; undefined when nothing flowed there.
  const Tensor& g(int k = 0) const { return grads_[k]; }
  Tensor take_g(int k = 0) { return std::move(grads_[k]); }
  bool needs(int i) const;
  const Dims& sizes(int i) const;
  DType dtype(int i) const;
  void give(int i, Tensor grad) { results_[i] = std::move(grad); }
  const Node& node() const { return node_; }

 private:
  const Node& node_;
  Tensor* grads_;
  Tensor* results_;
};

class Node : public Object {
 public:
  Node(int n_inputs, int n_outputs, InputSlot* inputs);

  /// Name of the op, as the user knows it.
  virtual const char* name() const = 0;
  /// The op's rule; written with ops, so that recording them (create_graph) differentiates again.
  virtual void backward(Backward& b) = 0;
  /// Lets go of saved values.
  virtual void release_saved() noexcept {}
  virtual bool has_saved() const { return false; }
  /// Accumulators are where a sweep ends.
  virtual bool is_accumulator() const { return false; }

  int n_inputs() const { return n_inputs_; }
  int n_outputs() const { return n_outputs_; }
  InputSlot* inputs() { return inputs_; }
  const InputSlot* inputs() const { return inputs_; }
  uint64_t seq() const { return seq_; }
  bool released() const { return released_; }
  void mark_released() noexcept;
  NodeExtras& extras();
  NodeExtras* extras_or_null() { return extras_.get(); }

  /// Iterative: a chain of any length is freed with constant stack.
  void destroy() noexcept final;
  void forget(const void* tensor) noexcept final;

 protected:
  ~Node() override;
  /// Derived classes with variable inputs set them after construction.
  void set_inputs(InputSlot* p, int n) {
    inputs_ = p;
    n_inputs_ = static_cast<uint16_t>(n);
  }

 private:
  friend class Sweep;
  virtual void free_self() noexcept { delete this; }

  bool released_ = false;
  uint16_t n_inputs_;
  uint16_t n_outputs_;
  uint32_t sweep_ = 0;  // the sweep that visits this node now, or 0
  uint32_t slot_ = 0;   // its place in that sweep
  union {
    uint64_t seq_;
    Node* next_dead_;  // while waiting to be freed
  };
  InputSlot* inputs_;
  std::unique_ptr<NodeExtras> extras_;
};

inline bool Backward::needs(int i) const { return static_cast<bool>(node_.inputs()[i].edge); }
inline const Dims& Backward::sizes(int i) const { return node_.inputs()[i].sizes; }
inline DType Backward::dtype(int i) const { return node_.inputs()[i].dtype; }

/// A node with N inputs held inline.
template <int N>
class FixedNode : public Node, public Pooled<FixedNode<N>> {
 public:
  explicit FixedNode(int n_outputs) : Node(N, n_outputs, slots_) {}
  using Pooled<FixedNode<N>>::operator new;
  using Pooled<FixedNode<N>>::operator delete;

 protected:
  InputSlot slots_[N > 0 ? N : 1];
};

/// Adds the arriving gradient to a leaf's `.grad`.
class Accumulate final : public FixedNode<0> {
 public:
  explicit Accumulate(Tensor leaf);
  ~Accumulate() override;
  const char* name() const override { return "AccumulateGrad"; }
  void backward(Backward& b) override;
  bool is_accumulator() const override { return true; }
  const Tensor& leaf() const { return leaf_; }

 private:
  Tensor leaf_;
};

inline Node* node_of(const Tensor& x) { return static_cast<Node*>(x.impl()->node.get()); }

/// Where gradients of `x` go; makes the leaf's accumulator when there is none. Null edge when `x` asks for no gradient.
Edge gradient_edge(const Tensor& x);
/// `gradient_edge` for a tensor that has one, without making an accumulator.
Edge existing_edge(const Tensor& x);
inline void fill_slot(InputSlot& slot, const Tensor& x) {
  slot.dtype = x.dtype();
  slot.sizes = x.sizes();
  slot.edge = gradient_edge(x);
}
/// Makes `x` output `nr` of `node`.
inline void set_history(const Tensor& x, Node* node, int nr = 0) {
  x.impl()->node = Ref<Object>(node);
  x.impl()->out_nr = static_cast<uint32_t>(nr);
}
/// Registers a hook on the gradient of `x`; returns an id for `remove_hook`.
uint64_t add_hook(const Tensor& x, Ref<GradHook> hook);
void remove_hook(const Tensor& x, uint64_t id);
uint64_t next_hook_id();
/// Asks sweeps to keep the gradient of a non-leaf in its `.grad`.
void retain_grad(const Tensor& x);
/// Replaces the history of `x` (an in-place write); a retained gradient follows the tensor to its new node.
void rebase_history(const Tensor& x, const Edge& edge);
/// Runs the hooks of a leaf on a gradient on its way into `.grad`.
Tensor run_leaf_hooks(const Tensor& leaf, Tensor g);

/// What the graph asks of the floors above it: arithmetic on gradients, recorded when recording is on, and the refresh of a
/// view's history after an in-place write to its base.
struct GraphArithmetic {
  Tensor (*add)(const Tensor&, const Tensor&) = nullptr;
  void (*add_into)(const Tensor& target, const Tensor& x) = nullptr;  // target is unique or a leaf's grad
  Tensor (*sum_to)(const Tensor& g, const Dims& sizes) = nullptr;     // the one unbroadcast
  Tensor (*cast)(const Tensor& g, DType dtype) = nullptr;
  Tensor (*clone)(const Tensor& g) = nullptr;
  void (*refresh_view)(const Tensor& view) = nullptr;
};
extern GraphArithmetic graph_arithmetic;

}  // namespace pyad
