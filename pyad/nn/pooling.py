"""Pooling layers: each kind for one, two and three spatial dims."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from pyad import _core
from pyad._core import Tensor
from pyad.nn.module import Module

__all__ = [
    "AdaptiveAvgPool1d",
    "AdaptiveAvgPool2d",
    "AdaptiveAvgPool3d",
    "AdaptiveMaxPool1d",
    "AdaptiveMaxPool2d",
    "AdaptiveMaxPool3d",
    "AvgPool1d",
    "AvgPool2d",
    "AvgPool3d",
    "LPPool1d",
    "LPPool2d",
    "LPPool3d",
    "MaxPool1d",
    "MaxPool2d",
    "MaxPool3d",
    "MaxUnpool1d",
    "MaxUnpool2d",
    "MaxUnpool3d",
]

_Size = int | Sequence[int]
_OptionalSize = int | Sequence[int | None] | None


def _ntuple(n: int, value: _Size) -> tuple[int, ...]:
    return (value,) * n if isinstance(value, int) else tuple(value)


class _MaxPool(Module):
    _pool: ClassVar[Callable[..., Any]]

    def __init__(
        self,
        kernel_size: _Size,
        stride: _Size | None = None,
        padding: _Size = 0,
        dilation: _Size = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.dilation = dilation
        self.return_indices = return_indices
        self.ceil_mode = ceil_mode

    def forward(self, input: Tensor) -> Any:
        """The maxima, and their places if `return_indices`."""
        return self._pool(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.dilation,
            self.ceil_mode,
            self.return_indices,
        )

    def extra_repr(self) -> str:
        """Windows."""
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, "
            f"dilation={self.dilation}, ceil_mode={self.ceil_mode}"
        )


class _MaxUnpool(Module):
    _unpool: ClassVar[Callable[..., Tensor]]
    _dims: ClassVar[int]

    def __init__(self, kernel_size: _Size, stride: _Size | None = None, padding: _Size = 0) -> None:
        super().__init__()
        self.kernel_size = _ntuple(self._dims, kernel_size)
        self.stride = _ntuple(self._dims, kernel_size if stride is None else stride)
        self.padding = _ntuple(self._dims, padding)

    def forward(
        self, input: Tensor, indices: Tensor, output_size: Sequence[int] | None = None
    ) -> Tensor:
        """Puts the input at `indices`, zeros elsewhere."""
        return self._unpool(
            input, indices, self.kernel_size, self.stride, self.padding, output_size
        )

    def extra_repr(self) -> str:
        """Windows."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class _AvgPool(Module):
    _pool: ClassVar[Callable[..., Tensor]]
    kernel_size: _Size
    stride: _Size
    padding: _Size

    def extra_repr(self) -> str:
        """Windows."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class _AvgPoolWithDivisor(_AvgPool):
    def __init__(
        self,
        kernel_size: _Size,
        stride: _Size | None = None,
        padding: _Size = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad
        self.divisor_override = divisor_override

    def forward(self, input: Tensor) -> Tensor:
        """The means."""
        return self._pool(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.ceil_mode,
            self.count_include_pad,
            self.divisor_override,
        )


class _AdaptiveAvgPool(Module):
    _pool: ClassVar[Callable[..., Tensor]]

    def __init__(self, output_size: _OptionalSize) -> None:
        super().__init__()
        self.output_size = output_size

    def forward(self, input: Tensor) -> Tensor:
        """The means."""
        return self._pool(input, self.output_size)

    def extra_repr(self) -> str:
        """Sizes of the result."""
        return f"output_size={self.output_size}"


class _AdaptiveMaxPool(Module):
    _pool: ClassVar[Callable[..., Any]]

    def __init__(self, output_size: _OptionalSize, return_indices: bool = False) -> None:
        super().__init__()
        self.output_size = output_size
        self.return_indices = return_indices

    def forward(self, input: Tensor) -> Any:
        """The maxima, and their places if `return_indices`."""
        return self._pool(input, self.output_size, self.return_indices)

    def extra_repr(self) -> str:
        """Sizes of the result."""
        return f"output_size={self.output_size}"


class _LPPool(Module):
    _pool: ClassVar[Callable[..., Tensor]]

    def __init__(
        self,
        norm_type: float,
        kernel_size: _Size,
        stride: _Size | None = None,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        self.norm_type = norm_type
        self.kernel_size = kernel_size
        self.stride = stride
        self.ceil_mode = ceil_mode

    def forward(self, input: Tensor) -> Tensor:
        """The power sums."""
        return self._pool(
            input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode
        )

    def extra_repr(self) -> str:
        """Power and windows."""
        return (
            f"norm_type={self.norm_type}, kernel_size={self.kernel_size}, stride={self.stride}, "
            f"ceil_mode={self.ceil_mode}"
        )


class MaxPool1d(_MaxPool):
    """Largest elements of windows over one dim, of (N, C, L) or without N.

    Args:
        kernel_size: Of a window, one int or one for each dim.
        stride: From one window to the next. Default: `kernel_size`.
        padding: Of minus infinity on both sides, at most half a window.
        dilation: Step within a window.
        return_indices: Whether the places of the maxima are returned too, for `MaxUnpool1d`.
        ceil_mode: Whether a last window that is not whole counts.

    Example:
        >>> import pyad
        >>> pyad.nn.MaxPool1d(2)(pyad.ones(1, 1, 4)).shape
        (1, 1, 2)
    """

    _pool = staticmethod(_core.nn.functional.max_pool1d)


class MaxPool2d(_MaxPool):
    """Largest elements of windows over two dims, of (N, C, H, W) or without N.

    Args:
        kernel_size: Of a window, one int or one for each dim.
        stride: From one window to the next. Default: `kernel_size`.
        padding: Of minus infinity on both sides, at most half a window.
        dilation: Step within a window.
        return_indices: Whether the places of the maxima are returned too, for `MaxUnpool2d`.
        ceil_mode: Whether a last window that is not whole counts.

    Example:
        >>> import pyad
        >>> pyad.nn.MaxPool2d(2)(pyad.ones(1, 1, 4, 4)).shape
        (1, 1, 2, 2)
    """

    _pool = staticmethod(_core.nn.functional.max_pool2d)


class MaxPool3d(_MaxPool):
    """Largest elements of windows over three dims, of (N, C, D, H, W) or without N.

    Args:
        kernel_size: Of a window, one int or one for each dim.
        stride: From one window to the next. Default: `kernel_size`.
        padding: Of minus infinity on both sides, at most half a window.
        dilation: Step within a window.
        return_indices: Whether the places of the maxima are returned too, for `MaxUnpool3d`.
        ceil_mode: Whether a last window that is not whole counts.

    Example:
        >>> import pyad
        >>> pyad.nn.MaxPool3d(2)(pyad.ones(1, 1, 4, 4, 4)).shape
        (1, 1, 2, 2, 2)
    """

    _pool = staticmethod(_core.nn.functional.max_pool3d)


class MaxUnpool1d(_MaxUnpool):
    """The way back from `MaxPool1d`: maxima at their places, zeros elsewhere.

    Args:
        kernel_size: Of a window, one int or one for each dim.
        stride: From one window to the next. Default: `kernel_size`.
        padding: On both sides.

    Example:
        >>> import pyad
        >>> y, places = pyad.nn.MaxPool1d(2, return_indices=True)(pyad.ones(1, 1, 4))
        >>> pyad.nn.MaxUnpool1d(2)(y, places).sum().item()
        2.0
    """

    _unpool = staticmethod(_core.nn.functional.max_unpool1d)
    _dims = 1


class MaxUnpool2d(_MaxUnpool):
    """The way back from `MaxPool2d`: maxima at their places, zeros elsewhere.

    Args:
        kernel_size: Of a window, one int or one for each dim.
        stride: From one window to the next. Default: `kernel_size`.
        padding: On both sides.

    Example:
        >>> import pyad
        >>> y, places = pyad.nn.MaxPool2d(2, return_indices=True)(pyad.ones(1, 1, 4, 4))
        >>> pyad.nn.MaxUnpool2d(2)(y, places).sum().item()
        4.0
    """

    _unpool = staticmethod(_core.nn.functional.max_unpool2d)
    _dims = 2


class MaxUnpool3d(_MaxUnpool):
    """The way back from `MaxPool3d`: maxima at their places, zeros elsewhere.

    Args:
        kernel_size: Of a window, one int or one for each dim.
        stride: From one window to the next. Default: `kernel_size`.
        padding: On both sides.

    Example:
        >>> import pyad
        >>> y, places = pyad.nn.MaxPool3d(2, return_indices=True)(pyad.ones(1, 1, 4, 4, 4))
        >>> pyad.nn.MaxUnpool3d(2)(y, places).sum().item()
        8.0
    """

    _unpool = staticmethod(_core.nn.functional.max_unpool3d)
    _dims = 3


class AvgPool1d(_AvgPool):
    """Means of windows over one dim, of (N, C, L) or without N.

    Args:
        kernel_size: Of a window.
        stride: From one window to the next. Default: `kernel_size`.
        padding: Zeros on both sides, at most half a window.
        ceil_mode: Whether a last window that is not whole counts.
        count_include_pad: Whether zeros of the padding count in the means.

    Example:
        >>> import pyad
        >>> pyad.nn.AvgPool1d(2)(pyad.tensor([[1.0, 3.0, 5.0, 7.0]]))
        tensor([[2., 6.]])
    """

    _pool = staticmethod(_core.nn.functional.avg_pool1d)

    def __init__(
        self,
        kernel_size: _Size,
        stride: _Size | None = None,
        padding: _Size = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__()
        self.kernel_size = _ntuple(1, kernel_size)
        self.stride = _ntuple(1, kernel_size if stride is None else stride)
        self.padding = _ntuple(1, padding)
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad

    def forward(self, input: Tensor) -> Tensor:
        """The means."""
        return self._pool(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.ceil_mode,
            self.count_include_pad,
        )


class AvgPool2d(_AvgPoolWithDivisor):
    """Means of windows over two dims, of (N, C, H, W) or without N.

    Args:
        kernel_size: Of a window, one int or one for each dim.
        stride: From one window to the next. Default: `kernel_size`.
        padding: Zeros on both sides, at most half a window.
        ceil_mode: Whether a last window that is not whole counts.
        count_include_pad: Whether zeros of the padding count in the means.
        divisor_override: Divides the sums instead of the count.

    Example:
        >>> import pyad
        >>> pyad.nn.AvgPool2d(2)(pyad.ones(1, 1, 4, 4)).shape
        (1, 1, 2, 2)
    """

    _pool = staticmethod(_core.nn.functional.avg_pool2d)


class AvgPool3d(_AvgPoolWithDivisor):
    """Means of windows over three dims, of (N, C, D, H, W) or without N.

    Args:
        kernel_size: Of a window, one int or one for each dim.
        stride: From one window to the next. Default: `kernel_size`.
        padding: Zeros on both sides, at most half a window.
        ceil_mode: Whether a last window that is not whole counts.
        count_include_pad: Whether zeros of the padding count in the means.
        divisor_override: Divides the sums instead of the count.

    Example:
        >>> import pyad
        >>> pyad.nn.AvgPool3d(2)(pyad.ones(1, 1, 4, 4, 4)).shape
        (1, 1, 2, 2, 2)
    """

    _pool = staticmethod(_core.nn.functional.avg_pool3d)


class AdaptiveAvgPool1d(_AdaptiveAvgPool):
    """Means of windows that divide the input into parts, of (N, C, L) or without N.

    Args:
        output_size: Parts, one int or one for each dim; None keeps the input's size.

    Example:
        >>> import pyad
        >>> pyad.nn.AdaptiveAvgPool1d(1)(pyad.ones(1, 1, 4)).shape
        (1, 1, 1)
    """

    _pool = staticmethod(_core.nn.functional.adaptive_avg_pool1d)


class AdaptiveAvgPool2d(_AdaptiveAvgPool):
    """Means of windows that divide the input into parts, of (N, C, H, W) or without N.

    Args:
        output_size: Parts, one int or one for each dim; None keeps the input's size.

    Example:
        >>> import pyad
        >>> pyad.nn.AdaptiveAvgPool2d(1)(pyad.ones(1, 1, 4, 4)).shape
        (1, 1, 1, 1)
    """

    _pool = staticmethod(_core.nn.functional.adaptive_avg_pool2d)


class AdaptiveAvgPool3d(_AdaptiveAvgPool):
    """Means of windows that divide the input into parts, of (N, C, D, H, W) or without N.

    Args:
        output_size: Parts, one int or one for each dim; None keeps the input's size.

    Example:
        >>> import pyad
        >>> pyad.nn.AdaptiveAvgPool3d(1)(pyad.ones(1, 1, 4, 4, 4)).shape
        (1, 1, 1, 1, 1)
    """

    _pool = staticmethod(_core.nn.functional.adaptive_avg_pool3d)


class AdaptiveMaxPool1d(_AdaptiveMaxPool):
    """Largest elements of windows that divide (N, C, L) into parts; N may be missing.

    Args:
        output_size: Parts, one int or one for each dim; None keeps the input's size.
        return_indices: Whether the places of the maxima are returned too.

    Example:
        >>> import pyad
        >>> pyad.nn.AdaptiveMaxPool1d(2)(pyad.ones(1, 1, 4)).shape
        (1, 1, 2)
    """

    _pool = staticmethod(_core.nn.functional.adaptive_max_pool1d)


class AdaptiveMaxPool2d(_AdaptiveMaxPool):
    """Largest elements of windows that divide (N, C, H, W) into parts; N may be missing.

    Args:
        output_size: Parts, one int or one for each dim; None keeps the input's size.
        return_indices: Whether the places of the maxima are returned too.

    Example:
        >>> import pyad
        >>> pyad.nn.AdaptiveMaxPool2d(2)(pyad.ones(1, 1, 4, 4)).shape
        (1, 1, 2, 2)
    """

    _pool = staticmethod(_core.nn.functional.adaptive_max_pool2d)


class AdaptiveMaxPool3d(_AdaptiveMaxPool):
    """Largest elements of windows that divide (N, C, D, H, W) into parts; N may be missing.

    Args:
        output_size: Parts, one int or one for each dim; None keeps the input's size.
        return_indices: Whether the places of the maxima are returned too.

    Example:
        >>> import pyad
        >>> pyad.nn.AdaptiveMaxPool3d(2)(pyad.ones(1, 1, 4, 4, 4)).shape
        (1, 1, 2, 2, 2)
    """

    _pool = staticmethod(_core.nn.functional.adaptive_max_pool3d)


class LPPool1d(_LPPool):
    """(sum of x^p)^(1/p) of windows over one dim, of (N, C, L) or without N.

    Args:
        norm_type: p.
        kernel_size: Of a window, one int or one for each dim.
        stride: From one window to the next. Default: `kernel_size`.
        ceil_mode: Whether a last window that is not whole counts.

    Example:
        >>> import pyad
        >>> pyad.nn.LPPool1d(2, 2)(pyad.ones(1, 1, 4)).shape
        (1, 1, 2)
    """

    _pool = staticmethod(_core.nn.functional.lp_pool1d)


class LPPool2d(_LPPool):
    """(sum of x^p)^(1/p) of windows over two dims, of (N, C, H, W) or without N.

    Args:
        norm_type: p.
        kernel_size: Of a window, one int or one for each dim.
        stride: From one window to the next. Default: `kernel_size`.
        ceil_mode: Whether a last window that is not whole counts.

    Example:
        >>> import pyad
        >>> pyad.nn.LPPool2d(2, 2)(pyad.ones(1, 1, 4, 4)).shape
        (1, 1, 2, 2)
    """

    _pool = staticmethod(_core.nn.functional.lp_pool2d)


class LPPool3d(_LPPool):
    """(sum of x^p)^(1/p) of windows over three dims, of (N, C, D, H, W) or without N.

    Args:
        norm_type: p.
        kernel_size: Of a window, one int or one for each dim.
        stride: From one window to the next. Default: `kernel_size`.
        ceil_mode: Whether a last window that is not whole counts.

    Example:
        >>> import pyad
        >>> pyad.nn.LPPool3d(2, 2)(pyad.ones(1, 1, 4, 4, 4)).shape
        (1, 1, 2, 2, 2)
    """

    _pool = staticmethod(_core.nn.functional.lp_pool3d)
