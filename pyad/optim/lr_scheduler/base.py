"""`LRScheduler`, and how schedulers read and write the settings of an optimizer's groups."""

from __future__ import annotations

import functools
import types
import warnings
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from pyad._core import Tensor
from pyad.optim.optimizer import Optimizer

__all__ = ["LRScheduler"]

Rate = Any  # a number, or a tensor of one element

EPOCH_WARNING = (
    "The epoch parameter in `scheduler.step()` was not necessary and is being deprecated where "
    "possible. Please use `scheduler.step()` to step the scheduler. During the deprecation, if "
    "epoch is different from None, the closed form is used instead of the new chainable form, "
    "where available."
)


def check_optimizer(optimizer: Any) -> None:
    """Raises TypeError unless it is one."""
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")


def copied(value: Rate) -> Rate:
    """A number itself; a tensor's clone, so that nobody changes it from elsewhere."""
    return value.clone() if isinstance(value, Tensor) else value


def settings(optimizer: Optimizer, key: str) -> list[Rate]:
    """The values of a setting in all groups."""
    return [copied(group[key]) for group in optimizer.param_groups]


def set_setting(group: dict[str, Any], key: str, value: Rate) -> None:
    """Writes a setting; a tensor stays the same tensor."""
    if isinstance(group[key], Tensor):
        group[key].fill_(value.item() if isinstance(value, Tensor) else value)
    else:
        group[key] = value


def per_group(name: str, optimizer: Optimizer, value: Any) -> list[Any]:
    """One value for each group, of a list of them or of one for all."""
    groups = optimizer.param_groups
    if not isinstance(value, list | tuple):
        return [copied(value) for _ in groups]
    if len(value) != len(groups):
        raise ValueError(
            f"{name} must have the same length as optimizer.param_groups. "
            f"{name} has {len(value)} values, param_groups has {len(groups)}."
        )
    return [copied(v) for v in value]


def saved_functions(functions: list[Any]) -> list[Any]:
    """The attributes of callable objects; None for functions, which are not saved."""
    return [None if isinstance(f, types.FunctionType) else dict(f.__dict__) for f in functions]


def _watch_steps(optimizer: Optimizer) -> None:
    """Lets the optimizer remember that `step` was called, for the warning about the order."""
    if hasattr(optimizer.step, "_wrapped_by_lr_sched"):
        return
    owner = weakref.ref(optimizer)
    step: Callable[..., Any] = optimizer.step.__func__  # type: ignore[attr-defined]

    @functools.wraps(step)
    def watched(*args: Any, **kwargs: Any) -> Any:
        optimizer = owner()
        optimizer._opt_called = True  # type: ignore[union-attr]
        return step(optimizer, *args, **kwargs)

    watched._wrapped_by_lr_sched = True  # type: ignore[attr-defined]
    optimizer.step = watched  # type: ignore[method-assign]


class LRScheduler:
    """Base of the schedulers: subclass it and write `get_lr`.

    Making one writes the learning rates of its first epoch into the groups.

    Args:
        optimizer: Whose groups' "lr" it changes.
        last_epoch: -1 for the beginning; else the epoch of a run to go on with, whose groups have
            "initial_lr".

    Raises:
        TypeError: `optimizer` is none.
        KeyError: A group has no "initial_lr" to go on with.

    Example:
        >>> import pyad
        >>> class Halve(pyad.optim.lr_scheduler.LRScheduler):
        ...     def get_lr(self):
        ...         return [lr * 0.5**self.last_epoch for lr in self.base_lrs]
        >>> optimizer = pyad.optim.SGD([pyad.nn.Parameter(pyad.ones(1))], lr=1.0)
        >>> scheduler = Halve(optimizer)
        >>> for _ in range(2):
        ...     optimizer.step()
        ...     scheduler.step()
        >>> scheduler.get_last_lr()
        [0.25]
    """

    _get_lr_called_within_step: bool = False
    _is_initial: bool = False
    optimizer: Optimizer
    base_lrs: list[Rate]
    last_epoch: int
    _last_lr: list[Rate]
    _step_count: int

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        check_optimizer(optimizer)
        self.optimizer = optimizer
        for i, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", copied(group["lr"]))
            elif "initial_lr" not in group:
                raise KeyError(
                    f"param 'initial_lr' is not specified in param_groups[{i}] when resuming "
                    "scheduler with last_epoch >= 0; load the optimizer's state first, or begin "
                    "with last_epoch=-1"
                )
        self.base_lrs = settings(optimizer, "initial_lr")
        self.last_epoch = last_epoch
        _watch_steps(optimizer)
        self._initial_step()

    def _initial_step(self) -> None:
        self._step_count = 0
        self._is_initial = True
        try:
            self.step()
        finally:
            self._is_initial = False

    def state_dict(self) -> dict[str, Any]:
        """Everything about the scheduler but the optimizer.

        Returns:
            A dict of its attributes.
        """
        return {key: value for key, value in self.__dict__.items() if key != "optimizer"}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Takes over what `state_dict()` returned.

        Args:
            state_dict: Attributes.
        """
        self.__dict__.update(state_dict)

    def get_last_lr(self) -> list[Rate]:
        """The learning rates of the groups as of the last step.

        Returns:
            One rate a group.
        """
        return self._last_lr

    def get_lr(self) -> list[Rate]:
        """The learning rates of `last_epoch`; for subclasses. Users call `get_last_lr`.

        Returns:
            One rate a group.
        """
        raise NotImplementedError

    def step(self, epoch: int | None = None) -> None:
        """Goes on to the next epoch; to be called after the optimizer's step.

        Args:
            epoch: The epoch to go to instead (deprecated).
        """
        if self._step_count == 1:
            self._warn_of_order()
        self._step_count += 1
        if epoch is not None:
            warnings.warn(EPOCH_WARNING, UserWarning, stacklevel=2)
        self._update_lr(epoch)

    def _warn_of_order(self) -> None:
        if not hasattr(self.optimizer.step, "_wrapped_by_lr_sched"):
            warnings.warn(
                "Seems like `optimizer.step()` has been overridden after learning rate scheduler "
                "initialization. Please, make sure to call `optimizer.step()` before "
                "`lr_scheduler.step()`.",
                UserWarning,
                stacklevel=3,
            )
        elif not getattr(self.optimizer, "_opt_called", False):
            warnings.warn(
                "Detected call of `lr_scheduler.step()` before `optimizer.step()`. Call them in "
                "the opposite order: `optimizer.step()` before `lr_scheduler.step()`. Otherwise "
                "the first value of the learning rate schedule is skipped.",
                UserWarning,
                stacklevel=3,
            )

    def _update_lr(self, epoch: int | None = None) -> None:
        with self._computing():
            if epoch is None:
                self.last_epoch += 1
                rates = self.get_lr()
            else:
                self.last_epoch = epoch
                rates = getattr(self, "_get_closed_form_lr", self.get_lr)()
        self._write(rates)

    @contextmanager
    def _computing(self) -> Iterator[None]:
        """`get_lr` is called by a step, where it is no mistake."""
        self._get_lr_called_within_step = True
        try:
            yield
        finally:
            self._get_lr_called_within_step = False

    def _write(self, rates: list[Rate]) -> None:
        for group, rate in zip(self.optimizer.param_groups, rates, strict=True):
            set_setting(group, "lr", rate)
        self._last_lr = settings(self.optimizer, "lr")

    def _check_within_step(self) -> None:
        if not self._get_lr_called_within_step:
            warnings.warn(
                "To get the last learning rate computed by the scheduler, please use "
                "`get_last_lr()`.",
                UserWarning,
                stacklevel=3,
            )

    def _present(self) -> list[Rate]:
        return settings(self.optimizer, "lr")

    def _times(self, factor: float) -> list[Rate]:
        """The present rates times a factor."""
        return [group["lr"] * factor for group in self.optimizer.param_groups]
