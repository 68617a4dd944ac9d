// Loops of the arithmetic family, for one instruction set.
#include "ops/elementwise/loops.hpp"
#include "ops/elementwise/arithmetic.hpp"

namespace pyad::inline PYAD_ISA {
void fill_arithmetic(ElementwiseKernels* k) { fill_list(ArithmeticOps{}, k); }
}  // namespace pyad::inline PYAD_ISA
