"""Bessel functions, incomplete gamma functions and the normal law's functions, against mpmath."""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pytest
import scipy.special as sp
import torch

import pyad
from op_names import ELEMENTWISE, function_of

NAMED = {row["name"]: function_of(row) for row in ELEMENTWISE}
inf, nan = float("inf"), float("nan")


def normal_quantile(p):
    """By Newton's steps from a double, in mpmath's digits."""
    p = mp.mpf(p)
    x = mp.mpf(torch.special.ndtri(torch.tensor(float(p), dtype=torch.float64)).item())
    for _ in range(4):
        x -= (mp.erfc(-x / mp.sqrt(2)) / 2 - p) / (mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi))
    return x


REFERENCES = {
    "i0": (lambda x: mp.besseli(0, x), [0.0, 1e-9, 0.3, 2.0, 7.999, 8.0, 8.01, 30.0, 700.0]),
    "i1": (lambda x: mp.besseli(1, x), [0.0, 1e-9, 0.3, -2.0, 7.999, 8.0, 8.01, 30.0, 700.0]),
    "i0e": (
        lambda x: mp.besseli(0, x) * mp.exp(-abs(x)),
        [0.0, 1e-9, -0.3, 2.0, 7.999, 8.0, 8.01, 30.0, 1e4, 1e8],
    ),
    "i1e": (
        lambda x: mp.besseli(1, x) * mp.exp(-abs(x)),
        [0.0, 1e-9, -0.3, 2.0, 7.999, 8.0, 8.01, 30.0, 1e4, 1e8],
    ),
    "ndtri": (normal_quantile, [1e-300, 1e-20, 1e-4, 0.09, 0.11, 0.4, 0.5001, 0.7, 0.97, 1 - 1e-9]),
    "log_ndtr": (
        lambda x: mp.log1p(-mp.erfc(x / mp.sqrt(2)) / 2) if x > 0 else mp.log(mp.ncdf(x)),
        [-1e3, -40.0, -14.1, -13.9, -5.0, -1.001, -0.9, 0.0, 1.0, 5.0, 30.0],
    ),
    "entr": (lambda x: -x * mp.log(x), [1e-300, 1e-9, 0.5, 1.0, 3.0]),
}


@pytest.mark.parametrize("name", REFERENCES)
def test_of_one_argument(name):
    reference, points = REFERENCES[name]
    with mp.workdps(60):
        want = [float(reference(mp.mpf(x))) for x in points]
    got = NAMED[name](pyad.tensor(points, dtype=pyad.float64)).numpy()
    np.testing.assert_allclose(got, want, rtol=6e-15, atol=1e-196)
    short = [x for x in points if abs(x) < 80 and (x == 0 or abs(x) > 1e-30) and x != 1 - 1e-9]
    with mp.workdps(60):
        want = [float(reference(mp.mpf(float(np.float32(x))))) for x in short]
    got = NAMED[name](pyad.tensor(short, dtype=pyad.float32)).numpy()
    np.testing.assert_allclose(got, want, rtol=1.2e-7, atol=1e-38)


@pytest.mark.parametrize("a", [1e-3, 0.2, 1.0, 3.5, 11.9, 12.1, 100.0, 1e4, 1e6])
def test_incomplete_gamma(a):
    xs = [a * r for r in (1e-3, 0.3, 0.9, 0.999, 1.0, 1.001, 1.1, 3.0)] + [a + 2, 30.0]
    at = pyad.full((len(xs),), a, dtype=pyad.float64)
    lower = pyad.igamma(at, pyad.tensor(xs, dtype=pyad.float64)).numpy()
    upper = pyad.igammac(at, pyad.tensor(xs, dtype=pyad.float64)).numpy()
    if a > 2e3:  # mpmath's series does not end there
        np.testing.assert_allclose(lower, sp.gammainc(a, xs), rtol=1e-10, atol=1e-300)
        np.testing.assert_allclose(upper, sp.gammaincc(a, xs), rtol=1e-10, atol=1e-300)
        return
    with mp.workdps(60):
        for i, x in enumerate(xs):
            P = mp.gammainc(a, 0, x, regularized=True)
            assert lower[i] == pytest.approx(float(P), rel=1e-12, abs=1e-300)
            assert upper[i] == pytest.approx(float(1 - P), rel=1e-12, abs=1e-30)


def test_ends_are_pytorchs():
    a = [0.0, 0.0, 1.0, 1.0, inf, inf, 2.0, -1.0, nan, 2.0, 0.5]
    x = [0.0, 1.0, 0.0, inf, 1.0, inf, -1.0, 1.0, 1.0, nan, 1e-300]
    for name in ("igamma", "igammac"):
        got = getattr(pyad, name)(pyad.tensor(a), pyad.tensor(x)).numpy()
        np.testing.assert_allclose(
            got, getattr(torch, name)(torch.tensor(a), torch.tensor(x)).numpy()
        )
    points = [-inf, -1.0, 0.0, 1.0, inf, nan, 2.0, -0.0]
    for name in ("i0", "i0e", "i1", "i1e", "ndtri", "log_ndtr", "entr"):
        got = NAMED[name](pyad.tensor(points, dtype=pyad.float64)).numpy()
        want = getattr(torch.special, name)(torch.tensor(points, dtype=torch.float64)).numpy()
        if name in ("i0", "i1"):  # NaN at the infinities there
            want[0], want[4] = inf if name == "i0" else -inf, inf
        np.testing.assert_allclose(got, want, rtol=1e-13)
    a, b = np.meshgrid([0.0, 1.0, -2.0, nan], [-1.0, -2.0, 0.0, 3.0, nan, inf])
    got = NAMED["xlog1py"](pyad.tensor(a), pyad.tensor(b)).numpy()
    want = torch.special.xlog1py(torch.tensor(a), torch.tensor(b)).numpy()
    np.testing.assert_allclose(got, want, rtol=1e-15)


def test_slopes_at_zero_and_far_out():
    for name, slopes in (("i0", [0.0]), ("i0e", [0.0]), ("i1", [0.5]), ("i1e", [0.5])):
        x = pyad.zeros(1, dtype=pyad.float64, requires_grad=True)
        NAMED[name](x).sum().backward()
        assert x.grad.tolist() == slopes
    x = pyad.tensor([-1e300, -1e6, -101.0, -99.0, 3.0], dtype=pyad.float64, requires_grad=True)
    NAMED["log_ndtr"](x).sum().backward()
    with mp.workdps(60):
        want = [
            float(
                mp.exp(-(mp.mpf(v) ** 2) / 2) / mp.sqrt(2 * mp.pi) / (mp.erfc(-v / mp.sqrt(2)) / 2)
            )
            for v in (-101.0, -99.0, 3.0)
        ]
    np.testing.assert_allclose(x.grad.numpy(), [1e300, 1e6 + 1e-6, *want], rtol=1e-11)


def test_incomplete_gamma_has_both_derivatives():
    a = pyad.tensor([0.4, 2.0, 30.0], dtype=pyad.float64, requires_grad=True)
    x = pyad.tensor([0.1, 3.0, 25.0], dtype=pyad.float64, requires_grad=True)
    for f in (pyad.igamma, pyad.igammac):
        assert pyad.autograd.gradcheck(f, (a, x), rtol=1e-5)
