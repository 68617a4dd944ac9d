"""`make_tensor`: tensors of random numbers between bounds, in PyTorch's streams."""

from __future__ import annotations

from typing import Any

from pyad import _core
from pyad._core import Tensor
from pyad._device import finfo, iinfo
from pyad._promotion import as_dtype

__all__ = ["make_tensor"]


def make_tensor(
    *shape: Any,
    dtype: Any,
    device: Any = "cpu",
    low: float | None = None,
    high: float | None = None,
    requires_grad: bool = False,
    noncontiguous: bool = False,
    exclude_zero: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """Random numbers, uniform from `low` to `high`.

    Args:
        shape: The sizes.
        dtype: Element type.
        device: "cpu".
        low: Lower bound. Default: -9; 0 for uint8 and bool.
        high: Upper bound, exclusive. Default: 9, of integers 10, of bool 2.
        requires_grad: Whether gradients are asked for.
        noncontiguous: Whether elements are to stand apart in memory.
        exclude_zero: Whether zeros become the smallest positive number.
        memory_format: Ignored.

    Raises:
        ValueError: The bounds are NaN or in the wrong order.

    Example:
        >>> import pyad
        >>> pyad.testing.make_tensor(2, 3, dtype=pyad.int64, low=4, high=5)
        tensor([[4, 4, 4],
                [4, 4, 4]])
    """
    if len(shape) == 1 and not isinstance(shape[0], int):
        shape = tuple(shape[0])
    dtype = as_dtype(dtype)
    low, high = _bounds(dtype, low, high)
    if noncontiguous and memory_format is not None:
        raise ValueError(
            f"The parameters `noncontiguous` and `memory_format` are mutually exclusive, but got "
            f"{noncontiguous=} and {memory_format=}"
        )
    if dtype.is_floating_point:
        made = _core.empty(shape, dtype=dtype, device=device).uniform_(low, high)
    else:
        made = _core.randint(int(low), int(high), shape, dtype=dtype, device=device)
    if noncontiguous and made.numel() > 1:
        made = made.repeat_interleave(2, dim=-1)[..., ::2]
    if exclude_zero:
        made[made == 0] = finfo(dtype).tiny if dtype.is_floating_point else 1
    return made.requires_grad_(requires_grad) if requires_grad else made


def _bounds(dtype: Any, low: float | None, high: float | None) -> tuple[float, float]:
    if dtype == _core.bool:
        first, last, least, most = 0.0, 2.0, 0.0, 2.0
    elif dtype.is_floating_point:
        limits = finfo(dtype)
        first, last, least, most = -9.0, 9.0, limits.min, limits.max
    else:
        whole = iinfo(dtype)
        least, most = whole.min, whole.max + 1
        first, last = max(-9.0, least), 10.0
    low, high = first if low is None else low, last if high is None else high
    if low != low or high != high:
        raise ValueError(f"`low` and `high` cannot be NaN, but got {low=} and {high=}")
    if not low < high:
        raise ValueError(f"`low` must be less than `high`, but got {low} >= {high}")
    return max(low, least), min(high, most)
