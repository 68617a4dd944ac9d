// Powers, roots and reciprocals.
#pragma once

#include "ops/elementwise/fn.hpp"
#include "ops/elementwise/integer.hpp"
#include "ops/elementwise/kind.hpp"

namespace pyad::inline PYAD_ISA {

// Note [Derivatives of a power]
// d(a^b)/da = b a^(b-1) is 0 for b = 0, whatever a: where a is 0 or NaN the product would say NaN,
// so there the base is replaced by 1 rather than the result by 0. Hence the mixed second derivative
// at b = 0 is still 1/a. d(a^b)/db = a^b log a is 0 at a = 0 for b >= 0, in the same way. What these
// replacements hide from a second derivative, `slope_by_base` and `slope_by_exponent` put back: at
// a = 0 the mixed one has no finite limit for b in [0, 1], nor has the second by b for b = 0.
struct Pow : Binary<"pow"> {
  static constexpr const char* operands[] = {"input", "exponent"};
  static constexpr Doc doc{"a to the power b; for integers a negative power is 0 unless |a| is 1.",
                           "b a^(b-1), y log(a)",
                           "by a: 0 where b = 0; by b: 0 where a = 0 and b >= 0, NaN for a < 0"};
  static constexpr Domain sample{0.3, 2.5};
  static constexpr Domain sample_b{-2.5, 2.5};
  static constexpr Accept accept = Accept::kNumeric;
  static constexpr Squares squares = Squares::kByTwo;
  static constexpr bool rejects_negative_integer_exponent = true;
  template <class T> static T f(T a, T b) {
    if constexpr (std::is_floating_point_v<T>)
      return pow(a, b);
    else
      return whole_power(a, b);
  }
  // Note [Powers]
  template <std::floating_point T> static auto attempt(T a, T b) { return attempt_pow(a, b); }
  template <std::floating_point T> static auto attempt_pulla(T g, T a, T b) {
    auto power = attempt_pow(a, b - T(1));
    power.value = g * (b * power.value);
    return power;
  }
  // One exponent for all elements, as almost every power has: the small whole ones are products.
  // `use` gets the formula of a; false where there is none.
  template <class T, class Use>
    requires std::is_floating_point_v<T>
  static bool with_scalar_b(T b, Use use) {
    if (b == T(1)) return use([](T a) { return a; }), true;
    if (b == T(2)) return use([](T a) { return a * a; }), true;
    if (b == T(3)) return use([](T a) { return a * a * a; }), true;
    if (b == T(4)) return use([](T a) { return (a * a) * (a * a); }), true;
    if (b == T(-1)) return use([](T a) { return T(1) / a; }), true;
    if (b == T(-2)) return use([](T a) { return (T(1) / a) * (T(1) / a); }), true;
    return false;
  }
  template <class T, class Use>
    requires std::is_floating_point_v<T>
  static bool pulla_with_scalar_b(T b, Use use) {
    return b != T(0) && with_scalar_b(b - T(1), [&](auto power) {
             use([=](T g, T a) { return g * (b * power(a)); });
           });
  }
  template <class T> static T pulla_ab(T g, T a, T b) {
    T one = T(1.0);
    T safe = select(a == T(0.0), one, select(is_nan(a), one, a));
    T base = select(b == T(0.0), safe, a);
    return g * slope_by_base(b * power_below(base, b), a, b);
  }
  template <class T> static T pullb_aby(T g, T a, T b, T y) {
    T base = select(a == T(0.0), select(b >= T(0.0), T(1.0), a), a);
    return g * slope_by_exponent(y * log(base), a, b);
  }
};

struct Square : Unary<"square"> {
  static constexpr Doc doc{"x^2.", "2 x", "smooth"};
  static constexpr Domain sample{-3, 3};
  static constexpr Accept accept = Accept::kNumeric;
  static constexpr Squares squares = Squares::kAlways;
  template <class T> static T f(T x) { return times(x, x); }
  template <class T> static T df_x(T x) { return T(2.0) * x; }
};

struct Sqrt : Unary<"sqrt"> {
  static constexpr Doc doc{"Square root; NaN below 0.", "1 / (2 y)", "infinite at 0"};
  static constexpr Domain sample{0.2, 4};
  template <class T> static T f(T x) { return sqrt(x); }
  template <class T> static T pullf_y(T g, T y) { return g / (T(2.0) * y); }
};

struct Rsqrt : Unary<"rsqrt"> {
  static constexpr Doc doc{"Reciprocal of the square root.", "-y^3 / 2", "infinite at 0"};
  static constexpr Domain sample{0.2, 4};
  template <class T> static T f(T x) { return T(1) / sqrt(x); }
  template <class T> static T df_y(T y) { return T(-0.5) * (y * y * y); }
};

struct Cbrt : Unary<"cbrt"> {
  static constexpr Doc doc{"Cube root, of negative numbers too.", "1 / (3 y^2)", "infinite at 0"};
  static constexpr Domain sample{0.2, 4};
  template <class T> static T f(T x) { return cbrt(x); }
  template <class T> static T pullf_y(T g, T y) {
    return vanishing(y, [&](const T& u) { return g / (T(3.0) * (u * u)); });
  }
};

struct Reciprocal : Unary<"reciprocal"> {
  static constexpr Doc doc{"1 / x.", "-y^2", "infinite at 0"};
  static constexpr Domain sample{0.3, 3};
  template <class T> static T f(T x) { return T(1) / x; }
  template <class T> static T df_y(T y) { return -(y * y); }
};

struct Hypot : Binary<"hypot"> {
  static constexpr Doc doc{"sqrt(a^2 + b^2), without overflow on the way.", "a / y, b / y",
                           "0 at (0, 0)"};
  static constexpr Domain sample{-3, 3};
  static constexpr bool root = true;
  template <std::floating_point T> static auto attempt(T a, T b) { return attempt_hypot(a, b); }
  template <class T> static T f(T a, T b) {
    auto near = attempt_hypot(a, b);
    return select(is_beyond(near.beyond), hypot(a, b), near.value);
  }
  template <class T> static T pulla_ay(T g, T a, T y) { return scaled_unit(g, a, y); }
  template <class T> static T pullb_by(T g, T b, T y) { return scaled_unit(g, b, y); }
};

using PowerOps = List<Pow, Square, Sqrt, Rsqrt, Cbrt, Reciprocal, Hypot>;

}  // namespace pyad::inline PYAD_ISA
