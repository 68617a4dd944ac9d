// The loops of banded maps (Note [Banded maps]) as a table of function pointers, filled once per
// instruction set.
#pragma once

#include <cstdint>

#include "kernels/axis.hpp"
#include "kernels/isa_select.hpp"

namespace pyad {

/// Planes of x, of the axes' inputs, mapped to planes of y, of their outputs.
struct ResampleJob {
  const void* x;
  void* y;
  const BandAxis* axes;  // three
};

struct ResampleKernels {
  /// Rows [begin, end) of y, counted through all planes; `buffer` holds one row of x. For float32
  /// and float64.
  void (*run[2])(const ResampleJob& job, int64_t begin, int64_t end, void* buffer);
};

PYAD_DECLARE_ISA_FILL(fill_resample, ResampleKernels)

}  // namespace pyad
