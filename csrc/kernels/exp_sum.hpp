// Sums of exp(x - largest), as softmax and the losses take their logarithms. Included by isa units
// only.
//
// Note [Sums beyond one]
// A sum of exp(x - largest) has a term that is 1. Where the others are small, 1 + others loses
// their digits, and its logarithm is made of nothing else. So what is kept is the sum beyond 1,
// whose log1p is taken: from kPlainSum on, sum - 1; below it only the largest element itself can
// have the term 1, and the sum is taken again without it.
#pragma once

#include "kernels/math/log.hpp"
#include "kernels/reduce_run.hpp"
#include "kernels/softmax_kernels.hpp"

namespace pyad::inline PYAD_ISA {
namespace {

/// `count` rounded up to whole vectors, so that no scalar call is left over; the space between is
/// set to 0.
template <class T>
int64_t padded(T* e, int64_t count) {
  constexpr int64_t kLanes = kVectorBytes / sizeof(T);
  if (count < 0) __builtin_unreachable();  // which GCC does not see, and warns of
  int64_t whole = (count + kLanes - 1) / kLanes * kLanes;
  for (int64_t i = count; i < whole; ++i) e[i] = T(0);
  return whole;
}

template <class T>
inline void drop_ones(T* e, int64_t n) {
  for (int64_t i = 0; i < n; ++i) e[i] = e[i] == T(1) ? T(0) : e[i];
}

/// What the terms `e`, whose sum is known, have beyond 1. Overwrites them.
template <class T>
inline T beyond_one(T sum, T* e, int64_t n) {
  if (!(sum < T(kPlainSum))) return sum - T(1);
  drop_ones(e, n);
  return reduce_run<Sum, T>(e, n, T(0));
}

/// Logarithms of the sums of short rows, in an array with room for whole vectors. Overwrites `e`.
template <class T>
void log_sums(T* e, int64_t rows, int64_t n, T* __restrict out) {
  constexpr int64_t kCheap = 32;  // to be summed again without a look
  BitsOf<T> near_one = 0;
  for (int64_t r = 0; r < rows; ++r) out[r] = reduce_run<Sum, T>(e + r * n, n, T(0));
  for (int64_t r = 0; r < rows; ++r) near_one |= out[r] < T(kPlainSum) ? 1 : 0;
  if (near_one) {
    drop_ones(e, rows * n);
    for (int64_t r = 0; r < rows; ++r) {
      bool near = out[r] < T(kPlainSum);
      T beyond = near || n <= kCheap ? reduce_run<Sum, T>(e + r * n, n, T(0)) : T(0);
      out[r] = near ? beyond : out[r] - T(1);
    }
  } else {
    for (int64_t r = 0; r < rows; ++r) out[r] -= T(1);
  }
  int64_t whole = padded(out, rows);
#pragma GCC ivdep
  for (int64_t r = 0; r < whole; ++r) out[r] = log1p_inside(out[r]);
}

/// The same of terms that come in blocks.
template <class T>
class BlocksBeyondOne {
 public:
  void add(T* e, int64_t n) {
    T part = reduce_run<Sum, T>(e, n, T(0));
    sum_ += part;
    small_ += part < T(1) ? part : beyond_one(part, e, n);
  }
  T value() const { return sum_ < T(kPlainSum) ? small_ : sum_ - T(1); }

 private:
  T sum_ = 0, small_ = 0;
};

template <class T>
inline void exp_all(T* __restrict e, int64_t n) {
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) e[i] = exp(e[i]);
}

/// The largest of each row and the logarithm of the sum of exp(x - largest). FINITE: of infinite
/// ones 0 is taken off instead, so that what is finite stays so.
template <class T, bool FINITE>
void row_log_sums(const T* x, int64_t rows, int64_t n, T* largest, T* log_sum) {
  constexpr int64_t kBlock = 1024, kRows = 128;  // numbers and rows handled together
  auto shift_of = [](T m) { return FINITE && abs(m) == kInfinity<T> ? T(0) : m; };
  T e[kBlock + 16];
  if (n > kBlock / 2) {
    for (int64_t r = 0; r < rows; ++r) {
      const T* p = x + r * n;
      T m = reduce_run<Max, T>(p, n, T(0)), shift = shift_of(m);
      BlocksBeyondOne<T> beyond;
      for (int64_t start = 0; start < n; start += kBlock) {
        int64_t count = n - start < kBlock ? n - start : kBlock;
        for (int64_t i = 0; i < count; ++i) e[i] = p[start + i] - shift;
        exp_all(e, padded(e, count));
        beyond.add(e, count);
      }
      largest[r] = m;
      log_sum[r] = log1p_inside(beyond.value());
    }
    return;
  }
  int64_t group = kBlock / n < kRows ? kBlock / n : kRows;
  for (int64_t r0 = 0; r0 < rows; r0 += group) {
    int64_t count = rows - r0 < group ? rows - r0 : group;
    T sums[kRows + 16];
    for (int64_t r = 0; r < count; ++r) {
      const T* p = x + (r0 + r) * n;
      T m = reduce_run<Max, T>(p, n, T(0)), shift = shift_of(m);
      T* q = e + r * n;
      for (int64_t i = 0; i < n; ++i) q[i] = p[i] - shift;
      largest[r0 + r] = m;
    }
    exp_all(e, padded(e, count * n));
    log_sums(e, count, n, sums);
    for (int64_t r = 0; r < count; ++r) log_sum[r0 + r] = sums[r];
  }
}

}  // namespace
}  // namespace pyad::inline PYAD_ISA
