"""Backward hooks of one call of a module.

Note [Backward hooks]
Two identities stand around the forward: one over all tensor arguments, one over all tensor results.
Each is one node, so that a gradient of all results, or of all arguments, is at hand at once. The
node of the results comes first in a sweep: before it the pre-hooks run, and what it is given is
`grad_output`. After the node of the arguments the hooks run, on its `grad_input`. When no argument
needs a gradient there is no such node, and the hooks run right after the pre-hooks.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

from pyad._core import Tensor
from pyad.autograd import Function
from pyad.autograd.grad_mode import is_grad_enabled

__all__ = ["BackwardHooks", "warn_of_odd_result"]


class BackwardHookFunction(Function):
    """The identity over several tensors, in one node."""

    @staticmethod
    def forward(ctx: Any, *tensors: Tensor) -> Any:
        """Views of the tensors."""
        passed = tuple(t.view_as(t) for t in tensors)
        still = [p for p, t in zip(passed, tensors, strict=True) if not t.requires_grad]
        ctx.mark_non_differentiable(*still)
        return passed

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        """The gradients as they are."""
        return grads


def _through(values: Sequence[Any]) -> tuple[list[Any], list[int], Any]:
    """Values with tensors passed through one identity, places of the tensors, and its node."""
    places = [i for i, v in enumerate(values) if isinstance(v, Tensor)]
    out = list(values)
    if not (is_grad_enabled() and any(values[i].requires_grad for i in places)):
        return out, [], None
    passed = BackwardHookFunction.apply(*[values[i] for i in places])
    if isinstance(passed, Tensor):
        passed = (passed,)
    for i, t in zip(places, passed, strict=True):
        out[i] = t
    return out, places, next(t.grad_fn for t in passed if t.grad_fn is not None)


def _spread(places: list[int], values: Sequence[Any], n: int) -> tuple[Any, ...]:
    out: list[Any] = [None] * n
    for i, v in zip(places, values, strict=True):
        out[i] = v
    return tuple(out)


def _as_tuple(value: Any) -> Any:
    return value if isinstance(value, (tuple, list)) else (value,)


class BackwardHooks:
    """The hooks of one call. See Note [Backward hooks].

    Args:
        module: Given to the hooks.
        hooks: Called with grad_input and grad_output.
        pre_hooks: Called with grad_output.
    """

    def __init__(
        self,
        module: Any,
        hooks: list[Callable[..., Any]],
        pre_hooks: list[Callable[..., Any]],
    ) -> None:
        self.module = module
        self.hooks = hooks
        self.pre_hooks = pre_hooks
        self.grad_outputs: Any = None
        self.places: list[int] | None = None
        self.n_inputs = -1

    def around_arguments(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments with the identity in front of them."""
        out, places, node = _through(args)
        self.n_inputs = len(args)
        if node is not None:
            self.places = places
            node.register_hook(self._after_arguments)
        return tuple(out)

    def around_result(self, result: Any) -> Any:
        """The result with the identity behind it."""
        single = not isinstance(result, tuple)
        out, places, node = _through((result,) if single else result)
        if node is None:
            return result
        n = len(out)
        node.register_prehook(lambda grads: self._before_result(grads, places, n))
        if single:
            return out[0]
        return type(result)(*out) if hasattr(result, "_fields") else tuple(out)

    def _after_arguments(self, grad_input: Any, _: Any) -> Any:
        if self.grad_outputs is None:
            return None  # another part of the graph led here, not the results of this call
        assert self.places is not None
        grads = _spread(self.places, grad_input, self.n_inputs)
        for hook in self.hooks:
            changed = hook(self.module, grads, self.grad_outputs)
            if changed is None:
                continue
            changed = _as_tuple(changed)
            if len(changed) != len(grads):
                raise RuntimeError(
                    "Backward hook returned an invalid number of grad_input, "
                    f"got {len(changed)}, but expected {len(grads)}"
                )
            grads = changed
        self.grad_outputs = None
        return tuple(grads[i] for i in self.places)

    def _before_result(self, grads: Any, places: list[int], n: int) -> Any:
        self.grad_outputs = _spread(places, grads, n)
        for hook in self.pre_hooks:
            changed = hook(self.module, self.grad_outputs)
            if changed is None:
                continue
            changed = _as_tuple(changed)
            if len(changed) != n:
                raise RuntimeError(
                    "Backward pre hook returned an invalid number of grad_output, "
                    f"got {len(changed)}, but expected {n}"
                )
            self.grad_outputs = tuple(changed)
        result = tuple(self.grad_outputs[i] for i in places)
        if self.places is None and self.hooks:
            warnings.warn(
                "Full backward hook is firing when gradients are computed with respect to module "
                "outputs since no inputs require gradients.",
                stacklevel=2,
            )
            nothing = (None,) * self.n_inputs
            for hook in self.hooks:
                changed = hook(self.module, nothing, self.grad_outputs)
                if changed is not None and any(c is not None for c in _as_tuple(changed)):
                    raise RuntimeError(
                        "Backward hook for Modules where no input requires gradient should "
                        "always return None or None for all gradients."
                    )
            self.grad_outputs = None
        return result


def warn_of_odd_result(result: Any) -> None:
    """Says that backward hooks cannot follow a result that is no tensor or tuple."""
    if not isinstance(result, (Tensor, tuple)):
        warnings.warn(
            "For backward hooks to be called, module output should be a Tensor or a tuple of "
            f"Tensors but received {type(result)}",
            stacklevel=5,
        )
