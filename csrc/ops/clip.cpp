// Gradient clipping: the norm of all gradients together, and scaling or limiting them, each in one
// call.
#include <cmath>
#include <optional>
#include <vector>

#include "core/host.hpp"
#include "core/interrupt.hpp"
#include "core/layout.hpp"
#include "kernels/parallel.hpp"
#include "kernels/strided.hpp"
#include "ops/optim.hpp"
#include "ops/optim_kernels.hpp"
#include "ops/reduce.hpp"
#include "ops/roots.hpp"
#include "ops/shape.hpp"

namespace pyad {

namespace {

constexpr int64_t kPart = 1 << 16;  // elements of a partial sum: the same for any number of threads

/// The sum that the norm of order p is made of; none for the orders that are left to `vector_norm`.
std::optional<NormSum> norm_sum(double p) {
  if (p == 2) return NormSum::kSquares;
  if (p == 1) return NormSum::kAbsolutes;
  if (p == 0) return NormSum::kNonzeros;
  if (std::isinf(p)) return p > 0 ? NormSum::kMaximum : NormSum::kMinimum;
  return {};
}

/// Whether a sum of squares may have left the range of numbers, which NaN has not.
bool is_beyond(double squares) { return squares < 1e-280 || squares > 1e300; }

double combine(NormSum sum, const double* parts, int64_t n) {
  if (sum == NormSum::kMaximum || sum == NormSum::kMinimum)
    return optim_kernels().norm_sum[static_cast<int>(sum)][1](parts, n);
  double total = 0;
  for (int64_t i = 0; i < n; ++i) total += parts[i];
  return total;
}

double sum_of(NormSum sum, const Tensor& x) {
  Tensor values = is_dense(x) ? x : contiguous_values(x);  // in any order
  if (is_stored(x.dtype())) values = convert(values, computed_in(x.dtype()));
  const int wide = wide_index(values.dtype());
  auto part = optim_kernels().norm_sum[static_cast<int>(sum)][wide];
  int64_t n = x.numel();
  const char* data = values.bytes();
  if (n <= kPart) return part(data, n);
  int64_t count = (n + kPart - 1) / kPart, width = wide ? 8 : 4;
  std::vector<double> parts(count);
  {
    Unlocked unlocked(static_cast<double>(n));
    parallel_for(count, 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i)
        parts[i] = part(data + i * kPart * width, std::min(kPart, n - i * kPart));
    });
  }
  return combine(sum, parts.data(), count);
}

double norm_of_one(std::optional<NormSum> sum, double p, const Tensor& x) {
  double v = sum ? sum_of(*sum, x) : 0;
  const bool squares = sum == NormSum::kSquares;
  if (sum && !(squares && x.dtype() == DType::kFloat64 && is_beyond(v)))
    return squares ? std::sqrt(v) : v;
  GradModeGuard off(false);
  return vector_norm(detach(x), p).item().as_double();
}

double norm_of_norms(std::optional<NormSum> sum, double p, const std::vector<double>& norms) {
  const auto n = static_cast<int64_t>(norms.size());
  double v = sum ? optim_kernels().norm_sum[static_cast<int>(*sum)][1](norms.data(), n) : 0;
  const bool squares = sum == NormSum::kSquares;
  if (sum && !(squares && is_beyond(v))) return squares ? std::sqrt(v) : v;
  const double order = effective_order(p, n, DType::kFloat64);
  return std::isinf(order) ? norm_of_norms(norm_sum(order), order, norms) : norm_of(norms, order);
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
    if (is_stored(x.dtype())) work = convert(work, computed_in(x.dtype()));
    if (work.numel() != 0) kernel(wide_index(work.dtype()), work.bytes(), work.numel());
    if (!work.is(x)) copy_into(x, is_stored(x.dtype()) ? convert(work, x.dtype()) : work);
  }
}

}  // namespace

namespace {

Tensor norm_of_all(Inputs tensors, double norm_type) {
  const char* op = "get_total_norm";
  check_gradients(op, tensors);
  if (std::isnan(norm_type)) fail(ErrorKind::kValue, op, ": norm_type must be a number, not nan");
  if (tensors.empty()) return scalar_tensor(Scalar(0.0), default_dtype());
  const std::optional<NormSum> sum = norm_sum(norm_type);
  DType dtype = tensors[0].dtype();
  std::vector<double> norms;
  norms.reserve(tensors.size());
  for (const Tensor& x : tensors) {
    bool extreme = sum == NormSum::kMaximum || sum == NormSum::kMinimum;
    if (x.numel() == 0 && extreme) {
      fail(ErrorKind::kRuntime, op, ": a gradient is empty, ", x,
           ", and has no largest element; leave it out");
    }
    dtype = promote(dtype, x.dtype());
    norms.push_back(norm_of_one(sum, norm_type, x));
  }
  return scalar_tensor(Scalar(norm_of_norms(sum, norm_type, norms)), dtype);
}

void scale_to_norm(Inputs grads, double max_norm, const Tensor& total_norm) {
  if (!total_norm.defined() || total_norm.numel() != 1)
    fail(ErrorKind::kShape, "clip_grads_with_norm_: total_norm must have one element");
  bool wide = total_norm.dtype() == DType::kFloat64;
  double norm = total_norm.item().as_double();
  // As PyTorch does: the reciprocal, times max_norm, in the precision of the norm.
  double factor = wide ? 1 / (norm + 1e-6) * max_norm
                       : 1 / (static_cast<float>(norm) + 1e-6F) * static_cast<float>(max_norm);
  if (factor >= 1) return;
  overwrite("clip_grads_with_norm_", grads, [&](int is_wide, void* data, int64_t n) {
    optim_kernels().scale[is_wide](data, factor, n);
  });
}

struct TotalNorm : Plain<"get_total_norm", kAny> {
  struct Attr {
    double order = 2;
  };
  static Tensor forward(const Attr& attr, Inputs in) { return norm_of_all(in, attr.order); }
};

/// Input 0 is the norm, the others are written.
struct ClipWithNorm : Plain<"clip_grads_with_norm_", kAny, kAny> {
  static constexpr unsigned writes = ~1u;
  struct Attr {
    double most = 0;
  };
  static Tensors forward(const Attr& attr, Inputs in) {
    scale_to_norm(in.subspan(1), attr.most, in[0]);
    return Tensors(in.begin() + 1, in.end());
  }
};

struct ClipValues : Plain<"clip_grad_value_", kAny, kAny> {
  static constexpr unsigned writes = ~0u;
  struct Attr {
    double bound = 0;
  };
  static Tensors forward(const Attr& attr, Inputs in) {
    overwrite("clip_grad_value_", in, [&](int is_wide, void* data, int64_t n) {
      optim_kernels().clamp[is_wide](data, attr.bound, n);
    });
    return Tensors(in.begin(), in.end());
  }
};

}  // namespace

Tensor total_norm(Inputs tensors, double norm_type) {
  return run_plain<TotalNorm>({norm_type}, tensors);
}

void clip_with_norm(Inputs grads, double max_norm, const Tensor& total_norm) {
  Tensors in{total_norm};
  in.insert(in.end(), grads.begin(), grads.end());
  const ClipWithNorm::Attr attr{max_norm};
  run_op(op_info<ClipWithNorm>(), &attr, in);
}

void clip_values(Inputs grads, double bound) {
  const ClipValues::Attr attr{bound};
  run_op(op_info<ClipValues>(), &attr, grads);
}

}  // namespace pyad
