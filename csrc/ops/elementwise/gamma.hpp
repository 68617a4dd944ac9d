// The gamma function's family.
#pragma once

#include "kernels/math/polygamma.hpp"
#include "ops/elementwise/fn.hpp"
#include "ops/elementwise/kind.hpp"

namespace pyad::inline PYAD_ISA {

/// The derivative of digamma: for numbers in kernels/math, which knows it without a series.
template <class T>
  requires(!std::is_arithmetic_v<T>)
inline T trigamma(const T& x) {
  return polygamma(T(1.0), x);
}

struct Lgamma : Unary<"lgamma"> {
  static constexpr Doc doc{"Logarithm of the absolute value of the gamma function.", "digamma(x)",
                           "NaN at the poles -1, -2, ..."};
  static constexpr Domain sample{0.3, 6};
  static constexpr const char* aliases = "special.gammaln";
  static constexpr double cost = 24;
  template <class T> static auto beyond(T x) { return beyond_positive(x); }
  template <class T> PYAD_INLINE static T f(T x) { return lgamma(x); }
  template <class T> PYAD_INLINE static T df_x(T x) { return digamma(x); }
};

struct Digamma : Unary<"digamma"> {
  static constexpr Doc doc{"Logarithmic derivative of the gamma function; NaN at -1, -2, ...",
                           "polygamma(1, x)", "infinite at the poles"};
  static constexpr Domain sample{0.3, 6};
  static constexpr const char* namespaces = "special";
  static constexpr const char* aliases = "special.psi";
  static constexpr double cost = 24;
  template <class T> static auto beyond(T x) { return beyond_positive(x); }
  template <class T> PYAD_INLINE static T f(T x) { return digamma(x); }
  template <class T> PYAD_INLINE static T df_x(T x) { return trigamma(x); }
};

// Called with a whole number as first operand: the row in composite.cpp. In vectors for the first
// order, which is what derivatives ask for.
struct Polygamma : Binary<"polygamma"> {
  static constexpr Doc doc{"Derivative of order n of digamma, n a whole number from 0 on.",
                           "none, polygamma(n + 1, x)", "infinite at the poles"};
  static constexpr Domain sample{1, 1};
  static constexpr Domain sample_b{0.3, 6};
  static constexpr bool method = false;
  static constexpr double cost = 64;
  template <class T> static T f(T n, T x) { return polygamma(n, x); }
  template <std::floating_point T> static Attempt<T> attempt(T n, T x) {
    return {trigamma(x), n == T(1) ? BitsOf<T>(0) : kSignBit<T>};
  }
  template <class T> static T db_ab(T n, T x) { return polygamma(n + T(1.0), x); }
};

using GammaOps = List<Lgamma, Digamma, Polygamma>;

}  // namespace pyad::inline PYAD_ISA
