"""Products whose arguments are more than the op table's signatures say."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Sequence
from typing import Any

from pyad import _core
from pyad._core import Tensor

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def _letters(subscripts: Iterable[Any], what: str) -> str:
    """Subscripts of one operand, or of the result, as letters."""
    if isinstance(subscripts, (Tensor, str)) or not isinstance(subscripts, Iterable):
        kind = type(subscripts).__name__
        raise TypeError(f"einsum: {what} must be a list of ints and ..., not {kind}")
    term = ""
    for n in subscripts:
        if n is Ellipsis:
            term += "..."
            continue
        try:
            at = operator.index(n)
        except TypeError:
            kind = type(n).__name__
            raise TypeError(f"einsum: {what} must hold ints or ..., not {kind}") from None
        if not 0 <= at < len(_LETTERS):
            raise ValueError(
                f"einsum: subscript {at} in {what} is not within the valid range [0, 52)"
            )
        term += _LETTERS[at]
    return term


def _by_sublists(arguments: tuple[Any, ...]) -> Tensor:
    """Operands and lists of their subscripts by turns, then perhaps that of the result."""
    paired = len(arguments) // 2 * 2
    operands, lists = arguments[:paired:2], arguments[1:paired:2]
    for k, x in enumerate(operands):
        if not isinstance(x, Tensor):
            kind = type(x).__name__
            raise TypeError(f"einsum: operand {k} before its list must be a Tensor, not {kind}")
    equation = ",".join(_letters(one, f"the list of operand {k}") for k, one in enumerate(lists))
    if len(arguments) > paired:
        equation += "->" + _letters(arguments[-1], "the list of the result")
    return _core.einsum(equation, *operands)


def einsum(equation: str | Tensor, *operands: Any) -> Tensor:
    """Sums of products in Einstein's notation.

    They are contracted from left to right, or in an order of fewer multiplications.

    Args:
        equation: "ij,jk->ik": letters, "...", repeated letters for diagonals. Without "->" the
            result has the letters that are written once, in alphabetical order.
        operands: One for each term, or a list of them. Instead of an equation the operands may
            stand before lists of their subscripts, whole numbers below 52 and `...`:
            `einsum(a, [0, 1], b, [1, 2], [0, 2])`; the last list, that of the result, may be left
            out.

    Returns:
        A tensor with a dim for each subscript of the result; int64 where integers are summed over
        a subscript of one operand alone.

    Raises:
        ValueError: The equation or a list is malformed or does not fit the operands, or there is
            no operand.
        TypeError: An operand is not a tensor, or a subscript not a whole number.

    Example:
        >>> import pyad
        >>> a, b = pyad.ones(2, 3), pyad.ones(3, 4)
        >>> pyad.einsum("ij,jk->ik", a, b).shape
        (2, 4)
        >>> pyad.einsum(a, [0, 1], b, [1, 2], [2, 0]).shape
        (4, 2)
    """
    if not operands:
        raise ValueError(
            "einsum: needs an equation and at least one operand, or at least one operand and the "
            "list of its subscripts"
        )
    if isinstance(equation, Tensor):
        return _by_sublists((equation, *operands))
    return _core.einsum(equation, *operands)


def tensordot(
    a: Tensor, b: Tensor, dims: int | tuple[Sequence[int], Sequence[int]] | list[list[int]] = 2
) -> Tensor:
    """Sum of products over pairs of dims.

    Args:
        a: A tensor.
        b: A tensor of the same dtype.
        dims: How many: the last dims of `a` with the first of `b`; or two lists, dims of `a` and
            the dims of `b` they are paired with.

    Returns:
        A tensor with the remaining dims of `a`, then those of `b`.

    Raises:
        TypeError: An argument is not a tensor.
        ShapeError: The sizes of a pair differ, or there are fewer dims than `dims`.

    Example:
        >>> import pyad
        >>> pyad.tensordot(pyad.ones(2, 3), pyad.ones(3, 4), dims=1).shape
        (2, 4)
    """
    for name, x in (("a", a), ("b", b)):
        if not isinstance(x, Tensor):
            kind = type(x).__name__
            raise TypeError(f"tensordot(): argument '{name}' must be Tensor, not {kind}")
    if isinstance(dims, int):
        if not 0 <= dims <= min(a.dim(), b.dim()):
            raise _core.ShapeError(
                f"tensordot: dims={dims} does not fit tensors of shape {a.shape} and {b.shape}"
            )
        return _core.tensordot(a, b, list(range(a.dim() - dims, a.dim())), list(range(dims)))
    dims_a, dims_b = dims
    return _core.tensordot(a, b, list(dims_a), list(dims_b))
