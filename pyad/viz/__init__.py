"""Drawings of graphs: what a number or a tensor was computed from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyad._compile import Compiled
from pyad._core import Tensor, Value
from pyad.viz.graph import of_program, of_tensors, of_values
from pyad.viz.render import Drawing, drawn, tree

__all__ = ["Drawing", "draw", "text"]


def _graph(y: Any, params: Mapping[str, Any] | None, max_nodes: int) -> Any:
    if max_nodes < 1:
        raise ValueError(f"draw: max_nodes must be positive, got {max_nodes}")
    if isinstance(y, Compiled):
        return of_program(*y._picture(), max_nodes)
    names = {id(p): name for name, p in (params or {}).items()}
    roots = list(y) if isinstance(y, tuple | list) else [y]
    if roots and all(isinstance(r, Value) for r in roots):
        return of_values(roots, names, max_nodes)
    if roots and all(isinstance(r, Tensor) for r in roots):
        return of_tensors(roots, names, max_nodes)
    raise TypeError(
        "draw: expects a Value, a Tensor, a list of one of them, or a function from pyad.compile; "
        f"got {type(y).__name__!r}"
    )


def draw(y: Any, *, params: Mapping[str, Any] | None = None, max_nodes: int = 200) -> Any:
    """Draws what `y` was computed from, with values and gradients.

    Of Values every box has the value and the gradient, and every edge the local partial; of tensors
    the boxes are the functions of the graph, and the leaves with shape, dtype, value and gradient
    (norms of more than six elements); of a function from `pyad.compile` the boxes are its
    instructions, with the values and gradients of the last `forward`.

    Args:
        y: A Value, a Tensor, a tuple or list of one of them, or a captured function of numbers.
        params: Names for Values and tensors, such as `dict(model.named_parameters())`. Values have
            a `label` besides.
        max_nodes: How many boxes at most, the nearest to `y` first; `…` stands where it was cut.

    Returns:
        A `graphviz.Digraph`, which shows itself in a notebook. Where the package graphviz or its
        program `dot` is missing, a `Drawing`, which prints as text. Both have a `source`.

    Raises:
        TypeError: `y` is something else.
        ValueError: `max_nodes` is not positive.

    Example:
        >>> x, w = pyad.Value(2.0, label="x"), pyad.Value(-3.0, label="w")
        >>> y = (x * w).tanh()
        >>> y.backward()
        >>> pyad.viz.draw(y).source.startswith("digraph pyad {")
        True
    """
    return drawn(_graph(y, params, max_nodes))


def text(y: Any, *, params: Mapping[str, Any] | None = None, max_nodes: int = 200) -> str:
    """Returns the drawing as an indented tree; see `draw`.

    Each line holds a box, and in brackets the partial of the box above by it. A box that is used
    more than once is numbered and written once.

    Example:
        >>> x, w = pyad.Value(2.0, label="x"), pyad.Value(-3.0, label="w")
        >>> y = x * w + x
        >>> y.backward()
        >>> print(pyad.viz.text(y))
        add  -4  grad 1
        ├─ (1) mul  -6  grad 1
        │  ├─ (-3) x  2  grad -2  [1]
        │  └─ (2) w  -3  grad 2
        └─ (1) x  ↑ [1]
    """
    return tree(_graph(y, params, max_nodes))
