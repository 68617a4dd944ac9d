"""The registries of a module: dicts of parameters, buffers or children.

What is registered is also an attribute in the instance's `__dict__`, where access finds it without
a Python call. A registry keeps the two alike, whoever writes to it.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable, MutableMapping
from typing import Any

__all__ = ["Registry"]


class Registry(dict[str, Any]):
    """A dict that repeats what is written to it in the `__dict__` of its owner.

    Args:
        owner: The module; kept weakly, so that it is freed as soon as nobody uses it.
        items: First names and values.

    Example:
        >>> import pyad
        >>> m = pyad.nn.Module()
        >>> m._parameters["w"] = pyad.nn.Parameter(pyad.ones(1))
        >>> m.w.item()
        1.0
    """

    __slots__ = ("_owner",)

    def __init__(self, owner: Any, items: Iterable[tuple[str, Any]] = ()) -> None:
        super().__init__(items)
        self._owner = weakref.ref(owner)
        owner.__dict__.update(self)

    def __setitem__(self, name: str, value: Any) -> None:
        super().__setitem__(name, value)
        owner = self._owner()
        if owner is not None:
            owner.__dict__[name] = value

    def __delitem__(self, name: str) -> None:
        super().__delitem__(name)
        owner = self._owner()
        if owner is not None:
            owner.__dict__.pop(name, None)

    def pop(self, name: str, *default: Any) -> Any:
        """Takes a name out and returns its value, or the default."""
        if name not in self and default:
            return default[0]
        value = self[name]
        del self[name]
        return value

    def popitem(self) -> tuple[str, Any]:
        """Takes the last name out."""
        name = next(reversed(self))
        return name, self.pop(name)

    def clear(self) -> None:
        """Takes all names out."""
        for name in list(self):
            del self[name]

    update: Any = MutableMapping.update
    setdefault: Any = MutableMapping.setdefault

    def __ior__(self, other: Any) -> Registry:  # type: ignore[override,misc]
        self.update(other)
        return self

    def copy(self) -> dict[str, Any]:
        """A plain dict of the same content."""
        return dict(self)

    def __reduce__(self) -> tuple[Any, ...]:
        # Copies and pickles are plain; the owner's `__setstate__` makes registries of them.
        return dict, (dict(self),)

    __reduce_ex__: Any = lambda self, protocol: self.__reduce__()
