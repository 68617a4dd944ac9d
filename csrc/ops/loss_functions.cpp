// The Python face of the losses.
#include "core/host.hpp"
#include "ops/function.hpp"
#include "ops/functions.hpp"
#include "ops/loss.hpp"
#include "ops/reduce.hpp"

namespace pyad {

namespace {

/// The reduction by its name, or by PyTorch's older arguments where one of them is given.
const std::string& reduction_name(Args& a, int size_average, int reduce, int name) {
  static const std::string kMean = "mean", kSum = "sum", kNone = "none";
  if (!a.given(size_average) && !a.given(reduce)) return a.text(name);
  const bool none = a.given(reduce) && !a.flag(reduce);
  const bool sum = a.given(size_average) && !a.flag(size_average);
  const std::string& name_now = none ? kNone : sum ? kSum : kMean;
  warn(cat(a.op(), ": size_average and reduce args will be deprecated, please use reduction='",
           name_now, "' instead."));
  return name_now;
}
LossReduction reduction(Args& a, int size_average, int reduce, int name) {
  return read_reduction(a.op(), reduction_name(a, size_average, reduce, name));
}

/// Both class losses begin alike: input, target, weight, size_average, ignore_index, reduce,
/// reduction.
ClassLossOptions class_options(Args& a) {
  return {a.tensor_or_none(2), reduction(a, 3, 5, 6), a.integer(4), 0};
}

/// Elementwise losses with weights. As in PyTorch, the mean is weighted but for huber_loss.
Tensor weighted(Args& a, const Tensor& loss, const Tensor& weight, LossReduction how,
                bool weighted_mean = true) {
  if (!(weight.sizes() == a.tensor(0).sizes())) {
    fail(ErrorKind::kValue, a.op(), ": weight of shape ", weight.sizes(),
         " must have the shape of the input, ", a.tensor(0).sizes());
  }
  Tensor y = loss * weight;
  if (how == LossReduction::kNone) return y;
  if (how == LossReduction::kSum) return sum(y);
  return weighted_mean ? sum(y) / sum(weight) : mean(y);
}

const Function kRows[] = {
    {"mse_loss",
     "input: Tensor, target: Tensor, size_average: bool? = None, reduce: bool? = None, reduction: "
     "str = 'mean', weight: Tensor? = None",
     R"doc(Squared differences.

Args:
  input: any shape.
  target: broadcasts with input.
  reduction: 'mean', 'sum' or 'none'.

Returns:
  A 0-d tensor, or the shape of the inputs.

Raises:
  ShapeError: shapes do not broadcast.
  TypeError: neither is floating.)doc",
     Kind::kGeneral, in("nn.functional"),
     [](Args& a) -> Answer {
       LossReduction how = reduction(a, 2, 3, 4);
       if (!a.given(5)) return mse_loss(a.tensor(0), a.tensor(1), how);
       Tensor loss = mse_loss(a.tensor(0), a.tensor(1), LossReduction::kNone);
       return weighted(a, loss, a.tensor(5), how);
     },
     "2 (x - y) / n", "smooth"},
    {"l1_loss",
     "input: Tensor, target: Tensor, size_average: bool? = None, reduce: bool? = None, reduction: "
     "str = 'mean', weight: Tensor? = None",
     R"doc(Absolute differences.

Args:
  reduction: 'mean', 'sum' or 'none'.

Returns:
  A 0-d tensor, or the shape of the inputs.

Raises:
  ShapeError: shapes do not broadcast.)doc",
     Kind::kComposite, in("nn.functional"),
     [](Args& a) -> Answer {
       LossReduction how = reduction(a, 2, 3, 4);
       if (!a.given(5)) return l1_loss(a.tensor(0), a.tensor(1), how);
       Tensor loss = l1_loss(a.tensor(0), a.tensor(1), LossReduction::kNone);
       return weighted(a, loss, a.tensor(5), how);
     },
     "sign(x - y) / n", "0 where x = y"},
    {"smooth_l1_loss",
     "input: Tensor, target: Tensor, size_average: bool? = None, reduce: bool? = None, reduction: "
     "str = 'mean', beta: float = 1.0",
     R"doc(Absolute differences, quadratic where smaller than beta.

Args:
  beta: not negative; 0 is l1_loss.

Returns:
  A 0-d tensor, or the shape of the inputs.

Raises:
  ShapeError: shapes do not broadcast.
  RuntimeError: beta is negative.)doc",
     Kind::kComposite, in("nn.functional"),
     [](Args& a) -> Answer {
       return smooth_l1_loss(a.tensor(0), a.tensor(1), reduction(a, 2, 3, 4), a.real(5));
     },
     "clamp((x - y) / beta, -1, 1) / n", "smooth but for second derivatives at beta"},
    {"huber_loss",
     "input: Tensor, target: Tensor, reduction: str = 'mean', delta: float = 1.0, weight: Tensor? "
     "= None",
     R"doc(Half squared differences, linear where larger than delta.

Args:
  delta: positive.

Returns:
  A 0-d tensor, or the shape of the inputs.

Raises:
  ShapeError: shapes do not broadcast.
  RuntimeError: delta is not positive.)doc",
     Kind::kComposite, in("nn.functional"),
     [](Args& a) -> Answer {
       LossReduction how = read_reduction(a.op(), a.text(2));
       if (!a.given(4)) return huber_loss(a.tensor(0), a.tensor(1), how, a.real(3));
       Tensor loss = huber_loss(a.tensor(0), a.tensor(1), LossReduction::kNone, a.real(3));
       return weighted(a, loss, a.tensor(4), how, false);
     },
     "clamp(x - y, -delta, delta) / n", "smooth but for second derivatives at delta"},
    {"cross_entropy",
     "input: Tensor, target: Tensor, weight: Tensor? = None, size_average: bool? = None, "
     "ignore_index: int = -100, reduce: bool? = None, reduction: str = 'mean', "
     "label_smoothing: float = 0.0",
     R"doc(-log softmax(input) at the target classes.

Args:
  input: logits (N, C, ...), or (C,).
  target: class indices (N, ...), or probabilities of the shape of input.
  weight: (C,), factors of the classes.
  ignore_index: a class index that counts nothing; not with probabilities.
  reduction: 'mean' (weighted), 'sum' or 'none'.
  label_smoothing: part of the target that is spread over all classes.

Returns:
  A 0-d tensor, or (N, ...).

Raises:
  IndexError: a class index is out of range.
  RuntimeError: ignore_index together with probabilities.
  ShapeError: shapes do not fit.
  TypeError: dtypes do not fit.)doc",
     Kind::kGeneral, in("nn.functional"),
     [](Args& a) -> Answer {
       ClassLossOptions o = class_options(a);
       o.smoothing = a.real(7);
       return cross_entropy(a.tensor(0), a.tensor(1), o);
     },
     "softmax(x) - one_hot(target)", "smooth"},
    {"nll_loss",
     "input: Tensor, target: Tensor, weight: Tensor? = None, size_average: bool? = None, "
     "ignore_index: int = -100, reduce: bool? = None, reduction: str = 'mean'",
     R"doc(Negative log-likelihood: -input at the target classes.

Args:
  input: log-probabilities (N, C, ...), or (C,).
  target: class indices (N, ...).
  weight: (C,), factors of the classes.
  ignore_index: a class index that counts nothing.
  reduction: 'mean' (weighted), 'sum' or 'none'.

Returns:
  A 0-d tensor, or (N, ...).

Raises:
  IndexError: a class index is out of range.
  ShapeError: shapes do not fit.)doc",
     Kind::kComposite, in("nn.functional"),
     [](Args& a) -> Answer { return nll_loss(a.tensor(0), a.tensor(1), class_options(a)); },
     "-weight at the targets", "smooth"},
    {"binary_cross_entropy",
     "input: Tensor, target: Tensor, weight: Tensor? = None, size_average: bool? = None, reduce: "
     "bool? = None, reduction: str = 'mean'",
     R"doc(-(t log x + (1 - t) log(1 - x)), logarithms not below -100.

Args:
  input: probabilities.
  target: of the same shape.
  weight: factors that broadcast.

Returns:
  A 0-d tensor, or the shape of input.

Raises:
  RuntimeError: an input is outside [0, 1].
  ShapeError: shapes differ.)doc",
     Kind::kGeneral, in("nn.functional"),
     [](Args& a) -> Answer {
       return binary_cross_entropy(a.tensor(0), a.tensor(1), a.tensor_or_none(2),
                                   reduction(a, 3, 4, 5));
     },
     "(x - t) / max(x (1 - x), 1e-12)", "bounded at 0 and 1"},
    {"binary_cross_entropy_with_logits",
     "input: Tensor, target: Tensor, weight: Tensor? = None, size_average: bool? = None, reduce: "
     "bool? = None, reduction: str = 'mean', pos_weight: Tensor? = None",
     R"doc(binary_cross_entropy of sigmoid(input), accurate in both tails.

Args:
  input: logits.
  target: of the same shape.
  weight: factors that broadcast.
  pos_weight: factors of the positive class.

Returns:
  A 0-d tensor, or the shape of input.

Raises:
  ShapeError: shapes differ.)doc",
     Kind::kComposite, in("nn.functional"),
     [](Args& a) -> Answer {
       return binary_cross_entropy_with_logits(a.tensor(0), a.tensor(1), a.tensor_or_none(2),
                                               a.tensor_or_none(6), reduction(a, 3, 4, 5));
     },
     "sigmoid(x) - t", "smooth"},
    {"kl_div",
     "input: Tensor, target: Tensor, size_average: bool? = None, reduce: bool? = None, reduction: "
     "str = 'mean', log_target: bool = False",
     R"doc(Kullback-Leibler divergence, pointwise: t (log t - input).

Args:
  input: log-probabilities.
  target: probabilities, or their logarithms with log_target.
  reduction: 'mean', 'batchmean', 'sum' or 'none'.

Returns:
  A 0-d tensor, or the shape of the inputs.

Raises:
  ShapeError: shapes do not broadcast.)doc",
     Kind::kComposite, in("nn.functional"),
     [](Args& a) -> Answer {
       return kl_div(a.tensor(0), a.tensor(1), reduction_name(a, 2, 3, 4), a.flag(5));
     },
     "-t", "smooth"},
};

const Rows rows(kRows);

}  // namespace

}  // namespace pyad
