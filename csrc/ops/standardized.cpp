// Standardised rows as recorded ops; extreme rows in units of their own.
#include "ops/standardized.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/careful.hpp"
#include "kernels/strided.hpp"
#include "ops/functions.hpp"
#include "ops/op.hpp"
#include "ops/reduce.hpp"
#include "ops/shape.hpp"
#include "ops/view.hpp"

namespace pyad {

namespace {

template <class F>
void visit_type(DType dtype, F&& f) {
  if (wide_index(dtype)) {
    f(double{});
  } else {
    f(float{});
  }
}

/// Whether recorded rules, up to third derivatives, may take powers of rstd.
template <class T>
bool is_ordinary_power(T rstd) {
  constexpr T kHigh = sizeof(T) == 4 ? T(0x1p16) : T(0x1p128);
  return rstd < kHigh && rstd > 1 / kHigh;
}

/// The first element over `dims`, kept, on values.
Tensor first_elements(Tensor x, const Dims& dims) {
  for (int64_t d : dims) x = narrow(x, d, 0, 1);
  return contiguous_values(x);
}

/// Constants of rows, one element each, that take a row near 0 and 1: (x near - first) scale, with
/// eps in these units. Inputs x, means and variances; outputs near, first, scale, total, which is
/// near scale, and eps, undefined if all rows are ordinary.
struct RowUnits : Plain<"row_units", 3, 5> {
  struct Attr {
    Axes dims;
    double eps;
    bool centred;
  };
  static Tensors forward(const Attr& attr, Inputs in);
};

Tensors RowUnits::forward(const Attr& attr, Inputs in) {
  const Tensor &x = in[0], mean = contiguous_values(in[1]), variance = contiguous_values(in[2]);
  const auto& [dims, given, centred] = attr;
  const int64_t rows = variance.numel(), each = rows > 0 ? x.numel() / rows : 0;
  Tensors units(5);
  if (each == 0) return units;
  visit_type(x.dtype(), [&]<class T>(T) {
    const T error = error_of_mean<T>(each);
    auto plain = [&](int64_t i) {
      const T m = centred ? mean.data<T>()[i] : T(0), v = variance.data<T>()[i];
      return is_ordinary(m, v, error, given) &&
             is_ordinary_power(T(1) / std::sqrt(v + static_cast<T>(given)));
    };
    std::vector<char> ordinary(static_cast<size_t>(rows));
    for (int64_t i = 0; i < rows; ++i) ordinary[static_cast<size_t>(i)] = plain(i);
    if (std::find(ordinary.begin(), ordinary.end(), 0) == ordinary.end()) return;
    const Tensor values = detach(x), sizes = contiguous_values(amax(abs(values), dims, true));
    auto fill = [&](double v) { return full(variance.sizes(), Scalar(v), variance.dtype()); };
    const Tensor near = fill(1), first = fill(0), scale = fill(1), total = fill(1),
                 eps = fill(given);
    const Tensor firsts = centred ? first_elements(values, dims) : first;
    for (int64_t i = 0; i < rows; ++i) {
      const T size = sizes.data<T>()[i];
      if (!std::isfinite(size)) ordinary[static_cast<size_t>(i)] = 1;
      if (ordinary[static_cast<size_t>(i)]) continue;
      near.data<T>()[i] = room_for_difference(size);
      first.data<T>()[i] = firsts.data<T>()[i] * near.data<T>()[i];
    }
    const Tensor far = contiguous_values(amax(abs(values * near - first), dims, true));
    for (int64_t i = 0; i < rows; ++i) {
      if (ordinary[static_cast<size_t>(i)]) continue;
      const auto by = static_cast<double>(near.data<T>()[i]);
      const T s = scale_near_one(far.data<T>()[i], given * by * by);
      const auto both = static_cast<double>(s) * by;
      scale.data<T>()[i] = s;
      total.data<T>()[i] = static_cast<T>(both);
      eps.data<T>()[i] = static_cast<T>(given * both * both);
    }
    units = {near, first, scale, total, eps};
  });
  return units;
}

}  // namespace

// Note [Rows of extreme numbers] in kernels/careful.hpp.
Tensor standardized(const Tensor& x, const Dims& dims, double eps, bool centred) {
  Tensor m = centred ? mean(x, dims, true) : Tensor(), d = centred ? x - m : x;
  Tensor variance = mean(square(d), dims, true);
  Axes wrapped;
  for (int64_t k : dims) wrapped.push_back(k < 0 ? k + x.dim() : k);
  Tensors units;
  {
    GradModeGuard off(false);
    const Tensor in[] = {x, centred ? m : variance, variance};
    units = call_many<RowUnits>({wrapped, eps, centred}, in);
  }
  if (!units[0].defined()) return d * rsqrt(variance + eps);
  d = centred ? (x * units[0] - units[1]) * units[2] : x * units[3];
  if (centred) d = d - mean(d, dims, true);
  return d * rsqrt(mean(square(d), dims, true) + units[4]);
}

}  // namespace pyad
