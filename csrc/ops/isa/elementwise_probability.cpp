// Loops of the functions of probability, for one instruction set.
#include "ops/elementwise/loops.hpp"
#include "ops/elementwise/probability.hpp"

namespace pyad::inline PYAD_ISA {
void fill_probability(ElementwiseKernels* k) { fill_list(ProbabilityOps{}, k); }
}  // namespace pyad::inline PYAD_ISA
