// What else makes nodes of ops: writes, whose op did not run as such.
#pragma once

#include "ops/op.hpp"

namespace pyad {

/// The node of an op with one result, of which it saves nothing, on `in`.
Ref<Node> record_op(const OpInfo& op, const void* attr, Inputs in);
template <class Op>
Ref<Node> record_op(const typename Op::Attr& attr, Inputs in) {
  return record_op(op_info<Op>(), &attr, in);
}

/// A node that stands for no recorded call: it knows the sizes of the inputs, leads nowhere and has
/// kept nothing yet.
Ref<Node> lone_node(const OpInfo& op, const void* attr, Inputs in, int n_outputs);
Saved* saved_of(Node& node);
/// The tangents of a general op's outputs by the transpose of its vjp.
Tensors push_by_transpose(const OpInfo& op, const void* attr, const Tangents& t, Inputs in,
                          const Tensors& out);

/// Marks `y` as a view of `x`, if it shows the memory of `x` (Note [Views and in-place writes]).
void set_base(const Tensor& y, const Tensor& x);

}  // namespace pyad
