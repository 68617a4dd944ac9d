// Loops of the smooth activations, for one instruction set.
#include "ops/elementwise/activation.hpp"
#include "ops/elementwise/loops.hpp"

namespace pyad::inline PYAD_ISA {
void fill_activation(ElementwiseKernels* k) { fill_list(ActivationOps{}, k); }
}  // namespace pyad::inline PYAD_ISA
