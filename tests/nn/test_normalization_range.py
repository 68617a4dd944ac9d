"""Normalisations of rows whose squares overflow or underflow: the results are ordinary numbers."""

from __future__ import annotations

import time
from math import ldexp

import numpy as np
import pytest

import pyad
import pyad.autograd.forward_ad as fwd
import pyad.nn.functional as F

CASES = {
    "layer_norm": lambda x, w, eps: F.layer_norm(x, (6,), w, eps=eps),
    "group_norm": lambda x, w, eps: F.group_norm(x, 2, w[:4], eps=eps),
    "instance_norm": lambda x, w, eps: F.instance_norm(x, weight=w[:4], eps=eps),
    "batch_norm of planes": lambda x, w, eps: F.batch_norm(
        x, None, None, w[:4], training=True, eps=eps
    ),
    "batch_norm of columns": lambda x, w, eps: F.batch_norm(
        x.reshape(8, 6), None, None, w, training=True, eps=eps
    ),
    "rms_norm": lambda x, w, eps: F.rms_norm(x, (6,), w, eps=eps),
}
RTOL = {"float32": 6e-6, "float64": 1e-14}


def sizes(dtype):
    """Every decade of a dtype, from eight times the least number to the largest."""
    limits = np.finfo(dtype)
    low, high = int(np.log10(limits.smallest_subnormal)) + 1, int(np.log10(limits.max))
    between = [float(f"1e{k}") for k in range(low, high + 1)]
    return [8 * float(limits.smallest_subnormal), *between, float(limits.max)]


# What is asked for, and its power of 1 / size.
ASKED = {
    "values": 0,
    "pulled": 1,
    "pulled to weight": 0,
    "recorded": 1,
    "recorded to weight": 0,
    "second": 1,
    "second to weight": 0,
    "pushed": 0,
}


def everything(f, x, w, t, eps):
    """What ASKED names."""
    g = np.sin(np.arange(48.0)).astype(x.dtype)
    x, w, t = pyad.tensor(x).requires_grad_(), pyad.tensor(w).requires_grad_(), pyad.tensor(t)
    y = f(x, w, eps)
    g = pyad.tensor(g.reshape(y.shape))
    plain = pyad.autograd.grad((y * g).sum(), [x, w], retain_graph=True)
    first = pyad.autograd.grad((y * g).sum(), [x, w], create_graph=True)
    second = pyad.autograd.grad(first[0], [x, w], t)
    with fwd.dual_level():
        tangent = fwd.unpack_dual(f(fwd.make_dual(x.detach(), t), w.detach(), eps)).tangent
    found = (y, *plain, *first, *second, tangent)
    return {name: v.detach().numpy() for name, v in zip(ASKED, found, strict=True)}


@pytest.mark.parametrize("eps", [0.0, 1e-5])
@pytest.mark.parametrize("dtype", RTOL)
@pytest.mark.parametrize("name", CASES)
def test_every_decade(name, dtype, eps, rng):
    """As the same numbers in float64, times a power of two that brings them or eps near 1."""
    w, limits = rng.uniform(0.5, 2, 6).astype(dtype), np.finfo(dtype)
    eighths, t = rng.integers(-8, 9, (2, 4, 6)) / 8, np.cos(np.arange(48.0)).reshape(2, 4, 6)
    for size in sizes(dtype):
        at = [(eighths * size).astype(dtype), (t * size).astype(dtype)]
        by = -int(np.floor(np.log2(max(size, eps**0.5))))
        near = [np.ldexp(v.astype("float64"), by) for v in at]
        wants = everything(CASES[name], near[0], w.astype("float64"), near[1], ldexp(eps, 2 * by))
        gots = everything(CASES[name], at[0], w, at[1], eps)
        for asked, power in ASKED.items():
            with np.errstate(over="ignore"):
                want, got = np.ldexp(wants[asked], power * by), gots[asked].astype("float64")
            # Within the rounding of a result near the largest number it may be infinite.
            least, most = np.abs(want) * (1 - 1e-4), np.abs(want) * (1 + 1e-4)
            over, inside = least > float(limits.max), most < float(limits.max)
            assert (got[over] == np.sign(want[over]) * np.inf).all(), f"{asked} at {size}"
            # Of each of 12 products below the least number is lost, and then multiplied by
            # 1 / deviation, in second derivatives by its cube.
            times = 3 if asked == "second" else 1 + power
            lost = 12 * float(limits.smallest_subnormal) * (eps or 1) ** (-times / 2)
            rtol = RTOL[dtype]
            atol = lost + (rtol * np.abs(want[inside]).max() if inside.any() else 0)
            np.testing.assert_allclose(
                got[inside], want[inside], rtol, atol, err_msg=f"{asked} at {size}"
            )


@pytest.mark.parametrize("dtype", RTOL)
@pytest.mark.parametrize("name", [name for name in CASES if name != "rms_norm"])
def test_equal_numbers_become_zero(name, dtype, rng):
    """And are differentiated like any row whose deviation is the root of eps."""
    w, t = rng.uniform(0.5, 2, 6).astype(dtype), np.cos(np.arange(48.0)).reshape(2, 4, 6)
    w64, t = w.astype("float64"), t.astype(dtype)
    wants = everything(CASES[name], np.zeros((2, 4, 6)), w64, t.astype("float64"), 1e-5)
    for size in sizes(dtype):
        x = np.full((2, 4, 6), size * 0.7, dtype)
        gots = everything(CASES[name], x, w, t, 1e-5)
        for asked, want in wants.items():
            np.testing.assert_allclose(
                gots[asked],
                want,
                RTOL[dtype],
                RTOL[dtype] * np.abs(want).max(),
                err_msg=f"{asked} {size}",
            )
        assert (gots["values"] == 0).all(), size


@pytest.mark.parametrize("n", [3, 7, 100, 768, 5000, 100_000])
def test_many_equal_numbers(n):
    """However the mean is rounded on the way, it is the number; as var and std have it."""
    for v in (100000.3, 0.1, -3.3):
        x = pyad.full((2, 4, n), v)
        for y in (
            F.layer_norm(x, (n,)),
            F.group_norm(x, 2),
            F.instance_norm(x),
            F.batch_norm(x, None, None, training=True),
            F.batch_norm(x[0].T, None, None, training=True),
            F.batch_norm(x.permute(2, 1, 0), None, None, training=True),
        ):
            assert (y == 0).all(), (n, v)


@pytest.mark.parametrize("dtype", RTOL)
def test_numbers_that_differ_by_more_than_the_largest(dtype):
    """Half of them the largest and half the least: sums and differences overflow on the way."""
    largest = float(np.finfo(dtype).max)
    for signs, want in (
        ([-1, 1, -1, 1], [-1, 1, -1, 1]),
        ([1, -1, -1, -1], np.array([3, -1, -1, -1]) / 3**0.5),
        ([-1] * 128 + [1] * 128, [-1] * 128 + [1] * 128),
    ):
        x = (np.array(signs, dtype) * largest).astype(dtype)[None]
        n = x.size
        t = np.cos(np.arange(1.0 * n)).astype(dtype)
        for f, shape in (
            (lambda v, n=n: F.layer_norm(v, (n,)), (1, n)),
            (lambda v: F.group_norm(v, 1), (1, n)),
            (lambda v: F.instance_norm(v), (1, 1, n)),
            (lambda v: F.batch_norm(v, None, None, training=True), (n, 1)),
            (lambda v: F.batch_norm(v, None, None, training=True), (1, 1, n)),
        ):
            leaf, g = pyad.tensor(x.reshape(shape)).requires_grad_(), pyad.tensor(t.reshape(shape))
            y = f(leaf)
            np.testing.assert_allclose(y.detach().numpy().ravel(), want, 1e-6)
            plain = pyad.autograd.grad(y, leaf, g, retain_graph=True)[0]
            recorded = pyad.autograd.grad(y, leaf, g, create_graph=True)[0].detach()
            unit = np.array(signs, "float64").ravel()
            d = unit - unit.mean()
            z, s = d / d.std(), 1 / d.std()
            pulled = s * (t - t.mean() - z * (t * z).mean())
            for found in (plain, recorded):
                got = found.numpy().astype("float64").ravel() * largest
                np.testing.assert_allclose(got, pulled, 1e-5, 2e-6)
            with fwd.dual_level():
                small = pyad.tensor((t.reshape(shape) * largest / 8).astype(dtype))
                pushed = fwd.unpack_dual(f(fwd.make_dual(leaf.detach(), small))).tangent.numpy()
            np.testing.assert_allclose(pushed.ravel() * 8, pulled, 1e-5, 2e-6)


def test_no_numbers():
    """Rows without elements have no deviation to look at."""
    for shape in ((3, 0), (0, 4), (2, 4, 0), (0, 4, 3)):
        x = pyad.zeros(*shape, requires_grad=True)
        for f in (lambda v: F.layer_norm(v, v.shape[-1:]), lambda v: F.rms_norm(v, v.shape[-1:])):
            y = f(x)
            assert y.shape == shape
            assert pyad.autograd.grad(y.sum(), x, create_graph=True)[0].shape == shape
    x = pyad.zeros(2, 4, 0, requires_grad=True)
    for y in (F.group_norm(x, 2), F.batch_norm(x, None, None, training=True)):
        assert pyad.autograd.grad(y.sum(), x, create_graph=True)[0].shape == (2, 4, 0)


def test_running_statistics_of_extreme_numbers():
    """The mean where the sum overflows, and the variance: infinite, or of equal numbers 0."""
    x = pyad.tensor([[3e38, 3.0, 1e30], [3e38, 3.0, 3e30], [1e38, 3.0, 2e30]])
    mean, variance = pyad.zeros(3), pyad.zeros(3)
    F.batch_norm(x, mean, variance, training=True, momentum=1.0)
    np.testing.assert_allclose(mean.numpy(), [7e38 / 3, 3, 2e30], 1e-6)
    assert variance.tolist() == [np.inf, 0, np.inf]
    x = pyad.tensor([[3e38, 3e38], [3e38, 1e38], [-3e38, 3e38]]).reshape(3, 1, 2)
    F.instance_norm(x, mean[:1], variance[:1], momentum=1.0)
    np.testing.assert_allclose(mean[0].item(), 5e38 / 3, 1e-6)


def seconds(f):
    best = np.inf
    for _ in range(5):
        start = time.process_time()
        f()
        best = min(best, time.process_time() - start)
    return best


@pytest.mark.parametrize("name", ["instance_norm", "group_norm", "batch_norm", "columns"])
def test_time_is_linear(name):
    """Sixteen times the statistics of extreme rows take not much more than 16 times as long."""

    shape, f = {
        "instance_norm": (lambda c: (c, c, 2, 2), F.instance_norm),
        "group_norm": (lambda c: (c, c, 2, 2), lambda x: F.group_norm(x, x.shape[1] // 2)),
        "batch_norm": (
            lambda c: (4, c * c, 2),
            lambda x: F.batch_norm(x, None, None, training=True),
        ),
        "columns": (
            lambda c: (8, c * c),
            lambda x: F.batch_norm(x, None, None, training=True),
        ),
    }[name]

    def both(c):
        x = (pyad.randn(*shape(c)) * 1e20).requires_grad_()
        pyad.autograd.grad(f(x), x, pyad.ones(*shape(c)))

    ratio = seconds(lambda: both(96)) / seconds(lambda: both(24))
    assert ratio < 64, ratio  # 256, were it quadratic


@pytest.mark.parametrize("dtype", RTOL)
def test_rows_beside_others_keep_their_bits(dtype, rng):
    """What is computed again is the extreme row alone."""
    x = rng.standard_normal((3, 6)).astype(dtype)
    mixed = x.copy()
    mixed[1] *= sizes(dtype)[-10]
    for f in (lambda v: F.layer_norm(v, (6,)), lambda v: F.rms_norm(v, (6,))):
        plain, among = f(pyad.tensor(x)).numpy(), f(pyad.tensor(mixed)).numpy()
        assert plain[0].tobytes() == among[0].tobytes()
        assert plain[2].tobytes() == among[2].tobytes()
        np.testing.assert_allclose(among[1], plain[1], rtol=1e-4)


def test_equal_numbers_and_none(rng):
    """No deviation, infinities and NaN: what the plain formula says."""
    equal = F.layer_norm(pyad.full((1, 5), 0.1, dtype=pyad.float64), (5,), eps=0.0)
    assert not np.isfinite(equal.numpy()).any()
    for bad in (np.inf, np.nan):
        x = pyad.tensor([[1.0, bad, 2.0], [1.0, 2.0, 3.0]])
        y = F.layer_norm(x, (3,)).numpy()
        assert np.isnan(y[0]).all()
        assert np.isfinite(y[1]).all()
    assert F.rms_norm(pyad.tensor([[1.0, np.inf]]), (2,)).numpy()[0, 0] == 0
    assert (F.layer_norm(pyad.zeros(2, 4), (4,), eps=0.1).numpy() == 0).all()
