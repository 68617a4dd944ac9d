"""Probability distributions, as torch.distributions has them.

A distribution knows its parameters as tensors; draws follow PyTorch's streams, and `rsample`,
`log_prob`, `entropy` and `kl_divergence` have derivatives of both modes. docs/distributions.md
tells what differs.

Example:
    >>> from pyad.distributions import Normal, kl_divergence
    >>> loc = pyad.tensor(1.0, requires_grad=True)
    >>> kl_divergence(Normal(loc, 1.0), Normal(0.0, 1.0)).backward()
    >>> loc.grad
    tensor(1.)
"""

from __future__ import annotations

import sys

from pyad.distributions import (
    binary,
    categories,
    constraints,
    gamma,
    location_scale,
    matrices,
    multivariate_normal,
    positive,
    relaxed,
    simplex,
    transformed,
    transforms,
    utils,
)
from pyad.distributions.binary import Bernoulli, Binomial, Geometric, NegativeBinomial
from pyad.distributions.categories import (
    Categorical,
    Multinomial,
    OneHotCategorical,
    OneHotCategoricalStraightThrough,
)
from pyad.distributions.constraint_registry import biject_to, transform_to
from pyad.distributions.distribution import Distribution
from pyad.distributions.exp_family import ExponentialFamily
from pyad.distributions.gamma import (
    Chi2,
    Exponential,
    FisherSnedecor,
    Gamma,
    InverseGamma,
    Poisson,
)
from pyad.distributions.kl import kl_divergence, register_kl
from pyad.distributions.location_scale import Cauchy, Gumbel, Laplace, Normal, StudentT, Uniform
from pyad.distributions.matrices import LKJCholesky, Wishart
from pyad.distributions.mixture_same_family import MixtureSameFamily
from pyad.distributions.multivariate_normal import LowRankMultivariateNormal, MultivariateNormal
from pyad.distributions.positive import (
    GeneralizedPareto,
    HalfCauchy,
    HalfNormal,
    LogNormal,
    Pareto,
    Weibull,
)
from pyad.distributions.relaxed import RelaxedBernoulli, RelaxedOneHotCategorical
from pyad.distributions.simplex import (
    Beta,
    ContinuousBernoulli,
    Dirichlet,
    Kumaraswamy,
    LogisticNormal,
)
from pyad.distributions.transformed import Independent, TransformedDistribution
from pyad.distributions.transforms import (
    AbsTransform,
    AffineTransform,
    CatTransform,
    ComposeTransform,
    CorrCholeskyTransform,
    CumulativeDistributionTransform,
    ExpTransform,
    IndependentTransform,
    LowerCholeskyTransform,
    PositiveDefiniteTransform,
    PowerTransform,
    ReshapeTransform,
    SigmoidTransform,
    SoftmaxTransform,
    SoftplusTransform,
    StackTransform,
    StickBreakingTransform,
    TanhTransform,
    Transform,
    identity_transform,
)
from pyad.distributions.von_mises import VonMises

__all__ = [
    "AbsTransform",
    "AffineTransform",
    "Bernoulli",
    "Beta",
    "Binomial",
    "CatTransform",
    "Categorical",
    "Cauchy",
    "Chi2",
    "ComposeTransform",
    "ContinuousBernoulli",
    "CorrCholeskyTransform",
    "CumulativeDistributionTransform",
    "Dirichlet",
    "Distribution",
    "ExpTransform",
    "Exponential",
    "ExponentialFamily",
    "FisherSnedecor",
    "Gamma",
    "GeneralizedPareto",
    "Geometric",
    "Gumbel",
    "HalfCauchy",
    "HalfNormal",
    "Independent",
    "IndependentTransform",
    "InverseGamma",
    "Kumaraswamy",
    "LKJCholesky",
    "Laplace",
    "LogNormal",
    "LogisticNormal",
    "LowRankMultivariateNormal",
    "LowerCholeskyTransform",
    "MixtureSameFamily",
    "Multinomial",
    "MultivariateNormal",
    "NegativeBinomial",
    "Normal",
    "OneHotCategorical",
    "OneHotCategoricalStraightThrough",
    "Pareto",
    "Poisson",
    "PositiveDefiniteTransform",
    "PowerTransform",
    "RelaxedBernoulli",
    "RelaxedOneHotCategorical",
    "ReshapeTransform",
    "SigmoidTransform",
    "SoftmaxTransform",
    "SoftplusTransform",
    "StackTransform",
    "StickBreakingTransform",
    "StudentT",
    "TanhTransform",
    "Transform",
    "TransformedDistribution",
    "Uniform",
    "VonMises",
    "Weibull",
    "Wishart",
    "biject_to",
    "constraints",
    "identity_transform",
    "kl_divergence",
    "register_kl",
    "transform_to",
    "transforms",
    "utils",
]

# PyTorch has a module for each family. Files here hold groups of them, which answer to those names
# too, so that `from torch.distributions.normal import Normal` has its counterpart.
_MODULES = {
    binary: "bernoulli binomial geometric negative_binomial",
    categories: "categorical multinomial one_hot_categorical",
    gamma: "chi2 exponential fishersnedecor inverse_gamma poisson",
    location_scale: "cauchy gumbel laplace normal studentT uniform",
    matrices: "lkj_cholesky wishart",
    multivariate_normal: "lowrank_multivariate_normal",
    positive: "generalized_pareto half_cauchy half_normal log_normal pareto weibull",
    relaxed: "relaxed_bernoulli relaxed_categorical",
    simplex: "beta continuous_bernoulli dirichlet kumaraswamy logistic_normal",
    transformed: "independent transformed_distribution",
}
for _module, _names in _MODULES.items():
    for _name in _names.split():
        globals()[_name] = sys.modules[f"{__name__}.{_name}"] = _module
