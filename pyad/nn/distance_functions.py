"""Distances, angles and norms of vectors."""

from __future__ import annotations

from pyad import _core
from pyad._core import Tensor

__all__ = ["cosine_similarity", "normalize", "pairwise_distance", "pdist"]


def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """The cosine of the angle between vectors along a dim.

    Args:
        x1: A floating tensor.
        x2: Broadcasts with x1.
        dim: The dim of the vectors, in the broadcast shape.
        eps: Norms are at least this.

    Returns:
        A tensor without `dim`.

    Example:
        >>> import pyad
        >>> a, b = pyad.tensor([[1.0, 0.0]]), pyad.tensor([[1.0, 1.0]])
        >>> pyad.nn.functional.cosine_similarity(a, b)
        tensor([0.7071])
    """
    if x1.shape != x2.shape:
        x1, x2 = _core.broadcast_tensors(x1, x2)
    if x1.dtype != x2.dtype and not x1.is_floating_point():
        x1 = x1.to(x2.dtype)
    elif x1.dtype != x2.dtype and not x2.is_floating_point():
        x2 = x2.to(x1.dtype)
    return (_directions(x1, dim, eps) * _directions(x2, dim, eps)).sum(dim)


def _directions(x: Tensor, dim: int, eps: float) -> Tensor:
    norm = x.norm(2, dim, keepdim=True)
    # As in PyTorch the bound changes the value alone, not the slope.
    low = norm.detach() < eps
    if _core.any_true(low):
        norm = norm + _core.where(low, eps - norm.detach(), 0.0)
    return x / norm


def pairwise_distance(
    x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False
) -> Tensor:
    """The p-norm of x1 - x2 + eps along the last dim.

    Args:
        x1: A floating tensor (..., D).
        x2: Broadcasts with x1.
        p: Order of the norm.
        eps: Keeps the slope finite at equal vectors.
        keepdim: Whether the last dim stays, with size 1.

    Returns:
        A tensor (...).

    Example:
        >>> import pyad
        >>> d = pyad.nn.functional.pairwise_distance(pyad.zeros(1, 2), pyad.tensor([[3.0, 4.0]]))
        >>> round(d.item(), 4)
        5.0
    """
    return (x1 - x2 + eps).norm(p, -1, keepdim=keepdim)


def normalize(
    input: Tensor, p: float = 2.0, dim: int = 1, eps: float = 1e-12, out: Tensor | None = None
) -> Tensor:
    """The input divided by its p-norm along a dim.

    Args:
        input: A floating tensor.
        p: Order of the norm.
        dim: The dim, or several, of the vectors.
        eps: Norms are at least this.
        out: A tensor that takes the result.

    Example:
        >>> import pyad
        >>> pyad.nn.functional.normalize(pyad.tensor([[3.0, 4.0]]))
        tensor([[0.6000, 0.8000]])
    """
    y = input / input.norm(p, dim, keepdim=True).clamp_min(eps)
    return y if out is None else out.copy_(y)


def pdist(input: Tensor, p: float = 2.0) -> Tensor:
    """The p-norm distances of all pairs of rows, as the upper triangle of their matrix.

    Args:
        input: A floating tensor (N, D).
        p: Order of the norm.

    Returns:
        A tensor (N (N - 1) / 2,).

    Raises:
        RuntimeError: The input has not two dims.

    Example:
        >>> import pyad
        >>> pyad.nn.functional.pdist(pyad.tensor([[0.0], [1.0], [3.0]]))
        tensor([1., 3., 2.])
    """
    if input.dim() != 2:
        raise RuntimeError(
            f"pdist only supports 2D tensors, got: {input.dim()}D; reshape it to (N, D)"
        )
    i, j = _core.triu_indices(input.size(0), input.size(0), 1)
    rows = input.index_select(0, i) - input.index_select(0, j)
    return rows.norm(p, 1)
