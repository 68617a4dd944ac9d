"""Every family that SciPy has, against SciPy: log_prob, cdf, icdf, mean, variance, entropy."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats as st

import pyad
import pyad.distributions as D


def t(x):
    return pyad.tensor(x, dtype=pyad.float64)


# Ours, SciPy's, and values.
CONTINUOUS = {
    "Beta": (lambda: D.Beta(t([0.5, 3.0]), t([2.0, 0.7])), st.beta([0.5, 3.0], [2.0, 0.7])),
    "Cauchy": (lambda: D.Cauchy(t([0.0, 1.0]), t([1.0, 2.0])), st.cauchy([0, 1], [1, 2])),
    "Chi2": (lambda: D.Chi2(t([0.7, 5.0])), st.chi2([0.7, 5.0])),
    "Exponential": (lambda: D.Exponential(t([0.5, 3.0])), st.expon(scale=[2.0, 1 / 3.0])),
    "FisherSnedecor": (
        lambda: D.FisherSnedecor(t([3.0, 9.0]), t([5.0, 12.0])),
        st.f([3, 9], [5, 12]),
    ),
    "Gamma": (
        lambda: D.Gamma(t([0.2, 1.0, 40.0, 2e3]), t([0.5, 1.0, 3.0, 9.0])),
        st.gamma([0.2, 1.0, 40.0, 2e3], scale=[2.0, 1.0, 1 / 3.0, 1 / 9.0]),
    ),
    "GeneralizedPareto": (
        lambda: D.GeneralizedPareto(t([0.0, 1.0, 2.0]), t([1.0, 2.0, 0.5]), t([0.3, -0.2, 0.0])),
        st.genpareto([0.3, -0.2, 0.0], [0.0, 1.0, 2.0], [1.0, 2.0, 0.5]),
    ),
    "Gumbel": (lambda: D.Gumbel(t([0.0, 1.0]), t([1.0, 2.0])), st.gumbel_r([0, 1], [1, 2])),
    "HalfCauchy": (lambda: D.HalfCauchy(t([1.0, 2.0])), st.halfcauchy(scale=[1, 2])),
    "HalfNormal": (lambda: D.HalfNormal(t([1.0, 2.0])), st.halfnorm(scale=[1, 2])),
    "InverseGamma": (
        lambda: D.InverseGamma(t([3.0, 5.0]), t([1.0, 2.0])),
        st.invgamma([3.0, 5.0], scale=[1.0, 2.0]),
    ),
    "Laplace": (lambda: D.Laplace(t([0.0, 1.0]), t([1.0, 2.0])), st.laplace([0, 1], [1, 2])),
    "LogNormal": (
        lambda: D.LogNormal(t([0.0, 1.0]), t([0.5, 1.2])),
        st.lognorm([0.5, 1.2], scale=np.exp([0.0, 1.0])),
    ),
    "Normal": (lambda: D.Normal(t([0.0, 1.0]), t([1.0, 2.0])), st.norm([0, 1], [1, 2])),
    "Pareto": (lambda: D.Pareto(t([1.0, 2.0]), t([3.0, 5.0])), st.pareto([3.0, 5.0], scale=[1, 2])),
    "StudentT": (
        lambda: D.StudentT(t([3.0, 9.0]), t([0.0, 1.0]), t([1.0, 2.0])),
        st.t([3.0, 9.0], [0.0, 1.0], [1.0, 2.0]),
    ),
    "Uniform": (lambda: D.Uniform(t([0.0, -1.0]), t([1.0, 3.0])), st.uniform([0, -1], [1, 4])),
    "VonMises": (
        lambda: D.VonMises(t([0.0, 1.0, -2.0]), t([0.3, 9.0, 700.0])),
        st.vonmises([0.3, 9.0, 700.0], [0.0, 1.0, -2.0]),
    ),
    "Weibull": (
        lambda: D.Weibull(t([1.0, 2.0]), t([0.8, 3.0])),
        st.weibull_min([0.8, 3.0], scale=[1, 2]),
    ),
}
DISCRETE = {
    "Bernoulli": (lambda: D.Bernoulli(t([0.2, 0.7])), st.bernoulli([0.2, 0.7]), [0, 1]),
    "Binomial": (lambda: D.Binomial(9, t([0.2, 0.7])), st.binom(9, [0.2, 0.7]), [0, 3, 9]),
    "Geometric": (lambda: D.Geometric(t([0.2, 0.7])), st.geom([0.2, 0.7], loc=-1), [0, 1, 6]),
    "NegativeBinomial": (
        lambda: D.NegativeBinomial(t([2.0, 3.5]), t([0.2, 0.7])),
        st.nbinom([2.0, 3.5], [0.8, 0.3]),
        [0, 1, 12],
    ),
    "Poisson": (lambda: D.Poisson(t([0.3, 30.0])), st.poisson([0.3, 30.0]), [0, 2, 35]),
}


def implemented(call):
    try:
        return call()
    except NotImplementedError:
        return None


@pytest.mark.parametrize("name", CONTINUOUS)
def test_continuous(name):
    build, reference = CONTINUOUS[name]
    law = build()
    q = np.array([0.001, 0.1, 0.5, 0.8, 0.9999])[:, None]
    x = reference.ppf(q)
    rtol = 1e-9 if name == "VonMises" else 1e-11
    np.testing.assert_allclose(
        law.log_prob(t(x)).numpy(), reference.logpdf(x), rtol=rtol, atol=1e-11
    )
    for method, want, argument in (("cdf", reference.cdf, x), ("icdf", reference.ppf, q)):
        got = implemented(lambda m=method, a=argument: getattr(law, m)(t(a * np.ones(x.shape))))
        if got is not None:
            np.testing.assert_allclose(got.numpy(), want(argument), rtol=1e-10, atol=1e-14)
    if name not in ("Cauchy", "HalfCauchy", "VonMises"):
        np.testing.assert_allclose(law.mean.numpy(), reference.mean(), rtol=1e-11)
        np.testing.assert_allclose(law.variance.numpy(), reference.var(), rtol=1e-11)
    entropy = implemented(law.entropy)
    if entropy is not None:
        np.testing.assert_allclose(entropy.numpy(), reference.entropy(), rtol=1e-8)


@pytest.mark.parametrize("name", DISCRETE)
def test_discrete(name):
    build, reference, values = DISCRETE[name]
    law, k = build(), np.array(values)[:, None]
    np.testing.assert_allclose(
        law.log_prob(t(k * np.ones((1, 2)))).numpy(), reference.logpmf(k), rtol=1e-10
    )
    np.testing.assert_allclose(law.mean.numpy(), reference.mean(), rtol=1e-12)
    np.testing.assert_allclose(law.variance.numpy(), reference.var(), rtol=1e-12)
    entropy = implemented(law.entropy)
    if entropy is not None:
        np.testing.assert_allclose(entropy.numpy(), reference.entropy(), rtol=1e-8)


def test_vectors_and_matrices():
    a = np.array([0.5, 2.0, 4.0])
    x = np.array([0.2, 0.5, 0.3])
    law = D.Dirichlet(t(a))
    assert law.log_prob(t(x)).item() == pytest.approx(st.dirichlet(a).logpdf(x), rel=1e-12)
    assert law.entropy().item() == pytest.approx(st.dirichlet(a).entropy(), rel=1e-12)
    p, n = [0.2, 0.3, 0.5], [1, 2, 4]
    many = D.Multinomial(7, t(p))
    assert many.log_prob(t(n)).item() == pytest.approx(st.multinomial(7, p).logpmf(n), rel=1e-12)
    assert many.entropy().item() == pytest.approx(st.multinomial(7, p).entropy(), rel=1e-12)
    cov = np.array([[2.0, 0.5, 0.1], [0.5, 1.5, -0.3], [0.1, -0.3, 1.0]])
    mvn, want = D.MultivariateNormal(t(a), t(cov)), st.multivariate_normal(a, cov)
    assert mvn.log_prob(t(x)).item() == pytest.approx(want.logpdf(x), rel=1e-12)
    assert mvn.entropy().item() == pytest.approx(want.entropy(), rel=1e-12)
    wishart, want = D.Wishart(t(5.5), t(cov)), st.wishart(5.5, cov)
    X = np.eye(3) + 0.1
    assert wishart.log_prob(t(X)).item() == pytest.approx(want.logpdf(X), rel=1e-12)
    assert wishart.entropy().item() == pytest.approx(want.entropy(), rel=1e-12)
    np.testing.assert_allclose(wishart.variance.numpy(), want.var(), rtol=1e-12)
