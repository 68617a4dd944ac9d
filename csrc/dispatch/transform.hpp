// What function transforms (`pyad.func.grad`, `vjp`) ask of the engine: arguments of their own, and
// whether a gradient has to be recorded.
#pragma once

#include <cstdint>

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

// Note [Hooks and transforms]
// One graph serves all transforms, so a sweep of an outer one runs through what an inner one
// recorded, which has a gradient of its own behind it. A hook on a tensor that is computed from the
// inner one's arguments belongs to it: it is called by sweeps of its transform (and by those that the
// function itself begins), not by those of outer ones. Hence a transform is open while its function
// runs and while gradients are taken of it, by the number it was opened with.
//
/// Opens a transform on this thread around a run of its function with these inputs, and numbers it.
int64_t open_transform(Inputs inputs);
/// Opens it again, for a sweep.
void reopen_transform(int64_t number);
/// Closes the innermost one.
void close_transform();
bool is_open_transform(int64_t number);
/// Whether the function of a transform, `vmap` included, is running: `.grad` is out of its reach.
bool inside_transform();
/// The innermost transform whose inputs `x` is computed from; 0: none.
int64_t transform_of(const Tensor& x);
int64_t transform_of(Node& node);

/// `y` without the history that leads to arguments of a transform; what it has at levels stays.
Tensor without_history(const Tensor& y);

}  // namespace pyad
