"""Layers that multiply by a matrix, and those that only change shape."""

from __future__ import annotations

import math
from typing import Any

from pyad import _core
from pyad._core import Tensor
from pyad.nn import functional as F
from pyad.nn import init
from pyad.nn.module import Module
from pyad.nn.parameter import Parameter

__all__ = ["Embedding", "Flatten", "Identity", "Linear"]

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


class Embedding(Module):
    """A table of vectors, looked up by integers.

    Args:
        num_embeddings: Rows of the table.
        embedding_dim: Size of a row.
        padding_idx: A row that is zero at the start and gets no gradient.
        device: "cpu" or None.
        dtype: Of the table. Default: the default dtype.

    Example:
        >>> import pyad
        >>> pyad.nn.Embedding(10, 4)(pyad.tensor([1, 2, 1])).shape
        (3, 4)
    """

    weight: Parameter

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        if padding_idx is not None:
            if not -num_embeddings <= padding_idx < num_embeddings:
                raise AssertionError("Padding_idx must be within num_embeddings")
            padding_idx %= num_embeddings
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        self.padding_idx = padding_idx
        self.weight = Parameter(
            _core.empty(num_embeddings, embedding_dim, dtype=dtype, device=device)
        )
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws new normal vectors."""
        init.normal_(self.weight)
        if self.padding_idx is not None:
            with _core.NoGrad():
                self.weight[self.padding_idx].fill_(0)

    def forward(self, input: Tensor) -> Tensor:
        """Maps integers of any shape to vectors in a new last dim."""
        return F.embedding(input, self.weight, self.padding_idx)

    def extra_repr(self) -> str:
        """Sizes of the table."""
        padding = "" if self.padding_idx is None else f", padding_idx={self.padding_idx}"
        return f"{self.num_embeddings}, {self.embedding_dim}{padding}"


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
