"""Index expressions, read and assigned, in the op matrix: syntax, so without a row in the table."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import op_drivers as drivers
import pyad
import same

SHAPE = (2, 3, 4)


def i(p, values):
    """An integer index tensor of the package."""
    return p.tensor(np.asarray(values, np.int64))


def b(p, values):
    """A mask of the package."""
    return p.tensor(np.asarray(values, bool))


PLANE = [[1, 0, 1], [0, 1, 1]]

# A key as a function of the package, which makes its index tensors.
KEYS = {
    "int": lambda p: 1,
    "negative int": lambda p: -1,
    "slice": lambda p: slice(0, 2),
    "step": lambda p: slice(None, None, 2),
    "column slice": lambda p: np.s_[:, 1:],
    "ints and slices": lambda p: np.s_[0, 1:, ::3],
    "None": lambda p: None,
    "None between": lambda p: np.s_[:, None, ..., None],
    "ellipsis, int": lambda p: np.s_[..., 0],
    "int, ellipsis, slice": lambda p: np.s_[0, ..., 1:2],
    "ellipsis": lambda p: ...,
    "nothing": lambda p: (),
    "all ints": lambda p: (0, 0, 0),
    "past the end": lambda p: slice(5, None),
    "stop before start": lambda p: np.s_[:, 2:1],
    "negative slice": lambda p: np.s_[..., -3:-1],
    "huge step": lambda p: slice(None, None, 2**40),
    "huge stop": lambda p: slice(None, 10**30),
    "index": lambda p: i(p, [1, 0, 1]),
    "negative index": lambda p: i(p, [-1, 0]),
    "index of two dims": lambda p: i(p, [[1, 0], [0, 0], [1, 1]]),
    "index, dim 1": lambda p: np.s_[:, i(p, [2, 0])],
    "index, last dim": lambda p: np.s_[..., i(p, [3, 0, 3])],
    "two neighbours": lambda p: (i(p, [0, 1]), i(p, [2, 1])),
    "two apart": lambda p: np.s_[i(p, [0, 1]), :, i(p, [2, 1])],
    "two neighbours behind a slice": lambda p: np.s_[:, i(p, [0, 1]), i(p, [2, 1])],
    "three": lambda p: (i(p, [0, 1]), i(p, [0, 2]), i(p, [2, 1])),
    "broadcast": lambda p: (i(p, [[0], [1]]), i(p, [2, 1, 0])),
    "broadcast apart": lambda p: np.s_[i(p, [[0], [1]]), :, i(p, [2, 1, 0])],
    "int, slice, index": lambda p: np.s_[0, :, i(p, [1, 2])],
    "index, int": lambda p: (i(p, [1, 0]), 0),
    "index, int, index": lambda p: (i(p, [1, 0]), 0, i(p, [1, 2])),
    "None, index": lambda p: (None, i(p, [1, 0])),
    "index, None, index": lambda p: (i(p, [1]), None, i(p, [1, 0])),
    "slice, index, slice": lambda p: np.s_[:1, i(p, [1, 0]), 1:3],
    "ellipsis, index, None": lambda p: (..., i(p, [1, 0]), None),
    "0-d index": lambda p: i(p, 1),
    "0-d index behind a slice": lambda p: np.s_[:, i(p, -1)],
    "list": lambda p: [1, 0, 0],
    "lists": lambda p: ([0, 1], [2, 1]),
    "empty list": lambda p: [],
    "NumPy": lambda p: np.array([1, 0]),
    "int32": lambda p: i(p, [1, 0]).to(p.int32),
    "empty index": lambda p: i(p, []),
    "empty index of two dims": lambda p: np.s_[:, i(p, np.zeros((0, 2)))],
    "repeated": lambda p: np.s_[:, :, [0, 0, 0, 1]],
    "mask": lambda p: b(p, [True, False]),
    "mask of two dims": lambda p: b(p, PLANE),
    "mask behind a slice": lambda p: np.s_[:, b(p, [1, 0, 1])],
    "mask of the last two dims": lambda p: np.s_[:, b(p, [[1, 0, 1, 0], [0, 1, 1, 0], [0] * 4])],
    "mask and index": lambda p: (b(p, [1, 1]), i(p, [2, 0])),
    "mask and index apart": lambda p: np.s_[b(p, [1, 1]), :, i(p, [2, 0])],
    "two masks": lambda p: (b(p, [1, 1]), b(p, [0, 1, 1])),
    "nothing masked": lambda p: b(p, [0, 0]),
    "True": lambda p: True,
    "False": lambda p: False,
    "int, True": lambda p: (0, True),
    "True, list": lambda p: (True, [0, 1]),
    "0-d mask": lambda p: (b(p, True), ..., 0),
    "list of bools": lambda p: [True, False],
    "mask of two dims and index": lambda p: (b(p, PLANE), i(p, [0, 1, 2, 3])),
}


def reading(name):
    rng = np.random.default_rng(3)
    return drivers.Case(f"x[{name}]", [rng.standard_normal(SHAPE)], lambda p, x: x[KEYS[name](p)])


def writing(name):
    """x with x[key] = v, and what an alias made before the write shows."""
    rng = np.random.default_rng(4)
    part = tuple(torch.empty(SHAPE)[KEYS[name](torch)].shape)

    def call(p, x, v):
        y = x * 1
        alias = y.transpose(0, 2)
        y[KEYS[name](p)] = v
        return y, alias * 2

    inputs = [rng.standard_normal(SHAPE), rng.standard_normal(part)]
    return drivers.Case(f"x[{name}] = v", inputs, call)


# Where positions repeat, which value stands is open, as in PyTorch; and where nothing at all is
# written PyTorch drops the value from the graph.
REPEATING = ("index", "index of two dims", "index, last dim", "list", "repeated")
WRITTEN = [k for k in KEYS if k not in (*REPEATING, "False")]


@pytest.mark.parametrize("name", KEYS)
def test_read(name, rng):
    case = reading(name)
    for dtype in ("float32", "float64"):
        for layout in drivers.LAYOUTS:
            drivers.check_value(case, dtype, layout)
            drivers.check_vjp(case, dtype, layout, rng)
        drivers.check_vjp_of_vjp(case, dtype, "transposed", rng)
        drivers.check_jvp(case, dtype, "transposed", rng)
    drivers.check_differences(case, rng)


@pytest.mark.parametrize("name", WRITTEN)
def test_assign(name, rng):
    case = writing(name)
    for dtype in ("float32", "float64"):
        for layout in drivers.LAYOUTS:
            drivers.check_value(case, dtype, layout)
            drivers.check_vjp(case, dtype, layout, rng)
        drivers.check_vjp_of_vjp(case, dtype, "transposed", rng)
        drivers.check_jvp(case, dtype, "transposed", rng)
    drivers.check_differences(case, rng)


@pytest.mark.parametrize("name", REPEATING)
def test_assign_where_positions_repeat(name, rng):
    """The value that stands gets the gradient, the others nothing."""
    drivers.check_differences(writing(name), rng)


@pytest.mark.parametrize("positions", [[5, 7, 5], [[5, 7], [1, 5]], [[5], [7], [5]]])
@pytest.mark.parametrize("places", [8, 300])
@pytest.mark.parametrize("dim", [0, 1, 2])
def test_the_last_value_at_a_position_stands(dim, places, positions, rng):
    """Few places and many, with dims before and behind."""
    shape = [2, 3]
    shape.insert(dim, places)
    key = (slice(None),) * dim + (i(pyad, positions),)

    def call(p, x, v):
        y = x * 1
        y[key] = v
        return y

    part = pyad.zeros(shape)[key].shape
    inputs = [rng.standard_normal(shape), rng.standard_normal(part)]
    drivers.check_differences(drivers.Case("x[repeating] = v", inputs, call), rng)


@pytest.mark.parametrize("name", ["int", "mask", "lists", "two apart", "ellipsis"])
@pytest.mark.parametrize("value", [2, 2.5, True])
@pytest.mark.parametrize("dtype", ["float64", "float32", "int64", "int32", "uint8", "bool"])
def test_assign_a_number(name, value, dtype):
    def program(p):
        x = p.zeros(SHAPE, dtype=getattr(p, dtype))
        x[KEYS[name](p)] = value
        return x

    same.same(program)


def test_values_with_surplus_leading_dims_of_size_1():
    def program(p):
        x = p.zeros(SHAPE, dtype=p.float64)
        x[1] = p.ones(1, 1, 3, 4, dtype=p.float64)
        x[i(p, [0, 1]), 2] = p.full((1, 1, 2, 4), 3.0, dtype=p.float64)
        return x

    same.same(program)


def test_a_value_that_shares_memory_with_the_target():
    # PyTorch refuses the second.
    x = pyad.arange(12.0).reshape(3, 4)
    x[i(pyad, [0, 1])] = x[1:]
    np.testing.assert_array_equal(x.numpy()[:, 0], [4.0, 8.0, 8.0])
    y = pyad.arange(5.0)
    y[i(pyad, [4, 3, 2, 1, 0])] = y
    np.testing.assert_array_equal(y.numpy(), [4.0, 3.0, 2.0, 1.0, 0.0])


def test_a_saved_value_survives_an_assignment_by_index():
    x = pyad.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 2
    z = y * y
    with pyad.no_grad():
        y[pyad.tensor([0, 2])] = 100.0
    z.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), [8.0, 16.0, 24.0])


def test_an_index_changed_after_its_use():
    x = pyad.tensor([1.0, 2.0, 3.0], requires_grad=True)
    index = pyad.tensor([0, 0])
    y = x[index] * x[index]
    index[:] = 2
    y.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), [4.0, 0.0, 0.0])


def test_rows_of_a_large_array():
    def program(p):
        x = p.arange(60_000.0).reshape(300, 200).requires_grad_()
        index = i(p, np.random.default_rng(0).integers(0, 300, 2000))
        y = x[index] * x[index] + x.t()[:, index].t()
        y.sum().backward()
        return y, x.grad

    same.same(program, rtol=1e-6)


LONG = 3 * 2**18 + 7  # positions; kernels look for Ctrl-C between pieces of 2**18
SUMS = {
    "index_add": lambda x, at, wide, v: x.index_add(0, at, v),
    "index_put": lambda x, at, wide, v: x.index_put((at,), v, accumulate=True),
    "scatter_add": lambda x, at, wide, v: x.scatter_add(0, wide, v),
    "gradient": lambda x, at, wide, v: gradient(x, lambda x: x[at] * v),
    "gradient of gather": lambda x, at, wide, v: gradient(x, lambda x: x.gather(0, wide) * v),
}


def gradient(x, f):
    x.requires_grad_()
    return pyad.autograd.grad(f(x).sum(), x)[0]


@pytest.mark.parametrize("columns", [(), (1,), (2,)])
@pytest.mark.parametrize("name", SUMS)
def test_sums_at_many_positions(name, columns, rng):
    """Each value is added once, into whatever pieces the positions are cut."""
    at = rng.integers(0, 50, LONG)
    v = rng.integers(0, 9, (LONG, *columns)).astype(float)
    want = np.zeros((50, *columns))
    np.add.at(want, at, v)
    wide = i(pyad, at.reshape(-1, *(1 for _ in columns))).expand(v.shape)
    x = pyad.zeros(50, *columns, dtype=pyad.float64)
    got = SUMS[name](x, i(pyad, at), wide, pyad.tensor(v))
    np.testing.assert_array_equal(got.numpy(), want)
