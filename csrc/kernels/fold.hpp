// Windows cut out of arrays and added back: im2col, col2im, and the transpose of a sliding view.
// All on contiguous arrays of one floating dtype.
#pragma once

#include <cstdint>

#include "core/tensor.hpp"
#include "kernels/convolution.hpp"

namespace pyad {

/// columns (N, C * taps, windows) from x (N, C, H, W); the shape's groups are 1, its windows lie in
/// its last two dims.
void unfold_columns(const ConvolutionShape& s, const Tensor& x, const Tensor& columns);
/// The transpose: x is the sum of its windows.
void fold_columns(const ConvolutionShape& s, const Tensor& columns, const Tensor& x);
/// y[o, w * step + j, i] += g[o, w, i, j] from y = 0, for g of (outer, windows, inner, size) and y
/// of (outer, n, inner).
void add_windows(const Tensor& g, int64_t outer, int64_t windows, int64_t inner, int64_t size,
                 int64_t step, int64_t n, const Tensor& y);

}  // namespace pyad
