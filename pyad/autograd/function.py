"""Custom functions: a forward of one's own, with a derivative of one's own."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from pyad import _core
from pyad.autograd.grad_mode import is_grad_enabled, no_grad

__all__ = ["Function", "FunctionCtx", "once_differentiable"]

FunctionCtx = _core.FunctionCtx


class FunctionMeta(type):
    """Gives every subclass of `Function` its own type of context, which is also its graph node."""

    _backward_cls: type[FunctionCtx]
    _has_setup_context: bool

    def __init__(cls, name: str, bases: tuple[type, ...], attrs: dict[str, Any]) -> None:
        super().__init__(name, bases, attrs)
        cls._backward_cls = type(name + "Backward", (FunctionCtx,), {"_forward_cls": cls})
        setup = getattr(cls, "setup_context", None)
        cls._has_setup_context = setup is not None and setup is not _no_setup_context

    @property
    def _backward_rule(cls) -> Callable[..., Any]:
        vjp: Callable[..., Any] = cls.vjp  # type: ignore[attr-defined]
        backward: Callable[..., Any] = cls.backward  # type: ignore[attr-defined]
        if vjp is _no_vjp:
            return backward
        if backward is not _no_backward:
            raise RuntimeError(
                f"{cls.__name__} has both 'backward' and 'vjp', which are two names of one "
                "thing; keep one"
            )
        return vjp


def _no_setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
    raise NotImplementedError("setup_context is not implemented for this autograd.Function")


def _no_forward(*args: Any, **kwargs: Any) -> Any:
    raise NotImplementedError(
        "you must implement the forward function of a custom autograd.Function"
    )


def _no_backward(ctx: Any, *grad_outputs: Any) -> Any:
    raise NotImplementedError(
        "you must implement either the backward or vjp method of a custom autograd.Function "
        "to use it with backward mode AD"
    )


def _no_vjp(ctx: Any, *grad_outputs: Any) -> Any:
    return _no_backward(ctx, *grad_outputs)


def _no_jvp(ctx: Any, *grad_inputs: Any) -> Any:
    raise NotImplementedError(
        "you must implement the jvp function of a custom autograd.Function to use it with "
        "forward mode AD"
    )


class Function(metaclass=FunctionMeta):
    """Base of functions with a derivative of one's own.

    Subclass it with static methods and call the subclass's `apply`:

    - `forward(ctx, *args)` computes the result (a tensor, or a tuple of tensors and anything else).
      It runs unrecorded. Alternatively `forward(*args)` and `setup_context(ctx, inputs, output)`.
    - `backward(ctx, *grad_outputs)` returns one gradient for each argument of forward, None where
      there is none. It may be called `vjp`. What it does is recorded when a pass is recorded
      (`create_graph=True`), so it can be differentiated again.
    - `jvp(ctx, *tangents)`, optional, returns one tangent for each output: forward mode.
    - `vmap(info, in_dims, *args)`, optional, returns (output, out_dims) for arguments with examples
      along `in_dims`; `info` has `batch_size` and `randomness`. Without it the other methods
      are batched themselves: what PyTorch does where `generate_vmap_rule` is True.

    `ctx` carries what backward needs: tensors by `ctx.save_for_backward(...)`, read back as
    `ctx.saved_tensors`; anything else as attributes.

    Example:
        >>> import pyad
        >>> class Cube(pyad.autograd.Function):
        ...     @staticmethod
        ...     def forward(ctx, x):
        ...         ctx.save_for_backward(x)
        ...         return x * x * x
        ...     @staticmethod
        ...     def backward(ctx, g):
        ...         (x,) = ctx.saved_tensors
        ...         return 3 * x * x * g
        >>> x = pyad.tensor([2.0], requires_grad=True)
        >>> Cube.apply(x).backward()
        >>> x.grad.item()
        12.0
    """

    forward: Callable[..., Any] = staticmethod(_no_forward)
    setup_context: Callable[..., Any] = staticmethod(_no_setup_context)
    backward: Callable[..., Any] = staticmethod(_no_backward)
    vjp: Callable[..., Any] = staticmethod(_no_vjp)
    jvp: Callable[..., Any] = staticmethod(_no_jvp)
    generate_vmap_rule: bool = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise RuntimeError(
            f"{type(self).__name__} should not be instantiated: its methods are static; "
            f"call {type(self).__name__}.apply(...)"
        )

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Runs forward and records the function as one node.

        Args:
            *args: Arguments of forward; gradients flow to the tensors among them, not to tensors
                inside lists or dicts.
            **kwargs: Only for functions with `setup_context`, whose forward names them.

        Returns:
            What forward returned, with history.
        """
        if kwargs:
            if not cls._has_setup_context:
                raise TypeError(
                    f"{cls.__name__}.apply() takes no keyword arguments, because forward(ctx, ...) "
                    "is differentiated by position; pass them by position"
                )
            bound = inspect.signature(cls.forward).bind(*args, **kwargs)
            bound.apply_defaults()
            args = bound.args
        elif cls._has_setup_context:
            bound = inspect.signature(cls.forward).bind(*args)
            bound.apply_defaults()
            args = bound.args
        if _core.batch_levels():
            from pyad.autograd.function_batch import apply_batched
            from pyad.func.trees import innermost_batch

            level = innermost_batch(args)
            if level >= 0:
                return apply_batched(cls, args, level)
        return _core.function_apply(cls, args)


class _NotTwice(Function):
    """The identity on its first tensors, whose backward says why there is none.

    The other tensors are what the result was computed from: the graph leads to them, so that asking
    for a derivative by them meets the error and not a missing path.
    """

    @staticmethod
    def forward(ctx: Any, name: str, n: int, *tensors: Any) -> Any:
        ctx.name_of_rule = name
        return tensors[:n]

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        raise RuntimeError(
            "trying to differentiate twice a function that was marked with @once_differentiable: "
            f"{ctx.name_of_rule}"
        )


def once_differentiable(fn: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator for a `backward` that is not differentiable itself (it leaves pyad, for example).

    The rule runs unrecorded; differentiating through it raises instead of being silently wrong.

    Args:
        fn: The backward function, `(ctx, *grad_outputs)`.

    Returns:
        The backward function to use.

    Example:
        >>> import pyad
        >>> class Double(pyad.autograd.Function):
        ...     @staticmethod
        ...     def forward(ctx, x):
        ...         return x * 2
        ...     @staticmethod
        ...     @pyad.autograd.function.once_differentiable
        ...     def backward(ctx, g):
        ...         return pyad.tensor(2 * g.numpy())
        >>> x = pyad.ones(1, requires_grad=True)
        >>> pyad.autograd.grad(Double.apply(x), x)[0].item()
        2.0
    """

    @functools.wraps(fn)
    def wrapper(ctx: Any, *grads: Any) -> Any:
        with no_grad():
            result = fn(ctx, *grads)
        if not is_grad_enabled():
            return result
        sources = [g for g in (*grads, *ctx.saved_tensors) if isinstance(g, _core.Tensor)]
        if not any(g.requires_grad for g in sources):
            return result
        outputs = result if isinstance(result, tuple) else (result,)
        places = [
            i
            for i, r in enumerate(outputs)
            if isinstance(r, _core.Tensor) and r.is_floating_point()
        ]
        marked = _NotTwice.apply(
            type(ctx).__name__, len(places), *(outputs[i] for i in places), *sources
        )
        changed = list(outputs)
        for i, tensor in zip(places, marked, strict=True):
            changed[i] = tensor
        return tuple(changed) if isinstance(result, tuple) else changed[0]

    return wrapper
