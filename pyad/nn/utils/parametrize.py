"""Parametrisations: an attribute of a module that is computed from parameters when it is read.

Note [Parametrised attributes]
`module.weight` becomes a property of a class of its own, made for this one module, below the class
it had. The property runs the chain `module.parametrizations.weight`, whose first argument is the
tensor (or tensors) `original`, and which is registered like any other child. So optimizers and
`state_dict` see `parametrizations.weight.original`, and nobody sees `weight`.
"""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from pyad import _core
from pyad._core import Tensor
from pyad.nn.container import ModuleDict, ModuleList
from pyad.nn.module import Module
from pyad.nn.parameter import Parameter

__all__ = [
    "ParametrizationList",
    "cached",
    "is_parametrized",
    "register_parametrization",
    "remove_parametrizations",
    "transfer_parametrizations_and_params",
    "type_before_parametrizations",
]


class _Cache:
    depth = 0
    values: ClassVar[dict[tuple[int, str], Tensor]] = {}


@contextlib.contextmanager
def cached() -> Iterator[None]:
    """Within the block, every parametrised attribute is computed at most once.

    Example:
        >>> import pyad
        >>> from pyad.nn.utils import parametrizations, parametrize
        >>> m = parametrizations.weight_norm(pyad.nn.Linear(2, 2))
        >>> with parametrize.cached():
        ...     m.weight is m.weight
        True
    """
    _Cache.depth += 1
    try:
        yield
    finally:
        _Cache.depth -= 1
        if not _Cache.depth:
            _Cache.values = {}


def _register(module: Module, name: str, value: Any) -> None:
    if isinstance(value, Parameter):
        module.register_parameter(name, value)
    else:
        module.register_buffer(name, value)


def _need_tensor(what: str, value: Any) -> None:
    if not isinstance(value, Tensor):
        raise ValueError(f"{what} must return a tensor. Got {type(value).__name__}.")


def _need_alike(what: str, flag: str, old: tuple[str, Any], new: tuple[str, Any]) -> None:
    """Both of one dtype and shape, unless the flag allows more."""
    for kind in ("dtype", "shape"):
        a, b = (getattr(t, kind) for _, t in (old, new))
        if a != b:
            raise ValueError(
                f"{what.format(kind=kind)}, unless {flag} flag is enabled.\n"
                f"{old[0].format(kind=kind)}: {a}\n{new[0].format(kind=kind)}: {b}"
            )


_CHANGED = "Registering a parametrization may not change the {kind} of the tensor"


class ParametrizationList(ModuleList):
    """The chain of parametrisations of one tensor, and the tensors it begins with.

    Args:
        modules: Parametrisations, the first one applied first.
        original: The tensor that is parametrised.
        unsafe: Whether dtype and shape may change.

    Raises:
        ValueError: There are no modules, or they return something unfit.
    """

    original: Tensor
    unsafe: bool

    def __init__(self, modules: Sequence[Module], original: Tensor, unsafe: bool = False) -> None:
        if len(modules) == 0:
            raise ValueError("ParametrizationList requires one or more modules.")
        super().__init__(modules)
        self.unsafe = unsafe
        before = original.detach()
        new: Any = original
        with _core.NoGrad():
            for module in reversed(list(self)):
                if hasattr(module, "right_inverse"):
                    with contextlib.suppress(NotImplementedError):
                        new = module.right_inverse(new)
        if not isinstance(new, (Tensor, Sequence)):
            raise ValueError(
                "'right_inverse' must return a Tensor or a Sequence of tensors (list, tuple...). "
                f"Got {type(new).__name__}"
            )
        self.is_tensor = isinstance(new, Tensor)
        self.ntensors = 1 if isinstance(new, Tensor) else len(new)
        if isinstance(new, Tensor):
            if new.dtype != original.dtype:
                raise ValueError(
                    "When `right_inverse` outputs one tensor, it may not change the dtype.\n"
                    f"original.dtype: {original.dtype}\n"
                    f"right_inverse(original).dtype: {new.dtype}"
                )
            original.data = new.detach()
            _register(self, "original", original)
        else:
            for i, part in enumerate(new):
                if not isinstance(part, Tensor):
                    raise ValueError(
                        "'right_inverse' must return a Tensor or a Sequence of tensors (list, "
                        f"tuple...). Got element {i} of the sequence with type "
                        f"{type(part).__name__}."
                    )
                if isinstance(original, Parameter):
                    part = Parameter(part.detach(), original.requires_grad)
                _register(self, f"original{i}", part)
        if not unsafe:
            made = self()
            _need_tensor("A parametrization", made)
            _need_alike(
                _CHANGED,
                "`unsafe`",
                ("unparametrized {kind}", before),
                ("parametrized {kind}", made),
            )

    def right_inverse(self, value: Any) -> None:
        """Sets the original tensors so that the chain gives a value.

        Raises:
            RuntimeError: A parametrisation has no `right_inverse`.
            ValueError: It returns something unfit.
        """
        with _core.NoGrad():
            for module in reversed(list(self)):
                if not hasattr(module, "right_inverse"):
                    raise RuntimeError(
                        f"parametrization {type(module).__name__} does not implement right_inverse."
                    )
                value = module.right_inverse(value)
        if self.is_tensor:
            if not isinstance(value, Tensor):
                raise ValueError(
                    f"`right_inverse` should return a tensor. Got {type(value).__name__}"
                )
            values, names = [value], ["original"]
        else:
            if not isinstance(value, Sequence):
                raise ValueError(
                    "'right_inverse' must return a sequence of tensors. "
                    f"Got {type(value).__name__}."
                )
            if len(value) != self.ntensors:
                raise ValueError(
                    "'right_inverse' must return a sequence of tensors of length "
                    f"{self.ntensors}. Got a sequence of length {len(value)}."
                )
            values, names = list(value), [f"original{i}" for i in range(self.ntensors)]
        for name, new in zip(names, values, strict=True):
            old = getattr(self, name)
            if new.dtype != old.dtype:
                raise ValueError(
                    f"The tensor returned by `right_inverse` has dtype {new.dtype} while "
                    f"`{name}` has dtype {old.dtype}"
                )
        for name, new in zip(names, values, strict=True):
            getattr(self, name).data = new.detach()

    def forward(self) -> Any:
        """Runs the chain."""
        first, *rest = self
        if self.is_tensor:
            x = first(self.original)
        else:
            x = first(*[getattr(self, f"original{i}") for i in range(self.ntensors)])
        for module in rest:
            x = module(x)
        return x


def _no_pickle(self: Any) -> Any:
    raise RuntimeError(
        "Serialization of parametrized modules is only supported through state_dict(); save "
        "that, and load it into a module that is parametrized alike."
    )


def _deepcopy(self: Any, memo: dict[int, Any]) -> Any:
    replica = self.__new__(type(self))
    memo[id(self)] = replica
    replica.__setstate__(copy.deepcopy(self.__dict__, memo))
    return replica


def _give_own_class(module: Module) -> None:
    kind = type(module)
    members: dict[str, Any] = {"__getstate__": _no_pickle}
    if not hasattr(kind, "__deepcopy__"):
        members["__deepcopy__"] = _deepcopy
    module.__class__ = type(f"Parametrized{kind.__name__}", (kind,), members)


def _give_property(module: Module, name: str) -> None:
    def get(self: Any) -> Any:
        if not _Cache.depth:
            return self.parametrizations[name]()
        key = (id(self), name)
        if key not in _Cache.values:
            _Cache.values[key] = self.parametrizations[name]()
        return _Cache.values[key]

    def set_(self: Any, value: Tensor) -> None:
        self.parametrizations[name].right_inverse(value)

    setattr(type(module), name, property(get, set_))


def register_parametrization(
    module: Module, tensor_name: str, parametrization: Module, *, unsafe: bool = False
) -> Module:
    """Lets `parametrization` compute a parameter or buffer of a module.

    Args:
        module: The module.
        tensor_name: Name of the parameter or buffer, which may have parametrisations already.
        parametrization: Its forward maps the original tensor (or tensors) to the attribute;
            its `right_inverse`, if it has one, the other way, for assignments.
        unsafe: Whether dtype and shape may change.

    Returns:
        The module.

    Raises:
        ValueError: There is no such tensor, or dtype or shape change.

    Example:
        >>> import pyad
        >>> from pyad.nn.utils import parametrize
        >>> class Symmetric(pyad.nn.Module):
        ...     def forward(self, x):
        ...         return x.triu() + x.triu(1).mT
        >>> m = parametrize.register_parametrization(pyad.nn.Linear(3, 3), "weight", Symmetric())
        >>> bool((m.weight == m.weight.mT).all()), list(m.state_dict())
        (True, ['bias', 'parametrizations.weight.original'])
    """
    parametrization.train(module.training)
    if is_parametrized(module, tensor_name):
        if not unsafe:
            _check_next(module, tensor_name, parametrization)
        chain: Any = module.parametrizations[tensor_name]
        chain.append(parametrization)
        chain.unsafe |= unsafe
    elif tensor_name in module._buffers or tensor_name in module._parameters:
        original = getattr(module, tensor_name)
        chain = ParametrizationList([parametrization], original, unsafe=unsafe)
        delattr(module, tensor_name)
        if not is_parametrized(module):
            _give_own_class(module)
            module.parametrizations = ModuleDict()
        _give_property(module, tensor_name)
        module.parametrizations[tensor_name] = chain
    else:
        raise ValueError(
            f"Module '{module}' does not have a parameter, a buffer, or a parametrized element "
            f"with name '{tensor_name}'"
        )
    return module


def _check_next(module: Module, name: str, parametrization: Any) -> None:
    old = getattr(module, name)
    new = parametrization(old)
    _need_tensor("A parametrization", new)
    text = f"module.{name}.{{kind}}"
    _need_alike(
        _CHANGED, "the `unsafe`", (text, old), (f"parametrization(module.{name}).{{kind}}", new)
    )
    if hasattr(parametrization, "right_inverse"):
        try:
            back = parametrization.right_inverse(new)
        except NotImplementedError:
            return
        _need_tensor("parametrization.right_inverse", back)
        what = (
            "The tensor returned by parametrization.right_inverse must have the same {kind} as "
            f"module.{name}"
        )
        _need_alike(what, "the `unsafe`", (text, old), ("returned {kind}", back))


def is_parametrized(module: Module, tensor_name: str | None = None) -> bool:
    """Tells whether a module, or one of its tensors, has parametrisations.

    Args:
        module: The module.
        tensor_name: Name of a tensor. Default: any.

    Example:
        >>> import pyad
        >>> pyad.nn.utils.parametrize.is_parametrized(pyad.nn.Linear(1, 1))
        False
    """
    chains = getattr(module, "parametrizations", None)
    if not isinstance(chains, ModuleDict):
        return False
    return len(chains) > 0 if tensor_name is None else tensor_name in chains


def remove_parametrizations(
    module: Module, tensor_name: str, leave_parametrized: bool = True
) -> Module:
    """Makes a parametrised tensor an ordinary one again.

    Args:
        module: The module.
        tensor_name: Name of the tensor.
        leave_parametrized: Whether it keeps the value that the parametrisations give it, or gets
            that of the original.

    Returns:
        The module.

    Raises:
        ValueError: There is no parametrisation, or no single original to go back to.

    Example:
        >>> import pyad
        >>> from pyad.nn.utils import parametrizations, parametrize
        >>> m = parametrizations.weight_norm(pyad.nn.Linear(2, 2))
        >>> list(parametrize.remove_parametrizations(m, "weight").state_dict())
        ['bias', 'weight']
    """
    if not is_parametrized(module, tensor_name):
        raise ValueError(f"Module {module} does not have a parametrization on {tensor_name}")
    chain: Any = module.parametrizations[tensor_name]
    if not chain.is_tensor and not leave_parametrized:
        raise ValueError(
            "Cannot leave unparametrized (`leave_parametrized=False`) a tensor that is "
            "parametrized in terms of a sequence of tensors."
        )
    if leave_parametrized:
        value = getattr(module, tensor_name)
    if chain.is_tensor:
        original = chain.original
        if leave_parametrized:
            original.data = value.detach()
    else:
        original = Parameter(value.detach()) if value.requires_grad else value
    delattr(type(module), tensor_name)
    del module.parametrizations[tensor_name]
    _register(module, tensor_name, original)
    if not is_parametrized(module):
        delattr(module, "parametrizations")
        module.__class__ = type(module).__bases__[0]
    return module


def type_before_parametrizations(module: Module) -> type:
    """The class a module had before it got parametrisations.

    Example:
        >>> import pyad
        >>> from pyad.nn.utils import parametrizations, parametrize
        >>> m = parametrizations.weight_norm(pyad.nn.Linear(2, 2))
        >>> type(m).__name__, parametrize.type_before_parametrizations(m).__name__
        ('ParametrizedLinear', 'Linear')
    """
    return type(module).__bases__[0] if is_parametrized(module) else type(module)


def transfer_parametrizations_and_params(
    from_module: Module, to_module: Module, tensor_name: str | None = None
) -> Module:
    """Gives a module the parametrisations, and their parameters, of another.

    Args:
        from_module: The module that has them.
        to_module: The module that gets them.
        tensor_name: Name of one tensor. Default: all.

    Returns:
        `to_module`.
    """
    if not is_parametrized(from_module):
        return to_module
    for name in list(from_module.parametrizations) if tensor_name is None else [tensor_name]:
        source: Any = from_module.parametrizations[name]
        if not hasattr(to_module, name):
            setattr(to_module, name, Parameter(getattr(from_module, name).detach()))
        for part in source:
            register_parametrization(to_module, name, part)
        target: Any = to_module.parametrizations[name]
        for original in [*source._parameters, *source._buffers]:
            setattr(target, original, getattr(source, original))
    return to_module
