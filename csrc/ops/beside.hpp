// Results of layers lie in rows, or, as PyTorch's, with their channels last where those of the
// input do: Note [Layouts of results] in core/layout.hpp.
#pragma once

#include "core/layout.hpp"

namespace pyad {

/// `y`, in rows, or a copy of it with its channels last if those of `x` are. Values only: for the
/// forward of an op.
Tensor values_beside(const Tensor& x, const Tensor& y);
/// The same, but channels of a dense `x` lie last if they can be seen so, whatever the strides of
/// dims of size one say: as PyTorch's batch_norm does it.
Tensor dense_beside(const Tensor& x, const Tensor& y);
/// `values_beside` for a result of other ops, which is recorded; never `x` itself or a view of it.
Tensor copy_beside(const Tensor& x, const Tensor& y);

/// `values_beside` for (N, C, L) taken for images of one line, as poolings over one dim do.
Tensor lines_beside(const Tensor& x, const Tensor& y);

}  // namespace pyad
