"""NAdam."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from pyad._core import Tensor
from pyad.optim.optimizer import RuleOptimizer, check_at_least, check_betas, check_lr

__all__ = ["NAdam"]


class NAdam(RuleOptimizer):
    """Adam whose step looks ahead along the running mean, as Nesterov's momentum does.

    Args:
        params: Parameters or groups of them.
        lr: Step size; a number, or a tensor of one element.
        betas: How much of the running means of gradients and of their squares each step keeps.
        eps: Added to the divisor.
        weight_decay: Factor of the parameter that is added to its gradient.
        momentum_decay: How fast the momentum grows to the first beta.
        decoupled_weight_decay: Whether weight decay shrinks the parameter instead.
        foreach: Accepted and ignored: a step is one call for all parameters anyway.
        maximize: Whether the steps go uphill.
        capturable: Accepted and ignored: it concerns recordings on graphics processors.
        differentiable: Must be False.

    Raises:
        ValueError: A setting is negative, or a beta is not in [0, 1).

    Example:
        >>> import pyad
        >>> w = pyad.nn.Parameter(pyad.tensor([2.0]))
        >>> optimizer = pyad.optim.NAdam([w], lr=0.1)
        >>> for _ in range(3):
        ...     optimizer.zero_grad()
        ...     w.square().sum().backward()
        ...     optimizer.step()
        >>> round(w.item(), 4)
        1.7475
    """

    _rule = "nadam"
    _later: ClassVar[dict[str, Any]] = {
        "maximize": False,
        "foreach": None,
        "capturable": False,
        "differentiable": False,
        "decoupled_weight_decay": False,
    }

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_lr(lr)
        check_at_least("epsilon value", eps)
        check_betas(betas)
        check_at_least("weight_decay value", weight_decay)
        check_at_least("momentum_decay value", momentum_decay)
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "momentum_decay": momentum_decay,
            "decoupled_weight_decay": decoupled_weight_decay,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)
