// Which elements of a cotangent are zero because a selection did not take them.
//
// Note [Idle elements]
// `where(x > 0, sqrt(x), 0)` does not depend on sqrt(x) where x < 0, yet the derivative there is
// NaN or infinite, and zero times it would spoil the gradients of all that leads there. A zero
// alone does not tell: that of cos(sqrt(x)) at 0 meets the infinite slope of the root too, and
// there NaN is the honest answer. So a sweep knows, beside the cotangent that a selection gave,
// which choice it was. Elementwise rules on the way put zeros there, and hand the choice on to
// operands of the same shape. Where two ways meet, what is idle on both is idle. Anything else (a
// reduction, a change of shape, a hook) gets the zeros and forgets why. With create_graph the zeros
// come from a recorded `where`, so that the same holds at every order.
#pragma once

#include "core/tensor.hpp"

namespace pyad {

/// Elements where `choice` is zero (or where it is not) do not matter; undefined: all of them do.
struct Idle {
  Tensor choice;
  bool at_zero = true;
};

/// What a sweep and an elementwise rule say to each other about it: `mode.idle`.
struct IdleExchange {
  Idle of_result;     // of the cotangent that the rule gets
  Idle of_inputs[3];  // of those that it gives
  bool given = false;
};
}  // namespace pyad
