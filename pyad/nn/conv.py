"""Convolutions and transposed convolutions over one, two and three dims."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from pyad import _core
from pyad._core import Tensor
from pyad.nn import init
from pyad.nn.module import Module
from pyad.nn.parameter import Parameter

__all__ = [
    "Conv1d",
    "Conv2d",
    "Conv3d",
    "ConvTranspose1d",
    "ConvTranspose2d",
    "ConvTranspose3d",
]

_Size = int | Sequence[int]
_pad = _core.nn.functional.pad


def _ntuple(n: int, value: _Size) -> tuple[int, ...]:
    return tuple(value) if isinstance(value, Sequence) else (value,) * n


class _ConvNd(Module):
    """What all of them share: options, parameters and their start."""

    weight: Parameter
    bias: Parameter | None
    transposed = False
    _rank: ClassVar[int]
    _function: ClassVar[Callable[..., Tensor]]

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: _Size,
        stride: _Size,
        padding: str | _Size,
        dilation: _Size,
        output_padding: _Size,
        groups: int,
        bias: bool,
        padding_mode: str,
        device: Any,
        dtype: Any,
    ) -> None:
        super().__init__()
        n = self._rank
        if groups <= 0:
            raise ValueError("groups must be a positive integer")
        if in_channels % groups != 0:
            raise ValueError("in_channels must be divisible by groups")
        if out_channels % groups != 0:
            raise ValueError("out_channels must be divisible by groups")
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = _ntuple(n, kernel_size)
        self.stride = _ntuple(n, stride)
        self.padding = padding if isinstance(padding, str) else _ntuple(n, padding)
        self.dilation = _ntuple(n, dilation)
        self.output_padding = _ntuple(n, output_padding)
        self.groups = groups
        self.padding_mode = padding_mode
        if isinstance(padding, str):
            if padding not in ("same", "valid"):
                raise ValueError(
                    f"Invalid padding string {padding!r}, should be one of 'same', 'valid'"
                )
            if padding == "same" and any(s != 1 for s in self.stride):
                raise ValueError("padding='same' is not supported for strided convolutions")
        if padding_mode not in ("zeros", "reflect", "replicate", "circular"):
            raise ValueError(
                "padding_mode must be one of 'zeros', 'reflect', 'replicate', 'circular', "
                f"but got padding_mode='{padding_mode}'"
            )
        self._reversed_padding_repeated_twice = self._pairs()
        first, second = (
            (in_channels, out_channels) if self.transposed else (out_channels, in_channels)
        )
        self.weight = Parameter(
            _core.empty((first, second // groups, *self.kernel_size), dtype=dtype, device=device)
        )
        self.register_parameter(
            "bias", Parameter(_core.empty(out_channels, dtype=dtype)) if bias else None
        )
        self.reset_parameters()

    def _pairs(self) -> list[int] | tuple[int, ...]:
        """The padding as `nn.functional.pad` takes it: before and after, the last dim first."""
        if not isinstance(self.padding, str):
            return tuple(p for p in reversed(self.padding) for _ in range(2))
        pairs: list[int] = []
        for d in reversed(range(self._rank)):
            total = self.dilation[d] * (self.kernel_size[d] - 1) if self.padding == "same" else 0
            pairs += [total // 2, total - total // 2]
        return pairs

    def reset_parameters(self) -> None:
        """Draws new parameters from [-b, b), b = 1 / sqrt(elements of a window)."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            fan_in = self.weight.size(1) * math.prod(self.kernel_size)
            bound = 1 / math.sqrt(fan_in) if fan_in > 0 else 0
            init.uniform_(self.bias, -bound, bound)

    def extra_repr(self) -> str:
        """Channels, and the options that are not the default."""
        zeros, ones = (0,) * self._rank, (1,) * self._rank
        s = (
            f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, "
            f"stride={self.stride}"
        )
        if self.padding != zeros:
            s += f", padding={self.padding}"
        if self.dilation != ones:
            s += f", dilation={self.dilation}"
        if self.output_padding != zeros:
            s += f", output_padding={self.output_padding}"
        if self.groups != 1:
            s += f", groups={self.groups}"
        if self.bias is None:
            s += ", bias=False"
        if self.padding_mode != "zeros":
            s += f", padding_mode={self.padding_mode}"
        return s


class _Conv(_ConvNd):
    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: _Size,
        stride: _Size = 1,
        padding: str | _Size = 0,
        dilation: _Size = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, dilation, 0, groups, bias,
            padding_mode, device, dtype,
        )  # fmt: skip

    def _conv_forward(self, input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        padding: str | tuple[int, ...] = self.padding
        if self.padding_mode != "zeros":
            input = _pad(input, self._reversed_padding_repeated_twice, self.padding_mode)
            padding = (0,)
        return self._function(input, weight, bias, self.stride, padding, self.dilation, self.groups)

    def forward(self, input: Tensor) -> Tensor:
        """Convolves the input."""
        if self.padding_mode == "zeros":
            return self._function(
                input, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups
            )
        return self._conv_forward(input, self.weight, self.bias)


class Conv1d(_Conv):
    """Convolution of sequences: (N, C, length) or (C, length).

    Args:
        in_channels: Channels of the input.
        out_channels: Channels of the result.
        kernel_size: Elements of a window.
        stride: Distance of windows.
        padding: Elements added on both sides, or "valid" (none), or "same" (as many as keep the
            size).
        dilation: Distance of the elements of a window.
        groups: Parts of the channels that do not mix.
        bias: Whether a number is added to each channel.
        padding_mode: What is added: "zeros", "reflect", "replicate" or "circular".
        device: "cpu" or None.
        dtype: Of the parameters. Default: the default dtype.

    Example:
        >>> import pyad
        >>> pyad.nn.Conv1d(2, 4, 3, padding=1)(pyad.ones(5, 2, 10)).shape
        (5, 4, 10)
    """

    _rank = 1
    _function = staticmethod(_core.nn.functional.conv1d)


class Conv2d(_Conv):
    """Convolution of images: (N, C, height, width) or (C, height, width).

    Args:
        in_channels: Channels of the input.
        out_channels: Channels of the result.
        kernel_size: Size of a window, one int or two.
        stride: Distance of windows.
        padding: Elements added on both sides, or "valid" (none), or "same" (as many as keep the
            size).
        dilation: Distance of the elements of a window.
        groups: Parts of the channels that do not mix.
        bias: Whether a number is added to each channel.
        padding_mode: What is added: "zeros", "reflect", "replicate" or "circular".
        device: "cpu" or None.
        dtype: Of the parameters. Default: the default dtype.

    Example:
        >>> import pyad
        >>> pyad.nn.Conv2d(1, 8, 3, padding=1)(pyad.ones(5, 1, 8, 8)).shape
        (5, 8, 8, 8)
    """

    _rank = 2
    _function = staticmethod(_core.nn.functional.conv2d)


class Conv3d(_Conv):
    """Convolution of volumes: (N, C, depth, height, width) or (C, depth, height, width).

    Args:
        in_channels: Channels of the input.
        out_channels: Channels of the result.
        kernel_size: Size of a window, one int or three.
        stride: Distance of windows.
        padding: Elements added on both sides, or "valid" (none), or "same" (as many as keep the
            size).
        dilation: Distance of the elements of a window.
        groups: Parts of the channels that do not mix.
        bias: Whether a number is added to each channel.
        padding_mode: What is added: "zeros", "reflect", "replicate" or "circular".
        device: "cpu" or None.
        dtype: Of the parameters. Default: the default dtype.

    Example:
        >>> import pyad
        >>> pyad.nn.Conv3d(1, 2, 3)(pyad.ones(1, 5, 6, 7)).shape
        (2, 3, 4, 5)
    """

    _rank = 3
    _function = staticmethod(_core.nn.functional.conv3d)


class _ConvTranspose(_ConvNd):
    transposed = True

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: _Size,
        stride: _Size = 1,
        padding: _Size = 0,
        output_padding: _Size = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: _Size = 1,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        if padding_mode != "zeros":
            raise ValueError(f'Only "zeros" padding mode is supported for {type(self).__name__}')
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, dilation, output_padding,
            groups, bias, padding_mode, device, dtype,
        )  # fmt: skip

    def _more(self, input: Tensor, output_size: Sequence[int]) -> list[int]:
        """The output padding that gives a size."""
        n, size, padding = self._rank, list(output_size), self.padding
        others = input.dim() - n
        if len(size) == others + n:
            size = size[others:]
        if len(size) != n:
            raise ValueError(
                f"ConvTranspose{n}D: for {input.dim()}D input, output_size must have {n} "
                f"or {others + n} elements (got {len(size)})"
            )
        assert isinstance(padding, tuple)
        low = [
            (input.size(others + d) - 1) * self.stride[d]
            - 2 * padding[d]
            + self.dilation[d] * (self.kernel_size[d] - 1)
            + 1
            for d in range(n)
        ]
        high = [a + s - 1 for a, s in zip(low, self.stride, strict=True)]
        if any(not a <= s <= b for a, s, b in zip(low, size, high, strict=True)):
            raise ValueError(
                f"requested an output size of {size}, but valid sizes range from {low} to {high} "
                f"(for an input of {tuple(input.shape[2:])})"
            )
        return [s - a for s, a in zip(size, low, strict=True)]

    def forward(self, input: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        """The transpose of a convolution; `output_size` chooses where several sizes are possible.

        Raises:
            ValueError: The convolution makes the input's size from no input of `output_size`.
        """
        return self._function(
            input, self.weight, self.bias, self.stride, self.padding,
            self.output_padding if output_size is None else self._more(input, output_size),
            self.groups, self.dilation,
        )  # fmt: skip


class ConvTranspose1d(_ConvTranspose):
    """Transpose of a convolution of sequences: (N, C, length) or (C, length).

    Args:
        in_channels: Channels of the input.
        out_channels: Channels of the result.
        kernel_size: Elements of a window.
        stride: Distance of windows in the result.
        padding: Elements cut from both sides of the result.
        output_padding: Elements added at the end of the result.
        groups: Parts of the channels that do not mix.
        bias: Whether a number is added to each channel.
        dilation: Distance of the elements of a window.
        padding_mode: "zeros".
        device: "cpu" or None.
        dtype: Of the parameters. Default: the default dtype.

    Example:
        >>> import pyad
        >>> layer = pyad.nn.ConvTranspose1d(2, 4, 3, stride=2)
        >>> layer(pyad.ones(5, 2, 10)).shape
        (5, 4, 21)
        >>> layer(pyad.ones(5, 2, 10), output_size=(22,)).shape
        (5, 4, 22)
    """

    _rank = 1
    _function = staticmethod(_core.nn.functional.conv_transpose1d)


class ConvTranspose2d(_ConvTranspose):
    """Transpose of a convolution of images: (N, C, height, width) or (C, height, width).

    Args:
        in_channels: Channels of the input.
        out_channels: Channels of the result.
        kernel_size: Size of a window, one int or two.
        stride: Distance of windows in the result.
        padding: Elements cut from both sides of the result.
        output_padding: Elements added at the end of the result.
        groups: Parts of the channels that do not mix.
        bias: Whether a number is added to each channel.
        dilation: Distance of the elements of a window.
        padding_mode: "zeros".
        device: "cpu" or None.
        dtype: Of the parameters. Default: the default dtype.

    Example:
        >>> import pyad
        >>> pyad.nn.ConvTranspose2d(8, 1, 4, stride=2, padding=1)(pyad.ones(5, 8, 4, 4)).shape
        (5, 1, 8, 8)
    """

    _rank = 2
    _function = staticmethod(_core.nn.functional.conv_transpose2d)


class ConvTranspose3d(_ConvTranspose):
    """Transpose of a convolution of volumes: (N, C, depth, height, width), N being optional.

    Args:
        in_channels: Channels of the input.
        out_channels: Channels of the result.
        kernel_size: Size of a window, one int or three.
        stride: Distance of windows in the result.
        padding: Elements cut from both sides of the result.
        output_padding: Elements added at the end of the result.
        groups: Parts of the channels that do not mix.
        bias: Whether a number is added to each channel.
        dilation: Distance of the elements of a window.
        padding_mode: "zeros".
        device: "cpu" or None.
        dtype: Of the parameters. Default: the default dtype.

    Example:
        >>> import pyad
        >>> pyad.nn.ConvTranspose3d(1, 2, 3)(pyad.ones(1, 2, 2, 2)).shape
        (2, 4, 4, 4)
    """

    _rank = 3
    _function = staticmethod(_core.nn.functional.conv_transpose3d)
