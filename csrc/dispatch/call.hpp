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

/// Marks `y` as a view of `x`, if it shows the memory of `x` (Note [Views and in-place writes]).
void set_base(const Tensor& y, const Tensor& x);

}  // namespace pyad
