// Cumulative ops on contiguous arrays along any dim.
#pragma once

#include "core/tensor.hpp"
#include "kernels/reduce.hpp"

namespace pyad {

/// Running sums (products) of contiguous `x` (int64, float32 or float64) along `dim`, from the end
/// when `reverse`.
Tensor scan_sum(const Tensor& x, int dim, bool reverse);
Tensor scan_prod(const Tensor& x, int dim, bool reverse);
/// Running extremes and their places (the last of equals, as in PyTorch); a NaN stays.
ValuesAndPlaces scan_arg(bool largest, const Tensor& x, int dim);
/// log(cumsum(exp(x))) of a floating array.
Tensor scan_logsumexp(const Tensor& x, int dim);

}  // namespace pyad
