"""Schedulers that move the learning rate up and down, and momentum the other way."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

from pyad.optim.lr_scheduler.base import (
    LRScheduler,
    Rate,
    check_optimizer,
    per_group,
    saved_functions,
    set_setting,
)
from pyad.optim.optimizer import Optimizer

__all__ = ["CyclicLR", "OneCycleLR"]


class _MomentumLR(LRScheduler):
    """A scheduler that also moves momentum, or Adam's first beta."""

    use_beta1: bool

    def _start_momentum(self, base: Any, top: Any, write: bool) -> tuple[list[Any], list[Any]]:
        """Both bounds, one for each group; written into the groups at the beginning of a run."""
        defaults = self.optimizer.defaults
        if "momentum" not in defaults and "betas" not in defaults:
            raise ValueError(
                "optimizer must support momentum or beta1 with `cycle_momentum` option enabled"
            )
        self.use_beta1 = "betas" in defaults
        bases = per_group("base_momentum", self.optimizer, base)
        tops = per_group("max_momentum", self.optimizer, top)
        if write:
            for low, high, group in zip(bases, tops, self.optimizer.param_groups, strict=True):
                self._set_momentum(group, high)
                group["max_momentum"] = high
                group["base_momentum"] = low
        return bases, tops

    def _set_momentum(self, group: dict[str, Any], value: float) -> None:
        if self.use_beta1:
            group["betas"] = (value, *group["betas"][1:])
        else:
            group["momentum"] = value


class CyclicLR(_MomentumLR):
    """The rate up and down between two bounds, in straight lines.

    Args:
        optimizer: Whose groups' "lr" it changes.
        base_lr: The lower bound, or one for each group.
        max_lr: The upper bound, or one for each group.
        step_size_up: Batches on the way up.
        step_size_down: Batches on the way down; as many as up, if None.
        mode: "triangular"; "triangular2", where each cycle is half as high as the one before; or
            "exp_range", where the height falls by gamma each batch.
        gamma: See above.
        scale_fn: A function that scales the height, instead of the mode's.
        scale_mode: Whether that is a function of the "cycle" or of the "iterations".
        cycle_momentum: Whether momentum (or the first beta) moves the other way.
        base_momentum: Its lower bound, or one for each group.
        max_momentum: Its upper bound, or one for each group.
        last_epoch: -1 for the beginning; else the batch of a run to go on with.

    Raises:
        ValueError: The mode is unknown, or the optimizer has no momentum to move.

    Example:
        >>> import pyad
        >>> optimizer = pyad.optim.SGD([pyad.nn.Parameter(pyad.ones(1))], lr=1.0, momentum=0.9)
        >>> scheduler = pyad.optim.lr_scheduler.CyclicLR(optimizer, 0.0, 1.0, step_size_up=2)
        >>> rates = []
        >>> for _ in range(4):
        ...     optimizer.step()
        ...     scheduler.step()
        ...     rates += scheduler.get_last_lr()
        >>> rates
        [0.5, 1.0, 0.5, 0.0]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        base_lr: float | list[float],
        max_lr: float | list[float],
        step_size_up: int = 2000,
        step_size_down: int | None = None,
        mode: str = "triangular",
        gamma: float = 1.0,
        scale_fn: Callable[[float], float] | None = None,
        scale_mode: str = "cycle",
        cycle_momentum: bool = True,
        base_momentum: float = 0.8,
        max_momentum: float = 0.9,
        last_epoch: int = -1,
    ) -> None:
        check_optimizer(optimizer)
        self.optimizer = optimizer
        base_lrs = per_group("base_lr", optimizer, base_lr)
        if last_epoch == -1:
            for lr, group in zip(base_lrs, optimizer.param_groups, strict=True):
                set_setting(group, "lr", lr)
        self.max_lrs = per_group("max_lr", optimizer, max_lr)
        up = float(step_size_up)
        down = up if step_size_down is None else float(step_size_down)
        self.total_size = up + down
        self.step_ratio = up / self.total_size
        if mode not in ("triangular", "triangular2", "exp_range") and scale_fn is None:
            raise ValueError("mode is invalid and scale_fn is None")
        self.mode = mode
        self.gamma = gamma
        self._scale_fn_custom = scale_fn
        self.scale_mode = scale_mode
        self._choose_scale()
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            self.base_momentums, self.max_momentums = self._start_momentum(
                base_momentum, max_momentum, write=last_epoch == -1
            )
        super().__init__(optimizer, last_epoch)
        self.base_lrs = base_lrs

    def _choose_scale(self) -> None:
        if self._scale_fn_custom is not None:
            return
        scales: dict[str, tuple[Callable[[float], float], str]] = {
            "triangular": (_level, "cycle"),
            "triangular2": (_halved, "cycle"),
            "exp_range": (partial(_powered, self.gamma), "iterations"),
        }
        self._scale_fn_ref, self.scale_mode = scales[self.mode]

    def scale_fn(self, x: float) -> float:
        """The part of the full height that a cycle, or a batch, has.

        Args:
            x: Its number.

        Returns:
            A factor.
        """
        return (self._scale_fn_custom or self._scale_fn_ref)(x)

    def get_lr(self) -> list[Rate]:
        """The rates of `last_epoch`; writes the momentum, if that moves.

        Returns:
            One rate a group.
        """
        self._check_within_step()
        cycle = math.floor(1 + self.last_epoch / self.total_size)
        x = 1.0 + self.last_epoch / self.total_size - cycle
        rising = x <= self.step_ratio
        height = x / self.step_ratio if rising else (x - 1) / (self.step_ratio - 1)
        scale = self.scale_fn(cycle if self.scale_mode == "cycle" else self.last_epoch)
        rates = [
            low + (high - low) * height * scale
            for low, high in zip(self.base_lrs, self.max_lrs, strict=True)
        ]
        if self.cycle_momentum:
            bounds = zip(self.base_momentums, self.max_momentums, strict=True)
            momentums = [high - (high - low) * height * scale for low, high in bounds]
            for group, momentum in zip(self.optimizer.param_groups, momentums, strict=True):
                self._set_momentum(group, momentum)
        return rates

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimizer and functions; of a callable object its attributes.

        Returns:
            A dict of attributes.
        """
        state = super().state_dict()
        state.pop("_scale_fn_ref", None)
        function = state.pop("_scale_fn_custom")
        state["_scale_fn_custom"] = None if function is None else saved_functions([function])[0]
        return state

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Takes over what `state_dict()` returned.

        Args:
            state_dict: Attributes.
        """
        state = dict(state_dict)
        saved = state.pop("_scale_fn_custom")
        super().load_state_dict(state)
        if saved is not None:
            self._scale_fn_custom.__dict__.update(saved)
        self._choose_scale()


def _level(x: float) -> float:
    return 1.0


def _halved(x: float) -> float:
    return 1.0 / float(2.0 ** (x - 1))


def _powered(gamma: float, x: float) -> float:
    return float(gamma**x)


class OneCycleLR(_MomentumLR):
    """The rate up to a maximum and down to almost nothing, once.

    Args:
        optimizer: Whose groups' "lr" it changes.
        max_lr: The highest rate, or one for each group.
        total_steps: Batches of the whole run.
        epochs: Instead of those: epochs ...
        steps_per_epoch: ... and batches of one.
        pct_start: The part of the run that goes up.
        anneal_strategy: "cos" or "linear".
        cycle_momentum: Whether momentum (or the first beta) moves the other way.
        base_momentum: Its lower bound, or one for each group.
        max_momentum: Its upper bound, or one for each group.
        div_factor: The first rate is the highest by this.
        final_div_factor: The last rate is the first by this.
        three_phase: Whether the way down to the first rate is as long as the way up.
        last_epoch: -1 for the beginning; else the batch of a run to go on with.

    Raises:
        ValueError: The length of the run is not given, a setting is out of range, or the optimizer
            has no momentum to move; from `step`: the run is over.

    Example:
        >>> import pyad
        >>> optimizer = pyad.optim.SGD([pyad.nn.Parameter(pyad.ones(1))], lr=1.0, momentum=0.9)
        >>> scheduler = pyad.optim.lr_scheduler.OneCycleLR(optimizer, 1.0, total_steps=10)
        >>> rates = scheduler.get_last_lr()
        >>> for _ in range(2):
        ...     optimizer.step()
        ...     scheduler.step()
        ...     rates += scheduler.get_last_lr()
        >>> [round(lr, 6) for lr in rates]
        [0.04, 0.52, 1.0]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: float | list[float],
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: float | list[float] = 0.85,
        max_momentum: float | list[float] = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
    ) -> None:
        check_optimizer(optimizer)
        self.optimizer = optimizer
        if total_steps is not None:
            _check_positive("total_steps", total_steps)
            self.total_steps = total_steps
        elif epochs is not None and steps_per_epoch is not None:
            _check_positive("epochs", epochs)
            _check_positive("steps_per_epoch", steps_per_epoch)
            self.total_steps = epochs * steps_per_epoch
        else:
            raise ValueError("You must define either total_steps OR (epochs AND steps_per_epoch)")
        if pct_start < 0 or pct_start > 1 or not isinstance(pct_start, float):
            raise ValueError(f"Expected float between 0 and 1 pct_start, but got {pct_start}")
        self._schedule_phases = _phases(self.total_steps, pct_start, three_phase)
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(
                f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}"
            )
        self._anneal_func_type = anneal_strategy
        highest = per_group("max_lr", optimizer, max_lr)
        if last_epoch == -1:
            for high, group in zip(highest, optimizer.param_groups, strict=True):
                group["initial_lr"] = high / div_factor
                group["max_lr"] = high
                group["min_lr"] = group["initial_lr"] / final_div_factor
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            self._start_momentum(base_momentum, max_momentum, write=last_epoch == -1)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Rate]:
        """The rates of `last_epoch`; writes the momentum, if that moves.

        Returns:
            One rate a group.

        Raises:
            ValueError: The run is over.
        """
        self._check_within_step()
        step = self.last_epoch
        if step > self.total_steps:
            raise ValueError(
                f"Tried to step {step} times. The specified number of total steps is "
                f"{self.total_steps}"
            )
        begin = 0.0
        for phase in self._schedule_phases:
            if step <= phase["end_step"] or phase is self._schedule_phases[-1]:
                break
            begin = phase["end_step"]
        part = (step - begin) / (phase["end_step"] - begin)
        anneal = _cosine if self._anneal_func_type == "cos" else _straight
        rates = []
        for group in self.optimizer.param_groups:
            rates.append(anneal(group[phase["start_lr"]], group[phase["end_lr"]], part))
            if self.cycle_momentum:
                start, end = group[phase["start_momentum"]], group[phase["end_momentum"]]
                self._set_momentum(group, anneal(start, end, part))
        return rates


def _check_positive(name: str, value: Any) -> None:
    if value <= 0 or not isinstance(value, int):
        raise ValueError(f"Expected positive integer {name}, but got {value}")


def _phases(total: int, part: float, three: bool) -> list[dict[str, Any]]:
    """Where each phase of the cycle ends, and between which settings of a group it leads."""

    def phase(end: float, rates: tuple[str, str], momentums: tuple[str, str]) -> dict[str, Any]:
        return {
            "end_step": end,
            "start_lr": rates[0],
            "end_lr": rates[1],
            "start_momentum": momentums[0],
            "end_momentum": momentums[1],
        }

    low, high = "base_momentum", "max_momentum"
    up = phase(float(part * total) - 1, ("initial_lr", "max_lr"), (high, low))
    if not three:
        return [up, phase(total - 1, ("max_lr", "min_lr"), (low, high))]
    return [
        up,
        phase(float(2 * part * total) - 2, ("max_lr", "initial_lr"), (low, high)),
        phase(total - 1, ("initial_lr", "min_lr"), (high, high)),
    ]


def _cosine(start: Any, end: Any, part: float) -> Any:
    return end + (start - end) / 2.0 * (math.cos(math.pi * part) + 1)


def _straight(start: Any, end: Any, part: float) -> Any:
    return (end - start) * part + start
