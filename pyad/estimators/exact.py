"""Traces without an error: the sum of the diagonal, a product with each unit vector."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pyad import _core
from pyad._core import Tensor
from pyad.estimators.products import Matrix, matrix_of

__all__ = ["divergence", "trace"]


def trace(matrix: Matrix) -> Tensor:
    """The trace of a matrix, (*lead,), for n products."""
    total = _core.zeros(matrix.lead, dtype=matrix.dtype)
    for start, stop in matrix.cuts(matrix.n):
        units = _core.as_tensor(np.eye(matrix.n, stop - start, -start), matrix.dtype)
        products = matrix(units.expand((*matrix.lead, *units.shape)))
        total = total + products[..., start:stop, :].diagonal(0, -2, -1).sum(-1)
    return total


def divergence(
    f: Callable[[Tensor], Any],
    x: Any,
    *,
    batch: bool = False,
    block: bool = True,
    of: str = "jacobian",
    dtype: Any = None,
) -> Tensor:
    """The divergence of a field: the sum of df_i / dx_i, exactly.

    A field of n components costs n products of its Jacobian with unit vectors; from some hundreds
    on, `hutchinson` and its relatives estimate the same from fewer.

    Args:
        f: The field, from a tensor to one of the same shape; with `batch` from points (B, ...) to
            (B, ...), each row from the same row of its argument. Or a linear map of blocks of k
            vectors, (n, k) to (n, k), whose divergence is its trace.
        x: The point, a tensor or array of any shape, with `batch` points (B, ...); or the size n of
            the map's vectors, an integer.
        batch: Whether x are several points.
        block: Whether the points may be repeated, so that many directions take one sweep; f then
            sees more rows than B. False for an f that is made for just these rows, or for a linear
            map of single vectors (n,).
        of: "hessian" for an f that returns a number (with `batch`, B numbers): the trace of its
            Hessian, which is the Laplacian.
        dtype: What x is converted to; of a map's vectors. Default: that of x; the default dtype.

    Returns:
        A tensor of shape (), with `batch` (B,), of the dtype of x. It has a graph where x or
        something that f closes over requires grad.

    Raises:
        TypeError: f is no function or returns no Tensor; x is not floating point.
        ValueError: `of` is neither name, or is "hessian" of a map, as is `batch`.
        ShapeError: f returns another shape than it is given, or for a Hessian more than a number.

    References:
        The divergence as the rate at which a flow's density falls: R. T. Q. Chen, Y. Rubanova,
        J. Bettencourt and D. Duvenaud, "Neural Ordinary Differential Equations", Advances in Neural
        Information Processing Systems 31 (2018), theorem 1.

    Example:
        >>> import pyad
        >>> from pyad.estimators import divergence
        >>> x = pyad.tensor([1.0, 2.0, 3.0], requires_grad=True)
        >>> d = divergence(lambda x: x**2 + x.sum(), x)
        >>> d.backward()
        >>> d.item(), x.grad.tolist()
        (15.0, [2.0, 2.0, 2.0])
        >>> divergence(lambda x: x.prod(-1) + (x**3).sum(-1), x, of="hessian").item()
        36.0
    """
    return trace(matrix_of("divergence", f, x, of, batch, block, dtype))
