// Elementwise rules and Note [Idle elements] (graph/idle.hpp).
#pragma once

#include "graph/idle.hpp"
#include "graph/node.hpp"
#include "ops/elementwise/info.hpp"

namespace pyad {

/// The cotangent `g` of input `i` with zeros where the choice that `exchange` tells of says so, and
/// that handed on. `choice`: of an op that selects, its own; else null.
Tensor settled(IdleExchange& exchange, const Backward& b, int i, Tensor g, const Tensor* choice);
/// What is idle in the one and the other.
Idle idle_in_both(const Idle& a, const Idle& b);

}  // namespace pyad
