"""How the numbers of a captured call are nested: descriptions of arguments and results.

A description is "x" for a number, "b" for a truth value, ("t", parts...) for a tuple, ("l",
parts...) for a list, ("d", keys, parts...) for a dict, ("n", names, parts...) for arguments passed
by name, ("a", shape) for a float64 array, and ("s", object) for an object that is no input. The
compiled module reads and builds by the same descriptions, one number at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

import numpy as np

from pyad import _core
from pyad._core import Tensor, Value

Nesting = Any

_TRUTHS = frozenset(row["name"] for row in _core.op_table() if row.get("result") == "bool")
_NO_TENSORS = (
    "compile: {} is a Tensor, and tensor programs are not captured yet; call the function itself, "
    "or give it Python numbers or NumPy arrays"
)


class Named(dict[str, Any]):
    """Arguments that were passed by name and have no position."""


def _containers(o: Any, part: Callable[[Any], Nesting]) -> Nesting | None:
    """The description of a container; None for anything else."""
    if type(o) is tuple:
        return ("t", *[part(p) for p in o])
    if type(o) is list:
        return ("l", *[part(p) for p in o])
    if type(o) is dict:
        return ("d", tuple(o), *[part(p) for p in o.values()])
    return None


def describe(o: Any, numbers: list[Any], name: str) -> Nesting:
    """Describes an argument, and appends its numbers and Values to `numbers`."""
    if o is None or isinstance(o, bool | np.bool_ | str):
        return ("s", o)
    if isinstance(o, Value | float | int | np.floating | np.integer):
        numbers.append(o)
        return "x"
    if isinstance(o, np.ndarray) and o.dtype.kind in "fiu":
        numbers.extend(o.ravel().tolist())
        return ("a", o.shape)
    if isinstance(o, Tensor):
        raise NotImplementedError(_NO_TENSORS.format(f"argument {name!r}"))
    found = _containers(o, lambda p: describe(p, numbers, name))
    if found is None:
        kind = f"array of {o.dtype}" if isinstance(o, np.ndarray) else type(o).__name__
        raise TypeError(
            f"compile: argument {name!r} holds a {kind!r}; expected numbers, Values, arrays of "
            "numbers, and tuples, lists and dicts of them; name it in static_argnames if it is "
            "not differentiated"
        )
    return found


def describe_result(o: Any, outputs: list[Any]) -> Nesting:
    """Describes what a captured function returned, and appends its numbers to `outputs`."""
    if isinstance(o, Value):
        outputs.append(o)
        return "b" if o.op in _TRUTHS else "x"
    if isinstance(o, float | np.floating):
        outputs.append(float(o))
        return "x"
    if o is None or isinstance(o, bool | np.bool_ | str | int):
        return ("s", o)
    if isinstance(o, np.ndarray) and o.dtype.kind in "fiuO":
        for element in o.ravel().tolist():
            outputs.append(element if isinstance(element, Value) else float(element))
        return ("a", o.shape)
    if isinstance(o, Tensor):
        raise NotImplementedError(_NO_TENSORS.format("a result"))
    found = _containers(o, lambda p: describe_result(p, outputs))
    if found is None:
        raise TypeError(
            f"compile: the function returned a {type(o).__name__!r}; expected numbers, Values, "
            "arrays, and tuples, lists and dicts of them"
        )
    return found


def describe_points(
    args: tuple[Any, ...], leaves: list[Any], static: Collection[int] = ()
) -> Nesting:
    """Describes one point of arguments that hold many, and appends their arrays to `leaves`."""

    def part(o: Any) -> Nesting:
        if o is None or isinstance(o, bool | str):
            return ("s", o)
        found = _containers(o, part)
        if found is not None:
            return found
        if isinstance(o, Tensor):
            raise NotImplementedError(_NO_TENSORS.format("an argument"))
        a = np.asarray(o)
        if a.dtype.kind not in "fiu":
            raise TypeError(f"map: expects arrays of numbers, got {type(o).__name__!r}")
        leaves.append(a.astype(np.float64, copy=False))
        return "x" if a.ndim < 2 else ("a", a.shape[1:])

    return ("t", *[("s", a) if i in static else part(a) for i, a in enumerate(args)])


def fill(nesting: Nesting, numbers: Iterator[Any], dtype: Any = object) -> Any:
    """Nests numbers, or Values, as described; arrays are of `dtype`."""
    if nesting == "x":
        return next(numbers)
    if nesting == "b":
        return bool(next(numbers).data)
    kind = nesting[0]
    if kind == "s":
        return nesting[1]
    if kind == "a":
        a = np.empty(nesting[1], dtype=dtype)
        flat = a.reshape(-1)
        for i in range(flat.size):
            flat[i] = next(numbers)
        return a
    if kind in "tl":
        parts = [fill(p, numbers, dtype) for p in nesting[1:]]
        return tuple(parts) if kind == "t" else parts
    return {k: fill(p, numbers, dtype) for k, p in zip(nesting[1], nesting[2:], strict=True)}


def fill_rows(nesting: Nesting, rows: Iterator[Any], n: int, gradient: bool = False) -> Any:
    """Nests rows of n numbers: each number becomes an array (n,), an array has n in front."""
    if nesting == "x":
        return next(rows)
    if nesting == "b":
        return next(rows) != 0
    kind = nesting[0]
    if kind == "s":
        return None if gradient else nesting[1]
    if kind == "a":
        size = int(np.prod(nesting[1]))
        block = [next(rows) for _ in range(size)]
        return np.stack(block, -1).reshape(n, *nesting[1]) if block else np.empty((n, *nesting[1]))
    if kind in "tl":
        parts = [fill_rows(p, rows, n, gradient) for p in nesting[1:]]
        return tuple(parts) if kind == "t" else parts
    named = zip(nesting[1], nesting[2:], strict=True)
    return {k: fill_rows(p, rows, n, gradient) for k, p in named}


def count(nesting: Nesting) -> int:
    """How many numbers a description has."""
    if isinstance(nesting, str):
        return 1
    if nesting[0] == "a":
        return int(np.prod(nesting[1]))
    if nesting[0] == "s":
        return 0
    return sum(count(p) for p in nesting[2 if nesting[0] in "dn" else 1 :])


def has_array(nesting: Nesting) -> bool:
    """Whether a description has an array, which may be one of no numbers."""
    if isinstance(nesting, str) or nesting[0] == "s":
        return False
    return nesting[0] == "a" or any(map(has_array, nesting[2 if nesting[0] in "dn" else 1 :]))


def nest_jacobian(result: Nesting, argument: Nesting, matrix: Any) -> Any:
    """Nests a matrix (results, inputs): the argument's nesting inside the result's."""
    row = 0

    def inner(part: Nesting, block: Any, shape: tuple[int, ...]) -> Any:
        column = 0

        def walk(p: Nesting) -> Any:
            nonlocal column
            if p == "x" or p[0] == "a":
                inner_shape = () if p == "x" else p[1]
                width = count(p)
                piece = block[:, column : column + width].reshape((*shape, *inner_shape))
                column += width
                return piece.copy() if piece.ndim else float(piece)
            if p[0] == "s":
                return None
            if p[0] in "tl":
                parts = [walk(q) for q in p[1:]]
                return tuple(parts) if p[0] == "t" else parts
            return {k: walk(q) for k, q in zip(p[1], p[2:], strict=True)}

        return walk(part)

    def outer(p: Nesting) -> Any:
        nonlocal row
        if isinstance(p, str) or p[0] == "a":
            n = count(p)
            block = matrix[row : row + n]
            row += n
            return inner(argument, block, () if isinstance(p, str) else p[1])
        if p[0] == "s":
            return None
        if p[0] in "tl":
            parts = [outer(q) for q in p[1:]]
            return tuple(parts) if p[0] == "t" else parts
        return {k: outer(q) for k, q in zip(p[1], p[2:], strict=True)}

    return outer(result)


def input_names(nesting: Nesting, name: str) -> list[str]:
    """A name for each number of an argument: `x`, `x[0]`, `x['a']` ..."""
    if isinstance(nesting, str):
        return [name]
    if nesting[0] == "s":
        return []
    if nesting[0] == "a":
        indices = np.ndindex(*nesting[1])
        return [f"{name}[{', '.join(map(str, i))}]" for i in indices]
    if nesting[0] in "tl":
        parts = [(f"{name}[{i}]", p) for i, p in enumerate(nesting[1:])]
    else:
        named = zip(nesting[1], nesting[2:], strict=True)
        parts = [(k if nesting[0] == "n" else f"{name}[{k!r}]", p) for k, p in named]
    return [n for inner, p in parts for n in input_names(p, inner)]


def _holds(o: Any, kind: type) -> bool:
    if isinstance(o, kind):
        return True
    if isinstance(o, dict):
        return any(_holds(p, kind) for p in o.values())
    return isinstance(o, tuple | list) and any(_holds(p, kind) for p in o)


def holds_value(o: Any) -> bool:
    """Whether there is a Value in nested arguments."""
    return _holds(o, Value)


def holds_tensor(o: Any) -> bool:
    """Whether there is a Tensor in nested arguments."""
    return _holds(o, Tensor)


def refuse_tensors(args: Iterable[Any]) -> None:
    """Raises the TypeError of Jacobians, which are of numbers, where there is a Tensor."""
    if any(holds_tensor(a) for a in args):
        raise TypeError(
            "jacobian: an argument is a Tensor, and this is for functions of numbers and NumPy "
            "arrays; for Tensors use func.jacrev or autograd.functional.jacobian"
        )


def plain(o: Any) -> Any:
    """Nested arguments with the numbers of Values."""
    if isinstance(o, Value):
        return o.data
    if isinstance(o, dict):
        return {k: plain(p) for k, p in o.items()}
    if type(o) in (tuple, list):
        return type(o)(plain(p) for p in o)
    return o


def same(a: Nesting, b: Nesting) -> bool:
    """Whether two descriptions agree; objects that are no inputs by type and equality."""
    if isinstance(a, str) or isinstance(b, str):
        return a is b or a == b
    if a[0] != b[0] or len(a) != len(b):
        return False
    if a[0] == "s":
        return a[1] is b[1] or (type(a[1]) is type(b[1]) and bool(a[1] == b[1]))
    if a[0] == "a":
        return bool(a[1] == b[1])
    first = 2 if a[0] in "dn" else 1
    if first == 2 and a[1] != b[1]:
        return False
    return all(same(p, q) for p, q in zip(a[first:], b[first:], strict=True))
