// Loops that write arithmetic series as a table of function pointers, filled once per instruction
// set. Element i of a call is number `begin + i` of the series, or `begin - i` where it counts
// down.
#pragma once

#include <cstdint>

#include "kernels/isa.hpp"

namespace pyad {

struct SeriesKernels {
  /// first + k by, in integers that wrap around.
  void (*whole)(int64_t* out, int64_t begin, int64_t n, int64_t first, int64_t by);
  /// first + k by, computed in float64; float32 and float64.
  void (*steps[2])(void* out, int64_t begin, int64_t n, double first, double by);
  /// first + k by in one rounding, in the type of the elements.
  void (*spaced[2])(void* out, int64_t begin, bool down, int64_t n, double first, double by);
};

}  // namespace pyad
