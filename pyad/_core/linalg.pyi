# Written by tools/stubs.py from the built module; change the rows of the table, not this page.
from builtins import bool as _bool
from builtins import float as _float
from builtins import int as _int
from builtins import str as _str
from collections.abc import Sequence
from typing import Any, overload

from pyad._core import Generator, Tensor, Value, _Dims, _DTypeLike, _TensorLike
from pyad._core import LInfo
__all__ = [
    "cholesky_ex",
    "solve_triangular",
]
def cholesky_ex(input: _TensorLike, *, upper: _bool = ..., check_errors: _bool = ...) -> LInfo:
    """Cholesky factor, and where it failed."""
    ...
def solve_triangular(
    input: _TensorLike,
    B: _TensorLike,
    *,
    upper: _bool,
    left: _bool = ...,
    unitriangular: _bool = ...,
) -> Tensor:
    """X of A X = B with a triangular A."""
    ...
