// See Note [All pairs of rows] in cdist.hpp.
#include "ops/cdist.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/host.hpp"
#include "kernels/strided.hpp"
#include "ops/functions.hpp"
#include "ops/product.hpp"
#include "ops/reduce.hpp"
#include "ops/roots.hpp"
#include "ops/shape.hpp"

namespace pyad {

namespace {

constexpr double kCancelled = 0.25;            // of its terms a square must at least be left
constexpr int64_t kAtOnce = int64_t{1} << 16;  // differences taken together

/// Both about the mean of the first; no distance changes.
void centre(Tensor& x, Tensor& y) {
  Tensor c = mean(x, {-2}, true);
  x = x - c;
  y = y - c;
}

/// Whether a square has lost digits: it is small against the terms it is the difference of.
template <class T>
inline bool cancelled(T square, T terms) {
  return !(square >= T(kCancelled) * terms);
}

/// The sums of the squares of both, and calls `row(n, i, u, v)` for each row: u is that of x[n][i],
/// v those of y[n].
template <class T, class Row>
void for_rows(const Tensor& x, const Tensor& y, Row&& row) {
  Tensor a = contiguous_values(sum(square(x), {-1})), b = contiguous_values(sum(square(y), {-1}));
  const int64_t p = x.size(-2), r = y.size(-2), batches = p > 0 ? a.numel() / p : 0;
  const T *u = a.data<T>(), *v = b.data<T>();
  for (int64_t n = 0; n < batches; ++n, v += r)
    for (int64_t i = 0; i < p; ++i) row(n, i, *u++, v);
}

/// Calls f(batch, i, j) for the pairs whose squares, `at`, have cancelled.
template <class T, class F>
void for_near(const Tensor& x, const Tensor& y, const T* at, F&& f) {
  const int64_t r = y.size(-2);
  for_rows<T>(x, y, [&](int64_t n, int64_t i, T u, const T* v) {
    unsigned near = 0;
    for (int64_t j = 0; j < r; ++j) near |= cancelled(at[j], u + v[j]);
    if (near) {
      poll_interrupt();
      for (int64_t j = 0; j < r; ++j)
        if (cancelled(at[j], u + v[j])) f(n, i, j);
    }
    at += r;
  });
}

Tensor by_products(Tensor x, Tensor y) {
  Tensor raw_x = contiguous_values(x), raw_y = contiguous_values(y), out;
  centre(x, y);
  Tensor squares = contiguous_values(matmul(x, matrix_transpose(y)));
  int64_t p = x.size(-2), r = y.size(-2), m = x.size(-1);
  visit_floating("cdist", squares.dtype(), [&]<class T>(std::type_identity<T>) {
    T* at = squares.data<T>();
    for_rows<T>(x, y, [&](int64_t, int64_t, T u, const T* v) {
      for (int64_t j = 0; j < r; ++j) at[j] = (u + v[j]) - T(2) * at[j];
      at += r;
    });
    out = sqrt(squares);
    T* d = out.data<T>();
    const T *u = raw_x.data<T>(), *v = raw_y.data<T>();
    std::vector<double> line(static_cast<size_t>(m));
    for_near<T>(x, y, squares.data<T>(), [&](int64_t n, int64_t i, int64_t j) {
      const T *a = u + (n * p + i) * m, *b = v + (n * r + j) * m;
      double total = 0;
      for (int64_t k = 0; k < m; ++k) {
        double e = static_cast<double>(a[k]) - static_cast<double>(b[k]);
        total += e * e;
        line[static_cast<size_t>(k)] = e;
      }
      const bool ordinary = total > 1e-250 && total < 1e300;
      d[(n * p + i) * r + j] = static_cast<T>(ordinary ? std::sqrt(total) : norm_of(line, 2));
    });
  });
  return out;
}

/// Calls f(first, count) for as many rows of x at a time as give `kAtOnce` differences.
template <class F>
void by_rows(const Tensor& x, const Tensor& y, F&& f) {
  int64_t rows = x.size(-2);
  int64_t each = std::max<int64_t>(x.numel() / std::max<int64_t>(rows, 1) * y.size(-2), 1);
  int64_t count = std::max<int64_t>(kAtOnce / each, 1);
  for (int64_t first = 0; first < rows; first += count) {
    if (first > 0) poll_interrupt();
    f(first, std::min(count, rows - first));
  }
}

Tensor differences(const Tensor& x, const Tensor& y, int64_t first, int64_t count) {
  return unsqueeze(narrow(x, -2, first, count), -2) - unsqueeze(y, -3);
}

/// The cotangents of both by factors of the differences: w[i][j] (x[i] - y[j]) summed over j.
void pull_products(Tensor x, Tensor y, const Tensor& w_in, const Tensor& distances, Rule& b) {
  Tensor raw_x = contiguous_values(x), raw_y = contiguous_values(y);
  centre(x, y);
  Tensor w = clone(contiguous_values(w_in));
  int64_t p = x.size(-2), r = y.size(-2), m = x.size(-1);
  Tensor squares = contiguous_values(square(distances));
  Tensor near_x = zeros(x.sizes(), x.dtype()), near_y = zeros(y.sizes(), y.dtype());
  visit_floating("cdist", w.dtype(), [&]<class T>(std::type_identity<T>) {
    T *factor = w.data<T>(), *gx = near_x.data<T>(), *gy = near_y.data<T>();
    const T *u = raw_x.data<T>(), *v = raw_y.data<T>();
    for_near<T>(x, y, squares.data<T>(), [&](int64_t n, int64_t i, int64_t j) {
      T f = factor[(n * p + i) * r + j];
      factor[(n * p + i) * r + j] = 0;
      if (f == T(0)) return;
      const int64_t row = (n * p + i) * m, other = (n * r + j) * m;
      for (int64_t k = 0; k < m; ++k) {
        T part = f * (u[row + k] - v[other + k]);
        gx[row + k] += part;
        gy[other + k] -= part;
      }
    });
  });
  Tensor wt = matrix_transpose(w);
  if (b.needs(0)) b.give(0, sum(w, {-1}, true) * x - matmul(w, y) + near_x);
  if (b.needs(1)) b.give(1, sum(wt, {-1}, true) * y - matmul(wt, x) + near_y);
}

}  // namespace

bool CDist::has_square(const Attr& attr, const Tensor& y) { return attr.p == 2 && any_equal(y, 0); }

Tensor CDist::forward(const Attr& attr, Inputs in) {
  GradModeGuard off(false);
  Tensor x = detach(in[0]), y = detach(in[1]);
  if (attr.products) return by_products(x, y);
  Tensors parts;
  by_rows(x, y, [&](int64_t first, int64_t count) {
    parts.push_back(vector_norm(differences(x, y, first, count), attr.p, {-1}));
  });
  return parts.size() == 1 ? parts[0] : concat(parts, x.dim() - 2);
}

void CDist::vjp(const Attr& attr, Rule& b) {
  const bool square = b.node().has_square();
  if (plain_values()) return pull(attr, b);
  auto expression = [](const void* a, Inputs in) {
    return compose(*static_cast<const Attr*>(a), in);
  };
  pull_expression(b, 2, square ? 2 : 1, expression, &attr);
}
Tensor CDist::jvp(const Attr& attr, Tangents& t) {
  auto expression = [](const void* a, Inputs in) {
    return compose(*static_cast<const Attr*>(a), in);
  };
  return push_expression(t, 2, expression, &attr)[0];
}

void CDist::pull(const Attr& attr, Rule& b) {
  Tensor x = b.in(0), y = b.in(1), d = b.out(), g = b.g();
  Tensor of_square = b.node().has_square() ? b.g(1) : Tensor();
  if (attr.products) {
    Tensor w = g.defined() ? scaled_unit(g, ones({}, d.dtype()), d) : Tensor();
    if (of_square.defined()) w = w.defined() ? w + of_square : of_square;
    return pull_products(x, y, w, d, b);
  }
  Tensors gx;
  Tensor gy;
  by_rows(x, y, [&](int64_t first, int64_t count) {
    auto part = [&](const Tensor& v) { return unsqueeze(narrow(v, -2, first, count), -1); };
    Tensor e = differences(x, y, first, count), moved;
    if (g.defined()) moved = norm_pull({Dims{e.dim() - 1}, true, attr.p}, part(g), e, part(d));
    if (of_square.defined()) {
      Tensor more = part(of_square) * e;
      moved = moved.defined() ? moved + more : more;
    }
    if (b.needs(0)) gx.push_back(sum(moved, {-2}));
    if (!b.needs(1)) return;
    Tensor back = sum(moved, {-3});
    gy = gy.defined() ? gy - back : -back;
  });
  if (b.needs(0)) b.give(0, gx.empty() ? zeros_like(x) : concat(gx, x.dim() - 2));
  if (b.needs(1)) b.give(1, gy.defined() ? gy : zeros_like(y));
}

Tensors CDist::compose(const Attr& attr, Inputs in) {
  Tensor d = vector_norm(unsqueeze(in[0], -2) - unsqueeze(in[1], -3), attr.p, {-1});
  // What the second output stands for: Note [Squares of roots].
  return {d, attr.p == 2 ? square(d) * 0.5 : Tensor()};
}

}  // namespace pyad
