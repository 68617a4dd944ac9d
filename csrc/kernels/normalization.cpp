// Deals lines of memory to threads and joins what belongs to one statistic. The joins follow the
// shape alone, so results do not depend on the number of threads.
#include "kernels/normalization.hpp"

#include <algorithm>
#include <type_traits>
#include <vector>

#include "core/host.hpp"
#include "kernels/careful.hpp"
#include "kernels/normalization_kernels.hpp"
#include "kernels/parallel.hpp"

namespace pyad {

namespace {

constexpr int64_t kGrain = 1 << 14;   // elements worth a thread
constexpr int64_t kPiece = 1 << 16;   // elements between two looks whether to stop
constexpr int64_t kColumnAlign = 64;  // columns: whole cache lines of float32 and float64

const NormalizationKernels& kernels() {
  static const NormalizationKernels k = PYAD_SELECT_ISA(fill_normalization, NormalizationKernels);
  return k;
}

template <class F>
void for_type(DType dtype, F&& f) {
  if (wide_index(dtype)) {
    f(std::type_identity<double>{});
  } else {
    f(std::type_identity<float>{});
  }
}

/// The lines of a layout. With inner = 1 and statistics over outer, a line holds all channels and
/// coefficients belong to columns; else a line is a channel of one of outer, with coefficients of
/// its own.
template <class T>
struct Walk {
  const NormLayout& l;
  bool columns = l.inner == 1 && l.groups == 0;
  int64_t coefficients = columns ? l.channels : l.outer * l.channels;
  const NormalizationLoops& loops =
      (columns ? kernels().columns : kernels().planes)[std::is_same_v<T, double>];

  int64_t channel(int64_t k) const { return columns ? k : k % l.channels; }
  int64_t statistic(int64_t k) const {
    return l.groups == 0 ? channel(k) : k / (l.channels / l.groups);
  }
  /// Calls `body(lines, first element, first coefficient)` on all parts.
  template <class F>
  void run(F&& body) const {
    Unlocked unlocked(static_cast<double>(l.outer * l.channels * l.inner));
    if (columns) {
      parallel_for(
          l.channels, kGrain / (l.outer + 1) + 1,
          [&](int64_t begin, int64_t end) {
            body(Lines{l.outer, end - begin, l.channels}, begin, begin);
          },
          kColumnAlign);
    } else {
      parallel_for(coefficients, kGrain / (l.inner + 1) + 1, [&](int64_t begin, int64_t end) {
        body(Lines{end - begin, l.inner, l.inner}, begin * l.inner, begin);
      });
    }
  }
};

template <class T>
const T* data_or_null(const Tensor& x) {
  return x.defined() ? x.data<T>() : nullptr;
}

template <class T>
void statistics(const NormLayout& l, const T* x, T* mean, T* variance) {
  Walk<T> walk{l};
  auto n = static_cast<size_t>(walk.coefficients);
  std::vector<T> sums(n), shifts(n);
  int64_t count = l.statistics();
  T each = static_cast<T>(l.each());
  auto join = [&](T* result) {
    for (int64_t s = 0; s < count; ++s) result[s] = 0;
    for (int64_t k = 0; k < walk.coefficients; ++k)
      result[walk.statistic(k)] += sums[static_cast<size_t>(k)];
    for (int64_t s = 0; s < count; ++s) result[s] /= each;
  };
  walk.run([&](Lines lines, int64_t at, int64_t k) { walk.loops.sums(lines, x + at, &sums[k]); });
  join(mean);
  for (int64_t k = 0; k < walk.coefficients; ++k)
    shifts[static_cast<size_t>(k)] = mean[walk.statistic(k)];
  walk.run([&](Lines lines, int64_t at, int64_t k) {
    walk.loops.squares(lines, x + at, &shifts[k], &sums[k]);
  });
  join(variance);
}

template <class T>
void apply(const NormLayout& l, const T* x, const T* mean, const T* rstd, const T* weight,
           const T* bias, T* y) {
  Walk<T> walk{l};
  auto n = static_cast<size_t>(walk.coefficients);
  std::vector<T> means(n), scales(n), shifts(n);
  for (size_t k = 0; k < n; ++k) {
    int64_t s = walk.statistic(static_cast<int64_t>(k)), c = walk.channel(static_cast<int64_t>(k));
    means[k] = mean[s];
    scales[k] = weight ? rstd[s] * weight[c] : rstd[s];
    shifts[k] = bias ? bias[c] : T(0);
  }
  walk.run([&](Lines lines, int64_t at, int64_t k) {
    walk.loops.apply(lines, x + at, &means[k], &scales[k], &shifts[k], y + at);
  });
}

/// Calls f(first element, elements, channel, coefficient) for the runs of memory of a statistic.
template <class T, class F>
void for_runs(const Walk<T>& walk, int64_t s, F&& f) {
  const NormLayout& l = walk.l;
  int64_t since = 0;
  auto line = [&](int64_t o, int64_t c) {
    const int64_t k = o * l.channels + c;
    for (int64_t i = 0; i < l.inner; i += kPiece) {
      const int64_t count = std::min(l.inner - i, kPiece);
      f(k * l.inner + i, count, c, walk.columns ? c : k);
      if ((since += count) >= kPiece) since = 0, poll_part();
    }
  };
  if (l.groups == 0) {
    for (int64_t o = 0; o < l.outer; ++o) line(o, s);
  } else {
    const int64_t wide = l.channels / l.groups, first = s % l.groups * wide;
    for (int64_t c = first; c < first + wide; ++c) line(s / l.groups, c);
  }
}

template <class T>
CarefulRow careful_statistic(const Walk<T>& walk, int64_t s, const T* x, double eps) {
  auto each = [&](auto f) {
    for_runs(walk, s, [&](int64_t at, int64_t count, int64_t, int64_t) {
      for (int64_t i = at; i < at + count; ++i) f(static_cast<double>(x[i]));
    });
  };
  return careful_row_of(each, walk.l.each(), eps, true);
}

/// Calls f(i) for the places of a list of statistics, dealt to threads.
template <class F>
void for_extremes(const NormLayout& l, const std::vector<int64_t>& extremes, F&& f) {
  if (extremes.empty()) return;
  auto count = static_cast<int64_t>(extremes.size());
  Unlocked unlocked(static_cast<double>(count) * static_cast<double>(l.each()));
  parallel_for(count, kGrain / (l.each() + 1) + 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) f(static_cast<size_t>(i));
  });
}

/// Statistics and y again where the variance does not tell them: Note [Rows of extreme numbers].
template <class T>
void mend(const NormLayout& l, double eps, const T* x, const T* weight, const T* bias, T* mean,
          T* variance, T* rstd, T* y) {
  std::vector<int64_t> extremes;
  const T error = error_of_mean<T>(l.each());
  for (int64_t s = 0; s < l.statistics(); ++s)
    if (!is_ordinary(mean[s], variance[s], error, eps)) [[unlikely]]
      extremes.push_back(s);
  Walk<T> walk{l};
  for_extremes(l, extremes, [&](size_t e) {
    const int64_t s = extremes[e];
    const CarefulRow row = careful_statistic(walk, s, x, eps);
    if (!row.finite) return;
    mean[s] = static_cast<T>(row.mean_of_row());
    variance[s] = static_cast<T>(row.variance_of_row());
    rstd[s] = rstd_of<T>(row);
    for_runs(walk, s, [&](int64_t at, int64_t count, int64_t c, int64_t) {
      const double a = weight ? static_cast<double>(weight[c]) : 1;
      const double b = bias ? static_cast<double>(bias[c]) : 0;
      for (int64_t i = at; i < at + count; ++i)
        y[i] = static_cast<T>(row(static_cast<double>(x[i])) * a + b);
    });
  });
}

/// A statistic that is not ordinary, and the means of its cotangents and of their products with the
/// normalised.
struct CarefulPull {
  CarefulRow row;
  double of_g = 0, of_gx = 0;
};

/// Fills `pulls`, and for each coefficient of such a statistic the sum of g times the normalised.
template <class T>
void careful_sums(const Walk<T>& walk, double eps, const std::vector<int64_t>& extremes, const T* g,
                  const T* x, const T* weight, std::vector<CarefulPull>& pulls,
                  std::vector<double>& along) {
  for_extremes(walk.l, extremes, [&](size_t e) {
    CarefulPull& p = pulls[e];
    p.row = careful_statistic(walk, extremes[e], x, eps);
    if (!p.row.finite) return;
    for_runs(walk, extremes[e], [&](int64_t at, int64_t count, int64_t c, int64_t k) {
      double of_g = 0, of_gx = 0;
      for (int64_t i = at; i < at + count; ++i) {
        of_g += static_cast<double>(g[i]);
        of_gx += static_cast<double>(g[i]) * p.row(static_cast<double>(x[i]));
      }
      const double w = weight ? static_cast<double>(weight[c]) : 1;
      along[static_cast<size_t>(k)] += of_gx;
      p.of_g += of_g * w;
      p.of_gx += of_gx * w;
    });
    p.of_g /= static_cast<double>(walk.l.each());
    p.of_gx /= static_cast<double>(walk.l.each());
  });
}

template <class T>
void careful_cotangents(const Walk<T>& walk, const std::vector<int64_t>& extremes, const T* g,
                        const T* x, const T* weight, const std::vector<CarefulPull>& pulls, T* gx) {
  for_extremes(walk.l, extremes, [&](size_t e) {
    const CarefulPull& p = pulls[e];
    if (!p.row.finite) return;
    for_runs(walk, extremes[e], [&](int64_t at, int64_t count, int64_t c, int64_t) {
      const double w = weight ? static_cast<double>(weight[c]) : 1;
      for (int64_t i = at; i < at + count; ++i) {
        const double r = p.row(static_cast<double>(x[i])) * p.of_gx;
        gx[i] = static_cast<T>(p.row.along(static_cast<double>(g[i]) * w - p.of_g - r));
      }
    });
  });
}

template <class T>
void pull(const NormLayout& l, bool constant, double eps, const T* g, const T* x, const T* mean,
          const T* rstd, const T* weight, T* gx, T* gw, T* gb) {
  Walk<T> walk{l};
  auto n = static_cast<size_t>(walk.coefficients);
  std::vector<T> means(n), sum_g(n), sum_gx(n);
  for (size_t k = 0; k < n; ++k) means[k] = mean[walk.statistic(static_cast<int64_t>(k))];
  bool sums = gw || gb || !constant;
  if (sums) {
    walk.run([&](Lines lines, int64_t at, int64_t k) {
      walk.loops.pull_sums(lines, g + at, x + at, &means[k], &sum_g[k], &sum_gx[k]);
    });
  }
  std::vector<int64_t> extremes;
  for (int64_t s = 0; s < l.statistics() && !constant; ++s)
    if (!is_ordinary_row(mean[s], rstd[s])) [[unlikely]]
      extremes.push_back(s);
  std::vector<CarefulPull> pulls(extremes.size());
  std::vector<double> along(extremes.empty() ? 0 : n);
  std::vector<char> careful(extremes.empty() ? 0 : static_cast<size_t>(l.statistics()));
  careful_sums(walk, eps, extremes, g, x, weight, pulls, along);
  for (size_t e = 0; e < extremes.size(); ++e)
    careful[static_cast<size_t>(extremes[e])] = pulls[e].row.finite;
  for (int64_t c = 0; c < l.channels; ++c) {
    if (gw) gw[c] = 0;
    if (gb) gb[c] = 0;
  }
  auto count = static_cast<size_t>(l.statistics());
  std::vector<T> of_g(count), of_gx(count);
  for (size_t k = 0; k < n && sums; ++k) {
    auto at = static_cast<int64_t>(k);
    auto s = static_cast<size_t>(walk.statistic(at));
    int64_t c = walk.channel(at);
    const bool again = !careful.empty() && careful[s];
    if (gw) gw[c] += again ? static_cast<T>(along[k]) : sum_gx[k] * rstd[s];
    if (gb) gb[c] += sum_g[k];
    T w = weight ? weight[c] : T(1);
    of_g[s] += sum_g[k] * w;
    of_gx[s] += sum_gx[k] * w;
  }
  if (!gx) return;
  T each = static_cast<T>(l.each());
  std::vector<T> a(n), b(n), c(n);
  for (size_t k = 0; k < n; ++k) {
    auto s = static_cast<size_t>(walk.statistic(static_cast<int64_t>(k)));
    T r = rstd[s];
    a[k] = weight ? r * weight[walk.channel(static_cast<int64_t>(k))] : r;
    b[k] = constant ? T(0) : -r * r * r * (of_gx[s] / each);
    c[k] = constant ? T(0) : -r * (of_g[s] / each);
  }
  walk.run([&](Lines lines, int64_t at, int64_t k) {
    walk.loops.pull(lines, g + at, x + at, &means[k], &a[k], &b[k], &c[k], gx + at);
  });
  careful_cotangents(walk, extremes, g, x, weight, pulls, gx);
}

}  // namespace

void normalization_statistics(const NormLayout& l, const Tensor& x, const Tensor& mean,
                              const Tensor& variance) {
  for_type(x.dtype(), [&]<class T>(std::type_identity<T>) {
    statistics<T>(l, x.data<T>(), mean.data<T>(), variance.data<T>());
  });
}

void normalization_apply(const NormLayout& l, const Statistics& s, const Tensor& x,
                         const Tensor& weight, const Tensor& bias, const Tensor& y) {
  for_type(x.dtype(), [&]<class T>(std::type_identity<T>) {
    const T *from = x.data<T>(), *w = data_or_null<T>(weight), *b = data_or_null<T>(bias);
    T *mean = s.mean.data<T>(), *rstd = s.rstd.data<T>(), *to = y.data<T>();
    apply<T>(l, from, mean, rstd, w, b, to);
    if (!s.constant) mend<T>(l, s.eps, from, w, b, mean, s.variance.data<T>(), rstd, to);
  });
}

void normalization_pull(const NormLayout& l, const Statistics& s, const Tensor& g, const Tensor& x,
                        const Tensor& weight, const Tensor& gx, const Tensor& gw,
                        const Tensor& gb) {
  for_type(x.dtype(), [&]<class T>(std::type_identity<T>) {
    auto to = [](const Tensor& t) { return t.defined() ? t.data<T>() : nullptr; };
    pull<T>(l, s.constant, s.eps, g.data<T>(), x.data<T>(), s.mean.data<T>(), s.rstd.data<T>(),
            data_or_null<T>(weight), to(gx), to(gw), to(gb));
  });
}

void rms_norm_rows(const Tensor& x, int64_t rows, int64_t n, const Tensor& weight, double eps,
                   const Tensor& y, const Tensor& rrms) {
  if (rows == 0 || n == 0) return;
  const RmsLoops& loops = kernels().rms[wide_index(x.dtype())];
  auto item = static_cast<int64_t>(item_size(x.dtype()));
  const char *from = x.bytes(), *w = weight.defined() ? weight.bytes() : nullptr;
  char *to = y.bytes(), *r = rrms.bytes();
  Unlocked unlocked(static_cast<double>(x.numel()));
  parallel_for(rows, kGrain / n + 1, [&](int64_t begin, int64_t end) {
    loops.norm(from + begin * n * item, end - begin, n, w, eps, to + begin * n * item,
               r + begin * item);
  });
}

void rms_norm_rows_pull(const Tensor& g, const Tensor& x, const Tensor& rrms, const Tensor& weight,
                        int64_t rows, int64_t n, double eps, const Tensor& gx) {
  if (rows == 0 || n == 0) return;
  const RmsLoops& loops = kernels().rms[wide_index(x.dtype())];
  auto item = static_cast<int64_t>(item_size(x.dtype()));
  const char *gy = g.bytes(), *from = x.bytes(), *r = rrms.bytes(),
             *w = weight.defined() ? weight.bytes() : nullptr;
  char* to = gx.bytes();
  Unlocked unlocked(static_cast<double>(x.numel()));
  parallel_for(rows, kGrain / n + 1, [&](int64_t begin, int64_t end) {
    int64_t at = begin * n * item;
    loops.pull(gy + at, from + at, r + begin * item, w, end - begin, n, eps, to + at);
  });
}

}  // namespace pyad
