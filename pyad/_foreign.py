"""Tensors of other libraries, where states of theirs are taken over."""

from __future__ import annotations

from typing import Any

import numpy as np

from pyad import _core
from pyad._core import Tensor

__all__ = ["own_tensor", "type_name"]

_HELD = frozenset({"float32", "float64", "int32", "int64", "uint8", "bool"})


def own_tensor(value: Any) -> Any:
    """A tensor with the values of an array, or of a tensor of another library.

    PyTorch's are detached first; half precision becomes float32 and small integers int64, which
    hold all of their values.

    Args:
        value: Anything.

    Returns:
        A tensor, a new one unless `value` is a tensor; `value` itself if it is no array.

    Raises:
        TypeError: An array of a dtype that has no such place, such as complex.

    Example:
        >>> from pyad._foreign import own_tensor
        >>> own_tensor(np.array([1, 2], np.float16)), own_tensor("text")
        (tensor([1., 2.]), 'text')
    """
    if isinstance(value, Tensor) or not hasattr(value, "__array__"):
        return value
    if hasattr(value, "detach"):
        value = value.detach()
        if hasattr(value, "cpu"):
            value = value.cpu()
        if "bfloat16" in str(value.dtype):  # which NumPy has not
            value = value.float()
    array = np.asarray(value)
    if array.dtype.name not in _HELD:
        if "float" in array.dtype.name:
            array = array.astype(np.float32 if array.dtype.itemsize <= 4 else np.float64)
        elif array.dtype.kind in "iu" and array.dtype != np.uint64:
            array = array.astype(np.int64)
        else:
            raise TypeError(
                f"a {type_name(value)} of dtype {array.dtype} has no equal in pyad; convert it to "
                f"one of {', '.join(sorted(_HELD))}"
            )
    return _core.tensor(array)


def type_name(value: Any) -> str:
    """The name of a value's type, with its module unless that goes without saying.

    Example:
        >>> from pyad._foreign import type_name
        >>> type_name(1), type_name(np.ones(1))
        ('int', 'numpy.ndarray')
    """
    kind = type(value)
    where = kind.__module__
    return kind.__qualname__ if where == "builtins" else f"{where}.{kind.__qualname__}"
