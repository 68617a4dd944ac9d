// The optimizer rules: names, settings, state and plan of each. See Note [Optimizer rules]. Plans
// compute in the order PyTorch does, in double precision as Python does.
#include <cmath>

#include "ops/optim.hpp"

namespace pyad {

namespace {

using S = StepSettings;

constexpr StepSetting kLr{"lr", &S::lr}, kDecay{"weight_decay", &S::weight_decay},
    kEps{"eps", &S::eps}, kBetas{"betas", &S::beta1, &S::beta2},
    kMaximize{.name = "maximize", .flag = &S::maximize},
    kDecoupled{.name = "decoupled_weight_decay", .flag = &S::decoupled_weight_decay};

constexpr StepState number(const char* name, int slot, double (*initial)(const S&) = nullptr) {
  return {name, slot, false, initial, nullptr};
}
constexpr StepState array(const char* name, int slot, double (*initial)(const S&) = nullptr,
                          bool (*wanted)(const S&) = nullptr) {
  return {name, slot, true, initial, wanted};
}
constexpr StepState kStep = number("step", kCountSlot);
constexpr auto kOne = [](const S&) { return 1.0; };
constexpr auto kLrItself = [](const S& s) { return s.lr; };
constexpr auto kWithMomentum = [](const S& s) { return s.momentum != 0; };

/// Weight decay as a factor of the parameter, or as a part of the gradient.
void decay(const S& s, StepLoop& loop) {
  if (s.decoupled_weight_decay) {
    loop.shrink = 1 - s.lr * s.weight_decay;
  } else {
    loop.weight_decay = s.weight_decay;
  }
}

constexpr StepSetting kSgdSettings[] = {
    kLr,
    {"momentum", &S::momentum},
    {"dampening", &S::dampening},
    kDecay,
    {.name = "nesterov", .flag = &S::nesterov},
    kMaximize,
};
constexpr StepState kSgdStates[] = {array("momentum_buffer", 0, nullptr, kWithMomentum)};
StepFormula sgd(const S& s, const StepNumbers&, bool fresh, StepLoop& loop) {
  decay(s, loop);
  loop.rate = s.lr;
  if (s.momentum == 0) return StepFormula::kSgd;
  loop.beta1 = loop.extra1 = s.momentum;
  loop.beta2 = fresh ? 1 : 1 - s.dampening;  // the first gradient counts in full
  return s.nesterov ? StepFormula::kNesterov : StepFormula::kMomentum;
}

constexpr StepSetting kAdamSettings[] = {
    kLr, kBetas, kEps, kDecay, {.name = "amsgrad", .flag = &S::amsgrad}, kDecoupled, kMaximize,
};
constexpr StepState kAdamStates[] = {
    kStep, array("exp_avg", 0), array("exp_avg_sq", 1),
    array("max_exp_avg_sq", 2, nullptr, [](const S& s) { return s.amsgrad; })};
/// What Adam's relatives have in common.
void moments(const S& s, StepLoop& loop) {
  decay(s, loop);
  loop.beta1 = s.beta1;
  loop.beta2 = s.beta2;
  loop.eps = s.eps;
}
StepFormula adam(const S& s, const StepNumbers& n, bool, StepLoop& loop) {
  moments(s, loop);
  double step = n.count();
  loop.rate = s.lr / (1 - std::pow(s.beta1, step));
  loop.extra1 = std::sqrt(1 - std::pow(s.beta2, step));
  return s.amsgrad ? StepFormula::kAmsgrad : StepFormula::kAdam;
}

constexpr StepSetting kRmspropSettings[] = {
    kLr,
    {"momentum", &S::momentum},
    {"alpha", &S::alpha},
    kEps,
    {.name = "centered", .flag = &S::centered},
    kDecay,
    kMaximize,
};
constexpr StepState kRmspropStates[] = {
    kStep, array("square_avg", 0), array("momentum_buffer", 1, nullptr, kWithMomentum),
    array("grad_avg", 2, nullptr, [](const S& s) { return s.centered; })};
StepFormula rmsprop(const S& s, const StepNumbers&, bool, StepLoop& loop) {
  decay(s, loop);
  loop.rate = s.lr;
  loop.beta1 = s.alpha;
  loop.beta2 = s.momentum;
  loop.eps = s.eps;
  if (s.centered) {
    return s.momentum != 0 ? StepFormula::kRmspropCenteredMomentum : StepFormula::kRmspropCentered;
  }
  return s.momentum != 0 ? StepFormula::kRmspropMomentum : StepFormula::kRmsprop;
}

constexpr StepSetting kAdagradSettings[] = {
    kLr,       {"lr_decay", &S::lr_decay},
    kEps,      kDecay,
    kMaximize, {"initial_accumulator_value", &S::initial_accumulator_value}};
constexpr StepState kAdagradStates[] = {
    kStep, array("sum", 0, [](const S& s) { return s.initial_accumulator_value; })};
StepFormula adagrad(const S& s, const StepNumbers& n, bool, StepLoop& loop) {
  decay(s, loop);
  loop.rate = s.lr / (1 + (n.count() - 1) * s.lr_decay);
  loop.eps = s.eps;
  return StepFormula::kAdagrad;
}

constexpr StepSetting kAdadeltaSettings[] = {kLr, {"rho", &S::rho}, kEps, kDecay, kMaximize};
constexpr StepState kAdadeltaStates[] = {kStep, array("square_avg", 0), array("acc_delta", 1)};
StepFormula adadelta(const S& s, const StepNumbers&, bool, StepLoop& loop) {
  decay(s, loop);
  loop.rate = s.lr;
  loop.beta1 = s.rho;
  loop.eps = s.eps;
  return StepFormula::kAdadelta;
}

constexpr StepSetting kAdamaxSettings[] = {kLr, kBetas, kEps, kDecay, kMaximize};
constexpr StepState kAdamaxStates[] = {kStep, array("exp_avg", 0), array("exp_inf", 1)};
StepFormula adamax(const S& s, const StepNumbers& n, bool, StepLoop& loop) {
  moments(s, loop);
  loop.rate = s.lr / (1 - std::pow(s.beta1, n.count()));
  return StepFormula::kAdamax;
}

constexpr int kProduct = 1;
constexpr StepSetting kNadamSettings[] = {
    kLr, kBetas, kEps, kDecay, {"momentum_decay", &S::momentum_decay}, kDecoupled, kMaximize};
constexpr StepState kNadamStates[] = {kStep, number("mu_product", kProduct, kOne),
                                      array("exp_avg", 0), array("exp_avg_sq", 1)};
StepFormula nadam(const S& s, const StepNumbers& n, bool, StepLoop& loop) {
  moments(s, loop);
  double step = n.count();
  double mu = s.beta1 * (1.0 - 0.5 * std::pow(0.96, step * s.momentum_decay));
  double mu_next = s.beta1 * (1.0 - 0.5 * std::pow(0.96, (step + 1) * s.momentum_decay));
  n.scale(kProduct, mu);
  double product = n.get(kProduct);
  loop.rate = s.lr * (1.0 - mu) / (1.0 - product);
  loop.extra1 = 1 - std::pow(s.beta2, step);
  loop.extra2 = (s.lr * mu_next) / (1.0 - product * mu_next);
  return StepFormula::kNadam;
}

constexpr StepSetting kRadamSettings[] = {kLr, kBetas, kEps, kDecay, kDecoupled, kMaximize};
constexpr StepState kRadamStates[] = {kStep, array("exp_avg", 0), array("exp_avg_sq", 1)};
StepFormula radam(const S& s, const StepNumbers& n, bool, StepLoop& loop) {
  moments(s, loop);
  double step = n.count(), kept = std::pow(s.beta2, step), correction = 1 - kept;
  loop.rate = s.lr;
  loop.extra1 = 1 - std::pow(s.beta1, step);
  loop.extra2 = std::pow(correction, 0.5);
  // How many gradients the running mean of squares is worth, in the end and now.
  double rho_inf = 2 / (1 - s.beta2) - 1;
  double rho = rho_inf - 2 * step * kept / correction;
  if (!(rho > 5)) return StepFormula::kRadam;
  loop.extra3 =
      std::pow((rho - 4) * (rho - 2) * rho_inf / ((rho_inf - 4) * (rho_inf - 2) * rho), 0.5);
  return StepFormula::kRadamRectified;
}

constexpr StepSetting kRpropSettings[] = {kLr,
                                          {"etas", &S::beta1, &S::beta2},
                                          {"step_sizes", &S::step_size_min, &S::step_size_max},
                                          kMaximize};
constexpr StepState kRpropStates[] = {kStep, array("prev", 0), array("step_size", 1, kLrItself)};
StepFormula rprop(const S& s, const StepNumbers&, bool, StepLoop& loop) {
  loop.beta1 = s.beta1;
  loop.beta2 = s.beta2;
  loop.extra1 = s.step_size_min;
  loop.extra2 = s.step_size_max;
  return StepFormula::kRprop;
}

constexpr int kEta = 1, kMu = 2;
constexpr StepSetting kAsgdSettings[] = {
    kLr, {"lambd", &S::lambd}, {"alpha", &S::alpha}, {"t0", &S::t0}, kDecay, kMaximize};
constexpr StepState kAsgdStates[] = {kStep, number("eta", kEta, kLrItself), number("mu", kMu, kOne),
                                     array("ax", 0)};
/// As a tensor of this number holds it.
double as_default(double v) {
  return default_dtype() == DType::kFloat32 ? static_cast<float>(v) : v;
}
StepFormula asgd(const S& s, const StepNumbers& n, bool, StepLoop& loop) {
  double step = n.count(), eta = n.get(kEta), mu = n.get(kMu);
  loop.weight_decay = s.weight_decay;
  loop.shrink = 1 - s.lambd * eta;
  loop.rate = eta;
  loop.extra1 = mu;
  n.set(kEta, as_default(s.lr / std::pow(1 + s.lambd * s.lr * step, s.alpha)));
  n.set(kMu, as_default(1 / std::fmax(1, step - s.t0)));
  return mu != 1 ? StepFormula::kAsgdAveraged : StepFormula::kAsgd;
}

constexpr StepRule kRules[] = {
    {"sgd", kSgdSettings, kSgdStates, sgd},
    {"adam", kAdamSettings, kAdamStates, adam},
    {"rmsprop", kRmspropSettings, kRmspropStates, rmsprop},
    {"adagrad", kAdagradSettings, kAdagradStates, adagrad},
    {"adadelta", kAdadeltaSettings, kAdadeltaStates, adadelta},
    {"adamax", kAdamaxSettings, kAdamaxStates, adamax},
    {"nadam", kNadamSettings, kNadamStates, nadam},
    {"radam", kRadamSettings, kRadamStates, radam},
    {"rprop", kRpropSettings, kRpropStates, rprop},
    {"asgd", kAsgdSettings, kAsgdStates, asgd},
};

}  // namespace

std::span<const StepRule> step_rules() { return kRules; }

}  // namespace pyad
