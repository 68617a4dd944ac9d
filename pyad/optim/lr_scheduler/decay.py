"""Schedulers that multiply the learning rate by a factor, each epoch or at some of them."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from pyad.optim.lr_scheduler.base import LRScheduler, Rate, saved_functions
from pyad.optim.optimizer import Optimizer

__all__ = [
    "ConstantLR",
    "ExponentialLR",
    "LambdaLR",
    "LinearLR",
    "MultiStepLR",
    "MultiplicativeLR",
    "PolynomialLR",
    "StepLR",
]

Factor = Callable[[int], float]


class _FunctionLR(LRScheduler):
    """A factor that a function computes from the epoch."""

    def __init__(
        self, optimizer: Optimizer, lr_lambda: Factor | list[Factor], last_epoch: int = -1
    ) -> None:
        self.optimizer = optimizer
        groups = len(optimizer.param_groups)
        if isinstance(lr_lambda, list | tuple):
            if len(lr_lambda) != groups:
                raise ValueError(f"Expected {groups} lr_lambdas, but got {len(lr_lambda)}")
            self.lr_lambdas = list(lr_lambda)
        else:
            self.lr_lambdas = [lr_lambda] * groups
        super().__init__(optimizer, last_epoch)

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimizer and functions; of callable objects their attributes.

        Returns:
            A dict of attributes.
        """
        return {**super().state_dict(), "lr_lambdas": saved_functions(self.lr_lambdas)}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Takes over what `state_dict()` returned.

        Args:
            state_dict: Attributes.
        """
        self.__dict__.update({k: v for k, v in state_dict.items() if k != "lr_lambdas"})
        for function, saved in zip(self.lr_lambdas, state_dict["lr_lambdas"], strict=True):
            if saved is not None:
                function.__dict__.update(saved)


class LambdaLR(_FunctionLR):
    """The initial rate times a function of the epoch.

    Args:
        optimizer: Whose groups' "lr" it changes.
        lr_lambda: A function of the epoch, or one for each group.
        last_epoch: -1 for the beginning; else the epoch of a run to go on with.

    Example:
        >>> import pyad
        >>> optimizer = pyad.optim.SGD([pyad.nn.Parameter(pyad.ones(1))], lr=1.0)
        >>> scheduler = pyad.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: 0.5**epoch)
        >>> optimizer.step()
        >>> scheduler.step()
        >>> scheduler.get_last_lr()
        [0.5]
    """

    def get_lr(self) -> list[Rate]:
        """The rates of `last_epoch`.

        Returns:
            One rate a group.
        """
        self._check_within_step()
        return [
            base * function(self.last_epoch)
            for function, base in zip(self.lr_lambdas, self.base_lrs, strict=True)
        ]


class MultiplicativeLR(_FunctionLR):
    """Each epoch the present rate times a function of the epoch.

    Args:
        optimizer: Whose groups' "lr" it changes.
        lr_lambda: A function of the epoch, or one for each group.
        last_epoch: -1 for the beginning; else the epoch of a run to go on with.

    Raises:
        TypeError: `lr_lambda` is no function.

    Example:
        >>> import pyad
        >>> optimizer = pyad.optim.SGD([pyad.nn.Parameter(pyad.ones(1))], lr=1.0)
        >>> scheduler = pyad.optim.lr_scheduler.MultiplicativeLR(optimizer, lambda epoch: 0.5)
        >>> optimizer.step()
        >>> scheduler.step()
        >>> scheduler.get_last_lr()
        [0.5]
    """

    def __init__(
        self, optimizer: Optimizer, lr_lambda: Factor | list[Factor], last_epoch: int = -1
    ) -> None:
        for f in lr_lambda if isinstance(lr_lambda, list | tuple) else [lr_lambda]:
            if not callable(f):
                raise TypeError(f"lr_lambda should be a function, but got {type(f).__name__}")
        super().__init__(optimizer, lr_lambda, last_epoch)

    def get_lr(self) -> list[Rate]:
        """The rates of `last_epoch`.

        Returns:
            One rate a group.
        """
        self._check_within_step()
        if self._is_initial:
            return self._present()
        return [
            group["lr"] * function(self.last_epoch)
            for function, group in zip(self.lr_lambdas, self.optimizer.param_groups, strict=True)
        ]


class StepLR(LRScheduler):
    """The rate times gamma every `step_size` epochs.

    Args:
        optimizer: Whose groups' "lr" it changes.
        step_size: Epochs from one change to the next.
        gamma: Factor.
        last_epoch: -1 for the beginning; else the epoch of a run to go on with.

    Example:
        >>> import pyad
        >>> optimizer = pyad.optim.SGD([pyad.nn.Parameter(pyad.ones(1))], lr=1.0)
        >>> scheduler = pyad.optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5)
        >>> for _ in range(4):
        ...     optimizer.step()
        ...     scheduler.step()
        >>> scheduler.get_last_lr()
        [0.25]
    """

    def __init__(
        self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        self.step_size = step_size
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Rate]:
        """The rates of `last_epoch`.

        Returns:
            One rate a group.
        """
        self._check_within_step()
        changes = self.last_epoch != 0 and self.last_epoch % self.step_size == 0
        return self._times(self.gamma) if changes else self._present()

    def _get_closed_form_lr(self) -> list[Rate]:
        return [lr * self.gamma ** (self.last_epoch // self.step_size) for lr in self.base_lrs]


class MultiStepLR(LRScheduler):
    """The rate times gamma at each of some epochs.

    Args:
        optimizer: Whose groups' "lr" it changes.
        milestones: The epochs.
        gamma: Factor.
        last_epoch: -1 for the beginning; else the epoch of a run to go on with.

    Example:
        >>> import pyad
        >>> optimizer = pyad.optim.SGD([pyad.nn.Parameter(pyad.ones(1))], lr=1.0)
        >>> scheduler = pyad.optim.lr_scheduler.MultiStepLR(optimizer, [1, 3], gamma=0.5)
        >>> for _ in range(4):
        ...     optimizer.step()
        ...     scheduler.step()
        >>> scheduler.get_last_lr()
        [0.25]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        milestones: Iterable[int],
        gamma: float = 0.1,
        last_epoch: int = -1,
    ) -> None:
        self.milestones = Counter(milestones)
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Rate]:
        """The rates of `last_epoch`.

        Returns:
            One rate a group.
        """
        self._check_within_step()
        times = self.milestones.get(self.last_epoch)
        return self._present() if times is None else self._times(self.gamma**times)

    def _get_closed_form_lr(self) -> list[Rate]:
        passed = bisect_right(sorted(self.milestones.elements()), self.last_epoch)
        return [lr * self.gamma**passed for lr in self.base_lrs]


class ConstantLR(LRScheduler):
    """The rate times a factor, until `total_iters` epochs are over.

    Args:
        optimizer: Whose groups' "lr" it changes.
        factor: In [0, 1].
        total_iters: Epochs.
        last_epoch: -1 for the beginning; else the epoch of a run to go on with.

    Raises:
        ValueError: `factor` is not in [0, 1].

    Example:
        >>> import pyad
        >>> optimizer = pyad.optim.SGD([pyad.nn.Parameter(pyad.ones(1))], lr=1.0)
        >>> scheduler = pyad.optim.lr_scheduler.ConstantLR(optimizer, factor=0.5, total_iters=1)
        >>> scheduler.get_last_lr()
        [0.5]
        >>> optimizer.step()
        >>> scheduler.step()
        >>> scheduler.get_last_lr()
        [1.0]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        factor: float = 1.0 / 3,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        if factor > 1.0 or factor < 0:
            raise ValueError("Constant multiplicative factor expected to be between 0 and 1.")
        self.factor = factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Rate]:
        """The rates of `last_epoch`.

        Returns:
            One rate a group.
        """
        self._check_within_step()
        if self.last_epoch == 0:
            return self._times(self.factor)
        if self.last_epoch == self.total_iters:
            return self._times(1.0 / self.factor)
        return self._present()

    def _get_closed_form_lr(self) -> list[Rate]:
        over = self.last_epoch >= self.total_iters
        return [lr * (self.factor + over * (1 - self.factor)) for lr in self.base_lrs]


class LinearLR(LRScheduler):
    """The rate times a factor that goes in a straight line from one value to another.

    Args:
        optimizer: Whose groups' "lr" it changes.
        start_factor: In (0, 1].
        end_factor: In [0, 1].
        total_iters: Epochs until the end factor.
        last_epoch: -1 for the beginning; else the epoch of a run to go on with.

    Raises:
        ValueError: A factor is out of range.

    Example:
        >>> import pyad
        >>> optimizer = pyad.optim.SGD([pyad.nn.Parameter(pyad.ones(1))], lr=1.0)
        >>> scheduler = pyad.optim.lr_scheduler.LinearLR(optimizer, start_factor=0.5, total_iters=2)
        >>> optimizer.step()
        >>> scheduler.step()
        >>> scheduler.get_last_lr()
        [0.75]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1.0 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        if start_factor > 1.0 or start_factor <= 0:
            raise ValueError(
                "Starting multiplicative factor expected to be greater than 0 and less or equal "
                "to 1."
            )
        if end_factor > 1.0 or end_factor < 0:
            raise ValueError("Ending multiplicative factor expected to be between 0 and 1.")
        self.start_factor = start_factor
        self.end_factor = end_factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Rate]:
        """The rates of `last_epoch`.

        Returns:
            One rate a group.
        """
        self._check_within_step()
        if self.last_epoch == 0:
            return self._times(self.start_factor)
        if self._is_initial or self.last_epoch > self.total_iters:
            return self._present()
        way = self.end_factor - self.start_factor
        before = self.total_iters * self.start_factor + (self.last_epoch - 1) * way
        return self._times(1.0 + way / before)

    def _get_closed_form_lr(self) -> list[Rate]:
        way = self.end_factor - self.start_factor
        gone = min(self.total_iters, self.last_epoch)
        return [lr * (self.start_factor + way * gone / self.total_iters) for lr in self.base_lrs]


class ExponentialLR(LRScheduler):
    """The rate times gamma every epoch.

    Args:
        optimizer: Whose groups' "lr" it changes.
        gamma: Factor.
        last_epoch: -1 for the beginning; else the epoch of a run to go on with.

    Example:
        >>> import pyad
        >>> optimizer = pyad.optim.SGD([pyad.nn.Parameter(pyad.ones(1))], lr=1.0)
        >>> scheduler = pyad.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
        >>> optimizer.step()
        >>> scheduler.step()
        >>> scheduler.get_last_lr()
        [0.5]
    """

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Rate]:
        """The rates of `last_epoch`.

        Returns:
            One rate a group.
        """
        self._check_within_step()
        return self._present() if self._is_initial else self._times(self.gamma)

    def _get_closed_form_lr(self) -> list[Rate]:
        return [lr * self.gamma**self.last_epoch for lr in self.base_lrs]


class PolynomialLR(LRScheduler):
    """The rate times a power of the part of the epochs that is left.

    Args:
        optimizer: Whose groups' "lr" it changes.
        total_iters: Epochs until the rate is 0.
        power: Of the part that is left.
        last_epoch: -1 for the beginning; else the epoch of a run to go on with.

    Example:
        >>> import pyad
        >>> optimizer = pyad.optim.SGD([pyad.nn.Parameter(pyad.ones(1))], lr=1.0)
        >>> scheduler = pyad.optim.lr_scheduler.PolynomialLR(optimizer, total_iters=4)
        >>> optimizer.step()
        >>> scheduler.step()
        >>> scheduler.get_last_lr()
        [0.75]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        total_iters: int = 5,
        power: float = 1.0,
        last_epoch: int = -1,
    ) -> None:
        self.total_iters = total_iters
        self.power = power
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Rate]:
        """The rates of `last_epoch`.

        Returns:
            One rate a group.
        """
        self._check_within_step()
        if self._is_initial or self.last_epoch > self.total_iters:
            return self._present()
        left = 1.0 - self.last_epoch / self.total_iters
        before = 1.0 - (self.last_epoch - 1) / self.total_iters
        return self._times((left / before) ** self.power)

    def _get_closed_form_lr(self) -> list[Rate]:
        left = 1.0 - min(self.total_iters, self.last_epoch) / self.total_iters
        return [lr * left**self.power for lr in self.base_lrs]
