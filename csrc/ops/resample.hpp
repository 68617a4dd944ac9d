// Resampling: interpolation of grids, and the op that it shares with average pooling.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "core/tensor.hpp"
#include "kernels/bands.hpp"
#include "ops/op.hpp"

namespace pyad {

/// A banded map of the last `axes` dims, or its transpose (Note [Banded maps]); all else is planes.
template <OpName NAME>
struct Banded : Linear<NAME> {
  static constexpr bool leading_free = true;
  struct Attr {
    SharedBands bands;
    Dims sizes;  // of the last dims of the result
    bool transposed;
  };
  static Tensor forward(const Attr& attr, Inputs in);
  static Tensor transpose(const Attr& attr, Rule& b, int i);
};
using Interpolate = Banded<"interpolate">;
using AvgPool = Banded<"avg_pool">;

/// A grid (N, C, ...) of one to three spatial dims brought to `size`, or to its own size times
/// `scale` (one of the two is empty; one number stands for all dims). `mode` as in
/// torch.nn.functional.interpolate.
struct InterpolateOptions {
  Dims size;
  std::vector<double> scale;
  std::string_view mode = "nearest";
  std::optional<bool> align_corners;
  bool recompute_scale = false;
  bool antialias = false;  // weights over all elements that a result stands for
};
Tensor interpolate(const char* op, const Tensor& x, const InterpolateOptions& options);

}  // namespace pyad
