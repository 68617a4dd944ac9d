// See search.hpp.
#include "ops/search.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "core/host.hpp"
#include "kernels/merge_sort.hpp"
#include "kernels/parallel.hpp"
#include "kernels/sort.hpp"
#include "kernels/strided.hpp"
#include "ops/functions.hpp"
#include "ops/index.hpp"
#include "ops/reduce.hpp"
#include "ops/shape.hpp"
#include "ops/sort.hpp"
#include "ops/view.hpp"

namespace pyad {

namespace {

constexpr int64_t kPiece = 1 << 20;  // elements between two looks for Ctrl-C
constexpr int64_t kRows = 1 << 14;   // rows

void check_close(const char* op, const Tensor& x, const Tensor& y, double rtol, double atol) {
  if (x.dtype() != y.dtype()) {
    fail(ErrorKind::kRuntime, op, ": dtypes differ, ", x.dtype(), " and ", y.dtype(),
         "; convert one of them with .to()");
  }
  if (!(rtol >= 0 && atol >= 0)) {
    fail(ErrorKind::kRuntime, op, ": rtol and atol must be at least 0, got ", rtol, " and ", atol);
  }
  broadcast_sizes(op, x.sizes(), y.sizes());
}

template <class T>
bool values_equal(const Tensor& x, const Tensor& y) {
  const T *a = x.data<T>(), *b = y.data<T>();
  constexpr int64_t kBlock = 1024;
  int64_t n = x.numel();
  for (int64_t first = 0; first < n; first += kBlock) {
    bool same = true;
    int64_t last = std::min(n, first + kBlock);
    for (int64_t i = first; i < last; ++i) same &= a[i] == b[i];
    if (!same) return false;
  }
  return true;
}

/// Integers of one sign differ by an integer; of two signs, by the sum of what they are apart from 0.
Tensor integers_close(const Tensor& x, const Tensor& y, double rtol, double atol) {
  Tensor p = convert(x, DType::kInt64), q = convert(y, DType::kInt64);
  Tensor a = abs(convert(p, DType::kFloat64)), b = abs(convert(q, DType::kFloat64));
  Tensor far = where(eq(lt(p, 0), lt(q, 0)), abs(convert(p - q, DType::kFloat64)), a + b);
  return le(far, atol + b * rtol);
}

/// Contiguous values as one vector.
Tensor flat_values(const Tensor& x) {
  Tensor v = contiguous_values(detach(x));
  return alias(v, {{v.numel()}, {1}, v.offset()});
}

/// NaN stands behind all numbers.
template <class T>
bool before(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) return a < b || (b != b && a == a);
  return a < b;
}

}  // namespace

Tensor isclose(const char* op, const Tensor& x, const Tensor& y, double rtol, double atol,
               bool equal_nan) {
  check_close(op, x, y, rtol, atol);
  GradModeGuard off(false);
  Tensor same = eq(x, y);
  if (equal_nan) same = logical_or(same, logical_and(ne(x, x), ne(y, y)));
  if (x.dtype() == DType::kBool) return same;
  if (!is_floating(x.dtype())) return logical_or(same, integers_close(x, y, rtol, atol));
  Tensor far = abs(x - y), bound = atol + abs(mul(y, rtol));
  return logical_or(same, logical_and(lt(far, HUGE_VAL), le(far, bound)));
}

bool allclose(const char* op, const Tensor& x, const Tensor& y, double rtol, double atol,
              bool equal_nan) {
  if (x.sizes() != y.sizes() || !is_floating(x.dtype()) || x.dtype() != y.dtype())
    return all(isclose(op, x, y, rtol, atol, equal_nan)).item().as_bool();
  check_close(op, x, y, rtol, atol);
  Tensor a = contiguous_values(x), b = contiguous_values(y);
  return visit_floating(op, a.dtype(), [&]<class T>(std::type_identity<T>) {
    const T *p = a.data<T>(), *q = b.data<T>();
    T relative = static_cast<T>(rtol), absolute = static_cast<T>(atol);
    for (int64_t i = 0; i < a.numel(); ++i) {
      T far = std::abs(p[i] - q[i]);
      bool close = (far <= absolute + std::abs(relative * q[i]) && std::isfinite(far)) ||
                   p[i] == q[i] || (equal_nan && p[i] != p[i] && q[i] != q[i]);
      if (!close) return false;
    }
    return true;
  });
}

bool equal(const Tensor& x, const Tensor& y) {
  if (x.sizes() != y.sizes()) return false;
  DType dtype = promote(x.dtype(), y.dtype());
  Tensor a = contiguous_values(x.dtype() == dtype ? x : convert(x, dtype));
  Tensor b = contiguous_values(y.dtype() == dtype ? y : convert(y, dtype));
  return visit_dtype(dtype, [&]<class T>(std::type_identity<T>) { return values_equal<T>(a, b); });
}

Tensor IsIn::forward(const Attr& attr, Inputs in) {
  Tensor values = contiguous_values(in[0]), members = flat_values(in[1]);
  const bool invert = attr.invert;
  Tensor out = empty(values.sizes(), DType::kBool);
  bool* y = out.data<bool>();
  visit_dtype(values.dtype(), [&]<class T>(std::type_identity<T>) {
    const T* v = values.data<T>();
    int64_t n = values.numel(), m = members.numel();
    if (m <= 16) {
      const T* s = members.data<T>();
      Unlocked unlocked(static_cast<double>(n) * static_cast<double>(m));
      parallel_for(n, 1 << 13, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
          bool found = false;
          for (int64_t k = 0; k < m; ++k) found |= v[i] == s[k];
          y[i] = found != invert;
        }
      });
      return;
    }
    Tensor sorted = sort_lines(members, 0, false).values;
    const T* s = sorted.data<T>();
    Unlocked unlocked(static_cast<double>(n) * 20);
    parallel_for(n, 1 << 13, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const T* at = std::lower_bound(s, s + m, v[i], before<T>);
        y[i] = (at != s + m && *at == v[i]) != invert;
      }
    });
  });
  return out;
}

// Sets of each example are looked up in as sorted rows.
Tensor IsIn::batch(const Attr& attr, const Examples& in) {
  const Tensor x = in.front(0);
  if (!in.batched(1)) return call<IsIn>(attr, x, in[1]);
  Tensor set = rows_of_examples(in[1]);
  const int64_t m = set.size(1);
  if (m == 0) return full(x.sizes(), Scalar(attr.invert), DType::kBool);
  Tensor sorted = sort(set, 1)[0], rows = rows_of_examples(x);
  Tensor at = minimum(call<SearchSorted>({false}, sorted, rows), Scalar(m - 1));
  Tensor near = gather(sorted, 1, at);
  return reshape(attr.invert ? ne(near, rows) : eq(near, rows), x.sizes());
}

Tensor isin(const Tensor& x, const Tensor& set, bool invert) {
  DType dtype = promote(x.dtype(), set.dtype());
  GradModeGuard off(false);
  return call<IsIn>({invert}, to_dtype(x, dtype), to_dtype(set, dtype));
}

Tensors unique(const Tensor& x, bool sorted, bool inverse, bool counts) {
  Tensor values = flat_values(x), places;
  if (sorted && x.numel() > 0) {
    ValuesAndPlaces s = sort_lines(values, 0, false);
    values = s.values;
    places = s.places;
  }
  int64_t n = values.numel();
  Tensor where = inverse ? empty(x.sizes(), DType::kInt64) : Tensor();
  std::vector<int64_t> starts;  // of the runs of equal values
  visit_dtype(values.dtype(), [&]<class T>(std::type_identity<T>) {
    const T* v = values.data<T>();
    const int64_t* from = places.defined() ? places.data<int64_t>() : nullptr;
    int64_t* number = inverse ? where.data<int64_t>() : nullptr;
    Unlocked unlocked(static_cast<double>(n) * 2);
    in_pieces(n, kPiece, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        if (i == 0 || v[i] != v[i - 1]) starts.push_back(i);
        if (number) number[from ? from[i] : i] = static_cast<int64_t>(starts.size()) - 1;
      }
    });
  });
  auto m = static_cast<int64_t>(starts.size());
  Tensor found = empty({m}, values.dtype());
  visit_dtype(values.dtype(), [&]<class T>(std::type_identity<T>) {
    for (int64_t k = 0; k < m; ++k)
      found.data<T>()[k] = values.data<T>()[starts[static_cast<size_t>(k)]];
  });
  Tensors out{found};
  if (inverse) out.push_back(where);
  if (counts) {
    Tensor lengths = empty({m}, DType::kInt64);
    starts.push_back(n);
    for (int64_t k = 0; k < m; ++k) {
      auto i = static_cast<size_t>(k);
      lengths.data<int64_t>()[k] = starts[i + 1] - starts[i];
    }
    out.push_back(lengths);
  }
  return out;
}

Tensors unique_rows(const Tensor& x, int64_t dim, bool inverse, bool counts) {
  int d = wrap_dim("unique", dim, x.dim());
  GradModeGuard off(false);
  Tensor front =
      contiguous_values(movedim(detach(reshape(x, x.dim() ? x.sizes() : Dims{1})), {d}, {0}));
  int64_t n = front.size(0), row = n > 0 ? front.numel() / n : 0;
  if (n > 0 && row == 0) {
    fail(ErrorKind::kRuntime, "unique: slices of dim ", dim, " of shape ", x.sizes(),
         " have no elements to compare");
  }
  std::vector<int64_t> order(static_cast<size_t>(n)), number(order.size());
  std::iota(order.begin(), order.end(), int64_t{0});
  std::vector<int64_t> firsts, lengths;
  visit_dtype(front.dtype(), [&]<class T>(std::type_identity<T>) {
    const T* v = front.data<T>();
    auto at = [&](int64_t i) { return v + i * row; };
    Unlocked unlocked(static_cast<double>(n) * 20);
    merge_sort(order, [&](int64_t i, int64_t j) {
      return std::lexicographical_compare(at(i), at(i) + row, at(j), at(j) + row, before<T>);
    });
    in_pieces(n, kRows, [&](int64_t begin, int64_t end) {
      for (auto k = static_cast<size_t>(begin); k < static_cast<size_t>(end); ++k) {
        if (k == 0 || !std::equal(at(order[k]), at(order[k]) + row, at(order[k - 1]))) {
          firsts.push_back(order[k]);
          lengths.push_back(0);
        }
        ++lengths.back();
        number[static_cast<size_t>(order[k])] = static_cast<int64_t>(firsts.size()) - 1;
      }
    });
  });
  auto vector = [](const std::vector<int64_t>& v) {
    Tensor t = empty({static_cast<int64_t>(v.size())}, DType::kInt64);
    std::copy(v.begin(), v.end(), t.data<int64_t>());
    return t;
  };
  Tensors out{contiguous_values(movedim(index_select(front, 0, vector(firsts)), {0}, {d}))};
  if (inverse) out.push_back(vector(number));
  if (counts) out.push_back(vector(lengths));
  return out;
}

Tensor bincount(const Tensor& x, const Tensor& weights, int64_t minlength) {
  if (is_floating(x.dtype()) || x.dtype() == DType::kBool)
    fail(ErrorKind::kType, "bincount: expects integers, got ", x.dtype());
  if (minlength < 0)
    fail(ErrorKind::kRuntime, "bincount: minlength must not be negative, got ", minlength);
  bool nothing = x.dim() == 1 && x.numel() == 0;
  if (x.dim() != 1) {
    fail(ErrorKind::kRuntime, "bincount only supports 1-d non-negative integral inputs, got shape ",
         x.sizes());
  }
  if (weights.defined() && weights.sizes() != x.sizes()) {
    fail(ErrorKind::kRuntime, "bincount: weights should be 1-d and have the same length as input, ",
         weights.sizes(), " against ", x.sizes());
  }
  if (nothing) return zeros({minlength}, DType::kInt64);
  Tensor values = x.dtype() == DType::kInt64 ? contiguous_values(x) : convert(x, DType::kInt64);
  const int64_t* v = values.data<int64_t>();
  int64_t n = values.numel(), low = 0, high = 0;
  for (int64_t i = 0; i < n; ++i) {
    low = std::min(low, v[i]);
    high = std::max(high, v[i]);
  }
  if (low < 0) {
    fail(ErrorKind::kRuntime, "bincount only supports 1-d non-negative integral inputs, got ", low);
  }
  if (high == std::numeric_limits<int64_t>::max())
    fail(ErrorKind::kValue, "bincount: an element of ", high, " needs too long a result");
  Dims sizes{std::max(high + 1, minlength)};
  if (!weights.defined()) {
    Tensor out = zeros(sizes, DType::kInt64);
    auto* y = out.data<int64_t>();
    Unlocked unlocked(static_cast<double>(n) * 2);
    in_pieces(n, kPiece, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) ++y[v[i]];
    });
    return out;
  }
  DType dtype = weights.dtype() == DType::kFloat32 ? DType::kFloat32 : DType::kFloat64;
  Tensor w = contiguous_values(convert(weights, dtype));
  Tensor out = zeros(sizes, dtype);
  visit_floating("bincount", dtype, [&]<class T>(std::type_identity<T>) {
    const T* from = w.data<T>();
    T* y = out.data<T>();
    Unlocked unlocked(static_cast<double>(n) * 2);
    in_pieces(n, kPiece, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) y[v[i]] += from[i];
    });
  });
  return out;
}

namespace {

/// The bin of a value where the range, or its product with `bins`, is too wide or too narrow for
/// the dtype.
int64_t careful_bin(double v, double low, double high, int64_t bins) {
  double at = std::isfinite(high - low) ? (v - low) / (high - low)
                                        : (v / 2 - low / 2) / (high / 2 - low / 2);
  at = std::clamp(at, 0.0, 1.0) * static_cast<double>(bins);
  return std::min(static_cast<int64_t>(at), bins - 1);
}

}  // namespace

namespace {

/// Adds how often `n` values fall into each bin to `y`.
template <class T>
void count_in_bins(const Tensor& row, const Histogram::Attr& attr, T* y) {
  const int64_t bins = attr.bins, n = row.numel();
  const T* in = row.data<T>();
  double low = attr.low, high = attr.high;
  if (n > 0 && low == high) {
    low = amin(row).item().as_double();
    high = amax(row).item().as_double();
  }
  const bool narrow = low == high;  // one value: the middle of one to either side, at any size
  if (narrow) {
    low -= 1;
    high += 1;
  }
  if (!std::isfinite(low) || !std::isfinite(high))
    fail(ErrorKind::kRuntime, "histc: range of [", low, ", ", high, "] is not finite");
  if (low > high) fail(ErrorKind::kRuntime, "histc: max must be larger than min");
  // In this order, so that a value on an edge falls where PyTorch puts it.
  T a = static_cast<T>(low), b = static_cast<T>(high);
  const bool plain = !narrow && a < b && std::isfinite((b - a) * static_cast<T>(bins));
  Unlocked unlocked(static_cast<double>(n) * 4);
  in_pieces(n, kPiece, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      T v = in[i];
      if (!(v >= a && v <= b)) continue;
      int64_t k = bins / 2;
      if (plain) {
        k = std::min(static_cast<int64_t>((v - a) * static_cast<T>(bins) / (b - a)), bins - 1);
      } else if (!narrow) {
        k = careful_bin(static_cast<double>(v), low, high, bins);
      }
      y[k] += 1;
    }
  });
}

}  // namespace

Tensor Histogram::forward(const Attr& attr, Inputs in) {
  const Tensor values = contiguous_values(in[0]);
  const int64_t rows = attr.of_rows ? values.size(0) : 1;
  const int64_t n = rows > 0 ? values.numel() / rows : 0;
  Tensor out = zeros(attr.of_rows ? Dims{rows, attr.bins} : Dims{attr.bins}, values.dtype());
  visit_floating("histc", values.dtype(), [&]<class T>(std::type_identity<T>) {
    for (int64_t r = 0; r < rows; ++r) {
      count_in_bins(alias(values, {{n}, {1}, values.offset() + r * n}), attr,
                    out.data<T>() + r * attr.bins);
    }
  });
  return out;
}

Tensor Histogram::batch(const Attr& attr, const Examples& in) {
  Attr rows = attr;
  rows.of_rows = true;
  if (attr.of_rows) return in.split(call<Histogram>(rows, in.merged(0)));
  return call<Histogram>(rows, rows_of_examples(in[0]));
}

Tensor histc(const Tensor& x, int64_t bins, double low, double high) {
  if (bins <= 0) fail(ErrorKind::kRuntime, "histc: bins must be > 0, got ", bins);
  checked_numel("histc", {bins});
  GradModeGuard off(false);
  return call<Histogram>({bins, low, high}, x);
}

Tensor SearchSorted::forward(const Attr& attr, Inputs in) {
  Tensor sequence = contiguous_values(in[0]), values = contiguous_values(in[1]);
  const bool one = sequence.dim() == 1;
  const int64_t n = sequence.size(-1), columns = one ? values.numel() : values.size(-1);
  Tensor out = empty(values.sizes(), DType::kInt64);
  visit_dtype(values.dtype(), [&]<class T>(std::type_identity<T>) {
    const T *s = sequence.data<T>(), *v = values.data<T>();
    auto* y = out.data<int64_t>();
    Unlocked unlocked(static_cast<double>(values.numel()) * 20);
    parallel_for(values.numel(), 1 << 13, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const T* row = s + (one ? 0 : i / columns * n);
        y[i] = (attr.right ? std::upper_bound(row, row + n, v[i], before<T>)
                           : std::lower_bound(row, row + n, v[i], before<T>)) -
               row;
      }
    });
  });
  return out;
}

// Rows of each example are rows of more leading dims; elements looked up in a vector, one row.
Tensor SearchSorted::batch(const Attr& attr, const Examples& in) {
  const Tensor x = in.front(1);
  if (!in.batched(0) && in.rank(0) == 1) return call<SearchSorted>(attr, in[0], x);
  if (in.rank(0) > 1) return call<SearchSorted>(attr, in.front(0), x);
  return reshape(call<SearchSorted>(attr, in.front(0), rows_of_examples(x)), x.sizes());
}

Tensor searchsorted(const char* op, const Tensor& rows, const Tensor& x, bool int32, bool right,
                    const Tensor& sorter) {
  if (rows.dim() == 0) {
    fail(ErrorKind::kRuntime, op, ": the sorted sequence must have at least one dim");
  }
  const DType dtype = promote(rows.dtype(), x.dtype());
  bool fits = rows.dim() == 1 || rows.dim() == x.dim();
  for (int k = 0; fits && rows.dim() > 1 && k + 1 < rows.dim(); ++k)
    fits = rows.size(k) == x.size(k);
  if (!fits) {
    fail(ErrorKind::kRuntime, op, ": sorted rows of shape ", rows.sizes(),
         " and an input of shape ", x.sizes(), " must agree in all dims but the last");
  }
  GradModeGuard off(false);
  Tensor sequence = rows;
  if (sorter.defined()) {
    if (sorter.sizes() != rows.sizes() || sorter.dtype() != DType::kInt64) {
      fail(ErrorKind::kRuntime, op, ": sorter must be int64 of shape ", rows.sizes(), ", got ",
           sorter);
    }
    sequence = gather(rows, -1, sorter);
  }
  if (int32 && rows.size(-1) > std::numeric_limits<int32_t>::max())
    fail(ErrorKind::kRuntime, op, ": rows of ", rows.size(-1), " elements need int64 indices");
  Tensor out = call<SearchSorted>({right}, to_dtype(sequence, dtype), to_dtype(x, dtype));
  return int32 ? to_dtype(out, DType::kInt32) : out;
}

}  // namespace pyad
