"""Norms of every order, from 1e-3 to 1e300 and below zero, against mpmath: values and gradients of
all that is made of them. Sums of powers leave the range of numbers where the norm does not.
"""

from __future__ import annotations

import math

import mpmath as mp
import numpy as np
import pytest

import pyad
from pyad.nn import functional as F

ORDERS = [1e-3, 0.03, 0.5, 1.5, 2.5, 3.0, 7.0, 17.0, 100.0, 1e3, 1e5, 1e8, 1e10, 1e30, 1e300]
ALL = [*ORDERS, *(-p for p in ORDERS)]
LINES = {
    "apart": [3.0, -1.0, 0.5],
    "alone": [-0.75],
    "equal": [0.7, 0.7, -0.7, 0.7],
    "near": [1.0, 1.0 + 2**-20, 1.0 - 2**-21],
    "large": [3e15, 1e12, -4e14],
    "small": [3e-15, -1e-14, 2e-18],
    "wide": [1e-20, 1e20, -1e3],
    "with zeros": [0.0, 2.0, 0.0],
    "zeros": [0.0, 0.0],
}


def right_norm(xs, p):
    """As mpmath says it, relative to the extreme element."""
    sizes = [abs(mp.mpf(float(x))) for x in xs]
    extreme = max(sizes) if p > 0 else min(sizes)
    if extreme == 0:
        return mp.mpf(0)
    return extreme * mp.fsum((s / extreme) ** mp.mpf(p) for s in sizes) ** (1 / mp.mpf(p))


def right_slopes(xs, p):
    """sign(x) (|x| / norm)^(p - 1), and 0 at 0; relative to the extreme element again."""
    values, p = [mp.mpf(float(x)) for x in xs], mp.mpf(p)
    extreme = max(map(abs, values)) if p > 0 else min(map(abs, values))
    if extreme == 0:
        return [mp.mpf(0)] * len(values)
    total = mp.fsum((abs(v) / extreme) ** p for v in values) ** (1 / p - 1)
    return [mp.sign(v) * (abs(v) / extreme) ** (p - 1) * total if v else v for v in values]


def check(got, want, dtype, p, what, slopes=False):
    """Within a few units; of an order below 1 the power 1/p multiplies what is rounded, and a slope
    is an exponential, whose argument is."""
    info = np.finfo(dtype)
    got, want = np.ravel(got), np.ravel(np.array(want, dtype=object))
    assert got.shape == want.shape
    units = 8 + (4 if dtype == "float32" else 2000) * (abs(p) < 1)
    for g, w in zip(got.tolist(), want.tolist(), strict=True):
        if abs(w) > float(info.max):
            assert g == math.copysign(math.inf, w), f"{what}: {g}, not {mp.nstr(w)}"
            continue
        more = abs(mp.log(abs(w))) if slopes and w else 0
        bound = (units + more) * max(abs(w) * float(info.eps), float(info.tiny))
        assert abs(mp.mpf(g) - w) <= bound, f"{what}: {g}, not {mp.nstr(w, 12)}"


@pytest.fixture(autouse=True)
def digits():
    with mp.workdps(60):
        yield


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("p", ALL)
def test_norms(p, dtype):
    for name, line in LINES.items():
        xs = np.array(line, dtype)
        x = pyad.tensor(xs).requires_grad_()
        what = f"norm of {name} {line}, p={p}"
        check(x.norm(p).item(), [right_norm(xs, p)], dtype, p, what)
        x.norm(p).backward()
        check(x.grad.numpy(), right_slopes(xs, p), dtype, p, f"gradient of the {what}", True)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("p", ALL)
def test_norms_along_dims(p, dtype, rng):
    values = rng.normal(size=(3, 40, 2)).astype(dtype)
    for order in [(0, 1, 2), (2, 1, 0)]:
        x = pyad.tensor(values.transpose(order)).requires_grad_()
        turned = values.transpose(order)
        y = x.norm(p, 1)
        want = [
            [right_norm(turned[i, :, j], p) for j in range(turned.shape[2])]
            for i in range(turned.shape[0])
        ]
        check(y.detach().numpy(), want, dtype, p, f"p={p}")
        y.sum().backward()
        slopes = np.empty(turned.shape, object)
        for i in range(turned.shape[0]):
            for j in range(turned.shape[2]):
                slopes[i, :, j] = right_slopes(turned[i, :, j], p)
        check(x.grad.numpy(), slopes, dtype, p, f"gradient, p={p}", True)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("p", ORDERS)
def test_distances(p, dtype):
    rows = [[3.0, 1.0], [0.25, -2.0], [3.0, 1.0], [3.5, 7.0]]
    others = [[3.0, 1.0], [0.5, 0.5]]
    xs, ys = np.array(rows, dtype), np.array(others, dtype)
    x, y = pyad.tensor(xs).requires_grad_(), pyad.tensor(ys)
    want = [[right_norm(a - b, p) for b in ys] for a in xs]
    d = pyad.cdist(x, y, p=p)
    check(d.detach().numpy(), want, dtype, p, f"cdist, p={p}")
    d.sum().backward()
    slopes = [
        [mp.fsum(s) for s in zip(*(right_slopes(a - b, p) for b in ys), strict=True)] for a in xs
    ]
    check(x.grad.numpy(), slopes, dtype, p, f"gradient of cdist, p={p}", True)
    pairs = [(i, j) for i in range(4) for j in range(i + 1, 4)]
    want = [right_norm(xs[i] - xs[j], p) for i, j in pairs]
    check(F.pdist(x, p).detach().numpy(), want, dtype, p, f"pdist, p={p}")
    want = [right_norm(xs[0] - xs[1], p)]
    check(pyad.dist(x[0], x[1], p).item(), want, dtype, p, f"dist, p={p}")
    y = F.pairwise_distance(x[:1], x[1:2], p, eps=0.0)
    check(y.detach().numpy(), want, dtype, p, f"pairwise_distance, p={p}")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("p", ORDERS)
def test_what_divides_by_a_norm(p, dtype):
    xs = np.array([[3.0, -1.0], [0.25, 0.125]], dtype)
    norms = [right_norm(row, p) for row in xs]
    y = F.normalize(pyad.tensor(xs), p=p, dim=1)
    want = [[mp.mpf(float(v)) / n for v in row] for row, n in zip(xs, norms, strict=True)]
    check(y.numpy(), want, dtype, p, f"normalize, p={p}")
    table = pyad.tensor(xs)
    F.embedding(pyad.tensor([0, 1]), table, max_norm=0.5, norm_type=p)
    want = [
        [mp.mpf(float(v)) * (mp.mpf("0.5") / (n + mp.mpf("1e-7")) if n > 0.5 else 1) for v in row]
        for row, n in zip(xs, norms, strict=True)
    ]
    check(table.numpy(), want, dtype, p, f"embedding with max_norm, p={p}")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("p", [*ALL, 2.0])
def test_the_norm_of_all_gradients(p, dtype):
    """Of the norms of each, which are numbers in any order."""
    for name, line in LINES.items():
        xs = np.array(line, dtype)
        parts = [pyad.tensor(xs[:1]), pyad.tensor(xs)]
        both = np.concatenate([xs[:1], xs])
        y = pyad.nn.utils.get_total_norm(parts, p)
        check(y.item(), [right_norm(both, p)], dtype, p, f"total norm of {name}, p={p}")


@pytest.mark.parametrize("p", [17.0, 100.0, 1e3, -20.0])
def test_second_derivatives(p):
    """Of steep norms, by differences of the gradient in mpmath."""
    xs = np.array([1.0, 0.99, -0.97, 0.2])
    x = pyad.tensor(xs).requires_grad_()
    (g,) = pyad.autograd.grad(x.norm(p), x, create_graph=True)
    weights = np.array([1.0, -0.5, 2.0, 0.25])
    (h,) = pyad.autograd.grad((g * pyad.tensor(weights)).sum(), x)
    want = []
    for k in range(len(xs)):
        step = mp.mpf(10) ** -25
        up, down = [mp.mpf(float(v)) for v in xs], [mp.mpf(float(v)) for v in xs]
        up[k], down[k] = up[k] + step, down[k] - step
        sides = []
        for at in (up, down):
            y = right_norm_exact(at, p)
            sides.append(
                mp.fsum(
                    mp.mpf(w) * mp.sign(v) * (abs(v) / y) ** (mp.mpf(p) - 1)
                    for w, v in zip(weights, at, strict=True)
                )
            )
        want.append((sides[0] - sides[1]) / (2 * step))
    for a, b in zip(h.tolist(), want, strict=True):
        assert abs(a - b) <= 1e-11 * max(abs(b), mp.mpf(p) ** 2 * mp.mpf(10) ** -4), (a, b)


def right_norm_exact(xs, p):
    return mp.fsum(abs(v) ** mp.mpf(p) for v in xs) ** (1 / mp.mpf(p))
