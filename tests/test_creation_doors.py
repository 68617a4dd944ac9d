"""What the doors that may share memory take beside data: a device, whether to copy, gradients."""

from __future__ import annotations

import numpy as np
import pytest

import pyad


@pytest.mark.parametrize("device", [None, "cpu", "cpu:0"])
def test_every_door_takes_the_processor_as_device(device):
    for make in (
        lambda **o: pyad.tensor([1.0], **o),
        lambda **o: pyad.as_tensor([1.0], **o),
        lambda **o: pyad.asarray([1.0], **o),
        lambda **o: pyad.normal(0, 1, (1,), **o),
        lambda **o: pyad.normal(pyad.zeros(1), 1.0, **o),
        lambda **o: pyad.zeros(1, **o),
        lambda **o: pyad.rand(1, **o),
        lambda **o: pyad.arange(1, **o),
    ):
        assert make(device=device).shape == (1,)
        with pytest.raises(RuntimeError, match="no device 'cuda'"):
            make(device="cuda")


@pytest.mark.parametrize("dtype", [None, pyad.float64, pyad.float32])
@pytest.mark.parametrize("source", ["array", "tensor", "list"])
def test_asarray_copies_as_it_is_told(source, dtype):
    data = np.ones(3)
    given = {"array": data, "tensor": pyad.from_numpy(data), "list": [1.0] * 3}[source]
    can_share = source != "list" and dtype != pyad.float32
    shared = pyad.asarray(given, dtype=dtype)
    own = pyad.asarray(given, dtype=dtype, copy=True)
    if can_share:
        still = pyad.asarray(given, dtype=dtype, copy=False)
    else:
        with pytest.raises(ValueError, match="copy=False"):
            pyad.asarray(given, dtype=dtype, copy=False)
    data[:] = 5.0
    assert own.tolist() == [1.0] * 3
    assert shared.tolist() == [5.0 if can_share else 1.0] * 3
    if can_share:
        assert still.tolist() == [5.0] * 3
    asks = pyad.asarray(given, dtype=dtype, requires_grad=True)
    assert asks.requires_grad
    assert asks.is_leaf
    assert not (source == "tensor" and given.requires_grad)


@pytest.mark.parametrize("name", ["arange", "linspace", "logspace"])
def test_bools_have_no_steps(name):
    with pytest.raises(NotImplementedError, match=f"{name}: not defined for bool"):
        getattr(pyad, name)(0, 1, 2, dtype=pyad.bool)


class Boasting:
    """A sequence that says it is longer than any memory, and never ends."""

    def __init__(self, length):
        self.length = length
        self.asked = 0

    def __len__(self):
        return self.length

    def __getitem__(self, i):
        self.asked += 1
        return 1


@pytest.mark.parametrize("length", [2**62, 2**50])
@pytest.mark.parametrize(
    "door",
    [
        pyad.tensor,
        pyad.as_tensor,
        pyad.Size,
        lambda s: pyad.tensor([s, s]),
        lambda s: pyad.zeros(s),
        lambda s: pyad.zeros(3).reshape(s),
    ],
    ids=["tensor", "as_tensor", "Size", "nested", "zeros", "reshape"],
)
def test_a_sequence_longer_than_memory_is_refused_at_once(door, length):
    boasting = Boasting(length)
    with pytest.raises((MemoryError, RuntimeError)):
        door(boasting)
    assert boasting.asked < 100
