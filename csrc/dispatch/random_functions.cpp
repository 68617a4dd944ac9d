// The Python face of dropout and rrelu. It stands on this floor because they can write into their
// input.
#include "dispatch/inplace.hpp"
#include "ops/random.hpp"

namespace pyad {

namespace {

/// A row's call: `input, p, training, inplace`.
template <class F>
Answer drop(Args& a, F&& f) {
  const Tensor& x = a.tensor(0);
  double p = a.real(1);
  if (!(p >= 0 && p <= 1)) {
    fail(ErrorKind::kValue, "dropout probability has to be between 0 and 1, but got ", p);
  }
  if (!a.flag(2) || p == 0 || x.numel() == 0) return x;
  if (!a.flag(3)) return f(x, p);
  check_writable(a.op(), x);
  write_result(a.op(), x, f(x, p));
  return x;
}

const Function kRows[] = {
    {"dropout", "input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False",
     R"doc(Zeroes elements with probability p and scales the others by 1 / (1 - p).

Args:
  input: a floating tensor.
  p: probability, from 0 to 1.
  training: whether anything happens at all.
  inplace: whether the result is written into the input.

Returns:
  The shape of input; input itself when nothing happens.

Raises:
  ValueError: p is no probability.
  RuntimeError: input is not floating.)doc",
     Kind::kLinear, kInModule | in("nn.functional"),
     [](Args& a) -> Answer {
       return drop(a, [](const Tensor& x, double p) { return dropout(x, p); });
     },
     "g times the mask, scaled alike", "linear for a given mask"},
    {"feature_dropout",
     "input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False",
     R"doc(Dropout of whole features: all of input[i, j] or nothing.

Args:
  input: (N, C, ...), floating.
  p: probability, from 0 to 1.
  training: whether anything happens at all.
  inplace: whether the result is written into the input.

Returns:
  The shape of input.

Raises:
  ValueError: p is no probability.
  RuntimeError: input is not floating, or has fewer than two dims.)doc",
     Kind::kComposite, kInModule,
     [](Args& a) -> Answer {
       return drop(a, [](const Tensor& x, double p) {
         return special_dropout("feature_dropout", x, p, true, false);
       });
     },
     "g times the mask, scaled alike", "linear for a given mask"},
    {"alpha_dropout",
     "input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False",
     R"doc(Dropout to SELU's smallest value, with mean and variance kept.

Args:
  input: a floating tensor.
  p: probability, from 0 to 1.
  training: whether anything happens at all.
  inplace: whether the result is written into the input.

Returns:
  The shape of input.

Raises:
  ValueError: p is no probability.
  RuntimeError: input is not floating.)doc",
     Kind::kComposite, kInModule | in("nn.functional"),
     [](Args& a) -> Answer {
       return drop(a, [](const Tensor& x, double p) {
         return special_dropout("alpha_dropout", x, p, false, true);
       });
     },
     "g times the mask, scaled alike", "linear for a given mask"},
    {"feature_alpha_dropout",
     "input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False",
     R"doc(Alpha dropout of whole features: all of input[i, j] or nothing.

Args:
  input: (N, C, ...), floating.
  p: probability, from 0 to 1.
  training: whether anything happens at all.
  inplace: whether the result is written into the input.

Returns:
  The shape of input.

Raises:
  ValueError: p is no probability.
  RuntimeError: input is not floating, or has fewer than two dims.)doc",
     Kind::kComposite, kInModule | in("nn.functional"),
     [](Args& a) -> Answer {
       return drop(a, [](const Tensor& x, double p) {
         return special_dropout("feature_alpha_dropout", x, p, true, true);
       });
     },
     "g times the mask, scaled alike", "linear for a given mask"},
    {"rrelu",
     "input: Tensor, lower: float = 0.125, upper: float = 0.3333333333333333, training: bool = "
     "False, inplace: bool = False",
     R"doc(x where positive, x times a slope elsewhere: a random one in training, else the mean.

Args:
  input: a floating tensor.
  lower: smallest slope.
  upper: largest slope.
  training: whether slopes are drawn.
  inplace: whether the result is written into the input.

Returns:
  The shape of input.

Raises:
  RuntimeError: lower > upper, or input is not floating.)doc",
     Kind::kComposite, kInModule | in("nn.functional"),
     [](Args& a) -> Answer {
       const Tensor& x = a.tensor(0);
       double lower = a.real(1), upper = a.real(2);
       if (!(lower <= upper)) {
         fail(ErrorKind::kRuntime,
              "rrelu: Lower bound should be less than or equal to the upper "
              "bound, got ",
              lower, " and ", upper);
       }
       if (a.flag(4)) check_writable("rrelu", x);
       Tensor y = rrelu(x, lower, upper, a.flag(3));
       if (!a.flag(4)) return y;
       write_result("rrelu", x, y);
       return x;
     },
     "1 where positive, the slope elsewhere", "the slope at 0"},
};

const Rows rows(kRows);

}  // namespace

}  // namespace pyad
