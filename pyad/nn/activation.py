"""Activations: one module for each elementwise function that networks use."""

from __future__ import annotations

import warnings
from typing import Any

from pyad import _core
from pyad._core import Tensor
from pyad.nn import functional as F
from pyad.nn.module import Module
from pyad.nn.parameter import Parameter

__all__ = [
    "CELU",
    "ELU",
    "GELU",
    "GLU",
    "SELU",
    "Hardshrink",
    "Hardsigmoid",
    "Hardswish",
    "Hardtanh",
    "LeakyReLU",
    "LogSigmoid",
    "Mish",
    "PReLU",
    "RReLU",
    "ReLU",
    "ReLU6",
    "SiLU",
    "Sigmoid",
    "Softplus",
    "Softshrink",
    "Softsign",
    "Tanh",
    "Tanhshrink",
    "Threshold",
]

# The functions of this module apply rows of the op table, without the way through `functional`.
_relu = _core.relu
_selu = _core.selu
_sigmoid = _core.sigmoid
_silu = _core.silu
_tanh = _core.tanh
_gelu = _core.nn.functional.gelu
_softplus = _core.softplus
_softsign = _core.softsign
_logsigmoid = _core.logsigmoid


class _Elementwise(Module):
    """A function without settings; `inplace` writes into the input, as in PyTorch."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def extra_repr(self) -> str:
        """Whether it works in place, if so."""
        return "inplace=True" if self.inplace else ""

    def _and_inplace(self) -> str:
        return ", inplace=True" if self.inplace else ""


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


class LogSigmoid(Module):
    """log(sigmoid(x)), accurate in both tails.

    Example:
        >>> import pyad
        >>> pyad.nn.LogSigmoid()(pyad.zeros(2))
        tensor([-0.6931, -0.6931])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Applies the function."""
        return _logsigmoid(input)


class Softsign(Module):
    """x / (1 + |x|).

    Example:
        >>> import pyad
        >>> pyad.nn.Softsign()(pyad.tensor([-1.0, 3.0]))
        tensor([-0.5000,  0.7500])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Applies the function."""
        return _softsign(input)


class Tanhshrink(Module):
    """x - tanh(x).

    Example:
        >>> import pyad
        >>> pyad.nn.Tanhshrink()(pyad.tensor([0.0, 1.0]))
        tensor([0.0000, 0.2384])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Applies the function."""
        return input - _tanh(input)


class SiLU(_Elementwise):
    """x sigmoid(x).

    Args:
        inplace: Whether the result is written into the input.

    Example:
        >>> import pyad
        >>> pyad.nn.SiLU()(pyad.tensor([0.0, 1.0]))
        tensor([0.0000, 0.7311])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Applies the function."""
        return F.silu(input, inplace=True) if self.inplace else _silu(input)


class Mish(_Elementwise):
    """x tanh(softplus(x)).

    Args:
        inplace: Whether the result is written into the input.

    Example:
        >>> import pyad
        >>> pyad.nn.Mish()(pyad.tensor([0.0, 1.0]))
        tensor([0.0000, 0.8651])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Applies the function."""
        return F.mish(input, self.inplace)


class SELU(_Elementwise):
    """The self-normalising exponential linear unit.

    Args:
        inplace: Whether the result is written into the input.

    Example:
        >>> import pyad
        >>> pyad.nn.SELU()(pyad.tensor([0.0, 1.0]))
        tensor([0.0000, 1.0507])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Applies the function."""
        return F.selu(input, inplace=True) if self.inplace else _selu(input)


class Hardsigmoid(_Elementwise):
    """min(max(x + 3, 0), 6) / 6.

    Args:
        inplace: Whether the result is written into the input.

    Example:
        >>> import pyad
        >>> pyad.nn.Hardsigmoid()(pyad.tensor([-5.0, 0.0]))
        tensor([0.0000, 0.5000])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Applies the function."""
        return F.hardsigmoid(input, self.inplace)

    def extra_repr(self) -> str:
        """Nothing, as in PyTorch."""
        return ""


class Hardswish(_Elementwise):
    """x min(max(x + 3, 0), 6) / 6.

    Args:
        inplace: Whether the result is written into the input.

    Example:
        >>> import pyad
        >>> pyad.nn.Hardswish()(pyad.tensor([0.0, 3.0]))
        tensor([0., 3.])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Applies the function."""
        return F.hardswish(input, self.inplace)

    def extra_repr(self) -> str:
        """Nothing, as in PyTorch."""
        return ""


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
        return _gelu(input, self.approximate)

    def extra_repr(self) -> str:
        """The approximation."""
        return f"approximate={self.approximate!r}"


class GLU(Module):
    """The first half of a dim times the sigmoid of the second.

    Args:
        dim: A dim of even size.

    Example:
        >>> import pyad
        >>> pyad.nn.GLU()(pyad.tensor([3.0, 0.0]))
        tensor([1.5000])
    """

    def __init__(self, dim: int = -1) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        """Applies the function."""
        return F.glu(input, self.dim)

    def extra_repr(self) -> str:
        """The dim."""
        return f"dim={self.dim}"


class LeakyReLU(_Elementwise):
    """x where positive, a slope times x elsewhere.

    Args:
        negative_slope: The slope.
        inplace: Whether the result is written into the input.

    Example:
        >>> import pyad
        >>> pyad.nn.LeakyReLU(0.5)(pyad.tensor([-2.0, 2.0]))
        tensor([-1.,  2.])
    """

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.negative_slope = negative_slope

    def forward(self, input: Tensor) -> Tensor:
        """Applies the function."""
        return F.leaky_relu(input, self.negative_slope, self.inplace)

    def extra_repr(self) -> str:
        """The settings."""
        return f"negative_slope={self.negative_slope}{self._and_inplace()}"


class RReLU(_Elementwise):
    """x where positive, elsewhere x times a slope that training draws for each element.

    Args:
        lower: The smallest slope.
        upper: The largest slope; in evaluation all slopes are the mean of the two.
        inplace: Whether the result is written into the input.

    Example:
        >>> import pyad
        >>> pyad.nn.RReLU(0.4, 0.6).eval()(pyad.tensor([-2.0, 2.0]))
        tensor([-1.,  2.])
    """

    def __init__(
        self, lower: float = 1.0 / 8, upper: float = 1.0 / 3, inplace: bool = False
    ) -> None:
        super().__init__(inplace)
        self.lower = lower
        self.upper = upper

    def forward(self, input: Tensor) -> Tensor:
        """Applies the function."""
        return F.rrelu(input, self.lower, self.upper, self.training, self.inplace)

    def extra_repr(self) -> str:
        """The settings."""
        return f"lower={self.lower}, upper={self.upper}{self._and_inplace()}"


class ELU(_Elementwise):
    """x where positive, alpha (exp(x) - 1) elsewhere.

    Args:
        alpha: The value at minus infinity, negated.
        inplace: Whether the result is written into the input.

    Example:
        >>> import pyad
        >>> pyad.nn.ELU()(pyad.tensor([-1.0, 2.0]))
        tensor([-0.6321,  2.0000])
    """

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.alpha = alpha

    def forward(self, input: Tensor) -> Tensor:
        """Applies the function."""
        return F.elu(input, self.alpha, self.inplace)

    def extra_repr(self) -> str:
        """The settings."""
        return f"alpha={self.alpha}{self._and_inplace()}"


class CELU(_Elementwise):
    """max(x, 0) + min(alpha (exp(x / alpha) - 1), 0), smooth at 0.

    Args:
        alpha: The value at minus infinity, negated; not 0.
        inplace: Whether the result is written into the input.

    Example:
        >>> import pyad
        >>> pyad.nn.CELU()(pyad.tensor([-1.0, 2.0]))
        tensor([-0.6321,  2.0000])
    """

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.alpha = alpha

    def forward(self, input: Tensor) -> Tensor:
        """Applies the function."""
        return F.celu(input, self.alpha, self.inplace)

    def extra_repr(self) -> str:
        """The settings."""
        return f"alpha={self.alpha}{self._and_inplace()}"


class Threshold(_Elementwise):
    """x where x > threshold, else value; the slope is 0 there.

    Args:
        threshold: The bound.
        value: What stands where the input is not above it.
        inplace: Whether the result is written into the input.

    Example:
        >>> import pyad
        >>> pyad.nn.Threshold(1.0, -1.0)(pyad.tensor([0.0, 2.0]))
        tensor([-1.,  2.])
    """

    def __init__(self, threshold: float, value: float, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.threshold = threshold
        self.value = value

    def forward(self, input: Tensor) -> Tensor:
        """Applies the function."""
        return F.threshold(input, self.threshold, self.value, self.inplace)

    def extra_repr(self) -> str:
        """The settings."""
        return f"threshold={self.threshold}, value={self.value}{self._and_inplace()}"


class Hardtanh(_Elementwise):
    """The input, kept between two bounds.

    Args:
        min_val: Lower bound.
        max_val: Upper bound.
        inplace: Whether the result is written into the input.
        min_value: Old name of min_val.
        max_value: Old name of max_val.

    Raises:
        AssertionError: The bounds are the wrong way round.

    Example:
        >>> import pyad
        >>> pyad.nn.Hardtanh()(pyad.tensor([-3.0, 0.5]))
        tensor([-1.0000,  0.5000])
    """

    def __init__(
        self,
        min_val: float = -1.0,
        max_val: float = 1.0,
        inplace: bool = False,
        min_value: float | None = None,
        max_value: float | None = None,
    ) -> None:
        super().__init__(inplace)
        if min_value is not None:
            warnings.warn(
                "keyword argument `min_value` is deprecated and renamed to `min_val`",
                FutureWarning,
                stacklevel=2,
            )
            min_val = min_value
        if max_value is not None:
            warnings.warn(
                "keyword argument `max_value` is deprecated and renamed to `max_val`",
                FutureWarning,
                stacklevel=2,
            )
            max_val = max_value
        if max_val <= min_val:
            raise AssertionError(f"max_val ({max_val}) must be greater than min_val ({min_val})")
        self.min_val = min_val
        self.max_val = max_val

    def forward(self, input: Tensor) -> Tensor:
        """Applies the function."""
        return F.hardtanh(input, self.min_val, self.max_val, self.inplace)

    def extra_repr(self) -> str:
        """The settings."""
        return f"min_val={self.min_val}, max_val={self.max_val}{self._and_inplace()}"


class ReLU6(Hardtanh):
    """min(max(x, 0), 6).

    Args:
        inplace: Whether the result is written into the input.

    Example:
        >>> import pyad
        >>> pyad.nn.ReLU6()(pyad.tensor([-1.0, 7.0]))
        tensor([0., 6.])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__(0.0, 6.0, inplace)

    def forward(self, input: Tensor) -> Tensor:
        """Applies the function."""
        return F.relu6(input, self.inplace)

    def extra_repr(self) -> str:
        """Whether it works in place, if so."""
        return "inplace=True" if self.inplace else ""


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
        return _softplus(input, self.beta, self.threshold)

    def extra_repr(self) -> str:
        """The settings."""
        return f"beta={self.beta}, threshold={self.threshold}"


class Hardshrink(Module):
    """x where |x| > lambd, else 0.

    Args:
        lambd: The bound.

    Example:
        >>> import pyad
        >>> pyad.nn.Hardshrink()(pyad.tensor([0.2, 2.0]))
        tensor([0., 2.])
    """

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def forward(self, input: Tensor) -> Tensor:
        """Applies the function."""
        return F.hardshrink(input, self.lambd)

    def extra_repr(self) -> str:
        """The bound."""
        return str(self.lambd)


class Softshrink(Module):
    """x moved towards 0 by lambd, and 0 where |x| <= lambd.

    Args:
        lambd: The bound; not negative.

    Example:
        >>> import pyad
        >>> pyad.nn.Softshrink()(pyad.tensor([0.2, 2.0]))
        tensor([0.0000, 1.5000])
    """

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def forward(self, input: Tensor) -> Tensor:
        """Applies the function."""
        return F.softshrink(input, self.lambd)

    def extra_repr(self) -> str:
        """The bound."""
        return str(self.lambd)


class PReLU(Module):
    """x where positive, a learned slope times x elsewhere.

    Args:
        num_parameters: Number of slopes: 1, or that of the channels.
        init: The slope at the start.
        device: "cpu" or None.
        dtype: Of the slopes. Default: the default dtype.

    Example:
        >>> import pyad
        >>> pyad.nn.PReLU()(pyad.tensor([-2.0, 2.0])).tolist()
        [-0.5, 2.0]
    """

    weight: Parameter

    def __init__(
        self, num_parameters: int = 1, init: float = 0.25, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__()
        self.num_parameters = num_parameters
        self.init = init
        self.weight = Parameter(_core.empty(num_parameters, dtype=dtype, device=device))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Sets all slopes to the one at the start."""
        with _core.NoGrad():
            self.weight.fill_(self.init)

    def forward(self, input: Tensor) -> Tensor:
        """Applies the function."""
        return F.prelu(input, self.weight)

    def extra_repr(self) -> str:
        """The number of slopes."""
        return f"num_parameters={self.num_parameters}"
