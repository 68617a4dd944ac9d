// softmax and log_softmax, forward and backward, for one instruction set.
//
// Exponentials run over blocks of a fixed size or over whole groups of short rows, so that they are
// vector loops whatever the length of a row.
#include "kernels/math/log.hpp"
#include "kernels/reduce_run.hpp"
#include "kernels/softmax_kernels.hpp"

namespace pyad::inline PYAD_ISA {
namespace {

/// g d, and g where g is 0: a row of NaN, of which nothing is asked, gives nothing.
template <class T>
inline T chain(T g, T d) {
  return g == T(0) ? g : g * d;
}

constexpr int64_t kBlock = 1024;  // elements whose exponentials are taken together
constexpr int64_t kChunk = 256;   // columns done together
constexpr int64_t kRows =
    128;  // rows whose terms are added before they join the total (Note [Blocked summation])

template <class T>
inline void exp_block(const T* x, T* __restrict e, int64_t n) {
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) e[i] = exp(x[i]);
}

/// Short rows, several in a block: what is exponentiated stands in `e`, one row after the other.
template <class T, bool LOG>
void short_rows(const T* x, T* y, int64_t rows, int64_t n) {
  T shifted[kBlock], e[kBlock];
  int64_t group = kBlock / n;
  for (int64_t r = 0; r < rows; r += group) {
    int64_t count = rows - r < group ? rows - r : group;
    for (int64_t k = 0; k < count; ++k) {
      const T* p = x + (r + k) * n;
      T m = reduce_run<Max, T>(p, n, T(0));
      for (int64_t i = 0; i < n; ++i) shifted[k * n + i] = p[i] - m;
    }
    exp_block(shifted, e, count * n);
    for (int64_t k = 0; k < count; ++k) {
      T* __restrict q = y + (r + k) * n;
      const T *d = shifted + k * n, *v = e + k * n;
      T s = reduce_run<Sum, T>(v, n, T(0));
      if (LOG) {
        s = log(s);
        for (int64_t i = 0; i < n; ++i) q[i] = d[i] - s;
      } else {
        for (int64_t i = 0; i < n; ++i) q[i] = v[i] / s;
      }
    }
  }
}

template <class T, bool LOG>
void long_row(const T* x, T* __restrict y, int64_t n) {
  T shifted[kBlock], e[kBlock];
  T m = reduce_run<Max, T>(x, n, T(0)), s = 0;
  for (int64_t start = 0; start < n; start += kBlock) {
    int64_t count = n - start < kBlock ? n - start : kBlock;
    for (int64_t i = 0; i < count; ++i) shifted[i] = x[start + i] - m;
    T* target = LOG ? e : y + start;
    exp_block(shifted, target, count);
    s += reduce_run<Sum, T>(target, count, T(0));
  }
  if (LOG) {
    s = log(s);
    for (int64_t i = 0; i < n; ++i) y[i] = (x[i] - m) - s;
  } else {
    for (int64_t i = 0; i < n; ++i) y[i] = y[i] / s;
  }
}

template <class T, bool LOG>
void rows(const void* in, void* out, int64_t rows, int64_t n) {
  const T* x = static_cast<const T*>(in);
  T* y = static_cast<T*>(out);
  if (n <= kBlock / 2) return short_rows<T, LOG>(x, y, rows, n);
  for (int64_t r = 0; r < rows; ++r) long_row<T, LOG>(x + r * n, y + r * n, n);
}

template <class T, bool LOG>
void finish(const void* in, void* out, int64_t n, const void* largest, const void* sum) {
  const T* x = static_cast<const T*>(in);
  T* __restrict y = static_cast<T*>(out);
  T m = *static_cast<const T*>(largest), s = *static_cast<const T*>(sum);
  if (LOG) {
    s = log(s);
    for (int64_t i = 0; i < n; ++i) y[i] = (x[i] - m) - s;
  } else {
#pragma GCC ivdep
    for (int64_t i = 0; i < n; ++i) y[i] = exp(x[i] - m) / s;
  }
}

template <class T, bool LOG>
void columns(const void* in, void* out, int64_t n, int64_t step, int64_t count) {
  for (int64_t start = 0; start < count; start += kChunk) {
    int64_t c = count - start < kChunk ? count - start : kChunk;
    const T* x = static_cast<const T*>(in) + start;
    T* y = static_cast<T*>(out) + start;
    T m[kChunk], s[kChunk], part[kChunk];
    for (int64_t j = 0; j < c; ++j) {
      m[j] = x[j];
      s[j] = 0;
    }
    for (int64_t r = 1; r < n; ++r) {
      const T* p = x + r * step;
      for (int64_t j = 0; j < c; ++j) m[j] = (p[j] > m[j]) | (p[j] != p[j]) ? p[j] : m[j];
    }
    for (int64_t first = 0; first < n; first += kRows) {
      int64_t end = n - first < kRows ? n : first + kRows;
      for (int64_t j = 0; j < c; ++j) part[j] = 0;
      for (int64_t r = first; r < end; ++r) {
        const T* p = x + r * step;
        T* q = y + r * step;
#pragma GCC ivdep
        for (int64_t j = 0; j < c; ++j) {
          T e = exp(p[j] - m[j]);
          if (!LOG) q[j] = e;
          part[j] += e;
        }
      }
      for (int64_t j = 0; j < c; ++j) s[j] += part[j];
    }
    if (LOG)
      for (int64_t j = 0; j < c; ++j) s[j] = log(s[j]);
    for (int64_t r = 0; r < n; ++r) {
      const T* p = x + r * step;
      T* q = y + r * step;
#pragma GCC ivdep
      for (int64_t j = 0; j < c; ++j) q[j] = LOG ? (p[j] - m[j]) - s[j] : q[j] / s[j];
    }
  }
}

// Note [Cotangents of softmax]
// gx = y (g - sum of g y) does not change when a number is taken off all of g. Where one element is
// nearly all of y, the difference at its place cancels; with its own cotangent taken off, the sum
// has none but small terms, and every difference has its digits.
constexpr double kDominant = 0.75;

/// What to take off the cotangents of a row.
template <class T>
inline T reference(const T* g, const T* y, int64_t n) {
  if (!(reduce_run<Max, T>(y, n, T(0)) > T(kDominant))) return T(0);
  for (int64_t i = 0; i < n; ++i)
    if (y[i] > T(kDominant)) return g[i] - g[i] == T(0) ? g[i] : T(0);
  return T(0);
}

template <class T, bool LOG>
void pull_rows(const void* cotangent, const void* result, void* out, int64_t rows, int64_t n) {
  T e[kBlock];
  for (int64_t r = 0; r < rows; ++r) {
    const T* g = static_cast<const T*>(cotangent) + r * n;
    const T* y = static_cast<const T*>(result) + r * n;
    T* __restrict gx = static_cast<T*>(out) + r * n;
    T s = 0;
    [[maybe_unused]] const T off = LOG ? T(0) : reference(g, y, n);
    for (int64_t start = 0; start < n; start += kBlock) {
      int64_t count = n - start < kBlock ? n - start : kBlock;
      if (LOG) {
        s += reduce_run<Sum, T>(g + start, count, T(0));
      } else {
        for (int64_t i = 0; i < count; ++i) e[i] = chain(g[start + i] - off, y[start + i]);
        s += reduce_run<Sum, T>(e, count, T(0));
      }
    }
    if (!LOG) {
      for (int64_t i = 0; i < n; ++i) gx[i] = chain((g[i] - off) - s, y[i]);
      continue;
    }
    if (n <= kBlock / 2) {  // exponentials of several short rows at once
      int64_t group = kBlock / n, k = r % group;
      if (k == 0) exp_block(y, e, (rows - r < group ? rows - r : group) * n);
      for (int64_t i = 0; i < n; ++i) gx[i] = g[i] - chain(s, e[k * n + i]);
      continue;
    }
#pragma GCC ivdep
    for (int64_t i = 0; i < n; ++i) gx[i] = g[i] - chain(s, exp(y[i]));
  }
}

template <class T, bool LOG>
void pull_columns(const void* cotangent, const void* result, void* out, int64_t n, int64_t step,
                  int64_t count) {
  for (int64_t start = 0; start < count; start += kChunk) {
    int64_t c = count - start < kChunk ? count - start : kChunk;
    const T* g = static_cast<const T*>(cotangent) + start;
    const T* y = static_cast<const T*>(result) + start;
    T* gx = static_cast<T*>(out) + start;
    T s[kChunk], part[kChunk], off[kChunk];
    for (int64_t j = 0; j < c; ++j) s[j] = off[j] = 0;
    for (int64_t r = 0; r < n && !LOG; ++r) {
      const T *p = g + r * step, *q = y + r * step;
      for (int64_t j = 0; j < c; ++j)
        off[j] = (q[j] > T(kDominant)) & (p[j] - p[j] == T(0)) ? p[j] : off[j];
    }
    for (int64_t first = 0; first < n; first += kRows) {
      int64_t end = n - first < kRows ? n : first + kRows;
      for (int64_t j = 0; j < c; ++j) part[j] = 0;
      for (int64_t r = first; r < end; ++r) {
        const T *p = g + r * step, *q = y + r * step;
        for (int64_t j = 0; j < c; ++j) part[j] += LOG ? p[j] : chain(p[j] - off[j], q[j]);
      }
      for (int64_t j = 0; j < c; ++j) s[j] += part[j];
    }
    for (int64_t r = 0; r < n; ++r) {
      const T *p = g + r * step, *q = y + r * step;
      T* o = gx + r * step;
#pragma GCC ivdep
      for (int64_t j = 0; j < c; ++j)
        o[j] = LOG ? p[j] - chain(s[j], exp(q[j])) : chain((p[j] - off[j]) - s[j], q[j]);
    }
  }
}

template <class T, bool LOG>
void set(SoftmaxLoops& k) {
  k = {rows<T, LOG>, columns<T, LOG>, finish<T, LOG>, pull_rows<T, LOG>, pull_columns<T, LOG>};
}

}  // namespace

void fill_softmax(SoftmaxKernels* k) {
  set<float, false>(k->loops[0][0]);
  set<double, false>(k->loops[0][1]);
  set<float, true>(k->loops[1][0]);
  set<double, true>(k->loops[1][1]);
}

}  // namespace pyad::inline PYAD_ISA
