// Rules of the cumulative ops.
#include "ops/scan.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include "kernels/scan.hpp"
#include "kernels/strided.hpp"
#include "ops/checks.hpp"
#include "ops/functions.hpp"
#include "ops/index.hpp"
#include "ops/shape.hpp"

namespace pyad {

namespace {

Tensor widened(const Tensor& x) {
  return contiguous_values(is_floating(x.dtype()) ? x : convert(x, DType::kInt64));
}

}  // namespace

Tensor CumSum::forward(const Attr& attr, Inputs in) {
  return scan_sum(widened(in[0]), attr.dim, attr.reverse);
}
Tensor CumSum::transpose(const Attr& attr, Rule& b, int) {
  return call<CumSum>({attr.dim, !attr.reverse}, b.g());
}

// Note [Derivative of a running product]
// As for products (Note [Derivative of a product]) the quotient rule fails at zeros, so the rule
// follows the multiplications of a scan by doubling: v'[i] = v[i] v[i - s] for s = 1, 2, 4 ... Its
// tangent and cotangent are products and sums of the v's, right at zeros and differentiable again.

namespace {

/// The values of the scan before each doubling, and the last.
std::vector<Tensor> doublings(const Tensor& x, int dim) {
  std::vector<Tensor> levels{x};
  int64_t n = x.size(dim);
  for (int64_t s = 1; s < n; s *= 2) {
    const Tensor& v = levels.back();
    const Tensor parts[] = {narrow(v, dim, 0, s),
                            narrow(v, dim, s, n - s) * narrow(v, dim, 0, n - s)};
    levels.push_back(concat(parts, dim));
  }
  return levels;
}

}  // namespace

Tensor CumProd::forward(const Attr& attr, Inputs in) {
  return scan_prod(widened(in[0]), attr.dim, false);
}

void CumProd::vjp(const Attr& attr, Rule& b) {
  Tensor x = b.in(0), g = b.g();
  if (x.dim() == 0 || x.numel() == 0) return b.give(0, g);
  if (mode.levels == 0) {
    Tensor y = b.out();
    if (all_normal(y)) return b.give(0, call<CumSum>({attr.dim, true}, g * y) / x);
  }
  int dim = attr.dim;
  int64_t n = x.size(dim);
  std::vector<Tensor> levels = doublings(x, dim);
  for (size_t k = levels.size() - 1; k-- > 0;) {
    const Tensor& v = levels[k];
    int64_t s = int64_t{1} << k;
    Tensor tail = narrow(g, dim, s, n - s);
    Dims rest = x.sizes();
    rest[dim] = s;
    const Tensor own[] = {narrow(g, dim, 0, s), tail * narrow(v, dim, 0, n - s)};
    const Tensor other[] = {tail * narrow(v, dim, s, n - s), zeros(rest, x.dtype())};
    g = concat(own, dim) + concat(other, dim);
  }
  b.give(0, g);
}

template <OpName NAME, bool LARGEST>
Tensors CumExtreme<NAME, LARGEST>::forward(const Attr& attr, Inputs in) {
  ValuesAndPlaces y = scan_arg(LARGEST, contiguous_values(in[0]), attr.dim);
  return {std::move(y.values), std::move(y.places)};
}
template <OpName NAME, bool LARGEST>
void CumExtreme<NAME, LARGEST>::vjp(const Attr& attr, Rule& b) {
  if (!b.g().defined()) return;
  if (b.sizes(0).empty()) return b.give(0, b.g());
  b.give(0, scatter_add(zeros(b.sizes(0), b.dtype(0)), attr.dim, b.out(1), b.g()));
}
template struct CumExtreme<"cummax", true>;
template struct CumExtreme<"cummin", false>;

// Note [Derivative of logcumsumexp]
// With y the result, x_j has weight exp(x_j - y_i) in y_i (j <= i). Neither exp(x) nor exp(-y) may
// be taken alone: they overflow. So the sums over i or j are scans with decay, s[i] = v[i] + d[i]
// s[i + 1] with d[i] = exp(y_i - y_{i+1}) <= 1, done by doubling. The decay over a longer run is
// taken from the ends of the run: near 1 all factors are rounded the same way, and so the product
// of a hundred thousand is wrong in half of its digits.

namespace {

Tensor logcumsumexp_weights(const Tensor& x, const Tensor& y) {
  constexpr double kInf = std::numeric_limits<double>::infinity();
  return where(eq(x, -kInf), 0.0, exp(x - y));
}

/// exp(a - b), and 1 between two infinite sums: what comes before them has no weight there, and what
/// comes after them keeps it.
Tensor logcumsumexp_decay(const Tensor& a, const Tensor& b) {
  constexpr double kInf = std::numeric_limits<double>::infinity();
  return where(eq(a, kInf), 1.0, logcumsumexp_weights(a, b));
}

/// s[i] = v[i] + d[i] s[i + 1] from the end, or s[i + 1] = v[i + 1] + d[i] s[i] from the start.
Tensor decaying_sums(const Tensor& v, const Tensor& y, int dim, bool from_end) {
  Tensor s = v;
  int64_t n = v.size(dim);
  for (int64_t step = 1; step < n; step *= 2) {
    int64_t m = n - step;
    Tensor near = narrow(s, dim, from_end ? 0 : step, m);
    Tensor far = narrow(s, dim, from_end ? step : 0, m);
    Tensor rest = narrow(s, dim, from_end ? m : 0, step);
    Tensor decay = logcumsumexp_decay(narrow(y, dim, 0, m), narrow(y, dim, step, m));
    Tensor sums = near + decay * far;
    const Tensor parts[] = {from_end ? sums : rest, from_end ? rest : sums};
    s = concat(parts, dim);
  }
  return s;
}

}  // namespace

Tensor LogCumSumExp::forward(const Attr& attr, Inputs in) {
  return scan_logsumexp(contiguous_values(in[0]), attr.dim);
}
void LogCumSumExp::vjp(const Attr& attr, Rule& b) {
  Tensor x = b.in(0), y = b.out();
  if (x.dim() == 0 || x.numel() == 0) return b.give(0, b.g());
  Tensor s = decaying_sums(b.g(), y, attr.dim, true);
  b.give(0, logcumsumexp_weights(x, y) * s);
}

Tensor cumsum(const Tensor& x, int64_t dim) {
  return call<CumSum>({wrap_dim("cumsum", dim, x.dim()), false}, x);
}
Tensor cumprod(const Tensor& x, int64_t dim) {
  return call<CumProd>({wrap_dim("cumprod", dim, x.dim())}, x);
}
Tensors cummax(const Tensor& x, int64_t dim) {
  const Tensor in[] = {x};
  return call_many<CumMax>({wrap_dim("cummax", dim, x.dim())}, in);
}
Tensors cummin(const Tensor& x, int64_t dim) {
  const Tensor in[] = {x};
  return call_many<CumMin>({wrap_dim("cummin", dim, x.dim())}, in);
}
Tensor logcumsumexp(const Tensor& x, int64_t dim) {
  int wrapped = wrap_dim("logcumsumexp", dim, x.dim());
  need_floating("logcumsumexp", x);
  return call<LogCumSumExp>({wrapped}, x);
}

}  // namespace pyad
