// The name of the instruction set this translation unit is compiled for. See Note [Instruction
// sets].
//
// Note [Instruction sets]
// Kernels are compiled once per instruction set (`isa/*.cpp`, with -DPYAD_ISA=generic, v3, v4) and
// chosen at import. Everything such a unit instantiates stands in the inline namespace of that
// name, so that no inline function compiled for AVX-512 can be picked by the linker for an older
// processor. For the same reason an isa unit includes formulas and loops only: nothing of the
// engine, no containers, no <algorithm>.
#pragma once

#ifndef PYAD_ISA
#define PYAD_ISA generic
#endif

namespace pyad {
inline namespace PYAD_ISA {}
}  // namespace pyad
