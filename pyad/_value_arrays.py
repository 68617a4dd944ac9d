"""Functions of the op table on arrays of Values, which are no tensors.

NumPy's functions work on such arrays where they call methods of the elements; this is the same for
pyad's, so that a captured function may use either.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pyad._core import Value

__all__ = ["call"]


def call(function: Any, elementwise: bool, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Calls a function of numbers at each element, after its call with arrays was refused.

    Args:
        function: A function of the op table.
        elementwise: Whether it takes Values.
        args: The arguments by position, of shapes that broadcast.
        kwargs: The arguments by name.

    Returns:
        An array of Values, or NotImplemented where no array of Values is among the arguments.

    Raises:
        TypeError: The function is not elementwise.

    Example:
        >>> x = np.array([pyad.Value(0.0), pyad.Value(1.0)])
        >>> [v.data for v in pyad.maximum(x, 0.5)]
        [0.5, 1.0]
    """
    given = [*args, *kwargs.values()]
    arrays = [a for a in given if isinstance(a, np.ndarray) and a.dtype == object]
    if not any(isinstance(v, Value) for a in arrays for v in a.flat):
        return NotImplemented
    name = function.__name__
    if not elementwise:
        raise TypeError(
            f"{name}: an array of Values is no tensor, and {name} is not elementwise; use NumPy's "
            f"methods of arrays, such as x.sum(), x @ y or np.dot(x, y)"
        )
    n, names = len(args), list(kwargs)

    def at(*xs: Any) -> Any:
        return function(*xs[:n], **dict(zip(names, xs[n:], strict=True)))

    return np.frompyfunc(at, len(given), 1)(*given)
