// The runtime face of an elementwise op: what the structs of the families say, as a record the
// engine can loop over.
//
// One record per op, in the order of the families; bindings, forward mode, batching and the export
// to Python read it.
#pragma once

#include <array>
#include <span>

#include "core/tensor.hpp"
#include "kernels/kernel_types.hpp"
#include "ops/elementwise/kind.hpp"
#include "ops/record.hpp"

namespace pyad {

class Expr;

/// An operand of an op: a tensor, or a Python number that takes part in promotion by category only.
struct Operand {
  const Tensor* tensor = nullptr;
  Scalar number;
  Operand() = default;
  Operand(const Tensor& t) : tensor(&t) {}
  Operand(Scalar s) : number(s) {}
  Operand(double v) : number(v) {}
  Operand(int v) : number(v) {}
};

/// Cotangent of input i as tensors: g, then a, b, c, y; the recorded counterpart of the pull
/// kernels.
using ExprPull = Expr (*)(const Expr& g, const Expr& a, const Expr& b, const Expr& c, const Expr& y,
                          const double* params);

/// The attributes of an elementwise call: Note [Op records]. Its inputs are the operands that are
/// tensors.
struct ElementwiseCall {
  int op = 0;                      // ElementwiseInfo::id
  DType dtype = DType::kFloat32;   // in which it computes
  unsigned numbers = 0;            // bits: which operands are numbers
  int into = -1;                   // the input that the result was written over
  std::array<Scalar, 3> number{};  // those
  std::array<double, kMaxParams> params{};
};

struct ElementwiseInfo : OpInfo {
  int id = 0;
  const char* namespaces = "";
  const char* aliases = "";
  const char* const* operands = nullptr;  // their names
  Doc doc{};
  Domain domain[3];
  Accept accept = Accept::kFloating;
  Result result = Result::kSame;
  bool method = true;
  bool scalar = true;
  Use use = Use::kPublic;
  int num_params = 0;
  const Param* params = nullptr;
  bool writes_operands = false;
  bool writes_params = true;
  bool compares = false;
  bool row_major = false;  // whatever the layout of operands
  Squares squares = Squares::kNever;
  bool root = false;
  bool selects = false;
  bool by_operands = false;
  struct OperandRule {
    bool exists = false;
    bool constant = false;  // the derivative is `factor` everywhere
    double factor = 0;
    unsigned saves = 0;  // bits: a, b, c, y
    ExprPull pull = nullptr;
  } rules[3];
  ElementwiseKernels kernels{};
  double cost = 1;                         // of one element, in additions
  bool rejects_zero = false;               // an integer divisor of zero is an error
  bool rejects_negative_exponent = false;  // integers to a negative number are an error
};

/// All elementwise ops.
std::span<const ElementwiseInfo> elementwise_ops();
/// Raises nothing: null when there is no op of that name (aliases included).
const ElementwiseInfo* find_elementwise(std::string_view name);

/// Runs (and records) an elementwise op. `params` may be null when the op has none; for integer
/// dtypes they are the bits of integers, so that these travel exactly.
Tensor elementwise(const ElementwiseInfo& op, std::span<const Operand> in,
                   const double* params = nullptr);
/// The same in a given dtype.
Tensor elementwise_in(const ElementwiseInfo& op, DType dtype, std::span<const Operand> in,
                      const double* params);
/// The same with parameters as numbers, which are checked for the dtype of the operands; over
/// `target`, and it is returned, where `elementwise_in_place` may.
Tensor elementwise_with(const ElementwiseInfo& op, std::span<const Operand> in,
                        std::span<const Scalar> params, const Tensor* target = nullptr);
/// The dtype in which the op computes.
DType compute_dtype(const ElementwiseInfo& op, std::span<const Operand> in);
/// A call that is data, through the layers; and its kernels alone.
Tensor call_elementwise(const void* attr, Inputs in);
Tensors run_elementwise_call(const void* attr, Inputs in);
/// Writes the result of an op over `target`, one of the operands, if that may be
/// done at once: nobody has saved its memory, nothing is recorded, dtype and shape stay. False, and
/// nothing done, otherwise.
bool elementwise_in_place(const ElementwiseInfo& op, std::span<const Operand> in,
                          const Tensor& target, const double* params = nullptr);

}  // namespace pyad
