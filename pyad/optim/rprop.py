"""Rprop."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from pyad._core import Tensor
from pyad.optim.optimizer import RuleOptimizer, check_lr

__all__ = ["Rprop"]


class Rprop(RuleOptimizer):
    """A step size for each element, which grows while the gradient keeps its sign.

    Args:
        params: Parameters or groups of them.
        lr: The step size of all elements at the start.
        etas: Factors of the step size after a change of sign and without one.
        step_sizes: The smallest and the largest step size.
        capturable: Accepted and ignored: it concerns recordings on graphics processors.
        foreach: Accepted and ignored: a step is one call for all parameters anyway.
        maximize: Whether the steps go uphill.
        differentiable: Must be False.

    Raises:
        ValueError: lr is negative, or the etas are not in (0, 1) and above 1.

    Example:
        >>> import pyad
        >>> w = pyad.nn.Parameter(pyad.tensor([2.0]))
        >>> optimizer = pyad.optim.Rprop([w], lr=0.1)
        >>> for _ in range(3):
        ...     optimizer.zero_grad()
        ...     w.square().sum().backward()
        ...     optimizer.step()
        >>> round(w.item(), 4)
        1.636
    """

    _rule = "rprop"
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
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50),
        *,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_lr(lr)
        if not 0.0 < etas[0] < 1.0 < etas[1]:
            raise ValueError(f"Invalid eta values: {etas[0]}, {etas[1]}")
        defaults = {
            "lr": lr,
            "etas": etas,
            "step_sizes": step_sizes,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)
