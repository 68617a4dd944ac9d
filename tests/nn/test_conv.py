"""Convolutions, folds and shuffles as modules: PyTorch's start, values, gradients, errors."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

import pyad
from alike import check_module, start_alike
from same import same, same_error

RNG = np.random.default_rng(5)
CONV1 = RNG.standard_normal((2, 4, 11))
CONV2 = RNG.standard_normal((2, 4, 7, 6))
CONV3 = RNG.standard_normal((2, 4, 4, 5, 3))

CONVOLUTIONS = [
    ("Conv1d", CONV1, (4, 6, 3), {}),
    ("Conv1d", CONV1, (4, 6, (3,)), {"stride": 2, "padding": 1, "bias": False}),
    ("Conv1d", CONV1, (4, 6, 4), {"padding": "same", "padding_mode": "replicate"}),
    ("Conv1d", CONV1[0], (4, 6, 2), {"groups": 2, "dilation": 3}),
    ("Conv2d", CONV2, (4, 8, 3), {}),
    ("Conv2d", CONV2, (4, 8, (3, 2)), {"stride": (2, 1), "padding": (1, 2), "dilation": (1, 2)}),
    ("Conv2d", CONV2, (4, 8, 3), {"padding": "same", "groups": 4}),
    ("Conv2d", CONV2, (4, 8, 3), {"padding": "valid", "bias": False}),
    ("Conv2d", CONV2, (4, 8, 3), {"padding": 1, "padding_mode": "reflect"}),
    ("Conv2d", CONV2, (4, 8, 3), {"padding": (2, 1), "padding_mode": "circular"}),
    ("Conv2d", CONV2, (4, 8, (4, 3)), {"padding": "same", "padding_mode": "circular"}),
    ("Conv2d", CONV2[0], (4, 8, 1), {}),
    ("Conv3d", CONV3, (4, 2, 3), {"padding": 1}),
    ("Conv3d", CONV3, (4, 2, (2, 3, 1)), {"stride": (1, 2, 1), "padding_mode": "zeros"}),
    ("ConvTranspose1d", CONV1, (4, 6, 3), {"stride": 3, "output_padding": 1, "padding": 1}),
    ("ConvTranspose1d", CONV1[0], (4, 6, 3), {"groups": 2, "bias": False}),
    ("ConvTranspose2d", CONV2, (4, 6, 4), {"stride": 2, "padding": 1}),
    ("ConvTranspose2d", CONV2, (4, 6, (3, 2)), {"dilation": (2, 1), "groups": 2}),
    ("ConvTranspose3d", CONV3, (4, 2, 3), {"stride": (1, 2, 1), "padding": (0, 1, 0)}),
]


@pytest.mark.parametrize(("name", "x", "args", "options"), CONVOLUTIONS)
def test_convolutions(name, x, args, options):
    check_module(lambda lib: getattr(lib.nn, name)(*args, **options), [x])


OTHERS = [
    ("Unfold", CONV2, ((2, 3),), {}),
    ("Unfold", CONV2[0], (3,), {"dilation": 2, "padding": 1, "stride": (2, 1)}),
    ("Fold", RNG.standard_normal((2, 12, 20)), ((5, 6), 2), {}),
    ("Fold", RNG.standard_normal((12, 12)), ((5, 6), 2, 2, (1, 0), (2, 1)), {}),
    ("PixelShuffle", CONV2, (2,), {}),
    ("PixelUnshuffle", CONV2[:, :, :6], (2,), {}),
    ("ChannelShuffle", CONV2, (2,), {}),
]


@pytest.mark.parametrize(("name", "x", "args", "options"), OTHERS)
def test_others(name, x, args, options):
    check_module(lambda lib: getattr(lib.nn, name)(*args, **options), [x])


def test_start_in_float32():
    mine, its = start_alike(
        lambda lib: lib.nn.Sequential(
            lib.nn.Conv2d(3, 5, 3), lib.nn.ConvTranspose1d(4, 6, 5), lib.nn.Conv3d(2, 2, 2)
        )
    )
    for a, b in zip(mine.parameters(), its.parameters(), strict=True):
        np.testing.assert_array_equal(a.detach().numpy(), b.detach().numpy())
    assert mine[0].weight.shape == (5, 3, 3, 3)
    assert mine[1].weight.shape == (4, 6, 5)


def test_state_dicts_are_exchanged():
    mine, its = start_alike(lambda lib: lib.nn.Conv2d(3, 5, 3, padding=1))
    with torch.no_grad():
        its.weight.mul_(2)
    mine.load_state_dict({k: pyad.tensor(v.numpy()) for k, v in its.state_dict().items()})
    x = RNG.standard_normal((2, 3, 6, 6)).astype(np.float32)
    np.testing.assert_allclose(
        mine(pyad.tensor(x)).detach().numpy(), its(torch.tensor(x)).detach().numpy(), atol=1e-5
    )


@pytest.mark.parametrize("size", [(13, 11), (14, 12), (2, 3, 14, 11)])
def test_output_size(size):
    def program(lib):
        lib.manual_seed(0)
        layer = lib.nn.ConvTranspose2d(4, 3, 3, stride=2, padding=1).double()
        return layer(lib.tensor(CONV2), output_size=size)

    assert np.shape(same(program, rtol=1e-9))[2:] == size[-2:]


@pytest.mark.parametrize("size", [(12, 11), (13, 13), (1, 13, 11)])
def test_output_size_out_of_range(size):
    def program(lib):
        return lib.nn.ConvTranspose2d(4, 3, 3, stride=2, padding=1).double()(
            lib.tensor(CONV2), output_size=size
        )

    same_error(program, "output")


def test_attributes():
    for lib in (pyad, torch):
        layer = lib.nn.Conv2d(2, 4, 3, padding=(1, 2))
        assert layer.kernel_size == (3, 3)
        assert layer.stride == (1, 1)
        assert layer.padding == (1, 2)
        assert layer._reversed_padding_repeated_twice == (2, 2, 1, 1)
        assert (layer.in_channels, layer.out_channels, layer.groups) == (2, 4, 1)
        assert not layer.transposed
        assert lib.nn.ConvTranspose2d(2, 4, 3).transposed


WRONG = [
    lambda lib: lib.nn.Conv2d(3, 4, 3, groups=2),
    lambda lib: lib.nn.Conv2d(4, 3, 3, groups=2),
    lambda lib: lib.nn.Conv2d(4, 4, 3, groups=0),
    lambda lib: lib.nn.Conv2d(4, 4, 3, padding="wide"),
    lambda lib: lib.nn.Conv2d(4, 4, 3, padding="same", stride=2),
    lambda lib: lib.nn.Conv2d(4, 4, 3, padding_mode="mirror"),
    lambda lib: lib.nn.ConvTranspose2d(4, 4, 3, padding_mode="reflect"),
    lambda lib: lib.nn.Conv2d(3, 4, 3)(lib.ones(1, 4, 5, 5)),
    lambda lib: lib.nn.Conv2d(3, 4, 3)(lib.ones(5, 5)),
    lambda lib: lib.nn.Conv2d(3, 4, 3)(lib.ones(1, 3, 2, 5)),
    lambda lib: lib.nn.Conv2d(3, 4, 3, stride=0)(lib.ones(1, 3, 5, 5)),
    lambda lib: lib.nn.Conv2d(3, 4, 3, padding=-1)(lib.ones(1, 3, 5, 5)),
    lambda lib: lib.nn.Conv1d(3, 4, 3)(lib.ones(2, 3, 0)),
    lambda lib: lib.nn.ConvTranspose2d(3, 4, 3, output_padding=1)(lib.ones(1, 3, 5, 5)),
    lambda lib: lib.nn.ConvTranspose2d(3, 4, 3, padding=3)(lib.ones(1, 3, 2, 2)),
    lambda lib: lib.nn.ConvTranspose2d(3, 4, 3)(lib.ones(1, 3, 5, 5), output_size=(9,)),
    lambda lib: lib.nn.functional.conv2d(lib.ones(1, 1, 4, 4), lib.ones(1, 1, 2, 2), padding="no"),
    lambda lib: lib.nn.functional.conv2d(lib.ones(1, 1, 4, 4), lib.ones(2, 1, 2, 2), lib.ones(1)),
    lambda lib: lib.nn.Unfold(5)(lib.ones(1, 1, 4, 4)),
    lambda lib: lib.nn.Unfold(2)(lib.ones(1, 1, 1, 4, 4)),
    lambda lib: lib.nn.Fold(4, 2)(lib.ones(1, 4, 8)),
    lambda lib: lib.nn.Fold(4, 2)(lib.ones(1, 3, 9)),
    lambda lib: lib.nn.PixelShuffle(2)(lib.ones(1, 3, 4, 4)),
    lambda lib: lib.nn.PixelShuffle(2)(lib.ones(4, 4)),
    lambda lib: lib.nn.PixelUnshuffle(2)(lib.ones(1, 3, 5, 4)),
    lambda lib: lib.nn.ChannelShuffle(2)(lib.ones(1, 3, 4, 4)),
    lambda lib: lib.ones(4).unfold(0, 5, 1),
    lambda lib: lib.ones(4).unfold(0, 2, 0),
    lambda lib: lib.ones(4).unfold(1, 2, 1),
]


@pytest.mark.parametrize("program", WRONG)
def test_errors(program):
    same_error(program)


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize(
    ("x", "w", "options"),
    [
        ((40, 8, 14, 14), (16, 8, 3, 3), {"padding": 1}),
        ((1, 16, 40, 70), (24, 16, 3, 3), {"padding": 1, "stride": 2}),
        ((33, 8, 9, 9), (16, 4, 3, 3), {"groups": 2, "dilation": 2, "padding": 2}),
        ((300, 16, 3, 3), (32, 16, 3, 3), {"padding": 1}),
        ((3, 24, 65, 65), (24, 1, 5, 5), {"groups": 24, "padding": 2}),
    ],
)
def test_large_with_threads(x, w, options, threads):
    """Blocks, threads and the sums over them give what one thread of PyTorch gives."""

    def program(lib):
        a = lib.tensor(np.random.default_rng(0).standard_normal(x), requires_grad=True)
        b = lib.tensor(np.random.default_rng(1).standard_normal(w), requires_grad=True)
        c = lib.tensor(np.random.default_rng(2).standard_normal(w[0]), requires_grad=True)
        y = lib.nn.functional.conv2d(a, b, c, **options)
        (y * y).sum().backward()
        return [v.detach().numpy() for v in (y, a.grad, b.grad, c.grad)]

    before = pyad.get_num_threads()
    pyad.set_num_threads(threads)
    try:
        mine = program(pyad)
    finally:
        pyad.set_num_threads(before)
    for got, expected in zip(mine, program(torch), strict=True):
        scale = np.abs(expected).max()
        np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-12 * scale)


@pytest.mark.parametrize("stride", list(itertools.product((1, 2), repeat=3)))
def test_tiny_images(stride):
    """Few results in each dim, which steps set apart in the gradient of the input: all are exact,
    being sums of small integers."""
    rng = np.random.default_rng(0)
    for n in itertools.product((1, 2, 3), repeat=3):
        x = rng.integers(-8, 9, (1, 2, *n)).astype(np.float64)
        for k in itertools.product(*[range(1, min(size, 2) + 1) for size in n]):
            w = rng.integers(-8, 9, (2, 2, *k)).astype(np.float64)
            out = [(a - b) // s + 1 for a, b, s in zip(n, k, stride, strict=True)]
            u = rng.integers(-8, 9, (1, 2, *out)).astype(np.float64)
            found = []
            for lib in (pyad, torch):
                a, b = lib.tensor(x, requires_grad=True), lib.tensor(w, requires_grad=True)
                y = lib.nn.functional.conv3d(a, b, stride=stride)
                y.backward(lib.tensor(u))
                found.append([v.detach().tolist() for v in (y, a.grad, b.grad)])
            assert found[0] == found[1], (n, k)


def test_infinite_padding_of_windows_stays_outside():
    """What lies in the gaps between rows never reaches a result."""
    x = np.zeros((1, 1, 4, 4))
    x[0, 0, 1, 3] = np.inf

    def program(lib):
        a, w = lib.tensor(x), lib.ones(1, 1, 2, 2, dtype=lib.float64)
        return lib.nn.functional.conv2d(a, w, padding=1)

    same(program)


def test_same_padding_of_an_even_kernel():
    x, w = pyad.tensor(CONV1), pyad.tensor(RNG.standard_normal((2, 4, 4)))
    padded = pyad.nn.functional.pad(x, (1, 2))
    assert pyad.conv1d(x, w, padding="same").tolist() == pyad.conv1d(padded, w).tolist()


def test_unfold_is_a_view():
    x = pyad.arange(6.0)
    windows = x.unfold(0, 2, 2)
    x[0] = 9.0
    assert windows.tolist() == [[9.0, 1.0], [2.0, 3.0], [4.0, 5.0]]
    assert windows.data_ptr() == x.data_ptr()


def test_third_order():
    """The three maps of the trilinear form lead to one another to any order."""
    x = RNG.standard_normal((2, 2, 5, 4))
    w = RNG.standard_normal((3, 2, 3, 2))

    def program(lib):
        a, b = lib.tensor(x, requires_grad=True), lib.tensor(w, requires_grad=True)
        y = lib.nn.functional.conv2d(a, b, stride=(1, 2), padding=1).tanh()
        total = (y * y).sum()
        found = []
        for _ in range(3):
            ga, gb = lib.autograd.grad(total, (a, b), create_graph=True)
            found += [ga, gb]
            total = (ga * ga).sum() + (gb * gb).sum() * 0.1
        return [g.detach() for g in found]

    same(program, rtol=1e-7)
