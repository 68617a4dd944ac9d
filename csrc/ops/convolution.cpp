// Convolutions: rules, checks and sizes.
#include "ops/convolution.hpp"

#include "kernels/strided.hpp"
#include "ops/beside.hpp"
#include "ops/checks.hpp"
#include "ops/functions.hpp"
#include "ops/reduce.hpp"
#include "ops/shape.hpp"

namespace pyad {

namespace {

using Shape = ConvolutionShape;

Dims sizes_of(int64_t first, int64_t second, const Three& space, int rank) {
  Dims d{first, second};
  for (int i = 3 - rank; i < 3; ++i) d.push_back(space[i]);
  return d;
}
Dims sizes_x(const ConvolutionAttr& a) {
  return sizes_of(a.shape.batch, a.shape.groups * a.shape.channels, a.shape.n, a.rank);
}
Dims sizes_w(const ConvolutionAttr& a) {
  return sizes_of(a.shape.groups * a.shape.filters, a.shape.channels, a.shape.k, a.rank);
}
Dims sizes_u(const ConvolutionAttr& a) {
  return sizes_of(a.shape.batch, a.shape.groups * a.shape.filters, a.shape.o, a.rank);
}

Tensor run(const ConvolutionAttr& attr, bool transposed, const Tensor& first, const Tensor& w,
           const Tensor& bias) {
  Tensor a = contiguous_values(first), b = contiguous_values(w);
  Tensor y = empty(transposed ? sizes_x(attr) : sizes_u(attr), first.dtype());
  (transposed ? convolve_transposed : convolve)(attr.shape, a, b, bias, y);
  // As PyTorch's: for lines only the weight counts, and volumes of float64 stay rows.
  if (attr.rank == 1) return lines_beside(w, y);
  if (attr.rank == 3 && y.dtype() == DType::kFloat64) return y;
  return values_beside(channels_lie_last(first) ? first : w, y);
}

/// The sum over all but the channels.
Tensor sum_to_channels(const Tensor& g) {
  Dims dims{0};
  for (int i = 2; i < g.dim(); ++i) dims.push_back(i);
  return sum(g, dims);
}

}  // namespace

Tensor Convolution::forward(const Attr& attr, Inputs in) {
  return run(attr, false, in[0], in[1], Tensor());
}
Tensor Convolution::transpose(const Attr& attr, Rule& b, int i, const Tensor& other) {
  return i == 0 ? call<ConvolutionTranspose>(attr, b.g(), other)
                : call<ConvolutionWeight>(attr, b.g(), other);
}

Tensor ConvolutionTranspose::forward(const Attr& attr, Inputs in) {
  return run(attr, true, in[0], in[1], Tensor());
}
Tensor ConvolutionTranspose::transpose(const Attr& attr, Rule& b, int i, const Tensor& other) {
  return i == 0 ? call<Convolution>(attr, b.g(), other)
                : call<ConvolutionWeight>(attr, other, b.g());
}

Tensor ConvolutionWeight::forward(const Attr& attr, Inputs in) {
  Tensor u = contiguous_values(in[0]), x = contiguous_values(in[1]);
  Tensor w = empty(sizes_w(attr), u.dtype());
  convolve_weight(attr.shape, u, x, w);
  return w;
}
Tensor ConvolutionWeight::transpose(const Attr& attr, Rule& b, int i, const Tensor& other) {
  return i == 0 ? call<Convolution>(attr, other, b.g())
                : call<ConvolutionTranspose>(attr, other, b.g());
}

Tensor BiasedConvolution::forward(const Attr& attr, Inputs in) {
  return run(attr.of, attr.transposed, in[0], in[1], contiguous_values(in[2]));
}

void BiasedConvolution::vjp(const Attr& attr, Rule& b) {
  const Tensor& g = b.g();
  if (!g.defined()) return;
  if (b.needs(0)) {
    Tensor w = b.in(1);
    b.give(0, attr.transposed ? call<Convolution>(attr.of, g, w)
                              : call<ConvolutionTranspose>(attr.of, g, w));
  }
  if (b.needs(1)) {
    Tensor x = b.in(0);
    b.give(1, attr.transposed ? call<ConvolutionWeight>(attr.of, x, g)
                              : call<ConvolutionWeight>(attr.of, g, x));
  }
  if (b.needs(2)) b.give(2, sum_to_channels(g));
}

Tensor BiasedConvolution::jvp(const Attr& attr, Tangents& t) {
  Tensor y;
  auto add = [&](const Tensor& part) { y = y.defined() ? y + part : part; };
  auto product = [&](const Tensor& x, const Tensor& w) {
    return attr.transposed ? call<ConvolutionTranspose>(attr.of, x, w)
                           : call<Convolution>(attr.of, x, w);
  };
  if (t.has(0)) add(product(t.t(0), t.in(1)));
  if (t.has(1)) add(product(t.in(0), t.t(1)));
  if (t.has(2)) {
    Dims channels = Dims::filled(attr.of.rank + 1, 1);
    channels[0] = -1;
    add(expand(reshape(t.t(2), channels), t.out().sizes()));
  }
  return y;
}

// Batches. Where only the images are of a batch, it is more images; where the weights are, examples
// become groups: channels of all of them side by side, each with its own weights.

namespace {

/// (B, N, C, ...) as (N, B C, ...).
Tensor beside(const Tensor& x) { return flatten(movedim(x, {0}, {1}), 1, 2); }
/// The way back.
Tensor apart(const Tensor& y, int64_t size) {
  return movedim(unflatten(y, 1, {size, -1}), {1}, {0});
}

ConvolutionAttr grouped(const ConvolutionAttr& attr, int64_t size) {
  ConvolutionAttr more = attr;
  more.shape.groups *= size;
  return more;
}
ConvolutionAttr with_images(const ConvolutionAttr& attr, int64_t size) {
  ConvolutionAttr more = attr;
  more.shape.batch *= size;
  return more;
}

template <class Op>
Tensor batch_of(const ConvolutionAttr& attr, const Examples& in) {
  if (!in.batched(1)) return in.split(call<Op>(with_images(attr, in.size()), in.merged(0), in[1]));
  return apart(call<Op>(grouped(attr, in.size()), beside(in.front(0)), in.merged(1)), in.size());
}

}  // namespace

Tensor Convolution::batch(const Attr& attr, const Examples& in) {
  return batch_of<Convolution>(attr, in);
}
Tensor ConvolutionTranspose::batch(const Attr& attr, const Examples& in) {
  return batch_of<ConvolutionTranspose>(attr, in);
}
Tensor ConvolutionWeight::batch(const Attr& attr, const Examples& in) {
  return in.split(
      call<ConvolutionWeight>(grouped(attr, in.size()), beside(in.front(0)), beside(in.front(1))));
}
Tensor BiasedConvolution::batch(const Attr& attr, const Examples& in) {
  if (!in.batched(1) && !in.batched(2)) {
    return in.split(call<BiasedConvolution>({with_images(attr.of, in.size()), attr.transposed},
                                            in.merged(0), in[1], in[2]));
  }
  const Examples product({in[0], in[1]}, {in.batched(0), in.batched(1)}, in.size());
  Tensor y;
  if (!in.batched(0) && !in.batched(1)) {
    y = attr.transposed ? call<ConvolutionTranspose>(attr.of, in[0], in[1])
                        : call<Convolution>(attr.of, in[0], in[1]);
  } else {
    y = attr.transposed ? ConvolutionTranspose::batch(attr.of, product)
                        : Convolution::batch(attr.of, product);
  }
  Dims channels = Dims::filled(attr.of.rank + 3, 1);
  channels[0] = in.size();
  channels[2] = -1;
  return y + reshape(in.front(2), channels);
}

namespace {

using Wide = __int128;
constexpr int64_t kLimit = int64_t{1} << 60;

int64_t narrow_size(const char* op, Wide v) {
  if (v > kLimit || v < -kLimit)
    fail(ErrorKind::kRuntime, op, ": stride, padding or dilation too large for a size");
  return static_cast<int64_t>(v);
}

/// Spreads an option over the dims of space.
void set_option(const char* op, const char* name, const Dims& given, int rank, int64_t least,
                Three& to) {
  if (given.size() != 1 && given.size() != rank) {
    fail(ErrorKind::kRuntime, op, ": ", name, " must be one int or ", rank, ", got ", given);
  }
  for (int d = 0; d < rank; ++d) {
    int64_t v = given[given.size() == 1 ? 0 : d];
    if (v < least)
      fail(ErrorKind::kRuntime, op, ": ", name, " must be at least ", least, ", got ", given);
    narrow_size(op, v);
    to[3 - rank + d] = v;
  }
}

void check(const char* op, int rank, const Tensor& x, const Tensor& w, const Tensor& bias,
           int64_t groups) {
  if (x.dim() != rank + 1 && x.dim() != rank + 2) {
    fail(ErrorKind::kShape, op, ": Expected ", rank + 1, "D (unbatched) or ", rank + 2,
         "D (batched) input, but got input of size ", x.sizes());
  }
  if (w.dim() != rank + 2) {
    fail(ErrorKind::kShape, op, ": expects a weight of ", rank + 2, " dims, got shape ", w.sizes());
  }
  need_floating(op, x);
  for (const auto& [t, name] : {std::pair(&w, "weight"), std::pair(&bias, "bias")}) {
    if (t->defined() && t->dtype() != x.dtype()) {
      fail(ErrorKind::kType, op, ": input and ", name, " must have one dtype, got ", x, " and ", *t,
           "; convert one with .to(", promote(t->dtype(), x.dtype()), ")");
    }
  }
  if (groups < 1) fail(ErrorKind::kRuntime, op, ": groups must be at least 1, got ", groups);
  for (int d = 0; d < w.dim(); ++d) {
    if (w.size(d) == 0)
      fail(ErrorKind::kShape, op, ": weight of shape ", w.sizes(), " has a dim of size 0");
  }
  for (int d = x.dim() - rank; d < x.dim(); ++d) {
    if (x.size(d) == 0) {
      fail(ErrorKind::kShape, op, ": only the batch may have size 0, got an input of shape ",
           x.sizes());
    }
  }
  if (w.size(0) % groups != 0) {
    fail(ErrorKind::kShape, op, ": groups=", groups,
         " must divide the first size of the weight, whose shape is ", w.sizes());
  }
}

/// The padded input must be an array that could exist: kernels reckon with its size.
void check_padded(const char* op, const Shape& s) {
  Dims sizes{s.channels};
  for (int d = 0; d < 3; ++d) sizes.push_back(narrow_size(op, s.n[d] + Wide(s.pad[d]) * 2));
  checked_numel(op, sizes);
}

void check_bias(const char* op, const Tensor& bias, const Tensor& w, int64_t channels) {
  if (bias.defined() && (bias.dim() != 1 || bias.size(0) != channels)) {
    fail(ErrorKind::kShape, op, ": Given weight of size ", w.sizes(),
         ", expected bias to be 1-dimensional with ", channels, " elements, but got bias of size ",
         bias.sizes(), " instead");
  }
}

void check_channels(const char* op, const Tensor& x, const Tensor& w, int64_t groups, int64_t have,
                    int64_t want) {
  if (have != want) {
    fail(ErrorKind::kShape, op, ": Given groups=", groups, ", weight of size ", w.sizes(),
         ", expected input", x.sizes(), " to have ", want, " channels, but got ", have,
         " channels instead");
  }
}

Tensor with_samples(const Tensor& x, int rank) { return x.dim() == rank + 1 ? unsqueeze(x, 0) : x; }

Tensor finish(const ConvolutionAttr& attr, bool transposed, const Tensor& input, const Tensor& w,
              const Tensor& bias) {
  Tensor x = with_samples(input, attr.rank), y;
  if (bias.defined()) {
    y = call<BiasedConvolution>({attr, transposed}, x, w, bias);
  } else {
    y = transposed ? call<ConvolutionTranspose>(attr, x, w) : call<Convolution>(attr, x, w);
  }
  return input.dim() == x.dim() ? y : squeeze(y, {0});
}

}  // namespace

Tensor conv(const char* op, int rank, const Tensor& x, const Tensor& w, const Tensor& bias,
            const ConvolutionOptions& options) {
  check(op, rank, x, w, bias, options.groups);
  bool batched = x.dim() == rank + 2;
  Shape s;
  s.batch = batched ? x.size(0) : 1;
  s.groups = options.groups;
  s.channels = w.size(1);
  s.filters = w.size(0) / s.groups;
  check_channels(op, x, w, s.groups, x.size(batched ? 1 : 0), s.groups * s.channels);
  check_bias(op, bias, w, w.size(0));
  set_option(op, "stride", options.stride, rank, 1, s.stride);
  set_option(op, "dilation", options.dilation, rank, 1, s.dilation);
  bool same = options.padding_mode == "same";
  if (!options.padding_mode.empty() && !same && options.padding_mode != "valid") {
    fail(ErrorKind::kRuntime, op, ": Invalid padding string '", options.padding_mode,
         "', should be one of 'valid', 'same'");
  }
  if (options.padding_mode.empty()) set_option(op, "padding", options.padding, rank, 0, s.pad);
  for (int i = 0; i < rank; ++i) {
    int d = 3 - rank + i;
    s.n[d] = x.size(x.dim() - rank + i);
    s.k[d] = w.size(2 + i);
    Wide reach = Wide(s.dilation[d]) * (s.k[d] - 1), padding = Wide(s.pad[d]) * 2;
    if (same) {
      if (s.stride[d] != 1) {
        fail(ErrorKind::kRuntime, op, ": padding='same' is not supported for strided convolutions");
      }
      s.pad[d] = narrow_size(op, reach / 2);
      padding = reach;
    }
    int64_t span = narrow_size(op, s.n[d] + padding - reach - 1);
    if (span < 0) {
      fail(ErrorKind::kShape, op, ": padded input of size ", narrow_size(op, s.n[d] + padding),
           " is smaller than the kernel, which spans ", narrow_size(op, reach + 1), " in dim ",
           i - rank, "; Kernel size can't be greater than actual input size");
    }
    s.o[d] = span / s.stride[d] + 1;
  }
  checked_numel(op, sizes_u({s, rank}));
  check_padded(op, s);
  return finish({s, rank}, false, x, w, bias);
}

Tensor conv_transpose(const char* op, int rank, const Tensor& x, const Tensor& w,
                      const Tensor& bias, const ConvolutionOptions& options) {
  check(op, rank, x, w, bias, options.groups);
  bool batched = x.dim() == rank + 2;
  Shape s;
  s.batch = batched ? x.size(0) : 1;
  s.groups = options.groups;
  s.channels = w.size(1);
  s.filters = w.size(0) / s.groups;
  check_channels(op, x, w, s.groups, x.size(batched ? 1 : 0), w.size(0));
  check_bias(op, bias, w, s.groups * s.channels);
  Three more = {0, 0, 0};
  set_option(op, "stride", options.stride, rank, 1, s.stride);
  set_option(op, "dilation", options.dilation, rank, 1, s.dilation);
  set_option(op, "padding", options.padding, rank, 0, s.pad);
  set_option(op, "output_padding", options.output_padding, rank, 0, more);
  for (int i = 0; i < rank; ++i) {
    int d = 3 - rank + i;
    s.o[d] = x.size(x.dim() - rank + i);
    s.k[d] = w.size(2 + i);
    if (more[d] >= s.stride[d] && more[d] >= s.dilation[d]) {
      fail(ErrorKind::kRuntime, op,
           ": output padding must be smaller than either stride or dilation, but got ",
           options.output_padding, " with stride ", options.stride, " and dilation ",
           options.dilation);
    }
    Wide size = Wide(s.o[d] - 1) * s.stride[d] - Wide(s.pad[d]) * 2 +
                Wide(s.dilation[d]) * (s.k[d] - 1) + more[d] + 1;
    s.n[d] = narrow_size(op, size);
    if (s.n[d] < 1) {
      fail(ErrorKind::kShape, op, ": Given input size per channel of ", s.o[d],
           ", calculated output size ", s.n[d], " in dim ", i - rank,
           "; Output size is too small, use less padding");
    }
  }
  checked_numel(op, sizes_x({s, rank}));
  check_padded(op, s);
  return finish({s, rank}, true, x, w, bias);
}

}  // namespace pyad
