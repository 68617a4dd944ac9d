"""What a module does around its forward: registering hooks, and calling them."""

from __future__ import annotations

import warnings
from collections import OrderedDict
from typing import Any

from pyad._core import Tensor
from pyad.nn.backward_hooks import BackwardHooks, warn_of_odd_result
from pyad.nn.hooks import Hook, RemovableHandle, global_hooks
from pyad.nn.state import ModuleState

__all__ = ["ModuleHooks"]

_DICTS = (
    "_forward_hooks",
    "_forward_hooks_with_kwargs",
    "_forward_hooks_always_called",
    "_forward_pre_hooks",
    "_forward_pre_hooks_with_kwargs",
    "_backward_hooks",
    "_backward_pre_hooks",
)


class ModuleHooks(ModuleState):
    """Hooks around calls; a part of `Module`.

    The dicts of hooks are made with the first hook: most modules never have one.
    """

    _hooked: bool
    _is_full_backward_hook: bool | None
    forward: Any

    def __getattr__(self, name: str) -> Any:
        if name in _DICTS:
            made: OrderedDict[int, Any] = OrderedDict()
            self.__dict__[name] = made
            self.__dict__["_hooked"] = True  # whoever holds the dict may write to it
            return made
        return super().__getattr__(name)

    def _add_hook(
        self, hooks: OrderedDict[int, Any], hook: Hook, prepend: bool, *flags: tuple[Any, bool]
    ) -> RemovableHandle:
        handle = RemovableHandle(hooks, extra_dict=[d for d, _ in flags])
        hooks[handle.id] = hook
        if prepend:
            hooks.move_to_end(handle.id, last=False)
        for flagged, value in flags:
            if value:
                flagged[handle.id] = True
        return handle

    def register_forward_pre_hook(
        self, hook: Hook, *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Calls `hook(module, args)` before each forward; what it returns replaces the arguments.

        Args:
            hook: A callable; None as its result changes nothing.
            prepend: Whether it runs before earlier hooks.
            with_kwargs: Whether it is called as `hook(module, args, kwargs)`, and returns both.

        Returns:
            A handle whose `remove()` takes the hook away.

        Example:
            >>> import pyad
            >>> m = pyad.nn.Identity()
            >>> handle = m.register_forward_pre_hook(lambda m, args: (args[0] * 2,))
            >>> m(pyad.tensor(3.0)).item()
            6.0
        """
        flags = (self._forward_pre_hooks_with_kwargs, with_kwargs)
        return self._add_hook(self._forward_pre_hooks, hook, prepend, flags)

    def register_forward_hook(
        self,
        hook: Hook,
        *,
        prepend: bool = False,
        with_kwargs: bool = False,
        always_call: bool = False,
    ) -> RemovableHandle:
        """Calls `hook(module, args, result)` after each forward; its result replaces that.

        Args:
            hook: A callable; None as its result changes nothing.
            prepend: Whether it runs before earlier hooks.
            with_kwargs: Whether it is called as `hook(module, args, kwargs, result)`.
            always_call: Whether it is called also when forward raises, with None as result.

        Returns:
            A handle whose `remove()` takes the hook away.

        Example:
            >>> import pyad
            >>> m = pyad.nn.Identity()
            >>> handle = m.register_forward_hook(lambda m, args, result: result + 1)
            >>> m(pyad.tensor(3.0)).item()
            4.0
        """
        kwargs = (self._forward_hooks_with_kwargs, with_kwargs)
        always = (self._forward_hooks_always_called, always_call)
        return self._add_hook(self._forward_hooks, hook, prepend, kwargs, always)

    def _one_kind(self, full: bool) -> None:
        if self.__dict__.get("_is_full_backward_hook", full) is not full:
            raise RuntimeError(
                "Cannot use both regular backward hooks and full backward hooks on a "
                "single Module. Please use only one of them."
            )
        self.__dict__["_is_full_backward_hook"] = full

    def register_full_backward_pre_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Calls `hook(module, grad_output)` before the backward of a call; may replace it.

        Args:
            hook: A callable; it returns None, or the gradients of the results anew.
            prepend: Whether it runs before earlier hooks.

        Returns:
            A handle whose `remove()` takes the hook away.
        """
        return self._add_hook(self._backward_pre_hooks, hook, prepend)

    def register_full_backward_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Calls `hook(module, grad_input, grad_output)` once both are known.

        Both are tuples, with None where there is no gradient. grad_input is about positional
        arguments only. Arguments and results of the call are not changed in place while such a
        hook is there.

        Args:
            hook: A callable; it returns None, or the gradients of the arguments anew.
            prepend: Whether it runs before earlier hooks.

        Returns:
            A handle whose `remove()` takes the hook away.

        Raises:
            RuntimeError: The module has a hook of `register_backward_hook`.

        Example:
            >>> import pyad
            >>> m = pyad.nn.Tanh()
            >>> handle = m.register_full_backward_hook(lambda m, gi, go: print(gi, go))
            >>> m(pyad.tensor(0.0, requires_grad=True)).backward()
            (tensor(1.),) (tensor(1.),)
        """
        self._one_kind(full=True)
        return self._add_hook(self._backward_hooks, hook, prepend)

    def register_backward_hook(self, hook: Hook) -> RemovableHandle:
        """The older form of `register_full_backward_hook`: sees only the last op of a call.

        Raises:
            RuntimeError: The module has full backward hooks.
        """
        self._one_kind(full=False)
        return self._add_hook(self._backward_hooks, hook, False)

    # ---- the call

    def _call_with_hooks(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        g = global_hooks
        d = self.__dict__
        called: set[int] = set()
        try:
            return self._run_hooked(args, kwargs, called)
        except Exception:
            always = d.get("_forward_hooks_always_called", {})
            if not always and not g.always_called:
                raise
            result = None
            for i, hook in [*g.forward.items(), *d.get("_forward_hooks", {}).items()]:
                if i in called or not (i in always or i in g.always_called):
                    continue
                try:
                    changed = self._after(i, hook, args, kwargs, result)
                    result = result if changed is None else changed
                except Exception as error:
                    warnings.warn(
                        "module forward hook with ``always_call=True`` raised an exception that "
                        f"was silenced as another error was raised in forward: {error}",
                        stacklevel=3,
                    )
            raise

    def _after(self, i: int, hook: Hook, args: Any, kwargs: Any, result: Any) -> Any:
        if (
            i in self.__dict__.get("_forward_hooks_with_kwargs", ())
            or i in global_hooks.with_kwargs
        ):
            return hook(self, args, kwargs, result)
        return hook(self, args, result)

    def _run_hooked(self, args: tuple[Any, ...], kwargs: dict[str, Any], called: set[int]) -> Any:
        g = global_hooks
        d = self.__dict__
        own = d.get("_forward_pre_hooks", {})
        for i, hook in [*g.forward_pre.items(), *own.items()]:
            if i in d.get("_forward_pre_hooks_with_kwargs", ()):
                changed = hook(self, args, kwargs)
                if changed is not None:
                    if not (isinstance(changed, tuple) and len(changed) == 2):
                        raise RuntimeError(
                            "forward pre-hook must return None or a tuple "
                            f"of (new_args, new_kwargs), but got {changed}."
                        )
                    args, kwargs = changed
            else:
                changed = hook(self, args)
                if changed is not None:
                    args = changed if isinstance(changed, tuple) else (changed,)
        backward_pre = [*g.backward_pre.values(), *d.get("_backward_pre_hooks", {}).values()]
        full: list[Hook] = list(g.backward.values()) if g.full else []
        partial: list[Hook] = [] if g.full else list(g.backward.values())
        (full if d.get("_is_full_backward_hook") else partial).extend(
            d.get("_backward_hooks", {}).values()
        )
        around = None
        if full or backward_pre:
            around = BackwardHooks(self, full, backward_pre)
            args = around.around_arguments(args)
        result = self.forward(*args, **kwargs)
        for i, hook in [*g.forward.items(), *d.get("_forward_hooks", {}).items()]:
            called.add(i)
            changed = self._after(i, hook, args, kwargs, result)
            if changed is not None:
                result = changed
        if around is not None:
            warn_of_odd_result(result)
            result = around.around_result(result)
        if partial:
            self._hook_last_op(result, partial)
        return result

    def _hook_last_op(self, result: Any, hooks: list[Hook]) -> None:
        while not isinstance(result, Tensor):
            result = (
                next(v for v in result.values() if isinstance(v, Tensor))
                if isinstance(result, dict)
                else result[0]
            )
        if result.grad_fn is not None:
            for hook in hooks:
                result.grad_fn.register_hook(
                    lambda grad_input, grad_output, hook=hook: hook(self, grad_input, grad_output)
                )
