"""Operands without elements stay in the graph: gradients of their shapes, as in PyTorch."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import pyad


def index(lib, *shape):
    return lib.zeros(shape, dtype=lib.int64)


def unpool(d):
    shape = (0, 2, *[3] * d)
    return lambda lib, x: getattr(lib.nn.functional, f"max_unpool{d}d")(
        x.reshape(shape), index(lib, *shape), 2
    )


CALLS = {
    "cat": lambda lib, x: lib.cat([x, lib.ones(2, 3)]),
    "cat behind": lambda lib, x: lib.cat([lib.ones(2, 3), x, lib.ones(2, 1)], 1),
    "cat of dtypes": lambda lib, x: lib.cat([x, lib.ones(2, 3, dtype=lib.float64)]),
    "cat of integers": lambda lib, x: lib.cat([x, lib.ones(2, 3, dtype=lib.int64)]),
    "cat of images": lambda lib, x: lib.cat([lib.ones(2, 3, 4, 4), x]),
    "cat of lines": lambda lib, x: lib.cat([x, lib.ones(2), x]),
    "cat of nothing": lambda lib, x: lib.cat([x, x]),
    "hstack": lambda lib, x: lib.hstack([x, lib.ones(2)]),
    "scatter": lambda lib, x: lib.zeros(3).scatter(0, index(lib, 0), x),
    "scatter of rows": lambda lib, x: lib.zeros(3, 2).scatter(0, index(lib, 0, 2), x.reshape(0, 2)),
    "scatter_add": lambda lib, x: lib.zeros(3).scatter_add(0, index(lib, 0), x),
    "scatter_add of rows": lambda lib, x: lib.zeros(3, 2).scatter_add(
        1, index(lib, 0, 9), x.reshape(0, 9)
    ),
    "index_add": lambda lib, x: lib.zeros(3).index_add(0, index(lib, 0), x),
    "index_copy": lambda lib, x: lib.zeros(3).index_copy(0, index(lib, 0), x),
    "index_put": lambda lib, x: lib.zeros(3).index_put((index(lib, 0),), x),
    "masked_scatter": lambda lib, x: lib.zeros(3).masked_scatter(lib.zeros(3) > 0, x),
    "slice_scatter": lambda lib, x: lib.slice_scatter(lib.zeros(3), x, 0, 1, 1),
    "gather": lambda lib, x: x.gather(0, index(lib, 0)),
    "index_select": lambda lib, x: x.index_select(0, index(lib, 0)),
    "take": lambda lib, x: lib.take(x, index(lib, 0)),
    **{f"max_unpool{d}d": unpool(d) for d in (1, 2, 3)},
}


@pytest.mark.parametrize("name", CALLS)
def test_gradients_of_nothing(name):
    found = []
    for lib in (pyad, torch):
        x = lib.zeros(0, requires_grad=True)
        y = CALLS[name](lib, x)
        assert y.requires_grad
        y.sum().backward()
        found.append((y.detach().numpy(), str(y.dtype).split(".")[1], tuple(x.grad.shape)))
    mine, its = found
    np.testing.assert_array_equal(mine[0], its[0])
    assert mine[1:] == its[1:]


@pytest.mark.parametrize("name", ["cat", "scatter", "scatter_add"])
def test_nothing_among_others(name):
    """Some of it with elements: their gradients are as if nothing were there."""
    x, nothing = pyad.ones(2, 3, requires_grad=True), pyad.zeros(0, requires_grad=True)
    i = index(pyad, 0, 3)
    if name == "cat":
        y = pyad.cat([nothing, x, nothing, x])
    else:
        y = getattr(x, name)(0, i, nothing.reshape(0, 3))
    (y * y).sum().backward()
    assert nothing.grad.shape == (0,)
    assert (x.grad == (4 if name == "cat" else 2)).all()


@pytest.mark.parametrize("name", ["scatter", "scatter_add"])
@pytest.mark.parametrize(
    ("indices", "source"), [((0, 1), (0, 4)), ((5, 0), (2, 0)), ((0, 9), (3, 2))]
)
def test_nothing_of_a_larger_source(name, indices, source):
    """PyTorch's backward expects an index of the source's shape."""
    x, src = pyad.ones(3, 2, requires_grad=True), pyad.ones(*source, requires_grad=True)
    y = getattr(x, name)(0, index(pyad, *indices), src)
    y.sum().backward()
    assert (y == 1).all()
    assert (x.grad == 1).all()
    assert src.grad.shape == source
    assert (src.grad == 0).all()


@pytest.mark.parametrize("name", ["scatter", "scatter_add"])
def test_no_indices_into_one_number(name):
    found = []
    for lib in (pyad, torch):
        src = lib.tensor(2.0, requires_grad=True)
        y = getattr(lib.tensor(1.0), name)(0, index(lib, 0), src)
        y.backward()
        found.append((y.item(), src.grad.item()))
    assert found[0] == found[1] == (1.0, 0.0)


def test_examples_of_nothing():
    """In a batch, in forward mode."""
    whole = pyad.func.vmap(lambda t: pyad.cat([t[:0], t.reshape(1, 2)]))(pyad.ones(3, 2))
    assert whole.shape == (3, 1, 2)
    _, tangent = pyad.func.jvp(
        lambda t: pyad.cat([t[:0], t.reshape(1, 2)]), (pyad.ones(2),), (pyad.ones(2),)
    )
    assert tangent.tolist() == [[1.0, 1.0]]


@pytest.mark.parametrize("dim", [0, -1, 1, -3, 5])
@pytest.mark.parametrize("dtypes", [("float32",), ("float32", "int64"), ("int32", "int64")])
def test_empty_lists_alone_have_no_dim_to_check(dim, dtypes):
    mine, its = (
        lib.cat([lib.zeros(0, dtype=getattr(lib, d)) for d in dtypes], dim) for lib in (pyad, torch)
    )
    assert mine.shape == its.shape == (0,)
    assert str(mine.dtype).split(".")[1] == str(its.dtype).split(".")[1]


def test_beside_other_parts_the_dim_counts():
    for lib in (pyad, torch):
        for parts in ([lib.zeros(0), lib.zeros(2, 3)], [lib.zeros(0, 2)]):
            with pytest.raises(IndexError):
                lib.cat(parts, 2)
