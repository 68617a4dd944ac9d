// See Note [Idle elements] in graph/idle.hpp.
#include "dispatch/idle.hpp"

#include "dispatch/tangent.hpp"
#include "ops/functions.hpp"
#include "ops/shape.hpp"

namespace pyad {

namespace {

bool has_nan(const Tensor& g_any) {
  const Tensor& g = read_values(g_any);
  if (!g.impl()->contiguous || is_stored(g.dtype())) return true;  // as far as is known
  return visit_floating("backward", g.dtype(), [&]<class T>(std::type_identity<T>) {
    const T* p = g.data<T>();
    bool found = false;
    for (int64_t i = 0; i < g.numel(); ++i) found |= p[i] != p[i];
    return found;
  });
}

Tensor idle_mask(const Idle& x) {
  return x.at_zero ? eq(detach(x.choice), 0) : ne(detach(x.choice), 0);
}

/// What is idle in the one or the other.
Idle idle_in_either(const Idle& a, const Idle& b) {
  if (!a.choice.defined()) return b;
  GradModeGuard off(false);
  return {logical_or(idle_mask(a), idle_mask(b)), false};
}

}  // namespace

Idle idle_in_both(const Idle& a, const Idle& b) {
  if (!a.choice.defined() || !b.choice.defined()) return {};
  if (a.choice.impl() == b.choice.impl()) return a.at_zero == b.at_zero ? a : Idle{};
  GradModeGuard off(false);
  return {logical_and(idle_mask(a), idle_mask(b)), false};
}

Tensor settled(IdleExchange& exchange, const Backward& b, int i, Tensor g, const Tensor* choice) {
  Idle idle = exchange.of_result;
  const InputSlot& input = b.node().inputs()[i];
  // A leaf takes the cotangent as it is.
  const bool hand_on = !input.edge.node->is_accumulator() && input.sizes == g.sizes();
  if (choice) {
    if (!hand_on || i == 0) return g;
    Idle own{choice->sizes() == g.sizes() ? *choice : expand(detach(*choice), g.sizes()), i == 1};
    idle = idle_in_either(idle, own);
  } else {
    if (!idle.choice.defined()) return g;
    if (mode.grad || duals_possible() || has_nan(peek(g)))
      g = idle.at_zero ? where(idle.choice, g, 0.0) : where(idle.choice, 0.0, g);
    if (!hand_on || idle.choice.sizes() != g.sizes()) return g;
  }
  exchange.of_inputs[i] = std::move(idle);
  exchange.given = true;
  return g;
}

}  // namespace pyad
