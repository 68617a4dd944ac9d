// Fused losses for one instruction set: squared error, and cross entropy of class indices.
//
// Cross entropy works on blocks of whole rows, so that exponentials and logarithms are vector loops
// however few classes there are. It keeps the largest logit and the logarithm of the sum apart:
// their sum would lose the digits of the smaller one.
#include "kernels/exp_sum.hpp"
#include "kernels/loss_kernels.hpp"

namespace pyad::inline PYAD_ISA {
namespace {

constexpr int64_t kBlock = 1024;  // elements handled together

struct Squared {
  template <class T>
  static T f(T d, T) {
    return d * d;
  }
  template <class T>
  static T slope(T d, T) {
    return d;
  }
};
struct Absolute {
  template <class T>
  static T f(T d, T) {
    return abs(d);
  }
  template <class T>
  static T slope(T d, T) {
    return select(d > T(0), T(1), select(d < T(0), T(-1), T(0)));
  }
};
struct Huber {
  template <class T>
  static T f(T d, T delta) {
    T size = abs(d);
    return select(size < delta, T(0.5) * d * d, delta * (size - T(0.5) * delta));
  }
  template <class T>
  static T slope(T d, T delta) {
    return clamped(d, -delta, delta);
  }
};

template <class F, class T>
void difference(const void* x, const void* y, int64_t n, double delta, void* out) {
  const T* a = static_cast<const T*>(x);
  const T* b = static_cast<const T*>(y);
  const T bound = static_cast<T>(delta);
  T terms[kBlock], sums[kBlock];
  int64_t pieces = 0;
  for (int64_t start = 0; start < n; start += kBlock) {
    int64_t count = n - start < kBlock ? n - start : kBlock;
    for (int64_t i = 0; i < count; ++i) terms[i] = F::f(a[start + i] - b[start + i], bound);
    if (pieces == kBlock) {
      sums[0] = reduce_run<Sum, T>(sums, pieces, T(0));
      pieces = 1;
    }
    sums[pieces++] = reduce_run<Sum, T>(terms, count, T(0));
  }
  *static_cast<T*>(out) = pieces ? reduce_run<Sum, T>(sums, pieces, T(0)) : T(0);
}

template <class F, class T>
void slope(const void* x, const void* y, int64_t n, double delta, double scale, void* out) {
  const T* a = static_cast<const T*>(x);
  const T* b = static_cast<const T*>(y);
  T* __restrict o = static_cast<T*>(out);
  const T s = static_cast<T>(scale), bound = static_cast<T>(delta);
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) o[i] = s * F::slope(a[i] - b[i], bound);
}

template <class F, class T>
void fill_difference(LossLoops& k, Difference which) {
  k.difference[static_cast<int>(which)] = difference<F, T>;
  k.slope[static_cast<int>(which)] = slope<F, T>;
}

template <class T>
void sum(const void* x, int64_t n, void* out) {
  *static_cast<T*>(out) = n ? reduce_run<Sum, T>(static_cast<const T*>(x), n, T(0)) : T(0);
}

template <class T>
void expm1_all(T* __restrict e, int64_t n) {
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) e[i] = expm1(e[i]);
}

template <class T>
T row_loss(const T* x, int64_t target, const CrossEntropyRows& c, T largest, T log_sum) {
  if (target == c.ignore) return T(0);
  T loss = log_sum - (x[target] - largest);
  if (c.smoothing == 0) return loss;
  // The mean of -log p over all classes, by blocks.
  T shifted[kBlock], total = 0;
  for (int64_t start = 0; start < c.classes; start += kBlock) {
    int64_t count = c.classes - start < kBlock ? c.classes - start : kBlock;
    for (int64_t i = 0; i < count; ++i) shifted[i] = log_sum - (x[start + i] - largest);
    total += reduce_run<Sum, T>(shifted, count, T(0));
  }
  T s = static_cast<T>(c.smoothing);
  return (T(1) - s) * loss + s / static_cast<T>(c.classes) * total;
}

template <class T>
void cross_entropy(const CrossEntropyRows& c, void* out) {
  const T* x = static_cast<const T*>(c.x);
  T* largest = static_cast<T*>(c.largest);
  T* log_sum = static_cast<T*>(c.log_sum);
  T* loss = static_cast<T*>(out);
  int64_t n = c.classes;
  row_log_sums<T, false>(x, c.rows, n, largest, log_sum);
  for (int64_t r = 0; r < c.rows; ++r)
    loss[r] = row_loss(x + r * n, c.target[r], c, largest[r], log_sum[r]);
}

template <class T>
void cross_entropy_pull(const CrossEntropyRows& c, const void* g, int64_t g_step, double scale,
                        void* out) {
  const T* x = static_cast<const T*>(c.x);
  const T* largest = static_cast<const T*>(c.largest);
  const T* log_sum = static_cast<const T*>(c.log_sum);
  const T* gy = static_cast<const T*>(g);
  T* gx = static_cast<T*>(out);
  int64_t n = c.classes;
  T spread = static_cast<T>(c.smoothing / static_cast<double>(n)),
    rest = static_cast<T>(c.smoothing - c.smoothing / static_cast<double>(n));
  T e[kBlock + 16], slope[kBlock + 16];  // p, and p - 1 of the targets
  // Pieces of rows: several rows, or a part of one.
  int64_t group = n >= kBlock ? 1 : kBlock / n;
  int64_t width = n < kBlock ? n : kBlock;
  for (int64_t r0 = 0; r0 < c.rows; r0 += group) {
    int64_t count = c.rows - r0 < group ? c.rows - r0 : group;
    for (int64_t start = 0; start < n; start += width) {
      int64_t part = n - start < width ? n - start : width;
      for (int64_t r = 0; r < count; ++r) {
        const T* p = x + (r0 + r) * n + start;
        T m = largest[r0 + r], s = log_sum[r0 + r];
        T* q = e + r * part;
        for (int64_t i = 0; i < part; ++i) q[i] = (p[i] - m) - s;
        int64_t t = c.target[r0 + r] - start;
        slope[r] = t >= 0 && t < part ? q[t] : T(0);
      }
      expm1_all(slope, padded(slope, count));
      exp_all(e, padded(e, count * part));
      for (int64_t r = 0; r < count; ++r) {
        T* __restrict q = gx + (r0 + r) * n + start;
        int64_t t = c.target[r0 + r];
        if (t == c.ignore) {
          for (int64_t i = 0; i < part; ++i) q[i] = T(0);
          continue;
        }
        T k = static_cast<T>(scale) * gy[(r0 + r) * g_step];
        const T* v = e + r * part;
        for (int64_t i = 0; i < part; ++i) q[i] = k * (v[i] - spread);
        if (t >= start && t < start + part) q[t - start] = k * (slope[r] + rest);
      }
    }
  }
}

template <class T>
void fill_type(LossLoops& k) {
  fill_difference<Squared, T>(k, Difference::kSquare);
  fill_difference<Absolute, T>(k, Difference::kAbsolute);
  fill_difference<Huber, T>(k, Difference::kHuber);
  k.sum = sum<T>;
  k.cross_entropy = cross_entropy<T>;
  k.cross_entropy_pull = cross_entropy_pull<T>;
}

}  // namespace

void fill_loss(LossKernels* k) {
  fill_type<float>(k->loops[0]);
  fill_type<double>(k->loops[1]);
}

}  // namespace pyad::inline PYAD_ISA
