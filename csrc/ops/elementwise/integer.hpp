// Arithmetic in which nothing is undefined: for integers sums and products wrap, division by zero
// is zero and the most negative number may be divided by -1; for bools a sum is "or", a product
// "and". For floating numbers, the plain operators.
#pragma once

#include <bit>
#include <cstdint>

#include "ops/elementwise/fn.hpp"

namespace pyad::inline PYAD_ISA {

/// The unsigned type in which integers of type T are added and multiplied.
template <class T>
using Wrapping = std::conditional_t<sizeof(T) == 8, uint64_t, uint32_t>;

template <class T>
inline T plus(T a, T b) {
  if constexpr (std::is_floating_point_v<T>)
    return a + b;
  else if constexpr (std::is_same_v<T, bool>)
    return a | b;
  else
    return T(Wrapping<T>(a) + Wrapping<T>(b));
}

template <class T>
inline T minus(T a, T b) {
  if constexpr (std::is_floating_point_v<T>)
    return a - b;
  else
    return T(Wrapping<T>(a) - Wrapping<T>(b));
}

template <class T>
inline T times(T a, T b) {
  if constexpr (std::is_floating_point_v<T>)
    return a * b;
  else if constexpr (std::is_same_v<T, bool>)
    return a & b;
  else
    return T(Wrapping<T>(a) * Wrapping<T>(b));
}

template <class T>
inline T negated(T x) {
  if constexpr (std::is_floating_point_v<T>)
    return -x;
  else
    return T(Wrapping<T>(0) - Wrapping<T>(x));
}

template <class T>
inline T magnitude(T x) {
  if constexpr (std::is_floating_point_v<T>)
    return abs(x);
  else if constexpr (std::is_unsigned_v<T>)
    return x;
  else
    return x < 0 ? negated(x) : x;
}

/// Quotient and remainder as in C: towards zero, sign of a.
template <class T>
inline T quotient(T a, T b) {
  if (b == T(0)) return T(0);
  if constexpr (std::is_signed_v<T>)
    if (b == T(-1)) return negated(a);
  return T(a / b);
}
template <class T>
inline T rest(T a, T b) {
  if (b == T(0)) return T(0);
  if constexpr (std::is_signed_v<T>)
    if (b == T(-1)) return T(0);
  return T(a % b);
}

/// Quotient and remainder as in Python: downwards, sign of b.
template <class T>
inline T floor_quotient(T a, T b) {
  bool down = rest(a, b) != T(0) && (a < T(0)) != (b < T(0));
  return T(quotient(a, b) - T(down));
}
template <class T>
inline T floor_rest(T a, T b) {
  T r = rest(a, b);
  return r != T(0) && (r < T(0)) != (b < T(0)) ? T(r + b) : r;
}

/// a to the power b; a negative power is the reciprocal rounded to zero.
template <class T>
inline T whole_power(T a, T b) {
  if constexpr (std::is_signed_v<T>) {
    if (b < 0) return a == 1 ? T(1) : a == -1 ? (b & 1 ? T(-1) : T(1)) : T(0);
  }
  T y = 1;
  for (; b; b = T(b >> 1)) {
    if (b & 1) y = times(y, a);
    a = times(a, a);
  }
  return y;
}

/// A numeric parameter in the type of the elements; for integers it came as the bits of one.
template <class T>
inline T bound(double p) {
  if constexpr (std::is_integral_v<T>)
    return T(std::bit_cast<int64_t>(p));
  else
    return T(p);
}

/// x between two numeric parameters. A NaN bound makes NaN of everything, so it must not lose the
/// comparison.
template <class T>
inline T between(T x, const double* p) {
  T low = bound<T>(p[0]), high = bound<T>(p[1]);
  T raised = select((x < low) | is_nan(low), low, x);
  return select((raised > high) | is_nan(high), high, raised);
}

}  // namespace pyad::inline PYAD_ISA
