// Logic of truth values and of bits. No op here has a derivative.
#pragma once

#include "ops/elementwise/compare.hpp"
#include "ops/elementwise/integer.hpp"

namespace pyad::inline PYAD_ISA {

struct LogicalAnd : Test<Binary<"logical_and">> {
  static constexpr Doc doc{"Whether both operands are not zero.", "none", "none"};
  template <class T> static bool f(T a, T b) { return (a != T(0)) & (b != T(0)); }
};

struct LogicalOr : Test<Binary<"logical_or">> {
  static constexpr Doc doc{"Whether an operand is not zero.", "none", "none"};
  template <class T> static bool f(T a, T b) { return (a != T(0)) | (b != T(0)); }
};

struct LogicalXor : Test<Binary<"logical_xor">> {
  static constexpr Doc doc{"Whether just one operand is not zero.", "none", "none"};
  template <class T> static bool f(T a, T b) { return (a != T(0)) != (b != T(0)); }
};

struct LogicalNot : Test<Unary<"logical_not">> {
  static constexpr Doc doc{"Whether x is zero.", "none", "none"};
  template <class T> static bool f(T x) { return x == T(0); }
};

/// What the ops on bits have in common.
template <class KIND>
struct Bits : KIND {
  static constexpr Domain sample{0, 31};
  static constexpr Accept accept = Accept::kIntegral;
  static constexpr bool scalar = false;
};

struct BitwiseAnd : Bits<Binary<"bitwise_and">> {
  static constexpr Doc doc{"Bits set in both operands.", "none", "none"};
  template <class T> static T f(T a, T b) { return T(a & b); }
};

struct BitwiseOr : Bits<Binary<"bitwise_or">> {
  static constexpr Doc doc{"Bits set in an operand.", "none", "none"};
  template <class T> static T f(T a, T b) { return T(a | b); }
};

struct BitwiseXor : Bits<Binary<"bitwise_xor">> {
  static constexpr Doc doc{"Bits set in just one operand.", "none", "none"};
  template <class T> static T f(T a, T b) { return T(a ^ b); }
};

struct BitwiseNot : Bits<Unary<"bitwise_not">> {
  static constexpr Doc doc{"All bits inverted; of a bool, its negation.", "none", "none"};
  template <class T> static T f(T x) {
    if constexpr (std::is_same_v<T, bool>)
      return !x;
    else
      return T(~x);
  }
};

// A shift by a negative number, or by more bits than there are, moves every bit out.
struct BitwiseLeftShift : Bits<Binary<"bitwise_left_shift">> {
  static constexpr Doc doc{"The bits of a moved up by b places, zeros entering.", "none", "none"};
  static constexpr Accept accept = Accept::kInteger;
  template <class T> static T f(T a, T b) {
    constexpr uint64_t kBits = 8 * sizeof(T);
    uint64_t by = uint64_t(b);
    return by >= kBits ? T(0) : T(uint64_t(a) << by);
  }
};

struct BitwiseRightShift : Bits<Binary<"bitwise_right_shift">> {
  static constexpr Doc doc{"The bits of a moved down by b places, the sign entering.", "none",
                           "none"};
  static constexpr Accept accept = Accept::kInteger;
  template <class T> static T f(T a, T b) {
    constexpr uint64_t kBits = 8 * sizeof(T);
    uint64_t by = uint64_t(b);
    if (by >= kBits) return T(a < T(0) ? -1 : 0);
    return T(a >> by);
  }
};

using LogicOps = List<LogicalAnd, LogicalOr, LogicalXor, LogicalNot, BitwiseAnd, BitwiseOr,
                      BitwiseXor, BitwiseNot, BitwiseLeftShift, BitwiseRightShift>;

}  // namespace pyad::inline PYAD_ISA
