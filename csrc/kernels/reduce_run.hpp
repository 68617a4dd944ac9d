// Reducing one contiguous run of floats with vectors, and the library functions that vectorise:
// what the isa units of reductions and softmax share. Included by isa units only.
//
// Note [Blocked summation]
// A run is summed in 8 vectors of accumulators, folded to one after every 16 rounds; longer arrays
// are cut into blocks by reduce.cpp, and the blocks' sums are summed the same way. So no partial
// sum sees more than a few dozen additions in a row and the rounding error grows like that of
// pairwise summation. The cuts depend on the shape only: the same bits with any number of threads.
#pragma once

#include <math.h>
#include <stdint.h>

#include <type_traits>

#include "kernels/isa.hpp"
#include "kernels/math/exp.hpp"
#include "kernels/vector_bytes.hpp"

namespace pyad::inline PYAD_ISA {
namespace {

template <class T, int BYTES>
struct VectorOf {
  typedef T Type __attribute__((vector_size(BYTES), aligned(alignof(T)), may_alias));
};
template <class T, int BYTES = kVectorBytes>
using Vector = typename VectorOf<T, BYTES>::Type;

template <class V, class T>
inline V load(const T* p) {
  return *reinterpret_cast<const V*>(p);
}
inline float abs_of(float x) { return ::fabsf(x); }
inline double abs_of(double x) { return ::fabs(x); }

// Each reduction: `map` of an element and its shift, `join` of two results, `unit` of join; T is a
// number or a vector of numbers. `kBuffered`: map calls a library function, so it runs in a plain
// loop over a small buffer, which the compiler vectorises.
struct Joins {
  static constexpr bool kBuffered = false;
  static constexpr bool kShifted = false;
  static constexpr bool kIdempotent = false;  // the join of x and x is x: a number may come twice
  static constexpr double unit = 0;
  template <class T>
  static T join(T a, T b) {
    return a + b;
  }
};
struct Sum : Joins {
  template <class T>
  static T map(T x, T, double) {
    return x;
  }
};
/// m, or a NaN where b is one. Of a second selection the compiler makes four instructions with m's.
template <class T>
inline T unless_nan(T m, T b) {
  if constexpr (std::is_arithmetic_v<T> || kVectorBytes > 32) {
    return b != b ? b : m;
  } else {
    const auto nan = b != b;
    return reinterpret_cast<T>(reinterpret_cast<decltype(b != b)>(m) | nan);
  }
}
// NaN wins: once in `a` it stays, and in `b` it is taken.
struct Max : Sum {
  static constexpr bool kIdempotent = true;
  static constexpr double unit = -__builtin_inf();
  template <class T>
  static T join(T a, T b) {
    return unless_nan<T>(b > a ? b : a, b);  // one instruction, no branch
  }
};
template <class Op, class T, int BYTES>
inline T fold(Vector<T, BYTES> v) {
  if constexpr (BYTES == 2 * sizeof(T)) {
    return Op::join(static_cast<T>(v[0]), static_cast<T>(v[1]));
  } else {
    using Half = Vector<T, BYTES / 2>;
    const T* p = reinterpret_cast<const T*>(&v);
    return fold<Op, T, BYTES / 2>(Op::join(load<Half>(p), load<Half>(p + BYTES / 2 / sizeof(T))));
  }
}

template <class Op, class V>
inline V join_four(const V* a) {
  return Op::join(Op::join(a[0], a[1]), Op::join(a[2], a[3]));
}

/// A run of at least one vector whose last vectors may overlap those before them.
template <class Op, class T>
inline Vector<T> reduce_over(const T* x, int64_t n, Vector<T> s) {
  using V = Vector<T>;
  constexpr int64_t kLanes = kVectorBytes / sizeof(T), kStep = 8 * kLanes;
  auto at = [&](int64_t i) { return Op::map(load<V>(x + i), s, 0); };
  if (n < kStep) {
    V last = at(n - kLanes);
    for (int64_t i = 0; i + kLanes < n; i += kLanes) last = Op::join(last, at(i));
    return last;
  }
  V acc[8];
#pragma GCC unroll 8
  for (int k = 0; k < 8; ++k) acc[k] = at(k * kLanes);
  for (int64_t i = kStep; i < n; i += kStep) {
    const int64_t from = i + kStep <= n ? i : n - kStep;
#pragma GCC unroll 8
    for (int k = 0; k < 8; ++k) acc[k] = Op::join(acc[k], at(from + k * kLanes));
  }
  return Op::join(join_four<Op>(acc), join_four<Op>(acc + 4));
}

/// One run; see Note [Blocked summation].
template <class Op, class T>
inline T reduce_run(const T* x, int64_t n, T shift) {
  using V = Vector<T>;
  constexpr int64_t kLanes = kVectorBytes / sizeof(T);
  constexpr int kAccumulators = 8, kRounds = 16;
  if (n < kLanes) {
    T a = Op::map(x[0], shift, 0);
    if (n == 1) return a;
    T b = Op::map(x[1], shift, 0);
    int64_t i = 2;
    for (; i + 1 < n; i += 2) {
      a = Op::join(a, Op::map(x[i], shift, 0));
      b = Op::join(b, Op::map(x[i + 1], shift, 0));
    }
    a = Op::join(a, b);
    return i < n ? Op::join(a, Op::map(x[i], shift, 0)) : a;
  }
  V s;
  for (int64_t k = 0; k < kLanes; ++k) s[k] = shift;
  if constexpr (Op::kIdempotent) return fold<Op, T, kVectorBytes>(reduce_over<Op, T>(x, n, s));
  V total{};
  bool first = true;
  while (n >= kLanes * kAccumulators) {
    V acc[kAccumulators];
#pragma GCC unroll 8
    for (int k = 0; k < kAccumulators; ++k) acc[k] = Op::map(load<V>(x + k * kLanes), s, 0);
    x += kLanes * kAccumulators;
    n -= kLanes * kAccumulators;
    for (int round = 1; round < kRounds && n >= kLanes * kAccumulators; ++round) {
#pragma GCC unroll 8
      for (int k = 0; k < kAccumulators; ++k)
        acc[k] = Op::join(acc[k], Op::map(load<V>(x + k * kLanes), s, 0));
      x += kLanes * kAccumulators;
      n -= kLanes * kAccumulators;
    }
    V sum = Op::join(Op::join(Op::join(acc[0], acc[1]), Op::join(acc[2], acc[3])),
                     Op::join(Op::join(acc[4], acc[5]), Op::join(acc[6], acc[7])));
    total = first ? sum : Op::join(total, sum);
    first = false;
  }
  for (; n >= kLanes; n -= kLanes, x += kLanes) {
    V v = Op::map(load<V>(x), s, 0);
    total = first ? v : Op::join(total, v);
    first = false;
  }
  if (n > 0) {
    T rest[kLanes];
    for (int64_t k = 0; k < kLanes; ++k) rest[k] = static_cast<T>(Op::unit);
    for (int64_t k = 0; k < n; ++k) rest[k] = Op::map(x[k], shift, 0);
    total = Op::join(total, load<V>(rest));
  }
  return fold<Op, T, kVectorBytes>(total);
}

}  // namespace
}  // namespace pyad::inline PYAD_ISA
