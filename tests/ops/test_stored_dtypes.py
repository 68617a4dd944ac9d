"""The op table on dtypes that are stored only: what is computed in float32 or int32, and rounded.

Two oracles. PyTorch gives the dtype of each result, and its value, as near as the rounding of a few
steps. Where one op is one call, pyad itself gives the value, to the last bit: that of the same call
on the operands in the wider dtype, converted back.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch

import op_cases
import op_drivers as drivers
import op_names
import pyad
from ops.test_elementwise import BY_NAME, OPS, SHAPES, params_of, samples, torch_function
from stored import HALVES, ROUNDING, STORED, name_of, ours, stored, values

ROWS = sorted(op_cases.ROWS)
# What is beside a value: places, of which PyTorch's kernels choose others among equal numbers.
PLACES = {"kthvalue", "topk", "sort", "argsort", "median", "nanmedian", "mode"}
# Numbers drawn, whose kinds of stream differ with the dtype.
DRAWN = {"dropout", "alpha_dropout", "feature_dropout", "feature_alpha_dropout", "rrelu"}
# Where the results are not near, and why.
OTHER_VALUES = {
    "blackman_window": "its ends are what is left of 0.42 - 0.5 + 0.08",
    "histc": "bins are computed in the dtype",
    "prod": "PyTorch rounds after each factor",
    "cumprod": "PyTorch rounds after each factor",
    "logit": "cancels beside 1/2",
    "sinc": "PyTorch's is no zero at integers",
    "polygamma": "the spelling has one order only",
}
STEPS = 4  # roundings that PyTorch's composites are allowed
# Its own arithmetic on integers, where pyad's step of derivatives is a floating one.
RULES = op_names.OF_RULES | {"leaky", "chain", "corner"}


def flat(result):
    return list(result) if isinstance(result, (tuple, list)) else [result]


def attempt(call, xs):
    """The results, or the error."""
    try:
        return flat(call(*xs))
    except Exception as e:
        return e


def check(name, dtype, call, theirs, inputs, integers=True):
    operands = [stored(x, dtype) for x in inputs]
    pyad.manual_seed(0)
    got = attempt(call, [ours(t) for t in operands])
    torch.manual_seed(0)
    expected = attempt(theirs, operands)
    if isinstance(got, Exception):
        assert type(got) in (TypeError, RuntimeError, pyad.RangeError, pyad.ShapeError), repr(got)
        assert not isinstance(got, TypeError) or dtype in str(got), f"{name}: {got}"
        assert "internal" not in str(got), got
        # Integers are refused alike, be they of 32 bits or of 8.
        if not isinstance(expected, Exception):
            wide = [x.to(pyad.int32) if name_of(x) == dtype else x for x in map(ours, operands)]
            assert dtype not in HALVES, f"{name}: {got}"
            assert isinstance(attempt(call, wide), Exception), f"{name}: {got}"
        return
    if isinstance(expected, Exception) or (dtype not in HALVES and not integers):
        # At least it is a result of the kind: of no dtype that nobody asked for.
        kinds = {dtype, "bool", "int64", "uint8", "int32", "float32"} - (
            {"float32"} if dtype in HALVES else set()
        )
        assert {name_of(y) for y in got} <= kinds | {"bool"}, name
        return
    assert len(got) == len(expected)
    for k, (y, z) in enumerate(zip(got, expected)):
        what = f"{name}: output {k}"
        assert name_of(y) == name_of(z), what
        a, b = values(y), values(z)
        assert a.shape == b.shape, what
        if name in DRAWN or name in OTHER_VALUES or (k > 0 and name in PLACES):
            continue
        finite = np.isfinite(b) if b.dtype.kind == "f" else np.ones(b.shape, bool)
        rtol = STEPS * ROUNDING.get(dtype, 2.0**-22)
        scale = np.abs(b[finite]).max(initial=0) if b.dtype.kind == "f" else 0
        np.testing.assert_allclose(a, b, rtol=0, atol=rtol * scale, err_msg=what)


@pytest.mark.parametrize("dtype", STORED)
@pytest.mark.parametrize("name", ROWS)
def test_row(name, dtype):
    for inputs, call in op_cases.ROWS[name]:
        arrays = op_cases.arrays(inputs)
        check(
            name, dtype, lambda *xs, c=call: c(pyad, *xs), lambda *xs, c=call: c(torch, *xs), arrays
        )


@pytest.mark.parametrize("dtype", STORED)
@pytest.mark.parametrize("name", [e["name"] for e in OPS])
def test_elementwise(name, dtype, rng):
    """Against PyTorch, and exactly against the same call on the wider dtype."""
    entry = BY_NAME[name]
    f, g, params = op_names.function_of(entry), torch_function(name), params_of(entry)
    for shapes in SHAPES.values():
        inputs = samples(entry, shapes, rng)
        check(
            name,
            dtype,
            lambda *xs: f(*xs, **params),
            lambda *xs: g(*xs, **params),
            inputs,
            name not in RULES,
        )
        operands = [ours(stored(x, dtype)) for x in inputs]
        computed = pyad.float32 if dtype in HALVES else pyad.int32
        wide = [x.to(computed) if name_of(x) == dtype else x for x in operands]
        got = attempt(lambda *xs: f(*xs, **params), operands)
        expected = attempt(lambda *xs: f(*xs, **params), wide)
        if isinstance(expected, Exception):
            assert type(got) is type(expected)
            continue
        own = getattr(pyad, dtype)
        for y, z in zip(got, expected):
            back = z.to(own) if z.dtype is computed else z
            assert y.dtype is back.dtype
            np.testing.assert_array_equal(values(y), values(back))


@pytest.mark.parametrize("dtype", HALVES)
@pytest.mark.parametrize("name", [n for n in ROWS if n not in op_cases.NOT_DIFFERENTIABLE])
def test_gradients_of_rows(name, dtype):
    """Come in the dtype of the leaf, and near those of float32."""
    for inputs, call in op_cases.ROWS[name]:
        check_gradients(name, dtype, lambda *xs, c=call: c(pyad, *xs), op_cases.arrays(inputs))


@pytest.mark.parametrize("dtype", HALVES)
@pytest.mark.parametrize("name", [e["name"] for e in OPS if any(e["differentiable"])])
def test_gradients_of_elementwise(name, dtype, rng):
    entry = BY_NAME[name]
    f, params = op_names.function_of(entry), params_of(entry)
    for shapes in SHAPES.values():
        check_gradients(name, dtype, lambda *xs: f(*xs, **params), samples(entry, shapes, rng))


def gradients(call, operands, differentiated):
    """Of the sum of all floating results, weighted by -1, 0 and 1."""
    pyad.manual_seed(0)
    leaves = [x.requires_grad_() for x, d in zip(operands, differentiated) if d]
    results = [y for y in flat(call(*operands)) if y.is_floating_point() and y.requires_grad]
    weights = [(pyad.arange(y.numel()) % 3 - 1).reshape(y.shape).to(y.dtype) for y in results]
    return leaves, pyad.autograd.grad(results, leaves, weights, allow_unused=True)


def check_gradients(name, dtype, call, inputs):
    operands = [ours(stored(x, dtype)) for x in inputs]
    wide = [x.float() if name_of(x) == dtype else x for x in operands]
    which = [drivers.is_float(x) for x in inputs]
    leaves, got = gradients(call, [x.clone() for x in operands], which)
    _, expected = gradients(call, [x.clone() for x in wide], which)
    for leaf, g, h in zip(leaves, got, expected):
        assert (g is None) == (h is None)
        if g is None:
            continue
        assert g.dtype is leaf.dtype is getattr(pyad, dtype)
        a, b = values(g), values(h)
        finite = np.isfinite(a) & np.isfinite(b)
        scale = np.abs(b[finite]).max(initial=drivers.CANCELS.get(name, 0) and 1.0)
        # In float16 what is below 2^-24 is zero.
        atol = GRADIENTS.get(name, STEPS) * ROUNDING[dtype] * scale + 2.0**-24
        np.testing.assert_allclose(a[finite], b[finite], rtol=0, atol=atol, err_msg=name)


# Roundings that a gradient may be off by, where it passes more than a few steps.
GRADIENTS = {"cross_entropy": 16}  # smoothed and weighted: a composite of seven
