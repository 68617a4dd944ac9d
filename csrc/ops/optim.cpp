// Optimizer steps: checks the arrays of a parameter, makes their memory writable, runs the
// formula's loop. What differs between rules is in optim_rules.cpp.
#include "ops/optim.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "core/host.hpp"
#include "core/layout.hpp"
#include "core/run_log.hpp"
#include "kernels/parallel.hpp"
#include "kernels/strided.hpp"
#include "ops/optim_kernels.hpp"
#include "ops/record.hpp"

namespace pyad {

namespace {

constexpr int64_t kGrain = 1 << 14;  // elements worth a thread
constexpr int64_t kAlign = 64;       // parts begin at whole cache lines

/// What a message calls an array of a parameter.
struct Named {
  std::string_view op;
  const char *kind, *name;
  size_t index;
};
std::string text(const Named& n) {
  return std::string(n.op) + ": " + n.kind + n.name + " of parameter " + std::to_string(n.index);
}

void check_writable(const Named& named, const Tensor& x) {
  if (x.impl()->storage->readonly) {
    fail(ErrorKind::kRuntime, text(named),
         " shares memory with a read-only array; use a .clone() of it");
  }
  if (!x.is_contiguous() && overlaps_itself(x.sizes(), x.strides())) {
    fail(ErrorKind::kRuntime, text(named),
         " is an expanded tensor, whose elements share memory; use a .clone()");
  }
}

void check_like(const Named& named, const Tensor& x, const Tensor& param) {
  if (!(x.sizes() == param.sizes()) || x.dtype() != param.dtype())
    fail(ErrorKind::kShape, text(named), " is ", x, " but the parameter is ", param);
}

/// The values of `x` in a dtype that there are loops for, with the strides of the walk.
Tensor values_to_walk(const Tensor& x, const Dims& strides) {
  return values_with(is_stored(x.dtype()) ? convert(x, computed_in(x.dtype())) : x, strides);
}

/// An array a step writes: its own memory, or a stand-in with the strides of the walk that `finish`
/// copies back.
class Written {
 public:
  Written() = default;
  Written(const char* op, const Tensor& x, const Dims& strides) : target_(x) {
    x.impl()->storage->prepare_write(op);
    work_ = values_to_walk(x, strides);
  }
  void* data() const { return work_.bytes(); }
  void finish() const {
    if (!target_.defined() || work_.is(target_)) return;
    copy_into(target_, is_stored(target_.dtype()) ? convert(work_, target_.dtype()) : work_);
  }

 private:
  Tensor target_, work_;
};

}  // namespace

const OptimKernels& optim_kernels() {
  static const OptimKernels k = PYAD_SELECT_ISA(fill_optim, OptimKernels);
  return k;
}

void StepNumbers::set(int slot, double value) const {
  const Tensor& t = tensors_[slot];
  t.impl()->storage->prepare_write("optimizer");
  Scalar(value).store(t.dtype(), t.bytes());
}

void StepNumbers::scale(int slot, double factor) const {
  // A product of two float32 is exact in double precision, so this rounds once, as float32 would.
  bool narrow = computed_in(tensors_[slot].dtype()) == DType::kFloat32;
  set(slot, get(slot) * (narrow ? static_cast<float>(factor) : factor));
}

void check_step(const StepRule& rule, const StepSettings&, const StepItem& item) {
  std::string_view op = rule.name;
  size_t i = item.index;
  if (!is_floating(item.param.dtype()))
    fail(ErrorKind::kType, op, ": parameter ", i, " must be floating, got ", item.param);
  check_writable({op, "memory", "", i}, item.param);
  check_like({op, "the gradient", "", i}, item.grad, item.param);
  for (const StepState& state : rule.states) {
    if (!state.array) {
      const Tensor& n = item.numbers[state.slot];
      if (n.defined() && (n.numel() != 1 || !is_floating(n.dtype()))) {
        fail(ErrorKind::kType, op, ": state '", state.name, "' of parameter ", i,
             " must be a floating 0-d Tensor, got ", n);
      }
      continue;
    }
    const Tensor& x = item.arrays[state.slot];
    if (!x.defined()) continue;
    Named named{op, "state ", state.name, i};
    check_like(named, x, item.param);
    check_writable(named, x);
  }
}

namespace {

void step(const StepRule& rule, const StepSettings& s, const StepItem& item, StepPlan& plan) {
  StepNumbers numbers(item.numbers);
  double count = 0;
  if (item.numbers[kCountSlot].defined()) {
    numbers.set(kCountSlot, numbers.count() + 1);
    count = numbers.count();
  }
  // Parameters of a group have mostly taken as many steps, so that one plan serves them all.
  bool own_numbers = item.numbers[1].defined();
  if (own_numbers || plan.settings != &s || plan.count != count || plan.fresh != item.fresh) {
    plan = {&s, count, item.fresh, StepFormula::kSgd, StepLoop{}};
    plan.loop.sign = s.maximize ? -1 : 1;
    plan.formula = rule.plan(s, numbers, item.fresh, plan.loop);
  }
  StepLoop loop = plan.loop;
  int64_t n = item.param.numel();
  if (n == 0) return;
  const char* op = "optimizer";
  const bool dense = is_dense(item.param);
  const Dims kept = dense ? Dims{} : contiguous_strides(item.param.sizes());
  const Dims& strides = dense ? item.param.strides() : kept;
  Tensor g = values_to_walk(item.grad, strides);
  Written p(op, item.param, strides);
  std::array<Written, kStepArrays> arrays;
  for (int k = 0; k < kStepArrays; ++k) {
    if (!item.arrays[k].defined()) continue;
    arrays[k] = Written(op, item.arrays[k], strides);
    loop.state[k] = arrays[k].data();
  }
  loop.param = p.data();
  loop.grad = g.bytes();
  auto kernel =
      optim_kernels()
          .step[static_cast<int>(plan.formula)][wide_index(computed_in(item.param.dtype()))];
  if (n < 2 * kGrain) {
    kernel(loop, 0, n);
  } else {
    Unlocked unlocked(static_cast<double>(n) * 2);
    parallel_for(n, kGrain, [&](int64_t begin, int64_t end) { kernel(loop, begin, end); }, kAlign);
  }
  p.finish();
  for (const Written& w : arrays) w.finish();
}

/// A step as a call that is data. Its inputs are the parameter, the gradient, and what the rule keeps.
struct StepCall {
  const StepRule* rule = nullptr;
  StepSettings settings;
  bool fresh = false;
};
constexpr size_t kStepInputs = 2 + kStepArrays + kStepNumbers;

Tensors arrays_of(const StepItem& item) {
  Tensors all{item.param, item.grad};
  all.insert(all.end(), item.arrays.begin(), item.arrays.end());
  all.insert(all.end(), item.numbers.begin(), item.numbers.end());
  return all;
}

/// What a step writes: all but the gradient.
Tensors written(const StepItem& item) {
  Tensors all = arrays_of(item);
  all.erase(all.begin() + 1);
  return all;
}

OpInfo step_record(const void* rule) {
  OpInfo info;
  info.name = static_cast<const StepRule*>(rule)->name.data();
  info.part = "step";
  info.inputs = static_cast<int>(kStepInputs);
  info.outputs = info.inputs - 1;
  info.writes = ~2u;
  info.attr.size = sizeof(StepCall);
  info.attr.visit = [](void* attr, Fields& use) {  // the settings that the rule reads
    auto& call = *static_cast<StepCall*>(attr);
    for (const StepSetting& setting : call.rule->settings) {
      if (setting.flag) use.number(&(call.settings.*setting.flag), Fields::Is::kBool);
      if (setting.number) use.number(&(call.settings.*setting.number), Fields::Is::kDouble);
      if (setting.second) use.number(&(call.settings.*setting.second), Fields::Is::kDouble);
    }
    use.number(&call.fresh, Fields::Is::kBool);
  };
  info.forward_many = [](const void* attr, Inputs in) {
    const auto& call = *static_cast<const StepCall*>(attr);
    StepItem item{in[0], in[1], {}, {}, call.fresh, 0};
    std::copy_n(in.begin() + 2, kStepArrays, item.arrays.begin());
    std::copy_n(in.begin() + 2 + kStepArrays, kStepNumbers, item.numbers.begin());
    StepPlan plan;
    step(*call.rule, call.settings, item, plan);
    return written(item);
  };
  return info;
}

}  // namespace

void take_step(const StepRule& rule, const StepSettings& s, const StepItem& item, StepPlan& plan) {
  const Running now;
  if (now.logged()) [[unlikely]] {
    const StepCall call{&rule, s, item.fresh};
    now.is(derived_record(&rule, step_record), &call, arrays_of(item));
  }
  step(rule, s, item, plan);
  if (now.logged()) [[unlikely]]
    now.gave(written(item));
}

}  // namespace pyad
