"""Whichever processor is faster than the CPU: there is none.

Example:
    >>> import pyad
    >>> pyad.accelerator.is_available(), pyad.accelerator.current_accelerator() or "cpu"
    (False, 'cpu')
"""

from __future__ import annotations

from typing import Any, NoReturn

__all__ = [
    "current_accelerator",
    "current_device_idx",
    "current_device_index",
    "current_stream",
    "device_count",
    "device_index",
    "empty_cache",
    "is_available",
    "memory_allocated",
    "set_device_idx",
    "set_device_index",
    "synchronize",
]


def _refuse() -> NoReturn:
    raise RuntimeError("Cannot access accelerator device when none is available.")


def is_available() -> bool:
    """False."""
    return False


def device_count() -> int:
    """0."""
    return 0


def current_accelerator(check_available: bool = False) -> Any:
    """None: there is none."""
    return None


def current_device_index() -> int:
    """Raises RuntimeError: there is none."""
    _refuse()


def set_device_index(device: Any, /) -> None:
    """Raises RuntimeError: there is none."""
    _refuse()


def current_stream(device: Any = None, /) -> Any:
    """Raises RuntimeError: there is none."""
    _refuse()


def synchronize(device: Any = None, /) -> None:
    """Raises RuntimeError: there is none."""
    _refuse()


def empty_cache() -> None:
    """Raises RuntimeError: there is none."""
    _refuse()


def memory_allocated(device_index: Any = None, /) -> int:
    """Raises RuntimeError: there is none."""
    _refuse()


class device_index:  # noqa: N801  (PyTorch's name)
    """Inside, another accelerator is the current one; None changes nothing.

    Args:
        device: A number, or None.
    """

    def __init__(self, device: int | None, /) -> None:
        self.idx = device

    def __enter__(self) -> None:
        if self.idx is not None:
            _refuse()

    def __exit__(self, *error: object) -> None:
        pass


current_device_idx = current_device_index
set_device_idx = set_device_index
