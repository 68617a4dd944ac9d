// The loops of normalisation with statistics that span several runs of memory (batch, group and
// instance normalisation), as a table of function pointers, filled once per instruction set.
//
// A loop works on lines of n elements, `step` elements apart, and on arrays of coefficients. In a
// loop over planes a coefficient belongs to a line; in a loop over columns to a place in it.
#pragma once

#include <cstdint>

#include "kernels/isa_select.hpp"

namespace pyad {

/// Lines of memory: their number, their length, and the distance from one to the next.
struct Lines {
  int64_t count, n, step;
};

struct NormalizationLoops {
  /// sum x.
  void (*sums)(Lines l, const void* x, void* sum);
  /// sum (x - mean)^2.
  void (*squares)(Lines l, const void* x, const void* mean, void* sum);
  /// (x - mean) scale + shift.
  void (*apply)(Lines l, const void* x, const void* mean, const void* scale, const void* shift,
                void* y);
  /// sum g, and sum g (x - mean).
  void (*pull_sums)(Lines l, const void* g, const void* x, const void* mean, void* sum_g,
                    void* sum_gx);
  /// a g + b (x - mean) + c.
  void (*pull)(Lines l, const void* g, const void* x, const void* mean, const void* a,
               const void* b, const void* c, void* gx);
};

/// Normalisation by the root of the mean square of each row; weight may be null.
struct RmsLoops {
  void (*norm)(const void* x, int64_t rows, int64_t n, const void* weight, double eps, void* y,
               void* rrms);
  void (*pull)(const void* g, const void* x, const void* rrms, const void* weight, int64_t rows,
               int64_t n, double eps, void* gx);
};

struct NormalizationKernels {
  NormalizationLoops planes[2], columns[2];  // float32, float64
  RmsLoops rms[2];
};

PYAD_DECLARE_ISA_FILL(fill_normalization, NormalizationKernels)

}  // namespace pyad
