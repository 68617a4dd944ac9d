"""Starting values of parameters: PyTorch's functions, drawing PyTorch's numbers."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from pyad import _core
from pyad._core import Tensor

__all__ = [
    "calculate_gain",
    "constant",
    "constant_",
    "dirac",
    "dirac_",
    "eye",
    "eye_",
    "kaiming_normal",
    "kaiming_normal_",
    "kaiming_uniform",
    "kaiming_uniform_",
    "normal",
    "normal_",
    "ones_",
    "orthogonal",
    "orthogonal_",
    "sparse",
    "sparse_",
    "trunc_normal_",
    "uniform",
    "uniform_",
    "xavier_normal",
    "xavier_normal_",
    "xavier_uniform",
    "xavier_uniform_",
    "zeros_",
]

_GAINS = {
    **dict.fromkeys(["linear", "sigmoid"], 1.0),
    **dict.fromkeys([f"conv{way}{n}d" for way in ("", "_transpose") for n in (1, 2, 3)], 1.0),
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


def trunc_normal_(
    tensor: Tensor,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    generator: Any = None,
) -> Tensor:
    """Fills with normal numbers, those outside [a, b] drawn again.

    Args:
        tensor: Filled in place, unrecorded.
        mean: Mean of the normal distribution.
        std: Its standard deviation.
        a: Smallest value.
        b: Largest value.
        generator: Where the numbers come from. Default: the default generator.

    Returns:
        The tensor.

    Example:
        >>> import pyad
        >>> bool((pyad.nn.init.trunc_normal_(pyad.empty(100)).abs() <= 2).all())
        True
    """
    if mean < a - 2 * std or mean > b + 2 * std:
        warnings.warn(
            "mean is more than 2 std from [a, b] in nn.init.trunc_normal_. "
            "The distribution of values may be incorrect.",
            stacklevel=2,
        )

    def below(x: float) -> float:
        return (1.0 + math.erf((x - mean) / std / math.sqrt(2.0))) / 2.0

    with _core.NoGrad():
        if below(b) - below(a) > 0.3:
            return _reject_normals(tensor, mean, std, a, b, generator)
        return _reject_uniforms(tensor, mean, std, a, b, generator)


def _reject_normals(
    tensor: Tensor, mean: float, std: float, a: float, b: float, generator: Any
) -> Tensor:
    """Whole tensors of normals, until each place has seen one that lies in [a, b]."""
    low, high = _core.tensor([a, b], dtype=tensor.dtype).tolist()
    y = tensor.normal_(mean, std, generator=generator)
    while (outside := (y < low) | (y > high)).any():
        y = _core.where(outside, _core.empty_like(y).normal_(mean, std, generator=generator), y)
    return y if y is tensor else tensor.copy_(y)


def _reject_uniforms(
    tensor: Tensor, mean: float, std: float, a: float, b: float, generator: Any
) -> Tensor:
    """Uniforms in [a, b), each kept with the density's ratio to its peak there."""
    peak = -0.5 * ((max(a, min(mean, b)) - mean) / std) ** 2

    def refused(x: Tensor) -> Tensor:
        density = x.sub(mean).div_(std).pow_(2).mul_(-0.5).sub_(peak)
        return _core.empty_like(x).uniform_(generator=generator).log_() > density

    y = tensor.uniform_(a, b, generator=generator)
    pending = refused(y)
    while pending.any():
        again = _core.empty_like(tensor).uniform_(a, b, generator=generator)
        y = _core.where(pending, again, y)
        pending = pending & refused(again)
    return y if y is tensor else tensor.copy_(y)


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


def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """Fills the weight of a convolution so that it passes its channels on.

    Args:
        tensor: (out, in / groups, ...) with one to three spatial dims.
        groups: Groups of the convolution.

    Returns:
        The tensor.

    Raises:
        ValueError: It has other dims, or groups do not divide its first size.

    Example:
        >>> import pyad
        >>> pyad.nn.init.dirac_(pyad.empty(1, 1, 3))
        tensor([[[0., 1., 0.]]])
    """
    if tensor.ndim not in (3, 4, 5):
        raise ValueError("Only tensors with 3, 4, or 5 dimensions are supported")
    if groups < 1 or tensor.shape[0] % groups != 0:
        raise ValueError("dim 0 must be divisible by groups")
    out = tensor.shape[0] // groups
    middle = tuple(n // 2 for n in tensor.shape[2:])
    with _core.NoGrad():
        tensor.zero_()
        for g in range(groups):
            for d in range(min(out, tensor.shape[1])):
                tensor[(g * out + d, d, *middle)] = 1
    return tensor


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
        warnings.warn("Initializing zero-element tensors is a no-op", stacklevel=2)
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
        warnings.warn("Initializing zero-element tensors is a no-op", stacklevel=2)
        return tensor
    fan = _fan(tensor, mode)
    return normal_(tensor, 0, calculate_gain(nonlinearity, a) / math.sqrt(fan), generator)


def orthogonal_(tensor: Tensor, gain: float = 1, generator: Any = None) -> Tensor:
    """Fills with a matrix whose rows (or columns, if there are fewer) are orthonormal.

    Args:
        tensor: A weight of 2 dims or more, read as (size of the first dim, all the others).
        gain: Factor of the result.
        generator: Where the numbers come from. Default: the default generator.

    Returns:
        The tensor.

    Raises:
        ValueError: It has fewer than 2 dims.

    Example:
        >>> import pyad
        >>> w = pyad.nn.init.orthogonal_(pyad.empty(2, 3))
        >>> bool((w @ w.t() - pyad.eye(2)).abs().max() < 1e-6)
        True
    """
    if tensor.ndim < 2:
        raise ValueError("Only tensors with 2 or more dimensions are supported")
    if 0 in tensor.shape:
        return tensor
    rows = tensor.shape[0]
    columns = math.prod(tensor.shape[1:])
    drawn = _core.empty(rows, columns, dtype=tensor.dtype).normal_(0, 1, generator=generator)
    wide = rows < columns
    q, r = np.linalg.qr(drawn.numpy().T if wide else drawn.numpy())
    # With the signs of R's diagonal, Q is uniformly distributed (Mezzadri, 2007).
    q = q * np.sign(np.diag(r))
    with _core.NoGrad():
        tensor.copy_(_core.tensor(np.ascontiguousarray(q.T if wide else q)).reshape(tensor.shape))
        return tensor.mul_(gain)


def sparse_(tensor: Tensor, sparsity: float, std: float = 0.01, generator: Any = None) -> Tensor:
    """Fills with normal numbers, and a part of each column with zeros.

    Args:
        tensor: A matrix.
        sparsity: That part, from 0 to 1.
        std: Deviation of the numbers.
        generator: Where the numbers come from. The places come from the default generator.

    Returns:
        The tensor.

    Raises:
        ValueError: It is no matrix.

    Example:
        >>> import pyad
        >>> int((pyad.nn.init.sparse_(pyad.empty(4, 3), 0.5) == 0).sum())
        6
    """
    if tensor.ndim != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    rows, columns = tensor.shape
    zeros = math.ceil(sparsity * rows)
    with _core.NoGrad():
        tensor.normal_(0, std, generator=generator)
        for k in range(columns):
            tensor[_core.randperm(rows)[:zeros], k] = 0
    return tensor


def _deprecated(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    name = function.__name__[:-1]

    def old(*args: Any, **kwargs: Any) -> Tensor:
        warnings.warn(
            f"`nn.init.{name}` is now deprecated in favor of `nn.init.{name}_`.",
            FutureWarning,
            stacklevel=2,
        )
        return function(*args, **kwargs)

    old.__doc__ = f"Another name of `{name}_`, with a warning, as in PyTorch."
    old.__name__ = name
    return old


uniform = _deprecated(uniform_)
normal = _deprecated(normal_)
constant = _deprecated(constant_)
eye = _deprecated(eye_)
dirac = _deprecated(dirac_)
xavier_uniform = _deprecated(xavier_uniform_)
xavier_normal = _deprecated(xavier_normal_)
kaiming_uniform = _deprecated(kaiming_uniform_)
kaiming_normal = _deprecated(kaiming_normal_)
orthogonal = _deprecated(orthogonal_)
sparse = _deprecated(sparse_)
