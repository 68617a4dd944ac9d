// Windows and shuffles: unfold and fold of images, sliding views, pixels and channels rearranged.
#include <algorithm>

#include "kernels/fold.hpp"
#include "kernels/strided.hpp"
#include "ops/beside.hpp"
#include "ops/checks.hpp"
#include "ops/convolution.hpp"
#include "ops/shape.hpp"

namespace pyad {

Tensor Unfold::forward(const Attr& s, Inputs in) {
  Tensor y = empty({s.batch, s.channels * s.k[1] * s.k[2], s.o[1] * s.o[2]}, in[0].dtype());
  if (y.numel() > 0) unfold_columns(s, contiguous_values(in[0]), y);
  return y;
}
Tensor Unfold::transpose(const Attr& s, Rule& b, int) { return call<Fold>(s, b.g()); }

Tensor Fold::forward(const Attr& s, Inputs in) {
  Tensor y = empty({s.batch, s.channels, s.n[1], s.n[2]}, in[0].dtype());
  if (y.numel() > 0) fold_columns(s, contiguous_values(in[0]), y);
  return y;
}
Tensor Unfold::batch(const Attr& attr, const Examples& in) {
  Attr more = attr;
  more.batch *= in.size();
  return in.split(call<Unfold>(more, in.merged(0)));
}
Tensor Fold::batch(const Attr& attr, const Examples& in) {
  Attr more = attr;
  more.batch *= in.size();
  return in.split(call<Fold>(more, in.merged(0)));
}
Tensor Fold::transpose(const Attr& s, Rule& b, int) { return call<Unfold>(s, b.g()); }

Tensor Slide::forward(const Attr& attr, Inputs in) {
  const Tensor& x = in[0];
  Layout l = x.layout();
  if (x.dim() == 0) {
    l.sizes.push_back(attr.size);
    l.strides.push_back(1);
    return alias(x, l);
  }
  int64_t stride = l.strides[attr.dim];
  l.sizes[attr.dim] = (l.sizes[attr.dim] - attr.size) / attr.step + 1;
  l.strides[attr.dim] = stride * attr.step;
  l.sizes.push_back(attr.size);
  l.strides.push_back(stride);
  return alias(x, l);
}
Tensor Slide::transpose(const Attr& attr, Rule& b, int) {
  const Dims& sizes = b.sizes(0);
  if (sizes.empty()) return reshape(b.g(), {});
  return call<SlideTranspose>({attr, sizes[attr.dim]}, b.g());
}

Tensor SlideTranspose::forward(const Attr& attr, Inputs in) {
  Tensor g = contiguous_values(in[0]);
  Dims sizes(g.sizes().data(), g.dim() - 1);
  const int dim = attr.windows.dim;
  int64_t outer = 1, inner = 1, windows = sizes[dim];
  for (int d = 0; d < dim; ++d) outer *= sizes[d];
  for (int d = dim + 1; d < sizes.size(); ++d) inner *= sizes[d];
  sizes[dim] = attr.n;
  Tensor y = empty(sizes, g.dtype());
  add_windows(g, outer, windows, inner, attr.windows.size, attr.windows.step, attr.n, y);
  return y;
}
Tensor SlideTranspose::transpose(const Attr& attr, Rule& b, int) {
  return call<Slide>(attr.windows, b.g());
}

namespace {

/// The windows of an image, checked.
ConvolutionShape windows(const char* op, int64_t height, int64_t width, const Dims& kernel,
                         const Dims& dilation, const Dims& padding, const Dims& stride) {
  constexpr int64_t kLimit = int64_t{1} << 30;
  ConvolutionShape s;
  s.n[1] = height;
  s.n[2] = width;
  auto set = [&](const char* name, const Dims& given, int64_t least, Three& to) {
    if (given.size() != 1 && given.size() != 2)
      fail(ErrorKind::kRuntime, op, ": ", name, " must be one int or 2, got ", given);
    for (int d = 0; d < 2; ++d) {
      to[d + 1] = given[given.size() == 1 ? 0 : d];
      if (to[d + 1] < least || to[d + 1] > kLimit)
        fail(ErrorKind::kRuntime, op, ": ", name, " must lie between ", least, " and ", kLimit,
             ", got ", given);
    }
  };
  set("kernel_size", kernel, 1, s.k);
  set("dilation", dilation, 1, s.dilation);
  set("padding", padding, 0, s.pad);
  set("stride", stride, 1, s.stride);
  for (int d = 1; d < 3; ++d) {
    int64_t span = s.n[d] + 2 * s.pad[d] - s.dilation[d] * (s.k[d] - 1) - 1;
    if (span < 0) {
      fail(ErrorKind::kShape, op, ": given an image of (", height, ", ", width,
           "), kernel_size=", kernel, ", dilation=", dilation, ", padding=", padding,
           ", stride=", stride,
           ": there is no window; the size of the array of sliding blocks must be positive");
    }
    s.o[d] = span / s.stride[d] + 1;
  }
  return s;
}

}  // namespace

Tensor im2col(const Tensor& x, const Dims& kernel, const Dims& dilation, const Dims& padding,
              const Dims& stride) {
  need_floating("unfold", x);
  bool batched = x.dim() == 4;
  if ((x.dim() != 3 && !batched) || x.size(-1) == 0 || x.size(-2) == 0 || x.size(-3) == 0) {
    fail(ErrorKind::kShape,
         "unfold: Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other "
         "non-zero dimensions for input, but got: ",
         x.sizes());
  }
  ConvolutionShape s = windows("unfold", x.size(-2), x.size(-1), kernel, dilation, padding, stride);
  s.batch = batched ? x.size(0) : 1;
  s.channels = x.size(-3);
  checked_numel("unfold", {s.batch, s.channels, s.k[1], s.k[2], s.o[1], s.o[2]});
  if (batched) return call<Unfold>(s, x);
  return squeeze(call<Unfold>(s, unsqueeze(x, 0)), {0});
}

Tensor col2im(const Tensor& columns, const Dims& output, const Dims& kernel, const Dims& dilation,
              const Dims& padding, const Dims& stride) {
  need_floating("fold", columns);
  bool batched = columns.dim() == 3;
  if ((columns.dim() != 2 && !batched) || columns.size(-1) == 0 || columns.size(-2) == 0) {
    fail(ErrorKind::kShape,
         "fold: Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and "
         "non-zero dimensions for input, but got: ",
         columns.sizes());
  }
  if (output.size() != 1 && output.size() != 2)
    fail(ErrorKind::kRuntime, "fold: output_size must be one int or 2, got ", output);
  int64_t height = output[0], width = output[output.size() == 1 ? 0 : 1];
  if (height < 1 || width < 1)
    fail(ErrorKind::kRuntime, "fold: output_size must be positive, got ", output);
  checked_numel("fold", {height, width});
  ConvolutionShape s = windows("fold", height, width, kernel, dilation, padding, stride);
  int64_t taps = s.k[1] * s.k[2];
  if (columns.size(-2) % taps != 0) {
    fail(ErrorKind::kShape,
         "fold: Expected size of input's dimension 1 to be divisible by the product of "
         "kernel_size, but got input.size(1)=",
         columns.size(-2), " and kernel_size=", kernel);
  }
  if (columns.size(-1) != s.o[1] * s.o[2]) {
    fail(ErrorKind::kShape, "fold: Given output_size=", output, ", kernel_size=", kernel,
         ", dilation=", dilation, ", padding=", padding, ", stride=", stride,
         ", expected size of input's dimension 2 to match the calculated number of sliding blocks ",
         s.o[1], " * ", s.o[2], " = ", s.o[1] * s.o[2],
         ", but got input.size(2)=", columns.size(-1));
  }
  s.batch = batched ? columns.size(0) : 1;
  s.channels = columns.size(-2) / taps;
  checked_numel("fold", {s.batch, s.channels, height, width});
  if (batched) return call<Fold>(s, columns);
  return squeeze(call<Fold>(s, unsqueeze(columns, 0)), {0});
}

Tensor unfold(const Tensor& x, int64_t dim, int64_t size, int64_t step) {
  int d = wrap_dim("unfold", dim, x.dim());
  int64_t n = x.dim() == 0 ? 1 : x.size(d);
  if (size < 0 || size > n) {
    fail(ErrorKind::kRuntime, "unfold: maximum size for tensor at dimension ", d, " is ", n,
         " but size is ", size);
  }
  if (step < 1) fail(ErrorKind::kRuntime, "unfold: step is ", step, " but must be > 0");
  step = std::min(step, std::max<int64_t>(n, 1));  // as of slices: the next window is none
  Dims sizes = x.dim() == 0 ? Dims{1} : x.sizes();
  sizes[d] = (n - size) / step + 1;
  sizes.push_back(size);
  checked_numel("unfold", sizes);
  return call<Slide>({d, size, step}, x);
}

Tensor pixel_shuffle(const Tensor& x, int64_t r) {
  if (x.dim() < 3) {
    fail(ErrorKind::kShape,
         "pixel_shuffle: expects input to have at least 3 dimensions, but got "
         "input with ",
         x.dim(), " dimension(s)");
  }
  if (r < 1 || r > (1 << 30))
    fail(ErrorKind::kRuntime, "pixel_shuffle: expects a positive upscale_factor, but got ", r);
  int n = x.dim();
  int64_t c = x.size(-3), h = x.size(-2), w = x.size(-1);
  if (c % (r * r) != 0) {
    fail(ErrorKind::kShape,
         "pixel_shuffle: expects its input's 'channel' dimension to be divisible by the square of "
         "upscale_factor, but input.size(-3)=",
         c, " is not divisible by ", r * r);
  }
  Dims split(x.sizes().data(), n - 3), order, joined = split;
  for (int i = 0; i < n - 3; ++i) order.push_back(i);
  for (int64_t v : {c / (r * r), r, r, h, w}) split.push_back(v);
  for (int v : {n - 3, n, n - 2, n + 1, n - 1}) order.push_back(v);
  for (int64_t v : {c / (r * r), h * r, w * r}) joined.push_back(v);
  return copy_beside(x, reshape(permute(reshape(x, split), order), joined));
}

Tensor pixel_unshuffle(const Tensor& x, int64_t r) {
  if (x.dim() < 3) {
    fail(ErrorKind::kShape,
         "pixel_unshuffle: expects input to have at least 3 dimensions, but got "
         "input with ",
         x.dim(), " dimension(s)");
  }
  if (r < 1 || r > (1 << 30))
    fail(ErrorKind::kRuntime, "pixel_unshuffle: expects a positive downscale_factor, but got ", r);
  int n = x.dim();
  int64_t c = x.size(-3), h = x.size(-2), w = x.size(-1);
  if (h % r != 0 || w % r != 0) {
    fail(ErrorKind::kShape,
         "pixel_unshuffle: expects height and width to be divisible by downscale_factor, but (", h,
         ", ", w, ") are not divisible by ", r);
  }
  Dims split(x.sizes().data(), n - 3), order, joined = split;
  for (int i = 0; i < n - 3; ++i) order.push_back(i);
  for (int64_t v : {c, h / r, r, w / r, r}) split.push_back(v);
  for (int v : {n - 3, n - 1, n + 1, n - 2, n}) order.push_back(v);
  checked_numel("pixel_unshuffle", {c, r, r});
  for (int64_t v : {c * r * r, h / r, w / r}) joined.push_back(v);
  return copy_beside(x, reshape(permute(reshape(x, split), order), joined));
}

Tensor channel_shuffle(const Tensor& x, int64_t groups) {
  if (x.dim() < 3) {
    fail(ErrorKind::kShape,
         "channel_shuffle: expects input with > 2 dims, but got input with "
         "sizes ",
         x.sizes());
  }
  if (groups < 1) {
    fail(ErrorKind::kRuntime,
         "channel_shuffle: Number of groups to divide channels in must be "
         "positive. Value of groups:",
         groups);
  }
  int64_t c = x.size(1);
  if (c % groups != 0) {
    fail(ErrorKind::kShape, "channel_shuffle: Number of channels must be divisible by groups. Got ",
         c, " channels and ", groups, " groups.");
  }
  Dims split = x.sizes();
  split[1] = c / groups;
  split.insert(1, groups);
  return copy_beside(x, reshape(transpose(reshape(x, split), 1, 2), x.sizes()));
}

}  // namespace pyad
