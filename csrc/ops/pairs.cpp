// See pairs.hpp.
#include "ops/pairs.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/host.hpp"
#include "core/memory.hpp"
#include "kernels/strided.hpp"
#include "ops/cdist.hpp"
#include "ops/functions.hpp"
#include "ops/index.hpp"
#include "ops/product.hpp"
#include "ops/reduce.hpp"
#include "ops/roots.hpp"
#include "ops/shape.hpp"

namespace pyad {

Tensor trace(const Tensor& x) {
  if (x.dim() != 2) fail(ErrorKind::kShape, "trace: expected a matrix, got shape ", x.sizes());
  return sum(diagonal(x));
}

Tensor diff(const Tensor& x, int64_t n, int64_t dim, const Tensor& before, const Tensor& after) {
  if (x.dim() == 0) {
    fail(ErrorKind::kRuntime, "diff expects input to be at least one-dimensional, got shape ()");
  }
  int d = wrap_dim("diff", dim, x.dim());
  if (n < 0) fail(ErrorKind::kRuntime, "diff: order must be non-negative but got ", n);
  Tensors parts;
  if (before.defined()) parts.push_back(before);
  parts.push_back(x);
  if (after.defined()) parts.push_back(after);
  Tensor y = parts.size() > 1 ? concat(parts, d) : x;
  if (n == 0) return clone(y);
  for (int64_t k = 0; k < n; ++k) {
    poll_interrupt();
    int64_t m = std::max<int64_t>(y.size(d) - 1, 0);
    if (y.size(d) == 0) return y;
    Tensor next = narrow(y, d, 1, m), last = narrow(y, d, 0, m);
    y = y.dtype() == DType::kBool ? ne(next, last) : next - last;
  }
  return y;
}

namespace {

void check_distance(const char* op, const Tensor& x, const Tensor& y, double p) {
  if (!is_floating(x.dtype()) || x.dtype() != y.dtype()) {
    fail(ErrorKind::kRuntime, op, ": expects two tensors of one floating dtype, got ", x.dtype(),
         " and ", y.dtype());
  }
  if (!(p >= 0)) fail(ErrorKind::kRuntime, op, " only supports non-negative p values, got ", p);
}

}  // namespace

Tensor cdist(const Tensor& x, const Tensor& y, double p, bool products) {
  check_distance("cdist", x, y, p);
  if (x.dim() < 2 || y.dim() < 2) {
    fail(ErrorKind::kRuntime, "cdist: both inputs must have at least two dims, got shapes ",
         x.sizes(), " and ", y.sizes());
  }
  if (x.size(-1) != y.size(-1)) {
    fail(ErrorKind::kRuntime, "cdist: X1 and X2 must have the same number of columns, got shapes ",
         x.sizes(), " and ", y.sizes());
  }
  Tensor rows = unsqueeze(x, -2), others = unsqueeze(y, -3);
  Dims sizes = broadcast_sizes("cdist", rows.sizes(), others.sizes());
  constexpr double kFew = 1 << 20;  // differences that may be kept
  constexpr int64_t kNarrow = 32;   // columns, up to which pairs are as fast one by one
  products = products && x.size(-1) > kNarrow;
  p = effective_order(p, x.size(-1), x.dtype());
  const bool in_pairs = p == 1 || (p == 2 && !products) || std::isinf(p);
  double differences = 1;
  for (int64_t s : sizes) differences *= static_cast<double>(s);
  if (differences == 0 || (!products && !in_pairs && differences <= kFew))
    return vector_norm(rows - others, x.size(-1) == 0 ? 1 : p, {-1}, false);  // 0 of nothing
  Dims left = sizes, right = sizes;
  left.erase(left.size() - 2);
  right.erase(right.size() - 3);
  return call<CDist>({p, products}, x.sizes() == left ? x : expand(x, left),
                     y.sizes() == right ? y : expand(y, right));
}

Tensor dist(const Tensor& x, const Tensor& y, double p) {
  if (is_floating(x.dtype()) || is_floating(y.dtype())) return vector_norm(x - y, p);
  Tensor d = to_dtype(x, DType::kFloat64) - to_dtype(y, DType::kFloat64);  // integers would wrap
  return to_dtype(vector_norm(d, p), default_dtype());
}

Tensor cross(const Tensor& x, const Tensor& y, int64_t dim) {
  Dims sizes = broadcast_sizes("cross", x.sizes(), y.sizes());
  int d = wrap_dim("cross", dim, sizes.size());
  if (sizes.empty() || x.dim() != y.dim() || x.size(d) != 3 || y.size(d) != 3) {
    fail(ErrorKind::kRuntime, "cross: inputs dimension ", dim, " must have length 3, got shapes ",
         x.sizes(), " and ", y.sizes());
  }
  auto turned = [d](const Tensor& v, int64_t by) { return roll(v, {-by}, {d}); };
  return turned(x, 1) * turned(y, 2) - turned(x, 2) * turned(y, 1);
}

Tensor kron(const Tensor& x, const Tensor& y) {
  int n = std::max(x.dim(), y.dim());
  Dims left, right, sizes;
  for (int k = 0; k < n; ++k) {
    int i = k - n + x.dim(), j = k - n + y.dim();
    int64_t a = i >= 0 ? x.size(i) : 1, b = j >= 0 ? y.size(j) : 1;
    left.push_back(a);
    left.push_back(1);
    right.push_back(1);
    right.push_back(b);
    sizes.push_back(checked_numel("kron", {a, b}));
  }
  if (2 * n > kMaxDims) fail(ErrorKind::kShape, "kron: more than ", kMaxDims / 2, " dims");
  checked_numel("kron", sizes);
  return reshape(reshape(x, left) * reshape(y, right), sizes);
}

namespace {

/// Sum over r < rows of r + k, held to [0, columns].
__int128 sum_held(int64_t rows, int64_t columns, int64_t k) {
  const int64_t a = std::clamp<int64_t>(1 - k, 0, rows);        // first row above 0
  const int64_t b = std::clamp<int64_t>(columns - k, a, rows);  // first row of all columns
  const auto n = static_cast<__int128>(b - a);
  return n * (static_cast<__int128>(a) + b - 1 + 2 * static_cast<__int128>(k)) / 2 +
         static_cast<__int128>(rows - b) * columns;
}

int64_t triangle_size(int64_t rows, int64_t columns, int64_t offset, bool upper) {
  const auto all = static_cast<__int128>(rows) * columns;
  return static_cast<int64_t>(upper ? all - sum_held(rows, columns, offset)
                                    : sum_held(rows, columns, offset + 1));
}

/// m over k; raises where it is beyond the elements of any tensor.
int64_t binomial(const char* op, int64_t m, int64_t k) {
  k = std::min(k, m - k);
  __int128 total = 1;
  for (int64_t i = 1; i <= k; ++i) {  // m >= 2k: at least doubles
    total = total * (m - k + i) / i;
    if (total > (__int128{1} << 59))
      fail(ErrorKind::kShape, op, ": ", k, " out of ", m, " elements can be chosen in more ways ",
           "than a tensor has elements");
  }
  return static_cast<int64_t>(total);
}

}  // namespace

Tensor triangle_indices(const char* op, int64_t rows, int64_t columns, int64_t offset, bool upper,
                        DType dtype) {
  if (rows < 0 || columns < 0) {
    fail(ErrorKind::kRuntime, op, ": row and col must be non-negative, got ", rows, " and ",
         columns);
  }
  if (dtype != DType::kInt64 && dtype != DType::kInt32)
    fail(ErrorKind::kRuntime, op, ": the dtype must be int32 or int64, got ", dtype);
  checked_numel(op, {rows, columns});
  if (rows == 0 || columns == 0) return empty({2, 0}, dtype);
  offset = std::clamp(offset, -rows - 1, columns + 1);
  // Columns [first, last) of a row belong to the triangle.
  auto first = [&](int64_t r) { return upper ? std::clamp<int64_t>(r + offset, 0, columns) : 0; };
  auto last = [&](int64_t r) {
    return upper ? columns : std::clamp<int64_t>(r + offset + 1, 0, columns);
  };
  // Rows [top, bottom) have some; how many in all is known before any is written.
  const int64_t top = upper ? 0 : std::clamp<int64_t>(-offset, 0, rows);
  const int64_t bottom = upper ? std::clamp<int64_t>(columns - offset, 0, rows) : rows;
  const int64_t n = triangle_size(rows, columns, offset, upper);
  check_room(op, {2, n}, DType::kInt64);
  Tensor out = empty({2, n}, DType::kInt64);
  auto* y = out.data<int64_t>();
  int64_t at = 0;
  for (int64_t r = top; r < bottom; ++r) {
    for (int64_t c = first(r); c < last(r); ++c, ++at) {
      y[at] = r;
      y[n + at] = c;
    }
  }
  return dtype == DType::kInt64 ? out : convert(out, dtype);
}

Tensor cartesian_prod(Inputs xs) {
  if (xs.empty()) fail(ErrorKind::kRuntime, "cartesian_prod: expects at least one tensor");
  Dims sizes;
  for (const Tensor& x : xs) {
    if (x.dim() != 1)
      fail(ErrorKind::kRuntime, "cartesian_prod: expects 1D vectors, got shape ", x.sizes());
    if (x.dtype() != xs[0].dtype())
      fail(ErrorKind::kRuntime, "cartesian_prod: expects tensors of one dtype, got ", xs[0].dtype(),
           " and ", x.dtype());
    sizes.push_back(x.numel());
  }
  if (xs.size() == 1) return xs[0];
  if (sizes.size() > kMaxDims)
    fail(ErrorKind::kShape, "cartesian_prod: more than ", kMaxDims, " tensors");
  int64_t n = checked_numel("cartesian_prod", sizes);
  check_room("cartesian_prod", {n, sizes.size()}, xs[0].dtype());
  Tensors columns;
  for (int k = 0; k < sizes.size(); ++k) {
    Dims own = Dims::filled(sizes.size(), 1);
    own[k] = sizes[k];
    columns.push_back(reshape(expand(reshape(xs[static_cast<size_t>(k)], own), sizes), {n}));
  }
  return stack(columns, 1);
}

namespace {

/// Which of `n` elements each combination takes, one row after the other.
struct CombinationPlaces : Plain<"combination_places", 0> {
  struct Attr {
    int64_t n = 0, r = 0, count = 0;
    bool replacement = false;
  };
  static Tensor forward(const Attr& attr, Inputs) {
    const auto [n, r, count, replacement] = attr;
    Tensor index = empty({count * r}, DType::kInt64);
    auto* at = index.data<int64_t>();
    std::vector<int64_t> now(static_cast<size_t>(r));
    for (int64_t k = 0; k < r; ++k) now[static_cast<size_t>(k)] = replacement ? 0 : k;
    for (int64_t i = 0;; ++i) {
      if (i % 0x10000 == 0) poll_interrupt();
      at = std::copy(now.begin(), now.end(), at);
      int64_t k = r - 1;
      while (k >= 0 && now[static_cast<size_t>(k)] == (replacement ? n - 1 : n - r + k)) --k;
      if (k < 0) break;
      int64_t v = ++now[static_cast<size_t>(k)];
      for (int64_t j = k + 1; j < r; ++j) now[static_cast<size_t>(j)] = replacement ? v : v + j - k;
    }
    return index;
  }
};

}  // namespace

Tensor combinations(const Tensor& x, int64_t r, bool replacement) {
  if (x.dim() != 1)
    fail(ErrorKind::kRuntime, "combinations: expects a 1D vector, got shape ", x.sizes());
  if (r < 0) fail(ErrorKind::kRuntime, "combinations: expects a non-negative number, got ", r);
  if (r == 0) return empty({0}, x.dtype());
  int64_t n = x.numel();
  const char* op = "combinations";
  if (replacement ? n == 0 : r > n)
    return reshape(index_select(x, 0, empty({0}, DType::kInt64)), {0, r});
  checked_numel(op, {n, r});
  const int64_t count = replacement ? binomial(op, n + r - 1, r) : binomial(op, n, r);
  check_room(op, {count, r}, DType::kInt64);
  checked_numel(op, {count, r});
  const Tensor index = run_plain<CombinationPlaces>({n, r, count, replacement}, {});
  return reshape(index_select(x, 0, index), {count, r});
}

Tensor block_diag(Inputs xs) {
  if (xs.empty()) return empty({1, 0}, default_dtype());
  DType dtype = DType::kBool;
  Tensors blocks;
  int64_t columns = 0, rows = 0;
  for (const Tensor& x : xs) {
    if (x.dim() > 2) {
      fail(ErrorKind::kRuntime, "block_diag: Input tensors must have 2 or fewer dimensions, got ",
           x.sizes());
    }
    dtype = promote(dtype, x.dtype());
    blocks.push_back(x.dim() == 2 ? x : reshape(x, {1, x.numel()}));
    columns += blocks.back().size(1);
    rows += blocks.back().size(0);
  }
  check_room("block_diag", {rows, columns}, dtype);
  int64_t before = 0;
  for (Tensor& b : blocks) {
    int64_t own = b.size(1);
    b = pad(to_dtype(b, dtype), {before, columns - before - own});
    before += own;
  }
  return concat(blocks, 0);
}

Tensor cov(const Tensor& x, double correction, const Tensor& fweights, const Tensor& aweights) {
  if (x.dim() > 2)
    fail(ErrorKind::kRuntime, "cov: expected input to have two or fewer dimensions, got ",
         x.sizes());
  if (x.dtype() == DType::kBool) fail(ErrorKind::kRuntime, "cov: bool dtype is not supported");
  need_kernels("cov", x.dtype());
  Tensor rows = x.dim() < 2 ? reshape(x, {1, x.numel()}) : x;
  if (!is_floating(rows.dtype())) rows = to_dtype(rows, default_dtype());
  int64_t n = rows.size(1);
  Tensor weights;
  for (const Tensor* given : {&fweights, &aweights}) {
    if (!given->defined()) continue;
    const char* name = given == &fweights ? "fweights" : "aweights";
    if (given->dim() != 1 || given->numel() != n) {
      fail(ErrorKind::kRuntime, "cov: expected ", name, " to be a vector of ", n,
           " elements, got shape ", given->sizes());
    }
    if (is_floating(given->dtype()) == (given == &fweights)) {
      fail(ErrorKind::kRuntime, "cov: expected ", name, " to be ",
           given == &fweights ? "integral" : "floating", ", got ", given->dtype());
    }
    if (n > 0 && amin(detach(peek(*given))).item().as_double() < 0)
      fail(ErrorKind::kRuntime, "cov: ", name, " cannot be negative");
    weights = weights.defined() ? weights * *given : *given;
  }
  Tensor total = weights.defined() ? sum(weights) : full({}, static_cast<double>(n), rows.dtype());
  Tensor means =
      (weights.defined() ? sum(rows * weights, {1}, true) : sum(rows, {1}, true)) / total;
  Tensor norm = total - correction;
  if (weights.defined() && aweights.defined() && correction != 0)
    norm = total - correction * (sum(weights * aweights) / total);
  if (weights.defined() ? any_true(le(detach(peek(norm)), 0.0))
                        : static_cast<double>(n) <= correction)
    warn(
        "cov(): degrees of freedom is <= 0. Correction should be strictly less than the number of "
        "observations.");
  norm = where(lt(norm, 0.0), 0.0, norm);
  Tensor centred = rows - means;
  Tensor other = weights.defined() ? centred * weights : centred;
  Tensor y = matmul(centred, false, other, true) / norm;
  return squeeze(y);
}

Tensor corrcoef(const Tensor& x) {
  if (x.dim() > 2)
    fail(ErrorKind::kRuntime, "corrcoef: expected input to have two or fewer dimensions, got ",
         x.sizes());
  Tensor c = cov(x, 1, Tensor(), Tensor());
  if (c.dim() == 0) return c / c;
  Tensor d = sqrt(diagonal(c));
  Tensor y = c / unsqueeze(d, -1) / unsqueeze(d, 0);
  const Operand low = Scalar(-1.0), high = Scalar(1.0);
  return minimum(maximum(y, low), high);
}

namespace {

/// Steps between sample points; those of integers may leave their dtype, and are float64.
Tensor steps_between(const Tensor& x, int64_t dim) {
  if (is_floating(x.dtype())) return diff(x, 1, dim, Tensor(), Tensor());
  Tensor steps = diff(to_dtype(x, DType::kInt64), 1, dim, Tensor(), Tensor());
  return to_dtype(steps, DType::kFloat64);
}

Tensor trapezoid_of(const Tensor& y, const Tensor& x, double dx, int64_t dim) {
  int d = wrap_dim("trapezoid", dim, y.dim());
  int64_t m = std::max<int64_t>(y.size(d) - 1, 0);
  if (y.size(d) == 0) return zeros(reduced_sizes(y.sizes(), Dims{d}, false), y.dtype());
  Tensor sums = narrow(y, d, 1, m) + narrow(y, d, 0, m);
  if (!x.defined()) return sum(sums, Dims{d}) * (dx / 2);
  Tensor widths;
  if (x.dim() == 1) {
    if (x.numel() != y.size(d)) {
      fail(ErrorKind::kRuntime, "trapezoid: there must be one x value for each sample point, got ",
           x.sizes(), " for ", y.sizes());
    }
    Dims sizes = Dims::filled(y.dim(), 1);
    sizes[d] = m;
    widths = reshape(steps_between(x, 0), sizes);
  } else {
    int from_end = d - y.dim();
    if (-from_end > x.dim() || x.size(from_end) != y.size(d)) {
      fail(ErrorKind::kRuntime, "trapezoid: x of shape ", x.sizes(), " does not fit y of shape ",
           y.sizes());
    }
    widths = steps_between(x, from_end);
  }
  Tensor areas = sums * widths;
  return sum(areas, Dims{areas.dim() + d - y.dim()}) / 2.0;
}

}  // namespace

Tensor trapezoid(const Tensor& y, const Tensor& x, double dx, int64_t dim) {
  if (y.dim() == 0) fail(ErrorKind::kRuntime, "trapezoid: expects at least one dim, got shape ()");
  const bool any = y.size(wrap_dim("trapezoid", dim, y.dim())) > 0;  // nothing has the dtype of y
  if (any && (!is_floating(y.dtype()) || (x.defined() && !is_floating(x.dtype())))) {
    // Sums and steps of integers would wrap: they are taken wider, the result is what promotion says.
    DType dtype = x.defined() ? promote(y.dtype(), x.dtype()) : y.dtype();
    if (!is_floating(dtype)) dtype = default_dtype();
    Tensor high = to_dtype(y, DType::kFloat64);
    Tensor points = x.defined() && is_floating(x.dtype()) ? to_dtype(x, DType::kFloat64) : x;
    return to_dtype(trapezoid_of(high, points, dx, dim), dtype);
  }
  return trapezoid_of(y, x, dx, dim);
}

}  // namespace pyad
