"""Parameters: tensors that modules find and optimizers train."""

from __future__ import annotations

from typing import Any

from pyad import _core
from pyad._core import Tensor

__all__ = ["Buffer", "Parameter"]


class Parameter(Tensor):
    """A tensor that belongs to a module: assigned to an attribute, it is registered there.

    Args:
        data: The values; memory is shared with a tensor. Default: an empty tensor.
        requires_grad: Whether gradients are asked for.

    Example:
        >>> import pyad
        >>> pyad.nn.Parameter(pyad.ones(2))
        Parameter containing:
        tensor([1., 1.], requires_grad=True)
    """

    def __new__(cls, data: Any = None, requires_grad: bool = True) -> Parameter:
        """Makes a leaf on the memory of `data`."""
        if data is None:
            data = _core.empty(0)
        made = super().__new__(cls, data)
        made.requires_grad = requires_grad
        return made

    def __deepcopy__(self, memo: dict[int, Any]) -> Parameter:
        # Unlike that of a plain tensor, as in PyTorch, a copied parameter has no gradient.
        copied: Parameter = super().__deepcopy__(memo)
        copied.grad = None
        return copied

    def __repr__(self) -> str:
        return "Parameter containing:\n" + super().__repr__()


class Buffer(Tensor):
    """A tensor of a module that is not trained; assigned to an attribute, it is registered.

    Args:
        data: The values; memory is shared with a tensor. Default: an empty tensor.
        persistent: Whether it is part of `state_dict()`.

    Example:
        >>> import pyad
        >>> m = pyad.nn.Module()
        >>> m.mean = pyad.nn.Buffer(pyad.zeros(2))
        >>> list(m.state_dict())
        ['mean']
    """

    persistent: bool

    def __new__(cls, data: Any = None, *, persistent: bool = True) -> Buffer:
        """Makes a tensor on the memory of `data`."""
        made = super().__new__(cls, _core.empty(0) if data is None else data)
        made.persistent = persistent
        return made
