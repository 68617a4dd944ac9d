"""What a function says of itself: its parameters, and where it can be found again."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any


def found_by_name(function: Callable[..., Any]) -> bool:
    module = inspect.getmodule(function)
    return getattr(module, getattr(function, "__qualname__", ""), None) is function


def parameters(function: Callable[..., Any]) -> list[inspect.Parameter]:
    try:
        return list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # of some builtins
        return []


def positional_names(function: Callable[..., Any]) -> list[str]:
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [p.name for p in parameters(function) if p.kind in kinds]


def all_names(function: Callable[..., Any]) -> set[str]:
    return {p.name for p in parameters(function)}
