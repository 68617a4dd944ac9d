"""kl_divergence: every pair of PyTorch's table, registration, and what has no entry."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
import torch.distributions as theirs
from compare import assert_same, both
from families import FAMILIES

import pyad
import pyad.distributions as ours
from pyad.distributions import kl_divergence, register_kl

# Two distributions of each family of the table, of shapes that fit those of the others.
PAIRS = {
    "Bernoulli": lambda d, t: d.Bernoulli(t([0.0, 0.3, 1.0])),
    "Bernoulli2": lambda d, t: d.Bernoulli(t([0.2, 0.6, 1.0])),
    "Beta": lambda d, t: d.Beta(t([0.5, 2.0, 3.0]), t([1.5, 0.7, 4.0])),
    "Beta2": lambda d, t: d.Beta(t([1.0, 2.5, 30.0]), t([2.0, 1.7, 0.4])),
    "Binomial": lambda d, t: d.Binomial(t([5.0, 5.0, 7.0]), t([0.1, 0.5, 0.9])),
    "Binomial2": lambda d, t: d.Binomial(t([5.0, 4.0, 7.0]), t([0.3, 0.2, 0.6])),
    "Categorical": lambda d, t: d.Categorical(
        t([[0.0, 0.4, 0.6], [0.1, 0.1, 0.8], [1.0, 1.0, 1.0]])
    ),
    "Categorical2": lambda d, t: d.Categorical(logits=t([0.3, -1.0, 0.2])),
    "Categorical3": lambda d, t: d.Categorical(t([0.5, 0.0, 0.5])),
    "Cauchy": lambda d, t: d.Cauchy(t([0.0, 1.0, 2.0]), t([1.0, 0.5, 3.0])),
    "Cauchy2": lambda d, t: d.Cauchy(t([0.3, 1.0, -2.0]), t([2.0, 0.5, 1.0])),
    "Chi2": lambda d, t: d.Chi2(t([1.0, 4.0, 9.0])),
    "ContinuousBernoulli": lambda d, t: d.ContinuousBernoulli(t([0.2, 0.5, 0.9])),
    "ContinuousBernoulli2": lambda d, t: d.ContinuousBernoulli(t([0.4, 0.7, 0.5])),
    "Dirichlet": lambda d, t: d.Dirichlet(t([[0.5, 2.0], [1.0, 3.0], [4.0, 0.3]])),
    "Dirichlet2": lambda d, t: d.Dirichlet(t([1.5, 0.6])),
    "Exponential": lambda d, t: d.Exponential(t([0.5, 1.0, 4.0])),
    "Exponential2": lambda d, t: d.Exponential(t([2.0, 0.3, 1.0])),
    "Gamma": lambda d, t: d.Gamma(t([0.5, 2.0, 7.0]), t([1.0, 0.4, 3.0])),
    "Gamma2": lambda d, t: d.Gamma(t([1.5, 1.0, 3.0]), t([2.0, 0.9, 1.0])),
    "Geometric": lambda d, t: d.Geometric(t([0.2, 0.5, 0.9])),
    "Geometric2": lambda d, t: d.Geometric(t([0.6, 0.3, 0.8])),
    "Gumbel": lambda d, t: d.Gumbel(t([0.0, 1.0, -1.0]), t([1.0, 0.6, 2.0])),
    "Gumbel2": lambda d, t: d.Gumbel(t([0.5, 1.5, -2.0]), t([1.4, 0.8, 1.0])),
    "HalfNormal": lambda d, t: d.HalfNormal(t([1.0, 0.5, 2.0])),
    "HalfNormal2": lambda d, t: d.HalfNormal(t([2.0, 0.3, 2.0])),
    "Laplace": lambda d, t: d.Laplace(t([0.0, 1.0, -1.0]), t([1.0, 0.6, 2.0])),
    "Laplace2": lambda d, t: d.Laplace(t([0.3, -1.0, 0.0]), t([0.7, 1.6, 1.0])),
    "Normal": lambda d, t: d.Normal(t([0.0, 1.0, -1.0]), t([1.0, 0.6, 2.0])),
    "Normal2": lambda d, t: d.Normal(t([0.3, -1.0, 0.0]), t([0.7, 1.6, 1.0])),
    "Pareto": lambda d, t: d.Pareto(t([1.0, 0.5, 2.0]), t([0.8, 1.5, 3.0])),
    "Pareto2": lambda d, t: d.Pareto(t([0.6, 0.7, 1.0]), t([2.8, 1.1, 2.0])),
    "Poisson": lambda d, t: d.Poisson(t([0.4, 3.0, 20.0])),
    "Poisson2": lambda d, t: d.Poisson(t([1.0, 2.0, 25.0])),
    "Uniform": lambda d, t: d.Uniform(t([0.1, 0.6, 0.3]), t([0.4, 0.9, 0.8])),
    "Uniform2": lambda d, t: d.Uniform(t([0.0, -1.0, 0.2]), t([1.0, 3.0, 0.9])),
    "OneHotCategorical": lambda d, t: d.OneHotCategorical(t([[0.2, 0.8], [0.5, 0.5], [0.1, 0.9]])),
    "OneHotCategorical2": lambda d, t: d.OneHotCategorical(t([0.3, 0.7])),
    "LogNormal": lambda d, t: d.LogNormal(t([0.0, 1.0, -1.0]), t([1.0, 0.6, 2.0])),
    "LogNormal2": lambda d, t: d.LogNormal(t([0.3, -1.0, 0.0]), t([0.7, 1.6, 1.0])),
    "Independent": lambda d, t: d.Independent(d.Normal(t([[0.0, 1.0]]), t([2.0, 0.5])), 1),
    "Independent2": lambda d, t: d.Independent(d.Normal(t([[1.0, 1.0]]), t([1.0, 0.7])), 1),
    "MVN": FAMILIES["MultivariateNormal"][0],
    "MVN2": FAMILIES["MultivariateNormal"][1],
    "MVN3": FAMILIES["MultivariateNormal"][3],
    "LowRank": FAMILIES["LowRankMultivariateNormal"][0],
    "LowRank2": lambda d, t: d.LowRankMultivariateNormal(
        t([[1.0, 0.0, 2.0]] * 2), t([[[1.0], [0.3], [0.0]]] * 2), t([1.5, 1.0, 0.3])
    ),
    "Wishart": FAMILIES["Wishart"][0],
    "Wishart3": FAMILIES["Wishart"][2],
}


def test_the_table_is_pytorchs():
    def names(table):  # of the package's own classes: examples may have registered others
        own = (ours.__name__, theirs.__name__)
        return {
            (p.__name__, q.__name__)
            for p, q in table
            if p.__module__.startswith(own) and q.__module__.startswith(own)
        }

    assert names(ours.kl._KL_REGISTRY) == names(theirs.kl._KL_REGISTRY)


def test_every_pair_of_the_table_is_compared():
    kinds = [type(both(build)[1]) for build in PAIRS.values()]
    for p, q in theirs.kl._KL_REGISTRY:
        if theirs.ExponentialFamily in (p, q) or theirs.TransformedDistribution in (p, q):
            continue
        assert p in kinds, p
        assert q in kinds, q


@pytest.mark.parametrize("p", PAIRS)
def test_pairs(p):
    mine_p, their_p = both(PAIRS[p])
    for build in PAIRS.values():
        mine_q, their_q = both(build)
        expected = None
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                want = theirs.kl_divergence(their_p, their_q)
        except (NotImplementedError, ValueError, RuntimeError) as error:
            expected = type(error)
        if expected:
            with pytest.raises(expected):
                kl_divergence(mine_p, mine_q)
            continue
        got = kl_divergence(mine_p, mine_q)
        assert_same(got.detach().numpy(), want.detach().numpy(), rtol=1e-10, atol=1e-11)


def test_gradients_of_a_divergence():
    grads = []
    for d, package in ((ours, pyad), (theirs, __import__("torch"))):
        a = package.tensor([0.5, 2.0], dtype=package.float64, requires_grad=True)
        b = package.tensor([1.5, 0.7], dtype=package.float64, requires_grad=True)
        d.kl_divergence(d.Gamma(a, b), d.Normal(b, a)).sum().backward()
        grads.append((a.grad.numpy(), b.grad.numpy()))
    np.testing.assert_allclose(grads[0], grads[1], rtol=1e-8)  # PyTorch's trigamma: 9 digits


def test_wisharts_in_batches_are_those_one_by_one():
    """PyTorch sums the term of df over the batch."""
    both_at_once = ours.Wishart(pyad.tensor([4.0, 7.0]), pyad.eye(3))
    other = ours.Wishart(pyad.tensor(5.0), 2 * pyad.eye(3))
    each = [kl_divergence(ours.Wishart(pyad.tensor(x), pyad.eye(3)), other) for x in (4.0, 7.0)]
    got = kl_divergence(both_at_once, other)
    assert (got > 0).all()
    np.testing.assert_allclose(got.detach().numpy(), [float(e) for e in each], rtol=1e-5)


def test_unfitting_transforms_and_events():
    normal = ours.Normal(0.0, 1.0)
    exp = ours.TransformedDistribution(normal, ours.ExpTransform())
    affine = ours.TransformedDistribution(normal, ours.AffineTransform(0.0, 2.0))
    with pytest.raises(NotImplementedError):
        kl_divergence(exp, affine)
    with pytest.raises(NotImplementedError, match="no kl_divergence is registered for Cauchy"):
        kl_divergence(ours.Cauchy(0.0, 1.0), normal)
    with pytest.raises(ValueError, match="different sizes"):
        kl_divergence(
            ours.MultivariateNormal(pyad.zeros(2), pyad.eye(2)),
            ours.MultivariateNormal(pyad.zeros(3), pyad.eye(3)),
        )


@pytest.fixture
def _table():
    before = dict(ours.kl._KL_REGISTRY)
    yield
    ours.kl._KL_REGISTRY.clear()
    ours.kl._KL_REGISTRY.update(before)
    ours.kl._KL_MEMOIZE.clear()


@pytest.mark.usefixtures("_table")
def test_registration():
    class Narrow(ours.Normal):
        pass

    p, q = Narrow(0.0, 1.0), ours.Normal(1.0, 1.0)
    assert kl_divergence(p, q).item() == 0.5  # of its base

    @register_kl(Narrow, ours.Normal)
    def special(p, q):
        return pyad.tensor(7.0)

    assert kl_divergence(p, q).item() == 7
    assert kl_divergence(q, p).item() == 0.5
    assert special(p, q).item() == 7

    @register_kl(ours.Normal, Narrow)
    def _(p, q):
        return pyad.tensor(8.0)

    with pytest.warns(RuntimeWarning, match="ambiguous"):
        assert kl_divergence(p, p).item() == 7
    with pytest.raises(TypeError, match="must be a subclass of Distribution"):
        register_kl(float, ours.Normal)


def test_divergence_against_an_average_of_draws():
    pyad.manual_seed(0)
    for p, q in [("Gumbel", "Normal2"), ("Uniform", "Gamma2"), ("Beta", "ContinuousBernoulli2")]:
        p, q = both(PAIRS[p])[0], both(PAIRS[q])[0]
        x = p.sample((200_000,))
        mean = (p.log_prob(x) - q.log_prob(x)).mean(0)
        np.testing.assert_allclose(mean.numpy(), kl_divergence(p, q).numpy(), rtol=0.03)


def test_infinite_where_the_support_is_smaller():
    got = kl_divergence(ours.Normal(pyad.zeros(2), 1.0), ours.Gamma(1.0, 1.0))
    assert got.tolist() == [math.inf] * 2
