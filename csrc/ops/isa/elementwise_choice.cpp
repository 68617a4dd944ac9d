// Loops of extrema, clamp and where, for one instruction set.
#include "ops/elementwise/choice.hpp"
#include "ops/elementwise/loops.hpp"

namespace pyad::inline PYAD_ISA {
void fill_choice(ElementwiseKernels* k) { fill_light_list(ChoiceOps{}, k); }
}  // namespace pyad::inline PYAD_ISA
