"""Handles of the hooks on modules."""

from __future__ import annotations

import itertools
from typing import Any

__all__ = ["RemovableHandle"]


class RemovableHandle:
    """Takes a hook away again: `handle.remove()`, or the end of a `with` block.

    Example:
        >>> import pyad
        >>> m = pyad.nn.Identity()
        >>> with m.register_forward_hook(lambda m, args, y: y + 1):
        ...     m(pyad.tensor(1.0)).item()
        2.0
        >>> m(pyad.tensor(1.0)).item()
        1.0
    """

    _ids = itertools.count()

    def __init__(self, hooks: dict[int, Any]) -> None:
        self.id = next(self._ids)
        self._hooks: dict[int, Any] | None = hooks

    def remove(self) -> None:
        """Removes the hook; a second call does nothing."""
        if self._hooks is not None:
            self._hooks.pop(self.id, None)
            self._hooks = None

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *error: object) -> None:
        self.remove()
