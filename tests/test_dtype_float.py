"""Python's and NumPy's types as dtypes: at every door `float` is float64 and `int` int64."""

from __future__ import annotations

import numpy as np
import pytest

import pyad
from same import same

MEANT = {float: "float64", int: "int64", bool: "bool"}

DOORS = {
    "tensor": lambda p, d: p.tensor([0, 1, 2], dtype=d),
    "tensor of an array": lambda p, d: p.tensor(np.ones(2, np.float32), dtype=d),
    "as_tensor": lambda p, d: p.as_tensor([0, 1], dtype=d),
    "as_tensor of an array": lambda p, d: p.as_tensor(np.ones(2, np.float32), dtype=d),
    "asarray": lambda p, d: p.asarray([0, 1], dtype=d),
    "scalar_tensor": lambda p, d: p.scalar_tensor(1, dtype=d),
    "zeros": lambda p, d: p.zeros(2, dtype=d),
    "ones": lambda p, d: p.ones(2, dtype=d),
    "full": lambda p, d: p.full((2,), 1, dtype=d),
    "empty": lambda p, d: p.empty(0, dtype=d),
    "eye": lambda p, d: p.eye(2, dtype=d),
    "zeros_like": lambda p, d: p.zeros_like(p.ones(2), dtype=d),
    "ones_like": lambda p, d: p.ones_like(p.ones(2), dtype=d),
    "full_like": lambda p, d: p.full_like(p.ones(2), 1, dtype=d),
    "empty_like": lambda p, d: p.empty_like(p.ones(0), dtype=d),
    "new_zeros": lambda p, d: p.ones(2).new_zeros(2, dtype=d),
    "new_ones": lambda p, d: p.ones(2).new_ones(2, dtype=d),
    "new_full": lambda p, d: p.ones(2).new_full((2,), 1, dtype=d),
    "to": lambda p, d: p.tensor([0, 1]).to(d),
    "to, by name": lambda p, d: p.tensor([0, 1]).to(dtype=d),
    "to, with a device": lambda p, d: p.tensor([0, 1]).to("cpu", d),
    "to, of a parameter": lambda p, d: p.nn.Parameter(p.ones(2)).to(d),
    "promote_types": lambda p, d: p.promote_types(d, p.bool),
}
FLOATING = {
    "arange": lambda p, d: p.arange(3, dtype=d),
    "linspace": lambda p, d: p.linspace(0, 1, 3, dtype=d),
    "logspace": lambda p, d: p.logspace(0, 1, 3, dtype=d),
    "rand": lambda p, d: p.rand(2, dtype=d),
    "randn": lambda p, d: p.randn(2, dtype=d),
    "rand_like": lambda p, d: p.rand_like(p.ones(2), dtype=d),
    "randn_like": lambda p, d: p.randn_like(p.ones(2), dtype=d),
    "randint": lambda p, d: p.randint(0, 5, (2,), dtype=d),
    "sum": lambda p, d: p.tensor([1, 2]).sum(dtype=d),
    "sum of a dim": lambda p, d: p.sum(p.ones(2, 2), 0, dtype=d),
    "mean": lambda p, d: p.tensor([1, 2]).mean(dtype=d),
    "prod": lambda p, d: p.prod(p.tensor([1.0, 2.0]), dtype=d),
    "nansum": lambda p, d: p.nansum(p.ones(2), dtype=d),
    "cumsum": lambda p, d: p.cumsum(p.ones(2), 0, dtype=d),
    "cumprod": lambda p, d: p.cumprod(p.ones(2), 0, dtype=d),
    "softmax": lambda p, d: p.softmax(p.ones(2), 0, dtype=d),
    "log_softmax": lambda p, d: p.log_softmax(p.ones(2), 0, dtype=d),
    "F.softmax": lambda p, d: p.nn.functional.softmax(p.ones(2), 0, dtype=d),
    "norm": lambda p, d: p.norm(p.ones(2), dtype=d),
    "Linear": lambda p, d: p.nn.Linear(2, 1, dtype=d).bias,
    "Conv2d": lambda p, d: p.nn.Conv2d(1, 1, 1, dtype=d).weight,
    "Embedding": lambda p, d: p.nn.Embedding(2, 2, dtype=d).weight,
    "BatchNorm1d": lambda p, d: p.nn.BatchNorm1d(2, dtype=d).running_var,
    "LayerNorm": lambda p, d: p.nn.LayerNorm(2, dtype=d).weight,
    "LSTM": lambda p, d: p.nn.LSTM(1, 1, dtype=d).weight_ih_l0,
    "MultiheadAttention": lambda p, d: p.nn.MultiheadAttention(2, 1, dtype=d).in_proj_weight,
    "Module.to": lambda p, d: p.nn.Linear(2, 1).to(d).weight,
    "Module.to, by name": lambda p, d: p.nn.Linear(2, 1).to(dtype=d).weight,
    "Module.to, with a device": lambda p, d: p.nn.Linear(2, 1).to("cpu", d).weight,
    "Sequential.to": lambda p, d: p.nn.Sequential(p.nn.Linear(2, 1)).to(d)[0].weight,
    "finfo": lambda p, d: p.finfo(d).eps,
}


def told(result):
    """A tensor's dtype and values as both libraries have them."""
    if hasattr(result, "shape"):
        return [str(result.dtype).split(".")[1], list(result.shape)]
    return str(result).split(".")[-1]


@pytest.mark.parametrize("kind", MEANT)
@pytest.mark.parametrize("door", DOORS)
def test_doors(door, kind):
    def program(lib):
        return told(DOORS[door](lib, kind))

    found = same(program)
    assert MEANT[kind] in (found, found[0])


@pytest.mark.parametrize("door", FLOATING)
def test_doors_of_floats(door):
    def program(lib):
        lib.manual_seed(0)
        return told(FLOATING[door](lib, float))

    found = same(program)
    assert door == "finfo" or found[0] == "float64"


def test_no_row_of_the_table_takes_it_otherwise():
    """Whatever has a dtype parameter and works with float64 gives the same with `float`."""
    candidates = [pyad.rand(3, 3), pyad.tensor([[1, 2], [3, 4]])]
    seen = 0
    for row in pyad._core.op_table():
        name = row["name"]
        f = getattr(pyad, name, None)
        if f is None or "dtype: dtype" not in str(row):
            continue
        for arguments in ([candidates[0]], [candidates[0], 0], [3], [0, 1, 3], [(2, 2), 1]):
            try:
                pyad.manual_seed(0)
                want = f(*arguments, dtype=pyad.float64)
            except Exception:
                continue
            pyad.manual_seed(0)
            found = f(*arguments, dtype=float)
            assert found.dtype == want.dtype, name
            seen += 1
    assert seen > 10


def test_numpy_types():
    for name in ("float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8"):
        for given in (getattr(np, name), np.dtype(name)):
            assert pyad.ones(2, dtype=given).dtype == getattr(pyad, name)
            assert pyad.ones(2).to(given).dtype == getattr(pyad, name)
            assert pyad.ones(2).type(given).dtype == getattr(pyad, name)
    assert pyad.ones(2, dtype=np.bool_).dtype == pyad.bool
    assert pyad.nn.Linear(1, 1).to(np.dtype("float64")).weight.dtype == pyad.float64


def test_refused():
    for given in (complex, str, object, list, 1, "uint16", np.uint16, np.complex64):
        with pytest.raises((TypeError, RuntimeError)):
            pyad.ones(2, dtype=given)
    for given in (int, bool, np.int64):
        with pytest.raises(TypeError, match="floating"):
            pyad.nn.Linear(1, 1).to(given)
    with pytest.raises(TypeError, match="floating"):
        pyad.finfo(int)
    with pytest.raises(TypeError, match="integer"):
        pyad.iinfo(float)


def test_the_default_dtype_does_not_change_it():
    pyad.set_default_dtype(pyad.float64)
    try:
        assert pyad.ones(2, dtype=float).dtype == pyad.float64
        assert pyad.ones(2, dtype=pyad.float).dtype == pyad.float32
    finally:
        pyad.set_default_dtype(pyad.float32)
    assert pyad.ones(2, dtype=float).dtype == pyad.float64
