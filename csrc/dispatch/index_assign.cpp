// Assignment to an index expression: a write through a view, or, where positions come from data,
// through the result of index_put.
#include "dispatch/index_assign.hpp"

#include "core/interrupt.hpp"
#include "dispatch/inplace.hpp"
#include "dispatch/tangent.hpp"
#include "graph/mode.hpp"
#include "kernels/index.hpp"
#include "kernels/strided.hpp"
#include "ops/functions.hpp"
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

/// Whether the index is one mask.
bool is_mask(std::span<const IndexItem> items) {
  if (items.size() != 1 || items[0].is != IndexItem::Is::kTensor) return false;
  const Tensor& mask = items[0].tensor;
  return mask.dtype() == DType::kBool && mask.dim() > 0;
}

}  // namespace

void index_assign(const Tensor& x, std::span<const IndexItem> items, const Operand& value) {
  IndexTarget t = prepare_index(kOp, x, items);
  check_writable(kOp, t.view);
  const bool fills = value.tensor && value.tensor->dim() == 0 && is_mask(items);
  Tensor v = fills          ? filling(kOp, *value.tensor, x.dtype())
             : value.tensor ? to_dtype(*value.tensor, x.dtype())
                            : scalar_tensor(value.number, x.dtype(), kOp, Door::kWrite);
  if (v.dim() == 0 && is_mask(items) && !only_values(x, v)) {
    // As masked_fill: the rules of `where` know what was not taken (Note [Idle elements]).
    Tensor mask = items[0].tensor;
    Dims sizes = mask.sizes();
    while (static_cast<int>(sizes.size()) < x.dim()) sizes.push_back(1);
    write_inplace(kOp, x, where(reshape(mask, sizes), v, x));
    return;
  }
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
