"""Layers that multiply by a matrix, and those that only change shape."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from pyad import _core
from pyad._core import Tensor
from pyad.nn import functional as F
from pyad.nn import init
from pyad.nn.module import Module
from pyad.nn.parameter import Parameter

__all__ = ["Bilinear", "Flatten", "Identity", "Linear", "Unflatten"]

_bilinear = F.bilinear
_linear = F.linear


class Linear(Module):
    """`x @ weight.T + bias`, with PyTorch's start: for one seed the same weights.

    Args:
        in_features: Size of the last dim of the input.
        out_features: Size of the last dim of the result.
        bias: Whether a bias is added.
        device: "cpu" or None.
        dtype: Of the parameters. Default: the default dtype.

    Example:
        >>> import pyad
        >>> layer = pyad.nn.Linear(3, 2)
        >>> layer(pyad.ones(5, 3)).shape
        (5, 2)
    """

    weight: Parameter
    bias: Parameter | None

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.in_features = in_features
        self.out_features = out_features
        self.weight = Parameter(_core.empty(out_features, in_features, dtype=dtype, device=device))
        self.register_parameter(
            "bias", Parameter(_core.empty(out_features, dtype=dtype)) if bias else None
        )
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws new weights from [-b, b), b = 1 / sqrt(in_features)."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            bound = 1 / math.sqrt(self.in_features) if self.in_features > 0 else 0
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input: Tensor) -> Tensor:
        """Maps (..., in_features) to (..., out_features)."""
        return _linear(input, self.weight, self.bias)

    def extra_repr(self) -> str:
        """Sizes, and whether there is a bias."""
        return (
            f"in_features={self.in_features}, out_features={self.out_features}, "
            f"bias={self.bias is not None}"
        )


class Bilinear(Module):
    """x1 A x2 + b for a matrix A of each feature of the result.

    Args:
        in1_features: Size of the last dim of the first input.
        in2_features: Size of the last dim of the second.
        out_features: Size of the last dim of the result.
        bias: Whether a bias is added.
        device: "cpu" or None.
        dtype: Of the parameters. Default: the default dtype.

    Raises:
        ValueError: The first input has no features.

    Example:
        >>> import pyad
        >>> pyad.nn.Bilinear(3, 4, 2)(pyad.ones(5, 3), pyad.ones(5, 4)).shape
        (5, 2)
    """

    weight: Parameter
    bias: Parameter | None

    def __init__(
        self,
        in1_features: int,
        in2_features: int,
        out_features: int,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.in1_features = in1_features
        self.in2_features = in2_features
        self.out_features = out_features
        self.weight = Parameter(
            _core.empty(out_features, in1_features, in2_features, dtype=dtype, device=device)
        )
        self.register_parameter(
            "bias", Parameter(_core.empty(out_features, dtype=dtype)) if bias else None
        )
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws new weights from [-b, b), b = 1 / sqrt(in1_features)."""
        if self.in1_features <= 0:
            raise ValueError(
                f"in1_features must be > 0, but got (in1_features={self.in1_features})"
            )
        bound = 1 / math.sqrt(self.in1_features)
        init.uniform_(self.weight, -bound, bound)
        if self.bias is not None:
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input1: Tensor, input2: Tensor) -> Tensor:
        """Maps (..., in1_features) and (..., in2_features) to (..., out_features)."""
        return _bilinear(input1, input2, self.weight, self.bias)

    def extra_repr(self) -> str:
        """Sizes, and whether there is a bias."""
        return (
            f"in1_features={self.in1_features}, in2_features={self.in2_features}, "
            f"out_features={self.out_features}, bias={self.bias is not None}"
        )


class Flatten(Module):
    """Joins a range of dims into one.

    Args:
        start_dim: First dim joined.
        end_dim: Last dim joined.

    Example:
        >>> import pyad
        >>> pyad.nn.Flatten()(pyad.zeros(5, 8, 8)).shape
        (5, 64)
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        super().__init__()
        self.start_dim = start_dim
        self.end_dim = end_dim

    def forward(self, input: Tensor) -> Tensor:
        """Flattens the input."""
        return input.flatten(self.start_dim, self.end_dim)

    def extra_repr(self) -> str:
        """The dims."""
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


class Unflatten(Module):
    """Splits a dim into several.

    Args:
        dim: The dim.
        unflattened_size: Its sizes; one may be -1.

    Raises:
        TypeError: The sizes are no integers.

    Example:
        >>> import pyad
        >>> pyad.nn.Unflatten(1, (8, 8))(pyad.zeros(5, 64)).shape
        (5, 8, 8)
    """

    def __init__(self, dim: int, unflattened_size: Sequence[int]) -> None:
        super().__init__()
        if not isinstance(unflattened_size, (tuple, list)):
            raise TypeError(
                "unflattened_size must be a tuple of ints, but found type "
                + type(unflattened_size).__name__
            )
        for i, size in enumerate(unflattened_size):
            if not isinstance(size, int):
                raise TypeError(
                    "unflattened_size must be tuple of ints, but found element of type "
                    f"{type(size).__name__} at pos {i}"
                )
        self.dim = dim
        self.unflattened_size = unflattened_size

    def forward(self, input: Tensor) -> Tensor:
        """Unflattens the input."""
        return input.unflatten(self.dim, self.unflattened_size)

    def extra_repr(self) -> str:
        """The dim and its sizes."""
        return f"dim={self.dim}, unflattened_size={self.unflattened_size}"


class Identity(Module):
    """Returns its input; takes and forgets any arguments.

    Example:
        >>> import pyad
        >>> pyad.nn.Identity(54)(pyad.tensor(2.0)).item()
        2.0
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()

    def forward(self, input: Tensor) -> Tensor:
        """The input."""
        return input
