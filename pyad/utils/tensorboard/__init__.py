"""Logs for TensorBoard: `SummaryWriter` is the tensorboardX package's, which writes its files.

Asking for it where that is not installed raises ImportError.
"""

from __future__ import annotations

import importlib
from typing import Any

__all__: list[str] = []

_PARTLY = dict.fromkeys(("FileWriter", "SummaryWriter"), "through the package tensorboardX")


def __getattr__(name: str) -> Any:
    if name not in _PARTLY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)
    try:
        tensorboardX = importlib.import_module("tensorboardX")
    except ImportError as error:
        raise ImportError(
            f"pyad.utils.tensorboard.{name}: needs the package tensorboardX, which writes the "
            "files (pip install tensorboardX)"
        ) from error
    return getattr(tensorboardX, name)


def __dir__() -> list[str]:
    return []
