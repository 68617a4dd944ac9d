// Loops of the gamma function's family, for one instruction set.
#include "ops/elementwise/gamma.hpp"
#include "ops/elementwise/loops.hpp"

namespace pyad::inline PYAD_ISA {
void fill_gamma(ElementwiseKernels* k) { fill_list(GammaOps{}, k); }
}  // namespace pyad::inline PYAD_ISA
