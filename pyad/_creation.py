"""Creation functions that are not rows of the op table."""

from __future__ import annotations

from typing import Any

from pyad import _core
from pyad._core import Tensor

__all__ = ["scalar_tensor"]


def scalar_tensor(s: float, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """A 0-d tensor; unlike `tensor`, of the default dtype for integers too.

    Args:
        s: A number.
        dtype: Element type. Default: the default floating dtype.
        requires_grad: Whether gradients are asked for.

    Returns:
        A tensor of shape ().

    Example:
        >>> import pyad
        >>> pyad.scalar_tensor(3)
        tensor(3.)
    """
    wanted = _core.get_default_dtype() if dtype is None else dtype
    return _core.full((), s, dtype=wanted, requires_grad=requires_grad)
