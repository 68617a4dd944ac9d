"""Products whose arguments are more than the op table's signatures say."""

from __future__ import annotations

from collections.abc import Sequence

from pyad import _core
from pyad._core import Tensor


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
