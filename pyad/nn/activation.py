"""Activations: one module for each elementwise function that networks use."""

from __future__ import annotations

from pyad._core import Tensor
from pyad._core import relu as _relu
from pyad._core import selu as _selu
from pyad._core import sigmoid as _sigmoid
from pyad._core import silu as _silu
from pyad._core import tanh as _tanh
from pyad.nn import functional as F
from pyad.nn.module import Module

__all__ = [
    "ELU",
    "GELU",
    "SELU",
    "Hardtanh",
    "LeakyReLU",
    "LogSoftmax",
    "ReLU",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Tanh",
]


class _Elementwise(Module):
    """A function without settings; `inplace` writes into the input, as in PyTorch."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def extra_repr(self) -> str:
        """Whether it works in place, if so."""
        return "inplace=True" if self.inplace else ""


class ReLU(_Elementwise):
    """max(x, 0); the slope at 0 is 0.

    Args:
        inplace: Whether the result is written into the input.

    Example:
        >>> import pyad
        >>> pyad.nn.ReLU()(pyad.tensor([-1.0, 2.0]))
        tensor([0., 2.])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Applies the function."""
        return input.relu_() if self.inplace else _relu(input)


class Tanh(Module):
    """The hyperbolic tangent.

    Example:
        >>> import pyad
        >>> pyad.nn.Tanh()(pyad.zeros(2))
        tensor([0., 0.])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Applies the function."""
        return _tanh(input)


class Sigmoid(Module):
    """1 / (1 + exp(-x)).

    Example:
        >>> import pyad
        >>> pyad.nn.Sigmoid()(pyad.zeros(2))
        tensor([0.5000, 0.5000])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Applies the function."""
        return _sigmoid(input)


class SiLU(_Elementwise):
    """x * sigmoid(x).

    Args:
        inplace: Whether the result is written into the input.

    Example:
        >>> import pyad
        >>> pyad.nn.SiLU()(pyad.zeros(2))
        tensor([0., 0.])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Applies the function."""
        y = _silu(input)
        return input.copy_(y) if self.inplace else y


class SELU(_Elementwise):
    """The self-normalising exponential linear unit.

    Args:
        inplace: Whether the result is written into the input.

    Example:
        >>> import pyad
        >>> pyad.nn.SELU()(pyad.zeros(2))
        tensor([0., 0.])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Applies the function."""
        y = _selu(input)
        return input.copy_(y) if self.inplace else y


class GELU(Module):
    """x times the normal distribution function of x.

    Args:
        approximate: "none", or "tanh" for the approximation by a hyperbolic tangent.

    Example:
        >>> import pyad
        >>> pyad.nn.GELU()(pyad.tensor([0.0, 1.0]))
        tensor([0.0000, 0.8413])
    """

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        self.approximate = approximate

    def forward(self, input: Tensor) -> Tensor:
        """Applies the function."""
        return F.gelu(input, approximate=self.approximate)

    def extra_repr(self) -> str:
        """The approximation."""
        return f"approximate={self.approximate!r}"


class LeakyReLU(Module):
    """x where positive, a slope times x elsewhere.

    Args:
        negative_slope: The slope.

    Example:
        >>> import pyad
        >>> pyad.nn.LeakyReLU(0.5)(pyad.tensor([-2.0, 2.0]))
        tensor([-1.,  2.])
    """

    def __init__(self, negative_slope: float = 0.01) -> None:
        super().__init__()
        self.negative_slope = negative_slope

    def forward(self, input: Tensor) -> Tensor:
        """Applies the function."""
        return F.leaky_relu(input, self.negative_slope)

    def extra_repr(self) -> str:
        """The slope."""
        return f"negative_slope={self.negative_slope}"


class ELU(Module):
    """x where positive, alpha (exp(x) - 1) elsewhere.

    Args:
        alpha: The value at minus infinity, negated.

    Example:
        >>> import pyad
        >>> pyad.nn.ELU()(pyad.tensor([-1.0, 2.0]))
        tensor([-0.6321,  2.0000])
    """

    def __init__(self, alpha: float = 1.0) -> None:
        super().__init__()
        self.alpha = alpha

    def forward(self, input: Tensor) -> Tensor:
        """Applies the function."""
        return F.elu(input, self.alpha)

    def extra_repr(self) -> str:
        """The scale."""
        return f"alpha={self.alpha}"


class Hardtanh(Module):
    """The input, kept between two bounds.

    Args:
        min_val: Lower bound.
        max_val: Upper bound.

    Example:
        >>> import pyad
        >>> pyad.nn.Hardtanh()(pyad.tensor([-3.0, 0.5]))
        tensor([-1.0000,  0.5000])
    """

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0) -> None:
        super().__init__()
        if not max_val > min_val:
            raise ValueError(f"max_val must be larger than min_val, got {min_val} and {max_val}")
        self.min_val = min_val
        self.max_val = max_val

    def forward(self, input: Tensor) -> Tensor:
        """Applies the function."""
        return F.hardtanh(input, self.min_val, self.max_val)

    def extra_repr(self) -> str:
        """The bounds."""
        return f"min_val={self.min_val}, max_val={self.max_val}"


class Softplus(Module):
    """log(1 + exp(beta x)) / beta, a smooth max(x, 0).

    Args:
        beta: Sharpness of the bend.
        threshold: Value of beta x above which the result is x.

    Example:
        >>> import pyad
        >>> pyad.nn.Softplus()(pyad.tensor([0.0, 30.0]))
        tensor([ 0.6931, 30.0000])
    """

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        self.beta = beta
        self.threshold = threshold

    def forward(self, input: Tensor) -> Tensor:
        """Applies the function."""
        return F.softplus(input, self.beta, self.threshold)

    def extra_repr(self) -> str:
        """The settings."""
        return f"beta={self.beta}, threshold={self.threshold}"


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
        return F.softmax(input, self.dim)


class LogSoftmax(_AlongDim):
    """The logarithm of softmax, accurate where softmax underflows.

    Args:
        dim: The dim along which exp of the result sums to 1.

    Example:
        >>> import pyad
        >>> pyad.nn.LogSoftmax(dim=0)(pyad.zeros(2))
        tensor([-0.6931, -0.6931])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Applies the function."""
        return F.log_softmax(input, self.dim)
