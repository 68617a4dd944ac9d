// The node of a recorded op: what its record says of it, and behind it, in one block, input slots,
// saved values and what the rule needs of the attributes.
#pragma once

#include <algorithm>
#include <bit>

#include "core/pool.hpp"
#include "graph/node.hpp"
#include "ops/op.hpp"

namespace pyad {

class OpNode final : public Node {
 public:
  /// `mask` says which values will be kept: of an elementwise op a, b, c, y; else as OpInfo::save.
  [[gnu::always_inline]] static inline OpNode* make(const OpInfo& op, const void* kept,
                                                    unsigned mask, int n_inputs, int n_outputs) {
    const int n_saved = std::popcount(mask);
    return new (pool_alloc(block_size(op, n_inputs, n_saved)))
        OpNode(op, kept, mask, n_saved, n_inputs, n_outputs);
  }
  ~OpNode() override {
    for (int i = 0; i < n_inputs(); ++i) slots()[i].~InputSlot();
    for (int i = 0; i < n_saved_; ++i) saved()[i].~Saved();
    if (op_.kept.destroy) op_.kept.destroy(attr());
  }
  static void operator delete(OpNode* p, std::destroying_delete_t) noexcept {
    const size_t bytes = block_size(p->op_, p->n_inputs(), p->n_saved_);
    p->~OpNode();
    pool_free(p, bytes);
  }

  const char* name() const override { return op_.name; }
  bool has_saved() const override { return n_saved_ > 0; }
  void release_saved() noexcept override {
    for (int i = 0; i < n_saved_; ++i) saved()[i].drop();
  }
  void backward(Backward& b) override {
    op_.is_elementwise() ? elementwise_backward(b) : rule_backward(b);
  }
  bool has_square() const override { return n_outputs() == 2 && may_have_square(); }
  Tensor fold_square(const Tensor* grads) override {
    return op_.is_elementwise() ? elementwise_square(grads) : rule_square(grads);
  }
  int n_shown() const override {
    const int differentiable = std::bit_width(op_.diff_outputs);
    return std::min(differentiable, Node::n_shown());
  }

  const OpInfo& op() const { return op_; }
  unsigned mask() const { return mask_; }
  InputSlot* slots() { return reinterpret_cast<InputSlot*>(this + 1); }
  Saved* saved() { return reinterpret_cast<Saved*>(slots() + n_inputs()); }
  /// What it keeps of the attributes: of an elementwise op its parameters.
  void* attr() { return saved() + n_saved_; }

 private:
  [[gnu::always_inline]] inline OpNode(const OpInfo& op, const void* kept, unsigned mask,
                                       int n_saved, int n_inputs, int n_outputs)
      : Node(n_inputs, n_outputs, nullptr), op_(op), mask_(mask), n_saved_(n_saved) {
    for (int i = 0; i < n_inputs; ++i) new (slots() + i) InputSlot;
    set_inputs(slots(), n_inputs);
    for (int i = 0; i < n_saved; ++i) new (saved() + i) Saved;
    op.kept.copy_to(attr(), kept);
  }
  static size_t block_size(const OpInfo& op, int n_inputs, int n_saved) {
    return sizeof(OpNode) + sizeof(InputSlot) * static_cast<size_t>(n_inputs) +
           sizeof(Saved) * static_cast<size_t>(n_saved) + op.kept.size;
  }
  bool may_have_square() const;
  void rule_backward(Backward& b);
  Tensor rule_square(const Tensor* grads);
  // Of elementwise ops: elementwise_rule.cpp.
  void elementwise_backward(Backward& b);
  Tensor elementwise_square(const Tensor* grads);

  const OpInfo& op_;
  unsigned mask_;
  int n_saved_;
};
static_assert(sizeof(OpNode) % alignof(InputSlot) == 0 && alignof(Saved) <= alignof(InputSlot));

}  // namespace pyad
