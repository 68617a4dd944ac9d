"""Indices and views where sizes end: huge bounds and steps, empty slices, sizes of 1; pooling's
places and paddings. Generated, against NumPy and PyTorch.
"""

from __future__ import annotations

import itertools
import os
import subprocess
import sys

import numpy as np
import pytest
import torch

import pyad

FAR = [
    None,
    0,
    1,
    -1,
    3,
    -3,
    5,
    6,
    -6,
    2**31,
    2**62,
    2**63 - 1,
    -(2**62),
    -(2**63),
    10**30,
    -(10**30),
]
STEPS = [None, 1, 2, 5, 6, 2**31, 2**62, 2**63 - 1, 10**30]


@pytest.mark.parametrize("size", [0, 1, 5])
def test_slices_with_bounds_and_steps_of_any_size(size):
    """Along every dim, contiguous or not: values, gradients, assignment, and no place outside."""
    data = np.arange(3 * size * 2, dtype=float).reshape(3, size, 2)
    for start, stop, step in itertools.product(FAR, FAR, STEPS):
        s = slice(start, stop, step)
        x = pyad.tensor(data, requires_grad=True)
        for y, z in ((x, data), (x.transpose(0, 1), data.swapaxes(0, 1))):
            index = (slice(None), s) if y is x else (s,)
            part, want = y[index], z[index]
            assert part.shape == want.shape
            assert part.tolist() == want.tolist()
            assert part.storage_offset() <= data.size
            assert all(0 <= n <= max(data.size, 6) for n in part.stride())
            (g,) = pyad.autograd.grad(part.sum(), x)
            marked = np.zeros_like(data)
            (marked if y is x else marked.swapaxes(0, 1))[index] = 1
            np.testing.assert_array_equal(g.numpy(), marked)
        written = pyad.tensor(data)
        written[:, s] = 1.0
        expected = data.copy()
        expected[:, s] = 1.0
        np.testing.assert_array_equal(written.numpy(), expected)


EMPTY = {
    "slice": lambda y: y[4:, 5:5],
    "slice behind": lambda y: y[4:, 7:],
    "twice": lambda y: y[4:][:, 7:][3:, 9:],
    "columns": lambda y: y[:, 7:],
    "narrow": lambda y: y.narrow(0, 4, 0),
    "narrow twice": lambda y: y.narrow(0, 4, 0).narrow(1, 7, 0),
    "split": lambda y: y.split([4, 0])[1],
    "tensor_split": lambda y: y.tensor_split([4, 4])[2],
    "diagonal": lambda y: y.diagonal(7),
    "diagonal below": lambda y: y.diagonal(-4),
    "unfold": lambda y: y[4:].unfold(1, 7, 1),
    "transposed": lambda y: y.t()[7:, 4:],
    "select of empty": lambda y: y[4:].select(1, 6),
    "integer and slice": lambda y: y[3, 7:],
    "new axis": lambda y: y[4:, None, 7:],
}


@pytest.mark.parametrize("name", EMPTY)
def test_an_empty_view_stays_inside_its_memory(name):
    """Written, refreshed and differentiated: nothing finds its place outside."""
    x = pyad.ones(4, 7, requires_grad=True)
    y = x * 1
    view = EMPTY[name](y)
    assert view.numel() == 0
    assert 0 <= view.storage_offset() < 28
    y.mul_(2)
    view.add_(1)
    again = view.as_strided(view.shape, view.stride())
    assert again.shape == view.shape
    (view.sum() + again.sum() + y.sum()).backward()
    assert (x.grad == 2).all()
    assert view.clone().shape == view.detach().contiguous().shape == view.shape


def random_view(rng, lib, base):
    """A tensor of random strides with sizes of 1 among them; by one recipe in both libraries."""
    t = base
    for _ in range(rng.integers(1, 5)):
        kind = rng.integers(5)
        n = len(t.shape)
        d = int(rng.integers(n))
        if kind == 0:
            t = t.permute(*rng.permutation(n).tolist())
        elif kind == 1:
            t = t.unsqueeze(d)
        elif kind == 2 and t.shape[d] > 1:
            step = int(rng.integers(1, 3))
            t = t[(slice(None),) * d + (slice(None, None, step),)]
        elif kind == 3:
            t = t[(slice(None),) * d + (slice(int(rng.integers(t.shape[d])), None),)]
        elif kind == 4 and t.shape[d] == 1:
            t = t.expand(
                *(int(s) if i != d else int(rng.integers(1, 3)) for i, s in enumerate(t.shape))
            )
    return t


def factorings(n, rng):
    """Some shapes of n elements, with sizes of 1 in between."""
    out = []
    for _ in range(8):
        shape, rest = [], n
        while rest > 1:
            f = int(rng.choice([f for f in range(2, rest + 1) if rest % f == 0]))
            shape.append(f)
            rest //= f
        for _ in range(rng.integers(0, 3)):
            shape.insert(int(rng.integers(0, len(shape) + 1)), 1)
        out.append(tuple(shape))
    return out


@pytest.mark.parametrize("seed", range(60))
def test_views_exist_where_pytorchs_do(seed):
    """With sizes of 1 and strides of any kind: the same shapes are refused, the rest shows the same
    memory."""
    found = []
    for lib in (pyad, torch):
        rng = np.random.default_rng(seed)
        base = lib.arange(24.0).reshape(2, 3, 4)
        t = random_view(rng, lib, base)
        results = []
        for shape in factorings(t.numel(), rng):
            try:
                y = t.view(shape)
            except RuntimeError:
                results.append((shape, None))
            else:
                results.append((shape, y.tolist()))
                assert y.data_ptr() == t.data_ptr()
            assert t.reshape(shape).tolist() == lib.clone(t).contiguous().view(shape).tolist()
        found.append(results)
    assert found[0] == found[1]


@pytest.mark.parametrize("seed", range(40))
def test_strides_of_sizes_of_1_say_nothing(seed):
    """Blocks of memory with sizes of 1 of any stride in between, in an array with gaps."""
    rng = np.random.default_rng(seed)
    sizes, strides, step = [], [], int(rng.integers(1, 3))
    for _ in range(rng.integers(2, 6)):
        size = int(rng.choice([1, 1, 2, 3]))
        sizes.insert(0, size)
        strides.insert(0, step if size > 1 else int(rng.integers(0, 50)))
        step *= size
        if rng.random() < 0.3:
            step += 1  # a gap
    found = []
    for lib in (pyad, torch):
        t = lib.arange(2000.0).as_strided(sizes, strides)
        shapes = factorings(t.numel(), np.random.default_rng(seed))
        found.append([])
        for shape in shapes:
            try:
                found[-1].append(t.view(shape).tolist())
            except RuntimeError:
                found[-1].append(None)
    assert found[0] == found[1]


@pytest.mark.parametrize("dims", [1, 2, 3])
def test_places_of_unpooling_lie_in_the_plane(dims):
    shape = (2, 3) + (2,) * dims
    unpool = getattr(pyad.nn.functional, f"max_unpool{dims}d")
    plane = 4**dims
    x, places = pyad.ones(shape), pyad.arange(2**dims).reshape(shape[2:]).expand(shape)
    assert unpool(x, places, 2).shape == (2, 3) + (4,) * dims
    for bad in (plane, plane + 1, -1, -plane, 2**31, 2**62):
        for at in ((0,) * len(shape), tuple(n - 1 for n in shape)):
            wrong = places.clone()
            wrong[at] = bad
            with pytest.raises((IndexError, RuntimeError), match=f"max_unpool{dims}d"):
                unpool(x, wrong, 2)
    last = places.clone()
    last[(0,) * len(shape)] = plane - 1
    assert unpool(x, last, 2)[(0, 0) + (3,) * dims] == 1


POOLS = ["max_pool", "avg_pool"]


@pytest.mark.parametrize("dims", [1, 2, 3])
@pytest.mark.parametrize("name", POOLS)
def test_padding_is_at_most_half_a_window(name, dims, rng):
    """With its dilation; then the values are those of an input padded by hand."""
    x = rng.standard_normal((1, 1) + (7,) * dims)
    theirs = getattr(torch.nn.functional, f"{name}{dims}d")
    for kernel, padding, dilation in itertools.product((1, 2, 3, 4, 5), (0, 1, 2, 3, 4, 5), (1, 2)):
        if name == "avg_pool" and dilation > 1:
            continue
        options = {"dilation": dilation} if dilation > 1 else {}
        call = lambda p=padding, o=options, k=kernel: getattr(  # noqa: E731
            pyad.nn.functional, f"{name}{dims}d"
        )(pyad.tensor(x), k, 1, padding=p, **o)
        span = (kernel - 1) * dilation + 1
        if padding > span // 2:
            with pytest.raises((RuntimeError, ValueError), match="half"):
                call()
        elif 7 + 2 * padding >= span:
            fill = -np.inf if name == "max_pool" else 0.0
            wide = np.pad(x, [(0, 0)] * 2 + [(padding, padding)] * dims, constant_values=fill)
            want = theirs(torch.tensor(wide), kernel, 1, **options).numpy()
            np.testing.assert_allclose(call().numpy(), want, rtol=1e-12, atol=1e-15)


# Statements on x, 4 bytes; `plane`, the same as a row; `at`, 4 million positions; a byte for each.
SELECTIONS = [
    "x[at]",
    "plane[:, at]",
    "plane[..., at]",
    "x.index_select(0, at)",
    "plane.index_select(1, at)",
    "x.gather(0, at)",
    "x.take(at)",
    "pyad.take_along_dim(x, at, 0)",
    "pyad.nn.functional.embedding(at, x.view(4, 1))",
    "x[at] = values",
    "plane[:, at] = values",
    "x[at] = 1",
    "x.index_put_((at,), values)",
    "x.index_add_(0, at, values)",
    "x.index_copy_(0, at, values)",
    "x.index_fill_(0, at, 3)",
]
MEASURED = """
import sys
import pyad
def peak():
    status = open("/proc/self/status").read()
    return 1024 * int(status.split("VmHWM:")[1].split()[0])
n = 2**22
at = pyad.ones(n, dtype=pyad.int64)
x = pyad.ones(4, dtype=pyad.uint8)
plane, values = x.view(1, 4), pyad.ones(n, dtype=pyad.uint8)
for statement in sys.argv[1:]:
    before = peak()
    exec(statement)
    print((peak() - before) / n)
"""


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="reads VmHWM of Linux")
def test_an_index_is_read_where_it_lies():
    """Positions are 8 bytes each: memory for the result, and not for another list of positions."""
    statements = [*SELECTIONS, "at + 1"]
    run = subprocess.run(
        [sys.executable, "-c", MEASURED, *statements], capture_output=True, text=True, check=True
    )
    *bytes_each, another_list = [float(line) for line in run.stdout.splitlines()]
    grown = dict(zip(SELECTIONS, bytes_each, strict=True))
    assert max(bytes_each) < 4, grown
    assert another_list > 4


@pytest.mark.parametrize("source", ["int64", "float32", "float64"])
@pytest.mark.parametrize("target", ["int64", "float32", "float64"])
def test_parts_of_another_dtype_are_converted(source, target):
    calls = {
        "select_scatter": lambda lib, x, y: lib.select_scatter(x, y, 0, 1),
        "slice_scatter": lambda lib, x, y: x.slice_scatter(y.reshape(1, 3), 0, 1, 2),
        "diagonal_scatter": lambda lib, x, y: x.diagonal_scatter(y[:2]),
        "as_strided_scatter": lambda lib, x, y: lib.as_strided_scatter(x, y, (3,), (1,)),
    }
    for name, call in calls.items():
        found = []
        for lib in (pyad, torch):
            x = lib.ones(2, 3, dtype=getattr(lib, target))
            y = lib.tensor([2.7, -3.2, 4], dtype=lib.float64).to(getattr(lib, source))
            leaves = [t for t in (x, y) if t.is_floating_point() and x.is_floating_point()]
            leaves = [t.requires_grad_() for t in leaves]
            z = call(lib, x, y)
            if z.requires_grad and name != "as_strided_scatter":  # PyTorch's gradient is wrong
                (z * z).sum().backward()
            grads = [
                (g.tolist(), str(g.dtype).split(".")[-1])
                for t in leaves
                if (g := t.grad) is not None
            ]
            found.append((z.tolist(), str(z.dtype).split(".")[-1], grads))
        assert found[0] == found[1]
