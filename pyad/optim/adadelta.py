"""Adadelta."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from pyad._core import Tensor
from pyad.optim.optimizer import RuleOptimizer, check_at_least, check_lr

__all__ = ["Adadelta"]


class Adadelta(RuleOptimizer):
    """Steps as large as those before, scaled by the running mean of squared gradients.

    Args:
        params: Parameters or groups of them.
        lr: Step size; a number, or a tensor of one element.
        rho: How much of the running means each step keeps.
        eps: Added to the mean squares of gradients and of steps.
        weight_decay: Factor of the parameter that is added to its gradient.
        foreach: Accepted and ignored: a step is one call for all parameters anyway.
        capturable: Accepted and ignored: it concerns recordings on graphics processors.
        maximize: Whether the steps go uphill.
        differentiable: Must be False.

    Raises:
        ValueError: A setting is negative, or rho is above 1.

    Example:
        >>> import pyad
        >>> w = pyad.nn.Parameter(pyad.tensor([2.0]))
        >>> optimizer = pyad.optim.Adadelta([w])
        >>> for _ in range(3):
        ...     optimizer.zero_grad()
        ...     w.square().sum().backward()
        ...     optimizer.step()
        >>> round(w.item(), 4)
        1.9903
    """

    _rule = "adadelta"
    _later: ClassVar[dict[str, Any]] = {
        "foreach": None,
        "maximize": False,
        "differentiable": False,
        "capturable": False,
    }

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        capturable: bool = False,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_lr(lr)
        if not 0.0 <= rho <= 1.0:
            raise ValueError(f"Invalid rho value: {rho}")
        check_at_least("epsilon value", eps)
        check_at_least("weight_decay value", weight_decay)
        defaults = {
            "lr": lr,
            "rho": rho,
            "eps": eps,
            "weight_decay": weight_decay,
            "maximize": maximize,
            "capturable": capturable,
            "foreach": foreach,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)
