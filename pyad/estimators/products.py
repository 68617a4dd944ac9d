"""Products of a square matrix that nobody writes down with blocks of vectors.

The matrix is a linear map that is given, or the transposed Jacobian of a field at each of several
points: the field is the function, or the gradient of the function, whose Jacobian is its Hessian.
The estimators see `lead`, `n`, `dtype`, `products` and a call, and nothing else.

Note [Transposed products]
A matrix and its transpose have one trace, and every estimator here is right for any square matrix.
So derivatives are taken by backward sweeps, v -> J^T v: the function runs once for many directions,
and what it needs is what training needs. Where directions can share a sweep, the points are
repeated, one copy a direction.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from pyad import _core
from pyad._core import Node, ShapeError, Tensor
from pyad.autograd.grad_mode import enable_grad, is_grad_enabled

__all__ = ["Derivative", "Given", "Matrix", "matrix_of"]

# Numbers that go into one sweep, points x directions x n: more would cost memory and gain nothing.
BLOCK = 2**17

Map = Callable[[Tensor], Any]


class Matrix:
    """A square matrix (n, n), or one for each of B points, known by its products.

    Attributes:
        op: Whom errors name.
        n: Its size.
        lead: () or (B,).
        dtype: Of the vectors.
        width: How many vectors one sweep takes.
        products: How many products were spent, at each point.
    """

    def __init__(self, op: str, n: int, lead: tuple[int, ...], dtype: Any) -> None:
        self.op, self.n, self.lead, self.dtype = op, n, lead, dtype
        self.width = 1
        self.products = 0

    def __call__(self, vectors: Tensor) -> Tensor:
        """The products with vectors (*lead, n, k), of that shape."""
        self.products += vectors.shape[-1]
        return self._product(vectors)

    def cuts(self, k: int) -> Iterator[tuple[int, int]]:
        """Ranges of at most `width` of k vectors, as equal as they can be; k may be any number."""
        number = -(-k // self.width)
        step = -(-k // number) if k else 1
        return ((i, min(i + step, k)) for i in range(0, k, step))

    def _product(self, vectors: Tensor) -> Tensor:
        raise NotImplementedError


class Given(Matrix):
    """A linear map of blocks (n, k), or of single vectors (n,)."""

    def __init__(self, op: str, f: Map, n: int, dtype: Any, block: bool) -> None:
        super().__init__(op, n, (), dtype)
        self._f, self._block = f, block
        self.width = max(1, BLOCK // n) if block else 1

    def _product(self, vectors: Tensor) -> Tensor:
        # Copies: a map that writes to what it is given does not write to the probes.
        if self._block:
            return self._checked(vectors.clone())
        columns = [self._checked(v.clone()) for v in vectors.unbind(-1)]
        return _core.stack(columns, -1)

    def _checked(self, v: Tensor) -> Tensor:
        shape = v.shape
        y = self._f(v)
        if isinstance(y, np.ndarray):
            y = _core.as_tensor(y)
        if not isinstance(y, Tensor):
            raise TypeError(
                f"{self.op}: the linear map must return a Tensor or an array, got "
                f"{type(y).__name__!r}"
            )
        if y.shape != shape:
            remedy = (
                "it takes and gives blocks of k vectors (n, k); block=False gives it one vector "
                "(n,) at a time"
                if self._block
                else "block=True gives it blocks of vectors (n, k)"
            )
            raise ShapeError(
                f"{self.op}: the linear map must be square and return the shape it is given, "
                f"{shape}, got {y.shape}; {remedy}"
            )
        if y.dtype != self.dtype:
            raise TypeError(
                f"{self.op}: the linear map was given {self.dtype} and returned {y.dtype}; name "
                "the dtype it works in by dtype="
            )
        return y


class Derivative(Matrix):
    """The transposed Jacobian of a field at a point, or at each of B points (rows do not mix)."""

    def __init__(self, op: str, f: Map, x: Tensor, of: str, batch: bool, block: bool) -> None:
        if batch and x.ndim == 0:
            raise ShapeError(f"{op}: batch=True expects points x of shape (B, ...), got {x.shape}")
        points = x.shape[0] if batch else 1
        shape = x.shape[1:] if batch else x.shape
        n = math.prod(shape)
        super().__init__(op, n, (points,) if batch else (), x.dtype)
        self._f, self._x, self._of = f, x, of
        self._points, self._shape, self._batch = points, tuple(shape), batch
        self.width = max(1, BLOCK // max(1, points * n)) if batch and block else 1
        self._recorded: tuple[int, Tensor, Tensor | None, bool] | None = None

    def _product(self, vectors: Tensor) -> Tensor:
        k = vectors.shape[-1]
        last = self._recorded[0] if self._recorded else 0
        again = last > 0 and k % last == 0  # what is recorded serves once more
        cuts = ((i, i + last) for i in range(0, k, last)) if again else self.cuts(k)
        pieces = [self._sweep(vectors[..., i:j]) for i, j in cuts]
        return pieces[0] if len(pieces) == 1 else _core.concat(pieces, -1)

    def _sweep(self, vectors: Tensor) -> Tensor:
        k = vectors.shape[-1]
        if self._recorded is None or self._recorded[0] != k:
            self._recorded = None  # frees the other recording before this one is made
            self._recorded = (k, *self._record(k))
        _, x, y, asked = self._recorded
        if y is None:
            return _core.zeros_like(vectors)
        rows = vectors.transpose(-1, -2).reshape(y.shape).to(y.dtype)
        found: Tensor | None = _core.grad(y, x, rows, True, asked, True)[0]
        if found is None:
            return _core.zeros_like(vectors)
        return found.reshape((*self.lead, k, self.n)).transpose(-1, -2)

    def _record(self, copies: int) -> tuple[Tensor, Tensor | None, bool]:
        """Runs the field on so many copies of each point.

        Returns:
            The copies; the field there, or None where it depends on nothing; and whether somebody
            besides these sweeps will differentiate it.
        """
        asked = is_grad_enabled() and self._x.requires_grad
        x = self._x
        if self._batch:
            shape = (self._points, copies, *self._shape)
            x = x.unsqueeze(1).expand(shape).reshape((self._points * copies, *self._shape))
        x = x.view_as(x)  # another handle: what f has captured of the given x is no input
        with enable_grad():
            if not x.requires_grad:
                x.requires_grad_()
            y: Tensor | None = self._field(x, copies)
        if y is None or not y.requires_grad:
            return x, None, False
        return x, y, asked or (is_grad_enabled() and _others_ask(y, x))

    def _field(self, x: Tensor, copies: int) -> Tensor | None:
        """The function at x, or its gradient there; None where that is zero for want of a path."""
        y = self._call(x, copies)
        if not isinstance(y, Tensor):
            raise TypeError(f"{self.op}: f must return a Tensor, got {type(y).__name__!r}")
        if not y.is_floating_point():
            raise TypeError(f"{self.op}: f must return floating point numbers, got {y.dtype}")
        if self._of == "jacobian":
            if y.shape != x.shape:
                raise ShapeError(
                    f"{self.op}: f must return the shape it is given, {x.shape}, got {y.shape}; "
                    'of="hessian" is for functions that return a number'
                    + (f" at each of {x.shape[0]} points" if self._batch else "")
                )
            return y
        rows = tuple(x.shape[:1])
        fits = tuple(y.shape) in (rows, (*rows, 1)) if self._batch else y.numel() == 1
        if not fits:
            which = f"one number for each of {x.shape[0]} points" if self._batch else "one number"
            raise ShapeError(
                f'{self.op}: of="hessian" expects f to return {which}, got shape {y.shape}'
            )
        if not y.requires_grad:
            return None
        gradient: Tensor | None = _core.grad(y, x, _core.ones_like(y), True, True, True)[0]
        return gradient

    def _call(self, x: Tensor, copies: int) -> Any:
        given = x.clone()  # f may write to it
        try:
            return self._f(given)
        except ShapeError as error:
            if copies == 1:
                raise
            raise ShapeError(
                f"{self.op}: f failed on {x.shape[0]} rows, {copies} directions at each of "
                f"{self._points} points ({error}); if f is made for just these points, "
                "block=False takes one direction at a time"
            ) from error


def _others_ask(y: Tensor, x: Tensor) -> bool:
    """Whether the graph of y has leaves besides x."""
    pending: list[Node] = [] if y.grad_fn is None else [y.grad_fn]
    seen = set(pending)
    while pending:
        node = pending.pop()
        following = node.next_functions
        if not following and (node.name() != "AccumulateGrad" or node.variable is not x):
            return True
        for other, _ in following:
            if other is not None and other not in seen:
                seen.add(other)
                pending.append(other)
    return False


def matrix_of(
    op: str,
    f: Any,
    x: Any,
    of: str,
    batch: bool,
    block: bool,
    dtype: Any = None,
    probes: object = None,
) -> Matrix:
    """The matrix that the arguments of an estimator speak of.

    Args:
        op: Whom errors name.
        f: A linear map, or a function.
        x: The size of the map's vectors as an integer, or the function's point(s).
        of: "jacobian" or "hessian".
        batch: Whether x are points (B, ...).
        block: Whether several vectors may be multiplied at once.
        dtype: Of the map's vectors, or of x.
        probes: What the map is to be multiplied with; their dtype is the default where they are
            given.
    """
    if not callable(f):
        raise TypeError(
            f"{op}: expects a function first, got {type(f).__name__!r}; for a matrix A give "
            "lambda v: A @ v"
        )
    if of not in ("jacobian", "hessian"):
        raise ValueError(f'{op}: of must be "jacobian" or "hessian", got {of!r}')
    if isinstance(x, bool | float | str) or x is None:
        raise TypeError(
            f"{op}: the second argument is a size n, an integer, or a point x, a tensor; got {x!r}"
        )
    if isinstance(x, int | np.integer):
        n = operator.index(x)
        if n < 1:
            raise ValueError(f"{op}: the size n must be at least 1, got {n}")
        if batch or of == "hessian":
            what = "batch=True" if batch else 'of="hessian"'
            raise ValueError(
                f"{op}: {what} speaks of a function at a point; got a linear map and its size {n}"
            )
        if dtype is None and isinstance(probes, Tensor | np.ndarray):
            dtype = probes.dtype
        kind = _core.empty(0, dtype=dtype)
        if not kind.is_floating_point():
            raise TypeError(f"{op}: vectors need a floating point dtype, got {kind.dtype}")
        return Given(op, f, n, kind.dtype, block)
    point = _core.as_tensor(x) if dtype is None else _core.as_tensor(x, dtype)
    if not point.is_floating_point():
        raise TypeError(
            f"{op}: derivatives need floating point numbers, got x of {point.dtype}; give "
            "x.double() or dtype=pyad.float64"
        )
    return Derivative(op, f, point, of, batch, block)
