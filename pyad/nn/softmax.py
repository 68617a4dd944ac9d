"""Softmax and its kin as modules."""

from __future__ import annotations

from pyad import _core
from pyad._core import Tensor
from pyad.nn import functional as F
from pyad.nn.module import Module

__all__ = ["LogSoftmax", "Softmax", "Softmax2d", "Softmin"]

_log_softmax = _core.log_softmax
_softmax = _core.softmax


class _AlongDim(Module):
    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def extra_repr(self) -> str:
        """The dim."""
        return f"dim={self.dim}"


class Softmax(_AlongDim):
    """exp(x) / sum(exp(x)) along a dim.

    Args:
        dim: The dim along which the result sums to 1.

    Example:
        >>> import pyad
        >>> pyad.nn.Softmax(dim=0)(pyad.zeros(2))
        tensor([0.5000, 0.5000])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Applies the function."""
        if self.dim is None:
            return F.softmax(input, None, _stacklevel=5)
        return _softmax(input, self.dim)


class LogSoftmax(_AlongDim):
    """The logarithm of softmax, accurate where softmax underflows.

    Args:
        dim: The dim along which the result sums to 1.

    Example:
        >>> import pyad
        >>> pyad.nn.LogSoftmax(dim=0)(pyad.zeros(2))
        tensor([-0.6931, -0.6931])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Applies the function."""
        if self.dim is None:
            return F.log_softmax(input, None, _stacklevel=5)
        return _log_softmax(input, self.dim)


class Softmin(_AlongDim):
    """softmax(-x) along a dim.

    Args:
        dim: The dim along which the result sums to 1.

    Example:
        >>> import pyad
        >>> pyad.nn.Softmin(dim=0)(pyad.zeros(2))
        tensor([0.5000, 0.5000])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Applies the function."""
        return F.softmin(input, self.dim, _stacklevel=5)


class Softmax2d(Module):
    """Softmax over the channels of images.

    Example:
        >>> import pyad
        >>> pyad.nn.Softmax2d()(pyad.zeros(2, 1, 1)).flatten()
        tensor([0.5000, 0.5000])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Applies the function."""
        if input.dim() not in (3, 4):
            raise ValueError(
                f"Softmax2d: expected input to be 3D or 4D, got {input.dim()}D instead"
            )
        return _softmax(input, -3)
