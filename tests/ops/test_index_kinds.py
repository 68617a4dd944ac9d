"""What may stand between the brackets of a tensor: kinds of objects, each against PyTorch.

The keys are a table of kinds crossed with places (alone, behind a slice, beside others); each is
read, written, added to and differentiated. `test_indexing.py` has index expressions of tensors.
"""

from __future__ import annotations

import array
import collections
import types
import warnings

import numpy as np
import pandas as pd
import pytest
import torch

import pyad

SHAPE = (3, 3, 4)


class Sequence:
    """No list, but with a length and items."""

    def __init__(self, *items):
        self.items = items

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        return self.items[i]


class Index:
    def __init__(self, i):
        self.i = i

    def __index__(self):
        return self.i


class Whole:
    """Becomes an int, but is not one."""

    def __int__(self):
        return 1


class Iterable:
    def __iter__(self):
        return iter([1, 0])


# Two positions of a dim of three, or something that PyTorch reads otherwise or refuses.
KINDS = {
    "range": lambda p: range(2),
    "range backwards": lambda p: range(2, 0, -1),
    "empty range": lambda p: range(0),
    "tuple": lambda p: (2, 0),
    "list": lambda p: [-1, 0],
    "empty list": lambda p: [],
    "list of bools": lambda p: [True, False, True],
    "list of bools and ints": lambda p: [True, 2],
    "list of floats": lambda p: [1.0, 2.7],
    "list of NumPy ints": lambda p: [np.int64(2), np.int32(0)],
    "list of NumPy bools": lambda p: [np.True_, np.False_, np.True_],
    "list of 0-d tensors": lambda p: [p.tensor(2), p.tensor(0)],
    "list of tensors": lambda p: [p.tensor([0, 1]), p.tensor([2, 1])],
    "list of arrays": lambda p: [np.array([0, 1]), np.array([2, 1])],
    "nested list": lambda p: [[0, 1], [2, 1]],
    "nested list of three": lambda p: [[0, 1], [2, 1], [3, 0]],
    "list of one list": lambda p: [[0, 2]],
    "ragged list that broadcasts": lambda p: [[0], [0, 1]],
    "list of ranges": lambda p: [range(2), range(2)],
    "list of slices": lambda p: [slice(0, 1), slice(1, None)],
    "list with None": lambda p: [0, None],
    "list with an ellipsis": lambda p: [0, ...],
    "list of empty lists": lambda p: [[], []],
    "long list": lambda p: [0, 2, 1] * 11,
    "long nested list": lambda p: [[0, 1]] * 32,
    "deque": lambda p: collections.deque([2, 0]),
    "deque of lists": lambda p: collections.deque([[0, 1], [2, 1]]),
    "array of Python": lambda p: array.array("l", [2, 0]),
    "memoryview": lambda p: memoryview(np.array([2, 0])),
    "bytearray": lambda p: bytearray(b"\x02\x00"),
    "sequence": lambda p: Sequence(2, 0),
    "Size": lambda p: p.Size([2, 0]),
    "object with __index__": lambda p: Index(2),
    "Series": lambda p: pd.Series([2, 0]),
    "Series of bools": lambda p: pd.Series([True, False, True]),
    "Series of int32": lambda p: pd.Series([2, 0], dtype="int32"),
    "Series of nullable ints": lambda p: pd.Series([2, 0], dtype="Int64"),
    "pandas index": lambda p: pd.Index([2, 0]),
    "categorical": lambda p: pd.Categorical([2, 0]),
    "NumPy int": lambda p: np.int64(2),
    "NumPy int8": lambda p: np.int8(-1),
    "NumPy uint8": lambda p: np.uint8(2),
    "array": lambda p: np.array([2, 0]),
    "array of int8": lambda p: np.array([2, 0], np.int8),
    "array of uint16": lambda p: np.array([2, 0], np.uint16),
    "array of bools": lambda p: np.array([True, False, True]),
    "array of floats": lambda p: np.array([2.0, 0.5]),
    "array backwards": lambda p: np.array([0, 2])[::-1].copy(),
    "array of two dims": lambda p: np.array([[0, 1], [2, 1]]),
    "empty array": lambda p: np.array([]),
    "0-d array": lambda p: np.array(2),
    "0-d array of bools": lambda p: np.array(True),
    "0-d tensor": lambda p: p.tensor(2),
    "0-d bool tensor": lambda p: p.tensor(True),
    "tensor of int32": lambda p: p.tensor([2, 0], dtype=p.int32),
    "slice of tensors": lambda p: slice(p.tensor(0), p.tensor(2)),
    "slice of NumPy ints": lambda p: slice(np.int64(0), np.int64(3), np.int64(2)),
    "slice of indices": lambda p: slice(None, Index(2)),
    "slice of bools": lambda p: slice(False, True),
    "slice of one-element tensors": lambda p: slice(p.tensor([1]), None),
    # refused
    "float": lambda p: 1.0,
    "NumPy float": lambda p: np.float64(1.0),
    "NumPy float32": lambda p: np.float32(1.0),
    "complex": lambda p: 1j,
    "text": lambda p: "a",
    "bytes": lambda p: b"\x01\x00",
    "list of texts": lambda p: ["a"],
    "set": lambda p: {0, 1},
    "dict": lambda p: {0: 1},
    "keys": lambda p: {0: 1}.keys(),
    "iterator": lambda p: iter([1, 0]),
    "iterable": lambda p: Iterable(),
    "object with __int__": lambda p: Whole(),
    "array of objects": lambda p: np.array([0, None], object),
    "tensor of floats": lambda p: p.tensor([1.0, 0.0]),
    "0-d tensor of floats": lambda p: p.tensor(1.0),
    "slice of floats": lambda p: slice(0, 1.0),
    "slice of float tensors": lambda p: slice(p.tensor(0.0), None),
    "slice of texts": lambda p: slice("a", None),
    "slice with a step of zero": lambda p: slice(None, None, 0),
    "slice backwards": lambda p: slice(None, None, -1),
    "beyond the end": lambda p: [0, 3],
    "far below the start": lambda p: range(-4, 0),
    "int of many bits": lambda p: 2**70,
    "list with an int of many bits": lambda p: [2**70],
    "mask too short": lambda p: [True, False],
    "mask of a wrong shape": lambda p: np.ones((3, 2), bool),
}
PLACES = {
    "alone": lambda key: key,
    "in a tuple": lambda key: (key,),
    "behind a slice": lambda key: (slice(None), key),
    "in front of an int": lambda key: (key, 0),
    "behind an int": lambda key: (1, key),
    "beside a range": lambda key: (key, range(2)),
    "apart from a range": lambda key: (key, slice(1, None), range(2)),
    "behind an ellipsis": lambda key: (..., key),
    "behind None": lambda key: (None, key),
    "behind a 0-d tensor": lambda key: (torch.tensor(1), key),
}


def outcome(lib, f, name, where):
    """Shape and values, or the exception's type; and whether there was a warning of a sequence."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        try:
            result = f(lib, place(lib, name, where))
            found = (tuple(result.shape), result.detach().numpy().tolist())
        except Exception as error:
            found = type(error)
    return found, any("tuple" in str(w.message) for w in seen)


def place(lib, name, where):
    key = PLACES[where](KINDS[name](lib))
    if isinstance(key, tuple):
        return tuple(
            lib.tensor(1) if isinstance(k, torch.Tensor) and lib is pyad else k for k in key
        )
    return key


def start(lib):
    return lib.arange(36.0, dtype=float).reshape(SHAPE)


def read(lib, key):
    x = start(lib).requires_grad_()
    y = x[key]
    (y * y).sum().backward()
    return lib.cat([y.flatten(), x.grad.flatten()]).reshape(1, -1)


def write(lib, key):
    x = start(lib)
    x[key] = -1.5
    return x


def add(lib, key):
    x = start(lib)
    x[key] += lib.tensor(0.5)
    return x


# For a 0-d array of bools PyTorch counts a dim, as neither it does for a tensor nor NumPy does.
OTHERWISE = [("0-d array of bools", "behind an ellipsis")]


@pytest.mark.parametrize(
    ("name", "where"), [(n, w) for n in KINDS for w in PLACES if (n, w) not in OTHERWISE]
)
def test_kind(name, where):
    cases = {"read": read, "write": write, "add": add, "shape": lambda lib, key: start(lib)[key]}
    for case, f in cases.items():
        theirs, warned = outcome(torch, f, name, where)
        mine, warns = outcome(pyad, f, name, where)
        if theirs is RuntimeError:  # of no dtype that PyTorch could infer
            assert mine is TypeError, f"{case}: {mine}"
        elif theirs is TypeError and name == "list of tensors":
            assert mine is ValueError, f"{case}: {mine}"  # they are tensors, but of a wrong shape
        elif isinstance(theirs, type):
            assert isinstance(mine, type), f"{case}: {mine} instead of {theirs}"
            assert issubclass(mine, theirs), f"{case}: {mine} instead of {theirs}"
        else:
            assert mine == theirs, case
            assert warns or not warned, f"{case}: no warning"


# ---- what PyTorch refuses and NumPy, or the values themselves, give a meaning


def test_numpy_bools():
    x = pyad.arange(4.0)
    np.testing.assert_array_equal(x[np.True_].numpy(), x.numpy()[np.True_])
    np.testing.assert_array_equal(x[np.False_].numpy(), x.numpy()[np.False_])
    x[np.True_] = 7.0
    assert x.tolist() == [7.0] * 4


def test_series_by_position_whatever_their_labels():
    """PyTorch looks for the labels 0, 1, ...: a KeyError, or another order."""
    x = pyad.arange(12.0).reshape(3, 4)
    for labels in ([5, 6], [1, 0], ["a", "b"]):
        positions = pd.Series([2, 0], index=labels)
        np.testing.assert_array_equal(x[positions].numpy(), x.numpy()[[2, 0]])
        x[range(2), positions] += 0.0
    mask = pd.Series([True, False, True], index=[7, 8, 9])
    np.testing.assert_array_equal(x[mask].numpy(), x.numpy()[[0, 2]])
    frame = pd.DataFrame({"a": [2, 0]})
    np.testing.assert_array_equal(x[frame].numpy(), x.numpy()[[[2], [0]]])


def test_what_becomes_an_array():
    class Becomes:
        def __array__(self, dtype=None, copy=None):
            return np.array([2, 0])

    x = pyad.arange(12.0).reshape(3, 4)
    np.testing.assert_array_equal(x[Becomes()].numpy(), x.numpy()[[2, 0]])
    np.testing.assert_array_equal(x[:, torch.tensor([3, 0])].numpy(), x.numpy()[:, [3, 0]])
    np.testing.assert_array_equal(x[torch.tensor([1])].numpy(), x.numpy()[[1]])


def test_mappings_are_no_sequences():
    x = pyad.arange(4.0)
    for mapping in (collections.UserDict({"a": 1}), types.MappingProxyType({"a": 1})):
        with pytest.raises((IndexError, KeyError)):
            x[mapping]


def test_a_list_that_contains_itself():
    endless = []
    endless.append(endless)
    with pytest.warns(UserWarning, match="tuple"), pytest.raises((ValueError, IndexError)):
        pyad.arange(4.0)[endless]


def test_a_list_read_as_a_tuple_warns():
    x = pyad.arange(12.0).reshape(3, 4)
    with pytest.warns(UserWarning, match=r"write x\[tuple\(seq\)\]"):
        y = x[[[0, 1], [3, 2]]]
    assert y.tolist() == [3.0, 6.0]


def test_an_index_that_fails_changes_nothing():
    x = pyad.arange(4.0)
    for key in ([0, 4], {0}, "a", 1.5, (0, range(2))):
        with pytest.raises((IndexError, TypeError)):
            x[key] = 9.0
    assert x.tolist() == [0.0, 1.0, 2.0, 3.0]


def test_text_of_the_error():
    with pytest.raises(IndexError, match=r"index: only integers, slices.*got set"):
        pyad.ones(2)[{0}]
    with pytest.raises(TypeError, match=r"index: .*got str"):
        pyad.ones(2)["a"]


@pytest.mark.parametrize("dtype", ["bool", "uint8"])
def test_numbers_behind_a_recorded_mask(dtype):
    """Both kinds of masks choose; what is not taken gives nothing; bad masks change nothing."""
    x = pyad.tensor([[-1.0, 4.0], [0.0, 9.0]]).requires_grad_()
    mask = pyad.tensor([[1, 0], [1, 0]], dtype=getattr(pyad, dtype))
    y = x.sqrt()
    y[mask] = 7
    assert y.tolist() == [[7.0, 2.0], [7.0, 3.0]]
    (g,) = pyad.autograd.grad(y.sum(), x)
    np.testing.assert_allclose(g.numpy(), [[0.0, 0.25], [0.0, 1 / 6]], rtol=1e-6)
    z = x * 1.0
    z[mask[:, 0]] = pyad.tensor(5.0)
    assert z.tolist() == [[5.0, 5.0], [5.0, 5.0]]
    for bad in (mask[:1], mask.reshape(2, 2, 1), pyad.ones(3, dtype=mask.dtype)):
        for target in (x * 1.0, x.detach().clone()):
            before = target.tolist()
            with pytest.raises(IndexError, match=r"index assignment: (the mask|too many)"):
                target[bad] = 1
            assert target.tolist() == before
    with pytest.raises(RuntimeError, match="leaf"):
        x[mask] = 1
