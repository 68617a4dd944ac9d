// Brings any mixture of broadcast, strided and scalar operands to the contiguous runs that
// elementwise kernels take.
#pragma once

#include "core/tensor.hpp"
#include "kernels/kernel_types.hpp"

namespace pyad {

/// One operand: an array, or one number stored at `data`.
struct LoopOperand {
  const void* data;
  const Tensor* tensor;  // null for a number
};

/// `out` (dense, of the broadcast shape) = kernel(operands). All operands have `item` bytes an
/// element; `cost` is roughly the work for one element in additions.
void run_elementwise(ElementwiseKernel kernel, const LoopOperand* operands, int n_operands,
                     size_t item, const Tensor& out, const double* params, double cost);

}  // namespace pyad
