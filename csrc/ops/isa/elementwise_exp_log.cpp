// Loops of exponentials and logarithms, for one instruction set.
#include "ops/elementwise/loops.hpp"
#include "ops/elementwise/exp_log.hpp"

namespace pyad::inline PYAD_ISA {
void fill_exp_log(ElementwiseKernels* k) { fill_list(ExpLogOps{}, k); }
}  // namespace pyad::inline PYAD_ISA
