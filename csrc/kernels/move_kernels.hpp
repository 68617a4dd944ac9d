// Loops that only move elements, as a table of function pointers, filled once per instruction set:
// they know the size of an element, not its type.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/isa.hpp"

namespace pyad {

struct MoveKernels {
  /// out[i] = *value; by size: 1, 4 and 8 bytes.
  void (*fill[3])(void* out, int64_t n, const void* value);
  /// out[i] = last[-i]; by size likewise.
  void (*reverse[3])(void* out, const void* last, int64_t n);
  /// Bytes of arrays that do not overlap; see Note [Copies].
  void (*copy)(void* out, const void* in, int64_t bytes);

  static int of_size(size_t item) { return item == 1 ? 0 : item == 4 ? 1 : 2; }
};

const MoveKernels& move_kernels();

inline void copy_bytes(void* out, const void* in, int64_t bytes) {
  if (bytes < 256)
    std::memcpy(out, in, static_cast<size_t>(bytes));
  else
    move_kernels().copy(out, in, bytes);
}

}  // namespace pyad
