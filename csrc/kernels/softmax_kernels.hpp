// The loops of softmax and log_softmax as a table of function pointers, filled once per instruction
// set.
#pragma once

#include <cstdint>

#include "kernels/isa.hpp"

namespace pyad {

/// A sum of exp(x - largest) from here on keeps its digits when 1 is taken off (Note [Sums beyond
/// one]), and a probability from here on is nearly all of its row (Note [Cotangents of softmax]),
/// with its logarithm.
inline constexpr double kPlainSum = 1.5, kDominant = 0.75, kLogDominant = -0.28768207245178093;

/// Rows are contiguous, `n` elements each. Columns: `n` rows of `columns` elements, `step` apart,
/// normalised down each column.
struct SoftmaxLoops {
  void (*rows)(const void* x, void* y, int64_t rows, int64_t n);
  void (*columns)(const void* x, void* y, int64_t n, int64_t step, int64_t columns);
  /// Part of one long row whose largest element is known, and the sum of exp(x - largest), for
  /// log_softmax its logarithm.
  void (*finish)(const void* x, void* y, int64_t n, const void* largest, const void* sum);
  /// gx from g and the result y.
  void (*pull_rows)(const void* g, const void* y, void* gx, int64_t rows, int64_t n);
  void (*pull_columns)(const void* g, const void* y, void* gx, int64_t n, int64_t step,
                       int64_t columns);
};

/// One number for each row or column.
struct LogSumExpLoops {
  void (*rows)(const void* x, void* y, int64_t rows, int64_t n);
  void (*columns)(const void* x, void* y, int64_t n, int64_t step, int64_t columns);
};

struct SoftmaxKernels {
  SoftmaxLoops loops[2][2];  // [log_softmax][float64]
  LogSumExpLoops logsumexp[2];
};

const SoftmaxKernels& softmax_kernels();

}  // namespace pyad
