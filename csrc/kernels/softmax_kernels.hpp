// The loops of softmax and log_softmax as a table of function pointers, filled once per instruction
// set.
#pragma once

#include <cstdint>

#include "kernels/isa.hpp"

namespace pyad {

/// Rows are contiguous, `n` elements each. Columns: `n` rows of `columns` elements, `step` apart,
/// normalised down each column.
struct SoftmaxLoops {
  void (*rows)(const void* x, void* y, int64_t rows, int64_t n);
  void (*columns)(const void* x, void* y, int64_t n, int64_t step, int64_t columns);
  /// Part of one long row whose largest element and sum of exp(x - largest) are known.
  void (*finish)(const void* x, void* y, int64_t n, const void* largest, const void* sum);
  /// gx from g and the result y.
  void (*pull_rows)(const void* g, const void* y, void* gx, int64_t rows, int64_t n);
  void (*pull_columns)(const void* g, const void* y, void* gx, int64_t n, int64_t step,
                       int64_t columns);
};

struct SoftmaxKernels {
  SoftmaxLoops loops[2][2];  // [log_softmax][float64]
};

const SoftmaxKernels& softmax_kernels();

}  // namespace pyad
