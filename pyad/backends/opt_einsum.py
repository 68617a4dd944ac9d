"""The order of products in `einsum`: that of the operands, as in PyTorch without opt_einsum."""

from __future__ import annotations

__all__ = ["enabled", "is_available", "strategy"]

enabled = False
strategy: str | None = None


def is_available() -> bool:
    """False."""
    return False
