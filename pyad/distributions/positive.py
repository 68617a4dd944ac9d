"""Laws of positive numbers that are made of others: log-normal, half laws, Weibull, Pareto.

The generalised Pareto law, which has the exponential and Pareto's as members, stands here too.
"""

from __future__ import annotations

import math
from typing import Any

from pyad import _core
from pyad._core import Size, Tensor
from pyad.distributions import constraints
from pyad.distributions.distribution import Distribution
from pyad.distributions.gamma import Exponential
from pyad.distributions.location_scale import Cauchy, Normal, _LocationScale
from pyad.distributions.transformed import TransformedDistribution
from pyad.distributions.transforms import (
    AbsTransform,
    AffineTransform,
    ExpTransform,
    PowerTransform,
)
from pyad.distributions.utils import batch_shape_of, broadcast_all, euler_constant

__all__ = ["GeneralizedPareto", "HalfCauchy", "HalfNormal", "LogNormal", "Pareto", "Weibull"]


class LogNormal(TransformedDistribution):
    """exp of a normal number.

    Args:
        loc: μ, the mean of the logarithm.
        scale: σ, its standard deviation.

    Example:
        >>> pyad.distributions.LogNormal(0.0, 1.0).mean
        tensor(1.6487)
    """

    arg_constraints: Any = _LocationScale.arg_constraints
    support = constraints.positive
    has_rsample = True

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        base = Normal(loc, scale, validate_args=validate_args)
        super().__init__(base, ExpTransform(), validate_args=validate_args)

    @property
    def loc(self) -> Any:
        """μ."""
        return self.base_dist.loc

    @property
    def scale(self) -> Any:
        """σ."""
        return self.base_dist.scale

    @property
    def mean(self) -> Any:
        return (self.loc + self.scale.pow(2) / 2).exp()

    @property
    def mode(self) -> Any:
        return (self.loc - self.scale.square()).exp()

    @property
    def variance(self) -> Any:
        square = self.scale.pow(2)
        return square.expm1() * (2 * self.loc + square).exp()

    def entropy(self) -> Any:
        return self.base_dist.entropy() + self.loc


class _Half(TransformedDistribution):
    """|x| of x with a law that is symmetric about 0, which has twice its density."""

    arg_constraints: Any = {"scale": constraints.positive}
    support = constraints.nonnegative
    has_rsample = True
    _whole: Any

    def __init__(self, scale: Any, validate_args: bool | None = None) -> None:
        base = self._whole(0, scale, validate_args=False)
        super().__init__(base, AbsTransform(), validate_args=validate_args)

    @property
    def scale(self) -> Any:
        """The scale of x."""
        return self.base_dist.scale

    @property
    def mode(self) -> Tensor:
        return _core.zeros_like(self.scale)

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        value = _core.as_tensor(value, dtype=self.scale.dtype)
        return _core.where(value >= 0, self.base_dist.log_prob(value) + math.log(2), -math.inf)

    def cdf(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        return 2 * self.base_dist.cdf(value) - 1

    def icdf(self, value: Any) -> Any:
        return self.base_dist.icdf((value + 1) / 2)

    def entropy(self) -> Any:
        return self.base_dist.entropy() - math.log(2)


class HalfNormal(_Half):
    """|x| of x from Normal(0, scale).

    Args:
        scale: σ of x.

    Example:
        >>> pyad.distributions.HalfNormal(1.0).mean
        tensor(0.7979)
    """

    _whole = Normal

    @property
    def mean(self) -> Any:
        return self.scale * math.sqrt(2 / math.pi)

    @property
    def variance(self) -> Any:
        return self.scale.pow(2) * (1 - 2 / math.pi)


class HalfCauchy(_Half):
    """|x| of x from Cauchy(0, scale).

    Args:
        scale: γ of x.

    Example:
        >>> pyad.distributions.HalfCauchy(1.0).icdf(pyad.tensor(0.5))
        tensor(1.)
    """

    _whole = Cauchy

    @property
    def mean(self) -> Tensor:
        return _core.full(self._extended_shape(), math.inf, dtype=self.scale.dtype)

    @property
    def variance(self) -> Any:
        return self.base_dist.variance


class Weibull(TransformedDistribution):
    """λ x^(1/k) of x from Exponential(1) (Johnson, Kotz, Balakrishnan 1, ch. 21).

    Args:
        scale: λ.
        concentration: k.

    Example:
        >>> pyad.distributions.Weibull(2.0, 1.0).mean
        tensor(2.)
    """

    arg_constraints: Any = {
        "scale": constraints.positive,
        "concentration": constraints.positive,
    }
    support = constraints.positive

    def __init__(self, scale: Any, concentration: Any, validate_args: bool | None = None) -> None:
        self.scale, self.concentration = broadcast_all(scale, concentration)
        base = Exponential(_core.ones_like(self.scale), validate_args=validate_args)
        power = PowerTransform(exponent=self.concentration_reciprocal)
        affine = AffineTransform(loc=0, scale=self.scale)
        super().__init__(base, [power, affine], validate_args=validate_args)

    @property
    def concentration_reciprocal(self) -> Tensor:
        """1/k."""
        return self.concentration.reciprocal()

    @property
    def mean(self) -> Any:
        return self.scale * (1 + self.concentration_reciprocal).lgamma().exp()

    @property
    def mode(self) -> Any:
        k = self.concentration
        return self.scale * ((k - 1) / k) ** k.reciprocal()

    @property
    def variance(self) -> Any:
        inverse = self.concentration_reciprocal
        second, first = (1 + 2 * inverse).lgamma(), (1 + inverse).lgamma()
        return self.scale.pow(2) * (second.exp() - (2 * first).exp())

    def entropy(self) -> Any:
        inverse = self.concentration_reciprocal
        return euler_constant * (1 - inverse) + (self.scale * inverse).log() + 1


class Pareto(TransformedDistribution):
    """m exp(x) of x from Exponential(α): p(x) = α m^α / x^(α + 1) from m on.

    Args:
        scale: m, the smallest value.
        alpha: α.

    Example:
        >>> pyad.distributions.Pareto(1.0, 2.0).mean
        tensor(2.)
    """

    arg_constraints: Any = {
        "alpha": constraints.positive,
        "scale": constraints.positive,
    }

    def __init__(self, scale: Any, alpha: Any, validate_args: bool | None = None) -> None:
        self.scale, self.alpha = broadcast_all(scale, alpha)
        base = Exponential(self.alpha, validate_args=validate_args)
        transforms = [ExpTransform(), AffineTransform(loc=0, scale=self.scale)]
        super().__init__(base, transforms, validate_args=validate_args)

    @constraints.dependent_property(is_discrete=False, event_dim=0)
    def support(self) -> Any:
        return constraints.greater_than_eq(self.scale)

    @property
    def mean(self) -> Any:
        a = self.alpha.clamp(min=1)
        return a * self.scale / (a - 1)

    @property
    def mode(self) -> Tensor:
        return self.scale

    @property
    def variance(self) -> Any:
        a = self.alpha.clamp(min=2)
        return self.scale.pow(2) * a / ((a - 1).pow(2) * (a - 2))

    def entropy(self) -> Any:
        return (self.scale / self.alpha).log() + (1 + self.alpha.reciprocal())


class GeneralizedPareto(Distribution):
    """What exceeds a high threshold μ.

    With z = (x - μ)/σ: p(x) = (1 + ξ z)^(-1/ξ - 1) / σ, and exp(-z) / σ for ξ = 0 (Coles, "An
    Introduction to Statistical Modeling of Extreme Values", ch. 4).

    Args:
        loc: μ.
        scale: σ.
        concentration: ξ.

    Example:
        >>> pyad.distributions.GeneralizedPareto(0.0, 1.0, 0.5).mean
        tensor(2.)
    """

    arg_constraints: Any = {
        "loc": constraints.real,
        "scale": constraints.positive,
        "concentration": constraints.real,
    }
    has_rsample = True

    def __init__(
        self, loc: Any, scale: Any, concentration: Any, validate_args: bool | None = None
    ) -> None:
        self.loc, self.scale, self.concentration = broadcast_all(loc, scale, concentration)
        shape = batch_shape_of(self.loc, loc, scale, concentration)
        super().__init__(shape, validate_args=validate_args)

    @constraints.dependent_property(is_discrete=False, event_dim=0)
    def support(self) -> Any:
        end = self.loc - self.scale / self.concentration
        return constraints.interval(self.loc, _core.where(self.concentration < 0, end, math.inf))

    def _flat(self) -> tuple[Tensor, Tensor]:
        """Where ξ is (nearly) 0, and ξ with 1 in its place there."""
        xi = self.concentration
        flat = xi.abs() <= 1e-8
        return flat, _core.where(flat, 1.0, xi)

    def rsample(self, sample_shape: Any = Size()) -> Any:
        return self.icdf(_core.rand(self._extended_shape(sample_shape), dtype=self.loc.dtype))

    def _z(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        return (value - self.loc) / self.scale

    def log_prob(self, value: Any) -> Any:
        z = self._z(value)
        flat, xi = self._flat()
        power = 1 / xi + _core.ones_like(z)
        powers = _core.where(power == 0, power, power * (xi * z).log1p())
        return -self.scale.log() - _core.where(flat, z, powers)

    def log_survival_function(self, value: Any) -> Tensor:
        """The logarithm of the probability of larger draws."""
        z = self._z(value)
        flat, xi = self._flat()
        return _core.where(flat, -z, -(xi * z).log1p() / xi)

    def log_cdf(self, value: Any) -> Tensor:
        """The logarithm of `cdf`."""
        return (-self.log_survival_function(value).exp()).log1p()

    def cdf(self, value: Any) -> Tensor:
        return self.log_cdf(value).exp()

    def icdf(self, value: Any) -> Tensor:
        flat, xi = self._flat()
        log_left = (-value).log1p()
        bent = self.loc + self.scale / xi * (-xi * log_left).expm1()
        return _core.where(flat, self.loc - self.scale * log_left, bent)

    @property
    def mean(self) -> Tensor:
        valid = self.concentration < 1
        xi = _core.where(valid, self.concentration, 0.5)
        return _core.where(valid, self.loc + self.scale / (1 - xi), math.nan)

    @property
    def variance(self) -> Tensor:
        valid = self.concentration < 0.5
        xi = _core.where(valid, self.concentration, 0.25)
        finite = self.scale**2 / ((1 - xi) ** 2 * (1 - 2 * xi))
        return _core.where(valid, finite, math.nan)

    @property
    def mode(self) -> Tensor:
        return self.loc

    def entropy(self) -> Any:
        return (self.scale.log() + self.concentration + 1).expand(self._batch_shape)
