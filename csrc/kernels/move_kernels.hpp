// Loops that only move elements, as a table of function pointers, filled once per instruction set:
// they know the size of an element, not its type.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/isa.hpp"

namespace pyad {

struct MoveKernels {
  /// out[i] = *value; by size: 1, 4 and 8 bytes.
  void (*fill[3])(void* out, int64_t n, const void* value);

  static int of_size(size_t item) { return item == 1 ? 0 : item == 4 ? 1 : 2; }
};

const MoveKernels& move_kernels();

}  // namespace pyad
