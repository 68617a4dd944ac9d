"""Questions about shapes and dtypes of results, answered without computing them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pyad import _core
from pyad._core import Tensor, dtype

__all__ = ["as_dtype", "broadcast_shapes", "can_cast", "promote_types", "result_type"]


def broadcast_shapes(*shapes: int | Sequence[int]) -> tuple[int, ...]:
    """Shape to which tensors of the given shapes broadcast.

    Args:
        *shapes: Shapes; an int is that of a vector.

    Returns:
        The common shape.

    Raises:
        RuntimeError: The shapes do not broadcast, or a size is negative.

    Example:
        >>> import pyad
        >>> pyad.broadcast_shapes((2,), (3, 1), (1, 1, 1))
        (1, 3, 2)
    """
    lists = [(s,) if isinstance(s, int) else tuple(s) for s in shapes]
    out = [1] * max(map(len, lists), default=0)
    for shape in lists:
        for k, size in enumerate(reversed(shape), start=1):
            if size < 0:
                raise RuntimeError(
                    f"Trying to create tensor with negative dimension ({size}): ({size})"
                )
            if out[-k] == 1:
                out[-k] = size
            elif size not in (1, out[-k]):
                raise _core.ShapeError(
                    "Shape mismatch: objects cannot be broadcast to a single shape: "
                    + " and ".join(map(str, lists))
                )
    return tuple(out)


def as_dtype(type: Any) -> dtype:
    """The dtype that is meant: `float` is float64, `int` int64, and NumPy's dtypes have their own.

    Args:
        type: A dtype of pyad, Python or NumPy.

    Raises:
        TypeError: There is no such dtype.

    Example:
        >>> from pyad._promotion import as_dtype
        >>> as_dtype(float)
        pyad.float64
    """
    return _core.empty(0, dtype=type).dtype


def promote_types(type1: dtype, type2: dtype) -> dtype:
    """Smallest dtype that both can be converted to without a change of kind.

    Args:
        type1: A dtype.
        type2: A dtype.

    Example:
        >>> import pyad
        >>> pyad.promote_types(pyad.int32, pyad.float32)
        pyad.float32
    """
    return result_type(_core.empty(0, dtype=type1), _core.empty(0, dtype=type2))


def result_type(tensor1: Tensor | float, tensor2: Tensor | float) -> dtype:
    """Dtype of the sum of two operands: tensors count before 0-d tensors, and those before numbers.

    Args:
        tensor1: A tensor or a number.
        tensor2: A tensor or a number.

    Example:
        >>> import pyad
        >>> pyad.result_type(pyad.tensor([1, 2]), 1.0)
        pyad.float32
    """
    operands: list[Tensor | float] = []
    for x in (tensor1, tensor2):
        if not isinstance(x, (Tensor, bool, int, float)):
            raise TypeError(
                f"result_type(): operands are tensors or numbers, not {type(x).__name__}"
            )
        if isinstance(x, Tensor) and x.dim() > 0:
            operands.append(_core.empty(0, dtype=x.dtype))
        else:
            operands.append(x.detach() if isinstance(x, Tensor) else x)
    if not any(isinstance(x, Tensor) for x in operands):
        operands = [_core.tensor(x) for x in operands]
    return _core.add(operands[0], operands[1]).dtype


def can_cast(from_: dtype, to: dtype) -> bool:
    """Whether a conversion keeps the kind of number: bool, integer, floating.

    Args:
        from_: A dtype.
        to: The dtype to convert to.

    Example:
        >>> import pyad
        >>> pyad.can_cast(pyad.float64, pyad.int32), pyad.can_cast(pyad.float64, pyad.float32)
        (False, True)
    """

    def kind(t: dtype) -> int:
        return 2 if t.is_floating_point else 0 if t == _core.bool else 1

    return kind(as_dtype(from_)) <= kind(as_dtype(to))
