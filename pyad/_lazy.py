"""Parts of the package that are imported when they are first asked for.

Programs that train do not draw graphs; what they do not use should not cost them time at the start.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["lazy"]


def lazy(
    names: dict[str, Any], places: Mapping[str, str]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """`__getattr__` and `__dir__` of a module some of whose names are imported late.

    Args:
        names: The module's `globals()`.
        places: For each late name the module that it is, or that defines it.

    Returns:
        The two functions.

    Example:
        >>> from pyad._lazy import lazy
        >>> get, _ = lazy({"__name__": "mine"}, {"sqrt": "math"})
        >>> get("sqrt")(4.0)
        2.0
    """

    def get(name: str) -> Any:
        place = places.get(name)
        if place is None:
            raise AttributeError(f"module {names['__name__']!r} has no attribute {name!r}")
        module = importlib.import_module(place)
        value = module if place.endswith(f".{name}") else getattr(module, name)
        names[name] = value
        return value

    return get, lambda: sorted({*names, *places})
