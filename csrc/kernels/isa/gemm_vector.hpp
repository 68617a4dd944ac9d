// Vectors of one instruction set, for the matrix-product kernels: loads and stores of whole and
// partial vectors, transposition.
//
// Separate from gemm.cpp so that the only text that depends on an instruction set stands here.
#pragma once

#include <stdint.h>

#if defined(__AVX__)
#include <immintrin.h>
#endif

#include "kernels/isa.hpp"

namespace pyad::inline PYAD_ISA {
namespace {

#if defined(__AVX512F__)
constexpr int kVectorBytes = 64;
constexpr int kRegisters = 32;
#elif defined(__AVX__)
constexpr int kVectorBytes = 32;
constexpr int kRegisters = 16;
#else
constexpr int kVectorBytes = 16;
constexpr int kRegisters = 16;
#endif

template <class T>
struct VectorOf {
  typedef T Type __attribute__((vector_size(kVectorBytes)));
};
template <class T>
using Vec = typename VectorOf<T>::Type;
template <class T>
constexpr int kLanes = kVectorBytes / static_cast<int>(sizeof(T));

template <class T>
inline Vec<T> load(const T* p) {
  Vec<T> v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}
template <class T>
inline void store(T* p, Vec<T> v) {
  __builtin_memcpy(p, &v, sizeof v);
}
template <class T>
inline Vec<T> splat(T x) {
  return x - Vec<T>{};
}

/// The first `count` lanes of a vector; memory behind them is neither read nor written.
template <class T>
struct Part;

#if defined(__AVX512F__)
template <>
struct Part<float> {
  __mmask16 mask;
  explicit Part(int64_t count) : mask(static_cast<__mmask16>((1u << count) - 1)) {}
  Vec<float> load(const float* p) const { return (Vec<float>)_mm512_maskz_loadu_ps(mask, p); }
  void store(float* p, Vec<float> v) const { _mm512_mask_storeu_ps(p, mask, (__m512)v); }
};
template <>
struct Part<double> {
  __mmask8 mask;
  explicit Part(int64_t count) : mask(static_cast<__mmask8>((1u << count) - 1)) {}
  Vec<double> load(const double* p) const { return (Vec<double>)_mm512_maskz_loadu_pd(mask, p); }
  void store(double* p, Vec<double> v) const { _mm512_mask_storeu_pd(p, mask, (__m512d)v); }
};
#elif defined(__AVX__)
alignas(64) const int32_t kMaskWords[16] = {-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0};
template <>
struct Part<float> {
  __m256i mask;
  explicit Part(int64_t count) { __builtin_memcpy(&mask, kMaskWords + 8 - count, sizeof mask); }
  Vec<float> load(const float* p) const { return (Vec<float>)_mm256_maskload_ps(p, mask); }
  void store(float* p, Vec<float> v) const { _mm256_maskstore_ps(p, mask, (__m256)v); }
};
template <>
struct Part<double> {
  __m256i mask;
  explicit Part(int64_t count) { __builtin_memcpy(&mask, kMaskWords + 8 - 2 * count, sizeof mask); }
  Vec<double> load(const double* p) const { return (Vec<double>)_mm256_maskload_pd(p, mask); }
  void store(double* p, Vec<double> v) const { _mm256_maskstore_pd(p, mask, (__m256d)v); }
};
#else
template <class T>
struct Part {
  int count;
  explicit Part(int64_t n) : count(static_cast<int>(n)) {}
  Vec<T> load(const T* p) const {
    Vec<T> v{};
    for (int i = 0; i < kLanes<T>; ++i)
      if (i < count) v[i] = p[i];
    return v;
  }
  void store(T* p, Vec<T> v) const {
    for (int i = 0; i < kLanes<T>; ++i)
      if (i < count) p[i] = v[i];
  }
};
#endif

template <class T>
struct LaneIndex;
template <>
struct LaneIndex<float> {
  typedef int32_t Type __attribute__((vector_size(kVectorBytes)));
};
template <>
struct LaneIndex<double> {
  typedef int64_t Type __attribute__((vector_size(kVectorBytes)));
};

/// One of the log2(lanes) exchanges of a transposition: swaps the off-diagonal D x D blocks of
/// every 2D x 2D block.
template <class T, int D>
inline void exchange(Vec<T>* rows) {
  constexpr int kN = kLanes<T>;
  typename LaneIndex<T>::Type low, high;
  for (int e = 0; e < kN; ++e) {
    low[e] = (e & D) ? kN + e - D : e;
    high[e] = (e & D) ? kN + e : e + D;
  }
#pragma GCC unroll 16
  for (int i = 0; i < kN; ++i) {
    if (i & D) continue;
    Vec<T> x = rows[i], y = rows[i + D];
    rows[i] = __builtin_shuffle(x, y, low);
    rows[i + D] = __builtin_shuffle(x, y, high);
  }
}

template <class T>
inline void transpose_square(Vec<T>* rows) {
  if constexpr (kLanes<T> >= 16) exchange<T, 8>(rows);
  if constexpr (kLanes<T> >= 8) exchange<T, 4>(rows);
  if constexpr (kLanes<T> >= 4) exchange<T, 2>(rows);
  exchange<T, 1>(rows);
}

/// A quarter line: four floats or two doubles, the finish of a dot product.
template <class T>
struct ShortOf {
  typedef T Type __attribute__((vector_size(16)));
};
template <class T>
using Short = typename ShortOf<T>::Type;
template <class T>
constexpr int kShortLanes = 16 / static_cast<int>(sizeof(T));

/// Adds the upper lanes to the lower ones until 16 bytes are left.
template <class T>
inline Short<T> fold(Vec<T> v) {
  Short<T> q[kVectorBytes / 16];
  __builtin_memcpy(&q, &v, sizeof v);
  if constexpr (kVectorBytes == 64) return (q[0] + q[2]) + (q[1] + q[3]);
  if constexpr (kVectorBytes == 32) return q[0] + q[1];
  return q[0];
}
/// Sums of the lanes of `kShortLanes` vectors, side by side.
inline Short<float> sums(const Vec<float>* v) {
  Short<float> a = fold<float>(v[0]), b = fold<float>(v[1]), c = fold<float>(v[2]),
               d = fold<float>(v[3]);
  Short<float> s =
      __builtin_shufflevector(a, b, 0, 4, 1, 5) + __builtin_shufflevector(a, b, 2, 6, 3, 7);
  Short<float> t =
      __builtin_shufflevector(c, d, 0, 4, 1, 5) + __builtin_shufflevector(c, d, 2, 6, 3, 7);
  return __builtin_shufflevector(s, t, 0, 1, 4, 5) + __builtin_shufflevector(s, t, 2, 3, 6, 7);
}
inline Short<double> sums(const Vec<double>* v) {
  Short<double> a = fold<double>(v[0]), b = fold<double>(v[1]);
  return __builtin_shufflevector(a, b, 0, 2) + __builtin_shufflevector(a, b, 1, 3);
}

}  // namespace
}  // namespace pyad::inline PYAD_ISA
