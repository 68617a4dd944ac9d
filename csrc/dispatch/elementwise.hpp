// What the files of elementwise calls share: execution and promotion (elementwise.cpp), rules in
// sweeps (elementwise_rule.cpp), forward mode (elementwise_dual.cpp).
#pragma once

#include <array>
#include <span>

#include "core/run_log.hpp"
#include "kernels/elementwise_driver.hpp"
#include "ops/elementwise/info.hpp"

namespace pyad {

inline constexpr int kMaxArity = 3;

/// The values a rule reads: a, b, c, y; each undefined, a number, or a tensor.
using RuleValues = std::array<Operand, 4>;

/// An array for the result: of the common shape, laid out as Note [Layouts of results] says.
Tensor broadcast_result(const char* op, const LoopOperand* operands, int n, DType dtype);
/// Cotangent (or tangent) `g` times the derivative for input `i`: by kernel, or by ops where
/// somebody follows.
Tensor pull(const ElementwiseInfo& op, int i, const Tensor& g, const RuleValues& v,
            const double* params);
/// Tells a log of a call that is about to run, over `target` unless that is undefined.
[[gnu::cold]] void describe(const Running& now, const ElementwiseInfo& op,
                            std::span<const Operand> in, const double* params, DType dtype,
                            const Tensor& target);
/// The node of a call whose result is `y`.
void record(const ElementwiseInfo& op, std::span<const Operand> in, const Tensor& y,
            const double* params);
/// Forward mode: see Note [Forward-mode levels].
Tensor run_dual(const ElementwiseInfo& op, std::span<const Operand> in, const double* params,
                int level);
/// The square of a root in forward mode, if the op is that: Note [Tangents of roots].
Tensor square_dual(const ElementwiseInfo& op, std::span<const Operand> in, int level);

}  // namespace pyad
