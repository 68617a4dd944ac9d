"""Modules that hold modules: in a row, in a list, under names."""

from __future__ import annotations

import itertools
import operator
from collections import OrderedDict
from collections.abc import ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from typing import Any, TypeVar, overload

from pyad.nn.module import Module

__all__ = ["ModuleDict", "ModuleList", "Sequential", "pairs"]

S = TypeVar("S", bound="_Numbered")


def _position(index: int, n: int) -> int:
    index = operator.index(index)
    if not -n <= index < n:
        raise IndexError(f"index {index} is out of range")
    return index % n


def pairs(kind: str, given: Any) -> Iterable[tuple[str, Any]]:
    """Names and values of a mapping, or of a sequence of pairs.

    Raises:
        TypeError: `given`, or one of its elements, is no sequence.
        ValueError: An element is no pair.
    """
    if hasattr(given, "items"):
        return given.items()  # type: ignore[no-any-return]
    if not isinstance(given, Iterable):
        raise TypeError(
            f"{kind}.update should be called with an iterable of key/value pairs, but got "
            + type(given).__name__
        )
    found = []
    for i, pair in enumerate(given):
        if not isinstance(pair, Iterable):
            raise TypeError(
                f"{kind} update sequence element #{i} should be Iterable; is {type(pair).__name__}"
            )
        both = tuple(pair)
        if len(both) != 2:
            raise ValueError(
                f"{kind} update sequence element #{i} has length {len(both)}; 2 is required"
            )
        found.append(both)
    return found


class _Numbered(Module):
    """Children named "0", "1", ..."""

    _modules: dict[str, Module]  # type: ignore[assignment]

    def _renumber(self, modules: Iterable[Module]) -> None:
        self._modules = {str(i): m for i, m in enumerate(list(modules))}

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Module]:
        return iter(self._modules.values())

    def __setitem__(self, index: int, module: Module) -> None:
        setattr(self, list(self._modules)[_position(index, len(self))], module)

    def __delitem__(self, index: int | slice) -> None:
        modules = list(self)
        if isinstance(index, slice):
            del modules[index]
        else:
            del modules[_position(index, len(modules))]
        self._renumber(modules)

    def __getitem__(self, index: Any) -> Any:
        return list(self)[_position(index, len(self))]

    def append(self: S, module: Module) -> S:
        """Adds a module at the end; returns the container."""
        self.add_module(str(len(self)), module)
        return self

    def extend(self: S, modules: Iterable[Module]) -> S:
        """Adds several modules at the end; returns the container.

        Raises:
            TypeError: `modules` is no iterable.
        """
        if not isinstance(modules, Iterable):
            raise TypeError(
                f"{type(self).__name__}.extend should be called with an iterable, but got "
                + type(modules).__name__
            )
        for module in list(modules):
            self.append(module)
        return self

    def insert(self: S, index: int, module: Module) -> S:
        """Puts a module before the one at `index`; returns the container.

        Raises:
            AssertionError: `module` is no module.
        """
        if not isinstance(module, Module):
            raise AssertionError(f"module should be of type: {Module}")
        modules = list(self)
        modules.insert(index, module)
        self._renumber(modules)
        return self

    def pop(self, key: int | slice) -> Any:
        """Takes out and returns the module at a position, or a slice of the container."""
        taken = self[key]
        del self[key]
        return taken


class Sequential(_Numbered):
    """Modules one after the other: the result of each goes into the next.

    Args:
        *args: Modules, or one ordered dict of named modules.

    Example:
        >>> import pyad
        >>> net = pyad.nn.Sequential(pyad.nn.Linear(3, 2), pyad.nn.Tanh())
        >>> net(pyad.zeros(4, 3)).shape
        (4, 2)
        >>> len(net + net), len(net * 3)
        (4, 6)
    """

    def __init__(self, *args: Any) -> None:
        super().__init__()
        if len(args) == 1 and isinstance(args[0], OrderedDict):
            for name, module in args[0].items():
                self.add_module(name, module)
        else:
            for i, module in enumerate(args):
                self.add_module(str(i), module)

    @overload
    def __getitem__(self, index: int) -> Module: ...
    @overload
    def __getitem__(self, index: slice) -> Sequential: ...
    def __getitem__(self, index: int | slice) -> Module | Sequential:
        if isinstance(index, slice):
            return type(self)(OrderedDict(list(self._modules.items())[index]))
        return super().__getitem__(index)  # type: ignore[no-any-return]

    def insert(self, index: int, module: Module) -> Sequential:
        """Puts a module before the one at `index`; returns the container.

        Raises:
            AssertionError: `module` is no module.
            IndexError: There is no such position.
        """
        if isinstance(module, Module) and not -len(self) <= index <= len(self):
            raise IndexError(f"Index out of range: {index}")
        return super().insert(index, module)

    def _need_row(self, other: Any) -> None:
        if not isinstance(other, Sequential):
            raise ValueError(
                "add operator supports only objects "
                f"of Sequential class, but {type(other)} is given."
            )

    def _need_count(self, count: Any) -> None:
        if not isinstance(count, int):
            raise TypeError(f"unsupported operand type(s) for *: {type(self)} and {type(count)}")
        if count <= 0:
            raise ValueError(f"Non-positive multiplication factor {count} for {type(self)}")

    def __add__(self, other: Sequential) -> Sequential:
        self._need_row(other)
        return Sequential(*self, *other)

    def __iadd__(self, other: Sequential) -> Sequential:
        self._need_row(other)
        return self.extend(other)

    def __mul__(self, count: int) -> Sequential:
        self._need_count(count)
        return Sequential(*list(self) * count)

    __rmul__ = __mul__

    def __imul__(self, count: int) -> Sequential:
        self._need_count(count)
        return self.extend(list(self) * (count - 1))

    def forward(self, input: Any) -> Any:
        """Passes the input through all modules."""
        for module in self._modules.values():
            input = module(input)
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
        >>> layers
        ModuleList(
          (0-2): 3 x Linear(in_features=2, out_features=2, bias=True)
        )
    """

    def __init__(self, modules: Iterable[Module] | None = None) -> None:
        super().__init__()
        if modules is not None:
            self.extend(modules)

    @overload
    def __getitem__(self, index: int) -> Module: ...
    @overload
    def __getitem__(self, index: slice) -> ModuleList: ...
    def __getitem__(self, index: int | slice) -> Module | ModuleList:
        if isinstance(index, slice):
            return type(self)(list(self)[index])
        return super().__getitem__(index)  # type: ignore[no-any-return]

    def __add__(self, other: Iterable[Module]) -> ModuleList:
        return ModuleList(itertools.chain(self, other))

    def __iadd__(self, other: Iterable[Module]) -> ModuleList:
        return self.extend(other)

    def __repr__(self) -> str:
        lines = []
        at = 0
        for text, run in itertools.groupby(repr(module) for module in self):
            n = len(list(run))
            name = f"({at}): " if n == 1 else f"({at}-{at + n - 1}): {n} x "
            lines.append("\n  " + (name + text).replace("\n", "\n  "))
            at += n
        return f"{self._get_name()}({''.join(lines)}" + ("\n)" if lines else ")")


class ModuleDict(Module):
    """Modules under names that are registered as children; it has no `forward`.

    Args:
        modules: The first modules: a mapping, or a sequence of pairs.

    Example:
        >>> import pyad
        >>> acts = pyad.nn.ModuleDict({"relu": pyad.nn.ReLU(), "tanh": pyad.nn.Tanh()})
        >>> acts["tanh"], "relu" in acts
        (Tanh(), True)
    """

    _modules: dict[str, Module]  # type: ignore[assignment]

    def __init__(self, modules: Mapping[str, Module] | None = None) -> None:
        super().__init__()
        if modules is not None:
            self.update(modules)

    def __getitem__(self, key: str) -> Module:
        return self._modules[key]

    def __setitem__(self, key: str, module: Module) -> None:
        self.add_module(key, module)

    def __delitem__(self, key: str) -> None:
        del self._modules[key]

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __contains__(self, key: object) -> bool:
        return key in self._modules

    def clear(self) -> None:
        """Takes all modules out."""
        self._modules.clear()

    def pop(self, key: str) -> Module:
        """Takes out and returns a module."""
        return self._modules.pop(key)

    def keys(self) -> KeysView[str]:
        """The names."""
        return self._modules.keys()

    def values(self) -> ValuesView[Module]:
        """The modules."""
        return self._modules.values()

    def items(self) -> ItemsView[str, Module]:
        """Names and modules."""
        return self._modules.items()

    def update(self, modules: Any) -> None:
        """Adds the modules of a mapping, or of a sequence of pairs."""
        for name, module in pairs("ModuleDict", modules):
            self[name] = module
