// The loops of the fused losses as a table of function pointers, filled once per instruction set.
#pragma once

#include <cstdint>

#include "kernels/isa_select.hpp"

namespace pyad {

/// Class-index cross entropy over rows of logits; row r counts unless target[r] == ignore.
struct CrossEntropyRows {
  const void* x;          // rows x classes
  const int64_t* target;  // in [0, classes) or ignore
  int64_t rows;
  int64_t classes;
  int64_t ignore;
  double smoothing;
  void* largest;  // per row: the largest logit
  void* log_sum;  // per row: log of the sum of exp(x - largest)
};

/// Losses that are a sum of f(x - y): d^2; |d|; d^2 / 2 where |d| < delta, else
/// delta (|d| - delta / 2).
enum class Difference : uint8_t { kSquare, kAbsolute, kHuber };

struct LossLoops {
  /// Sum of f(x - y) over one run; by Difference.
  void (*difference[3])(const void* x, const void* y, int64_t n, double delta, void* out);
  /// out = scale f'(x - y), for squares half of it.
  void (*slope[3])(const void* x, const void* y, int64_t n, double delta, double scale, void* out);
  void (*sum)(const void* x, int64_t n, void* out);
  /// Fills largest, log_sum, and the loss of every row.
  void (*cross_entropy)(const CrossEntropyRows& c, void* loss);
  /// Cotangent of the logits; row r has the cotangent scale * g[r * g_step].
  void (*cross_entropy_pull)(const CrossEntropyRows& c, const void* g, int64_t g_step, double scale,
                             void* gx);
};

struct LossKernels {
  LossLoops loops[2];  // float32, float64
};

PYAD_DECLARE_ISA_FILL(fill_loss, LossKernels)

}  // namespace pyad
