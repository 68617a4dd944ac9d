// The loops of the optimizer steps as a table of function pointers, filled once per instruction
// set.
#pragma once

#include <cstdint>

#include "kernels/isa_select.hpp"

namespace pyad {

/// One step of stochastic gradient descent on n elements.
struct SgdLoop {
  void* param;
  const void* grad;
  void* momentum_buffer;  // null without momentum
  bool first;             // the buffer has no value yet
  double lr, momentum, dampening, weight_decay;
  bool nesterov, maximize;
};

/// One step of Adam on n elements.
struct AdamLoop {
  void* param;
  const void* grad;
  void* exp_avg;
  void* exp_avg_sq;
  void* max_exp_avg_sq;  // null without amsgrad
  double lr, beta1, beta2, eps, weight_decay;
  double step_size, root_correction;  // lr / (1 - beta1^step), sqrt(1 - beta2^step)
  bool decoupled, maximize;
};

struct OptimKernels {
  void (*sgd[2])(const SgdLoop& s, int64_t begin, int64_t end);  // float32, float64
  void (*adam[2])(const AdamLoop& s, int64_t begin, int64_t end);
};

PYAD_DECLARE_ISA_FILL(fill_optim, OptimKernels)

}  // namespace pyad
