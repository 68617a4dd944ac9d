"""The older spectral norm, by a hook before each forward."""

from __future__ import annotations

from typing import Any

from pyad import _core
from pyad._core import Tensor
from pyad.nn import functional as F
from pyad.nn.module import Module
from pyad.nn.parameter import Parameter
from pyad.nn.utils.parametrizations import output_dim

__all__ = ["remove_spectral_norm", "spectral_norm"]


class SpectralNorm:
    """The hook: sets the weight to name_orig divided by its largest singular value."""

    def __init__(self, name: str, n_power_iterations: int, dim: int, eps: float) -> None:
        self.name = name
        self.dim = dim
        if n_power_iterations <= 0:
            raise ValueError(
                "Expected n_power_iterations to be positive, but got "
                f"n_power_iterations={n_power_iterations}"
            )
        self.n_power_iterations = n_power_iterations
        self.eps = eps

    def as_matrix(self, weight: Tensor) -> Tensor:
        """The weight with the results as rows."""
        if self.dim != 0:
            weight = weight.movedim(self.dim, 0)
        return weight.reshape(weight.size(0), -1)

    def compute_weight(self, module: Module, do_power_iteration: bool) -> Tensor:
        """The weight, recorded."""
        weight = getattr(module, self.name + "_orig")
        u, v = getattr(module, self.name + "_u"), getattr(module, self.name + "_v")
        matrix = self.as_matrix(weight)
        if do_power_iteration:
            with _core.NoGrad():
                values = matrix.detach()
                for _ in range(self.n_power_iterations):
                    v.copy_(F.normalize(values.t().mv(u), dim=0, eps=self.eps))
                    u.copy_(F.normalize(values.mv(v), dim=0, eps=self.eps))
                u, v = u.clone(), v.clone()
        return weight / u.dot(matrix.mv(v))  # type: ignore[no-any-return]

    def __call__(self, module: Module, inputs: Any) -> None:
        setattr(module, self.name, self.compute_weight(module, module.training))


def _hook(module: Module, name: str) -> int | None:
    for key, hook in module._forward_pre_hooks.items():
        if isinstance(hook, SpectralNorm) and hook.name == name:
            return int(key)
    return None


def spectral_norm(
    module: Module,
    name: str = "weight",
    n_power_iterations: int = 1,
    eps: float = 1e-12,
    dim: int | None = None,
) -> Module:
    """Divides a weight by its largest singular value; `parametrizations.spectral_norm` is newer.

    Args:
        module: The module.
        name: Name of the weight.
        n_power_iterations: Steps in each forward of training.
        eps: Norms are at least this.
        dim: The dim that counts the results. Default: 0, for transposed convolutions 1.

    Returns:
        The module.

    Raises:
        RuntimeError: The weight is normalised already.
        ValueError: The number of steps is not positive, or there is no such weight.

    Example:
        >>> import pyad
        >>> m = pyad.nn.utils.spectral_norm(pyad.nn.Linear(2, 3))
        >>> list(m.state_dict())
        ['bias', 'weight_orig', 'weight_u', 'weight_v']
    """
    if dim is None:
        dim = output_dim(module)
    if _hook(module, name) is not None:
        raise RuntimeError(f"Cannot register two spectral_norm hooks on the same parameter {name}")
    norm = SpectralNorm(name, n_power_iterations, dim, eps)
    weight = module._parameters.get(name)
    if weight is None:
        raise ValueError(f"`SpectralNorm` cannot be applied as parameter `{name}` is None")
    values = weight.detach()
    rows, columns = norm.as_matrix(values).shape
    u = F.normalize(values.new_empty(rows).normal_(0, 1), dim=0, eps=eps)
    v = F.normalize(values.new_empty(columns).normal_(0, 1), dim=0, eps=eps)
    delattr(module, name)
    module.register_parameter(name + "_orig", weight)
    setattr(module, name, values)
    module.register_buffer(name + "_u", u)
    module.register_buffer(name + "_v", v)
    module.register_forward_pre_hook(norm)
    return module


def remove_spectral_norm(module: Module, name: str = "weight") -> Module:
    """Makes the normalised weight an ordinary parameter.

    Args:
        module: The module.
        name: Name of the weight.

    Returns:
        The module.

    Raises:
        ValueError: The weight is not normalised.
    """
    key = _hook(module, name)
    if key is None:
        raise ValueError(f"spectral_norm of '{name}' not found in {module}")
    norm = module._forward_pre_hooks.pop(key)
    with _core.NoGrad():
        weight = norm.compute_weight(module, do_power_iteration=False).detach()
    for part in (name, name + "_u", name + "_v", name + "_orig"):
        delattr(module, part)
    module.register_parameter(name, Parameter(weight))
    return module
