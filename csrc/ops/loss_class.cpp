// Losses over classes: cross_entropy and nll_loss.
#include "kernels/loss.hpp"
#include "kernels/strided.hpp"
#include "ops/checks.hpp"
#include "ops/functions.hpp"
#include "ops/index.hpp"
#include "ops/loss.hpp"
#include "ops/reduce.hpp"
#include "ops/shape.hpp"
#include "ops/softmax.hpp"

namespace pyad {

namespace {

/// Number of targets that count.
double count_of(const Tensor& target, int64_t ignore) {
  Tensor t = contiguous_values(target);
  const int64_t* p = t.data<int64_t>();
  int64_t n = 0;
  for (int64_t i = 0; i < t.numel(); ++i) n += p[i] != ignore;
  return static_cast<double>(n);
}

double mean_factor(const CrossEntropy::Attr& attr, const Tensor& target) {
  return attr.reduction == LossReduction::kMean ? 1.0 / count_of(target, attr.ignore) : 1.0;
}

}  // namespace

Tensors CrossEntropy::forward(const Attr& attr, Inputs in) {
  Tensor x = contiguous_values(in[0]), target = contiguous_values(in[1]);
  int64_t rows = x.size(0);
  Tensor loss = empty({rows}, x.dtype()), stats = empty({2, rows}, x.dtype());
  cross_entropy_rows({x, target, attr.ignore, attr.smoothing}, loss, stats);
  if (attr.reduction != LossReduction::kNone) {
    Tensor total = empty({}, x.dtype());
    sum_elements(loss, total);
    if (attr.reduction == LossReduction::kMean) {
      double count = count_of(target, attr.ignore);
      visit_floating("cross_entropy", x.dtype(), [&]<class T>(std::type_identity<T>) {
        *total.data<T>() /= static_cast<T>(count);
      });
    }
    loss = total;
  }
  return {loss, stats};
}

void CrossEntropy::pull(const Attr& attr, Rule& b) {
  if (!b.g().defined() || !b.needs(0)) return;
  Tensor x = contiguous_values(b.in(0)), target = contiguous_values(b.in(1));
  Tensor gx = empty(x.sizes(), x.dtype());
  if (x.numel() > 0) {
    cross_entropy_rows_pull({x, target, attr.ignore, attr.smoothing}, contiguous_values(b.out(1)),
                            contiguous_values(b.g()), mean_factor(attr, target), gx);
  }
  b.give(0, std::move(gx));
}

namespace {

/// Checks shapes: classes at dim 1 (dim 0 of a single case), targets without that dim.
void check_class_shapes(const char* op, const Tensor& x, const Tensor& target) {
  if (x.dim() == 0)
    fail(ErrorKind::kShape, op, ": the input needs a dim of classes, got a 0-d tensor");
  Dims want = x.sizes();
  want.erase(x.dim() == 1 ? 0 : 1);
  if (!(target.sizes() == want)) {
    fail(ErrorKind::kShape, op, ": class indices for an input of shape ", x.sizes(),
         " must have shape ", want, ", got ", target.sizes());
  }
}

/// `mixes`: whether the dtypes may be two floating ones.
void check_weight(const char* op, const Tensor& weight, const Tensor& x, int64_t classes,
                  bool mixes) {
  if (!weight.defined()) return;
  if (weight.dim() != 1 || weight.size(0) != classes) {
    fail(ErrorKind::kShape, op, ": weight must have one element for each of the ", classes,
         " classes, got shape ", weight.sizes());
  }
  if (weight.dtype() != x.dtype() && !(mixes && is_floating(weight.dtype()))) {
    fail(ErrorKind::kType, op, ": weight must have the input's dtype ", x.dtype(), ", got ",
         weight.dtype(), "; convert it with .to(", x.dtype(), ")");
  }
}

/// Class indices as contiguous int64, every one in range or ignored.
Tensor checked_targets(const char* op, const Tensor& target, int64_t classes, int64_t ignore) {
  if (is_floating(target.dtype()) || target.dtype() == DType::kBool) {
    fail(ErrorKind::kType, op, ": class indices must be integers, got ", target,
         "; convert them with .to(int64)");
  }
  Tensor t = to_dtype(target, DType::kInt64);
  if (!t.is_batched()) t = contiguous_values(t);
  const Tensor values = contiguous_values(peek(t));
  const int64_t* p = values.data<int64_t>();
  for (int64_t i = 0; i < values.numel(); ++i) {
    if ((p[i] < 0 || p[i] >= classes) && p[i] != ignore) {
      fail(ErrorKind::kIndex, op, ": Target ", p[i], " is out of bounds for ", classes, " classes");
    }
  }
  return t;
}

/// Classes last, all else in front as one dim.
Tensor class_rows(const Tensor& x) {
  if (x.dim() == 2) return x;
  if (x.dim() == 1) return unsqueeze(x, 0);
  return reshape(movedim(x, {1}, {-1}), {x.numel() / std::max<int64_t>(x.size(1), 1), x.size(1)});
}

/// -w[t] logp[t] for rows of log-probabilities, mixed with the smoothed part; weights are summed
/// for the mean.
Tensor rows_nll(const Tensor& logp, const Tensor& target, const ClassLossOptions& o) {
  double classes = static_cast<double>(logp.size(1));
  const Tensor& all_targets = peek(target);
  const bool any = count_of(all_targets, o.ignore) < static_cast<double>(all_targets.numel());
  Tensor ignored, safe = target;
  if (any) {
    ignored = eq(target, Scalar(o.ignore));
    safe = masked_fill(target, ignored, Scalar(int64_t{0}));
  }
  auto counted = [&](const Tensor& y) { return any ? where(ignored, 0.0, y) : y; };
  Tensor picked = squeeze(gather(logp, 1, unsqueeze(safe, 1)), {1}), kept;
  if (o.weight.defined()) {
    kept = counted(index_select(o.weight, 0, safe));
    picked = picked * kept;
  }
  if (!any && !o.weight.defined() && o.smoothing == 0 && o.reduction != LossReduction::kNone) {
    Tensor total = sum(picked);  // the sign goes into the number
    return o.reduction == LossReduction::kSum ? -total
                                              : total / -static_cast<double>(target.numel());
  }
  Tensor loss = counted(-picked);
  if (o.smoothing != 0) {
    Tensor all = counted(-sum(o.weight.defined() ? logp * o.weight : logp, {1}));
    loss = loss * (1 - o.smoothing) + all * (o.smoothing / classes);
  }
  if (o.reduction == LossReduction::kNone) return loss;
  Tensor total = sum(loss);
  if (o.reduction == LossReduction::kSum) return total;
  if (o.weight.defined()) return total / sum(kept);
  if (any) return total / to_dtype(sum(logical_not(ignored)), total.dtype());
  return total / static_cast<double>(target.numel());
}

Tensor probability_loss(const Tensor& x, const Tensor& target, const ClassLossOptions& o) {
  int dim = x.dim() == 1 ? 0 : 1;
  int64_t classes = x.size(dim);
  Tensor t = target;
  if (o.smoothing != 0)
    t = t * (1 - o.smoothing) + o.smoothing / static_cast<double>(std::max<int64_t>(classes, 1));
  Tensor parts = t * log_softmax(x, dim);
  if (o.weight.defined()) {
    Dims sizes = Dims::filled(x.dim(), 1);
    sizes[dim] = classes;
    parts = parts * reshape(o.weight, sizes);
  }
  if (o.reduction == LossReduction::kNone) return -sum(parts, {dim});
  Tensor total = -sum(parts);
  if (o.reduction == LossReduction::kSum) return total;
  return total /
         (static_cast<double>(x.numel()) / static_cast<double>(std::max<int64_t>(classes, 1)));
}

Tensor shaped_as_target(const Tensor& loss, const Tensor& target, LossReduction reduction) {
  return reduction == LossReduction::kNone && target.dim() != 1 ? reshape(loss, target.sizes())
                                                                : loss;
}

}  // namespace

Tensors CrossEntropy::compose(const Attr& attr, Inputs in) {
  ClassLossOptions o{{}, attr.reduction, attr.ignore, attr.smoothing};
  return {rows_nll(log_softmax(in[0], 1), in[1], o), Tensor()};
}

Tensor nll_loss(const Tensor& logp, const Tensor& target, const ClassLossOptions& options) {
  const char* op = "nll_loss";
  need_floating(op, logp);
  check_class_shapes(op, logp, target);
  int64_t classes = logp.size(logp.dim() == 1 ? 0 : 1);
  check_weight(op, options.weight, logp, classes, false);
  Tensor t = reshape(checked_targets(op, target, classes, options.ignore), {-1});
  return shaped_as_target(rows_nll(class_rows(logp), t, options), target, options.reduction);
}

Tensor cross_entropy(const Tensor& x, const Tensor& target, const ClassLossOptions& options) {
  const char* op = "cross_entropy";
  need_floating(op, x);
  if (!(options.smoothing >= 0 && options.smoothing <= 1)) {
    fail(ErrorKind::kRuntime, op, ": label_smoothing must be between 0 and 1, got ",
         options.smoothing);
  }
  if (x.dim() == 0) check_class_shapes(op, x, target);
  int64_t classes = x.size(x.dim() == 1 ? 0 : 1);
  check_weight(op, options.weight, x, classes, x.sizes() == target.sizes());
  if (x.sizes() == target.sizes()) {
    if (!is_floating(target.dtype())) {
      fail(ErrorKind::kRuntime, op,
           ": Expected floating point type for target with class probabilities, got ", target,
           " for an input ", x, "; class indices would have one dim less");
    }
    if (options.ignore >= 0) {
      fail(ErrorKind::kRuntime, op,
           ": ignore_index is not supported for floating point target, got ", options.ignore,
           "; leave it out, or give class indices");
    }
    return probability_loss(x, target, options);
  }
  check_class_shapes(op, x, target);
  Tensor t = checked_targets(op, target, classes, options.ignore);
  if (t.dim() != 1) t = reshape(t, {-1});
  Tensor rows = class_rows(x);
  Tensor loss;
  if (options.weight.defined() || classes == 0) {
    loss = rows_nll(log_softmax(rows, 1), t, options);
  } else {
    const Tensor in[] = {rows, t};
    loss = call_many<CrossEntropy>({options.reduction, options.ignore, options.smoothing}, in)[0];
  }
  return shaped_as_target(loss, target, options.reduction);
}

}  // namespace pyad
