"""Second derivatives at kinks, in the four ways to take them: PyTorch's choice, which is 0.

The rules stand in docs/derivatives.md; roots are in test_singular_orders.py.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

import pyad
import pyad.nn.functional as F
from ops.test_singular_orders import MODES, leaf

inf = math.inf

LINEAR_NORMS = {
    "1-norm": lambda lib, x: x.norm(1),
    "inf-norm": lambda lib, x: x.norm(inf),
    "1-norm of rows": lambda lib, x: x.reshape(1, -1).norm(1, dim=1).sum(),
    "inf-norm of rows": lambda lib, x: x.reshape(1, -1).norm(inf, dim=1).sum(),
    "dist 1": lambda lib, x: lib.dist(x, lib.zeros_like(x).detach(), 1),
    "dist inf": lambda lib, x: lib.dist(x, lib.zeros_like(x).detach(), inf),
    "sum": lambda lib, x: x.abs().sum(),
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("name", LINEAR_NORMS)
def test_squares_of_norms_in_pieces_of_lines_have_none(name, n, mode):
    """0 as in PyTorch, where the 2-norm and abs have 2 on the diagonal."""
    norm = LINEAR_NORMS[name]
    for square in (lambda r: r**2, lambda r: r * r, lambda r: r.square()):
        h = MODES[mode](lambda x: square(norm(pyad, x)), [0.0] * n)  # noqa: B023
        np.testing.assert_array_equal(h, 0.0)
        its = torch.autograd.functional.hessian(
            lambda x: square(norm(torch, x)),  # noqa: B023
            torch.zeros(n, dtype=torch.float64),
        )
        np.testing.assert_array_equal(its.numpy(), 0.0)
    for f in (lambda x: x.norm() ** 2, lambda x: (x.abs() ** 2).sum()):
        np.testing.assert_allclose(MODES[mode](f, [0.0] * n), 2 * np.eye(n), rtol=1e-12)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ["elu", "selu", "celu"])
def test_exponential_rectifiers_at_their_kink(name, mode):
    """The first derivative is that of the exponential side, the second 0, as in PyTorch."""
    for options in ({},) if name == "selu" else ({}, {"alpha": 2.0}, {"alpha": 0.5}):
        at = [0.0, -0.0, -1.0, 1.0]
        x = torch.tensor(at, dtype=torch.float64, requires_grad=True)
        y = getattr(torch.nn.functional, name)(x, **options)
        (g,) = torch.autograd.grad(y.sum(), x, create_graph=True)
        (h,) = torch.autograd.grad(g.sum(), x)
        assert h[:2].tolist() == [0, 0]
        v = leaf(at)
        mine = getattr(F, name)(v, **options)
        (k,) = pyad.autograd.grad(mine.sum(), v)
        np.testing.assert_allclose(k.numpy(), g.detach().numpy(), rtol=1e-15)
        found = MODES[mode](lambda x: getattr(F, name)(x, **options).sum(), at)  # noqa: B023
        np.testing.assert_allclose(found, np.diag(h.numpy()), rtol=1e-15)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("beta", "threshold"), [(1.0, 20.0), (2.0, 1.0), (0.5, -1.0)])
def test_softplus_at_its_threshold(beta, threshold, mode):
    """The slope of the curve, and the second derivative 0 of the line, as in PyTorch."""
    kink = threshold / beta
    at = [kink, kink - 0.5, kink + 0.5]
    x = torch.tensor(at, dtype=torch.float64, requires_grad=True)
    (g,) = torch.autograd.grad(
        torch.nn.functional.softplus(x, beta, threshold).sum(), x, create_graph=True
    )
    (h,) = torch.autograd.grad(g.sum(), x)
    v = leaf(at)
    (k,) = pyad.autograd.grad(F.softplus(v, beta, threshold).sum(), v)
    np.testing.assert_allclose(k.numpy(), g.detach().numpy(), rtol=1e-14)
    found = MODES[mode](lambda x: F.softplus(x, beta, threshold).sum(), at)
    assert found[0][0] == h[0] == 0
    np.testing.assert_allclose(found, np.diag(h.numpy()), rtol=1e-6)


CLAMPS = {
    "clamp": lambda lib, x: x.clamp(min=0),
    "clamp both": lambda lib, x: x.clamp(0, 1),
    "clip": lambda lib, x: x.clip(max=0),
    "clamp_min": lambda lib, x: x.clamp_min(0),
    "clamp_max": lambda lib, x: x.clamp_max(0),
    "clamp of a tensor": lambda lib, x: x.clamp(min=lib.zeros_like(x)),
    "clamp of two tensors": lambda lib, x: x.clamp(lib.zeros_like(x), lib.ones_like(x)),
    "clamp_max of a tensor": lambda lib, x: x.clamp_max(lib.zeros_like(x)),
    "clamp_": lambda lib, x: (x * 1).clamp_(min=0),
    "clamp_min_": lambda lib, x: (x * 1).clamp_min_(0),
    "clamp_max_": lambda lib, x: (x * 1).clamp_max_(0),
    "bound": lambda lib, x: lib.ones_like(x).clamp(min=x),
    "upper bound": lambda lib, x: lib.ones_like(x).clamp(max=x),
    "hinge_embedding_loss": lambda lib, x: lib.nn.functional.hinge_embedding_loss(
        x, -lib.ones_like(x), reduction="none"
    ),
    "margin_ranking_loss": lambda lib, x: lib.nn.functional.margin_ranking_loss(
        x, lib.zeros_like(x), lib.ones_like(x), reduction="none"
    ),
    "copysign": lambda lib, x: lib.copysign(x, lib.ones_like(x)),
    "huber_loss": lambda lib, x: lib.nn.functional.huber_loss(
        x, lib.zeros_like(x), reduction="none"
    ),
    "hardswish": lambda lib, x: lib.nn.functional.hardswish(x),
}


@pytest.mark.parametrize("name", CLAMPS)
def test_no_number_has_pytorchs_slope(name):
    """In every spelling: first derivatives, and never another finite second one."""
    found = []
    for lib in (pyad, torch):
        x = lib.tensor([math.nan, 0.3, -0.3], dtype=lib.float64, requires_grad=True)
        (g,) = lib.autograd.grad(CLAMPS[name](lib, x).sum(), x, create_graph=True)
        second = lib.zeros_like(g)
        if g.requires_grad:
            (second,) = lib.autograd.grad(g.sum(), x, allow_unused=True, materialize_grads=True)
        found.append((g.tolist(), second.tolist()))
    first, second = zip(*found, strict=True)
    if name == "hardswish":  # NaN here, where PyTorch has 1
        assert math.isnan(first[0].pop(0))
        assert first[1].pop(0) == 1
    if name == "copysign":  # of pieces that are linear; PyTorch's is that of a quotient
        assert second[0].pop(0) == 0
        assert math.isnan(second[1].pop(0))
    np.testing.assert_array_equal(*first)
    np.testing.assert_array_equal(*second)
