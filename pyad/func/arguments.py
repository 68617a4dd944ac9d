"""What goes into a transformed function and what comes out: tensors, NumPy arrays and numbers.

Inside a function that is differentiated every number is a tensor. An array enters with its dtype,
a Python number as a 0-d float64 tensor; where no argument is a tensor, results go back to NumPy,
and 0-d ones to floats where one of the arguments that are differentiated by was a number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pyad import _core
from pyad._core import Tensor
from pyad.func.trees import LEAF, Tree, flatten, tree_map, unflatten

__all__: list[str] = []


def is_number(x: Any) -> bool:
    """Whether a leaf is a number that becomes a tensor; a bool is a flag."""
    return isinstance(x, int | float | np.number) and not isinstance(x, bool)


def as_int(x: Any) -> int | None:
    """A dim or a count, NumPy's integers too; None for anything else, flags among it."""
    if type(x) is int:  # most are
        return x
    return int(x) if isinstance(x, int | np.integer) and not isinstance(x, bool) else None


def as_input(x: Any, op: str) -> Tensor:
    """A leaf that is differentiated by, as a tensor."""
    if isinstance(x, Tensor):
        return x
    if isinstance(x, np.ndarray):
        return _core.tensor(x)
    if is_number(x):
        return _core.tensor(float(x), dtype=_core.float64)
    raise ValueError(
        f"{op}: expected all differentiated arguments to hold tensors, NumPy arrays or numbers, "
        f"got {type(x).__name__!r}; name others with argnums, or close over them"
    )


def is_inner(y: Tensor) -> bool:
    """Whether something outside still asks for the derivatives of a result, or for its batch."""
    return bool(_core.levels()) or y.requires_grad


def as_given(made: Tensor, x: Any) -> Any:
    """A derivative in the form of the leaf it belongs to."""
    if isinstance(x, Tensor) or is_inner(made):
        return made
    return made.detach().numpy() if isinstance(x, np.ndarray) else made.item()


class Form:
    """Where results go: `wrap` gives them the form of the arguments.

    `leaves` are all of them, `given` those that are differentiated by.
    """

    def __init__(self, leaves: Sequence[Any], given: Sequence[Any]) -> None:
        others = [x for x in leaves if not isinstance(x, Tensor)]
        arrays = any(isinstance(x, np.ndarray) for x in others)
        tensors = len(others) < len(leaves)
        self.numpy = not tensors and (arrays or any(map(is_number, others)))
        self.floats = self.numpy and (any(map(is_number, given)) or not arrays)

    def wrap(self, value: Any) -> Any:
        """A nested result."""
        if not self.numpy:
            return value

        def leaf(y: Any) -> Any:
            if not isinstance(y, Tensor) or is_inner(y):
                return y
            if self.floats and y.ndim == 0:
                return y.item()
            return y.detach().numpy()

        return tree_map(leaf, value)


class Chosen:
    """The arguments that a transform differentiates by, picked out of a call."""

    def __init__(self, op: str, argnums: Any, args: tuple[Any, ...]) -> None:
        several = isinstance(argnums, tuple)
        numbers = argnums if several else (argnums,)
        if several and not numbers:
            raise ValueError(f"{op}: argnums must be non-empty")
        self.places = []
        for given in numbers:
            n = as_int(given)
            if n is None:
                raise RuntimeError(f"{op}: argnums must be int or Tuple[int, ...], got: {argnums}")
            if not -len(args) <= n < len(args):
                raise RuntimeError(
                    f"Got argnum={n}, but only {len(args)} positional inputs were passed to {op}"
                )
            self.places.append(n % len(args))
        if len(set(self.places)) < len(self.places):
            raise RuntimeError(f"{op}: argnums elements must be unique, got: {argnums}")
        self.op, self.several, self.args = op, several, args
        self.trees: list[Tree] = []
        self.given: list[Any] = []
        flat = [flatten(a) for a in args]
        for place in self.places:
            leaves, tree = flat[place]
            self.given += leaves
            self.trees.append(tree)
        self.plain = all(tree is LEAF for tree in self.trees)
        self.inputs = [as_input(x, op) for x in self.given]
        for x in self.inputs:
            if not x.is_floating_point():
                raise RuntimeError(
                    f"{op}: only floating tensors can be differentiated by, got {x.dtype}; convert "
                    "it with .to(float32)"
                )
        self.form = Form([x for leaves, _ in flat for x in leaves], self.given)

    def nest(self, leaves: Sequence[Any]) -> list[Any]:
        """One value a chosen argument, from as many leaves as they have."""
        if self.plain:
            return list(leaves)
        left = list(leaves)
        made = []
        for tree in self.trees:
            made.append(unflatten(tree, left[: tree.n_leaves]))
            left = left[tree.n_leaves :]
        return made

    def result(self, leaves: Sequence[Any]) -> Any:
        """Derivatives nested as `argnums` and the arguments are."""
        made = self.nest(leaves)
        return tuple(made) if self.several else made[0]

    def call(
        self, func: Callable[..., Any], leaves: Sequence[Tensor], kwargs: dict[str, Any]
    ) -> Any:
        """The function with other tensors in place of the chosen arguments."""
        if self.places == list(range(len(self.args))):
            return func(*self.nest(leaves), **kwargs)
        chosen = dict(zip(self.places, self.nest(leaves), strict=True))
        full = (chosen[k] if k in chosen else tree_map(_inside, a) for k, a in enumerate(self.args))
        return func(*full, **kwargs)


def _inside(x: Any) -> Any:
    """A leaf that is not differentiated by, as the function sees it."""
    if isinstance(x, np.ndarray) and x.dtype.kind in "fiub":
        return _core.tensor(x)
    return _core.tensor(x, dtype=_core.float64) if type(x) is float else x
