// Interpolation as banded maps: where each mode looks, and with which weights.
#include "ops/resample.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "kernels/resample.hpp"
#include "kernels/strided.hpp"
#include "ops/beside.hpp"
#include "ops/index.hpp"
#include "ops/pooling.hpp"
#include "ops/shape.hpp"

namespace pyad {

template <OpName NAME>
Tensor Banded<NAME>::forward(const Attr& attr, Inputs in) {
  Tensor x = contiguous_values(in[0]);
  Dims sizes = x.sizes();
  for (int k = 0, n = attr.sizes.size(); k < n; ++k) sizes[x.dim() - n + k] = attr.sizes[k];
  Tensor y = empty(sizes, x.dtype());
  resample(x, *attr.bands, attr.transposed, y);
  const int n = attr.sizes.size();
  if (attr.transposed || in[0].is_contiguous()) return y;
  if (NAME.text == std::string_view("interpolate")) return n == 1 ? y : values_beside(in[0], y);
  return n == 2 ? values_beside(in[0], y) : n == 1 ? lines_beside(in[0], y) : y;
}

template <OpName NAME>
Tensor Banded<NAME>::transpose(const Attr& attr, Rule& b, int) {
  const Dims& sizes = b.sizes(0);
  int n = attr.sizes.size();
  return call<Banded<NAME>>(
      {attr.bands, Dims(sizes.data() + (sizes.size() - n), n), !attr.transposed}, b.g());
}

template struct Banded<"interpolate">;
template struct Banded<"avg_pool">;

namespace {

enum class Method { kNearest, kNearestExact, kLinear, kCubic, kArea };

/// How many steps of the input one step of the result is, in the precision of the data, so that
/// PyTorch's choices of elements are met.
template <class T>
T step_of(int64_t in, int64_t out, bool align, double scale) {
  if (align) return out > 1 ? static_cast<T>(in - 1) / static_cast<T>(out - 1) : T(0);
  return scale > 0 ? static_cast<T>(1.0 / scale) : static_cast<T>(in) / static_cast<T>(out);
}

/// `small_image`: PyTorch has a kernel of its own for those, which computes in float32 and takes
/// equal and doubled sizes for what they are, whatever the scale that led to them.
template <class T>
AxisTable nearest_axis(int64_t in, int64_t out, double scale, bool exact, bool small_image) {
  if (small_image && !exact && (out == in || out == 2 * in)) return AxisTable::adaptive(in, out);
  AxisTable t(in, out);
  T step = step_of<T>(in, out, false, scale);
  for (int64_t o = 0; o < out; ++o) {
    T at = exact ? (static_cast<T>(o) + T(0.5)) * step : static_cast<T>(o) * step;
    auto i =
        std::clamp<int64_t>(static_cast<int64_t>(std::floor(static_cast<float>(at))), 0, in - 1);
    t.start[static_cast<size_t>(o)] = static_cast<int32_t>(i);
    t.stop[static_cast<size_t>(o)] = static_cast<int32_t>(i + 1);
  }
  return t;
}

/// Element `i` and how far beyond it result `o` lies.
template <class T>
struct Place {
  int64_t i;
  T rest;
  Place(T step, int64_t o, bool align, bool cubic, int64_t in) {
    T at = align ? step * static_cast<T>(o) : step * (static_cast<T>(o) + T(0.5)) - T(0.5);
    if (!align && !cubic && at < 0) at = 0;
    i = std::min(static_cast<int64_t>(std::floor(at)), in - 1);
    rest = std::clamp(at - static_cast<T>(i), T(0), T(1));
  }
};

template <class T>
AxisTable linear_axis(int64_t in, int64_t out, double scale, bool align) {
  if (in == out) return AxisTable::identity(in);
  AxisTable t(in, out);
  t.weight.resize(static_cast<size_t>(2 * out));
  T step = step_of<T>(in, out, align, scale);
  for (int64_t o = 0; o < out; ++o) {
    Place<T> at(step, o, align, false, in);
    auto k = static_cast<size_t>(o);
    bool last = at.i == in - 1;
    t.start[k] = static_cast<int32_t>(at.i);
    t.stop[k] = static_cast<int32_t>(last ? in : at.i + 2);
    t.weight[k] = last ? T(1) : T(1) - at.rest;
    t.weight[k + static_cast<size_t>(out)] = last ? T(0) : at.rest;
  }
  return t;
}

template <class T>
AxisTable cubic_axis(int64_t in, int64_t out, double scale, bool align) {
  AxisTable t(in, out);
  t.weight.resize(static_cast<size_t>(4 * out));
  T step = step_of<T>(in, out, align, scale);
  constexpr T a = T(-0.75);
  auto near = [](T x) { return ((a + 2) * x - (a + 3)) * x * x + 1; };
  auto far = [](T x) { return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a; };
  for (int64_t o = 0; o < out; ++o) {
    Place<T> at(step, o, align, true, in);
    T r = at.rest;
    const T w[] = {far(r + 1), near(r), near(1 - r), far(2 - r)};
    auto k = static_cast<size_t>(o);
    int64_t begin = std::clamp<int64_t>(at.i - 1, 0, in - 1);
    int64_t end = std::clamp<int64_t>(at.i + 2, 0, in - 1) + 1;
    t.start[k] = static_cast<int32_t>(begin);
    t.stop[k] = static_cast<int32_t>(end);
    // Taps outside show the element at the edge.
    for (int64_t j = 0; j < 4; ++j) {
      int64_t i = std::clamp<int64_t>(at.i - 1 + j, 0, in - 1);
      t.weight[static_cast<size_t>((i - begin) * out) + k] += w[j];
    }
  }
  return t;
}

/// A triangle (linear) or a cubic bump (with -0.5) around the place of each result, as wide as a
/// step where results are fewer than elements; weights of a window add up to 1.
template <class T>
AxisTable antialiased_axis(Method mode, int64_t in, int64_t out, double scale, bool align) {
  auto filter = [mode](T x) {
    x = std::abs(x);
    constexpr T a = T(-0.5);
    if (mode == Method::kLinear) return x < 1 ? 1 - x : T(0);
    if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
    return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : T(0);
  };
  AxisTable t(in, out);
  T step = step_of<T>(in, out, align, scale), reach = mode == Method::kLinear ? T(1) : T(2);
  T support = step >= 1 ? reach * step : reach, narrow = step >= 1 ? 1 / step : T(1);
  auto center = [&](int64_t o) { return step * (static_cast<T>(o) + T(0.5)); };
  int64_t taps = 0;
  for (int64_t o = 0; o < out; ++o) {
    auto begin = static_cast<int64_t>(center(o) - support + T(0.5));
    auto end = static_cast<int64_t>(center(o) + support + T(0.5));
    begin = std::clamp<int64_t>(begin, 0, in - 1);
    end = std::clamp<int64_t>(end, begin + 1, in);
    t.start[static_cast<size_t>(o)] = static_cast<int32_t>(begin);
    t.stop[static_cast<size_t>(o)] = static_cast<int32_t>(end);
    taps = std::max(taps, end - begin);
  }
  int64_t cells = 0;
  if (__builtin_mul_overflow(taps, out, &cells)) checked_numel("interpolate", {taps, out});
  t.weight.resize(static_cast<size_t>(cells));
  for (int64_t o = 0; o < out; ++o) {
    auto k = static_cast<size_t>(o);
    T total = 0;
    for (int64_t i = t.start[k]; i < t.stop[k]; ++i) {
      T w = filter((static_cast<T>(i) - center(o) + T(0.5)) * narrow);
      t.weight[static_cast<size_t>((i - t.start[k]) * out) + k] = w;
      total += w;
    }
    for (int64_t j = 0; total != 0 && j < t.stop[k] - t.start[k]; ++j)
      t.weight[static_cast<size_t>(j * out) + k] /= total;
  }
  return t;
}

template <class T>
AxisTable smooth_axis(Method mode, int64_t in, int64_t out, double scale, bool align,
                      bool antialias) {
  if (antialias) return antialiased_axis<T>(mode, in, out, scale, align);
  return mode == Method::kLinear ? linear_axis<T>(in, out, scale, align)
                                 : cubic_axis<T>(in, out, scale, align);
}

Method read_mode(const char* op, std::string_view name, int dims) {
  struct Row {
    const char* name;
    Method mode;
    int dims;  // of the input; 0: any
  };
  static constexpr Row kRows[] = {
      {"nearest", Method::kNearest, 0},  {"nearest-exact", Method::kNearestExact, 0},
      {"area", Method::kArea, 0},        {"linear", Method::kLinear, 3},
      {"bilinear", Method::kLinear, 4},  {"bicubic", Method::kCubic, 4},
      {"trilinear", Method::kLinear, 5},
  };
  for (const Row& row : kRows) {
    if (name != row.name) continue;
    if (dims < 3 || dims > 5) break;
    if (row.dims && dims != row.dims)
      fail(ErrorKind::kNotImplemented, op, ": Got ", dims, "D input, but ", name, " mode needs ",
           row.dims, "D input");
    return row.mode;
  }
  fail(ErrorKind::kNotImplemented, op, ": Only 3D, 4D and 5D input Tensors supported (got ", dims,
       "D) for the modes: nearest | linear | bilinear | bicubic | trilinear | area | nearest-exact "
       "(got ",
       name, ")");
}

/// One number for all dims, or one for each.
template <class List>
void check_count(const char* op, const char* what, const List& list, const Tensor& x) {
  auto count = static_cast<int>(list.size());
  if (count == 1 || count == x.dim() - 2) return;
  fail(ErrorKind::kValue, op,
       ": Input and output must have the same number of spatial dimensions,"
       " but the input has shape ",
       x.sizes(), " and ", what, " has ", count,
       " numbers; give one, "
       "or one for each spatial dim");
}

/// Sizes of the result; drops scales that are not to be used further.
Dims sizes_of(const char* op, const Tensor& x, const InterpolateOptions& o, Method mode,
              std::vector<double>& scale) {
  int n = x.dim() - 2;
  if (o.size.empty() == o.scale.empty())
    fail(ErrorKind::kValue, op,
         o.size.empty() ? ": either size or scale_factor should be defined"
                        : ": only one of size or scale_factor should be defined");
  if (!o.size.empty() && o.recompute_scale)
    fail(ErrorKind::kValue, op,
         ": recompute_scale_factor is not meaningful with an explicit size.");
  Dims sizes;
  if (!o.size.empty()) {
    check_count(op, "size", o.size, x);
    for (int k = 0; k < n; ++k) sizes.push_back(o.size.size() == 1 ? o.size[0] : o.size[k]);
  } else {
    check_count(op, "scale_factor", o.scale, x);
    for (int k = 0; k < n; ++k) {
      double s = o.scale[o.scale.size() == 1 ? 0 : static_cast<size_t>(k)];
      double size = std::floor(static_cast<double>(x.size(k + 2)) * s);
      if (!(size >= 0 && size <= INT32_MAX / 2))
        fail(ErrorKind::kValue, op, ": scale_factor ", s, " of an input of shape ", x.sizes(),
             " gives no size from 1 to ", INT32_MAX / 2);
      sizes.push_back(static_cast<int64_t>(size));
      if (!o.recompute_scale && mode != Method::kArea) scale.push_back(s);
    }
  }
  Dims whole = x.sizes();
  for (int k = 0; k < n; ++k) {
    if (sizes[k] <= 0 || sizes[k] > INT32_MAX / 2 || x.size(k + 2) <= 0)
      fail(ErrorKind::kShape, op, ": Input and output sizes should be greater than 0 and up to ",
           INT32_MAX / 2, ", but the input has shape ", x.sizes(), " and the output sizes ", sizes);
    whole[k + 2] = sizes[k];
  }
  checked_numel(op, whole);
  return sizes;
}

}  // namespace

Tensor interpolate(const char* op, const Tensor& x, const InterpolateOptions& o) {
  Method mode = read_mode(op, o.mode, x.dim());
  bool smooth = mode == Method::kLinear || mode == Method::kCubic;
  if (!smooth && o.align_corners)
    fail(ErrorKind::kValue, op,
         ": align_corners option can only be set with the interpolating modes: linear | bilinear | "
         "bicubic | trilinear");
  if (o.antialias && (!smooth || x.dim() != 4))
    fail(
        ErrorKind::kValue, op,
        ": Anti-alias option is restricted to bilinear and bicubic modes and requires a 4-D tensor "
        "as input");
  std::vector<double> scale;
  Dims sizes = sizes_of(op, x, o, mode, scale);
  if (x.size(1) == 0)
    fail(ErrorKind::kShape, op, ": only the batch may be empty, but the input has shape ",
         x.sizes());
  int n = x.dim() - 2;
  if (mode == Method::kArea) return adaptive_avg_pool(op, n, x, sizes);
  if (!is_floating(x.dtype()) && (smooth || x.dtype() == DType::kBool))
    fail(ErrorKind::kType, op, ": expects a floating input, got ", x,
         "; convert it with .to(float32)");
  bool align = o.align_corners.value_or(false), exact = mode == Method::kNearestExact;
  bool small_image = n == 2 && sizes[0] + sizes[1] <= 128;
  bool wide = x.dtype() == DType::kFloat64 && (smooth || !small_image);
  std::vector<AxisTable> tables;
  for (int k = 0; k < n; ++k) {
    int64_t in = x.size(k + 2), out = sizes[k];
    double s = scale.empty() ? 0 : scale[static_cast<size_t>(k)];
    if (smooth) {
      tables.push_back(wide ? smooth_axis<double>(mode, in, out, s, align, o.antialias)
                            : smooth_axis<float>(mode, in, out, s, align, o.antialias));
    } else {
      tables.push_back(wide ? nearest_axis<double>(in, out, s, exact, small_image)
                            : nearest_axis<float>(in, out, s, exact, small_image));
    }
  }
  if (!is_floating(x.dtype())) {
    // Integers are only moved.
    Tensor y = x;
    for (int k = 0; k < n; ++k) {
      const auto& start = tables[static_cast<size_t>(k)].start;
      y = index_select(y, k + 2, indices({start.begin(), start.begin() + sizes[k]}));
    }
    return y;
  }
  return call<Interpolate>(
      {std::make_shared<const Bands>(std::move(tables), x.dtype()), std::move(sizes), false}, x);
}

}  // namespace pyad
