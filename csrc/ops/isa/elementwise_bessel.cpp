// Loops of the modified Bessel functions, for one instruction set.
#include "ops/elementwise/bessel.hpp"
#include "ops/elementwise/loops.hpp"

namespace pyad::inline PYAD_ISA {
void fill_bessel(ElementwiseKernels* k) { fill_list(BesselOps{}, k); }
}  // namespace pyad::inline PYAD_ISA
