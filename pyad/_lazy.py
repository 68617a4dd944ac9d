"""What a module answers for names it does not hold, and which names it shows.

Programs that train do not draw graphs: parts of the package are imported when they are first asked
for, so that they cost nothing at the start.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

__all__ = ["dress", "lazy"]


def lazy(
    names: dict[str, Any], places: Mapping[str, str] = MappingProxyType({})
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """`__getattr__` and `__dir__` of a public module.

    A name that is neither there nor late raises AttributeError, which for PyTorch's names says what
    to use instead. Shown are the names of `__all__`, without what the module itself imports.

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
            module = str(names["__name__"])
            text = f"module {module!r} has no attribute {name!r}"
            if not name.startswith("_"):
                from pyad._torch_names import advice

                hint = advice(module, name)
                text += f": {hint}" if hint else ""
            raise AttributeError(text, name=name, obj=sys.modules.get(module))
        found = importlib.import_module(place)
        dress()
        value = found if place.endswith(f".{name}") else getattr(found, name)
        names[name] = value
        return value

    def shown() -> list[str]:
        own = (name for name in names if name.startswith("__"))
        return sorted({*own, *names["__all__"], *places})

    return get, shown


def dress() -> None:
    """Gives every public module of pyad that is loaded, and has none, what `lazy` returns."""
    for name, module in list(sys.modules.items()):
        own = vars(module)
        if name.partition(".")[0] != "pyad" or "._" in name or "__all__" not in own:
            continue
        if "__getattr__" not in own:
            module.__getattr__, module.__dir__ = lazy(own)  # type: ignore[method-assign]
