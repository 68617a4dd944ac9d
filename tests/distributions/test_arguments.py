"""What is refused, with which exception, and what is left unchecked; subclasses, names, copies."""

from __future__ import annotations

import copy
import importlib
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.distributions as theirs
from families import CASES

import pyad
import pyad.distributions as ours

REFUSED = {
    "scale": lambda d, p: d.Normal(0.0, -1.0),
    "nan": lambda d, p: d.Normal(p.tensor(float("nan")), 1.0),
    "text": lambda d, p: d.Normal("a", 1.0),
    "both": lambda d, p: d.Bernoulli(0.5, 0.1),
    "neither": lambda d, p: d.Bernoulli(),
    "probability": lambda d, p: d.Bernoulli(1.5),
    "count": lambda d, p: d.Binomial(p.tensor([0.5]), p.tensor([0.5])),
    "no simplex": lambda d, p: d.Categorical(p.tensor([-1.0, 2.0])),
    "scalar": lambda d, p: d.Categorical(p.tensor(0.5)),
    "scalar logits": lambda d, p: d.Categorical(logits=p.tensor(0.5)),
    "scalar dirichlet": lambda d, p: d.Dirichlet(p.tensor(0.5)),
    "geometric 0": lambda d, p: d.Geometric(p.tensor([0.0])),
    "gamma": lambda d, p: d.Gamma(p.tensor([0.0]), 1.0),
    "uniform": lambda d, p: d.Uniform(p.tensor([1.0]), p.tensor([1.0])),
    "chi2": lambda d, p: d.Chi2(p.tensor([-1.0])),
    "half": lambda d, p: d.HalfNormal(p.tensor([-1.0])),
    "lkj dim": lambda d, p: d.LKJCholesky(1),
    "lkj": lambda d, p: d.LKJCholesky(3, -1.0),
    "mvn": lambda d, p: d.MultivariateNormal(p.zeros(2)),
    "mvn two": lambda d, p: d.MultivariateNormal(p.zeros(2), p.eye(2), scale_tril=p.eye(2)),
    "mvn scalar": lambda d, p: d.MultivariateNormal(p.tensor(0.0), p.eye(1)),
    "mvn vector": lambda d, p: d.MultivariateNormal(p.zeros(2), p.ones(2)),
    "mvn indefinite": lambda d, p: d.MultivariateNormal(p.zeros(2), -p.eye(2)),
    "mvn triangle": lambda d, p: d.MultivariateNormal(p.zeros(2), scale_tril=p.ones(2, 2)),
    "low rank scalar": lambda d, p: d.LowRankMultivariateNormal(
        p.tensor(0.0), p.ones(1, 1), p.ones(1)
    ),
    "low rank factor": lambda d, p: d.LowRankMultivariateNormal(
        p.zeros(2), p.ones(3, 1), p.ones(2)
    ),
    "low rank diagonal": lambda d, p: d.LowRankMultivariateNormal(
        p.zeros(2), p.ones(2, 1), p.ones(3)
    ),
    "low rank batches": lambda d, p: d.LowRankMultivariateNormal(
        p.zeros(2, 2), p.ones(3, 2, 1), p.ones(2)
    ),
    "wishart none": lambda d, p: d.Wishart(p.tensor(3.0)),
    "wishart vector": lambda d, p: d.Wishart(p.tensor(3.0), p.ones(2)),
    "wishart df": lambda d, p: d.Wishart(p.tensor(1.0), p.eye(2)),
    "multinomial": lambda d, p: d.Multinomial(p.tensor([3]), p.tensor([0.5, 0.5])),
    "mixture weights": lambda d, p: d.MixtureSameFamily(
        d.Normal(0.0, 1.0), d.Normal(p.zeros(2), 1.0)
    ),
    "mixture components": lambda d, p: d.MixtureSameFamily(d.Categorical(p.ones(2)), 3),
    "mixture sizes": lambda d, p: d.MixtureSameFamily(
        d.Categorical(p.ones(2)), d.Normal(p.zeros(3), 1.0)
    ),
    "mixture batches": lambda d, p: d.MixtureSameFamily(
        d.Categorical(p.ones(4, 2)), d.Normal(p.zeros(3, 2), 1.0)
    ),
    "independent": lambda d, p: d.Independent(d.Normal(0.0, 1.0), 1),
    "transforms": lambda d, p: d.TransformedDistribution(d.Normal(0.0, 1.0), [3]),
    "transform": lambda d, p: d.TransformedDistribution(d.Normal(0.0, 1.0), 3),
    "too few dims": lambda d, p: d.TransformedDistribution(
        d.Normal(0.0, 1.0), d.StickBreakingTransform()
    ),
    "number as value": lambda d, p: d.Normal(0.0, 1.0).log_prob(1.0),
    "outside": lambda d, p: d.Exponential(1.0).log_prob(p.tensor(-1.0)),
    "no count": lambda d, p: d.Poisson(1.0).log_prob(p.tensor(0.5)),
    "no index": lambda d, p: d.Categorical(p.ones(3)).log_prob(p.tensor(3)),
    "event": lambda d, p: d.Dirichlet(p.ones(3)).log_prob(p.ones(2) / 2),
    "no point": lambda d, p: d.Dirichlet(p.ones(3)).log_prob(p.ones(3)),
    "broadcast": lambda d, p: d.Normal(p.zeros(3), 1.0).log_prob(p.zeros(2)),
    "uniform value": lambda d, p: d.Uniform(0.0, 1.0).log_prob(p.tensor(2.0)),
    "cdf": lambda d, p: d.Gamma(1.0, 1.0).cdf(p.tensor(-1.0)),
    "mixture value": lambda d, p: d.MixtureSameFamily(
        d.Categorical(p.ones(2)), d.Exponential(p.ones(2))
    ).log_prob(p.tensor(-1.0)),
    "default": lambda d, p: d.Distribution.set_default_validate_args(3),
    "no method": lambda d, p: d.VonMises(0.0, 1.0).rsample(),
    "no cdf": lambda d, p: d.Beta(1.0, 1.0).cdf(p.tensor(0.5)),
    "counts differ": lambda d, p: d.Binomial(p.tensor([1.0, 2.0]), 0.5).entropy(),
    "products": lambda d, p: d.Independent(d.Bernoulli(p.ones(2) / 2), 1).enumerate_support(),
    "triangle": lambda d, p: __import__(d.__name__ + ".utils", fromlist=["x"]).vec_to_tril_matrix(
        p.ones(2)
    ),
    "diagonal": lambda d, p: __import__(d.__name__ + ".utils", fromlist=["x"]).tril_matrix_to_vec(
        p.ones(2, 2), 2
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name):
    with pytest.raises(Exception) as their:  # noqa: PT011
        REFUSED[name](theirs, torch)
    with pytest.raises(type(their.value)):
        REFUSED[name](ours, pyad)


def test_messages_name_the_parameter():
    with pytest.raises(ValueError, match=r"parameter scale .*GreaterThan\(lower_bound=0.0\)"):
        ours.Normal(0.0, -1.0)
    with pytest.raises(ValueError, match=r"value argument .*within the support"):
        ours.Exponential(1.0).log_prob(pyad.tensor(-1.0))


def test_unchecked():
    law = ours.Normal(0.0, -1.0, validate_args=False)
    assert law.log_prob(pyad.tensor(float("nan"))).isnan()
    assert ours.Exponential(1.0, validate_args=False).log_prob(pyad.tensor(-1.0)).item() == 1
    assert law.expand([2])._validate_args is False
    ours.Distribution.set_default_validate_args(False)
    try:
        assert ours.Normal(0.0, -1.0).scale.item() == -1
    finally:
        ours.Distribution.set_default_validate_args(True)


def test_missing_interfaces_warn_or_raise():
    class Bare(ours.Distribution):
        pass

    with pytest.warns(UserWarning, match="has no arg_constraints"):
        bare = Bare()
    for name in ("mean", "mode", "variance", "stddev", "support", "arg_constraints"):
        with pytest.raises(NotImplementedError):
            getattr(bare, name)
    for name in ("cdf", "icdf", "log_prob"):
        with pytest.raises(NotImplementedError):
            getattr(bare, name)(pyad.zeros(1))
    for name in ("sample", "rsample", "entropy", "perplexity", "enumerate_support"):
        with pytest.raises(NotImplementedError):
            getattr(bare, name)()
    with pytest.raises(NotImplementedError, match="does not define expand"):
        bare.expand([2])
    with pytest.warns(UserWarning, match="has no support"):
        bare._validate_sample(pyad.tensor(1.0))


def test_sample_n_is_deprecated():
    law = ours.Normal(pyad.zeros(2), 1.0)
    with pytest.warns(FutureWarning, match="sample_n"):
        assert law.sample_n(3).shape == (3, 2)


def test_subclasses():
    class Mine(ours.Normal):
        pass

    assert type(Mine(0.0, 1.0).expand([2])) is Mine

    class Unit(ours.Normal):
        def __init__(self, loc):
            super().__init__(loc, 1.0)

    with pytest.raises(NotImplementedError, match="define expand"):
        Unit(0.0).expand([2])

    class Expanded(Unit):
        def expand(self, batch_shape, _instance=None):
            new = self._get_checked_instance(Expanded, _instance)
            return super().expand(batch_shape, new)

    assert Expanded(0.0).expand([2]).batch_shape == (2,)

    class Angle(ours.VonMises):
        def __init__(self, loc, concentration, validate_args=None):
            super().__init__(loc, concentration, validate_args)

    assert Angle(0.0, 1.0).expand([2]).batch_shape == (2,)


@pytest.mark.parametrize(("name", "build"), CASES, ids=[n for n, _ in CASES])
def test_copies_and_pickles(name, build):
    law = build(ours, lambda x: pyad.tensor(x, dtype=pyad.float64))
    for other in (copy.deepcopy(law), pickle.loads(pickle.dumps(law))):
        pyad.manual_seed(0)
        want = law.sample((2,))
        pyad.manual_seed(0)
        assert other.sample((2,)).tolist() == want.tolist()


@pytest.mark.parametrize(
    "name", sorted(p.stem for p in Path(theirs.__file__).parent.glob("[a-z]*.py"))
)
def test_modules_have_pytorchs_names(name):
    their = importlib.import_module(f"torch.distributions.{name}")
    mine = importlib.import_module(f"pyad.distributions.{name}")
    assert set(their.__all__) <= set(vars(mine))
    assert getattr(ours, name) is mine


def test_import_costs_nothing():
    code = "import sys, pyad; print(any('distributions' in m for m in sys.modules))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "False"
    code = "from pyad.distributions.normal import Normal; print(Normal(0.0, 1.0).mean.item())"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "0.0"


def test_numpy_scalars_are_numbers():
    assert ours.Normal(np.float64(0.0), np.float32(2.0)).batch_shape == ()
