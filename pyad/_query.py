"""Questions about tensors that PyTorch asks by function."""

from __future__ import annotations

from typing import Any, TypeGuard

from pyad._core import Tensor

__all__ = ["is_floating_point", "is_tensor", "numel"]


def is_tensor(obj: Any, /) -> TypeGuard[Tensor]:
    """Tells whether an object is a tensor.

    Args:
        obj: Anything.

    Returns:
        True for `Tensor` and its subclasses.

    Example:
        >>> import pyad
        >>> pyad.is_tensor(pyad.ones(2)), pyad.is_tensor(2.0)
        (True, False)
    """
    return isinstance(obj, Tensor)


def numel(input: Tensor) -> int:
    """Number of elements of a tensor.

    Args:
        input: A tensor of any shape.

    Returns:
        The product of its sizes.

    Example:
        >>> import pyad
        >>> pyad.numel(pyad.zeros(2, 3))
        6
    """
    return input.numel()


def is_floating_point(input: Tensor) -> bool:
    """Tells whether the dtype of a tensor is a floating one.

    Args:
        input: A tensor.

    Returns:
        Whether it can require gradients.

    Example:
        >>> import pyad
        >>> pyad.is_floating_point(pyad.tensor([1]))
        False
    """
    return input.is_floating_point()
