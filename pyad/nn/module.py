"""`Module`: an object that knows its parameters, buffers and children.

Registered values stand twice: in `_parameters`, `_buffers` or `_modules`, in order of registration,
and in the instance's `__dict__`, where attribute access finds them without a Python call. Only
`__setattr__`, `__delattr__` and the `register_...` methods write to either, so the two agree.
"""

from __future__ import annotations

import itertools
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from pyad import _core
from pyad._core import Tensor
from pyad.nn.hooks import RemovableHandle
from pyad.nn.parameter import Buffer, Parameter
from pyad.nn.state import IncompatibleKeys, load

__all__ = ["Module"]

M = TypeVar("M", bound="Module")


def _kind(module: Module) -> str:
    return type(module).__name__


def _no_forward(self: Module, *args: Any, **kwargs: Any) -> Any:
    raise NotImplementedError(f'Module [{_kind(self)}] is missing the required "forward" function')


class Module:
    """Base of all that has parameters: subclass it, make parts in `__init__`, write `forward`.

    Attributes that are `Parameter`s, `Module`s or `Buffer`s are registered under their names.

    Example:
        >>> import pyad
        >>> class Line(pyad.nn.Module):
        ...     def __init__(self):
        ...         super().__init__()
        ...         self.slope = pyad.nn.Parameter(pyad.tensor(2.0))
        ...     def forward(self, x):
        ...         return self.slope * x
        >>> Line()(pyad.tensor(3.0)).item()
        6.0
        >>> [name for name, _ in Line().named_parameters()]
        ['slope']
    """

    training: bool
    _parameters: dict[str, Parameter | None]
    _buffers: dict[str, Tensor | None]
    _modules: dict[str, Module | None]

    def __init__(self) -> None:
        # Not by attribute, which would ask the registries that are only being made.
        self.__dict__.update(
            training=True,
            _parameters={},
            _buffers={},
            _non_persistent_buffers_set=set(),
            _modules={},
            _forward_hooks={},
            _forward_pre_hooks={},
            _hooked=False,
        )

    forward: Callable[..., Any] = _no_forward

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Runs `forward`, and the hooks around it."""
        if self._hooked:
            return self._call_with_hooks(args, kwargs)
        return self.forward(*args, **kwargs)

    def _call_with_hooks(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        for hook, with_kwargs in list(self._forward_pre_hooks.values()):
            if with_kwargs:
                changed = hook(self, args, kwargs)
                if changed is not None:
                    if not (isinstance(changed, tuple) and len(changed) == 2):
                        raise RuntimeError(
                            "forward pre-hook must return None or a tuple (new_args, new_kwargs), "
                            f"but got {changed}."
                        )
                    args, kwargs = changed
            else:
                changed = hook(self, args)
                if changed is not None:
                    args = changed if isinstance(changed, tuple) else (changed,)
        result = self.forward(*args, **kwargs)
        for hook, with_kwargs in list(self._forward_hooks.values()):
            changed = hook(self, args, kwargs, result) if with_kwargs else hook(self, args, result)
            if changed is not None:
                result = changed
        return result

    # ---- registration

    def __setattr__(self, name: str, value: Any) -> None:
        d = self.__dict__
        registered = d.get("_parameters")
        if isinstance(value, Parameter):
            self.register_parameter(name, value)
        elif isinstance(value, Module):
            self.register_module(name, value)
        elif isinstance(value, Buffer):
            self.register_buffer(name, value.data, value.persistent)
        elif registered is None:
            d[name] = value
        elif name in registered:
            if value is not None:
                raise TypeError(
                    f"cannot assign '{type(value).__name__}' as parameter '{name}' "
                    "(pyad.nn.Parameter or None expected)"
                )
            self.register_parameter(name, None)
        elif name in d["_modules"]:
            if value is not None:
                raise TypeError(
                    f"cannot assign '{type(value).__name__}' as child module '{name}' "
                    "(pyad.nn.Module or None expected)"
                )
            d["_modules"][name] = d[name] = None
        elif name in d["_buffers"]:
            if value is not None and not isinstance(value, Tensor):
                raise TypeError(
                    f"cannot assign '{type(value).__name__}' as buffer '{name}' "
                    "(pyad.nn.Buffer, pyad.Tensor or None expected)"
                )
            d["_buffers"][name] = d[name] = value
        else:
            object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        for registry in ("_parameters", "_buffers", "_modules"):
            self.__dict__.get(registry, {}).pop(name, None)
        self.__dict__.get("_non_persistent_buffers_set", set()).discard(name)
        object.__delattr__(self, name)

    def __getattr__(self, name: str) -> Any:
        # Only for names that are no attribute: what is registered stands in __dict__.
        raise AttributeError(f"'{_kind(self)}' object has no attribute '{name}'")

    def _check_name(self, name: str, kind: str, registry: str) -> None:
        if registry not in self.__dict__:
            raise AttributeError(f"cannot assign {kind} before Module.__init__() call")
        if not isinstance(name, str):
            raise TypeError(f"{kind} name should be a string. Got {type(name).__name__}")
        if "." in name:
            raise KeyError(f'{kind} name can\'t contain ".", got: {name}')
        if name == "":
            raise KeyError(f'{kind} name can\'t be empty string ""')

    def _take_name(self, name: str, kind: str, registry: str) -> None:
        """The name leaves the other registries; a method or property keeps it."""
        self._check_name(name, kind, registry)
        if name not in self.__dict__ and hasattr(type(self), name):
            raise KeyError(f"attribute '{name}' already exists")
        for other in ("_parameters", "_buffers", "_modules"):
            if other != registry:
                self.__dict__[other].pop(name, None)

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Adds a parameter under a name.

        Args:
            name: An attribute name without dots.
            param: The parameter; None stands for one that is absent, and is skipped everywhere.

        Raises:
            TypeError: `param` is no Parameter.
            KeyError: The name has a dot, is empty, or is that of a method.
            ValueError: `param` is no leaf.

        Example:
            >>> import pyad
            >>> m = pyad.nn.Module()
            >>> m.register_parameter("scale", pyad.nn.Parameter(pyad.ones(1)))
            >>> m.scale.shape
            (1,)
        """
        if param is not None and not isinstance(param, Parameter):
            raise TypeError(
                f"cannot assign '{type(param).__name__}' object to parameter '{name}' "
                "(pyad.nn.Parameter or None required)"
            )
        if param is not None and param.grad_fn is not None:
            raise ValueError(
                f"Cannot assign non-leaf Tensor to parameter '{name}'. Model parameters must be "
                "created explicitly."
            )
        self._take_name(
            name, "parameter" if "_parameters" in self.__dict__ else "parameters", "_parameters"
        )
        self._parameters[name] = param
        self.__dict__[name] = param

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Adds a tensor that is no parameter under a name.

        Args:
            name: An attribute name without dots.
            tensor: The tensor, or None.
            persistent: Whether it is part of `state_dict()`.

        Raises:
            TypeError: `tensor` is no Tensor.
            KeyError: The name has a dot, is empty, or is that of a method.

        Example:
            >>> import pyad
            >>> m = pyad.nn.Module()
            >>> m.register_buffer("count", pyad.tensor(0))
            >>> m.count.item()
            0
        """
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(
                f"cannot assign '{type(tensor).__name__}' object to buffer '{name}' "
                "(pyad.Tensor or None required)"
            )
        self._take_name(name, "buffer" if "_buffers" in self.__dict__ else "buffers", "_buffers")
        self._buffers[name] = tensor
        self.__dict__[name] = tensor
        names: set[str] = self.__dict__["_non_persistent_buffers_set"]
        if persistent:
            names.discard(name)
        else:
            names.add(name)

    def register_module(self, name: str, module: Module | None) -> None:
        """Adds a child under a name; `add_module` is another name of it.

        Args:
            name: A name without dots.
            module: The child, or None.

        Raises:
            TypeError: `module` is no Module.
            KeyError: The name has a dot, is empty, or is that of a method.

        Example:
            >>> import pyad
            >>> m = pyad.nn.Module()
            >>> m.register_module("act", pyad.nn.ReLU())
            >>> m.act
            ReLU()
        """
        if module is not None and not isinstance(module, Module):
            raise TypeError(f"{type(module).__name__} is not a Module subclass")
        self._take_name(name, "module", "_modules")
        self._modules[name] = module
        self.__dict__[name] = module

    add_module = register_module

    # ---- hooks

    def _register_hook(
        self, hooks: dict[int, Any], hook: Any, with_kwargs: bool, prepend: bool
    ) -> RemovableHandle:
        handle = RemovableHandle(hooks)
        earlier = dict(hooks) if prepend else {}
        if prepend:
            hooks.clear()
        hooks[handle.id] = (hook, with_kwargs)
        hooks.update(earlier)
        self.__dict__["_hooked"] = True
        return handle

    def register_forward_pre_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Calls `hook(module, args)` before each forward; what it returns replaces the arguments.

        Args:
            hook: A callable; None as its result changes nothing.
            prepend: Whether it runs before earlier hooks.
            with_kwargs: Whether it is called as `hook(module, args, kwargs)`.

        Returns:
            A handle whose `remove()` takes the hook away.

        Example:
            >>> import pyad
            >>> m = pyad.nn.Identity()
            >>> handle = m.register_forward_pre_hook(lambda m, args: (args[0] * 2,))
            >>> m(pyad.tensor(3.0)).item()
            6.0
        """
        return self._register_hook(self._forward_pre_hooks, hook, with_kwargs, prepend)

    def register_forward_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Calls `hook(module, args, result)` after each forward; its result replaces that.

        Args:
            hook: A callable; None as its result changes nothing.
            prepend: Whether it runs before earlier hooks.
            with_kwargs: Whether it is called as `hook(module, args, kwargs, result)`.

        Returns:
            A handle whose `remove()` takes the hook away.

        Example:
            >>> import pyad
            >>> m = pyad.nn.Identity()
            >>> handle = m.register_forward_hook(lambda m, args, result: result + 1)
            >>> m(pyad.tensor(3.0)).item()
            4.0
        """
        return self._register_hook(self._forward_hooks, hook, with_kwargs, prepend)

    # ---- walks

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """Yields names and modules of the direct children, each module once."""
        seen: set[Module] = set()
        for name, module in self._modules.items():
            if module is not None and module not in seen:
                seen.add(module)
                yield name, module

    def children(self) -> Iterator[Module]:
        """Yields the direct children, each once."""
        for _, module in self.named_children():
            yield module

    def named_modules(
        self, memo: set[Module] | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Module]]:
        """Yields dotted names and modules of the whole tree, this one first.

        Args:
            memo: Modules to leave out; grows.
            prefix: Put before every name.
            remove_duplicate: Whether a module that stands in several places is yielded once.

        Example:
            >>> import pyad
            >>> m = pyad.nn.Sequential(pyad.nn.ReLU())
            >>> [name for name, _ in m.named_modules()]
            ['', '0']
        """
        memo = set() if memo is None else memo
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        yield prefix, self
        for name, module in self._modules.items():
            if module is not None:
                inner = f"{prefix}.{name}" if prefix else name
                yield from module.named_modules(memo, inner, remove_duplicate)

    def modules(self) -> Iterator[Module]:
        """Yields all modules of the tree, this one first, each once."""
        for _, module in self.named_modules():
            yield module

    def _named_members(
        self, registry: str, prefix: str, recurse: bool, remove_duplicate: bool
    ) -> Iterator[tuple[str, Any]]:
        seen: set[int] = set()
        places = (
            self.named_modules(prefix=prefix, remove_duplicate=remove_duplicate)
            if recurse
            else [(prefix, self)]
        )
        for place, module in places:
            for name, value in module.__dict__[registry].items():
                if value is None or id(value) in seen:
                    continue
                if remove_duplicate:
                    seen.add(id(value))
                yield (f"{place}.{name}" if place else name), value

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """Yields dotted names and parameters.

        Args:
            prefix: Put before every name.
            recurse: Whether those of children are included.
            remove_duplicate: Whether a shared parameter is yielded once.

        Example:
            >>> import pyad
            >>> [name for name, _ in pyad.nn.Linear(2, 3).named_parameters()]
            ['weight', 'bias']
        """
        return self._named_members("_parameters", prefix, recurse, remove_duplicate)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """Yields the parameters, each once; what an optimizer takes."""
        for _, parameter in self.named_parameters(recurse=recurse):
            yield parameter

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """Yields dotted names and buffers; arguments as for `named_parameters`."""
        return self._named_members("_buffers", prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """Yields the buffers, each once."""
        for _, buffer in self.named_buffers(recurse=recurse):
            yield buffer

    def get_submodule(self, target: str) -> Module:
        """The module with a dotted name; "" is this one.

        Raises:
            AttributeError: There is none.
        """
        module = self
        for name in target.split(".") if target else []:
            child = module._modules.get(name)
            if child is None:
                raise AttributeError(f"{_kind(module)} has no attribute `{name}`")
            module = child
        return module

    def get_parameter(self, target: str) -> Parameter:
        """The parameter with a dotted name.

        Raises:
            AttributeError: There is none.
        """
        place, _, name = target.rpartition(".")
        module = self.get_submodule(place)
        found = module._parameters.get(name)
        if found is None:
            raise AttributeError(f"{_kind(module)} has no attribute `{name}`")
        return found

    def apply(self: M, fn: Callable[[Module], Any]) -> M:
        """Calls a function on every module of the tree, children first.

        Args:
            fn: Called with each module.

        Returns:
            The module itself.

        Example:
            >>> import pyad
            >>> names, net = [], pyad.nn.Sequential(pyad.nn.ReLU())
            >>> _ = net.apply(lambda m: names.append(type(m).__name__))
            >>> names
            ['ReLU', 'Sequential']
        """
        for child in self.children():
            child.apply(fn)
        fn(self)
        return self

    # ---- modes and conversions

    def train(self: M, mode: bool = True) -> M:
        """Puts the tree into training mode, or with False into evaluation mode; returns the module.

        Raises:
            ValueError: `mode` is no bool.
        """
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")
        self.training = mode
        for child in self.children():
            child.train(mode)
        return self

    def eval(self: M) -> M:
        """Puts the tree into evaluation mode; returns the module."""
        return self.train(False)

    def requires_grad_(self: M, requires_grad: bool = True) -> M:
        """Sets whether the parameters ask for gradients; returns the module."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Drops the gradients of all parameters, or with False fills them with zeros."""
        _core.zero_grads(list(self.parameters()), set_to_none)

    def _apply(self: M, fn: Callable[[Tensor], Tensor]) -> M:
        """Changes the values of all parameters, gradients and buffers."""
        for child in self.children():
            child._apply(fn)
        for parameter in self._parameters.values():
            if parameter is None:
                continue
            with _core.NoGrad():
                values = fn(parameter.detach())
                grad = None if parameter.grad is None else fn(parameter.grad)
            parameter.grad = None
            parameter.data = values
            parameter.grad = grad
        for name, buffer in self._buffers.items():
            if buffer is not None:
                self._buffers[name] = self.__dict__[name] = fn(buffer)
        return self

    def to(self: M, *args: Any, **kwargs: Any) -> M:
        """Converts floating parameters and buffers to a dtype, in place.

        Args:
            *args: A dtype, a tensor whose dtype is taken, or "cpu".
            **kwargs: `dtype=`, `device=`.

        Returns:
            The module itself.

        Raises:
            TypeError: The dtype is not a floating one.
            RuntimeError: A graph that leads to a parameter is still alive.

        Example:
            >>> import pyad
            >>> pyad.nn.Linear(1, 1).to(pyad.float64).weight.dtype
            pyad.float64
        """
        target = _core.empty(0).to(*args, **kwargs).dtype
        named = any(not isinstance(a, (str, bool)) for a in args) or "dtype" in kwargs
        if not named:
            return self
        if not target.is_floating_point:
            raise TypeError(
                f"nn.Module.to only accepts floating point dtypes, but got dtype={target}"
            )
        return self._apply(lambda t: t.to(target) if t.is_floating_point() else t)

    def double(self: M) -> M:
        """Converts floating parameters and buffers to float64; see `to`."""
        return self.to(_core.float64)

    def float(self: M) -> M:
        """Converts floating parameters and buffers to float32; see `to`."""
        return self.to(_core.float32)

    def cpu(self: M) -> M:
        """The module itself."""
        return self

    # ---- state

    def state_dict(self, *, prefix: str = "", keep_vars: bool = False) -> OrderedDict[str, Any]:
        """Parameters and persistent buffers by dotted name; they share memory with the module.

        Args:
            prefix: Put before every name.
            keep_vars: Whether the parameters themselves are returned rather than detached tensors.

        Returns:
            An ordered dict of tensors.

        Example:
            >>> import pyad
            >>> {k: v.shape for k, v in pyad.nn.Linear(2, 3).state_dict().items()}
            {'weight': (3, 2), 'bias': (3,)}
        """
        state: OrderedDict[str, Any] = OrderedDict()
        self._save_to_state_dict(state, prefix, keep_vars)
        return state

    def _save_to_state_dict(
        self, state: OrderedDict[str, Any], prefix: str, keep_vars: bool
    ) -> None:
        for name, value in self._own_state():
            state[prefix + name] = value if keep_vars else value.detach()
        for name, module in self._modules.items():
            if module is not None:
                module._save_to_state_dict(state, f"{prefix}{name}.", keep_vars)

    def _own_state(self) -> Iterator[tuple[str, Tensor]]:
        hidden = self.__dict__["_non_persistent_buffers_set"]
        for name, value in itertools.chain(self._parameters.items(), self._buffers.items()):
            if value is not None and name not in hidden:
                yield name, value

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False
    ) -> IncompatibleKeys:
        """Copies values into parameters and buffers; if a name or shape is wrong, nothing changes.

        Args:
            state_dict: What `state_dict()` returned, of this module or of an equal one.
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
        return load(self, state_dict, strict, assign)

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)

    # ---- text

    def extra_repr(self) -> str:
        """The part of `repr` that describes the module's own settings; for subclasses."""
        return ""

    def _get_name(self) -> str:
        return _kind(self)

    def __repr__(self) -> str:
        own = self.extra_repr()
        lines = own.split("\n") if own else []
        children = [
            f"({name}): " + repr(module).replace("\n", "\n  ")
            for name, module in self._modules.items()
        ]
        if len(lines) == 1 and not children:
            return f"{self._get_name()}({own})"
        lines += children
        if not lines:
            return f"{self._get_name()}()"
        return f"{self._get_name()}(\n  " + "\n  ".join(lines) + "\n)"

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self.__dict__})
