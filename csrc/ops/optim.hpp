// Optimizer steps and gradient clipping: one call over all parameters. They write values, outside
// any graph, as an optimizer does under no_grad.
//
// Note [Optimizer rules]
// A rule is one `StepRule`: the settings it reads, the state it keeps for each parameter, and a
// plan, which turns the settings and the step count into the few numbers of a formula
// (kernels/isa/optim_formulas.hpp). Gathering, checking, strides, threads and the keeping of state
// are written once, for all rules.
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "core/tensor.hpp"
#include "kernels/optim_kernels.hpp"

namespace pyad {

/// The settings of all rules, under PyTorch's names; a rule reads its own.
struct StepSettings {
  double lr = 1e-3, weight_decay = 0, eps = 0;
  double momentum = 0, dampening = 0;
  double beta1 = 0, beta2 = 0;  // also "etas"
  double step_size_min = 0, step_size_max = 0;
  double alpha = 0, rho = 0, lr_decay = 0, momentum_decay = 0, lambd = 0, t0 = 0;
  double initial_accumulator_value = 0;
  bool nesterov = false, amsgrad = false, centered = false, maximize = false;
  bool decoupled_weight_decay = false;
};

/// A setting by the name it has in a parameter group: a number, a pair of numbers, or a flag.
struct StepSetting {
  const char* name;
  double StepSettings::* number = nullptr;
  double StepSettings::* second = nullptr;  // of a pair
  bool StepSettings::* flag = nullptr;
};

/// What a rule keeps for a parameter under a name: an array like the parameter, or a number in a
/// 0-d tensor.
struct StepState {
  const char* name;
  int slot;  // of StepItem::arrays or StepItem::numbers
  bool array;
  double (*initial)(const StepSettings& s) = nullptr;  // null: 0
  bool (*wanted)(const StepSettings& s) = nullptr;     // null: always
};

constexpr int kStepArrays = 3;
constexpr int kStepNumbers = 3;
constexpr int kCountSlot = 0;  // the number of steps; kept by the walk

/// The numbers of one parameter's state, as its 0-d tensors round them.
class StepNumbers {
 public:
  explicit StepNumbers(const std::array<Tensor, kStepNumbers>& tensors) : tensors_(tensors) {}
  double get(int slot) const { return tensors_[slot].item().as_double(); }
  void set(int slot, double value) const;
  /// Multiplies in the precision of the tensor.
  void scale(int slot, double factor) const;
  double count() const { return get(kCountSlot); }

 private:
  const std::array<Tensor, kStepNumbers>& tensors_;
};

struct StepRule {
  std::string_view name;
  std::span<const StepSetting> settings;
  std::span<const StepState> states;
  /// Fills in the numbers of the loop; `fresh`: the parameter had no state before.
  StepFormula (*plan)(const StepSettings& s, const StepNumbers& numbers, bool fresh,
                      StepLoop& loop);
};
std::span<const StepRule> step_rules();

/// One parameter of a step. Undefined arrays and numbers are those its rule does not keep.
struct StepItem {
  Tensor param, grad;
  std::array<Tensor, kStepArrays> arrays;
  std::array<Tensor, kStepNumbers> numbers;
  bool fresh = false;
  size_t index = 0;  // in the list of parameters, for messages
};

/// Raises unless the step can be taken; nothing has changed then.
void check_step(const StepRule& rule, const StepSettings& s, const StepItem& item);
/// What a rule planned for the last parameter.
struct StepPlan {
  const StepSettings* settings = nullptr;
  double count = 0;
  bool fresh = false;
  StepFormula formula = StepFormula::kSgd;
  StepLoop loop;
};
/// Takes it; `plan` serves the parameters of one call.
void take_step(const StepRule& rule, const StepSettings& s, const StepItem& item, StepPlan& plan);

/// The norm of the norms of all tensors, 0-d; 0 of none.
Tensor total_norm(std::span<const Tensor> tensors, double norm_type);
/// Multiplies the tensors by max_norm / (total_norm + 1e-6) where that is below 1.
void clip_with_norm(std::span<const Tensor> grads, double max_norm, const Tensor& total_norm);
/// Limits all elements to [-bound, bound].
void clip_values(std::span<const Tensor> grads, double bound);

}  // namespace pyad
