// The loops of layer normalisation as a table of function pointers, filled once per instruction
// set.
#pragma once

#include <cstdint>

#include "kernels/isa_select.hpp"

namespace pyad {

struct LayerLoops {
  /// y = (x - mean) rstd weight + bias for rows of n elements; weight and bias may be null. Fills
  /// mean and rstd.
  void (*norm)(const void* x, int64_t rows, int64_t n, const void* weight, const void* bias,
               double eps, void* y, void* mean, void* rstd);
  /// Cotangent of x.
  void (*norm_pull)(const void* g, const void* x, const void* mean, const void* rstd,
                    const void* weight, int64_t rows, int64_t n, double eps, void* gx);
  /// Cotangents of weight and bias, summed over the rows given; either may be null. Rows that are
  /// not `centred` have mean 0.
  void (*norm_pull_affine)(const void* g, const void* x, const void* mean, const void* rstd,
                           int64_t rows, int64_t n, double eps, bool centred, void* gw, void* gb);
};

struct LayerKernels {
  LayerLoops loops[2];  // float32, float64
};

PYAD_DECLARE_ISA_FILL(fill_layer, LayerKernels)

}  // namespace pyad
