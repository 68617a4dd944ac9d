// softmax and log_softmax of contiguous arrays, along any dim: the way from an array to the loops
// of isa/softmax.cpp.
#pragma once

#include "core/tensor.hpp"

namespace pyad {

/// Normalised exponentials of contiguous `x` (float32 or float64) along `dim`, or their logarithms.
Tensor softmax_forward(const Tensor& x, int dim, bool log);
/// logsumexp of x over `dims`; see Note [Sums beyond one].
Tensor logsumexp_forward(const Tensor& x, const Dims& dims, bool keepdim);
/// The cotangent of x from contiguous g and result y.
Tensor softmax_pull(const Tensor& g, const Tensor& y, int dim, bool log);

}  // namespace pyad
