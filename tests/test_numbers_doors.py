"""Python numbers that become elements: every door, every dtype, numbers that do not fit.

What is right is said here in Python's own integers and floats (Note [Numbers enter tensors in one
place] in core/dtype.hpp); PyTorch is asked about floats beyond float32 and about fractions only.
"""

from __future__ import annotations

import math
import operator

import numpy as np
import pytest
import torch

import pyad

RANGES = {
    "bool": None,
    "uint8": (0, 255),
    "int8": (-(2**7), 2**7 - 1),
    "int16": (-(2**15), 2**15 - 1),
    "int32": (-(2**31), 2**31 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "float16": None,
    "bfloat16": None,
    "float32": None,
    "float64": None,
}
INTEGERS = [n for n, r in RANGES.items() if r]
WHOLE = [
    *(-1, 0, 1, 7, 127, 128, 255, 256, 300, -128, -129, 2**31 - 1, 2**31, -(2**31), -(2**31) - 1),
    *(2**53, 2**53 + 1, -(2**53) - 1, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 2**64, 2**70),
]
REAL = [0.5, -0.5, 1.5, -1.5, 254.9, 255.5, 2.0**31, 2.0**63, -(2.0**63), 1e300, -1e300, 3e38]
STRANGE = [math.nan, math.inf, -math.inf]


def ones(lib, name, *shape):
    return lib.ones(shape or (1,), dtype=getattr(lib, name))


def written(lib, name, index, value):
    x = lib.zeros(2, dtype=getattr(lib, name))
    x[index] = value
    return x[:1]


def one(lib, v):
    return lib.tensor([v])


# Name: (lib, dtype, number) -> a tensor whose first element is the number.
FILLS = {
    "full": lambda lib, d, v: lib.full((2,), v, dtype=getattr(lib, d)),
    "full_like": lambda lib, d, v: lib.full_like(ones(lib, d), v),
    "new_full": lambda lib, d, v: ones(lib, d).new_full((2,), v),
    "scalar_tensor": lambda lib, d, v: lib.scalar_tensor(v, dtype=getattr(lib, d)).reshape(1),
    "fill_": lambda lib, d, v: ones(lib, d).fill_(v),
    "constant_": lambda lib, d, v: lib.nn.init.constant_(ones(lib, d), v),
    "x[0] =": lambda lib, d, v: written(lib, d, 0, v),
    "x[...] =": lambda lib, d, v: written(lib, d, ..., v),
    "x[index] =": lambda lib, d, v: written(lib, d, one(lib, 0), v),
    "x[mask] =": lambda lib, d, v: written(lib, d, lib.tensor([True, False]), v),
    "masked_fill": lambda lib, d, v: ones(lib, d).masked_fill(one(lib, True), v),
    "masked_fill_": lambda lib, d, v: ones(lib, d).masked_fill_(one(lib, True), v),
    "index_fill": lambda lib, d, v: ones(lib, d).index_fill(0, one(lib, 0), v),
    "index_fill_": lambda lib, d, v: ones(lib, d).index_fill_(0, one(lib, 0), v),
    "scatter": lambda lib, d, v: ones(lib, d).scatter(0, one(lib, 0), v),
    "scatter_": lambda lib, d, v: ones(lib, d).scatter_(0, one(lib, 0), v),
    "pad": lambda lib, d, v: lib.nn.functional.pad(ones(lib, d), (1, 0), value=v),
}
CONSTRUCTORS = {
    "tensor": lambda lib, d, v: lib.tensor([v, v], dtype=getattr(lib, d)),
    "tensor of a number": lambda lib, d, v: lib.tensor(v, dtype=getattr(lib, d)).reshape(1),
    "as_tensor": lambda lib, d, v: lib.as_tensor([[v]], dtype=getattr(lib, d)).reshape(1),
}
# What the number does to ones: the exact answer, before it wraps in the dtype.
OPERATORS = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "right -": lambda x, v: v - x,
    "add": lambda x, v: pyad.add(x, v),
    "add_": lambda x, v: x.add_(v),
    "mul_": lambda x, v: x.mul_(v),
    "alpha": lambda x, v: pyad.add(x, x, alpha=v),
    "sub alpha": lambda x, v: pyad.sub(x, x, alpha=v),
    "rsub alpha": lambda x, v: pyad.rsub(x, x, alpha=v),
    "number and alpha": lambda x, v: pyad.add(x, v, alpha=1),
    "addcmul": lambda x, v: pyad.addcmul(x, x, x, value=v),
    "index_add": lambda x, v: x.index_add(0, pyad.tensor([0]), x, alpha=v),
    "addmm": lambda x, v: pyad.addmm(x.reshape(1, 1), x.reshape(1, 1), x.reshape(1, 1), alpha=v),
    "clamp min": lambda x, v: x.clamp(min=v),
    "clamp max": lambda x, v: x.clamp(max=v),
    "clamp_": lambda x, v: x.clamp_(v, v),
    "threshold": lambda x, v: pyad.nn.functional.threshold(x, v, 0),
    "threshold value": lambda x, v: pyad.nn.functional.threshold(x, 1, v),
    "maximum": lambda x, v: pyad.maximum(x, v),
    "minimum": lambda x, v: pyad.minimum(x, v),
    "where": lambda x, v: pyad.where(pyad.tensor([True]), v, x),
    "where, other": lambda x, v: pyad.where(pyad.tensor([False]), x, v),
    "x.where": lambda x, v: x.where(pyad.tensor([False]), v),
    "&": operator.and_,
    "|": operator.or_,
    "^": operator.xor,
}
FOR_ONES = {
    "+": lambda v: 1 + v,
    "-": lambda v: 1 - v,
    "*": lambda v: v,
    "right -": lambda v: v - 1,
    "add": lambda v: 1 + v,
    "add_": lambda v: 1 + v,
    "mul_": lambda v: v,
    "alpha": lambda v: 1 + v,
    "sub alpha": lambda v: 1 - v,
    "rsub alpha": lambda v: 1 - v,
    "number and alpha": lambda v: 1 + v,
    "addcmul": lambda v: 1 + v,
    "index_add": lambda v: 1 + v,
    "addmm": lambda v: 1 + v,
    "clamp min": lambda v: max(1, v),
    "clamp max": lambda v: min(1, v),
    "clamp_": lambda v: v,
    "threshold": lambda v: 1 if v < 1 else 0,
    "threshold value": lambda v: v,
    "maximum": lambda v: max(1, v),
    "minimum": lambda v: min(1, v),
    "where": lambda v: v,
    "where, other": lambda v: v,
    "x.where": lambda v: v,
    "&": lambda v: 1 & v,
    "|": lambda v: 1 | v,
    "^": lambda v: 1 ^ v,
}
DIVISIONS = {
    "//": operator.floordiv,
    "%": operator.mod,
    "fmod": lambda x, v: pyad.fmod(x, v),
    "<<": operator.lshift,
    ">>": operator.rshift,
    "**": operator.pow,
}
COMPARISONS = [operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge]


def fits(v: float, name: str) -> bool:
    low, high = RANGES[name]
    return low <= v <= high


def wrapped(v: int, name: str) -> int:
    low, high = RANGES[name]
    return (v - low) % (high - low + 1) + low


def first(x: pyad.Tensor) -> float:
    return x.flatten()[0].item()


def refuses(call, *args) -> bool:
    """Whether the call raises the error for numbers; another error, or none, fails the test."""
    with pytest.raises(RuntimeError) as info:
        call(*args)
    assert isinstance(info.value, OverflowError), repr(info.value)
    assert isinstance(info.value, pyad.RangeError)
    return True


def test_error_serves_both():
    assert issubclass(pyad.RangeError, RuntimeError)
    assert issubclass(pyad.RangeError, OverflowError)
    with pytest.raises(OverflowError, match=r"^fill_: value 300 cannot be converted to uint8"):
        ones(pyad, "uint8").fill_(300)


@pytest.mark.parametrize("name", INTEGERS)
@pytest.mark.parametrize("door", [*FILLS, *CONSTRUCTORS])
def test_integers_through_a_door(door, name):
    call = {**FILLS, **CONSTRUCTORS}[door]
    for v in WHOLE:
        if fits(v, name):
            y = call(pyad, name, v)
            assert str(y.dtype) == f"pyad.{name}"
            assert first(y) == v, v
        else:
            assert refuses(call, pyad, name, v), v
    for v in STRANGE:
        assert refuses(call, pyad, name, v), v
    for v in REAL:  # uint8 takes no fraction below 0: as there
        if fits(v, name):
            assert first(call(pyad, name, v)) == math.trunc(v), v
            assert first(call(torch, name, v)) == math.trunc(v), v
        elif not (v == 2.0**63 and name == "int64"):  # there it wraps
            assert refuses(call, pyad, name, v), v
            with pytest.raises(RuntimeError):
                call(torch, name, v)


@pytest.mark.parametrize("door", [*FILLS, *CONSTRUCTORS])
def test_other_dtypes_through_a_door(door):
    call = {**FILLS, **CONSTRUCTORS}[door]
    for v in [*WHOLE, *REAL, *STRANGE]:
        assert first(call(pyad, "bool", v)) is bool(v), v
        y = first(call(pyad, "float64", v))
        assert y == float(v) or (math.isnan(v) and math.isnan(y)), v
        if abs(v) == 1e300 and door in FILLS:
            assert refuses(call, pyad, "float32", v)
            with pytest.raises(RuntimeError):
                call(torch, "float32", v)
        else:
            with np.errstate(over="ignore"):
                np.testing.assert_array_equal(first(call(pyad, "float32", v)), np.float32(v))


@pytest.mark.parametrize("name", INTEGERS)
@pytest.mark.parametrize("door", OPERATORS)
def test_integers_in_operators(door, name):
    for v in WHOLE:
        x = ones(pyad, name)
        if fits(v, name):
            y = OPERATORS[door](x, v)
            assert str(y.dtype) == f"pyad.{name}"
            assert first(y) == wrapped(FOR_ONES[door](v), name), v
        else:
            assert refuses(OPERATORS[door], x, v), v
            assert x.tolist() == [1], v  # nothing was written


@pytest.mark.parametrize("name", INTEGERS)
@pytest.mark.parametrize("door", DIVISIONS)
def test_integers_that_divide_shift_and_raise(door, name):
    for v in WHOLE:
        x = ones(pyad, name)
        if not fits(v, name) and not (door == "**" and v < 0):
            assert refuses(DIVISIONS[door], x, v), v
        elif door == "**" and v < 0:
            with pytest.raises(RuntimeError, match="negative integer power"):
                x**v
        elif door in ("//", "%") and v != 0:
            assert first(DIVISIONS[door](x, v)) == DIVISIONS[door](1, v), v
        elif door == "fmod" and v != 0:
            assert first(DIVISIONS[door](x, v)) == (0 if abs(v) == 1 else 1), v
        elif door == "**":
            assert first(x**v) == 1


@pytest.mark.parametrize("name", INTEGERS)
@pytest.mark.parametrize("compare", COMPARISONS)
def test_comparisons_of_integers_are_exact(compare, name):
    low, high = RANGES[name]
    values = sorted({low, low + 1, 0, 1, 7, 44, high - 1, high})
    x = pyad.tensor(values, dtype=getattr(pyad, name))
    for v in WHOLE:
        assert compare(x, v).tolist() == [compare(a, v) for a in values], v
        assert compare(v, x).tolist() == [compare(v, a) for a in values], v
        assert compare(x[1], v).item() is compare(values[1], v)
        method = getattr(pyad, compare.__name__)
        assert method(x, v).tolist() == [compare(a, v) for a in values], v
        if fits(v, "int64"):  # a tensor of another integer dtype is no worse than a number
            other = pyad.tensor(v)
            assert compare(x, other).tolist() == [compare(a, v) for a in values], v
            assert compare(other, x).tolist() == [compare(v, a) for a in values], v
        assert pyad.isin(x, v).tolist() == [a == v for a in values], v
        assert pyad.isin(x, v, invert=True).tolist() == [a != v for a in values], v
        assert pyad.isin(v, x).item() is (v in values), v
        for right in (False, True):
            place = sum(a <= v if right else a < v for a in values)
            assert pyad.bucketize(v, x, right=right).item() == place, v
            assert pyad.searchsorted(x, v, right=right).item() == place, v


def test_comparisons_keep_their_shape():
    x = pyad.ones(2, 3, dtype=pyad.int32)
    assert (x < 2**40).tolist() == [[True] * 3] * 2
    assert (x[:, ::2] == 2**70).tolist() == [[False] * 2] * 2
    assert (x[:0] < 2**40).shape == (0, 3)
    assert (pyad.ones(2, dtype=pyad.bool) < 2**70).tolist() == [True, True]
    assert (pyad.ones(2) < 2**70).tolist() == [True, True]


@pytest.mark.parametrize("door", ["clamp min", "clamp max", "clamp_", "threshold value", "addcmul"])
def test_parameters_beyond_float32(door):
    """Written, so refused, as in PyTorch; operators give infinity."""
    assert refuses(OPERATORS[door], ones(pyad, "float32"), 1e300)
    assert first(OPERATORS[door](ones(pyad, "float64"), 1e300)) == FOR_ONES[door](1e300)
    assert math.isfinite(first(OPERATORS[door](ones(pyad, "float32"), 3e38)))
    assert OPERATORS[door](ones(pyad, "float32"), math.inf).tolist() == [FOR_ONES[door](math.inf)]


def test_operators_beyond_float32():
    x = ones(pyad, "float32")
    for y in (x + 1e300, x * 1e300, pyad.maximum(x, 1e300), 1e300 - x, x + 2**200):
        assert y.tolist() == [math.inf]
    assert refuses(pyad.where, pyad.tensor([True]), 1e300, x)
    assert refuses(lambda: pyad.add(x, x, alpha=1e300))
    assert refuses(lambda: pyad.lerp(x, x, 1e300))


@pytest.mark.parametrize("name", INTEGERS)
def test_ranges(name):
    low, high = RANGES[name]
    dtype = getattr(pyad, name)
    assert pyad.arange(high - 1, high, dtype=dtype).tolist() == [high - 1]
    assert pyad.arange(low + 1, low, -1, dtype=dtype).tolist() == [low + 1]
    if high < 2**63 - 1:
        assert pyad.arange(high, high + 1, dtype=dtype).tolist() == [high]
        assert refuses(lambda: pyad.arange(high + 1, high + 2, dtype=dtype))
        assert refuses(lambda: pyad.arange(high - 2, high + 2, dtype=dtype))
        assert refuses(lambda: pyad.arange(low - 1, low + 2, dtype=dtype))
        assert refuses(lambda: pyad.linspace(0, high + 1, 3, dtype=dtype))
        assert refuses(lambda: pyad.linspace(low - 1, 0, 3, dtype=dtype))
        assert refuses(lambda: pyad.logspace(0, 40, 3, dtype=dtype))
    assert pyad.linspace(low, high, 2, dtype=dtype).tolist() == [low, high]
    assert pyad.linspace(high, high, 1, dtype=dtype).tolist() == [high]
    assert refuses(lambda: pyad.linspace(0, math.nan, 3, dtype=dtype))


def test_range_of_int64_truncates_first():
    for bounds in [(-0.5, 0.5), (1.5, 2.5), (0.9, 3.9), (-1.5, 2.5)]:
        for name in INTEGERS[1:]:
            ours, theirs = (lib.arange(*bounds, dtype=getattr(lib, name)) for lib in (pyad, torch))
            assert ours.tolist() == theirs.tolist(), (bounds, name)


def test_fractions_into_integer_parameters():
    """They lose their fraction, as in PyTorch."""
    for lib in (pyad, torch):
        x = ones(lib, "int32")
        assert lib.addcmul(x, x, x, value=2.9).tolist() == [3]
        assert lib.nn.functional.threshold(x, 1.9, -3.9).tolist() == [-3]
        assert lib.nn.functional.hardtanh(x * 9, -2.9, 2.9).tolist() == [2]
        assert x.index_add(0, one(lib, 0), x, alpha=1.9).tolist() == [2]
        square = ones(lib, "int32", 1, 1)
        assert lib.addmm(square, square, square, alpha=2.9, beta=1.9).tolist() == [[3]]
        with pytest.raises(RuntimeError, match="alpha"):
            lib.add(x, x, alpha=1.5)
        assert lib.add(ones(lib, "bool"), ones(lib, "bool"), alpha=2).tolist() == [True]


def test_numpy_numbers_are_numbers():
    x = ones(pyad, "uint8")
    assert refuses(x.fill_, np.int64(300))
    assert refuses(lambda: x + np.uint64(2**64 - 1))
    assert (x < np.uint64(2**64 - 1)).tolist() == [True]
    assert refuses(ones(pyad, "int64").fill_, np.float64(math.nan))
    assert (ones(pyad, "float64") * np.uint64(2**64 - 1)).tolist() == [2.0**64]


def test_numbers_of_tensors_are_numbers():
    x = ones(pyad, "uint8")
    assert refuses(lambda: pyad.full((1,), pyad.tensor(300), dtype=pyad.uint8))
    assert refuses(lambda: pyad.addcmul(x, x, x, value=pyad.tensor(300)))
    assert refuses(lambda: pyad.tensor([pyad.tensor(300)], dtype=pyad.uint8))


def test_the_largest_int_of_all():
    for x in (ones(pyad, "int64"), ones(pyad, "float64")):
        assert refuses(lambda x=x: x + 10**400)


@pytest.mark.parametrize("name", INTEGERS)
@pytest.mark.parametrize(
    "index", [[0], slice(0, 1), ..., pyad.tensor([True, False]), pyad.tensor([0])], ids=str
)
@pytest.mark.parametrize("kind", [list, tuple])
def test_numbers_of_a_list_are_checked_where_they_are_written(kind, index, name):
    least, most = RANGES[name]
    x = pyad.zeros(2, dtype=getattr(pyad, name))
    for value in (most + 1, least - 1, math.nan, math.inf):
        values = kind([value] * len(x[index]))
        with pytest.raises(RuntimeError, match="index assignment"):
            x[index] = values
        assert x.tolist() == [0, 0]
    for value in (most, least, 1.5, True):
        x[index] = kind([value] * len(x[index]))
        assert x[0].item() == int(value)


@pytest.mark.parametrize(
    "bounds", [(0, 1e39), (-1e39, 0), (0, math.inf), (-math.inf, 0), (-3e38, 3e38)]
)
@pytest.mark.parametrize("call", ["method", "init"])
def test_bounds_of_uniform_are_numbers_of_the_tensor(call, bounds):
    for name in ("float32", "float64"):
        x = pyad.zeros(3, dtype=getattr(pyad, name))
        draw = x.uniform_ if call == "method" else lambda a, b, x=x: pyad.nn.init.uniform_(x, a, b)
        if name == "float64" and math.isfinite(bounds[0] + bounds[1]):
            assert ((draw(*bounds) >= bounds[0]) & (x <= bounds[1])).all()
            continue
        with pytest.raises(RuntimeError, match="uniform_: "):
            draw(*bounds)
        assert x.tolist() == [0.0] * 3


WIDE = {"uint8": ["int64", "float64"], "int32": ["int64", "float64"], "int64": ["float64"],
        "float32": ["float64"]}  # fmt: skip
BEYOND = {"uint8": [-1, 256], "int32": [2**31, -(2**31) - 1], "int64": [1e30], "float32": [1e39]}
HELD = {
    "masked_fill": lambda x, v: x.masked_fill(pyad.tensor([True, False]), v),
    "masked_fill_": lambda x, v: x.masked_fill_(pyad.tensor([True, False]), v),
    "index_fill": lambda x, v: x.index_fill(0, pyad.tensor([0]), v),
    "index_fill_": lambda x, v: x.index_fill_(0, pyad.tensor([0]), v),
    "x[mask] =": lambda x, v: x.__setitem__(pyad.tensor([True, False]), v),
}


@pytest.mark.parametrize("door", HELD)
@pytest.mark.parametrize("name", BEYOND)
@pytest.mark.parametrize("as_array", [False, True])
def test_a_tensor_of_no_dims_that_fills_is_a_number(door, name, as_array):
    "As in PyTorch, whose masked writes refuse what they would wrap."
    for wide in WIDE[name]:
        strange = STRANGE if wide == "float64" and name != "float32" else []
        for v in BEYOND[name] + strange:
            x = pyad.ones(2, dtype=getattr(pyad, name))
            number = (
                np.array(v, dtype=wide) if as_array else pyad.tensor(v, dtype=getattr(pyad, wide))
            )
            with pytest.raises(pyad.RangeError):
                HELD[door](x, number)
            assert x.tolist() == [1, 1]
        x = pyad.ones(2, dtype=getattr(pyad, name))
        y = HELD[door](x, pyad.tensor(7, dtype=getattr(pyad, wide)))
        assert (x if y is None else y).tolist() == [7, 1]


@pytest.mark.parametrize(("name", "low", "high"), [
    ("uint8", 0, 255), ("int32", -(2**31), 2**31 - 1), ("int64", -(2**63), 2**63 - 1),
])  # fmt: skip
def test_integers_are_close_by_what_lies_between_them(name, low, high):
    "Differences do not wrap: Python's integers say what is right, bounds are of float64."
    numbers = sorted({low, low + 1, low // 2, 0, 1, 2, high // 2, high - 1, high})
    for rtol, atol in [(1e-5, 1e-8), (0, 0), (0, 1), (0.5, 0), (1, 0), (2.5, 0)]:
        for a in numbers:
            for b in numbers:
                x, y = (pyad.tensor([v], dtype=getattr(pyad, name)) for v in (a, b))
                near = float(abs(a - b)) <= atol + rtol * float(abs(b))
                assert pyad.isclose(x, y, rtol=rtol, atol=atol).item() == near, (a, b, rtol, atol)
                assert pyad.allclose(x, y, rtol=rtol, atol=atol) == near


ODD = {
    "float32": [3, 2**24 - 1, 2**24 + 1, 2**25 + 3, 2**53 + 1, 2**62 + 1, 2**64 + 1, 3**80],
    "float64": [3, 2**53 - 1, 2**53 + 1, 2**53 + 3, 2**62 + 1, 2**64 + 1, 3**80],
}


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("dtype", ODD)
def test_odd_exponents_stay_odd(dtype, sign):
    """Though the nearest float is even; and even ones even."""
    values = [-1.0, 1.0, -2.0, -0.5, -0.0, 0.0]
    for n in ODD[dtype]:
        for e in (n, n + 1):
            b = sign * e
            want = [math.copysign(_size(a, b), a if e % 2 else 1.0) for a in values]
            x = pyad.tensor(values, dtype=getattr(pyad, dtype))
            written = x.clone()
            written **= b
            leaf = x.clone().requires_grad_()
            ways = [x**b, pyad.pow(x, b), x.pow(b), written, (leaf**b).detach(), x.clone().pow_(b)]
            for y in ways:
                np.testing.assert_array_equal(y.numpy(), want, err_msg=f"{b}")
                np.testing.assert_array_equal(np.signbit(y.numpy()), np.signbit(want))
            assert all(y.dtype == x.dtype for y in ways)


def _size(a, b):
    """|a| ** b of a power of two, as a float."""
    if abs(a) == 1:
        return 1.0
    if a == 0:
        return 0.0 if b > 0 else math.inf
    exponent = (1 if abs(a) == 2 else -1) * b
    return math.inf if exponent > 1100 else 0.0 if exponent < -1100 else 2.0**exponent


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_derivative_of_an_odd_power(dtype):
    n = 2**24 + 1 if dtype == "float32" else 2**53 + 1
    x = pyad.tensor([-1.0, 1.0], dtype=getattr(pyad, dtype)).requires_grad_()
    (x**n).sum().backward()
    assert x.grad.tolist() == [float(n - 1)] * 2  # n is no float, its neighbour is
    t = pyad.autograd.functional.jvp(lambda v: v**n, x.detach(), pyad.ones_like(x))[1]
    assert t.tolist() == [float(n - 1)] * 2


@pytest.mark.filterwarnings("ignore:__array_wrap__:DeprecationWarning")  # of PyTorch's tensors
@pytest.mark.parametrize("name", ["add", "sub", "mul", "maximum", "eq", "lt", "div"])
@pytest.mark.parametrize("value", [np.array(300), np.array(2.5), np.array(1e300), np.array(-1)])
@pytest.mark.parametrize("dtype", ["uint8", "int32", "float32", "float64"])
def test_arrays_of_no_dims_keep_their_dtype(dtype, value, name):
    """An array that has no dims is an array: as one of a dim it has its say in the dtype."""
    x = pyad.tensor([1, 7], dtype=getattr(pyad, dtype))
    as_vector = getattr(pyad, name)(x, pyad.tensor(np.full(2, value)))
    operator_of = {"add": "__add__", "sub": "__sub__", "mul": "__mul__", "eq": "__eq__"}
    ways = [getattr(pyad, name)(x, value), getattr(pyad, name)(x, other=value)]
    ways += [getattr(x, operator_of.get(name, name))(value)]
    for y in ways:
        assert y.dtype == as_vector.dtype
        np.testing.assert_array_equal(y.numpy(), as_vector.numpy())
    if name in ("add", "mul"):
        behind = value + x if name == "add" else value * x
        np.testing.assert_array_equal(behind.numpy(), as_vector.numpy())
        if dtype == "float32" and value.dtype == "float64":
            assert ways[0].dtype == pyad.float64  # PyTorch's
            assert (torch.ones(2) * value).dtype == torch.float64


@pytest.mark.parametrize(
    "call",
    [
        lambda x, v: pyad.where(pyad.tensor([True, False]), v, x),
        lambda x, v: pyad.where(pyad.tensor([False, True]), x, other=v),
        lambda x, v: x.where(pyad.tensor([False, True]), v),
        lambda x, v: x.clamp(min=v),
        lambda x, v: pyad.clamp(x, max=v),
        lambda x, v: x.clip(v, 1000),
        lambda x, v: pyad.clamp_min(x, v),
        lambda x, v: pyad.addcmul(x, v, x),
        lambda x, v: pyad.addcmul(x, x, v),
    ],
)
@pytest.mark.parametrize("value", [np.array(300), np.array(2.5), np.array(-1)])
@pytest.mark.parametrize("dtype", ["uint8", "int64", "float32"])
def test_arrays_of_no_dims_among_several_operands(dtype, value, call):
    x = pyad.tensor([1, 7], dtype=getattr(pyad, dtype))
    y, right = call(x, value), call(x, pyad.tensor(np.full(2, value)))
    assert y.dtype == right.dtype
    np.testing.assert_array_equal(y.numpy(), right.numpy())


@pytest.mark.parametrize(
    "call",
    [
        lambda x, v: x.clamp_(v),
        lambda x, v: x.clamp_(max=v),
        lambda x, v: x.clip_(v, v),
        lambda x, v: x.addcmul_(v, x),
        lambda x, v: x.addcmul_(x, v),
        lambda x, v: x.masked_fill_(pyad.tensor([True, False]), v),
        lambda x, v: x.index_fill_(0, pyad.tensor([0]), v),
    ],
)
def test_arrays_of_no_dims_among_several_operands_in_place(call):
    for value in (300, -1):
        x = pyad.tensor([1, 7], dtype=pyad.uint8)
        with pytest.raises(pyad.RangeError):
            call(x, np.array(value))
        assert x.tolist() == [1, 7]
    x, y = (pyad.tensor([1, 7], dtype=pyad.uint8) for _ in range(2))
    call(x, np.array(5))
    call(y, pyad.tensor(5, dtype=pyad.uint8))
    assert x.tolist() == y.tolist()


def test_arrays_of_no_dims_in_place_are_numbers():
    """The tensor keeps its dtype, so what has no place in it is refused as a number is."""
    x = pyad.tensor([1, 7], dtype=pyad.uint8)
    for value in (np.array(300), np.array(-1)):
        with pytest.raises(RuntimeError):
            x += value
        with pytest.raises(RuntimeError):
            x.add_(value)
    assert x.tolist() == [1, 7]
    x += np.array(3)
    x.mul_(np.array(2))
    assert x.tolist() == [8, 20]
    assert x.dtype == pyad.uint8
    y = pyad.ones(2)
    y *= np.array(2.5)
    assert y.dtype == pyad.float32
    assert y.tolist() == [2.5, 2.5]


@pytest.mark.parametrize(
    "index", [0, slice(0, 1), ..., pyad.tensor([True, False]), pyad.tensor([0])], ids=str
)
@pytest.mark.parametrize("name", INTEGERS)
def test_arrays_of_no_dims_written_by_index_are_numbers(name, index):
    least, most = RANGES[name]
    x = pyad.zeros(2, dtype=getattr(pyad, name))
    bad = [np.array(v) for v in (math.nan, -math.inf, 2.0**63)]
    if name != "int64":
        bad += [np.array(v) for v in (most + 1, least - 1)]
    for value in bad:
        with pytest.raises(pyad.RangeError, match="index assignment"):
            x[index] = value
        assert x.tolist() == [0, 0]
    for value in (most, least, 1.5, True):
        x[index] = np.array(value)
        assert x[0].item() == int(value)
    y = pyad.zeros(2)
    with pytest.raises(pyad.RangeError, match="float32"):
        y[index] = np.array(1e300)
    for value in bad:
        for given in (value, value.item(), [value.item(), 0]):
            with pytest.raises(pyad.RangeError, match="copy_"):
                x.copy_(given)
    assert x.copy_(np.array(most)).tolist() == x.copy_(most).tolist() == [most, most]
    x[:] = np.array([257, 1]) if name == "uint8" else np.array([1, 1])  # of dims: converted
    assert x.tolist() == [1, 1]


@pytest.mark.parametrize(
    "put",
    [
        lambda v, d: pyad.tensor([v], dtype=d),
        lambda v, d: pyad.tensor([[1], [v]], dtype=d),
        lambda v, d: pyad.tensor((v, v), dtype=d),
        lambda v, d: pyad.as_tensor([1, v], dtype=d),
        lambda v, d: pyad.asarray([v], dtype=d),
        lambda v, d: pyad.tensor([[v], np.array([1])], dtype=d),
        lambda v, d: pyad.zeros(2, dtype=d).__setitem__(slice(None), [v, v]),
    ],
)
@pytest.mark.parametrize("as_leaf", [np.array, int, pyad.tensor])
def test_numbers_in_lists_beside_arrays_are_checked(put, as_leaf):
    for value, dtype in ((300, "uint8"), (-1, "uint8"), (2**40, "int32")):
        with pytest.raises(pyad.RangeError):
            put(as_leaf(value), getattr(pyad, dtype))
    put(as_leaf(255), pyad.uint8)


def test_arrays_of_no_dims_in_lists():
    """PyTorch refuses them."""
    for values in ([np.array(2**53 + 1), 1], [np.array(2.5, "float32")], [np.array(True)]):
        right, mine = np.array(values), pyad.tensor(values).numpy()
        np.testing.assert_array_equal(mine, right)
        assert mine.dtype == right.dtype
    assert pyad.tensor([np.array(3, "uint16")]).tolist() == [3]
    with pytest.raises(TypeError, match="uint16"):
        pyad.tensor([np.array([3], "uint16")])
    with pytest.raises(ValueError, match="ragged"):
        pyad.tensor([[1, 2], np.array(3)])


@pytest.mark.parametrize(
    "index",
    [
        lambda m: m,
        lambda m: (m, ...),
        lambda m: (..., m),
        lambda m: (m, slice(None)),
        lambda m: (slice(0, 1), m),
        lambda m: (0, m),
        lambda m: (m, None),
    ],
)
@pytest.mark.parametrize("shape", [(), (1,), (1, 1)])
def test_one_element_that_fills_what_a_mask_chooses_is_a_number(index, shape):
    mask = pyad.tensor([True, False])
    for dtype, value, of in [
        (pyad.uint8, 300, pyad.int64),
        (pyad.int64, math.inf, pyad.float32),
        (pyad.float32, 1e39, pyad.float64),
    ]:
        x = pyad.zeros(2, 2, dtype=dtype)
        with pytest.raises(OverflowError):
            x[index(mask)] = pyad.full(shape, value, dtype=of)
        assert not x.any()
        x[index(mask)] = pyad.full(shape, 7, dtype=of)
        assert x.max().item() == 7
    # Several elements are a tensor, and wrap.
    x = pyad.zeros(2, 2, dtype=pyad.uint8)
    x[mask] = pyad.tensor([300, 301])
    assert x[0].tolist() == [44, 45]


@pytest.mark.parametrize("rows", ["uint8", "int32", "int64", "float32", "float64"])
@pytest.mark.parametrize("values", ["bool", "uint8", "int32", "int64", "float32", "float64"])
def test_searches_promote(rows, values):
    edges, found = [0, 1, 3, 200], [[0, 1, 2], [5, 200, 255]]
    ours = pyad.tensor(edges).to(getattr(pyad, rows)), pyad.tensor(found).to(getattr(pyad, values))
    theirs = (
        torch.tensor(edges).to(getattr(torch, rows)),
        torch.tensor(found).to(getattr(torch, values)),
    )
    for right in (False, True):
        y = torch.searchsorted(*theirs, right=right).tolist()
        assert pyad.searchsorted(*ours, right=right).tolist() == y
        assert pyad.bucketize(ours[1], ours[0], right=right).tolist() == y
    third = pyad.tensor([1 / 3], dtype=pyad.float64)
    assert pyad.searchsorted(third, third.float()).item() == 1  # the float32 is larger
    assert pyad.searchsorted(pyad.tensor([-1, 256]), pyad.tensor([255], dtype=pyad.uint8)) == 1


def test_one_number_fills_memory_that_elements_share():
    for view in (lambda x: x.expand(3, 4), lambda x: x[0].as_strided((3, 2), (1, 1))):
        x = pyad.zeros(1, 4)
        assert view(x).fill_(2.0).tolist() == pyad.full(view(x).shape, 2.0).tolist()
        assert (x == 2).all()
        view(x).zero_()
        assert not x.any()
        with pytest.raises(RuntimeError, match="single memory location"):
            view(x).add_(1.0)
