"""Adam and AdamW."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from pyad._core import Tensor
from pyad.optim.optimizer import RuleOptimizer, check_at_least, check_betas, check_lr

__all__ = ["Adam", "AdamW"]


class Adam(RuleOptimizer):
    """Steps of about lr, scaled by running means of gradients and of their squares.

    Args:
        params: Parameters or groups of them.
        lr: Step size; a number, or a tensor of one element.
        betas: How much of the running means each step keeps.
        eps: Added to the root of the mean square.
        weight_decay: Factor of the parameter that is added to its gradient.
        amsgrad: Whether the largest mean square so far counts, instead of the present one.
        foreach: Accepted and ignored: a step is one call for all parameters anyway.
        maximize: Whether the steps go uphill.
        capturable: Accepted and ignored: it concerns recordings on graphics processors.
        differentiable: Must be False.
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

    _rule = "adam"
    _later: ClassVar[dict[str, Any]] = {
        "amsgrad": False,
        "maximize": False,
        "foreach": None,
        "capturable": False,
        "differentiable": False,
        "decoupled_weight_decay": False,
        "fused": None,
    }

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-3,
        betas: tuple[float | Tensor, float | Tensor] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ) -> None:
        if isinstance(lr, Tensor) and foreach and not capturable:
            raise ValueError(
                "lr as a Tensor is not supported for capturable=False and foreach=True"
            )
        check_lr(lr)
        check_at_least("epsilon value", eps)
        check_betas(betas)
        check_at_least("weight_decay value", weight_decay)
        _check_beta_types(betas, foreach=bool(foreach) and not capturable)
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "amsgrad": amsgrad,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "differentiable": differentiable,
            "fused": fused,
            "decoupled_weight_decay": decoupled_weight_decay,
        }
        super().__init__(params, defaults)


def _check_beta_types(betas: tuple[Any, Any], foreach: bool) -> None:
    """Raises ValueError unless both are floats, or both tensors of one element."""
    if all(isinstance(beta, float) for beta in betas):
        return
    if not all(isinstance(beta, Tensor) for beta in betas):
        raise ValueError("betas must be either both floats or both Tensors")
    for i, beta in enumerate(betas):
        if foreach:
            raise ValueError(
                f"betas[{i}] as a Tensor is not supported for capturable=False and foreach=True"
            )
        if beta.numel() != 1:
            raise ValueError(f"Tensor betas[{i}] must be 1-element")


class AdamW(Adam):
    """Adam whose weight decay shrinks the parameters instead of joining the gradients.

    Args:
        params: Parameters or groups of them.
        lr: Step size; a number, or a tensor of one element.
        betas: How much of the running means each step keeps.
        eps: Added to the root of the mean square.
        weight_decay: Each step multiplies the parameters by 1 - lr * weight_decay.
        amsgrad: Whether the largest mean square so far counts, instead of the present one.
        maximize: Whether the steps go uphill.
        foreach: Accepted and ignored: a step is one call for all parameters anyway.
        capturable: Accepted and ignored: it concerns recordings on graphics processors.
        differentiable: Must be False.
        fused: Accepted and ignored, as foreach.

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
        lr: float | Tensor = 1e-3,
        betas: tuple[float | Tensor, float | Tensor] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        super().__init__(
            params,
            lr,
            betas,
            eps,
            weight_decay,
            amsgrad,
            foreach=foreach,
            maximize=maximize,
            capturable=capturable,
            differentiable=differentiable,
            fused=fused,
            decoupled_weight_decay=True,
        )

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            group["decoupled_weight_decay"] = True
