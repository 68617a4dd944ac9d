"""From a list of samples to a batch: numbers and arrays are stacked, containers keep their form."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, MutableMapping, MutableSequence, Sequence
from typing import Any

import numpy as np

from pyad import _core
from pyad._core import Tensor

__all__ = ["default_collate", "default_convert"]


def _is_text_array(array: Any) -> bool:
    return array.dtype.kind in "SUO" or array.dtype.str[1] == "a"


def _mapped(mapping: Mapping[Any, Any], convert: Callable[[Any], Any]) -> Any:
    """A mapping of the same type, of `convert(key)` for each key; a dict where that fails."""
    values = {key: convert(key) for key in mapping}
    try:
        if isinstance(mapping, MutableMapping):
            made = copy.copy(mapping)
            made.update(values)
            return made
        return type(mapping)(values)  # type: ignore[call-arg]
    except TypeError:
        return values


def _sequence_like(sequence: Sequence[Any], values: list[Any]) -> Any:
    """A sequence of the same type with other elements; a list where that fails."""
    try:
        if isinstance(sequence, MutableSequence):
            made = copy.copy(sequence)
            for i, value in enumerate(values):
                made[i] = value
            return made
        return type(sequence)(values)  # type: ignore[call-arg]
    except TypeError:
        return values


def default_convert(data: Any) -> Any:
    """What a loader without batches does to a sample: arrays become tensors, the rest stays.

    Args:
        data: A sample.

    Returns:
        The sample with NumPy arrays and numbers as tensors; containers keep their form.

    Example:
        >>> from pyad.utils.data import default_convert
        >>> default_convert({"x": np.zeros(2), "n": 1})
        {'x': tensor([0., 0.], dtype=pyad.float64), 'n': 1}
    """
    if isinstance(data, Tensor | str | bytes):
        return data
    if isinstance(data, np.ndarray):
        return data if _is_text_array(data) else _core.as_tensor(data)
    if isinstance(data, np.generic):
        return _core.as_tensor(data)
    if isinstance(data, Mapping):
        return _mapped(data, lambda key: default_convert(data[key]))
    if isinstance(data, tuple):
        values = [default_convert(d) for d in data]
        return type(data)(*values) if hasattr(data, "_fields") else values
    if isinstance(data, Sequence):
        return _sequence_like(data, [default_convert(d) for d in data])
    return data


def _unsupported(kind: Any) -> TypeError:
    return TypeError(
        "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; "
        f"found {kind}"
    )


def default_collate(batch: Any) -> Any:
    """A batch of samples of one form: tensors, arrays and numbers are stacked in a new dim 0.

    Args:
        batch: The samples: tensors, arrays, numbers, text, or containers of them.

    Returns:
        One tensor in place of the samples' tensors, arrays or numbers; text as the list it is;
        dicts, named tuples and lists of those. Python floats become float64.

    Raises:
        TypeError: A sample is something else.
        RuntimeError: Sequences of different lengths; tensors of different shapes.

    Example:
        >>> from pyad.utils.data import default_collate
        >>> default_collate([(1, "a"), (2, "b")])
        [tensor([1, 2]), ('a', 'b')]
    """
    first = batch[0]
    if isinstance(first, Tensor):
        return _core.stack(batch, 0)
    if isinstance(first, np.ndarray):
        if _is_text_array(first):
            raise _unsupported(first.dtype)
        return _core.stack([_core.as_tensor(array) for array in batch], 0)
    if isinstance(first, float) and not isinstance(first, np.generic):
        return _core.tensor(batch, dtype=_core.float64)
    if isinstance(first, np.bool_ | np.number | np.object_):
        return _core.as_tensor(np.asarray(batch))
    if isinstance(first, int):
        return _core.tensor(batch)
    if isinstance(first, str | bytes):
        return batch
    if isinstance(first, Mapping):
        return _mapped(first, lambda key: default_collate([sample[key] for sample in batch]))
    if isinstance(first, tuple) and hasattr(first, "_fields"):
        columns = zip(*batch, strict=False)
        return type(first)(*(default_collate(column) for column in columns))
    if isinstance(first, Sequence):
        if any(len(sample) != len(first) for sample in batch):
            raise RuntimeError("each element in list of batch should be of equal size")
        values = [default_collate(column) for column in zip(*batch, strict=True)]
        return values if isinstance(first, tuple) else _sequence_like(first, values)
    raise _unsupported(type(first))
