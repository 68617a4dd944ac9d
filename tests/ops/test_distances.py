"""Distances of all pairs of rows: loops over pairs, tails, ranges, threads and gradients."""

import numpy as np
import pytest
import torch

import pyad

NORMS = [1.0, 2.0, np.inf]
SIZES = [(1, 1, 1), (3, 5, 2), (7, 64, 3), (33, 67, 4), (5, 131, 9), (70, 30, 32), (2, 2100, 5)]


def right(x, y, p):
    d = np.abs(x.astype(np.longdouble)[..., :, None, :] - y.astype(np.longdouble)[..., None, :, :])
    if p == np.inf:
        return d.max(-1)
    if p == 1:
        return d.sum(-1)
    return np.sqrt((d**2).sum(-1))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("p", NORMS)
@pytest.mark.parametrize("size", SIZES)
def test_values_and_gradients(size, p, dtype, rng):
    rows, others, m = size
    x = rng.standard_normal((2, rows, m)).astype(dtype)
    y = rng.standard_normal((2, others, m)).astype(dtype)
    a, b = pyad.tensor(x, requires_grad=True), pyad.tensor(y, requires_grad=True)
    r = pyad.cdist(a, b, p)
    eps = np.finfo(dtype).eps
    np.testing.assert_allclose(r.detach().numpy(), right(x, y, p).astype(float), rtol=m * eps)
    w = rng.standard_normal(r.shape).astype(dtype)
    got = pyad.autograd.grad(r, [a, b], pyad.tensor(w))
    ta, tb = (torch.tensor(v.astype("float64"), requires_grad=True) for v in (x, y))
    t = torch.cdist(ta, tb, p, compute_mode="donot_use_mm_for_euclid_dist")
    expected = torch.autograd.grad(t, [ta, tb], torch.tensor(w.astype("float64")))
    for g, e, n in zip(got, expected, (others, rows), strict=True):
        np.testing.assert_allclose(g.numpy(), e.numpy(), rtol=0, atol=32 * eps * np.sqrt(n))


@pytest.mark.parametrize("p", NORMS)
def test_a_pair_has_one_distance_wherever_it_stands(p, rng):
    x = rng.standard_normal((40, 7)).astype("float32")
    y = rng.standard_normal((150, 7)).astype("float32")
    whole = pyad.cdist(pyad.tensor(x), pyad.tensor(y), p).numpy()
    for i, j in [(0, 0), (3, 63), (39, 64), (11, 149), (20, 128)]:
        alone = pyad.cdist(pyad.tensor(x[i : i + 1]), pyad.tensor(y[j : j + 1]), p).numpy()
        assert alone[0, 0] == whole[i, j]
    np.testing.assert_array_equal(pyad.cdist(pyad.tensor(y), pyad.tensor(x), p).numpy(), whole.T)


@pytest.mark.parametrize("p", [1.0, 2.0])
def test_one_thread_and_several_give_the_same(p, rng):
    x = rng.standard_normal((300, 6)).astype("float32")
    y = rng.standard_normal((2100, 6)).astype("float32")
    w = pyad.tensor(rng.standard_normal((300, 2100)).astype("float32"))
    seen = []
    before = pyad.get_num_threads()
    try:
        for threads in (1, 3):
            pyad.set_num_threads(threads)
            a, b = pyad.tensor(x, requires_grad=True), pyad.tensor(y, requires_grad=True)
            r = pyad.cdist(a, b, p)
            seen.append(
                [r.detach().numpy(), *(g.numpy() for g in pyad.autograd.grad(r, [a, b], w))]
            )
    finally:
        pyad.set_num_threads(before)
    for one, several in zip(*seen, strict=True):
        np.testing.assert_array_equal(one, several)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("columns", [2, 40])
def test_squares_that_leave_the_range(dtype, columns):
    """Below and above what squares can hold, and at rows that are equal or no numbers."""
    largest, least = float(np.finfo(dtype).max), float(np.finfo(dtype).smallest_subnormal)
    sizes = [0, least, 40 * least, largest**-0.5 / 16, 1e-12, 1, largest**0.5 * 4, largest / 64]
    x = np.zeros((30, columns), dtype)
    x[: len(sizes), 0] = sizes
    x[: len(sizes), 1] = [-s for s in sizes]
    y = np.zeros((31, columns), dtype)
    got = pyad.cdist(pyad.tensor(x), pyad.tensor(y)).numpy()
    expected = right(x, y, 2.0)
    np.testing.assert_allclose(
        got.astype(np.longdouble), expected, rtol=4 * np.finfo(dtype).eps, atol=least
    )
    x[3] = np.inf
    x[5, 1] = np.nan
    got = pyad.cdist(pyad.tensor(x), pyad.tensor(y)).numpy()
    assert np.isinf(got[3]).all()
    assert np.isnan(got[5]).all()
    assert np.isfinite(np.delete(got, [3, 5], 0)).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("columns", [2, 40])
def test_gradients_of_tiny_distances(dtype, columns):
    """The reciprocal of such a distance is infinite; its gradient is a unit vector."""
    least = float(np.finfo(dtype).smallest_subnormal)
    x = np.zeros((30, columns), dtype)
    x[:, 0], x[:, 1] = 3000 * least, 4000 * least
    a = pyad.tensor(x, requires_grad=True)
    b = pyad.tensor(np.zeros((1, columns), dtype), requires_grad=True)
    ga, gb = pyad.autograd.grad(pyad.cdist(a, b).sum(), [a, b])
    expected = np.zeros((30, columns))
    expected[:, :2] = 0.6, 0.8
    np.testing.assert_allclose(ga.numpy(), expected, rtol=1e-3)
    np.testing.assert_allclose(gb.numpy(), -expected.sum(0, keepdims=True), rtol=1e-3)


@pytest.mark.parametrize("columns", [5, 40])
@pytest.mark.parametrize("p", NORMS)
def test_infinities_stay_in_their_rows(p, columns):
    x = np.ones((3, columns), "float32")
    x[1, 4] = np.inf
    y = np.zeros((37, columns), "float32")
    a, b = pyad.tensor(x, requires_grad=True), pyad.tensor(y, requires_grad=True)
    r = pyad.cdist(a, b, p)
    assert np.isinf(r.detach().numpy()[1]).all()
    (g,) = pyad.autograd.grad(r, [a], pyad.ones_like(r.detach()))
    assert np.isfinite(g.numpy()[[0, 2]]).all()
    r = pyad.cdist(b, a, p)
    (g,) = pyad.autograd.grad(r[:, [0, 2]], [b], pyad.ones(37, 2))
    # A Euclidean weight of 0 meets the infinity, and only in the column that has one.
    finite = np.delete(g.numpy(), 4, 1) if p == 2 else g.numpy()
    assert np.isfinite(finite).all()


def test_no_rows_and_no_columns():
    for shape, other in [
        ((0, 3), (4, 3)),
        ((4, 3), (0, 3)),
        ((4, 0), (5, 0)),
        ((0, 2, 3), (0, 4, 3)),
    ]:
        for p in NORMS:
            a = pyad.zeros(shape, requires_grad=True)
            r = pyad.cdist(a, pyad.zeros(other), p)
            assert r.shape == (*shape[:-1], other[-2])
            r.sum().backward()
            assert a.grad.shape == shape
