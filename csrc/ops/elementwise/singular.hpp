// What rules are written with where a derivative is singular: ops of their own, since rules are
// recorded and differentiated again.
//
// Note [Singular points]
// Where a function has a kink or a root, its first derivative is PyTorch's choice: 0 for a norm, a
// distance, hypot at zero and for std of equal elements. Higher derivatives there are the limit if
// the rule can know it, else NaN, never another finite number:
// - Functions whose singularity is only in their formula (sinc, logsumexp of infinities) have
//   another formula near it, so every order is right.
// - A root r = |x| has the gradient g x / r, which is `scaled_unit`: 0 at r = 0, with the
//   derivative NaN by x and by r, hence by all that r is made of: its rule lets a NaN pass. The
//   limit depends on how g goes to 0 with r, which values cannot tell.
// - The square of a root can tell, as it is smooth: Note [Squares of roots] in
//   ops/roots.hpp. So norm()**2, exp(-norm**2), cdist**2 and std**2 have all derivatives.
// - Pieces that are linear on both sides of a kink (abs, relu, clamp, the 1-norm) have 0 as second
//   derivative, which is the limit from both sides.
#pragma once

#include "ops/elementwise/chain.hpp"
#include "ops/elementwise/fn.hpp"
#include "ops/elementwise/kind.hpp"

namespace pyad::inline PYAD_ISA {

// A product whose first factor is 0 for a reason: where there is no softmax, and nobody asks for
// one.
struct Chain : Binary<"chain"> {
  static constexpr Doc doc{"a b, and a where a is 0, whatever b is.", "b, a",
                           "where a is 0, by b: 0"};
  static constexpr Domain sample{-3, 3};
  static constexpr Use use = Use::kRules;
  static constexpr double cost = 1;
  template <class T> static T f(T a, T b) { return chain(a, b); }
  template <class T> static T pulla_b(T g, T b) { return chain(g, b); }
  template <class T> static T pullb_a(T g, T a) { return chain(g, a); }
};

struct ScaledUnit : Ternary<"scaled_unit"> {
  static constexpr Doc doc{
      "a b / c, and 0 where c is 0 unless a is NaN: the gradient of a root c = |b|.",
      "b / c, a / c, -a b / c^2", "at c = 0: NaN by b and c, 0 by a"};
  static constexpr Domain sample{-3, 3};
  static constexpr Domain sample_c{0.5, 3};
  static constexpr Use use = Use::kRules;
  static constexpr double cost = 1;
  template <class T> static T f(T a, T b, T c) { return scaled_unit(a, b, c); }
  template <class T> static T pulla_bc(T g, T b, T c) { return scaled_unit(g, b, c); }
  template <class T> static T pullb_ac(T g, T a, T c) {
    T safe = select(c == T(0.0), T(1.0), c);
    return select(c == T(0.0), chain(g, T(__builtin_nan(""))), g * (a / safe));
  }
  template <class T> static T pullc_abc(T g, T a, T b, T c) {
    T safe = select(c == T(0.0), T(1.0), c);
    return select(c == T(0.0), chain(g, T(__builtin_nan(""))), -(g / safe) * (a * (b / safe)));
  }
};

// Added to the tangent of a root: Note [Tangents of roots] in ops/roots.hpp.
struct Corner : Unary<"corner"> {
  static constexpr Doc doc{"0, where x is 0 a value whose derivative nobody knows.", "0",
                           "NaN at 0, whatever is asked"};
  static constexpr Domain sample{0.5, 3};
  static constexpr Use use = Use::kRules;
  static constexpr double cost = 1;
  template <class T> static T f(T x) { return T(0.0) * sign(x); }
  template <class T> static T pullf_x(T g, T x) {
    return select(x == T(0.0), g + T(__builtin_nan("")), T(0.0));
  }
};

// The slopes of a power where it has no second derivative: Note [Derivatives of a power].
struct SlopeByBase : Ternary<"slope_by_base"> {
  static constexpr Doc doc{"a, which is d/db b^c.", "1, none, 0",
                           "NaN by c at b = 0 for c in [0, 1], and at b = NaN for c = 0"};
  static constexpr Domain sample{0.5, 3};
  static constexpr Use use = Use::kRules;
  static constexpr double cost = 1;
  template <class T> static T f(T a, T b, T c) { return slope_by_base(a, b, c); }
  template <class T> static T da() { return T(1.0); }
  template <class T> static T pullc_bc(T g, T b, T c) {
    T none = chain(g, T(__builtin_nan("")));
    T low = select(c >= T(0.0), select(c <= T(1.0), none, T(0.0)), T(0.0));
    T zero = select(c == T(0.0), none, T(0.0));
    return select(b == T(0.0), low, select(is_nan(b), zero, T(0.0)));
  }
};

struct SlopeByExponent : Ternary<"slope_by_exponent"> {
  static constexpr Doc doc{"a, which is d/dc b^c.", "1, 0, 0",
                           "at b = 0: NaN by b for c in [0, 1], and by c for c = 0"};
  static constexpr Domain sample{0.5, 3};
  static constexpr Use use = Use::kRules;
  static constexpr double cost = 1;
  template <class T> static T f(T a, T b, T c) { return slope_by_exponent(a, b, c); }
  template <class T> static T da() { return T(1.0); }
  template <class T> static T pullb_bc(T g, T b, T c) {
    T none = chain(g, T(__builtin_nan("")));
    T low = select(c >= T(0.0), select(c <= T(1.0), none, T(0.0)), T(0.0));
    return select(b == T(0.0), low, T(0.0));
  }
  template <class T> static T pullc_bc(T g, T b, T c) {
    T none = chain(g, T(__builtin_nan("")));
    return select(b == T(0.0), select(c == T(0.0), none, T(0.0)), T(0.0));
  }
};

// What the slopes of atan2 are made of. At the origin they have no limit in any direction, and the
// NaN of the rule says so in every mode.
struct OverSquares : Ternary<"over_squares"> {
  static constexpr Doc doc{"a / (b^2 + c^2), without overflow on the way, and 0 for 0 / 0.",
                           "1 / (b^2 + c^2), -2 a b / (b^2 + c^2)^2, -2 a c / (b^2 + c^2)^2",
                           "NaN at b = c = 0"};
  static constexpr Domain sample{0.5, 3};
  static constexpr Use use = Use::kRules;
  static constexpr double cost = 4;
  template <class T> static T f(T a, T b, T c) { return over_squares(a, b, c); }
  template <class T> static T pulla_bc(T g, T b, T c) {
    T r = hypot(b, c), safe = select(r == T(0.0), T(1.0), r);
    return select(r == T(0.0), chain(g, T(__builtin_nan(""))), g / safe / safe);
  }
  template <class T> static T pullb_abc(T g, T a, T b, T c) { return turned(g, a, b, b, c); }
  template <class T> static T pullc_abc(T g, T a, T b, T c) { return turned(g, a, c, b, c); }

 private:
  template <class T> static T turned(T g, T a, T x, T b, T c) {
    T r = hypot(b, c), safe = select(r == T(0.0), T(1.0), r);
    // As ratios, which are ordinary where r or g is not.
    T turned = T(-2.0) * (g / safe) * (a / safe) * (x / safe) / safe;
    return select(r == T(0.0), chain(g, T(__builtin_nan(""))), turned);
  }
};

// A product whose derivative at 1 does not meet 0 times infinity.
struct OneMinusSquare : Unary<"one_minus_square"> {
  static constexpr Doc doc{"1 - x^2, accurate near -1 and 1.", "-2 x", "smooth"};
  static constexpr Domain sample{-3, 3};
  static constexpr Use use = Use::kRules;
  static constexpr double cost = 1;
  template <class T> static T f(T x) { return one_minus_square(x); }
  template <class T> static T df_x(T x) { return T(-2.0) * x; }
};

// Slopes of a saturating function, by its result a and operand b: Note [Saturated slopes]. All of
// the derivative goes to the result, which leads to the operand.
struct SigmoidSlope : Binary<"sigmoid_slope"> {
  static constexpr Doc doc{"a (1 - a), for a = sigmoid(b); by b where a is near 1.",
                           "1 - 2 a, none", "smooth"};
  static constexpr Domain sample{0.1, 0.9};
  static constexpr Use use = Use::kRules;
  using Slope = SlopeOfSigmoid;
  template <class T> static T f(T a, T b) { return sigmoid_slope(a, b); }
  template <class T> static T da_a(T a) { return T(1.0) - T(2.0) * a; }
};

struct TanhSlope : Binary<"tanh_slope"> {
  static constexpr Doc doc{"1 - a^2, for a = tanh(b); by b where |a| is near 1.", "-2 a, none",
                           "smooth"};
  static constexpr Domain sample{-0.9, 0.9};
  static constexpr Use use = Use::kRules;
  using Slope = SlopeOfTanh;
  template <class T> static T f(T a, T b) { return tanh_slope(a, b); }
  template <class T> static T da_a(T a) { return T(-2.0) * a; }
};

struct Exp2Slope : Binary<"exp2_slope"> {
  static constexpr Doc doc{"ln(2) a, for a = 2^b; by b where a is infinite.", "ln(2), none",
                           "smooth"};
  static constexpr Domain sample{0.1, 8};
  static constexpr Use use = Use::kRules;
  using Slope = SlopeOfExp2;
  template <class T> static T f(T a, T b) { return exp2_slope(a, b); }
  template <class T> static T da() { return T(SlopeOfExp2::kLn2); }
};

using SingularOps = List<Chain, ScaledUnit, Corner, SlopeByBase, SlopeByExponent, OverSquares,
                         OneMinusSquare, SigmoidSlope, TanhSlope, Exp2Slope>;

}  // namespace pyad::inline PYAD_ISA
