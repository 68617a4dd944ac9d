// What elementwise ops ask before they compute with integers: divisors of zero, and numbers that
// have no place among them. Apart from elementwise.cpp, which runs and records.
#pragma once

#include "ops/elementwise/info.hpp"

namespace pyad {

/// Integers cannot be divided by zero; there is no infinity to return. Of nothing they can.
void check_divisor(const ElementwiseInfo& op, const Operand& a, const Operand& b, DType dtype);

/// Comparison of integers with a number that has no place among them: one answer for all elements,
/// which is that for zero and an infinity of the number's sign. Undefined if there is no such
/// number.
Tensor compare_beyond(const ElementwiseInfo& op, std::span<const Operand> in, DType dtype);

}  // namespace pyad
