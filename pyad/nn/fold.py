"""Layers that cut images into windows, add windows up, or move channels and pixels."""

from __future__ import annotations

from collections.abc import Sequence

from pyad import _core
from pyad._core import Tensor
from pyad.nn.module import Module

__all__ = ["ChannelShuffle", "Fold", "PixelShuffle", "PixelUnshuffle", "Unfold"]

_Size = int | Sequence[int]


class Unfold(Module):
    """The windows of images as columns: (N, C, height, width) to (N, C * elements, windows).

    Args:
        kernel_size: Size of a window.
        dilation: Distance of the elements of a window.
        padding: Zeros on both sides.
        stride: Distance of windows.

    Example:
        >>> import pyad
        >>> pyad.nn.Unfold(2)(pyad.ones(1, 3, 4, 5)).shape
        (1, 12, 12)
    """

    def __init__(
        self, kernel_size: _Size, dilation: _Size = 1, padding: _Size = 0, stride: _Size = 1
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.dilation = dilation
        self.padding = padding
        self.stride = stride

    def forward(self, input: Tensor) -> Tensor:
        """Cuts the windows out."""
        return _core.nn.functional.unfold(
            input, self.kernel_size, self.dilation, self.padding, self.stride
        )

    def extra_repr(self) -> str:
        """All options."""
        return (
            f"kernel_size={self.kernel_size}, dilation={self.dilation}, "
            f"padding={self.padding}, stride={self.stride}"
        )


class Fold(Module):
    """Images as sums of windows: (N, C * elements, windows) to (N, C, *output_size).

    Args:
        output_size: Height and width of the images.
        kernel_size: Size of a window.
        dilation: Distance of the elements of a window.
        padding: Zeros on both sides, which are cut off.
        stride: Distance of windows.

    Example:
        >>> import pyad
        >>> pyad.nn.Fold((1, 3), (1, 2))(pyad.ones(1, 2, 2))
        tensor([[[[1., 2., 1.]]]])
    """

    def __init__(
        self,
        output_size: _Size,
        kernel_size: _Size,
        dilation: _Size = 1,
        padding: _Size = 0,
        stride: _Size = 1,
    ) -> None:
        super().__init__()
        self.output_size = output_size
        self.kernel_size = kernel_size
        self.dilation = dilation
        self.padding = padding
        self.stride = stride

    def forward(self, input: Tensor) -> Tensor:
        """Adds the windows up."""
        return _core.nn.functional.fold(
            input, self.output_size, self.kernel_size, self.dilation, self.padding, self.stride
        )

    def extra_repr(self) -> str:
        """All options."""
        return (
            f"output_size={self.output_size}, kernel_size={self.kernel_size}, "
            f"dilation={self.dilation}, padding={self.padding}, stride={self.stride}"
        )


class PixelShuffle(Module):
    """Spreads channels over pixels: (..., C r^2, H, W) to (..., C, H r, W r).

    Args:
        upscale_factor: The r.

    Example:
        >>> import pyad
        >>> pyad.nn.PixelShuffle(2)(pyad.arange(4.0).reshape(4, 1, 1))
        tensor([[[0., 1.],
                 [2., 3.]]])
    """

    def __init__(self, upscale_factor: int) -> None:
        super().__init__()
        self.upscale_factor = upscale_factor

    def forward(self, input: Tensor) -> Tensor:
        """Spreads the channels."""
        return _core.nn.functional.pixel_shuffle(input, self.upscale_factor)

    def extra_repr(self) -> str:
        """The factor."""
        return f"upscale_factor={self.upscale_factor}"


class PixelUnshuffle(Module):
    """Gathers pixels into channels: (..., C, H r, W r) to (..., C r^2, H, W).

    Args:
        downscale_factor: The r.

    Example:
        >>> import pyad
        >>> pyad.nn.PixelUnshuffle(2)(pyad.ones(1, 4, 6)).shape
        (4, 2, 3)
    """

    def __init__(self, downscale_factor: int) -> None:
        super().__init__()
        self.downscale_factor = downscale_factor

    def forward(self, input: Tensor) -> Tensor:
        """Gathers the pixels."""
        return _core.nn.functional.pixel_unshuffle(input, self.downscale_factor)

    def extra_repr(self) -> str:
        """The factor."""
        return f"downscale_factor={self.downscale_factor}"


class ChannelShuffle(Module):
    """Reorders channels (g, k) to (k, g).

    Args:
        groups: The g, which divides the channels.

    Example:
        >>> import pyad
        >>> pyad.nn.ChannelShuffle(2)(pyad.arange(4.0).reshape(1, 4, 1)).flatten()
        tensor([0., 2., 1., 3.])
    """

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = groups

    def forward(self, input: Tensor) -> Tensor:
        """Reorders the channels."""
        return _core.nn.functional.channel_shuffle(input, self.groups)

    def extra_repr(self) -> str:
        """The number of groups."""
        return f"groups={self.groups}"
