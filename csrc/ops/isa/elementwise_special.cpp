// Loops of the special functions, for one instruction set.
#include "ops/elementwise/loops.hpp"
#include "ops/elementwise/special.hpp"

namespace pyad::inline PYAD_ISA {
void fill_special(ElementwiseKernels* k) { fill_list(SpecialOps{}, k); }
}  // namespace pyad::inline PYAD_ISA
