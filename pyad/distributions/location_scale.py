"""Laws with a location and a scale: normal, Laplace, Cauchy, Student's t, Gumbel, uniform.

The von Mises law of angles, which has a location on the circle, stands in `von_mises.py`.
"""

from __future__ import annotations

import math
from typing import Any

from pyad import _core
from pyad._core import Size, Tensor
from pyad._device import finfo
from pyad.autograd import no_grad
from pyad.distributions import constraints
from pyad.distributions.distribution import Distribution
from pyad.distributions.exp_family import ExponentialFamily
from pyad.distributions.gamma import Chi2
from pyad.distributions.transformed import TransformedDistribution
from pyad.distributions.transforms import AffineTransform, ExpTransform
from pyad.distributions.utils import (
    _standard_normal,
    batch_shape_of,
    broadcast_all,
    euler_constant,
)

__all__ = ["Cauchy", "Gumbel", "Laplace", "Normal", "StudentT", "Uniform"]


class _LocationScale(Distribution):
    """Laws with `loc` and `scale`, symmetric about loc."""

    arg_constraints: Any = {
        "loc": constraints.real,
        "scale": constraints.positive,
    }
    support = constraints.real
    has_rsample = True

    loc: Tensor
    scale: Tensor

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        self.loc, self.scale = broadcast_all(loc, scale)
        super().__init__(batch_shape_of(self.loc, loc, scale), validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        return self.loc

    @property
    def mode(self) -> Tensor:
        return self.loc

    def _standard(self, value: Any) -> Any:
        """(value - loc) / scale, of a value that has been checked."""
        if self._validate_args:
            self._validate_sample(value)
        return (value - self.loc) / self.scale


class Normal(_LocationScale, ExponentialFamily):
    """The normal distribution: log p(x) = -(x - μ)² / (2σ²) - log σ - log √(2π).

    Args:
        loc: μ, the mean.
        scale: σ, the standard deviation.

    Example:
        >>> pyad.distributions.Normal(0.0, 1.0).cdf(pyad.tensor(0.0))
        tensor(0.5000)
    """

    _mean_carrier_measure = 0

    @property
    def stddev(self) -> Tensor:
        return self.scale

    @property
    def variance(self) -> Any:
        return self.scale.pow(2)

    def sample(self, sample_shape: Any = Size()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        with no_grad():
            return _core.normal(self.loc.expand(shape), self.scale.expand(shape))

    def rsample(self, sample_shape: Any = Size()) -> Any:
        noise = _standard_normal(self._extended_shape(sample_shape), self.loc.dtype)
        return self.loc + noise * self.scale

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        variance = self.scale**2
        halved = -((value - self.loc) ** 2) / (2 * variance)
        return halved - self.scale.log() - math.log(math.sqrt(2 * math.pi))

    def cdf(self, value: Any) -> Any:
        return 0.5 * (1 + (self._standard(value) / math.sqrt(2)).erf())

    def icdf(self, value: Any) -> Any:
        return self.loc + self.scale * (2 * value - 1).erfinv() * math.sqrt(2)

    def entropy(self) -> Any:
        return 0.5 + 0.5 * math.log(2 * math.pi) + self.scale.log()

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        variance = self.scale.pow(2)
        return self.loc / variance, -0.5 * variance.reciprocal()

    def _log_normalizer(self, *natural_params: Tensor) -> Tensor:
        x, y = natural_params
        return -0.25 * x.pow(2) / y + 0.5 * (-math.pi / y).log()


class Laplace(_LocationScale):
    """The Laplace distribution: log p(x) = -|x - μ| / b - log 2b.

    Args:
        loc: μ.
        scale: b.

    Example:
        >>> pyad.distributions.Laplace(0.0, 1.0).variance
        tensor(2.)
    """

    @property
    def variance(self) -> Any:
        return 2 * self.scale.pow(2)

    @property
    def stddev(self) -> Any:
        return math.sqrt(2) * self.scale

    def rsample(self, sample_shape: Any = Size()) -> Any:
        dtype = self.loc.dtype
        u = _core.empty(self._extended_shape(sample_shape), dtype=dtype)
        u.uniform_(finfo(dtype).eps - 1, 1)
        return self.loc - self.scale * u.sign() * (-u.abs()).log1p()  # inversion

    def log_prob(self, value: Any) -> Any:
        return -(2 * self.scale).log() - self._standard(value).abs()

    def cdf(self, value: Any) -> Any:
        z = self._standard(value)
        return 0.5 - 0.5 * z.sign() * (-z.abs()).expm1()

    def icdf(self, value: Any) -> Any:
        side = value - 0.5
        return self.loc - self.scale * side.sign() * (-2 * side.abs()).log1p()

    def entropy(self) -> Any:
        return 1 + (2 * self.scale).log()


class Cauchy(_LocationScale):
    """The Cauchy distribution: log p(x) = -log(1 + ((x - x₀)/γ)²) - log πγ. It has no mean.

    Args:
        loc: x₀, the median.
        scale: γ, half the width at half the height.

    Example:
        >>> pyad.distributions.Cauchy(0.0, 1.0).icdf(pyad.tensor(0.75))
        tensor(1.)
    """

    def _everywhere(self, value: float) -> Tensor:
        return _core.full(self._extended_shape(), value, dtype=self.loc.dtype)

    @property
    def mean(self) -> Tensor:
        return self._everywhere(math.nan)

    @property
    def variance(self) -> Tensor:
        return self._everywhere(math.inf)

    def rsample(self, sample_shape: Any = Size()) -> Any:
        noise = _core.empty(self._extended_shape(sample_shape), dtype=self.loc.dtype).cauchy_()
        return self.loc + noise * self.scale

    def log_prob(self, value: Any) -> Any:
        return -math.log(math.pi) - self.scale.log() - (self._standard(value) ** 2).log1p()

    def cdf(self, value: Any) -> Any:
        return self._standard(value).atan() / math.pi + 0.5

    def icdf(self, value: Any) -> Any:
        return (math.pi * (value - 0.5)).tan() * self.scale + self.loc

    def entropy(self) -> Any:
        return math.log(4 * math.pi) + self.scale.log()


class StudentT(_LocationScale):
    """Student's t with ν degrees of freedom.

    With z = (x - μ)/σ: log p(x) = -(ν + 1)/2 log(1 + z²/ν) - log σ - ½ log ν - log B(ν/2, 1/2)
    (Johnson, Kotz, Balakrishnan, "Continuous Univariate Distributions" 2, ch. 28).

    Args:
        df: ν.
        loc: μ.
        scale: σ.

    Example:
        >>> pyad.distributions.StudentT(4.0).variance
        tensor(2.)
    """

    arg_constraints: Any = {
        "df": constraints.positive,
        **_LocationScale.arg_constraints,
    }

    def __init__(
        self, df: Any, loc: Any = 0.0, scale: Any = 1.0, validate_args: bool | None = None
    ) -> None:
        self.df, self.loc, self.scale = broadcast_all(df, loc, scale)
        self._chi2 = Chi2(self.df)
        Distribution.__init__(self, self.df.shape, validate_args=validate_args)

    def _expand_parts(self, new: Any, batch_shape: Size) -> None:
        new._chi2 = self._chi2.expand(batch_shape)

    @property
    def mean(self) -> Tensor:
        return _core.where(self.df <= 1, math.nan, self.loc)

    @property
    def variance(self) -> Tensor:
        df = _core.where(self.df > 2, self.df, 3.0)
        finite = self.scale.pow(2) * df / (df - 2)
        infinite = _core.where(self.df > 1, math.inf, _core.full_like(self.df, math.nan))
        return _core.where(self.df > 2, finite, infinite)

    def rsample(self, sample_shape: Any = Size()) -> Any:
        noise = _standard_normal(self._extended_shape(sample_shape), self.df.dtype)
        chi2 = self._chi2.rsample(sample_shape)
        return self.loc + self.scale * (noise * (chi2 / self.df).rsqrt())

    def _log_beta(self) -> Any:
        """Log B(ν/2, 1/2)."""
        return (0.5 * self.df).lgamma() + math.lgamma(0.5) - (0.5 * (self.df + 1)).lgamma()

    def log_prob(self, value: Any) -> Any:
        z = self._standard(value)
        log_normalizer = self.scale.log() + 0.5 * self.df.log() + self._log_beta()
        return -0.5 * (self.df + 1.0) * (z**2.0 / self.df).log1p() - log_normalizer

    def entropy(self) -> Any:
        half = 0.5 * (self.df + 1)
        slope = half * (half.digamma() - (0.5 * self.df).digamma())
        return self.scale.log() + slope + 0.5 * self.df.log() + self._log_beta()


class Uniform(Distribution):
    """The uniform distribution on [low, high).

    Args:
        low: The lower end.
        high: The upper end.

    Example:
        >>> pyad.distributions.Uniform(0.0, 2.0).log_prob(pyad.tensor(1.0))
        tensor(-0.6931)
    """

    has_rsample = True

    def __init__(self, low: Any, high: Any, validate_args: bool | None = None) -> None:
        self.low, self.high = broadcast_all(low, high)
        super().__init__(batch_shape_of(self.low, low, high), validate_args=validate_args)

    @property
    def arg_constraints(self) -> dict[str, Any]:
        return {
            "low": constraints.less_than(self.high),
            "high": constraints.greater_than(self.low),
        }

    @constraints.dependent_property(is_discrete=False, event_dim=0)
    def support(self) -> Any:
        return constraints.interval(self.low, self.high)

    @property
    def mean(self) -> Any:
        return (self.high + self.low) / 2

    @property
    def mode(self) -> Any:
        return math.nan * self.high

    @property
    def stddev(self) -> Any:
        return (self.high - self.low) / math.sqrt(12)

    @property
    def variance(self) -> Any:
        return (self.high - self.low).pow(2) / 12

    def rsample(self, sample_shape: Any = Size()) -> Any:
        u = _core.rand(self._extended_shape(sample_shape), dtype=self.low.dtype)
        return self.low + u * (self.high - self.low)

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        inside = ((self.low <= value) & (self.high > value)).type_as(self.low)
        return inside.log() - (self.high - self.low).log()

    def cdf(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        return ((value - self.low) / (self.high - self.low)).clamp(min=0, max=1)

    def icdf(self, value: Any) -> Any:
        return value * (self.high - self.low) + self.low

    def entropy(self) -> Any:
        return (self.high - self.low).log()


class Gumbel(TransformedDistribution):
    """The largest of many: with y = (μ - x)/β, log p(x) = y - exp(y) - log β.

    Args:
        loc: μ, the mode.
        scale: β.

    Example:
        >>> pyad.distributions.Gumbel(0.0, 1.0).mean
        tensor(0.5772)
    """

    arg_constraints: Any = _LocationScale.arg_constraints
    support = constraints.real

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        self.loc, self.scale = broadcast_all(loc, scale)
        limits = finfo(self.loc.dtype)
        low = _core.full_like(self.loc, limits.tiny)
        high = _core.full_like(self.loc, 1 - limits.eps)
        # x = μ - β log(-log u)
        log = ExpTransform().inv
        negation = AffineTransform(loc=0, scale=-_core.ones_like(self.scale))
        transforms = [log, negation, log, AffineTransform(loc=loc, scale=-self.scale)]
        base = Uniform(low, high, validate_args=validate_args)
        super().__init__(base, transforms, validate_args=validate_args)

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        y = (self.loc - value) / self.scale
        return y - y.exp() - self.scale.log()

    @property
    def mean(self) -> Any:
        return self.loc + self.scale * euler_constant

    @property
    def mode(self) -> Tensor:
        return self.loc

    @property
    def stddev(self) -> Any:
        return math.pi / math.sqrt(6) * self.scale

    @property
    def variance(self) -> Any:
        return self.stddev.pow(2)

    def entropy(self) -> Any:
        return self.scale.log() + (1 + euler_constant)
