"""What programs ask before they use a GPU: there is none."""

from __future__ import annotations

from typing import Any

__all__ = [
    "current_device",
    "device_count",
    "empty_cache",
    "is_available",
    "manual_seed",
    "manual_seed_all",
    "synchronize",
]


def is_available() -> bool:
    """False.

    Example:
        >>> import pyad
        >>> "cuda" if pyad.cuda.is_available() else "cpu"
        'cpu'
    """
    return False


def device_count() -> int:
    """0."""
    return 0


def manual_seed(seed: int) -> None:
    """Does nothing, as in PyTorch without a GPU."""


def manual_seed_all(seed: int) -> None:
    """Does nothing, as in PyTorch without a GPU."""


def empty_cache() -> None:
    """Does nothing."""


def synchronize(device: Any = None) -> None:
    """Raises AssertionError: there is no GPU to wait for."""
    raise AssertionError("pyad computes on the CPU; ask cuda.is_available() first")


def current_device() -> int:
    """Raises AssertionError: there is no GPU."""
    raise AssertionError("pyad computes on the CPU; ask cuda.is_available() first")
