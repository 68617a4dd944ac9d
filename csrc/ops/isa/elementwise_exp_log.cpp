// Loops of exponentials, logarithms and the error function, for one instruction set.
#include "ops/elementwise/exp_log.hpp"
#include "ops/elementwise/loops.hpp"

namespace pyad::inline PYAD_ISA {
void fill_exp_log(ElementwiseKernels* k) { fill_list(ExpLogOps{}, k); }
}  // namespace pyad::inline PYAD_ISA
