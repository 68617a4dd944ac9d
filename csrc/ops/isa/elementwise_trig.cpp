// Loops of trigonometric and hyperbolic functions, for one instruction set.
#include "ops/elementwise/loops.hpp"
#include "ops/elementwise/trig.hpp"

namespace pyad::inline PYAD_ISA {
void fill_trig(ElementwiseKernels* k) { fill_list(TrigOps{}, k); }
}  // namespace pyad::inline PYAD_ISA
