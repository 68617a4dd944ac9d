"""Divergences of members of different families: Note [Divergences by moments] in `kl.py`."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from pyad import _core
from pyad._core import Tensor
from pyad.distributions.binary import Bernoulli, Binomial
from pyad.distributions.gamma import Exponential, Gamma, Poisson
from pyad.distributions.kl import register_kl
from pyad.distributions.location_scale import Gumbel, Laplace, Normal, Uniform
from pyad.distributions.positive import Pareto
from pyad.distributions.simplex import Beta, ContinuousBernoulli
from pyad.distributions.utils import euler_constant

__all__: list[str] = []


def _register(q: Any, *families: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Enters a function of (p, q) for several families of p."""

    def enter(function: Callable[..., Any]) -> Callable[..., Any]:
        for p in families:
            register_kl(p, q)(function)
        return function

    return enter


def _x_log_x(x: Any) -> Any:
    return _core.xlogy(x, x)


def _mean_log(p: Any) -> Any:
    """E_p[log x] of positive numbers."""
    if isinstance(p, Beta):
        return p.concentration1.digamma() - (p.concentration1 + p.concentration0).digamma()
    if isinstance(p, Exponential):
        return -euler_constant - p.rate.log()
    if isinstance(p, Pareto):
        return p.scale.log() + p.alpha.reciprocal()
    return (_x_log_x(p.high) - _x_log_x(p.low)) / (p.high - p.low) - 1  # uniform


def _mean_exp(p: Any, c: Any) -> Any:
    """E_p[exp(-c x)], the moment generating function at -c."""
    if isinstance(p, Exponential):
        return p.rate / (p.rate + c)
    if isinstance(p, Gamma):
        return (1 + c / p.rate).pow(-p.concentration)
    if isinstance(p, Normal):
        return (0.5 * (c * p.scale).pow(2) - c * p.loc).exp()
    return ((-c * p.low).exp() - (-c * p.high).exp()) / (c * (p.high - p.low))  # uniform


def _negative(p: Any) -> Any:
    """Whether p has values below 0."""
    return p.low < 0 if isinstance(p, Uniform) else None


def _infinite_where(mask: Any, value: Any) -> Any:
    return value if mask is None else _core.where(mask, math.inf, value)


@_register(Normal, Beta, ContinuousBernoulli, Exponential, Gamma, Gumbel, Laplace, Pareto, Uniform)
def _to_normal(p: Any, q: Any) -> Any:
    variance = q.scale.pow(2)
    squares = p.variance + (p.mean - q.loc).pow(2)
    return 0.5 * (2 * math.pi * variance).log() + squares / (2 * variance) - p.entropy()


@_register(Exponential, Beta, ContinuousBernoulli, Gamma, Pareto, Uniform)
def _to_exponential(p: Any, q: Any) -> Any:
    return _infinite_where(_negative(p), q.rate * p.mean - q.rate.log() - p.entropy())


@_register(Gamma, Beta, Exponential, Pareto, Uniform)
def _to_gamma(p: Any, q: Any) -> Any:
    a, b = q.concentration, q.rate
    normalizer = a.lgamma() - a * b.log()
    cross = normalizer - (a - 1) * _mean_log(p) + b * p.mean
    return _infinite_where(_negative(p), cross - p.entropy())


@_register(Gumbel, Exponential, Gamma, Normal, Uniform)
def _to_gumbel(p: Any, q: Any) -> Any:
    shift = (p.mean - q.loc) / q.scale
    tail = (q.loc / q.scale).exp() * _mean_exp(p, q.scale.reciprocal())
    return q.scale.log() + shift + tail - p.entropy()


@register_kl(Normal, Laplace)
def _normal_laplace(p: Any, q: Any) -> Any:
    shift = p.loc - q.loc
    z = shift / p.scale
    # The mean of a folded normal number.
    distance = math.sqrt(2 / math.pi) * p.scale * (-0.5 * z.pow(2)).exp()
    distance = distance + shift * (math.sqrt(0.5) * z).erf()
    return (2 * q.scale).log() + distance / q.scale - p.entropy()


@_register(ContinuousBernoulli, Beta, Uniform)
def _to_continuous_bernoulli(p: Any, q: Any) -> Any:
    cross = p.mean * q.logits + (-q.probs).log1p() + q._cont_bern_log_norm()
    outside = (p.high >= 1.0) | (p.low <= 0.0) if isinstance(p, Uniform) else None
    return _infinite_where(outside, -p.entropy() - cross)


@register_kl(Beta, Uniform)
def _beta_uniform(p: Any, q: Any) -> Any:
    outside = (q.low > 0.0) | (q.high < 1.0)
    return _core.where(outside, math.inf, (q.high - q.low).log() - p.entropy())


@register_kl(ContinuousBernoulli, Uniform)
def _continuous_bernoulli_uniform(p: Any, q: Any) -> Any:
    outside = (q.low >= 0.0) | (q.high <= 1.0)
    return _core.where(outside, math.inf, (q.high - q.low).log() - p.entropy())


@register_kl(Uniform, Beta)
def _uniform_beta(p: Any, q: Any) -> Any:
    width = p.high - p.low
    failure = (_x_log_x(1 - p.low) - _x_log_x(1 - p.high)) / width - 1  # E[log(1 - x)]
    a, b = q.concentration1, q.concentration0
    log_beta = a.lgamma() + b.lgamma() - (a + b).lgamma()
    inside = log_beta - width.log() - (a - 1) * _mean_log(p) - (b - 1) * failure
    return _core.where((p.high > 1.0) | (p.low < 0.0), math.inf, inside)


@register_kl(Uniform, Pareto)
def _uniform_pareto(p: Any, q: Any) -> Any:
    width = p.high - p.low
    normalizer = (q.alpha * q.scale.pow(q.alpha) * width).log()
    inside = (q.alpha + 1) * _mean_log(p) - normalizer
    return _core.where(p.low < q.scale, math.inf, inside)


@register_kl(Bernoulli, Poisson)
def _bernoulli_poisson(p: Any, q: Any) -> Any:
    return q.rate - p.probs * q.rate.log() - p.entropy()


def _infinite(p: Any, q: Any) -> Tensor:
    """P has values where q has none."""
    return _core.full_like(p.mean, math.inf)


# q, and the p that are infinitely far from it.
_INFINITE: tuple[tuple[Any, tuple[Any, ...]], ...] = (
    (Beta, (Exponential, Gamma, Gumbel, Laplace, Normal, Pareto)),
    (ContinuousBernoulli, (Exponential, Gamma, Gumbel, Laplace, Normal, Pareto)),
    (Pareto, (Beta, ContinuousBernoulli, Exponential, Gamma, Gumbel, Laplace, Normal)),
    (Uniform, (Exponential, Gamma, Gumbel, Laplace, Normal, Pareto)),
    (Exponential, (Gumbel, Laplace, Normal)),
    (Gamma, (Gumbel, Laplace, Normal)),
    (Bernoulli, (Poisson,)),
    (Binomial, (Poisson,)),
)
for _q, _families in _INFINITE:
    _register(_q, *_families)(_infinite)
