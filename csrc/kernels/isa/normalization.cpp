// Batch, group, instance and root-mean-square normalisation, for one instruction set.
#include "kernels/careful.hpp"
#include "kernels/normalization_kernels.hpp"
#include "kernels/reduce_run.hpp"

namespace pyad::inline PYAD_ISA {
namespace {

constexpr int64_t kBlock = 1024;   // elements of a line that a buffer on the stack takes
constexpr int64_t kColumns = 128;  // columns whose sums are taken together
constexpr int64_t kRows = 64;      // lines added in a row before their sum joins the total

struct SquaredDeviation : Joins {
  template <class T>
  static T map(T x, T shift, double) {
    T d = x - shift;
    return d * d;
  }
};
struct Square : Joins {
  template <class T>
  static T map(T x, T, double) {
    return x * x;
  }
};

template <class T>
const T* in(const void* p) {
  return static_cast<const T*>(p);
}
template <class T>
T* out(void* p) {
  return static_cast<T*>(p);
}

// ---- planes

template <class T>
void plane_sums(Lines l, const void* x, void* sum) {
  for (int64_t k = 0; k < l.count; ++k)
    out<T>(sum)[k] = reduce_run<Sum, T>(in<T>(x) + k * l.step, l.n, T(0));
}

template <class T>
void plane_squares(Lines l, const void* x, const void* mean, void* sum) {
  for (int64_t k = 0; k < l.count; ++k)
    out<T>(sum)[k] = reduce_run<SquaredDeviation, T>(in<T>(x) + k * l.step, l.n, in<T>(mean)[k]);
}

template <class T>
void plane_apply(Lines l, const void* x, const void* mean, const void* scale, const void* shift,
                 void* y) {
  for (int64_t k = 0; k < l.count; ++k) {
    const T* p = in<T>(x) + k * l.step;
    T* __restrict q = out<T>(y) + k * l.step;
    T m = in<T>(mean)[k], a = in<T>(scale)[k], b = in<T>(shift)[k];
    for (int64_t i = 0; i < l.n; ++i) q[i] = (p[i] - m) * a + b;
  }
}

template <class T>
void plane_pull_sums(Lines l, const void* g, const void* x, const void* mean, void* sum_g,
                     void* sum_gx) {
  T along[kBlock];
  for (int64_t k = 0; k < l.count; ++k) {
    const T* p = in<T>(x) + k * l.step;
    const T* gp = in<T>(g) + k * l.step;
    T m = in<T>(mean)[k], total = 0;
    for (int64_t start = 0; start < l.n; start += kBlock) {
      int64_t count = l.n - start < kBlock ? l.n - start : kBlock;
      for (int64_t i = 0; i < count; ++i) along[i] = gp[start + i] * (p[start + i] - m);
      total += reduce_run<Sum, T>(along, count, T(0));
    }
    out<T>(sum_g)[k] = reduce_run<Sum, T>(gp, l.n, T(0));
    out<T>(sum_gx)[k] = total;
  }
}

template <class T>
void plane_pull(Lines l, const void* g, const void* x, const void* mean, const void* a,
                const void* b, const void* c, void* gx) {
  for (int64_t k = 0; k < l.count; ++k) {
    const T* p = in<T>(x) + k * l.step;
    const T* gp = in<T>(g) + k * l.step;
    T* __restrict q = out<T>(gx) + k * l.step;
    T m = in<T>(mean)[k], ak = in<T>(a)[k], bk = in<T>(b)[k], ck = in<T>(c)[k];
    for (int64_t i = 0; i < l.n; ++i) q[i] = ak * gp[i] + bk * (p[i] - m) + ck;
  }
}

// ---- columns

/// The sums over all lines of `term(line, column)`.
template <class T, class F>
inline void add_columns(Lines l, void* sum, F&& term) {
  for (int64_t start = 0; start < l.n; start += kColumns) {
    int64_t count = l.n - start < kColumns ? l.n - start : kColumns;
    T total[kColumns], part[kColumns];
    for (int64_t i = 0; i < count; ++i) total[i] = 0;
    for (int64_t first = 0; first < l.count; first += kRows) {
      int64_t end = first + kRows < l.count ? first + kRows : l.count;
      for (int64_t i = 0; i < count; ++i) part[i] = 0;
      for (int64_t r = first; r < end; ++r) {
        int64_t at = r * l.step + start;
        for (int64_t i = 0; i < count; ++i) part[i] += term(at + i, start + i);
      }
      for (int64_t i = 0; i < count; ++i) total[i] += part[i];
    }
    for (int64_t i = 0; i < count; ++i) out<T>(sum)[start + i] = total[i];
  }
}

template <class T>
void column_sums(Lines l, const void* x, void* sum) {
  const T* p = in<T>(x);
  add_columns<T>(l, sum, [=](int64_t at, int64_t) { return p[at]; });
}

template <class T>
void column_squares(Lines l, const void* x, const void* mean, void* sum) {
  const T *p = in<T>(x), *m = in<T>(mean);
  add_columns<T>(l, sum, [=](int64_t at, int64_t c) { return (p[at] - m[c]) * (p[at] - m[c]); });
}

template <class T>
void column_apply(Lines l, const void* x, const void* mean, const void* scale, const void* shift,
                  void* y) {
  const T *m = in<T>(mean), *a = in<T>(scale), *b = in<T>(shift);
  for (int64_t r = 0; r < l.count; ++r) {
    const T* p = in<T>(x) + r * l.step;
    T* __restrict q = out<T>(y) + r * l.step;
    for (int64_t i = 0; i < l.n; ++i) q[i] = (p[i] - m[i]) * a[i] + b[i];
  }
}

template <class T>
void column_pull_sums(Lines l, const void* g, const void* x, const void* mean, void* sum_g,
                      void* sum_gx) {
  const T *p = in<T>(x), *gp = in<T>(g), *m = in<T>(mean);
  add_columns<T>(l, sum_g, [=](int64_t at, int64_t) { return gp[at]; });
  add_columns<T>(l, sum_gx, [=](int64_t at, int64_t c) { return gp[at] * (p[at] - m[c]); });
}

template <class T>
void column_pull(Lines l, const void* g, const void* x, const void* mean, const void* a,
                 const void* b, const void* c, void* gx) {
  const T *m = in<T>(mean), *ac = in<T>(a), *bc = in<T>(b), *cc = in<T>(c);
  for (int64_t r = 0; r < l.count; ++r) {
    const T* p = in<T>(x) + r * l.step;
    const T* gp = in<T>(g) + r * l.step;
    T* __restrict q = out<T>(gx) + r * l.step;
    for (int64_t i = 0; i < l.n; ++i) q[i] = ac[i] * gp[i] + bc[i] * (p[i] - m[i]) + cc[i];
  }
}

// ---- rows by their root mean square

template <class T>
void rms_norm(const void* x, int64_t rows, int64_t n, const void* weight, double eps, void* y,
              void* rrms) {
  const T* w = in<T>(weight);
  for (int64_t r = 0; r < rows; ++r) {
    const T* p = in<T>(x) + r * n;
    T* __restrict q = out<T>(y) + r * n;
    T mean = reduce_run<Square, T>(p, n, T(0)) / static_cast<T>(n);
    T s = T(1) / static_cast<T>(__builtin_sqrt(static_cast<double>(mean + static_cast<T>(eps))));
    out<T>(rrms)[r] = s;
    if (!is_ordinary(T(0), mean, T(0), eps)) [[unlikely]] {
      if (careful_norm<T>(p, n, w, nullptr, eps, false, q, nullptr, out<T>(rrms) + r)) continue;
    }
    if (w) {
      for (int64_t i = 0; i < n; ++i) q[i] = p[i] * s * w[i];
    } else {
      for (int64_t i = 0; i < n; ++i) q[i] = p[i] * s;
    }
  }
}

template <class T>
void rms_pull(const void* g, const void* x, const void* rrms, const void* weight, int64_t rows,
              int64_t n, double eps, void* gx) {
  const T* w = in<T>(weight);
  T along[kBlock];
  for (int64_t r = 0; r < rows; ++r) {
    const T* p = in<T>(x) + r * n;
    const T* gp = in<T>(g) + r * n;
    T* __restrict q = out<T>(gx) + r * n;
    T s = in<T>(rrms)[r], total = 0;
    if (!is_ordinary_scale(s)) [[unlikely]] {
      if (careful_pull(gp, p, w, n, eps, false, q)) continue;
    }
    for (int64_t start = 0; start < n; start += kBlock) {
      int64_t count = n - start < kBlock ? n - start : kBlock;
      if (w) {
        for (int64_t i = 0; i < count; ++i) along[i] = gp[start + i] * w[start + i] * p[start + i];
      } else {
        for (int64_t i = 0; i < count; ++i) along[i] = gp[start + i] * p[start + i];
      }
      total += reduce_run<Sum, T>(along, count, T(0));
    }
    T b = s * s * s * (total / static_cast<T>(n));
    if (w) {
      for (int64_t i = 0; i < n; ++i) q[i] = s * gp[i] * w[i] - b * p[i];
    } else {
      for (int64_t i = 0; i < n; ++i) q[i] = s * gp[i] - b * p[i];
    }
  }
}

template <class T>
void fill_type(NormalizationKernels& k, int type) {
  k.planes[type] = {plane_sums<T>, plane_squares<T>, plane_apply<T>, plane_pull_sums<T>,
                    plane_pull<T>};
  k.columns[type] = {column_sums<T>, column_squares<T>, column_apply<T>, column_pull_sums<T>,
                     column_pull<T>};
  k.rms[type] = {rms_norm<T>, rms_pull<T>};
}

}  // namespace

void fill_normalization(NormalizationKernels* k) {
  fill_type<float>(*k, 0);
  fill_type<double>(*k, 1);
}

}  // namespace pyad::inline PYAD_ISA
