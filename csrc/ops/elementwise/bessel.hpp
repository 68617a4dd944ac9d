// The modified Bessel functions of order 0 and 1.
#pragma once

#include "kernels/math/bessel.hpp"
#include "ops/elementwise/fn.hpp"
#include "ops/elementwise/kind.hpp"

namespace pyad::inline PYAD_ISA {

/// y / x for y = I1(x), of either kind, and its limit 1/2 at 0.
template <class T>
inline T over_argument(const T& y, const T& x) {
  T zero = select(x == T(0.0), T(1.0), T(0.0));
  return select(zero == T(1.0), T(0.5), y / (x + zero));
}

struct I0 : Unary<"i0"> {
  static constexpr Doc doc{"Modified Bessel function of order 0.", "i1(x)", "smooth"};
  static constexpr Domain sample{0.3, 6};
  static constexpr double cost = 24;
  static constexpr const char* namespaces = "special";
  template <class T> PYAD_INLINE static T f(T x) { return i0(x); }
  template <class T> PYAD_INLINE static T df_x(T x) { return i1(x); }
};

struct I0e : Unary<"i0e"> {
  static constexpr Doc doc{"Modified Bessel function of order 0, times exp(-|x|).",
                           "i1e(x) - sign(x) i0e(x)", "0 at 0"};
  static constexpr Domain sample{0.3, 6};
  static constexpr double cost = 24;
  static constexpr bool method = false;
  static constexpr const char* namespaces = "special";
  template <class T> PYAD_INLINE static T f(T x) { return i0e(x); }
  template <class T> PYAD_INLINE static T df_xy(T x, T y) { return i1e(x) - sign(x) * y; }
};

struct I1 : Unary<"i1"> {
  static constexpr Doc doc{"Modified Bessel function of order 1.", "i0(x) - i1(x) / x", "smooth"};
  static constexpr Domain sample{0.3, 6};
  static constexpr double cost = 24;
  static constexpr bool method = false;
  static constexpr const char* namespaces = "special";
  template <class T> PYAD_INLINE static T f(T x) { return i1(x); }
  template <class T> PYAD_INLINE static T df_xy(T x, T y) { return i0(x) - over_argument(y, x); }
};

struct I1e : Unary<"i1e"> {
  static constexpr Doc doc{"Modified Bessel function of order 1, times exp(-|x|).",
                           "i0e(x) - i1e(x) (sign(x) + 1 / x)", "smooth at 0"};
  static constexpr Domain sample{0.3, 6};
  static constexpr double cost = 24;
  static constexpr bool method = false;
  static constexpr const char* namespaces = "special";
  template <class T> PYAD_INLINE static T f(T x) { return i1e(x); }
  template <class T> PYAD_INLINE static T df_xy(T x, T y) {
    return i0e(x) - sign(x) * y - over_argument(y, x);
  }
};

using BesselOps = List<I0, I0e, I1, I1e>;

}  // namespace pyad::inline PYAD_ISA
