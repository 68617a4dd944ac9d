// Ops that are constant between jumps, and the fractional part.
#pragma once

#include "ops/elementwise/fn.hpp"
#include "ops/elementwise/kind.hpp"

namespace pyad::inline PYAD_ISA {

struct Floor : Unary<"floor"> {
  static constexpr Doc doc{"Largest whole number not above x.", "0", "0 at the jumps too"};
  static constexpr Domain sample{-3, 3};
  static constexpr Accept accept = Accept::kNumeric;
  template <class T> static T f(T x) {
    if constexpr (std::is_floating_point_v<T>)
      return floor(x);
    else
      return x;
  }
  template <class T> static T df() { return T(0.0); }
};

struct Ceil : Unary<"ceil"> {
  static constexpr Doc doc{"Smallest whole number not below x.", "0", "0 at the jumps too"};
  static constexpr Domain sample{-3, 3};
  static constexpr Accept accept = Accept::kNumeric;
  template <class T> static T f(T x) {
    if constexpr (std::is_floating_point_v<T>)
      return ceil(x);
    else
      return x;
  }
  template <class T> static T df() { return T(0.0); }
};

struct Round : Unary<"round"> {
  static constexpr Doc doc{"Nearest whole number; halves go to the even one.", "0",
                           "0 at the jumps too"};
  static constexpr Domain sample{-3, 3};
  static constexpr const char* namespaces = "special";
  static constexpr Accept accept = Accept::kNumeric;
  template <class T> static T f(T x) {
    if constexpr (std::is_floating_point_v<T>)
      return rint(x);
    else
      return x;
  }
  template <class T> static T df() { return T(0.0); }
};

struct Trunc : Unary<"trunc"> {
  static constexpr Doc doc{"Whole part of x.", "0", "0 at the jumps too"};
  static constexpr Domain sample{-3, 3};
  static constexpr Accept accept = Accept::kNumeric;
  static constexpr const char* aliases = "fix";
  template <class T> static T f(T x) {
    if constexpr (std::is_floating_point_v<T>)
      return trunc(x);
    else
      return x;
  }
  template <class T> static T df() { return T(0.0); }
};

struct Frac : Unary<"frac"> {
  static constexpr Doc doc{"x - trunc(x).", "1", "1 at the jumps too"};
  static constexpr Domain sample{-3, 3};
  template <class T> static T f(T x) { return x - trunc(x); }
  template <class T> static T df() { return T(1.0); }
};

struct Sign : Unary<"sign"> {
  static constexpr Doc doc{"-1, 0 or 1; 0 for NaN.", "0", "0 at 0"};
  static constexpr Domain sample{-3, 3};
  static constexpr Accept accept = Accept::kAny;
  static constexpr const char* aliases = "sgn";
  template <class T> static T f(T x) { return sign(x); }
  template <class T> static T df() { return T(0.0); }
};

using RoundingOps = List<Floor, Ceil, Round, Trunc, Frac, Sign>;

}  // namespace pyad::inline PYAD_ISA
