"""The tree a module is: what it registers under which name, and the walks over all of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from pyad._core import Tensor
from pyad.nn.hooks import registration_hooks
from pyad.nn.parameter import Buffer, Parameter
from pyad.nn.registry import Registry

if TYPE_CHECKING:
    from pyad.nn.module import Module

__all__ = ["ModuleTree"]

_REGISTRIES = ("_parameters", "_buffers", "_modules")


def _offered(kind: str, module: Any, name: str, value: Any) -> Any:
    """The value as the global registration hooks leave it."""
    for hook in registration_hooks[kind].values():
        changed = hook(module, name, value)
        if changed is not None:
            value = changed
    return value


class ModuleTree:
    """Registration and walks; a part of `Module`."""

    _parameters: dict[str, Parameter | None]
    _buffers: dict[str, Tensor | None]
    _modules: dict[str, Module | None]
    _non_persistent_buffers_set: set[str]

    # ---- registration

    def __setattr__(self, name: str, value: Any) -> None:
        d = self.__dict__
        parameters = d.get("_parameters")
        if isinstance(value, Parameter):
            if parameters is None:
                raise AttributeError("cannot assign parameters before Module.__init__() call")
            self._leave(name, "_parameters")
            self.register_parameter(name, value)
        elif parameters is None:
            if isinstance(value, ModuleTree):
                raise AttributeError("cannot assign module before Module.__init__() call")
            object.__setattr__(self, name, value)
        elif name in parameters:
            if value is not None:
                raise TypeError(
                    f"cannot assign '{type(value).__name__}' as parameter '{name}' "
                    "(pyad.nn.Parameter or None expected)"
                )
            self.register_parameter(name, None)
        elif isinstance(value, ModuleTree):
            self._leave(name, "_modules")
            d["_modules"][name] = d[name] = _offered("module", self, name, value)
        elif name in d["_modules"]:
            if value is not None:
                raise TypeError(
                    f"cannot assign '{type(value).__name__}' as child module '{name}' "
                    "(pyad.nn.Module or None expected)"
                )
            d["_modules"][name] = d[name] = _offered("module", self, name, value)
        elif isinstance(value, Buffer) or name in d["_buffers"]:
            if value is not None and not isinstance(value, Tensor):
                raise TypeError(
                    f"cannot assign '{type(value).__name__}' as buffer '{name}' "
                    "(pyad.nn.Buffer, pyad.Tensor or None expected)"
                )
            if isinstance(value, Buffer):
                persistent = value.persistent
                self._leave(name, "_buffers")
            else:
                persistent = name not in d["_non_persistent_buffers_set"]
            self.register_buffer(name, value, persistent)
        elif name in _REGISTRIES:
            d[name].clear()
            d[name].update(value)
        else:
            object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        d = self.__dict__
        for registry in _REGISTRIES:
            if name in d.get(registry, ()):
                del d[registry][name]
                d.pop(name, None)
                d["_non_persistent_buffers_set"].discard(name)
                return
        object.__delattr__(self, name)

    def __getattr__(self, name: str) -> Any:
        # Only for names that are no attribute: what is registered stands in __dict__.
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def _leave(self, name: str, registry: str) -> None:
        """Takes a name out of everything but one registry; a method or property keeps it."""
        d = self.__dict__
        if registry in d and name in d[registry]:
            return
        for other in _REGISTRIES:
            d[other].pop(name, None)
        d["_non_persistent_buffers_set"].discard(name)
        d.pop(name, None)

    def _check_name(self, name: str, kind: str, registry: str) -> None:
        if registry not in self.__dict__:
            raise AttributeError(f"cannot assign {kind} before Module.__init__() call")
        if not isinstance(name, str):
            raise TypeError(f"{kind} name should be a string. Got {type(name).__name__}")
        if "." in name:
            raise KeyError(f'{kind} name can\'t contain ".", got: {name}')
        if name == "":
            raise KeyError(f'{kind} name can\'t be empty string ""')
        if name not in self.__dict__[registry] and hasattr(self, name):
            raise KeyError(f"attribute '{name}' already exists")

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Adds a parameter under a name.

        Args:
            name: An attribute name without dots.
            param: The parameter; None stands for one that is absent, and is skipped everywhere.

        Raises:
            TypeError: `param` is no Parameter.
            KeyError: The name has a dot, is empty, or is taken.
            ValueError: `param` is no leaf.

        Example:
            >>> import pyad
            >>> m = pyad.nn.Module()
            >>> m.register_parameter("scale", pyad.nn.Parameter(pyad.ones(1)))
            >>> m.scale.shape
            (1,)
        """
        self._check_name(name, "parameter", "_parameters")
        if param is not None:
            if not isinstance(param, Parameter):
                raise TypeError(
                    f"cannot assign '{type(param).__name__}' object to parameter '{name}' "
                    "(pyad.nn.Parameter or None required)"
                )
            if param.grad_fn is not None:
                raise ValueError(
                    f"Cannot assign non-leaf Tensor to parameter '{name}'. Model "
                    f"parameters must be created explicitly. To express '{name}' "
                    "as a function of another Tensor, compute the value in "
                    "the forward() method."
                )
            param = _offered("parameter", self, name, param)
        self._parameters[name] = self.__dict__[name] = param

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Adds a tensor that is no parameter under a name.

        Args:
            name: An attribute name without dots.
            tensor: The tensor, or None.
            persistent: Whether it is part of `state_dict()`.

        Raises:
            TypeError: `tensor` is no Tensor.
            KeyError: The name has a dot, is empty, or is taken.

        Example:
            >>> import pyad
            >>> m = pyad.nn.Module()
            >>> m.register_buffer("count", pyad.tensor(0))
            >>> m.count.item()
            0
        """
        self._check_name(name, "buffer", "_buffers")
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(
                f"cannot assign '{type(tensor).__name__}' object to buffer '{name}' "
                "(pyad.Tensor or None required)"
            )
        self._buffers[name] = self.__dict__[name] = _offered("buffer", self, name, tensor)
        if persistent:
            self._non_persistent_buffers_set.discard(name)
        else:
            self._non_persistent_buffers_set.add(name)

    def add_module(self, name: str, module: Module | None) -> None:
        """Adds a child under a name.

        Args:
            name: A name without dots.
            module: The child, or None.

        Raises:
            TypeError: `module` is no Module.
            KeyError: The name has a dot, is empty, or is taken.

        Example:
            >>> import pyad
            >>> m = pyad.nn.Module()
            >>> m.add_module("act", pyad.nn.ReLU())
            >>> m.act
            ReLU()
        """
        if module is not None and not isinstance(module, ModuleTree):
            raise TypeError(f"{type(module).__name__} is not a Module subclass")
        self._check_name(name, "module", "_modules")
        self._modules[name] = self.__dict__[name] = _offered("module", self, name, module)

    def register_module(self, name: str, module: Module | None) -> None:
        """Another name of `add_module`."""
        self.add_module(name, module)

    def _make_registries(self) -> None:
        d = self.__dict__
        for registry in _REGISTRIES:
            d[registry] = Registry(self, d.get(registry, {}))
        d.setdefault("_non_persistent_buffers_set", set())

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
        me: Any = self
        if me in memo:
            return
        if remove_duplicate:
            memo.add(me)
        yield prefix, me
        for name, module in self._modules.items():
            if module is not None:
                inner = f"{prefix}.{name}" if prefix else name
                yield from module.named_modules(memo, inner, remove_duplicate)

    def modules(self, remove_duplicate: bool = True) -> Iterator[Module]:
        """Yields all modules of the tree, this one first, each once.

        Args:
            remove_duplicate: False yields a module as often as it stands in the tree.
        """
        for _, module in self.named_modules(remove_duplicate=remove_duplicate):
            yield module

    def _named_members(
        self,
        get_members_fn: Callable[[Any], Any],
        prefix: str = "",
        recurse: bool = True,
        remove_duplicate: bool = True,
    ) -> Iterator[tuple[str, Any]]:
        seen: set[int] = set()
        places: Any = (
            self.named_modules(prefix=prefix, remove_duplicate=remove_duplicate)
            if recurse
            else [(prefix, self)]
        )
        for place, module in places:
            for name, value in get_members_fn(module):
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
        return self._named_members(
            lambda m: m._parameters.items(), prefix, recurse, remove_duplicate
        )

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """Yields the parameters, each once; what an optimizer takes."""
        for _, parameter in self.named_parameters(recurse=recurse):
            yield parameter

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """Yields dotted names and buffers; arguments as for `named_parameters`."""
        return self._named_members(lambda m: m._buffers.items(), prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """Yields the buffers, each once."""
        for _, buffer in self.named_buffers(recurse=recurse):
            yield buffer

    # ---- by dotted name

    def get_submodule(self, target: str) -> Module:
        """The module with a dotted name; "" is this one.

        Raises:
            AttributeError: There is none.
        """
        module: Any = self
        for name in target.split(".") if target else []:
            module = _attribute(module, name)
            if not isinstance(module, ModuleTree):
                raise AttributeError(f"`{name}` is not an nn.Module")
        return module  # type: ignore[no-any-return]

    def set_submodule(self, target: str, module: Module, strict: bool = False) -> None:
        """Puts a module where a dotted name says.

        Args:
            target: The name; the modules on the way to it exist.
            module: The new module.
            strict: Whether something must be there already.

        Raises:
            ValueError: The name is empty, or `module` is no module.
            AttributeError: The place does not exist, or holds something else.

        Example:
            >>> import pyad
            >>> net = pyad.nn.Sequential(pyad.nn.ReLU())
            >>> net.set_submodule("0", pyad.nn.Tanh())
            >>> net[0]
            Tanh()
        """
        if target == "":
            raise ValueError("Cannot set the submodule without a target name!")
        if not isinstance(module, ModuleTree):
            raise ValueError(f"`module` is not an nn.Module, found {type(module)}")
        place, _, name = target.rpartition(".")
        parent = self.get_submodule(place)
        there = strict or hasattr(parent, name)
        if there and not isinstance(_attribute(parent, name), ModuleTree):
            raise AttributeError(f"`{name}` is not an nn.Module")
        setattr(parent, name, module)

    def get_parameter(self, target: str) -> Parameter:
        """The parameter with a dotted name.

        Raises:
            AttributeError: There is none.
        """
        place, _, name = target.rpartition(".")
        found = _attribute(self.get_submodule(place), name)
        if not isinstance(found, Parameter):
            raise AttributeError(f"`{name}` is not an nn.Parameter")
        return found

    def get_buffer(self, target: str) -> Tensor:
        """The buffer with a dotted name.

        Raises:
            AttributeError: There is none.
        """
        place, _, name = target.rpartition(".")
        module = self.get_submodule(place)
        found: Tensor = _attribute(module, name)
        if name not in module._buffers:
            raise AttributeError(f"`{name}` is not a buffer")
        return found


def _attribute(module: Any, name: str) -> Any:
    if not hasattr(module, name):
        raise AttributeError(f"{module._get_name()} has no attribute `{name}`")
    return getattr(module, name)
