"""Writes into memory that several elements share: refused before anything changes.

PyTorch refuses expanded targets but for masked_fill_, index_fill_, index_put_, tril_, triu_ and
threshold_, of which it says that they will be, and writes whatever comes last; other memory that
overlaps it does not look at. Here every such write is refused, but for one number for all.
"""

from __future__ import annotations

import warnings

import pytest
import torch

import pyad

ALLOWED_THERE = {"masked_fill_", "index_fill_", "index_put_", "tril_", "triu_", "threshold_"}
PHRASE = "more than one element of the written-to tensor"


def indices(lib, *items):
    return lib.tensor(list(items))


def part(lib, *shape):
    return lib.ones(*shape, dtype=lib.float64)


def set_item(x, index, value):
    x[index] = value


def mask(lib):
    return lib.ones(3, 4) > 0


def functional(lib):
    return lib.nn.functional


WRITES = {
    "masked_fill_": lambda lib, x: x.masked_fill_(mask(lib), 1.0),
    "masked_scatter_": lambda lib, x: x.masked_scatter_(mask(lib), part(lib, 12)),
    "index_fill_": lambda lib, x: x.index_fill_(0, indices(lib, 0, 1), 1.0),
    "index_copy_": lambda lib, x: x.index_copy_(0, indices(lib, 0, 1), part(lib, 2, 4)),
    "index_add_": lambda lib, x: x.index_add_(0, indices(lib, 0, 1), part(lib, 2, 4)),
    "index_put_": lambda lib, x: x.index_put_((indices(lib, 0, 1),), part(lib, 2, 4)),
    "scatter_": lambda lib, x: x.scatter_(0, indices(lib, [0] * 4), part(lib, 1, 4)),
    "scatter_ number": lambda lib, x: x.scatter_(0, indices(lib, [0] * 4), 1.0),
    "scatter_add_": lambda lib, x: x.scatter_add_(0, indices(lib, [0] * 4), part(lib, 1, 4)),
    "index_put_ of a mask": lambda lib, x: set_item(x, mask(lib), 1.0),
    "index_put_ of values": lambda lib, x: set_item(x, mask(lib), part(lib, 12)),
    "index_put_ of places": lambda lib, x: set_item(x, indices(lib, 0, 1), 1.0),
    "set all": lambda lib, x: set_item(x, slice(None), part(lib, 3, 4)),
    "set all to a number": lambda lib, x: set_item(x, slice(None), 1.0),
    "copy_": lambda lib, x: x.copy_(part(lib, 3, 4)),
    "fill_ with a tensor": lambda lib, x: x.fill_(lib.tensor(1.0)),
    "add_": lambda lib, x: x.add_(1),
    "+=": lambda lib, x: x.__iadd__(part(lib, 3, 4)),
    "lerp_": lambda lib, x: x.lerp_(part(lib, 3, 4), 0.5),
    "addcmul_": lambda lib, x: x.addcmul_(part(lib, 3, 4), part(lib, 3, 4)),
    "clamp_": lambda lib, x: x.clamp_(0, 1),
    "tril_": lambda lib, x: x.tril_(),
    "triu_": lambda lib, x: x.triu_(),
    "cumsum_": lambda lib, x: x.cumsum_(0),
    "addmm_": lambda lib, x: x.addmm_(part(lib, 3, 2), part(lib, 2, 4)),
    "uniform_": lambda lib, x: x.uniform_(),
    "normal_": lambda lib, x: x.normal_(),
    "bernoulli_": lambda lib, x: x.bernoulli_(0.5),
    "random_": lambda lib, x: x.random_(),
    "exponential_": lambda lib, x: x.exponential_(),
    "relu inplace": lambda lib, x: functional(lib).relu(x, inplace=True),
    "dropout inplace": lambda lib, x: functional(lib).dropout(x, 0.5, True, True),
    "elu_": lambda lib, x: functional(lib).elu_(x),
    "threshold_": lambda lib, x: functional(lib).threshold_(x, 0.0, 0.0),
}
SHARED = {
    "expanded rows": lambda lib: part(lib, 1, 4).expand(3, 4),
    "expanded columns": lambda lib: part(lib, 3, 1).expand(3, 4),
    "an expanded number": lambda lib: part(lib, 1, 1).expand(3, 4),
    "sliding windows": lambda lib: part(lib, 8).as_strided((3, 4), (1, 1)),
}


@pytest.mark.parametrize("where", SHARED)
@pytest.mark.parametrize("name", WRITES)
def test_a_shared_place_is_not_written(name, where):
    x = SHARED[where](pyad)
    version, state = x._version, pyad.get_rng_state().tolist()
    with pytest.raises(RuntimeError, match=PHRASE) as caught:
        WRITES[name](pyad, x)
    assert ".clone()" in str(caught.value)
    assert x.tolist() == [[1.0] * 4] * 3
    assert (x._version, pyad.get_rng_state().tolist()) == (version, state)
    WRITES[name](pyad, x.clone())


@pytest.mark.parametrize("where", [w for w in SHARED if "expanded" in w])
@pytest.mark.parametrize("name", WRITES)
def test_pytorch_refuses_expanded_targets(name, where):
    """But for those of the docstring: a change there is to be followed here."""
    x = SHARED[where](torch)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if name.split(" ")[0] in ALLOWED_THERE:
            WRITES[name](torch, x)
            return
        with pytest.raises(RuntimeError, match=PHRASE):
            WRITES[name](torch, x)


def test_every_inplace_method():
    """Of a floating tensor, by the table: none writes into shared memory."""
    x = part(pyad, 1, 4).expand(3, 4)
    others = [part(pyad, 3, 4), part(pyad, 3, 4)]
    seen = 0
    for row in pyad._core.op_table():
        method = getattr(x, row["name"] + "_", None)
        if row["kind"] not in ("unary", "binary", "ternary") or method is None:
            continue
        if row["name"] in ("bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_not"):
            continue
        seen += 1
        with pytest.raises(RuntimeError, match=PHRASE):
            method(*others[: row["arity"] - 1])
    assert seen > 60


@pytest.mark.parametrize("recorded", [False, True])
@pytest.mark.parametrize("shape", [(1, 4), (3, 1), (1, 1)])
@pytest.mark.parametrize("fill", [lambda x: x.fill_(2.0), lambda x: x.zero_()])
def test_one_number_may_fill_it(fill, shape, recorded):
    """And nothing of what was there has a gradient, which PyTorch refuses to say."""
    for lib in (pyad, torch):
        leaf = part(lib, *shape).requires_grad_(recorded)
        root = leaf * 3 if recorded else leaf
        x = root.expand(3, 4)
        value = fill(x)[0, 0].item()
        assert x.tolist() == [[value] * 4] * 3
        assert root.tolist() == lib.full(shape, value).tolist()
        if recorded and lib is pyad:
            (x * 5 + root.sum()).sum().backward()
            assert not leaf.grad.any()


def test_a_fill_of_one_shared_number_is_one_write():
    """However often it is seen: it would take minutes otherwise."""
    x = pyad.ones(1)
    x.expand(2**40).zero_()
    assert x.tolist() == [0]
    y = pyad.ones(2, 1)
    y.expand(2, 2**38).fill_(3.0)
    assert y.tolist() == [[3], [3]]
