// softmax and log_softmax, forward and backward, for one instruction set.
//
// Exponentials run over blocks of a fixed size or over whole groups of short rows, so that they are
// vector loops whatever the length of a row.
#include "kernels/exp_sum.hpp"

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
  T shifted[kBlock], e[kBlock], sums[kBlock + 16];
  int64_t group = kBlock / n;
  for (int64_t r = 0; r < rows; r += group) {
    int64_t count = rows - r < group ? rows - r : group;
    for (int64_t k = 0; k < count; ++k) {
      const T* p = x + (r + k) * n;
      T m = reduce_run<Max, T>(p, n, T(0));
      for (int64_t i = 0; i < n; ++i) shifted[k * n + i] = p[i] - m;
    }
    exp_block(shifted, e, count * n);
    if (LOG) log_sums(e, count, n, sums);
    for (int64_t k = 0; k < count; ++k) {
      T* __restrict q = y + (r + k) * n;
      const T *d = shifted + k * n, *v = e + k * n;
      if (LOG) {
        T s = sums[k];
        for (int64_t i = 0; i < n; ++i) q[i] = d[i] - s;
      } else {
        T s = reduce_run<Sum, T>(v, n, T(0));
        for (int64_t i = 0; i < n; ++i) q[i] = v[i] / s;
      }
    }
  }
}

template <class T, bool LOG>
void long_row(const T* x, T* __restrict y, int64_t n) {
  T shifted[kBlock], e[kBlock];
  T m = reduce_run<Max, T>(x, n, T(0)), s = 0;
  BlocksBeyondOne<T> beyond;
  for (int64_t start = 0; start < n; start += kBlock) {
    int64_t count = n - start < kBlock ? n - start : kBlock;
    for (int64_t i = 0; i < count; ++i) shifted[i] = x[start + i] - m;
    T* target = LOG ? e : y + start;
    exp_block(shifted, target, count);
    if (LOG) {
      beyond.add(target, count);
    } else {
      s += reduce_run<Sum, T>(target, count, T(0));
    }
  }
  if (LOG) {
    s = log1p_inside(beyond.value());
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
    for (int64_t i = 0; i < n; ++i) y[i] = (x[i] - m) - s;
  } else {
#pragma GCC ivdep
    for (int64_t i = 0; i < n; ++i) y[i] = exp(x[i] - m) / s;
  }
}

/// The largest of each column.
template <class T>
void column_maxima(const T* x, int64_t n, int64_t step, int64_t columns, T* __restrict m) {
  for (int64_t j = 0; j < columns; ++j) m[j] = x[j];
  for (int64_t r = 1; r < n; ++r) {
    const T* p = x + r * step;
    for (int64_t j = 0; j < columns; ++j) m[j] = (p[j] > m[j]) | (p[j] != p[j]) ? p[j] : m[j];
  }
}

/// log of the sums of exp(x - m) down columns, by a few rows at a time: those with a sum from 1 on
/// hold the largest, and are summed again without it (Note [Sums beyond one]).
template <class T>
void column_log_sums(const T* x, int64_t n, int64_t step, int64_t columns, const T* m,
                     T* __restrict s) {
  constexpr int64_t kFew = 16, kLanes = kVectorBytes / sizeof(T);
  using V = Vector<T>;
  alignas(64) T e[kFew * kChunk];
  T part[kChunk], few[kChunk], small[kChunk], small_part[kChunk];
  int64_t whole = (columns + kLanes - 1) / kLanes * kLanes;
  for (int64_t j = 0; j < columns; ++j) s[j] = small[j] = 0;
  for (int64_t first = 0; first < n; first += kRows) {
    int64_t end = n - first < kRows ? n : first + kRows;
    for (int64_t j = 0; j < columns; ++j) part[j] = small_part[j] = 0;
    for (int64_t start = first; start < end; start += kFew) {
      int64_t count = end - start < kFew ? end - start : kFew;
      for (int64_t r = 0; r < count; ++r) {
        const T* p = x + (start + r) * step;
        T* __restrict q = e + r * kChunk;
#pragma GCC ivdep
        for (int64_t j = 0; j < columns; ++j) q[j] = exp(p[j] - m[j]);
        for (int64_t j = columns; j < whole; ++j) q[j] = 0;
      }
      for (int64_t j = 0; j < whole; j += kLanes) {
        V sum = load<V>(e + j);
        for (int64_t r = 1; r < count; ++r) sum += load<V>(e + r * kChunk + j);
        *reinterpret_cast<V*>(few + j) = sum;
      }
      BitsOf<T> near_one = 0;
      for (int64_t j = 0; j < columns; ++j) {
        part[j] += few[j];
        near_one |= (few[j] >= T(1)) & (few[j] < T(kPlainSum)) ? 1 : 0;
      }
      for (int64_t j = 0; near_one && j < whole; j += kLanes) {
        V sum{}, one = sum + T(1);
        for (int64_t r = 0; r < count; ++r) {
          V v = load<V>(e + r * kChunk + j);
          sum += v == one ? V{} : v;
        }
        *reinterpret_cast<V*>(few + j) = sum;
      }
      for (int64_t j = 0; j < columns; ++j) small_part[j] += few[j];
    }
    for (int64_t j = 0; j < columns; ++j) {
      s[j] += part[j];
      small[j] += small_part[j];
    }
  }
#pragma GCC ivdep
  for (int64_t j = 0; j < columns; ++j)
    s[j] = log1p_inside(s[j] < T(kPlainSum) ? small[j] : s[j] - T(1));
}

template <class T>
void log_softmax_columns(const T* x, T* y, int64_t n, int64_t step, int64_t count) {
  for (int64_t start = 0; start < count; start += kChunk) {
    int64_t c = count - start < kChunk ? count - start : kChunk;
    T m[kChunk], s[kChunk];
    column_maxima(x + start, n, step, c, m);
    column_log_sums(x + start, n, step, c, m, s);
    for (int64_t r = 0; r < n; ++r) {
      const T* p = x + start + r * step;
      T* q = y + start + r * step;
#pragma GCC ivdep
      for (int64_t j = 0; j < c; ++j) q[j] = (p[j] - m[j]) - s[j];
    }
  }
}

template <class T>
void softmax_columns(const T* in, T* out, int64_t n, int64_t step, int64_t count) {
  for (int64_t start = 0; start < count; start += kChunk) {
    int64_t c = count - start < kChunk ? count - start : kChunk;
    const T* x = in + start;
    T* y = out + start;
    T m[kChunk], s[kChunk], part[kChunk];
    column_maxima(x, n, step, c, m);
    for (int64_t j = 0; j < c; ++j) s[j] = 0;
    for (int64_t first = 0; first < n; first += kRows) {
      int64_t end = n - first < kRows ? n : first + kRows;
      for (int64_t j = 0; j < c; ++j) part[j] = 0;
      for (int64_t r = first; r < end; ++r) {
        const T* p = x + r * step;
        T* q = y + r * step;
#pragma GCC ivdep
        for (int64_t j = 0; j < c; ++j) {
          T e = exp(p[j] - m[j]);
          q[j] = e;
          part[j] += e;
        }
      }
      for (int64_t j = 0; j < c; ++j) s[j] += part[j];
    }
    for (int64_t r = 0; r < n; ++r) {
      T* q = y + r * step;
#pragma GCC ivdep
      for (int64_t j = 0; j < c; ++j) q[j] = q[j] / s[j];
    }
  }
}

template <class T, bool LOG>
void columns(const void* in, void* out, int64_t n, int64_t step, int64_t count) {
  const T* x = static_cast<const T*>(in);
  T* y = static_cast<T*>(out);
  LOG ? log_softmax_columns(x, y, n, step, count) : softmax_columns(x, y, n, step, count);
}

// logsumexp: the largest and the logarithm, which an infinite largest stands for.
template <class T>
inline void join_largest(T* __restrict y, const T* m, int64_t n) {
  for (int64_t i = 0; i < n; ++i) y[i] = abs(m[i]) == kInfinity<T> ? m[i] : y[i] + m[i];
}

template <class T>
void logsumexp_rows(const void* in, void* out, int64_t rows, int64_t n) {
  const T* x = static_cast<const T*>(in);
  T* y = static_cast<T*>(out);
  T m[kChunk];
  for (int64_t r = 0; r < rows; r += kChunk) {
    int64_t count = rows - r < kChunk ? rows - r : kChunk;
    row_log_sums<T, true>(x + r * n, count, n, m, y + r);
    join_largest(y + r, m, count);
  }
}

template <class T>
void logsumexp_columns(const void* in, void* out, int64_t n, int64_t step, int64_t count) {
  for (int64_t start = 0; start < count; start += kChunk) {
    int64_t c = count - start < kChunk ? count - start : kChunk;
    const T* x = static_cast<const T*>(in) + start;
    T* y = static_cast<T*>(out) + start;
    T m[kChunk], shift[kChunk];
    column_maxima(x, n, step, c, m);
    for (int64_t j = 0; j < c; ++j) shift[j] = abs(m[j]) == kInfinity<T> ? T(0) : m[j];
    column_log_sums(x, n, step, c, shift, y);
    join_largest(y, m, c);
  }
}

// Note [Cotangents of softmax]
// gx = y (g - sum of g y) does not change when a number is taken off all of g. Where one element is
// nearly all of y, the difference at its place cancels; with its own cotangent taken off, the sum
// has none but small terms, and every difference has its digits.
//
// gx = g - exp(y) sum of g, of a logarithm, cancels at that place alone, where it is
// -(sum of the other g) - expm1(y) sum of g.
/// The place of the one that is nearly all of a row, or -1.
template <class T>
inline int64_t dominant(const T* y, int64_t n, T bound) {
  if (!(reduce_run<Max, T>(y, n, T(0)) > bound)) return -1;
  for (int64_t i = 0; i < n; ++i)
    if (y[i] > bound) return i;
  return -1;
}

/// What to take off the cotangents of a row.
template <class T>
inline T reference(const T* g, const T* y, int64_t n) {
  int64_t at = dominant(y, n, T(kDominant));
  return at >= 0 && g[at] - g[at] == T(0) ? g[at] : T(0);
}

template <class T>
inline T sum_blocks(const T* x, int64_t n) {
  T s = 0;
  for (int64_t start = 0; start < n; start += kBlock)
    s += reduce_run<Sum, T>(x + start, n - start < kBlock ? n - start : kBlock, T(0));
  return s;
}

/// The cotangent of log_softmax at the dominant place, where `sum` and `others` are those of g.
template <class T>
inline T at_dominant(T others, T sum, T y) {
  return (T(0) - others) - chain(sum, expm1(y));
}

/// Whether a y may be dominant; e = exp(y).
template <class T>
inline bool exp_and_look(const T* y, T* __restrict e, int64_t n) {
  BitsOf<T> over = 0;
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) {
    over |= y[i] > T(kLogDominant) ? 1 : 0;
    e[i] = exp(y[i]);
  }
  return over != 0;
}

template <class T>
void log_pull_rows(const T* g, const T* y, T* __restrict gx, int64_t rows, int64_t n) {
  T e[kBlock];
  int64_t group = n <= kBlock / 2 ? kBlock / n : 1;
  for (int64_t r0 = 0; r0 < rows; r0 += group) {
    int64_t count = rows - r0 < group ? rows - r0 : group;
    bool look = n <= kBlock / 2 && exp_and_look(y + r0 * n, e, count * n);
    for (int64_t r = r0; r < r0 + count; ++r) {
      const T *p = g + r * n, *q = y + r * n;
      T* __restrict o = gx + r * n;
      T s = sum_blocks(p, n);
      if (n <= kBlock / 2) {
        const T* v = e + (r - r0) * n;
        for (int64_t i = 0; i < n; ++i) o[i] = p[i] - chain(s, v[i]);
      } else {
        for (int64_t start = 0; start < n; start += kBlock) {
          int64_t part = n - start < kBlock ? n - start : kBlock;
          look |= exp_and_look(q + start, e, part);
          for (int64_t i = 0; i < part; ++i) o[start + i] = p[start + i] - chain(s, e[i]);
        }
      }
      if (!look || s - s != T(0)) continue;
      int64_t at = dominant(q, n, T(kLogDominant));
      if (at >= 0)
        o[at] = at_dominant(sum_blocks(p, at) + sum_blocks(p + at + 1, n - at - 1), s, q[at]);
    }
  }
}

template <class T, bool LOG>
void pull_rows(const void* cotangent, const void* result, void* out, int64_t rows, int64_t n) {
  const T* gs = static_cast<const T*>(cotangent);
  const T* ys = static_cast<const T*>(result);
  if (LOG) return log_pull_rows(gs, ys, static_cast<T*>(out), rows, n);
  T e[kBlock];
  for (int64_t r = 0; r < rows; ++r) {
    const T *g = gs + r * n, *y = ys + r * n;
    T* __restrict gx = static_cast<T*>(out) + r * n;
    T s = 0;
    const T off = reference(g, y, n);
    for (int64_t start = 0; start < n; start += kBlock) {
      int64_t count = n - start < kBlock ? n - start : kBlock;
      for (int64_t i = 0; i < count; ++i) e[i] = chain(g[start + i] - off, y[start + i]);
      s += reduce_run<Sum, T>(e, count, T(0));
    }
    for (int64_t i = 0; i < n; ++i) gx[i] = chain((g[i] - off) - s, y[i]);
  }
}

/// The dominant places of columns of log_softmax, whose sums of g are `s`.
template <class T>
void mend_columns(const T* g, const T* y, T* gx, int64_t n, int64_t step, const T* s, int64_t c) {
  T others[kChunk], part[kChunk], top[kChunk];
  BitsOf<T> at[kChunk];  // as wide as T, so that all are vectors
  constexpr auto kNone = static_cast<BitsOf<T>>(-1);
  for (int64_t j = 0; j < c; ++j) {
    others[j] = top[j] = 0;
    at[j] = kNone;
  }
  for (int64_t first = 0; first < n; first += kRows) {
    int64_t end = n - first < kRows ? n : first + kRows;
    for (int64_t j = 0; j < c; ++j) part[j] = 0;
    for (int64_t r = first; r < end; ++r) {
      const T *p = g + r * step, *q = y + r * step;
      for (int64_t j = 0; j < c; ++j) {
        bool over = q[j] > T(kLogDominant);
        part[j] += over ? T(0) : p[j];
        top[j] = over ? q[j] : top[j];
        at[j] = over ? static_cast<BitsOf<T>>(r) : at[j];
      }
    }
    for (int64_t j = 0; j < c; ++j) others[j] += part[j];
  }
  for (int64_t j = 0; j < c; ++j) part[j] = at_dominant(others[j], s[j], top[j]);
  for (int64_t j = 0; j < c; ++j)
    if (at[j] != kNone && s[j] - s[j] == T(0)) gx[static_cast<int64_t>(at[j]) * step + j] = part[j];
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
    BitsOf<T> look = 0;
    for (int64_t r = 0; r < n; ++r) {
      const T *p = g + r * step, *q = y + r * step;
      T* o = gx + r * step;
#pragma GCC ivdep
      for (int64_t j = 0; j < c; ++j) {
        if (LOG) look |= q[j] > T(kLogDominant) ? 1 : 0;
        o[j] = LOG ? p[j] - chain(s[j], exp(q[j])) : chain((p[j] - off[j]) - s[j], q[j]);
      }
    }
    if (look) mend_columns(g, y, gx, n, step, s, c);
  }
}

template <class T, bool LOG>
void set(SoftmaxLoops& k) {
  k = {rows<T, LOG>, columns<T, LOG>, finish<T, LOG>, pull_rows<T, LOG>, pull_columns<T, LOG>};
}

}  // namespace

void fill_softmax(SoftmaxKernels* k) {
  k->logsumexp[0] = {logsumexp_rows<float>, logsumexp_columns<float>};
  k->logsumexp[1] = {logsumexp_rows<double>, logsumexp_columns<double>};
  set<float, false>(k->loops[0][0]);
  set<double, false>(k->loops[0][1]);
  set<float, true>(k->loops[1][0]);
  set<double, true>(k->loops[1][1]);
}

}  // namespace pyad::inline PYAD_ISA
