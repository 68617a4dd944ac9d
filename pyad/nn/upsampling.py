"""Layers that enlarge grids."""

from __future__ import annotations

from collections.abc import Sequence

from pyad import _core
from pyad._core import Tensor
from pyad.nn.module import Module

__all__ = ["Upsample", "UpsamplingBilinear2d", "UpsamplingNearest2d"]

_interpolate = _core.nn.functional.interpolate


class Upsample(Module):
    """Brings the grids of a batch (N, C, ...) to another size.

    Args:
        size: Of the result, one int or one for each spatial dim.
        scale_factor: Instead of `size`, how many times larger.
        mode: "nearest", "linear" (3D input), "bilinear", "bicubic" (4D) or "trilinear" (5D).
        align_corners: Whether the centres of the corner elements stay where they are.
        recompute_scale_factor: Whether the scale is computed anew from the rounded size.

    Example:
        >>> import pyad
        >>> pyad.nn.Upsample(scale_factor=2)(pyad.tensor([[[1.0, 2.0]]]))
        tensor([[[1., 1., 2., 2.]]])
    """

    def __init__(
        self,
        size: int | Sequence[int] | None = None,
        scale_factor: float | Sequence[float] | None = None,
        mode: str = "nearest",
        align_corners: bool | None = None,
        recompute_scale_factor: bool | None = None,
    ) -> None:
        super().__init__()
        self.name = type(self).__name__
        self.size = size
        self.scale_factor: float | tuple[float, ...] | None
        if isinstance(scale_factor, Sequence):
            self.scale_factor = tuple(float(factor) for factor in scale_factor)
        else:
            self.scale_factor = float(scale_factor) if scale_factor else None
        self.mode = mode
        self.align_corners = align_corners
        self.recompute_scale_factor = recompute_scale_factor

    def forward(self, input: Tensor) -> Tensor:
        """Resamples the input."""
        return _interpolate(
            input,
            self.size,
            self.scale_factor,
            self.mode,
            self.align_corners,
            self.recompute_scale_factor,
        )

    def extra_repr(self) -> str:
        """Size or scale, and mode."""
        if self.scale_factor is not None:
            return f"scale_factor={self.scale_factor!r}, mode={self.mode!r}"
        return f"size={self.size!r}, mode={self.mode!r}"


class UpsamplingNearest2d(Upsample):
    """`Upsample` of (N, C, H, W) with mode "nearest".

    Args:
        size: Of the result, one int or two.
        scale_factor: Instead of `size`, how many times larger.

    Example:
        >>> import pyad
        >>> pyad.nn.UpsamplingNearest2d(scale_factor=2)(pyad.ones(1, 1, 2, 2)).shape
        (1, 1, 4, 4)
    """

    def __init__(
        self,
        size: int | Sequence[int] | None = None,
        scale_factor: float | Sequence[float] | None = None,
    ) -> None:
        super().__init__(size, scale_factor, mode="nearest")


class UpsamplingBilinear2d(Upsample):
    """`Upsample` of (N, C, H, W) with mode "bilinear" and aligned corners.

    Args:
        size: Of the result, one int or two.
        scale_factor: Instead of `size`, how many times larger.

    Example:
        >>> import pyad
        >>> pyad.nn.UpsamplingBilinear2d(size=3)(pyad.tensor([[[[1.0, 2.0], [3.0, 4.0]]]]))[0, 0]
        tensor([[1.0000, 1.5000, 2.0000],
                [2.0000, 2.5000, 3.0000],
                [3.0000, 3.5000, 4.0000]])
    """

    def __init__(
        self,
        size: int | Sequence[int] | None = None,
        scale_factor: float | Sequence[float] | None = None,
    ) -> None:
        super().__init__(size, scale_factor, mode="bilinear", align_corners=True)
