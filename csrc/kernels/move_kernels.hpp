// Loops that only move elements, as a table of function pointers, filled once per instruction set:
// they know the size of an element, not its type.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "core/dtype_list.hpp"
#include "kernels/isa.hpp"

namespace pyad {

struct MoveKernels {
  /// out[i] = *value; by size: 1, 2, 4 and 8 bytes.
  void (*fill[4])(void* out, int64_t n, const void* value);
  /// out[i] = last[-i]; by size likewise.
  void (*reverse[4])(void* out, const void* last, int64_t n);
  /// Bytes of arrays that do not overlap; see Note [Copies].
  void (*copy)(void* out, const void* in, int64_t bytes);

  /// The first n elements of a dtype that is stored only, in float32 or int32; and back.
  void (*widen[kNumDTypes])(const void* in, void* out, int64_t n);
  void (*narrow[kNumDTypes])(const void* in, void* out, int64_t n);

  static int of_size(size_t item) { return std::countr_zero(item); }
};

const MoveKernels& move_kernels();

/// Fewer than 64 bytes, as two pieces that may share some. Not memcpy: where the compiler knows so
/// small a bound it writes a string instruction, which takes longer to begin than this.
inline void copy_few(char* out, const char* in, int64_t bytes) {
  auto both_ends = [&]<size_t N>(std::integral_constant<size_t, N>) {
    char first[N], last[N];
    std::memcpy(first, in, N);
    std::memcpy(last, in + bytes - N, N);
    std::memcpy(out, first, N);
    std::memcpy(out + bytes - N, last, N);
  };
  if (bytes >= 32) return both_ends(std::integral_constant<size_t, 32>{});
  if (bytes >= 16) return both_ends(std::integral_constant<size_t, 16>{});
  if (bytes >= 8) return both_ends(std::integral_constant<size_t, 8>{});
  if (bytes >= 4) return both_ends(std::integral_constant<size_t, 4>{});
  for (int64_t i = 0; i < bytes; ++i) out[i] = in[i];
}

/// Bytes of arrays that do not overlap.
inline void copy_bytes(void* out, const void* in, int64_t bytes) {
  if (bytes < 64)
    copy_few(static_cast<char*>(out), static_cast<const char*>(in), bytes);
  else
    move_kernels().copy(out, in, bytes);
}

}  // namespace pyad
