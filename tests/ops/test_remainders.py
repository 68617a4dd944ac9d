"""Remainders and quotients rounded down are exact: beside fractions, for numbers of every size.

Apart from the elementwise cases because the oracle is no library: loops take a quick way that is
right for most quotients, and have to find the elements for which it is not.
"""

import math
from fractions import Fraction

import numpy as np
import pytest

import pyad


def numbers(dtype):
    rng = np.random.default_rng(0)
    words = np.uint32 if dtype == np.float32 else np.uint64
    anything = np.frombuffer(rng.bytes(np.dtype(dtype).itemsize * 600), words).view(dtype)
    tiny = np.finfo(dtype).smallest_subnormal
    special = np.array([0.0, -0.0, tiny, -tiny, 3 * tiny, 1.0, -1.0], dtype)
    near = rng.uniform(-7, 7, 300).astype(dtype)
    whole = rng.integers(-50, 50, 500).astype(dtype)
    return np.concatenate([anything[np.isfinite(anything)], near, whole, special])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("scale", [1.0, 1e5, 1e7, 1e-8])
def test_quotients_and_remainders_are_exact(dtype, scale):
    rng = np.random.default_rng(1)
    b = numbers(dtype)
    b = b[b != 0]
    with np.errstate(all="ignore"):
        a = rng.permutation(numbers(dtype))[: len(b)]
        if scale != 1.0:  # quotients of about that size
            a = (b * dtype(scale) * rng.uniform(0.1, 1, len(b)).astype(dtype)).astype(dtype)
    keep = np.isfinite(a)
    a, b = a[keep], b[keep]
    x, y = pyad.tensor(a), pyad.tensor(b)
    fmod, remainder = pyad.fmod(x, y).numpy(), pyad.remainder(x, y).numpy()
    quotient = pyad.floor_divide(x, y).numpy()
    np.testing.assert_array_equal(fmod, np.fmod(a, b))
    known = 2 ** (np.finfo(dtype).nmant - 1)
    for i, (p, q) in enumerate(zip(a.tolist(), b.tolist(), strict=True)):
        down = math.floor(Fraction(p) / Fraction(q))
        if abs(down) >= known:
            continue
        assert quotient[i] == down, (p, q)
        assert math.copysign(1, quotient[i]) == math.copysign(1, p) * math.copysign(1, q), (p, q)
        assert remainder[i] == dtype(float(Fraction(p) - down * Fraction(q))), (p, q)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("op", ["fmod", "remainder", "floor_divide"])
def test_an_element_does_not_depend_on_its_neighbours(op, dtype):
    rng = np.random.default_rng(2)
    a, b = rng.permutation(numbers(dtype)), rng.permutation(numbers(dtype))
    call = getattr(pyad, op)
    together = call(pyad.tensor(a), pyad.tensor(b)).numpy()
    alone = [
        call(pyad.tensor(a[i : i + 1]), pyad.tensor(b[i : i + 1])).numpy()[0] for i in range(400)
    ]
    np.testing.assert_array_equal(together[:400], np.array(alone))
    beside_one = call(pyad.tensor(a), float(b[3])).numpy()
    one = call(pyad.tensor(a), pyad.tensor(np.full_like(a, b[3]))).numpy()
    np.testing.assert_array_equal(beside_one, one)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("op", ["fmod", "remainder", "floor_divide"])
def test_in_place_is_what_it_is_out_of_place(op, dtype):
    """Elements that need the exact way are found though the quick way has overwritten them."""
    rng = np.random.default_rng(3)
    a, b = rng.permutation(numbers(dtype)), rng.permutation(numbers(dtype))
    b[b == 0] = 1
    for divisor in (pyad.tensor(b), float(b[3])):
        x = pyad.tensor(a)
        want = getattr(pyad, op)(x, divisor).numpy()
        getattr(x, op + "_")(divisor)
        np.testing.assert_array_equal(x.numpy(), want)
