// The graph: nodes left behind by recorded ops, the edges between them, and the values they keep.
//
// Note [Creation order is a topological order]
// A node's number is higher than those of the nodes it leads to, and edges never change afterwards,
// so sorting reachable nodes by falling number is a topological order: no indegree counting, and
// the same order, hence the same rounding, in every run. A node takes its number when it is made;
// connecting an input can itself make a node (the accumulator of a leaf), and then it takes a new
// one (`Node::connect`). In-place writes keep the order because they make new nodes instead of
// editing old ones (Note [Views and in-place writes]).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/packed_dims.hpp"
#include "core/ref.hpp"
#include "core/tensor.hpp"
#include "graph/idle.hpp"
#include "graph/mode.hpp"

namespace pyad {

class Node;

/// Where the gradient of an input goes: output `nr` of `node`; null when nobody asks for it.
struct Edge {
  Ref<Node> node;
  uint32_t nr = 0;
  explicit operator bool() const { return static_cast<bool>(node); }
};

// Note [What a node weighs]
// Of a long chain most memory is what its nodes remember, and a sweep takes as long as it takes to
// read that. So sizes rest packed (`PackedDims`), saved values say in one state that they lie as rows
// without gaps, which nearly all do, and parameters have room only where there are some.

/// An input as its node remembers it: the edge, and the shape and dtype its gradient must have.
struct InputSlot {
  [[no_unique_address]] Edge edge;  // the dtype lies in what it does not fill
  DType dtype = DType::kFloat32;
  PackedDims sizes;
};
static_assert(sizeof(InputSlot) == 32);

/// A value a node keeps, by buffer and never by handle (a handle to its own result would be a
/// cycle).
class Saved {
 public:
  Saved() noexcept {}
  Saved(const Saved& o);
  Saved(Saved&& o) noexcept;
  Saved& operator=(Saved o) noexcept;
  ~Saved() { forget_layout(); }

  void keep(const Tensor& x);
  void keep(Scalar v);
  bool is_tensor() const { return state_ == State::kRows || state_ == State::kLayout; }
  Scalar number() const { return state_ == State::kNumber ? number_ : Scalar(); }
  /// Whether this is what `x` shows now.
  bool shows(const Tensor& x) const;
  void drop() noexcept { buffer_.reset(); }
  /// The value without history; undefined when nothing was kept. Raises when another sweep dropped
  /// it.
  Tensor plain() const;
  /// The value with the ancestry given by `edge`, so that derivatives of derivatives find it.
  Tensor unpack(const Edge& edge) const;

 private:
  enum class State : uint8_t { kNothing, kNumber, kRows, kLayout };
  void forget_layout() noexcept;
  Layout layout() const;
  void swap(Saved& o) noexcept;

  Ref<Buffer> buffer_;  // null: nothing, or a number
  State state_ = State::kNothing;
  DType dtype_ = DType::kFloat32;
  int32_t offset_ = 0;  // of kRows
  union {
    Scalar number_;
    PackedDims sizes_;  // of kRows
    Layout* layout_;    // owned
  };
};
static_assert(sizeof(Saved) == 32);

// Note [Hooks]
// A hook is host code that a list owns: lists of hooks on gradients stand with the leaf, or with
// the node whose output they watch; hooks on whole nodes stand with the node. Host code may remove
// any hook at any time, even while the list runs, so a removed hook only says so (`removed`) and
// leaves its list at the next registration; lists are copied before they run.
class Hook : public Object {
 public:
  virtual bool removed() const noexcept { return false; }
};
/// Called on gradients, in order of registration.
class GradHook : public Hook {
 public:
  /// Returns the gradient to use from here on (undefined: unchanged).
  virtual Tensor run(const Tensor& g) = 0;
};
/// Called on a whole node: before its rule with the cotangents of its outputs, which it may change
/// (`other` is null); or after it with the cotangents of its inputs, which it may change, and those
/// of its outputs.
class NodeHook : public Hook {
 public:
  virtual void run(std::vector<Tensor>& changeable, const std::vector<Tensor>* other) = 0;
};
/// Called on a leaf when its `.grad` has been updated.
class LeafHook : public Hook {
 public:
  virtual void run(const Tensor& leaf) = 0;
};

/// Adds `hook` to a list, which first loses its removed ones.
template <class H>
void append_hook(std::vector<Ref<H>>& list, Ref<H> hook) {
  std::vector<Ref<H>> kept, gone;  // `gone` ends last: letting go of a hook may run host code
  for (Ref<H>& h : list) (h->removed() ? gone : kept).push_back(std::move(h));
  kept.push_back(std::move(hook));
  list.swap(kept);
}

/// Hooks of a leaf; they outlive its accumulator.
struct LeafHooks final : Object {
  std::vector<Ref<GradHook>> grad;
  std::vector<Ref<LeafHook>> accumulated;
  int visit_host(int (*visit)(void*, void*), void* context) override;
  void drop_host() noexcept override;
};

// Note [Tangents of saved values]
// A node is recorded on values that were stripped of the tangents of an open forward-mode level,
// yet a sweep inside that level must give gradients with tangents (forward over reverse). So the
// tangents of what a node saved stay with it until the level ends. They may lead back to the node
// (the tangent of a saved result does), hence the level ends them, not the node alone.
struct KeptTangent {
  int bit;  // which saved value
  int level;
  Tensor value;
};

struct NodeExtras {
  std::vector<std::vector<Ref<GradHook>>> grad;  // by output; shorter when the last ones have none
  std::vector<Ref<NodeHook>> before, after;
  std::vector<std::pair<uint32_t, TensorImpl*>>
      retained;                 // outputs whose gradient is kept; weak, see Node::forget
  void* host_object = nullptr;  // borrowed: the living Python object of this node
  std::vector<KeptTangent> tangents;
};

/// The exchange between a sweep and a rule: cotangents of the outputs in, cotangents of the inputs
/// out.
class Backward {
 public:
  /// `asked`: inputs whose cotangent is wanted though the node has no edge there.
  Backward(const Node& node, Tensor* grads, Tensor* results, unsigned asked = 0)
      : node_(node), grads_(grads), results_(results), asked_(asked) {}
  /// Cotangent of output `k`; undefined when nothing flowed there.
  const Tensor& g(int k = 0) const { return grads_[k]; }
  Tensor take_g(int k = 0) { return std::move(grads_[k]); }
  bool needs(int i) const;
  Dims sizes(int i) const;
  DType dtype(int i) const;
  void give(int i, Tensor grad) { results_[i] = std::move(grad); }
  const Node& node() const { return node_; }
  std::span<const Tensor> given() const;

 private:
  const Node& node_;
  Tensor* grads_;
  Tensor* results_;
  unsigned asked_;
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
  /// Whether output 1 stands for the square of output 0, and if so, the gradient of output 0 with
  /// that of the square: Note [Squares of roots] in ops/roots.hpp.
  virtual bool has_square() const { return false; }
  virtual Tensor fold_square(const Tensor* grads) { return grads[0]; }
  /// How many outputs the node has for its hooks: not the square, nor what the rule alone keeps.
  virtual int n_shown() const { return n_outputs() == 2 && has_square() ? 1 : n_outputs(); }
  /// How `name()` appears to Python: a user's own name, or null for CamelCase with `Backward0`
  /// appended.
  virtual const char* full_name() const { return nullptr; }

  int n_inputs() const { return static_cast<int>(n_inputs_); }
  int n_outputs() const { return static_cast<int>(n_outputs_); }
  InputSlot* inputs() { return inputs_; }
  const InputSlot* inputs() const { return inputs_; }
  uint64_t seq() const { return seq_; }
  /// Makes `x` the input of `slot`. All inputs are connected before the node's outputs are handed
  /// out.
  void connect(InputSlot& slot, const Tensor& x);
  void connect(InputSlot& slot, Edge edge, DType dtype, const Dims& sizes);
  bool released() const { return released_; }
  void mark_released() noexcept;
  NodeExtras& extras();
  NodeExtras* extras_or_null() { return extras_.get(); }
  const NodeExtras* extras_or_null() const { return extras_.get(); }

  /// Iterative: a chain of any length is freed with constant stack.
  void destroy() noexcept final;
  void forget(const void* tensor) noexcept final;
  int visit_host(int (*visit)(void*, void*), void* context) override;
  void drop_host() noexcept override;

 protected:
  ~Node() override;
  /// Derived classes with variable inputs set them after construction.
  void set_inputs(InputSlot* p, int n) {
    inputs_ = p;
    n_inputs_ = static_cast<uint32_t>(n) & 0x7fffffff;
  }

 private:
  friend class Sweep;

  uint32_t released_ : 1 = 0;  // beside a count, to keep the node small
  uint32_t n_inputs_ : 31;
  uint32_t n_outputs_;
  uint32_t sweep_ = 0;  // the sweep that visits this node now, or 0
  uint32_t slot_ = 0;   // its place in that sweep
  union {
    uint64_t seq_;
    Node* next_dead_;  // while waiting to be freed
  };
  InputSlot* inputs_;
  std::unique_ptr<NodeExtras> extras_;
};

inline bool Backward::needs(int i) const {
  return static_cast<bool>(node_.inputs()[i].edge) || (asked_ >> (i & 31) & 1);
}
inline std::span<const Tensor> Backward::given() const {
  return {results_, static_cast<size_t>(node_.n_inputs())};
}
inline Dims Backward::sizes(int i) const { return node_.inputs()[i].sizes.unpack(); }
inline DType Backward::dtype(int i) const { return node_.inputs()[i].dtype; }

/// Adds the arriving gradient to a leaf's `.grad`.
class Accumulate final : public Node, public Pooled<Accumulate> {
 public:
  using Pooled<Accumulate>::operator new;
  using Pooled<Accumulate>::operator delete;
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

/// Where gradients of `x` go; makes the leaf's accumulator when there is none. Null edge when `x`
/// asks for no gradient.
Edge gradient_edge(const Tensor& x);
/// `gradient_edge` for a tensor that has one, without making an accumulator.
Edge existing_edge(const Tensor& x);
/// Makes `x` output `nr` of `node`.
inline void set_history(const Tensor& x, Node* node, int nr = 0) {
  x.impl()->node = Ref<Object>(node);
  x.impl()->out_nr = static_cast<uint32_t>(nr);
}
/// Registers a hook on the gradient of `x`, or, of a leaf, on the update of its `.grad`.
void add_hook(const Tensor& x, Ref<GradHook> hook);
void add_leaf_hook(const Tensor& x, Ref<LeafHook> hook);
/// Asks sweeps to keep the gradient of a non-leaf in its `.grad`.
void retain_grad(const Tensor& x);
/// Replaces the history of `x` (an in-place write); a retained gradient follows the tensor to its
/// new node.
void rebase_history(const Tensor& x, const Edge& edge);
/// Adds `g` to `x.grad`. Takes it without a copy when nobody else can see it.
void add_to_grad(const Tensor& x, Tensor g);
/// Note [Tangents of saved values]: keeps one; gives those of saved value `bit` to its unpacked
/// form; ends those of a level.
void keep_tangent(Node& node, int bit, int level, const Tensor& t);
void attach_kept_tangents(const Node& node, int bit, const Tensor& value);
void drop_kept_tangents(int level);
/// The number that the next node will have.
uint64_t next_node_number();

inline const LeafHooks* leaf_hooks(const Tensor& x) {
  return x.impl()->extra ? static_cast<LeafHooks*>(x.impl()->extra->hooks.get()) : nullptr;
}

/// What the graph asks of the floors above it: arithmetic on gradients, recorded when recording is
/// on.
struct GraphArithmetic {
  Tensor (*add)(const Tensor&, const Tensor&) = nullptr;
  void (*add_into)(const Tensor& target,
                   const Tensor& x) = nullptr;  // target is unique or a leaf's grad
  Tensor (*sum_to)(const Tensor& g, const Dims& sizes) = nullptr;  // the one unbroadcast
  Tensor (*cast)(const Tensor& g, DType dtype) = nullptr;
  Tensor (*clone)(const Tensor& g, const Dims& strides) = nullptr;
  Idle (*both)(const Idle& a, const Idle& b) = nullptr;  // what is idle in the one and the other
};
extern GraphArithmetic graph_arithmetic;

}  // namespace pyad
