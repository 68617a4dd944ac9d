// See Note [All pairs of rows] in cdist.hpp.
#include "ops/cdist.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include "core/host.hpp"
#include "kernels/distance.hpp"
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

/// The norm that the pair loops take for `p`; none, if they do not.
std::optional<PairNorm> pair_norm(const CDist::Attr& attr) {
  if (attr.p == 1) return PairNorm::kSum;
  if (attr.p == 2 && !attr.products) return PairNorm::kEuclid;
  if (std::isinf(attr.p)) return PairNorm::kMax;
  return {};
}

struct Pairs {
  Tensor x, y;  // dense, y transposed
  PairSizes n;
  Pairs(const Tensor& rows, const Tensor& others)
      : x(contiguous_values(rows)), y(contiguous_values(matrix_transpose(others))) {
    n = {1, x.size(-2), x.size(-1), others.size(-2)};
    for (int d = 0; d < x.dim() - 2; ++d) n.batches *= x.size(d);
  }
};

/// The distance of two rows of m numbers, whatever their size.
template <class T>
double careful_distance(const T* a, const T* b, int64_t m, std::vector<double>& line) {
  double total = 0;
  for (int64_t k = 0; k < m; ++k) {
    double e = static_cast<double>(a[k]) - static_cast<double>(b[k]);
    total += e * e;
    line[static_cast<size_t>(k)] = e;
  }
  const bool ordinary = total == 0 ? std::is_same_v<T, float> : total > 1e-250 && total < 1e300;
  return ordinary ? std::sqrt(total) : norm_of(line, 2);
}

Tensor by_pairs(PairNorm norm, const Tensor& x, const Tensor& y) {
  Pairs at(x, y);
  Dims sizes = x.sizes();
  sizes[sizes.size() - 1] = at.n.others;
  Tensor out = empty(sizes, x.dtype());
  const auto [batches, rows, m, r] = at.n;
  const auto beyond = std::make_unique<bool[]>(static_cast<size_t>(batches * rows));
  pair_norms(norm, x.dtype(), at.n, at.x.bytes(), at.y.bytes(), out.bytes(), beyond.get());
  Tensor others = contiguous_values(y);
  visit_floating("cdist", x.dtype(), [&]<class T>(std::type_identity<T>) {
    const T low = std::sqrt(SquareRange<T>::low),
            high = std::sqrt(SquareRange<T>::high);  // NaN stays
    const T *u = at.x.data<T>(), *v = others.data<T>();
    std::vector<double> line(static_cast<size_t>(m));
    for (int64_t i = 0; i < batches * rows; ++i) {
      if (!beyond[static_cast<size_t>(i)]) continue;
      poll_interrupt();
      T* d = out.data<T>() + i * r;
      for (int64_t j = 0; j < r; ++j) {
        if (d[j] >= low && d[j] <= high) continue;
        if (!std::isnan(d[j]))
          d[j] = static_cast<T>(careful_distance(u + i * m, v + (i / rows * r + j) * m, m, line));
      }
    }
  });
  return out;
}

/// Whether a square has lost digits: it is small against the terms it is the difference of, or to
/// the type.
template <class T>
inline bool cancelled(T square, T terms) {
  return !(square >= std::max(T(kCancelled) * terms, SquareRange<T>::low));
}

/// Rows about the mean of the first's, which changes no distance, and the squares of their lengths.
struct Centred {
  Tensor x, y, of_x, of_y;
  Centred(const Tensor& rows, const Tensor& others) {
    Tensor c = mean(rows, {-2}, true);
    x = rows - c;
    y = others - c;
    of_x = contiguous_values(sum(square(x), {-1}));
    of_y = contiguous_values(sum(square(y), {-1}));
  }
  /// Not, if a number is none or its square leaves the range: products would spread that.
  bool ordinary() const {
    bool all = true;
    visit_floating("cdist", x.dtype(), [&]<class T>(std::type_identity<T>) {
      for (const Tensor* t : {&of_x, &of_y})
        for (int64_t i = 0; i < t->numel(); ++i) all &= t->data<T>()[i] < SquareRange<T>::high / 2;
    });
    return all;
  }
  /// Calls row(n, i, u, v) for each row: u is the square of x[n][i], v those of y[n].
  template <class T, class Row>
  void for_rows(Row&& row) const {
    const int64_t p = x.size(-2), r = y.size(-2), batches = p > 0 ? of_x.numel() / p : 0;
    const T *u = of_x.data<T>(), *v = of_y.data<T>();
    for (int64_t n = 0; n < batches; ++n, v += r)
      for (int64_t i = 0; i < p; ++i) row(n, i, *u++, v);
  }
  /// Calls f(batch, i, j) for the pairs whose squares, `at`, have cancelled.
  template <class T, class F>
  void for_near(const T* at, F&& f) const {
    const int64_t r = y.size(-2);
    for_rows<T>([&](int64_t n, int64_t i, T u, const T* v) {
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
};

Tensor by_products(const Tensor& x, const Tensor& y) {
  const Centred c(x, y);
  if (!c.ordinary()) return by_pairs(PairNorm::kEuclid, x, y);
  Tensor raw_x = contiguous_values(x), raw_y = contiguous_values(y), out;
  Tensor squares = contiguous_values(matmul(c.x, matrix_transpose(c.y)));
  int64_t p = x.size(-2), r = y.size(-2), m = x.size(-1);
  visit_floating("cdist", squares.dtype(), [&]<class T>(std::type_identity<T>) {
    T* at = squares.data<T>();
    c.for_rows<T>([&](int64_t, int64_t, T u, const T* v) {
      for (int64_t j = 0; j < r; ++j) at[j] = (u + v[j]) - T(2) * at[j];
      at += r;
    });
    out = sqrt(squares);
    T* d = out.data<T>();
    const T *u = raw_x.data<T>(), *v = raw_y.data<T>();
    std::vector<double> line(static_cast<size_t>(m));
    c.for_near<T>(squares.data<T>(), [&](int64_t n, int64_t i, int64_t j) {
      const T *a = u + (n * p + i) * m, *b = v + (n * r + j) * m;
      d[(n * p + i) * r + j] = static_cast<T>(careful_distance(a, b, m, line));
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

/// The cotangents of both by factors of the differences: w[i][j] (x[i] - y[j]) summed over j. Not,
/// and nothing is done, where the sum about a centre would not hold.
bool pull_products(const Tensor& x, const Tensor& y, const Tensor& w_in, const Tensor& distances,
                   Rule& b) {
  const Centred c(x, y);
  if (!c.ordinary()) return false;
  Tensor raw_x = contiguous_values(x), raw_y = contiguous_values(y);
  Tensor w = clone(contiguous_values(w_in));
  int64_t p = x.size(-2), r = y.size(-2), m = x.size(-1);
  Tensor squares = contiguous_values(square(distances));
  Tensor near_x = zeros(x.sizes(), x.dtype()), near_y = zeros(y.sizes(), y.dtype());
  visit_floating("cdist", w.dtype(), [&]<class T>(std::type_identity<T>) {
    T *factor = w.data<T>(), *gx = near_x.data<T>(), *gy = near_y.data<T>();
    const T *u = raw_x.data<T>(), *v = raw_y.data<T>();
    c.for_near<T>(squares.data<T>(), [&](int64_t n, int64_t i, int64_t j) {
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
  if (b.needs(0)) b.give(0, sum(w, {-1}, true) * c.x - matmul(w, c.y) + near_x);
  if (b.needs(1)) b.give(1, sum(wt, {-1}, true) * c.y - matmul(wt, c.x) + near_y);
  return true;
}

/// Whether a distance is so small, but not 0, that its reciprocal is infinite.
bool has_tiny(const Tensor& distances) {
  Tensor dense = contiguous_values(distances);
  unsigned found = 0;
  visit_floating("cdist", dense.dtype(), [&]<class T>(std::type_identity<T>) {
    const T* d = dense.data<T>();
    const T bound = T(1.0001) / std::numeric_limits<T>::max();
    for (int64_t i = 0; i < dense.numel(); ++i) found |= (d[i] < bound) & (d[i] > T(0));
  });
  return found != 0;
}

/// The cotangents by the pair loops.
void pull_pairs(PairNorm norm, const Tensor& x, const Tensor& y, const Tensor& w_in, Rule& b) {
  Pairs at(x, y);
  Tensor w = contiguous_values(w_in), gx, gy;
  if (b.needs(0)) gx = empty(x.sizes(), x.dtype());
  if (b.needs(1)) gy = empty(at.y.sizes(), x.dtype());
  pull_pair_norms(norm, x.dtype(), at.n, at.x.bytes(), at.y.bytes(), w.bytes(),
                  gx.defined() ? gx.bytes() : nullptr, gy.defined() ? gy.bytes() : nullptr);
  if (gx.defined()) b.give(0, std::move(gx));
  if (gy.defined()) b.give(1, contiguous_values(matrix_transpose(gy)));
}

/// The cotangents of Euclidean distances; not, where one is so small that its reciprocal is
/// infinite.
bool pull_euclid(const CDist::Attr& attr, const Tensor& x, const Tensor& y, const Tensor& g,
                 const Tensor& of_square, const Tensor& d, Rule& b) {
  if (has_tiny(d)) return false;
  Tensor w = g.defined() ? scaled_unit(g, ones({}, d.dtype()), d) : of_square;
  if (g.defined() && of_square.defined()) w = w + of_square;
  if (!attr.products || !pull_products(x, y, w, d, b)) pull_pairs(PairNorm::kEuclid, x, y, w, b);
  return true;
}

}  // namespace

bool CDist::has_square(const Attr& attr, const Tensor& y) { return attr.p == 2 && any_equal(y, 0); }

Tensor CDist::forward(const Attr& attr, Inputs in) {
  GradModeGuard off(false);
  Tensor x = detach(in[0]), y = detach(in[1]);
  if (auto norm = pair_norm(attr)) return by_pairs(*norm, x, y);
  if (attr.products) return by_products(x, y);
  Tensors parts;
  by_rows(x, y, [&](int64_t first, int64_t count) {
    parts.push_back(vector_norm(differences(x, y, first, count), attr.p, {-1}));
  });
  return parts.size() == 1 ? parts[0] : concat(parts, x.dim() - 2);
}

Tensors CDist::jvp(const Attr& attr, Tangents& t) {
  Tensors pushed = push_expression(t, 2, &expression<Attr>, &attr);
  if (attr.p != 2 || !any_equal(t.out(), 0)) return {pushed[0]};
  return {pushed[0], Tensor(), pushed[1]};
}

void CDist::pull(const Attr& attr, Rule& b) {
  Tensor x = b.in(0), y = b.in(1), d = b.out(), g = b.g();
  Tensor of_square = b.node().has_square() ? b.g(1) : Tensor();
  if (g.defined() && attr.p != 1 && !std::isinf(attr.p))
    d = divisor_for(g, d, x);  // as it is: a sweep that looks for roots is told
  if (attr.p == 1) return pull_pairs(PairNorm::kSum, x, y, g, b);
  if (attr.p == 2 && pull_euclid(attr, x, y, g, of_square, d, b)) return;
  Tensors gx;
  Tensor gy;
  by_rows(x, y, [&](int64_t first, int64_t count) {
    auto part = [&](const Tensor& v) { return unsqueeze(narrow(v, -2, first, count), -1); };
    Tensor e = differences(x, y, first, count), moved;
    if (g.defined()) {
      const Tensor r = part(d);
      moved = norm_pull({Dims{e.dim() - 1}, true, attr.p}, part(g), e, r, r);
    }
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
