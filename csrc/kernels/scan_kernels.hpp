// The loops of cumulative ops as a table of function pointers, filled once per instruction set.
#pragma once

#include <cstdint>

#include "core/dtype_list.hpp"
#include "kernels/isa.hpp"

namespace pyad {

/// Scans `n` rows of `columns` elements (rows `step` apart) down each column, for `outer` such
/// blocks one after the other; from the end when `reverse`.
using Scan = void (*)(const void* x, void* y, int64_t outer, int64_t n, int64_t columns,
                      int64_t step, bool reverse);

/// Scans the next `n` of the elements of one line; the total so far waits in `carry`, which has
/// room for any number.
using ScanPiece = void (*)(const void* x, void* y, int64_t n, bool reverse, bool first,
                           void* carry);

struct ScanLoops {
  Scan whole;
  ScanPiece piece;
};

struct ScanKernels {
  ScanLoops sum[kNumDTypes];  // int64, float32 and float64 only
  ScanLoops prod[kNumDTypes];
};

const ScanKernels& scan_kernels();

}  // namespace pyad
