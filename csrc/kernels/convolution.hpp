// Convolution, its transpose and the cotangent of its weight, of up to three dims, on contiguous
// arrays of one floating dtype.
//
// The three are one trilinear form, sum of u[n, o, q] w[o, c, t] x[n, c, q * stride + t * dilation
// - pad], with one of u, w, x left out; each function fills that one.
#pragma once

#include <array>
#include <cstdint>

#include "core/tensor.hpp"

namespace pyad {

/// Sizes of x (n), w (k) and u (o) in space; dims that are not there have size 1.
/// A number for each dim in space.
using Three = std::array<int64_t, 3>;

struct ConvolutionShape {
  int64_t batch = 1;
  int64_t groups = 1;
  int64_t channels = 1;  // of x, in a group
  int64_t filters = 1;   // channels of u, in a group
  Three n = {1, 1, 1};
  Three k = {1, 1, 1};
  Three o = {1, 1, 1};
  Three stride = {1, 1, 1};
  Three dilation = {1, 1, 1};
  Three pad = {0, 0, 0};
};

/// u from x and w; bias has an element for each filter of all groups, or is undefined.
void convolve(const ConvolutionShape& s, const Tensor& x, const Tensor& w, const Tensor& bias,
              const Tensor& u);
/// x from u and w; bias has an element for each channel of all groups, or is undefined.
void convolve_transposed(const ConvolutionShape& s, const Tensor& u, const Tensor& w,
                         const Tensor& bias, const Tensor& x);
/// w from u and x.
void convolve_weight(const ConvolutionShape& s, const Tensor& u, const Tensor& x, const Tensor& w);

}  // namespace pyad
