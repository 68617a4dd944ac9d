// Norms of the differences of all pairs of rows, and their gradients, for one instruction set. A
// result depends on its two rows alone, whatever its place.
#include "kernels/distance_kernels.hpp"
#include "kernels/isa/gemm_vector.hpp"

namespace pyad::inline PYAD_ISA {
namespace {

template <PairNorm N, class T>
inline Vec<T> joined(Vec<T> total, Vec<T> difference) {
  if constexpr (N == PairNorm::kEuclid) {
    return total + difference * difference;
  } else {
    Vec<T> size = difference < 0 ? -difference : difference;
    if constexpr (N == PairNorm::kSum) return total + size;
    return ((size > total) | (size != size)) ? size : total;  // a NaN stays
  }
}

/// What a pair gives to the gradient of its first row, by the weight w.
template <PairNorm N, class T>
inline Vec<T> share(Vec<T> w, Vec<T> difference) {
  if constexpr (N == PairNorm::kEuclid) {
    return w * difference;
  } else {
    const Vec<T> one = splat<T>(1), zero = {};
    Vec<T> sign =
        difference > 0 ? one : (difference < 0 ? -one : (difference == 0 ? zero : difference));
    return w * sign;
  }
}

/// Calls body(first column, whole): COUNT vectors where `whole`, else a part of one.
template <class T, int COUNT, class Whole, class Single>
inline void by_vectors(int64_t begin, int64_t end, Whole&& whole, Single&& single) {
  constexpr int64_t kStep = COUNT * kLanes<T>;
  int64_t j = begin;
  for (; j + kStep <= end; j += kStep) whole(j);
  for (; j < end; j += kLanes<T>) single(j, end - j < kLanes<T> ? end - j : kLanes<T>);
}

template <PairNorm N, class T>
void forward(const void* x_any, const void* y_any, int64_t rows, int64_t m, int64_t r,
             void* out_any, [[maybe_unused]] bool* beyond) {
  constexpr int kCount = 4;
  const T *x = static_cast<const T*>(x_any), *y = static_cast<const T*>(y_any);
  T* out = static_cast<T*>(out_any);
  for (int64_t i = 0; i < rows; ++i, x += m, out += r) {
    by_vectors<T, kCount>(
        0, r,
        [&](int64_t j) {
          Vec<T> total[kCount] = {};
          for (int64_t k = 0; k < m; ++k) {
            const Vec<T> a = splat<T>(x[k]);
            for (int v = 0; v < kCount; ++v)
              total[v] = joined<N, T>(total[v], a - load(y + k * r + j + v * kLanes<T>));
          }
          for (int v = 0; v < kCount; ++v) store(out + j + v * kLanes<T>, total[v]);
        },
        [&](int64_t j, int64_t count) {
          const Part<T> part(count);
          Vec<T> total = {};
          for (int64_t k = 0; k < m; ++k)
            total = joined<N, T>(total, splat<T>(x[k]) - part.load(y + k * r + j));
          part.store(out + j, total);
        });
    if constexpr (N == PairNorm::kEuclid) {
      unsigned outside = 0;
      for (int64_t j = 0; j < r; ++j) {
        outside |= !(out[j] >= SquareRange<T>::low) | !(out[j] <= SquareRange<T>::high);
        if constexpr (sizeof(T) == 4)
          out[j] = __builtin_sqrtf(out[j]);
        else
          out[j] = __builtin_sqrt(out[j]);
      }
      beyond[i] = outside != 0;
    }
  }
}

template <class T>
inline T sum_of(Vec<T> v) {
  T total = 0;
  for (int l = 0; l < kLanes<T>; ++l) total += v[l];
  return total;
}

template <PairNorm N, class T>
void pull_rows(const void* x_any, const void* y_any, const void* w_any, int64_t rows, int64_t m,
               int64_t r, void* gx_any) {
  constexpr int kCount = 4;         // columns of x at a time
  constexpr int64_t kBlock = 1024;  // pairs that are summed in type T
  const T *x = static_cast<const T*>(x_any), *y = static_cast<const T*>(y_any);
  const T* w = static_cast<const T*>(w_any);
  T* gx = static_cast<T*>(gx_any);
  for (int64_t i = 0; i < rows; ++i, x += m, w += r, gx += m) {
    for (int64_t k = 0; k < m; k += kCount) {
      const int count = m - k < kCount ? static_cast<int>(m - k) : kCount;
      double sum[kCount] = {};
      for (int64_t first = 0; first < r; first += kBlock) {
        const int64_t end = r - first < kBlock ? r : first + kBlock;
        Vec<T> total[kCount] = {};
        if (count == kCount) {
          by_vectors<T, 1>(
              first, end - (end - first) % kLanes<T>,
              [&](int64_t j) {
                const Vec<T> f = load(w + j);
                for (int c = 0; c < kCount; ++c)
                  total[c] += share<N, T>(f, splat<T>(x[k + c]) - load(y + (k + c) * r + j));
              },
              [](int64_t, int64_t) {});
        } else {
          for (int64_t j = first; j + kLanes<T> <= end; j += kLanes<T>) {
            const Vec<T> f = load(w + j);
            for (int c = 0; c < count; ++c)
              total[c] += share<N, T>(f, splat<T>(x[k + c]) - load(y + (k + c) * r + j));
          }
        }
        const int64_t rest = (end - first) % kLanes<T>, j = end - rest;
        if (rest) {  // behind the end x - y is x, and its weight 0: no number, if x is none
          const Part<T> part(rest);
          const Vec<T> f = part.load(w + j);
          for (int c = 0; c < count; ++c) {
            T a[kLanes<T>] = {};
            for (int64_t l = 0; l < rest; ++l) a[l] = x[k + c];
            total[c] += share<N, T>(f, load(a) - part.load(y + (k + c) * r + j));
          }
        }
        for (int c = 0; c < count; ++c) sum[c] += static_cast<double>(sum_of<T>(total[c]));
      }
      for (int c = 0; c < count; ++c) gx[k + c] = static_cast<T>(sum[c]);
    }
  }
}

template <PairNorm N, class T>
void pull_columns(const void* x_any, const void* y_any, const void* w_any, int64_t rows, int64_t m,
                  int64_t r, int64_t begin, int64_t end, void* gy_any) {
  constexpr int kCount = 4;
  constexpr int64_t kRows = 64;  // whose weights stay in the nearest cache
  const T *x = static_cast<const T*>(x_any), *y = static_cast<const T*>(y_any);
  const T* w = static_cast<const T*>(w_any);
  T* gy = static_cast<T*>(gy_any);
  for (int64_t k = 0; k < m; ++k)
    for (int64_t j = begin; j < end; ++j) gy[k * r + j] = 0;
  by_vectors<T, kCount>(
      begin, end,
      [&](int64_t j) {
        for (int64_t first = 0; first < rows; first += kRows) {
          const int64_t last = rows - first < kRows ? rows : first + kRows;
          for (int64_t k = 0; k < m; ++k) {
            Vec<T> total[kCount], b[kCount];
            for (int v = 0; v < kCount; ++v) {
              total[v] = load(gy + k * r + j + v * kLanes<T>);
              b[v] = load(y + k * r + j + v * kLanes<T>);
            }
            for (int64_t i = first; i < last; ++i) {
              const Vec<T> a = splat<T>(x[i * m + k]);
              for (int v = 0; v < kCount; ++v)
                total[v] -= share<N, T>(load(w + i * r + j + v * kLanes<T>), a - b[v]);
            }
            for (int v = 0; v < kCount; ++v) store(gy + k * r + j + v * kLanes<T>, total[v]);
          }
        }
      },
      [&](int64_t j, int64_t count) {
        const Part<T> part(count);
        for (int64_t k = 0; k < m; ++k) {
          Vec<T> total = {}, b = part.load(y + k * r + j);
          for (int64_t i = 0; i < rows; ++i)
            total -= share<N, T>(part.load(w + i * r + j), splat<T>(x[i * m + k]) - b);
          part.store(gy + k * r + j, total);
        }
      });
}

template <PairNorm N>
void fill_norm(DistanceKernels* k) {
  constexpr int n = static_cast<int>(N);
  k->forward[n][0] = forward<N, float>;
  k->forward[n][1] = forward<N, double>;
  if constexpr (N != PairNorm::kMax) {
    k->pull_rows[n][0] = pull_rows<N, float>;
    k->pull_rows[n][1] = pull_rows<N, double>;
    k->pull_columns[n][0] = pull_columns<N, float>;
    k->pull_columns[n][1] = pull_columns<N, double>;
  }
}

}  // namespace

void fill_distance(DistanceKernels* k) {
  fill_norm<PairNorm::kSum>(k);
  fill_norm<PairNorm::kEuclid>(k);
  fill_norm<PairNorm::kMax>(k);
}

}  // namespace pyad::inline PYAD_ISA
