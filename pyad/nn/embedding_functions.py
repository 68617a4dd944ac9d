"""Look-ups in tables of vectors, with what PyTorch's arguments ask for beyond the plain row."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from pyad import _core
from pyad._core import Tensor
from pyad.autograd import Function
from pyad.func.trees import innermost_batch
from pyad.nn import batches

__all__ = ["embedding", "embedding_bag"]

_embedding = _core.steps.embedding


class ScaleGradient(Function):
    """The identity, whose gradient is multiplied."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, factor: Tensor) -> Any:
        """The tensor as it is."""
        ctx.save_for_backward(factor)
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        """The gradient times the factor."""
        return grads[0] * ctx.saved_tensors[0], None


def _dense(op: str, sparse: bool) -> None:
    if sparse:
        raise NotImplementedError(
            f"{op}: sparse gradients are not supported; use sparse=False, which gives the same "
            "values as a dense gradient"
        )


def _shorten(weight: Tensor, index: Tensor, max_norm: float, norm_type: float) -> None:
    """Scales the rows that are looked up down to a norm, in place."""
    with _core.NoGrad():
        used = _core.tensor(np.unique(index.numpy()))
        rows = weight.detach()[used]
        norms = rows.norm(norm_type, 1, keepdim=True)
        scale = _core.where(norms > max_norm, max_norm / (norms + 1e-7), 1.0)
        if (scale != 1).any():
            weight.detach()[used] = rows * scale


def _by_frequency(rows: Tensor, index: Tensor) -> Tensor:
    """Rows whose gradients are divided by how often each was looked up."""
    _, place, counts = np.unique(index.numpy(), return_inverse=True, return_counts=True)
    factor = 1.0 / counts[place.reshape(index.shape)]
    scaled: Tensor = ScaleGradient.apply(rows, _core.tensor(factor, dtype=rows.dtype).unsqueeze(-1))
    return scaled


def _checked_padding(op: str, padding_idx: int | None, weight: Tensor) -> int | None:
    n = weight.size(0)
    if padding_idx is not None and not -n <= padding_idx < n:
        raise AssertionError(f"{op}: Padding_idx must be within num_embeddings")
    return padding_idx


def embedding(
    input: Tensor,
    weight: Tensor,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:
    """Rows of a table at given indices.

    Args:
        input: Integer indices, any shape.
        weight: The table, (rows, width).
        padding_idx: A row that gets no gradient.
        max_norm: Rows that are looked up are first scaled down to this norm, in the table.
        norm_type: The order of that norm.
        scale_grad_by_freq: Whether gradients are divided by how often their row occurs.
        sparse: Only False.

    Returns:
        A tensor of the input's shape with width appended.

    Raises:
        IndexError: An index is out of range.
        NotImplementedError: `sparse` is True.

    Example:
        >>> import pyad
        >>> table = pyad.tensor([[1.0, 2.0], [3.0, 4.0]])
        >>> pyad.nn.functional.embedding(pyad.tensor([1, 0]), table)
        tensor([[3., 4.],
                [1., 2.]])
    """
    if sparse:
        _dense("embedding", sparse)
    if max_norm is None and not scale_grad_by_freq:
        return _embedding(input, weight, padding_idx)
    plain = _embedding(input, weight, padding_idx)  # before anything changes: it checks indices
    if max_norm is not None:
        _shorten(weight, input, max_norm, norm_type)
        plain = _embedding(input, weight, padding_idx)
    return _by_frequency(plain, input) if scale_grad_by_freq else plain


def embedding_bag(
    input: Tensor,
    weight: Tensor,
    offsets: Tensor | None = None,
    max_norm: float | None = None,
    norm_type: float = 2,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: Tensor | None = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Tensor:
    """Sums, means or maxima of rows of a table, over bags of indices.

    Args:
        input: Integer indices: (bags, n), or all bags one after the other as (N,).
        weight: The table, (rows, width).
        offsets: For 1-d input: where each bag begins.
        max_norm: Rows that are looked up are first scaled down to this norm, in the table.
        norm_type: The order of that norm.
        scale_grad_by_freq: Whether gradients are divided by how often their row occurs.
        mode: "sum", "mean" or "max"; an empty bag gives zeros.
        sparse: Only False.
        per_sample_weights: Factors of the rows, of the input's shape; for "sum".
        include_last_offset: Whether the last offset is the end of the last bag.
        padding_idx: A row that is left out of its bag.

    Returns:
        A tensor (bags, width).

    Raises:
        ValueError: Shapes or the mode are wrong.
        NotImplementedError: `sparse` is True, or weights are given for another mode than "sum".

    Example:
        >>> import pyad
        >>> table = pyad.tensor([[1.0], [2.0], [4.0]])
        >>> bags = pyad.tensor([0, 2, 1]), pyad.tensor([0, 2])
        >>> pyad.nn.functional.embedding_bag(bags[0], table, bags[1], mode="sum")
        tensor([[5.],
                [2.]])
    """
    _dense("embedding_bag", sparse)
    if not weight.is_floating_point() and input.is_floating_point():
        warnings.warn(
            "Argument order of nn.functional.embedding_bag was changed. Usage "
            "`embedding_bag(weight, input, ...)` is deprecated, and should now be "
            "`embedding_bag(input, weight, ...)`.",
            stacklevel=2,
        )
        weight, input = input, weight
    if per_sample_weights is not None and input.shape != per_sample_weights.shape:
        raise ValueError(
            f"embedding_bag: If per_sample_weights ({per_sample_weights.shape}) is not None, "
            f"then it must have the same shape as the input ({input.shape})"
        )
    if weight.dim() != 2:
        raise ValueError(
            f"weight has to be a 2D Tensor, but got Tensor of dimension {weight.dim()}"
        )
    if mode not in ("sum", "mean", "max"):
        raise ValueError("mode has to be one of sum, mean or max")
    if mode == "max" and scale_grad_by_freq:
        raise ValueError("max mode does not support scaling the gradient by the frequency")
    if per_sample_weights is not None and mode != "sum":
        raise NotImplementedError(
            "embedding_bag: per_sample_weights was not None. per_sample_weights is only supported "
            f"for mode='sum' (got mode='{mode}')."
        )
    _checked_padding("embedding_bag", padding_idx, weight)
    level = innermost_batch((input, weight, offsets, per_sample_weights))
    if level >= 0:
        apart = scale_grad_by_freq or _core.in_batch(weight, level)
        if apart and max_norm is not None:
            raise RuntimeError(
                "embedding_bag: under vmap max_norm, which changes the table, needs one table for "
                "all examples"
            )
        given = input, weight, offsets, per_sample_weights
        index, table, starts, factors, padding = _of_examples(
            level, apart, given, include_last_offset, padding_idx
        )
        y = embedding_bag(
            index,
            table,
            starts,
            max_norm,
            norm_type,
            scale_grad_by_freq,
            mode,
            sparse,
            factors,
            include_last_offset,
            padding,
        )
        size = _core.from_batch(input, level, 0).size(0)
        return _core.to_batch(y.reshape(size, y.size(0) // max(size, 1), y.size(1)), 0, level)
    lengths = _bag_lengths(input, offsets, include_last_offset)
    index = input.reshape(-1)
    factors = None if per_sample_weights is None else per_sample_weights.reshape(-1)
    bag = np.repeat(np.arange(len(lengths)), lengths)
    if padding_idx is not None:
        kept = np.flatnonzero(index.numpy() != padding_idx % weight.size(0))
        where = _core.tensor(kept)
        index, bag = index[where], bag[kept]
        factors = None if factors is None else factors[where]
        lengths = np.bincount(bag, minlength=len(lengths))
    rows = embedding(index, weight, None, max_norm, norm_type, scale_grad_by_freq)
    if mode == "max":
        return _maxima(rows, lengths)
    if factors is not None:
        rows = rows * factors.unsqueeze(1)
    bags = _core.zeros(len(lengths), weight.size(1), dtype=weight.dtype)
    total = bags.index_add(0, _core.tensor(bag), rows)
    if mode == "sum":
        return total
    return total / _core.tensor(np.maximum(lengths, 1), dtype=weight.dtype).unsqueeze(1)


def _of_examples(
    level: int,
    apart: bool,
    given: tuple[Tensor, Tensor, Tensor | None, Tensor | None],
    include_last: bool,
    padding_idx: int | None,
) -> tuple[Any, ...]:
    """Under `vmap`: the bags of all examples as those of one call, and what pads them.

    `apart`: each example has a table of its own.
    """
    _, weight, offsets, _ = given
    index, table, starts, factors = batches.spread(level, given)
    size, rows = index.size(0), weight.size(0)
    numbers = _core.arange(size)
    if not apart:
        table = weight
    else:
        shifted = index + (numbers * rows).reshape((size,) + (1,) * (index.dim() - 1))
        table = table.reshape(size * rows, -1)
        if padding_idx is not None:  # one row for all
            shifted = _core.where(index == padding_idx % rows, size * rows, shifted)
            table = _core.cat([table, _core.zeros(1, table.size(1), dtype=table.dtype)])
            padding_idx = -1
        index = shifted
    if offsets is not None:
        n = index.size(1)
        if include_last and _core.any_true(starts[:, -1:] != n):
            raise RuntimeError(
                "embedding_bag: under vmap the last offset must be the input's length"
            )
        starts = starts + (numbers * n).unsqueeze(1)
        if include_last:
            starts = _core.cat([starts[:, :-1].reshape(-1), _core.tensor([size * n])])
        starts = starts.reshape(-1)
    index = index.flatten(0, 1)
    return index, table, starts, None if factors is None else factors.flatten(0, 1), padding_idx


def _bag_lengths(input: Tensor, offsets: Tensor | None, include_last: bool) -> Any:
    if input.dim() == 2:
        if offsets is not None:
            raise ValueError(
                "if input is 2D, then offsets has to be None, as input is treated is a mini-batch "
                f"of fixed length sequences. However, found offsets of type {type(offsets)}"
            )
        return np.full(input.size(0), input.size(1))
    if input.dim() != 1:
        raise ValueError(
            f"input has to be 1D or 2D Tensor, but got Tensor of dimension {input.dim()}"
        )
    if offsets is None:
        raise ValueError("offsets has to be a 1D Tensor but got None")
    if offsets.dim() != 1:
        raise ValueError("offsets has to be a 1D Tensor")
    starts = offsets.numpy()
    n = input.numel()
    if include_last and len(starts) == 0:
        raise ValueError("include_last_offset: number of offsets should be at least 1")
    if len(starts) and starts[0] != 0:
        raise RuntimeError(f"offsets[0] has to be 0, got {starts[0]}")
    if len(starts) and starts[-1] > n:
        raise RuntimeError(f"offsets[-1] can not be greater than the input's length {n}")
    ends = starts[1:] if include_last else np.append(starts[1:], n)
    lengths = ends - starts[: len(ends)]
    if (lengths < 0).any():
        raise RuntimeError(f"embedding_bag: offsets must not decrease, got {starts.tolist()}")
    return lengths


def _maxima(rows: Tensor, lengths: Any) -> Tensor:
    """The first of the largest elements of each bag, and zeros for an empty one."""
    full = np.flatnonzero(lengths)
    out = _core.zeros(len(lengths), rows.size(1), dtype=rows.dtype)
    if len(full) == 0:
        return out + rows.sum()  # of nothing, but it keeps the graph
    values = rows.detach().numpy()
    starts = (np.cumsum(lengths) - lengths)[full]
    top = np.maximum.reduceat(values, starts)
    places = np.arange(len(values))[:, None]
    highest = np.repeat(top, lengths[full], axis=0)  # NaN where one is among them
    is_top = (values == highest) | (np.isnan(values) & np.isnan(highest))
    first = np.minimum.reduceat(np.where(is_top, places, len(values) - 1), starts)
    found = rows.gather(0, _core.tensor(first))
    return out.index_copy(0, _core.tensor(full), found)
