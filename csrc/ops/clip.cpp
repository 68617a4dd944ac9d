// Gradient clipping: the norm of all gradients together, and scaling or limiting them, each in one
// call.
#include <cmath>
#include <vector>

#include "core/host.hpp"
#include "core/interrupt.hpp"
#include "core/layout.hpp"
#include "kernels/parallel.hpp"
#include "kernels/strided.hpp"
#include "ops/optim.hpp"
#include "ops/optim_kernels.hpp"

namespace pyad {

namespace {

constexpr int64_t kPart = 1 << 16;  // elements of a partial sum: the same for any number of threads

struct NormPlan {
  NormSum sum;
  double power;
  double finish(double v) const {
    if (sum == NormSum::kSquares) return std::sqrt(v);
    if (sum == NormSum::kPowers) return std::pow(v, 1 / power);
    return v;
  }
};

NormPlan norm_plan(double p) {
  if (p == 2) return {NormSum::kSquares, p};
  if (p == 1) return {NormSum::kAbsolutes, p};
  if (p == 0) return {NormSum::kNonzeros, p};
  if (std::isinf(p)) return {p > 0 ? NormSum::kMaximum : NormSum::kMinimum, p};
  return {NormSum::kPowers, p};
}

double combine(NormSum sum, const double* parts, int64_t n) {
  if (sum == NormSum::kMaximum || sum == NormSum::kMinimum)
    return optim_kernels().norm_sum[static_cast<int>(sum)][1](parts, 0, n);
  double total = 0;
  for (int64_t i = 0; i < n; ++i) total += parts[i];
  return total;
}

double norm_of(const NormPlan& plan, const Tensor& x) {
  Tensor values = is_dense(x) ? x : contiguous_values(x);  // in any order
  bool wide = x.dtype() == DType::kFloat64;
  auto part = optim_kernels().norm_sum[static_cast<int>(plan.sum)][wide];
  int64_t n = x.numel();
  const char* data = values.bytes();
  if (n <= kPart) return plan.finish(part(data, plan.power, n));
  int64_t count = (n + kPart - 1) / kPart, width = wide ? 8 : 4;
  std::vector<double> parts(count);
  {
    Unlocked unlocked(static_cast<double>(n));
    parallel_for(count, 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i)
        parts[i] = part(data + i * kPart * width, plan.power, std::min(kPart, n - i * kPart));
    });
  }
  return plan.finish(combine(plan.sum, parts.data(), count));
}

void check_gradients(const char* op, std::span<const Tensor> tensors) {
  for (size_t i = 0; i < tensors.size(); ++i) {
    const Tensor& x = tensors[i];
    if (!is_floating(x.dtype()))
      fail(ErrorKind::kType, op, ": gradient ", i, " must be floating, got ", x);
  }
}

/// Calls `kernel(data, n)` on the memory of each tensor.
template <class Kernel>
void overwrite(const char* op, std::span<const Tensor> tensors, Kernel kernel) {
  check_gradients(op, tensors);
  for (const Tensor& x : tensors) {
    if (x.impl()->storage->readonly || overlaps_itself(x.sizes(), x.strides())) {
      fail(ErrorKind::kRuntime, op, ": a gradient ", x,
           " shares memory with a read-only array or among its elements; use a .clone() of it");
    }
  }
  Whole whole;
  for (const Tensor& x : tensors) {
    x.impl()->storage->prepare_write(op);
    Tensor work = is_dense(x) ? x : contiguous_values(x);
    if (work.numel() != 0) kernel(work.dtype() == DType::kFloat64, work.bytes(), work.numel());
    if (!work.is(x)) copy_into(x, work);
  }
}

}  // namespace

Tensor total_norm(std::span<const Tensor> tensors, double norm_type) {
  const char* op = "get_total_norm";
  check_gradients(op, tensors);
  if (std::isnan(norm_type)) fail(ErrorKind::kValue, op, ": norm_type must be a number, not nan");
  if (tensors.empty()) return scalar_tensor(Scalar(0.0), default_dtype());
  NormPlan plan = norm_plan(norm_type);
  DType dtype = DType::kFloat32;
  std::vector<double> norms;
  norms.reserve(tensors.size());
  for (const Tensor& x : tensors) {
    bool extreme = plan.sum == NormSum::kMaximum || plan.sum == NormSum::kMinimum;
    if (x.numel() == 0 && extreme) {
      fail(ErrorKind::kRuntime, op, ": a gradient is empty, ", x,
           ", and has no largest element; leave it out");
    }
    if (x.dtype() == DType::kFloat64) dtype = DType::kFloat64;
    norms.push_back(norm_of(plan, x));
  }
  auto outer = optim_kernels().norm_sum[static_cast<int>(plan.sum)][1];
  double norm = plan.finish(outer(norms.data(), plan.power, static_cast<int64_t>(norms.size())));
  return scalar_tensor(Scalar(norm), dtype);
}

void clip_with_norm(std::span<const Tensor> grads, double max_norm, const Tensor& total_norm) {
  if (!total_norm.defined() || total_norm.numel() != 1)
    fail(ErrorKind::kShape, "clip_grads_with_norm_: total_norm must have one element");
  bool wide = total_norm.dtype() == DType::kFloat64;
  double norm = total_norm.item().as_double();
  // As PyTorch does: the reciprocal, times max_norm, in the precision of the norm.
  double factor = wide ? 1 / (norm + 1e-6) * max_norm
                       : 1 / (static_cast<float>(norm) + 1e-6F) * static_cast<float>(max_norm);
  if (factor >= 1) return;
  overwrite("clip_grads_with_norm_", grads, [&](bool is_wide, void* data, int64_t n) {
    optim_kernels().scale[is_wide](data, factor, n);
  });
}

void clip_values(std::span<const Tensor> grads, double bound) {
  overwrite("clip_grad_value_", grads, [&](bool is_wide, void* data, int64_t n) {
    optim_kernels().clamp[is_wide](data, bound, n);
  });
}

}  // namespace pyad
