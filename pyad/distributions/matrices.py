"""Laws of matrices: Wishart's of covariances, and LKJ's of correlations."""

from __future__ import annotations

import math
import warnings
from numbers import Number
from typing import Any

from pyad import _core, linalg
from pyad._core import Size, Tensor
from pyad._device import finfo
from pyad._promotion import broadcast_shapes
from pyad.autograd import no_grad
from pyad.distributions import constraints
from pyad.distributions.distribution import Distribution
from pyad.distributions.exp_family import ExponentialFamily
from pyad.distributions.gamma import Chi2
from pyad.distributions.multivariate_normal import _log_diagonal, factor_of, one_matrix
from pyad.distributions.simplex import Beta
from pyad.distributions.utils import broadcast_all, lazy_property, vec_to_tril_matrix

__all__ = ["LKJCholesky", "Wishart"]

_LOG_2 = math.log(2)


def _mvdigamma(x: Tensor, p: int) -> Any:
    """The derivative of mvlgamma: Σ ψ(x - i/2) over i < p."""
    return (x.unsqueeze(-1) - _core.arange(p, dtype=x.dtype) / 2).digamma().sum(-1)


def _log_det(matrix: Tensor) -> Any:
    """Log det of positive definite matrices."""
    return 2 * _log_diagonal(linalg.cholesky(matrix))


class Wishart(ExponentialFamily):
    """Σ xᵢ xᵢᵀ of ν normal vectors of covariance V, for any ν > p - 1.

    log p(X) = (ν - p - 1)/2 log det X - tr(V⁻¹ X)/2 - νp/2 log 2 - ν/2 log det V - log Γ_p(ν/2)
    (Anderson, "An Introduction to Multivariate Statistical Analysis", 7.2).

    Args:
        df: ν.
        covariance_matrix: V.
        precision_matrix: V⁻¹, instead.
        scale_tril: The lower Cholesky factor of V, instead.

    Raises:
        AssertionError: Not one matrix was given.
        ValueError: df is not larger than p - 1, or a matrix has too few dims.

    Example:
        >>> pyad.distributions.Wishart(pyad.tensor(3.0), pyad.eye(2)).mean
        tensor([[3., 0.],
                [0., 3.]])
    """

    support = constraints.positive_definite
    has_rsample = True
    _mean_carrier_measure = 0

    @property
    def arg_constraints(self) -> dict[str, Any]:
        return {
            "covariance_matrix": constraints.positive_definite,
            "precision_matrix": constraints.positive_definite,
            "scale_tril": constraints.lower_cholesky,
            "df": constraints.greater_than(self.event_shape[-1] - 1),
        }

    def __init__(
        self,
        df: Any,
        covariance_matrix: Any = None,
        precision_matrix: Any = None,
        scale_tril: Any = None,
        validate_args: bool | None = None,
    ) -> None:
        name, matrix = one_matrix(
            "Wishart", covariance_matrix, precision_matrix, scale_tril, AssertionError
        )
        batch = matrix.shape[:-2]
        if isinstance(df, Number):
            self.df = _core.tensor(df, dtype=matrix.dtype)
        else:
            batch = Size(broadcast_shapes(batch, df.shape))
            self.df = df.expand(batch)
        event = matrix.shape[-2:]
        if (self.df <= event[-1] - 1).any():
            raise ValueError(f"Wishart: df must be larger than {event[-1] - 1}, got {df}")
        if (self.df < event[-1]).any():
            warnings.warn(
                f"Wishart: df below {event[-1]}, where draws are likely to be singular",
                stacklevel=2,
            )
        setattr(self, name, matrix.expand((*batch, -1, -1)))
        super().__init__(batch, event, validate_args=validate_args)
        self._unbroadcasted_scale_tril = factor_of(name, matrix)
        self._dist_chi2 = self._diagonal_law(self.df.expand(batch))

    def _expand_parts(self, new: Any, batch_shape: Size) -> None:
        cov_shape = batch_shape + self.event_shape
        new._unbroadcasted_scale_tril = self._unbroadcasted_scale_tril.expand(cov_shape)
        new._dist_chi2 = self._diagonal_law(self.df.expand(batch_shape))

    def _diagonal_law(self, df: Tensor) -> Chi2:
        return Chi2(df.unsqueeze(-1) - _core.arange(self.event_shape[-1], dtype=df.dtype))

    def _expanded(self, matrix: Any) -> Any:
        return matrix.expand(self._batch_shape + self._event_shape)

    @lazy_property
    def scale_tril(self) -> Any:
        """The lower Cholesky factor of V."""
        return self._expanded(self._unbroadcasted_scale_tril)

    @lazy_property
    def covariance_matrix(self) -> Any:
        """V."""
        factor = self._unbroadcasted_scale_tril
        return self._expanded(factor @ factor.mT)

    @lazy_property
    def precision_matrix(self) -> Any:
        """V⁻¹."""
        return self._expanded(_core.cholesky_inverse(self._unbroadcasted_scale_tril))

    def _times(self, factor: Tensor, matrix: Any) -> Any:
        return factor.expand(self._batch_shape)[..., None, None] * matrix

    @property
    def mean(self) -> Any:
        return self._times(self.df, self.covariance_matrix)

    @property
    def mode(self) -> Any:
        factor = self.df - self.event_shape[-1] - 1
        return self._times(_core.where(factor <= 0, math.nan, factor), self.covariance_matrix)

    @property
    def variance(self) -> Any:
        V = self.covariance_matrix
        diagonal = V.diagonal(dim1=-2, dim2=-1)
        return self._times(self.df, V.pow(2) + diagonal.unsqueeze(-1) * diagonal.unsqueeze(-2))

    def _bartlett_sampling(self, sample_shape: Any = Size()) -> Any:
        """L A Aᵀ Lᵀ, A triangular with roots of chi-squared numbers, and normal ones below."""
        p = self._event_shape[-1]
        roots = self._dist_chi2.rsample(sample_shape).sqrt()
        roots = roots.clamp(min=finfo(roots.dtype).eps)
        below = _core.randn(
            (*sample_shape, *self._batch_shape, p * (p - 1) // 2), dtype=roots.dtype
        )
        noise = roots.diag_embed() + vec_to_tril_matrix(below, diag=-1)
        factor = self._unbroadcasted_scale_tril @ noise
        return factor @ factor.mT

    def rsample(self, sample_shape: Any = Size(), max_try_correction: int = 10) -> Any:
        """Draws with gradients, by Bartlett's decomposition.

        PyTorch draws anew what was not singular at first, once; so do we, that streams agree.

        Args:
            sample_shape: As of `sample`.
            max_try_correction: How often singular draws are replaced.
        """
        sample_shape = Size(sample_shape)
        drawn = self._bartlett_sampling(sample_shape)
        again = self._regular(drawn).any(-1)
        for attempt in range(1 + max_try_correction):
            if not again.any():
                break
            if attempt == 1:
                warnings.warn("Wishart: singular draws are drawn anew", stacklevel=2)
            count = int(again.sum())
            fresh = self._bartlett_sampling(Size((count,)))
            if count == again.numel():
                drawn = fresh.reshape(drawn.shape)
            else:
                drawn = drawn.index_put((again,), fresh)
            again = ~self._regular(drawn).all(-1)
        return drawn

    def _regular(self, drawn: Tensor) -> Tensor:
        """Which matrices are positive definite, those of a batch along one last dim."""
        valid = self.support.check(drawn)
        return valid.reshape((*valid.shape[: valid.dim() - len(self._batch_shape)], -1))

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        nu, p, factor = self.df, self._event_shape[-1], self._unbroadcasted_scale_tril
        trace = _core.cholesky_solve(value, factor).diagonal(dim1=-2, dim2=-1).sum(-1)
        log_normalizer = nu * (p * _LOG_2 / 2 + _log_diagonal(factor)) + (nu / 2).mvlgamma(p)
        return (nu - p - 1) / 2 * _log_det(value) - trace / 2 - log_normalizer

    def entropy(self) -> Any:
        nu, p = self.df, self._event_shape[-1]
        scale = p * _LOG_2 / 2 + _log_diagonal(self._unbroadcasted_scale_tril)
        slope = (nu - p - 1) / 2 * _mvdigamma(nu / 2, p)
        return (p + 1) * scale + (nu / 2).mvlgamma(p) - slope + nu * p / 2

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        nu, p = self.df, self._event_shape[-1]
        return -self.precision_matrix / 2, (nu - p - 1) / 2

    def _log_normalizer(self, *natural_params: Tensor) -> Any:
        x, y = natural_params
        p = self._event_shape[-1]
        half = y + (p + 1) / 2
        return half * (-_log_det(-2 * x) + _LOG_2 * p) + half.mvlgamma(p)


class LKJCholesky(Distribution):
    """Lower Cholesky factors of correlation matrices with density in proportion to det^(η - 1).

    Drawn row by row by the onion method (Lewandowski, Kurowicka, Joe, "Generating random
    correlation matrices based on vines and extended onion method", 2009, 3.2); the density of
    factors has the powers 2(η - 1) + n - k of the diagonal in row k (Stan Reference Manual, "LKJ
    correlation").

    Args:
        dim: n, the size of the matrices.
        concentration: η; 1 for the uniform law on correlation matrices.

    Raises:
        ValueError: dim is less than 2.

    Example:
        >>> pyad.distributions.LKJCholesky(3, 0.5).event_shape
        (3, 3)
    """

    arg_constraints: Any = {"concentration": constraints.positive}
    support = constraints.corr_cholesky

    def __init__(
        self, dim: int, concentration: Any = 1.0, validate_args: bool | None = None
    ) -> None:
        if dim < 2:
            raise ValueError(f"LKJCholesky: dim must be an integer from 2 on, got {dim}")
        self.dim = dim
        (self.concentration,) = broadcast_all(concentration)
        # Of row k the part that is not on the diagonal has the squared length Beta(k/2, ...).
        row = _core.arange(dim - 1, dtype=self.concentration.dtype)
        row = _core.cat([row.new_zeros((1,)), row])
        marginal = self.concentration + 0.5 * (dim - 2)
        self._beta = Beta(row + 0.5, marginal.unsqueeze(-1) - 0.5 * row)
        shape = self.concentration.shape
        super().__init__(shape, Size((dim, dim)), validate_args)

    def _expand_parts(self, new: Any, batch_shape: Size) -> None:
        new.dim = self.dim
        new._beta = self._beta.expand((*batch_shape, self.dim))

    def sample(self, sample_shape: Any = Size()) -> Any:
        with no_grad():
            lengths = self._beta.sample(sample_shape).unsqueeze(-1)
            shape = self._extended_shape(sample_shape)
            normal = _core.randn(shape, dtype=lengths.dtype).tril(-1)
            directions = normal / normal.norm(dim=-1, keepdim=True)
            directions = _core.where(_core.arange(self.dim).unsqueeze(-1) == 0, 0.0, directions)
            rows = lengths.sqrt() * directions
            left = (1 - (rows**2).sum(-1)).clamp(min=finfo(rows.dtype).tiny)
            return rows + left.sqrt().diag_embed()

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        n = self.dim
        diagonal = value.diagonal(dim1=-1, dim2=-2)[..., 1:]
        powers = 2 * (self.concentration - 1).unsqueeze(-1) + n - _core.arange(2, n + 1)
        above = (powers * diagonal.log()).sum(-1)
        # 16. of Lewandowski et al., written with the multivariate gamma function.
        half = self.concentration + 0.5 * (n - 1)
        pi_power = 0.5 * (n - 1) * math.log(math.pi)
        return above - pi_power - (half - 0.5).mvlgamma(n - 1) + half.lgamma() * (n - 1)
