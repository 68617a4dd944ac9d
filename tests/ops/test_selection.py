"""The first k of a line, and the k-th: every k where the way to it changes, with ties, NaN and
infinities, against NumPy.
"""

from __future__ import annotations

import numpy as np
import pytest

import pyad

LENGTHS = [1, 2, 63, 64, 65, 255, 256, 257, 700, 5000]


def ks(n):
    near = [1, 2, 3, n // 256, n // 256 + 1, n // 256 + 2, n // 2, n - 2, n - 1, n]
    return sorted({k for k in near if 1 <= k <= n})


def lines(n, dtype, rng):
    """Different values, few different ones, and what is no number among them."""
    yield rng.permutation(n).astype(dtype)
    yield rng.integers(0, 4, n).astype(dtype)
    yield np.full(n, 7, dtype)
    if np.issubdtype(dtype, np.floating):
        x = rng.standard_normal(n).astype(dtype)
        x[rng.integers(0, n, n // 8)] = np.nan
        x[rng.integers(0, n, n // 8)] = np.inf
        x[rng.integers(0, n, n // 8)] = -np.inf
        yield x


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int32, np.int64])
@pytest.mark.parametrize("n", LENGTHS)
def test_topk(n, dtype, rng):
    for x in lines(n, dtype, rng):
        rising = np.sort(x)  # NaN last, as the greatest
        for k in ks(n):
            for largest in (True, False):
                values, places = (t.numpy() for t in pyad.tensor(x).topk(k, largest=largest))
                np.testing.assert_array_equal(values, (rising[::-1] if largest else rising)[:k])
                np.testing.assert_array_equal(x[places], values)
                assert len(set(places.tolist())) == k


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int32, np.int64])
@pytest.mark.parametrize("n", LENGTHS)
def test_kthvalue(n, dtype, rng):
    for x in lines(n, dtype, rng):
        rising = np.sort(x)
        for k in ks(n):
            value, place = pyad.tensor(x).kthvalue(k)
            np.testing.assert_array_equal(value.numpy(), rising[k - 1])
            np.testing.assert_array_equal(x[place.item()], rising[k - 1])


@pytest.mark.parametrize("dtype", ["uint8", "int32", "int64", "float32", "float64"])
def test_short_lines_of_every_length(dtype, rng):
    """Lines that are ordered by counting: equal elements in their order, and NaN last."""
    for n in range(1, 80):
        a = rng.integers(0, max(2, n // 2), (9, n)).astype(dtype)
        if dtype.startswith("float"):
            a[rng.random(a.shape) < 0.1] = np.nan
            a[rng.random(a.shape) < 0.1] = -np.inf
        x = pyad.tensor(a)
        values, places = x.sort(dim=1, stable=True)
        order = np.argsort(a, 1, kind="stable")
        np.testing.assert_array_equal(places.numpy(), order)
        np.testing.assert_array_equal(values.numpy(), np.take_along_axis(a, order, 1))
        np.testing.assert_array_equal(
            x.t().contiguous().sort(dim=0, stable=True)[1].numpy(), order.T
        )
