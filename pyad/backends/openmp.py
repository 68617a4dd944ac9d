"""OpenMP: kernels here run on threads of their own, `pyad.get_num_threads()` of them."""

from __future__ import annotations

__all__ = ["is_available"]


def is_available() -> bool:
    """False."""
    return False
