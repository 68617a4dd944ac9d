# Written by tools/stubs.py from the built module; change the rows of the table, not this page.
from builtins import bool as _bool
from builtins import float as _float
from builtins import int as _int
from builtins import str as _str
from collections.abc import Sequence
from typing import Any, overload

from pyad._core import Generator, Tensor, Value, _Dims, _DTypeLike, _TensorLike
__all__ = [
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "adaptive_avg_pool3d",
    "adaptive_max_pool1d",
    "adaptive_max_pool1d_with_indices",
    "adaptive_max_pool2d",
    "adaptive_max_pool2d_with_indices",
    "adaptive_max_pool3d",
    "adaptive_max_pool3d_with_indices",
    "alpha_dropout",
    "avg_pool1d",
    "avg_pool2d",
    "avg_pool3d",
    "batch_norm",
    "bilinear",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "channel_shuffle",
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "cross_entropy",
    "dropout",
    "feature_alpha_dropout",
    "fold",
    "gelu",
    "group_norm",
    "huber_loss",
    "instance_norm",
    "interpolate",
    "kl_div",
    "l1_loss",
    "layer_norm",
    "linear",
    "local_response_norm",
    "logsigmoid",
    "lp_pool1d",
    "lp_pool2d",
    "lp_pool3d",
    "max_pool1d",
    "max_pool1d_with_indices",
    "max_pool2d",
    "max_pool2d_with_indices",
    "max_pool3d",
    "max_pool3d_with_indices",
    "max_unpool1d",
    "max_unpool2d",
    "max_unpool3d",
    "mse_loss",
    "nll_loss",
    "one_hot",
    "pad",
    "pixel_shuffle",
    "pixel_unshuffle",
    "rms_norm",
    "rrelu",
    "smooth_l1_loss",
    "softplus",
    "softsign",
    "unfold",
    "upsample",
    "upsample_bilinear",
    "upsample_nearest",
]
def adaptive_avg_pool1d(
    input: _TensorLike,
    output_size: _int | None | Sequence[_int | None],
) -> Tensor:
    """Means of windows that divide the input into `output_size` parts."""
    ...
def adaptive_avg_pool2d(
    input: _TensorLike,
    output_size: _int | None | Sequence[_int | None],
) -> Tensor:
    """Means of windows that divide the input into `output_size` parts."""
    ...
def adaptive_avg_pool3d(
    input: _TensorLike,
    output_size: _int | None | Sequence[_int | None],
) -> Tensor:
    """Means of windows that divide the input into `output_size` parts."""
    ...
@overload
def adaptive_max_pool1d(
    input: _TensorLike,
    output_size: _int | None | Sequence[_int | None],
) -> Tensor:
    """Largest elements of windows that divide the input into `output_size` parts."""
    ...
@overload
def adaptive_max_pool1d(
    input: _TensorLike,
    output_size: _int | None | Sequence[_int | None],
    return_indices: _bool,
) -> tuple[Tensor, Tensor]: ...
def adaptive_max_pool1d_with_indices(
    input: _TensorLike,
    output_size: _int | None | Sequence[_int | None],
    return_indices: _bool = ...,
) -> tuple[Tensor, Tensor]:
    """Largest elements of windows that divide the input into `output_size` parts."""
    ...
@overload
def adaptive_max_pool2d(
    input: _TensorLike,
    output_size: _int | None | Sequence[_int | None],
) -> Tensor:
    """Largest elements of windows that divide the input into `output_size` parts."""
    ...
@overload
def adaptive_max_pool2d(
    input: _TensorLike,
    output_size: _int | None | Sequence[_int | None],
    return_indices: _bool,
) -> tuple[Tensor, Tensor]: ...
def adaptive_max_pool2d_with_indices(
    input: _TensorLike,
    output_size: _int | None | Sequence[_int | None],
    return_indices: _bool = ...,
) -> tuple[Tensor, Tensor]:
    """Largest elements of windows that divide the input into `output_size` parts."""
    ...
@overload
def adaptive_max_pool3d(
    input: _TensorLike,
    output_size: _int | None | Sequence[_int | None],
) -> Tensor:
    """Largest elements of windows that divide the input into `output_size` parts."""
    ...
@overload
def adaptive_max_pool3d(
    input: _TensorLike,
    output_size: _int | None | Sequence[_int | None],
    return_indices: _bool,
) -> tuple[Tensor, Tensor]: ...
def adaptive_max_pool3d_with_indices(
    input: _TensorLike,
    output_size: _int | None | Sequence[_int | None],
    return_indices: _bool = ...,
) -> tuple[Tensor, Tensor]:
    """Largest elements of windows that divide the input into `output_size` parts."""
    ...
def alpha_dropout(
    input: _TensorLike,
    p: _float = ...,
    training: _bool = ...,
    inplace: _bool = ...,
) -> Tensor:
    """Dropout to SELU's smallest value, with mean and variance kept."""
    ...
def avg_pool1d(
    input: _TensorLike,
    kernel_size: _Dims,
    stride: _Dims | None = ...,
    padding: _Dims = ...,
    ceil_mode: _bool = ...,
    count_include_pad: _bool = ...,
) -> Tensor:
    """Means of windows."""
    ...
def avg_pool2d(
    input: _TensorLike,
    kernel_size: _Dims,
    stride: _Dims | None = ...,
    padding: _Dims = ...,
    ceil_mode: _bool = ...,
    count_include_pad: _bool = ...,
    divisor_override: _int | None = ...,
) -> Tensor:
    """Means of windows."""
    ...
def avg_pool3d(
    input: _TensorLike,
    kernel_size: _Dims,
    stride: _Dims | None = ...,
    padding: _Dims = ...,
    ceil_mode: _bool = ...,
    count_include_pad: _bool = ...,
    divisor_override: _int | None = ...,
) -> Tensor:
    """Means of windows."""
    ...
def batch_norm(
    input: _TensorLike,
    running_mean: _TensorLike | None,
    running_var: _TensorLike | None,
    weight: _TensorLike | None = ...,
    bias: _TensorLike | None = ...,
    training: _bool = ...,
    momentum: _float = ...,
    eps: _float = ...,
) -> Tensor:
    """(x - mean) / sqrt(variance + eps) * weight + bias for each channel."""
    ...
def bilinear(
    input1: _TensorLike,
    input2: _TensorLike,
    weight: _TensorLike,
    bias: _TensorLike | None = ...,
) -> Tensor:
    """y[o] = input1^T weight[o] input2 + bias[o]."""
    ...
def binary_cross_entropy(
    input: _TensorLike,
    target: _TensorLike,
    weight: _TensorLike | None = ...,
    size_average: _bool | None = ...,
    reduce: _bool | None = ...,
    reduction: _str = ...,
) -> Tensor:
    """-(t log x + (1 - t) log(1 - x)), logarithms not below -100."""
    ...
def binary_cross_entropy_with_logits(
    input: _TensorLike,
    target: _TensorLike,
    weight: _TensorLike | None = ...,
    size_average: _bool | None = ...,
    reduce: _bool | None = ...,
    reduction: _str = ...,
    pos_weight: _TensorLike | None = ...,
) -> Tensor:
    """binary_cross_entropy of sigmoid(input), accurate in both tails."""
    ...
def channel_shuffle(input: _TensorLike, groups: _int) -> Tensor:
    """Channels (g, k) in the order (k, g)."""
    ...
def conv1d(
    input: _TensorLike,
    weight: _TensorLike,
    bias: _TensorLike | None = ...,
    stride: _Dims = ...,
    padding: _Dims | _str = ...,
    dilation: _Dims = ...,
    groups: _int = ...,
) -> Tensor:
    """Convolution over 1 dim (cross-correlation, as in PyTorch)."""
    ...
def conv2d(
    input: _TensorLike,
    weight: _TensorLike,
    bias: _TensorLike | None = ...,
    stride: _Dims = ...,
    padding: _Dims | _str = ...,
    dilation: _Dims = ...,
    groups: _int = ...,
) -> Tensor:
    """Convolution over 2 dims (cross-correlation, as in PyTorch)."""
    ...
def conv3d(
    input: _TensorLike,
    weight: _TensorLike,
    bias: _TensorLike | None = ...,
    stride: _Dims = ...,
    padding: _Dims | _str = ...,
    dilation: _Dims = ...,
    groups: _int = ...,
) -> Tensor:
    """Convolution over 3 dims (cross-correlation, as in PyTorch)."""
    ...
def conv_transpose1d(
    input: _TensorLike,
    weight: _TensorLike,
    bias: _TensorLike | None = ...,
    stride: _Dims = ...,
    padding: _Dims = ...,
    output_padding: _Dims = ...,
    groups: _int = ...,
    dilation: _Dims = ...,
) -> Tensor:
    """Transpose of a convolution over 1 dim."""
    ...
def conv_transpose2d(
    input: _TensorLike,
    weight: _TensorLike,
    bias: _TensorLike | None = ...,
    stride: _Dims = ...,
    padding: _Dims = ...,
    output_padding: _Dims = ...,
    groups: _int = ...,
    dilation: _Dims = ...,
) -> Tensor:
    """Transpose of a convolution over 2 dims."""
    ...
def conv_transpose3d(
    input: _TensorLike,
    weight: _TensorLike,
    bias: _TensorLike | None = ...,
    stride: _Dims = ...,
    padding: _Dims = ...,
    output_padding: _Dims = ...,
    groups: _int = ...,
    dilation: _Dims = ...,
) -> Tensor:
    """Transpose of a convolution over 3 dims."""
    ...
def cross_entropy(
    input: _TensorLike,
    target: _TensorLike,
    weight: _TensorLike | None = ...,
    size_average: _bool | None = ...,
    ignore_index: _int = ...,
    reduce: _bool | None = ...,
    reduction: _str = ...,
    label_smoothing: _float = ...,
) -> Tensor:
    """-log softmax(input) at the target classes."""
    ...
def dropout(
    input: _TensorLike,
    p: _float = ...,
    training: _bool = ...,
    inplace: _bool = ...,
) -> Tensor:
    """Zeroes elements with probability p and scales the others by 1 / (1 - p)."""
    ...
def feature_alpha_dropout(
    input: _TensorLike,
    p: _float = ...,
    training: _bool = ...,
    inplace: _bool = ...,
) -> Tensor:
    """Alpha dropout of whole features: all of input[i, j] or nothing."""
    ...
def fold(
    input: _TensorLike,
    output_size: _Dims,
    kernel_size: _Dims,
    dilation: _Dims = ...,
    padding: _Dims = ...,
    stride: _Dims = ...,
) -> Tensor:
    """Images as sums of their windows; nn.functional.fold."""
    ...
@overload
def gelu(input: Value) -> Value:
    """Gaussian error linear unit x * Phi(x), by erf or by its tanh approximation."""
    ...
@overload
def gelu(input: _TensorLike, approximate: _str = ...) -> Tensor: ...
def group_norm(
    input: _TensorLike,
    num_groups: _int,
    weight: _TensorLike | None = ...,
    bias: _TensorLike | None = ...,
    eps: _float = ...,
) -> Tensor:
    """(x - mean) / sqrt(variance + eps) * weight + bias for groups of channels of each instance."""
    ...
def huber_loss(
    input: _TensorLike,
    target: _TensorLike,
    reduction: _str = ...,
    delta: _float = ...,
    weight: _TensorLike | None = ...,
) -> Tensor:
    """Half squared differences, linear where larger than delta."""
    ...
def instance_norm(
    input: _TensorLike,
    running_mean: _TensorLike | None = ...,
    running_var: _TensorLike | None = ...,
    weight: _TensorLike | None = ...,
    bias: _TensorLike | None = ...,
    use_input_stats: _bool = ...,
    momentum: _float = ...,
    eps: _float = ...,
) -> Tensor:
    """(x - mean) / sqrt(variance + eps) * weight + bias for each channel of each instance."""
    ...
def interpolate(
    input: _TensorLike,
    size: _Dims | None = ...,
    scale_factor: _float | Sequence[_float] | None = ...,
    mode: _str = ...,
    align_corners: _bool | None = ...,
    recompute_scale_factor: _bool | None = ...,
    antialias: _bool = ...,
) -> Tensor:
    """Brings the grids of a batch to another size."""
    ...
def kl_div(
    input: _TensorLike,
    target: _TensorLike,
    size_average: _bool | None = ...,
    reduce: _bool | None = ...,
    reduction: _str = ...,
    log_target: _bool = ...,
) -> Tensor:
    """Kullback-Leibler divergence, pointwise: t (log t - input)."""
    ...
def l1_loss(
    input: _TensorLike,
    target: _TensorLike,
    size_average: _bool | None = ...,
    reduce: _bool | None = ...,
    reduction: _str = ...,
    weight: _TensorLike | None = ...,
) -> Tensor:
    """Absolute differences."""
    ...
def layer_norm(
    input: _TensorLike,
    normalized_shape: _Dims,
    weight: _TensorLike | None = ...,
    bias: _TensorLike | None = ...,
    eps: _float = ...,
) -> Tensor:
    """(x - mean) / sqrt(variance + eps) * weight + bias over the last dims."""
    ...
def linear(input: _TensorLike, weight: _TensorLike, bias: _TensorLike | None = ...) -> Tensor:
    """input @ weight.T + bias."""
    ...
def local_response_norm(
    input: _TensorLike,
    size: _int,
    alpha: _float = ...,
    beta: _float = ...,
    k: _float = ...,
) -> Tensor:
    """x / (k + alpha mean x^2)^beta, the mean over neighbouring channels."""
    ...
@overload
def logsigmoid(input: Value) -> Value:
    """log(sigmoid(x)), accurate in both tails."""
    ...
@overload
def logsigmoid(input: _TensorLike) -> Tensor: ...
def lp_pool1d(
    input: _TensorLike,
    norm_type: _float,
    kernel_size: _Dims,
    stride: _Dims | None = ...,
    ceil_mode: _bool = ...,
) -> Tensor:
    """Power sums of windows, (sum of x^p)^(1/p)."""
    ...
def lp_pool2d(
    input: _TensorLike,
    norm_type: _float,
    kernel_size: _Dims,
    stride: _Dims | None = ...,
    ceil_mode: _bool = ...,
) -> Tensor:
    """Power sums of windows, (sum of x^p)^(1/p)."""
    ...
def lp_pool3d(
    input: _TensorLike,
    norm_type: _float,
    kernel_size: _Dims,
    stride: _Dims | None = ...,
    ceil_mode: _bool = ...,
) -> Tensor:
    """Power sums of windows, (sum of x^p)^(1/p)."""
    ...
@overload
def max_pool1d(
    input: _TensorLike,
    kernel_size: _Dims,
    stride: _Dims | None = ...,
    padding: _Dims = ...,
    dilation: _Dims = ...,
    ceil_mode: _bool = ...,
) -> Tensor:
    """Largest elements of windows."""
    ...
@overload
def max_pool1d(
    input: _TensorLike,
    kernel_size: _Dims,
    stride: _Dims | None = ...,
    padding: _Dims = ...,
    dilation: _Dims = ...,
    ceil_mode: _bool = ...,
    return_indices: _bool = ...,
) -> Any: ...
def max_pool1d_with_indices(
    input: _TensorLike,
    kernel_size: _Dims,
    stride: _Dims | None = ...,
    padding: _Dims = ...,
    dilation: _Dims = ...,
    ceil_mode: _bool = ...,
    return_indices: _bool = ...,
) -> tuple[Tensor, Tensor]:
    """Largest elements of windows."""
    ...
@overload
def max_pool2d(
    input: _TensorLike,
    kernel_size: _Dims,
    stride: _Dims | None = ...,
    padding: _Dims = ...,
    dilation: _Dims = ...,
    ceil_mode: _bool = ...,
) -> Tensor:
    """Largest elements of windows."""
    ...
@overload
def max_pool2d(
    input: _TensorLike,
    kernel_size: _Dims,
    stride: _Dims | None = ...,
    padding: _Dims = ...,
    dilation: _Dims = ...,
    ceil_mode: _bool = ...,
    return_indices: _bool = ...,
) -> Any: ...
def max_pool2d_with_indices(
    input: _TensorLike,
    kernel_size: _Dims,
    stride: _Dims | None = ...,
    padding: _Dims = ...,
    dilation: _Dims = ...,
    ceil_mode: _bool = ...,
    return_indices: _bool = ...,
) -> tuple[Tensor, Tensor]:
    """Largest elements of windows."""
    ...
@overload
def max_pool3d(
    input: _TensorLike,
    kernel_size: _Dims,
    stride: _Dims | None = ...,
    padding: _Dims = ...,
    dilation: _Dims = ...,
    ceil_mode: _bool = ...,
) -> Tensor:
    """Largest elements of windows."""
    ...
@overload
def max_pool3d(
    input: _TensorLike,
    kernel_size: _Dims,
    stride: _Dims | None = ...,
    padding: _Dims = ...,
    dilation: _Dims = ...,
    ceil_mode: _bool = ...,
    return_indices: _bool = ...,
) -> Any: ...
def max_pool3d_with_indices(
    input: _TensorLike,
    kernel_size: _Dims,
    stride: _Dims | None = ...,
    padding: _Dims = ...,
    dilation: _Dims = ...,
    ceil_mode: _bool = ...,
    return_indices: _bool = ...,
) -> tuple[Tensor, Tensor]:
    """Largest elements of windows."""
    ...
def max_unpool1d(
    input: _TensorLike,
    indices: _TensorLike,
    kernel_size: _Dims,
    stride: _Dims | None = ...,
    padding: _Dims = ...,
    output_size: _Dims | None = ...,
) -> Tensor:
    """Elements put back where the maxima of a pooling were, zeros elsewhere."""
    ...
def max_unpool2d(
    input: _TensorLike,
    indices: _TensorLike,
    kernel_size: _Dims,
    stride: _Dims | None = ...,
    padding: _Dims = ...,
    output_size: _Dims | None = ...,
) -> Tensor:
    """Elements put back where the maxima of a pooling were, zeros elsewhere."""
    ...
def max_unpool3d(
    input: _TensorLike,
    indices: _TensorLike,
    kernel_size: _Dims,
    stride: _Dims | None = ...,
    padding: _Dims = ...,
    output_size: _Dims | None = ...,
) -> Tensor:
    """Elements put back where the maxima of a pooling were, zeros elsewhere."""
    ...
def mse_loss(
    input: _TensorLike,
    target: _TensorLike,
    size_average: _bool | None = ...,
    reduce: _bool | None = ...,
    reduction: _str = ...,
    weight: _TensorLike | None = ...,
) -> Tensor:
    """Squared differences."""
    ...
def nll_loss(
    input: _TensorLike,
    target: _TensorLike,
    weight: _TensorLike | None = ...,
    size_average: _bool | None = ...,
    ignore_index: _int = ...,
    reduce: _bool | None = ...,
    reduction: _str = ...,
) -> Tensor:
    """Negative log-likelihood: -input at the target classes."""
    ...
def one_hot(input: _TensorLike, num_classes: _int = ...) -> Tensor:
    """For each class index a row of zeros with a one."""
    ...
def pad(input: _TensorLike, pad: _Dims, mode: _str = ..., value: _float | None = ...) -> Tensor:
    """Elements added around a tensor."""
    ...
def pixel_shuffle(input: _TensorLike, upscale_factor: _int) -> Tensor:
    """Channels spread over pixels."""
    ...
def pixel_unshuffle(input: _TensorLike, downscale_factor: _int) -> Tensor:
    """Pixels gathered into channels; the inverse of pixel_shuffle."""
    ...
def rms_norm(
    input: _TensorLike,
    normalized_shape: _Dims,
    weight: _TensorLike | None = ...,
    eps: _float | None = ...,
) -> Tensor:
    """x / sqrt(mean x^2 + eps) * weight over the last dims."""
    ...
def rrelu(
    input: _TensorLike,
    lower: _float = ...,
    upper: _float = ...,
    training: _bool = ...,
    inplace: _bool = ...,
) -> Tensor:
    """x where positive, x times a slope elsewhere: a random one in training, else the mean."""
    ...
def smooth_l1_loss(
    input: _TensorLike,
    target: _TensorLike,
    size_average: _bool | None = ...,
    reduce: _bool | None = ...,
    reduction: _str = ...,
    beta: _float = ...,
) -> Tensor:
    """Absolute differences, quadratic where smaller than beta."""
    ...
@overload
def softplus(input: Value, beta: _float = ..., threshold: _float = ...) -> Value:
    """log(1 + exp(beta x)) / beta, and x where beta x > threshold."""
    ...
@overload
def softplus(input: _TensorLike, beta: _float = ..., threshold: _float = ...) -> Tensor: ...
@overload
def softsign(input: Value) -> Value:
    """x / (1 + |x|)."""
    ...
@overload
def softsign(input: _TensorLike) -> Tensor: ...
def unfold(
    input: _TensorLike,
    kernel_size: _Dims,
    dilation: _Dims = ...,
    padding: _Dims = ...,
    stride: _Dims = ...,
) -> Tensor:
    """Windows of images as columns; nn.functional.unfold."""
    ...
def upsample(
    input: _TensorLike,
    size: _Dims | None = ...,
    scale_factor: _float | Sequence[_float] | None = ...,
    mode: _str = ...,
    align_corners: _bool | None = ...,
) -> Tensor:
    """The older name of `interpolate`."""
    ...
def upsample_bilinear(
    input: _TensorLike,
    size: _Dims | None = ...,
    scale_factor: _float | Sequence[_float] | None = ...,
) -> Tensor:
    """`interpolate` with mode='bilinear' and align_corners=True."""
    ...
def upsample_nearest(
    input: _TensorLike,
    size: _Dims | None = ...,
    scale_factor: _float | Sequence[_float] | None = ...,
) -> Tensor:
    """`interpolate` with mode='nearest'."""
    ...
