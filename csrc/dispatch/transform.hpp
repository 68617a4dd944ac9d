// What function transforms (`pyad.func.grad`, `vjp`) ask of the engine: arguments of their own, and
// whether a gradient has to be recorded.
#pragma once

#include "core/tensor.hpp"
#include "ops/op.hpp"

namespace pyad {

/// Another handle of `x` for a function to be differentiated by: `x` itself, captured elsewhere,
/// does not count as it. With recording on and a history of `x` it is joined to that; otherwise it
/// is a leaf. It is an example of its own at every open batch level, so that its gradient is one an
/// example.
Tensor fresh_input(const Tensor& x);

/// Says that the transform of `x`, a fresh input, has returned: what others compute cannot be
/// differentiated by it.
void finish_input(const Tensor& x);

/// Whether the graph of `roots`, or of their tangents, ends in leaves other than `inputs`, so that a
/// gradient at `inputs` can be differentiated by something.
bool leads_elsewhere(Inputs roots, Inputs inputs);

/// `y` without the history that leads to arguments of a transform; what it has at levels stays.
Tensor without_history(const Tensor& y);

}  // namespace pyad
