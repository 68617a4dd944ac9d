"""Calls of a module with other parameters than its own."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from typing import Any

from pyad._core import Tensor
from pyad.nn.module import Module

__all__ = ["call_with", "functional_call"]

_MISSING = object()


def _named_tensors(module: Module) -> dict[str, Tensor]:
    return {
        **dict(module.named_parameters(remove_duplicate=False)),
        **dict(module.named_buffers(remove_duplicate=False)),
    }


def _untied(module: Module, given: dict[str, Any]) -> dict[str, Any]:
    """The given values under all names of the tensors they stand for."""
    names_of: dict[int, list[str]] = {}
    own = _named_tensors(module)
    for name, tensor in own.items():
        names_of.setdefault(id(tensor), []).append(name)
    out = dict(given)
    for names in names_of.values():
        known = [name for name in names if name in given]
        if len(names) == 1 or not known:
            continue
        if any(given[name] is not given[known[0]] for name in known):
            raise ValueError(
                f"functional_call got multiple values for keys {sorted(known)}, which are tied. "
                "Consider using tie_weights=False"
            )
        out.update(dict.fromkeys(names, given[known[0]]))
    return out


def _check_names(module: Module, given: dict[str, Any]) -> None:
    own = _named_tensors(module)
    errors = []
    for kind, names in (
        ("Unexpected", [n for n in given if n not in own]),
        ("Missing", [n for n in own if n not in given]),
    ):
        if names:
            listed = ", ".join(f'"{n}"' for n in names)
            errors.append(f"{kind} key(s): {listed}.")
    if errors:
        listed = "\n\t".join(errors)
        raise RuntimeError(f"Error(s) in reparametrizing for {module._get_name()}:\n\t{listed}")


def _swap(module: Any, name: str, value: Any) -> Any:
    """Puts a value in the place of an attribute and returns what was there."""
    for registry in (module._parameters, module._buffers):
        if name in registry:
            old = registry[name]
            registry[name] = value
            return old
    old = module.__dict__.get(name, _MISSING)
    if value is _MISSING:
        module.__dict__.pop(name, None)
    else:
        module.__dict__[name] = value
    return old


@contextlib.contextmanager
def _replaced(module: Module, values: dict[str, Any], given: dict[str, Any]) -> Iterator[None]:
    places = []
    for path in values:
        place, _, name = path.rpartition(".")
        places.append((module.get_submodule(place), name))
    olds: list[Any] = []
    try:
        for (owner, name), value in zip(places, values.values(), strict=True):
            olds.append(_swap(owner, name, value))
        yield
    finally:
        for path, (owner, name), old in reversed(
            list(zip(list(values)[: len(olds)], places[: len(olds)], olds, strict=True))
        ):
            now = _swap(owner, name, old)
            if path in given and now is not given[path] and now is not _MISSING:
                given[path] = now  # a buffer that the module replaced


def call_with(
    module: Module,
    values: dict[str, Any],
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """What `func.functional_call` does, with one dict.

    Args:
        module: The module.
        values: Tensors by dotted name; a value that the module replaces is replaced here, too.
        args: Positional arguments, or a single one.
        kwargs: Keyword arguments.
        tie_weights: Whether a tensor with several names is replaced under all of them.
        strict: Whether the names must be all those of the module.
    """
    swapped = _untied(module, values) if tie_weights else dict(values)
    if strict:
        _check_names(module, swapped)
    args = () if args is None else args
    args = args if isinstance(args, tuple) else (args,)
    with _replaced(module, swapped, values):
        return module(*args, **(kwargs or {}))


def functional_call(
    module: Module,
    parameters_and_buffers: dict[str, Any],
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """The older place of `func.functional_call`.

    Args:
        module: The module.
        parameters_and_buffers: Tensors by dotted name.
        args: Positional arguments, or a single one.
        kwargs: Keyword arguments.
        tie_weights: Whether a tensor with several names is replaced under all of them.
        strict: Whether the names must be all those of the module.
    """
    warnings.warn(
        "This API is deprecated as of PyTorch 2.0 and will be removed in a future version of "
        "PyTorch. Please use torch.func.functional_call instead which is a drop-in replacement.",
        FutureWarning,
        stacklevel=2,
    )
    return call_with(
        module, parameters_and_buffers, args, kwargs, tie_weights=tie_weights, strict=strict
    )
