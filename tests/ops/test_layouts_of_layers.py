"""Results of whole layers lie in memory as PyTorch's do, whatever order the input's dims are in."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

import pyad
from ops.test_layouts import Layout, functional, same


def ones(package, *shape):
    return package.ones(*shape, dtype=package.float64)


def convolution(d, name="conv", kernel=2, shared=False, **rest):
    """Of (N, C, ...); the weight lies in rows."""

    def call(p, x):
        c = x.shape[1]
        first = (c, 4) if "transpose" in name else (c, 1) if shared else (4, c)
        more = {"groups": c} if shared else {}
        weight = ones(p, *first, *[kernel] * d)
        return getattr(functional(p), f"{name}{d}d")(x, weight, **more, **rest)

    return call


def pool(name, d, *arguments, part=None, **rest):
    def call(p, x):
        y = getattr(functional(p), f"{name}{d}d")(x, *arguments, **rest)
        return y if part is None else y[part]

    return call


def scaled(mode, factor=2, **rest):
    return lambda p, x: functional(p).interpolate(x, scale_factor=factor, mode=mode, **rest)


def padded(mode, *counts):
    return lambda p, x: functional(p).pad(x, counts, mode=mode)


def channels(p, x):
    return ones(p, x.shape[1])


def unpooled(d):
    def call(p, x):
        places = p.arange(2 * int(np.prod(x.shape[-d:])))[::2].reshape(x.shape[-d:])
        return getattr(functional(p), f"max_unpool{d}d")(x, places.expand(x.shape), 2)

    return call


SMOOTH = {1: "linear", 2: "bilinear", 3: "trilinear"}
# Whole layers, with the numbers of dims of their inputs.
LAYERS = {
    **{
        f"{mode} padding of {len(counts) // 2}": (
            (len(counts) // 2 + 1 + b,),
            padded(mode, *counts),
        )
        for mode in ("reflect", "replicate", "circular")
        for counts in ((1, 1), (1, 1, 1, 0), (1, 1, 1, 0, 0, 1))
        for b in (1,)
    },
    **{
        f"{mode} padding by {counts}": ((len(counts) // 2 + 2,), padded(mode, *counts))
        for mode in ("reflect", "replicate", "circular", "constant")
        for counts in ((0, 0), (-1, 0), (0, -1, -1, 0), (1, 1, -1, 0), (0, 0, 0, 0))
    },
    **{f"rot90 by {k}": ((2, 3, 4), lambda p, x, k=k: p.rot90(x, k)) for k in range(-1, 4)},
    **{f"max_unpool{d}d": ((d + 2,), unpooled(d)) for d in (1, 2, 3)},
    **{f"{mode} padding": ((2, 3, 4), padded(mode, 1, 1)) for mode in ("constant",)},
    **{f"conv{d}d": ((d + 2,), convolution(d)) for d in (1, 2, 3)},
    **{f"conv{d}d of points": ((d + 2,), convolution(d, kernel=1)) for d in (1, 2, 3)},
    **{f"conv{d}d by channels": ((d + 2,), convolution(d, shared=True)) for d in (1, 2, 3)},
    **{f"conv{d}d, strided": ((d + 2,), convolution(d, stride=2, padding=1)) for d in (1, 2, 3)},
    **{f"conv_transpose{d}d": ((d + 2,), convolution(d, "conv_transpose")) for d in (1, 2, 3)},
    **{f"max_pool{d}d": ((d + 2,), pool("max_pool", d, 2, 1)) for d in (1, 2, 3)},
    **{
        f"places of max_pool{d}d": (
            (d + 2,),
            pool("max_pool", d, 2, 1, return_indices=True, part=1),
        )
        for d in (1, 2, 3)
    },
    **{f"avg_pool{d}d": ((d + 1, d + 2), pool("avg_pool", d, 2, 1)) for d in (1, 2, 3)},
    **{f"lp_pool{d}d": ((d + 2,), pool("lp_pool", d, 2.0, 2)) for d in (1, 2, 3)},
    **{
        f"adaptive_{kind}_pool{d}d to {size}": ((d + 2,), pool(f"adaptive_{kind}_pool", d, size))
        for kind in ("avg", "max")
        for d in (1, 2, 3)
        for size in (1, 2)
    },
    **{
        f"{mode} of {d}": ((d + 2,), scaled(mode))
        for d in (1, 2, 3)
        for mode in ("nearest", "nearest-exact", "area", SMOOTH[d])
    },
    "bicubic": ((4,), scaled("bicubic")),
    "antialias": ((4,), scaled("bilinear", 0.7, antialias=True)),
    "batch_norm": (
        (2, 3, 4, 5),
        lambda p, x: functional(p).batch_norm(x, None, None, training=True),
    ),
    "batch_norm with weights": (
        (2, 3, 4, 5),
        lambda p, x: functional(p).batch_norm(
            x, None, None, channels(p, x), channels(p, x), training=True
        ),
    ),
    "batch_norm of known statistics": (
        (2, 3, 4, 5),
        lambda p, x: functional(p).batch_norm(x, channels(p, x), channels(p, x)),
    ),
    "group_norm": ((2, 3, 4, 5), lambda p, x: functional(p).group_norm(x, 1)),
    "group_norm of each": ((2, 3, 4, 5), lambda p, x: functional(p).group_norm(x, x.shape[1])),
    "layer_norm": ((2, 3, 4, 5), lambda p, x: functional(p).layer_norm(x, x.shape[-1:])),
    "layer_norm of all": ((2, 3, 4, 5), lambda p, x: functional(p).layer_norm(x, x.shape)),
    "rms_norm": ((2, 3, 4, 5), lambda p, x: functional(p).rms_norm(x, x.shape[-1:])),
    "instance_norm": ((3, 4, 5), lambda p, x: functional(p).instance_norm(x)),
    "instance_norm with weights": (
        (3, 4, 5),
        lambda p, x: functional(p).instance_norm(x, weight=channels(p, x), bias=channels(p, x)),
    ),
    "local_response_norm": ((3, 4), lambda p, x: functional(p).local_response_norm(x, 2)),
    "mvlgamma": ((2, 3, 4, 5), lambda p, x: p.mvlgamma(x.abs() + 3, 2)),
    "slice_scatter": ((2, 3, 4, 5), lambda p, x: p.slice_scatter(x, x[:1] * 2, 0, 0, 1)),
    "slice_scatter of the last": (
        (2, 3, 4, 5),
        lambda p, x: p.slice_scatter(x, x[..., 1:] * 2, -1, 1),
    ),
    "diagonal_scatter": ((2, 3, 4, 5), lambda p, x: p.diagonal_scatter(x, x.diagonal() * 2)),
    "pixel_unshuffle": ((4,), lambda p, x: functional(p).pixel_unshuffle(x[..., :2, :2], 2)),
    "pixel_unshuffle by nothing": ((4,), lambda p, x: functional(p).pixel_unshuffle(x, 1)),
    "pixel_shuffle": ((4,), lambda p, x: functional(p).pixel_shuffle(p.cat([x] * 4, 1), 2)),
    "channel_shuffle": ((3, 4, 5), lambda p, x: functional(p).channel_shuffle(x, x.shape[1])),
    "softmax": ((2, 3, 4, 5), lambda p, x: x.softmax(1)),
    "glu": ((2, 3, 4, 5), lambda p, x: functional(p).glu(p.cat([x, x], 1), 1)),
    "prelu": ((2, 3, 4, 5), lambda p, x: functional(p).prelu(x, channels(p, x))),
}


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", LAYERS)
def test_layers(name, rng):
    """Every order of up to four dims; of five those that keep the batch first."""
    dims, call = LAYERS[name]
    for n in dims:
        for order in itertools.permutations(range(n)):
            if n == 5 and order[0] != 0:
                continue
            shape = (2, 3, 4, 5, 3)[:n]
            lay = Layout(shape, list(order), [1] * n, 0)
            values = rng.uniform(-2, 2, shape)
            what = f"{name} {order}"
            found = []
            for package in (pyad, torch):
                x = lay.of(package, values).detach().requires_grad_()
                y = call(package, x)
                if y.requires_grad:
                    (y * y).sum().backward()
                found.append((y, x.grad))
            same(found[0][0], found[1][0], what, all_dims=False, rtol=1e-8)
            if found[1][1] is not None:
                mine, its = (g.detach().numpy() for _, g in found)
                np.testing.assert_allclose(mine, its, rtol=1e-7, atol=1e-9, err_msg=what)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ["conv2d", "conv3d", "conv_transpose2d", "conv_transpose3d"])
def test_convolutions_by_input_and_weight(name, dtype):
    """One whose channels lie last is enough; volumes of float64 lie in rows."""
    d = int(name[-2])
    for x_last, w_last in itertools.product((False, True), repeat=2):
        found = []
        for package in (pyad, torch):
            kind = getattr(package, dtype)
            last = (0, *range(2, d + 2), 1)
            back = (0, d + 1, *range(1, d + 1))
            x, w = (
                package.ones(2, 4, *[5] * d, dtype=kind),
                package.ones(4, 4, *[3] * d, dtype=kind),
            )
            x = x.permute(last).contiguous().permute(back) if x_last else x
            w = w.permute(last).contiguous().permute(back) if w_last else w
            found.append(getattr(functional(package), name)(x, w))
        same(found[0], found[1], f"{name} {dtype} {x_last} {w_last}", rtol=1e-6)


@pytest.mark.parametrize("shape", [(1, 4, 1, 4), (1, 4, 4, 1), (4, 4, 4, 1), (1, 4, 1, 4, 4)])
def test_batch_norm_of_sizes_of_one(shape):
    for order in itertools.permutations(range(len(shape))):
        found = []
        for package in (pyad, torch):
            x = Layout(shape, list(order), [1] * len(shape), 0).of(package, np.ones(shape))
            found.append(
                functional(package).batch_norm(x, channels(package, x), channels(package, x))
            )
        same(found[0], found[1], f"{shape} {order}", all_dims=False)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ["conv1d", "conv_transpose1d"])
def test_lines_by_weight(name, dtype, rng):
    """Of lines only the weight counts, in whatever order the input is."""
    for orders in itertools.product(itertools.permutations(range(3)), repeat=2):
        shapes = ((2, 3, 8), (4, 3, 3) if name == "conv1d" else (3, 4, 3))
        values = [rng.uniform(-1, 1, s).astype(dtype) for s in shapes]
        found = []
        for package in (pyad, torch):
            x, w = (
                Layout(s, list(o), [1] * 3, 0).of(package, v).detach().requires_grad_()
                for s, o, v in zip(shapes, orders, values, strict=True)
            )
            y = getattr(functional(package), name)(x, w, package.zeros(4, dtype=x.dtype))
            (y * y).sum().backward()
            found.append((y, x.grad, w.grad))
        rtol = 1e-3 if dtype == "float32" else 1e-9
        same(found[0][0], found[1][0], f"{name} {orders}", rtol=rtol)
        for mine, its in zip(found[0][1:], found[1][1:], strict=True):
            np.testing.assert_allclose(mine.numpy(), its.numpy(), rtol=rtol, atol=1e-4)


EINSUMS = [
    *("ab,bc->ac", "ab,bc->ca", "bc,ab->ac", "fab,fbc->fac", "fab,fbc->fca", "fab,fbc->cfa"),
    *("fab,fbc->caf", "fab,fbc->afc", "abc,cd->abd", "abc,cd->adb", "abc,cd->dab"),
    *("abc,cde->adbe", "abc,cde->daeb", "abc,cde->deab", "abc,abd->dca", "abc,abd->cda"),
    *("a,b->ab", "a,b->ba", "ab,cd->cadb", "ab,cd->cdab", "ab,ab->ba", "ab,a->ba", "ab,b->a"),
    *("abc,b->ac", "b,abc->ac", "abc,ab->ca", "a,a->", "ab->ba", "aab->b"),
]


@pytest.mark.parametrize("equation", EINSUMS)
def test_einsum(equation, rng):
    """Where the result has the labels of each operand in the operand's order."""
    sizes = dict(zip("abcdef", (2, 3, 4, 5, 6, 2), strict=True))
    shapes = [tuple(sizes[c] for c in t) for t in equation.split("->")[0].split(",")]
    values = [rng.uniform(-1, 1, s) for s in shapes]
    for orders in itertools.product(*[itertools.permutations(range(len(s))) for s in shapes]):
        found = []
        for package in (pyad, torch):
            xs = [
                Layout(s, list(o), [1] * len(s), 0).of(package, v).detach().requires_grad_()
                for s, o, v in zip(shapes, orders, values, strict=True)
            ]
            y = package.einsum(equation, *xs)
            (y * y).sum().backward()
            found.append((y, [x.grad for x in xs]))
        same(found[0][0], found[1][0], f"{equation} {orders}", rtol=1e-9)
        for mine, its in zip(found[0][1], found[1][1], strict=True):
            np.testing.assert_allclose(mine.numpy(), its.numpy(), rtol=1e-9, atol=1e-12)
