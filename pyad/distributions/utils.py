"""What the families share: arguments of one shape, probabilities and their logits, lazy attributes.

Apart from `distribution.py`, because constraints and transforms need it too.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from numbers import Number
from typing import Any

from pyad import _core
from pyad._core import Size, Tensor
from pyad._device import finfo
from pyad.autograd import enable_grad
from pyad.nn import functional as F

__all__ = [
    "broadcast_all",
    "clamp_probs",
    "lazy_property",
    "logits_to_probs",
    "probs_to_logits",
    "tril_matrix_to_vec",
    "vec_to_tril_matrix",
]

euler_constant = 0.57721566490153286060  # Euler-Mascheroni constant, DLMF 5.2.3


def broadcast_all(*values: Any) -> tuple[Tensor, ...]:
    """Tensors of one shape from tensors and numbers.

    Args:
        *values: Tensors or numbers. Numbers take the dtype of the first tensor, or the default.

    Returns:
        Views of one shape.

    Raises:
        ValueError: A value is neither.

    Example:
        >>> from pyad.distributions.utils import broadcast_all
        >>> [x.shape for x in broadcast_all(1.0, pyad.ones(2))]
        [(2,), (2,)]
    """
    first = None
    for value in values:
        if isinstance(value, Tensor):
            first = value if first is None else first
        elif not isinstance(value, Number):
            raise ValueError(
                f"parameters of distributions are tensors or numbers, got {type(value).__name__}"
            )
    dtype = _core.get_default_dtype() if first is None else first.dtype
    tensors = [v if isinstance(v, Tensor) else _core.tensor(v, dtype=dtype) for v in values]
    return tuple(_core.broadcast_tensors(*tensors))


def batch_shape_of(parameter: Tensor, *given: Any) -> Size:
    """The batch shape of a family: that of its parameters, and () where all `given` are numbers."""
    return Size() if all(isinstance(g, Number) for g in given) else parameter.shape


def _all_hold(checks: Tensor) -> bool:
    """Whether all elements of a mask are true, in all examples of a batch."""
    return not _core.any_true(~checks)


def _standard_normal(shape: Size, dtype: Any, device: Any = None) -> Tensor:
    """Normal numbers of mean 0 and deviation 1; programs with families of their own import it."""
    return _core.randn(shape, dtype=dtype, device=device)


def _sum_rightmost(value: Tensor, dim: int) -> Tensor:
    """The sum over the last `dim` dims, which number 0 or more."""
    if dim == 0:
        return value
    return value.reshape((*value.shape[: value.dim() - dim], -1)).sum(-1)


def logits_to_probs(logits: Tensor, is_binary: bool = False) -> Tensor:
    """Probabilities of logits: of log odds if binary, else of unnormalised log probabilities.

    Example:
        >>> from pyad.distributions.utils import logits_to_probs
        >>> logits_to_probs(pyad.zeros(2))
        tensor([0.5000, 0.5000])
    """
    return _core.sigmoid(logits) if is_binary else F.softmax(logits, dim=-1)


def clamp_probs(probs: Tensor) -> Tensor:
    """Probabilities moved into [eps, 1 - eps], where their logits are finite.

    Example:
        >>> from pyad.distributions.utils import clamp_probs
        >>> clamp_probs(pyad.tensor([0.0])).item() == pyad.finfo(pyad.float32).eps
        True
    """
    eps = finfo(probs.dtype).eps
    return probs.clamp(min=eps, max=1 - eps)


def probs_to_logits(probs: Tensor, is_binary: bool = False) -> Tensor:
    """Logits of probabilities: log odds if binary, else logarithms.

    Example:
        >>> from pyad.distributions.utils import probs_to_logits
        >>> probs_to_logits(pyad.tensor([0.5]), is_binary=True)
        tensor([0.])
    """
    clamped = clamp_probs(probs)
    return clamped.log() - (-clamped).log1p() if is_binary else clamped.log()


class lazy_property:  # noqa: N801  (PyTorch's name)
    """An attribute that is computed when it is first read, with recording on, and then kept.

    Example:
        >>> from pyad.distributions.utils import lazy_property
        >>> class Circle:
        ...     @lazy_property
        ...     def area(self):
        ...         return print("once") or 3.0
        >>> circle = Circle()
        >>> circle.area + circle.area
        once
        6.0
    """

    def __init__(self, wrapped: Callable[[Any], Any]) -> None:
        self.wrapped = wrapped
        functools.update_wrapper(self, wrapped)  # type: ignore[arg-type]

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            return self
        with enable_grad():
            value = self.wrapped(instance)
        instance.__dict__[self.wrapped.__name__] = value
        return value


def _lower_mask(n: int, diag: int) -> Tensor:
    places = _core.arange(n)
    return places < places.unsqueeze(-1) + (diag + 1)


def tril_matrix_to_vec(mat: Tensor, diag: int = 0) -> Tensor:
    """The elements of matrices on and below a diagonal, row by row.

    Args:
        mat: (..., n, n).
        diag: Which diagonal; 0 is the main one, -1 that below.

    Raises:
        ValueError: There is no such diagonal.

    Example:
        >>> from pyad.distributions.utils import tril_matrix_to_vec
        >>> tril_matrix_to_vec(pyad.tensor([[1.0, 2.0], [3.0, 4.0]]))
        tensor([1., 3., 4.])
    """
    n = mat.shape[-1]
    if not -n <= diag < n:
        raise ValueError(f"tril_matrix_to_vec: diag must lie in [{-n}, {n - 1}], got {diag}")
    rows, columns = _core.tril_indices(n, n, diag).unbind()
    return mat[..., rows, columns]


def vec_to_tril_matrix(vec: Tensor, diag: int = 0) -> Tensor:
    """Lower triangular matrices with the elements of vectors on and below a diagonal.

    Args:
        vec: (..., k), where k elements fill a triangle.
        diag: As in `tril_matrix_to_vec`.

    Raises:
        ValueError: No triangle has k elements.

    Example:
        >>> from pyad.distributions.utils import vec_to_tril_matrix
        >>> vec_to_tril_matrix(pyad.tensor([5.0]), diag=-1)
        tensor([[0., 0.],
                [5., 0.]])
    """
    k = vec.shape[-1]
    # n(n + 1)/2 elements, n·diag more by the shift, less the corner that it cuts off.
    size = (math.sqrt((1 + 2 * diag) ** 2 + 8 * k + 4 * abs(diag) * (diag + 1)) - 1 - 2 * diag) / 2
    n = round(size)
    if n - size > finfo(vec.dtype).eps:
        raise ValueError(
            f"vec_to_tril_matrix: {k} elements do not fill the lower triangle of a square matrix"
        )
    mask = _lower_mask(n, diag)
    places = (mask.reshape(-1).cumsum(0) - 1).clamp(min=0).reshape(n, n)
    return _core.where(mask, vec[..., places], 0.0) if k else vec.new_zeros((*vec.shape[:-1], n, n))
