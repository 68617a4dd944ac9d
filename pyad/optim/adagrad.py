"""Adagrad."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from pyad import _core
from pyad._core import Tensor
from pyad.optim.optimizer import RuleOptimizer, check_at_least, check_lr

__all__ = ["Adagrad"]


class Adagrad(RuleOptimizer):
    """Steps scaled by the root of the sum of all squared gradients.

    Args:
        params: Parameters or groups of them.
        lr: Step size; a number, or a tensor of one element.
        lr_decay: Step n divides lr by 1 + (n - 1) * lr_decay.
        weight_decay: Factor of the parameter that is added to its gradient.
        initial_accumulator_value: Where the sums begin.
        eps: Added to the divisor.
        foreach: Accepted and ignored: a step is one call for all parameters anyway.
        maximize: Whether the steps go uphill.
        differentiable: Must be False.
        fused: Accepted and ignored, as foreach.

    Raises:
        ValueError: A setting is negative.

    Example:
        >>> import pyad
        >>> w = pyad.nn.Parameter(pyad.tensor([2.0]))
        >>> optimizer = pyad.optim.Adagrad([w], lr=0.1)
        >>> for _ in range(3):
        ...     optimizer.zero_grad()
        ...     w.square().sum().backward()
        ...     optimizer.step()
        >>> round(w.item(), 4)
        1.7758
    """

    _rule = "adagrad"
    _later: ClassVar[dict[str, Any]] = {
        "foreach": None,
        "maximize": False,
        "differentiable": False,
        "fused": None,
    }

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_lr(lr)
        check_at_least("lr_decay value", lr_decay)
        check_at_least("weight_decay value", weight_decay)
        check_at_least("initial_accumulator_value value", initial_accumulator_value)
        check_at_least("epsilon value", eps)
        defaults = {
            "lr": lr,
            "lr_decay": lr_decay,
            "eps": eps,
            "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "fused": fused,
        }
        super().__init__(params, defaults)
        _core.optim_init(self._rule, self.param_groups, self.state)

    def share_memory(self) -> None:
        """Nothing to do: threads share memory."""
