"""Laws on the unit interval and the simplex.

Beta, Dirichlet, Kumaraswamy's, continuous Bernoulli, logistic-normal.
"""

from __future__ import annotations

import math
from numbers import Number
from typing import Any

from pyad import _core
from pyad._core import Size, Tensor
from pyad.distributions import constraints
from pyad.distributions.binary import _Odds
from pyad.distributions.exp_family import ExponentialFamily
from pyad.distributions.location_scale import Normal, Uniform, _LocationScale
from pyad.distributions.transformed import TransformedDistribution
from pyad.distributions.transforms import (
    AffineTransform,
    PowerTransform,
    StickBreakingTransform,
)
from pyad.distributions.utils import (
    _all_hold,
    batch_shape_of,
    broadcast_all,
    clamp_probs,
    euler_constant,
    lazy_property,
    logits_to_probs,
)
from pyad.nn.functional import binary_cross_entropy_with_logits, one_hot

__all__ = ["Beta", "ContinuousBernoulli", "Dirichlet", "Kumaraswamy", "LogisticNormal"]


class Dirichlet(ExponentialFamily):
    """Points of the simplex: log p(x) = Σ (α_i - 1) log x_i + log Γ(Σ α_i) - Σ log Γ(α_i).

    Args:
        concentration: α, along the last dim.

    Raises:
        ValueError: A scalar.

    Example:
        >>> pyad.distributions.Dirichlet(pyad.tensor([1.0, 3.0])).mean
        tensor([0.2500, 0.7500])
    """

    arg_constraints: Any = {"concentration": constraints.independent(constraints.positive, 1)}
    support = constraints.simplex
    has_rsample = True

    def __init__(self, concentration: Any, validate_args: bool | None = None) -> None:
        if concentration.dim() < 1:
            raise ValueError("Dirichlet: concentration must have at least one dim")
        self.concentration = concentration
        shape = concentration.shape
        super().__init__(shape[:-1], shape[-1:], validate_args=validate_args)

    def rsample(self, sample_shape: Any = Size()) -> Tensor:
        return _core._sample_dirichlet(
            self.concentration.expand(self._extended_shape(sample_shape))
        )

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        a = self.concentration
        return _core.xlogy(a - 1.0, value).sum(-1) + a.sum(-1).lgamma() - a.lgamma().sum(-1)

    @property
    def mean(self) -> Any:
        return self.concentration / self.concentration.sum(-1, True)

    @property
    def mode(self) -> Tensor:
        above = (self.concentration - 1).clamp(min=0.0)
        mode = above / above.sum(-1, True)
        # Without any α_i > 1 the density grows towards corners: one of them.
        corner = one_hot(mode.argmax(dim=-1), above.shape[-1]).to(mode.dtype)
        return _core.where((self.concentration < 1).all(-1, True), corner, mode)

    @property
    def variance(self) -> Any:
        total = self.concentration.sum(-1, True)
        return self.concentration * (total - self.concentration) / (total.pow(2) * (total + 1))

    def entropy(self) -> Any:
        a = self.concentration
        total, k = a.sum(-1), a.shape[-1]
        log_beta = a.lgamma().sum(-1) - total.lgamma()
        return log_beta - (k - total) * total.digamma() - ((a - 1.0) * a.digamma()).sum(-1)

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        return (self.concentration,)

    def _log_normalizer(self, *natural_params: Tensor) -> Any:
        (x,) = natural_params
        return x.lgamma().sum(-1) - x.sum(-1).lgamma()


class Beta(ExponentialFamily):
    """The first of two numbers from Dirichlet(α, β).

    log p(x) = (α - 1) log x + (β - 1) log(1 - x) - log B(α, β).

    Args:
        concentration1: α.
        concentration0: β.

    Example:
        >>> pyad.distributions.Beta(1.0, 3.0).mean
        tensor(0.2500)
    """

    arg_constraints: Any = {
        "concentration1": constraints.positive,
        "concentration0": constraints.positive,
    }
    support = constraints.unit_interval
    has_rsample = True

    def __init__(
        self, concentration1: Any, concentration0: Any, validate_args: bool | None = None
    ) -> None:
        if isinstance(concentration1, Number) and isinstance(concentration0, Number):
            both = _core.tensor([float(concentration1), float(concentration0)])  # type: ignore[arg-type]
        else:
            both = _core.stack(list(broadcast_all(concentration1, concentration0)), -1)
        self._dirichlet = Dirichlet(both, validate_args=validate_args)
        super().__init__(self._dirichlet._batch_shape, validate_args=validate_args)

    def _expand_parts(self, new: Any, batch_shape: Size) -> None:
        new._dirichlet = self._dirichlet.expand(batch_shape)

    @property
    def concentration1(self) -> Any:
        """α."""
        return self._dirichlet.concentration[..., 0]

    @property
    def concentration0(self) -> Any:
        """β."""
        return self._dirichlet.concentration[..., 1]

    @property
    def mean(self) -> Any:
        return self.concentration1 / (self.concentration1 + self.concentration0)

    @property
    def mode(self) -> Tensor:
        return self._dirichlet.mode[..., 0]

    @property
    def variance(self) -> Any:
        total = self.concentration1 + self.concentration0
        return self.concentration1 * self.concentration0 / (total.pow(2) * (total + 1))

    def rsample(self, sample_shape: Any = Size()) -> Tensor:
        return self._dirichlet.rsample(sample_shape).select(-1, 0)

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        return self._dirichlet.log_prob(_core.stack([value, 1.0 - value], -1))

    def entropy(self) -> Any:
        return self._dirichlet.entropy()

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        return self.concentration1, self.concentration0

    def _log_normalizer(self, *natural_params: Tensor) -> Tensor:
        x, y = natural_params
        return x.lgamma() + y.lgamma() - (x + y).lgamma()


class Kumaraswamy(TransformedDistribution):
    """(1 - (1 - u)^(1/b))^(1/a) of a uniform u, close to Beta(a, b).

    Moments, mode and entropy: Jones, "Kumaraswamy's distribution", Statistical Methodology 6, 2009.

    Args:
        concentration1: a.
        concentration0: b.

    Example:
        >>> pyad.distributions.Kumaraswamy(1.0, 1.0).mean
        tensor(0.5000)
    """

    arg_constraints: Any = Beta.arg_constraints
    support = constraints.unit_interval
    has_rsample = True

    def __init__(
        self, concentration1: Any, concentration0: Any, validate_args: bool | None = None
    ) -> None:
        self.concentration1, self.concentration0 = broadcast_all(concentration1, concentration0)
        zero = _core.zeros_like(self.concentration0)
        base = Uniform(zero, _core.ones_like(zero), validate_args=validate_args)
        transforms = [
            PowerTransform(exponent=self.concentration0.reciprocal()),
            AffineTransform(loc=1.0, scale=-1.0),
            PowerTransform(exponent=self.concentration1.reciprocal()),
        ]
        super().__init__(base, transforms, validate_args=validate_args)

    def _moment(self, n: int) -> Tensor:
        """E[xⁿ] = b B(1 + n/a, b)."""
        first, b = 1 + n / self.concentration1, self.concentration0
        return b * (first.lgamma() + b.lgamma() - (first + b).lgamma()).exp()

    @property
    def mean(self) -> Tensor:
        return self._moment(1)

    @property
    def mode(self) -> Any:
        a, b = self.concentration1, self.concentration0
        log_mode = b.reciprocal() * (-b).log1p() - (-b * a).log1p()
        return _core.where((b < 1) | (a < 1), math.nan, log_mode).exp()

    @property
    def variance(self) -> Any:
        return self._moment(2) - self.mean.pow(2)

    def entropy(self) -> Any:
        a, b = self.concentration1, self.concentration0
        harmonic = (b + 1).digamma() + euler_constant
        return (1 - b.reciprocal()) + (1 - a.reciprocal()) * harmonic - a.log() - b.log()


class LogisticNormal(TransformedDistribution):
    """Points of the simplex with n + 1 numbers, from n normal ones by breaking a stick.

    Args:
        loc: μ, along the last dim.
        scale: σ.

    Example:
        >>> pyad.distributions.LogisticNormal(pyad.zeros(2), pyad.ones(2)).event_shape
        (3,)
    """

    arg_constraints: Any = _LocationScale.arg_constraints
    support = constraints.simplex
    has_rsample = True

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        base = Normal(loc, scale, validate_args=validate_args)
        if not base.batch_shape:
            base = base.expand([1])
        super().__init__(base, StickBreakingTransform(), validate_args=validate_args)

    @property
    def loc(self) -> Any:
        """μ."""
        return self.base_dist.base_dist.loc

    @property
    def scale(self) -> Any:
        """σ."""
        return self.base_dist.base_dist.scale


class ContinuousBernoulli(_Odds, ExponentialFamily):
    """p(x) = C λ^x (1 - λ)^(1 - x) on [0, 1], with C = 2 artanh(1 - 2λ) / (1 - 2λ).

    Loaiza-Ganem, Cunningham, "The continuous Bernoulli: fixing a pervasive error in variational
    autoencoders", 2019. About λ = 1/2, where C is 0/0, Taylor polynomials in λ - 1/2.

    Args:
        probs: λ, not the mean.
        logits: log(λ / (1 - λ)), instead.
        lims: Between which λ the polynomials are used.

    Raises:
        ValueError: Both or neither of them were given.

    Example:
        >>> pyad.distributions.ContinuousBernoulli(0.5).mean
        tensor(0.5000)
    """

    support = constraints.unit_interval
    _mean_carrier_measure = 0
    has_rsample = True

    def __init__(
        self,
        probs: Any = None,
        logits: Any = None,
        lims: tuple[float, float] = (0.499, 0.501),
        validate_args: bool | None = None,
    ) -> None:
        self._take(probs, logits)
        if probs is not None:
            valid = self.arg_constraints["probs"].check(self.probs)
            if validate_args is not None and not _all_hold(valid):
                raise ValueError(f"ContinuousBernoulli: probs must lie in [0, 1], got\n{probs}")
            self.probs = clamp_probs(self.probs)
        self._lims = lims
        shape = batch_shape_of(self._param, logits if probs is None else probs)
        super().__init__(shape, validate_args=validate_args)

    def _expand_parts(self, new: Any, batch_shape: Size) -> None:
        super()._expand_parts(new, batch_shape)
        new._lims = self._lims

    @lazy_property
    def probs(self) -> Tensor:
        """λ."""
        return clamp_probs(logits_to_probs(self.logits, is_binary=True))

    def _outside(self) -> Any:
        """Where the formula holds."""
        return (self.probs <= self._lims[0]) | (self.probs > self._lims[1])

    def _safe(self) -> Any:
        """λ, and a number for which the formula holds where it does not."""
        return _core.where(self._outside(), self.probs, self._lims[0])

    def _by_region(self, formula: Any, taylor: Any) -> Any:
        return _core.where(self._outside(), formula, taylor)

    def _cont_bern_log_norm(self) -> Any:
        """Log C."""
        safe = self._safe()
        low = safe <= 0.5
        below, above = _core.where(low, safe, 0.0), _core.where(low, 1.0, safe)
        distance = _core.where(low, (-2.0 * below).log1p(), (2.0 * above - 1.0).log())
        x = (self.probs - 0.5).pow(2)
        taylor = math.log(2.0) + (4.0 / 3.0 + 104.0 / 45.0 * x) * x
        return self._by_region(((-safe).log1p() - safe.log()).abs().log() - distance, taylor)

    @property
    def mean(self) -> Any:
        safe = self._safe()
        formula = safe / (2.0 * safe - 1.0) + 1.0 / ((-safe).log1p() - safe.log())
        x = self.probs - 0.5
        return self._by_region(formula, 0.5 + (1.0 / 3.0 + 16.0 / 45.0 * x.pow(2)) * x)

    @property
    def variance(self) -> Any:
        safe = self._safe()
        spread = safe * (safe - 1.0) / (1.0 - 2.0 * safe).pow(2)
        formula = spread + 1.0 / ((-safe).log1p() - safe.log()).pow(2)
        x = (self.probs - 0.5).pow(2)
        return self._by_region(formula, 1.0 / 12.0 - (1.0 / 15.0 - 128.0 / 945.0 * x) * x)

    def rsample(self, sample_shape: Any = Size()) -> Any:
        return self.icdf(_core.rand(self._extended_shape(sample_shape), dtype=self.probs.dtype))

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        logits, value = broadcast_all(self.logits, value)
        crossed = binary_cross_entropy_with_logits(logits, value, reduction="none")
        return self._cont_bern_log_norm() - crossed

    def cdf(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        safe = self._safe()
        power = safe.pow(value) * (1.0 - safe).pow(1.0 - value)
        inner = self._by_region((power + safe - 1.0) / (2.0 * safe - 1.0), value)
        inner = _core.where(value <= 0.0, 0.0, inner)
        return _core.where(value >= 1.0, 1.0, inner)

    def icdf(self, value: Any) -> Any:
        safe = self._safe()
        log_failure = (-safe).log1p()
        above = (value * (2.0 * safe - 1.0) - safe).log1p() - log_failure
        return self._by_region(above / (safe.log() - log_failure), value)

    def entropy(self) -> Any:
        log_failure, log_success = (-self.probs).log1p(), self.probs.log()
        odds = self.mean * (log_failure - log_success)
        return odds - self._cont_bern_log_norm() - log_failure

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        return (self.logits,)

    def _log_normalizer(self, *natural_params: Tensor) -> Tensor:
        # log of ∫ exp(x t) dt over [0, 1]
        (x,) = natural_params
        low, high = self._lims[0] - 0.5, self._lims[1] - 0.5
        outside = (x <= low) | (x > high)
        safe = _core.where(outside, x, low)
        taylor = 0.5 * x + x.pow(2) / 24.0 - x.pow(4) / 2880.0
        return _core.where(outside, safe.expm1().abs().log() - safe.abs().log(), taylor)
