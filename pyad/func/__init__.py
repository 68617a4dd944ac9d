"""Functions of functions: modules called with parameters that are given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pyad.nn.module import Module
from pyad.nn.utils.stateless import call_with

__all__ = ["functional_call"]


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
