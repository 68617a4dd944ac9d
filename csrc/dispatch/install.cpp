// The ops behind the graph's own needs.
#include "dispatch/install.hpp"

#include "dispatch/elementwise.hpp"
#include "dispatch/idle.hpp"
#include "dispatch/inplace.hpp"
#include "dispatch/writes.hpp"
#include "graph/node.hpp"
#include "kernels/strided.hpp"
#include "ops/functions.hpp"
#include "ops/reduce.hpp"
#include "ops/shape.hpp"

namespace pyad {

namespace {

constexpr int64_t kSmall = 4096;  // elements up to which a sum is too short to be interrupted

/// target += x, values only; without a temporary when the target's memory is its own.
void add_into(const Tensor& target, const Tensor& x) {
  static const ElementwiseInfo& op = *find_elementwise("add");
  const TensorImpl &p = *target.impl(), &q = *x.impl();
  Storage& storage = *p.storage;
  // What `elementwise_in_place` would find out of nearly every gradient, at a third of its price.
  if (p.row_major && p.numel <= kSmall && p.dtype == q.dtype && !is_stored(p.dtype) &&
      target.sizes() == x.sizes() && q.storage.get() != &storage && storage.buffer->count == 1) {
    const Running now;
    if (now.logged()) [[unlikely]] {
      const Operand in[] = {target, x};
      describe(now, op, in, nullptr, p.dtype, target);
    }
    storage.prepare_write("backward");
    const LoopOperand operands[] = {{target.bytes(), &target}, {x.bytes(), &x}};
    run_elementwise(op.kernels.forward[static_cast<int>(p.dtype)], operands, 2, item_size(p.dtype),
                    target, nullptr, op.cost);
    now.gave(target);
    return;
  }
  GradModeGuard off(false);
  const Operand in[] = {target, x};
  if (!elementwise_in_place(op, in, target))
    write_values("backward", target, add(detach(target), x));
}

Tensor cast(const Tensor& g, DType dtype) { return to_dtype(g, dtype); }
Tensor add_tensors(const Tensor& a, const Tensor& b) { return add(a, b); }

}  // namespace

void install_engine() {
  graph_arithmetic.add = add_tensors;
  graph_arithmetic.add_into = add_into;
  graph_arithmetic.sum_to = sum_to;
  graph_arithmetic.cast = cast;
  graph_arithmetic.clone = clone_with;
  graph_arithmetic.both = idle_in_both;
  refresh_view_hook = refresh_view;
  fill_hook = fill_values;
  basic_runs = {describe_filled, describe_copied};
}

}  // namespace pyad
