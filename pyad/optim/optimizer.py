"""`Optimizer`: parameter groups, state, and what all optimizers do with them."""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pyad import _core
from pyad._core import Tensor

__all__ = ["Optimizer"]

Closure = Callable[[], Any]


class Optimizer:
    """Base of the optimizers: subclass it and write `_update(group)`.

    Args:
        params: Parameters, (name, parameter) pairs, or dicts of "params" and own settings.
        defaults: Settings for the groups that do not give theirs.

    Raises:
        TypeError: `params` is a tensor, or holds something else than tensors.
        ValueError: There are no parameters, or one stands in two groups.

    Example:
        >>> import pyad
        >>> w = pyad.nn.Parameter(pyad.tensor([1.0]))
        >>> optimizer = pyad.optim.SGD([w], lr=0.5)
        >>> (w * w).sum().backward()
        >>> optimizer.step()
        >>> w.item()
        0.0
    """

    param_groups: list[dict[str, Any]]
    state: defaultdict[Tensor, dict[str, Any]]

    def __init__(self, params: Iterable[Any], defaults: dict[str, Any]) -> None:
        if isinstance(params, Tensor):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or dicts, "
                f"but got {type(params).__name__}"
            )
        self.defaults = defaults
        self.state = defaultdict(dict)
        self.param_groups = []
        groups = list(params)
        if not groups:
            raise ValueError("optimizer got an empty parameter list")
        if not isinstance(groups[0], dict):
            groups = [{"params": groups}]
        for group in groups:
            self.add_param_group(group)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Adds a group with settings of its own.

        Args:
            param_group: "params", and settings that differ from the defaults.

        Raises:
            TypeError: It is no dict, or its parameters are no tensors.
            ValueError: A parameter is no leaf, or stands in a group already.
        """
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group)}")
        group = dict(param_group)
        given = group["params"]
        if isinstance(given, set):
            raise TypeError(
                "optimizer parameters need to be organized in ordered collections, but the "
                "ordering of tensors in sets will change between runs. Please use a list instead."
            )
        members = [given] if isinstance(given, Tensor) else list(given)
        if members and all(isinstance(p, tuple) for p in members):
            group["param_names"] = [name for name, _ in members]
            members = [p for _, p in members]
        for p in members:
            if not isinstance(p, Tensor):
                raise TypeError(
                    "optimizer can only optimize Tensors, but one of the params is "
                    f"{type(p).__name__}"
                )
            if not (p.is_leaf or p.retains_grad):
                raise ValueError("can't optimize a non-leaf Tensor")
        group["params"] = members
        for name, value in self.defaults.items():
            group.setdefault(name, value)
        if len({id(p) for p in members}) != len(members):
            raise ValueError("optimizer contains a parameter group with duplicate parameters")
        taken = {id(p) for g in self.param_groups for p in g["params"]}
        if any(id(p) in taken for p in members):
            raise ValueError("some parameters appear in more than one parameter group")
        self._check(group)
        self.param_groups.append(group)

    def _check(self, group: dict[str, Any]) -> None:
        """Raises ValueError for settings that make no sense; for subclasses."""

    def _update(self, group: dict[str, Any]) -> None:
        """Changes the parameters of one group by their gradients; for subclasses."""
        raise NotImplementedError(f"{type(self).__name__} does not say what a step is")

    def step(self, closure: Closure | None = None) -> Any:
        """Changes the parameters by their gradients; parameters without one stay.

        Args:
            closure: Called first, with recording on: clears gradients, computes the loss and its
                gradients, and returns the loss.

        Returns:
            What the closure returned, or None.
        """
        loss = None
        if closure is not None:
            with _core.EnableGrad():
                loss = closure()
        for group in self.param_groups:
            self._update(group)
        return loss

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Drops all gradients.

        Args:
            set_to_none: With False they are filled with zeros instead.
        """
        for group in self.param_groups:
            _core.zero_grads(group["params"], set_to_none)

    # ---- saving

    def state_dict(self) -> dict[str, Any]:
        """State and settings, with parameters replaced by numbers in order of the groups.

        Returns:
            A dict with "state" and "param_groups".

        Example:
            >>> import pyad
            >>> optimizer = pyad.optim.SGD([pyad.nn.Parameter(pyad.ones(1))], lr=0.1)
            >>> optimizer.state_dict()["param_groups"][0]["params"]
            [0]
        """
        numbers: dict[int, int] = {}
        groups = []
        for group in self.param_groups:
            for p in group["params"]:
                numbers.setdefault(id(p), len(numbers))
            packed = {k: v for k, v in group.items() if k != "params"}
            packed["params"] = [numbers[id(p)] for p in group["params"]]
            groups.append(packed)
        state = {(numbers[id(k)] if isinstance(k, Tensor) else k): v for k, v in self.state.items()}
        return {"state": state, "param_groups": groups}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Takes over state and settings.

        Args:
            state_dict: What `state_dict()` returned, for parameters of the same shapes and order.

        Raises:
            ValueError: Numbers of groups or of parameters differ.
        """
        own, saved = self.param_groups, state_dict["param_groups"]
        if len(own) != len(saved):
            raise ValueError("loaded state dict has a different number of parameter groups")
        if any(len(g["params"]) != len(s["params"]) for g, s in zip(own, saved, strict=True)):
            raise ValueError(
                "loaded state dict contains a parameter group that doesn't match the size of "
                "optimizer's group"
            )
        params = {
            number: p
            for g, s in zip(own, saved, strict=True)
            for p, number in zip(g["params"], s["params"], strict=True)
        }
        state: defaultdict[Any, Any] = defaultdict(dict)
        for key, value in state_dict["state"].items():
            if key in params:
                state[params[key]] = {k: self._adapt(k, v, params[key]) for k, v in value.items()}
            else:
                state[key] = copy.deepcopy(value)
        groups = []
        for g, s in zip(own, saved, strict=True):
            settings = {k: copy.deepcopy(v) for k, v in s.items() if k != "params"}
            groups.append({**g, **settings, "params": g["params"]})
        self.state = state
        self.param_groups = groups

    @staticmethod
    def _adapt(name: str, value: Any, param: Tensor) -> Any:
        """A saved value as state of a parameter: a copy, in its dtype unless it counts steps."""
        if not isinstance(value, Tensor):
            return copy.deepcopy(value)
        value = value.detach().clone()
        return value if name == "step" or not param.is_floating_point() else value.to(param.dtype)

    def __getstate__(self) -> dict[str, Any]:
        return {"defaults": self.defaults, "state": self.state, "param_groups": self.param_groups}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__} ("]
        for i, group in enumerate(self.param_groups):
            lines.append(f"Parameter Group {i}")
            lines += [f"    {key}: {group[key]}" for key in sorted(group) if key != "params"]
        return "\n".join([*lines, ")"])


def check_at_least(name: str, value: Any, low: float) -> None:
    """Raises ValueError unless `value >= low`."""
    if not value >= low:
        raise ValueError(f"Invalid {name}: {value}")
