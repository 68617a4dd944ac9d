"""Normal distributions of vectors: of any covariance, and of a diagonal plus one of low rank."""

from __future__ import annotations

import math
from typing import Any

from pyad import _core, linalg
from pyad._core import Size, Tensor
from pyad._promotion import broadcast_shapes
from pyad.distributions import constraints
from pyad.distributions.distribution import Distribution
from pyad.distributions.utils import _standard_normal, lazy_property

__all__ = ["LowRankMultivariateNormal", "MultivariateNormal"]

_LOG_2PI = math.log(2 * math.pi)


def _batch_mv(matrix: Any, vector: Any) -> Any:
    """Products of matrices and vectors, both in batches."""
    return (matrix @ vector.unsqueeze(-1)).squeeze(-1)


def _log_diagonal(factor: Tensor) -> Any:
    """Log det of triangular matrices."""
    return factor.diagonal(dim1=-2, dim2=-1).log().sum(-1)


def _batch_mahalanobis(factor: Tensor, x: Tensor) -> Tensor:
    """|L⁻¹ x|² for L (*b, n, n) and x (*a, n), where b broadcasts to a.

    Dims of x along which L is the same become columns of one system, so that L is not repeated.
    """
    n, lead, own = x.shape[-1], x.dim() - 1, factor.dim() - 2
    first = lead - own  # where the dims of L begin
    shared = [first + i for i in range(own) if factor.shape[i] != 1]
    free = [i for i in range(lead) if i not in shared]
    order = [*shared, lead, *free]
    sizes = [x.shape[i] for i in shared]
    columns = x.permute(order).reshape((*sizes, n, -1))
    solved = linalg.solve_triangular(factor.reshape((*sizes, n, n)), columns, upper=False)
    squares = solved.pow(2).sum(-2).reshape([x.shape[i] for i in (*shared, *free)])
    back = [0] * lead
    for at, dim in enumerate((*shared, *free)):
        back[dim] = at
    return squares.permute(back)


def _precision_to_scale_tril(precision: Tensor) -> Tensor:
    """The lower factor of the inverse: of the matrix turned round, so that no inverse is formed."""
    turned = linalg.cholesky(precision.flip((-2, -1)))
    upper = turned.flip((-2, -1)).mT
    identity = _core.eye(precision.shape[-1], dtype=precision.dtype)
    return linalg.solve_triangular(upper, identity, upper=False)


class MultivariateNormal(Distribution):
    """The normal distribution of vectors of n numbers, with one of three matrices.

    With Σ = L Lᵀ: log p(x) = -½ |L⁻¹(x - μ)|² - log det L - n/2 log 2π.

    Args:
        loc: μ, along the last dim.
        covariance_matrix: Σ.
        precision_matrix: Σ⁻¹, instead.
        scale_tril: L, instead: lower triangular with a positive diagonal; the cheapest.

    Raises:
        ValueError: Not one matrix was given, or something has too few dims.

    Example:
        >>> d = pyad.distributions.MultivariateNormal(pyad.zeros(2), pyad.eye(2))
        >>> d.log_prob(pyad.zeros(2))
        tensor(-1.8379)
    """

    arg_constraints: Any = {
        "loc": constraints.real_vector,
        "covariance_matrix": constraints.positive_definite,
        "precision_matrix": constraints.positive_definite,
        "scale_tril": constraints.lower_cholesky,
    }
    support = constraints.real_vector
    has_rsample = True

    def __init__(
        self,
        loc: Any,
        covariance_matrix: Any = None,
        precision_matrix: Any = None,
        scale_tril: Any = None,
        validate_args: bool | None = None,
    ) -> None:
        name, matrix = one_matrix(
            "MultivariateNormal", covariance_matrix, precision_matrix, scale_tril, ValueError
        )
        if loc.dim() < 1:
            raise ValueError("MultivariateNormal: loc must have at least one dim")
        batch = Size(broadcast_shapes(matrix.shape[:-2], loc.shape[:-1]))
        setattr(self, name, matrix.expand((*batch, -1, -1)))
        self.loc = loc.expand((*batch, -1))
        super().__init__(batch, self.loc.shape[-1:], validate_args=validate_args)
        self._unbroadcasted_scale_tril = factor_of(name, matrix)

    def _expand_parts(self, new: Any, batch_shape: Size) -> None:
        new._unbroadcasted_scale_tril = self._unbroadcasted_scale_tril

    def _expanded(self, matrix: Any) -> Any:
        return matrix.expand(self._batch_shape + self._event_shape + self._event_shape)

    @lazy_property
    def scale_tril(self) -> Any:
        """L."""
        return self._expanded(self._unbroadcasted_scale_tril)

    @lazy_property
    def covariance_matrix(self) -> Any:
        """Σ."""
        factor = self._unbroadcasted_scale_tril
        return self._expanded(factor @ factor.mT)

    @lazy_property
    def precision_matrix(self) -> Any:
        """Σ⁻¹."""
        return self._expanded(_core.cholesky_inverse(self._unbroadcasted_scale_tril))

    @property
    def mean(self) -> Any:
        return self.loc

    @property
    def mode(self) -> Any:
        return self.loc

    @property
    def variance(self) -> Any:
        squares = self._unbroadcasted_scale_tril.pow(2).sum(-1)
        return squares.expand(self._batch_shape + self._event_shape)

    def rsample(self, sample_shape: Any = Size()) -> Any:
        noise = _standard_normal(self._extended_shape(sample_shape), self.loc.dtype)
        return self.loc + _batch_mv(self._unbroadcasted_scale_tril, noise)

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        factor = self._unbroadcasted_scale_tril
        squares = _batch_mahalanobis(factor, value - self.loc)
        return -0.5 * (self._event_shape[0] * _LOG_2PI + squares) - _log_diagonal(factor)

    def entropy(self) -> Any:
        half_log_det = _log_diagonal(self._unbroadcasted_scale_tril)
        entropy = 0.5 * self._event_shape[0] * (1.0 + _LOG_2PI) + half_log_det
        return entropy.expand(self._batch_shape)


def one_matrix(
    name: str, covariance: Any, precision: Any, factor: Any, error: type[Exception]
) -> tuple[str, Any]:
    """The one matrix that was given, with the name of its parameter."""
    given = [
        (kind, matrix)
        for kind, matrix in (
            ("covariance_matrix", covariance),
            ("precision_matrix", precision),
            ("scale_tril", factor),
        )
        if matrix is not None
    ]
    if len(given) != 1:
        raise error(f"{name}: pass one of covariance_matrix, precision_matrix and scale_tril")
    if given[0][1].dim() < 2:
        raise ValueError(f"{name}: {given[0][0]} must have at least two dims")
    return given[0]


def factor_of(name: str, matrix: Any) -> Any:
    """The lower Cholesky factor of the covariance, from the parameter that was given."""
    if name == "scale_tril":
        return matrix
    if name == "covariance_matrix":
        return linalg.cholesky(matrix)
    return _precision_to_scale_tril(matrix)


def _batch_capacitance_tril(W: Any, D: Any) -> Tensor:
    """The factor of I + Wᵀ D⁻¹ W."""
    inner = (W.mT / D.unsqueeze(-2)) @ W
    return linalg.cholesky(inner + _core.eye(W.shape[-1], dtype=inner.dtype))


def _batch_lowrank_logdet(W: Any, D: Any, capacitance_tril: Any) -> Any:
    """Log det(D + W Wᵀ), by the matrix determinant lemma."""
    return 2 * _log_diagonal(capacitance_tril) + D.log().sum(-1)


def _batch_lowrank_mahalanobis(W: Any, D: Any, x: Any, capacitance_tril: Any) -> Any:
    """xᵀ (D + W Wᵀ)⁻¹ x, by Woodbury's identity."""
    inner = _batch_mv(W.mT / D.unsqueeze(-2), x)
    return (x.pow(2) / D).sum(-1) - _batch_mahalanobis(capacitance_tril, inner)


class LowRankMultivariateNormal(Distribution):
    """The normal distribution with Σ = D + W Wᵀ, at the cost of W's m columns.

    Args:
        loc: μ, along the last dim.
        cov_factor: W, (..., n, m).
        cov_diag: The diagonal of D, (..., n).

    Raises:
        ValueError: The shapes do not fit.

    Example:
        >>> from pyad.distributions import LowRankMultivariateNormal
        >>> d = LowRankMultivariateNormal(pyad.zeros(2), pyad.ones(2, 1), pyad.ones(2))
        >>> d.covariance_matrix
        tensor([[2., 1.],
                [1., 2.]])
    """

    arg_constraints: Any = {
        "loc": constraints.real_vector,
        "cov_factor": constraints.independent(constraints.real, 2),
        "cov_diag": constraints.independent(constraints.positive, 1),
    }
    support = constraints.real_vector
    has_rsample = True

    def __init__(
        self, loc: Any, cov_factor: Any, cov_diag: Any, validate_args: bool | None = None
    ) -> None:
        if loc.dim() < 1:
            raise ValueError("LowRankMultivariateNormal: loc must have at least one dim")
        n = loc.shape[-1]
        if cov_factor.dim() < 2 or cov_factor.shape[-2] != n:
            raise ValueError(
                f"LowRankMultivariateNormal: cov_factor must have the shape (..., {n}, m), got "
                f"{tuple(cov_factor.shape)}"
            )
        if cov_diag.shape[-1:] != loc.shape[-1:]:
            raise ValueError(
                f"LowRankMultivariateNormal: cov_diag must have the shape (..., {n}), got "
                f"{tuple(cov_diag.shape)}"
            )
        try:
            batch = Size(
                broadcast_shapes(loc.shape[:-1], cov_factor.shape[:-2], cov_diag.shape[:-1])
            )
        except RuntimeError as error:
            raise ValueError(
                f"LowRankMultivariateNormal: the batches of loc {tuple(loc.shape)}, cov_factor "
                f"{tuple(cov_factor.shape)} and cov_diag {tuple(cov_diag.shape)} do not broadcast"
            ) from error
        self.loc = loc.expand((*batch, -1))
        self.cov_factor = cov_factor.expand((*batch, -1, -1))
        self.cov_diag = cov_diag.expand((*batch, -1))
        self._unbroadcasted_cov_factor = cov_factor
        self._unbroadcasted_cov_diag = cov_diag
        self._capacitance_tril = _batch_capacitance_tril(cov_factor, cov_diag)
        super().__init__(batch, loc.shape[-1:], validate_args=validate_args)

    def _expand_parts(self, new: Any, batch_shape: Size) -> None:
        new._unbroadcasted_cov_factor = self._unbroadcasted_cov_factor
        new._unbroadcasted_cov_diag = self._unbroadcasted_cov_diag
        new._capacitance_tril = self._capacitance_tril

    def _low_rank(self) -> tuple[Any, Any, Any]:
        """W, D and the capacitance's factor, as the functions above take them."""
        W, D = self._unbroadcasted_cov_factor, self._unbroadcasted_cov_diag
        return W, D, self._capacitance_tril

    def _expanded(self, matrix: Any) -> Any:
        return matrix.expand(self._batch_shape + self._event_shape + self._event_shape)

    @property
    def mean(self) -> Any:
        return self.loc

    @property
    def mode(self) -> Any:
        return self.loc

    @lazy_property
    def variance(self) -> Any:
        W, D, _ = self._low_rank()
        return (W.pow(2).sum(-1) + D).expand(self._batch_shape + self._event_shape)

    @lazy_property
    def scale_tril(self) -> Any:
        """The lower Cholesky factor of Σ."""
        W, D, _ = self._low_rank()
        root = D.sqrt().unsqueeze(-1)
        scaled = W / root
        inner = scaled @ scaled.mT + _core.eye(self._event_shape[0], dtype=scaled.dtype)
        return self._expanded(root * linalg.cholesky(inner))

    @lazy_property
    def covariance_matrix(self) -> Any:
        """Σ."""
        W, D, _ = self._low_rank()
        return self._expanded(W @ W.mT + D.diag_embed())

    @lazy_property
    def precision_matrix(self) -> Any:
        """Σ⁻¹."""
        W, D, capacitance = self._low_rank()
        half = linalg.solve_triangular(capacitance, W.mT / D.unsqueeze(-2), upper=False)
        return self._expanded(D.reciprocal().diag_embed() - half.mT @ half)

    def rsample(self, sample_shape: Any = Size()) -> Any:
        W, D, _ = self._low_rank()
        shape, dtype = self._extended_shape(sample_shape), self.loc.dtype
        along = _standard_normal(Size((*shape[:-1], W.shape[-1])), dtype)
        beside = _standard_normal(shape, dtype)
        return self.loc + _batch_mv(W, along) + D.sqrt() * beside

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        W, D, capacitance = self._low_rank()
        squares = _batch_lowrank_mahalanobis(W, D, value - self.loc, capacitance)
        log_det = _batch_lowrank_logdet(W, D, capacitance)
        return -0.5 * (self._event_shape[0] * _LOG_2PI + log_det + squares)

    def entropy(self) -> Any:
        log_det = _batch_lowrank_logdet(*self._low_rank())
        entropy = 0.5 * (self._event_shape[0] * (1.0 + _LOG_2PI) + log_det)
        return entropy.expand(self._batch_shape)
