// The types by which the engine calls kernels: plain pointers and numbers, no engine classes (Note
// [Instruction sets]).
#pragma once

#include <cstdint>

#include "core/dtype_list.hpp"

namespace pyad {

/// One elementwise loop: `in[k]` are arrays of `n` elements, or single elements where bit k of
/// `scalars` is set.
using ElementwiseKernel = void (*)(const void* const* in, void* out, int64_t n, unsigned scalars,
                                   const double* params);

/// The loops of one elementwise op; null where the op does not take the type.
struct ElementwiseKernels {
  ElementwiseKernel forward[kNumDTypes];
  ElementwiseKernel pull[3][2];  // cotangent of input i, for float32 and float64: in[0] = g, then
                                 // the saved values; null when the derivative is constant
};

}  // namespace pyad
