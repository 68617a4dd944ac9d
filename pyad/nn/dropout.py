"""Dropout layers: in training they zero elements at random and scale the rest."""

from __future__ import annotations

from pyad import _core
from pyad._core import Tensor
from pyad.nn.dropout_functions import dropout1d, dropout2d, dropout3d
from pyad.nn.module import Module

__all__ = [
    "AlphaDropout",
    "Dropout",
    "Dropout1d",
    "Dropout2d",
    "Dropout3d",
    "FeatureAlphaDropout",
]

_dropout = _core.nn.functional.dropout
_alpha_dropout = _core.nn.functional.alpha_dropout
_feature_alpha_dropout = _core.nn.functional.feature_alpha_dropout


class _Dropout(Module):
    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        if not 0.0 <= p <= 1.0:
            raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
        self.p = p
        self.inplace = inplace

    def extra_repr(self) -> str:
        """The settings."""
        return f"p={self.p}, inplace={self.inplace}"


class Dropout(_Dropout):
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

    def forward(self, input: Tensor) -> Tensor:
        """Drops elements, in training mode."""
        return _dropout(input, self.p, self.training, self.inplace)


class Dropout1d(_Dropout):
    """In training mode zeroes channels of (N, C, L) or (C, L) with probability p.

    Args:
        p: Probability, from 0 to 1.
        inplace: Whether the result is written into the input.

    Raises:
        ValueError: `p` is no probability.

    Example:
        >>> import pyad
        >>> pyad.nn.Dropout1d(1.0)(pyad.ones(1, 1, 2))
        tensor([[[0., 0.]]])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Drops channels, in training mode."""
        return dropout1d(input, self.p, self.training, self.inplace)


class Dropout2d(_Dropout):
    """In training mode zeroes channels of (N, C, H, W) with probability p.

    Args:
        p: Probability, from 0 to 1.
        inplace: Whether the result is written into the input.

    Raises:
        ValueError: `p` is no probability.

    Example:
        >>> import pyad
        >>> pyad.nn.Dropout2d(1.0)(pyad.ones(1, 1, 1, 2))
        tensor([[[[0., 0.]]]])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Drops channels, in training mode."""
        return dropout2d(input, self.p, self.training, self.inplace)


class Dropout3d(_Dropout):
    """In training mode zeroes channels of (N, C, D, H, W) or (C, D, H, W) with probability p.

    Args:
        p: Probability, from 0 to 1.
        inplace: Whether the result is written into the input.

    Raises:
        ValueError: `p` is no probability.

    Example:
        >>> import pyad
        >>> pyad.nn.Dropout3d(1.0)(pyad.ones(1, 1, 1, 1, 2))
        tensor([[[[[0., 0.]]]]])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Drops channels, in training mode."""
        return dropout3d(input, self.p, self.training, self.inplace)


class AlphaDropout(_Dropout):
    """Dropout for networks of SELUs: mean and variance of the input are kept.

    Args:
        p: Probability, from 0 to 1.
        inplace: Without effect, as in PyTorch.

    Raises:
        ValueError: `p` is no probability.

    Example:
        >>> import pyad
        >>> pyad.nn.AlphaDropout(0.3).eval()(pyad.ones(2))
        tensor([1., 1.])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Drops elements, in training mode."""
        return _alpha_dropout(input, self.p, self.training)


class FeatureAlphaDropout(_Dropout):
    """Alpha dropout of whole channels of (N, C, ...).

    Args:
        p: Probability, from 0 to 1.
        inplace: Without effect, as in PyTorch.

    Raises:
        ValueError: `p` is no probability.

    Example:
        >>> import pyad
        >>> pyad.nn.FeatureAlphaDropout(0.3).eval()(pyad.ones(1, 2))
        tensor([[1., 1.]])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Drops channels, in training mode."""
        return _feature_alpha_dropout(input, self.p, self.training)
