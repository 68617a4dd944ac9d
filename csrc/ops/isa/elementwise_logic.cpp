// Loops of logical and bitwise ops, for one instruction set.
#include "ops/elementwise/logic.hpp"
#include "ops/elementwise/loops.hpp"

namespace pyad::inline PYAD_ISA {
void fill_logic(ElementwiseKernels* k) { fill_light_list(LogicOps{}, k); }
}  // namespace pyad::inline PYAD_ISA
