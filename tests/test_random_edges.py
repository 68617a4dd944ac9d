"""Streams at their start and choices at their end, against PyTorch."""

from __future__ import annotations

import copy
import pickle
import warnings

import numpy as np
import pytest
import torch

import pyad

WAYS = {
    "made": lambda lib: lib.Generator(),
    "seeded": lambda lib: lib.Generator().manual_seed(5),
    "seeded again": lambda lib: drawn(lib, lib.Generator(), 3).manual_seed(5),
    "one drawn": lambda lib: drawn(lib, lib.Generator(), 1),
    "a block drawn": lambda lib: drawn(lib, lib.Generator().manual_seed(1), 624),
    "more than a block": lambda lib: drawn(lib, lib.Generator().manual_seed(1), 625),
}


def drawn(lib, g, n):
    lib.rand(n, generator=g)
    return g


@pytest.mark.parametrize("way", WAYS)
def test_the_state_of_a_generator_is_pytorchs(way):
    """Its bytes too, before anything was drawn; and a stream goes on from it in either library."""
    mine, its = WAYS[way](pyad), WAYS[way](torch)
    assert mine.get_state().tolist() == its.get_state().tolist()
    state = mine.get_state()
    there = torch.Generator().set_state(torch.tensor(state.numpy()))
    back = pyad.Generator()
    back.set_state(pyad.tensor(its.get_state().numpy()))
    others = [
        back,
        pickle.loads(pickle.dumps(mine)),
        mine.clone_state(),
        pyad.Generator().set_state(state),
    ]
    want = torch.rand(1300, generator=there).numpy()
    for g in others:
        assert g.initial_seed() == its.initial_seed()
        np.testing.assert_array_equal(pyad.rand(1300, generator=g).numpy(), want)
    np.testing.assert_array_equal(pyad.rand(1300, generator=mine).numpy(), want)
    assert state.tolist() == copy.copy(state).tolist()


def test_the_default_generator_starts_as_its_state_says():
    before = pyad.get_rng_state()
    try:
        pyad.manual_seed(11)
        fresh = pyad.get_rng_state()
        first = pyad.rand(5).tolist()
        pyad.set_rng_state(fresh)
        assert pyad.rand(5).tolist() == first
    finally:
        pyad.set_rng_state(before)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_choices_whose_weights_sum_beyond_the_dtype(dtype):
    """They are chosen in proportion (PyTorch takes the last of them or the one that overflows)."""
    most = float(np.finfo(dtype).max)
    weights = pyad.tensor([most, most / 2, 0.0, most / 2], dtype=getattr(pyad, dtype))
    pyad.manual_seed(0)
    counts = np.bincount(pyad.multinomial(weights, 40_000, True).numpy(), minlength=4)
    np.testing.assert_allclose(counts / 40_000, [0.5, 0.25, 0, 0.25], atol=0.02)
    pyad.manual_seed(0)
    small = pyad.multinomial(pyad.tensor([2.0, 1.0, 0.0, 1.0], dtype=weights.dtype), 40_000, True)
    assert np.array_equal(np.bincount(small.numpy(), minlength=4), counts)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_choices_stay_in_range(dtype, rng):
    """Of weights whose running sum is rounded, and zeros at the end, which are never chosen."""
    for k in (1, 2, 3, 7, 1000):
        w = rng.random(k + 2) ** 4
        w[k:] = 0
        for scale in (1.0, 1e-30, 1e30, 1e-37):
            chosen = pyad.multinomial(pyad.tensor((w * scale).astype(dtype)), 3000, True)
            assert 0 <= chosen.min().item() <= chosen.max().item() < k


def test_bounds_at_the_ends_of_int64():
    least, most = -(2**63), 2**63 - 1
    for bad in ((least, (1,)), (least, least, (1,)), (most, least, (1,))):
        with pytest.raises(RuntimeError, match="expects 'from' to be less than 'to'"):
            pyad.randint(*bad)
    assert least <= pyad.randint(least, most, (1,)).item() < most


@pytest.mark.parametrize("dtype", ["int64", "int32", "uint8"])
@pytest.mark.parametrize(
    "draw",
    [
        lambda lib, **o: lib.randint(5, (3,), **o),
        lambda lib, **o: lib.randperm(2, **o),
        lambda lib, **o: lib.randint_like(lib.zeros(3), 5, **o),
    ],
    ids=["randint", "randperm", "randint_like"],
)
def test_only_floating_draws_ask_for_gradients(draw, dtype):
    """And of a refused draw nothing stays that asks."""
    for lib in (pyad, torch):
        with pytest.raises(RuntimeError, match="can require gradients"):
            draw(lib, dtype=getattr(lib, dtype), requires_grad=True)
    assert draw(pyad, dtype=pyad.float32, requires_grad=True).requires_grad


BEYOND = [
    (2**25,),
    (2**25 + 1,),
    (0, 2**24 + 2),
    (2**24, 2**25),
    (2**24 + 1, 2**24 + 7),
    (-(2**25), 0),
    (-(2**30), -(2**29)),
    (2**40,),
    (-(2**62), 2**62),
    (2**53, 2**53 + 12),
]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("bounds", BEYOND)
def test_integers_beyond_those_a_float_holds(bounds, dtype):
    """Drawn with a warning, and rounded, as in PyTorch."""
    low, high = bounds if len(bounds) == 2 else (0, *bounds)
    digits = 24 if dtype == "float32" else 53
    found = []
    for lib in (pyad, torch):
        lib.manual_seed(5)
        x = lib.empty(500, dtype=getattr(lib, dtype))
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            x.random_(*bounds)
            y = lib.randint(low, high, (30,), dtype=getattr(lib, dtype))
        found.append((bool(seen), x.tolist(), y.tolist()))
    assert found[0] == found[1]
    assert found[0][0] == (low < -(2**digits) or high - 1 > 2**digits)
    nearest = np.dtype(dtype).type
    assert all(nearest(low) <= v <= nearest(high) for v in found[0][1])


@pytest.mark.parametrize(
    "draw",
    [
        lambda lib: lib.randint(0, 300, (2,), dtype=lib.uint8),
        lambda lib: lib.randint(-1, 3, (2,), dtype=lib.uint8),
        lambda lib: lib.randint(2**31, 2**31 + 2, (2,), dtype=lib.int32),
        lambda lib: lib.randint(300, (2,), dtype=lib.bool),
        lambda lib: lib.randint_like(lib.zeros(2, dtype=lib.uint8), 300),
        lambda lib: lib.zeros(2, dtype=lib.uint8).random_(0, 300),
        lambda lib: lib.zeros(2, dtype=lib.uint8).random_(300),
        lambda lib: lib.randperm(300, dtype=lib.uint8),
    ],
)
def test_bounds_beyond_the_dtype_are_out_of_its_range(draw):
    with pytest.raises(RuntimeError):
        draw(torch)
    with pytest.raises(pyad.RangeError) as caught:
        draw(pyad)
    assert isinstance(caught.value, (RuntimeError, OverflowError))
