// Reductions of floating types, for one instruction set: rows and columns (Note [Ways through a
// reduction]).
#include <type_traits>
#include <utility>

#include "kernels/math/power.hpp"
#include "kernels/reduce_kernels.hpp"
#include "kernels/reduce_run.hpp"

namespace pyad::inline PYAD_ISA {
namespace {

// The remaining reductions, as `Sum` in reduce_run.hpp.
struct SumSquares : Joins {
  template <class T>
  static T map(T x, T, double) {
    return x * x;
  }
};
struct SumAbs : Joins {
  template <class T>
  static T map(T x, T, double) {
    return x < 0 ? -x : x;
  }
};
struct SumDeviation : Joins {
  static constexpr bool kShifted = true;
  template <class T>
  static T map(T x, T m, double) {
    return x - m;
  }
};
struct SumSquaredDeviation : Joins {
  static constexpr bool kShifted = true;
  template <class T>
  static T map(T x, T m, double) {
    return (x - m) * (x - m);
  }
};
struct SumExp : Joins {
  static constexpr bool kShifted = true;
  static constexpr bool kBuffered = true;
  template <class T>
  static T map(T x, T m, double) {
    return exp(x - m);
  }
};
struct SumSmallerExp : SumExp {
  template <class T>
  static T map(T x, T m, double) {
    return x == m ? T(0) : exp(x - m);
  }
};
struct SumPow : Joins {
  static constexpr bool kBuffered = true;
  template <class T>
  static auto attempt(T x, T, double p) {
    return attempt_pow(abs_of(x), static_cast<T>(p));
  }
  template <class T>
  static T map(T x, T, double p) {
    return pow(abs_of(x), static_cast<T>(p));
  }
};
struct Prod : Sum {
  static constexpr double unit = 1;
  template <class T>
  static T join(T a, T b) {
    return a * b;
  }
};
struct Min : Sum {
  static constexpr bool kIdempotent = true;
  static constexpr double unit = __builtin_inf();
  template <class T>
  static T join(T a, T b) {
    return unless_nan<T>(b < a ? b : a, b);
  }
};
struct MaxAbs : SumAbs {
  static constexpr bool kIdempotent = true;
  static constexpr double unit = 0;
  template <class T>
  static T join(T a, T b) {
    return Max::join(a, b);
  }
};
struct MinAbs : SumAbs {
  static constexpr bool kIdempotent = true;
  static constexpr double unit = __builtin_inf();
  template <class T>
  static T join(T a, T b) {
    return Min::join(a, b);
  }
};

/// Note [Powers]
template <class Op, class T>
void map_block(const T* __restrict in, T* __restrict mapped, int64_t n, T shift, double p) {
  if constexpr (requires { Op::attempt(T(), T(), p); }) {
    decltype(Op::attempt(T(), T(), p).beyond) beyond = 0;
    for (int64_t i = 0; i < n; ++i) {
      auto r = Op::attempt(in[i], shift, p);
      mapped[i] = r.value;
      beyond |= r.beyond;
    }
    if (!is_beyond(beyond)) return;
  }
  for (int64_t i = 0; i < n; ++i) mapped[i] = Op::map(in[i], shift, p);
}

template <class Op, class T>
T reduce_buffered(const T* x, int64_t n, T shift, double p) {
  constexpr int64_t kBlock = 512;
  T mapped[kBlock];
  T total = 0;
  for (int64_t start = 0; start < n; start += kBlock) {
    int64_t m = n - start < kBlock ? n - start : kBlock;
    const T* __restrict in = x + start;
    map_block<Op>(in, mapped, m, shift, p);
    total += reduce_run<Sum, T>(mapped, m, T(0));
  }
  return total;
}

/// A sum begins with 0, so that one of negative zeros is 0.
template <class Op, class V>
inline V begun(V first) {
  if constexpr (std::is_same_v<Op, Sum>)
    return first + V{};
  else
    return first;
}

template <class Op, class T>
void reduce_rows(const void* in, int64_t rows, int64_t step, int64_t n, const void* shift,
                 int64_t shift_step, void* out, double p) {
  const T* x = static_cast<const T*>(in);
  const T* m = static_cast<const T*>(shift);
  T* y = static_cast<T*>(out);
  for (int64_t r = 0; r < rows; ++r) {
    T s = Op::kShifted ? m[r * shift_step] : T(0);
    if constexpr (Op::kBuffered) {
      y[r] = reduce_buffered<Op, T>(x + r * step, n, s, p);
    } else {
      y[r] = begun<Op>(reduce_run<Op, T>(x + r * step, n, s));
    }
  }
}

/// Joins K rows of one vector of columns (or of one column) into acc.
template <class Op, class V, class T, int K, bool FIRST>
inline void join_rows(const T* x, int64_t step, const T* shift, T* acc) {
  V m = Op::kShifted ? *reinterpret_cast<const V*>(shift) : V{};
  V v[K];
#pragma GCC unroll 8
  for (int k = 0; k < K; ++k) v[k] = Op::map(load<V>(x + k * step), m, 0);
  if constexpr (K == 8) {
    v[0] = Op::join(Op::join(Op::join(v[0], v[1]), Op::join(v[2], v[3])),
                    Op::join(Op::join(v[4], v[5]), Op::join(v[6], v[7])));
  }
  V* y = reinterpret_cast<V*>(acc);
  *y = FIRST ? begun<Op>(v[0]) : Op::join(*y, v[0]);
}

/// acc[j] (= or join=) K rows at once, so that `acc` is loaded and stored once for K rows.
template <class Op, class T, int K, bool FIRST>
[[gnu::noinline]] void add_rows(const T* x, int64_t step, int64_t columns, const T* shift,
                                T* __restrict acc, double p) {
  if constexpr (Op::kBuffered) {
    for (int k = 0; k < K; ++k, x += step) {
      if (FIRST && k == 0) {
        for (int64_t j = 0; j < columns; ++j)
          acc[j] = Op::map(x[j], Op::kShifted ? shift[j] : T(0), p);
      } else {
        for (int64_t j = 0; j < columns; ++j)
          acc[j] += Op::map(x[j], Op::kShifted ? shift[j] : T(0), p);
      }
    }
  } else {
    constexpr int64_t kLanes = kVectorBytes / sizeof(T);
    int64_t j = 0;
    for (; j + kLanes <= columns; j += kLanes)
      join_rows<Op, Vector<T>, T, K, FIRST>(x + j, step, Op::kShifted ? shift + j : shift, acc + j);
    if constexpr (kVectorBytes > 32) {
      constexpr int64_t kHalf = 32 / sizeof(T);
      if (j + kHalf <= columns) {
        join_rows<Op, Vector<T, 32>, T, K, FIRST>(x + j, step, Op::kShifted ? shift + j : shift,
                                                  acc + j);
        j += kHalf;
      }
    }
    for (; j < columns; ++j)
      join_rows<Op, T, T, K, FIRST>(x + j, step, Op::kShifted ? shift + j : shift, acc + j);
  }
}

template <class Op, class T>
inline void reduce_block(const T* x, int64_t rows, int64_t step, int64_t columns, const T* shift,
                         T* acc, double p) {
  int64_t r = 1;
  if (rows >= 8) {
    add_rows<Op, T, 8, true>(x, step, columns, shift, acc, p);
    r = 8;
  } else {
    add_rows<Op, T, 1, true>(x, step, columns, shift, acc, p);
  }
  for (; r + 8 <= rows; r += 8)
    add_rows<Op, T, 8, false>(x + r * step, step, columns, shift, acc, p);
  for (; r < rows; ++r) add_rows<Op, T, 1, false>(x + r * step, step, columns, shift, acc, p);
}

/// One column: elements `step` apart, added up in registers.
template <class Op, class T>
[[gnu::noinline]] T reduce_strided(const T* x, int64_t n, int64_t step, T shift, double p) {
  constexpr int64_t kBlock = 512;
  T total{};
  for (int64_t start = 0; start < n; start += kBlock, x += kBlock * step) {
    int64_t m = n - start < kBlock ? n - start : kBlock, i = 1;
    T sum = Op::map(x[0], shift, p);
    if (m >= 8) {
      T acc[8];
      for (int k = 0; k < 8; ++k) acc[k] = Op::map(x[k * step], shift, p);
      for (i = 8; i + 8 <= m; i += 8) {
#pragma GCC unroll 8
        for (int k = 0; k < 8; ++k) acc[k] = Op::join(acc[k], Op::map(x[(i + k) * step], shift, p));
      }
      sum = Op::join(Op::join(Op::join(acc[0], acc[1]), Op::join(acc[2], acc[3])),
                     Op::join(Op::join(acc[4], acc[5]), Op::join(acc[6], acc[7])));
    }
    for (; i < m; ++i) sum = Op::join(sum, Op::map(x[i * step], shift, p));
    total = start == 0 ? sum : Op::join(total, sum);
  }
  return total;
}

template <class Op, class T>
void reduce_columns(const void* in, int64_t n, int64_t step, int64_t columns, const void* shift,
                    void* out, double p) {
  constexpr int64_t kChunk = 512, kRows = 128;
  if (columns == 1) {
    T m = Op::kShifted ? *static_cast<const T*>(shift) : T(0);
    *static_cast<T*>(out) =
        begun<Op>(reduce_strided<Op, T>(static_cast<const T*>(in), n, step, m, p));
    return;
  }
  T block[kChunk];
  for (int64_t start = 0; start < columns; start += kChunk) {
    int64_t m = columns - start < kChunk ? columns - start : kChunk;
    const T* x = static_cast<const T*>(in) + start;
    const T* s = static_cast<const T*>(shift) + (Op::kShifted ? start : 0);
    T* __restrict y = static_cast<T*>(out) + start;
    reduce_block<Op, T>(x, n < kRows ? n : kRows, step, m, s, y, p);
    for (int64_t r = kRows; r < n; r += kRows) {
      reduce_block<Op, T>(x + r * step, n - r < kRows ? n - r : kRows, step, m, s, block, p);
      for (int64_t j = 0; j < m; ++j) y[j] = Op::join(y[j], block[j]);
    }
  }
}

// Products of float32 are taken in float64: roundings of factors near 1 go one way, so their errors
// add up.

using Wide = Vector<double>;
constexpr int kWideLanes = kVectorBytes / sizeof(double);

/// One instruction; of __builtin_convertvector GCC makes two, for halves that go through memory.
template <int... K>
inline Wide wide_of(const float* p, std::integer_sequence<int, K...>) {
  return Wide{static_cast<double>(p[K])...};
}
inline Wide wide(const float* p) {
  return wide_of(p, std::make_integer_sequence<int, kWideLanes>());
}

/// The product of one run.
inline double prod_run(const float* x, int64_t n) {
  constexpr int64_t kLanes = kWideLanes;
  constexpr int kAccumulators = 8;
  Wide total{};
  double rest = 1;
  if (n >= kLanes * kAccumulators) {
    Wide acc[kAccumulators];
#pragma GCC unroll 8
    for (int k = 0; k < kAccumulators; ++k) acc[k] = wide(x + k * kLanes);
    for (x += kLanes * kAccumulators; (n -= kLanes * kAccumulators) >= kLanes * kAccumulators;
         x += kLanes * kAccumulators) {
#pragma GCC unroll 8
      for (int k = 0; k < kAccumulators; ++k) acc[k] *= wide(x + k * kLanes);
    }
    total = ((acc[0] * acc[1]) * (acc[2] * acc[3])) * ((acc[4] * acc[5]) * (acc[6] * acc[7]));
  } else {
    total += 1.0;
  }
  for (; n >= kLanes; n -= kLanes, x += kLanes) total *= wide(x);
  for (; n > 0; --n, ++x) rest *= static_cast<double>(*x);
  return fold<Prod, double, kVectorBytes>(total) * rest;
}
void prod_rows(const void* in, int64_t rows, int64_t step, int64_t n, const void*, int64_t,
               void* out, double) {
  for (int64_t r = 0; r < rows; ++r)
    static_cast<float*>(out)[r] =
        static_cast<float>(prod_run(static_cast<const float*>(in) + r * step, n));
}

/// total *= the product of 8 rows of V, which one column is a double of.
template <class V, class F>
inline void multiply_rows(const float* x, int64_t step, double* total, F widened) {
  V v[8];
#pragma GCC unroll 8
  for (int k = 0; k < 8; ++k) v[k] = widened(x + k * step);
  *reinterpret_cast<V*>(total) *= ((v[0] * v[1]) * (v[2] * v[3])) * ((v[4] * v[5]) * (v[6] * v[7]));
}
void prod_columns(const void* in, int64_t n, int64_t step, int64_t columns, const void*, void* out,
                  double) {
  constexpr int64_t kChunk = 512;
  double total[kChunk];
  auto one = [](const float* p) { return static_cast<double>(*p); };
  for (int64_t start = 0; start < columns; start += kChunk) {
    const int64_t m = columns - start < kChunk ? columns - start : kChunk;
    const float* x = static_cast<const float*>(in) + start;
    for (int64_t j = 0; j < m; ++j) total[j] = one(x + j);
    int64_t r = 1;
    for (; r + 8 <= n; r += 8) {
      int64_t j = 0;
      for (; j + kWideLanes <= m; j += kWideLanes)
        multiply_rows<Wide>(x + r * step + j, step, total + j, wide);
      for (; j < m; ++j) multiply_rows<double>(x + r * step + j, step, total + j, one);
    }
    for (; r < n; ++r)
      for (int64_t j = 0; j < m; ++j) total[j] *= one(x + r * step + j);
    float* y = static_cast<float*>(out) + start;
    for (int64_t j = 0; j < m; ++j) y[j] = static_cast<float>(total[j]);
  }
}

template <class Op, class T>
void fill(ReduceKernels* k, Reduction r, int type) {
  k->rows[static_cast<int>(r)][type] = reduce_rows<Op, T>;
  k->columns[static_cast<int>(r)][type] = reduce_columns<Op, T>;
}

template <class T>
void fill_type(ReduceKernels* k, int type) {
  fill<Sum, T>(k, Reduction::kSum, type);
  fill<Prod, T>(k, Reduction::kProd, type);
  fill<Max, T>(k, Reduction::kMax, type);
  fill<Min, T>(k, Reduction::kMin, type);
  fill<SumAbs, T>(k, Reduction::kSumAbs, type);
  fill<SumSquares, T>(k, Reduction::kSumSquares, type);
  fill<SumPow, T>(k, Reduction::kSumPow, type);
  fill<MaxAbs, T>(k, Reduction::kMaxAbs, type);
  fill<MinAbs, T>(k, Reduction::kMinAbs, type);
  fill<SumDeviation, T>(k, Reduction::kSumDeviation, type);
  fill<SumSquaredDeviation, T>(k, Reduction::kSumSquaredDeviation, type);
  fill<SumExp, T>(k, Reduction::kSumExp, type);
  fill<SumSmallerExp, T>(k, Reduction::kSumSmallerExp, type);
}

}  // namespace

void fill_reduce_float(ReduceKernels* k) {
  fill_type<float>(k, dtype_index<float>);
  fill_type<double>(k, dtype_index<double>);
  k->rows[static_cast<int>(Reduction::kProd)][dtype_index<float>] = prod_rows;
  k->columns[static_cast<int>(Reduction::kProd)][dtype_index<float>] = prod_columns;
}

}  // namespace pyad::inline PYAD_ISA
