// Assignment to an index expression: a write through a view, or, where positions come from data,
// through the result of index_put.
#include "dispatch/index_assign.hpp"

#include "core/interrupt.hpp"
#include "dispatch/inplace.hpp"
#include "dispatch/tangent.hpp"
#include "dispatch/writes.hpp"
#include "graph/mode.hpp"
#include "kernels/index.hpp"
#include "kernels/strided.hpp"
#include "ops/functions.hpp"
#include "ops/shape.hpp"

namespace pyad {

namespace {

constexpr const char* kOp = "index assignment";

/// Whether nobody will ask how the values came about, so that they can be written in place. `value`
/// may be undefined: a number.
bool only_values(const Tensor& x, const Tensor& value) {
  if (levels_possible()) return false;
  if (!mode.grad || !is_floating(x.dtype())) return true;
  const TensorExtra* extra = x.impl()->extra.get();
  return !x.requires_grad() && !(value.defined() && value.requires_grad()) &&
         !(extra && extra->base.defined() && extra->base.requires_grad());
}

/// The mask, if it is the only tensor of the index; null otherwise.
const Tensor* only_mask(std::span<const IndexItem> items) {
  const Tensor* found = nullptr;
  for (const IndexItem& item : items) {
    if (item.is != IndexItem::Is::kTensor) continue;
    const DType t = item.tensor.dtype();
    const bool mask = (t == DType::kBool || t == DType::kUInt8) && item.tensor.dim() > 0;
    if (found || !mask) return nullptr;
    found = &item.tensor;
  }
  return found;
}

/// The value in the dtype of the target; one that fills what a mask chooses is held to the rules for
/// numbers.
Tensor as_elements(const Operand& value, DType dtype, bool fills) {
  if (!value.tensor) return scalar_tensor(value.number, dtype, kOp, Door::kWrite);
  return fills ? filling(kOp, *value.tensor, dtype) : to_dtype(*value.tensor, dtype);
}

/// As masked_fill: the rules of `where` know what was not taken (Note [Idle elements]).
void fill_masked(const Tensor& x, const Tensor& mask, const Tensor& v) {
  Dims sizes = mask.sizes();
  while (static_cast<int>(sizes.size()) < x.dim()) sizes.push_back(1);
  write_inplace(kOp, x, where(reshape(to_dtype(mask, DType::kBool), sizes), v, x));
}

}  // namespace

void index_assign(const Tensor& x, std::span<const IndexItem> items, const Operand& value) {
  const Tensor* mask = only_mask(items);
  const bool one = !value.tensor || value.tensor->numel() == 1;
  const bool number = !value.tensor || value.tensor->dim() == 0;
  if (mask && number && items.size() == 1 &&
      !only_values(x, value.tensor ? *value.tensor : Tensor())) {
    check_mask(kOp, x.sizes(), *mask);  // positions are not asked for
    check_writable(kOp, x);
    fill_masked(x, *mask, as_elements(value, x.dtype(), true));
    return;
  }
  IndexTarget t = prepare_index(kOp, x, items);
  check_writable(kOp, t.view);
  Tensor v = as_elements(value, x.dtype(), mask && one);
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
  const Tensor in[] = {t.view, t.positions, rows};
  run_plain<PutRows>({kOp, t.dim, t.count}, in);
}

}  // namespace pyad
