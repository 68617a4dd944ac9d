"""Linear algebra, as torch.linalg has it: factorisations and triangular systems so far.

Example:
    >>> A = pyad.tensor([[4.0, 2.0], [2.0, 3.0]])
    >>> L = pyad.linalg.cholesky(A)
    >>> bool((L @ L.mT - A).abs().max() < 1e-6)
    True
"""

from __future__ import annotations

from pyad import _core
from pyad._core import Tensor

__all__ = ["LinAlgError", "cholesky", "cholesky_ex", "solve_triangular"]

cholesky_ex = _core.linalg.cholesky_ex
solve_triangular = _core.linalg.solve_triangular
LinAlgError = RuntimeError  # what failed factorisations raise


def cholesky(A: Tensor, *, upper: bool = False) -> Tensor:
    """The Cholesky factor L of a symmetric, positive definite matrix L Lᵀ.

    Args:
        A: (..., n, n), of which one triangle is read.
        upper: Whether the upper triangle is read and the upper factor, of Uᵀ U, returned.

    Raises:
        RuntimeError: A is no batch of square matrices, or one is not positive definite.

    Example:
        >>> pyad.linalg.cholesky(pyad.tensor([[4.0]]))
        tensor([[2.]])
    """
    return _core.cholesky(A, upper)
