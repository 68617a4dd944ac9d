"""Bools are bytes of 0 and 1, by whatever door they come."""

import numpy as np
import pytest

import pyad


def odd_truths(n=8):
    """NumPy's bools made of the bytes 0, 1, 2 ..."""
    return np.arange(n, dtype=np.uint8).view(bool)


def stored(x):
    """The bytes of a bool tensor."""
    return x.numpy().view(np.uint8).tolist()


@pytest.mark.parametrize(
    "make",
    [
        lambda: pyad.empty(64, dtype=pyad.bool),
        lambda: pyad.empty_like(pyad.ones(64), dtype=pyad.bool),
        lambda: pyad.empty_like(pyad.ones(8, 8).t(), dtype=pyad.bool),
        lambda: pyad.ones(2).new_empty(64, dtype=pyad.bool),
    ],
    ids=["empty", "empty_like", "empty_like transposed", "new_empty"],
)
def test_contents_that_nobody_chose_are_truths(make):
    # The memory that is given out next was full of other bytes.
    for _ in range(4):
        pyad.full((64,), 173, dtype=pyad.uint8)
        assert set(np.ravel(stored(make())).tolist()) <= {0, 1}


@pytest.mark.parametrize(
    "copy",
    [
        lambda a: pyad.tensor(a),
        lambda a: pyad.tensor([a[:2], a[2:4]]),
        lambda a: pyad._core.rebuild_tensor(pyad.Tensor, a, False),
    ],
    ids=["tensor", "nested", "pickle"],
)
def test_copies_of_other_bytes_are_truths(copy):
    x = copy(odd_truths())
    assert np.ravel(stored(x)).tolist() == [0] + [1] * (x.numel() - 1)


@pytest.mark.parametrize("share", [pyad.from_numpy, pyad.as_tensor])
def test_other_bytes_are_not_shared(share):
    for array in (odd_truths(), odd_truths()[::3]):
        with pytest.raises(ValueError, match="bytes other than 0 and 1"):
            share(array)
    assert share(odd_truths()[:2]).tolist() == [False, True]
    assert share(np.zeros(0, dtype=bool)).tolist() == []


def test_what_numpy_writes_later_is_read_as_numpy_reads_it():
    x = pyad.zeros(4, dtype=pyad.bool)
    x.numpy().view(np.uint8)[:] = [0, 1, 2, 255]
    assert x.tolist() == [False, True, True, True]
    assert x[2].item() is True
    assert repr(x[3]) == "tensor(True)"
