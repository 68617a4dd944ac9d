// The families of elementwise ops, in the order of their ids. A new family is a header, an isa unit, and a line in each list here.
#pragma once

#include "ops/elementwise/arithmetic.hpp"
#include "ops/elementwise/exp_log.hpp"

namespace pyad::inline PYAD_ISA {

// X(name of the family, its list)
#define PYAD_ELEMENTWISE_FAMILIES(X) \
  X(arithmetic, ArithmeticOps)       \
  X(exp_log, ExpLogOps)

}  // namespace pyad::inline PYAD_ISA
