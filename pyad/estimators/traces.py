"""Estimates of traces: Hutchinson's, Hutch++ and XTrace.

Note [Bases are constants]
Hutch++ and XTrace find a basis Q of what the matrix does most, take the trace there exactly, and
estimate the rest. For any fixed Q, drawn independently of the probes of the rest, the estimate has
the trace as its mean: Q decides on the variance alone. The gradient of that mean is the gradient of
the trace, again for any fixed Q. So Q is a constant here: gradients go through products, never
through the factorisation, and are as unbiased as the value. In XTrace each probe is tested against
the basis of the other probes, and the argument holds for each of the estimates that it averages.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from pyad import _core
from pyad._core import Generator, Tensor
from pyad.estimators.exact import trace
from pyad.estimators.probes import drawer
from pyad.estimators.products import Matrix, matrix_of

__all__ = ["TraceEstimate", "hutchinson", "hutchpp", "xtrace"]


class TraceEstimate(NamedTuple):
    """What an estimator of a trace returns.

    Attributes:
        value: The estimate, of shape (), or (B,) for a batch; with a graph where something
            requires grad.
        standard_error: An estimate of its standard deviation, of the same shape, without a graph;
            NaN where there was one sample only.
        products: How many products with a vector were spent, at each point of a batch.

    Example:
        >>> import pyad
        >>> pyad.estimators.hutchinson(lambda v: 2 * v, 3, 4)
        TraceEstimate(value=tensor(6.), standard_error=tensor(0.), products=4)
    """

    value: Tensor
    standard_error: Tensor
    products: int


def _budget(op: str, products: object, least: int, why: str) -> int:
    if isinstance(products, bool) or not isinstance(products, int | np.integer):
        raise TypeError(f"{op}: products must be an integer, got {products!r}")
    number = operator.index(products)
    if number < least:
        noun = "product" if least == 1 else "products"
        raise ValueError(f"{op}: needs at least {least} {noun} ({why}), got {number}")
    return number


def _exact(matrix: Matrix) -> TraceEstimate:
    """Where the basis would be everything there is, the unit vectors are one for fewer products."""
    value = trace(matrix)
    return TraceEstimate(value, _core.zeros_like(value.detach()), matrix.products)


def _mean_error(samples: Tensor) -> Tensor:
    """The standard error of the mean of samples (*lead, k), (*lead,)."""
    samples, k = samples.detach(), samples.shape[-1]
    if k < 2:
        return _core.full(samples.shape[:-1], math.nan, dtype=samples.dtype)
    return samples.std(-1) / math.sqrt(k)


def hutchinson(
    f: Callable[[Tensor], Any],
    x: Any,
    /,
    products: int,
    *,
    probes: Any = "rademacher",
    generator: Generator | None = None,
    block: bool = True,
    batch: bool = False,
    of: str = "jacobian",
    dtype: Any = None,
) -> TraceEstimate:
    """The mean of v·Av over random v: unbiased, its error falls as 1/√products.

    For a symmetric A and k products the variance is 2(‖A‖² - Σ aᵢᵢ²)/k with Rademacher probes,
    2‖A‖²/k with Gaussian ones, and 2n/(n + 2) (‖A‖² - (tr A)²/n)/k on the sphere, in Frobenius
    norms; otherwise that of (A + Aᵀ)/2.

    Args:
        f: A linear map of blocks of k vectors, (n, k) to (n, k); or a function from a tensor to one
            of the same shape, the trace of whose Jacobian (the divergence) is wanted. With `batch`
            from points (B, ...) to (B, ...), each row from the same row of its argument.
        x: The size n of the map's vectors, an integer; or the point, a tensor or array of any
            shape, with `batch` points (B, ...).
        products: How many products with a vector may be spent (at each point), at least 1.
        probes: The law of the vectors: "rademacher" (signs), "gaussian", or "sphere" (uniform on
            that of radius √n). Or the vectors themselves, a tensor (n, products), or for a batch
            also (B, n, products); n counts the elements of a point. They are constants.
        generator: Where they are drawn from. Default: the default generator.
        block: False for a linear map of one vector (n,) at a time; of functions, for one backward
            sweep a vector. Otherwise a batch is repeated, so that many vectors take one sweep, and
            f sees more rows than B.
        batch: Whether x are several points.
        of: "hessian" for an f that returns a number (with `batch`, B numbers): the trace of its
            Hessian, the Laplacian.
        dtype: Of a map's vectors, by default the default dtype or that of given probes; what x is
            converted to.

    Returns:
        A `TraceEstimate`. The standard error is that of the mean of the samples; NaN for one.

    Raises:
        TypeError: f is no function, or returns no tensor or another dtype; x is not floating
            point, `products` no integer, `probes` of another dtype, `generator` no Generator.
        ValueError: Too few products, an unknown name, or `batch` or a Hessian of a linear map.
        ShapeError: f returns another shape than it is given, or for a Hessian more than a number;
            probes do not fit.

    References:
        M. F. Hutchinson, "A stochastic estimator of the trace of the influence matrix for Laplacian
        smoothing splines", Communications in Statistics 18 (1989).

    Example:
        >>> import pyad
        >>> A = pyad.tensor([[2.0, 1.0], [0.0, 3.0]])
        >>> found = pyad.estimators.hutchinson(lambda v: A @ v, 2, 1000)
        >>> abs(found.value.item() - 5) < 4 * found.standard_error.item()
        True
    """
    op = "hutchinson"
    k = _budget(op, products, 1, "a sample")
    matrix = matrix_of(op, f, x, of, batch, block, dtype, probes)
    vectors = drawer(matrix, probes, generator, k)()
    samples = (vectors * matrix(vectors)).sum(-2)
    return TraceEstimate(samples.mean(-1), _mean_error(samples), matrix.products)


def hutchpp(
    f: Callable[[Tensor], Any],
    x: Any,
    /,
    products: int,
    *,
    probes: Any = "rademacher",
    generator: Generator | None = None,
    block: bool = True,
    batch: bool = False,
    of: str = "jacobian",
    dtype: Any = None,
) -> TraceEstimate:
    """Hutch++: the trace in a basis of the range, exactly, and Hutchinson's estimate of the rest.

    A third of the products sketches the range of A (S random, Q an orthonormal basis of AS), a
    third goes to the trace there, tr(QᵀAQ), and a third to samples v·Av with vectors that are
    orthogonal to Q. The error falls as 1/products where eigenvalues fall fast, and is zero for a
    rank of at most a third of the products; where eigenvalues are alike, Hutchinson's estimator has
    more samples and is better.

    Args:
        f: A linear map of blocks of k vectors, (n, k) to (n, k), symmetric or not; or a function
            from a tensor to one of the same shape, the trace of whose Jacobian is wanted. With
            `batch` from points (B, ...) to (B, ...), each row from the same row of its argument.
        x: The size n of the map's vectors, an integer; or the point, a tensor or array of any
            shape, with `batch` points (B, ...).
        products: How many products with a vector may be spent (at each point), at least 3. A third
            each, rounded down, are for the sketch and its range; the samples have what remains.
            With 3n or more the n unit vectors are multiplied instead, and the trace is exact.
        probes: The law of the vectors: "rademacher" (signs), "gaussian", or "sphere" (uniform on
            that of radius √n). Or the vectors themselves, a tensor (n, k), or for a batch also
            (B, n, k), with k = products - products // 3: first those of the sketch, then those of
            the samples. They are constants.
        generator: Where they are drawn from. Default: the default generator.
        block: As for `hutchinson`.
        batch: Whether x are several points.
        of: "hessian" for an f that returns a number (with `batch`, B numbers).
        dtype: As for `hutchinson`.

    Returns:
        A `TraceEstimate`. The standard error is that of the samples' mean: the rest is the only
        part with an error. NaN for one sample, 0 for an exact trace. Gradients take Q as a
        constant, which leaves them unbiased.

    Raises:
        TypeError: As for `hutchinson`.
        ValueError: As for `hutchinson`.
        ShapeError: As for `hutchinson`.

    References:
        R. A. Meyer, C. Musco, C. Musco and D. P. Woodruff, "Hutch++: Optimal Stochastic Trace
        Estimation", Symposium on Simplicity in Algorithms (2021).

    Example:
        >>> import pyad
        >>> u = pyad.randn(100, 3, dtype=pyad.float64)
        >>> found = pyad.estimators.hutchpp(lambda v: u @ (u.T @ v), 100, 12, dtype=pyad.float64)
        >>> bool(abs(found.value - (u * u).sum()) < 1e-9), found.products  # of rank 3
        (True, 12)
    """
    op = "hutchpp"
    number = _budget(op, products, 3, "sketch, range and rest")
    matrix = matrix_of(op, f, x, of, batch, block, dtype, probes)
    k = number // 3
    draw = drawer(matrix, probes, generator, number - k)
    if k >= matrix.n:
        return _exact(matrix)
    vectors = draw()
    basis, _ = _orthonormal(matrix(vectors[..., :k]))
    rest = vectors[..., k:]
    rest = rest - basis @ (basis.mT @ rest)
    both = _core.concat([basis, rest], -1)
    forms = (both * matrix(both)).sum(-2)
    samples = forms[..., k:]
    value = forms[..., :k].sum(-1) + samples.mean(-1)
    return TraceEstimate(value, _mean_error(samples), matrix.products)


def xtrace(
    f: Callable[[Tensor], Any],
    x: Any,
    /,
    products: int,
    *,
    probes: Any = "rademacher",
    generator: Generator | None = None,
    block: bool = True,
    batch: bool = False,
    of: str = "jacobian",
    dtype: Any = None,
) -> TraceEstimate:
    """XTrace: every probe is a sample, and helps to find the basis for all the others.

    For each of m = products // 2 probes there is an estimate of the kind of Hutch++: the trace in
    the range of A times the other m - 1 probes, and one sample of the rest; the value is their
    mean. All of them together cost m products for the range and m within it. Where eigenvalues fall
    fast this is the most accurate of the three; it is exact for a rank below m. A may be any square
    matrix, and its transpose is not needed.

    Args:
        f: A linear map of blocks of k vectors, (n, k) to (n, k), symmetric or not; or a function
            from a tensor to one of the same shape, the trace of whose Jacobian is wanted. With
            `batch` from points (B, ...) to (B, ...), each row from the same row of its argument.
        x: The size n of the map's vectors, an integer; or the point, a tensor or array of any
            shape, with `batch` points (B, ...).
        products: How many products with a vector may be spent (at each point), at least 2; of an
            odd number one is left. With 2n + 2 or more the n unit vectors are multiplied instead,
            and the trace is exact.
        probes: The law of the vectors: "rademacher" (signs), "gaussian", or "sphere" (uniform on
            that of radius √n; what a probe has outside of the others' range is scaled to the sphere
            there, as in the paper, which lowers the variance). Or the vectors themselves, a tensor
            (n, m), or for a batch also (B, n, m). They are constants.
        generator: Where they are drawn from. Default: the default generator.
        block: As for `hutchinson`.
        batch: Whether x are several points.
        of: "hessian" for an f that returns a number (with `batch`, B numbers).
        dtype: As for `hutchinson`.

    Returns:
        A `TraceEstimate`. The standard error is the spread of the m estimates over √m, the paper's
        choice: as they share probes they are not independent, and it is a guide rather than a
        bound. NaN for m = 1, 0 for an exact trace. Gradients take the bases as constants, which
        leaves them unbiased.

    Raises:
        TypeError: As for `hutchinson`.
        ValueError: As for `hutchinson`.
        ShapeError: As for `hutchinson`.

    References:
        E. N. Epperly, J. A. Tropp and R. J. Webber, "XTrace: Making the Most of Every Sample in
        Stochastic Trace Estimation", SIAM Journal on Matrix Analysis and Applications 45 (2024).

    Example:
        >>> import pyad
        >>> d = 0.5 ** pyad.arange(100, dtype=pyad.float64)
        >>> found = pyad.estimators.xtrace(lambda v: d[:, None] * v, 100, 40, dtype=pyad.float64)
        >>> bool(abs(found.value - 2) < 1e-4), found.products
        (True, 40)
    """
    op = "xtrace"
    number = _budget(op, products, 2, "a probe, and its range")
    matrix = matrix_of(op, f, x, of, batch, block, dtype, probes)
    m = number // 2
    draw = drawer(matrix, probes, generator, m)
    if m > matrix.n:
        return _exact(matrix)
    vectors = draw()
    ranges = matrix(vectors)
    basis, R = _orthonormal(ranges)
    rotation, left_out, dims = _leave_one_out(R, matrix.n)
    basis = basis @ rotation
    within = matrix(basis)
    inner = basis.mT @ vectors
    inner = inner - left_out * (left_out * inner).sum(-2, keepdim=True)
    rest = vectors - basis @ inner
    samples = (rest * (ranges - within @ inner)).sum(-2)
    if isinstance(probes, str) and probes == "sphere":
        squares = (rest * rest).sum(-2)
        samples = samples * _core.where(squares > 0, dims / squares, 0)
    lost = (left_out * (basis.mT @ within @ left_out)).sum(-2)
    estimates = (basis * within).sum((-2, -1)).unsqueeze(-1) - lost + samples
    return TraceEstimate(estimates.mean(-1), _mean_error(estimates), matrix.products)


def _orthonormal(y: Tensor) -> tuple[Tensor, np.ndarray[Any, Any]]:
    """An orthonormal basis (*lead, n, k) of columns, a constant, and the factor R (*lead, k, k)."""
    Q, R = np.linalg.qr(y.detach().numpy())
    return _core.as_tensor(Q), R


def _leave_one_out(R: np.ndarray[Any, Any], n: int) -> tuple[Tensor, Tensor, Tensor]:
    """What the column spaces of Y = QR without one of the columns are, for each column.

    The paper downdates by unit vectors sᵢ, the columns of R⁻ᵀ: Q(I - sᵢsᵢᵀ)Qᵀ projects on the space
    without column i. Here R = U D Vᵀ is cut off at the rank r of Y first. A column whose leverage,
    the square of row i of V, is 1 is needed for the rank, and sᵢ is D⁻¹Vᵢ up to its length; without
    any other column the space is the same, and sᵢ is zero.

    Args:
        R: (*lead, m, m).
        n: Size of the vectors.

    Returns:
        The rotation U, (*lead, m, m), with zeros behind r columns; the vectors sᵢ in the basis QU,
        the columns of (*lead, m, m); and the numbers of dimensions outside, (*lead, m).
    """
    finite = np.isfinite(R).all((-2, -1), keepdims=True)
    U, d, Vt = np.linalg.svd(np.where(finite, R, 0))
    slack = R.shape[-1] * np.finfo(R.dtype).eps
    kept = d > slack * d[..., :1]
    inverse = np.where(kept, d[..., :1], 0) / np.where(kept, d, 1)
    rows = np.where(kept[..., None], Vt, 0)
    needed = (rows * rows).sum(-2) > 1 - 10 * slack
    s = inverse[..., None] * rows * needed[..., None, :]
    s /= np.where(needed, np.sqrt((s * s).sum(-2)), 1)[..., None, :]
    rotation = np.where(finite, U * kept[..., None, :], math.nan)
    dims = n - kept.sum(-1, keepdims=True) + needed
    made = (_core.as_tensor(np.asarray(a, R.dtype)) for a in (rotation, s, dims))
    return next(made), next(made), next(made)
