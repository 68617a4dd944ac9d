"""Divergences of two members of one family, in closed form.

Each is E_p[log p - log q] with the family's density inserted; those of exponential families agree
with the Bregman divergence of their log-normalisers, which serves families without an entry.
"""

from __future__ import annotations

import math
from typing import Any

from pyad import _core, linalg
from pyad._core import Tensor
from pyad._promotion import broadcast_shapes
from pyad.autograd import grad
from pyad.distributions.binary import Bernoulli, Binomial, Geometric
from pyad.distributions.categories import Categorical, OneHotCategorical
from pyad.distributions.exp_family import ExponentialFamily
from pyad.distributions.gamma import Exponential, Gamma, Poisson
from pyad.distributions.kl import kl_divergence, register_kl
from pyad.distributions.location_scale import Cauchy, Gumbel, Laplace, Normal, Uniform
from pyad.distributions.multivariate_normal import (
    LowRankMultivariateNormal,
    MultivariateNormal,
    _batch_lowrank_logdet,
    _batch_lowrank_mahalanobis,
    _batch_mahalanobis,
    _log_diagonal,
)
from pyad.distributions.positive import HalfNormal, Pareto
from pyad.distributions.simplex import Beta, ContinuousBernoulli, Dirichlet
from pyad.distributions.transformed import Independent, TransformedDistribution
from pyad.distributions.utils import _sum_rightmost, euler_constant
from pyad.nn.functional import softplus

__all__: list[str] = []


def _share(p: Any, q: Any, change: Any) -> Any:
    """P times the change of a logarithm: infinite where q is 0, and 0 where p is."""
    return _core.where(p == 0, 0.0, _core.where(q == 0, math.inf, p * change))


@register_kl(Bernoulli, Bernoulli)
def _bernoulli(p: Any, q: Any) -> Any:
    success = softplus(-q.logits) - softplus(-p.logits)
    failure = softplus(q.logits) - softplus(p.logits)
    return _share(p.probs, q.probs, success) + _share(1 - p.probs, 1 - q.probs, failure)


@register_kl(Beta, Beta)
def _beta(p: Any, q: Any) -> Any:
    a, b, c, d = p.concentration1, p.concentration0, q.concentration1, q.concentration0
    log_betas = c.lgamma() + d.lgamma() - (c + d).lgamma()
    log_betas = log_betas - a.lgamma() - b.lgamma() + (a + b).lgamma()
    slopes = (a - c) * a.digamma() + (b - d) * b.digamma() + (c + d - a - b) * (a + b).digamma()
    return log_betas + slopes


@register_kl(Binomial, Binomial)
def _binomial(p: Any, q: Any) -> Any:
    if (p.total_count < q.total_count).any():
        raise NotImplementedError(
            "kl_divergence of Binomials is not implemented where q has the larger total_count"
        )
    each = p.probs * (p.logits - q.logits) + (-p.probs).log1p() - (-q.probs).log1p()
    return _core.where(p.total_count > q.total_count, math.inf, p.total_count * each)


@register_kl(Categorical, Categorical)
def _categorical(p: Any, q: Any) -> Any:
    return _share(p.probs, q.probs, p.logits - q.logits).sum(-1)


@register_kl(OneHotCategorical, OneHotCategorical)
def _one_hot(p: Any, q: Any) -> Any:
    return _categorical(p._categorical, q._categorical)


@register_kl(ContinuousBernoulli, ContinuousBernoulli)
def _continuous_bernoulli(p: Any, q: Any) -> Any:
    normalizers = p._cont_bern_log_norm() + (-p.probs).log1p()
    normalizers = normalizers - q._cont_bern_log_norm() - (-q.probs).log1p()
    return p.mean * (p.logits - q.logits) + normalizers


@register_kl(Dirichlet, Dirichlet)
def _dirichlet(p: Any, q: Any) -> Any:
    a, b = p.concentration, q.concentration
    total = a.sum(-1)
    normalizers = total.lgamma() - b.sum(-1).lgamma() - (a.lgamma() - b.lgamma()).sum(-1)
    return normalizers + ((a - b) * (a.digamma() - total.digamma().unsqueeze(-1))).sum(-1)


@register_kl(Exponential, Exponential)
def _exponential(p: Any, q: Any) -> Any:
    ratio = q.rate / p.rate
    return ratio - 1 - ratio.log()


@register_kl(ExponentialFamily, ExponentialFamily)
def _exponential_family(p: Any, q: Any) -> Any:
    """Bregman's divergence of the log-normaliser: A(η_q) - A(η_p) - <η_q - η_p, ∇A(η_p)>."""
    if type(p) is not type(q):
        raise NotImplementedError(
            f"no kl_divergence is registered for {type(p).__name__} and {type(q).__name__}, which "
            "are different exponential families"
        )
    natural = [x.detach().requires_grad_() for x in p._natural_params]
    normalizer = p._log_normalizer(*natural)
    gradients = grad(normalizer.sum(), natural, create_graph=True)
    result = q._log_normalizer(*q._natural_params) - normalizer
    batch = len(broadcast_shapes(p.batch_shape, q.batch_shape))
    for x, y, slope in zip(natural, q._natural_params, gradients, strict=True):
        term = (y - x) * slope
        result = result - _sum_rightmost(term, term.dim() - batch)
    return result


@register_kl(Gamma, Gamma)
def _gamma(p: Any, q: Any) -> Any:
    a, b, c, d = p.concentration, p.rate, q.concentration, q.rate
    normalizers = c * (b / d).log() + c.lgamma() - a.lgamma()
    return normalizers + (a - c) * a.digamma() + (d - b) * (a / b)


@register_kl(Gumbel, Gumbel)
def _gumbel(p: Any, q: Any) -> Any:
    ratio, shift = p.scale / q.scale, (p.loc - q.loc) / q.scale
    tail = ((1 + ratio).lgamma() - shift).exp()
    return shift - ratio.log() + ratio * euler_constant + tail - (1 + euler_constant)


@register_kl(Geometric, Geometric)
def _geometric(p: Any, q: Any) -> Any:
    return -p.entropy() - (-q.probs).log1p() / p.probs - q.logits


@register_kl(Laplace, Laplace)
def _laplace(p: Any, q: Any) -> Any:
    ratio, distance = p.scale / q.scale, (p.loc - q.loc).abs()
    return distance / q.scale + ratio * (-distance / p.scale).exp() - ratio.log() - 1


@register_kl(Normal, Normal)
def _normal(p: Any, q: Any) -> Any:
    ratio = (p.scale / q.scale).pow(2)
    shift = ((p.loc - q.loc) / q.scale).pow(2)
    return 0.5 * (ratio + shift - 1 - ratio.log())


@register_kl(HalfNormal, HalfNormal)
def _half_normal(p: Any, q: Any) -> Any:
    return _normal(p.base_dist, q.base_dist)


@register_kl(Cauchy, Cauchy)
def _cauchy(p: Any, q: Any) -> Any:
    """Chyzak, Nielsen, "A closed-form formula for the KL divergence between Cauchy laws", 2019."""
    apart = (p.scale + q.scale).pow(2) + (p.loc - q.loc).pow(2)
    return apart.log() - (4 * p.scale * q.scale).log()


@register_kl(Pareto, Pareto)
def _pareto(p: Any, q: Any) -> Any:
    ratio = q.alpha / p.alpha
    inside = q.alpha * (p.scale / q.scale).log() - ratio.log() + ratio - 1
    return _core.where(p.scale < q.scale, math.inf, inside)


@register_kl(Poisson, Poisson)
def _poisson(p: Any, q: Any) -> Any:
    return p.rate * (p.rate.log() - q.rate.log()) - (p.rate - q.rate)


@register_kl(Uniform, Uniform)
def _uniform(p: Any, q: Any) -> Any:
    inside = ((q.high - q.low) / (p.high - p.low)).log()
    return _core.where((q.low > p.low) | (q.high < p.high), math.inf, inside)


@register_kl(Independent, Independent)
def _independent(p: Any, q: Any) -> Tensor:
    if p.reinterpreted_batch_ndims != q.reinterpreted_batch_ndims:
        raise NotImplementedError("kl_divergence of Independents with different events")
    return _sum_rightmost(kl_divergence(p.base_dist, q.base_dist), p.reinterpreted_batch_ndims)


@register_kl(TransformedDistribution, TransformedDistribution)
def _transformed(p: Any, q: Any) -> Tensor:
    """One map of both: the divergence of the bases."""
    if p.transforms != q.transforms or p.event_shape != q.event_shape:
        raise NotImplementedError("kl_divergence of TransformedDistributions with different maps")
    return kl_divergence(p.base_dist, q.base_dist)


def _check_events(p: Any, q: Any) -> None:
    if p.event_shape != q.event_shape:
        raise ValueError(
            f"kl_divergence: the vectors have different sizes, {tuple(p.event_shape)} and "
            f"{tuple(q.event_shape)}"
        )


def _squares(matrix: Any) -> Any:
    """tr(X Xᵀ)."""
    return matrix.pow(2).sum((-2, -1))


def _solved(factor: Any, matrix: Any) -> Tensor:
    """L⁻¹ X, broadcast over batches."""
    batch = tuple(broadcast_shapes(factor.shape[:-2], matrix.shape[:-2]))
    factor = factor.expand((*batch, -1, -1))
    return linalg.solve_triangular(factor, matrix.expand((*batch, -1, -1)), upper=False)


@register_kl(MultivariateNormal, MultivariateNormal)
def _multivariate(p: Any, q: Any) -> Any:
    _check_events(p, q)
    factor_p, factor_q = p._unbroadcasted_scale_tril, q._unbroadcasted_scale_tril
    log_dets = _log_diagonal(factor_q) - _log_diagonal(factor_p)
    trace = _squares(_solved(factor_q, factor_p))
    shift = _batch_mahalanobis(factor_q, q.loc - p.loc)
    return log_dets + 0.5 * (trace + shift - p.event_shape[0])


def _in_low_rank(q: Any, *factors: Any) -> Any:
    """tr(Σ_q⁻¹ F Fᵀ), summed over factors F, by Woodbury's identity."""
    W, D, capacitance = q._low_rank()
    projection = linalg.solve_triangular(capacitance, W.mT / D.unsqueeze(-2), upper=False)
    root = D.rsqrt().unsqueeze(-1)
    return sum(_squares(F * root) - _squares(projection @ F) for F in factors)


@register_kl(LowRankMultivariateNormal, LowRankMultivariateNormal)
def _low_rank(p: Any, q: Any) -> Any:
    _check_events(p, q)
    W, D, _ = p._low_rank()
    log_dets = _batch_lowrank_logdet(*q._low_rank()) - _batch_lowrank_logdet(*p._low_rank())
    return _low_rank_sum(q, p, log_dets, _in_low_rank(q, W, D.sqrt().diag_embed()))


def _low_rank_sum(q: Any, p: Any, log_dets: Any, trace: Any) -> Any:
    W, D, capacitance = q._low_rank()
    shift = _batch_lowrank_mahalanobis(W, D, q.loc - p.loc, capacitance)
    return 0.5 * (log_dets + trace + shift - p.event_shape[0])


@register_kl(MultivariateNormal, LowRankMultivariateNormal)
def _full_low_rank(p: Any, q: Any) -> Any:
    _check_events(p, q)
    factor = p._unbroadcasted_scale_tril
    log_dets = _batch_lowrank_logdet(*q._low_rank()) - 2 * _log_diagonal(factor)
    return _low_rank_sum(q, p, log_dets, _in_low_rank(q, factor))


@register_kl(LowRankMultivariateNormal, MultivariateNormal)
def _low_rank_full(p: Any, q: Any) -> Any:
    _check_events(p, q)
    factor = q._unbroadcasted_scale_tril
    W, D, _ = p._low_rank()
    log_dets = 2 * _log_diagonal(factor) - _batch_lowrank_logdet(*p._low_rank())
    trace = _squares(_solved(factor, W)) + _squares(_solved(factor, D.sqrt().diag_embed()))
    shift = _batch_mahalanobis(factor, q.loc - p.loc)
    return 0.5 * (log_dets + trace + shift - p.event_shape[0])
