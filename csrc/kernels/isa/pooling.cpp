// Maximum pooling for one instruction set. Of equal elements the first of a window stays; NaN wins.
#include "kernels/pooling_kernels.hpp"

namespace pyad::inline PYAD_ISA {
namespace {

template <class T>
inline bool better(T v, T best) {
  return (v > best) | (v != v);
}

/// Takes LENGTH neighbours into account for each of n results. `place` is that of p[0]. FIRST:
/// nothing was seen before. STRIDE 0: a number that is not known here.
template <class T, bool PLACES, int STRIDE, int LENGTH, bool FIRST>
inline void take(const T* __restrict p, int64_t n, int64_t stride, int32_t place, T* __restrict y,
                 int32_t* __restrict at) {
  const int64_t s = STRIDE ? STRIDE : stride;
  for (int64_t o = 0; o < n; ++o) {
    T best = FIRST ? p[o * s] : y[o];
    int32_t here = place + static_cast<int32_t>(o * s);
    int32_t where = 0;
    if constexpr (PLACES) where = FIRST ? here : at[o];
    for (int j = FIRST ? 1 : 0; j < LENGTH; ++j) {
      T v = p[o * s + j];
      bool yes = better(v, best);
      best = yes ? v : best;
      if constexpr (PLACES) where = yes ? here + j : where;
    }
    y[o] = best;
    if constexpr (PLACES) at[o] = where;
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
void take_row(const Axis& c, bool first, const T* row, int32_t place, T* y, int32_t* at) {
  int64_t n = c.last - c.first, s = c.stride;
  const T* p = row + c.start[c.first];
  place += c.start[c.first];
  y += c.first;
  if (PLACES) at += c.first;
  if (c.step == 1) {
    if (s == 2 && c.length == 2) return take<T, PLACES, 2, 2>(first, p, n, s, place, y, at);
    if (s == 2 && c.length == 3) return take<T, PLACES, 2, 3>(first, p, n, s, place, y, at);
    if (s == 1 && c.length == 3) return take<T, PLACES, 1, 3>(first, p, n, s, place, y, at);
    if (s == 3 && c.length == 3) return take<T, PLACES, 3, 3>(first, p, n, s, place, y, at);
  }
  for (int64_t j = 0; j < c.length; ++j, first = false) {
    int32_t offset = static_cast<int32_t>(j) * c.step;
    if (s == 1) {
      take<T, PLACES, 1, 1>(first, p + offset, n, s, place + offset, y, at);
    } else if (s == 2) {
      take<T, PLACES, 2, 1>(first, p + offset, n, s, place + offset, y, at);
    } else {
      take<T, PLACES, 0, 1>(first, p + offset, n, s, place + offset, y, at);
    }
  }
}

/// The same for any windows, one by one.
template <class T, bool PLACES>
void take_any(const Axis& c, bool first, const T* row, int32_t place, T* y, int32_t* at,
              int64_t begin, int64_t end) {
  for (int64_t o = begin; o < end; ++o) {
    int32_t i = c.start[o];
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

template <class T, bool PLACES>
void max_rows(const PoolJob& job, int64_t begin, int64_t end) {
  const Axis &a = job.axes[0], &b = job.axes[1], &c = job.axes[2];
  int64_t plane = a.in * b.in * c.in;
  int64_t o1 = begin % b.out, o0 = begin / b.out % a.out, p = begin / b.out / a.out;
  bool regular = c.stride > 0 || c.last - c.first == 1;
  int64_t first = regular ? c.first : 0, last = regular ? c.last : 0;
  for (int64_t r = begin; r < end; ++r) {
    T* y = static_cast<T*>(job.y) + r * c.out;
    int32_t* at = PLACES ? job.places + r * c.out : nullptr;
    const T* x = static_cast<const T*>(job.x) + p * plane;
    bool fresh = true;
    for (int64_t i = a.start[o0]; i < a.stop[o0]; i += a.step) {
      for (int64_t j = b.start[o1]; j < b.stop[o1]; j += b.step) {
        int64_t place = (i * b.in + j) * c.in;
        const T* row = x + place;
        if (last > first) take_row<T, PLACES>(c, fresh, row, static_cast<int32_t>(place), y, at);
        take_any<T, PLACES>(c, fresh, row, static_cast<int32_t>(place), y, at, 0, first);
        take_any<T, PLACES>(c, fresh, row, static_cast<int32_t>(place), y, at, last, c.out);
        fresh = false;
      }
    }
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
