// sigmoid, silu, softplus, log_sigmoid and tanh.
//
// Each is a chain of steps that are monotone, rounding included: exp(-x), 1 + e, 1 / u. The shorter
// quotients e / (1 + e) and expm1(2 x) / (expm1(2 x) + 2) are not: their denominators are rounded
// more coarsely than their numerators.
#pragma once

#include "kernels/math/exp.hpp"
#include "kernels/math/log.hpp"
#include "kernels/math/twofold.hpp"

namespace pyad::inline PYAD_ISA {

template <class T>
struct LogisticRange;
template <>
struct LogisticRange<float> {
  static constexpr float tail = -16, low = -110, log_end = 20, tanh_end = 12;
};
template <>
struct LogisticRange<double> {
  static constexpr double tail = -36, low = -760, log_end = 40, tanh_end = 25;
};

/// 1 / (1 + exp(-x)), where 1 + 2^n is exact; in the left tail e - e^2, e = exp(x), which may be
/// subnormal where exp(-x) overflows.
template <std::floating_point T>
inline T sigmoid(T x) {
  bool tail = x < LogisticRange<T>::tail;
  T v = select(tail, x, -x);
  auto e = expm1_raised<kTailRaise<T>>(select(v < ExpRange<T>::low, ExpRange<T>::low, v));
  T scale = e.scale * kLower<T>, far = fused(e.scale, e.m, e.scale) * kLower<T>;
  return select(tail, fused(-far, far, far), T(1) / fused(scale, e.m, scale + T(1)));
}

/// x sigmoid(x). In the left tail x joins the exponential before it is scaled: a subnormal number
/// has few digits.
template <std::floating_point T>
inline T silu(T x) {
  bool tail = x < LogisticRange<T>::tail;
  T v = select(tail, x, -x);
  v = select(v < LogisticRange<T>::low, LogisticRange<T>::low, v);
  auto e = expm1_raised<kTailRaise<T>>(v);
  T scale = e.scale * kLower<T>, part = fused(v, e.m, v);
  T far = fused(-part, fused(scale, e.m, scale), part) * e.scale * kLower<T>;
  return select(tail, far, x / fused(scale, e.m, scale + T(1)));
}

/// log(1 + exp(x)).
template <std::floating_point T>
inline T softplus(T x) {
  T y = log1p_inside(T(exp_scaled(clamped(x, ExpRange<T>::low, LogisticRange<T>::log_end))));
  return select(x > LogisticRange<T>::log_end, x, y);
}

/// log(sigmoid(x)).
template <std::floating_point T>
inline T log_sigmoid(T x) {
  return -softplus(-x);
}

/// 1 - 2 / (exp(2 x) + 1), and an odd polynomial where that cancels.
template <std::floating_point T>
inline T tanh(T x) {
  T a = abs(x), z = a * a;
  T near = fused(a * z, polynomial(z, Coefficients<T>::kTanh), a);
  T e = exp_raised<0>(T(2) * select(a > LogisticRange<T>::tanh_end, LogisticRange<T>::tanh_end, a));
  T far = T(1) - T(2) / (e + T(1));
  return copysign(select(a < T(0.55), near, far), x);
}

/// a^3 (1/3 + rest), where a float has room in no other float for the digits of a^3.
template <class T>
inline T cube_by_third(T a, T rest) {
#if defined(__FMA__)
  if constexpr (!kLong<T>) {
    constexpr T kThird = T(1.0 / 3), kLow = T(1.0 / 3 - double(kThird));
    Twofold<T> square = twofold_product(a, a), cube = twofold_product(a, square.high);
    T low = fused(a, square.low, cube.low);
    return fused(cube.high, kThird, fused(cube.high, rest + kLow, low * kThird));
  }
#endif
  double cube = a;
  cube *= cube * cube;
  return static_cast<T>(cube * (1.0 / 3 + rest));
}

/// x - tanh(x): up to 1 by its series.
template <std::floating_point T>
inline T tanhshrink(T x) {
  T a = abs(x), z = a * a;
  T near = cube_by_third(a, z * horner_from<0, 1>(z, Coefficients<T>::kTanhshrink));
  T e = exp_raised<0>(T(2) * select(a > LogisticRange<T>::tanh_end, LogisticRange<T>::tanh_end, a));
  return copysign(select(a < T(1), near, (a - T(1)) + T(2) / (T(1) + e)), x);
}

}  // namespace pyad::inline PYAD_ISA
