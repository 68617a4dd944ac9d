// The width of a register of the instruction set that a unit is compiled for.
//
// Vectors that kernels write out are no wider: wider ones GCC moves through the stack.
#pragma once

#include "kernels/isa.hpp"

namespace pyad::inline PYAD_ISA {

#if defined(__AVX512F__)
inline constexpr int kVectorBytes = 64;
#elif defined(__AVX2__)
inline constexpr int kVectorBytes = 32;
#else
inline constexpr int kVectorBytes = 16;
#endif

}  // namespace pyad::inline PYAD_ISA
