"""`pyad.special`: rows of the op table in a namespace of their own, under torch.special's names."""

from __future__ import annotations

import importlib
import pickle

import numpy as np
import pytest
import torch

import pyad
from pyad import _core, special

UNIT = np.linspace(0.05, 0.95, 12).reshape(3, 4)
REAL = np.linspace(-2.9, 3.1, 12).reshape(3, 4)
POSITIVE = np.linspace(0.3, 5.0, 12).reshape(3, 4)
# Arguments of each function; two arrays where it has two operands.
ARGUMENTS = {
    "digamma": (POSITIVE,),
    "entr": (UNIT,),
    "erf": (REAL,),
    "erfc": (REAL,),
    "erfinv": (2 * UNIT - 1,),
    "exp2": (REAL,),
    "expit": (REAL,),
    "expm1": (REAL,),
    "gammainc": (POSITIVE, UNIT + 1),
    "gammaincc": (POSITIVE, UNIT + 1),
    "gammaln": (POSITIVE,),
    "i0": (REAL,),
    "i0e": (REAL,),
    "i1": (REAL,),
    "i1e": (REAL,),
    "log_ndtr": (REAL,),
    "log1p": (UNIT,),
    "log_softmax": (REAL, 1),
    "logit": (UNIT, 0.1),
    "logsumexp": (REAL, 1),
    "multigammaln": (POSITIVE + 2, 3),
    "ndtr": (REAL,),
    "ndtri": (UNIT,),
    "polygamma": (2, POSITIVE),
    "psi": (POSITIVE,),
    "round": (REAL,),
    "sinc": (REAL,),
    "softmax": (REAL, 0),
    "xlog1py": (REAL, UNIT),
    "xlogy": (REAL, UNIT),
}
# PyTorch has no derivative by their first operand.
BY_LAST = {"gammainc", "gammaincc"}


def test_every_function_is_compared():
    assert set(special.__all__) == set(ARGUMENTS)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", sorted(ARGUMENTS))
def test_values_and_gradients_are_those_of_torch(name, dtype):
    # PyTorch's polygamma has 9 digits in float64, its digamma 6 in float32.
    rtol = {"float64": 2e-9 if "gamma" in name or name == "psi" else 1e-12, "float32": 4e-6}[dtype]
    results = []
    for package in (pyad, torch):
        arguments = [
            package.tensor(a.astype(dtype), requires_grad=name not in BY_LAST or k == 1)
            if isinstance(a, np.ndarray)
            else a
            for k, a in enumerate(ARGUMENTS[name])
        ]
        y = getattr(package.special, name)(*arguments)
        y.sum().backward()
        gradients = [a.grad for a in arguments if isinstance(a, package.Tensor) and a.requires_grad]
        results.append([t.detach().numpy() for t in (y, *gradients)])
    for mine, theirs in zip(*results, strict=True):
        assert mine.dtype == theirs.dtype
        np.testing.assert_allclose(mine, theirs, rtol=rtol, atol=rtol)


def test_aliases_are_named_as_they_are_called():
    assert special.expit.__name__ == "expit"
    with pytest.raises(TypeError, match=r"^expit\(\)"):
        special.expit("a")


def test_a_value_goes_through_the_names_too():
    v = pyad.Value(0.25)
    assert special.expit(v).data == pyad.sigmoid(v).data
    assert special.gammaln(v).data == pyad.lgamma(v).data


SPACES = sorted({space for row in _core.op_table() for space in row["namespaces"]} - {""})


def test_there_are_namespaces():
    assert {"nn.functional", "special", "steps"} <= set(SPACES)


@pytest.mark.parametrize("space", SPACES)
def test_a_namespace_is_a_module_with_the_functions_that_say_so(space):
    page = importlib.import_module(f"pyad._core.{space}")
    said = {row["name"] for row in _core.op_table() if space in row["namespaces"]}
    for row in _core.op_table():
        said |= {a.rpartition(".")[2] for a in row["aliases"] if a.rpartition(".")[0] == space}
    assert set(page.__all__) == said
    for name in page.__all__:
        assert callable(getattr(page, name))


@pytest.mark.parametrize("space", SPACES)
def test_functions_of_a_namespace_can_be_pickled(space):
    page = importlib.import_module(f"pyad._core.{space}")
    for name in page.__all__:
        f = getattr(page, name)
        assert pickle.loads(pickle.dumps(f)) is f, name


def test_methods_can_be_pickled():
    for name in ("view", "clamp_", "expand"):
        f = getattr(pyad.Tensor, name)
        assert pickle.loads(pickle.dumps(f)) is f
