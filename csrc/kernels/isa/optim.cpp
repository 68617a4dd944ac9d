// Optimizer steps for one instruction set.
//
// The order of operations is PyTorch's, so that training runs agree to rounding. A step runs block
// by block through buffers that stay in the first-level cache: each option is one more short loop,
// and memory is read and written once.
#include "kernels/optim_kernels.hpp"

namespace pyad::inline PYAD_ISA {
namespace {

constexpr int64_t kBlock = 1024;

inline float root(float x) { return __builtin_sqrtf(x); }
inline double root(double x) { return __builtin_sqrt(x); }

/// The gradient after maximize and weight decay: `g` itself, or `space`.
template <class T>
const T* effective_grad(const T* g, const T* p, T* __restrict space, int64_t n, bool maximize,
                        double weight_decay) {
  T wd = static_cast<T>(weight_decay);
  if (maximize) {
    if (weight_decay != 0) {
      for (int64_t i = 0; i < n; ++i) space[i] = -g[i] + wd * p[i];
    } else {
      for (int64_t i = 0; i < n; ++i) space[i] = -g[i];
    }
    return space;
  }
  if (weight_decay == 0) return g;
  for (int64_t i = 0; i < n; ++i) space[i] = g[i] + wd * p[i];
  return space;
}

template <class T>
void sgd_block(const SgdLoop& s, int64_t at, int64_t n) {
  T* __restrict p = static_cast<T*>(s.param) + at;
  T space[kBlock], ahead[kBlock];
  const T* d =
      effective_grad(static_cast<const T*>(s.grad) + at, p, space, n, s.maximize, s.weight_decay);
  if (s.momentum_buffer) {
    T* __restrict v = static_cast<T*>(s.momentum_buffer) + at;
    T mu = static_cast<T>(s.momentum), rest = static_cast<T>(1 - s.dampening);
    if (s.first) {
      for (int64_t i = 0; i < n; ++i) v[i] = d[i];
    } else {
      for (int64_t i = 0; i < n; ++i) v[i] = v[i] * mu + rest * d[i];
    }
    if (s.nesterov) {
      for (int64_t i = 0; i < n; ++i) ahead[i] = d[i] + mu * v[i];
      d = ahead;
    } else {
      d = v;
    }
  }
  T step = static_cast<T>(-s.lr);
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) p[i] += step * d[i];
}

template <class T>
void adam_block(const AdamLoop& s, int64_t at, int64_t n) {
  T* __restrict p = static_cast<T*>(s.param) + at;
  T* __restrict m = static_cast<T*>(s.exp_avg) + at;
  T* __restrict v = static_cast<T*>(s.exp_avg_sq) + at;
  T space[kBlock];
  const T* d = effective_grad(static_cast<const T*>(s.grad) + at, p, space, n, s.maximize,
                              s.decoupled ? 0 : s.weight_decay);
  if (s.decoupled && s.weight_decay != 0) {
    T shrink = static_cast<T>(1 - s.lr * s.weight_decay);
    for (int64_t i = 0; i < n; ++i) p[i] *= shrink;
  }
  // lerp, written the way that is exact at the end nearer to the weight.
  T w = static_cast<T>(1 - s.beta1), b2 = static_cast<T>(s.beta2), r2 = static_cast<T>(1 - s.beta2);
  if (w < T(0.5)) {
    for (int64_t i = 0; i < n; ++i) m[i] = m[i] + w * (d[i] - m[i]);
  } else {
    for (int64_t i = 0; i < n; ++i) m[i] = d[i] - (d[i] - m[i]) * (T(1) - w);
  }
  for (int64_t i = 0; i < n; ++i) v[i] = v[i] * b2 + r2 * d[i] * d[i];
  const T* second = v;
  if (s.max_exp_avg_sq) {
    T* __restrict top = static_cast<T*>(s.max_exp_avg_sq) + at;
    for (int64_t i = 0; i < n; ++i) top[i] = (v[i] > top[i]) | (v[i] != v[i]) ? v[i] : top[i];
    second = top;
  }
  T step = static_cast<T>(-s.step_size), correction = static_cast<T>(s.root_correction),
    eps = static_cast<T>(s.eps);
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) p[i] += step * m[i] / (root(second[i]) / correction + eps);
}

template <class T>
void sgd(const SgdLoop& s, int64_t begin, int64_t end) {
  for (int64_t at = begin; at < end; at += kBlock)
    sgd_block<T>(s, at, end - at < kBlock ? end - at : kBlock);
}
template <class T>
void adam(const AdamLoop& s, int64_t begin, int64_t end) {
  for (int64_t at = begin; at < end; at += kBlock)
    adam_block<T>(s, at, end - at < kBlock ? end - at : kBlock);
}

}  // namespace

void fill_optim(OptimKernels* k) {
  k->sgd[0] = sgd<float>;
  k->sgd[1] = sgd<double>;
  k->adam[0] = adam<float>;
  k->adam[1] = adam<double>;
}

}  // namespace pyad::inline PYAD_ISA
