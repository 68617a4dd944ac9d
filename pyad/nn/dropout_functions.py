"""Dropout of whole channels as functions: which shapes they take, and what PyTorch warns about."""

from __future__ import annotations

import warnings

from pyad import _core
from pyad._core import Tensor

__all__ = ["dropout1d", "dropout2d", "dropout3d"]

_drop = _core.feature_dropout


def _check(name: str, input: Tensor, p: float) -> None:
    if not isinstance(input, Tensor):
        raise TypeError(f"{name}: expects a Tensor, got {type(input).__name__}")
    if p < 0.0 or p > 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")


def _without_batch(input: Tensor, p: float, training: bool, inplace: bool) -> Tensor:
    y = _drop(input.unsqueeze(0), p, training).squeeze(0)
    if not inplace:
        return y
    return input.copy_(y) if training else input


def _deprecated(name: str, dims: int, spatial: int) -> None:
    warnings.warn(
        f"{name}: Received a {dims}-D input to {name}, which is deprecated and will result in an "
        "error in a future release. To retain the behavior and silence this warning, please use "
        f"dropout instead. Note that {name} exists to provide channel-wise dropout on inputs with "
        f"{spatial} spatial dimensions, a channel dimension, and an optional batch dimension "
        f"(i.e. {spatial + 1}D or {spatial + 2}D inputs).",
        stacklevel=3,
    )


def dropout1d(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Tensor:
    """Zeroes whole channels with probability p and scales the others by 1 / (1 - p).

    Args:
        input: (N, C, L) or (C, L).
        p: Probability, from 0 to 1.
        training: Whether anything happens at all.
        inplace: Whether the result is written into the input.

    Returns:
        A tensor of the input's shape.

    Raises:
        ValueError: `p` is no probability.
        RuntimeError: The input has neither two nor three dims.

    Example:
        >>> import pyad
        >>> pyad.nn.functional.dropout1d(pyad.ones(2, 3), p=1.0)
        tensor([[0., 0., 0.],
                [0., 0., 0.]])
    """
    _check("dropout1d", input, p)
    dims = input.dim()
    if dims not in (2, 3):
        raise RuntimeError(
            f"dropout1d: Expected 2D or 3D input, but received a {dims}D input. Note that "
            "dropout1d exists to provide channel-wise dropout on inputs with 1 spatial dimension, "
            "a channel dimension, and an optional batch dimension (i.e. 2D or 3D inputs)."
        )
    if dims == 2:
        return _without_batch(input, p, training, inplace)
    return _drop(input, p, training, inplace)


def dropout2d(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Tensor:
    """Zeroes whole channels with probability p and scales the others by 1 / (1 - p).

    Args:
        input: (N, C, H, W); three dims are taken as (N, C, L), with a warning, as in PyTorch.
        p: Probability, from 0 to 1.
        training: Whether anything happens at all.
        inplace: Whether the result is written into the input.

    Returns:
        A tensor of the input's shape.

    Raises:
        ValueError: `p` is no probability.

    Example:
        >>> import pyad
        >>> pyad.nn.functional.dropout2d(pyad.ones(1, 1, 1, 3), p=1.0)
        tensor([[[[0., 0., 0.]]]])
    """
    _check("dropout2d", input, p)
    dims = input.dim()
    if dims not in (3, 4):
        _deprecated("dropout2d", dims, 2)
    if dims == 3:
        warnings.warn(
            "dropout2d: Received a 3D input to dropout2d and assuming that channel-wise 1D "
            "dropout behavior is desired - input is interpreted as shape (N, C, L), where C is "
            "the channel dim. This behavior will change in a future release to interpret the "
            "input as one without a batch dimension, i.e. shape (C, H, W). To maintain the 1D "
            "channel-wise dropout behavior, please switch to using dropout1d instead.",
            stacklevel=2,
        )
    return _drop(input, p, training, inplace)


def dropout3d(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Tensor:
    """Zeroes whole channels with probability p and scales the others by 1 / (1 - p).

    Args:
        input: (N, C, D, H, W) or (C, D, H, W).
        p: Probability, from 0 to 1.
        training: Whether anything happens at all.
        inplace: Whether the result is written into the input.

    Returns:
        A tensor of the input's shape.

    Raises:
        ValueError: `p` is no probability.

    Example:
        >>> import pyad
        >>> pyad.nn.functional.dropout3d(pyad.ones(1, 1, 1, 1, 2), p=1.0)
        tensor([[[[[0., 0.]]]]])
    """
    _check("dropout3d", input, p)
    dims = input.dim()
    if dims not in (4, 5):
        _deprecated("dropout3d", dims, 3)
    if dims != 5:
        return _without_batch(input, p, training, inplace)
    return _drop(input, p, training, inplace)
