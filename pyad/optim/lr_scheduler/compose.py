"""Schedulers made of schedulers: one after the other, or all at once."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from pyad.optim.lr_scheduler.base import LRScheduler, set_setting, settings
from pyad.optim.lr_scheduler.plateau import ReduceLROnPlateau
from pyad.optim.optimizer import Optimizer

__all__ = ["ChainedScheduler", "SequentialLR"]


class _Composed(LRScheduler):
    _schedulers: Sequence[LRScheduler]

    def _check_parts(self, schedulers: Sequence[Any], optimizer: Optimizer) -> None:
        """Raises unless all are schedulers of this optimizer that step without a measure."""
        own = type(self).__name__
        for i, scheduler in enumerate(schedulers):
            if not hasattr(scheduler, "optimizer"):
                raise TypeError(f"{own} at index {i} should have `optimizer` as its attribute.")
            if isinstance(scheduler, ReduceLROnPlateau):
                raise ValueError(
                    f"{own} does not support `ReduceLROnPlateau` scheduler as it requires "
                    "additional kwargs to be specified when calling `step`, but got one at index "
                    f"{i} in the given schedulers sequence."
                )
            if optimizer is not scheduler.optimizer:
                raise ValueError(
                    f"{own} expects all schedulers to belong to the same optimizer, but got "
                    f"scheduler {type(scheduler).__name__} at index {i} has "
                    f"{scheduler.optimizer}, which is different from {type(optimizer).__name__}."
                )

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimizer; of the schedulers their state dicts.

        Returns:
            A dict of attributes.
        """
        states = [scheduler.state_dict() for scheduler in self._schedulers]
        return {**super().state_dict(), "_schedulers": states}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Takes over what `state_dict()` returned.

        Args:
            state_dict: Attributes.
        """
        self.__dict__.update({k: v for k, v in state_dict.items() if k != "_schedulers"})
        for scheduler, state in zip(self._schedulers, state_dict["_schedulers"], strict=True):
            scheduler.load_state_dict(state)


class SequentialLR(_Composed):
    """Schedulers one after the other, each from its milestone on.

    Args:
        optimizer: Whose groups' "lr" they change.
        schedulers: The schedulers.
        milestones: The epochs where the second, the third ... begin.
        last_epoch: -1 for the beginning.

    Raises:
        ValueError: There are none, numbers do not fit, or they belong to another optimizer.

    Example:
        >>> import pyad
        >>> optimizer = pyad.optim.SGD([pyad.nn.Parameter(pyad.ones(1))], lr=1.0)
        >>> warm = pyad.optim.lr_scheduler.ConstantLR(optimizer, factor=0.5, total_iters=2)
        >>> fall = pyad.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
        >>> scheduler = pyad.optim.lr_scheduler.SequentialLR(optimizer, [warm, fall], [2])
        >>> rates = scheduler.get_last_lr()
        >>> for _ in range(3):
        ...     optimizer.step()
        ...     scheduler.step()
        ...     rates += scheduler.get_last_lr()
        >>> rates
        [0.5, 0.5, 1.0, 0.5]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        schedulers: list[LRScheduler],
        milestones: list[int],
        last_epoch: int = -1,
    ) -> None:
        if len(schedulers) < 1:
            raise ValueError(
                f"{type(self).__name__} expects at least one scheduler, but got no scheduler."
            )
        self._check_parts(schedulers, optimizer)
        if len(milestones) != len(schedulers) - 1:
            raise ValueError(
                "Sequential Schedulers expects number of schedulers provided to be one more than "
                "the number of milestone points, but got number of schedulers "
                f"{len(schedulers)} and the number of milestones to be equal to {len(milestones)}"
            )
        self._schedulers = schedulers
        self._milestones = milestones
        self.last_epoch = last_epoch + 1
        self.optimizer = optimizer
        # Making the schedulers took a step of each; only the first one's counts.
        for group in optimizer.param_groups:
            set_setting(group, "lr", group["initial_lr"])
        _undo_step(self)
        first = schedulers[bisect_right(milestones, 0)]
        first._initial_step()
        self._last_lr = first.get_last_lr()

    def step(self) -> None:  # type: ignore[override]
        """Goes on to the next epoch."""
        self.last_epoch += 1
        i = bisect_right(self._milestones, self.last_epoch)
        scheduler = self._schedulers[i]
        if i > 0 and self._milestones[i - 1] == self.last_epoch:
            scheduler._update_lr(0)
        else:
            scheduler.step()
        self._last_lr = scheduler.get_last_lr()


def _undo_step(scheduler: LRScheduler) -> None:
    if isinstance(scheduler, _Composed):
        for part in scheduler._schedulers:
            _undo_step(part)
    else:
        scheduler.last_epoch -= 1


class ChainedScheduler(_Composed):
    """All schedulers step each epoch, one on the other's rates.

    Args:
        schedulers: The schedulers.
        optimizer: Theirs; that of the first, if None.

    Raises:
        ValueError: There are none, or they belong to another optimizer.

    Example:
        >>> import pyad
        >>> optimizer = pyad.optim.SGD([pyad.nn.Parameter(pyad.ones(1))], lr=1.0)
        >>> half = pyad.optim.lr_scheduler.ConstantLR(optimizer, factor=0.5, total_iters=4)
        >>> fall = pyad.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
        >>> scheduler = pyad.optim.lr_scheduler.ChainedScheduler([half, fall])
        >>> optimizer.step()
        >>> scheduler.step()
        >>> scheduler.get_last_lr()
        [0.25]
    """

    def __init__(
        self, schedulers: Sequence[LRScheduler], optimizer: Optimizer | None = None
    ) -> None:
        if len(schedulers) < 1:
            raise ValueError(
                f"{type(self).__name__} expects at least one scheduler to be chained, but got no "
                "scheduler."
            )
        optimizer = optimizer or schedulers[0].optimizer
        self._check_parts(schedulers, optimizer)
        self._schedulers = schedulers
        self.optimizer = optimizer
        self._last_lr = settings(optimizer, "lr")

    def step(self) -> None:  # type: ignore[override]
        """Goes on to the next epoch."""
        for scheduler in self._schedulers:
            scheduler.step()
        self._last_lr = settings(self.optimizer, "lr")
