"""The older weight norm, by a hook before each forward."""

from __future__ import annotations

import warnings
from typing import Any

from pyad import _core
from pyad._core import Tensor
from pyad.nn.module import Module
from pyad.nn.parameter import Parameter
from pyad.nn.utils.parametrizations import norm_except_dim

__all__ = ["remove_weight_norm", "weight_norm"]


class WeightNorm:
    """The hook: sets the weight to the direction of name_v with the length name_g."""

    def __init__(self, name: str, dim: int | None) -> None:
        self.name = name
        self.dim = -1 if dim is None else dim

    def compute_weight(self, module: Module) -> Tensor:
        """The weight, recorded."""
        g, v = getattr(module, self.name + "_g"), getattr(module, self.name + "_v")
        return v * (g / norm_except_dim(v, 2, self.dim))  # type: ignore[no-any-return]

    def __call__(self, module: Module, inputs: Any) -> None:
        setattr(module, self.name, self.compute_weight(module))


def _hook(module: Module, name: str) -> int | None:
    for key, hook in module._forward_pre_hooks.items():
        if isinstance(hook, WeightNorm) and hook.name == name:
            return int(key)
    return None


def weight_norm(module: Module, name: str = "weight", dim: int | None = 0) -> Module:
    """Splits a weight into length and direction; `parametrizations.weight_norm` is newer.

    Args:
        module: The module.
        name: Name of the weight.
        dim: The dim along which there are several lengths; None for a single one.

    Returns:
        The module.

    Raises:
        RuntimeError: The weight is split already.

    Example:
        >>> import warnings
        >>> import pyad
        >>> with warnings.catch_warnings(action="ignore"):
        ...     m = pyad.nn.utils.weight_norm(pyad.nn.Linear(2, 3))
        >>> list(m.state_dict())
        ['bias', 'weight_g', 'weight_v']
    """
    warnings.warn(
        "`torch.nn.utils.weight_norm` is deprecated in favor of "
        "`torch.nn.utils.parametrizations.weight_norm`.",
        FutureWarning,
        stacklevel=2,
    )
    if _hook(module, name) is not None:
        raise RuntimeError(f"Cannot register two weight_norm hooks on the same parameter {name}")
    norm = WeightNorm(name, dim)
    weight = getattr(module, name)
    delattr(module, name)
    length = norm_except_dim(weight.detach(), 2, norm.dim)
    module.register_parameter(name + "_g", Parameter(length))
    module.register_parameter(name + "_v", Parameter(weight.detach()))
    with _core.NoGrad():  # each forward computes it anew
        setattr(module, name, norm.compute_weight(module))
    module.register_forward_pre_hook(norm)
    return module


def remove_weight_norm(module: Module, name: str = "weight") -> Module:
    """Makes the weight one parameter again.

    Args:
        module: The module.
        name: Name of the weight.

    Returns:
        The module.

    Raises:
        ValueError: The weight is not split.
    """
    key = _hook(module, name)
    if key is None:
        raise ValueError(f"weight_norm of '{name}' not found in {module}")
    norm = module._forward_pre_hooks.pop(key)
    weight = norm.compute_weight(module).detach()
    for part in (name, name + "_g", name + "_v"):
        delattr(module, part)
    module.register_parameter(name, Parameter(weight))
    return module
