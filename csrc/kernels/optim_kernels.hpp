// The loops of the optimizer steps and of gradient clipping as a table of function pointers, filled
// once per instruction set.
#pragma once

#include <cstdint>

#include "kernels/isa_select.hpp"

namespace pyad {

/// The formulas a step can apply. Rules whose formula depends on their settings have several.
enum class StepFormula {
  kSgd,
  kMomentum,
  kNesterov,
  kAdam,
  kAmsgrad,
  kRmsprop,
  kRmspropMomentum,
  kRmspropCentered,
  kRmspropCenteredMomentum,
  kAdagrad,
  kAdadelta,
  kAdamax,
  kNadam,
  kRadam,
  kRadamRectified,
  kRprop,
  kAsgd,
  kAsgdAveraged,
  kCount,
};

/// One step on n elements: what every formula gets. The numbers are what is left of the settings
/// when all that is the same for each element is done; a formula takes those it needs.
struct StepLoop {
  void* param = nullptr;
  const void* grad = nullptr;
  void* state[3] = {};
  double sign = 1;          // of the gradient: -1 goes uphill
  double weight_decay = 0;  // times the parameter, joins the gradient
  double shrink = 1;        // of the parameter, before the step
  double rate = 0;          // of the step
  double beta1 = 0, beta2 = 0, eps = 0;
  double extra1 = 0, extra2 = 0, extra3 = 0;
};

/// What a norm needs of each element x.
enum class NormSum { kSquares, kAbsolutes, kNonzeros, kMaximum, kMinimum, kCount };

struct OptimKernels {
  // For each formula: float32, float64.
  void (*step[static_cast<int>(StepFormula::kCount)][2])(const StepLoop& s, int64_t begin,
                                                         int64_t end);
  double (*norm_sum[static_cast<int>(NormSum::kCount)][2])(const void* x, int64_t n);
  void (*scale[2])(void* x, double factor, int64_t n);
  void (*clamp[2])(void* x, double bound, int64_t n);
};

PYAD_DECLARE_ISA_FILL(fill_optim, OptimKernels)

}  // namespace pyad
