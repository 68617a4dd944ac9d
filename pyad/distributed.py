"""Several processes: pyad computes in one. Programs may import this and ask whether it is there."""

from __future__ import annotations

from typing import Any, NoReturn

__all__ = [
    "ReduceOp",
    "all_gather",
    "all_reduce",
    "barrier",
    "broadcast",
    "destroy_process_group",
    "get_rank",
    "get_world_size",
    "init_process_group",
    "is_available",
    "is_initialized",
    "is_nccl_available",
    "is_torchelastic_launched",
]

_PARTLY = {"*": "import only: pyad computes in one process"}


def is_available() -> bool:
    """False.

    Example:
        >>> import pyad
        >>> pyad.distributed.is_available() and pyad.distributed.is_initialized()
        False
    """
    return False


def is_initialized() -> bool:
    """False."""
    return False


def is_nccl_available() -> bool:
    """False."""
    return False


def is_torchelastic_launched() -> bool:
    """False."""
    return False


class ReduceOp:
    """What `all_reduce` would do with the tensors of all processes."""

    SUM = "sum"
    PRODUCT = "product"
    MIN = "min"
    MAX = "max"
    AVG = "avg"


def _refuse(name: str) -> NoReturn:
    raise RuntimeError(
        f"distributed.{name}: pyad computes in one process; ask distributed.is_available() first, "
        "which is False"
    )


def init_process_group(*args: Any, **kwargs: Any) -> None:
    """Raises RuntimeError: pyad computes in one process."""
    _refuse("init_process_group")


def destroy_process_group(*args: Any, **kwargs: Any) -> None:
    """Raises RuntimeError: pyad computes in one process."""
    _refuse("destroy_process_group")


def get_rank(group: Any = None) -> int:
    """Raises RuntimeError: pyad computes in one process."""
    _refuse("get_rank")


def get_world_size(group: Any = None) -> int:
    """Raises RuntimeError: pyad computes in one process."""
    _refuse("get_world_size")


def barrier(*args: Any, **kwargs: Any) -> None:
    """Raises RuntimeError: pyad computes in one process."""
    _refuse("barrier")


def broadcast(*args: Any, **kwargs: Any) -> None:
    """Raises RuntimeError: pyad computes in one process."""
    _refuse("broadcast")


def all_reduce(*args: Any, **kwargs: Any) -> None:
    """Raises RuntimeError: pyad computes in one process."""
    _refuse("all_reduce")


def all_gather(*args: Any, **kwargs: Any) -> None:
    """Raises RuntimeError: pyad computes in one process."""
    _refuse("all_gather")
