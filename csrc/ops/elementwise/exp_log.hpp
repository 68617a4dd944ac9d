// Exponentials, logarithms and the error function.
#pragma once

#include "ops/elementwise/fn.hpp"
#include "ops/elementwise/kind.hpp"

namespace pyad::inline PYAD_ISA {

inline constexpr double kLn10 = 2.30258509299404568402;
inline constexpr double kTwoOverRootPi = 1.12837916709551257390;

struct Exp : Unary<"exp"> {
  static constexpr Doc doc{"e to the power x.", "y", "smooth"};
  static constexpr Domain sample{-3, 3};
  template <class T> static T f(T x) { return exp(x); }
  template <class T> static T df_y(T y) { return y; }
};

struct Exp2 : Unary<"exp2"> {
  static constexpr Doc doc{"2 to the power x.", "ln(2) y; by x where y is infinite", "smooth"};
  static constexpr Domain sample{-3, 3};
  static constexpr const char* namespaces = "special";
  template <class T> static T f(T x) { return exp2(x); }
  using Slope = SlopeOfExp2;
  template <class T> static T df_xy(T x, T y) { return exp2_slope(y, x); }
};

struct Expm1 : Unary<"expm1"> {
  static constexpr Doc doc{"exp(x) - 1, accurate near 0.", "exp(x)", "smooth"};
  static constexpr Domain sample{-3, 3};
  static constexpr const char* namespaces = "special";
  template <class T> static T f(T x) { return expm1(x); }
  // Not y + 1: that cancels where exp(x) is small.
  template <class T> static T df_x(T x) { return exp(x); }
};

struct Log : Unary<"log"> {
  static constexpr Doc doc{"Natural logarithm; NaN below 0.", "1 / x", "infinite at 0"};
  static constexpr Domain sample{0.2, 5};
  template <class T> static T f(T x) { return log(x); }
  template <class T> static T pullf_x(T g, T x) { return g / x; }
};

struct Log2 : Unary<"log2"> {
  static constexpr Doc doc{"Logarithm to base 2.", "1 / (x ln 2)", "infinite at 0"};
  static constexpr Domain sample{0.2, 5};
  template <class T> static T f(T x) { return log2(x); }
  template <class T> static T pullf_x(T g, T x) { return g / (x * T(kLn2)); }
};

struct Log10 : Unary<"log10"> {
  static constexpr Doc doc{"Logarithm to base 10.", "1 / (x ln 10)", "infinite at 0"};
  static constexpr Domain sample{0.2, 5};
  template <class T> static T f(T x) { return log10(x); }
  template <class T> static T pullf_x(T g, T x) { return g / (x * T(kLn10)); }
};

struct Log1p : Unary<"log1p"> {
  static constexpr Doc doc{"log(1 + x), accurate near 0.", "1 / (1 + x)", "infinite at -1"};
  static constexpr Domain sample{-0.7, 4};
  static constexpr const char* namespaces = "special";
  template <class T> static T f(T x) { return log1p(x); }
  template <class T> static T pullf_x(T g, T x) { return g / (T(1.0) + x); }
};

struct Xlogy : Binary<"xlogy"> {
  static constexpr Doc doc{"a log(b), and 0 where a = 0 unless b is NaN.", "log(b), a / b",
                           "by a: 0 where a = 0 and b <= 0"};
  static constexpr Domain sample{-3, 3};
  static constexpr const char* namespaces = "special";
  static constexpr Domain sample_b{0.2, 4};
  template <class T> static T f(T a, T b) { return xlogy(a, b); }
  template <class T> static T pulla_ab(T g, T a, T b) {
    T safe = select(b <= T(0.0), T(1.0), b);
    return xlogy(g, select(a == T(0.0), safe, b));
  }
  template <class T> static T pullb_ab(T g, T a, T b) { return g * (a / b); }
};

/// exp(-x^2): for numbers in kernels/math, where the error of x^2 does not count.
template <class T>
  requires(!std::is_arithmetic_v<T>)
inline T gaussian(const T& x) {
  return vanishing(x, [](const T& u) { return exp(-(u * u)); });
}

struct Erf : Unary<"erf"> {
  static constexpr Doc doc{"Error function.", "2 exp(-x^2) / sqrt(pi)", "smooth"};
  static constexpr Domain sample{-2, 2};
  static constexpr const char* namespaces = "special";
  template <class T> static T f(T x) { return erf(x); }
  template <class T> static T df_x(T x) { return T(kTwoOverRootPi) * gaussian(x); }
};

struct Erfc : Unary<"erfc"> {
  static constexpr Doc doc{"1 - erf(x), accurate for large x.", "-2 exp(-x^2) / sqrt(pi)",
                           "smooth"};
  static constexpr Domain sample{-2, 2};
  static constexpr const char* namespaces = "special";
  template <class T> static T f(T x) { return erfc(x); }
  template <class T> static T df_x(T x) { return T(-kTwoOverRootPi) * gaussian(x); }
};

using ExpLogOps = List<Exp, Exp2, Expm1, Log, Log2, Log10, Log1p, Xlogy, Erf, Erfc>;

}  // namespace pyad::inline PYAD_ISA
