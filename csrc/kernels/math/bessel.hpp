// The modified Bessel functions I0 and I1, plain and times exp(-|x|), computed in double.
//
// Chebyshev series on [0, 8] and [8, inf), summed by Clenshaw's recurrence; tools/chebyshev_bessel.py
// derives them.
#pragma once

#include "kernels/math/bessel_coefficients.hpp"
#include "kernels/math/exp.hpp"
#include "kernels/math/root.hpp"
#include "kernels/math/twofold.hpp"

namespace pyad::inline PYAD_ISA {

/// Sum of c[k] T_k(t); `twice` is 2 t.
template <int K, size_t N>
PYAD_INLINE double chebyshev_from(double twice, double b1, double b2, const double (&c)[N]) {
  if constexpr (K == 0)
    return fused(0.5 * twice, b1, c[0] - b2);
  else
    return chebyshev_from<K - 1>(twice, fused(twice, b1, c[K] - b2), b1, c);
}
template <size_t N>
PYAD_INLINE double chebyshev(double twice, const double (&c)[N]) {
  return chebyshev_from<static_cast<int>(N) - 2>(twice, c[N - 1], 0.0, c);
}

// Without FMA the loops are not worth their size (Note [Size] in csrc/CMakeLists.txt).
#if defined(__FMA__)
#define PYAD_SERIES PYAD_INLINE
#else
#define PYAD_SERIES [[gnu::noinline]] inline
#endif

/// exp(-a) I0(a) and exp(-a) I1(a) for a >= 0.
PYAD_SERIES double bessel0_scaled(double a) {
  using C = BesselCoefficients;
  double inside = select(a < 8.0, a, 8.0), outside = select(a > 8.0, a, 8.0);
  double near = chebyshev(fused(0.5, inside, -2.0), C::kNear0);
  double far = chebyshev(32 / outside - 2, C::kFar0) / root(outside);
  return select(a != a, a, select(a < 8.0, near, far));
}
PYAD_SERIES double bessel1_scaled(double a) {
  using C = BesselCoefficients;
  double inside = select(a < 8.0, a, 8.0), outside = select(a > 8.0, a, 8.0);
  double near = chebyshev(fused(0.5, inside, -2.0), C::kNear1) * (inside / (1 + inside));
  double far = chebyshev(32 / outside - 2, C::kFar1) / root(outside);
  return select(a != a, a, select(a < 8.0, near, far));
}

#undef PYAD_SERIES

/// exp(a) y without overflow before the result does.
PYAD_INLINE double raised(double a, double y) {
  double half = exp(0.5 * a);
  return select(a < kInfinity<double>, half * y * half, a);
}

template <std::floating_point T>
PYAD_INLINE T i0e(T x) {
  return static_cast<T>(bessel0_scaled(abs(static_cast<double>(x))));
}
template <std::floating_point T>
PYAD_INLINE T i1e(T x) {
  return static_cast<T>(
      copysign(bessel1_scaled(abs(static_cast<double>(x))), static_cast<double>(x)));
}
template <std::floating_point T>
PYAD_INLINE T i0(T x) {
  double a = abs(static_cast<double>(x));
  return static_cast<T>(raised(a, bessel0_scaled(a)));
}
template <std::floating_point T>
PYAD_INLINE T i1(T x) {
  double a = abs(static_cast<double>(x));
  return static_cast<T>(copysign(raised(a, bessel1_scaled(a)), static_cast<double>(x)));
}

}  // namespace pyad::inline PYAD_ISA
