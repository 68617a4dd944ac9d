"""Losses made of other functions; the frequent ones are rows of the op table."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

from pyad import _core
from pyad._core import Tensor
from pyad.nn.distance_functions import pairwise_distance

__all__ = [
    "cosine_embedding_loss",
    "gaussian_nll_loss",
    "hinge_embedding_loss",
    "linear_cross_entropy",
    "margin_ranking_loss",
    "multi_margin_loss",
    "multilabel_margin_loss",
    "multilabel_soft_margin_loss",
    "poisson_nll_loss",
    "soft_margin_loss",
    "triplet_margin_loss",
    "triplet_margin_with_distance_loss",
]

_logsigmoid = _core.logsigmoid


def legacy_reduction(size_average: bool | None, reduce: bool | None, stacklevel: int = 3) -> str:
    """The reduction that PyTorch's older arguments ask for, with a warning.

    Example:
        >>> import warnings
        >>> from pyad.nn.loss_functions import legacy_reduction
        >>> with warnings.catch_warnings(action="ignore"):
        ...     legacy_reduction(False, None)
        'sum'
    """
    name = "none" if reduce is False else "sum" if size_average is False else "mean"
    warnings.warn(
        f"size_average and reduce args will be deprecated, please use reduction='{name}' instead.",
        stacklevel=stacklevel,
    )
    return name


def _reduced(
    loss: Tensor, reduction: str, size_average: bool | None = None, reduce: bool | None = None
) -> Tensor:
    if size_average is not None or reduce is not None:
        reduction = legacy_reduction(size_average, reduce, stacklevel=4)
    if reduction == "mean":
        return loss.mean()
    return loss.sum() if reduction == "sum" else loss


def _check(reduction: str) -> None:
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} is not a valid value for reduction")


def poisson_nll_loss(
    input: Tensor,
    target: Tensor,
    log_input: bool = True,
    full: bool = False,
    size_average: bool | None = None,
    eps: float = 1e-8,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Negative log-likelihood of counts, Poisson-distributed around the input.

    Args:
        input: The rate, or its logarithm.
        target: Counts.
        log_input: Whether the input is a logarithm.
        full: Whether Stirling's approximation of log(target!) is added.
        size_average: Older form of `reduction`.
        eps: Keeps the logarithm of a rate finite.
        reduce: Older form of `reduction`.
        reduction: "mean", "sum" or "none".

    Raises:
        ValueError: There is no such reduction.

    Example:
        >>> import pyad
        >>> pyad.nn.functional.poisson_nll_loss(pyad.zeros(3), pyad.ones(3)).item()
        1.0
    """
    _check(reduction)
    loss = input.exp() - target * input if log_input else input - target * (input + eps).log()
    if full:
        safe = _core.where(target > 1, target, 1.0)
        stirling = safe * safe.log() - safe + 0.5 * (2 * math.pi * safe).log()
        loss = loss + _core.where(target > 1, stirling, 0.0)
    return _reduced(loss, reduction, size_average, reduce)


def gaussian_nll_loss(
    input: Tensor,
    target: Tensor,
    var: Tensor | float,
    full: bool = False,
    eps: float = 1e-6,
    reduction: str = "mean",
) -> Tensor:
    """Negative log-likelihood of targets, normally distributed around the input.

    Args:
        input: Means.
        target: Samples; broadcasts with input.
        var: Variances: a number, of the input's shape, or one for a row.
        full: Whether the constant is added.
        eps: Variances are at least this.
        reduction: "mean", "sum" or "none".

    Raises:
        ValueError: A variance is negative, or the shape or the reduction is wrong.

    Example:
        >>> import pyad
        >>> x = pyad.ones(2)
        >>> pyad.nn.functional.gaussian_nll_loss(x, pyad.zeros(2), pyad.ones(2)).item()
        0.5
    """
    if not isinstance(var, Tensor):
        if var < 0:
            raise ValueError("var has negative entry/entries")
        var = var * _core.ones_like(input.detach())
    elif _core.any_true(var.detach() < 0):
        raise ValueError("var has negative entry/entries")
    if var.shape != input.shape:
        differing = [(a, b) for a, b in zip(input.shape, var.shape, strict=False) if a != b]
        if input.shape[:-1] == var.shape:
            var = var.unsqueeze(-1)
        elif input.dim() != var.dim() or sum(b for _, b in differing) != 1:
            raise ValueError("var is of incorrect size")
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} is not valid")
    # As in PyTorch the bound changes the value alone, not the slope.
    var = var + (var.detach().clamp_min(eps) - var.detach())
    loss = 0.5 * (var.log() + (input - target) ** 2 / var)
    if full:
        loss = loss + 0.5 * math.log(2 * math.pi)
    return _reduced(loss, reduction)


def hinge_embedding_loss(
    input: Tensor,
    target: Tensor,
    margin: float = 1.0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Distances x where the target is 1, max(0, margin - x) where it is -1.

    Args:
        input: Distances.
        target: 1 or -1.
        margin: Distance from which unlike pairs cost nothing.
        size_average: Older form of `reduction`.
        reduce: Older form of `reduction`.
        reduction: "mean", "sum" or "none".

    Raises:
        ValueError: There is no such reduction.

    Example:
        >>> import pyad
        >>> x, y = pyad.tensor([0.5, 0.5]), pyad.tensor([1.0, -1.0])
        >>> pyad.nn.functional.hinge_embedding_loss(x, y).item()
        0.5
    """
    _check(reduction)
    unlike = _core.where(target != 1, (margin - input).clamp_min(0), 0.0)
    like = _core.where(target != -1, input, 0.0)
    return _reduced(unlike + like, reduction, size_average, reduce)


def margin_ranking_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """max(0, -target (x1 - x2) + margin).

    Args:
        input1: Ranks that should be higher where the target is 1.
        input2: Ranks that should be higher where it is -1.
        target: 1 or -1.
        margin: By how much at least.
        size_average: Older form of `reduction`.
        reduce: Older form of `reduction`.
        reduction: "mean", "sum" or "none".

    Raises:
        RuntimeError: Numbers of dims differ.
        ValueError: There is no such reduction.

    Example:
        >>> import pyad
        >>> a, b = pyad.tensor([1.0]), pyad.tensor([3.0])
        >>> pyad.nn.functional.margin_ranking_loss(a, b, pyad.ones(1)).item()
        2.0
    """
    _check(reduction)
    if not input1.dim() == input2.dim() == target.dim():
        raise RuntimeError(
            "margin_ranking_loss : All input tensors should have same dimension but got sizes: "
            f"input1: {input1.shape}, input2: {input2.shape}, target: {target.shape} "
        )
    loss = (-target * (input1 - input2) + margin).clamp_min(0)
    return _reduced(loss, reduction, size_average, reduce)


def soft_margin_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """log(1 + exp(-target x)), targets 1 or -1.

    Args:
        input: Scores.
        target: 1 or -1, of the input's shape.
        size_average: Older form of `reduction`.
        reduce: Older form of `reduction`.
        reduction: "mean", "sum" or "none".

    Raises:
        ValueError: There is no such reduction.

    Example:
        >>> import pyad
        >>> loss = pyad.nn.functional.soft_margin_loss(pyad.zeros(2), pyad.ones(2))
        >>> round(loss.item(), 4)
        0.6931
    """
    _check(reduction)
    # -logsigmoid, in the layout of the input.
    loss = _core.softplus(-input * target, threshold=math.inf)
    if input.is_floating_point():
        loss = loss.to(input.dtype)
    return _reduced(loss, reduction, size_average, reduce)


def multilabel_soft_margin_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Binary cross-entropy of each class with logits, its mean over the classes.

    Args:
        input: Logits (..., C).
        target: 0 or 1, of the input's shape.
        weight: Factors of the classes, (C,).
        size_average: Older form of `reduction`.
        reduce: Older form of `reduction`.
        reduction: "mean", "sum" or "none".

    Raises:
        ValueError: There is no such reduction.

    Example:
        >>> import pyad
        >>> x, y = pyad.zeros(1, 2), pyad.tensor([[0.0, 1.0]])
        >>> round(pyad.nn.functional.multilabel_soft_margin_loss(x, y).item(), 4)
        0.6931
    """
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} is not valid")
    loss = -(target * _logsigmoid(input) + (1 - target) * _logsigmoid(-input))
    if weight is not None:
        loss = loss * weight
    return _reduced(loss.mean(-1), reduction, size_average, reduce)


def cosine_embedding_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """1 - cos where the target is 1, max(0, cos - margin) where it is -1.

    Args:
        input1: Vectors (N, D) or (D,).
        input2: Vectors of that shape.
        target: 1 or -1: (N,) or ().
        margin: Cosine up to which unlike vectors cost nothing.
        size_average: Older form of `reduction`.
        reduce: Older form of `reduction`.
        reduction: "mean", "sum" or "none".

    Raises:
        RuntimeError: Numbers of dims do not fit.
        ValueError: There is no such reduction.

    Example:
        >>> import pyad
        >>> a, b = pyad.tensor([[1.0, 0.0]]), pyad.tensor([[0.0, 1.0]])
        >>> pyad.nn.functional.cosine_embedding_loss(a, b, pyad.ones(1)).item()
        1.0
    """
    _check(reduction)
    if target.dim() not in (0, 1):
        raise RuntimeError(
            "0D or 1D target tensor expected, multi-target not supported: got a target of shape "
            f"{target.shape}"
        )
    if not input1.dim() == input2.dim() == target.dim() + 1:
        wanted = "1D input tensors with a 0D" if target.dim() == 0 else "2D input tensors with a 1D"
        raise RuntimeError(
            f"cosine_embedding_loss: expects {wanted} target tensor, got {input1.shape}, "
            f"{input2.shape} and {target.shape}"
        )
    dim = target.dim()
    dots = (input1 * input2).sum(dim)
    sizes = ((input1 * input1).sum(dim) + 1e-12) * ((input2 * input2).sum(dim) + 1e-12)
    cosine = dots / sizes.sqrt()
    like = _core.where(target == 1, 1 - cosine, 0.0)
    unlike = _core.where(target == -1, (cosine - margin).clamp_min(0), 0.0)
    return _reduced(like + unlike, reduction, size_average, reduce)


def _rows_of_classes(op: str, input: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    if input.dim() > 2 or (input.dim() > 0 and input.size(-1) == 0):
        raise RuntimeError(
            f"{op}: Expected non-empty vector or matrix with optional 0-dim batch size, but got: "
            f"{input.shape}"
        )
    if input.dim() == 2:
        return input, target
    return input.reshape(1, -1), target.reshape(1, -1)


def multilabel_margin_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """max(0, 1 - (x[label] - x[other])), over labels and other classes, divided by the classes.

    Args:
        input: Scores (N, C) or (C,).
        target: Class indices of the input's shape; those after the first -1 are ignored.
        size_average: Older form of `reduction`.
        reduce: Older form of `reduction`.
        reduction: "mean", "sum" or "none".

    Raises:
        RuntimeError: Shapes do not fit, or an index is out of range.
        ValueError: There is no such reduction.

    Example:
        >>> import pyad
        >>> x, y = pyad.tensor([0.1, 0.2, 0.4, 0.8]), pyad.tensor([3, 0, -1, 1])
        >>> round(pyad.nn.functional.multilabel_margin_loss(x, y).item(), 4)
        0.85
    """
    _check(reduction)
    op = "multilabel_margin_loss"
    if input.shape != target.shape:
        raise RuntimeError(f"{op}: inconsistent target size {target.shape} for input {input.shape}")
    x, labels = _rows_of_classes(op, input, target)
    classes = x.size(1)
    if _core.any_true((labels < -1) | (labels >= classes)):
        raise RuntimeError(f"{op}: class indices must be from -1 to {classes - 1}")
    used = (labels < 0).cumsum(1) == 0
    index = _core.where(used, labels, 0)
    is_label = _core.zeros(x.shape, dtype=x.dtype).scatter_add(1, index, used.to(x.dtype)) > 0
    at_label = x.gather(1, index)
    margins = (1 - at_label.unsqueeze(2) + x.unsqueeze(1)).clamp_min(0)
    counts = used.unsqueeze(2) & ~is_label.unsqueeze(1)
    loss = _core.where(counts, margins, 0.0).sum((1, 2)) / classes
    return _reduced(loss if input.dim() == 2 else loss.squeeze(0), reduction, size_average, reduce)


def multi_margin_loss(
    input: Tensor,
    target: Tensor,
    p: int = 1,
    margin: float = 1.0,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """max(0, margin - x[target] + x[other])^p over the other classes, divided by the classes.

    Args:
        input: Scores (N, C) or (C,).
        target: Class indices (N,) or ().
        p: 1 or 2.
        margin: By how much the target should be ahead.
        weight: Factors of the classes, (C,).
        size_average: Older form of `reduction`.
        reduce: Older form of `reduction`.
        reduction: "mean", "sum" or "none".

    Raises:
        RuntimeError: Shapes do not fit, or an index is out of range.
        ValueError: There is no such `p` or reduction.

    Example:
        >>> import pyad
        >>> x = pyad.tensor([0.1, 0.2, 0.4, 0.8])
        >>> round(pyad.nn.functional.multi_margin_loss(x, pyad.tensor(3)).item(), 4)
        0.325
    """
    _check(reduction)
    op = "multi_margin_loss"
    if p not in (1, 2):
        raise ValueError("only p == 1 and p == 2 supported")
    if weight is not None and weight.dim() != 1:
        raise ValueError("weight must be one-dimensional")
    x, labels = _rows_of_classes(op, input, target)
    if input.dim() < 2:
        labels = labels.reshape(-1)
    rows, classes = x.shape
    if labels.shape != (rows,):
        raise RuntimeError(
            f"{op}: inconsistent target size, expected {rows} but got {target.shape}"
        )
    if weight is not None and weight.numel() != classes:
        raise RuntimeError(f"{op}: inconsistent weight size, expected {classes}: {weight.shape}")
    if weight is not None and weight.dtype != input.dtype:
        raise RuntimeError(
            f"{op}: weight must have the input's dtype {input.dtype}, got {weight.dtype}; convert "
            f"it with .to({input.dtype})"
        )
    if _core.any_true((labels < 0) | (labels >= classes)):
        raise RuntimeError(f"{op}: class indices must be from 0 to {classes - 1}")
    index = labels.unsqueeze(1)
    behind = (margin - x.gather(1, index) + x).clamp_min(0)
    if p == 2:
        behind = behind * behind
    if weight is not None:
        behind = behind * weight.index_select(0, labels).unsqueeze(1)
    others = _core.ones(x.shape, dtype=x.dtype).scatter(1, index, 0.0)
    loss = (behind * others).sum(1) / classes
    return _reduced(loss if input.dim() == 2 else loss.squeeze(0), reduction, size_average, reduce)


def triplet_margin_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    margin: float = 1.0,
    p: float = 2,
    eps: float = 1e-6,
    swap: bool = False,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """max(0, d(anchor, positive) - d(anchor, negative) + margin), d the distance of p-norm.

    Args:
        anchor: Vectors (N, D) or (D,).
        positive: Vectors that should be near.
        negative: Vectors that should be far.
        margin: By how much farther; positive.
        p: Order of the norm.
        eps: Added to differences.
        swap: Whether d(positive, negative) is taken where it is smaller.
        size_average: Older form of `reduction`.
        reduce: Older form of `reduction`.
        reduction: "mean", "sum" or "none".

    Raises:
        ValueError: The margin is not positive, or there is no such reduction.

    Example:
        >>> import pyad
        >>> a, b = pyad.zeros(1, 2), pyad.ones(1, 2)
        >>> round(pyad.nn.functional.triplet_margin_loss(a, a, b, margin=2.0).item(), 4)
        0.5858
    """
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    if size_average is not None or reduce is not None:
        reduction = legacy_reduction(size_average, reduce)
    return triplet_margin_with_distance_loss(
        anchor,
        positive,
        negative,
        distance_function=lambda x, y: pairwise_distance(x, y, p, eps),
        margin=margin,
        swap=swap,
        reduction=reduction,
    )


def triplet_margin_with_distance_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    *,
    distance_function: Callable[[Tensor, Tensor], Tensor] | None = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
) -> Tensor:
    """`triplet_margin_loss` with a distance of one's own.

    Args:
        anchor: Vectors.
        positive: Vectors that should be near.
        negative: Vectors that should be far.
        distance_function: Of two tensors. Default: `pairwise_distance`.
        margin: By how much farther; positive.
        swap: Whether the distance of positive and negative is taken where it is smaller.
        reduction: "mean", "sum" or "none".

    Raises:
        RuntimeError: Numbers of dims differ.
        ValueError: The margin is not positive, or there is no such reduction.

    Example:
        >>> import pyad
        >>> a, b = pyad.zeros(1, 2), pyad.ones(1, 2)
        >>> pyad.nn.functional.triplet_margin_with_distance_loss(
        ...     a, a, b, margin=3.0, distance_function=lambda x, y: (x - y).abs().sum(1)
        ... ).item()
        1.0
    """
    _check(reduction)
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    if not anchor.dim() == positive.dim() == negative.dim():
        raise RuntimeError(
            "The anchor, positive, and negative tensors are expected to have the same number of "
            f"dimensions, but got: anchor {anchor.dim()}D, positive {positive.dim()}D, and "
            f"negative {negative.dim()}D inputs"
        )
    distance = pairwise_distance if distance_function is None else distance_function
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = _core.minimum(far, distance(positive, negative))
    return _reduced((margin + near - far).clamp_min(0), reduction)


def linear_cross_entropy(
    input: Tensor,
    linear_weight: Tensor,
    target: Tensor,
    *,
    linear_bias: Tensor | None = None,
    weight: Tensor | None = None,
    reduction: str = "mean",
    ignore_index: int | None = None,
    label_smoothing: float = 0.0,
    options: Any = None,
) -> Tensor:
    """`cross_entropy` of `linear(input, linear_weight, linear_bias)`.

    Args:
        input: Features (N, in) or (in,).
        linear_weight: (C, in), or (C, ..., in) for several classifications of each sample.
        target: Class indices (N, ...), or probabilities (N, C, ...).
        linear_bias: (C, ...).
        weight: Factors of the classes, (C,).
        reduction: "mean", "sum" or "none".
        ignore_index: A class index that counts nothing.
        label_smoothing: Part of the target that is spread over all classes.
        options: How PyTorch saves memory; without effect.

    Example:
        >>> import pyad
        >>> x, w, y = pyad.zeros(1, 3), pyad.ones(2, 3), pyad.tensor([1])
        >>> round(pyad.nn.functional.linear_cross_entropy(x, w, y).item(), 4)
        0.6931
    """
    results, features = linear_weight.shape[:-1], linear_weight.shape[-1]
    bias = None if linear_bias is None else linear_bias.reshape(-1)
    logits = _core.nn.functional.linear(input, linear_weight.reshape(-1, features), bias)
    if len(results) > 1:
        logits = logits.reshape(*input.shape[:-1], *results)
    return _core.nn.functional.cross_entropy(
        logits,
        target,
        weight,
        ignore_index=-(2**63) if ignore_index is None else ignore_index,
        reduction=reduction,
        label_smoothing=label_smoothing,
    )
