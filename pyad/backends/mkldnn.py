"""oneDNN: convolutions and products here are pyad's own and OpenBLAS's."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

__all__ = ["deterministic", "enabled", "flags", "is_available"]

enabled = True
deterministic = False


def is_available() -> bool:
    """False."""
    return False


@contextlib.contextmanager
def flags(enabled: bool = False, deterministic: bool = False) -> Iterator[None]:
    """Inside, the switches stand so; they change nothing."""
    own = globals()
    before = {name: own[name] for name in ("enabled", "deterministic")}
    own.update(enabled=enabled, deterministic=deterministic)
    try:
        yield
    finally:
        own.update(before)
