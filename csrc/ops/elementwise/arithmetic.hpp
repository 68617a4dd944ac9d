// Arithmetic: sums, products, quotients, remainders, and mixtures of three operands.
#pragma once

#include "kernels/math/base.hpp"
#include "ops/elementwise/integer.hpp"
#include "ops/elementwise/kind.hpp"

namespace pyad::inline PYAD_ISA {

struct Add : Binary<"add"> {
  static constexpr Doc doc{"Sum of the operands.", "1, 1", "smooth"};
  static constexpr Domain sample{-3, 3};
  static constexpr Accept accept = Accept::kAny;
  template <class T> static T f(T a, T b) { return plus(a, b); }
  template <class T> static T da() { return T(1.0); }
  template <class T> static T db() { return T(1.0); }
};

struct Sub : Binary<"sub"> {
  static constexpr Doc doc{"Difference of the operands.", "1, -1", "smooth"};
  static constexpr Domain sample{-3, 3};
  static constexpr Accept accept = Accept::kNumeric;
  static constexpr const char* aliases = "subtract";
  template <class T> static T f(T a, T b) { return minus(a, b); }
  template <class T> static T da() { return T(1.0); }
  template <class T> static T db() { return T(-1.0); }
};

struct Mul : Binary<"mul"> {
  static constexpr Doc doc{"Product of the operands.", "b, a", "smooth"};
  static constexpr Squares squares = Squares::kByItself;
  static constexpr Domain sample{-3, 3};
  static constexpr Accept accept = Accept::kAny;
  static constexpr const char* aliases = "multiply";
  template <class T> static T f(T a, T b) { return times(a, b); }
  template <class T> static T da_b(T b) { return b; }
  template <class T> static T db_a(T a) { return a; }
};

struct Div : Binary<"div"> {
  static constexpr Doc doc{"True quotient of the operands.", "1 / b, -y / b",
                           "smooth; at b = 0 the quotients are infinite or NaN"};
  static constexpr Domain sample{-3, 3};
  static constexpr Domain sample_b{0.5, 3};
  static constexpr const char* aliases = "divide true_divide";
  static constexpr bool by_operands = true;
  template <class T> static T f(T a, T b) { return a / b; }
  template <class T> static T pulla_b(T g, T b) { return g / b; }
  template <class T> static T pullb_by(T g, T b, T y) { return -g * (y / b); }
};

struct FloorDivide : Binary<"floor_divide"> {
  static constexpr Doc doc{"Quotient rounded down; for integers, 0 where the divisor is 0.", "0, 0",
                           "0 at the jumps too"};
  static constexpr Domain sample{-7, 7};
  static constexpr Domain sample_b{0.5, 3};
  static constexpr Accept accept = Accept::kNumeric;
  static constexpr bool rejects_integer_zero = true;
  template <class T> static T f(T a, T b) {
    if constexpr (std::is_floating_point_v<T>)
      return floor_divide(a, b);
    else
      return floor_quotient(a, b);
  }
  template <std::floating_point T> static T near_f(T a, T b) { return near_floor_divide(a, b); }
  template <class T> static T da() { return T(0.0); }
  template <class T> static T db() { return T(0.0); }
};

struct TruncDivide : Binary<"trunc_divide"> {
  static constexpr Doc doc{"Quotient rounded towards zero; for integers, 0 where the divisor is 0.",
                           "0, 0", "0 at the jumps too"};
  static constexpr Domain sample{-7, 7};
  static constexpr Domain sample_b{0.5, 3};
  static constexpr Accept accept = Accept::kNumeric;
  static constexpr Use use = Use::kComposites;
  static constexpr bool rejects_integer_zero = true;
  template <class T> static T f(T a, T b) {
    if constexpr (std::is_floating_point_v<T>)
      return trunc_divide(a, b);
    else
      return quotient(a, b);
  }
  template <class T> static T da() { return T(0.0); }
  template <class T> static T db() { return T(0.0); }
};

struct Fmod : Binary<"fmod"> {
  static constexpr Doc doc{"Remainder with the sign of the dividend.", "1, -trunc(a / b)",
                           "at a jump, the derivative of the side the quotient rounds to"};
  static constexpr Domain sample{-7, 7};
  static constexpr Domain sample_b{0.8, 3};
  static constexpr Accept accept = Accept::kNumeric;
  static constexpr bool rejects_integer_zero = true;
  template <class T> static T f(T a, T b) {
    if constexpr (std::is_floating_point_v<T>)
      return fmod(a, b);
    else
      return rest(a, b);
  }
  template <std::floating_point T> static T near_f(T a, T b) { return near_fmod(a, b); }
  template <class T> static T da() { return T(1.0); }
  template <class T> static T db_ab(T a, T b) { return -trunc_divide(a, b); }
};

struct Remainder : Binary<"remainder"> {
  static constexpr Doc doc{"Remainder with the sign of the divisor.", "1, -floor(a / b)",
                           "at a jump, the derivative of the side the quotient rounds to"};
  static constexpr Domain sample{-7, 7};
  static constexpr Domain sample_b{0.8, 3};
  static constexpr Accept accept = Accept::kNumeric;
  static constexpr bool rejects_integer_zero = true;
  template <class T> static T f(T a, T b) {
    if constexpr (std::is_floating_point_v<T>) {
      T r = fmod(a, b);
      return select(along(r, b) < T(0), r + b, r);
    } else {
      return floor_rest(a, b);
    }
  }
  template <std::floating_point T> static T near_f(T a, T b) { return near_remainder(a, b); }
  template <class T> static T da() { return T(1.0); }
  template <class T> static T db_ab(T a, T b) { return -floor_divide(a, b); }
  template <class T> static T near_db_ab(T a, T b) { return -near_floor_divide(a, b); }
};

struct Neg : Unary<"neg"> {
  static constexpr Doc doc{"The negative.", "-1", "smooth"};
  static constexpr Domain sample{-3, 3};
  static constexpr Accept accept = Accept::kNumeric;
  static constexpr const char* aliases = "negative";
  template <class T> static T f(T x) { return negated(x); }
  template <class T> static T df() { return T(-1.0); }
};

struct Abs : Unary<"abs"> {
  static constexpr Doc doc{"Absolute value.", "sign(x)", "0 at 0"};
  static constexpr Domain sample{-3, 3};
  static constexpr Accept accept = Accept::kNumeric;
  static constexpr const char* aliases = "absolute";
  static constexpr bool root = true;
  template <class T> static T f(T x) { return magnitude(x); }
  template <class T> static T df_x(T x) { return sign(x); }
};

struct Lerp : Ternary<"lerp"> {
  static constexpr const char* operands[] = {"input", "end", "weight"};
  static constexpr Doc doc{"Linear interpolation a + weight (b - a), exact at both ends.",
                           "1 - weight, weight, b - a", "smooth"};
  static constexpr Domain sample{-2, 2};
  static constexpr bool writes_operands = true;
  template <class T> static T f(T a, T b, T weight) {
    T d = b - a;
    return select(abs(weight) < T(0.5), a + weight * d, b - d * (T(1) - weight));
  }
  template <class T> static T da_c(T weight) { return T(1.0) - weight; }
  template <class T> static T db_c(T weight) { return weight; }
  template <class T> static T dc_ab(T a, T b) { return b - a; }
};

struct Addcmul : Ternary<"addcmul"> {
  static constexpr Doc doc{"a + value b c.", "1, value c, value b", "smooth"};
  static constexpr Domain sample{-3, 3};
  static constexpr Accept accept = Accept::kNumeric;
  static constexpr int num_params = 1;
  static constexpr Param params[] = {{"value", 1}};
  template <class T> static T f(T a, T b, T c, const double* p) {
    if constexpr (std::is_floating_point_v<T>)
      return fused(T(p[0]) * b, c, a);
    else
      return plus(a, times(times(bound<T>(p[0]), b), c));
  }
  template <class T> static T da() { return T(1.0); }
  template <class T> static T db_c(T c, const double* p) { return T(p[0]) * c; }
  template <class T> static T dc_b(T b, const double* p) { return T(p[0]) * b; }
};

struct Addcdiv : Ternary<"addcdiv"> {
  static constexpr Doc doc{"a + value b / c.", "1, value / c, -value b / c^2",
                           "smooth; at c = 0 the quotients are infinite or NaN"};
  static constexpr Domain sample{-3, 3};
  static constexpr Domain sample_c{0.5, 3};
  static constexpr int num_params = 1;
  static constexpr Param params[] = {{"value", 1}};
  template <class T> static T f(T a, T b, T c, const double* p) { return a + T(p[0]) * b / c; }
  template <class T> static T da() { return T(1.0); }
  template <class T> static T pullb_c(T g, T c, const double* p) { return g * T(p[0]) / c; }
  template <class T> static T pullc_bc(T g, T b, T c, const double* p) {
    return -g * (T(p[0]) * (b / c) / c);
  }
};

using ArithmeticOps = List<Add, Sub, Mul, Div, FloorDivide, TruncDivide, Fmod, Remainder, Neg, Abs,
                           Lerp, Addcmul, Addcdiv>;

}  // namespace pyad::inline PYAD_ISA
