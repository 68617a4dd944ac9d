// Sums, means, products, and the unbroadcast.
#include "ops/reduce.hpp"

#include <cmath>
#include <vector>

#include "kernels/reduce.hpp"
#include "ops/checks.hpp"
#include "ops/functions.hpp"
#include "ops/shape.hpp"

namespace pyad {

Tensor restore_dims(const Tensor& y, const Dims& dims, bool keepdim, int n) {
  // Leading dims come back by broadcasting alone.
  if (keepdim || dims.empty() || dims.back() == dims.size() - 1) return y;
  Dims sizes;
  int at = 0;
  for (int i = 0; i < n; ++i) sizes.push_back(dims.contains(i) ? 1 : y.size(at++));
  return reshape(y, sizes);
}

int64_t reduced_count(const Dims& sizes, const Dims& dims) {
  int64_t n = 1;
  for (int64_t d : dims) n *= sizes[static_cast<int>(d)];
  return n;
}

Tensor Sum::forward(const Attr& attr, Inputs in) {
  return reduce(Reduction::kSum, in[0], attr.dims, attr.keepdim);
}
Tensor Sum::transpose(const Attr& attr, Rule& b, int) {
  const Dims& sizes = b.sizes(0);
  return expand(restore_dims(b.g(), attr.dims, attr.keepdim, sizes.size()), sizes);
}

Tensor Mean::forward(const Attr& attr, Inputs in) {
  Tensor y = reduce(Reduction::kSum, in[0], attr.dims, attr.keepdim);
  auto count = static_cast<double>(reduced_count(in[0].sizes(), attr.dims));
  visit_floating("mean", y.dtype(), [&]<class T>(std::type_identity<T>) {
    T* p = y.data<T>();
    auto n = static_cast<T>(count);
    for (int64_t i = 0; i < y.numel(); ++i) p[i] /= n;
  });
  return y;
}
Tensor Mean::transpose(const Attr& attr, Rule& b, int) {
  const Dims& sizes = b.sizes(0);
  Tensor g = b.g() / static_cast<double>(reduced_count(sizes, attr.dims));
  return expand(restore_dims(g, attr.dims, attr.keepdim, sizes.size()), sizes);
}

Tensor sum(const Tensor& x, const Dims& dims, bool keepdim) {
  return call<Sum>({wrap_dims("sum", dims, x.dim()), keepdim}, x);
}

Tensor mean(const Tensor& x, const Dims& dims, bool keepdim) {
  Dims wrapped = wrap_dims("mean", dims, x.dim());
  need_floating("mean", x);
  return call<Mean>({std::move(wrapped), keepdim}, x);
}

Tensor sum_to(const Tensor& g, const Dims& sizes) {
  if (g.sizes() == sizes) return g;
  if (!broadcasts_to(sizes, g.sizes())) {
    fail(ErrorKind::kShape, "sum_to: shape ", g.sizes(), " does not come from broadcasting ",
         sizes);
  }
  int extra = g.dim() - sizes.size();
  Dims dims;
  bool inner = false;  // whether a dim that stays, with size 1, is summed
  for (int i = 0; i < g.dim(); ++i) {
    if (i >= extra && (sizes[i - extra] != 1 || g.size(i) == 1)) continue;
    dims.push_back(i);
    inner = inner || i >= extra;
  }
  if (dims.empty()) return reshape(g, sizes);
  Tensor y = call<Sum>({dims, false}, g);
  return inner || !(y.sizes() == sizes) ? reshape(y, sizes) : y;
}

// Note [Derivative of a product]
// The partial of a product is the product of the other factors; y / x is that only where x is not
// zero. A rule that is right everywhere, and whose own derivative is right again, is found by
// multiplying in a tree: v' = first half * second half, until one element is left. Going back down,
// each half of the cotangent is multiplied by the other half's values. Only products are taken, so
// zeros do no harm at any order. The quotient is used where values may be looked at and no product is
// zero, subnormal or infinite; it is PyTorch's, for hooks on the product too.

namespace {

/// g (size 1 along `dim`) times the product of the other elements along `dim`.
Tensor times_others(const Tensor& x, const Tensor& g, int dim) {
  std::vector<Tensor> levels{x};
  while (levels.back().size(dim) > 1) {
    const Tensor& v = levels.back();
    int64_t half = v.size(dim) / 2;
    Tensor y = narrow(v, dim, 0, half) * narrow(v, dim, half, half);
    if (v.size(dim) % 2) {
      const Tensor parts[] = {y, narrow(v, dim, 2 * half, 1)};
      y = concat(parts, dim);
    }
    levels.push_back(std::move(y));
  }
  Tensor down = g;
  for (size_t k = levels.size() - 1; k-- > 0;) {
    const Tensor& v = levels[k];
    int64_t half = v.size(dim) / 2;
    Tensor halves = narrow(down, dim, 0, half);
    std::vector<Tensor> parts{halves * narrow(v, dim, half, half),
                              halves * narrow(v, dim, 0, half)};
    if (v.size(dim) % 2) parts.push_back(narrow(down, dim, half, 1));
    down = concat(parts, dim);
  }
  return down;
}

/// The product's partials, times `g` (restored dims).
Tensor prod_pull(const ReduceAttr& attr, const Tensor& x, const Tensor& g) {
  if (attr.dims.size() == 1) return times_others(x, g, static_cast<int>(attr.dims[0]));
  return reshape(times_others(reshape(x, {x.numel()}), reshape(g, {1}), 0), x.sizes());
}

Dims kept_sizes(const Tensor& x, const ReduceAttr& attr) {
  return reduced_sizes(x.sizes(), attr.dims, true);
}

}  // namespace

Tensor Prod::forward(const Attr& attr, Inputs in) {
  return reduce(Reduction::kProd, in[0], attr.dims, attr.keepdim);
}

void Prod::vjp(const Attr& attr, Rule& b) {
  Tensor x = b.in(0);
  if (x.dim() == 0) return b.give(0, b.g());
  if (x.numel() == 0) return b.give(0, zeros_like(x));
  Tensor g = reshape(b.g(), kept_sizes(x, attr));
  if (mode.levels == 0) {
    Tensor y = b.out();
    if (all_normal(y)) return b.give(0, g * reshape(y, g.sizes()) / x);
  }
  b.give(0, prod_pull(attr, x, g));
}

Tensor Prod::batch(const Attr& attr, const Examples& in) {
  if (in.rank(0) == 0) return clone(in[0]);
  if (attr.dims.size() == 1 && in.rank(0) > 1)
    return call<Prod>(with_batch(attr, in.size()), in[0]);
  int64_t n = 1;
  for (int d = 0; d < in.rank(0); ++d) n *= in.size_of(0, d);
  Tensor y = call<Prod>({Dims{1}, false}, reshape(in[0], {in.size(), n}));
  return attr.keepdim ? with_ones_at(y, 1, in.rank(0) + 1) : y;
}

Tensor prod(const Tensor& x) { return call<Prod>({wrap_dims("prod", {}, x.dim()), false}, x); }
Tensor prod(const Tensor& x, int64_t dim, bool keepdim) {
  return call<Prod>({wrap_dims("prod", {dim}, x.dim()), keepdim}, x);
}

}  // namespace pyad
