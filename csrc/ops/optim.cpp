// Checks the arrays of an optimizer step, makes their memory writable, and runs the loops.
#include "ops/optim.hpp"

#include <cmath>

#include "core/host.hpp"
#include "kernels/optim_kernels.hpp"
#include "kernels/parallel.hpp"
#include "kernels/strided.hpp"

namespace pyad {

namespace {

constexpr int64_t kGrain = 1 << 14;  // elements worth a thread
constexpr int64_t kAlign = 1024;     // parts begin at whole blocks

const OptimKernels& optim_kernels() {
  static const OptimKernels k = PYAD_SELECT_ISA(fill_optim, OptimKernels);
  return k;
}

void check_count(const char* op, const char* what, size_t n, size_t params) {
  if (n != params) fail(ErrorKind::kValue, op, ": got ", params, " parameters but ", n, " ", what);
}

void check_like(const char* op, const char* what, size_t i, const Tensor& x, const Tensor& param) {
  if (!x.defined()) fail(ErrorKind::kType, op, ": ", what, " of parameter ", i, " is missing");
  if (!(x.sizes() == param.sizes()) || x.dtype() != param.dtype()) {
    fail(ErrorKind::kShape, op, ": ", what, " of parameter ", i, " is ", x,
         " but the parameter is ", param);
  }
}

void check_writable(const char* op, const char* what, size_t i, const Tensor& x) {
  if (x.impl()->storage->readonly) {
    fail(ErrorKind::kRuntime, op, ": ", what, " of parameter ", i,
         " shares memory with a read-only array; use a .clone() of it");
  }
  if (overlaps_itself(x.sizes(), x.strides())) {
    fail(ErrorKind::kRuntime, op, ": ", what, " of parameter ", i,
         " is an expanded tensor, whose elements share memory; use a .clone()");
  }
}

void check_param(const char* op, size_t i, const Tensor& p, const Tensor& g) {
  if (!p.defined()) fail(ErrorKind::kType, op, ": parameter ", i, " is missing");
  if (!is_floating(p.dtype()))
    fail(ErrorKind::kType, op, ": parameter ", i, " must be floating, got ", p);
  check_writable(op, "memory", i, p);
  check_like(op, "the gradient", i, g, p);
}

void check_range(const char* op, const char* name, double v, double low, double below) {
  if (!(v >= low && v < below)) fail(ErrorKind::kValue, op, ": invalid ", name, " ", v);
}

/// An array a step writes: its own memory, or a contiguous stand-in that `finish` copies back.
class Written {
 public:
  Written(const char* op, const Tensor& x) : target_(x) {
    x.impl()->storage->prepare_write(op);
    work_ = contiguous_values(x);
  }
  void* data() const { return work_.bytes(); }
  void finish() const {
    if (!work_.is(target_)) copy_into(target_, work_);
  }

 private:
  Tensor target_, work_;
};

template <class Loop>
void run(void (*kernel)(const Loop&, int64_t, int64_t), const Loop& loop, int64_t n) {
  if (n < 2 * kGrain) return kernel(loop, 0, n);
  Unlocked unlocked(static_cast<double>(n) * 2);
  parallel_for(n, kGrain, [&](int64_t begin, int64_t end) { kernel(loop, begin, end); }, kAlign);
}

}  // namespace

void sgd_step(std::span<const Tensor> params, std::span<const Tensor> grads,
              std::vector<Tensor>& momentum_buffers, const SgdOptions& o) {
  const char* op = "sgd_step";
  check_count(op, "gradients", grads.size(), params.size());
  bool momentum = o.momentum != 0;
  if (momentum) check_count(op, "momentum buffers", momentum_buffers.size(), params.size());
  for (size_t i = 0; i < params.size(); ++i) {
    check_param(op, i, params[i], grads[i]);
    if (momentum && momentum_buffers[i].defined()) {
      check_like(op, "the momentum buffer", i, momentum_buffers[i], params[i]);
      check_writable(op, "the momentum buffer", i, momentum_buffers[i]);
    }
  }
  for (size_t i = 0; i < params.size(); ++i) {
    if (params[i].numel() == 0) continue;
    bool first = momentum && !momentum_buffers[i].defined();
    if (first) momentum_buffers[i] = empty(params[i].sizes(), params[i].dtype());
    Tensor g = contiguous_values(grads[i]);
    Written p(op, params[i]);
    auto step = [&](void* buffer) {
      SgdLoop loop{p.data(),   g.bytes(),   buffer,         first,      o.lr,
                   o.momentum, o.dampening, o.weight_decay, o.nesterov, o.maximize};
      run(optim_kernels().sgd[params[i].dtype() == DType::kFloat64], loop, params[i].numel());
    };
    if (momentum) {
      Written v(op, momentum_buffers[i]);
      step(v.data());
      v.finish();
    } else {
      step(nullptr);
    }
    p.finish();
  }
}

void adam_step(std::span<const Tensor> params, std::span<const Tensor> grads,
               std::span<const Tensor> exp_avgs, std::span<const Tensor> exp_avg_sqs,
               std::span<const Tensor> max_exp_avg_sqs, std::span<const double> steps,
               const AdamOptions& o) {
  const char* op = o.decoupled ? "adamw_step" : "adam_step";
  check_count(op, "gradients", grads.size(), params.size());
  check_count(op, "first moments", exp_avgs.size(), params.size());
  check_count(op, "second moments", exp_avg_sqs.size(), params.size());
  if (o.amsgrad) check_count(op, "maxima of second moments", max_exp_avg_sqs.size(), params.size());
  if (steps.size() != 1) check_count(op, "step counts", steps.size(), params.size());
  check_range(op, "beta1", o.beta1, 0, 1);
  check_range(op, "beta2", o.beta2, 0, 1);
  for (double step : steps)
    if (!(step >= 1)) fail(ErrorKind::kValue, op, ": steps count from 1, got ", step);
  for (size_t i = 0; i < params.size(); ++i) {
    check_param(op, i, params[i], grads[i]);
    auto check_state = [&](const char* what, const Tensor& x) {
      check_like(op, what, i, x, params[i]);
      check_writable(op, what, i, x);
    };
    check_state("the first moment", exp_avgs[i]);
    check_state("the second moment", exp_avg_sqs[i]);
    if (o.amsgrad) check_state("the maximum of the second moment", max_exp_avg_sqs[i]);
  }
  for (size_t i = 0; i < params.size(); ++i) {
    if (params[i].numel() == 0) continue;
    double step = steps.size() == 1 ? steps[0] : steps[i];
    Tensor g = contiguous_values(grads[i]);
    Written p(op, params[i]), m(op, exp_avgs[i]), v(op, exp_avg_sqs[i]);
    auto run_step = [&](void* top) {
      AdamLoop loop{.param = p.data(),
                    .grad = g.bytes(),
                    .exp_avg = m.data(),
                    .exp_avg_sq = v.data(),
                    .max_exp_avg_sq = top,
                    .lr = o.lr,
                    .beta1 = o.beta1,
                    .beta2 = o.beta2,
                    .eps = o.eps,
                    .weight_decay = o.weight_decay,
                    .step_size = o.lr / (1 - std::pow(o.beta1, step)),
                    .root_correction = std::sqrt(1 - std::pow(o.beta2, step)),
                    .decoupled = o.decoupled,
                    .maximize = o.maximize};
      run(optim_kernels().adam[params[i].dtype() == DType::kFloat64], loop, params[i].numel());
    };
    if (o.amsgrad) {
      Written top(op, max_exp_avg_sqs[i]);
      run_step(top.data());
      top.finish();
    } else {
      run_step(nullptr);
    }
    p.finish();
    m.finish();
    v.finish();
  }
}

}  // namespace pyad
