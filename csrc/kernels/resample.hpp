// Banded maps of contiguous arrays (Note [Banded maps]).
#pragma once

#include "core/tensor.hpp"
#include "kernels/bands.hpp"

namespace pyad {

/// Fills `y` with the map of `x`, both floating; their last axes are those of `bands`, the other
/// way round if `transposed`, whatever stands in front counts as planes.
void resample(const Tensor& x, const Bands& bands, bool transposed, const Tensor& y);

}  // namespace pyad
