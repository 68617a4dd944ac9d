// Loops of the rounding ops, for one instruction set.
#include "ops/elementwise/loops.hpp"
#include "ops/elementwise/rounding.hpp"

namespace pyad::inline PYAD_ISA {
void fill_rounding(ElementwiseKernels* k) { fill_light_list(RoundingOps{}, k); }
}  // namespace pyad::inline PYAD_ISA
