// Weights of attention from scores, and the way back, for one instruction set.
#include "core/interrupt.hpp"
#include "kernels/attention_kernels.hpp"
#include "kernels/reduce_run.hpp"

namespace pyad::inline PYAD_ISA {
namespace {

constexpr int64_t kBlock = 1024;
constexpr int64_t kPolled = 64;  // rows between questions for Ctrl-C

template <class T>
void weigh(Scores s, ScoreMask mask) {
  for (int64_t r = 0; r < s.rows; ++r) {
    if (r % kPolled == kPolled - 1) poll_kernel();
    T* __restrict p = static_cast<T*>(s.data) + r * s.n;
    int64_t n = mask.causal && r + 1 < s.n ? r + 1 : s.n;
    if (mask.data) {
      const T* m = static_cast<const T*>(mask.data) + r * mask.row_stride;
      if (mask.col_stride == 1) {
        for (int64_t i = 0; i < n; ++i) p[i] += m[i];
      } else {
        for (int64_t i = 0; i < n; ++i) p[i] += m[i * mask.col_stride];
      }
    }
    T top = reduce_run<Max, T>(p, n, T(0));
    if (top == -static_cast<T>(__builtin_inf())) {
      for (int64_t i = 0; i < s.n; ++i) p[i] = T(0);
      continue;
    }
#pragma GCC ivdep
    for (int64_t i = 0; i < n; ++i) p[i] = exp(p[i] - top);
    T sum = reduce_run<Sum, T>(p, n, T(0));
    for (int64_t i = 0; i < n; ++i) p[i] = p[i] / sum;
    for (int64_t i = n; i < s.n; ++i) p[i] = T(0);
  }
}

template <class T>
void pull(Scores s, const void* weights) {
  T along[kBlock];
  for (int64_t r = 0; r < s.rows; ++r) {
    if (r % kPolled == kPolled - 1) poll_kernel();
    T* __restrict g = static_cast<T*>(s.data) + r * s.n;
    const T* p = static_cast<const T*>(weights) + r * s.n;
    T total = 0;
    for (int64_t start = 0; start < s.n; start += kBlock) {
      int64_t count = s.n - start < kBlock ? s.n - start : kBlock;
      for (int64_t i = 0; i < count; ++i) along[i] = g[start + i] * p[start + i];
      total += reduce_run<Sum, T>(along, count, T(0));
    }
    for (int64_t i = 0; i < s.n; ++i) g[i] = p[i] * (g[i] - total);
  }
}

}  // namespace

void fill_attention(AttentionKernels* k) {
  k->loops[0] = {weigh<float>, pull<float>};
  k->loops[1] = {weigh<double>, pull<double>};
}

}  // namespace pyad::inline PYAD_ISA
