"""`Optimizer`: parameter groups, state, hooks, and what all optimizers do with them."""

from __future__ import annotations

import functools
import itertools
import warnings
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from typing import Any, ClassVar

from pyad import _core
from pyad._core import Tensor
from pyad._foreign import own_tensor
from pyad.nn.hooks import RemovableHandle

__all__ = [
    "Optimizer",
    "register_optimizer_step_post_hook",
    "register_optimizer_step_pre_hook",
]

Closure = Callable[[], Any]
Hook = Callable[..., Any]

_global_pre_hooks: OrderedDict[int, Hook] = OrderedDict()
_global_post_hooks: OrderedDict[int, Hook] = OrderedDict()

# The hooks an optimizer has, by the name of the attribute that holds them.
_HOOKS = (
    "_optimizer_step_pre_hooks",
    "_optimizer_step_post_hooks",
    "_optimizer_state_dict_pre_hooks",
    "_optimizer_state_dict_post_hooks",
    "_optimizer_load_state_dict_pre_hooks",
    "_optimizer_load_state_dict_post_hooks",
)


class _Required:
    """The default of a setting that every group must give."""

    def __repr__(self) -> str:
        return "<required parameter>"


required = _Required()


def _register(hooks: OrderedDict[int, Hook], hook: Hook, prepend: bool = False) -> RemovableHandle:
    handle = RemovableHandle(hooks)
    hooks[handle.id] = hook
    if prepend:
        hooks.move_to_end(handle.id, last=False)
    return handle


def register_optimizer_step_pre_hook(hook: Hook) -> RemovableHandle:
    """Calls `hook(optimizer, args, kwargs)` before each step of every optimizer.

    Args:
        hook: May return (args, kwargs) for the step to get instead.

    Returns:
        A handle whose `remove()` takes the hook away.
    """
    return _register(_global_pre_hooks, hook)


def register_optimizer_step_post_hook(hook: Hook) -> RemovableHandle:
    """Calls `hook(optimizer, args, kwargs)` after each step of every optimizer.

    Args:
        hook: What it returns is ignored.

    Returns:
        A handle whose `remove()` takes the hook away.
    """
    return _register(_global_post_hooks, hook)


def _with_hooks(step: Callable[..., Any]) -> Callable[..., Any]:
    """`step` with the hooks around it, where there are any."""

    @functools.wraps(step)
    def hooked(self: Optimizer, *args: Any, **kwargs: Any) -> Any:
        before, after = self._optimizer_step_pre_hooks, self._optimizer_step_post_hooks
        if not (before or after or _global_pre_hooks or _global_post_hooks):
            return step(self, *args, **kwargs)
        for hook in itertools.chain(_global_pre_hooks.values(), before.values()):
            changed = hook(self, args, kwargs)
            if changed is not None:
                if not (isinstance(changed, tuple) and len(changed) == 2):
                    raise RuntimeError(
                        f"{step} must return None or a tuple of (new_args, new_kwargs), "
                        f"but got {changed}."
                    )
                args, kwargs = changed
        result = step(self, *args, **kwargs)
        for hook in itertools.chain(after.values(), _global_post_hooks.values()):
            hook(self, args, kwargs)
        return result

    hooked.hooked = True  # type: ignore[attr-defined]
    return hooked


class Optimizer:
    """Base of the optimizers: subclass it and write `step`.

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
    state: defaultdict[Any, Any]
    _optimizer_step_pre_hooks: OrderedDict[int, Hook]
    _optimizer_step_post_hooks: OrderedDict[int, Hook]
    _optimizer_state_dict_pre_hooks: OrderedDict[int, Hook]
    _optimizer_state_dict_post_hooks: OrderedDict[int, Hook]
    _optimizer_load_state_dict_pre_hooks: OrderedDict[int, Hook]
    _optimizer_load_state_dict_post_hooks: OrderedDict[int, Hook]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        step = cls.__dict__.get("step")
        if callable(step) and not getattr(step, "hooked", False):
            cls.step = _with_hooks(step)  # type: ignore[method-assign]

    def __init__(self, params: Iterable[Any], defaults: dict[str, Any]) -> None:
        self.defaults = defaults
        self._make_hooks()
        if isinstance(params, Tensor):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or dicts, "
                f"but got {type(params).__name__}"
            )
        self.state = defaultdict(dict)
        self.param_groups = []
        groups = list(params)
        if not groups:
            raise ValueError("optimizer got an empty parameter list")
        if not isinstance(groups[0], dict):
            groups = [{"params": groups}]
        for group in groups:
            self.add_param_group(group)

    def _make_hooks(self) -> None:
        for name in _HOOKS:
            if name not in self.__dict__:
                setattr(self, name, OrderedDict())

    # ---- groups

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
        params, names = _members(param_group["params"])
        param_group["params"] = params
        if names:
            param_group["param_names"] = names
        for p in params:
            if not isinstance(p, Tensor):
                raise TypeError(
                    "optimizer can only optimize Tensors, but one of the params is "
                    f"{type(p).__name__}"
                )
            if not (p.is_leaf or p.retains_grad):
                raise ValueError("can't optimize a non-leaf Tensor")
        for name, value in self.defaults.items():
            if value is required and name not in param_group:
                raise ValueError(
                    "parameter group didn't specify a value of required optimization parameter "
                    f"{name}"
                )
            param_group.setdefault(name, value)
        own = {id(p) for p in params}
        if len(own) != len(params):
            warnings.warn(
                "optimizer contains a parameter group with duplicate parameters; in future, this "
                "will cause an error; each copy takes a step of its own",
                stacklevel=3,
            )
        for group in self.param_groups:
            if ("param_names" in param_group) != ("param_names" in group):
                kind = "with names" if "param_names" in param_group else "without names"
                raise ValueError(
                    "all optimizer param groups should be with/without names. "
                    f"cannot add param group {kind} to the optimizer"
                )
        if any(id(p) in own for g in self.param_groups for p in g["params"]):
            raise ValueError("some parameters appear in more than one parameter group")
        self.param_groups.append(param_group)

    # ---- steps

    def step(self, closure: Closure | None = None) -> Any:
        """Changes the parameters by their gradients; for subclasses.

        Args:
            closure: Called first, with recording on: clears gradients, computes the loss and its
                gradients, and returns the loss.

        Returns:
            What the closure returned, or None.
        """
        raise NotImplementedError(f"{type(self).__name__} does not say what a step is")

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Drops all gradients.

        Args:
            set_to_none: With False they are filled with zeros instead.
        """
        for group in self.param_groups:
            _core.zero_grads(group["params"], set_to_none)

    # ---- hooks

    def register_step_pre_hook(self, hook: Hook) -> RemovableHandle:
        """Calls `hook(optimizer, args, kwargs)` before each step.

        Args:
            hook: May return (args, kwargs) for the step to get instead.

        Returns:
            A handle whose `remove()` takes the hook away.
        """
        return _register(self._optimizer_step_pre_hooks, hook)

    def register_step_post_hook(self, hook: Hook) -> RemovableHandle:
        """Calls `hook(optimizer, args, kwargs)` after each step.

        Args:
            hook: What it returns is ignored.

        Returns:
            A handle whose `remove()` takes the hook away.
        """
        return _register(self._optimizer_step_post_hooks, hook)

    def register_state_dict_pre_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Calls `hook(optimizer)` before `state_dict()`.

        Args:
            hook: What it returns is ignored.
            prepend: Whether it goes before the hooks there are.

        Returns:
            A handle whose `remove()` takes the hook away.
        """
        return _register(self._optimizer_state_dict_pre_hooks, hook, prepend)

    def register_state_dict_post_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Calls `hook(optimizer, state_dict)` after `state_dict()`.

        Args:
            hook: May return another dict to be given instead.
            prepend: Whether it goes before the hooks there are.

        Returns:
            A handle whose `remove()` takes the hook away.
        """
        return _register(self._optimizer_state_dict_post_hooks, hook, prepend)

    def register_load_state_dict_pre_hook(
        self, hook: Hook, prepend: bool = False
    ) -> RemovableHandle:
        """Calls `hook(optimizer, state_dict)` before `load_state_dict`.

        Args:
            hook: May return another dict to be loaded instead.
            prepend: Whether it goes before the hooks there are.

        Returns:
            A handle whose `remove()` takes the hook away.
        """
        return _register(self._optimizer_load_state_dict_pre_hooks, hook, prepend)

    def register_load_state_dict_post_hook(
        self, hook: Hook, prepend: bool = False
    ) -> RemovableHandle:
        """Calls `hook(optimizer)` after `load_state_dict`.

        Args:
            hook: What it returns is ignored.
            prepend: Whether it goes before the hooks there are.

        Returns:
            A handle whose `remove()` takes the hook away.
        """
        return _register(self._optimizer_load_state_dict_post_hooks, hook, prepend)

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
        for hook in self._optimizer_state_dict_pre_hooks.values():
            hook(self)
        numbers: dict[int, int] = {}
        groups = []
        start = 0
        for group in self.param_groups:
            for i, p in enumerate(group["params"], start):
                numbers.setdefault(id(p), i)
            start += len(group["params"])
            packed = {k: v for k, v in group.items() if k != "params"}
            packed["params"] = [numbers[id(p)] for p in group["params"]]
            groups.append(packed)
        state = {(numbers[id(k)] if isinstance(k, Tensor) else k): v for k, v in self.state.items()}
        result = {"state": state, "param_groups": groups}
        for hook in self._optimizer_state_dict_post_hooks.values():
            changed = hook(self, result)
            if changed is not None:
                result = changed
        return result

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Takes over state and settings.

        Args:
            state_dict: What `state_dict()` returned, for parameters of the same shapes and order;
                also PyTorch's, of the same optimizer.

        Raises:
            ValueError: Numbers of groups or of parameters differ.
        """
        state_dict = dict(state_dict)
        for hook in self._optimizer_load_state_dict_pre_hooks.values():
            changed = hook(self, state_dict)
            if changed is not None:
                state_dict = changed
        own, saved = self.param_groups, deepcopy(state_dict["param_groups"])
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
                state[params[key]] = _adapted(value, params[key])
            else:
                state[key] = value
        groups = []
        for g, s in zip(own, saved, strict=True):
            s["params"] = g["params"]
            if "param_names" in g:
                s.setdefault("param_names", g["param_names"])
            groups.append(s)
        self.__setstate__({"state": state, "param_groups": groups})
        for hook in self._optimizer_load_state_dict_post_hooks.values():
            hook(self)

    def __getstate__(self) -> dict[str, Any]:
        return {"defaults": self.defaults, "state": self.state, "param_groups": self.param_groups}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._make_hooks()

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__} ("]
        for i, group in enumerate(self.param_groups):
            lines.append(f"Parameter Group {i}" if i == 0 else f"\nParameter Group {i}")
            lines += [f"    {key}: {group[key]}" for key in sorted(group) if key != "params"]
        return "\n".join([*lines, ")"])


def _members(given: Any) -> tuple[list[Any], list[str]]:
    """The parameters of a group, and their names if they come with names."""
    if isinstance(given, Tensor):
        return [given], []
    if isinstance(given, set):
        raise TypeError(
            "optimizer parameters need to be organized in ordered collections, but the "
            "ordering of tensors in sets will change between runs. Please use a list instead."
        )
    members = list(given)
    names = [p[0] for p in members if isinstance(p, tuple)]
    if names and len(names) != len(members):
        raise ValueError(
            "all optimizer params should be with/without names. Some param names are missing"
        )
    return [p[1] if isinstance(p, tuple) else p for p in members], names


def _adapted(value: Any, param: Tensor, name: Any = None) -> Any:
    """Saved state for a parameter: copied, in the parameter's dtype unless it counts steps."""
    value = own_tensor(value)
    if isinstance(value, Tensor):
        value = value.detach().clone()
        return value if name == "step" or not param.is_floating_point() else value.to(param.dtype)
    if isinstance(value, dict):
        return {k: _adapted(v, param, k) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_adapted(v, param) for v in value)
    return deepcopy(value)


class RuleOptimizer(Optimizer):
    """An optimizer whose step is a formula of each element: one call for all parameters."""

    _rule: ClassVar[str]
    # What groups of older checkpoints may lack.
    _later: ClassVar[dict[str, Any]] = {}

    def __init__(self, params: Iterable[Any], defaults: dict[str, Any]) -> None:
        if defaults.get("differentiable"):
            raise NotImplementedError(
                f"{type(self).__name__}: differentiable=True is not supported; to differentiate "
                "through an update, write it with tensors (p - lr * grad) and create_graph=True"
            )
        super().__init__(params, defaults)
        if defaults.get("fused") and defaults.get("foreach"):
            raise RuntimeError("`fused` and `foreach` cannot be `True` together.")

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
        _core.optim_step(self._rule, self.param_groups, self.state)
        return loss

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            for name, value in self._later.items():
                group.setdefault(name, value)


def check_at_least(name: str, value: Any, low: float = 0.0) -> None:
    """Raises ValueError unless `value >= low`."""
    if not low <= value:
        raise ValueError(f"Invalid {name}: {value}")


def check_lr(lr: Any) -> None:
    """Raises ValueError unless `lr` is a number, or a tensor of one, and not negative."""
    if isinstance(lr, Tensor) and lr.numel() != 1:
        raise ValueError("Tensor lr must be 1-element")
    check_at_least("learning rate", lr)


def check_betas(betas: Any) -> None:
    """Raises ValueError unless both are in [0, 1)."""
    for i in range(2):
        if not 0.0 <= betas[i] < 1.0:
            raise ValueError(f"Invalid beta parameter at index {i}: {betas[i]}")
