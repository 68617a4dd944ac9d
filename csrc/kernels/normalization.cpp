// Deals lines of memory to threads and joins what belongs to one statistic. The joins follow the
// shape alone, so results do not depend on the number of threads.
#include "kernels/normalization.hpp"

#include <type_traits>
#include <vector>

#include "core/host.hpp"
#include "kernels/careful.hpp"
#include "kernels/normalization_kernels.hpp"
#include "kernels/parallel.hpp"

namespace pyad {

namespace {

constexpr int64_t kGrain = 1 << 14;   // elements worth a thread
constexpr int64_t kColumnAlign = 64;  // columns: whole cache lines of float32 and float64

const NormalizationKernels& kernels() {
  static const NormalizationKernels k = PYAD_SELECT_ISA(fill_normalization, NormalizationKernels);
  return k;
}

template <class F>
void for_type(DType dtype, F&& f) {
  if (dtype == DType::kFloat64) {
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

/// Calls f(element, channel) for all elements of a statistic.
template <class T, class F>
void for_statistic(const Walk<T>& walk, int64_t s, F&& f) {
  const NormLayout& l = walk.l;
  for (int64_t o = 0; o < l.outer; ++o) {
    for (int64_t c = 0; c < l.channels; ++c) {
      if (walk.statistic(walk.columns ? c : o * l.channels + c) != s) continue;
      for (int64_t i = 0; i < l.inner; ++i) f((o * l.channels + c) * l.inner + i, c);
    }
  }
}

/// The cotangent of x for one statistic, in ratios: Note [Rows of extreme numbers].
template <class T>
[[gnu::cold, gnu::noinline]] void careful_pull(const Walk<T>& walk, int64_t s, const T* g,
                                               const T* x, T mean, T rstd, const T* weight, T* gx) {
  double of_g = 0, of_gx = 0;
  auto pulled = [=](int64_t i, int64_t c) { return weight ? g[i] * weight[c] : g[i]; };
  for_statistic(walk, s, [&](int64_t i, int64_t c) {
    of_g += static_cast<double>(pulled(i, c));
    of_gx += static_cast<double>(pulled(i, c) * ((x[i] - mean) * rstd));
  });
  const auto each = static_cast<double>(walk.l.each());
  const T a = static_cast<T>(of_g / each), b = static_cast<T>(of_gx / each);
  for_statistic(walk, s, [&](int64_t i, int64_t c) {
    gx[i] = rstd * (pulled(i, c) - a - (x[i] - mean) * rstd * b);
  });
}

template <class T>
void pull(const NormLayout& l, bool constant, const T* g, const T* x, const T* mean, const T* rstd,
          const T* weight, T* gx, T* gw, T* gb) {
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
    if (gw) gw[c] += sum_gx[k] * rstd[s];
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
  for (int64_t s = 0; s < l.statistics() && !constant; ++s)
    if (!is_ordinary_scale(rstd[s])) [[unlikely]]
      careful_pull(walk, s, g, x, mean[s], rstd[s], weight, gx);
}

}  // namespace

void normalization_statistics(const NormLayout& l, const Tensor& x, const Tensor& mean,
                              const Tensor& variance) {
  for_type(x.dtype(), [&]<class T>(std::type_identity<T>) {
    statistics<T>(l, x.data<T>(), mean.data<T>(), variance.data<T>());
  });
}

void mend_statistics(const NormLayout& l, const Tensor& x, double eps, const Tensor& variance,
                     const Tensor& mean, const Tensor& rstd) {
  for_type(x.dtype(), [&]<class T>(std::type_identity<T>) {
    const T *v = variance.data<T>(), *p = x.data<T>();
    for (int64_t s = 0; s < l.statistics(); ++s) {
      if (is_ordinary(v[s], eps)) [[likely]]
        continue;
      auto each = [&](auto f) {
        for_statistic(Walk<T>{l}, s, [&](int64_t i, int64_t) { f(p[i]); });
      };
      RowStatistics<T> again = careful_statistics_of<T>(each, l.each(), eps, true);
      mean.data<T>()[s] = again.mean;
      rstd.data<T>()[s] = again.rstd;
    }
  });
}

void normalization_apply(const NormLayout& l, const Tensor& x, const Tensor& mean,
                         const Tensor& rstd, const Tensor& weight, const Tensor& bias,
                         const Tensor& y) {
  for_type(x.dtype(), [&]<class T>(std::type_identity<T>) {
    apply<T>(l, x.data<T>(), mean.data<T>(), rstd.data<T>(), data_or_null<T>(weight),
             data_or_null<T>(bias), y.data<T>());
  });
}

void normalization_pull(const NormLayout& l, bool constant, const Tensor& g, const Tensor& x,
                        const Tensor& mean, const Tensor& rstd, const Tensor& weight,
                        const Tensor& gx, const Tensor& gw, const Tensor& gb) {
  for_type(x.dtype(), [&]<class T>(std::type_identity<T>) {
    auto to = [](const Tensor& t) { return t.defined() ? t.data<T>() : nullptr; };
    pull<T>(l, constant, g.data<T>(), x.data<T>(), mean.data<T>(), rstd.data<T>(),
            data_or_null<T>(weight), to(gx), to(gw), to(gb));
  });
}

void rms_norm_rows(const Tensor& x, int64_t rows, int64_t n, const Tensor& weight, double eps,
                   const Tensor& y, const Tensor& rrms) {
  if (rows == 0 || n == 0) return;
  const RmsLoops& loops = kernels().rms[x.dtype() == DType::kFloat64];
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
                        int64_t rows, int64_t n, const Tensor& gx) {
  if (rows == 0 || n == 0) return;
  const RmsLoops& loops = kernels().rms[x.dtype() == DType::kFloat64];
  auto item = static_cast<int64_t>(item_size(x.dtype()));
  const char *gy = g.bytes(), *from = x.bytes(), *r = rrms.bytes(),
             *w = weight.defined() ? weight.bytes() : nullptr;
  char* to = gx.bytes();
  Unlocked unlocked(static_cast<double>(x.numel()));
  parallel_for(rows, kGrain / n + 1, [&](int64_t begin, int64_t end) {
    int64_t at = begin * n * item;
    loops.pull(gy + at, from + at, r + begin * item, w, end - begin, n, to + at);
  });
}

}  // namespace pyad
