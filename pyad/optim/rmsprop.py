"""RMSprop."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from pyad._core import Tensor
from pyad.optim.optimizer import RuleOptimizer, check_at_least, check_lr

__all__ = ["RMSprop"]


class RMSprop(RuleOptimizer):
    """Steps scaled by the root of a running mean of squared gradients.

    Args:
        params: Parameters or groups of them.
        lr: Step size; a number, or a tensor of one element.
        alpha: How much of the running mean each step keeps.
        eps: Added to the divisor.
        weight_decay: Factor of the parameter that is added to its gradient.
        momentum: Factor of the running sum of steps.
        centered: Whether the mean gradient is taken out of the mean square.
        capturable: Accepted and ignored: it concerns recordings on graphics processors.
        foreach: Accepted and ignored: a step is one call for all parameters anyway.
        maximize: Whether the steps go uphill.
        differentiable: Must be False.

    Raises:
        ValueError: A setting is negative.

    Example:
        >>> import pyad
        >>> w = pyad.nn.Parameter(pyad.tensor([2.0]))
        >>> optimizer = pyad.optim.RMSprop([w], lr=0.1)
        >>> for _ in range(3):
        ...     optimizer.zero_grad()
        ...     w.square().sum().backward()
        ...     optimizer.step()
        >>> round(w.item(), 4)
        0.3097
    """

    _rule = "rmsprop"
    _later: ClassVar[dict[str, Any]] = {
        "momentum": 0,
        "centered": False,
        "foreach": None,
        "maximize": False,
        "differentiable": False,
        "capturable": False,
    }

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_lr(lr)
        check_at_least("epsilon value", eps)
        check_at_least("momentum value", momentum)
        check_at_least("weight_decay value", weight_decay)
        check_at_least("alpha value", alpha)
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "alpha": alpha,
            "eps": eps,
            "centered": centered,
            "weight_decay": weight_decay,
            "capturable": capturable,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)
