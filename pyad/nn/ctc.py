"""Connectionist temporal classification: the loss of an unaligned sequence of labels.

Note [Paths of labels]
A path through time visits the labels in order, with blanks between them: blank, a, blank, b, blank.
alpha[t, s] is the log-probability of all beginnings of paths that are at place s at time t; it
follows from the places s, s - 1, and s - 2 where that skips a blank between unlike labels. Places
that cannot be reached hold a large negative number rather than -inf, whose gradients would be NaN.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pyad import _core
from pyad._core import Tensor
from pyad.func.trees import innermost_batch
from pyad.nn import batches

__all__ = ["ctc_loss"]

_NEVER = -1e30


def _lengths(name: str, given: Any, batch: int, most: int) -> Any:
    values = np.asarray(given.numpy() if isinstance(given, Tensor) else given).reshape(-1)
    if values.dtype.kind not in "iu":
        raise RuntimeError(f"ctc_loss: {name} must be integers, got {values.dtype}")
    if len(values) != batch:
        raise RuntimeError(
            f"ctc_loss: {name} must be of size batch_size {batch}, got {len(values)}"
        )
    if batch and (values.min() < 0 or values.max() > most):
        raise RuntimeError(
            f"ctc_loss: Expected {name} to have values from 0 to {most}, got {values.tolist()}"
        )
    return values.astype(np.int64)


def _labels(targets: Any, lengths: Any) -> Any:
    """Labels as (batch, longest), whether they came so or one after the other."""
    longest = int(lengths.max()) if len(lengths) else 0
    if targets.ndim == 2:
        return targets[:, :longest] if targets.shape[1] >= longest else None
    if targets.size != lengths.sum():
        return None
    out = np.zeros((len(lengths), longest), np.int64)
    out[np.arange(longest) < lengths[:, None]] = targets
    return out


def ctc_loss(
    log_probs: Tensor,
    targets: Tensor,
    input_lengths: Any,
    target_lengths: Any,
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
) -> Tensor:
    """Minus the log-probability of label sequences, over all their alignments in time.

    As in PyTorch the gradient is that of a loss after `log_softmax`: what it says for `log_probs`
    is only right once it has passed through there.

    Args:
        log_probs: Log-probabilities (T, N, C), or (T, C).
        targets: Labels (N, S), or all one after the other; never the blank.
        input_lengths: Steps in time of each sequence, at most T.
        target_lengths: Labels of each sequence.
        blank: The label that stands for none.
        reduction: "mean" (each loss first divided by its number of labels), "sum" or "none".
        zero_infinity: Whether a sequence too short for its labels costs 0 rather than inf.

    Returns:
        A 0-d tensor, or (N,).

    Raises:
        RuntimeError: Shapes, lengths or labels do not fit.
        ValueError: There is no such reduction.

    Example:
        >>> import pyad
        >>> p = pyad.tensor([[[0.25, 0.75]], [[0.5, 0.5]]]).log()
        >>> loss = pyad.nn.functional.ctc_loss(p, pyad.tensor([[1]]), [2], [1])
        >>> round((-loss).exp().item(), 4)
        0.875
    """
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"{reduction} is not a valid value for reduction")
    if log_probs.dim() not in (2, 3) or not log_probs.is_floating_point():
        raise RuntimeError(
            "ctc_loss: log_probs must be a floating tensor (T, N, C) or (T, C), got shape "
            f"{log_probs.shape}"
        )
    level = innermost_batch((log_probs, targets, input_lengths, target_lengths))
    if level >= 0:
        lengths = input_lengths, target_lengths
        return _of_examples(level, log_probs, targets, lengths, blank, reduction, zero_infinity)
    single = log_probs.dim() == 2
    x = log_probs.unsqueeze(1) if single else log_probs
    steps, batch, classes = x.shape
    if not 0 <= blank < classes:
        raise RuntimeError(
            f"ctc_loss: blank must be in label range 0 to {classes - 1}, got {blank}"
        )
    times = _lengths("input_lengths", input_lengths, batch, steps)
    counts = _lengths("target_lengths", target_lengths, batch, 2**31)
    given = np.asarray(targets.numpy(), np.int64)
    labels = _labels(given.reshape(1, -1) if single else given, counts)
    if labels is None:
        raise RuntimeError(
            f"ctc_loss: targets of shape {targets.shape} do not hold target_lengths "
            f"{counts.tolist()}"
        )
    longest = labels.shape[1]
    used = np.arange(longest) < counts[:, None]
    labels = np.where(used, labels, blank)
    if ((labels[used] < 0) | (labels[used] >= classes)).any():
        raise RuntimeError(f"ctc_loss: labels must be from 0 to {classes - 1}")
    loss = _paths(x, labels, times, counts, blank)
    possible = loss.detach() < -_NEVER / 2
    loss = _core.where(possible, loss, 0.0 if zero_infinity else math.inf)
    # The part of the slope that log_softmax takes away again; its value is 0.
    inside = _core.tensor((np.arange(steps)[:, None] < times)[:, :, None])
    total = _core.where(inside, x.exp(), 0.0).sum((0, 2))
    loss = loss + _core.where(possible, total - total.detach(), 0.0)
    if reduction == "mean":
        return (loss / _core.tensor(np.maximum(counts, 1), dtype=x.dtype)).mean()
    if reduction == "sum":
        return loss.sum()
    return loss.squeeze(0) if single else loss


def _of_examples(
    level: int,
    log_probs: Tensor,
    targets: Tensor,
    lengths: tuple[Any, Any],
    blank: int,
    reduction: str,
    zero_infinity: bool,
) -> Tensor:
    """Under `vmap`: the sequences of all examples as those of one batch."""
    single = log_probs.dim() == 2
    given = [
        x if isinstance(x, Tensor) else _core.tensor(np.asarray(x).reshape(-1)) for x in lengths
    ]
    x, labels, times, counts = batches.spread(level, (log_probs, targets, *given))
    size = x.size(0)
    if not single and targets.dim() == 1:
        if _core.any_true(counts.reshape(size, -1).sum(1) != labels.size(1)):
            raise RuntimeError(
                f"ctc_loss: targets of shape {targets.shape} do not hold target_lengths"
            )
        labels = labels.reshape(-1)
    elif not single:
        labels = labels.reshape(-1, labels.size(2))
    x = x.unsqueeze(2) if single else x
    x = x.movedim(0, 1).reshape(x.size(1), -1, x.size(3))
    flat = ctc_loss(x, labels, times.reshape(-1), counts.reshape(-1), blank, "none", zero_infinity)
    loss = _core.to_batch(flat.reshape(size, -1), 0, level)
    if reduction == "mean":
        most = counts.reshape(size, -1).clamp_min(1).to(x.dtype)
        return (loss / _core.to_batch(most, 0, level)).mean()
    if reduction == "sum":
        return loss.sum()
    return loss.squeeze(0) if single else loss


def _paths(x: Tensor, labels: Any, times: Any, counts: Any, blank: int) -> Tensor:
    """Minus the log-probabilities of all paths. See Note [Paths of labels]."""
    steps, batch, _ = x.shape
    places = 2 * labels.shape[1] + 1
    at = np.full((batch, places), blank, np.int64)
    at[:, 1::2] = labels
    skips = np.zeros((batch, places), bool)
    skips[:, 3::2] = labels[:, 1:] != labels[:, :-1]
    begins = np.arange(places) < np.where(counts[:, None] > 0, 2, 1)
    score = x.gather(2, _core.tensor(at).expand(steps, batch, places))
    alpha = _core.where(_core.tensor(begins), score[0], _NEVER) if steps else score.sum(0)
    if not steps:
        alpha = _core.where(_core.tensor(np.arange(places) < 1), alpha, _NEVER)
    elif (times == 0).any():
        start = _core.tensor(np.where(np.arange(places) < 1, 0.0, _NEVER), dtype=x.dtype)
        alpha = _core.where(_core.tensor(times[:, None] > 0), alpha, start)
    can_skip = _core.tensor(skips)
    edge = _core.full((batch, 2), _NEVER, dtype=x.dtype)
    for t in range(1, steps):
        before = _core.cat([edge, alpha], 1)
        two = _core.where(can_skip, before[:, :places], _NEVER)
        ways = _core.stack([alpha, before[:, 1 : places + 1], two])
        moved = ways.logsumexp(0) + score[t]
        running = t < times
        alpha = (
            moved if running.all() else _core.where(_core.tensor(running[:, None]), moved, alpha)
        )
    last = _core.tensor(np.stack([2 * counts, np.maximum(2 * counts - 1, 0)], 1))
    ends = alpha.gather(1, last)
    never = _core.tensor(np.stack([np.zeros(batch, bool), counts == 0], 1))
    return -_core.where(never, _NEVER, ends).logsumexp(1)
