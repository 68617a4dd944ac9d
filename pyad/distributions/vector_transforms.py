"""Transforms of vectors and matrices: onto simplices, triangular and positive definite matrices.

A part of `transforms.py`, which has their names.
"""

from __future__ import annotations

import math
from typing import Any

from pyad import _core
from pyad._core import Tensor
from pyad._device import finfo
from pyad.distributions import constraints
from pyad.distributions.transforms import Transform, _clipped_sigmoid, _Plain
from pyad.distributions.utils import tril_matrix_to_vec, vec_to_tril_matrix
from pyad.nn.functional import logsigmoid, pad, softplus

__all__ = [
    "CorrCholeskyTransform",
    "LowerCholeskyTransform",
    "PositiveDefiniteTransform",
    "SoftmaxTransform",
    "StickBreakingTransform",
]


def _need_dims(transform: Transform, shape: Any, dims: int) -> None:
    if len(shape) < dims:
        raise ValueError(f"{transform}: needs at least {dims} dims, got the shape {tuple(shape)}")


class SoftmaxTransform(_Plain):
    """Vectors to points of the simplex of the same size; not one to one, so without determinant.

    Example:
        >>> pyad.distributions.SoftmaxTransform()(pyad.zeros(2))
        tensor([0.5000, 0.5000])
    """

    domain = constraints.real_vector
    codomain = constraints.simplex

    def _call(self, x: Tensor) -> Tensor:
        # Divided as PyTorch does it, so that the last digits agree.
        shares = (x - x.max(-1, True)[0]).exp()
        return shares / shares.sum(-1, True)

    def _inverse(self, y: Tensor) -> Tensor:
        return y.log()

    def forward_shape(self, shape: Any) -> Any:
        _need_dims(self, shape, 1)
        return shape

    def inverse_shape(self, shape: Any) -> Any:
        _need_dims(self, shape, 1)
        return shape


class StickBreakingTransform(_Plain):
    """Vectors of n numbers to points of the simplex with n + 1, by breaking pieces off a stick.

    Piece k takes the share σ(x_k - log(n - k)) of what is left, so that zeros become equal pieces
    (Stan Reference Manual, "Unit simplex").

    Example:
        >>> pyad.distributions.StickBreakingTransform()(pyad.zeros(1))
        tensor([0.5000, 0.5000])
    """

    domain = constraints.real_vector
    codomain = constraints.simplex
    bijective = True

    @staticmethod
    def _log_left(n: int, like: Tensor) -> Tensor:
        return _core.arange(n, 0, -1, dtype=like.dtype).log()

    def _call(self, x: Tensor) -> Tensor:
        z = _clipped_sigmoid(x - self._log_left(x.shape[-1], x))
        left = (1 - z).cumprod(-1)
        return pad(z, [0, 1], value=1) * pad(left, [1, 0], value=1)

    def _inverse(self, y: Tensor) -> Tensor:
        pieces = y[..., :-1]
        left = (1 - pieces.cumsum(-1)).clamp(min=finfo(y.dtype).tiny)
        return pieces.log() - left.log() + self._log_left(pieces.shape[-1], y)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        # Triangular, with y_k (1 - z_k) on the diagonal; log(1 - σ(x)) = log σ(x) - x.
        x = x - self._log_left(x.shape[-1], x)
        return (-x + logsigmoid(x) + y[..., :-1].log()).sum(-1)

    def forward_shape(self, shape: Any) -> Any:
        _need_dims(self, shape, 1)
        return shape[:-1] + (shape[-1] + 1,)  # noqa: RUF005  (keeps a Size)

    def inverse_shape(self, shape: Any) -> Any:
        _need_dims(self, shape, 1)
        return shape[:-1] + (shape[-1] - 1,)  # noqa: RUF005


class LowerCholeskyTransform(_Plain):
    """Square matrices to lower triangular ones with a positive diagonal, exp of the given one.

    Example:
        >>> pyad.distributions.LowerCholeskyTransform()(pyad.zeros(2, 2))
        tensor([[1., 0.],
                [0., 1.]])
    """

    domain = constraints.independent(constraints.real, 2)
    codomain = constraints.lower_cholesky

    def _call(self, x: Tensor) -> Tensor:
        return x.tril(-1) + x.diagonal(dim1=-2, dim2=-1).exp().diag_embed()

    def _inverse(self, y: Tensor) -> Tensor:
        return y.tril(-1) + y.diagonal(dim1=-2, dim2=-1).log().diag_embed()


class PositiveDefiniteTransform(_Plain):
    """Square matrices to positive definite ones: L Lᵀ with L of `LowerCholeskyTransform`.

    Example:
        >>> pyad.distributions.PositiveDefiniteTransform()(pyad.zeros(1, 1))
        tensor([[1.]])
    """

    domain = constraints.independent(constraints.real, 2)
    codomain = constraints.positive_definite

    def _call(self, x: Tensor) -> Tensor:
        factor = LowerCholeskyTransform()(x)
        return factor @ factor.mT  # type: ignore[no-any-return]

    def _inverse(self, y: Tensor) -> Tensor:
        from pyad import linalg

        return LowerCholeskyTransform().inv(linalg.cholesky(y))  # type: ignore[no-any-return]


class CorrCholeskyTransform(Transform):
    """Vectors of n(n - 1)/2 numbers to Cholesky factors of n×n correlation matrices.

    tanh makes partial correlations of the numbers, and row by row what is left of the length 1 is
    multiplied on (Lewandowski, Kurowicka, Joe, "Generating random correlation matrices based on
    vines and extended onion method", 2009; Stan Reference Manual, "Cholesky factors of correlation
    matrices").

    Example:
        >>> pyad.distributions.CorrCholeskyTransform()(pyad.zeros(1))
        tensor([[1., 0.],
                [0., 1.]])
    """

    domain = constraints.real_vector
    codomain = constraints.corr_cholesky
    bijective = True

    def _call(self, x: Tensor) -> Tensor:
        eps = finfo(x.dtype).eps
        partial = vec_to_tril_matrix(x.tanh().clamp(min=-1 + eps, max=1 - eps), diag=-1)
        left = (1 - partial**2).sqrt().cumprod(-1)
        partial = partial + _core.eye(partial.shape[-1], dtype=partial.dtype)
        return partial * pad(left[..., :-1], [1, 0], value=1)

    def _inverse(self, y: Tensor) -> Tensor:
        left = pad(1 - (y * y).cumsum(-1)[..., :-1], [1, 0], value=1)
        ratio = tril_matrix_to_vec(y, diag=-1) / tril_matrix_to_vec(left, diag=-1).sqrt()
        return (ratio.log1p() - (-ratio).log1p()) / 2  # atanh

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor, intermediates: Any = None) -> Tensor:
        # Of the lengths that are left, and of tanh.
        left = tril_matrix_to_vec(1 - (y * y).cumsum(-1), diag=-2)
        slopes = x + softplus(-2 * x) - math.log(2.0)
        return 0.5 * left.log().sum(-1) - 2 * slopes.sum(-1)

    def forward_shape(self, shape: Any) -> Any:
        _need_dims(self, shape, 1)
        k = shape[-1]
        n = round(math.sqrt(0.25 + 2 * k) + 0.5)
        if n * (n - 1) // 2 != k:
            raise ValueError(f"{self}: {k} numbers do not fill a triangle below a diagonal")
        return shape[:-1] + (n, n)  # noqa: RUF005

    def inverse_shape(self, shape: Any) -> Any:
        _need_dims(self, shape, 2)
        n = shape[-1]
        if shape[-2] != n:
            raise ValueError(f"{self}: takes square matrices, got the shape {tuple(shape)}")
        return shape[:-2] + (n * (n - 1) // 2,)  # noqa: RUF005
