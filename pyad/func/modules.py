"""Modules as functions of their parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pyad import _core
from pyad._core import Tensor
from pyad.nn.module import Module
from pyad.nn.utils.stateless import call_with

__all__ = ["functional_call", "functionalize", "stack_module_state"]


def functional_call(
    module: Module,
    parameter_and_buffer_dicts: dict[str, Any] | Sequence[dict[str, Any]],
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """Calls a module as if its parameters and buffers were others.

    Args:
        module: The module; it is the same again afterwards.
        parameter_and_buffer_dicts: Tensors by dotted name, in one dict or several; names that
            are left out keep the module's own tensors.
        args: Positional arguments, or a single one.
        kwargs: Keyword arguments.
        tie_weights: Whether a tensor with several names is replaced under all of them.
        strict: Whether the names must be all those of the module.

    Returns:
        What the module returns; gradients flow to the given tensors.

    Raises:
        ValueError: A name is in several dicts, or tied names have different values.
        RuntimeError: With `strict`, names do not match.

    Example:
        >>> import pyad
        >>> net = pyad.nn.Linear(2, 1, bias=False)
        >>> w = pyad.ones(1, 2, requires_grad=True)
        >>> y = pyad.func.functional_call(net, {"weight": w}, pyad.tensor([3.0, 4.0]))
        >>> y.backward()
        >>> y.item(), w.grad
        (7.0, tensor([[3., 4.]]))
    """
    if isinstance(parameter_and_buffer_dicts, dict):
        values = parameter_and_buffer_dicts
    elif isinstance(parameter_and_buffer_dicts, Sequence):
        values = {}
        for given in parameter_and_buffer_dicts:
            if not isinstance(given, dict):
                raise ValueError(
                    "Expected all elements of parameter_and_buffer_dicts to be dictionaries"
                )
            for name, value in given.items():
                if name in values:
                    raise ValueError(
                        f"{name} appeared in multiple dictionaries; behavior of functional call "
                        "is ambiguous"
                    )
                values[name] = value
    else:
        raise ValueError(
            "Expected parameter_and_buffer_dicts to be a dict, or a list/tuple of dicts, but got "
            f"{type(parameter_and_buffer_dicts)}"
        )
    return call_with(module, values, args, kwargs, tie_weights=tie_weights, strict=strict)


def stack_module_state(
    models: Sequence[Module],
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Parameters and buffers of modules of one kind, stacked, to call them all by `vmap`.

    Args:
        models: Modules of the same class and shapes, all in training mode or none.

    Returns:
        Dicts of parameters (leaves that ask for gradients where the modules' do) and of buffers,
        by name, with the modules along dim 0.

    Raises:
        RuntimeError: There is no module, or modules differ in class or mode.

    Example:
        >>> import pyad
        >>> nets = [pyad.nn.Linear(2, 1) for _ in range(3)]
        >>> params, buffers = pyad.func.stack_module_state(nets)
        >>> call = lambda p, b, x: pyad.func.functional_call(nets[0], (p, b), (x,))
        >>> pyad.vmap(call, in_dims=(0, 0, None))(params, buffers, pyad.ones(2)).shape
        (3, 1)
    """
    if not models:
        raise RuntimeError("stack_module_state: Expected at least one model, got 0.")
    if any(m.training != models[0].training for m in models):
        raise RuntimeError(
            "stack_module_state: Expected all models to have the same training/eval mode."
        )
    if any(type(m) is not type(models[0]) for m in models):
        raise RuntimeError("stack_module_state: Expected all models to be of the same class.")

    def stacked(dicts: list[dict[str, Tensor]]) -> dict[str, Tensor]:
        made = {}
        for name, first in dicts[0].items():
            with_grad = first.requires_grad
            whole = _core.stack([d[name].detach() for d in dicts])
            made[name] = whole.requires_grad_(with_grad)
        return made

    return (
        stacked([dict(m.named_parameters()) for m in models]),
        stacked([dict(m.named_buffers()) for m in models]),
    )


def functionalize(func: Any, *, remove: str = "mutations") -> Any:
    """The function itself: writes in place are functional already, since saved values are copies.

    Args:
        func: Any function of tensors.
        remove: "mutations" or "mutations_and_views"; taken for PyTorch's sake.

    Returns:
        `func`.

    Raises:
        RuntimeError: `remove` is something else.

    Example:
        >>> import pyad
        >>> pyad.func.functionalize(lambda x: x.clone().add_(1))(pyad.zeros(2))
        tensor([1., 1.])
    """
    if remove not in ("mutations", "mutations_and_views"):
        raise RuntimeError(
            f"functionalize(f, remove={remove!r}): received invalid argument for remove. Valid "
            "options are: 'mutations' and 'mutations_and_views'."
        )
    return func
