// Reverse mode on the scalar graph.
#pragma once

#include "scalar/node.hpp"

namespace pyad {

/// Sets the gradient of `root` to `seed` and adds to the gradient of every node below it the
/// derivative of `root` times `seed`.
///
/// Nothing is reset: gradients of an earlier call, those of intermediate nodes too, take part as
/// they stand. Raises Error(kMemory) or Error(kInterrupted) with every gradient as it was.
void scalar_backward(ScalarNode* root, double seed);

}  // namespace pyad
