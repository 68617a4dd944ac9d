"""What is no real number, numbers beyond a dtype in conversions, quotients and ranges.

Apart from test_numbers_doors.py, which has the numbers that may enter.
"""

from __future__ import annotations

import contextlib
import operator

import numpy as np
import pytest
import torch

import pyad
from test_numbers_doors import CONSTRUCTORS, FILLS, STRANGE

# Their `float` gives a part of them, if any.
NO_REAL = [np.complex64(1j), np.complex128(2 + 1j), np.timedelta64(3), np.void(b"3"), 1j]


@pytest.mark.parametrize("number", NO_REAL, ids=repr)
def test_what_is_no_real_number_enters_nowhere(number):
    for door in [*FILLS.values(), *CONSTRUCTORS.values()]:
        with pytest.raises(TypeError):
            door(pyad, "float32", number)
    x = pyad.ones(2)
    for write in (x.fill_, x.add_, x.mul_, x.clamp_, lambda v: x.add_(1, alpha=v)):
        with pytest.raises(TypeError):
            write(number)
    assert x.tolist() == [1, 1]
    for other in (pyad.Value, pyad.Value(1).__pow__, lambda v: pyad.Value(1).leaky_relu(v)):
        with contextlib.suppress(TypeError):
            assert other(number) is NotImplemented
    w = pyad.ones(1, requires_grad=True)
    w.sum().backward()
    with pytest.raises(TypeError):
        pyad.optim.SGD([w], lr=number).step()
    assert w.tolist() == [1]


@pytest.mark.parametrize("source", ["float32", "float64"])
@pytest.mark.parametrize("target", ["uint8", "int32", "int64"])
def test_floats_that_do_not_fit_convert_as_pytorch_does(source, target):
    limits = [s * 2.0**p + d for s in (1, -1) for p in (7, 8, 31, 32, 63) for d in (-1, 0, 1)]
    values = [*limits, 3e9, -3e9, 1e10, 1e19, -1e19, 1e38, 300.7, -1.5, *STRANGE] * 3
    ours, theirs = (lib.tensor(values, dtype=getattr(lib, source)) for lib in (pyad, torch))
    for spelling in (
        lambda lib, x: x.to(getattr(lib, target)),
        lambda lib, x: lib.zeros(x.shape, dtype=getattr(lib, target)).copy_(x),
        lambda lib, x: x[::2].to(getattr(lib, target)),
        lambda lib, x: x[:-1].reshape(2, -1).t().to(getattr(lib, target)),
    ):
        assert spelling(pyad, ours).tolist() == spelling(torch, theirs).tolist()


@pytest.mark.parametrize("dtype", ["uint8", "int32", "int64"])
@pytest.mark.parametrize("name", ["floor_divide", "remainder", "fmod", "//", "%"])
def test_nothing_may_be_divided_by_zero(name, dtype):
    call = {"//": operator.floordiv, "%": operator.mod}
    of = lambda lib: call.get(name) or getattr(lib, name)  # noqa: E731
    for shape in ((0,), (2, 0), (0, 3)):
        found = []
        for lib in (pyad, torch):
            x = lib.zeros(shape, dtype=getattr(lib, dtype))
            zero = lib.zeros(1, dtype=x.dtype) if shape[-1] != 3 else lib.zeros(3, dtype=x.dtype)
            found.append([list(of(lib)(x, z).shape) for z in (0, zero)])
        assert found[0] == found[1]
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        of(pyad)(pyad.ones(2, dtype=getattr(pyad, dtype)), 0)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "bounds", [(2**63, 2**63 + 8192, 2048), (0, 1, 2**63), (-(2**64), -(2**64) + 2**13, 2**12)]
)
def test_ranges_beyond_64_bits(bounds, dtype):
    x = pyad.arange(*bounds, dtype=getattr(pyad, dtype))
    want = np.arange(*map(float, bounds)).astype(dtype)
    assert x.tolist() == want.tolist()
    with pytest.raises(OverflowError):
        pyad.arange(*bounds)


@pytest.mark.parametrize("number", [np.complex64(1), np.timedelta64(3), np.timedelta64(1, "s")])
def test_a_tensor_beside_no_real_number_is_no_array(number):
    for dtype in (pyad.float32, pyad.int64):
        x = pyad.ones(2, dtype=dtype)
        for call in (operator.add, operator.sub, operator.mul, operator.truediv, operator.pow):
            with pytest.raises(TypeError):
                call(x, number)
        for call in (operator.iadd, operator.imul):
            with pytest.raises(TypeError):
                call(x, number)
        assert x.tolist() == [1, 1]


ARRAYS = [np.array(np.timedelta64(3)), np.array("2.5"), np.array(b"2.5"), np.array(1j)]


@pytest.mark.parametrize("number", ARRAYS, ids=repr)
def test_arrays_of_no_real_number_enter_nowhere(number):
    x = pyad.ones(2)
    for call in (
        pyad.Value,
        lambda v: x.uniform_(0, v),
        lambda v: x.normal_(0, v),
        x.exponential_,
        x.bernoulli_,
        lambda v: x * v,
        lambda v: x.clamp_(max=v),
    ):
        with pytest.raises(TypeError):
            call(number)
    assert x.tolist() == [1, 1]
    for name in ("lr", "momentum", "weight_decay"):
        w = pyad.ones(1, requires_grad=True)
        w.sum().backward()
        optimizer = pyad.optim.SGD([w], lr=0.1)
        optimizer.param_groups[0][name] = number
        with pytest.raises(TypeError):
            optimizer.step()
        assert w.tolist() == [1]


@pytest.mark.parametrize("raw", [b"12", bytearray(b"12"), np.bytes_(b"12"), "12"], ids=repr)
def test_characters_are_no_sizes(raw):
    x = pyad.ones(2, 2)
    for call in (pyad.zeros, x.sum, x.roll, x.permute, x.reshape, x.expand):
        with pytest.raises(TypeError):
            call(raw)
