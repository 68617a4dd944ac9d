"""Every elementwise op of the table, by its own description: domain, operands, parameters, dtypes.

Nothing is listed here by hand except what PyTorch calls differently and where it is not an oracle.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch

import op_drivers as drivers
import op_names
import pyad
from op_cases.tools import Fixed

OPS = op_names.ELEMENTWISE
BY_NAME = {e["name"]: e for e in OPS}

# What PyTorch spells differently; every other op is found by its name.
SPELLING = {
    "cbrt": lambda x: torch.copysign(x.abs() ** (1 / 3), x),
    "chain": torch.mul,
    "scaled_unit": lambda a, b, c: a * b / c,
    "over_squares": lambda a, b, c: a / (b * b + c * c),
    "corner": lambda x: 0 * x,
    "slope_by_base": lambda a, b, c: a + 0 * b.detach() + 0 * c,
    "slope_by_exponent": lambda a, b, c: a + 0 * b + 0 * c,
    "one_minus_square": lambda x: 1 - x * x,
    "sigmoid_slope": lambda y, x: y * (1 - y) + 0 * x.detach(),
    "tanh_slope": lambda y, x: 1 - y * y + 0 * x.detach(),
    "exp2_slope": lambda y, x: np.log(2) * y + 0 * x.detach(),
    "logit_loss": lambda x, t: torch.nn.functional.binary_cross_entropy_with_logits(
        *torch.broadcast_tensors(x, t), reduction="none"
    ),
    "leaky": lambda x, slope: torch.where(x > 0, x, slope * x),
    "gate": lambda a, b: a * torch.sigmoid(b),
    "huber": lambda x, delta=1.0: torch.nn.functional.huber_loss(
        x, torch.zeros_like(x), reduction="none", delta=delta
    ),
    "floor_divide": lambda a, b: torch.div(a, b, rounding_mode="floor"),
    # torch's hardsigmoid has no second derivative.
    "hardsigmoid": lambda x: torch.nn.functional.relu6(x + 3) / 6,
    "trunc_divide": lambda a, b: torch.div(a, b, rounding_mode="trunc"),
    "gelu": torch.nn.functional.gelu,
    # The domain of the order is 1.
    "polygamma": lambda n, x: torch.polygamma(1, torch.broadcast_tensors(n, x)[1]),
    "gelu_tanh": lambda x: torch.nn.functional.gelu(x, approximate="tanh"),
}
# Where the tolerance is looser than rounding: PyTorch's trigamma has 9 digits in float64, its
# digamma 6 in float32. test_gamma.py holds ours to mpmath's.
RTOL: dict[str, dict[str, float]] = {
    name: {"float64": 2e-9, "float32": 2e-6} for name in ("lgamma", "digamma", "polygamma")
}
# PyTorch's phase pi x is rounded: against float64 its slopes are off by 4.5e-6 from 0.3 to 3, these
# by 6e-7.
RTOL["sinc"] = {"float32": 5e-6}
# Its slopes are differences of two functions of seven digits there.
RTOL["i1e"] = {"float32": 1e-5}
# Jumps in the domain: a difference quotient would step across them.
JUMPS = {
    "floor",
    "ceil",
    "round",
    "trunc",
    "frac",
    "floor_divide",
    "trunc_divide",
    "fmod",
    "remainder",
    "sign",
    "polygamma",  # of orders
}


def torch_function(name):
    if name in SPELLING:
        return SPELLING[name]
    for where in (torch, torch.nn.functional, torch.special):
        if hasattr(where, name):
            return getattr(where, name)
    raise AssertionError(f"PyTorch has no {name}: give its spelling in this file")


def params_of(entry):
    finite = {k: v for k, v in entry["params"] if np.isfinite(v) and abs(v) < 1e300}
    if entry["name"] == "clamp":
        return {"min": -1.0, "max": 1.5}
    if entry["name"] == "elu":
        return {"alpha": 1.3}
    if entry["name"] == "threshold":
        return {"threshold": 0.25, "value": -0.5}
    if entry["name"] == "nan_to_num":
        return {}
    return finite


SHAPES = {
    "contiguous": ((3, 5),) * 3,
    "broadcast": ((3, 1), (5,), (1, 5)),
    "scalar": ((), (), ()),
    "mixed": ((2, 3), (), (3,)),
    "empty": ((0, 4), (0, 4), (4,)),
    "long": ((67,),) * 3,
}


def samples(entry, shapes, rng):
    out = []
    for k in range(entry["arity"]):
        low, high = entry["domain"][k]
        out.append(rng.uniform(low, high, shapes[k]))
    if entry["name"] == "where":
        out[0] = np.asarray(out[0] > 0)
    return out


def case_of(entry, shape, rng):
    ours, theirs, params = (
        op_names.function_of(entry),
        torch_function(entry["name"]),
        params_of(entry),
    )

    def call(package, *xs):
        return (ours if package is pyad else theirs)(*xs, **params)

    return drivers.Case(
        f"{entry['name']}[{shape}]",
        samples(entry, SHAPES[shape], rng),
        call,
        rtol=RTOL.get(entry["name"], {}),
    )


FLOATING = [e["name"] for e in OPS if e["accept"] in ("floating", "numeric", "any")]
DIFFERENTIABLE = [e["name"] for e in OPS if any(e["differentiable"])]
DTYPES = ("float32", "float64")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", FLOATING)
def test_value(name, dtype, rng):
    for shape in SHAPES:
        case = case_of(BY_NAME[name], shape, rng)
        for layout in drivers.LAYOUTS:
            drivers.check_value(case, dtype, layout)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_vjp(name, dtype, rng):
    for shape in SHAPES:
        case = case_of(BY_NAME[name], shape, rng)
        for layout in drivers.LAYOUTS:
            drivers.check_vjp(case, dtype, layout, rng)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_jvp(name, dtype, rng):
    for shape in SHAPES:
        drivers.check_jvp(case_of(BY_NAME[name], shape, rng), dtype, "strided", rng)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_vjp_of_vjp(name, dtype, rng):
    for shape in SHAPES:
        drivers.check_vjp_of_vjp(case_of(BY_NAME[name], shape, rng), dtype, "contiguous", rng)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_jvp_of_vjp(name, dtype, rng):
    for shape in ("contiguous", "broadcast", "scalar"):
        drivers.check_jvp_of_vjp(case_of(BY_NAME[name], shape, rng), dtype, "contiguous", rng)


@pytest.mark.parametrize("name", [n for n in DIFFERENTIABLE if n not in JUMPS])
def test_differences(name, rng):
    for shape in ("contiguous", "broadcast"):
        drivers.check_differences(case_of(BY_NAME[name], shape, rng), rng)


INTEGERS = [
    e["name"]
    for e in OPS
    if e["accept"] in ("numeric", "any", "integral", "integer") and e["name"] not in ("where",)
]


@pytest.mark.parametrize("dtype", ["uint8", "int32", "int64"])
@pytest.mark.parametrize("name", INTEGERS)
def test_integers(name, dtype, rng):
    entry = BY_NAME[name]
    low = 1 if dtype == "uint8" else -9
    xs = [rng.integers(low, 10, (4, 5)).astype(dtype) for _ in range(entry["arity"])]
    if entry["arity"] == 2:
        xs[1] = np.where(xs[1] == 0, 3, xs[1]).astype(dtype)
    if name in ("pow", "bitwise_left_shift", "bitwise_right_shift"):
        xs[1] = rng.integers(0, 4, (4, 5)).astype(dtype)
    params = {
        "clamp": {"min": 2, "max": 6},
        "hardtanh": {"min_val": 0, "max_val": 6},
        "threshold": {"threshold": 3, "value": 1},
    }.get(name, {})
    ours = op_names.function_of(entry)(*[pyad.tensor(x) for x in xs], **params)
    theirs = torch_function(name)(*[torch.tensor(x) for x in xs], **params)
    drivers.assert_same(ours, theirs.numpy(), 1e-6, name)


@pytest.mark.parametrize("name", [e["name"] for e in OPS if e["method"] and "" in e["namespaces"]])
def test_method_is_the_function(name, rng):
    entry = BY_NAME[name]
    integral = entry["accept"] in ("integral", "integer")
    xs = [
        pyad.tensor(x.astype("int64") if integral else x)
        for x in samples(entry, SHAPES["long"], rng)
    ]
    params = params_of(entry)
    expected = getattr(pyad, name)(*xs, **params)
    actual = getattr(xs[0], name)(*xs[1:], **params)
    np.testing.assert_array_equal(actual.numpy(), expected.numpy())
    if entry["inplace"] and expected.dtype == xs[0].dtype:
        x = xs[0].clone()
        assert getattr(x, name + "_")(*xs[1:], **params) is x
        np.testing.assert_array_equal(x.numpy(), expected.numpy())


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("exponent", [-2, -1, 0, 1, 2, 3, 4, 5, "tensor"])
def test_powers_of_negative_numbers(exponent, dtype, rng):
    """The domain of the table leaves them out, as most powers of them are not real."""
    base = -np.abs(rng.standard_normal((4, 5))) - 0.1
    inputs = [base]
    if exponent == "tensor":
        inputs.append(rng.integers(-2, 5, (4, 5)).astype(float).view(Fixed))

    def call(package, x, *more):
        return x ** (more[0] if more else exponent)

    case = drivers.Case("pow", inputs, call, rtol={"float32": 1e-6})
    for layout in drivers.LAYOUTS:
        drivers.check_value(case, dtype, layout)
        drivers.check_vjp(case, dtype, layout, rng)
    drivers.check_jvp(case, dtype, "contiguous", rng)
    drivers.check_vjp_of_vjp(case, dtype, "strided", rng)
    drivers.check_jvp_of_vjp(case, dtype, "contiguous", rng)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("exponent", [-2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.0])
def test_powers_by_a_number_at_special_points(exponent, dtype):
    """Products for small whole exponents take the values of pow."""
    points = [0.0, -0.0, 1.0, -1.0, 1e-30, -1e30, np.inf, -np.inf, np.nan, 1e19, 3e-20]
    found = {}
    for package in (pyad, torch):
        x = package.tensor(points, dtype=getattr(package, dtype)).requires_grad_()
        exact = package.pow(x, exponent)
        (g,) = package.autograd.grad(exact.sum(), x)
        written = x.detach().clone().pow_(exponent)
        found[package] = [t.detach().numpy() for t in (exact, g, written)]
    rtol = 4 * np.finfo(dtype).eps
    tiny = np.finfo(dtype).smallest_subnormal
    for mine, theirs in zip(found[pyad], found[torch], strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=rtol, atol=2 * tiny)
        if exponent:  # a zero of either sign is the derivative of a constant
            numbers = ~np.isnan(theirs)
            np.testing.assert_array_equal(np.signbit(mine[numbers]), np.signbit(theirs[numbers]))


@pytest.mark.parametrize("entry", [e for e in OPS if e["use"] != "public"], ids=lambda e: e["name"])
def test_steps_have_no_public_name(entry):
    for place in (pyad, pyad._core, pyad.nn.functional, pyad.Tensor, pyad.Value):
        assert not hasattr(place, entry["name"])
    assert callable(getattr(pyad._core.steps, entry["name"]))
