// Loops of the rounding ops, for one instruction set.
#include "ops/elementwise/rounding.hpp"
#include "ops/elementwise/loops.hpp"

namespace pyad::inline PYAD_ISA {
void fill_rounding(ElementwiseKernels* k) { fill_list(RoundingOps{}, k); }
}  // namespace pyad::inline PYAD_ISA
