"""Pooling and padding: modules against PyTorch's, and what the op matrix does not ask."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

import alike
import pyad
import pyad.nn.functional as F

SHAPES = {1: (2, 3, 9), 2: (2, 3, 7, 6), 3: (1, 2, 5, 6, 4)}
SETTINGS = {
    "MaxPool": [
        {"kernel_size": 2},
        {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True},
        {"kernel_size": 2, "stride": 1, "dilation": 2},
    ],
    "AvgPool": [
        {"kernel_size": 2},
        {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True},
        {"kernel_size": 3, "stride": 1, "padding": 1, "count_include_pad": False},
    ],
    "AdaptiveAvgPool": [{"output_size": 1}, {"output_size": 3}],
    "AdaptiveMaxPool": [{"output_size": 1}, {"output_size": 3}],
    "LPPool": [
        {"norm_type": 2, "kernel_size": 2},
        {"norm_type": 3, "kernel_size": 3, "stride": 2, "ceil_mode": True},
    ],
    "ZeroPad": [{"padding": 1}],
    "ConstantPad": [{"padding": 2, "value": 1.5}],
    "ReflectionPad": [{"padding": 1}],
    "ReplicationPad": [{"padding": 2}],
    "CircularPad": [{"padding": 2}],
}
CASES = [
    pytest.param(f"{kind}{dims}d", dims, settings, id=f"{kind}{dims}d-{k}")
    for kind, all_settings in SETTINGS.items()
    for k, settings in enumerate(all_settings)
    for dims in (1, 2, 3)
]


@pytest.fixture(params=(1, 2, 3))
def dims(request):
    return request.param


def distinct(*shape):
    """Positive values without ties."""
    x = np.random.default_rng(0).permutation(math.prod(shape)) + 1.0
    return (x / x.size).reshape(shape)


@pytest.mark.parametrize(("name", "dims", "settings"), CASES)
def test_module(name, dims, settings):
    alike.check_module(lambda lib: getattr(lib.nn, name)(**settings), [distinct(*SHAPES[dims])])
    if "Pad" not in name or "Circular" in name:
        x = distinct(*SHAPES[dims][1:])
        alike.check_module(lambda lib: getattr(lib.nn, name)(**settings), [x])


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("MaxPool2d", ((3, 2), (2, 1), (1, 0))),
        ("MaxPool2d", ([3, 2],)),
        ("AvgPool2d", ((3, 2), None, (1, 0), False, True, 5)),
        ("AvgPool3d", ((3, 2, 1), 2)),
        ("AdaptiveAvgPool2d", ((None, 4),)),
        ("AdaptiveMaxPool2d", ((2, None),)),
        ("LPPool2d", (2, (3, 2))),
        ("ZeroPad2d", ((1, 2, 0, 3),)),
        ("ConstantPad2d", ((1, -1, 0, 3), 2.0)),
        ("ReflectionPad2d", ((1, 2, 0, 3),)),
        ("ReplicationPad2d", ((1, -2, 0, 3),)),
        ("CircularPad2d", ((1, 2, -1, 3),)),
    ],
)
def test_one_number_for_each_dim(name, arguments):
    shape = SHAPES[3 if "3d" in name else 2]
    alike.check_module(lambda lib: getattr(lib.nn, name)(*arguments), [distinct(*shape)])


@pytest.mark.parametrize("window", [(2,), (3, 2, 1), (2, 3)])
def test_pooling_and_back(dims, window):
    """The pair of results, their use by MaxUnpool, and gradients through both."""
    x = np.random.default_rng(1).standard_normal(SHAPES[dims])
    found = []
    for lib in (pyad, torch):
        t = lib.tensor(x, requires_grad=True)
        pool = getattr(lib.nn, f"MaxPool{dims}d")(*window, return_indices=True)
        unpool = getattr(lib.nn, f"MaxUnpool{dims}d")(*window)
        y, places = pool(t)
        assert str(places.dtype).endswith("int64")
        assert not places.requires_grad
        back = unpool(y, places, output_size=t.shape)
        assert back.shape == t.shape
        (back * back).sum().backward()
        found.append([y.detach().numpy(), places.numpy(), back.detach().numpy()])
        if lib is pyad:  # a maximum of several windows is written several times and stands once
            np.testing.assert_array_equal(t.grad.numpy(), 2 * back.detach().numpy())
    for mine, its in zip(*found, strict=True):
        np.testing.assert_array_equal(mine, its)
    assert repr(pyad.nn.MaxUnpool2d(2, 3, 1)) == repr(torch.nn.MaxUnpool2d(2, 3, 1))


def test_adaptive_pair(dims):
    x = np.random.default_rng(2).standard_normal(SHAPES[dims])
    for size in (1, 2, 3, 8):
        y, at = getattr(pyad.nn, f"AdaptiveMaxPool{dims}d")(size, True)(pyad.tensor(x))
        z, there = getattr(torch.nn, f"AdaptiveMaxPool{dims}d")(size, True)(torch.tensor(x))
        np.testing.assert_array_equal(y.numpy(), z.numpy())
        np.testing.assert_array_equal(at.numpy(), there.numpy())
    y, at = pyad.adaptive_max_pool1d(pyad.tensor([[1.0, 3.0, 2.0]]), 1)
    assert (y.item(), at.item()) == (3.0, 1)


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "int64", "uint8"])
@pytest.mark.parametrize(
    ("shape", "window"), [((3, 40), (2,)), ((3, 40), (20, 7)), ((3, 9), (3, 1, 1))]
)
def test_ties_take_the_first(dtype, shape, window):
    """Every length of vector, and what is left after it."""
    rng = np.random.default_rng(3)
    for _ in range(20):
        x = rng.integers(0, 3, shape).astype(dtype)
        y, at = F.max_pool1d(pyad.tensor(x), *window, return_indices=True)
        z, there = torch.nn.functional.max_pool1d(torch.tensor(x), *window, return_indices=True)
        np.testing.assert_array_equal(y.numpy(), z.numpy())
        np.testing.assert_array_equal(at.numpy(), there.numpy())


@pytest.mark.parametrize("window", [(2, 2), (3, 1, 1), (5, 3), (14, 9)])
def test_nan_and_infinity(window):
    rng = np.random.default_rng(4)
    for _ in range(20):
        x = rng.standard_normal((2, 23, 23))
        x[rng.random(x.shape) < 0.05] = np.nan
        x[rng.random(x.shape) < 0.3] = -np.inf
        y, at = F.max_pool2d(pyad.tensor(x), *window, return_indices=True)
        z, there = torch.nn.functional.max_pool2d(torch.tensor(x), *window, return_indices=True)
        np.testing.assert_array_equal(y.numpy(), z.numpy())
        np.testing.assert_array_equal(at.numpy(), there.numpy())


def test_places_are_made_only_when_asked():
    x = pyad.randn(2, 3, 8, 8)
    assert F.max_pool2d(x, 2).grad_fn is None
    with pyad.no_grad():
        y = F.max_pool2d(x.requires_grad_(), 2)
    np.testing.assert_array_equal(y.numpy(), F.max_pool2d(x, 2).detach().numpy())


def test_saved_places_survive_a_write():
    """The user's indices are the user's: to change them changes no gradient."""
    x = pyad.tensor([[1.0, 2.0, 4.0, 3.0]], requires_grad=True)
    y, at = F.max_pool1d(x, 2, return_indices=True)
    at.zero_()
    y.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), [[0, 1, 1, 0]])


def test_means_of_whole_numbers_are_exact():
    x = pyad.full((1, 1, 9, 9), 7.0)
    for k in (2, 3, 5, 7):
        assert (F.avg_pool2d(x, k, 1) == 7.0).all()
    assert (F.adaptive_avg_pool2d(x, 4) == 7.0).all()
    assert F.adaptive_avg_pool2d(x, 1).item() == 7.0


def test_long_sums_are_accurate():
    x = np.random.default_rng(5).random((1, 1, 1_000_003)).astype(np.float32)
    mean = F.adaptive_avg_pool1d(pyad.tensor(x), 1).item()
    # Some units in the last place, by the width of vectors. A plain loop is 1e-4 off.
    assert abs(mean - x.astype(np.float64).mean()) < 2.5e-7


def test_attributes_may_change():
    pool, x = pyad.nn.MaxPool2d(2), pyad.randn(1, 1, 5, 5)
    pool.ceil_mode, pool.return_indices = True, True
    y, _ = pool(x)
    assert y.shape == (1, 1, 3, 3)


def test_several_threads_give_the_same():
    x = pyad.randn(8, 16, 64, 64)
    before = pyad.get_num_threads()
    results = []
    try:
        for threads in (1, 3):
            pyad.set_num_threads(threads)
            t = x.clone().requires_grad_()
            y, z = F.max_pool2d(t, 3, 2, 1), F.avg_pool2d(t, 3, 2, 1)
            (y.sum() + (z * z).sum()).backward()
            results.append([y.detach().numpy(), z.detach().numpy(), t.grad.numpy()])
    finally:
        pyad.set_num_threads(before)
    for one, three in zip(*results, strict=True):
        np.testing.assert_array_equal(one, three)


@pytest.mark.parametrize("mode", ["reflect", "replicate", "circular"])
def test_padding_against_torch(mode):
    """All small counts, negative ones too; what PyTorch reads from unset memory is refused."""
    for before in range(-3, 5):
        for after in range(-3, 5):
            x = np.arange(10.0).reshape(1, 2, 5)
            left = 5 + min(before, 0) + min(after, 0)
            if mode == "circular" and (left < 1 or max(before, after) > left):
                with pytest.raises(pyad.ShapeError, match=r"pad: (circular )?padding"):
                    F.pad(pyad.tensor(x), (before, after), mode=mode)
                continue
            try:
                z = torch.nn.functional.pad(torch.tensor(x), (before, after), mode=mode)
            except RuntimeError:
                continue
            y = F.pad(pyad.tensor(x), (before, after), mode=mode)
            np.testing.assert_array_equal(y.numpy(), z.numpy(), err_msg=f"{before} {after}")
