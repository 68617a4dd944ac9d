"""Switches of NVIDIA's library of networks: they can be set and read, and change nothing.

Example:
    >>> import pyad
    >>> pyad.backends.cudnn.benchmark = True
    >>> pyad.backends.cudnn.is_available(), pyad.backends.cudnn.version()
    (False, None)
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from pyad._core import Tensor

__all__ = [
    "allow_tf32",
    "benchmark",
    "benchmark_limit",
    "deterministic",
    "enabled",
    "flags",
    "is_acceptable",
    "is_available",
    "version",
]

enabled = True
benchmark = False
benchmark_limit: int | None = None
deterministic = False
allow_tf32 = True


def is_available() -> bool:
    """False."""
    return False


def is_acceptable(tensor: Tensor) -> bool:
    """False: no tensor is on a GPU."""
    return False


def version() -> int | None:
    """None: the library is not there."""
    return None


@contextlib.contextmanager
def flags(
    enabled: bool = False,
    benchmark: bool = False,
    benchmark_limit: int | None = 10,
    deterministic: bool = False,
    allow_tf32: bool = True,
) -> Iterator[None]:
    """Inside, the switches stand so; they change nothing."""
    own = globals()
    given = {
        "enabled": enabled,
        "benchmark": benchmark,
        "benchmark_limit": benchmark_limit,
        "deterministic": deterministic,
        "allow_tf32": allow_tf32,
    }
    before = {name: own[name] for name in given}
    own.update(given)
    try:
        yield
    finally:
        own.update(before)
