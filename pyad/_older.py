"""Functions that PyTorch keeps for older programs: made of others.

Imported when one of them is asked for.
"""

from __future__ import annotations

import builtins
import warnings
from typing import Any

from pyad import _core
from pyad._core import Tensor

__all__ = ["range", "vander"]


def range(
    start: float = 0,
    end: float | None = None,
    step: float = 1,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Numbers from `start` to `end`, which is included; `arange` is what PyTorch advises.

    Args:
        start: The first number.
        end: The last; alone it is the only argument, and the first is 0.
        step: The difference.
        dtype: Element type. Default: the default one, of integers too.
        device: "cpu".
        requires_grad: Whether gradients are asked for.

    Raises:
        RuntimeError: `step` is 0 or leads away from `end`.

    Example:
        >>> import warnings
        >>> import pyad
        >>> with warnings.catch_warnings():
        ...     warnings.simplefilter("ignore")
        ...     pyad.range(1, 3)
        tensor([1., 2., 3.])
    """
    warnings.warn(
        "torch.range is deprecated and will be removed in a future release because its behavior is "
        "inconsistent with Python's range builtin. Instead, use torch.arange, which produces "
        "values in [start, end).",
        UserWarning,
        stacklevel=2,
    )
    if end is None:
        start, end = 0, start
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if (end - start) * step < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    count = builtins.int((end - start) / step) + 1
    wanted = _core.get_default_dtype() if dtype is None else dtype
    exact = _core.float64 if wanted.is_floating_point else _core.int64
    made = (_core.arange(count, dtype=exact) * step + start).to(wanted)
    return made.requires_grad_(requires_grad) if requires_grad else made


def vander(x: Tensor, N: int | None = None, *, increasing: bool = False) -> Tensor:
    """Powers of the elements of a vector, as rows of a matrix.

    Args:
        x: (n,).
        N: How many powers. Default: n.
        increasing: Whether they begin with x⁰; else they end with it.

    Raises:
        RuntimeError: It is no vector, or N is negative.

    Example:
        >>> import pyad
        >>> pyad.vander(pyad.tensor([2, 3]), 3)
        tensor([[4, 2, 1],
                [9, 3, 1]])
    """
    if x.dim() != 1:
        raise RuntimeError("x must be a one-dimensional tensor.")
    count = x.shape[0] if N is None else N
    if count < 0:
        raise RuntimeError("N must be non-negative.")
    parts = [_core.ones_like(x).unsqueeze(1)] if count else []
    if count > 1:
        parts.append(x.unsqueeze(1).expand(-1, count - 1).cumprod(1))
    if not parts:
        return x.new_empty((x.shape[0], 0))
    made = _core.cat([p.to(parts[-1].dtype) for p in parts], 1)
    return made if increasing else made.flip(1)
