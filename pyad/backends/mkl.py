"""Intel's library of linear algebra: products here are those of OpenBLAS."""

from __future__ import annotations

__all__ = ["is_available"]


def is_available() -> bool:
    """False."""
    return False
