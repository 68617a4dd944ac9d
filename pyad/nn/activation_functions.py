"""Activations as functions, with PyTorch's `inplace` arguments, and those made of others."""

from __future__ import annotations

import math
import warnings
from typing import Any

from pyad import _core
from pyad._core import Tensor

__all__ = [
    "celu",
    "celu_",
    "elu",
    "elu_",
    "glu",
    "gumbel_softmax",
    "hardshrink",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "hardtanh_",
    "leaky_relu",
    "leaky_relu_",
    "log_softmax",
    "mish",
    "prelu",
    "relu",
    "relu6",
    "relu_",
    "rrelu_",
    "selu",
    "selu_",
    "sigmoid",
    "silu",
    "softmax",
    "softmin",
    "softshrink",
    "tanh",
    "tanhshrink",
    "threshold",
    "threshold_",
]

_celu = _core.celu
_elu = _core.elu
_hardsigmoid = _core.hardsigmoid
_hardswish = _core.hardswish
_hardtanh = _core.hardtanh
_leaky_relu = _core.leaky_relu
_log_softmax = _core.log_softmax
_mish = _core.mish
_relu = _core.relu
_relu6 = _core.relu6
_relu_in_place = _core.relu_
_selu = _core.selu
_silu = _core.silu
_softmax = _core.softmax
_tanh = _core.tanh
_threshold = _core.threshold

sigmoid = _core.sigmoid
tanh = _core.tanh


def _into(x: Tensor, y: Tensor) -> Tensor:
    if not isinstance(x, Tensor):
        raise TypeError(f"only a Tensor can be written in place, not {type(x).__name__}")
    return x.copy_(y)


def threshold(input: Tensor, threshold: float, value: float, inplace: bool = False) -> Tensor:
    """Gives x where x > threshold, else value; the slope is 0 there.

    Args:
        input: A tensor.
        threshold: The bound.
        value: What stands where the input is not above it.
        inplace: Whether the result is written into the input.

    Example:
        >>> import pyad
        >>> pyad.nn.functional.threshold(pyad.tensor([0.0, 2.0]), 1.0, -1.0)
        tensor([-1.,  2.])
    """
    y = _threshold(input, threshold, value)
    return _into(input, y) if inplace else y


def threshold_(input: Tensor, threshold: float, value: float) -> Tensor:
    """`threshold`, written into the input."""
    return _into(input, _threshold(input, threshold, value))


def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """max(x, 0); the slope at 0 is 0.

    Args:
        input: A tensor.
        inplace: Whether the result is written into the input.

    Example:
        >>> import pyad
        >>> pyad.nn.functional.relu(pyad.tensor([-1.0, 2.0]))
        tensor([0., 2.])
    """
    return _relu_in_place(input) if inplace else _relu(input)


def relu_(input: Tensor) -> Tensor:
    """`relu`, written into the input."""
    return _relu_in_place(input)


def relu6(input: Tensor, inplace: bool = False) -> Tensor:
    """min(max(x, 0), 6).

    Args:
        input: A tensor.
        inplace: Whether the result is written into the input.

    Example:
        >>> import pyad
        >>> pyad.nn.functional.relu6(pyad.tensor([-1.0, 7.0]))
        tensor([0., 6.])
    """
    y = _relu6(input)
    return _into(input, y) if inplace else y


def hardtanh(
    input: Tensor, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False
) -> Tensor:
    """The input, kept between two bounds; the slope is 0 at and outside them.

    Args:
        input: A tensor.
        min_val: Lower bound.
        max_val: Upper bound.
        inplace: Whether the result is written into the input.

    Raises:
        ValueError: The bounds are the wrong way round.

    Example:
        >>> import pyad
        >>> pyad.nn.functional.hardtanh(pyad.tensor([-3.0, 0.5]))
        tensor([-1.0000,  0.5000])
    """
    if min_val > max_val:
        raise ValueError("min_val cannot be greater than max_val")
    y = _hardtanh(input, min_val, max_val)
    return _into(input, y) if inplace else y


def hardtanh_(input: Tensor, min_val: float = -1.0, max_val: float = 1.0) -> Tensor:
    """`hardtanh`, written into the input."""
    return hardtanh(input, min_val, max_val, inplace=True)


def elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """Gives x where positive, alpha (exp(x) - 1) elsewhere.

    Args:
        input: A floating tensor.
        alpha: The value at minus infinity, negated.
        inplace: Whether the result is written into the input.

    Example:
        >>> import pyad
        >>> pyad.nn.functional.elu(pyad.tensor([-1.0, 2.0]))
        tensor([-0.6321,  2.0000])
    """
    y = _elu(input, alpha)
    return _into(input, y) if inplace else y


def elu_(input: Tensor, alpha: float = 1.0) -> Tensor:
    """`elu`, written into the input."""
    return _into(input, _elu(input, alpha))


def selu(input: Tensor, inplace: bool = False) -> Tensor:
    """The self-normalising exponential linear unit.

    Args:
        input: A floating tensor.
        inplace: Whether the result is written into the input.

    Example:
        >>> import pyad
        >>> pyad.nn.functional.selu(pyad.tensor([0.0, 1.0]))
        tensor([0.0000, 1.0507])
    """
    y = _selu(input)
    return _into(input, y) if inplace else y


def selu_(input: Tensor) -> Tensor:
    """`selu`, written into the input."""
    return _into(input, _selu(input))


def celu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """max(x, 0) + min(alpha (exp(x / alpha) - 1), 0), smooth at 0.

    Args:
        input: A floating tensor.
        alpha: The value at minus infinity, negated; not 0.
        inplace: Whether the result is written into the input.

    Example:
        >>> import pyad
        >>> pyad.nn.functional.celu(pyad.tensor([-1.0, 2.0]))
        tensor([-0.6321,  2.0000])
    """
    if alpha == 0:
        raise RuntimeError("celu: alpha must not be 0, for x / alpha; choose another one")
    y = _celu(input, alpha)
    return _into(input, y) if inplace else y


def celu_(input: Tensor, alpha: float = 1.0) -> Tensor:
    """`celu`, written into the input."""
    return celu(input, alpha, inplace=True)


def leaky_relu(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """Gives x where positive, a slope times x elsewhere.

    Args:
        input: A floating tensor.
        negative_slope: The slope.
        inplace: Whether the result is written into the input.

    Example:
        >>> import pyad
        >>> pyad.nn.functional.leaky_relu(pyad.tensor([-2.0, 2.0]), 0.5)
        tensor([-1.,  2.])
    """
    y = _leaky_relu(input, negative_slope)
    return _into(input, y) if inplace else y


def leaky_relu_(input: Tensor, negative_slope: float = 0.01) -> Tensor:
    """`leaky_relu`, written into the input."""
    return _into(input, _leaky_relu(input, negative_slope))


def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """Gives x where positive, a learned slope times x elsewhere.

    Args:
        input: A floating tensor (N, C, ...).
        weight: One slope, or one for each channel: (1,) or (C,).

    Raises:
        RuntimeError: The number of slopes does not fit.

    Example:
        >>> import pyad
        >>> pyad.nn.functional.prelu(pyad.tensor([-2.0, 2.0]), pyad.tensor([0.25]))
        tensor([-0.5000,  2.0000])
    """
    if weight.dim() > 1:
        raise RuntimeError(
            f"prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = {weight.dim()}"
        )
    n = weight.numel()
    if n != 1:
        channels = input.shape[1] if input.dim() > 1 else 1
        if input.dim() == 0:
            raise RuntimeError("prelu: Not allow zero-dim input tensor.")
        if channels != n:
            raise RuntimeError(
                "prelu: Mismatch of parameter numbers and input channel size. Found parameter "
                f"numbers = {n} and channel size = {channels}."
            )
        weight = weight.view(n, *[1] * (input.dim() - 2))
    elif weight.dim() > input.dim():
        weight = weight.view(())
    return _core.steps.leaky(input, weight)


def rrelu_(
    input: Tensor, lower: float = 1.0 / 8, upper: float = 1.0 / 3, training: bool = False
) -> Tensor:
    """`rrelu`, written into the input."""
    return _core.nn.functional.rrelu(input, lower, upper, training, inplace=True)


def glu(input: Tensor, dim: int = -1) -> Tensor:
    """The first half of a dim times the sigmoid of the second.

    Args:
        input: A floating tensor.
        dim: A dim of even size.

    Returns:
        A tensor whose `dim` has half the size.

    Raises:
        RuntimeError: The input is 0-d, or the size is odd.

    Example:
        >>> import pyad
        >>> pyad.nn.functional.glu(pyad.tensor([3.0, 0.0]))
        tensor([1.5000])
    """
    if input.dim() == 0:
        raise RuntimeError("glu does not support scalars because halving size must be even")
    size = input.size(dim)
    if size % 2:
        raise RuntimeError(
            f"Halving dimension must be even, but dimension {dim % input.dim()} is size {size}"
        )
    a, b = input.split(size // 2, dim) if size else (input, input)
    return _core.steps.gate(a, b)


def hardshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """Gives x where |x| > lambd, else 0.

    Args:
        input: A floating tensor.
        lambd: The bound.

    Example:
        >>> import pyad
        >>> pyad.nn.functional.hardshrink(pyad.tensor([0.2, 2.0]))
        tensor([0., 2.])
    """
    return _core.hardshrink(input, lambd)


def softshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """Gives x moved towards 0 by lambd, and 0 where |x| <= lambd.

    Args:
        input: A floating tensor.
        lambd: The bound; not negative.

    Raises:
        RuntimeError: `lambd` is negative, infinite or NaN.

    Example:
        >>> import pyad
        >>> pyad.nn.functional.softshrink(pyad.tensor([0.2, 2.0]))
        tensor([0.0000, 1.5000])
    """
    if not 0 <= lambd < math.inf:
        raise RuntimeError(
            f"lambda must be greater or equal to 0 and finite, but found to be {lambd:g}."
        )
    return _core.softshrink(input, lambd)


def tanhshrink(input: Tensor) -> Tensor:
    """Gives x - tanh(x).

    Args:
        input: A floating tensor.

    Example:
        >>> import pyad
        >>> pyad.nn.functional.tanhshrink(pyad.tensor([0.0, 1.0]))
        tensor([0.0000, 0.2384])
    """
    return _core.tanhshrink(input)


def hardsigmoid(input: Tensor, inplace: bool = False) -> Tensor:
    """min(max(x + 3, 0), 6) / 6.

    Args:
        input: A floating tensor.
        inplace: Whether the result is written into the input.

    Example:
        >>> import pyad
        >>> pyad.nn.functional.hardsigmoid(pyad.tensor([-5.0, 0.0]))
        tensor([0.0000, 0.5000])
    """
    y = _hardsigmoid(input)
    return _into(input, y) if inplace else y


def hardswish(input: Tensor, inplace: bool = False) -> Tensor:
    """Gives x min(max(x + 3, 0), 6) / 6.

    Args:
        input: A floating tensor.
        inplace: Whether the result is written into the input.

    Example:
        >>> import pyad
        >>> pyad.nn.functional.hardswish(pyad.tensor([-5.0, 3.0]))
        tensor([-0.,  3.])
    """
    y = _hardswish(input)
    return _into(input, y) if inplace else y


def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """Gives x sigmoid(x).

    Args:
        input: A floating tensor.
        inplace: Whether the result is written into the input.

    Example:
        >>> import pyad
        >>> pyad.nn.functional.silu(pyad.tensor([0.0, 1.0]))
        tensor([0.0000, 0.7311])
    """
    y = _silu(input)
    return _into(input, y) if inplace else y


def mish(input: Tensor, inplace: bool = False) -> Tensor:
    """Gives x tanh(softplus(x)).

    Args:
        input: A floating tensor.
        inplace: Whether the result is written into the input.

    Example:
        >>> import pyad
        >>> pyad.nn.functional.mish(pyad.tensor([0.0, 1.0]))
        tensor([0.0000, 0.8651])
    """
    y = _mish(input)
    return _into(input, y) if inplace else y


def gumbel_softmax(
    logits: Tensor, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1
) -> Tensor:
    """A sample of the Gumbel-softmax distribution, differentiable in the logits.

    Args:
        logits: Unnormalised log-probabilities.
        tau: Temperature.
        hard: Whether the result is one-hot, with the gradient of the soft sample.
        eps: Without effect, as in PyTorch.
        dim: The dim along which the result sums to 1.

    Example:
        >>> import pyad
        >>> y = pyad.nn.functional.gumbel_softmax(pyad.zeros(2, 5), hard=True)
        >>> y.sum(1).tolist()
        [1.0, 1.0]
    """
    # Drawn row by row whatever the layout, as in PyTorch.
    noise = -logits.new_empty(logits.shape).exponential_().log()
    soft = _core.softmax((logits + noise) / tau, dim)
    if not hard:
        return soft
    index = soft.max(dim, keepdim=True)[1]
    one = soft.new_zeros(soft.shape).scatter_(dim, index, 1.0)
    return one - soft.detach() + soft


def _implicit_dim(name: str, x: Tensor, stacklevel: int) -> int:
    if not isinstance(x, Tensor):
        raise TypeError(f"{name}: expects a Tensor, not {type(x).__name__}")
    ndim = x.dim()
    warnings.warn(
        f"Implicit dimension choice for {name} has been deprecated. Change the call to include "
        "dim=X as an argument.",
        stacklevel=stacklevel,
    )
    return 0 if ndim in (0, 1, 3) else 1


def softmax(
    input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None
) -> Tensor:
    """exp(x) / sum(exp(x)) along a dim, without overflow.

    Args:
        input: A floating tensor.
        dim: The dim along which the result sums to 1; without it one is guessed, with a warning.
        _stacklevel: Where the warning points to.
        dtype: Converted to first.

    Example:
        >>> import pyad
        >>> pyad.nn.functional.softmax(pyad.zeros(2), dim=0)
        tensor([0.5000, 0.5000])
    """
    if dim is None:
        dim = _implicit_dim("softmax", input, _stacklevel)
    return _softmax(input, dim, dtype)


def log_softmax(
    input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None
) -> Tensor:
    """The logarithm of softmax, accurate where softmax underflows.

    Args:
        input: A floating tensor.
        dim: The dim along which exp of the result sums to 1; guessed if missing, with a warning.
        _stacklevel: Where the warning points to.
        dtype: Converted to first.

    Example:
        >>> import pyad
        >>> pyad.nn.functional.log_softmax(pyad.zeros(2), dim=0)
        tensor([-0.6931, -0.6931])
    """
    if dim is None:
        dim = _implicit_dim("log_softmax", input, _stacklevel)
    return _log_softmax(input, dim, dtype)


def softmin(
    input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None
) -> Tensor:
    """softmax(-x) along a dim.

    Args:
        input: A floating tensor.
        dim: The dim along which the result sums to 1; without it one is guessed, with a warning.
        _stacklevel: Where the warning points to.
        dtype: Converted to first.

    Example:
        >>> import pyad
        >>> pyad.nn.functional.softmin(pyad.zeros(2), dim=0)
        tensor([0.5000, 0.5000])
    """
    if dim is None:
        dim = _implicit_dim("softmin", input, _stacklevel)
    return _core.steps.softmin(input, dim, dtype)
