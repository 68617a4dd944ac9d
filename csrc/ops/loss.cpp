// Losses between two tensors of one shape: squared error and its kin, binary cross entropy,
// Kullback-Leibler.
#include "ops/loss.hpp"

#include <algorithm>
#include <limits>

#include "core/host.hpp"
#include "core/layout.hpp"
#include "kernels/loss.hpp"
#include "kernels/strided.hpp"
#include "ops/functions.hpp"
#include "ops/reduce.hpp"
#include "ops/shape.hpp"

namespace pyad {

LossReduction read_reduction(const char* op, const std::string& text) {
  if (text == "mean") return LossReduction::kMean;
  if (text == "sum") return LossReduction::kSum;
  if (text == "none") return LossReduction::kNone;
  fail(ErrorKind::kValue, op, ": '", text,
       "' is not a valid value for reduction; choose 'none', 'mean' or 'sum'");
}

namespace {

Tensor reduced(const Tensor& loss, LossReduction reduction) {
  if (reduction == LossReduction::kNone) return loss;
  return reduction == LossReduction::kMean ? mean(loss) : sum(loss);
}

struct Pair {
  Tensor x, y;
};

/// Both of one floating dtype.
Pair same_dtype(const char* op, const Tensor& x, const Tensor& y) {
  DType dtype = promote(x.dtype(), y.dtype());
  if (!is_floating(dtype)) {
    fail(ErrorKind::kType, op, ": expects floating tensors, got ", x, " and ", y,
         "; convert them with .to(float32)");
  }
  return {to_dtype(x, dtype), to_dtype(y, dtype)};
}

/// One floating dtype, shapes that broadcast.
Pair compared(const char* op, const Tensor& x, const Tensor& y) {
  broadcast_sizes(op, x.sizes(), y.sizes());
  return same_dtype(op, x, y);
}

/// The same for a target of the input's shape. Another one that broadcasts, such as (n,) beside
/// (n, 1), compares everything with everything: hardly ever meant.
Pair compared_with_target(const char* op, const Tensor& x, const Tensor& y) {
  Pair pair = compared(op, x, y);
  if (!(x.sizes() == y.sizes())) [[unlikely]] {
    warn(cat(op, ": Using a target size (", y.sizes(), ") that is different to the input size (",
             x.sizes(),
             "). This will likely lead to incorrect results due to broadcasting. Please "
             "ensure they have the same size."));
  }
  return pair;
}

void need_same_shape(const char* op, const Tensor& x, const Tensor& y) {
  if (!(x.sizes() == y.sizes())) {
    fail(ErrorKind::kShape, op, ": target of shape ", y.sizes(),
         " must have the shape of the input, ", x.sizes());
  }
}

const ElementwiseInfo& op_named(const char* name) { return *find_elementwise(name); }

/// `x`, or a copy that is dense, which alone decides how a result lies.
Tensor laid(const Tensor& x) { return is_dense(x) ? x : clone(x); }

Tensor huber(const Tensor& x, double delta) {
  static const ElementwiseInfo& op = op_named("huber");
  const Operand in[] = {x};
  return elementwise(op, in, &delta);
}
Tensor logsigmoid(const Tensor& x) {
  static const ElementwiseInfo& op = op_named("logsigmoid");
  const Operand in[] = {x};
  return elementwise(op, in);
}
Tensor xlogy(const Tensor& x, const Tensor& y) {
  static const ElementwiseInfo& op = op_named("xlogy");
  const Operand in[] = {x, y};
  return elementwise(op, in);
}
/// t x, and 0 where t is 0.
Tensor share(const Tensor& t, const Tensor& x) {
  static const ElementwiseInfo& op = op_named("chain");
  const Operand in[] = {t, x};
  return elementwise(op, in);
}

/// exp(t) (t - x), with its limit 0 at t = -inf.
Tensor log_divergence(const Tensor& t, const Tensor& x) {
  Tensor none = eq(t, Scalar(-std::numeric_limits<double>::infinity()));
  bool any_none = false;
  {
    GradModeGuard off(false);
    any_none = any_true(none);
  }
  if (!any_none) return exp(t) * (t - x);
  Tensor safe = where(none, 0.0, t);
  return where(none, 0.0, exp(safe) * (safe - x));
}

}  // namespace

namespace {

/// f(x - y) of each element, as recorded ops.
Tensor difference(Difference which, const Tensor& x, const Tensor& y, double delta) {
  Tensor d = x - y;
  switch (which) {
    case Difference::kSquare:
      return square(d);
    case Difference::kAbsolute:
      return abs(d);
    case Difference::kHuber:
      return huber(d, delta);
  }
  return d;
}

Tensor difference_forward(Difference which, const DifferenceAttr& attr, Inputs in) {
  Tensor x = contiguous_values(in[0]), y = contiguous_values(in[1]);
  Tensor loss = empty({}, x.dtype());
  sum_difference({which, attr.delta, x, y}, loss);
  if (attr.mean) {
    visit_floating("loss", x.dtype(), [&]<class T>(std::type_identity<T>) {
      *loss.data<T>() /= static_cast<T>(x.numel());
    });
  }
  return loss;
}

void difference_pull(Difference which, const DifferenceAttr& attr, Rule& b) {
  Tensor x = contiguous_values(b.in(0)), y = contiguous_values(b.in(1));
  double factor = attr.mean ? 1.0 / static_cast<double>(x.numel()) : 1.0;
  if (which == Difference::kSquare) factor *= 2;
  const double g = b.g().item().as_double();
  for (int i = 0; i < 2; ++i) {
    if (!b.needs(i)) continue;
    Tensor slope = empty(x.sizes(), x.dtype());
    difference_slope({which, attr.delta, x, y}, (i == 0 ? factor : -factor) * g, slope);
    b.give(i, std::move(slope));
  }
}

}  // namespace

template <OpName NAME, Difference WHICH>
Tensor DifferenceLoss<NAME, WHICH>::forward(const Attr& attr, Inputs in) {
  return difference_forward(WHICH, attr, in);
}

template <OpName NAME, Difference WHICH>
void DifferenceLoss<NAME, WHICH>::pull(const Attr& attr, Rule& b) {
  difference_pull(WHICH, attr, b);
}

template <OpName NAME, Difference WHICH>
Tensors DifferenceLoss<NAME, WHICH>::compose(const Attr& attr, Inputs in) {
  return {reduced(difference(WHICH, in[0], in[1], attr.delta),
                  attr.mean ? LossReduction::kMean : LossReduction::kSum)};
}

template struct DifferenceLoss<"mse_loss", Difference::kSquare>;
template struct DifferenceLoss<"l1_loss", Difference::kAbsolute>;
template struct DifferenceLoss<"huber_loss", Difference::kHuber>;

namespace {
/// The fused loss of two tensors that broadcast.
template <class Loss>
Tensor fused_difference(const Pair& pair, typename Loss::Attr attr) {
  auto [a, b] = pair;
  if (!(a.sizes() == b.sizes())) {
    Dims sizes = broadcast_sizes(Loss::name, a.sizes(), b.sizes());
    a = expand(a, sizes);
    b = expand(b, sizes);
  }
  return call<Loss>(attr, a, b);
}
}  // namespace

Tensor mse_loss(const Tensor& x, const Tensor& y, LossReduction reduction) {
  Pair pair = compared_with_target("mse_loss", x, y);
  if (reduction == LossReduction::kNone) return square(pair.x - pair.y);
  return fused_difference<MseLoss>(pair, {reduction == LossReduction::kMean});
}

Tensor l1_loss(const Tensor& x, const Tensor& y, LossReduction reduction) {
  Pair pair = compared_with_target("l1_loss", x, y);
  if (reduction == LossReduction::kNone) return abs(pair.x - pair.y);
  return fused_difference<L1Loss>(pair, {reduction == LossReduction::kMean});
}

Tensor smooth_l1_loss(const Tensor& x, const Tensor& y, LossReduction reduction, double beta) {
  if (beta < 0) fail(ErrorKind::kRuntime, "smooth_l1_loss: beta must not be negative, got ", beta);
  if (beta == 0) return l1_loss(x, y, reduction);
  Pair pair = compared_with_target("smooth_l1_loss", x, y);
  if (reduction == LossReduction::kNone) return huber(pair.x - pair.y, beta) * (1 / beta);
  Tensor loss = fused_difference<HuberLoss>(pair, {reduction == LossReduction::kMean, beta});
  return beta == 1 ? loss : loss * (1 / beta);
}

Tensor huber_loss(const Tensor& x, const Tensor& y, LossReduction reduction, double delta) {
  if (!(delta > 0)) fail(ErrorKind::kRuntime, "huber_loss: delta must be positive, got ", delta);
  Pair pair = compared_with_target("huber_loss", x, y);
  Tensor loss = reduction == LossReduction::kNone
                    ? huber(laid(pair.x) - pair.y, delta)
                    : fused_difference<HuberLoss>(pair, {reduction == LossReduction::kMean, delta});
  // As in PyTorch the dtype is that of the input, not of what it promotes to with the target.
  return is_floating(x.dtype()) ? to_dtype(loss, x.dtype()) : loss;
}

Tensor BinaryCrossEntropy::forward(const Attr&, Inputs in) {
  GradModeGuard off(false);
  Tensor x = detach(in[0]), t = detach(in[1]);
  return maximum(log1p(-x), -100.0) * (t - 1.0) - maximum(log(x), -100.0) * t;
}

namespace {
/// Slope in x; its denominator is kept away from 0 by PyTorch's constant, which is a float.
Tensor bce_slope(const Tensor& x, const Tensor& t) {
  return (x - t) / maximum((1.0 - x) * x, static_cast<double>(1e-12f));
}
Tensor bce_target_slope(const Tensor& x) {
  return maximum(log1p(-x), -100.0) - maximum(log(x), -100.0);
}
}  // namespace

void BinaryCrossEntropy::vjp(const Attr&, Rule& b) {
  Tensor x = b.in(0);
  if (b.needs(0)) b.give(0, b.g() * bce_slope(x, b.in(1)));
  if (b.needs(1)) b.give(1, b.g() * bce_target_slope(x));
}

namespace {

void check_probabilities(const char* op, const Tensor& x, const char* what, const char* remedy) {
  Tensor values = contiguous_values(peek(x));
  visit_floating(op, values.dtype(), [&]<class T>(std::type_identity<T>) {
    const T* p = values.data<T>();
    const int64_t n = values.numel();
    bool good = true;
    for (int64_t i = 0; i < n; ++i) good &= p[i] >= 0 && p[i] <= 1;  // no exit: a vector loop
    if (good) [[likely]]
      return;
    const T* bad = std::find_if(p, p + n, [](T v) { return !(v >= 0 && v <= 1); });
    fail(ErrorKind::kRuntime, op, ": all elements of ", what, " should be between 0 and 1, got ",
         static_cast<double>(*bad), remedy);
  });
}

}  // namespace

Tensor binary_cross_entropy(const Tensor& x, const Tensor& target, const Tensor& weight,
                            LossReduction reduction) {
  const char* op = "binary_cross_entropy";
  need_same_shape(op, x, target);
  if (is_floating(x.dtype()) && is_floating(target.dtype()) && x.dtype() != target.dtype()) {
    fail(ErrorKind::kRuntime, op, ": target must have the input's dtype ", x.dtype(), ", got ",
         target.dtype(), "; convert it with .to(", x.dtype(), ")");
  }
  auto [a, t] = same_dtype(op, x, target);
  check_probabilities(op, a, "input", "; apply sigmoid, or use binary_cross_entropy_with_logits");
  check_probabilities(op, t, "target", "");
  if (weight.defined()) broadcast_sizes(op, weight.sizes(), x.sizes());
  Tensor loss = call<BinaryCrossEntropy>({}, a, t);
  if (weight.defined()) loss = loss * to_dtype(weight, loss.dtype());
  return reduced(loss, reduction);
}

Tensor binary_cross_entropy_with_logits(const Tensor& x, const Tensor& target, const Tensor& weight,
                                        const Tensor& pos_weight, LossReduction reduction) {
  const char* op = "binary_cross_entropy_with_logits";
  need_same_shape(op, x, target);
  if (weight.defined()) broadcast_sizes(op, weight.sizes(), x.sizes());
  if (pos_weight.defined()) broadcast_sizes(op, pos_weight.sizes(), x.sizes());
  auto [a, t] = same_dtype(op, x, target);
  Tensor loss;
  if (pos_weight.defined()) {  // both terms are positive, as in `logit_loss`
    loss = (t - 1.0) * logsigmoid(-a) - pos_weight * t * logsigmoid(a);
  } else {
    static const ElementwiseInfo& op = op_named("logit_loss");
    if (!t.impl()->row_major || !a.impl()->row_major) {  // PyTorch begins with 1 - target
      const Tensor* one[] = {&t};
      const Dims strides = result_strides(t.sizes(), one);
      if (!has_strides(a, strides)) a = clone_with(a, strides);
    }
    const Operand in[] = {a, t};
    loss = elementwise(op, in);
  }
  // PyTorch's sum is written into 1 - target.
  const DType dtype = is_floating(target.dtype()) ? target.dtype() : loss.dtype();
  if (loss.dtype() != dtype) loss = to_dtype(loss, dtype);
  if (weight.defined()) loss = loss * to_dtype(weight, dtype);
  return reduced(loss, reduction);
}

Tensor kl_div(const Tensor& x, const Tensor& target, const std::string& reduction,
              bool log_target) {
  bool batch = reduction == "batchmean";
  LossReduction r = batch ? LossReduction::kSum : read_reduction("kl_div", reduction);
  auto [a, t] = compared("kl_div", x, target);
  // A formula of its operands as they came, so that the dtype of a 0-d one gives way to the
  // other's.
  if ((x.dim() == 0) != (target.dim() == 0)) {
    DType dtype = x.dim() == 0 ? target.dtype() : x.dtype();
    if (is_floating(dtype)) {
      a = to_dtype(x, dtype);
      t = to_dtype(target, dtype);
    }
  }
  if (reduction == "mean") {
    warn(
        "kl_div: reduction: 'mean' divides the total loss by both the batch size and the support "
        "size; 'batchmean' divides only by the batch size, as the definition of the divergence "
        "does");
  }
  Tensor loss = log_target ? log_divergence(t, a) : xlogy(t, t) - share(t, a);
  loss = reduced(loss, r);
  return batch && x.dim() > 0 ? loss / static_cast<double>(x.size(0)) : loss;
}

}  // namespace pyad
