// Banded maps for one instruction set. A row of the result is a weighted sum of rows of the input,
// taken along the row in vectors, and then the map of the last axis.
#include "kernels/resample_kernels.hpp"

#include "kernels/reduce_run.hpp"

namespace pyad::inline PYAD_ISA {
namespace {

constexpr int64_t kLong = 64;  // windows from here on are summed in blocks

template <class T>
inline const T* numbers(const void* p) {
  return static_cast<const T*>(p);
}

/// Whether output o of an axis shows the same as the output before it.
inline bool repeats(const BandAxis& a, int64_t o) {
  return !a.weight && !a.after && a.start[o] == a.start[o - 1] && a.stop[o] == a.stop[o - 1];
}

/// The factor of input i in output o.
template <class T>
inline T factor(const BandAxis& a, int64_t o, int64_t i) {
  T w = a.weight ? numbers<T>(a.weight)[(i - a.start[o]) * a.out + o] : T(1);
  return a.before ? w * numbers<T>(a.before)[i] : w;
}
template <class T>
inline T divisor(const BandAxis& a, int64_t o) {
  return a.after ? numbers<T>(a.after)[o] : T(1);
}

/// Any windows, one by one.
template <class T>
void pick_any(const BandAxis& a, const T* row, T* y, int64_t begin, int64_t end) {
  for (int64_t o = begin; o < end; ++o) {
    const T* p = row + a.start[o];
    int64_t n = a.stop[o] - a.start[o];
    T sum = 0;
    if (a.weight) {
      const T* w = numbers<T>(a.weight) + o;
      for (int64_t j = 0; j < n; ++j) sum += w[j * a.out] * p[j];
    } else if (n >= kLong) {
      sum = reduce_run<Sum, T>(p, n, T(0));
    } else if (n > 0) {
      sum = p[0];
      for (int64_t j = 1; j < n; ++j) sum += p[j];
    }
    y[o] = sum;
  }
}

/// Windows of TAPS elements with weights.
template <class T, int TAPS>
void pick_weighted(const BandAxis& a, const T* __restrict row, T* __restrict y) {
  const T* __restrict w = numbers<T>(a.weight);
  const int32_t* __restrict start = a.start;
  int64_t n = a.out;
  for (int64_t o = a.first; o < a.last; ++o) {
    const T* p = row + start[o];
    T sum = w[o] * p[0];
    for (int j = 1; j < TAPS; ++j) sum += w[j * n + o] * p[j];
    y[o] = sum;
  }
}

/// Windows of `length` elements, STRIDE apart (0: a number that is not known here).
template <class T, int STRIDE>
void pick_strided(const T* __restrict p, int64_t n, int64_t stride, int64_t length,
                  T* __restrict y) {
  const int64_t s = STRIDE ? STRIDE : stride;
  if (length == 1) {
    for (int64_t o = 0; o < n; ++o) y[o] = p[o * s];
  } else if (length == 2) {
    for (int64_t o = 0; o < n; ++o) y[o] = p[o * s] + p[o * s + 1];
  } else {
    for (int64_t o = 0; o < n; ++o) y[o] = p[o * s] + p[o * s + 1] + p[o * s + 2];
    for (int64_t j = 3; j < length; ++j)
      for (int64_t o = 0; o < n; ++o) y[o] += p[o * s + j];
  }
}

template <class T>
void pick_repeated(const T* __restrict row, int64_t n, int64_t k, T* __restrict y) {
  int64_t whole = n / k;
  if (k == 1) {
    __builtin_memcpy(y, row, static_cast<uint64_t>(n) * sizeof(T));
    return;
  }
  if (k == 2) {
    for (int64_t i = 0; i < whole; ++i) {
      y[2 * i] = row[i];
      y[2 * i + 1] = row[i];
    }
  } else {
    for (int64_t i = 0; i < whole; ++i)
      for (int64_t j = 0; j < k; ++j) y[i * k + j] = row[i];
  }
  for (int64_t o = whole * k; o < n; ++o) y[o] = row[whole];
}

/// The map of the last axis.
template <class T>
void pick(const BandAxis& a, const T* row, T* y) {
  if (a.repeat) return pick_repeated(row, a.out, a.repeat, y);
  if (a.single) {
    for (int64_t o = 0; o < a.out; ++o) y[o] = row[a.start[o]];
    return;
  }
  bool regular =
      a.weight ? a.length >= 2 && a.length <= 4 : a.stride > 0 && a.length > 0 && a.length < kLong;
  if (!regular) return pick_any(a, row, y, 0, a.out);
  pick_any(a, row, y, 0, a.first);
  pick_any(a, row, y, a.last, a.out);
  if (a.weight) {
    if (a.length == 2) return pick_weighted<T, 2>(a, row, y);
    return a.length == 3 ? pick_weighted<T, 3>(a, row, y) : pick_weighted<T, 4>(a, row, y);
  }
  const T* p = row + a.start[a.first];
  int64_t n = a.last - a.first;
  if (a.stride == 1) return pick_strided<T, 1>(p, n, 1, a.length, y + a.first);
  if (a.stride == 2) return pick_strided<T, 2>(p, n, 2, a.length, y + a.first);
  pick_strided<T, 0>(p, n, a.stride, a.length, y + a.first);
}

template <class T>
void divide(const BandAxis& a, T d, T* __restrict y) {
  const T* __restrict after = numbers<T>(a.after);
  if (after) {
    for (int64_t o = 0; o < a.out; ++o) y[o] /= d * after[o];
  } else if (d != T(1)) {
    for (int64_t o = 0; o < a.out; ++o) y[o] /= d;
  }
}

/// The weighted sum of the rows of a plane that a row of the result looks at; null: there are none.
template <class T>
const T* sum_rows(const BandAxis* axes, const T* plane, int64_t o0, int64_t o1, T* __restrict sum) {
  const BandAxis &a = axes[0], &b = axes[1], &c = axes[2];
  int64_t n = c.in;
  const T* before = numbers<T>(c.before);
  bool fresh = true;
  for (int64_t i = a.start[o0]; i < a.stop[o0]; ++i) {
    T u = factor<T>(a, o0, i);
    int64_t j = b.start[o1], stop = b.stop[o1];
    bool alone = fresh && stop - j == 1 && a.stop[o0] - a.start[o0] == 1;
    for (; j < stop; ++j) {
      const T* __restrict p = plane + (i * b.in + j) * n;
      T v = u * factor<T>(b, o1, j);
      if (alone && v == T(1) && !before) return p;
      if (j + 1 < stop) {
        const T* __restrict q = p + n;
        T w = u * factor<T>(b, o1, ++j);
        if (fresh) {
          for (int64_t k = 0; k < n; ++k) sum[k] = v * p[k] + w * q[k];
        } else {
          for (int64_t k = 0; k < n; ++k) sum[k] += v * p[k] + w * q[k];
        }
      } else if (fresh) {
        for (int64_t k = 0; k < n; ++k) sum[k] = v * p[k];
      } else {
        for (int64_t k = 0; k < n; ++k) sum[k] += v * p[k];
      }
      fresh = false;
    }
  }
  if (fresh) return nullptr;
  if (before)
    for (int64_t k = 0; k < n; ++k) sum[k] *= before[k];
  return sum;
}

template <class T>
void run(const ResampleJob& job, int64_t begin, int64_t end, void* buffer) {
  const BandAxis &a = job.axes[0], &b = job.axes[1], &c = job.axes[2];
  int64_t plane = a.in * b.in * c.in;
  uint64_t row_bytes = static_cast<uint64_t>(c.out) * sizeof(T);
  int64_t o1 = begin % b.out, o0 = begin / b.out % a.out, p = begin / b.out / a.out;
  for (int64_t r = begin; r < end; ++r) {
    T* y = static_cast<T*>(job.y) + r * c.out;
    if (o1 > 0 && r > begin && repeats(b, o1)) {
      __builtin_memcpy(y, y - c.out, row_bytes);
    } else if (o0 > 0 && r - b.out >= begin && repeats(a, o0)) {
      __builtin_memcpy(y, y - b.out * c.out, row_bytes);
    } else {
      const T* x = static_cast<const T*>(job.x) + p * plane;
      const T* row = sum_rows<T>(job.axes, x, o0, o1, static_cast<T*>(buffer));
      if (row) {
        pick<T>(c, row, y);
        divide<T>(c, divisor<T>(a, o0) * divisor<T>(b, o1), y);
      } else {
        __builtin_memset(y, 0, row_bytes);
      }
    }
    if (++o1 == b.out) {
      o1 = 0;
      if (++o0 == a.out) o0 = 0, ++p;
    }
  }
}

}  // namespace

void fill_resample(ResampleKernels* k) {
  k->run[0] = run<float>;
  k->run[1] = run<double>;
}

}  // namespace pyad::inline PYAD_ISA
