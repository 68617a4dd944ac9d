// Loops of the activations in pieces, for one instruction set.
#include "ops/elementwise/loops.hpp"
#include "ops/elementwise/rectifier.hpp"

namespace pyad::inline PYAD_ISA {
void fill_rectifier(ElementwiseKernels* k) { fill_light_list(RectifierOps{}, k); }
}  // namespace pyad::inline PYAD_ISA
