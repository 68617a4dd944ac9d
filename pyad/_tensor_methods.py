"""Methods of tensors that are no rows of the op table.

They make tensors of any data, or change what their tensor is, and call what is there.

In-place views change a tensor's sizes and strides, not its elements; of recorded tensors they are
refused, since the record says which sizes they had.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pyad import _core
from pyad._core import Tensor

__all__ = ["install"]


def new_tensor(
    self: Tensor,
    data: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    layout: Any = None,
    pin_memory: bool = False,
) -> Tensor:
    """A tensor of data, of this tensor's dtype.

    Args:
        self: Whose dtype.
        data: Numbers, sequences, arrays or a tensor; copied.
        dtype: Another dtype.
        device: "cpu".
        requires_grad: Whether gradients are asked for.
        layout: Ignored.
        pin_memory: Ignored.

    Example:
        >>> import pyad
        >>> pyad.zeros(1, dtype=pyad.float64).new_tensor([1, 2])
        tensor([1., 2.], dtype=pyad.float64)
    """
    wanted = self.dtype if dtype is None else dtype
    return _core.tensor(data, dtype=wanted, device=device, requires_grad=requires_grad)


def new(self: Tensor, *args: Any, device: Any = None) -> Tensor:
    """A tensor of this tensor's dtype: of sizes, uninitialised, or of data.

    Args:
        self: Whose dtype.
        args: Sizes, or a `Size`, or a sequence of data, or a tensor.
        device: "cpu".

    Example:
        >>> import pyad
        >>> pyad.zeros(1).new(2, 3).shape, pyad.zeros(1).new([2, 3])
        ((2, 3), tensor([2., 3.]))
    """
    if len(args) == 1 and isinstance(args[0], Tensor):
        return args[0].detach()
    if len(args) == 1 and not isinstance(args[0], int | _core.Size):
        return _core.tensor(args[0], dtype=self.dtype, device=device)
    return _core.empty(*(args or (0,)), dtype=self.dtype, device=device)


def _in_place(name: str) -> Callable[..., Tensor]:
    view = getattr(Tensor, name)

    def changed(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        if self.requires_grad:
            raise RuntimeError(
                f"{name}_: this tensor is recorded with its sizes; use x = x.{name}(...)"
            )
        self.data = view(self.detach(), *args, **kwargs)
        return self

    changed.__name__ = changed.__qualname__ = f"{name}_"
    changed.__doc__ = (
        f"As `{name}`, in place: this tensor gets the sizes and strides of the view.\n\n"
        "Raises:\n    RuntimeError: It is recorded."
    )
    return changed


def fill_diagonal_(self: Tensor, fill_value: float, wrap: bool = False) -> Tensor:
    """Writes a number on the main diagonal.

    Args:
        self: A matrix, or a tensor whose sizes are all equal.
        fill_value: The number.
        wrap: Whether the diagonal of a tall matrix begins again below its end, one row left out.

    Raises:
        RuntimeError: It has less than two dims, or more of different sizes.

    Example:
        >>> import pyad
        >>> pyad.zeros(2, 2).fill_diagonal_(5)
        tensor([[5., 0.],
                [0., 5.]])
    """
    if self.dim() < 2:
        raise RuntimeError("dimensions must larger than 1")
    if self.dim() > 2:
        if len(set(self.shape)) != 1:
            raise RuntimeError("all dimensions of input must be of equal length")
        every = _core.arange(self.shape[0])
        self[(every,) * self.dim()] = fill_value
        return self
    rows, columns = self.shape
    for start in range(0, rows if wrap else min(rows, 1), columns + 1):
        self[start : start + columns].diagonal().fill_(fill_value)
    return self


def install() -> None:
    """Gives them to the type, once."""
    for method in (new_tensor, new, fill_diagonal_):
        setattr(Tensor, method.__name__, method)
    for name in ("unsqueeze", "squeeze", "transpose", "t", "swapaxes", "swapdims"):
        setattr(Tensor, f"{name}_", _in_place(name))
    for name in ("is_xpu", "is_mps"):
        setattr(Tensor, name, property(lambda self: False, doc="False: tensors are on the CPU."))
