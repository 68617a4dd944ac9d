// Bodies and rules of pooling, and the checks of its arguments.
#include "ops/pooling.hpp"

#include <algorithm>

#include "kernels/pooling.hpp"
#include "kernels/strided.hpp"
#include "ops/beside.hpp"
#include "ops/functions.hpp"
#include "ops/index.hpp"
#include "ops/resample.hpp"
#include "ops/shape.hpp"

namespace pyad {

namespace {

/// `sizes` with the last ones replaced.
Dims with_last(const Dims& sizes, const Dims& last) {
  Dims d = sizes;
  for (int k = 0; k < last.size(); ++k) d[d.size() - last.size() + k] = last[k];
  return d;
}

int64_t planes_of(const Tensor& x, int n) {
  int64_t planes = 1;
  for (int k = 0; k < x.dim() - n; ++k) planes *= x.size(k);
  return planes;
}

}  // namespace

Tensors MaxPool::forward(const Attr& attr, Inputs in) {
  Tensor x = contiguous_values(in[0]);
  Dims sizes = with_last(x.sizes(), attr.sizes);
  Tensor y = empty(sizes, x.dtype());
  Tensor places = attr.places ? empty(sizes, DType::kInt32) : Tensor();
  max_pool_planes(x, *attr.windows, y, places);
  if (attr.places && attr.wide) places = convert(places, DType::kInt64);
  if (in[0].is_contiguous()) return {y, places};
  auto laid = [&](const Tensor& t) {
    if (!t.defined()) return t;
    return attr.sizes.size() == 1 ? lines_beside(in[0], t) : values_beside(in[0], t);
  };
  return {laid(y), laid(places)};
}

void MaxPool::vjp(const Attr& attr, Rule& b) {
  if (b.g().defined()) b.give(0, call<PlaneAdd>({attr.sizes.size(), b.sizes(0)}, b.g(), b.out(1)));
}

Tensor PlanePick::forward(const Attr& attr, Inputs in) {
  Tensor x = contiguous_values(in[0]), places = contiguous_values(in[1]);
  Tensor y = empty(places.sizes(), x.dtype());
  pick_from_planes(x, places, planes_of(places, attr.n), y);
  return y;
}
Tensor PlanePick::transpose(const Attr& attr, Rule& b, int) {
  return call<PlaneAdd>({attr.n, b.sizes(0)}, b.g(), b.in(1));
}

Tensor PlaneAdd::forward(const Attr& attr, Inputs in) {
  Tensor x = contiguous_values(in[0]), places = contiguous_values(in[1]);
  Tensor y = empty(attr.sizes, x.dtype());
  add_into_planes(x, places, planes_of(places, attr.n), y);
  return y;
}
Tensor PlaneAdd::transpose(const Attr& attr, Rule& b, int) {
  return call<PlanePick>({attr.n}, b.g(), b.in(1));
}

namespace {

/// Numbers beyond these are mistakes, and arithmetic on them would overflow.
constexpr int64_t kMost = INT32_MAX;
constexpr int64_t kLongestAxis = INT32_MAX / 2;

/// An argument of one number for all dims or one for each, in [least, kMost].
struct Each {
  int64_t v[3] = {1, 1, 1};
  Each(const char* op, const char* name, int n, const Dims& d, int64_t least) {
    if (d.size() != 1 && d.size() != n) {
      fail(ErrorKind::kShape, op, ": ", name, " must be one int, or one for each of the ", n,
           " spatial dims, got ", d);
    }
    for (int k = 0; k < n; ++k) {
      v[k] = d.size() == 1 ? d[0] : d[k];
      if (v[k] < least || v[k] > kMost) {
        fail(ErrorKind::kShape, op, ": ", name, " must be ",
             least > 0 ? "greater than zero" : "not negative", " and below 2**31, got ", d);
      }
    }
  }
  int64_t operator[](int k) const { return v[k]; }
};

void check_input(const char* op, int n, const Tensor& x, bool floating) {
  if (x.dim() != n + 1 && x.dim() != n + 2) {
    fail(ErrorKind::kShape, op, ": Expected ", n + 1, "D or ", n + 2,
         "D (batch mode) tensor for input, but got shape ", x.sizes(), "; it must be (C, ...) or ",
         "(N, C, ...) with ", n, " spatial dims");
  }
  for (int k = x.dim() - n - 1; k < x.dim(); ++k) {
    if (x.size(k) == 0) {
      fail(ErrorKind::kShape, op, ": only the batch may be empty, but the input has shape ",
           x.sizes());
    }
    if (k >= x.dim() - n && x.size(k) > kLongestAxis)
      fail(ErrorKind::kValue, op, ": spatial dims may have up to ", kLongestAxis,
           " elements, but the input has shape ", x.sizes());
  }
  if (floating ? !is_floating(x.dtype()) : x.dtype() == DType::kBool) {
    fail(ErrorKind::kType, op, ": expects a floating input, got ", x,
         "; convert it with .to(float32)");
  }
}

/// The window's numbers, checked, and the sizes they give.
struct Windows {
  Each kernel, stride, padding, dilation;
  Dims sizes;
  Windows(const char* op, int n, const Tensor& x, const PoolWindow& w)
      : kernel(op, "kernel_size", n, w.kernel, 1),
        stride(op, "stride", n, w.stride.empty() ? w.kernel : w.stride, 1),
        padding(op, "padding", n, w.padding, 0),
        dilation(op, "dilation", n, w.dilation, 1) {
    for (int k = 0; k < n; ++k) {
      int64_t in = x.size(x.dim() - n + k), span = (kernel[k] - 1) * dilation[k] + 1;
      if (padding[k] > span / 2) {
        fail(ErrorKind::kShape, op,
             ": pad should be at most half of effective kernel size, but got padding ", w.padding,
             " and kernel_size ", w.kernel, " with dilation ", w.dilation);
      }
      int64_t room = in + 2 * padding[k] - span;
      int64_t out = room < 0 && !(w.ceil && room + stride[k] > 0)
                        ? 0
                        : (room + (w.ceil ? stride[k] - 1 : 0)) / stride[k] + 1;
      // The last window must begin inside the input or the padding before it.
      if (w.ceil && out > 0 && (out - 1) * stride[k] >= in + padding[k]) --out;
      if (out < 1) {
        fail(ErrorKind::kShape, op, ": windows of kernel_size ", w.kernel, " with padding ",
             w.padding, " and dilation ", w.dilation, " do not fit into the spatial dims of ",
             x.sizes(), ". Output size is too small");
      }
      sizes.push_back(out);
    }
    checked_numel(op, with_last(x.sizes(), sizes));
  }
};

/// The spatial sizes asked of an adaptive pooling.
Dims adaptive_sizes(const char* op, int n, const Tensor& x, const Dims& size) {
  if (size.size() != 1 && size.size() != n) {
    fail(ErrorKind::kShape, op, ": output_size must be one int, or one for each of the ", n,
         " spatial dims, got ", size.size());
  }
  Dims sizes;
  for (int k = 0; k < n; ++k) {
    int64_t v = size.size() == 1 ? size[0] : size[k];
    sizes.push_back(v == INT64_MIN ? x.size(x.dim() - n + k) : v);
    if (sizes[k] < 0 || sizes[k] > kMost) {
      fail(ErrorKind::kShape, op,
           ": elements of output_size must be greater than or equal to 0 and below 2**31, got ",
           sizes[k]);
    }
  }
  checked_numel(op, with_last(x.sizes(), sizes));
  return sizes;
}

Tensors call_max_pool(const char* op, const Tensor& x, std::vector<AxisTable> tables, Dims sizes,
                      bool places) {
  int64_t plane = 1;
  for (const AxisTable& t : tables) {
    for (size_t o = 0; o < t.start.size(); ++o) {
      if (t.start[o] >= t.stop[o])
        fail(ErrorKind::kShape, op, ": a window holds nothing but padding, for an input of shape ",
             x.sizes(), "; use less padding or dilation");
    }
    if (__builtin_mul_overflow(plane, t.in, &plane)) plane = INT64_MAX;
  }
  if (plane > INT32_MAX)
    fail(ErrorKind::kValue, op, ": planes of more than 2**31 - 1 elements are not supported");
  auto windows = std::make_shared<const Bands>(std::move(tables), x.dtype());
  bool derived = mode.dual_levels > 0 || (mode.grad && x.requires_grad());
  const Tensor in[] = {x};
  Tensors y = call_many<MaxPool>({windows, std::move(sizes), places || derived, places}, in);
  if (!places) y.pop_back();
  return y;
}

}  // namespace

Tensors max_pool(const char* op, int n, const Tensor& x, const PoolWindow& window, bool places) {
  check_input(op, n, x, false);
  Windows w(op, n, x, window);
  std::vector<AxisTable> tables;
  for (int k = 0; k < n; ++k)
    tables.push_back(AxisTable::pool(x.size(x.dim() - n + k), w.sizes[k], w.kernel[k], w.stride[k],
                                     w.padding[k], w.dilation[k]));
  return call_max_pool(op, x, std::move(tables), w.sizes, places);
}

Tensors adaptive_max_pool(const char* op, int n, const Tensor& x, const Dims& size, bool places) {
  check_input(op, n, x, false);
  Dims sizes = adaptive_sizes(op, n, x, size);
  std::vector<AxisTable> tables;
  for (int k = 0; k < n; ++k)
    tables.push_back(AxisTable::adaptive(x.size(x.dim() - n + k), sizes[k]));
  // Of volumes in rows, as PyTorch's.
  return call_max_pool(op, n == 3 ? contiguous(x) : x, std::move(tables), sizes, places);
}

Tensor avg_pool(const char* op, int n, const Tensor& x, const PoolWindow& window,
                bool count_padding, std::optional<int64_t> divisor) {
  check_input(op, n, x, true);
  Windows w(op, n, x, window);
  if (divisor && *divisor == 0) fail(ErrorKind::kValue, op, ": divisor must be not zero");
  std::vector<AxisTable> tables;
  for (int k = 0; k < n; ++k) {
    AxisTable t = AxisTable::pool(x.size(x.dim() - n + k), w.sizes[k], w.kernel[k], w.stride[k],
                                  w.padding[k], 1);
    if (!divisor) t.average(w.kernel[k], w.stride[k], w.padding[k], count_padding);
    tables.push_back(std::move(t));
  }
  if (divisor) tables.back().divide_by(static_cast<double>(*divisor));
  return call<AvgPool>(
      {std::make_shared<const Bands>(std::move(tables), x.dtype()), w.sizes, false}, x);
}

Tensor adaptive_avg_pool(const char* op, int n, const Tensor& x, const Dims& size) {
  check_input(op, n, x, true);
  Dims sizes = adaptive_sizes(op, n, x, size);
  std::vector<AxisTable> tables;
  int64_t plane = 1, parts = 1;
  for (int k = 0; k < n; ++k) {
    parts *= sizes[k];
    if (__builtin_mul_overflow(plane, x.size(x.dim() - n + k), &plane)) plane = INT64_MAX;
  }
  if (parts == 1 && plane <= kLongestAxis) {
    // The mean of whole planes, whatever their sides.
    tables.push_back(AxisTable::adaptive(plane, 1));
  } else {
    for (int k = 0; k < n; ++k)
      tables.push_back(AxisTable::adaptive(x.size(x.dim() - n + k), sizes[k]));
  }
  for (AxisTable& t : tables) t.average();
  return call<AvgPool>({std::make_shared<const Bands>(std::move(tables), x.dtype()), sizes, false},
                       x);
}

Tensor lp_pool(const char* op, int n, const Tensor& x, double p, const PoolWindow& window) {
  check_input(op, n, x, true);
  Each kernel(op, "kernel_size", n, window.kernel, 1);
  double count = 1;
  for (int k = 0; k < n; ++k) count *= static_cast<double>(kernel[k]);
  Tensor y = avg_pool(op, n, p == 2 ? square(x) : pow(x, p), window);
  y = mul(sign(y) * relu(abs(y)), count);
  // Also for p = 2, where sqrt would have its slope from the result, which may have hooks.
  auto root = [p](const Tensor& v) { return pow(v, 1.0 / p); };
  if (mode.dual_levels == 0) return root(y);
  // The tangent 0 that relu gives must not meet the infinite slope of the root.
  Tensor none = eq(detach(y), 0);
  return where(none, 0.0, root(where(none, 1.0, y)));
}

Tensor max_unpool(const char* op, int n, const Tensor& x, const Tensor& places,
                  const PoolWindow& window, const Dims& size) {
  check_input(op, n, x, true);
  if (places.dtype() != DType::kInt64)
    fail(ErrorKind::kType, op,
         ": elements in indices should be type int64 but got: ", places.dtype());
  if (!(places.sizes() == x.sizes())) {
    fail(ErrorKind::kShape, op, ": Expected shape of indices to be the same as that of the input ",
         x.sizes(), " but got indices of shape ", places.sizes());
  }
  Each kernel(op, "kernel_size", n, window.kernel, 1);
  Each stride(op, "stride", n, window.stride.empty() ? window.kernel : window.stride, 1);
  Each padding(op, "padding", n, window.padding, 0);
  Dims usual;
  for (int k = 0; k < n; ++k)
    usual.push_back((x.size(x.dim() - n + k) - 1) * stride[k] + kernel[k] - 2 * padding[k]);
  Dims sizes = usual;
  if (!size.empty()) {
    if (size.size() != n && size.size() != x.dim()) {
      fail(ErrorKind::kValue, op, ": output_size should be a sequence containing ", n, " or ",
           x.dim(), " elements, but it has a length of '", size.size(), "'");
    }
    for (int k = 0; k < n; ++k) {
      sizes[k] = size[size.size() - n + k];
      if (sizes[k] <= usual[k] - stride[k] || sizes[k] >= usual[k] + stride[k]) {
        fail(ErrorKind::kValue, op, ": invalid output_size ", size, " (dim ", k,
             " must be between ", usual[k] - stride[k], " and ", usual[k] + stride[k], ")");
      }
    }
  }
  int64_t plane = 1;
  for (int64_t s : sizes) {
    if (s <= 0)
      fail(ErrorKind::kShape, op, ": the output would have spatial sizes ", sizes,
           "; give output_size");
    if (__builtin_mul_overflow(plane, s, &plane)) checked_numel(op, sizes);
  }
  Dims whole = with_last(x.sizes(), sizes);
  checked_numel(op, whole);
  Tensor at = contiguous_values(peek(places));
  for (const int64_t *p = at.data<int64_t>(), *end = p + at.numel(); p < end; ++p) {
    if (*p < 0 || *p >= plane)
      fail(ErrorKind::kShape, op, ": Found an invalid max index: ", *p,
           " (output volumes are of size ", sizes, ")");
  }
  int64_t planes = planes_of(x, n);
  int64_t m = 1;
  for (int k = 0; k < n; ++k) m *= x.size(x.dim() - n + k);
  Tensor y = reshape(scatter(zeros({planes, plane}, x.dtype()), 1, reshape(places, {planes, m}),
                             reshape(x, {planes, m})),
                     whole);
  return n == 2 ? copy_beside(x, y) : y;  // volumes lie in rows, as PyTorch's
}

}  // namespace pyad
