// Maximum pooling for one instruction set. Of equal elements the first of a window stays; NaN wins.
#include "kernels/pooling_kernels.hpp"

namespace pyad::inline PYAD_ISA {
namespace {

/// Vectors are for floats: integers come here seldom, and every kernel is compiled three times.
template <class T>
constexpr bool kVectors = static_cast<T>(0.5) != 0;

template <class T>
inline bool better(T v, T best) {
  return (v > best) | (v != v);
}

/// When to ask for Ctrl-C: after so many elements looked at.
struct Pace {
  static constexpr int64_t kPolled = 1 << 22;
  void (*poll)();
  int64_t left = kPolled;
  void spent(int64_t elements) {
    if ((left -= elements) > 0) return;
    left = kPolled;
    poll();
  }
};

/// B numbers side by side, and int32 places for them.
template <class T, int B>
struct Lanes {
  typedef T V __attribute__((vector_size(B * sizeof(T))));
  typedef int32_t I __attribute__((vector_size(B * sizeof(int32_t))));
};

/// Elements p[0], p[s], ... p[(B - 1) s]; reads nothing beyond.
template <class T, int B, int STRIDE>
inline void load(const T* p, int64_t s, typename Lanes<T, B>::V& v) {
  using V = typename Lanes<T, B>::V;
  if constexpr (STRIDE == 1) {
    __builtin_memcpy(&v, p, sizeof v);
  } else if constexpr (STRIDE == 2 && B == 8) {
    V a, b;
    __builtin_memcpy(&a, p, sizeof a);
    __builtin_memcpy(&b, p + B - 1, sizeof b);
    v = __builtin_shufflevector(a, b, 0, 2, 4, 6, 9, 11, 13, 15);
  } else if constexpr (STRIDE == 2 && B == 4) {
    V a, b;
    __builtin_memcpy(&a, p, sizeof a);
    __builtin_memcpy(&b, p + B - 1, sizeof b);
    v = __builtin_shufflevector(a, b, 0, 2, 5, 7);
  } else {
    for (int k = 0; k < B; ++k) v[k] = p[k * s];
  }
}

/// Takes LENGTH neighbours into account for each of B results. `place` is that of p[0]. FIRST:
/// nothing was seen before. STRIDE 0: a number that is not known here.
template <class T, bool PLACES, int STRIDE, int LENGTH, bool FIRST, int B>
inline void take_lanes(const T* p, int64_t stride, int32_t place, T* y, int32_t* at) {
  using V = typename Lanes<T, B>::V;
  using I = typename Lanes<T, B>::I;
  const int64_t s = STRIDE ? STRIDE : stride;
  V best;
  I here, where;
  if constexpr (PLACES)
    for (int k = 0; k < B; ++k) here[k] = place + static_cast<int32_t>(k * s);
  if constexpr (FIRST) {
    load<T, B, STRIDE>(p, s, best);
    if constexpr (PLACES) where = here;
  } else {
    __builtin_memcpy(&best, y, sizeof best);
    if constexpr (PLACES) __builtin_memcpy(&where, at, sizeof where);
  }
  for (int j = FIRST ? 1 : 0; j < LENGTH; ++j) {
    V v;
    load<T, B, STRIDE>(p + j, s, v);
    auto yes = (v > best) | (v != v);
    best = yes ? v : best;
    if constexpr (PLACES) where = __builtin_convertvector(yes, I) ? here + j : where;
  }
  __builtin_memcpy(y, &best, sizeof best);
  if constexpr (PLACES) __builtin_memcpy(at, &where, sizeof where);
}

/// The same for n results. What is left after whole vectors is one more vector that begins earlier:
/// to take an element twice changes nothing.
template <class T, bool PLACES, int STRIDE, int LENGTH, bool FIRST>
void take(const T* p, int64_t n, int64_t stride, int32_t place, T* y, int32_t* at) {
  constexpr int kWide = sizeof(T) == 8 ? 4 : 8;
  const int64_t s = STRIDE ? STRIDE : stride;
  auto lanes = [&]<int B>(int64_t o) __attribute__((always_inline)) {
    take_lanes<T, PLACES, STRIDE, LENGTH, FIRST, B>(
        p + o * s, s, place + static_cast<int32_t>(o * s), y + o, PLACES ? at + o : at);
  };
  if (kVectors<T> && n >= kWide) {
    for (int64_t o = 0; o + kWide <= n; o += kWide) lanes.template operator()<kWide>(o);
    if (n % kWide) lanes.template operator()<kWide>(n - kWide);
  } else if (kVectors<T> && kWide > 4 && n >= 4) {
    lanes.template operator()<4>(0);
    if (n > 4) lanes.template operator()<4>(n - 4);
  } else {
    for (int64_t o = 0; o < n; ++o) {
      const T* q = p + o * s;
      T best = FIRST ? q[0] : y[o];
      int32_t here = place + static_cast<int32_t>(o * s), where = here;
      if (PLACES && !FIRST) where = at[o];
      for (int j = FIRST ? 1 : 0; j < LENGTH; ++j) {
        bool yes = better(q[j], best);
        best = yes ? q[j] : best;
        where = yes ? here + j : where;
      }
      y[o] = best;
      if (PLACES) at[o] = where;
    }
  }
}

template <class T, bool PLACES, int STRIDE, int LENGTH>
inline void take(bool first, const T* p, int64_t n, int64_t stride, int32_t place, T* y,
                 int32_t* at) {
  if (first) return take<T, PLACES, STRIDE, LENGTH, true>(p, n, stride, place, y, at);
  take<T, PLACES, STRIDE, LENGTH, false>(p, n, stride, place, y, at);
}

/// One row of the input, for the outputs whose windows are regular along it.
template <class T, bool PLACES>
void take_row(const BandAxis& c, bool first, const T* row, int32_t place, T* y, int32_t* at,
              Pace& pace) {
  int64_t n = c.last - c.first, s = c.stride;
  const T* p = row + c.start[c.first];
  place += c.start[c.first];
  y += c.first;
  if (PLACES) at += c.first;
  if constexpr (kVectors<T>) {
    if (c.step == 1 && s == 2 && c.length == 2)
      return take<T, PLACES, 2, 2>(first, p, n, s, place, y, at);
    if (c.step == 1 && s == 2 && c.length == 3)
      return take<T, PLACES, 2, 3>(first, p, n, s, place, y, at);
  }
  for (int64_t j = 0; j < c.length; ++j, first = false) {
    pace.spent(n);
    int32_t offset = static_cast<int32_t>(j) * c.step;
    if (kVectors<T> && s == 1) {
      take<T, PLACES, kVectors<T> ? 1 : 0, 1>(first, p + offset, n, s, place + offset, y, at);
    } else if (kVectors<T> && s == 2) {
      take<T, PLACES, kVectors<T> ? 2 : 0, 1>(first, p + offset, n, s, place + offset, y, at);
    } else {
      take<T, PLACES, 0, 1>(first, p + offset, n, s, place + offset, y, at);
    }
  }
}

/// The same for any windows, one by one.
template <class T, bool PLACES>
void take_any(const BandAxis& c, bool first, const T* row, int32_t place, T* y, int32_t* at,
              int64_t begin, int64_t end, Pace& pace) {
  for (int64_t o = begin; o < end; ++o) {
    int32_t i = c.start[o];
    pace.spent(c.stop[o] - i);
    T best = first ? row[i] : y[o];
    int32_t where = place + i;
    if (PLACES && !first) where = at[o];
    if (first) i += c.step;
    for (; i < c.stop[o]; i += c.step) {
      bool yes = better(row[i], best);
      best = yes ? row[i] : best;
      where = yes ? place + i : where;
    }
    y[o] = best;
    if (PLACES) at[o] = where;
  }
}

/// One output whose window is at least B wide: each of B lanes keeps a maximum, and at the end they
/// are compared.
template <class T, bool PLACES, int B>
void take_window(const BandAxis* axes, const T* x, int64_t o0, int64_t o1, int64_t o, T* y,
                 int32_t* at, Pace& pace) {
  using V = typename Lanes<T, B>::V;
  using I = typename Lanes<T, B>::I;
  const BandAxis &a = axes[0], &b = axes[1], &c = axes[2];
  int64_t start = c.start[o], n = c.stop[o] - start;
  V best = {};
  I where = {}, lane;
  for (int k = 0; k < B; ++k) lane[k] = k;
  bool fresh = true;
  for (int64_t i = a.start[o0]; i < a.stop[o0]; i += a.step) {
    for (int64_t j = b.start[o1]; j < b.stop[o1]; j += b.step) {
      int64_t place = (i * b.in + j) * c.in + start;
      pace.spent(n);
      for (int64_t k = 0; k < n; k += B) {
        int64_t from = k + B <= n ? k : n - B;
        V v;
        __builtin_memcpy(&v, x + place + from, sizeof v);
        I here = lane + static_cast<int32_t>(place + from);
        if (fresh) {
          best = v;
          where = here;
          fresh = false;
          continue;
        }
        auto yes = (v > best) | (v != v);
        best = yes ? v : best;
        if constexpr (PLACES) where = __builtin_convertvector(yes, I) ? here : where;
      }
    }
  }
  T top = best[0];
  int32_t first = where[0];
  for (int k = 1; k < B; ++k) {
    T v = best[k];
    bool later = where[k] > first, none = top != top;
    bool yes = v != v ? !none || later : !none && (v > top || (v == top && !later));
    top = yes ? v : top;
    first = yes ? where[k] : first;
  }
  y[o] = top;
  if (PLACES) at[o] = first;
}

/// One row of the result. Its windows are walked side by side, one row of the input after the
/// other, or one by one where they are few and long (`narrowest` >= 4).
template <class T, bool PLACES>
void max_row(const BandAxis* axes, const T* x, int64_t o0, int64_t o1, bool regular,
             int64_t narrowest, T* y, int32_t* at, Pace& pace) {
  const BandAxis &a = axes[0], &b = axes[1], &c = axes[2];
  if (kVectors<T> && !regular && narrowest >= 4) {
    bool wide = sizeof(T) < 8 && narrowest >= 8;
    for (int64_t o = 0; o < c.out; ++o) {
      if (wide) {
        take_window<T, PLACES, 8>(axes, x, o0, o1, o, y, at, pace);
      } else {
        take_window<T, PLACES, 4>(axes, x, o0, o1, o, y, at, pace);
      }
    }
    return;
  }
  int64_t first = regular ? c.first : 0, last = regular ? c.last : 0;
  bool fresh = true;
  for (int64_t i = a.start[o0]; i < a.stop[o0]; i += a.step) {
    for (int64_t j = b.start[o1]; j < b.stop[o1]; j += b.step) {
      int64_t place = (i * b.in + j) * c.in;
      auto p = static_cast<int32_t>(place);
      if (last > first) take_row<T, PLACES>(c, fresh, x + place, p, y, at, pace);
      take_any<T, PLACES>(c, fresh, x + place, p, y, at, 0, first, pace);
      take_any<T, PLACES>(c, fresh, x + place, p, y, at, last, c.out, pace);
      fresh = false;
    }
  }
}

template <class T, bool PLACES>
void max_rows(const PoolJob& job, int64_t begin, int64_t end) {
  const BandAxis &a = job.axes[0], &b = job.axes[1], &c = job.axes[2];
  int64_t plane = a.in * b.in * c.in;
  int64_t count = c.last - c.first, narrowest = c.step == 1 ? c.in : 0;
  bool regular = c.stride > 0 && (c.length < 4 || (count >= 4 && c.length <= 4 * count));
  for (int64_t o = 0; o < c.out; ++o) {
    int64_t n = c.stop[o] - c.start[o];
    narrowest = n < narrowest ? n : narrowest;
  }
  int64_t o1 = begin % b.out, o0 = begin / b.out % a.out, p = begin / b.out / a.out;
  Pace pace{job.poll};
  for (int64_t r = begin; r < end; ++r) {
    max_row<T, PLACES>(job.axes, static_cast<const T*>(job.x) + p * plane, o0, o1, regular,
                       narrowest, static_cast<T*>(job.y) + r * c.out,
                       PLACES ? job.places + r * c.out : nullptr, pace);
    if (++o1 == b.out) {
      o1 = 0;
      if (++o0 == a.out) o0 = 0, ++p;
    }
  }
}

template <class T>
void max_of(const PoolJob& job, int64_t begin, int64_t end) {
  return job.places ? max_rows<T, true>(job, begin, end) : max_rows<T, false>(job, begin, end);
}

}  // namespace

void fill_pool(PoolKernels* k) {
  k->max[0] = nullptr;
  k->max[1] = max_of<uint8_t>;
  k->max[2] = max_of<int32_t>;
  k->max[3] = max_of<int64_t>;
  k->max[4] = max_of<float>;
  k->max[5] = max_of<double>;
}

}  // namespace pyad::inline PYAD_ISA
