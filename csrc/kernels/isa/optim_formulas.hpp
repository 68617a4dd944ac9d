// The formulas of the optimizer steps, each a struct: made from the numbers of a step, called for
// each element with the gradient `d`, the parameter `p` and the arrays of its state. Apart from the
// walk, which is the same for all.
//
// The order of operations is PyTorch's, so that training runs agree to rounding.
#pragma once

#include "kernels/isa.hpp"
#include "kernels/optim_kernels.hpp"

namespace pyad::inline PYAD_ISA {
namespace {

inline float root(float x) { return __builtin_sqrtf(x); }
inline double root(double x) { return __builtin_sqrt(x); }

/// From a towards b, written the way that is exact at the end nearer to the weight.
template <class T>
struct Lerp {
  T w;
  bool near;
  explicit Lerp(double beta) : w(static_cast<T>(1 - beta)), near(w < T(0.5)) {}
  T operator()(T a, T b) const { return near ? a + w * (b - a) : b - (b - a) * (T(1) - w); }
};

/// A running mean of squares.
template <class T>
struct Squares {
  T keep, rest;
  explicit Squares(double beta) : keep(static_cast<T>(beta)), rest(static_cast<T>(1 - beta)) {}
  T operator()(T mean, T x) const { return mean * keep + rest * x * x; }
};

template <class T>
struct Sgd {
  T step;
  explicit Sgd(const StepLoop& s) : step(static_cast<T>(-s.rate)) {}
  void operator()(int64_t, T d, T& p, T*, T*, T*) const { p += step * d; }
};

/// beta1: momentum; beta2: the gradient's share of it; extra1: the momentum of the look ahead.
template <class T, bool kNesterov>
struct Momentum {
  T mu, rest, ahead, step;
  explicit Momentum(const StepLoop& s)
      : mu(static_cast<T>(s.beta1)),
        rest(static_cast<T>(s.beta2)),
        ahead(static_cast<T>(s.extra1)),
        step(static_cast<T>(-s.rate)) {}
  void operator()(int64_t i, T d, T& p, T* v, T*, T*) const {
    T speed = v[i] = v[i] * mu + rest * d;
    p += step * (kNesterov ? d + ahead * speed : speed);
  }
};

/// extra1: the root of the second moment's bias correction, which is moved from under the fraction
/// into the step size and eps: a division less for each element.
template <class T, bool kAmsgrad>
struct Adam {
  Lerp<T> mean;
  Squares<T> square;
  T step, eps;
  explicit Adam(const StepLoop& s)
      : mean(s.beta1),
        square(s.beta2),
        step(static_cast<T>(-s.rate * s.extra1)),
        eps(static_cast<T>(s.eps * s.extra1)) {}
  void operator()(int64_t i, T d, T& p, T* m, T* v, T* top) const {
    T first = m[i] = mean(m[i], d);
    T second = v[i] = square(v[i], d);
    if constexpr (kAmsgrad) {
      second = top[i] = (second > top[i]) | (second != second) ? second : top[i];
    }
    p += step * first / (root(second) + eps);
  }
};

/// beta1: of the mean of squares; beta2: momentum. Momentum's array is the second, the mean of
/// gradients the third.
template <class T, bool kCentered, bool kMomentum>
struct Rmsprop {
  Lerp<T> mean;
  Squares<T> square;
  T mu, step, eps;
  explicit Rmsprop(const StepLoop& s)
      : mean(s.beta1),
        square(s.beta1),
        mu(static_cast<T>(s.beta2)),
        step(static_cast<T>(-s.rate)),
        eps(static_cast<T>(s.eps)) {}
  void operator()(int64_t i, T d, T& p, T* v, T* momentum, T* m) const {
    T spread = v[i] = square(v[i], d);
    if constexpr (kCentered) {
      T average_grad = m[i] = mean(m[i], d);
      spread -= average_grad * average_grad;
    }
    T average = root(spread) + eps;
    if constexpr (kMomentum) {
      T speed = momentum[i] = momentum[i] * mu + d / average;
      p += step * speed;
    } else {
      p += step * d / average;
    }
  }
};

template <class T>
struct Adagrad {
  T step, eps;
  explicit Adagrad(const StepLoop& s) : step(static_cast<T>(-s.rate)), eps(static_cast<T>(s.eps)) {}
  void operator()(int64_t i, T d, T& p, T* sum, T*, T*) const {
    T total = sum[i] += d * d;
    p += step * d / (root(total) + eps);
  }
};

template <class T>
struct Adadelta {
  Squares<T> square;
  T step, eps;
  explicit Adadelta(const StepLoop& s)
      : square(s.beta1), step(static_cast<T>(-s.rate)), eps(static_cast<T>(s.eps)) {}
  void operator()(int64_t i, T d, T& p, T* v, T* moved, T*) const {
    T second = v[i] = square(v[i], d);
    T before = moved[i], delta = root(before + eps) / root(second + eps) * d;
    moved[i] = square(before, delta);
    p += step * delta;
  }
};

template <class T>
struct Adamax {
  Lerp<T> mean;
  T keep, step, eps;
  explicit Adamax(const StepLoop& s)
      : mean(s.beta1),
        keep(static_cast<T>(s.beta2)),
        step(static_cast<T>(-s.rate)),
        eps(static_cast<T>(s.eps)) {}
  void operator()(int64_t i, T d, T& p, T* m, T* norm, T*) const {
    T first = m[i] = mean(m[i], d);
    T old = norm[i] * keep, now = (d < 0 ? -d : d) + eps;
    T size = norm[i] = (old > now) | (old != old) ? old : now;
    p += step * first / size;
  }
};

/// rate: of the gradient; extra2: of its mean; extra1: the second moment's bias correction.
template <class T>
struct Nadam {
  Lerp<T> mean;
  Squares<T> square;
  T step, mean_step, correction, eps;
  explicit Nadam(const StepLoop& s)
      : mean(s.beta1),
        square(s.beta2),
        step(static_cast<T>(-s.rate)),
        mean_step(static_cast<T>(-s.extra2)),
        correction(static_cast<T>(s.extra1)),
        eps(static_cast<T>(s.eps)) {}
  void operator()(int64_t i, T d, T& p, T* m, T* v, T*) const {
    T first = m[i] = mean(m[i], d);
    T second = v[i] = square(v[i], d);
    T average = root(second / correction) + eps;
    p = p + step * d / average + mean_step * first / average;
  }
};

/// extra1: the first moment's bias correction; extra2: root of the second's; extra3: the
/// rectification.
template <class T, bool kRectified>
struct Radam {
  Lerp<T> mean;
  Squares<T> square;
  T rate, correction, root_correction, rectification, eps;
  explicit Radam(const StepLoop& s)
      : mean(s.beta1),
        square(s.beta2),
        rate(static_cast<T>(s.rate)),
        correction(static_cast<T>(s.extra1)),
        root_correction(static_cast<T>(s.extra2)),
        rectification(static_cast<T>(s.extra3)),
        eps(static_cast<T>(s.eps)) {}
  void operator()(int64_t i, T d, T& p, T* m, T* v, T*) const {
    T first = m[i] = mean(m[i], d);
    T second = v[i] = square(v[i], d);
    T step = first / correction * rate;
    if constexpr (kRectified) {
      step = step * (T(1) / (root(second) + eps) * root_correction) * rectification;
    }
    p -= step;
  }
};

/// beta1, beta2: factors of the step size after a change of sign and without; extra1, extra2: its
/// bounds.
template <class T>
struct Rprop {
  T down, up, low, high;
  explicit Rprop(const StepLoop& s)
      : down(static_cast<T>(s.beta1)),
        up(static_cast<T>(s.beta2)),
        low(static_cast<T>(s.extra1)),
        high(static_cast<T>(s.extra2)) {}
  void operator()(int64_t i, T d, T& p, T* last, T* size, T*) const {
    T same = d * last[i];
    T step = size[i] * (same > 0 ? up : same < 0 ? down : T(1));
    step = step < low ? low : step;
    size[i] = step = step > high ? high : step;
    d = same < 0 ? T(0) : d;
    p -= d > 0 ? step : d < 0 ? -step : T(0);
    last[i] = d;
  }
};

/// extra1: the parameter's share of its average.
template <class T, bool kAveraged>
struct Asgd {
  T step, share;
  explicit Asgd(const StepLoop& s)
      : step(static_cast<T>(-s.rate)), share(static_cast<T>(s.extra1)) {}
  void operator()(int64_t i, T d, T& p, T* average, T*, T*) const {
    p += step * d;
    average[i] = kAveraged ? average[i] + (p - average[i]) * share : p;
  }
};

}  // namespace
}  // namespace pyad::inline PYAD_ISA
