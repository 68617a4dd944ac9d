"""Losses that are a sum of f(x - y): one kernel for the value and one for the gradient, beside the
same loss without reduction, at every order."""

import itertools

import numpy as np
import pytest
import torch

import pyad
from pyad.nn import functional as F

LOSSES = {
    "mse_loss": {},
    "l1_loss": {},
    "smooth_l1_loss": {"beta": 0.7},
    "huber_loss": {"delta": 0.7},
}


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("n", [0, 1, 3, 1_000, 70_000])
@pytest.mark.parametrize("reduction", ["sum", "mean"])
def test_reduced_is_the_reduction_of_the_elements(name, n, reduction):
    rng = np.random.default_rng(n)
    a, b = rng.standard_normal(n), rng.standard_normal(n)
    if n == 1_000:  # the corners, and what is no number
        a[:6], b[:6] = [0.7, -0.7, 0, np.inf, -np.inf, 5], 0
        if reduction == "sum":
            a[7] = np.nan
    loss = getattr(F, name)
    got = [pyad.tensor(v, requires_grad=True) for v in (a, b)]
    want = [pyad.tensor(v, requires_grad=True) for v in (a, b)]
    y = loss(*got, reduction=reduction, **LOSSES[name])
    elements = loss(*want, reduction="none", **LOSSES[name])
    z = elements.mean() if reduction == "mean" else elements.sum()
    np.testing.assert_allclose(y.item(), z.item(), rtol=1e-13)
    for g, h in zip(pyad.autograd.grad(y, got), pyad.autograd.grad(z, want), strict=True):
        np.testing.assert_allclose(g.numpy(), h.numpy(), rtol=1e-14)


@pytest.mark.parametrize("name", LOSSES)
def test_second_derivatives(name):
    a = pyad.tensor([0.3, -0.2, 0.7, 2.0, -0.9], dtype=pyad.float64, requires_grad=True)
    b = pyad.zeros(5, dtype=pyad.float64)
    weights = pyad.tensor([1.0, 2.0, 3.0, 4.0, 5.0], dtype=pyad.float64)
    rows = []
    for reduction in ("sum", "none"):
        y = getattr(F, name)(a, b, reduction=reduction, **LOSSES[name])
        (g,) = pyad.autograd.grad(y.sum() ** 2, a, create_graph=True)
        rows.append(pyad.autograd.grad((g * weights).sum(), a)[0].numpy())
    np.testing.assert_allclose(rows[0], rows[1], rtol=1e-13, atol=1e-15)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", ["kl_div", "mse_loss", "l1_loss", "smooth_l1_loss"])
def test_dtype_of_mixed_operands(name):
    """kl_div is a formula, in which a 0-d operand gives way; the others expand it first."""
    kinds = list(itertools.product([(), (3,)], ["float32", "float64"]))
    for (shape, dtype), (shape2, dtype2) in itertools.product(kinds, repeat=2):
        for rest in [{}, {"log_target": True}] if name == "kl_div" else [{}]:
            found = []
            for p in (pyad, torch):
                x = p.full(shape, 0.3, dtype=getattr(p, dtype), requires_grad=True)
                y = p.full(shape2, 0.4, dtype=getattr(p, dtype2))
                loss = getattr(p.nn.functional, name)(x, y, reduction="sum", **rest)
                loss.backward()
                dtypes = [str(t.dtype).split(".")[1] for t in (loss, x.grad)]
                found.append((dtypes, loss.item(), x.grad.sum().item()))
            assert found[0][0] == found[1][0], (shape, dtype, shape2, dtype2, rest)
            np.testing.assert_allclose(found[0][1:], found[1][1:], rtol=1e-6)
