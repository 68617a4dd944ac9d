"""Types for annotations of programs: devices, numbers, sizes.

Example:
    >>> import pyad
    >>> isinstance(3.5, pyad.types.Number)
    True
"""

from __future__ import annotations

import builtins
import os
from collections.abc import Sequence
from typing import IO, Any

from pyad import _core
from pyad._device import device

__all__ = ["Device", "FileLike", "Number"]

Number = (builtins.int, builtins.float, builtins.bool)
Device = device | str | int | None
FileLike = str | os.PathLike[str] | IO[bytes]

_TensorOrTensors = _core.Tensor | Sequence[_core.Tensor]
_dtype = _core.dtype
_device = device
_size = _core.Size | list[int] | tuple[int, ...]
_int = builtins.int
_float = builtins.float
_bool = builtins.bool
_layout: Any = str
