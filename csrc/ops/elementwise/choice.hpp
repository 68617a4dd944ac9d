// Ops that pass one of their operands: extrema, clamp, where, nan_to_num.
#pragma once

#include "ops/elementwise/integer.hpp"
#include "ops/elementwise/kind.hpp"

namespace pyad::inline PYAD_ISA {

struct Maximum : Binary<"maximum"> {
  static constexpr Doc doc{"The larger operand; NaN if either is.",
                           "1 for the larger, 0 for the other", "1/2 each at a tie"};
  static constexpr Domain sample{-3, 3};
  static constexpr Accept accept = Accept::kAny;
  template <class T> static T f(T a, T b) { return select((a >= b) | is_nan(a), a, b); }
  template <class T> static T pulla_ab(T g, T a, T b) {
    return select(a == b, g * T(0.5), select(a < b, T(0.0), g));
  }
  template <class T> static T pullb_ab(T g, T a, T b) {
    return select(a == b, g * T(0.5), select(a > b, T(0.0), g));
  }
};

struct Minimum : Binary<"minimum"> {
  static constexpr Doc doc{"The smaller operand; NaN if either is.",
                           "1 for the smaller, 0 for the other", "1/2 each at a tie"};
  static constexpr Domain sample{-3, 3};
  static constexpr Accept accept = Accept::kAny;
  template <class T> static T f(T a, T b) { return select((a <= b) | is_nan(a), a, b); }
  template <class T> static T pulla_ab(T g, T a, T b) {
    return select(a == b, g * T(0.5), select(a > b, T(0.0), g));
  }
  template <class T> static T pullb_ab(T g, T a, T b) {
    return select(a == b, g * T(0.5), select(a < b, T(0.0), g));
  }
};

struct Fmax : Binary<"fmax"> {
  static constexpr Doc doc{"The larger operand; if one is NaN, the other.",
                           "1 for the larger, 0 for the other", "a takes all at a tie"};
  static constexpr Domain sample{-3, 3};
  static constexpr Accept accept = Accept::kAny;
  template <class T> static T f(T a, T b) { return select((a >= b) | is_nan(b), a, b); }
  template <class T> static T pulla_ab(T g, T a, T b) {
    return select(a >= b, g, select(is_nan(b), g, T(0.0)));
  }
  template <class T> static T pullb_ab(T g, T a, T b) {
    return select(a >= b, T(0.0), select(is_nan(b), T(0.0), g));
  }
};

struct Fmin : Binary<"fmin"> {
  static constexpr Doc doc{"The smaller operand; if one is NaN, the other.",
                           "1 for the smaller, 0 for the other", "a takes all at a tie"};
  static constexpr Domain sample{-3, 3};
  static constexpr Accept accept = Accept::kAny;
  template <class T> static T f(T a, T b) { return select((a <= b) | is_nan(b), a, b); }
  template <class T> static T pulla_ab(T g, T a, T b) {
    return select(a <= b, g, select(is_nan(b), g, T(0.0)));
  }
  template <class T> static T pullb_ab(T g, T a, T b) {
    return select(a <= b, T(0.0), select(is_nan(b), T(0.0), g));
  }
};

// clamp with a tensor as bound: the extremum, but at a tie the element takes the whole gradient.
struct ClampMin : Binary<"clamp_min"> {
  static constexpr Doc doc{"a, at least b; NaN if either is.", "1 where a >= b; by b where a < b",
                           "a's at a tie; none at NaN"};
  static constexpr Domain sample{-3, 3};
  static constexpr Accept accept = Accept::kAny;
  static constexpr bool writes_operands = true;
  template <class T> static T f(T a, T b) { return Maximum::f<T>(a, b); }
  template <class T> static T pulla_ab(T g, T a, T b) { return select(a >= b, g, T(0.0)); }
  template <class T> static T pullb_ab(T g, T a, T b) { return select(a < b, g, T(0.0)); }
};

struct ClampMax : Binary<"clamp_max"> {
  static constexpr Doc doc{"a, at most b; NaN if either is.", "1 where a <= b; by b where a > b",
                           "a's at a tie; none at NaN"};
  static constexpr Domain sample{-3, 3};
  static constexpr Accept accept = Accept::kAny;
  static constexpr bool writes_operands = true;
  template <class T> static T f(T a, T b) { return Minimum::f<T>(a, b); }
  template <class T> static T pulla_ab(T g, T a, T b) { return select(a <= b, g, T(0.0)); }
  template <class T> static T pullb_ab(T g, T a, T b) { return select(a > b, g, T(0.0)); }
};

struct Clamp : Unary<"clamp"> {
  static constexpr Doc doc{"x, clamped to [min, max]; max where min > max.",
                           "1 in [min, max], else 0", "1 at both ends, 0 for NaN"};
  static constexpr Domain sample{-3, 3};
  static constexpr Accept accept = Accept::kNumeric;
  static constexpr const char* aliases = "clip";
  static constexpr int num_params = 2;
  static constexpr Param params[] = {{"min", -HUGE_VAL, Default::kNone},
                                     {"max", HUGE_VAL, Default::kNone}};
  template <class T> static T f(T x, const double* p) { return between(x, p); }
  template <class T> static T pullf_x(T g, T x, const double* p) {
    return select(x >= T(p[0]), select(x <= T(p[1]), g, T(0.0)), T(0.0));
  }
};

struct Where : Ternary<"where"> {
  static constexpr const char* operands[] = {"condition", "input", "other"};
  static constexpr Doc doc{"b where a is not zero, else c.", "by b: 1 where a, by c: 1 elsewhere",
                           "the operand not taken gets exactly 0"};
  static constexpr Domain sample{-3, 3};
  static constexpr Accept accept = Accept::kAny;
  static constexpr bool method = false;
  static constexpr bool writes_operands = true;
  static constexpr bool selects = true;
  template <class T> static T f(T a, T b, T c) { return select(a != T(0), b, c); }
  template <class T> static T pullb_a(T g, T a) { return select(a == T(0.0), T(0.0), g); }
  template <class T> static T pullc_a(T g, T a) { return select(a == T(0.0), g, T(0.0)); }
};

struct NanToNum : Unary<"nan_to_num"> {
  static constexpr Doc doc{
      "x with NaN and the infinities replaced; by default by 0 and the largest "
      "finite numbers.",
      "1 where x is finite, else 0", "0 where x was replaced"};
  static constexpr Domain sample{-3, 3};
  static constexpr Accept accept = Accept::kAny;
  static constexpr int num_params = 3;
  static constexpr bool writes_params = false;
  // The largest double stands for the largest number of the type.
  static constexpr Param params[] = {{"nan", 0, Default::kValueOrNone},
                                     {"posinf", __DBL_MAX__, Default::kNone},
                                     {"neginf", -__DBL_MAX__, Default::kNone}};
  template <class T> static T f(T x, const double* p) {
    if constexpr (std::is_floating_point_v<T>) {
      constexpr double kMost = sizeof(T) == 4 ? __FLT_MAX__ : __DBL_MAX__;
      T high = T(p[1] == __DBL_MAX__ ? kMost : p[1]), low = T(p[2] == -__DBL_MAX__ ? -kMost : p[2]);
      T y = select(x == T(HUGE_VAL), high, x);
      y = select(x == T(-HUGE_VAL), low, y);
      return select(is_nan(x), T(p[0]), y);
    } else {
      return x;
    }
  }
  template <class T> static T pullf_x(T g, T x) { return select(abs(x) < T(HUGE_VAL), g, T(0.0)); }
};

using ChoiceOps = List<Maximum, Minimum, ClampMin, ClampMax, Fmax, Fmin, Clamp, Where, NanToNum>;

}  // namespace pyad::inline PYAD_ISA
