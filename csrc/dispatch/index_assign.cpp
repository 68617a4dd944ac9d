// Assignment to an index expression: a write through a view, or, where positions come from data,
// through the result of index_put.
#include "dispatch/index_assign.hpp"

#include "core/interrupt.hpp"
#include "dispatch/inplace.hpp"
#include "dispatch/tangent.hpp"
#include "graph/mode.hpp"
#include "kernels/index.hpp"
#include "kernels/strided.hpp"
#include "ops/shape.hpp"

namespace pyad {

namespace {

constexpr const char* kOp = "index assignment";

/// Whether nobody will ask how the values came about, so that they can be written in place.
bool only_values(const Tensor& x, const Tensor& value) {
  if (duals_possible()) return false;
  if (!mode.grad || !is_floating(x.dtype())) return true;
  const TensorExtra* extra = x.impl()->extra.get();
  return !x.requires_grad() && !value.requires_grad() &&
         !(extra && extra->base.defined() && extra->base.requires_grad());
}

}  // namespace

void index_assign(const Tensor& x, std::span<const IndexItem> items, const Operand& value) {
  IndexTarget t = prepare_index(kOp, x, items);
  check_writable(kOp, t.view);
  Tensor v = value.tensor ? to_dtype(*value.tensor, x.dtype())
                          : scalar_tensor(value.number, x.dtype(), kOp, Door::kWrite);
  v = fit_value(kOp, v, t.sizes());
  if (!t.positions.defined()) {
    write_inplace(kOp, t.view, v);
    return;
  }
  if (!only_values(x, v)) {
    write_inplace(kOp, t.view, call<IndexPut>({t.dim, t.count, false}, t.view, v, t.positions));
    return;
  }
  Tensor rows = v.is_contiguous() && !may_overlap(x, v) ? v : contiguous_clone(v);
  // Checked before the write, since prepare_write already counts as one.
  check_indices(kOp, t.positions, checked_numel(kOp, Dims(t.view.sizes().data() + t.dim, t.count)));
  Whole whole;
  x.impl()->storage->prepare_write(kOp);
  move_rows(kOp, Move::kPut, t.view, t.dim, t.count, t.positions, rows);
}

}  // namespace pyad
