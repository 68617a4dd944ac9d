// Chooses between the builds of a kernel table (Note [Instruction sets]).
//
// A family of kernels is a struct of function pointers, `struct ReduceKernels`, and an isa unit
// that defines `void fill_reduce(ReduceKernels*)`. The engine gets the right one by
//
//   PYAD_DECLARE_ISA_FILL(fill_reduce, ReduceKernels)          // in namespace pyad
//   const ReduceKernels& reduce_kernels() {
//     static const ReduceKernels k = PYAD_SELECT_ISA(fill_reduce, ReduceKernels);
//     return k;
//   }
#pragma once

#include "kernels/isa.hpp"

namespace pyad {

enum class Isa { kGeneric, kV3, kV4 };

/// The best instruction set of this processor, or what PYAD_ISA in the environment asks for (if the
/// processor has it).
Isa active_isa();
const char* isa_name();

#if defined(PYAD_ONLY_GENERIC)
#define PYAD_DECLARE_ISA_FILL(FILL, TABLE) \
  namespace generic {                      \
  void FILL(TABLE*);                       \
  }
#define PYAD_SELECT_ISA(FILL, TABLE) \
  ([] {                              \
    TABLE table{};                   \
    ::pyad::generic::FILL(&table);   \
    return table;                    \
  }())
#else
#define PYAD_DECLARE_ISA_FILL(FILL, TABLE) \
  namespace generic {                      \
  void FILL(TABLE*);                       \
  }                                        \
  namespace v3 {                           \
  void FILL(TABLE*);                       \
  }                                        \
  namespace v4 {                           \
  void FILL(TABLE*);                       \
  }
#define PYAD_SELECT_ISA(FILL, TABLE)   \
  ([] {                                \
    TABLE table{};                     \
    switch (::pyad::active_isa()) {    \
      case ::pyad::Isa::kV4:           \
        ::pyad::v4::FILL(&table);      \
        break;                         \
      case ::pyad::Isa::kV3:           \
        ::pyad::v3::FILL(&table);      \
        break;                         \
      default:                         \
        ::pyad::generic::FILL(&table); \
    }                                  \
    return table;                      \
  }())
#endif

}  // namespace pyad
