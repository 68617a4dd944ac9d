"""Losses by margins and likelihoods as modules; the functions are in `pyad.nn.functional`."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from pyad._core import Tensor
from pyad.nn import functional as F
from pyad.nn.distance import PairwiseDistance
from pyad.nn.linear import Linear
from pyad.nn.loss import _Loss, _WeightedLoss

__all__ = [
    "CTCLoss",
    "CosineEmbeddingLoss",
    "GaussianNLLLoss",
    "HingeEmbeddingLoss",
    "KLDivLoss",
    "LinearCrossEntropyLoss",
    "MarginRankingLoss",
    "MultiLabelMarginLoss",
    "MultiLabelSoftMarginLoss",
    "MultiMarginLoss",
    "PoissonNLLLoss",
    "SoftMarginLoss",
    "TripletMarginLoss",
    "TripletMarginWithDistanceLoss",
]


class KLDivLoss(_Loss):
    """Kullback-Leibler divergence of log-probabilities from target probabilities.

    Args:
        size_average: Older form of `reduction`.
        reduce: Older form of `reduction`.
        reduction: "mean", "batchmean" (the divergence itself), "sum" or "none".
        log_target: Whether the target holds logarithms, too.

    Example:
        >>> import pyad
        >>> half = pyad.full((1, 2), 0.5)
        >>> pyad.nn.KLDivLoss(reduction="batchmean")(half.log(), half).item()
        0.0
    """

    def __init__(
        self,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
        log_target: bool = False,
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.log_target = log_target

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """The loss of tensors that broadcast."""
        return F.kl_div(input, target, reduction=self.reduction, log_target=self.log_target)


class PoissonNLLLoss(_Loss):
    """Negative log-likelihood of counts, Poisson-distributed around the input.

    Args:
        log_input: Whether the input is the logarithm of the rate.
        full: Whether Stirling's approximation of log(target!) is added.
        size_average: Older form of `reduction`.
        eps: Keeps the logarithm of a rate finite.
        reduce: Older form of `reduction`.
        reduction: "mean", "sum" or "none".

    Example:
        >>> import pyad
        >>> pyad.nn.PoissonNLLLoss()(pyad.zeros(3), pyad.ones(3)).item()
        1.0
    """

    def __init__(
        self,
        log_input: bool = True,
        full: bool = False,
        size_average: bool | None = None,
        eps: float = 1e-8,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.log_input = log_input
        self.full = full
        self.eps = eps

    def forward(self, log_input: Tensor, target: Tensor) -> Tensor:
        """The loss of tensors that broadcast."""
        return F.poisson_nll_loss(
            log_input,
            target,
            log_input=self.log_input,
            full=self.full,
            eps=self.eps,
            reduction=self.reduction,
        )


class GaussianNLLLoss(_Loss):
    """Negative log-likelihood of targets, normally distributed around the input.

    Args:
        full: Whether the constant is added.
        eps: Variances are at least this.
        reduction: "mean", "sum" or "none".

    Example:
        >>> import pyad
        >>> pyad.nn.GaussianNLLLoss()(pyad.ones(2), pyad.zeros(2), pyad.ones(2)).item()
        0.5
    """

    def __init__(self, *, full: bool = False, eps: float = 1e-6, reduction: str = "mean") -> None:
        super().__init__(reduction=reduction)
        self.full = full
        self.eps = eps

    def forward(self, input: Tensor, target: Tensor, var: Tensor | float) -> Tensor:
        """The loss of means, samples and variances."""
        return F.gaussian_nll_loss(
            input, target, var, full=self.full, eps=self.eps, reduction=self.reduction
        )


class HingeEmbeddingLoss(_Loss):
    """Distances x where the target is 1, max(0, margin - x) where it is -1.

    Args:
        margin: Distance from which unlike pairs cost nothing.
        size_average: Older form of `reduction`.
        reduce: Older form of `reduction`.
        reduction: "mean", "sum" or "none".

    Example:
        >>> import pyad
        >>> x, y = pyad.tensor([0.5, 0.5]), pyad.tensor([1.0, -1.0])
        >>> pyad.nn.HingeEmbeddingLoss()(x, y).item()
        0.5
    """

    def __init__(
        self,
        margin: float = 1.0,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.margin = margin

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """The loss of distances and signs."""
        return F.hinge_embedding_loss(input, target, margin=self.margin, reduction=self.reduction)


class MultiLabelMarginLoss(_Loss):
    """Margins between the scores of several labels and those of the other classes.

    Args:
        size_average: Older form of `reduction`.
        reduce: Older form of `reduction`.
        reduction: "mean", "sum" or "none".

    Example:
        >>> import pyad
        >>> x, y = pyad.tensor([0.1, 0.2, 0.4, 0.8]), pyad.tensor([3, 0, -1, 1])
        >>> round(pyad.nn.MultiLabelMarginLoss()(x, y).item(), 4)
        0.85
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """The loss of scores (N, C) and labels, which end at the first -1."""
        return F.multilabel_margin_loss(input, target, reduction=self.reduction)


class SoftMarginLoss(_Loss):
    """log(1 + exp(-target x)), targets 1 or -1.

    Args:
        size_average: Older form of `reduction`.
        reduce: Older form of `reduction`.
        reduction: "mean", "sum" or "none".

    Example:
        >>> import pyad
        >>> round(pyad.nn.SoftMarginLoss()(pyad.zeros(2), pyad.ones(2)).item(), 4)
        0.6931
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """The loss of scores and signs."""
        return F.soft_margin_loss(input, target, reduction=self.reduction)


class MultiLabelSoftMarginLoss(_WeightedLoss):
    """Binary cross-entropy of each class with logits, its mean over the classes.

    Args:
        weight: Factors of the classes, (C,).
        size_average: Older form of `reduction`.
        reduce: Older form of `reduction`.
        reduction: "mean", "sum" or "none".

    Example:
        >>> import pyad
        >>> x, y = pyad.zeros(1, 2), pyad.tensor([[0.0, 1.0]])
        >>> round(pyad.nn.MultiLabelSoftMarginLoss()(x, y).item(), 4)
        0.6931
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """The loss of logits (..., C) and zeros or ones."""
        return F.multilabel_soft_margin_loss(input, target, self.weight, reduction=self.reduction)


class CosineEmbeddingLoss(_Loss):
    """1 - cos where the target is 1, max(0, cos - margin) where it is -1.

    Args:
        margin: Cosine up to which unlike vectors cost nothing.
        size_average: Older form of `reduction`.
        reduce: Older form of `reduction`.
        reduction: "mean", "sum" or "none".

    Example:
        >>> import pyad
        >>> a, b = pyad.tensor([[1.0, 0.0]]), pyad.tensor([[0.0, 1.0]])
        >>> pyad.nn.CosineEmbeddingLoss()(a, b, pyad.ones(1)).item()
        1.0
    """

    def __init__(
        self,
        margin: float = 0.0,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.margin = margin

    def forward(self, input1: Tensor, input2: Tensor, target: Tensor) -> Tensor:
        """The loss of vectors (N, D) and signs (N,)."""
        return F.cosine_embedding_loss(
            input1, input2, target, margin=self.margin, reduction=self.reduction
        )


class MarginRankingLoss(_Loss):
    """max(0, -target (x1 - x2) + margin).

    Args:
        margin: By how much at least.
        size_average: Older form of `reduction`.
        reduce: Older form of `reduction`.
        reduction: "mean", "sum" or "none".

    Example:
        >>> import pyad
        >>> a, b = pyad.tensor([1.0]), pyad.tensor([3.0])
        >>> pyad.nn.MarginRankingLoss()(a, b, pyad.ones(1)).item()
        2.0
    """

    def __init__(
        self,
        margin: float = 0.0,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.margin = margin

    def forward(self, input1: Tensor, input2: Tensor, target: Tensor) -> Tensor:
        """The loss of two ranks and signs."""
        return F.margin_ranking_loss(
            input1, input2, target, margin=self.margin, reduction=self.reduction
        )


class MultiMarginLoss(_WeightedLoss):
    """max(0, margin - x[target] + x[other])^p over the other classes, divided by the classes.

    Args:
        p: 1 or 2.
        margin: By how much the target should be ahead.
        weight: Factors of the classes, (C,).
        size_average: Older form of `reduction`.
        reduce: Older form of `reduction`.
        reduction: "mean", "sum" or "none".

    Raises:
        ValueError: `p` is neither 1 nor 2, or the weight has not one dim.

    Example:
        >>> import pyad
        >>> x = pyad.tensor([0.1, 0.2, 0.4, 0.8])
        >>> round(pyad.nn.MultiMarginLoss()(x, pyad.tensor(3)).item(), 4)
        0.325
    """

    def __init__(
        self,
        p: int = 1,
        margin: float = 1.0,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        if p not in (1, 2):
            raise ValueError("only p == 1 and p == 2 supported")
        if weight is not None and weight.dim() != 1:
            raise ValueError("weight must be one-dimensional")
        super().__init__(weight, size_average, reduce, reduction)
        self.p = p
        self.margin = margin

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """The loss of scores (N, C) and class indices (N,)."""
        return F.multi_margin_loss(
            input,
            target,
            p=self.p,
            margin=self.margin,
            weight=self.weight,
            reduction=self.reduction,
        )


class TripletMarginLoss(_Loss):
    """max(0, d(anchor, positive) - d(anchor, negative) + margin), d the distance of p-norm.

    Args:
        margin: By how much farther; positive.
        p: Order of the norm.
        eps: Added to differences.
        swap: Whether d(positive, negative) is taken where it is smaller.
        size_average: Older form of `reduction`.
        reduce: Older form of `reduction`.
        reduction: "mean", "sum" or "none".

    Raises:
        ValueError: The margin is not positive.

    Example:
        >>> import pyad
        >>> a, b = pyad.zeros(1, 2), pyad.ones(1, 2)
        >>> round(pyad.nn.TripletMarginLoss(margin=2.0)(a, a, b).item(), 4)
        0.5858
    """

    def __init__(
        self,
        margin: float = 1.0,
        p: float = 2.0,
        eps: float = 1e-6,
        swap: bool = False,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        if margin <= 0:
            raise ValueError(
                f"TripletMarginLoss: expected margin to be greater than 0, got {margin} instead"
            )
        super().__init__(size_average, reduce, reduction)
        self.margin = margin
        self.p = p
        self.eps = eps
        self.swap = swap

    def forward(self, anchor: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        """The loss of vectors (N, D)."""
        return F.triplet_margin_loss(
            anchor,
            positive,
            negative,
            margin=self.margin,
            p=self.p,
            eps=self.eps,
            swap=self.swap,
            reduction=self.reduction,
        )


class TripletMarginWithDistanceLoss(_Loss):
    """`TripletMarginLoss` with a distance of one's own.

    Args:
        distance_function: Of two tensors. Default: `pairwise_distance`.
        margin: By how much farther; positive.
        swap: Whether the distance of positive and negative is taken where it is smaller.
        reduction: "mean", "sum" or "none".

    Raises:
        ValueError: The margin is not positive.

    Example:
        >>> import pyad
        >>> loss = pyad.nn.TripletMarginWithDistanceLoss(
        ...     distance_function=lambda x, y: (x - y).abs().sum(1), margin=3.0
        ... )
        >>> loss(pyad.zeros(1, 2), pyad.zeros(1, 2), pyad.ones(1, 2)).item()
        1.0
    """

    def __init__(
        self,
        *,
        distance_function: Callable[[Tensor, Tensor], Tensor] | None = None,
        margin: float = 1.0,
        swap: bool = False,
        reduction: str = "mean",
    ) -> None:
        if margin <= 0:
            raise ValueError(
                "TripletMarginWithDistanceLoss: expected margin to be greater than 0, got "
                f"{margin} instead"
            )
        super().__init__(reduction=reduction)
        self.distance_function = (
            PairwiseDistance() if distance_function is None else distance_function
        )
        self.margin = margin
        self.swap = swap

    def forward(self, anchor: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        """The loss of vectors."""
        return F.triplet_margin_with_distance_loss(
            anchor,
            positive,
            negative,
            distance_function=self.distance_function,
            margin=self.margin,
            swap=self.swap,
            reduction=self.reduction,
        )


class CTCLoss(_Loss):
    """Minus the log-probability of label sequences, over all their alignments in time.

    Args:
        blank: The label that stands for none.
        reduction: "mean" (each loss first divided by its number of labels), "sum" or "none".
        zero_infinity: Whether a sequence too short for its labels costs 0 rather than inf.

    Example:
        >>> import pyad
        >>> p = pyad.tensor([[[0.25, 0.75]], [[0.5, 0.5]]]).log()
        >>> loss = pyad.nn.CTCLoss()(p, pyad.tensor([[1]]), [2], [1])
        >>> round((-loss).exp().item(), 4)
        0.875
    """

    def __init__(
        self, blank: int = 0, reduction: str = "mean", zero_infinity: bool = False
    ) -> None:
        super().__init__(reduction=reduction)
        self.blank = blank
        self.zero_infinity = zero_infinity

    def forward(
        self, log_probs: Tensor, targets: Tensor, input_lengths: Any, target_lengths: Any
    ) -> Tensor:
        """The loss of log-probabilities (T, N, C) and labels (N, S), with the lengths of both."""
        return F.ctc_loss(
            log_probs,
            targets,
            input_lengths,
            target_lengths,
            self.blank,
            self.reduction,
            self.zero_infinity,
        )


class LinearCrossEntropyLoss(_WeightedLoss):
    """A linear layer, and the cross-entropy of its results.

    Args:
        in_features: Size of the last dim of the input.
        num_classes: Number of classes.
        out_features: Further sizes, for several classifications of each sample.
        bias: Whether the layer has a bias.
        device: "cpu" or None.
        dtype: Of the layer. Default: the default dtype.
        reduction: "mean", "sum" or "none".
        weight: Factors of the classes, (C,).
        ignore_index: A class index that counts nothing.
        label_smoothing: Part of the target that is spread over all classes.
        options: How PyTorch saves memory; without effect.

    Raises:
        RuntimeError: The weight has another shape, or the smoothing is no part.

    Example:
        >>> import pyad
        >>> loss = pyad.nn.LinearCrossEntropyLoss(3, 2)
        >>> round(loss(pyad.zeros(4, 3), pyad.tensor([0, 1, 1, 0])).item(), 4)
        0.6931
    """

    def __init__(
        self,
        in_features: int,
        num_classes: int,
        *,
        out_features: tuple[int, ...] = (),
        bias: bool = False,
        device: Any = None,
        dtype: Any = None,
        reduction: str = "mean",
        weight: Tensor | None = None,
        ignore_index: int | None = None,
        label_smoothing: float = 0.0,
        options: Any = None,
    ) -> None:
        if weight is not None and tuple(weight.shape) != (num_classes,):
            raise RuntimeError(
                f"expected weight shape to be {(num_classes,)}, got {tuple(weight.shape)}"
            )
        if not 0 <= label_smoothing <= 1:
            raise RuntimeError(
                f"expected label_smoothing to be in range [0, 1], got {label_smoothing}"
            )
        super().__init__(weight, reduction=reduction)
        self.num_classes = num_classes
        self.out_features = out_features
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing
        results = math.prod(out_features, start=num_classes)
        self.linear = Linear(in_features, results, bias=bias, device=device, dtype=dtype)
        self.options = options

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """The loss of features (N, in_features) at classes (N, ...)."""
        shape = (self.num_classes, *self.out_features)
        bias = self.linear.bias
        return F.linear_cross_entropy(
            input,
            self.linear.weight.reshape(*shape, self.linear.in_features),
            target,
            linear_bias=None if bias is None else bias.reshape(shape),
            weight=self.weight,
            reduction=self.reduction,
            ignore_index=self.ignore_index,
            label_smoothing=self.label_smoothing,
            options=self.options,
        )

    def extra_repr(self) -> str:
        """The settings."""
        return (
            f"in_features={self.linear.in_features}, num_classes={self.num_classes}, "
            f"out_features={self.out_features}, bias={self.linear.bias is not None}, "
            f"reduction={self.reduction}, ignore_index={self.ignore_index}, "
            f"label_smoothing={self.label_smoothing}, options={self.options}"
        )
