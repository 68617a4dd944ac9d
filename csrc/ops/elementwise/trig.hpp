// Trigonometric and hyperbolic functions and their inverses.
#pragma once

#include "ops/elementwise/fn.hpp"
#include "ops/elementwise/kind.hpp"

namespace pyad::inline PYAD_ISA {

struct Sin : Unary<"sin"> {
  static constexpr Doc doc{"Sine.", "cos(x)", "smooth"};
  static constexpr Domain sample{-4, 4};
  template <class T> static auto beyond(T x) { return pyad::beyond(x); }
  template <class T> static T f(T x) { return sin(x); }
  template <class T> static T df_x(T x) { return cos(x); }
};

struct Cos : Unary<"cos"> {
  static constexpr Doc doc{"Cosine.", "-sin(x)", "smooth"};
  static constexpr Domain sample{-4, 4};
  template <class T> static auto beyond(T x) { return pyad::beyond(x); }
  template <class T> static T f(T x) { return cos(x); }
  template <class T> static T df_x(T x) { return -sin(x); }
};

struct Tan : Unary<"tan"> {
  static constexpr Doc doc{"Tangent.", "1 + y^2", "smooth between the poles"};
  static constexpr Domain sample{-1.2, 1.2};
  template <class T> static auto beyond(T x) { return pyad::beyond(x); }
  template <class T> static T f(T x) { return tan(x); }
  template <class T> static T df_y(T y) { return T(1.0) + y * y; }
};

struct Asin : Unary<"asin"> {
  static constexpr Doc doc{"Inverse sine; NaN outside [-1, 1].", "1 / sqrt(1 - x^2)",
                           "infinite at -1 and 1"};
  static constexpr Domain sample{-0.9, 0.9};
  static constexpr const char* aliases = "arcsin";
  template <class T> static T f(T x) { return asin(x); }
  template <class T> static T pullf_x(T g, T x) { return g / sqrt(one_minus_square(x)); }
};

struct Acos : Unary<"acos"> {
  static constexpr Doc doc{"Inverse cosine; NaN outside [-1, 1].", "-1 / sqrt(1 - x^2)",
                           "infinite at -1 and 1"};
  static constexpr Domain sample{-0.9, 0.9};
  static constexpr const char* aliases = "arccos";
  template <class T> static T f(T x) { return acos(x); }
  template <class T> static T pullf_x(T g, T x) { return -g / sqrt(one_minus_square(x)); }
};

struct Atan : Unary<"atan"> {
  static constexpr Doc doc{"Inverse tangent.", "1 / (1 + x^2)", "smooth"};
  static constexpr Domain sample{-4, 4};
  static constexpr const char* aliases = "arctan";
  template <class T> static T f(T x) { return atan(x); }
  template <class T> static T pullf_x(T g, T x) {
    return vanishing(x, [&](const T& u) { return g / (T(1.0) + u * u); });
  }
};

struct Atan2 : Binary<"atan2"> {
  static constexpr Doc doc{"Angle of the point (b, a), in [-pi, pi].",
                           "b / (a^2 + b^2), -a / (a^2 + b^2)", "0 at (0, 0)"};
  static constexpr Domain sample{0.3, 3};
  static constexpr Domain sample_b{-3, 3};
  static constexpr const char* aliases = "arctan2";
  template <class T> static T f(T a, T b) { return atan2(a, b); }
  template <class T> static T pulla_ab(T g, T a, T b) { return g * over_squares(b, a, b); }
  template <class T> static T pullb_ab(T g, T a, T b) { return -g * over_squares(a, a, b); }
  // Note [Powers]
  template <std::floating_point T> static auto attempt_pulla(T g, T a, T b) {
    auto slope = attempt_over_squares(b, a, b);
    slope.value = g * slope.value;
    return slope;
  }
  template <std::floating_point T> static auto attempt_pullb(T g, T a, T b) {
    auto slope = attempt_over_squares(a, a, b);
    slope.value = -g * slope.value;
    return slope;
  }
};

struct Sinh : Unary<"sinh"> {
  static constexpr Doc doc{"Hyperbolic sine.", "cosh(x)", "smooth"};
  static constexpr Domain sample{-3, 3};
  template <class T> static T f(T x) { return sinh(x); }
  template <class T> static T df_x(T x) { return cosh(x); }
};

struct Cosh : Unary<"cosh"> {
  static constexpr Doc doc{"Hyperbolic cosine.", "sinh(x)", "smooth"};
  static constexpr Domain sample{-3, 3};
  template <class T> static T f(T x) { return cosh(x); }
  template <class T> static T df_x(T x) { return sinh(x); }
};

struct Tanh : Unary<"tanh"> {
  static constexpr Doc doc{"Hyperbolic tangent.", "1 - y^2; by x where |y| is near 1", "smooth"};
  static constexpr Domain sample{-4.0, 4.0};
  template <class T> static T f(T x) { return tanh(x); }
  using Slope = SlopeOfTanh;
  template <class T> static T df_xy(T x, T y) { return tanh_slope(y, x); }
};

struct Asinh : Unary<"asinh"> {
  static constexpr Doc doc{"Inverse hyperbolic sine.", "1 / sqrt(x^2 + 1)", "smooth"};
  static constexpr Domain sample{-4, 4};
  static constexpr const char* aliases = "arcsinh";
  template <class T> static T f(T x) { return asinh(x); }
  template <class T> static T pullf_x(T g, T x) {
    return vanishing(x, [&](const T& u) { return g / secant(u); });
  }
};

struct Acosh : Unary<"acosh"> {
  static constexpr Doc doc{"Inverse hyperbolic cosine; NaN below 1.", "1 / sqrt(x^2 - 1)",
                           "infinite at 1"};
  static constexpr Domain sample{1.2, 5};
  static constexpr const char* aliases = "arccosh";
  template <class T> static T f(T x) { return acosh(x); }
  template <class T> static T pullf_x(T g, T x) {
    return vanishing(x, [&](const T& u) { return g / cosecant(u); });
  }
};

struct Atanh : Unary<"atanh"> {
  static constexpr Doc doc{"Inverse hyperbolic tangent; NaN outside [-1, 1].", "1 / (1 - x^2)",
                           "infinite at -1 and 1"};
  static constexpr Domain sample{-0.9, 0.9};
  static constexpr const char* aliases = "arctanh";
  template <class T> static T f(T x) { return atanh(x); }
  template <class T> static T pullf_x(T g, T x) { return g / one_minus_square(x); }
};

using TrigOps = List<Sin, Cos, Tan, Asin, Acos, Atan, Atan2, Sinh, Cosh, Tanh, Asinh, Acosh, Atanh>;

}  // namespace pyad::inline PYAD_ISA
