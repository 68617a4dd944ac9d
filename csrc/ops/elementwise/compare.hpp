// Comparisons and tests of single numbers. The result is bool and has no derivative.
#pragma once

#include "ops/elementwise/fn.hpp"
#include "ops/elementwise/kind.hpp"

namespace pyad::inline PYAD_ISA {

/// What the ops of this file have in common.
template <class KIND>
struct Test : KIND {
  static constexpr Domain sample{-3, 3};
  static constexpr Accept accept = Accept::kAny;
  static constexpr Result result = Result::kBool;
};

/// Of two operands; exact for integers whatever their size.
template <OpName NAME>
struct Comparison : Test<Binary<NAME>> {
  static constexpr bool compares = true;
};

struct Eq : Comparison<"eq"> {
  static constexpr Doc doc{"Whether a = b.", "none", "none"};
  template <class T> static bool f(T a, T b) { return a == b; }
};

struct Ne : Comparison<"ne"> {
  static constexpr Doc doc{"Whether a differs from b.", "none", "none"};
  static constexpr const char* aliases = "not_equal";
  template <class T> static bool f(T a, T b) { return a != b; }
};

struct Lt : Comparison<"lt"> {
  static constexpr Doc doc{"Whether a < b.", "none", "none"};
  static constexpr const char* aliases = "less";
  template <class T> static bool f(T a, T b) { return a < b; }
};

struct Le : Comparison<"le"> {
  static constexpr Doc doc{"Whether a <= b.", "none", "none"};
  static constexpr const char* aliases = "less_equal";
  template <class T> static bool f(T a, T b) { return a <= b; }
};

struct Gt : Comparison<"gt"> {
  static constexpr Doc doc{"Whether a > b.", "none", "none"};
  static constexpr const char* aliases = "greater";
  template <class T> static bool f(T a, T b) { return a > b; }
};

struct Ge : Comparison<"ge"> {
  static constexpr Doc doc{"Whether a >= b.", "none", "none"};
  static constexpr const char* aliases = "greater_equal";
  template <class T> static bool f(T a, T b) { return a >= b; }
};

struct Isnan : Test<Unary<"isnan">> {
  static constexpr Doc doc{"Whether x is NaN.", "none", "none"};
  template <class T> static bool f(T x) { return is_nan(x); }
};

struct Isinf : Test<Unary<"isinf">> {
  static constexpr Doc doc{"Whether x is infinite.", "none", "none"};
  template <class T> static bool f(T x) {
    if constexpr (std::is_floating_point_v<T>)
      return abs(x) == T(HUGE_VAL);
    else
      return false;
  }
};

struct Isfinite : Test<Unary<"isfinite">> {
  static constexpr Doc doc{"Whether x is neither infinite nor NaN.", "none", "none"};
  template <class T> static bool f(T x) {
    if constexpr (std::is_floating_point_v<T>)
      return abs(x) < T(HUGE_VAL);
    else
      return true;
  }
};

struct Isposinf : Test<Unary<"isposinf">> {
  static constexpr Doc doc{"Whether x is positive infinity.", "none", "none"};
  template <class T> static bool f(T x) {
    if constexpr (std::is_floating_point_v<T>)
      return x == T(HUGE_VAL);
    else
      return false;
  }
};

struct Isneginf : Test<Unary<"isneginf">> {
  static constexpr Doc doc{"Whether x is negative infinity.", "none", "none"};
  template <class T> static bool f(T x) {
    if constexpr (std::is_floating_point_v<T>)
      return x == T(-HUGE_VAL);
    else
      return false;
  }
};

struct Signbit : Test<Unary<"signbit">> {
  static constexpr Doc doc{"Whether the sign is minus, that of -0.0 included.", "none", "none"};
  template <class T> static bool f(T x) {
    if constexpr (std::is_floating_point_v<T>)
      return __builtin_signbit(x) != 0;
    else if constexpr (std::is_signed_v<T>)
      return x < 0;
    else
      return false;
  }
};

using CompareOps =
    List<Eq, Ne, Lt, Le, Gt, Ge, Isnan, Isinf, Isfinite, Isposinf, Isneginf, Signbit>;

}  // namespace pyad::inline PYAD_ISA
