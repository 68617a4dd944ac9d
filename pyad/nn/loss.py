"""Losses as modules; the functions are in `pyad.nn.functional`."""

from __future__ import annotations

from pyad._core import Tensor
from pyad.nn import functional as F
from pyad.nn.loss_functions import legacy_reduction
from pyad.nn.module import Module

__all__ = [
    "BCELoss",
    "BCEWithLogitsLoss",
    "CrossEntropyLoss",
    "HuberLoss",
    "L1Loss",
    "MSELoss",
    "NLLLoss",
    "NLLLoss2d",
    "SmoothL1Loss",
]


class _Loss(Module):
    def __init__(
        self,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__()
        if size_average is not None or reduce is not None:
            reduction = legacy_reduction(size_average, reduce, stacklevel=4)
        self.reduction = reduction


class _WeightedLoss(_Loss):
    """A loss with constant factors for classes or elements, kept as a buffer."""

    weight: Tensor | None

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)


class MSELoss(_Loss):
    """Mean of squared differences.

    Args:
        size_average: Older form of `reduction`.
        reduce: Older form of `reduction`.
        reduction: "mean", "sum" or "none".

    Example:
        >>> import pyad
        >>> pyad.nn.MSELoss()(pyad.tensor([1.0, 3.0]), pyad.tensor([1.0, 1.0])).item()
        2.0
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """The loss of tensors that broadcast."""
        return F.mse_loss(input, target, reduction=self.reduction)


class L1Loss(_Loss):
    """Mean of absolute differences.

    Args:
        size_average: Older form of `reduction`.
        reduce: Older form of `reduction`.
        reduction: "mean", "sum" or "none".

    Example:
        >>> import pyad
        >>> pyad.nn.L1Loss()(pyad.tensor([1.0, 3.0]), pyad.tensor([1.0, 1.0])).item()
        1.0
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """The loss of tensors that broadcast."""
        return F.l1_loss(input, target, reduction=self.reduction)


class SmoothL1Loss(_Loss):
    """Absolute differences, quadratic where smaller than beta.

    Args:
        size_average: Older form of `reduction`.
        reduce: Older form of `reduction`.
        reduction: "mean", "sum" or "none".
        beta: Where the two meet.

    Example:
        >>> import pyad
        >>> pyad.nn.SmoothL1Loss()(pyad.tensor([3.0]), pyad.tensor([1.0])).item()
        1.5
    """

    def __init__(
        self,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
        beta: float = 1.0,
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.beta = beta

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """The loss of tensors that broadcast."""
        return F.smooth_l1_loss(input, target, reduction=self.reduction, beta=self.beta)


class HuberLoss(_Loss):
    """Half squared differences, linear where larger than delta.

    Args:
        reduction: "mean", "sum" or "none".
        delta: Where the two meet.

    Example:
        >>> import pyad
        >>> pyad.nn.HuberLoss(delta=2.0)(pyad.tensor([3.0]), pyad.tensor([1.0])).item()
        2.0
    """

    def __init__(self, reduction: str = "mean", delta: float = 1.0) -> None:
        if isinstance(delta, bool) or not isinstance(delta, (int, float)):
            raise TypeError(f"delta must be a float or int, got: {type(delta)}")
        super().__init__(reduction=reduction)
        self.delta = delta

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """The loss of tensors that broadcast."""
        return F.huber_loss(input, target, reduction=self.reduction, delta=self.delta)


class CrossEntropyLoss(_WeightedLoss):
    """-log softmax(input) at the target classes.

    Args:
        weight: Factors of the classes, (C,).
        ignore_index: A class index that counts nothing.
        size_average: Older form of `reduction`.
        reduce: Older form of `reduction`.
        reduction: "mean", "sum" or "none".
        label_smoothing: Part of the target that is spread over all classes.

    Example:
        >>> import pyad
        >>> round(pyad.nn.CrossEntropyLoss()(pyad.zeros(4, 2), pyad.tensor([0, 1, 1, 0])).item(), 4)
        0.6931
    """

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        ignore_index: int = -100,
        reduce: bool | None = None,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """The loss of logits (N, C, ...) at class indices (N, ...) or probabilities."""
        return F.cross_entropy(
            input,
            target,
            self.weight,
            ignore_index=self.ignore_index,
            reduction=self.reduction,
            label_smoothing=self.label_smoothing,
        )


class NLLLoss(_WeightedLoss):
    """Minus the input at the target classes; the input holds log-probabilities.

    Args:
        weight: Factors of the classes, (C,).
        ignore_index: A class index that counts nothing.
        size_average: Older form of `reduction`.
        reduce: Older form of `reduction`.
        reduction: "mean", "sum" or "none".

    Example:
        >>> import pyad
        >>> pyad.nn.NLLLoss()(pyad.tensor([[-1.0, -2.0]]), pyad.tensor([1])).item()
        2.0
    """

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        ignore_index: int = -100,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        self.ignore_index = ignore_index

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """The loss of log-probabilities (N, C, ...) at class indices (N, ...)."""
        return F.nll_loss(
            input, target, self.weight, ignore_index=self.ignore_index, reduction=self.reduction
        )


class NLLLoss2d(NLLLoss):
    """Older name of `NLLLoss` for images.

    Args:
        weight: Factors of the classes, (C,).
        size_average: Older form of `reduction`.
        ignore_index: A class index that counts nothing.
        reduce: Older form of `reduction`.
        reduction: "mean", "sum" or "none".

    Example:
        >>> import pyad
        >>> x, y = pyad.full((1, 2, 3, 3), -0.5), pyad.zeros(1, 3, 3, dtype=pyad.int64)
        >>> pyad.nn.NLLLoss2d()(x, y).item()
        0.5
    """


class BCELoss(_WeightedLoss):
    """Binary cross-entropy of probabilities.

    Args:
        weight: Factors that broadcast.
        size_average: Older form of `reduction`.
        reduce: Older form of `reduction`.
        reduction: "mean", "sum" or "none".

    Example:
        >>> import pyad
        >>> round(pyad.nn.BCELoss()(pyad.tensor([0.5]), pyad.tensor([1.0])).item(), 4)
        0.6931
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """The loss of tensors of one shape."""
        return F.binary_cross_entropy(input, target, self.weight, reduction=self.reduction)


class BCEWithLogitsLoss(_WeightedLoss):
    """Binary cross-entropy of sigmoid(input), accurate in both tails.

    Args:
        weight: Factors that broadcast.
        size_average: Older form of `reduction`.
        reduce: Older form of `reduction`.
        reduction: "mean", "sum" or "none".
        pos_weight: Factors of the positive class.

    Example:
        >>> import pyad
        >>> round(pyad.nn.BCEWithLogitsLoss()(pyad.tensor([0.0]), pyad.tensor([1.0])).item(), 4)
        0.6931
    """

    pos_weight: Tensor | None

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
        pos_weight: Tensor | None = None,
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        self.register_buffer("pos_weight", pos_weight)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """The loss of tensors of one shape."""
        return F.binary_cross_entropy_with_logits(
            input, target, self.weight, reduction=self.reduction, pos_weight=self.pos_weight
        )
