// What recorded rules of all normalisations share: rows less their means, over their deviations.
#pragma once

#include "core/tensor.hpp"

namespace pyad {

/// (x - mean) / sqrt(mean (x - mean)^2 + eps) over `dims` as recorded ops; the mean is 0 if not
/// `centred`.
Tensor standardized(const Tensor& x, const Dims& dims, double eps, bool centred = true);

}  // namespace pyad
