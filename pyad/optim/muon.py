"""Muon: momentum made orthogonal, for matrices.

Written with tensors: a step is a few products of matrices, no formula of each element.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

from pyad import _core
from pyad._core import Tensor
from pyad.optim.optimizer import Optimizer

__all__ = ["Muon"]


class Muon(Optimizer):
    """Steps along the orthogonal matrix nearest to the momentum, by Newton and Schulz's way.

    Args:
        params: Matrices, or groups of them.
        lr: Step size.
        weight_decay: Each step multiplies the parameters by 1 - lr * weight_decay.
        momentum: How much of the momentum each step keeps.
        nesterov: Whether the gradient is moved towards the momentum once more.
        ns_coefficients: Of x, x³ and x⁵ in the polynomial that is iterated.
        eps: Least norm that the momentum is divided by.
        ns_steps: How often the polynomial is applied.
        adjust_lr_fn: How the step size depends on the shape: "original" (or None) or
            "match_rms_adamw".

    Raises:
        ValueError: A setting is negative or unknown; a parameter is no matrix.

    Example:
        >>> import pyad
        >>> w = pyad.nn.Parameter(pyad.eye(2) * 3)
        >>> optimizer = pyad.optim.Muon([w], lr=0.1)
        >>> w.square().sum().backward()
        >>> optimizer.step()
        >>> bool((w.diag() < 3).all())
        True
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        weight_decay: float = 0.1,
        momentum: float = 0.95,
        nesterov: bool = True,
        ns_coefficients: tuple[float, float, float] = (3.4445, -4.7750, 2.0315),
        eps: float = 1e-7,
        ns_steps: int = 5,
        adjust_lr_fn: str | None = None,
    ) -> None:
        if isinstance(lr, Tensor) and lr.numel() != 1:
            raise ValueError("Tensor lr must be 1-element")
        for name, value in (
            ("Learning rate", lr),
            ("momentum", momentum),
            ("weight decay", weight_decay),
        ):
            if not value >= 0:
                raise ValueError(f"{name} should be >= 0 but is: {value}")
        if adjust_lr_fn not in (None, "original", "match_rms_adamw"):
            raise ValueError(f"Adjust learning rate function {adjust_lr_fn} is not supported")
        if ns_steps >= 100:
            raise ValueError("Number of steps must be less than 100 for computational efficiency")
        if len(ns_coefficients) != 3:
            raise ValueError("Coefficients must be a tuple of exactly 3 values")
        defaults = {
            "lr": lr,
            "weight_decay": weight_decay,
            "momentum": momentum,
            "nesterov": nesterov,
            "ns_coefficients": ns_coefficients,
            "eps": eps,
            "ns_steps": ns_steps,
            "adjust_lr_fn": adjust_lr_fn,
        }
        super().__init__(params, defaults)
        for group in self.param_groups:
            for p in group["params"]:
                if p.dim() != 2:
                    raise ValueError(
                        "Muon only supports 2D parameters whereas we found a parameter with "
                        f"size: {p.shape}"
                    )

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Changes the parameters by their gradients; parameters without one stay.

        Args:
            closure: Called first, with recording on; returns the loss.

        Returns:
            What the closure returned, or None.
        """
        loss = None
        if closure is not None:
            with _core.EnableGrad():
                loss = closure()
        with _core.NoGrad():
            for group in self.param_groups:
                for p in group["params"]:
                    if p.grad is not None:
                        self._move(p, p.grad, group)
        return loss

    def _move(self, p: Tensor, grad: Tensor, group: dict[str, Any]) -> None:
        state = self.state[p]
        if not state:
            state["momentum_buffer"] = _core.zeros_like(grad)
        momentum = group["momentum"]
        buffer = state["momentum_buffer"].lerp_(grad, 1 - momentum)
        update = grad.lerp(buffer, momentum) if group["nesterov"] else buffer
        update = _orthogonal(update, group["ns_coefficients"], group["ns_steps"], group["eps"])
        p.mul_(1 - group["lr"] * group["weight_decay"])
        p.add_(update.to(p.dtype), alpha=-_adjusted(group["lr"], group["adjust_lr_fn"], p.shape))


def _adjusted(lr: float, how: str | None, shape: Any) -> float:
    rows, columns = shape[:2]
    if how == "match_rms_adamw":
        return float(lr) * 0.2 * math.sqrt(max(rows, columns))
    return float(lr) * math.sqrt(max(1, rows / columns))


def _orthogonal(x: Tensor, coefficients: Any, steps: int, eps: float) -> Tensor:
    """Brings the singular values near 1, in bfloat16 as PyTorch does."""
    a, b, c = coefficients
    tall = x.shape[0] > x.shape[1]
    y = x.bfloat16()
    if tall:
        y = y.T
    y = y / y.norm().clamp(min=eps)
    for _ in range(steps):
        gram = y @ y.T
        y = _core.addmm(y, _core.addmm(gram, gram, gram, beta=b, alpha=c), y, beta=a)
    return y.T if tall else y
