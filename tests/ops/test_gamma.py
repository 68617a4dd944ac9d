"""The gamma function's family where samples of a domain do not come: poles, roots, infinities,
large orders, derivatives of every order, integers, `mvlgamma`.
"""

from __future__ import annotations

import itertools
import math

import mpmath as mp
import numpy as np
import pytest
import torch

import pyad
from pyad import Value
from pyad.autograd import forward_ad

INF, NAN = math.inf, math.nan
DTYPES = ("float32", "float64")
POINTS = [0.0, -0.0, -1.0, -2.0, -171.0, -(2.0**52), INF, -INF, NAN]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["lgamma", "digamma"])
def test_poles_and_infinities(name, dtype):
    """As PyTorch's, whatever the neighbours are, and in place."""
    x = np.array([*POINTS, 0.75, -0.75] * 7, dtype)
    want = getattr(torch, name)(torch.tensor(x)).numpy()
    got = getattr(pyad, name)(pyad.tensor(x)).numpy()
    np.testing.assert_allclose(got, want, rtol=1e-6 if dtype == "float32" else 1e-14)
    for k, value in enumerate(x):
        alone = getattr(pyad, name)(pyad.tensor(value, dtype=getattr(pyad, dtype)))
        assert alone.numpy().tobytes() == got[k].tobytes()
    written = pyad.tensor(x)
    assert getattr(written, name + "_")() is written
    assert written.numpy().tobytes() == got.tobytes()


def test_slopes_at_poles():
    x = np.array([0.0, -1.0, -2.0, INF, NAN, 2.0])
    grads = []
    for lib in (pyad, torch):
        leaf = lib.tensor(x, requires_grad=True)
        lib.lgamma(leaf).backward(lib.ones(6, dtype=lib.float64))
        grads.append(leaf.grad.numpy())
    np.testing.assert_allclose(grads[0], grads[1], rtol=1e-14)


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_polygamma_at_poles(order):
    """Infinite from both sides for odd orders; of even ones PyTorch's side is taken."""
    x = pyad.tensor([0.0, -0.0, -1.0, -7.0, -INF, INF, NAN], dtype=pyad.float64)
    got = pyad.polygamma(order, x).tolist()
    sign = 1 if order % 2 else -1
    assert got[:5] == [sign * INF] * 5
    assert got[5] == 0
    assert math.isnan(got[6])


ORDERS = [0, 1, 2, 3, 4, 5, 8, 13, 30, 90, 160]


@pytest.mark.parametrize("order", ORDERS)
def test_polygamma_is_exact_enough(order):
    """Against mpmath, in ulp of the result: positive arguments small and large, negative ones."""
    rng = np.random.default_rng(order)
    x = np.concatenate(
        [
            rng.uniform(0.01, 4, 40),
            rng.uniform(4, 60, 20),
            10.0 ** rng.uniform(2, 8, 10),
            -rng.integers(0, 9, 30) - rng.uniform(0.02, 0.3, 30),
        ]
    )
    got = pyad.polygamma(order, pyad.tensor(x)).tolist()
    for value, result in zip(x.tolist(), got, strict=True):
        with mp.workdps(60):
            want = mp.psi(order, mp.mpf(value))
        if abs(want) < 1e-290 or abs(want) > 1e300:
            continue
        error = abs(mp.mpf(result) - want) / max(abs(want), mp.mpf(2) if order == 0 else 0)
        assert error * 2**53 <= 12 + 3 * order, (order, value, result)


def test_polygamma_of_whole_order_only():
    x = pyad.tensor([1.5])
    for lib, t in ((pyad, x), (torch, torch.tensor([1.5]))):
        with pytest.raises(RuntimeError, match="negative"):
            lib.polygamma(-1, t)
        with pytest.raises(TypeError):
            lib.polygamma(1.5, t)
    assert x.polygamma(1).item() == pyad.polygamma(1, x).item()
    assert x.polygamma_(1) is x
    assert x.item() == pytest.approx(0.9348022)


@pytest.mark.parametrize("name", ["lgamma", "digamma"])
def test_integers_become_floats(name):
    for dtype in ("bool", "uint8", "int32", "int64"):
        ours = getattr(pyad, name)(pyad.tensor([1, 1, 1], dtype=getattr(pyad, dtype)))
        theirs = getattr(torch, name)(torch.tensor([1, 1, 1], dtype=getattr(torch, dtype)))
        assert ours.dtype == pyad.float32
        np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-6)
    assert pyad.polygamma(2, pyad.tensor([3])).dtype == pyad.float32
    assert pyad.mvlgamma(pyad.tensor([3]), 2).dtype == pyad.float32


@pytest.mark.parametrize("x", [0.4, 1.4616, 3.7, -0.3, -2.6])
def test_every_order(x):
    """Five derivatives of lgamma: reverse mode over itself, and forward mode over reverse."""
    leaf = pyad.tensor(x, dtype=pyad.float64, requires_grad=True)
    y = pyad.lgamma(leaf)
    number = Value(x)
    for order in range(5):
        (y,) = pyad.autograd.grad(y, leaf, create_graph=True)
        with mp.workdps(40):
            want = float(mp.psi(order, mp.mpf(x)))
        assert y.item() == pytest.approx(want, rel=1e-12, abs=1e-12)
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(
            pyad.tensor(x, dtype=pyad.float64, requires_grad=True),
            pyad.tensor(1.0, dtype=pyad.float64),
        )
        (slope,) = pyad.autograd.grad(pyad.digamma(dual), dual, create_graph=True)
        tangent = forward_ad.unpack_dual(slope).tangent
        assert tangent.item() == pytest.approx(float(mp.psi(2, x)), rel=1e-12)
    number.lgamma().backward()
    assert number.grad == pytest.approx(float(mp.psi(0, x)), rel=1e-12, abs=1e-12)


def test_of_values():
    x = Value(2.5)
    pyad.polygamma(2, x).backward()
    assert x.grad == pytest.approx(float(mp.psi(3, 2.5)), rel=1e-13)

    @pyad.compile
    def f(v):
        return v.lgamma() * v.digamma()

    assert f(2.5) == pytest.approx(float(mp.loggamma(2.5) * mp.psi(0, 2.5)), rel=1e-14)


def checked(f):
    for low, high in ((0.2, 0.9), (1.1, 4.0), (5.0, 9.0), (-0.9, -0.1), (-3.9, -3.1)):
        x = np.random.default_rng(3).uniform(low, high, 6)
        leaf = pyad.tensor(x, requires_grad=True)
        assert pyad.autograd.gradcheck(f, (leaf,))
        assert pyad.autograd.gradgradcheck(f, (leaf,))


@pytest.mark.parametrize("name", ["lgamma", "digamma"])
def test_gradcheck(name):
    checked(getattr(pyad, name))


@pytest.mark.parametrize("order", [1, 2, 5])
def test_gradcheck_of_polygamma(order):
    x = pyad.tensor([0.7, 1.3, 4.0], dtype=pyad.float64, requires_grad=True)
    assert pyad.autograd.gradcheck(lambda t: pyad.polygamma(order, t) / 50, (x,))
    assert pyad.autograd.gradgradcheck(lambda t: pyad.polygamma(order, t) / 1e4, (x,))


@pytest.mark.parametrize("p", [1, 2, 5])
def test_mvlgamma(p):
    x = np.random.default_rng(p).uniform(p / 2 + 0.1, 9, (4, 3))
    grads = []
    for lib in (pyad, torch):
        leaf = lib.tensor(x, requires_grad=True)
        y = lib.mvlgamma(leaf, p)
        y.sum().backward()
        grads.append((y.detach().numpy(), leaf.grad.numpy()))
    np.testing.assert_allclose(grads[0], grads[1], rtol=1e-12)
    for bad in (0, -1, 10**6 + 1, 2**63 - 1):
        with pytest.raises(RuntimeError, match="mvlgamma: p must be at least 1 and at most"):
            pyad.mvlgamma(pyad.tensor([2.0]), bad)


@pytest.mark.parametrize("dtype", DTYPES)
def test_digamma_rises_between_poles(dtype):
    """Runs of neighbouring numbers about the seams of the formulas and anywhere; the whole axis."""
    rng = np.random.default_rng(4)
    starts = [
        0.5,
        1,
        1.25,
        1.5,
        2,
        3,
        4,
        8,
        1e-3,
        *rng.uniform(0, 6, 30),
        *10.0 ** rng.uniform(-5, 9, 20),
    ]
    width = f"int{dtype[5:]}"
    for start in np.array(starts, dtype):
        x = (start.view(width) + np.arange(-3000, 3000).astype(width)).view(dtype)
        y = pyad.digamma(pyad.tensor(x)).numpy()
        assert (np.diff(y) >= 0).all(), x[1:][np.diff(y) < 0][0]
    for k in range(6):
        x = np.sort(rng.uniform(-k - 1, -k, 3000).astype(dtype))
        y = pyad.digamma(pyad.tensor(x[(x > -k - 1) & (x < -k)])).numpy()
        assert (np.diff(y) >= 0).all()


def test_lgamma_of_every_size_about_its_roots():
    """Relative to the result at 1 and 2, where it is 0; about negative roots to 1."""
    offsets = [s * 2.0**-k for k, s in itertools.product(range(2, 50, 3), (1, -1))]
    for root in (1.0, 2.0):
        x = np.array([root + d for d in offsets])
        got = pyad.lgamma(pyad.tensor(x)).tolist()
        with mp.workdps(40):
            for value, result in zip(x.tolist(), got, strict=True):
                want = mp.loggamma(mp.mpf(value))
                assert abs(result / want - 1) <= 4 * 2.0**-52
    for start in (-2.4570247382208006, -2.7476826467274127, -3.143580888349980, -8.000024800270682):
        x = start + np.arange(-50, 50) * 2.0**-49
        got = pyad.lgamma(pyad.tensor(x)).tolist()
        with mp.workdps(40):
            for value, result in zip(x.tolist(), got, strict=True):
                assert abs(result - mp.re(mp.loggamma(mp.mpf(value)))) <= 2 * 2.0**-52


@pytest.mark.parametrize("dtype", DTYPES)
def test_erfinv_whatever_its_neighbours(dtype):
    """Numbers near the ends take another formula, their neighbours the same as without them."""
    small = np.linspace(-0.99, 0.99, 700).astype(dtype)
    mixed = small.copy()
    places = [0, 5, 127, 128, 400, 699]
    mixed[places] = [1.0, -1.0, 0.99999, -0.9995, 2.0, NAN]
    alone, among = (pyad.erfinv(pyad.tensor(x)).numpy() for x in (small, mixed))
    rest = np.setdiff1d(np.arange(small.size), places)
    assert alone[rest].tobytes() == among[rest].tobytes()
    for k in places:
        one = pyad.erfinv(pyad.tensor(mixed[k], dtype=getattr(pyad, dtype))).numpy()
        np.testing.assert_array_equal(one, among[k])
    want = torch.erfinv(torch.tensor(mixed)).numpy()
    np.testing.assert_allclose(among, want, rtol=1e-6 if dtype == "float32" else 1e-14)
    written = pyad.tensor(mixed)
    assert written.erfinv_() is written
    assert written.numpy().tobytes() == among.tobytes()


def test_erfinv_every_order():
    x = pyad.tensor([-0.9, -0.2, 0.0, 0.5, 0.97], dtype=pyad.float64, requires_grad=True)
    assert pyad.autograd.gradcheck(pyad.erfinv, (x,))
    assert pyad.autograd.gradgradcheck(pyad.erfinv, (x,))
    ends = pyad.tensor([-1.0, 1.0, 0.0], dtype=pyad.float64, requires_grad=True)
    pyad.erfinv(ends).sum().backward()
    assert ends.grad.tolist() == [INF, INF, pytest.approx(math.sqrt(math.pi) / 2, rel=1e-15)]
    y = Value(0.5).erfinv()
    assert y.erf().data == pytest.approx(0.5, rel=1e-15)
