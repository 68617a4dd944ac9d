// One axis of a map between grids: which inputs each output looks at, and with which weights. Plain
// data, for kernels (Note [Instruction sets]); kernels/bands.hpp makes it.
#pragma once

#include <cstdint>

namespace pyad {

/// Windows onto an axis of `in` elements, one for each of `out` results; starts and stops never
/// fall.
struct BandAxis {
  int64_t in = 1;
  int64_t out = 1;
  const int32_t* start = nullptr;  // output o looks at start[o], start[o] + step ... below stop[o]
  const int32_t* stop = nullptr;
  int32_t step = 1;
  const void* weight = nullptr;  // of tap j of output o at [j * out + o]; null: 1
  const void* before = nullptr;  // a factor of each input; null: 1
  const void* after = nullptr;   // a divisor of each output; null: 1
  // Outputs [first, last) have windows of `length` taps that start `stride` apart (0: irregularly,
  // where there are weights).
  int64_t first = 0;
  int64_t last = 0;
  int64_t stride = 1;
  int64_t length = 1;
  int64_t repeat = 0;   // not 0: output o is input o / repeat
  bool single = false;  // every window holds one element
};

}  // namespace pyad
