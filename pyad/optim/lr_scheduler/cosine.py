"""Schedulers that let the learning rate fall along a cosine."""

from __future__ import annotations

import math

from pyad.optim.lr_scheduler.base import LRScheduler, Rate
from pyad.optim.optimizer import Optimizer

__all__ = ["CosineAnnealingLR", "CosineAnnealingWarmRestarts"]


class CosineAnnealingLR(LRScheduler):
    """The rate along a cosine, from the initial one to `eta_min` in `T_max` epochs and back.

    Args:
        optimizer: Whose groups' "lr" it changes.
        T_max: Epochs of half a period.
        eta_min: The smallest rate.
        last_epoch: -1 for the beginning; else the epoch of a run to go on with.

    Example:
        >>> import pyad
        >>> optimizer = pyad.optim.SGD([pyad.nn.Parameter(pyad.ones(1))], lr=1.0)
        >>> scheduler = pyad.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=3)
        >>> optimizer.step()
        >>> scheduler.step()
        >>> [round(lr, 6) for lr in scheduler.get_last_lr()]
        [0.75]
    """

    def __init__(
        self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1
    ) -> None:
        self.T_max = T_max
        self.eta_min = eta_min
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Rate]:
        """The rates of `last_epoch`.

        Returns:
            One rate a group.
        """
        self._check_within_step()
        epoch, low = self.last_epoch, self.eta_min
        if self._is_initial:
            return self._present()
        if self._step_count == 1 and epoch > 0:  # the first step of a run that goes on
            height = 1 + math.cos(epoch * math.pi / self.T_max)
            return [low + (base - low) * height / 2 for base in self.base_lrs]
        if (epoch - 1 - self.T_max) % (2 * self.T_max) == 0:  # the quotient below would be 0 / 0
            rise = 1 - math.cos(math.pi / self.T_max)
            return [
                group["lr"] + (base - low) * rise / 2
                for base, group in zip(self.base_lrs, self.optimizer.param_groups, strict=True)
            ]
        now = 1 + math.cos(math.pi * epoch / self.T_max)
        before = 1 + math.cos(math.pi * (epoch - 1) / self.T_max)
        return [now / before * (group["lr"] - low) + low for group in self.optimizer.param_groups]

    def _get_closed_form_lr(self) -> list[Rate]:
        height = 1 + math.cos(math.pi * self.last_epoch / self.T_max)
        return [self.eta_min + (base - self.eta_min) * height / 2 for base in self.base_lrs]


class CosineAnnealingWarmRestarts(LRScheduler):
    """The rate down along a cosine, again and again from the initial one.

    Args:
        optimizer: Whose groups' "lr" it changes.
        T_0: Epochs until the first restart.
        T_mult: How many times longer each period is than the one before.
        eta_min: The smallest rate.
        last_epoch: -1 for the beginning; else the epoch of a run to go on with.

    Raises:
        ValueError: `T_0` or `T_mult` is no positive integer, or `eta_min` no number.

    Example:
        >>> import pyad
        >>> optimizer = pyad.optim.SGD([pyad.nn.Parameter(pyad.ones(1))], lr=1.0)
        >>> scheduler = pyad.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, T_0=2)
        >>> rates = []
        >>> for _ in range(4):
        ...     optimizer.step()
        ...     scheduler.step()
        ...     rates += scheduler.get_last_lr()
        >>> rates
        [0.5, 1.0, 0.5, 1.0]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        T_0: int,
        T_mult: int = 1,
        eta_min: float = 0.0,
        last_epoch: int = -1,
    ) -> None:
        if T_0 <= 0 or not isinstance(T_0, int):
            raise ValueError(f"Expected positive integer T_0, but got {T_0}")
        if T_mult < 1 or not isinstance(T_mult, int):
            raise ValueError(f"Expected integer T_mult >= 1, but got {T_mult}")
        if not isinstance(eta_min, float | int):
            raise ValueError(
                f"Expected float or int eta_min, but got {eta_min} of type {type(eta_min)}"
            )
        self.T_0 = T_0
        self.T_i = T_0
        self.T_mult = T_mult
        self.eta_min = eta_min
        self.T_cur: float = last_epoch
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Rate]:
        """The rates of `last_epoch`.

        Returns:
            One rate a group.
        """
        self._check_within_step()
        height = 1 + math.cos(math.pi * self.T_cur / self.T_i)
        return [self.eta_min + (base - self.eta_min) * height / 2 for base in self.base_lrs]

    def step(self, epoch: float | None = None) -> None:
        """Goes on to the next epoch, or to a given one.

        Args:
            epoch: May be a fraction: after batch i of n of epoch e, e + i / n.

        Raises:
            ValueError: `epoch` is negative.
        """
        if epoch is None and self.last_epoch < 0:
            epoch = 0
        if epoch is None:
            epoch = self.last_epoch + 1
            self.T_cur = self.T_cur + 1
            if self.T_cur >= self.T_i:
                self.T_cur = self.T_cur % self.T_i
                self.T_i = self.T_i * self.T_mult
        elif epoch < 0:
            raise ValueError(f"Expected non-negative epoch, but got {epoch}")
        elif epoch < self.T_0:
            self.T_i = self.T_0
            self.T_cur = epoch
        elif self.T_mult == 1:
            self.T_cur = epoch % self.T_0
        else:
            restarts = int(math.log(epoch / self.T_0 * (self.T_mult - 1) + 1, self.T_mult))
            begin = self.T_0 * (self.T_mult**restarts - 1) / (self.T_mult - 1)
            self.T_cur = epoch - begin
            self.T_i = self.T_0 * self.T_mult**restarts
        self.last_epoch = math.floor(epoch)
        with self._computing():
            rates = self.get_lr()
        self._write(rates)
