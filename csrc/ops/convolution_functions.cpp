// The Python face of convolutions, windows and shuffles.
#include "ops/convolution.hpp"
#include "ops/function.hpp"

namespace pyad {

namespace {

constexpr const char* kConvolution = "transposed convolution of g with weight; of input with g";
constexpr const char* kTransposed = "convolution of g with weight; of g with input";
constexpr const char* kSmooth = "smooth";

template <int RANK>
Answer convolve(Args& a) {
  ConvolutionOptions o{.stride = a.dims(3),
                       .padding = a.dims(4),
                       .dilation = a.dims(5),
                       .output_padding = {},
                       .padding_mode = a.text(4),
                       .groups = a.integer(6)};
  return conv(a.op(), RANK, a.tensor(0), a.tensor(1), a.tensor_or_none(2), o);
}

template <int RANK>
Answer convolve_back(Args& a) {
  ConvolutionOptions o{.stride = a.dims(3),
                       .padding = a.dims(4),
                       .dilation = a.dims(7),
                       .output_padding = a.dims(5),
                       .padding_mode = {},
                       .groups = a.integer(6)};
  return conv_transpose(a.op(), RANK, a.tensor(0), a.tensor(1), a.tensor_or_none(2), o);
}

const Function kRows[] = {
    {"conv1d",
     "input: Tensor, weight: Tensor, bias: Tensor? = None, stride: ints = 1, padding: ints|str = "
     "0, dilation: ints = 1, groups: int = 1",
     R"doc(Convolution over 1 dim (cross-correlation, as in PyTorch).

Args:
  input: (batch, channels, length), the batch being optional.
  weight: (filters, channels / groups, kL).
  bias: (filters,).
  stride: distance of windows.
  padding: zeros on both sides, or 'valid' (none) or 'same' (the result has the input's size).
  dilation: distance of the elements of a window.
  groups: parts of the channels that do not mix.

Returns:
  (batch, filters, length), each size (n + 2 padding - dilation (k - 1) - 1) // stride + 1.

Raises:
  ShapeError: sizes do not fit.
  TypeError: dtypes differ, or are not floating.
  RuntimeError: an option is out of range.)doc",
     Kind::kGeneral, kInModule | in("nn.functional"), convolve<1>, kConvolution, kSmooth},
    {"conv2d",
     "input: Tensor, weight: Tensor, bias: Tensor? = None, stride: ints = 1, padding: ints|str = "
     "0, dilation: ints = 1, groups: int = 1",
     R"doc(Convolution over 2 dims (cross-correlation, as in PyTorch).

Args:
  input: (batch, channels, height, width), the batch being optional.
  weight: (filters, channels / groups, kH, kW).
  bias: (filters,).
  stride: distance of windows.
  padding: zeros on both sides, or 'valid' (none) or 'same' (the result has the input's size).
  dilation: distance of the elements of a window.
  groups: parts of the channels that do not mix.

Returns:
  (batch, filters, height, width), each size (n + 2 padding - dilation (k - 1) - 1) // stride + 1.

Raises:
  ShapeError: sizes do not fit.
  TypeError: dtypes differ, or are not floating.
  RuntimeError: an option is out of range.)doc",
     Kind::kGeneral, kInModule | in("nn.functional"), convolve<2>, kConvolution, kSmooth},
    {"conv3d",
     "input: Tensor, weight: Tensor, bias: Tensor? = None, stride: ints = 1, padding: ints|str = "
     "0, dilation: ints = 1, groups: int = 1",
     R"doc(Convolution over 3 dims (cross-correlation, as in PyTorch).

Args:
  input: (batch, channels, depth, height, width), the batch being optional.
  weight: (filters, channels / groups, kD, kH, kW).
  bias: (filters,).
  stride: distance of windows.
  padding: zeros on both sides, or 'valid' (none) or 'same' (the result has the input's size).
  dilation: distance of the elements of a window.
  groups: parts of the channels that do not mix.

Returns:
  (batch, filters, depth, height, width), each size (n + 2 padding - dilation (k - 1) - 1) //
    stride + 1.

Raises:
  ShapeError: sizes do not fit.
  TypeError: dtypes differ, or are not floating.
  RuntimeError: an option is out of range.)doc",
     Kind::kGeneral, kInModule | in("nn.functional"), convolve<3>, kConvolution, kSmooth},
    {"conv_transpose1d",
     "input: Tensor, weight: Tensor, bias: Tensor? = None, stride: ints = 1, padding: ints = 0, "
     "output_padding: ints = 0, groups: int = 1, dilation: ints = 1",
     R"doc(Transpose of a convolution over 1 dim.

Args:
  input: (batch, channels, length), the batch being optional.
  weight: (channels, filters / groups, kL).
  bias: (filters,).
  stride: as of the convolution.
  padding: as of the convolution: cut from both sides.
  output_padding: added to the end of the result; smaller than stride or dilation.
  groups: parts of the channels that do not mix.
  dilation: as of the convolution.

Returns:
  (batch, filters, length), each size (n - 1) stride - 2 padding + dilation (k - 1) +
    output_padding + 1.

Raises:
  ShapeError: sizes do not fit.
  TypeError: dtypes differ, or are not floating.
  RuntimeError: an option is out of range.)doc",
     Kind::kBilinear, kInModule | in("nn.functional"), convolve_back<1>, kTransposed, kSmooth},
    {"conv_transpose2d",
     "input: Tensor, weight: Tensor, bias: Tensor? = None, stride: ints = 1, padding: ints = 0, "
     "output_padding: ints = 0, groups: int = 1, dilation: ints = 1",
     R"doc(Transpose of a convolution over 2 dims.

Args:
  input: (batch, channels, height, width), the batch being optional.
  weight: (channels, filters / groups, kH, kW).
  bias: (filters,).
  stride: as of the convolution.
  padding: as of the convolution: cut from both sides.
  output_padding: added to the end of the result; smaller than stride or dilation.
  groups: parts of the channels that do not mix.
  dilation: as of the convolution.

Returns:
  (batch, filters, height, width), each size (n - 1) stride - 2 padding + dilation (k - 1) +
    output_padding + 1.

Raises:
  ShapeError: sizes do not fit.
  TypeError: dtypes differ, or are not floating.
  RuntimeError: an option is out of range.)doc",
     Kind::kBilinear, kInModule | in("nn.functional"), convolve_back<2>, kTransposed, kSmooth},
    {"conv_transpose3d",
     "input: Tensor, weight: Tensor, bias: Tensor? = None, stride: ints = 1, padding: ints = 0, "
     "output_padding: ints = 0, groups: int = 1, dilation: ints = 1",
     R"doc(Transpose of a convolution over 3 dims.

Args:
  input: (batch, channels, depth, height, width), the batch being optional.
  weight: (channels, filters / groups, kD, kH, kW).
  bias: (filters,).
  stride: as of the convolution.
  padding: as of the convolution: cut from both sides.
  output_padding: added to the end of the result; smaller than stride or dilation.
  groups: parts of the channels that do not mix.
  dilation: as of the convolution.

Returns:
  (batch, filters, depth, height, width), each size (n - 1) stride - 2 padding + dilation (k - 1)
    + output_padding + 1.

Raises:
  ShapeError: sizes do not fit.
  TypeError: dtypes differ, or are not floating.
  RuntimeError: an option is out of range.)doc",
     Kind::kBilinear, kInModule | in("nn.functional"), convolve_back<3>, kTransposed, kSmooth},
    {"im2col",
     "input: Tensor, kernel_size: ints, dilation: ints = 1, padding: ints = 0, stride: ints = 1",
     R"doc(Windows of images as columns; nn.functional.unfold.

Args:
  input: (N, C, height, width) or (C, height, width).
  kernel_size: of a window.
  dilation: distance of the elements of a window.
  padding: zeros on both sides.
  stride: distance of windows.

Returns:
  (N, C * kH * kW, windows).

Raises:
  ShapeError: no window fits.)doc",
     Kind::kLinear, called("nn.functional.unfold"),
     [](Args& a) -> Answer {
       return im2col(a.tensor(0), a.dims(1), a.dims(2), a.dims(3), a.dims(4));
     },
     "the windows of g added up", kSmooth},
    {"col2im",
     "input: Tensor, output_size: ints, kernel_size: ints, dilation: ints = 1, padding: ints = 0, "
     "stride: ints = 1",
     R"doc(Images as sums of their windows; nn.functional.fold.

Args:
  input: (N, C * kH * kW, windows) or without N.
  output_size: of the images.
  kernel_size: of a window.
  dilation: distance of the elements of a window.
  padding: zeros on both sides.
  stride: distance of windows.

Returns:
  (N, C, height, width).

Raises:
  ShapeError: the number of windows is another.)doc",
     Kind::kLinear, called("nn.functional.fold"),
     [](Args& a) -> Answer {
       return col2im(a.tensor(0), a.dims(1), a.dims(2), a.dims(3), a.dims(4), a.dims(5));
     },
     "the windows of g", kSmooth},
    {"unfold", "input: Tensor, dimension: int, size: int, step: int",
     R"doc(A view of all windows along a dim, in a new last dim.

Args:
  dimension: the dim.
  size: elements of a window.
  step: distance of windows.

Returns:
  The dim has (n - size) // step + 1 windows; the last dim `size` elements.

Raises:
  RuntimeError: the dim is shorter than a window, or step is not positive.)doc",
     Kind::kLinear, kMethod,
     [](Args& a) -> Answer {
       return unfold(a.tensor(0), a.integer(1), a.integer(2), a.integer(3));
     },
     "the windows of g added up", kSmooth},
    {"pixel_shuffle", "input: Tensor, upscale_factor: int",
     R"doc(Channels spread over pixels.

Args:
  upscale_factor: a positive int.

Returns:
  (..., C, H, W) from (..., C r^2, H / r, W / r).

Raises:
  ShapeError: sizes are not divisible.
  RuntimeError: it is not positive.)doc",
     Kind::kComposite, kInModule | in("nn.functional"),
     [](Args& a) -> Answer { return pixel_shuffle(a.tensor(0), a.integer(1)); },
     "the same elements of g, moved back", kSmooth},
    {"pixel_unshuffle", "input: Tensor, downscale_factor: int",
     R"doc(Pixels gathered into channels; the inverse of pixel_shuffle.

Args:
  downscale_factor: a positive int.

Returns:
  (..., C r^2, H / r, W / r) from (..., C, H, W).

Raises:
  ShapeError: sizes are not divisible.
  RuntimeError: it is not positive.)doc",
     Kind::kComposite, kInModule | in("nn.functional"),
     [](Args& a) -> Answer { return pixel_unshuffle(a.tensor(0), a.integer(1)); },
     "the same elements of g, moved back", kSmooth},
    {"channel_shuffle", "input: Tensor, groups: int",
     R"doc(Channels (g, k) in the order (k, g).

Args:
  groups: a positive int.

Returns:
  The input's shape (N, C, ...).

Raises:
  ShapeError: sizes are not divisible.
  RuntimeError: it is not positive.)doc",
     Kind::kComposite, kInModule | in("nn.functional"),
     [](Args& a) -> Answer { return channel_shuffle(a.tensor(0), a.integer(1)); },
     "the same elements of g, moved back", kSmooth},
};

const Rows rows(kRows);

}  // namespace

}  // namespace pyad
