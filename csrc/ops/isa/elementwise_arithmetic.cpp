// Loops of the arithmetic family, for one instruction set.
#include "ops/elementwise/arithmetic.hpp"
#include "ops/elementwise/loops.hpp"

namespace pyad::inline PYAD_ISA {
void fill_arithmetic(ElementwiseKernels* k) { fill_light_list(ArithmeticOps{}, k); }
}  // namespace pyad::inline PYAD_ISA
