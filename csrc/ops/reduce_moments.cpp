// Variances, standard deviations, logsumexp and norms: reductions that need a second look at the
// elements.
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "core/host.hpp"
#include "kernels/reduce.hpp"
#include "kernels/softmax.hpp"
#include "kernels/softmax_kernels.hpp"
#include "kernels/strided.hpp"
#include "ops/checks.hpp"
#include "ops/functions.hpp"
#include "ops/reduce.hpp"
#include "ops/roots.hpp"
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

Tensor restored(const Tensor& y, const Dims& dims, bool keepdim, const Tensor& x) {
  return restore_dims(y, dims, keepdim, x.dim());
}

/// 2 / (n - correction), infinite where no degree of freedom is left.
double slope_factor(const MomentAttr& attr, const Dims& sizes) {
  double free = static_cast<double>(reduced_count(sizes, attr.dims)) - attr.correction;
  return free > 0 ? 2 / free : kInf;
}

/// x less its mean. Where the sum of large elements overflows, the mean is that of smaller ones.
Tensor centred(const Tensor& x, const Dims& dims) {
  Tensor m = mean(x, dims, true);
  if (all_finite(m)) return x - m;
  const auto n = static_cast<double>(reduced_count(x.sizes(), dims));
  const double small = std::exp2(-std::ilogb(n) - 1);
  Tensor careful = sum(x * small, dims, true) * (1 / (n * small));
  return x - where(lt(abs(detach(m)), kInf), m, careful);
}

Tensor var_pull(const MomentAttr& attr, const Tensor& g, const Tensor& x) {
  return restored(g, attr.dims, attr.keepdim, x) * slope_factor(attr, x.sizes()) *
         centred(x, attr.dims);
}

Tensor var_push(const MomentAttr& attr, const Tensor& x, const Tensor& t) {
  return sum(centred(x, attr.dims) * t, attr.dims, attr.keepdim) * slope_factor(attr, x.sizes());
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
  auto n = static_cast<double>(reduced_count(in[0].sizes(), attr.dims));
  double free = std::fmax(n - attr.correction, 0.0);
  mend_roots(y, in[0], attr.dims, [free](const std::vector<double>& line) {
    return deviation_of(line) / std::sqrt(free);
  });
  return y;
}
bool Std::has_square(const Attr&, const Tensor& y) { return any_equal(y, 0); }
void Std::vjp(const Attr& attr, Rule& b) {
  Tensor x = b.in(0);
  Tensor deviation = centred(x, attr.dims);
  double factor = 0.5 * slope_factor(attr, x.sizes());
  Tensor slope;
  if (b.g().defined()) {
    Tensor g = restored(b.g(), attr.dims, attr.keepdim, x) * factor;
    Tensor y = restored(b.out(), attr.dims, attr.keepdim, x);
    slope = scaled_unit(g, deviation, divisor_for(g, y, x));
  }
  if (b.node().has_square() && b.g(1).defined()) {
    Tensor part = restored(b.g(1), attr.dims, attr.keepdim, x) * factor * deviation;
    slope = slope.defined() ? slope + part : part;
  }
  b.give(0, std::move(slope));
}
Tensors Std::jvp(const Attr& attr, Tangents& t) {
  const Tensor& x = t.in(0);
  Tensor deviation = centred(x, attr.dims), v = t.t(0);
  Tensor y = restored(for_own_rule(t.out()), attr.dims, attr.keepdim, x);
  const double factor = 0.5 * slope_factor(attr, x.sizes());
  auto total = [&](const Tensor& part) { return sum(part, attr.dims, attr.keepdim) * factor; };
  Tensor part = scaled_unit(v, deviation, y);
  if (!is_followed(x) || !any_equal(t.out(), 0)) return {total(part)};
  Tensor moving = any(ne(detach(v), 0), attr.dims, attr.keepdim);
  auto [value, for_rule] = at_corners(t.out(), total(moved(v, part)), moving, is_constant(v));
  return {value, for_rule, total(deviation * v)};
}

Tensor LogSumExp::forward(const Attr& attr, Inputs in) {
  return logsumexp_forward(in[0], attr.dims, attr.keepdim);
}

namespace {

/// softmax of x, from its logsumexp; of no finite term at all it is 0.
///
/// To be differentiated, one that is nearly all is 1 less the others: its slope is small, and in
/// exp(x - total) it would be the difference of two that are not.
Tensor softmax_from(const ReduceAttr& attr, const Tensor& x, const Tensor& y) {
  Tensor total = restored(y, attr.dims, attr.keepdim, x);
  if (any_equal(y, -kInf)) total = where(eq(detach(total), -kInf), 0.0, total);
  Tensor p = exp(x - total);
  if (plain_values()) return p;
  Tensor dominant = gt(detach(p), kDominant);
  return where(dominant, 1.0 - sum(where(dominant, 0.0, p), attr.dims, true), p);
}

}  // namespace

void LogSumExp::vjp(const Attr& attr, Rule& b) {
  Tensor x = b.in(0);
  b.give(0, restored(b.g(), attr.dims, attr.keepdim, x) * softmax_from(attr, x, b.out()));
}

namespace {

/// v^(1/p), of the order that the loop took powers of, which is p in the type. A float64 1/p is
/// rounded itself, which the power multiplies by its logarithm; one step of Newton's mends that.
float root_of(float v, double p) {
  return static_cast<float>(std::pow(static_cast<double>(v), 1 / double{static_cast<float>(p)}));
}
double root_of(double v, double p) {
  const double y = std::pow(v, 1 / p), more = (v / std::pow(y, p) - 1) / p;
  return std::fabs(more) < 1e-9 && std::isfinite(y) ? y + y * more : y;
}

}  // namespace

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
    update(y, [p](auto v) { return root_of(v, p); });
  }
  if (x.numel() > 0)
    mend_roots(y, x, attr.dims, [p](const std::vector<double>& v) { return norm_of(v, p); }, p);
  return y;
}

namespace {

constexpr double kSteep = 16;  // orders beyond multiply what is rounded in x / y

/// Of an order so high that the power of |x| / y shows its roundings: with m the extreme element,
/// |x| / m is 1 + (|x| - m) / m, whose difference is exact where it counts. The slope is the same
/// for every m, so m is a constant when this is differentiated.
Tensor steep_pull(const VectorNorm::Attr& attr, const Tensor& g, const Tensor& x) {
  const double p = attr.p;
  Tensor size = abs(x), m, none;
  {
    GradModeGuard off(false);
    Tensor plain = detach(size);
    m = p > 0 ? amax(plain, attr.dims, true) : amin(plain, attr.dims, true);
    none = eq(m, 0);
    m = where(none, 1.0, m);
    none = logical_or(none, eq(plain, 0));
  }
  Tensor safe = where(eq(detach(x), 0), m, size), off = (safe - m) / m;
  Tensor near = lt(abs(detach(off)), 0.5);
  Tensor log = where(near, log1p(where(near, off, 0.0)), pyad::log(where(near, 1.0, safe / m)));
  Tensor total = sum(where(eq(detach(x), 0), 0.0, exp(log * p)), attr.dims, true);
  Tensor share = exp(log * (p - 1)) * pow(where(le(detach(total), 0), 1.0, total), 1 / p - 1);
  return g * where(none, 0.0, sign(x) * share);
}

/// Of an order below 2: (|x| / y)^(p - 1), as the ratio's powers may be no numbers where its own
/// product with them is. At 0 this is a singular point.
Tensor flat_pull(const VectorNorm::Attr& attr, const Tensor& g, const Tensor& x, const Tensor& y,
                 const Tensor& divisor) {
  const double p = attr.p;
  Tensor size = abs(x), zero = eq(x, 0), none = eq(y, 0);
  Tensor safe = where(zero, 1.0, size), whole = where(none, 1.0, y);
  Tensor share = p > 0 ? pow(safe, p - 1) / pow(whole, p - 1) : pow(safe / whole, p - 1);
  return scaled_unit(g * share, x, where(none, divisor, where(zero, 0.0, size)));
}

}  // namespace

Tensor norm_pull(const VectorNorm::Attr& attr, const Tensor& g, const Tensor& x, const Tensor& y,
                 const Tensor& divisor) {
  double p = attr.p;
  if (p == 0) return zeros_like(x);
  if (p == 1) return g * sign(x);
  if (std::isinf(p)) {
    Tensor size = abs(x);
    Tensor mask = logical_or(eq(size, y), logical_and(ne(size, size), ne(y, y)));
    Tensor ties = to_dtype(mask, x.dtype());
    return g * (sign(x) * (ties / sum(ties, attr.dims, true)));
  }
  if (p == 2) return scaled_unit(g, x, divisor);
  const bool roots = any_equal(y.is_batched() ? y : contiguous_values(detach(y)), 0);
  if (std::fabs(p) > kSteep) {
    Tensor slope = steep_pull(attr, g, x);
    return roots && p > 0 ? where(eq(y, 0), scaled_unit(g, x, divisor), slope) : slope;
  }
  if (p < 2) return flat_pull(attr, g, x, y, divisor);
  // x / y times (|x| / y)^(p - 2), whose slope at 0 is infinite for p < 3, though the product is
  // smooth there.
  Tensor none = eq(y, 0), size = abs(x), zero = eq(x, 0);
  const bool pointed = p < 3;
  if (pointed) size = where(zero, 1.0, size);
  Tensor power = pow(size / where(none, 1.0, y), p - 2);
  if (pointed) power = where(zero, 0.0, power);
  // Of a root of 0 any factor will do, but 0, which would make NaN of an infinite g.
  if (roots) power = where(none, 1.0, power);
  return scaled_unit(g * power, x, divisor);
}

namespace {
/// Norms that are no pieces of lines.
bool is_root(double p) { return p != 0 && p != 1 && !std::isinf(p); }
}  // namespace

bool VectorNorm::has_square(const Attr& attr, const Tensor& y) {
  return attr.p == 2 && any_equal(y, 0);
}
void VectorNorm::vjp(const Attr& attr, Rule& b) {
  Tensor x = b.in(0), slope;
  if (b.g().defined()) {
    Tensor g = restored(b.g(), attr.dims, attr.keepdim, x);
    Tensor y = restored(b.out(), attr.dims, attr.keepdim, x);
    slope = norm_pull(attr, g, x, y, is_root(attr.p) ? divisor_for(g, y, x) : y);
  }
  if (b.node().has_square() && b.g(1).defined()) {
    Tensor part = restored(b.g(1), attr.dims, attr.keepdim, x) * x;
    slope = slope.defined() ? slope + part : part;
  }
  b.give(0, std::move(slope));
}
Tensors VectorNorm::jvp(const Attr& attr, Tangents& t) {
  const Tensor& x = t.in(0);
  Tensor v = t.t(0), y = restored(for_own_rule(t.out()), attr.dims, attr.keepdim, x);
  auto total = [&](const Tensor& part) { return sum(part, attr.dims, attr.keepdim); };
  Tensor part = norm_pull(attr, v, x, y, y);
  if (!is_root(attr.p) || !is_followed(x)) return {total(part)};
  if (attr.p < 2) part = moved(v, part);  // of single elements that are 0
  if (!any_equal(t.out(), 0)) return {total(part)};
  Tensor moving = any(ne(detach(v), 0), attr.dims, attr.keepdim);
  auto [value, for_rule] = at_corners(t.out(), total(moved(v, part)), moving, is_constant(v));
  return {value, for_rule, attr.p == 2 ? total(x * v) : Tensor()};
}

namespace {
MomentAttr moment(const char* op, const Tensor& x, const Dims& dims, double correction,
                  bool keepdim) {
  need_floating(op, x);
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
  need_floating("norm", x);
  Dims wrapped = wrap_dims("norm", dims, x.dim());
  if (x.numel() == 0 && (p < 0 || p == kInf) && reduced_count(x.sizes(), wrapped) == 0) {
    fail(ErrorKind::kShape, "norm: the norm of order ", p, " of no elements does not exist, shape ",
         x.sizes());
  }
  p = effective_order(p, reduced_count(x.sizes(), wrapped), x.dtype());
  return call<VectorNorm>({std::move(wrapped), keepdim, p}, x);
}

}  // namespace pyad
