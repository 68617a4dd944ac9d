// The Python face of the normalisations.
#include <limits>

#include "ops/function.hpp"
#include "ops/normalization.hpp"

namespace pyad {

namespace {

const Function kRows[] = {
    {"batch_norm",
     "input: Tensor, running_mean: Tensor?, running_var: Tensor?, weight: Tensor? = None, bias: "
     "Tensor? = None, training: bool = False, momentum: float = 0.1, eps: float = 1e-5",
     R"doc((x - mean) / sqrt(variance + eps) * weight + bias for each channel.

Args:
  input: (batch, channels, ...).
  running_mean: (channels,); with training it moves towards the input's mean, else it is the mean.
  running_var: likewise; it moves towards the unbiased variance.
  weight: (channels,).
  bias: (channels,).
  training: whether the input's own statistics count.
  momentum: how far the running statistics move.
  eps: added to the variance, which is the biased one.

Returns:
  The shape of input.

Raises:
  ShapeError: shapes do not fit.
  TypeError: dtypes do not fit.
  ValueError: one value a channel in training, or no running statistics otherwise.)doc",
     Kind::kGeneral, in("nn.functional"),
     [](Args& a) -> Answer {
       return batch_norm(a.tensor(0), {a.tensor_or_none(1), a.tensor_or_none(2)},
                         a.tensor_or_none(3), a.tensor_or_none(4), a.flag(5), a.real(6), a.real(7));
     },
     "rstd (g w - mean(g w) - y mean(g w y)) in training; g w rstd otherwise, and by running_mean "
     "-w rstd sum(g), by running_var -w rstd^2 sum(g y) / 2, y without weight and bias",
     "smooth"},
    {"instance_norm",
     "input: Tensor, running_mean: Tensor? = None, running_var: Tensor? = None, weight: Tensor? = "
     "None, bias: Tensor? = None, use_input_stats: bool = True, momentum: float = 0.1, eps: float "
     "= 1e-5",
     R"doc((x - mean) / sqrt(variance + eps) * weight + bias for each channel of each instance.

Args:
  input: (batch, channels, ...).
  running_mean: (channels,); moves towards the mean over the batch of the means, or is the mean.
  running_var: likewise.
  weight: (channels,).
  bias: (channels,).
  use_input_stats: whether the input's own statistics count.
  momentum: how far the running statistics move.
  eps: added to the variance, which is the biased one.

Returns:
  The shape of input.

Raises:
  ShapeError: shapes do not fit.
  TypeError: dtypes do not fit.
  ValueError: one value an instance, or no running statistics where they count.)doc",
     Kind::kGeneral, in("nn.functional"),
     [](Args& a) -> Answer {
       return instance_norm(a.tensor(0), {a.tensor_or_none(1), a.tensor_or_none(2)},
                            a.tensor_or_none(3), a.tensor_or_none(4), a.flag(5), a.real(6),
                            a.real(7));
     },
     "rstd (g w - mean(g w) - y mean(g w y))", "smooth"},
    {"group_norm",
     "input: Tensor, num_groups: int, weight: Tensor? = None, bias: Tensor? = None, eps: float = "
     "1e-5",
     R"doc((x - mean) / sqrt(variance + eps) * weight + bias for groups of channels of each instance.

Args:
  input: (batch, channels, ...).
  num_groups: groups of neighbouring channels; a divisor of their number.
  weight: (channels,).
  bias: (channels,).
  eps: added to the variance, which is the biased one.

Returns:
  The shape of input.

Raises:
  RuntimeError: the channels cannot be divided into such groups.
  ShapeError: shapes do not fit.
  TypeError: dtypes do not fit.
  ValueError: one instance, of groups of one value.)doc",
     Kind::kGeneral, in("nn.functional"),
     [](Args& a) -> Answer {
       return group_norm(a.tensor(0), a.integer(1), a.tensor_or_none(2), a.tensor_or_none(3),
                         a.real(4));
     },
     "rstd (g w - mean(g w) - y mean(g w y))", "smooth"},
    {"rms_norm",
     "input: Tensor, normalized_shape: ints, weight: Tensor? = None, eps: float? = None",
     R"doc(x / sqrt(mean x^2 + eps) * weight over the last dims.

Args:
  input: (..., *normalized_shape).
  normalized_shape: the last sizes of input.
  weight: of that shape.
  eps: added to the mean square. Default: the distance from 1 to the next number of the dtype.

Returns:
  The shape of input.

Raises:
  ShapeError: shapes do not fit.
  TypeError: dtypes do not fit.)doc",
     Kind::kGeneral, kInModule | in("nn.functional"),
     [](Args& a) -> Answer {
       double eps = a.tensor(0).dtype() == DType::kFloat64 ? std::numeric_limits<double>::epsilon()
                                                           : std::numeric_limits<float>::epsilon();
       return rms_norm(a.tensor(0), a.dims(1), a.tensor_or_none(2), a.given(3) ? a.real(3) : eps);
     },
     "r g w - r^3 x mean(g w x), with r = 1 / sqrt(mean x^2 + eps)", "smooth"},
    {"local_response_norm",
     "input: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0",
     R"doc(x / (k + alpha mean x^2)^beta, the mean over neighbouring channels.

Args:
  input: (batch, channels, ...), three dims or more.
  size: channels that count, zeros beyond the first and the last.
  alpha: factor of the mean.
  beta: exponent.
  k: added to the mean.

Returns:
  The shape of input.

Raises:
  ValueError: fewer than three dims, or a size that is not positive.)doc",
     Kind::kComposite, in("nn.functional"),
     [](Args& a) -> Answer {
       return local_response_norm(a.tensor(0), a.integer(1), a.real(2), a.real(3), a.real(4));
     }},
};

const Rows rows(kRows);

}  // namespace

}  // namespace pyad
