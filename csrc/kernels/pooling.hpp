// Maximum pooling of contiguous arrays, and the moves that belong to its derivatives: elements
// picked from planes, and added into planes, at given places.
#pragma once

#include "core/tensor.hpp"
#include "kernels/bands.hpp"

namespace pyad {

/// Fills `y`, and `places` (int32; or undefined) with the places of the largest elements in their
/// planes; the last axes are those of `windows`, none of which is empty.
void max_pool_planes(const Tensor& x, const Bands& windows, const Tensor& y, const Tensor& places);
/// y[p][k] = x[p][places[p][k]] for `planes` planes; places (int32 or int64) must be in range.
void pick_from_planes(const Tensor& x, const Tensor& places, int64_t planes, const Tensor& y);
/// y[p][places[p][k]] += x[p][k], y zero before.
void add_into_planes(const Tensor& x, const Tensor& places, int64_t planes, const Tensor& y);

}  // namespace pyad
