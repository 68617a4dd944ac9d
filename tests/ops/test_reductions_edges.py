"""Reductions where their formulas end: no degree of freedom, zeros, ties, infinities, nothing."""

from __future__ import annotations

import itertools
import math
import warnings

import numpy as np
import pytest
import torch

import pyad
from pyad.autograd import forward_ad

INF, NAN = math.inf, math.nan


def both(function, x, *, rtol=1e-11, seed=None):
    """Value and gradient in both libraries, the gradient in forward mode too; pyad's."""
    found = []
    for lib in (pyad, torch):
        a = lib.tensor(x, requires_grad=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of no degree of freedom
            y = function(a)
        v = (
            lib.ones_like(y)
            if seed is None
            else lib.tensor(np.broadcast_to(seed, tuple(y.shape)).copy())
        )
        found.append([y.detach().numpy(), lib.autograd.grad(y, a, v)[0].detach().numpy()])
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(a, b, rtol=rtol, atol=1e-13)
    return found[0]


@pytest.mark.parametrize("name", ["var", "std"])
@pytest.mark.parametrize("correction", [0, 1, 2, 3, 4, 10, 0.5, -1])
@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_degrees_of_freedom(n, correction, name, rng):
    """n - correction, and none when that is negative: then nothing is finite (PyTorch's slopes are,
    beside an infinite value)."""
    x = rng.standard_normal((4, n))
    if n > correction:
        both(lambda a: getattr(a, name)(1, correction=correction), x)
        return
    a = pyad.tensor(x, requires_grad=True)
    with pytest.warns(UserWarning, match="degrees of freedom"):
        y = getattr(a, name)(1, correction=correction)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        its = getattr(torch.tensor(x), name)(1, correction=correction).numpy()
    np.testing.assert_array_equal(y.detach().numpy(), its)
    assert not np.isfinite(its).any()
    (g,) = pyad.autograd.grad(y.sum(), a)
    assert not np.isfinite(g.numpy()).any()


@pytest.mark.parametrize("x", [[2.0, 2.0, 2.0], [0.0, 0.0], [5.0], [[1.0, 1.0], [3.0, 4.0]]])
@pytest.mark.parametrize("correction", [0, 1])
def test_the_slope_of_a_deviation_at_zero(x, correction):
    """0, as PyTorch's, in both modes."""
    x = np.array(x)
    if x.shape[-1] <= correction:
        pytest.skip("no degree of freedom")
    y, g = both(lambda a: a.std(-1, correction=correction), x)
    assert (g[y == 0] == 0).all() if y.ndim else (g == 0).all()
    with forward_ad.dual_level():
        d = forward_ad.make_dual(pyad.tensor(x), pyad.ones(x.shape, dtype=pyad.float64))
        t = forward_ad.unpack_dual(d.std(-1, correction=correction)).tangent
        assert (t == 0).all()  # moved as a whole, it stays


VALUES = [-2.0, -1.0, -0.0, 0.0, 1.0, 2.0]
ORDERS = [INF, -INF, 0.5, 1, 1.5, 2, 2.5, 3, -1, -2.5]


@pytest.mark.parametrize("p", ORDERS)
def test_norms_of_ties_and_zeros(p):
    """Every row of three of the values: shares of ties, slopes at 0."""
    x = np.array(list(itertools.product(VALUES, repeat=3)))
    if p < 0 and p != -INF:  # infinite at zeros
        x = x[(x != 0).all(1)]
    for keepdim in (False, True):
        _, g = both(lambda a, k=keepdim: pyad_norm(a, p, 1, k), x)
    if p == INF:
        largest = np.abs(x) == np.abs(x).max(1, keepdims=True)
        some = np.abs(x).max(1) > 0
        want = np.sign(x) * largest / largest.sum(1, keepdims=True)
        np.testing.assert_allclose(g[some], want[some], rtol=1e-14)
    if p not in (0, 1) and abs(p) != INF:
        assert np.isfinite(g).all()
        assert (g[x == 0] == 0).all()


def pyad_norm(a, p, dim, keepdim):
    lib = pyad if isinstance(a, pyad.Tensor) else torch
    return lib.norm(a, p, dim, keepdim)


@pytest.mark.parametrize("p", [1.5, 2, 2.5, 3])
def test_second_derivatives_of_norms_with_zeros(p):
    x = np.array([[0.0, 1.0, -2.0], [3.0, 0.0, 0.0], [1.0, 2.0, 3.0]])
    found = []
    for lib in (pyad, torch):
        a = lib.tensor(x, requires_grad=True)
        (g,) = lib.autograd.grad(lib.norm(a, p, 1).sum(), a, create_graph=True)
        found.append(lib.autograd.grad((g * lib.tensor([1.0, -2.0, 0.5])).sum(), a)[0].numpy())
    regular = x != 0
    np.testing.assert_allclose(found[0][regular], found[1][regular], rtol=1e-10, atol=1e-13)
    assert not np.isinf(found[0]).any()


LINES = [
    [-INF, -INF, -INF],
    [-INF, 1.0, 2.0],
    [1.0, -INF, 2.0],
    [INF, 1.0, 2.0],
    [1.0, INF, -INF],
    [INF, INF, 1.0],
    [-INF, -INF, 3.0],
    [1.0, NAN, 2.0],
    [INF, NAN, -INF],
    [800.0, 801.0, -800.0],
    [-800.0, -801.0, -802.0],
]


@pytest.mark.parametrize("line", LINES, ids=str)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_logsumexp_at_infinities(line, dtype):
    """Values of every prefix from the definition; PyTorch's gradient where the result is finite."""
    x = np.array(line, dtype)
    with np.errstate(all="ignore"):
        want = np.array([np.logaddexp.reduce(x[: k + 1].astype(float)) for k in range(3)])
    t = pyad.tensor(x)
    rtol = 4 * np.finfo(dtype).eps
    for mine, exact in (
        (t.logsumexp(0), want[-1]),
        (t.logcumsumexp(0), want),
        (t[:2].logsumexp(0), want[1]),
        (t.reshape(3, 1).logsumexp(0)[0], want[-1]),
        (t.reshape(1, 3).expand(2, 3).logcumsumexp(1)[1], want),
    ):
        np.testing.assert_allclose(mine.numpy(), exact.astype(dtype), rtol=rtol)
    if np.isfinite(want[-1]):
        _, g = both(lambda a: a.logsumexp(0), x, rtol=400 * rtol)
        assert g.sum() == pytest.approx(1, rel=1e-3 if dtype == "float32" else 1e-12)
        a = pyad.tensor(x, requires_grad=True)
        (h,) = pyad.autograd.grad(a.logcumsumexp(0)[2], a)
        np.testing.assert_allclose(h.numpy(), g, rtol=400 * rtol, atol=1e-30)
        assert not np.isnan(g).any()


@pytest.mark.parametrize("create", [False, True])
@pytest.mark.parametrize("place", [0, 1, 2, 4])
def test_logcumsumexp_beside_an_infinity(place, create):
    """What comes before does not know of it, what comes after weighs nothing beside it."""
    values = [1.0, 3.0, 2.0, -1.0, 0.5, 2.5]
    values[place] = INF
    x = pyad.tensor(values, dtype=pyad.float64, requires_grad=True)
    t = torch.tensor(values, dtype=torch.float64, requires_grad=True)
    for k in range(6):
        (g,) = pyad.autograd.grad(x.logcumsumexp(0)[k], x, create_graph=create)
        (want,) = torch.autograd.grad(t.logcumsumexp(0)[k], t)
        np.testing.assert_allclose(g.detach().numpy(), want.numpy(), rtol=1e-14, equal_nan=True)


SCANS = ["cumsum", "cumprod", "cummax", "cummin", "logcumsumexp"]


@pytest.mark.parametrize("shape", [(), (0,), (0, 3), (3, 0), (1,), (1, 1), (2, 0, 3)])
@pytest.mark.parametrize("name", SCANS)
def test_scans_of_no_dims_and_of_no_elements(name, shape):
    """The gradient has the input's shape and is the cotangent where there is one element."""
    for dim in range(-max(len(shape), 1), max(len(shape), 1)):
        x = np.full(shape, 0.7)

        def first(a, dim=dim):
            y = getattr(a, name)(dim)
            return y[0] if isinstance(y, tuple) else y

        y, g = both(first, x, seed=3.0)
        assert y.shape == g.shape == shape
        np.testing.assert_allclose(g, 3.0, rtol=1e-15)
        t = pyad.tensor(x, requires_grad=True)
        (g,) = pyad.autograd.grad(first(t).sum(), t, create_graph=True)
        assert g.shape == shape
        with forward_ad.dual_level():
            d = forward_ad.make_dual(pyad.tensor(x), pyad.full(shape, 3.0, dtype=pyad.float64))
            tangent = forward_ad.unpack_dual(first(d)).tangent
            assert tangent.shape == shape
            np.testing.assert_allclose(tangent.numpy(), 3.0, rtol=1e-15)


@pytest.mark.parametrize("order", ["inf", "-inf", "fro"])
def test_orders_of_norms_by_name(order):
    x = pyad.tensor([[3.0, -4.0], [1.0, 2.0]])
    number = 2.0 if order == "fro" else float(order)
    for dims in (None, 0, (0, 1)):
        assert pyad.norm(x, order, dims).tolist() == pyad.norm(x, number, dims).tolist()
    with pytest.raises(ValueError, match="unknown order"):
        pyad.norm(x, order + order)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_sums_of_negative_zeros(dtype):
    """A sum begins with 0, of any shape, along any dims and in any layout."""
    for shape in [(1,), (), (2,), (40,), (3, 1), (1, 3), (2, 3), (9, 70), (1, 1, 1), (3, 1, 2)]:
        x = pyad.full(shape, -0.0, dtype=getattr(pyad, dtype))
        for dims in [None, *range(len(shape))]:
            for y in (x, x.mT if len(shape) > 1 else x):
                for f in (pyad.sum, pyad.mean, pyad.nansum, pyad.nanmean):
                    z = f(y) if dims is None else f(y, dims)
                    assert not np.signbit(z.numpy()).any(), (f, shape, dims)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("n", [1, 2, 3, 7, 8, 9, 15, 16, 17, 33, 63, 65, 129, 1031])
def test_a_nan_wins_wherever_it_stands(n, dtype, rng):
    """In every lane, round and rest of a line and of a column: largest and smallest are NaN."""
    x = rng.standard_normal((n, n)).astype(dtype)
    places = np.arange(n)
    x[places, rng.permutation(n)] = np.where(places % 2, NAN, -NAN)
    plain = rng.standard_normal((n, n)).astype(dtype)
    for a in (x, plain):
        for axis in (0, 1):
            for name, order in (("amax", INF), ("amin", -INF)):
                t = pyad.tensor(a)
                best = a.max(axis) if name == "amax" else a.min(axis)
                np.testing.assert_array_equal(getattr(t, name)(axis).numpy(), best)
                size = np.abs(a).max(axis) if name == "amax" else np.abs(a).min(axis)
                np.testing.assert_array_equal(pyad.norm(t, order, axis).numpy(), size)
                assert np.isnan(size).all() == (a is x)


@pytest.mark.parametrize("shape", [(1, 31), (9, 5), (8, 1031), (17, 33), (25, 700), (4100, 3)])
def test_products_of_float32_are_taken_in_float64(shape, rng):
    """Whole vectors and rests of rows and columns; what is cut rounds once a part."""
    x = rng.uniform(0.9, 1.1, shape).astype("float32")
    for axis in (0, 1):
        right = x.astype(float).prod(axis)
        found = pyad.tensor(x).prod(axis).numpy()
        np.testing.assert_allclose(found, right, rtol=2.0**-22 if shape[1] > 3 else 1e-6)
    at_ends = np.array([[1e-38, 1e38] * 7, [1e30, 1e-30] * 7], np.float32)
    right = at_ends.astype(float).prod(1)
    np.testing.assert_allclose(pyad.tensor(at_ends).prod(1).numpy(), right, rtol=2.0**-24 + 1e-12)
    np.testing.assert_allclose(pyad.tensor(at_ends.T.copy()).prod(0).numpy(), right, rtol=1e-7)


@pytest.mark.parametrize(("shape", "dim"), [((200_000,), 0), ((3, 30_000), 1), ((30_000, 3), 0)])
def test_slopes_of_long_running_sums(shape, dim, rng):
    """float32 beside float64, in reverse and in forward mode: no digits lost along the line."""
    x, g = rng.normal(size=shape), rng.normal(size=shape)
    x = x.astype("float32").astype("float64")
    for name in ("cumsum", "logcumsumexp"):
        slopes = []
        for dtype in (pyad.float32, pyad.float64):
            a = pyad.tensor(x, dtype=dtype, requires_grad=True)
            seed = pyad.tensor(g, dtype=dtype)
            (back,) = pyad.autograd.grad(getattr(a, name)(dim), a, seed)
            _, ahead = pyad.func.jvp(lambda t: getattr(t, name)(dim), (a.detach(),), (seed,))  # noqa: B023
            slopes.append((back.numpy(), ahead.numpy()))
        for mine, exact in zip(*slopes, strict=True):
            error = np.abs(mine - exact).max() / np.abs(exact).max()
            assert error < 2e-6, (name, error)
