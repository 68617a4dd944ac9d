"""Sequences of different lengths: padded to one array, or packed without padding.

Packed, the rows of step 0 of all sequences stand first, then those of step 1 of the sequences that
have one, and so on; sequences are sorted by falling length.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any, NamedTuple

from pyad import _core
from pyad._core import Tensor

__all__ = [
    "PackedSequence",
    "invert_permutation",
    "pack_padded_sequence",
    "pack_sequence",
    "pad_packed_sequence",
    "pad_sequence",
    "unpack_sequence",
    "unpad_sequence",
]


class _Packed(NamedTuple):
    data: Tensor
    batch_sizes: Tensor
    sorted_indices: Tensor | None
    unsorted_indices: Tensor | None


class PackedSequence(_Packed):
    """Packed sequences, as `pack_sequence` and `pack_padded_sequence` make them.

    Args:
        data: Rows of all steps.
        batch_sizes: How many sequences each step holds.
        sorted_indices: Where each sequence stood before they were sorted; None if nowhere else.
        unsorted_indices: The inverse. Default: computed.

    Example:
        >>> import pyad
        >>> from pyad.nn.utils.rnn import pack_sequence
        >>> pack_sequence([pyad.tensor([1.0, 2.0]), pyad.tensor([3.0])]).data
        tensor([1., 3., 2.])
    """

    def __new__(
        cls,
        data: Any,
        batch_sizes: Tensor | None = None,
        sorted_indices: Tensor | None = None,
        unsorted_indices: Tensor | None = None,
    ) -> PackedSequence:
        """Takes the parts, or the first two as one pair."""
        if unsorted_indices is None:
            unsorted_indices = invert_permutation(sorted_indices)
        if batch_sizes is None:
            if not (isinstance(data, (list, tuple)) and len(data) == 2):
                raise AssertionError("Expected data to be a list or tuple of length 2")
            data, batch_sizes = data
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    def to(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """The same with `data.to(...)`; itself when that changes nothing."""
        data = self.data.to(*args, **kwargs)
        return self if data is self.data else type(self)(data, *self[1:])

    def cpu(self) -> PackedSequence:
        """Itself."""
        return self

    def double(self) -> PackedSequence:
        """With float64 data."""
        return self.to(_core.float64)

    def float(self) -> PackedSequence:
        """With float32 data."""
        return self.to(_core.float32)

    @property
    def is_cuda(self) -> bool:
        """False."""
        return False


def invert_permutation(permutation: Tensor | None) -> Tensor | None:
    """The permutation that undoes another; None of None.

    Args:
        permutation: (n,), each of 0 ... n - 1 once.

    Example:
        >>> import pyad
        >>> pyad.nn.utils.rnn.invert_permutation(pyad.tensor([2, 0, 1]))
        tensor([1, 2, 0])
    """
    if permutation is None:
        return None
    inverse = [0] * len(permutation)
    for place, k in enumerate(permutation.tolist()):
        inverse[k] = place
    return _core.tensor(inverse, dtype=_core.int64)


def _steps_mask(lengths: Tensor, steps: int) -> Tensor:
    """(steps, batch): whether a sequence has a step."""
    return _core.arange(steps).unsqueeze(1) < lengths


def pack_padded_sequence(
    input: Tensor, lengths: Any, batch_first: bool = False, enforce_sorted: bool = True
) -> PackedSequence:
    """Packs padded sequences.

    Args:
        input: (steps, batch, ...), or (batch, steps, ...) if `batch_first`.
        lengths: Length of each sequence, a list or a tensor.
        batch_first: The order of the first two dims.
        enforce_sorted: Whether lengths must fall already; if not, sequences are sorted, and results
            come back in the old order.

    Returns:
        A PackedSequence.

    Raises:
        RuntimeError: Lengths do not fit the input, are not positive, or not sorted.

    Example:
        >>> import pyad
        >>> x = pyad.tensor([[1.0, 2.0], [3.0, 0.0]])
        >>> pyad.nn.utils.rnn.pack_padded_sequence(x, [2, 1], batch_first=True).data
        tensor([1., 3., 2.])
    """
    lengths = _core.as_tensor(lengths).to(_core.int64)
    if lengths.ndim != 1:
        raise RuntimeError(
            f"'lengths' argument should be a 1D CPU int64 tensor, but got {lengths.ndim}D"
        )
    if input.ndim < 2:
        raise RuntimeError(
            f"pack_padded_sequence: expects an input of 2 dims or more, got {input.ndim}"
        )
    order: Tensor | None = None
    batch = input.shape[0 if batch_first else 1]
    if len(lengths) != batch:
        raise RuntimeError(
            "Expected `len(lengths)` to be equal to batch_size, but got "
            f"{len(lengths)} (batch_size={batch})"
        )
    if batch == 0:
        raise RuntimeError("Cannot pack empty tensors.")
    values: list[int] = lengths.tolist()
    if not enforce_sorted:
        places = sorted(range(batch), key=values.__getitem__, reverse=True)
        values = [values[k] for k in places]
        order = _core.tensor(places, dtype=_core.int64)
        input = input.index_select(0 if batch_first else 1, order)
        lengths = lengths[order]
    if batch_first:
        input = input.transpose(0, 1)
    if min(values) <= 0:
        raise RuntimeError(
            "Length of all samples has to be greater than 0, but found an element in 'lengths' "
            "that is <= 0"
        )
    if any(a < b for a, b in itertools.pairwise(values)):
        raise RuntimeError(
            "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You "
            "can pass `enforce_sorted=False` to pack_padded_sequence and/or pack_sequence to "
            "sidestep this requirement if you do not need ONNX exportability."
        )
    if values[0] > input.shape[0]:
        raise RuntimeError(
            f"pack_padded_sequence: the longest length, {values[0]}, exceeds the input's "
            f"{input.shape[0]} steps"
        )
    mask = _steps_mask(lengths, values[0])
    return PackedSequence(input[: values[0]][mask], mask.sum(1), order)


def pad_packed_sequence(
    sequence: PackedSequence,
    batch_first: bool = False,
    padding_value: float = 0.0,
    total_length: int | None = None,
) -> tuple[Tensor, Tensor]:
    """The inverse of `pack_padded_sequence`.

    Args:
        sequence: Packed sequences.
        batch_first: Whether the result is (batch, steps, ...) rather than (steps, batch, ...).
        padding_value: What stands behind the end of a sequence.
        total_length: Steps of the result. Default: those of the longest sequence.

    Returns:
        The padded sequences and their lengths.

    Raises:
        ValueError: `total_length` is too short.

    Example:
        >>> import pyad
        >>> from pyad.nn.utils.rnn import pack_sequence, pad_packed_sequence
        >>> packed = pack_sequence([pyad.tensor([1.0, 2.0]), pyad.tensor([3.0])])
        >>> pad_packed_sequence(packed, batch_first=True)
        (tensor([[1., 2.],
                [3., 0.]]), tensor([2, 1]))
    """
    data, batch_sizes, _, back = sequence
    steps = batch_sizes.shape[0]
    if total_length is not None:
        if total_length < steps:
            raise ValueError(
                "Expected total_length to be at least the length of the longest sequence in "
                f"input, but got total_length={total_length} and max sequence length being {steps}"
            )
        steps = total_length
    batch = int(batch_sizes[0])
    lengths = (batch_sizes.unsqueeze(1) > _core.arange(batch)).sum(0)
    padded = _core.full((steps, batch, *data.shape[1:]), padding_value, dtype=data.dtype)
    padded[_steps_mask(lengths, steps)] = data
    if batch_first:
        padded = padded.transpose(0, 1)
    if back is not None:
        return padded.index_select(0 if batch_first else 1, back), lengths[back]
    return padded, lengths


def pad_sequence(
    sequences: Iterable[Tensor],
    batch_first: bool = False,
    padding_value: float = 0.0,
    padding_side: str = "right",
) -> Tensor:
    """Stacks sequences of different lengths, shorter ones padded.

    Args:
        sequences: Tensors (length, ...).
        batch_first: Whether the result is (batch, steps, ...) rather than (steps, batch, ...).
        padding_value: What is added.
        padding_side: "right" or "left".

    Returns:
        One tensor.

    Raises:
        RuntimeError: There is nothing to stack, or the side is unknown.

    Example:
        >>> import pyad
        >>> from pyad.nn.utils.rnn import pad_sequence
        >>> pad_sequence([pyad.ones(2), pyad.ones(1)], batch_first=True)
        tensor([[1., 1.],
                [1., 0.]])
    """
    if not isinstance(sequences, Iterable):
        raise RuntimeError(
            "pad_sequence: Expected iterable for input sequences, but got arg of type: "
            f"{type(sequences)}"
        )
    parts = tuple(sequences)
    if not parts:
        raise RuntimeError("received an empty list of sequences")
    if padding_side not in ("left", "right"):
        raise RuntimeError(
            f"Expected padding_side to be one of left or right, but got {padding_side}."
        )
    steps = max(part.shape[0] for part in parts)
    padded = []
    for part in parts:
        room = steps - part.shape[0]
        if room:
            ends = (room, 0) if padding_side == "left" else (0, room)
            part = _core.nn.functional.pad(
                part, (0, 0) * (part.ndim - 1) + ends, value=padding_value
            )
        padded.append(part)
    return _core.stack(padded, 0 if batch_first else 1)


def unpad_sequence(
    padded_sequences: Tensor, lengths: Tensor, batch_first: bool = False
) -> list[Tensor]:
    """The inverse of `pad_sequence`.

    Args:
        padded_sequences: (steps, batch, ...), or (batch, steps, ...) if `batch_first`.
        lengths: Length of each sequence.
        batch_first: The order of the first two dims.

    Returns:
        A list of tensors (length, ...).

    Example:
        >>> import pyad
        >>> from pyad.nn.utils.rnn import unpad_sequence
        >>> unpad_sequence(pyad.ones(2, 2), pyad.tensor([2, 1]))
        [tensor([1., 1.]), tensor([1.])]
    """
    if not batch_first:
        padded_sequences = padded_sequences.transpose(0, 1)
    counts = _core.as_tensor(lengths).tolist()
    return [part[:count] for part, count in zip(padded_sequences, counts, strict=True)]


def pack_sequence(sequences: list[Tensor], enforce_sorted: bool = True) -> PackedSequence:
    """Packs a list of sequences.

    Args:
        sequences: Tensors (length, ...).
        enforce_sorted: Whether they must come by falling length already.

    Returns:
        A PackedSequence.

    Raises:
        RuntimeError: They do not come by falling length.

    Example:
        >>> import pyad
        >>> from pyad.nn.utils.rnn import pack_sequence
        >>> pack_sequence([pyad.ones(1), pyad.ones(3)], enforce_sorted=False).batch_sizes
        tensor([2, 1, 1])
    """
    lengths = [part.shape[0] for part in sequences]
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list[Tensor]:
    """The inverse of `pack_sequence`.

    Args:
        packed_sequences: Packed sequences.

    Returns:
        A list of tensors (length, ...).

    Example:
        >>> import pyad
        >>> from pyad.nn.utils.rnn import pack_sequence, unpack_sequence
        >>> unpack_sequence(pack_sequence([pyad.ones(2), pyad.zeros(1)]))
        [tensor([1., 1.]), tensor([0.])]
    """
    padded, lengths = pad_packed_sequence(packed_sequences, batch_first=True)
    return unpad_sequence(padded, lengths, batch_first=True)
