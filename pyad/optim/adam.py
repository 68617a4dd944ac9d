"""Adam and AdamW."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pyad import _core
from pyad.optim.optimizer import Optimizer, check_at_least

__all__ = ["Adam", "AdamW"]


class Adam(Optimizer):
    """Steps of about lr, scaled by running means of gradients and of their squares.

    Args:
        params: Parameters or groups of them.
        lr: Step size.
        betas: How much of the running means each step keeps.
        eps: Added to the root of the mean square.
        weight_decay: Factor of the parameter that is added to its gradient.
        amsgrad: Whether the largest mean square so far counts, instead of the present one.
        foreach: Accepted and ignored: a step is one call for all parameters anyway.
        maximize: Whether the steps go uphill.
        fused: Accepted and ignored, as foreach.
        decoupled_weight_decay: Whether weight decay shrinks the parameter instead (AdamW).

    Raises:
        ValueError: A setting is negative, or a beta is not in [0, 1).

    Example:
        >>> import pyad
        >>> w = pyad.nn.Parameter(pyad.tensor([2.0]))
        >>> optimizer = pyad.optim.Adam([w], lr=0.1)
        >>> w.square().sum().backward()
        >>> optimizer.step()
        >>> round(w.item(), 4)
        1.9
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "amsgrad": amsgrad,
            "maximize": maximize,
            "decoupled_weight_decay": decoupled_weight_decay,
        }
        super().__init__(params, defaults)

    def _check(self, group: dict[str, Any]) -> None:
        check_at_least("learning rate", group["lr"], 0.0)
        check_at_least("epsilon value", group["eps"], 0.0)
        check_at_least("weight_decay value", group["weight_decay"], 0.0)
        for i, beta in enumerate(group["betas"]):
            if not 0.0 <= beta < 1.0:
                raise ValueError(f"Invalid beta parameter at index {i}: {beta}")

    def _update(self, group: dict[str, Any]) -> None:
        beta1, beta2 = group["betas"]
        _core.adam_step(
            group["params"],
            self.state,
            group["lr"],
            beta1,
            beta2,
            group["eps"],
            group["weight_decay"],
            group["amsgrad"],
            group["decoupled_weight_decay"],
            group["maximize"],
        )


class AdamW(Adam):
    """Adam whose weight decay shrinks the parameters instead of joining the gradients.

    Args:
        params: Parameters or groups of them.
        lr: Step size.
        betas: How much of the running means each step keeps.
        eps: Added to the root of the mean square.
        weight_decay: Each step multiplies the parameters by 1 - lr * weight_decay.
        amsgrad: Whether the largest mean square so far counts, instead of the present one.
        maximize: Whether the steps go uphill.
        foreach: Accepted and ignored: a step is one call for all parameters anyway.
        fused: Likewise.

    Raises:
        ValueError: A setting is negative, or a beta is not in [0, 1).

    Example:
        >>> import pyad
        >>> w = pyad.nn.Parameter(pyad.tensor([2.0]))
        >>> optimizer = pyad.optim.AdamW([w], lr=0.1)
        >>> w.square().sum().backward()
        >>> optimizer.step()
        >>> round(w.item(), 4)
        1.898
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        fused: bool | None = None,
    ) -> None:
        super().__init__(
            params,
            lr,
            betas,
            eps,
            weight_decay,
            amsgrad,
            maximize=maximize,
            decoupled_weight_decay=True,
        )
