"""Densities, moments and the like of every family against PyTorch, in float64."""

from __future__ import annotations

import warnings

import compare
import numpy as np
import pytest
import torch
import torch.distributions as theirs
from compare import assert_same, both, outcome, plain_text, to_pyad
from families import CASES, FAMILIES

import pyad
import pyad.distributions as ours

# PyTorch: I0 and I1 have seven digits, log n! is float32, isclose wants one dtype.
ROUGH = {"VonMises": (1e-4, 1e-6), "Multinomial": (1e-6, 1e-6)}


def name_of(case):
    return case.partition("-")[0]


@pytest.fixture(autouse=True)
def _quiet():
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Singular sample detected")
        warnings.filterwarnings("ignore", "Low df values")
        yield


every_case = pytest.mark.parametrize("case", CASES, ids=[name for name, _ in CASES])


def made(case):
    """Its family, the law in pyad and in PyTorch, and draws for both."""
    name, build = case
    mine, other = both(build)
    torch.manual_seed(5)
    x = other.sample((6,))
    return name_of(name), mine, other, to_pyad(x), x


def tolerance(name):
    rtol, atol = ROUGH.get(name, (1e-12, 1e-13))
    return {"rtol": rtol, "atol": atol}


def test_every_family_has_cases():
    families = {
        n
        for n in theirs.__all__
        if isinstance(getattr(theirs, n), type)
        and issubclass(getattr(theirs, n), theirs.Distribution)
    }
    assert families - {"Distribution", "ExponentialFamily"} == set(FAMILIES)
    assert set(theirs.__all__) - {"kl_divergence"} <= set(ours.__all__)


@every_case
def test_shapes_and_text(case):
    name, build = case
    mine, other = both(build)
    assert tuple(mine.batch_shape) == tuple(other.batch_shape)
    assert tuple(mine.event_shape) == tuple(other.event_shape)
    assert mine.has_rsample == other.has_rsample
    assert mine.has_enumerate_support == other.has_enumerate_support
    if not name.startswith("Mixture"):  # PyTorch has read its logits
        assert plain_text(mine) == plain_text(other)


@every_case
def test_log_prob(case):
    name, mine, other, x, tx = made(case)
    if name == "GeneralizedPareto":  # raises there in float64
        mine, other = both(FAMILIES[name][0], "float32")
        assert_same(
            mine.log_prob(x.float()).numpy(), other.log_prob(tx.float()).numpy(), 2e-6, 1e-6
        )
        return
    assert_same(mine.log_prob(x).numpy(), other.log_prob(tx).numpy(), **tolerance(name))


@every_case
@pytest.mark.parametrize("attribute", ["mean", "variance", "stddev", "mode"])
def test_moments(case, attribute):
    name, mine, other, _, _ = made(case)
    got = outcome(lambda: getattr(mine, attribute))
    assert_same(got, outcome(lambda: getattr(other, attribute)), **tolerance(name))


@every_case
@pytest.mark.parametrize("method", ["entropy", "perplexity", "enumerate_support"])
def test_entropy_and_support(case, method):
    name, mine, other, _, _ = made(case)
    got = outcome(lambda: getattr(mine, method)())
    assert_same(got, outcome(lambda: getattr(other, method)()), **tolerance(name))
    if method == "enumerate_support":
        got = outcome(lambda: mine.enumerate_support(expand=False))
        assert_same(got, outcome(lambda: other.enumerate_support(expand=False)))


@every_case
def test_distribution_functions(case):
    name, mine, other, x, tx = made(case)
    if name == "GeneralizedPareto":
        value, p = x, mine.cdf(x)
        np.testing.assert_allclose(mine.icdf(p).numpy(), value.numpy(), rtol=1e-9)
        return
    if name in ("Gamma", "Chi2", "InverseGamma"):  # PyTorch's has ten digits at large shapes
        assert_same(outcome(lambda: mine.cdf(x)), outcome(lambda: other.cdf(tx)), 2e-9, 1e-12)
        return
    assert_same(outcome(lambda: mine.cdf(x)), outcome(lambda: other.cdf(tx)), **tolerance(name))
    u = np.linspace(0.05, 0.95, 6).reshape(6, *[1] * len(other.batch_shape))
    u = u * np.ones(tuple(other.batch_shape))
    got = outcome(lambda: mine.icdf(pyad.tensor(u)))
    assert_same(got, outcome(lambda: other.icdf(torch.tensor(u))), **tolerance(name))


@every_case
def test_expand(case):
    name, mine, other, x, tx = made(case)
    if name == "GeneralizedPareto":
        x, tx = x[:1], tx[:1]
    shape = (2, *other.batch_shape)
    big, their_big = mine.expand(shape), other.expand(shape)
    assert type(big) is type(mine)
    assert tuple(big.batch_shape) == shape
    assert tuple(big.event_shape) == tuple(mine.event_shape)
    assert_same(outcome(lambda: big.mean), outcome(lambda: their_big.mean), **tolerance(name))
    assert_same(big.log_prob(x[0]).numpy(), mine.log_prob(x[0]).expand(shape).numpy(), 1e-14)
    assert big.sample((3,)).shape == (3, *shape, *mine.event_shape)
    assert big.expand((4, *shape)).batch_shape == (4, *shape)


@every_case
def test_independent_of_any_family(case):
    name, mine, other, x, tx = made(case)
    if not other.batch_shape or name == "GeneralizedPareto":
        assert ours.Independent(mine, 0).batch_shape == mine.batch_shape
        return
    got, want = ours.Independent(mine, 1), theirs.Independent(other, 1)
    assert tuple(got.event_shape) == tuple(want.event_shape)
    assert_same(got.log_prob(x).numpy(), want.log_prob(tx).numpy(), **tolerance(name))
    assert_same(outcome(got.entropy), outcome(want.entropy), **tolerance(name))


def test_a_kept_tensor_is_made_in_the_dtype_under_test():
    make = compare.tensors(pyad, "float32")
    assert make(1.0).dtype is pyad.float32
    assert make.made
