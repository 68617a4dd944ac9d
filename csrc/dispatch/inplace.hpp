// Writing into existing arrays, with history. See Note [Views and in-place writes].
//
// Note [Views and in-place writes]
// A view remembers its base, the array whose storage it shows. `target.op_(...)` is computed as the
// out-of-place op and then written: the values into the storage (which first moves to a copy if a
// node has saved its buffer), the history into the graph:
//   - target is no view: its node becomes the new value's node (or, if somebody else has the value,
//     a node of its own that copies it);
//   - target is a view: the base gets a node `as_strided_scatter(base, value)`, and
//     Storage::history is raised. Every view of that base, target included, finds on its next use
//     that its node is older than the history and takes `as_strided(base)` as its node instead
//     (Tensor::catch_up). Arrays that are detached from the base share the storage and its count,
//     so a base notes the count at which it was written itself.
// So a write through any alias reaches every other alias, in value and in gradient, and every node
// is an ordinary op that can be differentiated again. Tangents of forward mode follow the same two
// rules. A write outside recording changes values only, as in PyTorch.
#pragma once

#include "core/tensor.hpp"

namespace pyad {

/// Checks that `target` may be written by `op`: not a leaf that requires grad (outside no_grad),
/// not expanded memory, unless one number fills it all.
void check_writable(const char* op, const Tensor& target, bool fills = false);

/// Makes `target` hold `value` (broadcast to its shape, cast to its dtype), history included. A
/// result that nobody but the caller holds lends its node to `target`.
void write_inplace(const char* op, const Tensor& target, const Tensor& value, bool fills = false);

/// As write_inplace, for what an op computed: its dtype must not be of a higher category than the
/// target's (an integer tensor cannot take the result of a division).
void write_result(const char* op, const Tensor& target, const Tensor& value);

/// Sets every element of `target` to a number.
void fill_inplace(const char* op, const Tensor& target, Scalar v);

/// Copies values only; the graph does not learn of it.
void write_values(const char* op, const Tensor& target, const Tensor& value);

/// The other half: `target` holds the elements of `value` already (somebody wrote them unrecorded)
/// and takes over its history and tangents.
void adopt_written(const Tensor& target, const Tensor& value);

/// A handle with the values, history and tangents that `x` has now, whatever is written into it.
Tensor private_handle(const Tensor& x);

/// Gives a view that was overtaken by a write to its base its present history.
void refresh_view(const Tensor& view);

}  // namespace pyad
