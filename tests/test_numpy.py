"""Memory is shared with NumPy both ways, and never in a way that makes a gradient wrong."""

from __future__ import annotations

import copy
import gc
import pickle
import weakref

import numpy as np
import pytest
import torch

import pyad

DTYPES = ["float32", "float64", "int64", "int32", "uint8", "bool"]


def live() -> dict[str, int]:
    gc.collect()
    return pyad._core.live_counts()


@pytest.mark.parametrize("name", DTYPES)
@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (0,), (2, 0, 3), (2, 3, 4)])
def test_sharing(shape: tuple[int, ...], name: str) -> None:
    a = np.ones(shape, name)
    x = pyad.from_numpy(a)
    assert x.shape == shape
    assert str(x.dtype) == f"pyad.{name}"
    b = x.numpy()
    assert b.dtype == a.dtype
    assert b.shape == shape
    if a.size:
        assert x.data_ptr() == a.ctypes.data == b.ctypes.data
        a[...] = 0
        assert not x.any().item()
        b[...] = 1
        assert x.all().item()
        x.zero_()
        assert not a.any()


@pytest.mark.parametrize(
    "view", [np.s_[::2], np.s_[:, 1], np.s_[1:, ::3], np.s_[:, None], np.s_[1, 1]]
)
def test_views(view) -> None:
    a = np.arange(24.0).reshape(4, 6)
    for b in (np.asarray(a[view]), np.asarray(a.T[view])):
        x = pyad.from_numpy(b)
        np.testing.assert_array_equal(x.numpy(), b)
        x.mul_(2)
        np.testing.assert_array_equal(x.numpy(), b)
        np.testing.assert_array_equal((x + 1).numpy(), b + 1)
    y = pyad.arange(24.0).reshape(4, 6)
    np.testing.assert_array_equal(y.t()[1:].numpy(), y.numpy().T[1:])
    assert y.t().numpy().strides == (4, 24)
    expanded = pyad.ones(3, 1).expand(3, 4).numpy()
    assert expanded.strides[1] == 0


def test_lifetimes() -> None:
    before = live()
    a = np.ones(5)
    watch = weakref.ref(a)
    x = pyad.from_numpy(a)
    del a
    assert watch() is not None
    y = x * 2
    del x
    gc.collect()
    assert watch() is None
    b = y.numpy()
    del y
    assert b.tolist() == [2] * 5
    assert live()["buffers"] == before["buffers"] + 1
    c = b[1:]
    del b
    assert c.tolist() == [2] * 4
    del c
    assert live() == before


def test_gradients_do_not_see_writes_through_numpy() -> None:
    a = np.array([1.0, 2.0, 3.0])
    x = pyad.from_numpy(a).requires_grad_()
    y = (x * x).sum()
    a[:] = 100
    y.backward()
    assert x.grad.tolist() == [2, 4, 6]
    z = pyad.tensor([1.0, 2.0], requires_grad=True)
    w = (z * z).sum()
    z.detach().numpy()[:] = 50
    w.backward()
    assert z.grad.tolist() == [2, 4]
    assert z.tolist() == [50, 50]


def test_tensors_that_require_grad_are_not_lent() -> None:
    x = pyad.ones(2, requires_grad=True)
    for call in (x.numpy, lambda: np.asarray(x), lambda: np.array(x), (x * 2).numpy):
        with pytest.raises(RuntimeError, match=r"Use tensor.detach\(\).numpy\(\)"):
            call()
    assert x.numpy(force=True).tolist() == [1, 1]
    with pyad.no_grad(), pytest.raises(RuntimeError, match="requires grad"):
        x.numpy()


def test_array_protocol() -> None:
    x = pyad.arange(6.0).reshape(2, 3)
    a = np.asarray(x)
    assert a.ctypes.data == x.data_ptr()
    assert np.array(x).ctypes.data != x.data_ptr()
    assert np.asarray(x, dtype=np.float64).dtype == np.float64
    assert np.asarray(x, dtype=np.float32).ctypes.data == x.data_ptr()
    np.testing.assert_array_equal(np.sin(x), np.sin(x.numpy()))
    np.testing.assert_array_equal(np.concatenate([x, x]), np.concatenate([a, a]))
    if np.lib.NumpyVersion(np.__version__) >= "2.0.0":
        assert np.asarray(x, copy=True).ctypes.data != x.data_ptr()
        assert np.asarray(x, copy=False).ctypes.data == x.data_ptr()
        with pytest.raises(ValueError, match="copy"):
            np.asarray(x, dtype=np.float64, copy=False)


def test_read_only_arrays() -> None:
    a = np.ones(3)
    a.flags.writeable = False
    x = pyad.from_numpy(a)
    assert (x * 2).tolist() == [2, 2, 2]
    assert not x.numpy().flags.writeable
    for write in (
        lambda: x.add_(1),
        lambda: x.zero_(),
        lambda: x[:2].mul_(2),
        lambda: x.uniform_(),
    ):
        with pytest.raises((RuntimeError, ValueError), match="read-only"):
            write()
    assert a.tolist() == [1, 1, 1]


BAD = [
    (lambda: pyad.from_numpy(np.zeros(2, np.longdouble)), TypeError, "astype"),
    (lambda: pyad.from_numpy(np.zeros(2, np.complex64)), TypeError, "astype"),
    (lambda: pyad.from_numpy(np.zeros(2, np.uint16)), TypeError, "astype"),
    (lambda: pyad.from_numpy(np.zeros(2, np.uint32)), TypeError, "astype"),
    (lambda: pyad.from_numpy(np.array(["a"])), TypeError, "astype"),
    (lambda: pyad.from_numpy(np.array([None])), TypeError, "astype"),
    (lambda: pyad.from_numpy(np.zeros(2, "datetime64[s]")), TypeError, "astype"),
    (lambda: pyad.from_numpy(np.zeros(2, [("a", "f4")])), TypeError, "astype"),
    (lambda: pyad.from_numpy(np.zeros(4)[::-1]), ValueError, "negative stride"),
    (lambda: pyad.from_numpy(np.zeros(2, ">f8")), ValueError, "big-endian"),
    (lambda: pyad.from_numpy(np.zeros(3, [("a", "i1"), ("b", "f8")])["b"]), ValueError, "copy"),
    (lambda: pyad.from_numpy([1.0]), TypeError, "NumPy array"),
    (lambda: pyad.from_numpy(pyad.ones(1)), TypeError, "NumPy array"),
    (lambda: pyad.ones(2).item(), (RuntimeError, ValueError), "item|one element"),
    (lambda: pyad.ones(0).item(), (RuntimeError, ValueError), "item|one element"),
    (lambda: pyad.ones(2).item(2), IndexError, "range"),
    (lambda: pyad.ones(2, 2).item(0, 2), IndexError, "range"),
    (lambda: pyad.ones(2, 2).item(0, 0, 0), IndexError, "indices"),
    (lambda: pyad.ones(2).numpy(1), TypeError, ""),
]


@pytest.mark.parametrize(("call", "error", "text"), BAD)
def test_bad_input(call, error, text) -> None:
    with pytest.raises(error, match=text or None):
        call()


@pytest.mark.parametrize("name", DTYPES)
def test_numbers_out(name: str) -> None:
    a = np.array([[1, 0, 1], [0, 1, 1]], name)
    x, u = pyad.tensor(a), torch.tensor(a)
    assert x.tolist() == u.tolist()
    assert x.t().tolist() == u.t().tolist()
    assert type(x.tolist()[0][0]) is type(u.tolist()[0][0])
    assert type(x[0, 0].item()) is type(u[0, 0].item())
    assert x.item(1, 2) == a.item(1, 2)
    assert x.item(4) == a.item(4)
    assert x.item(-1) == a.item(5)
    assert pyad.tensor(a[0, 0]).tolist() == a[0, 0].tolist()
    assert pyad.zeros(2, 0).tolist() == [[], []]


@pytest.mark.filterwarnings("ignore:.*To copy construct")
def test_copies_do_not_share() -> None:
    a = np.ones(3)
    x = pyad.from_numpy(a)
    for y in (
        copy.deepcopy(x),
        pickle.loads(pickle.dumps(x)),
        pyad.tensor(a),
        pyad.tensor(x),
        x.clone(),
    ):
        y.zero_()
    assert a.tolist() == [1, 1, 1]


def test_strides_that_overlap_can_be_read_but_not_written() -> None:
    a = np.lib.stride_tricks.as_strided(np.arange(4.0), (3, 2), (8, 8))
    x = pyad.from_numpy(a)
    assert x.sum().item() == a.sum()
    with pytest.raises(RuntimeError, match=r"expanded|overlap|single memory"):
        x.add_(1)
