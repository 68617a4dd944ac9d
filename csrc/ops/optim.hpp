// Optimizer steps: one call over all parameters. They write values, outside any graph, as an
// optimizer does under no_grad.
#pragma once

#include <span>
#include <vector>

#include "core/tensor.hpp"

namespace pyad {

struct SgdOptions {
  double lr = 1e-3;
  double momentum = 0;
  double dampening = 0;
  double weight_decay = 0;
  bool nesterov = false;
  bool maximize = false;
};

/// PyTorch's SGD. With momentum, `momentum_buffers` has an entry for each parameter; undefined ones
/// are made, as a parameter's first step has no dampening. Everything is checked before anything
/// changes.
void sgd_step(std::span<const Tensor> params, std::span<const Tensor> grads,
              std::vector<Tensor>& momentum_buffers, const SgdOptions& options);

struct AdamOptions {
  double lr = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double eps = 1e-8;
  double weight_decay = 0;
  bool amsgrad = false;
  bool decoupled =
      false;  // AdamW: weight decay shrinks the parameter instead of joining the gradient
  bool maximize = false;
};

/// PyTorch's Adam and AdamW. `steps` counts from 1: one number for all parameters, or one for each.
/// `max_exp_avg_sqs` is read and written with amsgrad only.
void adam_step(std::span<const Tensor> params, std::span<const Tensor> grads,
               std::span<const Tensor> exp_avgs, std::span<const Tensor> exp_avg_sqs,
               std::span<const Tensor> max_exp_avg_sqs, std::span<const double> steps,
               const AdamOptions& options);

}  // namespace pyad
