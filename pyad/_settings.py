"""Switches that programs set and questions they ask, whose answer here is always the same."""

from __future__ import annotations

from pyad._core import Tensor

__all__ = [
    "are_deterministic_algorithms_enabled",
    "get_float32_matmul_precision",
    "get_num_interop_threads",
    "is_complex",
    "is_nonzero",
    "set_float32_matmul_precision",
    "use_deterministic_algorithms",
]


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Accepted: every algorithm here is deterministic.

    Args:
        mode: Whether only such algorithms may be used.
        warn_only: Without effect.

    Example:
        >>> import pyad
        >>> pyad.use_deterministic_algorithms(True)
        >>> pyad.are_deterministic_algorithms_enabled()
        True
    """


def are_deterministic_algorithms_enabled() -> bool:
    """True: every algorithm here is deterministic."""
    return True


def set_float32_matmul_precision(precision: str) -> None:
    """Accepted: products of float32 are computed in float32.

    Args:
        precision: "highest", "high" or "medium".

    Raises:
        ValueError: There is no such precision.

    Example:
        >>> import pyad
        >>> pyad.set_float32_matmul_precision("high")
        >>> pyad.get_float32_matmul_precision()
        'highest'
    """
    if precision not in ("highest", "high", "medium"):
        raise ValueError(
            f"set_float32_matmul_precision: '{precision}' is none of 'highest', 'high', 'medium'"
        )


def get_float32_matmul_precision() -> str:
    """'highest': products of float32 are computed in float32."""
    return "highest"


def get_num_interop_threads() -> int:
    """1: operations run one after the other.

    Example:
        >>> import pyad
        >>> pyad.get_num_interop_threads()
        1
    """
    return 1


def is_complex(input: Tensor) -> bool:
    """False: there are no complex dtypes.

    Args:
        input: A tensor.

    Example:
        >>> import pyad
        >>> pyad.is_complex(pyad.ones(1))
        False
    """
    return False


def is_nonzero(input: Tensor) -> bool:
    """Whether the one element of a tensor is not zero.

    Args:
        input: A tensor with one element.

    Raises:
        RuntimeError: It has more, or none.

    Example:
        >>> import pyad
        >>> pyad.is_nonzero(pyad.tensor([0.0]))
        False
    """
    if input.numel() != 1:
        raise RuntimeError(
            "Boolean value of Tensor with "
            + ("no values" if input.numel() == 0 else "more than one value")
            + " is ambiguous"
        )
    return bool(input.item())
