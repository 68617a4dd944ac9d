"""Stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pyad import _core
from pyad.optim.optimizer import Optimizer, check_at_least

__all__ = ["SGD"]


class SGD(Optimizer):
    """p <- p - lr * g, with momentum, weight decay and Nesterov's correction as in PyTorch.

    Args:
        params: Parameters or groups of them.
        lr: Step size.
        momentum: Factor of the running sum of gradients.
        dampening: Part of each new gradient that the running sum leaves out.
        weight_decay: Factor of the parameter that is added to its gradient.
        nesterov: Whether the step looks ahead along the running sum.
        maximize: Whether the steps go uphill.
        foreach: Accepted and ignored: a step is one call for all parameters anyway.
        fused: Likewise.

    Raises:
        ValueError: A setting is negative, or Nesterov's correction has no momentum or dampening.

    Example:
        >>> import pyad
        >>> w = pyad.nn.Parameter(pyad.tensor([2.0]))
        >>> optimizer = pyad.optim.SGD([w], lr=0.1, momentum=0.9)
        >>> for _ in range(2):
        ...     optimizer.zero_grad()
        ...     w.square().sum().backward()
        ...     optimizer.step()
        >>> round(w.item(), 4)
        0.92
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        fused: bool | None = None,
    ) -> None:
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def _check(self, group: dict[str, Any]) -> None:
        check_at_least("learning rate", group["lr"], 0.0)
        check_at_least("momentum value", group["momentum"], 0.0)
        check_at_least("weight_decay value", group["weight_decay"], 0.0)
        if group["nesterov"] and (group["momentum"] <= 0 or group["dampening"] != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")

    def _update(self, group: dict[str, Any]) -> None:
        _core.sgd_step(
            group["params"],
            self.state,
            group["lr"],
            group["momentum"],
            group["dampening"],
            group["weight_decay"],
            group["nesterov"],
            group["maximize"],
        )
