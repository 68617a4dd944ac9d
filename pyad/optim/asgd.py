"""Averaged stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from pyad._core import Tensor
from pyad.optim.optimizer import RuleOptimizer, check_at_least, check_lr

__all__ = ["ASGD"]


class ASGD(RuleOptimizer):
    """Gradient descent with decreasing steps that also keeps the mean of the parameters.

    Args:
        params: Parameters or groups of them.
        lr: Step size; a number, or a tensor of one element.
        lambd: Factor of the shrinking of the parameters.
        alpha: Power with which the step size falls.
        t0: The step after which the mean begins.
        weight_decay: Factor of the parameter that is added to its gradient.
        foreach: Accepted and ignored: a step is one call for all parameters anyway.
        maximize: Whether the steps go uphill.
        differentiable: Must be False.
        capturable: Accepted and ignored: it concerns recordings on graphics processors.

    Raises:
        ValueError: lr or weight_decay is negative.

    Example:
        >>> import pyad
        >>> w = pyad.nn.Parameter(pyad.tensor([2.0]))
        >>> optimizer = pyad.optim.ASGD([w], lr=0.1)
        >>> for _ in range(3):
        ...     optimizer.zero_grad()
        ...     w.square().sum().backward()
        ...     optimizer.step()
        >>> round(w.item(), 4)
        1.024
    """

    _rule = "asgd"
    _later: ClassVar[dict[str, Any]] = {
        "foreach": None,
        "maximize": False,
        "differentiable": False,
        "capturable": False,
    }

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        check_lr(lr)
        check_at_least("weight_decay value", weight_decay)
        defaults = {
            "lr": lr,
            "lambd": lambd,
            "alpha": alpha,
            "t0": t0,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)
