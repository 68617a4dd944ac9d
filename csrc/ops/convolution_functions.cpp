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
     "Convolution over 1 dim (cross-correlation, as in PyTorch).\n\nArgs:\n  input: (batch, "
     "channels, length), the batch being optional.\n  weight: (filters, channels / groups, kL).\n  "
     "bias: (filters,).\n  stride: distance of windows.\n  padding: zeros on both sides, or "
     "'valid' (none) or 'same' (the result has the input's size).\n  dilation: distance of the "
     "elements of a window.\n  groups: parts of the channels that do not mix.\nReturns:\n  (batch, "
     "filters, length), each size (n + 2 padding - dilation (k - 1) - 1) // stride + 1.\nRaises:\n "
     " ShapeError: sizes do not fit.\n  TypeError: dtypes differ, or are not floating.\n  "
     "RuntimeError: an option is out of range.",
     Kind::kBilinear, kInModule | in("nn.functional"), convolve<1>, kConvolution, kSmooth},
    {"conv2d",
     "input: Tensor, weight: Tensor, bias: Tensor? = None, stride: ints = 1, padding: ints|str = "
     "0, dilation: ints = 1, groups: int = 1",
     "Convolution over 2 dims (cross-correlation, as in PyTorch).\n\nArgs:\n  input: (batch, "
     "channels, height, width), the batch being optional.\n  weight: (filters, channels / groups, "
     "kH, kW).\n  bias: (filters,).\n  stride: distance of windows.\n  padding: zeros on both "
     "sides, or 'valid' (none) or 'same' (the result has the input's size).\n  dilation: distance "
     "of the elements of a window.\n  groups: parts of the channels that do not mix.\nReturns:\n  "
     "(batch, filters, height, width), each size (n + 2 padding - dilation (k - 1) - 1) // stride "
     "+ 1.\nRaises:\n  ShapeError: sizes do not fit.\n  TypeError: dtypes differ, or are not "
     "floating.\n  RuntimeError: an option is out of range.",
     Kind::kBilinear, kInModule | in("nn.functional"), convolve<2>, kConvolution, kSmooth},
    {"conv3d",
     "input: Tensor, weight: Tensor, bias: Tensor? = None, stride: ints = 1, padding: ints|str = "
     "0, dilation: ints = 1, groups: int = 1",
     "Convolution over 3 dims (cross-correlation, as in PyTorch).\n\nArgs:\n  input: (batch, "
     "channels, depth, height, width), the batch being optional.\n  weight: (filters, channels / "
     "groups, kD, kH, kW).\n  bias: (filters,).\n  stride: distance of windows.\n  padding: zeros "
     "on both sides, or 'valid' (none) or 'same' (the result has the input's size).\n  dilation: "
     "distance of the elements of a window.\n  groups: parts of the channels that do not "
     "mix.\nReturns:\n  (batch, filters, depth, height, width), each size (n + 2 padding - "
     "dilation (k - 1) - 1) // stride + 1.\nRaises:\n  ShapeError: sizes do not fit.\n  TypeError: "
     "dtypes differ, or are not floating.\n  RuntimeError: an option is out of range.",
     Kind::kBilinear, kInModule | in("nn.functional"), convolve<3>, kConvolution, kSmooth},
    {"conv_transpose1d",
     "input: Tensor, weight: Tensor, bias: Tensor? = None, stride: ints = 1, padding: ints = 0, "
     "output_padding: ints = 0, groups: int = 1, dilation: ints = 1",
     "Transpose of a convolution over 1 dim.\n\nArgs:\n  input: (batch, channels, length), the "
     "batch being optional.\n  weight: (channels, filters / groups, kL).\n  bias: (filters,).\n  "
     "stride: as of the convolution.\n  padding: as of the convolution: cut from both sides.\n  "
     "output_padding: added to the end of the result; smaller than stride or dilation.\n  groups: "
     "parts of the channels that do not mix.\n  dilation: as of the convolution.\nReturns:\n  "
     "(batch, filters, length), each size (n - 1) stride - 2 padding + dilation (k - 1) + "
     "output_padding + 1.\nRaises:\n  ShapeError: sizes do not fit.\n  TypeError: dtypes differ, "
     "or are not floating.\n  RuntimeError: an option is out of range.",
     Kind::kBilinear, kInModule | in("nn.functional"), convolve_back<1>, kTransposed, kSmooth},
    {"conv_transpose2d",
     "input: Tensor, weight: Tensor, bias: Tensor? = None, stride: ints = 1, padding: ints = 0, "
     "output_padding: ints = 0, groups: int = 1, dilation: ints = 1",
     "Transpose of a convolution over 2 dims.\n\nArgs:\n  input: (batch, channels, height, width), "
     "the batch being optional.\n  weight: (channels, filters / groups, kH, kW).\n  bias: "
     "(filters,).\n  stride: as of the convolution.\n  padding: as of the convolution: cut from "
     "both sides.\n  output_padding: added to the end of the result; smaller than stride or "
     "dilation.\n  groups: parts of the channels that do not mix.\n  dilation: as of the "
     "convolution.\nReturns:\n  (batch, filters, height, width), each size (n - 1) stride - 2 "
     "padding + dilation (k - 1) + output_padding + 1.\nRaises:\n  ShapeError: sizes do not fit.\n "
     " TypeError: dtypes differ, or are not floating.\n  RuntimeError: an option is out of range.",
     Kind::kBilinear, kInModule | in("nn.functional"), convolve_back<2>, kTransposed, kSmooth},
    {"conv_transpose3d",
     "input: Tensor, weight: Tensor, bias: Tensor? = None, stride: ints = 1, padding: ints = 0, "
     "output_padding: ints = 0, groups: int = 1, dilation: ints = 1",
     "Transpose of a convolution over 3 dims.\n\nArgs:\n  input: (batch, channels, depth, height, "
     "width), the batch being optional.\n  weight: (channels, filters / groups, kD, kH, kW).\n  "
     "bias: (filters,).\n  stride: as of the convolution.\n  padding: as of the convolution: cut "
     "from both sides.\n  output_padding: added to the end of the result; smaller than stride or "
     "dilation.\n  groups: parts of the channels that do not mix.\n  dilation: as of the "
     "convolution.\nReturns:\n  (batch, filters, depth, height, width), each size (n - 1) stride - "
     "2 padding + dilation (k - 1) + output_padding + 1.\nRaises:\n  ShapeError: sizes do not "
     "fit.\n  TypeError: dtypes differ, or are not floating.\n  RuntimeError: an option is out of "
     "range.",
     Kind::kBilinear, kInModule | in("nn.functional"), convolve_back<3>, kTransposed, kSmooth},
    {"im2col",
     "input: Tensor, kernel_size: ints, dilation: ints = 1, padding: ints = 0, stride: ints = 1",
     "Windows of images as columns; nn.functional.unfold.\n\nArgs:\n  input: (N, C, height, width) "
     "or (C, height, width).\n  kernel_size: of a window.\n  dilation: distance of the elements of "
     "a window.\n  padding: zeros on both sides.\n  stride: distance of windows.\nReturns:\n  (N, "
     "C * kH * kW, windows).\nRaises:\n  ShapeError: no window fits.",
     Kind::kLinear, called("nn.functional.unfold"),
     [](Args& a) -> Answer {
       return im2col(a.tensor(0), a.dims(1), a.dims(2), a.dims(3), a.dims(4));
     },
     "the windows of g added up", kSmooth},
    {"col2im",
     "input: Tensor, output_size: ints, kernel_size: ints, dilation: ints = 1, padding: ints = 0, "
     "stride: ints = 1",
     "Images as sums of their windows; nn.functional.fold.\n\nArgs:\n  input: (N, C * kH * kW, "
     "windows) or without N.\n  output_size: of the images.\n  kernel_size: of a window.\n  "
     "dilation: distance of the elements of a window.\n  padding: zeros on both sides.\n  stride: "
     "distance of windows.\nReturns:\n  (N, C, height, width).\nRaises:\n  ShapeError: the number "
     "of windows is another.",
     Kind::kLinear, called("nn.functional.fold"),
     [](Args& a) -> Answer {
       return col2im(a.tensor(0), a.dims(1), a.dims(2), a.dims(3), a.dims(4), a.dims(5));
     },
     "the windows of g", kSmooth},
    {"unfold", "input: Tensor, dimension: int, size: int, step: int",
     "A view of all windows along a dim, in a new last dim.\n\nArgs:\n  dimension: the dim.\n  "
     "size: elements of a window.\n  step: distance of windows.\nReturns:\n  The dim has (n - "
     "size) // step + 1 windows; the last dim `size` elements.\nRaises:\n  RuntimeError: the dim "
     "is "
     "shorter than a window, or step is not positive.",
     Kind::kLinear, kMethod,
     [](Args& a) -> Answer {
       return unfold(a.tensor(0), a.integer(1), a.integer(2), a.integer(3));
     },
     "the windows of g added up", kSmooth},
    {"pixel_shuffle", "input: Tensor, upscale_factor: int",
     "Channels spread over pixels.\n\nArgs:\n  upscale_factor: a positive int.\nReturns:\n  (..., "
     "C, H, W) from (..., C r^2, H / r, W / r).\nRaises:\n  ShapeError: sizes are not divisible.\n "
     " RuntimeError: it is not positive.",
     Kind::kComposite, kInModule | in("nn.functional"),
     [](Args& a) -> Answer { return pixel_shuffle(a.tensor(0), a.integer(1)); },
     "the same elements of g, moved back", kSmooth},
    {"pixel_unshuffle", "input: Tensor, downscale_factor: int",
     "Pixels gathered into channels; the inverse of pixel_shuffle.\n\nArgs:\n  downscale_factor: a "
     "positive int.\nReturns:\n  (..., C r^2, H / r, W / r) from (..., C, H, W).\nRaises:\n  "
     "ShapeError: sizes are not divisible.\n  RuntimeError: it is not positive.",
     Kind::kComposite, kInModule | in("nn.functional"),
     [](Args& a) -> Answer { return pixel_unshuffle(a.tensor(0), a.integer(1)); },
     "the same elements of g, moved back", kSmooth},
    {"channel_shuffle", "input: Tensor, groups: int",
     "Channels (g, k) in the order (k, g).\n\nArgs:\n  groups: a positive int.\nReturns:\n  The "
     "input's shape (N, C, ...).\nRaises:\n  ShapeError: sizes are not divisible.\n  RuntimeError: "
     "it is not positive.",
     Kind::kComposite, kInModule | in("nn.functional"),
     [](Args& a) -> Answer { return channel_shuffle(a.tensor(0), a.integer(1)); },
     "the same elements of g, moved back", kSmooth},
};

const Rows rows(kRows);

}  // namespace

}  // namespace pyad
