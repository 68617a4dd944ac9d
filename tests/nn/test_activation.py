"""Activation modules and functions are PyTorch's, in place as well."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import pyad
from alike import TOLERANCE, check_module, start_alike

X = np.random.default_rng(0).normal(size=(4, 6)) * 3
EDGES = np.array([-6.0, -3.0, -1.0, -0.5, 0.0, 0.5, 1.0, 3.0, 6.0, 30.0])

MODULES = {
    "Threshold": ((0.3, -2.0),),
    "ReLU": ((),),
    "RReLU": ((), (0.2, 0.4)),
    "Hardtanh": ((), (-0.5, 2.0)),
    "ReLU6": ((),),
    "Sigmoid": ((),),
    "Hardsigmoid": ((),),
    "Tanh": ((),),
    "SiLU": ((),),
    "Mish": ((),),
    "Hardswish": ((),),
    "ELU": ((), (0.5,)),
    "CELU": ((), (0.5,)),
    "SELU": ((),),
    "GLU": ((), (0,)),
    "GELU": ((), ("tanh",)),
    "Hardshrink": ((), (1.5,)),
    "LeakyReLU": ((), (0.2,)),
    "LogSigmoid": ((),),
    "Softplus": ((), (2.0, 5.0)),
    "Softshrink": ((), (1.5,)),
    "PReLU": ((), (6,), (1, 0.5)),
    "Softsign": ((),),
    "Tanhshrink": ((),),
    "Softmin": ((1,), (0,)),
    "Softmax": ((1,), (0,)),
    "LogSoftmax": ((1,), (0,)),
}
IN_PLACE = [
    "Threshold", "ReLU", "RReLU", "Hardtanh", "ReLU6", "Hardsigmoid", "SiLU", "Mish", "Hardswish",
    "ELU", "CELU", "SELU", "LeakyReLU",
]  # fmt: skip
F_IN_PLACE = ["threshold_", "relu_", "hardtanh_", "elu_", "celu_", "selu_", "leaky_relu_", "rrelu_"]


@pytest.mark.parametrize(("name", "args"), [(n, a) for n, all_ in MODULES.items() for a in all_])
def test_modules(name: str, args: tuple) -> None:
    def make(lib):
        return getattr(lib.nn, name)(*args).eval()

    # PyTorch's slope of hardsigmoid is the float 1 / 6 for doubles, too.
    tolerance = {"rtol": 1e-7} if name == "Hardsigmoid" else {}
    check_module(make, [X], **tolerance)
    if "soft" not in name.lower() and name not in ("GLU", "PReLU"):
        check_module(make, [EDGES], **tolerance)


def test_softmax2d() -> None:
    check_module(
        lambda lib: lib.nn.Softmax2d(), [np.random.default_rng(1).normal(size=(2, 3, 4, 5))]
    )
    with pytest.raises(ValueError, match="expected input to be 3D or 4D"):
        pyad.nn.Softmax2d()(pyad.zeros(2, 2))


@pytest.mark.parametrize("name", IN_PLACE)
def test_in_place_modules(name: str) -> None:
    args = MODULES[name][0]
    results = []
    for lib in (pyad, torch):
        module = getattr(lib.nn, name)(*args, inplace=True).eval()
        leaf = lib.tensor(X, requires_grad=True)
        x = leaf * 1
        y = module(x)
        assert y is x
        (y * y).sum().backward()
        results.append((repr(module), y.detach().numpy(), leaf.grad.numpy()))
    assert results[0][0] == results[1][0]
    for a, b in zip(results[0][1:], results[1][1:], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-7 if name == "Hardsigmoid" else 1e-9, atol=1e-11)


@pytest.mark.parametrize("name", F_IN_PLACE)
def test_in_place_functions(name: str) -> None:
    args = (0.3, -2.0) if name == "threshold_" else ()
    results = []
    for lib in (pyad, torch):
        x = lib.tensor(X)
        y = getattr(lib.nn.functional, name)(x, *args)
        assert y is x
        results.append(y.numpy())
    np.testing.assert_allclose(*results, **TOLERANCE)


def test_rrelu_draws_pytorchs_slopes() -> None:
    for dtype in ("float32", "float64"):
        y, v = start_alike(
            lambda lib, dtype=dtype: lib.nn.RReLU()(
                lib.tensor(X, dtype=getattr(lib, dtype), requires_grad=True)
            )
        )
        np.testing.assert_allclose(y.detach().numpy(), v.detach().numpy(), rtol=1e-6)


def test_gumbel_softmax() -> None:
    for hard in (False, True):
        results = []
        for lib in (pyad, torch):
            lib.manual_seed(0)
            x = lib.tensor(X, requires_grad=True)
            y = lib.nn.functional.gumbel_softmax(x, tau=0.7, hard=hard, dim=0)
            (y * lib.tensor(X)).sum().backward()
            results.append((y.detach().numpy(), x.grad.numpy()))
        for a, b in zip(*results, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-10)


def test_softmax_guesses_a_dim_with_a_warning() -> None:
    for name in ("softmax", "log_softmax", "softmin"):
        for shape in ((3,), (3, 4), (2, 3, 4), (2, 2, 3, 4)):
            data = np.random.default_rng(2).normal(size=shape)
            results = []
            for lib in (pyad, torch):
                with pytest.warns(UserWarning, match=f"Implicit dimension choice for {name}"):
                    results.append(getattr(lib.nn.functional, name)(lib.tensor(data)).numpy())
            np.testing.assert_allclose(*results, **TOLERANCE)
    x = pyad.nn.functional.softmax(pyad.zeros(2), dim=0, dtype=pyad.float64, _stacklevel=5)
    assert x.dtype == pyad.float64


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda lib: lib.nn.Hardtanh(1.0, 0.0), AssertionError),
        (lambda lib: lib.nn.functional.hardtanh(lib.ones(2), 1.0, 0.0), ValueError),
        (lambda lib: lib.nn.functional.glu(lib.ones(3)), RuntimeError),
        (lambda lib: lib.nn.functional.glu(lib.tensor(1.0)), RuntimeError),
        (lambda lib: lib.nn.functional.softshrink(lib.ones(3), -1), RuntimeError),
        (lambda lib: lib.nn.functional.celu(lib.ones(3), 0), RuntimeError),
        (lambda lib: lib.nn.functional.rrelu(lib.ones(3), 0.5, 0.1, True), RuntimeError),
        (lambda lib: lib.nn.PReLU(3)(lib.ones(2, 2)), RuntimeError),
        (lambda lib: lib.nn.GELU("other")(lib.ones(2)), (RuntimeError, ValueError)),
    ],
)
def test_errors(call, error) -> None:
    for lib in (torch, pyad):
        with pytest.raises(error):
            call(lib)


def test_old_names_of_the_bounds() -> None:
    with pytest.warns(FutureWarning, match="m.._val"):
        m = pyad.nn.Hardtanh(min_value=-2.0, max_value=3.0)
    assert (m.min_val, m.max_val) == (-2.0, 3.0)
