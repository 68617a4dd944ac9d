// Reads the derivatives of an op struct by their names (Note [Elementwise op structs]): which
// values a rule needs, and one way to call it.
#pragma once

#include <type_traits>

#include "ops/elementwise/kind.hpp"

namespace pyad::inline PYAD_ISA {

/// Bits of `Rule::used`: inputs a (x), b, c and the result y.
enum : unsigned {
  kUsesA = 1,
  kUsesB = 2,
  kUsesC = 4,
  kUsesY = 8,
  kNoRule = 0x100,
  kConstant = 0x200
};

// The spellings of derivatives: X(suffix, what it uses, its arguments).
// clang-format off
#define PYAD_RULES_UNARY(X) X(_x, kUsesA, a) X(_y, kUsesY, y) X(_xy, kUsesA | kUsesY, a, y)
#define PYAD_RULES_BINARY(X)                                                \
  X(_a, kUsesA, a) X(_b, kUsesB, b) X(_y, kUsesY, y)                        \
  X(_ab, kUsesA | kUsesB, a, b) X(_ay, kUsesA | kUsesY, a, y)               \
  X(_by, kUsesB | kUsesY, b, y) X(_aby, kUsesA | kUsesB | kUsesY, a, b, y)
#define PYAD_RULES_TERNARY(X)                                               \
  X(_a, kUsesA, a) X(_b, kUsesB, b) X(_c, kUsesC, c)                        \
  X(_ab, kUsesA | kUsesB, a, b) X(_ac, kUsesA | kUsesC, a, c)               \
  X(_bc, kUsesB | kUsesC, b, c) X(_abc, kUsesA | kUsesB | kUsesC, a, b, c)
// clang-format on

/// Rule of input `I` of `Op`.
template <class Op, int I>
struct Derivative {
  template <class T>
  struct Answer {
    unsigned used;
    T value;
  };

  // With `g`, the pulled-back cotangent; the same text tells, at compile time, what is used.
  template <class T, bool ONLY_USED>
  static constexpr auto evaluate([[maybe_unused]] T g, [[maybe_unused]] T a, [[maybe_unused]] T b,
                                 [[maybe_unused]] T c, [[maybe_unused]] T y,
                                 [[maybe_unused]] const double* p) {
#define PYAD_CASE(FN, USED, RESULT, ...)                                                 \
  if constexpr (requires { Op::template FN<T>(__VA_ARGS__); }) {                         \
    if constexpr (ONLY_USED)                                                             \
      return std::integral_constant<unsigned, (USED)>{};                                 \
    else                                                                                 \
      return RESULT(Op::template FN<T>(__VA_ARGS__));                                    \
  } else if constexpr (requires { Op::template FN<T>(__VA_ARGS__ __VA_OPT__(, ) p); }) { \
    if constexpr (ONLY_USED)                                                             \
      return std::integral_constant<unsigned, (USED)>{};                                 \
    else                                                                                 \
      return RESULT(Op::template FN<T>(__VA_ARGS__ __VA_OPT__(, ) p));                   \
  } else
#define PYAD_TIMES(V) (g * (V))
#define PYAD_AS_IS(V) (V)
#define PYAD_F(SUFFIX, USED, ...)                      \
  PYAD_CASE(df##SUFFIX, USED, PYAD_TIMES, __VA_ARGS__) \
  PYAD_CASE(pullf##SUFFIX, USED, PYAD_AS_IS, g, __VA_ARGS__)
#define PYAD_A(SUFFIX, USED, ...)                      \
  PYAD_CASE(da##SUFFIX, USED, PYAD_TIMES, __VA_ARGS__) \
  PYAD_CASE(pulla##SUFFIX, USED, PYAD_AS_IS, g, __VA_ARGS__)
#define PYAD_B(SUFFIX, USED, ...)                      \
  PYAD_CASE(db##SUFFIX, USED, PYAD_TIMES, __VA_ARGS__) \
  PYAD_CASE(pullb##SUFFIX, USED, PYAD_AS_IS, g, __VA_ARGS__)
#define PYAD_C(SUFFIX, USED, ...)                      \
  PYAD_CASE(dc##SUFFIX, USED, PYAD_TIMES, __VA_ARGS__) \
  PYAD_CASE(pullc##SUFFIX, USED, PYAD_AS_IS, g, __VA_ARGS__)
#define PYAD_CONST(FN)                                                              \
  if constexpr (requires { Op::template FN<T>(); }) {                               \
    if constexpr (ONLY_USED)                                                        \
      return std::integral_constant<unsigned, kConstant>{};                         \
    else                                                                            \
      return g * Op::template FN<T>();                                              \
  } else if constexpr (requires { Op::template FN<T>(p); } && Op::num_params > 0) { \
    if constexpr (ONLY_USED)                                                        \
      return std::integral_constant<unsigned, 0>{};                                 \
    else                                                                            \
      return g * Op::template FN<T>(p);                                             \
  } else
    if constexpr (Op::arity == 1) {
      PYAD_CONST(df) PYAD_RULES_UNARY(PYAD_F) return missing<T, ONLY_USED>(g);
    } else if constexpr (Op::arity == 2 && I == 0) {
      PYAD_CONST(da) PYAD_RULES_BINARY(PYAD_A) return missing<T, ONLY_USED>(g);
    } else if constexpr (Op::arity == 2) {
      PYAD_CONST(db) PYAD_RULES_BINARY(PYAD_B) return missing<T, ONLY_USED>(g);
    } else if constexpr (I == 0) {
      PYAD_CONST(da) PYAD_RULES_TERNARY(PYAD_A) return missing<T, ONLY_USED>(g);
    } else if constexpr (I == 1) {
      PYAD_CONST(db) PYAD_RULES_TERNARY(PYAD_B) return missing<T, ONLY_USED>(g);
    } else {
      PYAD_CONST(dc) PYAD_RULES_TERNARY(PYAD_C) return missing<T, ONLY_USED>(g);
    }
#undef PYAD_CASE
#undef PYAD_TIMES
#undef PYAD_AS_IS
#undef PYAD_F
#undef PYAD_A
#undef PYAD_B
#undef PYAD_C
#undef PYAD_CONST
  }

  template <class T, bool ONLY_USED>
  static constexpr auto missing([[maybe_unused]] T g) {
    if constexpr (ONLY_USED)
      return std::integral_constant<unsigned, kNoRule>{};
    else
      return g;
  }

  /// What the rule needs: a mask of kUses*, kConstant when the derivative is the same number
  /// everywhere, or kNoRule.
  static constexpr unsigned used =
      decltype(evaluate<double, true>(0.0, 0.0, 0.0, 0.0, 0.0, nullptr))::value;
  static constexpr bool exists = used != kNoRule;
  static constexpr unsigned saves = exists ? used & 0xf : 0;

  /// The cotangent of input `I`: g times the derivative. Unused values may be anything.
  template <class T>
  static T pull(T g, T a, T b, T c, T y, const double* p) {
    return evaluate<T, false>(g, a, b, c, y, p);
  }
};

/// The formula, with unused operands dropped.
template <class Op, class T>
[[gnu::always_inline]] inline auto apply_formula([[maybe_unused]] T a, [[maybe_unused]] T b,
                                                 [[maybe_unused]] T c,
                                                 [[maybe_unused]] const double* p) {
  if constexpr (Op::num_params > 0) {
    if constexpr (Op::arity == 1)
      return Op::template f<T>(a, p);
    else if constexpr (Op::arity == 2)
      return Op::template f<T>(a, b, p);
    else
      return Op::template f<T>(a, b, c, p);
  } else {
    if constexpr (Op::arity == 1)
      return Op::template f<T>(a);
    else if constexpr (Op::arity == 2)
      return Op::template f<T>(a, b);
    else
      return Op::template f<T>(a, b, c);
  }
}

}  // namespace pyad::inline PYAD_ISA
