"""Modules that hold modules: in a row, in a list, under names."""

from __future__ import annotations

import operator
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, overload

from pyad.nn.module import Module

__all__ = ["ModuleDict", "ModuleList", "Sequential"]


def _position(index: int, n: int) -> int:
    index = operator.index(index)
    if not -n <= index < n:
        raise IndexError(f"index {index} is out of range")
    return index % n


class _Numbered(Module):
    """Children named "0", "1", ..."""

    def _all(self) -> list[Module]:
        return list(self._modules.values())  # type: ignore[arg-type]

    def _renumber(self, modules: Iterable[Module]) -> None:
        kept = list(modules)
        for name in list(self._modules):
            delattr(self, name)
        for i, module in enumerate(kept):
            self.register_module(str(i), module)

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Module]:
        return iter(self._all())

    def __setitem__(self, index: int, module: Module) -> None:
        self.register_module(list(self._modules)[_position(index, len(self))], module)

    def __delitem__(self, index: int | slice) -> None:
        modules = self._all()
        if isinstance(index, slice):
            del modules[index]
        else:
            del modules[_position(index, len(modules))]
        self._renumber(modules)


class Sequential(_Numbered):
    """Modules one after the other: the result of each goes into the next.

    Args:
        *args: Modules, or one ordered dict of named modules.

    Example:
        >>> import pyad
        >>> net = pyad.nn.Sequential(pyad.nn.Linear(3, 2), pyad.nn.Tanh())
        >>> net(pyad.zeros(4, 3)).shape
        (4, 2)
    """

    def __init__(self, *args: Any) -> None:
        super().__init__()
        if len(args) == 1 and isinstance(args[0], OrderedDict):
            for name, module in args[0].items():
                self.register_module(name, module)
        else:
            for i, module in enumerate(args):
                self.register_module(str(i), module)

    @overload
    def __getitem__(self, index: int) -> Module: ...
    @overload
    def __getitem__(self, index: slice) -> Sequential: ...
    def __getitem__(self, index: int | slice) -> Module | Sequential:
        if isinstance(index, slice):
            return type(self)(OrderedDict(list(self._modules.items())[index]))
        return self._all()[_position(index, len(self))]

    def append(self, module: Module) -> Sequential:
        """Adds a module at the end; returns the container."""
        self.register_module(str(len(self)), module)
        return self

    def extend(self, modules: Iterable[Module]) -> Sequential:
        """Adds several modules at the end; returns the container."""
        for module in modules:
            self.append(module)
        return self

    def insert(self, index: int, module: Module) -> Sequential:
        """Puts a module before the one at `index`; returns the container."""
        modules = self._all()
        modules.insert(index, module)
        self._renumber(modules)
        return self

    def forward(self, input: Any) -> Any:
        """Passes the input through all modules."""
        for module in self._modules.values():
            input = module(input)  # type: ignore[misc]
        return input


class ModuleList(_Numbered):
    """A list of modules that are registered as children; it has no `forward`.

    Args:
        modules: The first modules.

    Example:
        >>> import pyad
        >>> layers = pyad.nn.ModuleList(pyad.nn.Linear(2, 2) for _ in range(3))
        >>> len(layers), len(list(layers.parameters()))
        (3, 6)
    """

    def __init__(self, modules: Iterable[Module] | None = None) -> None:
        super().__init__()
        self.extend(modules or [])

    @overload
    def __getitem__(self, index: int) -> Module: ...
    @overload
    def __getitem__(self, index: slice) -> ModuleList: ...
    def __getitem__(self, index: int | slice) -> Module | ModuleList:
        if isinstance(index, slice):
            return type(self)(self._all()[index])
        return self._all()[_position(index, len(self))]

    def append(self, module: Module) -> ModuleList:
        """Adds a module at the end; returns the container."""
        self.register_module(str(len(self)), module)
        return self

    def extend(self, modules: Iterable[Module]) -> ModuleList:
        """Adds several modules at the end; returns the container."""
        for module in modules:
            self.append(module)
        return self

    def insert(self, index: int, module: Module) -> None:
        """Puts a module before the one at `index`."""
        modules = self._all()
        modules.insert(index, module)
        self._renumber(modules)


class ModuleDict(Module):
    """Modules under names that are registered as children; it has no `forward`.

    Args:
        modules: The first modules.

    Example:
        >>> import pyad
        >>> acts = pyad.nn.ModuleDict({"relu": pyad.nn.ReLU(), "tanh": pyad.nn.Tanh()})
        >>> acts["tanh"], "relu" in acts
        (Tanh(), True)
    """

    def __init__(self, modules: Mapping[str, Module] | None = None) -> None:
        super().__init__()
        for name, module in (modules or {}).items():
            self.add_module(name, module)

    def __getitem__(self, name: str) -> Module | None:
        return self._modules[name]

    def __setitem__(self, name: str, module: Module) -> None:
        self.add_module(name, module)

    def __delitem__(self, name: str) -> None:
        delattr(self, name)

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __contains__(self, name: object) -> bool:
        return name in self._modules

    def keys(self) -> Iterable[str]:
        """The names."""
        return self._modules.keys()

    def values(self) -> Iterable[Module | None]:
        """The modules."""
        return self._modules.values()

    def items(self) -> Iterable[tuple[str, Module | None]]:
        """Names and modules."""
        return self._modules.items()
