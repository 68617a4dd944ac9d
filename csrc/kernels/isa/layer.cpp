// Layer normalisation, forward and backward, for one instruction set.
#include "kernels/careful.hpp"
#include "kernels/layer_kernels.hpp"
#include "kernels/reduce_run.hpp"

namespace pyad::inline PYAD_ISA {
namespace {

constexpr int64_t kBlock = 1024;

struct SquaredDeviation : Joins {
  template <class T>
  static T map(T x, T shift, double) {
    T d = x - shift;
    return d * d;
  }
};

template <class T>
inline T at(const void* p, int64_t i) {
  return static_cast<const T*>(p)[i];
}

template <class T>
void norm(const void* x, int64_t rows, int64_t n, const void* weight, const void* bias, double eps,
          void* y, void* mean, void* rstd) {
  const T* w = static_cast<const T*>(weight);
  const T* b = static_cast<const T*>(bias);
  const T error = error_of_mean<T>(n);
  for (int64_t r = 0; r < rows; ++r) {
    const T* p = static_cast<const T*>(x) + r * n;
    T* __restrict q = static_cast<T*>(y) + r * n;
    T m = reduce_run<Sum, T>(p, n, T(0)) / static_cast<T>(n);
    T variance = reduce_run<SquaredDeviation, T>(p, n, m) / static_cast<T>(n);
    T s =
        T(1) / static_cast<T>(__builtin_sqrt(static_cast<double>(variance + static_cast<T>(eps))));
    static_cast<T*>(mean)[r] = m;
    static_cast<T*>(rstd)[r] = s;
    if (w && b) {
      for (int64_t i = 0; i < n; ++i) q[i] = (p[i] - m) * s * w[i] + b[i];
    } else if (w) {
      for (int64_t i = 0; i < n; ++i) q[i] = (p[i] - m) * s * w[i];
    } else if (b) {
      for (int64_t i = 0; i < n; ++i) q[i] = (p[i] - m) * s + b[i];
    } else {
      for (int64_t i = 0; i < n; ++i) q[i] = (p[i] - m) * s;
    }
    if (!is_ordinary(m, variance, error, eps)) [[unlikely]]
      careful_norm(p, n, w, b, eps, true, q, static_cast<T*>(mean) + r, static_cast<T*>(rstd) + r);
  }
}

template <class T>
void norm_pull(const void* g, const void* x, const void* mean, const void* rstd, const void* weight,
               int64_t rows, int64_t n, double eps, void* gx) {
  const T* w = static_cast<const T*>(weight);
  T pulled[kBlock], along[kBlock];  // g * w, and its product with the normalised x
  for (int64_t r = 0; r < rows; ++r) {
    const T* gr = static_cast<const T*>(g) + r * n;
    const T* p = static_cast<const T*>(x) + r * n;
    T* __restrict q = static_cast<T*>(gx) + r * n;
    T m = at<T>(mean, r), s = at<T>(rstd, r), sum_pulled = 0, sum_along = 0;
    if (!is_ordinary_row(m, s)) [[unlikely]] {
      if (careful_pull(gr, p, w, n, eps, true, q)) continue;
    }
    for (int64_t start = 0; start < n; start += kBlock) {
      int64_t count = n - start < kBlock ? n - start : kBlock;
      if (w) {
        for (int64_t i = 0; i < count; ++i) pulled[i] = gr[start + i] * w[start + i];
      } else {
        for (int64_t i = 0; i < count; ++i) pulled[i] = gr[start + i];
      }
      for (int64_t i = 0; i < count; ++i) along[i] = pulled[i] * ((p[start + i] - m) * s);
      sum_pulled += reduce_run<Sum, T>(pulled, count, T(0));
      sum_along += reduce_run<Sum, T>(along, count, T(0));
    }
    T a = sum_pulled / static_cast<T>(n), b = sum_along / static_cast<T>(n);
    if (w) {
      for (int64_t i = 0; i < n; ++i) q[i] = s * (gr[i] * w[i] - a - (p[i] - m) * s * b);
    } else {
      for (int64_t i = 0; i < n; ++i) q[i] = s * (gr[i] - a - (p[i] - m) * s * b);
    }
  }
}

/// Adds g times the normalised row to w; or writes, if `first`.
template <class T>
[[gnu::cold, gnu::noinline]] bool careful_pull_weight(const T* g, const T* p, int64_t n, double eps,
                                                      bool centred, bool first, T* w) {
  const CarefulRow row = careful_row(p, n, eps, centred);
  if (!row.finite) return false;
  for (int64_t i = 0; i < n; ++i) {
    T v = static_cast<T>(static_cast<double>(g[i]) * row(static_cast<double>(p[i])));
    w[i] = first ? v : w[i] + v;
  }
  return true;
}

template <class T>
void norm_pull_affine(const void* g, const void* x, const void* mean, const void* rstd,
                      int64_t rows, int64_t n, double eps, bool centred, void* gw, void* gb) {
  T* __restrict w = static_cast<T*>(gw);
  T* __restrict b = static_cast<T*>(gb);
  for (int64_t r = 0; r < rows; ++r) {
    const T* gr = static_cast<const T*>(g) + r * n;
    const T* p = static_cast<const T*>(x) + r * n;
    T m = at<T>(mean, r), s = at<T>(rstd, r);
    if (w && !is_ordinary_row(m, s) && careful_pull_weight(gr, p, n, eps, centred, r == 0, w))
        [[unlikely]] {
    } else if (w && r == 0) {
      for (int64_t i = 0; i < n; ++i) w[i] = gr[i] * ((p[i] - m) * s);
    } else if (w) {
      for (int64_t i = 0; i < n; ++i) w[i] += gr[i] * ((p[i] - m) * s);
    }
    if (b && r == 0) {
      for (int64_t i = 0; i < n; ++i) b[i] = gr[i];
    } else if (b) {
      for (int64_t i = 0; i < n; ++i) b[i] += gr[i];
    }
  }
}

template <class T>
void fill_type(LayerLoops& k) {
  k.norm = norm<T>;
  k.norm_pull = norm_pull<T>;
  k.norm_pull_affine = norm_pull_affine<T>;
}

}  // namespace

void fill_layer(LayerKernels* k) {
  fill_type<float>(k->loops[0]);
  fill_type<double>(k->loops[1]);
}

}  // namespace pyad::inline PYAD_ISA
