// Arithmetic: sums, products, quotients, powers, roots, and selections of one operand.
#pragma once

#include "ops/elementwise/fn.hpp"
#include "ops/elementwise/kind.hpp"

namespace pyad::inline PYAD_ISA {

struct Add : Binary<"add"> {
  static constexpr Doc doc{"Sum of the operands.", "1, 1", "smooth"};
  static constexpr Domain sample{-3, 3};
  static constexpr Accept accept = Accept::kAny;
  template <class T> static T f(T a, T b) { return a + b; }
  template <class T> static T da() { return T(1.0); }
  template <class T> static T db() { return T(1.0); }
};

struct Sub : Binary<"sub"> {
  static constexpr Doc doc{"Difference of the operands.", "1, -1", "smooth"};
  static constexpr Domain sample{-3, 3};
  static constexpr Accept accept = Accept::kNumeric;
  static constexpr const char* aliases = "subtract";
  template <class T> static T f(T a, T b) { return a - b; }
  template <class T> static T da() { return T(1.0); }
  template <class T> static T db() { return T(-1.0); }
};

struct Mul : Binary<"mul"> {
  static constexpr Doc doc{"Product of the operands.", "b, a", "smooth"};
  static constexpr Domain sample{-3, 3};
  static constexpr Accept accept = Accept::kAny;
  static constexpr const char* aliases = "multiply";
  template <class T> static T f(T a, T b) { return a * b; }
  template <class T> static T da_b(T b) { return b; }
  template <class T> static T db_a(T a) { return a; }
};

using ArithmeticOps = List<Add, Sub, Mul>;

}  // namespace pyad::inline PYAD_ISA
