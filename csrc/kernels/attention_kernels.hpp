// The loops of attention between its matrix products, as a table of function pointers, filled once
// per instruction set.
#pragma once

#include <cstdint>

#include "kernels/isa_select.hpp"

namespace pyad {

/// A matrix of scores, rows x n, contiguous.
struct Scores {
  void* data;
  int64_t rows, n;
};
/// What is added to them; data may be null. `causal`: row i sees the first i + 1 columns only.
struct ScoreMask {
  const void* data;
  int64_t row_stride, col_stride;  // in elements
  bool causal;
};

struct AttentionLoops {
  /// Softmax of each row after the mask, in place; a row in which nothing is visible becomes zeros.
  void (*weigh)(Scores s, ScoreMask mask);
  /// s = p (s - sum p s) in place: from the cotangents of the weights p to those of the scores.
  void (*pull)(Scores s, const void* p);
};

struct AttentionKernels {
  AttentionLoops loops[2];  // float32, float64
};

PYAD_DECLARE_ISA_FILL(fill_attention, AttentionKernels)

}  // namespace pyad
