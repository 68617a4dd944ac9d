# Written by tools/stubs.py from the built module; change the rows of the table, not this page.
from builtins import bool as _bool
from builtins import float as _float
from builtins import int as _int
from builtins import str as _str
from collections.abc import Sequence
from typing import Any, overload

from pyad._core import Generator, Tensor, Value, _Dims, _DTypeLike, _TensorLike
__all__ = [
    "chain",
    "corner",
    "dirichlet_slope",
    "embedding",
    "entr",
    "exp2_slope",
    "gamma_curve",
    "gamma_draw",
    "gamma_slope",
    "gate",
    "leaky",
    "log_ndtr",
    "logit_loss",
    "ndtri",
    "one_minus_square",
    "over_squares",
    "scaled_dot_product_attention",
    "scaled_unit",
    "sigmoid_slope",
    "slope_by_base",
    "slope_by_exponent",
    "softmin",
    "tanh_slope",
    "trunc_divide",
    "xlog1py",
]
def chain(input: _TensorLike, other: _TensorLike) -> Tensor:
    """a b, and a where a is 0, whatever b is."""
    ...
def corner(input: _TensorLike) -> Tensor:
    """0, where x is 0 a value whose derivative nobody knows."""
    ...
def dirichlet_slope(input: _TensorLike, tensor1: _TensorLike, tensor2: _TensorLike) -> Tensor:
    """How a component a of a Dirichlet draw moves with its concentration b, over 1 - a; c is the sum of concentrations."""
    ...
def embedding(input: _TensorLike, weight: _TensorLike, padding_idx: _int | None = ...) -> Tensor:
    """Rows of a table at given indices."""
    ...
def entr(input: _TensorLike) -> Tensor:
    """-x log(x); 0 at 0, and -inf below."""
    ...
def exp2_slope(input: _TensorLike, other: _TensorLike) -> Tensor:
    """ln(2) a, for a = 2^b; by b where a is infinite."""
    ...
def gamma_curve(input: _TensorLike, other: _TensorLike) -> Tensor:
    """The derivative of gamma_slope by a."""
    ...
def gamma_draw(input: _TensorLike, other: _TensorLike) -> Tensor:
    """b, a draw of the gamma law with concentration a."""
    ...
def gamma_slope(input: _TensorLike, other: _TensorLike) -> Tensor:
    """How a draw b of the gamma law moves with its concentration a."""
    ...
def gate(input: _TensorLike, other: _TensorLike) -> Tensor:
    """a sigmoid(b)."""
    ...
def leaky(input: _TensorLike, other: _TensorLike) -> Tensor:
    """x where x > 0, else slope x."""
    ...
def log_ndtr(input: _TensorLike) -> Tensor:
    """Logarithm of the standard normal law's distribution function."""
    ...
def logit_loss(input: _TensorLike, other: _TensorLike) -> Tensor:
    """-(b log(sigmoid(a)) + (1 - b) log(1 - sigmoid(a)))."""
    ...
def ndtri(input: _TensorLike) -> Tensor:
    """Quantile of the standard normal law; NaN outside [0, 1]."""
    ...
def one_minus_square(input: _TensorLike) -> Tensor:
    """1 - x^2, accurate near -1 and 1."""
    ...
def over_squares(input: _TensorLike, tensor1: _TensorLike, tensor2: _TensorLike) -> Tensor:
    """a / (b^2 + c^2), without overflow on the way, and 0 for 0 / 0."""
    ...
def scaled_dot_product_attention(
    query: _TensorLike,
    key: _TensorLike,
    value: _TensorLike,
    attn_mask: _TensorLike | None = ...,
    is_causal: _bool = ...,
    scale: _float | None = ...,
    enable_gqa: _bool = ...,
) -> Tensor:
    """softmax(scale query key^T + mask) value."""
    ...
def scaled_unit(input: _TensorLike, tensor1: _TensorLike, tensor2: _TensorLike) -> Tensor:
    """a b / c, and 0 where c is 0 unless a is NaN: the gradient of a root c = |b|."""
    ...
def sigmoid_slope(input: _TensorLike, other: _TensorLike) -> Tensor:
    """a (1 - a), for a = sigmoid(b); by b where a is near 1."""
    ...
def slope_by_base(input: _TensorLike, tensor1: _TensorLike, tensor2: _TensorLike) -> Tensor:
    """a, which is d/db b^c."""
    ...
def slope_by_exponent(input: _TensorLike, tensor1: _TensorLike, tensor2: _TensorLike) -> Tensor:
    """a, which is d/dc b^c."""
    ...
@overload
def softmin(input: _TensorLike, dim: _int | None = ..., dtype: _DTypeLike | None = ...) -> Tensor:
    """softmax(-x) along a dim."""
    ...
@overload
def softmin(
    input: _TensorLike,
    axis: _int | None = ...,
    dtype: _DTypeLike | None = ...,
) -> Tensor: ...
def tanh_slope(input: _TensorLike, other: _TensorLike) -> Tensor:
    """1 - a^2, for a = tanh(b); by b where |a| is near 1."""
    ...
def trunc_divide(input: _TensorLike, other: _TensorLike) -> Tensor:
    """Quotient rounded towards zero; for integers, 0 where the divisor is 0."""
    ...
def xlog1py(input: _TensorLike, other: _TensorLike) -> Tensor:
    """a log(1 + b), and 0 where a = 0 unless b is NaN."""
    ...
