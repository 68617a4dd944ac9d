"""Elementwise ops where samples of a domain do not come: numeric parameters away from their
defaults, kinks, zeros, infinities and NaN, constant derivatives, one operand with a tangent.
"""

from __future__ import annotations

import itertools
import math

import mpmath as mp
import numpy as np
import pytest
import torch

import op_drivers as drivers
import op_names
import ops.test_elementwise as matrix
import pyad
from pyad.autograd import forward_ad

INF, NAN = float("inf"), float("nan")
WITH_PARAMS = [e["name"] for e in matrix.OPS if e["params"] and e["name"] != "clamp"]
# What PyTorch's function does not take by name, its op does; celu's gradient there has 1 / alpha in
# float32.
FULL = {
    "elu": torch.ops.aten.elu,
    "leaky_relu": torch.ops.aten.leaky_relu,
    "celu": lambda x, alpha: torch.where(x > 0, x, alpha * torch.expm1(x / alpha)),
}


def drawn(entry, rng):
    """Parameters such that each matters: none at its default, none equal to another."""
    out = {}
    for name, value in entry["params"]:
        if name in ("min_val", "neginf"):
            out[name] = -rng.uniform(0.6, 1.4)
        elif name == "eps":
            out[name] = rng.uniform(0.15, 0.3)
        else:
            out[name] = rng.uniform(0.4, 1.9) * (0.3 if value == 0.01 else 1)
    return out


@pytest.mark.parametrize("dtype", matrix.DTYPES)
@pytest.mark.parametrize("name", WITH_PARAMS)
def test_parameters(name, dtype, rng):
    entry = matrix.BY_NAME[name]
    ours, theirs = op_names.function_of(entry), FULL.get(name) or matrix.torch_function(name)
    for _ in range(4):
        params = drawn(entry, rng)
        case = drivers.Case(
            f"{name}{params}",
            matrix.samples(entry, ((67,),) * 3, rng),
            lambda lib, *xs, p=params: (ours if lib is pyad else theirs)(*xs, **p),
        )
        drivers.check_value(case, dtype, "contiguous")
        drivers.check_vjp(case, dtype, "contiguous", rng)
        drivers.check_vjp_of_vjp(case, dtype, "contiguous", rng)
        drivers.check_jvp(case, dtype, "contiguous", rng)


BOUNDED = [e["name"] for e in matrix.OPS if {n[:3] for n, _ in e["params"]} == {"min", "max"}]


@pytest.mark.parametrize("dtype", matrix.DTYPES)
@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("name", BOUNDED)
def test_a_bound_of_nan_makes_nan(name, side, dtype):
    entry = matrix.BY_NAME[name]
    params = {n: -1.0 if n.startswith("min") else 1.0 for n, _ in entry["params"]}
    params[entry["params"][side][0]] = NAN
    y = op_names.function_of(entry)(pyad.tensor([-3.0, 0.5, 3.0] * 11, dtype=dtype), **params)
    assert y.isnan().all()


# Kinks of the ops themselves, and of every function.
POINTS = [0.0, -0.0, 0.5, -0.5, 1.0, -1.0, 1.5, -1.5, 3.0, -3.0, 6.0, 20.0, INF, -INF, NAN]
FEW = [0.0, -0.0, 1.0, -1.0, 2.5, -2.5, INF, -INF, NAN]
# Where PyTorch's NaN or sign is not what the function has there; pyad's is the limit.
LIMITS = {
    "silu": "x sigmoid(x) at -inf, its slope at both",
    "gelu": "likewise",
    "gelu_tanh": "likewise",
    "mish": "likewise",
    "leaky": "where, as PyTorch's spelling has it, multiplies what it does not choose",
    "hardswish": "-inf times 0",
    "copysign": "the slope is a sign, an infinity is no exception",
    "acosh": "left of the domain",
    "softsign": "the slope at infinity, which is no difference of quotients",
    "cbrt": "the slope at 0 is infinite, of the product that stands for it NaN",
    "logit": "the side of -0",
    "hypot": "0 / 0 at the origin",
    "logit_loss": "infinity minus infinity on the way to infinity",
    "digamma": "the slope at a pole",
    "logaddexp": "of two -inf neither has a share, as in logsumexp",
    "logaddexp2": "likewise",
    "i0": "infinite at both infinities",
    "i1": "likewise",
    "log_ndtr": "the slope at -inf",
}
FINITE = {"silu", "gelu", "gelu_tanh", "mish", "hardswish", "copysign"}
# Slopes at NaN: PyTorch takes a side, pyad the other or NaN. Nobody can ask for either.
NAN_SLOPES = {
    "elu",
    "selu",
    "celu",
    "hardsigmoid",
    "hardswish",
    "clamp_min",
    "clamp_max",
    "i1",
    "i1e",
}


def points_of(entry):
    if entry["arity"] == 1:
        return np.array([POINTS])
    values = FEW if entry["arity"] == 2 else FEW[::2]
    return np.array(list(itertools.product(values, repeat=entry["arity"]))).T


def value_and_slopes(lib, entry, columns, seed):
    f = op_names.function_of(entry) if lib is pyad else matrix.torch_function(entry["name"])
    xs = [lib.tensor(c, requires_grad=True) for c in columns]
    if entry["name"] == "where":
        xs[0] = lib.tensor(columns[0] > 0)
    y = f(*xs, **matrix.params_of(entry))
    if not y.requires_grad or not any(entry["differentiable"]):
        return [y.detach().numpy()]
    wanted = [x for x in xs if x.requires_grad]
    gs = lib.autograd.grad(y, wanted, lib.full_like(y, seed), allow_unused=True)
    return [y.detach().numpy(), *(np.zeros(len(columns[0])) if g is None else g for g in gs)]


@pytest.mark.parametrize("name", sorted(set(matrix.FLOATING) - op_names.OF_RULES))
def test_special_points(name):
    """Zeros of both signs, kinks, infinities, NaN: values and gradients, in every combination."""
    entry = matrix.BY_NAME[name]
    if name == "polygamma":
        pytest.skip("orders that are whole alone: test_gamma.py")
    columns = points_of(entry)
    if name == "logit_loss":  # of targets in [0, 1]
        columns = columns[:, (columns[1] >= 0) & (columns[1] <= 1)]
    if name == "digamma":  # at a pole PyTorch's slope is large, but not infinite
        columns = columns[:, ~((columns[0] < 0) & (columns[0] == np.rint(columns[0])))]
    mine, its = (value_and_slopes(lib, entry, columns, 1.0) for lib in (pyad, torch))
    if name == "heaviside":  # differentiable in pyad alone
        its = its[:1]
    for k, (a, b) in enumerate(zip(mine, its, strict=name != "heaviside")):
        a, b = np.asarray(a), np.asarray(b)
        looked_at = np.ones(len(a), bool)
        if name in LIMITS:
            looked_at = ~np.isnan(b) & ~np.isinf(b)
        if name in NAN_SLOPES and k:
            looked_at &= ~np.isnan(columns).any(0)
        rtol = matrix.RTOL.get(name, {}).get("float64", 1e-12)
        np.testing.assert_allclose(a[looked_at], b[looked_at], rtol=rtol, atol=1e-16)
        if name in FINITE:
            assert not np.isnan(a[~np.isnan(columns).any(0)]).any()


@pytest.mark.parametrize("name", sorted(matrix.JUMPS & set(matrix.DIFFERENTIABLE)))
def test_a_derivative_that_is_zero_stays_zero(name, rng):
    """Whatever arrives: zeros, not zero times infinity; in both modes."""
    entry = matrix.BY_NAME[name]
    zero = [text.strip() == "0" for text in entry["derivative"].split(",")]
    if not any(zero):
        pytest.skip("no constant derivative")
    xs = [pyad.tensor(x, requires_grad=True) for x in matrix.samples(entry, ((5,),) * 3, rng)]
    f = op_names.function_of(entry)
    seed = pyad.tensor([INF, -INF, NAN, 1.0, -1.0], dtype=pyad.float64)
    for x, g, is_zero in zip(xs, pyad.autograd.grad(f(*xs), xs, seed), zero, strict=True):
        assert not is_zero or (g == 0).all()
        with forward_ad.dual_level():
            duals = [forward_ad.make_dual(z.detach(), seed) if z is x else z.detach() for z in xs]
            tangent = forward_ad.unpack_dual(f(*duals)).tangent
            assert not is_zero or tangent is None or (tangent == 0).all()


@pytest.mark.parametrize(
    "name", [e["name"] for e in matrix.OPS if any(e["differentiable"]) and e["arity"] > 1]
)
def test_one_operand_with_a_tangent(name, rng):
    """The tangent has the shape of the result, though its operand is broadcast, and its values."""
    entry = matrix.BY_NAME[name]
    f, params = op_names.function_of(entry), matrix.params_of(entry)
    for shapes in (((3, 1), (1, 4), (3, 4)), ((4,), (3, 4), ()), ((), (3, 1), (4,))):
        xs = [pyad.tensor(x) for x in matrix.samples(entry, shapes, rng)]
        for k, x in enumerate(xs):
            if not entry["differentiable"][k] or not x.is_floating_point():
                continue
            u = pyad.tensor(rng.standard_normal(x.shape))
            with forward_ad.dual_level():
                ys = [forward_ad.make_dual(z, u) if z is x else z for z in xs]
                y, tangent = forward_ad.unpack_dual(f(*ys, **params))
                assert tangent.shape == y.shape
                tangent, v = tangent.detach().clone(), pyad.tensor(rng.standard_normal(y.shape))
            leaves = [z.clone().requires_grad_() if z is x else z for z in xs]
            (g,) = pyad.autograd.grad(f(*leaves, **params), leaves[k], v)
            left, right = (v * tangent).sum().item(), (g * u).sum().item()
            assert left == pytest.approx(right, rel=1e-12, abs=1e-13), (name, k, shapes)


@pytest.mark.parametrize("exponent", [-1, -2, -1.0, pyad.tensor(-1)])
@pytest.mark.parametrize("dtype", ["bool", "uint8", "int32", "int64"])
def test_whole_numbers_to_a_negative_power(dtype, exponent):
    """By a number an error, as in PyTorch; by a tensor, whose sign nobody looks at, zero; by a
    floating number floating."""
    x = pyad.tensor([1, 2, 3]).to(getattr(pyad, dtype))
    if isinstance(exponent, float):
        assert (x**exponent).dtype == pyad.float32
    elif isinstance(exponent, int):
        for call in (
            lambda: x**exponent,
            lambda: pyad.pow(x, exponent),
            lambda: x.clone().pow_(exponent),
        ):
            with pytest.raises(RuntimeError, match="negative"):
                call()
    elif dtype != "uint8":
        assert (x.to(pyad.int64) ** exponent).tolist() == (
            [1] * 3 if dtype == "bool" else [1, 0, 0]
        )


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int32", "int64"])
@pytest.mark.parametrize("default", ["float32", "float64"])
def test_whole_numbers_and_a_float_have_the_default_dtype(default, dtype):
    x = pyad.tensor([1, 0]).to(getattr(pyad, dtype))
    pyad.set_default_dtype(getattr(pyad, default))
    try:
        for shaped in (x, x[0]):
            for y in (shaped + 0.5, 0.5 * shaped, shaped / 2, pyad.where(x > 0, shaped, 0.5)):
                assert y.dtype == getattr(pyad, default)
    finally:
        pyad.set_default_dtype(pyad.float32)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_sinc_of_whole_numbers_is_zero(dtype):
    """And beside them it has its digits: the phase is that of the distance, which is exact."""
    whole = [1.0, -2.0, 3.0, 77.0, 1e3, 40961.0, -1e6, 2.0**23 + 1, 1e15, 1e30]
    x = pyad.tensor(whole, dtype=getattr(pyad, dtype)).requires_grad_()
    y = pyad.sinc(x)
    np.testing.assert_array_equal(np.abs(y.detach().numpy()), 0.0)
    (g,) = pyad.autograd.grad(y.sum(), x, create_graph=True)
    values = x.detach().numpy().astype(float)
    want = np.where(values % 2 == 0, 1.0, -1.0) / values
    np.testing.assert_allclose(g.detach().numpy(), want, rtol=4 * np.finfo(dtype).eps)
    (h,) = pyad.autograd.grad(g.sum(), x)
    tiny = np.finfo(dtype).tiny
    np.testing.assert_allclose(
        h.numpy(), -2 * want / values, rtol=16 * np.finfo(dtype).eps, atol=tiny
    )
    near = np.array([0.3, 1.001, 5.25, -9.5, 1000.03, 70000.0 + 1 / 64, -1e5 - 0.25], dtype)
    x = pyad.tensor(near).requires_grad_()
    y = pyad.sinc(x)
    (g,) = pyad.autograd.grad(y.sum(), x)
    with mp.workdps(40):
        for v, a, b in zip(near.tolist(), y.tolist(), g.tolist(), strict=True):
            u = mp.mpf(v)
            value = mp.sinpi(u) / (mp.pi * u)
            slope = (mp.cospi(u) - value) / u
            assert abs(a - value) <= 4 * np.finfo(dtype).eps * abs(value)
            assert abs(b - slope) <= 6 * np.finfo(dtype).eps * (abs(slope) + abs(value / u))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_mish_keeps_its_digits_down_to_the_last_number(dtype):
    """In the tail x exp(x) is subnormal, and so much the smaller is exp(x)."""
    low, high = (-108, -80) if dtype == "float32" else (-750, -690)
    xs = np.linspace(low, high, 400).astype(dtype)
    x = pyad.tensor(xs).requires_grad_()
    y = pyad.nn.functional.mish(x)
    y.sum().backward()
    tiny, eps = float(np.finfo(dtype).smallest_subnormal), float(np.finfo(dtype).eps)
    with mp.workdps(40):
        for v, a, b in zip(xs.tolist(), y.tolist(), x.grad.tolist(), strict=True):
            e = mp.exp(mp.mpf(v))
            n = e * (e + 2)
            value, slope = v * n / (n + 2), n / (n + 2) + 4 * v * e * (e + 1) / (n + 2) ** 2
            assert abs(a - value) <= max(6 * eps * abs(value), 0.75 * tiny), v
            assert abs(b - slope) <= max(8 * eps * abs(slope), 0.75 * tiny), v


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_softsign_at_infinity(dtype):
    x = pyad.tensor([math.inf, -math.inf, 1e38, -1e38], dtype=getattr(pyad, dtype)).requires_grad_()
    y = pyad.nn.functional.softsign(x)
    assert y.tolist() == [1, -1, 1, -1]
    (g,) = pyad.autograd.grad(y.sum(), x, create_graph=True)
    assert g[:2].tolist() == [0, 0]
    (h,) = pyad.autograd.grad(g.sum(), x)
    assert h[:2].tolist() == [0, 0]
    assert pyad.nn.functional.softsign(pyad.tensor([math.nan])).isnan().all()
