"""Averages of a model's parameters along a training run, and the learning rate for it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable
from copy import deepcopy
from typing import Any

import pyad
from pyad import _core
from pyad._core import Tensor
from pyad.nn.module import Module
from pyad.nn.normalization import _BatchNorm
from pyad.optim.lr_scheduler.base import LRScheduler, Rate, per_group
from pyad.optim.optimizer import Optimizer

__all__ = [
    "SWALR",
    "AveragedModel",
    "get_ema_avg_fn",
    "get_ema_multi_avg_fn",
    "get_swa_avg_fn",
    "get_swa_multi_avg_fn",
    "update_bn",
]

Average = Callable[[Tensor, Tensor, Any], Tensor]
AverageAll = Callable[[list[Tensor], list[Tensor], Any], None]


def _check_decay(decay: float) -> None:
    if decay < 0.0 or decay > 1.0:
        raise ValueError(
            f"Invalid decay value {decay} provided. Please provide a value in [0,1] range."
        )


def get_ema_avg_fn(decay: float = 0.999) -> Average:
    """A function for `AveragedModel`: the exponential moving average.

    Args:
        decay: How much of the average each update keeps.

    Returns:
        A function of the average, the parameter, and the number of models so far.

    Raises:
        ValueError: `decay` is not in [0, 1].
    """
    _check_decay(decay)

    def average(averaged: Tensor, current: Tensor, num_averaged: Any) -> Tensor:
        with _core.NoGrad():
            return decay * averaged + (1 - decay) * current

    return average


def get_ema_multi_avg_fn(decay: float = 0.999) -> AverageAll:
    """As `get_ema_avg_fn`, for all parameters in one call.

    Args:
        decay: How much of the average each update keeps.

    Returns:
        A function of the averages, the parameters, and the number of models so far.

    Raises:
        ValueError: `decay` is not in [0, 1].
    """
    _check_decay(decay)

    def average(averaged: list[Tensor], current: list[Tensor], num_averaged: Any) -> None:
        with _core.NoGrad():
            for a, c in zip(averaged, current, strict=True):
                if a.is_floating_point():
                    a.lerp_(c, 1 - decay)
                else:
                    a.copy_(a * decay + c * (1 - decay))

    return average


def get_swa_avg_fn() -> Average:
    """A function for `AveragedModel`: the plain mean of all models.

    Returns:
        A function of the average, the parameter, and the number of models so far.
    """

    def average(averaged: Tensor, current: Tensor, num_averaged: Any) -> Tensor:
        with _core.NoGrad():
            change: Tensor = (current - averaged) / (num_averaged + 1)
            return averaged + change

    return average


def get_swa_multi_avg_fn() -> AverageAll:
    """As `get_swa_avg_fn`, for all parameters in one call.

    Returns:
        A function of the averages, the parameters, and the number of models so far.
    """

    def average(averaged: list[Tensor], current: list[Tensor], num_averaged: Any) -> None:
        with _core.NoGrad():
            for a, c in zip(averaged, current, strict=True):
                if a.is_floating_point():
                    a.lerp_(c, 1 / (float(num_averaged) + 1))
                else:
                    a.copy_(a + (c - a) / (num_averaged + 1))

    return average


class AveragedModel(Module):
    """A copy of a model whose parameters are an average of the model's along a run.

    Args:
        model: The model; the copy begins as it is at the first update.
        device: Accepted: there is one.
        avg_fn: A function of the average, the parameter and the number of models so far; the plain
            mean, if both are None.
        multi_avg_fn: A function of all averages and all parameters instead.
        use_buffers: Whether buffers are averaged too, rather than copied.

    Raises:
        AssertionError: Both functions are given.

    Example:
        >>> import pyad
        >>> linear = pyad.nn.Linear(1, 1, bias=False)
        >>> averaged = pyad.optim.swa_utils.AveragedModel(linear)
        >>> for value in [1.0, 2.0, 6.0]:
        ...     with pyad.no_grad():
        ...         _ = linear.weight.fill_(value)
        ...     averaged.update_parameters(linear)
        >>> averaged(pyad.ones(1)).item()
        3.0
    """

    n_averaged: Tensor

    def __init__(
        self,
        model: Module,
        device: Any = None,
        avg_fn: Average | None = None,
        multi_avg_fn: AverageAll | None = None,
        use_buffers: bool = False,
    ) -> None:
        super().__init__()
        if avg_fn is not None and multi_avg_fn is not None:
            raise AssertionError("Only one of avg_fn and multi_avg_fn should be provided")
        self.module = deepcopy(model)
        self.register_buffer("n_averaged", pyad.tensor(0, dtype=pyad.int64))
        self.avg_fn = avg_fn
        self.multi_avg_fn = multi_avg_fn
        self.use_buffers = use_buffers

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Calls the averaged copy.

        Args:
            args: What the model takes.
            kwargs: Likewise.

        Returns:
            What the model returns.
        """
        return self.module(*args, **kwargs)

    def update_parameters(self, model: Module) -> None:
        """Takes the present parameters of the model into the average.

        Args:
            model: The model.
        """

        def members(module: Module) -> list[Tensor]:
            buffers = module.buffers() if self.use_buffers else ()
            return [t.detach() for t in itertools.chain(module.parameters(), buffers)]

        own, current = members(self.module), members(model)
        count = int(self.n_averaged.item())
        with _core.NoGrad():
            if count == 0:
                for a, c in zip(own, current, strict=True):
                    a.copy_(c)
            elif self.multi_avg_fn is not None:
                for dtype in {str(a.dtype): a.dtype for a in own}.values():
                    pairs = zip(own, current, strict=True)
                    alike = [(a, c) for a, c in pairs if a.dtype == dtype]
                    averages, values = [a for a, _ in alike], [c for _, c in alike]
                    self.multi_avg_fn(averages, values, self.n_averaged)
            else:
                average = self.avg_fn or get_swa_avg_fn()
                for a, c in zip(own, current, strict=True):
                    a.copy_(average(a, c, self.n_averaged))
            if not self.use_buffers:
                for a, c in zip(self.module.buffers(), model.buffers(), strict=True):
                    a.detach().copy_(c.detach())
            self.n_averaged += 1


def update_bn(loader: Iterable[Any], model: Module, device: Any = None) -> None:
    """Computes the running statistics of a model's batch norms anew, over all data.

    Args:
        loader: Batches; of a list or tuple, its first member is given to the model.
        model: The model.
        device: Accepted: there is one.
    """
    momenta = {m: m.momentum for m in model.modules() if isinstance(m, _BatchNorm)}
    if not momenta:
        return
    was_training = model.training
    model.train()
    for module in momenta:
        module.reset_running_stats()
        module.momentum = None  # the plain mean of all batches
    try:
        with _core.NoGrad():
            for batch in loader:
                model(batch[0] if isinstance(batch, list | tuple) else batch)
    finally:
        for module, momentum in momenta.items():
            module.momentum = momentum
        model.train(was_training)


class SWALR(LRScheduler):
    """The rate to a constant one for averaging, along a cosine or a line.

    Args:
        optimizer: Whose groups' "lr" it changes.
        swa_lr: The constant rate, or one for each group.
        anneal_epochs: Epochs until it is reached.
        anneal_strategy: "cos" or "linear".
        last_epoch: -1 for the beginning; else the epoch of a run to go on with.

    Raises:
        ValueError: The strategy is unknown, or `anneal_epochs` negative.

    Example:
        >>> import pyad
        >>> optimizer = pyad.optim.SGD([pyad.nn.Parameter(pyad.ones(1))], lr=1.0)
        >>> scheduler = pyad.optim.swa_utils.SWALR(
        ...     optimizer, 0.5, anneal_epochs=2, anneal_strategy="linear"
        ... )
        >>> for _ in range(2):
        ...     optimizer.step()
        ...     scheduler.step()
        >>> scheduler.get_last_lr()
        [0.5]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        swa_lr: float | list[float],
        anneal_epochs: int = 10,
        anneal_strategy: str = "cos",
        last_epoch: int = -1,
    ) -> None:
        rates = per_group("swa_lr", optimizer, swa_lr)
        for rate, group in zip(rates, optimizer.param_groups, strict=True):
            group["swa_lr"] = rate
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(
                f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}"
            )
        self._anneal_strategy = anneal_strategy
        if not isinstance(anneal_epochs, int) or anneal_epochs < 0:
            raise ValueError(f"anneal_epochs must be equal or greater than 0, got {anneal_epochs}")
        self.anneal_epochs = anneal_epochs
        super().__init__(optimizer, last_epoch)

    def _share(self, step: int) -> float:
        """How much of the constant rate is in the rate after some steps."""
        part = max(0, min(1, step / max(1, self.anneal_epochs)))
        return part if self._anneal_strategy == "linear" else (1 - math.cos(math.pi * part)) / 2

    def get_lr(self) -> list[Rate]:
        """The rates of the present step.

        Returns:
            One rate a group.
        """
        self._check_within_step()
        step = self._step_count - 1
        if self.anneal_epochs == 0:
            step = max(1, step)
        before, now = self._share(step - 1), self._share(step)
        rates = []
        for group in self.optimizer.param_groups:
            final = group["swa_lr"]
            first = final if before == 1 else (group["lr"] - before * final) / (1 - before)
            rates.append(final * now + first * (1 - now))
        return rates
