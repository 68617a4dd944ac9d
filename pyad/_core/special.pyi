# Written by tools/stubs.py from the built module; change the rows of the table, not this page.
from builtins import bool as _bool
from builtins import float as _float
from builtins import int as _int
from builtins import str as _str
from collections.abc import Sequence
from typing import Any, overload

from pyad._core import Generator, Tensor, Value, _Dims, _DTypeLike, _TensorLike
__all__ = [
    "digamma",
    "entr",
    "erf",
    "erfc",
    "erfinv",
    "exp2",
    "expit",
    "expm1",
    "gammainc",
    "gammaincc",
    "gammaln",
    "i0",
    "i0e",
    "i1",
    "i1e",
    "log1p",
    "log_ndtr",
    "log_softmax",
    "logit",
    "logsumexp",
    "multigammaln",
    "ndtr",
    "ndtri",
    "polygamma",
    "psi",
    "round",
    "sinc",
    "softmax",
    "xlog1py",
    "xlogy",
]
@overload
def digamma(input: Value) -> Value:
    """Logarithmic derivative of the gamma function; NaN at -1, -2, ..."""
    ...
@overload
def digamma(input: _TensorLike) -> Tensor: ...
@overload
def entr(input: Value) -> Value:
    """-x log(x); 0 at 0, and -inf below."""
    ...
@overload
def entr(input: _TensorLike) -> Tensor: ...
@overload
def erf(input: Value) -> Value:
    """Error function."""
    ...
@overload
def erf(input: _TensorLike) -> Tensor: ...
@overload
def erfc(input: Value) -> Value:
    """1 - erf(x), accurate for large x."""
    ...
@overload
def erfc(input: _TensorLike) -> Tensor: ...
@overload
def erfinv(input: Value) -> Value:
    """Inverse of the error function; NaN outside [-1, 1]."""
    ...
@overload
def erfinv(input: _TensorLike) -> Tensor: ...
@overload
def exp2(input: Value) -> Value:
    """2 to the power x."""
    ...
@overload
def exp2(input: _TensorLike) -> Tensor: ...
@overload
def expit(input: Value) -> Value:
    """1 / (1 + exp(-x))."""
    ...
@overload
def expit(input: _TensorLike) -> Tensor: ...
@overload
def expm1(input: Value) -> Value:
    """exp(x) - 1, accurate near 0."""
    ...
@overload
def expm1(input: _TensorLike) -> Tensor: ...
@overload
def gammainc(input: Value, other: Value | _float) -> Value:
    """Lower incomplete gamma function of order a over gamma(a)."""
    ...
@overload
def gammainc(input: _float, other: Value) -> Value: ...
@overload
def gammainc(input: _TensorLike, other: _TensorLike) -> Tensor: ...
@overload
def gammaincc(input: Value, other: Value | _float) -> Value:
    """Upper incomplete gamma function of order a over gamma(a)."""
    ...
@overload
def gammaincc(input: _float, other: Value) -> Value: ...
@overload
def gammaincc(input: _TensorLike, other: _TensorLike) -> Tensor: ...
@overload
def gammaln(input: Value) -> Value:
    """Logarithm of the absolute value of the gamma function."""
    ...
@overload
def gammaln(input: _TensorLike) -> Tensor: ...
@overload
def i0(input: Value) -> Value:
    """Modified Bessel function of order 0."""
    ...
@overload
def i0(input: _TensorLike) -> Tensor: ...
@overload
def i0e(input: Value) -> Value:
    """Modified Bessel function of order 0, times exp(-|x|)."""
    ...
@overload
def i0e(input: _TensorLike) -> Tensor: ...
@overload
def i1(input: Value) -> Value:
    """Modified Bessel function of order 1."""
    ...
@overload
def i1(input: _TensorLike) -> Tensor: ...
@overload
def i1e(input: Value) -> Value:
    """Modified Bessel function of order 1, times exp(-|x|)."""
    ...
@overload
def i1e(input: _TensorLike) -> Tensor: ...
@overload
def log1p(input: Value) -> Value:
    """log(1 + x), accurate near 0."""
    ...
@overload
def log1p(input: _TensorLike) -> Tensor: ...
@overload
def log_ndtr(input: Value) -> Value:
    """Logarithm of the standard normal law's distribution function."""
    ...
@overload
def log_ndtr(input: _TensorLike) -> Tensor: ...
@overload
def log_softmax(
    input: _TensorLike,
    dim: _int | None = ...,
    dtype: _DTypeLike | None = ...,
) -> Tensor:
    """log(softmax(x)) along a dim, accurate where softmax underflows."""
    ...
@overload
def log_softmax(
    input: _TensorLike,
    axis: _int | None = ...,
    dtype: _DTypeLike | None = ...,
) -> Tensor: ...
@overload
def logit(input: Value, eps: _float | None = ...) -> Value:
    """log(x / (1 - x)); with eps, x is first limited to [eps, 1 - eps]."""
    ...
@overload
def logit(input: _TensorLike, eps: _float | None = ...) -> Tensor: ...
@overload
def logsumexp(input: _TensorLike, dim: _Dims, keepdim: _bool = ...) -> Tensor:
    """log(sum(exp(input))), without overflow."""
    ...
@overload
def logsumexp(input: _TensorLike, axis: _Dims, keepdims: _bool = ...) -> Tensor: ...
def multigammaln(input: _TensorLike, p: _int) -> Tensor:
    """Logarithm of the multivariate gamma function of dimension p."""
    ...
def ndtr(input: _TensorLike) -> Tensor:
    """Distribution function of the standard normal distribution."""
    ...
@overload
def ndtri(input: Value) -> Value:
    """Quantile of the standard normal law; NaN outside [0, 1]."""
    ...
@overload
def ndtri(input: _TensorLike) -> Tensor: ...
@overload
def polygamma(input: Value, other: Value | _float) -> Value:
    """Derivative of order n of digamma; digamma itself for n = 0."""
    ...
@overload
def polygamma(input: _float, other: Value) -> Value: ...
@overload
def polygamma(n: _TensorLike, input: _TensorLike) -> Tensor: ...
@overload
def psi(input: Value) -> Value:
    """Logarithmic derivative of the gamma function; NaN at -1, -2, ..."""
    ...
@overload
def psi(input: _TensorLike) -> Tensor: ...
@overload
def round(input: Value) -> Value:
    """Nearest whole number; halves go to the even one."""
    ...
@overload
def round(input: _TensorLike) -> Tensor: ...
@overload
def sinc(input: Value) -> Value:
    """sin(pi x) / (pi x), and 1 at 0."""
    ...
@overload
def sinc(input: _TensorLike) -> Tensor: ...
@overload
def softmax(input: _TensorLike, dim: _int | None = ..., dtype: _DTypeLike | None = ...) -> Tensor:
    """exp(x) / sum(exp(x)) along a dim, without overflow."""
    ...
@overload
def softmax(
    input: _TensorLike,
    axis: _int | None = ...,
    dtype: _DTypeLike | None = ...,
) -> Tensor: ...
@overload
def xlog1py(input: Value, other: Value | _float) -> Value:
    """a log(1 + b), and 0 where a = 0 unless b is NaN."""
    ...
@overload
def xlog1py(input: _float, other: Value) -> Value: ...
@overload
def xlog1py(input: _TensorLike, other: _TensorLike) -> Tensor: ...
@overload
def xlogy(input: Value, other: Value | _float) -> Value:
    """a log(b), and 0 where a = 0 unless b is NaN."""
    ...
@overload
def xlogy(input: _float, other: Value) -> Value: ...
@overload
def xlogy(input: _TensorLike, other: _TensorLike) -> Tensor: ...
