// The Python face of the losses.
#include "ops/function.hpp"
#include "ops/loss.hpp"

namespace pyad {

namespace {

ClassLossOptions class_options(Args& a, int weight, int ignore, int reduction) {
  return {a.tensor_or_none(weight), read_reduction(a.op(), a.text(reduction)), a.integer(ignore),
          0};
}

const Function kRows[] = {
    {"mse_loss", "input: Tensor, target: Tensor, *, reduction: str = 'mean'",
     "Squared differences.\n\nArgs:\n  input: any shape.\n  target: broadcasts with input.\n  "
     "reduction: 'mean', 'sum' or 'none'.\nReturns:\n  A 0-d "
     "tensor, or the shape of the inputs.\nRaises:\n  ShapeError: shapes do not broadcast.\n  "
     "TypeError: neither is floating.",
     Kind::kGeneral, kInNN,
     [](Args& a) -> Answer {
       return mse_loss(a.tensor(0), a.tensor(1), read_reduction(a.op(), a.text(2)));
     },
     "2 (x - y) / n", "smooth"},
    {"l1_loss", "input: Tensor, target: Tensor, *, reduction: str = 'mean'",
     "Absolute differences.\n\nArgs:\n  reduction: 'mean', 'sum' or 'none'.\nReturns:\n  A 0-d "
     "tensor, or the shape of the inputs.\nRaises:\n  "
     "ShapeError: shapes do not broadcast.",
     Kind::kComposite, kInNN,
     [](Args& a) -> Answer {
       return l1_loss(a.tensor(0), a.tensor(1), read_reduction(a.op(), a.text(2)));
     },
     "sign(x - y) / n", "0 where x = y"},
    {"smooth_l1_loss",
     "input: Tensor, target: Tensor, *, reduction: str = 'mean', beta: float = 1.0",
     "Absolute differences, quadratic where smaller than beta.\n\nArgs:\n  beta: not negative; 0 "
     "is l1_loss.\nReturns:\n  A 0-d tensor, or the shape "
     "of the inputs.\nRaises:\n  ShapeError: shapes do not broadcast.\n  RuntimeError: beta is "
     "negative.",
     Kind::kComposite, kInNN,
     [](Args& a) -> Answer {
       return smooth_l1_loss(a.tensor(0), a.tensor(1), read_reduction(a.op(), a.text(2)),
                             a.real(3));
     },
     "clamp((x - y) / beta, -1, 1) / n", "smooth but for second derivatives at beta"},
    {"huber_loss", "input: Tensor, target: Tensor, *, reduction: str = 'mean', delta: float = 1.0",
     "Half squared differences, linear where larger than delta.\n\nArgs:\n  delta: "
     "positive.\nReturns:\n  A 0-d tensor, or the shape of the "
     "inputs.\nRaises:\n  ShapeError: shapes do not broadcast.\n  RuntimeError: delta is not "
     "positive.",
     Kind::kComposite, kInNN,
     [](Args& a) -> Answer {
       return huber_loss(a.tensor(0), a.tensor(1), read_reduction(a.op(), a.text(2)), a.real(3));
     },
     "clamp(x - y, -delta, delta) / n", "smooth but for second derivatives at delta"},
    {"cross_entropy",
     "input: Tensor, target: Tensor, weight: Tensor? = None, *, ignore_index: int = -100, "
     "reduction: str = 'mean', "
     "label_smoothing: float = 0.0",
     "-log softmax(input) at the target classes.\n\nArgs:\n  input: logits (N, C, ...), or (C,).\n "
     " target: class indices (N, ...), or probabilities of "
     "the shape of input.\n  weight: (C,), factors of the classes.\n  ignore_index: a class index "
     "that counts nothing.\n  reduction: 'mean' "
     "(weighted), 'sum' or 'none'.\n  label_smoothing: part of the target that is spread over all "
     "classes.\nReturns:\n  A 0-d tensor, or (N, "
     "...).\nRaises:\n  IndexError: a class index is out of range.\n  ShapeError: shapes do not "
     "fit.\n  TypeError: dtypes do not fit.",
     Kind::kGeneral, kInNN,
     [](Args& a) -> Answer {
       ClassLossOptions o = class_options(a, 2, 3, 4);
       o.smoothing = a.real(5);
       return cross_entropy(a.tensor(0), a.tensor(1), o);
     },
     "softmax(x) - one_hot(target)", "smooth"},
    {"nll_loss",
     "input: Tensor, target: Tensor, weight: Tensor? = None, *, ignore_index: int = -100, "
     "reduction: str = 'mean'",
     "Negative log-likelihood: -input at the target classes.\n\nArgs:\n  input: log-probabilities "
     "(N, C, ...), or (C,).\n  target: class indices (N, "
     "...).\n  weight: (C,), factors of the classes.\n  ignore_index: a class index that counts "
     "nothing.\n  reduction: 'mean' (weighted), 'sum' "
     "or 'none'.\nReturns:\n  A 0-d tensor, or (N, ...).\nRaises:\n  IndexError: a class index is "
     "out of range.\n  ShapeError: shapes do not fit.",
     Kind::kComposite, kInNN,
     [](Args& a) -> Answer {
       return nll_loss(a.tensor(0), a.tensor(1), class_options(a, 2, 3, 4));
     },
     "-weight at the targets", "smooth"},
    {"binary_cross_entropy",
     "input: Tensor, target: Tensor, weight: Tensor? = None, *, reduction: str = 'mean'",
     "-(t log x + (1 - t) log(1 - x)), logarithms not below -100.\n\nArgs:\n  input: "
     "probabilities.\n  target: of the same shape.\n  weight: factors that "
     "broadcast.\nReturns:\n  A 0-d tensor, or the shape of input.\nRaises:\n  RuntimeError: an "
     "input is outside [0, 1].\n  ShapeError: shapes "
     "differ.",
     Kind::kGeneral, kInNN,
     [](Args& a) -> Answer {
       return binary_cross_entropy(a.tensor(0), a.tensor(1), a.tensor_or_none(2),
                                   read_reduction(a.op(), a.text(3)));
     },
     "(x - t) / max(x (1 - x), 1e-12)", "bounded at 0 and 1"},
    {"binary_cross_entropy_with_logits",
     "input: Tensor, target: Tensor, weight: Tensor? = None, *, reduction: str = 'mean', "
     "pos_weight: Tensor? = None",
     "binary_cross_entropy of sigmoid(input), accurate in both tails.\n\nArgs:\n  input: logits.\n "
     " target: of the same shape.\n  weight: factors that "
     "broadcast.\n  pos_weight: factors of the positive class.\nReturns:\n  A 0-d tensor, or the "
     "shape of input.\nRaises:\n  ShapeError: shapes "
     "differ.",
     Kind::kComposite, kInNN,
     [](Args& a) -> Answer {
       return binary_cross_entropy_with_logits(a.tensor(0), a.tensor(1), a.tensor_or_none(2),
                                               a.tensor_or_none(4),
                                               read_reduction(a.op(), a.text(3)));
     },
     "sigmoid(x) - t", "smooth"},
    {"kl_div",
     "input: Tensor, target: Tensor, *, reduction: str = 'mean', log_target: bool = False",
     "Kullback-Leibler divergence, pointwise: t (log t - input).\n\nArgs:\n  input: "
     "log-probabilities.\n  target: probabilities, or their logarithms with "
     "log_target.\n  reduction: 'mean', 'batchmean', 'sum' or 'none'.\nReturns:\n  A 0-d tensor, "
     "or the shape of the inputs.\nRaises:\n  "
     "ShapeError: shapes do not broadcast.",
     Kind::kComposite, kInNN,
     [](Args& a) -> Answer { return kl_div(a.tensor(0), a.tensor(1), a.text(2), a.flag(3)); }, "-t",
     "smooth"},
};

}  // namespace

std::span<const Function> loss_functions() { return kRows; }

}  // namespace pyad
