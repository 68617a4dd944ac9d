// What an elementwise op is: the kinds `Unary`, `Binary`, `Ternary`, and how the engine reads an op
// struct.
//
// Note [Elementwise op structs]
// An op states its formula `f` and a derivative for each differentiable input, as static templates
// over the element type. The name of a derivative says what it needs, and so what a node saves;
// nothing else does:
//
//   unary     df()  df_x(x)  df_y(y)  df_xy(x, y)             y is the result
//   binary    da_b(b), db_ab(a, b), da_by(b, y) ...           letters in the order a, b, y
//   ternary   da(), db_c(c), dc_ab(a, b) ...                  letters in the order a, b, c
//
// `pullf_y(g, y)`, `pulla_ab(g, a, b)` ... replace `g * d` where the product is not what is wanted:
// a relu passes g or zero, and must not make NaN of `inf * 0`. Ops with numeric parameters set
// `params` and take a `const double* p` as last argument of every template. A missing derivative
// means the input is not differentiable. No `if` on T: use `select`. T(1.0) makes constants.
#pragma once

#include <cstddef>

#include "kernels/isa.hpp"

namespace pyad {

/// Text of an op's name as a template argument.
template <size_t N>
struct OpName {
  char text[N];
  constexpr OpName(const char (&s)[N]) {
    for (size_t i = 0; i < N; ++i) text[i] = s[i];
  }
};

struct Doc {
  const char* summary;     // one sentence
  const char* derivative;  // formula of the derivative, as text
  const char* kinks;       // policy where the derivative jumps or does not exist
};

/// Interval from which tests draw an input; chosen inside the domain, away from poles. An op states
/// `sample`, and `sample_b` or `sample_c` where an operand needs another one.
struct Domain {
  double low = -3;
  double high = 3;
};

/// What Python sees as a parameter's default.
enum class Default : unsigned char {
  kValue,        // the value
  kValueOrNone,  // the value, and None stands for it
  kNone,         // None, and the value is what it stands for
  kRequired,     // none
};

/// A numeric parameter: Python name and default.
struct Param {
  const char* name;
  double value;
  Default shown = Default::kValue;
};

/// Which element types an op takes. Others are promoted (to the default floating type) or rejected.
enum class Accept : unsigned char {
  kFloating,  // integers and bools become the default floating type
  kNumeric,   // no bool
  kAny,
  kIntegral,  // integers and bool only
  kInteger,   // integers only
};

/// When the op is the square of its first operand.
enum class Squares : unsigned char { kNever, kAlways, kByTwo, kByItself };

enum class Result : unsigned char { kSame, kBool };

/// Who calls the op: users by its name, or only what other ops are made of, or only derivatives.
enum class Use : unsigned char { kPublic, kComposites, kRules };

inline constexpr int kMaxParams = 4;

template <OpName NAME, int ARITY>
struct Elementwise {
  static constexpr const char* name = NAME.text;
  static constexpr int arity = ARITY;
  static constexpr Accept accept = Accept::kFloating;
  static constexpr Result result = Result::kSame;
  static constexpr int num_params = 0;
  static constexpr Param params[1] = {{nullptr, 0}};
  // Numbers are written rather than computed with: Note [Numbers enter tensors in one place].
  static constexpr bool writes_operands = false;
  static constexpr bool writes_params = true;
  static constexpr bool row_major = false;  // whatever the operands' layout is, as PyTorch's
  static constexpr bool selects = false;    // by its first operand: Note [Idle elements]
  static constexpr Squares squares = Squares::kNever;  // Note [Squares of roots] in ops/roots.hpp
  static constexpr bool root = false;                  // of a sum of squares: the same Note
  // The rule reads the result for speed where PyTorch's has the operands: hooks on the result then
  // do not see its second derivative.
  static constexpr bool by_operands = false;
  static constexpr bool compares = false;  // numbers of any size: `compare_beyond` in dispatch
  // Names of the operands in Python.
  static constexpr const char* operands[] = {"input", ARITY == 3 ? "tensor1" : "other", "tensor2"};
  // Namespaces that have the op under its name, besides pyad itself; and further names, those with a
  // dot in namespaces: Note [Namespaces] in ops/function.hpp. Both separated by spaces.
  static constexpr const char* namespaces = "";
  static constexpr const char* aliases = "";
  static constexpr bool method =
      true;  // also a Tensor method (and in-place method when the dtype allows)
  static constexpr bool scalar = true;  // also a function of `Value`
  static constexpr Use use = Use::kPublic;
};
template <OpName NAME>
struct Unary : Elementwise<NAME, 1> {};
template <OpName NAME>
struct Binary : Elementwise<NAME, 2> {};
template <OpName NAME>
struct Ternary : Elementwise<NAME, 3> {};

/// A list of op structs.
template <class... Ops>
struct List {
  static constexpr size_t size = sizeof...(Ops);
};

}  // namespace pyad
