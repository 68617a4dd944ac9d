// The loops of maximum pooling as a table of function pointers, filled once per instruction set.
#pragma once

#include <cstdint>

#include "core/dtype_list.hpp"
#include "kernels/axis.hpp"
#include "kernels/isa_select.hpp"

namespace pyad {

struct PoolJob {
  const void* x;
  void* y;
  int32_t* places;       // of the largest elements, within their planes; null: not wanted
  const BandAxis* axes;  // three
  void (*poll)();        // asked now and then: Note [Interrupted kernels]
};

struct PoolKernels {
  /// Rows [begin, end) of y, counted through all planes. By dtype; null where there are none.
  void (*max[kNumDTypes])(const PoolJob& job, int64_t begin, int64_t end);
};

PYAD_DECLARE_ISA_FILL(fill_pool, PoolKernels)

}  // namespace pyad
