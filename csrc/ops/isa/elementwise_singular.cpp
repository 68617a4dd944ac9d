// Loops of the ops of singular points, for one instruction set.
#include "ops/elementwise/loops.hpp"
#include "ops/elementwise/singular.hpp"

namespace pyad::inline PYAD_ISA {
void fill_singular(ElementwiseKernels* k) { fill_list(SingularOps{}, k); }
}  // namespace pyad::inline PYAD_ISA
