// Variances, standard deviations, logsumexp and norms: reductions that need a second look at the
// elements.
#include <cmath>
#include <limits>

#include "core/host.hpp"
#include "kernels/reduce.hpp"
#include "kernels/strided.hpp"
#include "ops/functions.hpp"
#include "ops/reduce.hpp"
#include "ops/shape.hpp"

namespace pyad {

namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

/// y[i] = f(y[i]) on a fresh array.
template <class F>
void update(const Tensor& y, F&& f) {
  visit_floating("reduce", y.dtype(), [&]<class T>(std::type_identity<T>) {
    T* p = y.data<T>();
    for (int64_t i = 0; i < y.numel(); ++i) p[i] = f(p[i]);
  });
}

void check_floating(const char* op, const Tensor& x) {
  if (is_floating(x.dtype())) return;
  fail(ErrorKind::kType, op, ": expects a floating dtype, got ", x.dtype(),
       "; convert with .to(float32)");
}

Tensor restored(const Tensor& y, const Dims& dims, bool keepdim, const Tensor& x) {
  return restore_dims(y, dims, keepdim, x.dim());
}

/// 2 / (n - correction), infinite where no degree of freedom is left.
double slope_factor(const MomentAttr& attr, const Dims& sizes) {
  double free = static_cast<double>(reduced_count(sizes, attr.dims)) - attr.correction;
  return free > 0 ? 2 / free : kInf;
}

Tensor var_pull(const MomentAttr& attr, const Tensor& g, const Tensor& x) {
  return restored(g, attr.dims, attr.keepdim, x) * slope_factor(attr, x.sizes()) *
         (x - mean(x, attr.dims, true));
}

Tensor var_push(const MomentAttr& attr, const Tensor& x, const Tensor& t) {
  return sum((x - mean(x, attr.dims, true)) * t, attr.dims, attr.keepdim) *
         slope_factor(attr, x.sizes());
}

/// 1 / (2 y), and 0 where y is 0, as in PyTorch.
Tensor root_slope(const Tensor& y) {
  Tensor zero = eq(y, 0);
  return where(zero, 0.0, 0.5 / where(zero, 1.0, y));
}

/// The first element of each reduction, in the shape of the result.
Tensor first_elements(const Tensor& x, const MomentAttr& attr) {
  Layout layout{{}, {}, x.offset()};
  for (int i = 0; i < x.dim(); ++i) {
    bool reduced = attr.dims.contains(i);
    if (reduced && !attr.keepdim) continue;
    layout.sizes.push_back(reduced ? 1 : x.size(i));
    layout.strides.push_back(x.stride(i));
  }
  return contiguous_values(alias(x, std::move(layout)));
}

}  // namespace

// The mean, as the mean distance from the first element, then the squares around it: nothing
// cancels, and equal elements have variance 0 exactly.
Tensor Var::forward(const Attr& attr, Inputs in) {
  const Tensor& x = in[0];
  auto n = static_cast<double>(reduced_count(x.sizes(), attr.dims));
  if (x.numel() == 0) {
    return full(reduced_sizes(x.sizes(), attr.dims, attr.keepdim),
                Scalar(std::numeric_limits<double>::quiet_NaN()), x.dtype());
  }
  Tensor first = first_elements(x, attr);
  Tensor m = reduce(Reduction::kSumDeviation, x, attr.dims, attr.keepdim, &first);
  visit_floating("var", x.dtype(), [&]<class T>(std::type_identity<T>) {
    T* p = m.data<T>();
    const T* q = first.data<T>();
    for (int64_t i = 0; i < m.numel(); ++i) p[i] = q[i] + p[i] / static_cast<T>(n);
  });
  Tensor y = reduce(Reduction::kSumSquaredDeviation, x, attr.dims, attr.keepdim, &m);
  double free = std::fmax(n - attr.correction, 0.0);
  update(y, [free](auto v) { return v / static_cast<decltype(v)>(free); });
  return y;
}
void Var::vjp(const Attr& attr, Rule& b) { b.give(0, var_pull(attr, b.g(), b.in(0))); }
Tensor Var::jvp(const Attr& attr, Tangents& t) { return var_push(attr, t.in(0), t.t(0)); }

Tensor Std::forward(const Attr& attr, Inputs in) {
  Tensor y = Var::forward(attr, in);
  update(y, [](auto v) { return std::sqrt(v); });
  return y;
}
void Std::vjp(const Attr& attr, Rule& b) {
  b.give(0, var_pull(attr, b.g() * root_slope(b.out()), b.in(0)));
}
Tensor Std::jvp(const Attr& attr, Tangents& t) {
  return var_push(attr, t.in(0), t.t(0)) * root_slope(t.out());
}

Tensor LogSumExp::forward(const Attr& attr, Inputs in) {
  const Tensor& x = in[0];
  Tensor m = reduce(Reduction::kMax, x, attr.dims, attr.keepdim);
  if (x.numel() == 0) return m;  // log(0)
  update(m, [](auto v) { return std::isinf(v) ? decltype(v)(0) : v; });
  Tensor y = reduce(Reduction::kSumExp, x, attr.dims, attr.keepdim, &m);
  visit_floating("logsumexp", y.dtype(), [&]<class T>(std::type_identity<T>) {
    T* p = y.data<T>();
    const T* q = m.data<T>();
    for (int64_t i = 0; i < y.numel(); ++i) p[i] = std::log(p[i]) + q[i];
  });
  return y;
}

namespace {

/// softmax of x, from its logsumexp; where that is infinite the sum has one infinite term or none.
Tensor softmax_from(const ReduceAttr& attr, const Tensor& x, const Tensor& y) {
  return exp(x - restored(y, attr.dims, attr.keepdim, x));
}

}  // namespace

void LogSumExp::vjp(const Attr& attr, Rule& b) {
  Tensor x = b.in(0);
  b.give(0, restored(b.g(), attr.dims, attr.keepdim, x) * softmax_from(attr, x, b.out()));
}
Tensor LogSumExp::jvp(const Attr& attr, Tangents& t) {
  return sum(t.t(0) * softmax_from(attr, t.in(0), t.out()), attr.dims, attr.keepdim);
}

Tensor VectorNorm::forward(const Attr& attr, Inputs in) {
  const Tensor& x = in[0];
  double p = attr.p;
  auto run = [&](Reduction r) { return reduce(r, x, attr.dims, attr.keepdim, nullptr, p); };
  if (p == 0) return convert(run(Reduction::kCountNonzero), x.dtype());
  if (p == 1) return run(Reduction::kSumAbs);
  if (p == kInf) return run(Reduction::kMaxAbs);
  if (p == -kInf) return run(Reduction::kMinAbs);
  Tensor y = run(p == 2 ? Reduction::kSumSquares : Reduction::kSumPow);
  if (p == 2) {
    update(y, [](auto v) { return std::sqrt(v); });
  } else {
    update(y, [p](auto v) { return std::pow(v, static_cast<decltype(v)>(1 / p)); });
  }
  return y;
}

namespace {

// Note [Norms at zero]
// As in PyTorch the derivative of a norm of zeros is 0, and so is the share of an element that is
// 0. Divisors and bases of powers that are 0 are replaced by 1 before use and the result by 0 after
// it: a mask alone would leave NaN in the next derivative.

/// The partials of the norm y (restored dims) by x.
Tensor norm_slopes(const VectorNorm::Attr& attr, const Tensor& x, const Tensor& y) {
  double p = attr.p;
  if (p == 0) return zeros_like(x);
  if (p == 1) return sign(x);
  if (std::isinf(p)) {
    Tensor size = abs(x);
    Tensor mask = logical_or(eq(size, y), logical_and(ne(size, size), ne(y, y)));
    Tensor ties = to_dtype(mask, x.dtype());
    return sign(x) * (ties / sum(ties, attr.dims, true));
  }
  Tensor flat = eq(y, 0);
  Tensor divisor = where(flat, 1.0, y);
  if (p == 2) return where(flat, 0.0, x / divisor);
  Tensor zero = eq(x, 0);
  Tensor size = where(zero, 1.0, abs(x));
  return where(logical_or(zero, flat), 0.0, sign(x) * pow(size / divisor, p - 1));
}

}  // namespace

void VectorNorm::vjp(const Attr& attr, Rule& b) {
  Tensor x = b.in(0);
  Tensor slopes = norm_slopes(attr, x, restored(b.out(), attr.dims, attr.keepdim, x));
  b.give(0, restored(b.g(), attr.dims, attr.keepdim, x) * slopes);
}
Tensor VectorNorm::jvp(const Attr& attr, Tangents& t) {
  const Tensor& x = t.in(0);
  Tensor slopes = norm_slopes(attr, x, restored(t.out(), attr.dims, attr.keepdim, x));
  return sum(t.t(0) * slopes, attr.dims, attr.keepdim);
}

namespace {
MomentAttr moment(const char* op, const Tensor& x, const Dims& dims, double correction,
                  bool keepdim) {
  check_floating(op, x);
  MomentAttr attr{wrap_dims(op, dims, x.dim()), keepdim, correction};
  if (static_cast<double>(reduced_count(x.sizes(), attr.dims)) <= correction) {
    warn(cat(op,
             "(): degrees of freedom is <= 0. Correction should be strictly less than the "
             "reduction factor (input numel divided by output numel)."));
  }
  return attr;
}
}  // namespace

Tensor var(const Tensor& x, const Dims& dims, double correction, bool keepdim) {
  return call<Var>(moment("var", x, dims, correction, keepdim), x);
}
Tensor standard_deviation(const Tensor& x, const Dims& dims, double correction, bool keepdim) {
  return call<Std>(moment("std", x, dims, correction, keepdim), x);
}
Tensor logsumexp(const Tensor& x, const Dims& dims, bool keepdim) {
  Dims wrapped = wrap_dims("logsumexp", dims, x.dim());
  Tensor in = is_floating(x.dtype()) ? x : to_dtype(x, default_dtype());
  return call<LogSumExp>({std::move(wrapped), keepdim}, in);
}
Tensor vector_norm(const Tensor& x, double p, const Dims& dims, bool keepdim) {
  check_floating("norm", x);
  Dims wrapped = wrap_dims("norm", dims, x.dim());
  if (x.numel() == 0 && (p < 0 || p == kInf) && reduced_count(x.sizes(), wrapped) == 0) {
    fail(ErrorKind::kShape, "norm: the norm of order ", p, " of no elements does not exist, shape ",
         x.sizes());
  }
  return call<VectorNorm>({std::move(wrapped), keepdim, p}, x);
}

}  // namespace pyad
