"""Layers that add elements around their input; negative counts crop."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from pyad import _core
from pyad._core import Tensor
from pyad.nn.module import Module

__all__ = [
    "CircularPad1d",
    "CircularPad2d",
    "CircularPad3d",
    "ConstantPad1d",
    "ConstantPad2d",
    "ConstantPad3d",
    "ReflectionPad1d",
    "ReflectionPad2d",
    "ReflectionPad3d",
    "ReplicationPad1d",
    "ReplicationPad2d",
    "ReplicationPad3d",
    "ZeroPad1d",
    "ZeroPad2d",
    "ZeroPad3d",
]

_pad = _core.nn.functional.pad


class _Pad(Module):
    _dims: ClassVar[int]
    _mode: ClassVar[str]

    def __init__(self, padding: int | Sequence[int]) -> None:
        super().__init__()
        count = 2 * self._dims
        self.padding = (padding,) * count if isinstance(padding, int) else tuple(padding)

    def forward(self, input: Tensor) -> Tensor:
        """Pads the last dims of (N, C, ...) or (C, ...)."""
        return _pad(input, self.padding, self._mode)

    def extra_repr(self) -> str:
        """Counts, (before, after) of the last dim first."""
        return f"{self.padding}"


class _CircularPad(_Pad):
    _mode = "circular"

    def forward(self, input: Tensor) -> Tensor:
        """Pads the last dims of (N, C, ...) or (C, ...)."""
        n = self._dims
        if input.ndim != n + 1 and input.ndim != n + 2:
            raise ValueError(f"expected {n + 1}D or {n + 2}D input (got {input.ndim}D input)")
        return _pad(input, self.padding, "circular")


class _ConstantPad(_Pad):
    _mode = "constant"

    def __init__(self, padding: int | Sequence[int], value: float) -> None:
        super().__init__(padding)
        self.value = value

    def forward(self, input: Tensor) -> Tensor:
        """Pads the last dims of the input."""
        return _pad(input, self.padding, "constant", self.value)

    def extra_repr(self) -> str:
        """Counts, (before, after) of the last dim first, and the value."""
        return f"padding={self.padding}, value={self.value}"


class _ZeroPad(_ConstantPad):
    def __init__(self, padding: int | Sequence[int]) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        """Counts, (before, after) of the last dim first."""
        return f"{self.padding}"


class ZeroPad1d(_ZeroPad):
    """Zeros around the last dim.

    Args:
        padding: Elements on each side, one int or (before, after) of the last dim, then of the
            dim before it, and so on.

    Example:
        >>> import pyad
        >>> pyad.nn.ZeroPad1d(1)(pyad.tensor([[[1.0, 2.0, 3.0]]]))
        tensor([[[0., 1., 2., 3., 0.]]])
    """

    _dims = 1


class ZeroPad2d(_ZeroPad):
    """Zeros around the last two dims.

    Args:
        padding: Elements on each side, one int or (before, after) of the last dim, then of the
            dim before it, and so on.

    Example:
        >>> import pyad
        >>> pyad.nn.ZeroPad2d(1)(pyad.ones(1, 1, 4, 4)).shape
        (1, 1, 6, 6)
    """

    _dims = 2


class ZeroPad3d(_ZeroPad):
    """Zeros around the last three dims.

    Args:
        padding: Elements on each side, one int or (before, after) of the last dim, then of the
            dim before it, and so on.

    Example:
        >>> import pyad
        >>> pyad.nn.ZeroPad3d(1)(pyad.ones(1, 1, 4, 4, 4)).shape
        (1, 1, 6, 6, 6)
    """

    _dims = 3


class ConstantPad1d(_ConstantPad):
    """A number around the last dim.

    Args:
        padding: Elements on each side, one int or (before, after) of the last dim, then of the
            dim before it, and so on.
        value: The number.

    Example:
        >>> import pyad
        >>> pyad.nn.ConstantPad1d(1, 9.0)(pyad.tensor([[[1.0, 2.0, 3.0]]]))
        tensor([[[9., 1., 2., 3., 9.]]])
    """

    _dims = 1


class ConstantPad2d(_ConstantPad):
    """A number around the last two dims.

    Args:
        padding: Elements on each side, one int or (before, after) of the last dim, then of the
            dim before it, and so on.
        value: The number.

    Example:
        >>> import pyad
        >>> pyad.nn.ConstantPad2d(1, 9.0)(pyad.ones(1, 1, 4, 4)).shape
        (1, 1, 6, 6)
    """

    _dims = 2


class ConstantPad3d(_ConstantPad):
    """A number around the last three dims.

    Args:
        padding: Elements on each side, one int or (before, after) of the last dim, then of the
            dim before it, and so on.
        value: The number.

    Example:
        >>> import pyad
        >>> pyad.nn.ConstantPad3d(1, 9.0)(pyad.ones(1, 1, 4, 4, 4)).shape
        (1, 1, 6, 6, 6)
    """

    _dims = 3


class ReflectionPad1d(_Pad):
    """The reflection of the input around the last dim.

    Args:
        padding: Elements on each side, one int or (before, after) of the last dim, then of the
            dim before it, and so on.

    Example:
        >>> import pyad
        >>> pyad.nn.ReflectionPad1d(1)(pyad.tensor([[[1.0, 2.0, 3.0]]]))
        tensor([[[2., 1., 2., 3., 2.]]])
    """

    _dims = 1
    _mode = "reflect"


class ReflectionPad2d(_Pad):
    """The reflection of the input around the last two dims.

    Args:
        padding: Elements on each side, one int or (before, after) of the last dim, then of the
            dim before it, and so on.

    Example:
        >>> import pyad
        >>> pyad.nn.ReflectionPad2d(1)(pyad.ones(1, 1, 4, 4)).shape
        (1, 1, 6, 6)
    """

    _dims = 2
    _mode = "reflect"


class ReflectionPad3d(_Pad):
    """The reflection of the input around the last three dims.

    Args:
        padding: Elements on each side, one int or (before, after) of the last dim, then of the
            dim before it, and so on.

    Example:
        >>> import pyad
        >>> pyad.nn.ReflectionPad3d(1)(pyad.ones(1, 1, 4, 4, 4)).shape
        (1, 1, 6, 6, 6)
    """

    _dims = 3
    _mode = "reflect"


class ReplicationPad1d(_Pad):
    """The elements at the edge repeated around the last dim.

    Args:
        padding: Elements on each side, one int or (before, after) of the last dim, then of the
            dim before it, and so on.

    Example:
        >>> import pyad
        >>> pyad.nn.ReplicationPad1d(1)(pyad.tensor([[[1.0, 2.0, 3.0]]]))
        tensor([[[1., 1., 2., 3., 3.]]])
    """

    _dims = 1
    _mode = "replicate"


class ReplicationPad2d(_Pad):
    """The elements at the edge repeated around the last two dims.

    Args:
        padding: Elements on each side, one int or (before, after) of the last dim, then of the
            dim before it, and so on.

    Example:
        >>> import pyad
        >>> pyad.nn.ReplicationPad2d(1)(pyad.ones(1, 1, 4, 4)).shape
        (1, 1, 6, 6)
    """

    _dims = 2
    _mode = "replicate"


class ReplicationPad3d(_Pad):
    """The elements at the edge repeated around the last three dims.

    Args:
        padding: Elements on each side, one int or (before, after) of the last dim, then of the
            dim before it, and so on.

    Example:
        >>> import pyad
        >>> pyad.nn.ReplicationPad3d(1)(pyad.ones(1, 1, 4, 4, 4)).shape
        (1, 1, 6, 6, 6)
    """

    _dims = 3
    _mode = "replicate"


class CircularPad1d(_CircularPad):
    """The opposite side of the input around the last dim.

    Args:
        padding: Elements on each side, one int or (before, after) of the last dim, then of the
            dim before it, and so on.

    Example:
        >>> import pyad
        >>> pyad.nn.CircularPad1d(1)(pyad.tensor([[[1.0, 2.0, 3.0]]]))
        tensor([[[3., 1., 2., 3., 1.]]])
    """

    _dims = 1


class CircularPad2d(_CircularPad):
    """The opposite side of the input around the last two dims.

    Args:
        padding: Elements on each side, one int or (before, after) of the last dim, then of the
            dim before it, and so on.

    Example:
        >>> import pyad
        >>> pyad.nn.CircularPad2d(1)(pyad.ones(1, 1, 4, 4)).shape
        (1, 1, 6, 6)
    """

    _dims = 2


class CircularPad3d(_CircularPad):
    """The opposite side of the input around the last three dims.

    Args:
        padding: Elements on each side, one int or (before, after) of the last dim, then of the
            dim before it, and so on.

    Example:
        >>> import pyad
        >>> pyad.nn.CircularPad3d(1)(pyad.ones(1, 1, 4, 4, 4)).shape
        (1, 1, 6, 6, 6)
    """

    _dims = 3
