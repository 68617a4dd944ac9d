// Optimizer steps and gradient clipping for one instruction set: one walk over the arrays of a
// parameter, which reads and writes memory once, for all formulas.
#include "kernels/isa/optim_formulas.hpp"

namespace pyad::inline PYAD_ISA {
namespace {

template <class T, class Formula, bool kDecay>
void walk_elements(const Formula formula, const StepLoop& s, int64_t begin, int64_t end) {
  T* p = static_cast<T*>(s.param);
  const T* g = static_cast<const T*>(s.grad);
  T* a = static_cast<T*>(s.state[0]);
  T* b = static_cast<T*>(s.state[1]);
  T* c = static_cast<T*>(s.state[2]);
  T sign = static_cast<T>(s.sign), decay = static_cast<T>(s.weight_decay),
    shrink = static_cast<T>(s.shrink);
#pragma GCC ivdep
  for (int64_t i = begin; i < end; ++i) {
    T d = sign * g[i];
    T x = p[i];
    if constexpr (kDecay) d += decay * x;
    x *= shrink;
    formula(i, d, x, a, b, c);
    p[i] = x;
  }
}

template <class T, class Formula>
void walk(const StepLoop& s, int64_t begin, int64_t end) {
  Formula formula(s);
  if (s.weight_decay != 0) return walk_elements<T, Formula, true>(formula, s, begin, end);
  walk_elements<T, Formula, false>(formula, s, begin, end);
}

template <class T>
void fill_steps(OptimKernels* k, int dtype) {
  auto set = [&](StepFormula f, void (*step)(const StepLoop&, int64_t, int64_t)) {
    k->step[static_cast<int>(f)][dtype] = step;
  };
  set(StepFormula::kSgd, walk<T, Sgd<T>>);
  set(StepFormula::kMomentum, walk<T, Momentum<T, false>>);
  set(StepFormula::kNesterov, walk<T, Momentum<T, true>>);
  set(StepFormula::kAdam, walk<T, Adam<T, false>>);
  set(StepFormula::kAmsgrad, walk<T, Adam<T, true>>);
  set(StepFormula::kRmsprop, walk<T, Rmsprop<T, false, false>>);
  set(StepFormula::kRmspropMomentum, walk<T, Rmsprop<T, false, true>>);
  set(StepFormula::kRmspropCentered, walk<T, Rmsprop<T, true, false>>);
  set(StepFormula::kRmspropCenteredMomentum, walk<T, Rmsprop<T, true, true>>);
  set(StepFormula::kAdagrad, walk<T, Adagrad<T>>);
  set(StepFormula::kAdadelta, walk<T, Adadelta<T>>);
  set(StepFormula::kAdamax, walk<T, Adamax<T>>);
  set(StepFormula::kNadam, walk<T, Nadam<T>>);
  set(StepFormula::kRadam, walk<T, Radam<T, false>>);
  set(StepFormula::kRadamRectified, walk<T, Radam<T, true>>);
  set(StepFormula::kRprop, walk<T, Rprop<T>>);
  set(StepFormula::kAsgd, walk<T, Asgd<T, false>>);
  set(StepFormula::kAsgdAveraged, walk<T, Asgd<T, true>>);
}

// ---- clipping

constexpr int kLanes = 16;  // independent sums, so that additions overlap and errors stay small

/// Sums `term` of all elements, in double precision.
template <class T, class Term>
double sum_of(const void* x, int64_t n, Term term) {
  const T* p = static_cast<const T*>(x);
  double sums[kLanes] = {};
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes)
    for (int j = 0; j < kLanes; ++j) sums[j] += term(static_cast<double>(p[i + j]));
  double total = 0;
  for (; i < n; ++i) total += term(static_cast<double>(p[i]));
  for (double s : sums) total += s;
  return total;
}
inline double magnitude(double v) { return v < 0 ? -v : v; }

template <class T>
double squares(const void* x, int64_t n) {
  return sum_of<T>(x, n, [](double v) { return v * v; });
}
template <class T>
double absolutes(const void* x, int64_t n) {
  return sum_of<T>(x, n, [](double v) { return magnitude(v); });
}
template <class T>
double nonzeros(const void* x, int64_t n) {
  return sum_of<T>(x, n, [](double v) { return v != 0 ? 1.0 : 0.0; });
}
/// The largest or smallest magnitude; a NaN wins.
template <class T, bool kLargest>
double extreme(const void* x, int64_t n) {
  const T* p = static_cast<const T*>(x);
  T best = kLargest ? T(0) : static_cast<T>(__builtin_inf()), missing = 0;
  for (int64_t i = 0; i < n; ++i) {
    T v = p[i] < 0 ? -p[i] : p[i];
    best = (kLargest ? v > best : v < best) ? v : best;
    missing = v != v ? T(1) : missing;
  }
  return missing != 0 ? __builtin_nan("") : static_cast<double>(best);
}

template <class T>
void scale(void* x, double factor, int64_t n) {
  T* p = static_cast<T*>(x);
  T f = static_cast<T>(factor);
  for (int64_t i = 0; i < n; ++i) p[i] *= f;
}
template <class T>
void clamp(void* x, double bound, int64_t n) {
  T* p = static_cast<T*>(x);
  T high = static_cast<T>(bound), low = -high;
  for (int64_t i = 0; i < n; ++i) {
    T v = p[i] < low ? low : p[i];
    p[i] = v > high ? high : v;
  }
}

template <class T>
void fill_clipping(OptimKernels* k, int dtype) {
  auto set = [&](NormSum s, double (*f)(const void*, int64_t)) {
    k->norm_sum[static_cast<int>(s)][dtype] = f;
  };
  set(NormSum::kSquares, squares<T>);
  set(NormSum::kAbsolutes, absolutes<T>);
  set(NormSum::kNonzeros, nonzeros<T>);
  set(NormSum::kMaximum, extreme<T, true>);
  set(NormSum::kMinimum, extreme<T, false>);
  k->scale[dtype] = scale<T>;
  k->clamp[dtype] = clamp<T>;
}

}  // namespace

void fill_optim(OptimKernels* k) {
  fill_steps<float>(k, 0);
  fill_steps<double>(k, 1);
  fill_clipping<float>(k, 0);
  fill_clipping<double>(k, 1);
}

}  // namespace pyad::inline PYAD_ISA
