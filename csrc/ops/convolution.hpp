// Convolutions and what cuts arrays into windows: unfold, fold, sliding views, shuffles of channels
// and pixels.
//
// Note [One trilinear form]
// A convolution, its transpose and the cotangent of its weight are the three maps of one form
// T(u, w, x) = <u, conv(x, w)> (kernels/convolution.hpp), each bilinear in the two it takes. The
// derivative of any of them is another of them, so the family is closed under differentiation to
// any order, and they share one attribute: the sizes of all three.
#pragma once

#include <string_view>

#include "core/tensor.hpp"
#include "kernels/convolution.hpp"
#include "ops/op.hpp"

namespace pyad {

struct ConvolutionAttr {
  ConvolutionShape shape;
  int rank;  // number of dims in space
};

/// u = conv(x, w).
struct Convolution : Bilinear<"convolution"> {
  using Attr = ConvolutionAttr;
  static Tensor batch(const Attr& attr, const Examples& in);
  static Tensor forward(const Attr& attr, Inputs in);
  static Tensor transpose(const Attr& attr, Rule& b, int i, const Tensor& other);
};
/// x from u and w.
struct ConvolutionTranspose : Bilinear<"conv_transpose"> {
  using Attr = ConvolutionAttr;
  static Tensor batch(const Attr& attr, const Examples& in);
  static Tensor forward(const Attr& attr, Inputs in);
  static Tensor transpose(const Attr& attr, Rule& b, int i, const Tensor& other);
};
/// w from u and x.
struct ConvolutionWeight : Bilinear<"convolution_weight"> {
  using Attr = ConvolutionAttr;
  static Tensor batch(const Attr& attr, const Examples& in);
  static Tensor forward(const Attr& attr, Inputs in);
  static Tensor transpose(const Attr& attr, Rule& b, int i, const Tensor& other);
};
/// The first or the second, with a number added to each channel.
struct BiasedConvolution : General<"convolution", 3> {
  static constexpr unsigned save = save_in(0) | save_in(1);
  struct Attr {
    ConvolutionAttr of;
    bool transposed;
  };
  static Tensor batch(const Attr& attr, const Examples& in);
  static Tensor forward(const Attr& attr, Inputs in);
  static void vjp(const Attr& attr, Rule& b);
  static Tensor jvp(const Attr& attr, Tangents& t);
};

/// (N, C, H, W) to (N, C * taps, windows); `shape` with groups = 1 says which windows.
struct Unfold : Linear<"im2col"> {
  using Attr = ConvolutionShape;
  static Tensor batch(const Attr& attr, const Examples& in);
  static Tensor forward(const Attr& attr, Inputs in);
  static Tensor transpose(const Attr& attr, Rule& b, int i);
};
/// The sums of windows: the transpose of Unfold.
struct Fold : Linear<"col2im"> {
  using Attr = ConvolutionShape;
  static Tensor batch(const Attr& attr, const Examples& in);
  static Tensor forward(const Attr& attr, Inputs in);
  static Tensor transpose(const Attr& attr, Rule& b, int i);
};

/// Windows of `size` elements along a dim, `step` apart, in a new last dim.
struct Slide : Linear<"unfold"> {
  static constexpr bool view = true;
  struct Attr {
    Axis dim;
    int64_t size, step;
  };
  static Tensor forward(const Attr& attr, Inputs in);
  static Tensor transpose(const Attr& attr, Rule& b, int i);
};
/// Adds windows into a dim of n elements.
struct SlideTranspose : Linear<"unfold_backward"> {
  struct Attr {
    Slide::Attr windows;
    int64_t n;
  };
  static Tensor forward(const Attr& attr, Inputs in);
  static Tensor transpose(const Attr& attr, Rule& b, int i);
};

/// torch.conv1d, 2d, 3d by `rank`; options have one element or one a dim. `padding_mode` is empty
/// (`padding` counts), "same" or "valid".
struct ConvolutionOptions {
  Dims stride, padding, dilation, output_padding;
  std::string_view padding_mode;
  int64_t groups = 1;
};
Tensor conv(const char* op, int rank, const Tensor& x, const Tensor& w, const Tensor& bias,
            const ConvolutionOptions& options);
Tensor conv_transpose(const char* op, int rank, const Tensor& x, const Tensor& w,
                      const Tensor& bias, const ConvolutionOptions& options);

/// nn.functional.unfold and fold; x of (C, H, W) or (N, C, H, W), columns of two or three dims.
Tensor im2col(const Tensor& x, const Dims& kernel, const Dims& dilation, const Dims& padding,
              const Dims& stride);
Tensor col2im(const Tensor& columns, const Dims& output, const Dims& kernel, const Dims& dilation,
              const Dims& padding, const Dims& stride);
/// Tensor.unfold.
Tensor unfold(const Tensor& x, int64_t dim, int64_t size, int64_t step);
Tensor pixel_shuffle(const Tensor& x, int64_t factor);
Tensor pixel_unshuffle(const Tensor& x, int64_t factor);
Tensor channel_shuffle(const Tensor& x, int64_t groups);

}  // namespace pyad
