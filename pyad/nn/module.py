"""`Module`: an object that knows its parameters, buffers and children.

What a module registers and the walks over it are in `tree.py`, saving and loading in `state.py`,
hooks in `hooked.py`; here are calls, modes, conversions and text.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from pyad import _core
from pyad._core import Tensor
from pyad.nn.hooked import ModuleHooks
from pyad.nn.hooks import global_hooks

__all__ = ["Module"]

M = TypeVar("M", bound="Module")


def _no_forward(self: Module, *args: Any, **kwargs: Any) -> Any:
    raise NotImplementedError(
        f'Module [{type(self).__name__}] is missing the required "forward" function'
    )


class Module(ModuleHooks):
    """Base of all that has parameters: subclass it, make parts in `__init__`, write `forward`.

    Attributes that are `Parameter`s, `Module`s or `Buffer`s are registered under their names.

    Args:
        *args: For the next class of a subclass with `call_super_init = True`; else nothing.
        **kwargs: As `args`.

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
    call_super_init: bool = False
    dump_patches: bool = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if (args or kwargs) and not self.call_super_init:
            name = f"{type(self).__name__}.__init__()"
            if kwargs:
                raise TypeError(f"{name} got an unexpected keyword argument '{next(iter(kwargs))}'")
            raise TypeError(f"{name} takes 1 positional argument but {len(args) + 1} were given")
        # Not by attribute, which would ask the registries that are only being made.
        self.__dict__["training"] = True
        self._make_registries()
        self.__dict__["_hooked"] = False
        if self.call_super_init:
            super().__init__(*args, **kwargs)

    forward: Callable[..., Any] = _no_forward

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Runs `forward`, and the hooks around it."""
        if self._hooked:
            return self._call_with_hooks(args, kwargs)
        return self.forward(*args, **kwargs)

    def _call_impl(self, *args: Any, **kwargs: Any) -> Any:
        return self._call_with_hooks(args, kwargs)

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

    def _apply(self: M, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> M:
        """Changes the values of all parameters, gradients and buffers."""
        for child in self.children() if recurse else ():
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
            *args: A dtype, a tensor whose dtype is taken, or "cpu"; a device and a dtype.
            **kwargs: `dtype=`, `device=`, `tensor=`, `non_blocking=`.

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
        kwargs.pop("memory_format", None)
        if "tensor" in kwargs:
            args = (*args, kwargs.pop("tensor"))
        if kwargs.get("dtype", 0) is None:
            del kwargs["dtype"]
        target = _core.empty(0).to(*args, **kwargs).dtype
        # What else may stand there is a device or a flag.
        named = "dtype" in kwargs or any(
            not (a is None or isinstance(a, (str, bool))) for a in args
        )
        if not named:
            return self
        if not target.is_floating_point:
            raise TypeError(
                "nn.Module.to only accepts floating point or complex dtypes, but got desired "
                f"dtype={target}"
            )
        return self._apply(lambda t: t.to(target) if t.is_floating_point() else t)

    def type(self: M, dst_type: Any) -> M:
        """Converts all parameters and buffers to a dtype, in place.

        Args:
            dst_type: A dtype, or its PyTorch name such as "torch.DoubleTensor".

        Returns:
            The module itself.
        """
        return self._apply(lambda t: t.type(dst_type))

    def double(self: M) -> M:
        """Converts floating parameters and buffers to float64; see `to`."""
        return self.to(_core.float64)

    def float(self: M) -> M:
        """Converts floating parameters and buffers to float32; see `to`."""
        return self.to(_core.float32)

    def half(self: M) -> M:
        """Converts floating parameters and buffers to float16; see `to`."""
        return self.to(_core.float16)

    def bfloat16(self: M) -> M:
        """Converts floating parameters and buffers to bfloat16; see `to`."""
        return self.to(_core.bfloat16)

    def cuda(self: M, device: Any = None) -> M:
        """Raises AssertionError: there is no GPU."""
        raise AssertionError(
            "pyad computes on the CPU; ask cuda.is_available() before calling cuda()"
        )

    def cpu(self: M) -> M:
        """The module itself."""
        return self

    def to_empty(self: M, *, device: Any, recurse: bool = True) -> M:
        """Gives all parameters and buffers new memory with unspecified values.

        Args:
            device: "cpu" or None.
            recurse: Whether those of children are included.

        Returns:
            The module itself.
        """
        return self._apply(lambda t: _core.empty_like(t), recurse=recurse)

    def share_memory(self: M) -> M:
        """The module itself: threads share its memory anyway."""
        return self

    # ---- copies and pickles

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__.copy()

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._make_registries()
        self.__dict__.setdefault("training", True)
        self.__dict__.setdefault("_hooked", False)

    # ---- text

    def extra_repr(self) -> str:
        """The part of `repr` that describes the module's own settings; for subclasses."""
        return ""

    def _get_name(self) -> str:
        return self.__class__.__name__

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
        return sorted(n for n in {*super().__dir__(), *self.__dict__} if not n[0].isdigit())


global_hooks.module = Module
