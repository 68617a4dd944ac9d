// Loops of comparisons and tests, for one instruction set.
#include "ops/elementwise/compare.hpp"
#include "ops/elementwise/loops.hpp"

namespace pyad::inline PYAD_ISA {
void fill_compare(ElementwiseKernels* k) { fill_light_list(CompareOps{}, k); }
}  // namespace pyad::inline PYAD_ISA
