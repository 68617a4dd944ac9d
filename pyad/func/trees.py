"""Nested arguments and results: flattened to their leaves, and put together again.

Tuples, lists, dicts, named tuples and dataclasses are nodes; everything else, None included, is a
leaf. Texts in a dataclass say what it is, not how much: they belong to the nesting.
"""

from __future__ import annotations

import dataclasses
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from pyad import _core
from pyad._core import Tensor

__all__: list[str] = []

# What most leaves are, told without looking for parts.
_LEAVES = frozenset({Tensor, np.ndarray, float, int, bool, type(None)})


class Tree:
    """The nesting of a value without its leaves."""

    __slots__ = ("build", "children", "fixed", "kind", "n_leaves", "names")

    def __init__(
        self,
        kind: type | None,
        children: tuple[Tree, ...] = (),
        names: tuple[Any, ...] = (),
        build: Callable[[list[Any]], Any] | None = None,
        fixed: tuple[Any, ...] = (),
    ) -> None:
        self.kind = kind
        self.children = children
        self.names = names
        self.build = build
        self.fixed = fixed
        self.n_leaves: int = 1 if kind is None else sum(c.n_leaves for c in children)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Tree)
            and self.kind is other.kind
            and self.names == other.names
            and self.fixed == other.fixed
            and self.children == other.children
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        if self.kind is None:
            return "*"
        parts = [repr(c) for c in self.children]
        if self.kind is list:
            return f"[{', '.join(parts)}]"
        if issubclass(self.kind, dict):
            pairs = [f"{k!r}: {p}" for k, p in zip(self.names, parts, strict=True)]
            body = f"{{{', '.join(pairs)}}}"
            return body if self.kind is dict else f"{self.kind.__name__}({body})"
        if self.kind is tuple:
            return f"({parts[0]},)" if len(parts) == 1 else f"({', '.join(parts)})"
        if self.names or self.fixed:
            parts = [f"{k}={p}" for k, p in zip(self.names, parts, strict=True)]
            parts += [f"{k}={v!r}" for k, v in self.fixed]
        return f"{self.kind.__name__}({', '.join(parts)})"


LEAF = Tree(None)


def is_namedtuple(value: Any) -> bool:
    """Whether a value is a named tuple."""
    return isinstance(value, tuple) and hasattr(value, "_fields")


# Children, their names, what puts children together again, and what else makes the node.
_Parts = tuple[list[Any], tuple[Any, ...], Callable[[list[Any]], Any], tuple[Any, ...]]


def _parts(value: Any) -> _Parts | None:
    """What a node is made of; None for a leaf."""
    kind = type(value)
    if kind is tuple:
        return list(value), (), tuple, ()
    if isinstance(value, tuple):
        if is_namedtuple(value):
            names = tuple(getattr(value, "_fields"))  # noqa: B009
            return list(value), names, lambda c: kind(*c), ()
        if _is_result_tuple(value):
            return list(value), (), lambda c: _same_tuple(value, c), ()
        return None
    if kind is list:
        return list(value), (), list, ()
    if kind in (dict, OrderedDict):
        keys = tuple(value)
        return list(value.values()), keys, lambda c: kind(zip(keys, c, strict=True)), ()
    if kind is defaultdict:
        keys = tuple(value)
        factory = value.default_factory
        return (
            list(value.values()),
            keys,
            lambda c: defaultdict(factory, zip(keys, c, strict=True)),
            (),
        )
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {f.name: getattr(value, f.name) for f in dataclasses.fields(value) if f.init}
        fixed = tuple((n, v) for n, v in fields.items() if isinstance(v, str))
        moving = {n: v for n, v in fields.items() if not isinstance(v, str)}
        names = tuple(moving)
        return (
            list(moving.values()),
            names,
            lambda c: dataclasses.replace(value, **dict(zip(names, c, strict=True))),
            fixed,
        )
    return None


def _is_result_tuple(value: tuple[Any, ...]) -> bool:
    """Whether a tuple is one of the structured results of ops (values and indices ...)."""
    return hasattr(type(value), "n_sequence_fields")


def _same_tuple(value: tuple[Any, ...], children: list[Any]) -> Any:
    return type(value)(children)


def flatten(value: Any) -> tuple[list[Any], Tree]:
    """The leaves of a value in order, and its nesting."""
    if type(value) in _LEAVES:
        return [value], LEAF
    leaves: list[Any] = []
    return leaves, _walk(value, leaves)


def _walk(value: Any, leaves: list[Any]) -> Tree:
    # No closure: one that calls itself is a cycle, which would hold the leaves.
    found = None if type(value) in _LEAVES else _parts(value)
    if found is None:
        leaves.append(value)
        return LEAF
    children, names, build, fixed = found
    return Tree(type(value), tuple(_walk(c, leaves) for c in children), names, build, fixed)


def unflatten(tree: Tree, leaves: Iterable[Any]) -> Any:
    """A value of that nesting with other leaves."""
    return _build(tree, iter(leaves))


def _build(tree: Tree, left: Iterator[Any]) -> Any:
    if tree.build is None:
        return next(left)
    return tree.build([_build(c, left) for c in tree.children])


def tree_map(function: Callable[..., Any], value: Any) -> Any:
    """The value with a function applied to its leaves."""
    if type(value) in _LEAVES:
        return function(value)
    leaves, tree = flatten(value)
    return unflatten(tree, [function(leaf) for leaf in leaves])


def spread(prefix: Any, tree: Tree, *, whole: bool = False) -> list[Any] | None:
    """What `prefix`, which may stop above the leaves of `tree`, says of each leaf.

    Dicts may have their keys in another order. None where it is nested otherwise; with `whole`,
    where it stops above leaves, too.
    """
    found = _parts(prefix)
    if tree.kind is None:
        return [prefix] if found is None else None
    if found is None:
        return None if whole else [prefix] * tree.n_leaves
    children, names, _, fixed = found
    same = type(prefix) is tree.kind or (
        not whole and tree.kind in (tuple, list) and isinstance(prefix, tuple)
    )
    if not same or (whole and fixed != tree.fixed):
        return None
    if names != tree.names:
        named = dict(zip(names, children, strict=True))
        spare = set(names) - {name for name, _ in tree.fixed}
        if spare != set(tree.names):
            return None
        children = [named[name] for name in tree.names]
    if len(children) != len(tree.children):
        return None
    said: list[Any] = []
    for child, inner in zip(children, tree.children, strict=True):
        part = spread(child, inner, whole=whole)
        if part is None:
            return None
        said += part
    return said


def innermost_batch(value: Any) -> int:
    """The innermost open level at which a tensor among the leaves is an example, or -1."""
    return max(
        (_core.batch_level(x) for x in flatten(value)[0] if isinstance(x, _core.Tensor)), default=-1
    )
