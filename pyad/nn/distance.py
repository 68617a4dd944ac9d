"""Distances and angles as modules."""

from __future__ import annotations

from pyad._core import Tensor
from pyad.nn import functional as F
from pyad.nn.module import Module

__all__ = ["CosineSimilarity", "PairwiseDistance"]


class PairwiseDistance(Module):
    """The p-norm of x1 - x2 + eps along the last dim.

    Args:
        p: Order of the norm.
        eps: Keeps the slope finite at equal vectors.
        keepdim: Whether the last dim stays, with size 1.

    Example:
        >>> import pyad
        >>> pyad.nn.PairwiseDistance()(pyad.zeros(5, 3), pyad.ones(5, 3)).shape
        (5,)
    """

    def __init__(self, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> None:
        super().__init__()
        self.norm = p
        self.eps = eps
        self.keepdim = keepdim

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        """The distances of (..., D) tensors."""
        return F.pairwise_distance(x1, x2, self.norm, self.eps, self.keepdim)


class CosineSimilarity(Module):
    """The cosine of the angle between vectors along a dim.

    Args:
        dim: The dim of the vectors.
        eps: Norms are at least this.

    Example:
        >>> import pyad
        >>> pyad.nn.CosineSimilarity()(pyad.ones(5, 3), pyad.ones(5, 3)).shape
        (5,)
    """

    def __init__(self, dim: int = 1, eps: float = 1e-8) -> None:
        super().__init__()
        self.dim = dim
        self.eps = eps

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        """The cosines."""
        return F.cosine_similarity(x1, x2, self.dim, self.eps)
