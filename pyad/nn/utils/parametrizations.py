"""Ready parametrisations: weights of given norms."""

from __future__ import annotations

from typing import Any

from pyad import _core
from pyad._core import Tensor
from pyad.nn import functional as F
from pyad.nn.module import Module
from pyad.nn.utils import parametrize

__all__ = ["norm_except_dim", "spectral_norm", "weight_norm"]


def norm_except_dim(v: Tensor, pow: int = 2, dim: int = 0) -> Tensor:
    """The p-norm over all dims but one, which keeps its place; dim -1 is the norm of everything.

    Args:
        v: A floating tensor.
        pow: Order of the norm.
        dim: The dim that stays.

    Example:
        >>> import pyad
        >>> norm_except_dim = pyad.nn.utils.parametrizations.norm_except_dim
        >>> norm_except_dim(pyad.tensor([[3.0, 4.0], [0.0, 2.0]]))
        tensor([[5.],
                [2.]])
    """
    if dim == -1:
        return v.norm(pow)
    others = tuple(d for d in range(v.dim()) if d != dim % v.dim())
    return v.norm(pow, others, keepdim=True) if others else v.abs()


def output_dim(module: Module) -> int:
    """The dim of a weight that counts the results: 1 in transposed convolutions, else 0."""
    return int("ConvTranspose" in parametrize.type_before_parametrizations(module).__name__)


class _WeightNorm(Module):
    def __init__(self, dim: int | None = 0) -> None:
        super().__init__()
        self.dim = -1 if dim is None else dim

    def forward(self, weight_g: Tensor, weight_v: Tensor) -> Tensor:
        """The direction of v with the length g."""
        return weight_v * (weight_g / norm_except_dim(weight_v, 2, self.dim))

    def right_inverse(self, weight: Tensor) -> tuple[Tensor, Tensor]:
        """Length and direction."""
        return norm_except_dim(weight, 2, self.dim), weight


def weight_norm(module: Module, name: str = "weight", dim: int | None = 0) -> Module:
    """Splits a weight into its length and its direction, which are trained in its place.

    Args:
        module: The module.
        name: Name of the weight.
        dim: The dim along which there are several lengths; None for a single one.

    Returns:
        The module.

    Example:
        >>> import pyad
        >>> m = pyad.nn.utils.parametrizations.weight_norm(pyad.nn.Linear(20, 40))
        >>> [(n, p.shape) for n, p in m.named_parameters()][1:]
        [('parametrizations.weight.original0', (40, 1)), \
('parametrizations.weight.original1', (40, 20))]
    """
    parametrize.register_parametrization(module, name, _WeightNorm(dim), unsafe=True)

    def older_names(state_dict: Any, prefix: str, *rest: Any) -> None:
        if f"{prefix}{name}_g" in state_dict and f"{prefix}{name}_v" in state_dict:
            place = f"{prefix}parametrizations.{name}.original"
            state_dict[place + "0"] = state_dict.pop(f"{prefix}{name}_g")
            state_dict[place + "1"] = state_dict.pop(f"{prefix}{name}_v")

    module._register_load_state_dict_pre_hook(older_names)
    return module


class _SpectralNorm(Module):
    _u: Tensor
    _v: Tensor

    def __init__(
        self, weight: Tensor, n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12
    ) -> None:
        super().__init__()
        if not -weight.dim() <= dim < weight.dim():
            raise IndexError(
                "Dimension out of range (expected to be in range of "
                f"[-{weight.dim()}, {weight.dim() - 1}] but got {dim})"
            )
        if n_power_iterations <= 0:
            raise ValueError(
                "Expected n_power_iterations to be positive, but got "
                f"n_power_iterations={n_power_iterations}"
            )
        self.dim = dim if dim >= 0 else dim + weight.dim()
        self.eps = eps
        if weight.dim() > 1:
            self.n_power_iterations = n_power_iterations
            matrix = self._as_matrix(weight.detach())
            rows, columns = matrix.shape
            u = matrix.new_empty(rows).normal_(0, 1)
            v = matrix.new_empty(columns).normal_(0, 1)
            self.register_buffer("_u", F.normalize(u, dim=0, eps=eps))
            self.register_buffer("_v", F.normalize(v, dim=0, eps=eps))
            self._power_method(matrix, 15)

    def _as_matrix(self, weight: Tensor) -> Tensor:
        if self.dim != 0:
            weight = weight.movedim(self.dim, 0)
        return weight.flatten(1)

    def _power_method(self, matrix: Tensor, n: int) -> None:
        with _core.NoGrad():
            matrix = matrix.detach()
            for _ in range(n):
                self._u.copy_(F.normalize(matrix.mv(self._v), dim=0, eps=self.eps))
                self._v.copy_(F.normalize(matrix.t().mv(self._u), dim=0, eps=self.eps))

    def forward(self, weight: Tensor) -> Tensor:
        """The weight divided by its largest singular value."""
        if weight.dim() == 1:
            return F.normalize(weight, dim=0, eps=self.eps)
        matrix = self._as_matrix(weight)
        if self.training:
            self._power_method(matrix, self.n_power_iterations)
        sigma = self._u.clone().dot(matrix.mv(self._v.clone()))
        return weight / sigma

    def right_inverse(self, value: Tensor) -> Tensor:
        """The value itself, which is taken to have the right norm already."""
        return value


def spectral_norm(
    module: Module,
    name: str = "weight",
    n_power_iterations: int = 1,
    eps: float = 1e-12,
    dim: int | None = None,
) -> Module:
    """Divides a weight by its largest singular value, which power iteration follows in training.

    Args:
        module: The module.
        name: Name of the weight.
        n_power_iterations: Steps in each forward.
        eps: Norms are at least this.
        dim: The dim that counts the results. Default: 0, for transposed convolutions 1.

    Returns:
        The module.

    Raises:
        ValueError: There is no such weight, or the number of steps is not positive.

    Example:
        >>> import pyad
        >>> m = pyad.nn.utils.parametrizations.spectral_norm(pyad.nn.Linear(3, 4))
        >>> sorted(m.state_dict())[1:]
        ['parametrizations.weight.0._u', 'parametrizations.weight.0._v', \
'parametrizations.weight.original']
    """
    weight = getattr(module, name, None)
    if not isinstance(weight, Tensor):
        raise ValueError(f"Module '{module}' has no parameter or buffer with name '{name}'")
    if dim is None:
        dim = output_dim(module)
    made = _SpectralNorm(weight, n_power_iterations, dim, eps)
    return parametrize.register_parametrization(module, name, made)
