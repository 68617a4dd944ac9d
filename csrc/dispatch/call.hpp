// What else makes nodes of ops: writes, whose op did not run as such.
#pragma once

#include "ops/op.hpp"

namespace pyad {

/// The node of an op on `in`; `out` may be empty when the op saves no output.
Ref<Node> record_op(const OpInfo& op, const void* attr, Inputs in, const Tensors& out,
                    int n_outputs);
template <class Op>
Ref<Node> record_op(const typename Op::Attr& attr, Inputs in) {
  return record_op(op_info<Op>(), &attr, in, {}, 1);
}

/// Marks `y` as a view of `x`, if it shows the memory of `x` (Note [Views and in-place writes]).
void set_base(const Tensor& y, const Tensor& x);

}  // namespace pyad
