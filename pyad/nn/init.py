"""Starting values of parameters: PyTorch's functions, drawing PyTorch's numbers."""

from __future__ import annotations

import math
from typing import Any

from pyad import _core
from pyad._core import Tensor

__all__ = [
    "calculate_gain",
    "constant_",
    "eye_",
    "kaiming_normal_",
    "kaiming_uniform_",
    "normal_",
    "ones_",
    "uniform_",
    "xavier_normal_",
    "xavier_uniform_",
    "zeros_",
]

_GAINS = {
    **dict.fromkeys(["linear", "conv1d", "conv2d", "conv3d", "sigmoid"], 1.0),
    "tanh": 5.0 / 3,
    "relu": math.sqrt(2.0),
    "selu": 3.0 / 4,
}


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """The factor by which weights before a nonlinearity are larger.

    Args:
        nonlinearity: "linear", "sigmoid", "tanh", "relu", "leaky_relu" or "selu".
        param: The slope, for leaky_relu. Default: 0.01.

    Returns:
        The factor.

    Raises:
        ValueError: There is no such nonlinearity, or the slope is no number.

    Example:
        >>> from pyad.nn import init
        >>> round(init.calculate_gain("relu"), 4)
        1.4142
    """
    if nonlinearity == "leaky_relu":
        if param is None:
            param = 0.01
        elif isinstance(param, bool) or not isinstance(param, (int, float)):
            raise ValueError(f"negative_slope {param} not a valid number")
        return math.sqrt(2.0 / (1 + param**2))
    if nonlinearity not in _GAINS:
        raise ValueError(f"Unsupported nonlinearity {nonlinearity}")
    return _GAINS[nonlinearity]


def _fans(tensor: Tensor) -> tuple[int, int]:
    """Numbers of inputs and outputs of the units that a weight of this shape connects."""
    if tensor.ndim < 2:
        raise ValueError(
            "Fan in and fan out can not be computed for tensor with fewer than 2 dimensions"
        )
    field = math.prod(tensor.shape[2:])
    return tensor.shape[1] * field, tensor.shape[0] * field


def _fan(tensor: Tensor, mode: str) -> int:
    if mode.lower() not in ("fan_in", "fan_out"):
        raise ValueError(f"Mode {mode} not supported, please use one of ['fan_in', 'fan_out']")
    return _fans(tensor)[mode.lower() == "fan_out"]


def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Any = None) -> Tensor:
    """Fills with uniform numbers in [a, b).

    Args:
        tensor: Filled in place, unrecorded.
        a: Lower end.
        b: Upper end.
        generator: Where the numbers come from. Default: the default generator.

    Returns:
        The tensor.

    Example:
        >>> import pyad
        >>> bool((pyad.nn.init.uniform_(pyad.empty(5), 2, 3) >= 2).all())
        True
    """
    with _core.NoGrad():
        return tensor.uniform_(a, b, generator=generator)


def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Any = None) -> Tensor:
    """Fills with normal numbers.

    Args:
        tensor: Filled in place, unrecorded.
        mean: Their mean.
        std: Their standard deviation.
        generator: Where the numbers come from. Default: the default generator.

    Returns:
        The tensor.

    Example:
        >>> import pyad
        >>> pyad.nn.init.normal_(pyad.empty(3), mean=5.0, std=0.0)
        tensor([5., 5., 5.])
    """
    with _core.NoGrad():
        return tensor.normal_(mean, std, generator=generator)


def constant_(tensor: Tensor, val: float) -> Tensor:
    """Fills with one number.

    Args:
        tensor: Filled in place, unrecorded.
        val: The number.

    Returns:
        The tensor.

    Example:
        >>> import pyad
        >>> pyad.nn.init.constant_(pyad.empty(2), 0.3)
        tensor([0.3000, 0.3000])
    """
    with _core.NoGrad():
        return tensor.fill_(val)


def ones_(tensor: Tensor) -> Tensor:
    """Fills with ones; returns the tensor.

    Example:
        >>> import pyad
        >>> pyad.nn.init.ones_(pyad.empty(2))
        tensor([1., 1.])
    """
    return constant_(tensor, 1.0)


def zeros_(tensor: Tensor) -> Tensor:
    """Fills with zeros; returns the tensor.

    Example:
        >>> import pyad
        >>> pyad.nn.init.zeros_(pyad.empty(2))
        tensor([0., 0.])
    """
    return constant_(tensor, 0.0)


def eye_(tensor: Tensor) -> Tensor:
    """Fills a matrix with the identity.

    Args:
        tensor: A matrix.

    Returns:
        The tensor.

    Raises:
        ValueError: It is no matrix.

    Example:
        >>> import pyad
        >>> pyad.nn.init.eye_(pyad.empty(1, 2))
        tensor([[1., 0.]])
    """
    if tensor.ndim != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    with _core.NoGrad():
        return tensor.copy_(_core.eye(*tensor.shape, dtype=tensor.dtype))


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: Any = None) -> Tensor:
    """Fills with uniform numbers in [-b, b), b = gain * sqrt(6 / (fan_in + fan_out)).

    Args:
        tensor: A weight of 2 dims or more, filled in place.
        gain: See `calculate_gain`.
        generator: Where the numbers come from. Default: the default generator.

    Returns:
        The tensor.

    Raises:
        ValueError: It has fewer than 2 dims.

    Example:
        >>> import pyad
        >>> bool((pyad.nn.init.xavier_uniform_(pyad.empty(3, 3)).abs() <= 1).all())
        True
    """
    std = gain * math.sqrt(2.0 / float(sum(_fans(tensor))))
    bound = math.sqrt(3.0) * std
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Any = None) -> Tensor:
    """Fills with normal numbers of deviation gain * sqrt(2 / (fan_in + fan_out)).

    Args:
        tensor: A weight of 2 dims or more, filled in place.
        gain: See `calculate_gain`.
        generator: Where the numbers come from. Default: the default generator.

    Returns:
        The tensor.

    Raises:
        ValueError: It has fewer than 2 dims.

    Example:
        >>> import pyad
        >>> pyad.nn.init.xavier_normal_(pyad.empty(3, 3)).shape
        (3, 3)
    """
    return normal_(tensor, 0.0, gain * math.sqrt(2.0 / float(sum(_fans(tensor)))), generator)


def kaiming_uniform_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Any = None,
) -> Tensor:
    """Fills with uniform numbers in [-b, b), b = gain * sqrt(3 / fan).

    Args:
        tensor: A weight of 2 dims or more, filled in place.
        a: Slope of the leaky_relu that follows.
        mode: "fan_in" or "fan_out".
        nonlinearity: See `calculate_gain`.
        generator: Where the numbers come from. Default: the default generator.

    Returns:
        The tensor.

    Raises:
        ValueError: It has fewer than 2 dims, or a name is unknown.

    Example:
        >>> import pyad
        >>> bool((pyad.nn.init.kaiming_uniform_(pyad.empty(4, 6)).abs() <= 1).all())
        True
    """
    if 0 in tensor.shape:
        return tensor
    fan = _fan(tensor, mode)
    std = calculate_gain(nonlinearity, a) / math.sqrt(fan)
    bound = math.sqrt(3.0) * std
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Any = None,
) -> Tensor:
    """Fills with normal numbers of deviation gain / sqrt(fan); arguments as for `kaiming_uniform_`.

    Args:
        tensor: A weight of 2 dims or more, filled in place.
        a: Slope of the leaky_relu that follows.
        mode: "fan_in" or "fan_out".
        nonlinearity: See `calculate_gain`.
        generator: Where the numbers come from. Default: the default generator.

    Returns:
        The tensor.

    Raises:
        ValueError: It has fewer than 2 dims, or a name is unknown.

    Example:
        >>> import pyad
        >>> pyad.nn.init.kaiming_normal_(pyad.empty(4, 6), nonlinearity="relu").shape
        (4, 6)
    """
    if 0 in tensor.shape:
        return tensor
    fan = _fan(tensor, mode)
    return normal_(tensor, 0, calculate_gain(nonlinearity, a) / math.sqrt(fan), generator)
