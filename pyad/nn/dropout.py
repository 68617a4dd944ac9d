"""Dropout layers: in training they zero elements at random and scale the rest."""

from __future__ import annotations

from pyad._core import Tensor
from pyad.nn import functional as F
from pyad.nn.module import Module

__all__ = ["Dropout"]


class Dropout(Module):
    """In training mode zeroes elements with probability p and scales the rest by 1 / (1 - p).

    Args:
        p: Probability, from 0 to 1.
        inplace: Whether the result is written into the input.

    Raises:
        ValueError: `p` is no probability.

    Example:
        >>> import pyad
        >>> pyad.nn.Dropout(0.3).eval()(pyad.ones(2))
        tensor([1., 1.])
    """

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        if not 0.0 <= p <= 1.0:
            raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
        self.p = p
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """Drops elements, in training mode."""
        return F.dropout(input, self.p, self.training, self.inplace)

    def extra_repr(self) -> str:
        """The settings."""
        return f"p={self.p}, inplace={self.inplace}"
