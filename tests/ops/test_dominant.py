"""softmax, its logarithm, its logsumexp and cross entropy where one element is nearly all of a row:
its loss, its distance from 1 and their derivatives are small numbers, and have all their digits.

The right answers are formulas in long double that never take 1 off or add it on.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

import pyad

F = pyad.nn.functional
inf, nan = math.inf, math.nan

GAPS = [5.0, 12.0, 17.0, 37.0, 60.0, 100.0]
WIDTHS = [2, 10, 700, 5000, 40_000]


class Rows:
    """Rows of `n` numbers, one of which is at least `gap` above the others, and what is right."""

    def __init__(self, n, gap, dtype, rng, rows=3):
        below = rng.uniform(0, 3, (rows, n)) + gap + math.log(n - 1)
        self.at = rng.integers(0, n, rows)
        self.every = np.arange(rows)
        below[self.every, self.at] = 0
        self.x = -below.astype(dtype)
        self.dtype = dtype
        x = self.x.astype(np.longdouble)
        e = np.exp(x)
        e[self.every, self.at] = 0
        rest = e.sum(1)
        self.log_sum = np.log1p(rest)
        self.log_p = x - self.log_sum[:, None]
        self.p = np.exp(self.log_p)
        self.away = rest / (1 + rest)  # 1 - p of the largest

    def tensor(self, v, dim):
        v = np.asarray(v, self.dtype)
        return pyad.tensor(np.ascontiguousarray(v if dim else v.T))

    def leaf(self, dim):
        return self.tensor(self.x, dim).requires_grad_()

    def seed(self, rng):
        return rng.standard_normal(self.x.shape).astype(self.dtype)

    def spread(self, v):
        """v less its mean by p: sums of p of the others times differences."""
        v = v.astype(np.longdouble)
        v = v - v[self.every, self.at][:, None]
        return v - (self.p * v).sum(1, keepdims=True)

    def check(self, found, right, dim=1, units=4):
        found = found.detach().numpy()
        info = np.finfo(self.dtype)
        np.testing.assert_allclose(
            found if dim or found.ndim < 2 else found.T,
            right.astype(float),
            rtol=units * float(info.eps),
            atol=self.x.shape[1]
            * float(info.smallest_subnormal),  # of n terms, each of them rounded
        )


@pytest.fixture(
    params=[(t, n, gap) for t in ("float32", "float64") for n in WIDTHS for gap in GAPS]
)
def rows(request, rng):
    dtype, n, gap = request.param
    return Rows(n, gap, dtype, rng)


@pytest.mark.parametrize("dim", [0, 1])
def test_values(rows, dim):
    x = rows.leaf(dim).detach()
    rows.check(F.log_softmax(x, dim), rows.log_p, dim)
    rows.check(x.logsumexp(dim), rows.log_sum)
    one_by_one = 4 + math.sqrt(rows.x.shape[1])
    rows.check(x.logcumsumexp(dim).select(dim, -1), rows.log_sum, units=one_by_one)
    rows.check(F.softmax(x, dim), rows.p, dim, 8)


def gradient(y, x, seed=None, create=False):
    (g,) = pyad.autograd.grad(y, x, seed, create_graph=create)
    return g


def one_sided(rows, rng):
    """A direction whose differences from the largest element's all have one sign."""
    v = rng.uniform(0.5, 1.5, rows.x.shape).astype(rows.dtype)
    v[rows.every, rows.at] = -1
    return v


@pytest.mark.parametrize("dim", [0, 1])
@pytest.mark.parametrize("create", [False, True])
def test_slopes(rows, dim, create, rng):
    g = np.zeros_like(rows.x)
    g[rows.every, rows.at] = [1, -0.75, 1.5]
    total = g.sum(1, keepdims=True, dtype=np.longdouble)
    right = -total * rows.p
    right[rows.every, rows.at] = total[:, 0] * rows.away
    x = rows.leaf(dim)
    rows.check(gradient(F.log_softmax(x, dim), x, rows.tensor(g, dim), create), right, dim, 16)
    v = one_sided(rows, rng)
    right = rows.p * rows.spread(v)
    rows.check(gradient(F.softmax(x, dim), x, rows.tensor(v, dim), create), right, dim, 16)
    rows.check(gradient(x.logsumexp(dim).sum(), x, None, create), rows.p, dim, 16)


@pytest.mark.parametrize("dim", [0, 1])
def test_slopes_forward(rows, dim, rng):
    v = one_sided(rows, rng)
    with pyad.autograd.forward_ad.dual_level():
        x = pyad.autograd.forward_ad.make_dual(rows.leaf(dim).detach(), rows.tensor(v, dim))
        tangent = lambda y: pyad.autograd.forward_ad.unpack_dual(y).tangent  # noqa: E731
        rows.check(tangent(F.log_softmax(x, dim)), rows.spread(v), dim, 16)
        rows.check(tangent(F.softmax(x, dim)), rows.p * rows.spread(v), dim, 16)


@pytest.mark.parametrize("dim", [0, 1])
def test_second_derivatives(rows, dim, rng):
    v = one_sided(rows, rng)
    right = rows.p * rows.spread(v)
    x = rows.leaf(dim)
    g = np.zeros_like(rows.x)
    g[rows.every, rows.at] = -1
    for first in (
        gradient(F.log_softmax(x, dim), x, rows.tensor(g, dim), True),
        gradient(x.logsumexp(dim).sum(), x, None, True),
    ):
        for create in (True, False):
            rows.check(gradient(first, x, rows.tensor(v, dim), create), right, dim, 32)


@pytest.mark.parametrize("smoothing", [0.0, 0.125])
def test_cross_entropy(rows, smoothing, rng):
    v = one_sided(rows, rng)
    n = rows.x.shape[1]
    for target in (rows.at, (rows.at + 1) % n):
        x = rows.leaf(1)
        t = pyad.tensor(target)
        loss = F.cross_entropy(x, t, reduction="none", label_smoothing=smoothing)
        own = -rows.log_p[rows.every, target]
        right = (1 - smoothing) * own - smoothing / n * rows.log_p.sum(1)
        rows.check(loss, right, units=8)
        slope = rows.p.copy()
        slope[rows.every, target] = np.where(
            target == rows.at, -rows.away, rows.p[rows.every, target] - 1
        )
        slope -= np.longdouble(smoothing) / n
        slope[rows.every, target] += smoothing
        total = loss.sum()
        for create in (True, False):
            g = gradient(total, x, None, create)
            if create:
                second = gradient(g, x, rows.tensor(v, 1))
                rows.check(second, rows.p * rows.spread(v), units=32)
            if smoothing:  # differences of two numbers that are given
                np.testing.assert_allclose(
                    g.detach().numpy(),
                    slope.astype(float),
                    atol=4 * np.finfo(rows.dtype).eps * smoothing,
                    rtol=1e-5,
                )
            else:
                rows.check(g, slope, units=16)


def test_weighted_and_soft_targets(rows):
    """Which go through log_softmax."""
    x = rows.leaf(1)
    n = rows.x.shape[1]
    right = rows.p.copy()
    right[rows.every, rows.at] = -rows.away
    hot = np.zeros_like(rows.x)
    hot[rows.every, rows.at] = 1
    weight = pyad.ones(n, dtype=x.dtype)
    for loss in (
        F.cross_entropy(x, pyad.tensor(rows.at), weight, reduction="sum"),
        F.cross_entropy(x, rows.tensor(hot, 1), reduction="sum"),
        F.nll_loss(F.log_softmax(x, 1), pyad.tensor(rows.at), reduction="sum"),
    ):
        rows.check(loss, rows.log_sum.sum(), units=8)
        for create in (True, False):
            rows.check(gradient(loss, x, None, create), right, units=16)


@pytest.mark.parametrize("dim", [0, 1])
def test_softmax_of_one_that_dominates(dim):
    x = np.array([[0.0, -40.0, -41.0], [1.0, 0.5, 0.0]])
    seed = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 2.0]])
    e = np.exp(x.astype(np.longdouble))
    y = e / e.sum(1, keepdims=True)
    right = y * (y[:, None, :] * (seed[:, :, None] - seed[:, None, :])).sum(2)
    v = pyad.tensor(np.ascontiguousarray(x if dim else x.T), requires_grad=True)
    (g,) = pyad.autograd.grad(
        F.softmax(v, dim), v, pyad.tensor(seed if dim else np.ascontiguousarray(seed.T))
    )
    found = g.numpy() if dim else g.numpy().T
    np.testing.assert_allclose(found, right.astype(float), rtol=1e-14)


EDGES = [
    [-inf, -inf, -inf],
    [-inf, 0.0, -inf],
    [inf, 0.0, -1.0],
    [inf, inf, -inf],
    [nan, 0.0, 100.0],
    [100.0, 0.0, nan],
    [5.0, 5.0, 5.0],
    [0.0, -200.0, 0.0],
    [-1e30, 1e30, 0.0],
    [0.0, -1e-9, -1e-20],
]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("row", EDGES, ids=str)
@pytest.mark.parametrize("times", [1, 300, 20_000])
def test_edges(row, dtype, times):
    """Ties, infinities and NaN, short and long, in rows and columns, are PyTorch's."""
    row = np.array(row * times if times == 1 else row + [min(row)] * times, dtype)
    rtol = 4 * float(np.finfo(dtype).eps) * math.sqrt(len(row))
    for dim in (0, 1):
        shaped = np.ascontiguousarray(np.stack([row, row], 1 - dim))
        answers = []
        for lib in (pyad, torch):
            x = lib.tensor(shaped, requires_grad=True)
            y = x.log_softmax(dim)
            (g,) = lib.autograd.grad(y.select(dim, 1).sum(), x)
            answers.append([y, x.logsumexp(dim), x.logcumsumexp(dim), g])
            if dim == 1:
                loss = lib.nn.functional.cross_entropy(x, lib.tensor([0, 1]), reduction="none")
                answers[-1] += [loss, *lib.autograd.grad(loss.sum(), x)]
        for mine, its in zip(*answers, strict=True):
            np.testing.assert_allclose(
                mine.detach().numpy(), its.detach().numpy(), rtol=rtol, atol=rtol
            )
