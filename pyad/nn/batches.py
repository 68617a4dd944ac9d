"""Functions that read their arguments in Python, under `vmap`: one call for all examples."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pyad import _core
from pyad._core import Tensor

__all__: list[str] = []


def spread(level: int, values: Iterable[Any]) -> list[Any]:
    """All examples in front, of tensors; what is the same for all is repeated."""
    return [_core.from_batch(x, level, 0) if isinstance(x, Tensor) else x for x in values]
