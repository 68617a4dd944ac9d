"""`Variable`, the older name of a tensor that records what is done with it."""

from __future__ import annotations

from typing import Any

from pyad._core import Tensor

__all__ = ["Variable"]


class _IsTensor(type):
    def __instancecheck__(cls, other: Any) -> bool:
        return isinstance(other, Tensor)


class Variable(metaclass=_IsTensor):
    """A tensor on the memory of another: all tensors record, so it is a plain one.

    Args:
        data: A tensor.
        requires_grad: Whether gradients are asked for.
        volatile: Ignored, as in PyTorch, with a warning.

    Example:
        >>> import pyad
        >>> x = pyad.autograd.Variable(pyad.ones(2), requires_grad=True)
        >>> x, isinstance(x, pyad.autograd.Variable)
        (tensor([1., 1.], requires_grad=True), True)
    """

    def __new__(cls, data: Any = None, requires_grad: bool = False, volatile: bool = False) -> Any:
        """Makes the tensor."""
        from pyad import _core

        if volatile:
            import warnings

            warnings.warn(
                "volatile was removed (Variable.volatile is always False), use no_grad() instead",
                stacklevel=2,
            )
        if data is None:
            data = _core.empty(0)
        if not isinstance(data, Tensor):
            raise TypeError(f"Variable data has to be a tensor, but got {type(data).__name__}")
        made = data.detach()
        made.requires_grad = bool(requires_grad)
        return made
