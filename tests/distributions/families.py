"""Every family with parameters, as functions that build it in pyad or in PyTorch.

`FAMILIES[name]` lists functions of the package `p` and of `t`, which makes a tensor of the dtype
under test. Values at which densities are taken are draws of PyTorch; what has no `cdf` there is not
asked for one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Build = Callable[[Any, Any], Any]

_SPD = [[2.0, 0.5, 0.1], [0.5, 1.5, -0.3], [0.1, -0.3, 1.0]]
_LOW = [[1.2, 0.0, 0.0], [0.4, 0.9, 0.0], [-0.3, 0.2, 1.1]]


def _spd_batch(t):
    return t([_SPD, [[1.0, 0.2, 0.0], [0.2, 2.0, 0.3], [0.0, 0.3, 3.0]]])


FAMILIES: dict[str, list[Build]] = {
    "Bernoulli": [
        lambda d, t: d.Bernoulli(t([0.1, 0.5, 0.93])),
        lambda d, t: d.Bernoulli(logits=t([[-2.0], [0.3]])),
        lambda d, t: d.Bernoulli(0.3),
    ],
    "Beta": [
        lambda d, t: d.Beta(t([0.5, 1.0, 3.0]), t([0.7, 2.5, 40.0])),
        lambda d, t: d.Beta(2.0, t([3.0])),
    ],
    "Binomial": [
        lambda d, t: d.Binomial(8, t([0.1, 0.5, 0.97])),
        lambda d, t: d.Binomial(t([5.0, 70.0, 300.0]), logits=t([-1.0, 0.4, 0.1])),
    ],
    "Categorical": [
        lambda d, t: d.Categorical(t([0.1, 0.6, 0.3])),
        lambda d, t: d.Categorical(logits=t([[0.2, -1.0, 2.0, 0.1], [0.0, 0.0, 1.0, -3.0]])),
    ],
    "Cauchy": [lambda d, t: d.Cauchy(t([0.0, -2.0]), t([[1.0], [0.3]]))],
    "Chi2": [lambda d, t: d.Chi2(t([0.5, 3.0, 11.0]))],
    "ContinuousBernoulli": [
        lambda d, t: d.ContinuousBernoulli(t([0.1, 0.4999, 0.5, 0.8])),
        lambda d, t: d.ContinuousBernoulli(logits=t([-3.0, 0.001, 1.5])),
    ],
    "Dirichlet": [
        lambda d, t: d.Dirichlet(t([0.3, 1.0, 4.0])),
        lambda d, t: d.Dirichlet(t([[2.0, 3.0, 1.5, 20.0], [0.5, 0.6, 0.7, 0.2]])),
    ],
    "Exponential": [lambda d, t: d.Exponential(t([0.2, 1.0, 7.0]))],
    "FisherSnedecor": [lambda d, t: d.FisherSnedecor(t([1.0, 3.0, 8.0]), t([2.0, 5.0, 12.0]))],
    "Gamma": [
        lambda d, t: d.Gamma(t([0.2, 1.0, 3.5, 60.0]), t([0.5, 1.0, 2.0, 9.0])),
        lambda d, t: d.Gamma(2.0, t([[1.0], [3.0]])),
    ],
    "GeneralizedPareto": [
        lambda d, t: d.GeneralizedPareto(
            t([0.0, 1.0, -1.0]), t([1.0, 2.0, 0.5]), t([0.0, 0.3, -0.4])
        )
    ],
    "Geometric": [
        lambda d, t: d.Geometric(t([0.1, 0.5, 1.0])),
        lambda d, t: d.Geometric(logits=t([-1.0, 2.0])),
    ],
    "Gumbel": [lambda d, t: d.Gumbel(t([0.0, 2.0]), t([1.0, 0.4]))],
    "HalfCauchy": [lambda d, t: d.HalfCauchy(t([1.0, 0.3]))],
    "HalfNormal": [lambda d, t: d.HalfNormal(t([1.0, 0.3]))],
    "Independent": [
        lambda d, t: d.Independent(d.Normal(t([[0.0, 1.0], [2.0, 3.0]]), t([1.0, 0.5])), 1)
    ],
    "InverseGamma": [lambda d, t: d.InverseGamma(t([0.5, 1.5, 4.0]), t([1.0, 2.0, 3.0]))],
    "Kumaraswamy": [lambda d, t: d.Kumaraswamy(t([0.7, 1.0, 3.0]), t([2.0, 0.6, 4.0]))],
    "LKJCholesky": [
        lambda d, t: d.LKJCholesky(3, t([0.5, 1.0, 3.0])),
        lambda d, t: d.LKJCholesky(2, t(1.5)),
    ],
    "Laplace": [lambda d, t: d.Laplace(t([0.0, -1.0]), t([1.0, 2.5]))],
    "LogNormal": [lambda d, t: d.LogNormal(t([0.0, 1.0]), t([0.5, 1.2]))],
    "LogisticNormal": [lambda d, t: d.LogisticNormal(t([[0.0, 1.0], [0.3, -0.4]]), t([0.5, 1.2]))],
    "LowRankMultivariateNormal": [
        lambda d, t: d.LowRankMultivariateNormal(
            t([0.0, 1.0, 2.0]), t([[1.0, 0.2], [0.3, -0.5], [0.0, 0.7]]), t([0.5, 1.0, 2.0])
        ),
        lambda d, t: d.LowRankMultivariateNormal(
            t([[0.0, 1.0], [1.0, 3.0]]), t([[[1.0], [0.5]]]), t([0.5, 1.0])
        ),
    ],
    "MixtureSameFamily": [
        lambda d, t: d.MixtureSameFamily(
            d.Categorical(t([0.2, 0.5, 0.3])), d.Normal(t([-1.0, 0.0, 2.0]), t([0.5, 1.0, 0.1]))
        ),
        lambda d, t: d.MixtureSameFamily(
            d.Categorical(t([[0.2, 0.8], [0.6, 0.4]])),
            d.Independent(
                d.Laplace(t([[[0.0, 1.0], [2.0, 3.0]], [[1.0, 1.0], [0.0, 5.0]]]), t([1.0, 0.5])), 1
            ),
        ),
    ],
    "Multinomial": [
        lambda d, t: d.Multinomial(7, t([0.2, 0.3, 0.5])),
        lambda d, t: d.Multinomial(3, logits=t([[0.1, 0.0, 1.0], [2.0, 0.0, -1.0]])),
    ],
    "MultivariateNormal": [
        lambda d, t: d.MultivariateNormal(t([0.0, 1.0, 2.0]), t(_SPD)),
        lambda d, t: d.MultivariateNormal(t([0.0, 1.0, 2.0]), precision_matrix=t(_SPD)),
        lambda d, t: d.MultivariateNormal(t([[0.0, 1.0, 2.0]] * 4), scale_tril=t(_LOW)),
        lambda d, t: d.MultivariateNormal(t([0.0, 1.0, 2.0]), _spd_batch(t)),
    ],
    "NegativeBinomial": [
        lambda d, t: d.NegativeBinomial(t([1.0, 4.0, 0.5]), t([0.2, 0.5, 0.9])),
        lambda d, t: d.NegativeBinomial(5, logits=t([-1.0, 0.5])),
    ],
    "Normal": [
        lambda d, t: d.Normal(t([0.0, -3.0]), t([[1.0], [0.2]])),
        lambda d, t: d.Normal(0.5, t([2.0, 3.0])),
        lambda d, t: d.Normal(t([0.0] * 20), t(1.0)),
    ],
    "OneHotCategorical": [lambda d, t: d.OneHotCategorical(t([[0.1, 0.6, 0.3], [0.2, 0.2, 0.6]]))],
    "OneHotCategoricalStraightThrough": [
        lambda d, t: d.OneHotCategoricalStraightThrough(logits=t([0.1, 0.6, -0.3]))
    ],
    "Pareto": [lambda d, t: d.Pareto(t([1.0, 0.5, 2.0]), t([0.8, 1.5, 3.0]))],
    "Poisson": [lambda d, t: d.Poisson(t([0.3, 4.0, 25.0]))],
    "RelaxedBernoulli": [
        lambda d, t: d.RelaxedBernoulli(t([0.7]), t([0.2, 0.6])),
        lambda d, t: d.RelaxedBernoulli(t(2.0), logits=t([0.2, -0.6])),
    ],
    "RelaxedOneHotCategorical": [
        lambda d, t: d.RelaxedOneHotCategorical(t(0.8), t([[0.2, 0.3, 0.5], [0.1, 0.1, 0.8]]))
    ],
    "StudentT": [
        lambda d, t: d.StudentT(t([0.5, 1.5, 4.0]), t([0.0, 1.0, 2.0]), t([1.0, 2.0, 0.5])),
        lambda d, t: d.StudentT(t([5.0])),
    ],
    "TransformedDistribution": [
        lambda d, t: d.TransformedDistribution(
            d.Normal(t([0.0, 1.0]), t([1.0, 0.5])),
            [d.AffineTransform(t(0.5), t([-2.0, 3.0])), d.SigmoidTransform()],
        ),
        lambda d, t: d.TransformedDistribution(d.Uniform(t(0.0), t(1.0)), d.SigmoidTransform().inv),
        lambda d, t: d.TransformedDistribution(
            d.Normal(t([0.0, 1.0, 2.0]), t(1.0)), [d.StickBreakingTransform()]
        ),
    ],
    "Uniform": [lambda d, t: d.Uniform(t([0.0, -2.0]), t([1.0, 5.0]))],
    "VonMises": [lambda d, t: d.VonMises(t([0.0, 1.0, -3.0]), t([0.4, 3.0, 50.0]))],
    "Weibull": [lambda d, t: d.Weibull(t([1.0, 2.0, 0.5]), t([0.7, 1.0, 3.0]))],
    "Wishart": [
        lambda d, t: d.Wishart(t(4.5), t(_SPD)),
        lambda d, t: d.Wishart(t([4.0, 7.0]), scale_tril=t(_LOW)),
        lambda d, t: d.Wishart(t(5.0), precision_matrix=t(_SPD)),
    ],
}
CASES = [
    (f"{name}-{i}", build) for name, builds in FAMILIES.items() for i, build in enumerate(builds)
]
