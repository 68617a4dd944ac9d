"""Modules without the time their starting values take."""

from __future__ import annotations

import inspect
from typing import Any

from pyad import _core
from pyad.nn.module import Module

__all__ = ["skip_init"]


def skip_init(module_cls: type[Module], *args: Any, **kwargs: Any) -> Any:
    """Makes a module whose values are unspecified, and draws no random numbers for it.

    Args:
        module_cls: A class of modules whose constructor has a parameter `device`.
        *args: Its arguments.
        **kwargs: Its keyword arguments.

    Raises:
        RuntimeError: `module_cls` is no class of modules, or has no such parameter.

    Example:
        >>> import pyad
        >>> pyad.nn.utils.skip_init(pyad.nn.Linear, 5, 1)
        Linear(in_features=5, out_features=1, bias=True)
    """
    if not issubclass(module_cls, Module):
        raise RuntimeError(f"Expected a Module; got {module_cls}")
    if "device" not in inspect.signature(module_cls).parameters:
        raise RuntimeError("Module must support a 'device' arg to skip initialization")
    before = _core.get_rng_state()
    try:
        return module_cls(*args, **kwargs)
    finally:
        _core.set_rng_state(before)
