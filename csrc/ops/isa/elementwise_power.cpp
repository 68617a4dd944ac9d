// Loops of powers, roots and reciprocals, for one instruction set.
#include "ops/elementwise/loops.hpp"
#include "ops/elementwise/power.hpp"

namespace pyad::inline PYAD_ISA {
void fill_power(ElementwiseKernels* k) { fill_list(PowerOps{}, k); }
}  // namespace pyad::inline PYAD_ISA
