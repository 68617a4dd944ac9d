// What recorded rules of all normalisations share: rows less their means, over their deviations.
#pragma once

#include "core/tensor.hpp"

namespace pyad {

/// x as recorded ops: `y` is d rstd, where d is x times a constant power of two (undefined: 1) less
/// its mean over `dims` (0 if not `centred`), and rstd is 1 / sqrt(mean d^2 + eps) in its units.
struct Standardized {
  Tensor y, rstd, scale;
  Standardized(const Tensor& x, const Dims& dims, double eps, bool centred = true);
  /// A number in units of x in those of d, or a derivative by d as one by x.
  Tensor scaled(const Tensor& t) const;
};

}  // namespace pyad
