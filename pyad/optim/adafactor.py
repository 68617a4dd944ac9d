"""Adafactor: means of squared gradients of a matrix from its rows and columns alone.

Written with tensors: its state is factored, and its step divides by a norm, so it is no formula of
each element as the rules in C++ are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from pyad import _core
from pyad._core import Tensor
from pyad._device import finfo
from pyad.optim.optimizer import Optimizer

__all__ = ["Adafactor"]


class Adafactor(Optimizer):
    """Steps relative to the size of the parameters, with little state.

    Args:
        params: Parameters or groups of them.
        lr: Largest relative step; a number, or a tensor of one element.
        beta2_decay: Power of the number of steps that a gradient's part in the means falls with.
        eps: Least mean of squares (None: that of the dtype), and least size of a parameter.
        d: Above which root mean square an update is shortened.
        weight_decay: Each step multiplies the parameters by 1 - lr * weight_decay.
        foreach: Accepted and ignored.
        maximize: Whether the steps go uphill.

    Raises:
        ValueError: A setting is out of its range.

    Example:
        >>> import pyad
        >>> w = pyad.nn.Parameter(pyad.tensor([[2.0, 1.0]]))
        >>> optimizer = pyad.optim.Adafactor([w], lr=0.1)
        >>> w.square().sum().backward()
        >>> optimizer.step()
        >>> w
        Parameter containing:
        tensor([[1.8419, 0.8419]], requires_grad=True)
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-2,
        beta2_decay: float = -0.8,
        eps: tuple[float | None, float] = (None, 1e-3),
        d: float = 1.0,
        weight_decay: float = 0.0,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
    ) -> None:
        if isinstance(lr, Tensor) and lr.numel() != 1:
            raise ValueError("Tensor lr must be 1-element")
        if not lr >= 0:
            raise ValueError(f"Learning rate should be >= 0 but is: {lr}")
        if not beta2_decay <= 0:
            raise ValueError(f"beta2_decay should be <= 0 but is: {beta2_decay}")
        for i, e in enumerate(eps):
            if e is not None and not e >= 0:
                raise ValueError(f"epsilon{i + 1} should be >= 0 but is: {e}")
        if not d >= 1:
            raise ValueError(f"Clipping threshold d should be >= 1 but is: {d}")
        if not weight_decay >= 0:
            raise ValueError(f"weight_decay should be >= 0 but is: {weight_decay}")
        defaults = {
            "lr": lr,
            "beta2_decay": beta2_decay,
            "eps": eps,
            "d": d,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

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
                        self._move(p, -p.grad if group["maximize"] else p.grad, group)
        return loss

    def _move(self, p: Tensor, grad: Tensor, group: dict[str, Any]) -> None:
        state = self.state[p]
        if not state:
            state["step"] = _core.tensor(0.0, dtype=_core.float32)
            if grad.dim() > 1:
                rows, columns = list(grad.shape), list(grad.shape)
                rows[-1] = columns[-2] = 1
                state["row_var"], state["col_var"] = grad.new_zeros(rows), grad.new_zeros(columns)
            else:
                state["variance"] = _core.zeros_like(grad)
        state["step"] += 1
        count, lr = state["step"].item(), float(group["lr"])
        least, smallest = group["eps"]
        if least is None:
            least = finfo(p.dtype).eps
        share = count ** group["beta2_decay"]
        size = max(smallest, p.norm().item() / p.numel() ** 0.5)
        length = size * min(lr, 1 / count**0.5)
        if group["weight_decay"]:
            p.mul_(1 - lr * group["weight_decay"])
        if grad.dim() > 1:
            rows = state["row_var"].lerp_(grad.square().mean(-1, keepdim=True), share)
            columns = state["col_var"].lerp_(grad.square().mean(-2, keepdim=True), share)
            mean = rows @ columns / rows.mean(-2, keepdim=True).clamp(min=least)
        else:
            mean = state["variance"].lerp_(grad.square(), share)
        update = mean.clamp(min=least * least).rsqrt() * grad
        over = max(1.0, update.norm().item() / (update.numel() ** 0.5 * group["d"]))
        p.add_(update, alpha=-length / over)
