"""Hooks on modules: their handles, and the hooks that belong to all modules at once.

While there are such global hooks, `Module.__call__` is the slow way; without them a call does not
even ask.
"""

from __future__ import annotations

import itertools
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

__all__ = [
    "RemovableHandle",
    "global_hooks",
    "register_module_backward_hook",
    "register_module_buffer_registration_hook",
    "register_module_forward_hook",
    "register_module_forward_pre_hook",
    "register_module_full_backward_hook",
    "register_module_full_backward_pre_hook",
    "register_module_module_registration_hook",
    "register_module_parameter_registration_hook",
    "registration_hooks",
]

Hook = Callable[..., Any]


class RemovableHandle:
    """Takes a hook away again: `handle.remove()`, or the end of a `with` block.

    Args:
        hooks_dict: The dict that holds the hook under the handle's `id`.
        extra_dict: A dict, or several, that hold something else under that id.

    Example:
        >>> import pyad
        >>> m = pyad.nn.Identity()
        >>> with m.register_forward_hook(lambda m, args, y: y + 1):
        ...     m(pyad.tensor(1.0)).item()
        2.0
        >>> m(pyad.tensor(1.0)).item()
        1.0
    """

    _ids = itertools.count()

    def __init__(self, hooks_dict: dict[int, Any], *, extra_dict: Any = None) -> None:
        self.id = next(self._ids)
        extra = [] if extra_dict is None else extra_dict
        self._dicts: list[dict[int, Any]] = [
            hooks_dict,
            *([extra] if isinstance(extra, dict) else extra),
        ]

    def remove(self) -> None:
        """Removes the hook; a second call does nothing."""
        for hooks in self._dicts:
            hooks.pop(self.id, None)
        self._dicts = []

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *error: object) -> None:
        self.remove()


class _GlobalHandle(RemovableHandle):
    def remove(self) -> None:
        super().remove()
        global_hooks.choose_call()


class GlobalHooks:
    """The hooks of all modules."""

    def __init__(self) -> None:
        self.forward_pre: OrderedDict[int, Hook] = OrderedDict()
        self.forward: OrderedDict[int, Hook] = OrderedDict()
        self.with_kwargs: dict[int, bool] = {}
        self.always_called: dict[int, bool] = {}
        self.backward_pre: OrderedDict[int, Hook] = OrderedDict()
        self.backward: OrderedDict[int, Hook] = OrderedDict()
        self.full: bool | None = None
        self.module: Any = None  # the class Module, once it exists
        self.plain_call: Any = None

    def choose_call(self) -> None:
        """Makes calls of modules ask for hooks, if there are any."""
        some = self.forward_pre or self.forward or self.backward_pre or self.backward
        if some and self.plain_call is None:
            self.plain_call = self.module.__call__
            self.module.__call__ = lambda module, *args, **kwargs: module._call_with_hooks(
                args, kwargs
            )
        elif not some and self.plain_call is not None:
            self.module.__call__ = self.plain_call
            self.plain_call = None

    def add(self, hooks: OrderedDict[int, Hook], hook: Hook) -> RemovableHandle:
        """Adds a hook to one of the dicts."""
        handle = _GlobalHandle(hooks, extra_dict=[self.with_kwargs, self.always_called])
        hooks[handle.id] = hook
        self.choose_call()
        return handle

    def add_backward(self, hook: Hook, full: bool) -> RemovableHandle:
        """Adds a backward hook; all of them are of one kind."""
        if self.full is not None and self.full is not full:
            raise RuntimeError(
                "Cannot use both regular backward hooks and full backward hooks as a "
                "global Module hook. Please use only one of them."
            )
        self.full = full
        return self.add(self.backward, hook)


global_hooks = GlobalHooks()
registration_hooks: dict[str, OrderedDict[int, Hook]] = {
    kind: OrderedDict() for kind in ("parameter", "buffer", "module")
}


def _on_registration(kind: str, hook: Hook) -> RemovableHandle:
    handle = RemovableHandle(registration_hooks[kind])
    registration_hooks[kind][handle.id] = hook
    return handle


def register_module_parameter_registration_hook(hook: Hook) -> RemovableHandle:
    """Calls `hook(module, name, param)` whenever a parameter is registered; may replace it."""
    return _on_registration("parameter", hook)


def register_module_buffer_registration_hook(hook: Hook) -> RemovableHandle:
    """Calls `hook(module, name, buffer)` whenever a buffer is registered; may replace it."""
    return _on_registration("buffer", hook)


def register_module_module_registration_hook(hook: Hook) -> RemovableHandle:
    """Calls `hook(module, name, submodule)` whenever a child is registered; may replace it."""
    return _on_registration("module", hook)


def register_module_forward_pre_hook(hook: Hook) -> RemovableHandle:
    """Calls `hook(module, args)` before each forward of any module.

    Example:
        >>> import pyad
        >>> from pyad.nn.modules.module import register_module_forward_pre_hook
        >>> with register_module_forward_pre_hook(lambda m, args: print(type(m).__name__)):
        ...     _ = pyad.nn.Sequential(pyad.nn.ReLU())(pyad.ones(1))
        Sequential
        ReLU
    """
    return global_hooks.add(global_hooks.forward_pre, hook)


def register_module_forward_hook(
    hook: Hook, *, with_kwargs: bool = False, always_call: bool = False
) -> RemovableHandle:
    """Calls `hook(module, args, result)` after each forward of any module.

    Args:
        hook: A callable; what it returns replaces the result, unless it is None.
        with_kwargs: Whether it is called as `hook(module, args, kwargs, result)`.
        always_call: Whether it is called also when forward raises.
    """
    handle = global_hooks.add(global_hooks.forward, hook)
    if with_kwargs:
        global_hooks.with_kwargs[handle.id] = True
    if always_call:
        global_hooks.always_called[handle.id] = True
    return handle


def register_module_backward_hook(hook: Hook) -> RemovableHandle:
    """The older form of `register_module_full_backward_hook`, on the last op of each forward."""
    return global_hooks.add_backward(hook, full=False)


def register_module_full_backward_pre_hook(hook: Hook) -> RemovableHandle:
    """Calls `hook(module, grad_output)` before the backward of any module."""
    return global_hooks.add(global_hooks.backward_pre, hook)


def register_module_full_backward_hook(hook: Hook) -> RemovableHandle:
    """Calls `hook(module, grad_input, grad_output)` after the backward of any module."""
    return global_hooks.add_backward(hook, full=True)
