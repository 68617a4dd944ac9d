"""`state_dict` and `load_state_dict`: what of a module is saved, and how it comes back."""

from __future__ import annotations

import itertools
import warnings
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from pyad import _core
from pyad._core import Tensor
from pyad._foreign import own_tensor
from pyad.nn.hooks import RemovableHandle
from pyad.nn.parameter import Parameter
from pyad.nn.tree import ModuleTree

__all__ = ["IncompatibleKeys", "ModuleState"]

_EXTRA = "_extra_state"
_DICTS = (
    "_state_dict_hooks",
    "_state_dict_pre_hooks",
    "_load_state_dict_pre_hooks",
    "_load_state_dict_post_hooks",
)


class IncompatibleKeys(NamedTuple):
    """What `load_state_dict` returns: names it missed and names it did not know."""

    missing_keys: list[str]
    unexpected_keys: list[str]

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return (
            f"_IncompatibleKeys(missing_keys={self.missing_keys}, "
            f"unexpected_keys={self.unexpected_keys})"
        )


class _StateDict(OrderedDict[str, Any]):
    """An ordered dict with the versions of the modules it came from."""

    _metadata: OrderedDict[str, dict[str, Any]]


class ModuleState(ModuleTree):
    """Saving and loading; a part of `Module`."""

    _version: int = 1
    _state_dict_hooks: dict[int, Any]
    _state_dict_pre_hooks: dict[int, Any]
    _load_state_dict_pre_hooks: dict[int, Any]
    _load_state_dict_post_hooks: dict[int, Any]

    def __getattr__(self, name: str) -> Any:
        if name in _DICTS:
            return self.__dict__.setdefault(name, OrderedDict())
        return super().__getattr__(name)

    # ---- saving

    def get_extra_state(self) -> Any:
        """What else belongs to `state_dict()`; for subclasses, together with `set_extra_state`."""
        raise RuntimeError(
            "Reached a code path in Module.get_extra_state() that should never be called."
        )

    def set_extra_state(self, state: Any) -> None:
        """Takes what `get_extra_state` of the saved module returned; for subclasses."""
        raise RuntimeError(
            "Reached a code path in Module.set_extra_state() that should never be called."
        )

    def state_dict(
        self,
        *args: Any,
        destination: Any = None,
        prefix: str = "",
        keep_vars: bool = False,
    ) -> Any:
        """Parameters and persistent buffers by dotted name; they share memory with the module.

        Args:
            *args: The other arguments by position, as older programs give them.
            destination: A dict to fill. Default: a new ordered dict.
            prefix: Put before every name.
            keep_vars: Whether the parameters themselves are returned rather than detached tensors.

        Returns:
            An ordered dict of tensors.

        Example:
            >>> import pyad
            >>> {k: v.shape for k, v in pyad.nn.Linear(2, 3).state_dict().items()}
            {'weight': (3, 2), 'bias': (3,)}
        """
        if args:
            warnings.warn(
                "Positional args are being deprecated, use kwargs instead.",
                FutureWarning,
                stacklevel=2,
            )
            destination = args[0] if destination is None else destination
            prefix = args[1] if len(args) > 1 and prefix == "" else prefix
            keep_vars = args[2] if len(args) > 2 and keep_vars is False else keep_vars
        if destination is None:
            destination = _StateDict()
            destination._metadata = OrderedDict()
        metadata = {"version": self._version}
        if hasattr(destination, "_metadata"):
            destination._metadata[prefix[:-1]] = metadata
        d = self.__dict__
        for hook in d.get("_state_dict_pre_hooks", {}).values():
            hook(self, prefix, keep_vars)
        self._save_to_state_dict(destination, prefix, keep_vars)
        for name, module in self._modules.items():
            if module is not None:
                module.state_dict(
                    destination=destination, prefix=f"{prefix}{name}.", keep_vars=keep_vars
                )
        for hook, may_replace in d.get("_state_dict_hooks", {}).values():
            changed = hook(self, destination, prefix, metadata)
            if changed is not None:
                if not may_replace:
                    raise RuntimeError("state_dict post-hook must return None")
                destination = changed
        return destination

    def _own_state(self) -> Iterator[tuple[str, Tensor]]:
        hidden = self._non_persistent_buffers_set
        for name, value in itertools.chain(self._parameters.items(), self._buffers.items()):
            if value is not None and name not in hidden:
                yield name, value

    def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
        """Writes what this module itself holds, without its children; for subclasses."""
        for name, value in self._own_state():
            destination[prefix + name] = value if keep_vars else value.detach()
        if type(self).get_extra_state is not ModuleState.get_extra_state:
            destination[prefix + _EXTRA] = self.get_extra_state()

    def _register_state_dict_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        return self._add_state_hook(self._state_dict_hooks, (hook, True))

    def register_state_dict_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Calls `hook(module, state_dict, prefix, local_metadata)` at the end of `state_dict()`."""
        return self._add_state_hook(self._state_dict_hooks, (hook, False))

    def register_state_dict_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Calls `hook(module, prefix, keep_vars)` before `state_dict()`."""
        return self._add_state_hook(self._state_dict_pre_hooks, hook)

    def _register_load_state_dict_pre_hook(
        self, hook: Callable[..., Any], with_module: bool = False
    ) -> RemovableHandle:
        return self._add_state_hook(self._load_state_dict_pre_hooks, (hook, with_module))

    def register_load_state_dict_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Calls `hook(module, state_dict, prefix, local_metadata, strict, missing_keys, ...)`.

        The last two arguments are unexpected_keys and error_msgs. It runs before the module takes
        its values, and may change the state dict and the lists.
        """
        return self._register_load_state_dict_pre_hook(hook, with_module=True)

    def register_load_state_dict_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Calls `hook(module, incompatible_keys)` after loading; it may change the two lists."""
        return self._add_state_hook(self._load_state_dict_post_hooks, hook)

    def _add_state_hook(self, hooks: dict[int, Any], hook: Any) -> RemovableHandle:
        handle = RemovableHandle(hooks)
        hooks[handle.id] = hook
        return handle

    # ---- loading

    def _load_from_state_dict(
        self,
        state_dict: Any,
        prefix: str,
        local_metadata: dict[str, Any],
        strict: bool,
        missing_keys: list[str],
        unexpected_keys: list[str],
        error_msgs: list[str],
    ) -> None:
        """Takes what this module itself holds, without its children; for subclasses."""
        for hook, with_module in self.__dict__.get("_load_state_dict_pre_hooks", {}).values():
            hook(
                *((self,) if with_module else ()),
                state_dict,
                prefix,
                local_metadata,
                strict,
                missing_keys,
                unexpected_keys,
                error_msgs,
            )
        own = dict(self._own_state())
        assign = local_metadata.get("assign_to_params_buffers", False)
        for name, value in own.items():
            key = prefix + name
            if key not in state_dict:
                if strict:
                    missing_keys.append(key)
                continue
            given, problem = _taken(key, value, state_dict[key])
            if problem is not None:
                error_msgs.append(problem)
                continue
            if value.dim() == 0 and given.dim() == 1:
                given = given[0]
            try:
                self._take(name, value, given, assign)
            except Exception as error:
                error_msgs.append(
                    f'While copying the parameter named "{key}", whose dimensions in the model '
                    f"are {_size(value)} and whose dimensions in the checkpoint are "
                    f"{_size(given)}, an exception occurred : {error.args}."
                )
        extra = prefix + _EXTRA
        if type(self).set_extra_state is not ModuleState.set_extra_state:
            if extra in state_dict:
                self.set_extra_state(state_dict[extra])
            elif strict:
                missing_keys.append(extra)
        elif strict and extra in state_dict:
            unexpected_keys.append(extra)
        if strict:
            for key in state_dict:
                if key.startswith(prefix) and key != extra:
                    first, *rest = key[len(prefix) :].split(".", 1)
                    if first not in (self._modules if rest else own):
                        unexpected_keys.append(key)

    def _take(self, name: str, value: Tensor, given: Tensor, assign: bool) -> None:
        with _core.NoGrad():
            if not assign:
                value.copy_(given)
                return
            if isinstance(value, Parameter):
                if isinstance(given, Parameter):
                    given.requires_grad_(value.requires_grad)
                else:
                    given = Parameter(given, value.requires_grad)
            setattr(self, name, given)

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False
    ) -> IncompatibleKeys:
        """Copies values into parameters and buffers; if a name or shape is wrong, nothing changes.

        Args:
            state_dict: What `state_dict()` returned, of this module or of an equal one; also with
                NumPy arrays, or tensors of another library, in the place of tensors.
            strict: Whether the names must match exactly.
            assign: Whether the given tensors replace the module's own, instead of being copied.

        Returns:
            Names that were missing and names that were not expected.

        Raises:
            TypeError: `state_dict` is no mapping.
            RuntimeError: Names or shapes do not match; the text lists all of them.

        Example:
            >>> import pyad
            >>> a, b = pyad.nn.Linear(2, 2), pyad.nn.Linear(2, 2)
            >>> b.load_state_dict(a.state_dict())
            <All keys matched successfully>
            >>> bool((a.weight == b.weight).all())
            True
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}.")
        metadata = getattr(state_dict, "_metadata", None)
        values = _StateDict(state_dict)
        if metadata is not None:
            values._metadata = metadata
        missing: list[str] = []
        unexpected: list[str] = []
        errors: list[str] = []
        before = _snapshot(self) if _looks_wrong(self, values) else None

        def visit(module: ModuleState, given: Any, prefix: str) -> None:
            local = {} if metadata is None else metadata.get(prefix[:-1], {})
            if assign:
                local = {**local, "assign_to_params_buffers": True}
            module._load_from_state_dict(given, prefix, local, True, missing, unexpected, errors)
            for name, child in module._modules.items():
                if child is not None:
                    inner = f"{prefix}{name}."
                    visit(child, {k: v for k, v in given.items() if k.startswith(inner)}, inner)
            hooks = module.__dict__.get("_load_state_dict_post_hooks", {})
            for hook in hooks.values():
                if hook(module, IncompatibleKeys(missing, unexpected)) is not None:
                    raise AssertionError(
                        "Hooks registered with ``register_load_state_dict_post_hook`` are not "
                        "expected to return new values, if incompatible_keys need to be modified, "
                        "it should be done inplace."
                    )

        visit(self, values, "")
        if strict:
            for kind, keys in (("Unexpected", unexpected), ("Missing", missing)):
                if keys:
                    listed = ", ".join(f'"{k}"' for k in keys)
                    errors.insert(0, f"{kind} key(s) in state_dict: {listed}. ")
        if errors:
            if before is not None:
                _restore(before)
            listed = "\n\t".join(errors)
            raise RuntimeError(
                f"Error(s) in loading state_dict for {type(self).__name__}:\n\t{listed}"
            )
        return IncompatibleKeys(missing, unexpected)


def _size(x: Tensor) -> str:
    """A shape as PyTorch's error texts have it."""
    return f"torch.Size({list(x.shape)})"


def _taken(key: str, value: Tensor, given: Any) -> tuple[Any, str | None]:
    """What is given for a tensor of the module as a tensor, and what is wrong with it, or None."""
    try:
        given = own_tensor(given)
    except (TypeError, RuntimeError, ValueError) as error:
        return given, f'While copying the parameter named "{key}": {error}'
    if not isinstance(given, Tensor):
        return given, (
            f'While copying the parameter named "{key}", expected torch.Tensor or Tensor-like '
            f"object from checkpoint but received {type(given)}"
        )
    if given.shape == value.shape or (value.dim() == 0 and given.shape == (1,)):
        return given, None
    return given, (
        f"size mismatch for {key}: copying a param with shape {_size(given)} from checkpoint, "
        f"the shape in current model is {_size(value)}."
    )


def _looks_wrong(root: Any, state: Mapping[str, Any]) -> bool:
    """Whether loading may end with errors, judged by names and shapes."""
    own = {
        (f"{place}.{name}" if place else name): value
        for place, module in root.named_modules(remove_duplicate=False)
        for name, value in module._own_state()
    }
    return own.keys() != state.keys() or any(_taken(k, v, state[k])[1] for k, v in own.items())


def _snapshot(root: Any) -> list[tuple[Any, str, Tensor, Tensor]]:
    with _core.NoGrad():
        return [
            (module, name, value, value.detach().clone())
            for module in root.modules()
            for name, value in module._own_state()
        ]


def _restore(snapshot: list[tuple[Any, str, Tensor, Tensor]]) -> None:
    with _core.NoGrad():
        for module, name, value, copy in snapshot:
            if module.__dict__.get(name) is not value:
                setattr(module, name, value)
            value.copy_(copy)
