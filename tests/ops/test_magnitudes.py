"""Every elementwise op over the whole range of its numbers, against mpmath: values and first
derivatives, where a square on the way overflows or underflows, or a difference cancels, though the
result is an ordinary number.
"""

from __future__ import annotations

import itertools
import math

import mpmath as mp
import numpy as np
import pytest
import torch

import op_names
import pyad

BY_NAME = {e["name"]: e for e in op_names.ELEMENTWISE}
SIZES = {
    "float32": [10.0**k for k in range(-30, 31, 5)],
    "float64": [10.0**k for k in range(-200, 201, 40)],
}
MIDDLE = [0.037, 0.31, 0.83, 1.21, 2.7, 7.9, 29.0]


def sigmoid(x):
    return 1 / (1 + mp.exp(-x))


def pieces(x, y):
    """What mpmath has no name for: y where x is below its kink."""
    return y if x <= 0 else x


ROOT_2_OVER_PI = lambda: mp.sqrt(2 / mp.pi)  # noqa: E731
SELU = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946

# The ops as mpmath says them.
FUNCTIONS = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "neg": lambda x: -x,
    "abs": abs,
    "lerp": lambda a, b, w: a + w * (b - a),
    "addcmul": lambda a, b, c: a + b * c,
    "addcdiv": lambda a, b, c: a + b / c,
    "pow": lambda a, b: a**b,
    "square": lambda x: x * x,
    "sqrt": mp.sqrt,
    "rsqrt": lambda x: 1 / mp.sqrt(x),
    "cbrt": lambda x: mp.sign(x) * mp.cbrt(abs(x)),
    "reciprocal": lambda x: 1 / x,
    "hypot": lambda a, b: mp.sqrt(a * a + b * b),
    "exp": mp.exp,
    "exp2": lambda x: mp.mpf(2) ** x,
    "expm1": mp.expm1,
    "log": mp.log,
    "log2": lambda x: mp.log(x) / mp.log(2),
    "log10": mp.log10,
    "log1p": lambda x: mp.log(1 + x),
    "xlogy": lambda a, b: a * mp.log(b),
    "erf": mp.erf,
    "erfc": mp.erfc,
    "sin": mp.sin,
    "cos": mp.cos,
    "tan": mp.tan,
    "asin": mp.asin,
    "acos": mp.acos,
    "atan": mp.atan,
    "atan2": mp.atan2,
    "sinh": mp.sinh,
    "cosh": mp.cosh,
    "tanh": mp.tanh,
    "asinh": lambda x: mp.sign(x) * mp.log(abs(x) + mp.sqrt(x * x + 1)),
    "acosh": lambda x: mp.log(x + mp.sqrt(x * x - 1)),
    "atanh": lambda x: mp.log((1 + x) / (1 - x)) / 2,
    "sigmoid": sigmoid,
    "logsigmoid": lambda x: -mp.log(1 + mp.exp(-x)) if x > 0 else x - mp.log(1 + mp.exp(x)),
    "softplus": lambda x: x if x > 20 else mp.log(1 + mp.exp(x)),
    "silu": lambda x: x * sigmoid(x),
    "gelu": lambda x: x * mp.erfc(-x / mp.sqrt(2)) / 2,
    "gelu_tanh": lambda x: x * sigmoid(2 * ROOT_2_OVER_PI() * (x + mp.mpf(0.044715) * x**3)),
    "mish": lambda x: x * mp.tanh(mp.log(1 + mp.exp(x))),
    "softsign": lambda x: x / (1 + abs(x)),
    "tanhshrink": lambda x: x - mp.tanh(x),
    "logit_loss": lambda a, b: (a if a > 0 else 0) - a * b + mp.log(1 + mp.exp(-abs(a))),
    "relu": lambda x: x if x > 0 else x * 0,
    "leaky_relu": lambda x: pieces(x, mp.mpf(0.01) * x),
    "leaky": lambda a, b: pieces(a, a * b),
    "gate": lambda a, b: a * sigmoid(b),
    "huber": lambda x: x * x / 2 if abs(x) < 1 else abs(x) - mp.mpf(1) / 2,
    "elu": lambda x: pieces(x, mp.expm1(x)),
    "selu": lambda x: mp.mpf(SELU[1]) * pieces(x, mp.mpf(SELU[0]) * mp.expm1(x)),
    "celu": lambda x: pieces(x, mp.expm1(x)),
    "hardsigmoid": lambda x: min(max(x + 3, mp.mpf(0)), mp.mpf(6)) / 6,
    "hardswish": lambda x: x * min(max(x + 3, mp.mpf(0)), mp.mpf(6)) / 6,
    "logaddexp": lambda a, b: max(a, b) + mp.log(1 + mp.exp(-abs(a - b))),
    "logaddexp2": lambda a, b: max(a, b) + mp.log(1 + mp.mpf(2) ** -abs(a - b)) / mp.log(2),
    "logit": lambda x: mp.log(x / (1 - x)),
    "erfinv": mp.erfinv,
    "deg2rad": mp.radians,
    "rad2deg": mp.degrees,
    "copysign": lambda a, b: abs(a) * mp.sign(b),
    "one_minus_square": lambda x: 1 - x * x,
    "chain": lambda a, b: a * b,
}
# Ops that are told in pieces of 0, 1 and the operand, or that have another test.
EXEMPT = {
    *("floor_divide", "trunc_divide", "fmod", "remainder", "floor", "ceil", "round", "trunc"),
    *("frac", "sign", "maximum", "minimum", "fmax", "fmin", "clamp", "clamp_min", "clamp_max"),
    *("where", "nan_to_num", "relu6", "hardtanh", "threshold", "hardshrink", "softshrink"),
    "sinc",  # of large numbers: the phase of pi x is rounded, as in PyTorch
    *("lgamma", "digamma", "polygamma"),  # test_gamma.py
    # test_special_functions.py
    *("i0", "i0e", "i1", "i1e", "ndtri", "log_ndtr", "entr", "xlog1py"),
    *("scaled_unit", "over_squares"),  # of ratios not above 1: see the orders below
    *("corner", "slope_by_base", "slope_by_exponent"),  # 0, and a number handed on
    *("sigmoid_slope", "tanh_slope", "exp2_slope"),  # of a function and its operand
}
# Units in the last place, where more than a few are lost: (value, derivatives).
LOOSE = {
    "tanh": (6, 32),  # Note [Saturated slopes]
    "sigmoid": (6, 32),
    "lerp": (math.inf, 6),  # sums of operands of any size
    "addcdiv": (math.inf, 6),
    "addcmul": (math.inf, 6),
    "logit_loss": (32, 32),
    "mish": (6, 128),  # near the zero of the slope
    "pow": (6, 1024),  # b - 1 is rounded, and the power multiplies that by log a
    "logaddexp": (6, 24),  # likewise a - b
    "logaddexp2": (6, 24),
    "gelu_tanh": (10, 12),
}


def points(dtype):
    xs = [s * x for x in (*SIZES[dtype], *MIDDLE) for s in (1.0, -1.0)]
    return np.array(xs, dtype)


def operands(name, dtype):
    n = BY_NAME[name]["arity"]
    xs = points(dtype)
    if n == 2:
        xs = np.concatenate([xs[:-14:4], xs[3:-14:4], xs[-6::3]])
    if n == 3:
        xs = np.concatenate([xs[:-14:6], xs[3:-14:6], xs[-4::3]])
    grid = np.array(list(itertools.product(xs, repeat=n)), dtype)
    return [np.ascontiguousarray(c) for c in grid.T]


def slope(f, xs, k):
    if f is FUNCTIONS["pow"] and k == 0:  # too steep for a difference
        return xs[1] * xs[0] ** (xs[1] - 1)
    h = min(abs(xs[k]), 1) * mp.mpf(10) ** -60
    up, down = list(xs), list(xs)
    up[k], down[k] = xs[k] + h, xs[k] - h
    return (f(*up) - f(*down)) / (2 * h)


def right(f, columns, k):
    out = []
    for xs in zip(*columns, strict=True):
        xs = [mp.mpf(float(x)) for x in xs]
        try:
            v = f(*xs)
            if k is not None and not isinstance(v, mp.mpc):
                v = slope(f, xs, k)
        except (ValueError, ZeroDivisionError, OverflowError, mp.libmp.NoConvergence):
            v = None
        if v is not None and isinstance(v, mp.mpc):
            v = v.real if v.imag == 0 else None
        out.append(v)
    return out


def errors(got, want, dtype):
    """In units of the last place, of the least normal number at least."""
    info = np.finfo(dtype)
    out = []
    for g, w in zip(got.tolist(), want, strict=True):
        if w is None or mp.isnan(w):
            out.append(0.0)
            continue
        if abs(w) > mp.mpf(float(info.max)):
            out.append(0.0 if abs(g) > 0.999 * float(info.max) else math.inf)
            continue
        if abs(w) < float(info.tiny):
            out.append(0.0 if abs(g) <= 1.001 * float(info.tiny) else math.inf)
            continue
        unit = abs(w) * mp.mpf(float(info.eps))
        out.append(float(abs(mp.mpf(g) - w) / unit) if math.isfinite(g) else math.inf)
    return np.array(out)


def found(name, columns, k):
    f = op_names.function_of(BY_NAME[name])
    xs = [pyad.tensor(c) for c in columns]
    if k is None:
        return f(*xs).numpy()
    xs[k].requires_grad_()
    (g,) = pyad.autograd.grad(f(*xs).sum(), xs[k])
    return g.numpy()


def test_every_op_has_a_formula_or_a_reason():
    names = {e["name"] for e in op_names.ELEMENTWISE if any(e["differentiable"])}
    assert names == set(FUNCTIONS) | EXEMPT


@pytest.mark.parametrize("dtype", SIZES)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_values_and_slopes(name, dtype):
    columns = operands(name, dtype)
    with mp.workdps(250 if dtype == "float32" else 800):
        for k in (None, *range(BY_NAME[name]["arity"])):
            want = right(FUNCTIONS[name], columns, k)
            got = found(name, columns, k)
            lost = errors(got, want, dtype)
            worst = int(lost.argmax())
            at = [float(c[worst]) for c in columns]
            bound = LOOSE.get(name, (6, 6))[k is not None]
            assert lost[worst] <= bound, (k, at, got[worst], mp.nstr(want[worst]), lost[worst])


@pytest.mark.parametrize("dtype", SIZES)
def test_tanhshrink_everywhere(dtype):
    """Relative accuracy, on both sides of its formulas' border and near 0, where x - tanh(x)
    cancels."""
    near = np.geomspace(1e-9, 0.1, 400)
    x = np.concatenate([near, np.linspace(0.01, 3, 700), [1.0, 0.9999999, 1.1]]).astype(dtype)
    x = np.concatenate([x, -x])
    with mp.workdps(80):
        want = right(FUNCTIONS["tanhshrink"], [x], None)
        bound = {"float32": 2, "float64": 4}[dtype]
        assert errors(found("tanhshrink", [x], None), want, dtype).max() <= bound


@pytest.mark.parametrize("size", [1e-30, 1e30])
@pytest.mark.parametrize("name", ["atan2", "hypot"])
def test_second_derivatives_are_those_of_float64(name, size):
    """The curvature is an ordinary number where the cotangent is as large as the operands."""
    rng = np.random.default_rng(0)
    a, b, g = (rng.uniform(0.5, 2, 9).astype("float32") * np.float32(size) for _ in range(3))
    found = []
    for dtype in ("float32", "float64"):
        xs = [pyad.tensor(v.astype(dtype)).requires_grad_() for v in (a, b)]
        first = pyad.autograd.grad(getattr(pyad, name)(*xs).sum(), xs, create_graph=True)
        w = pyad.tensor(g.astype(dtype))
        found.append(
            [
                h.numpy()
                for f in first
                for h in pyad.autograd.grad((f * w).sum(), xs, retain_graph=True)
            ]
        )
    for mine, right in zip(*found, strict=True):
        np.testing.assert_allclose(mine, right, rtol=1e-5, atol=1e-6 * np.abs(right).max())


SPREADS = {
    "std": lambda lib, x: x.std(),
    "std of rows": lambda lib, x: x.reshape(1, -1).std(1).sum(),
    "std_mean": lambda lib, x: lib.std_mean(x)[0],
    "correction": lambda lib, x: x.std(correction=0),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", SPREADS)
def test_spreads_of_large_numbers(name, dtype):
    """Their sum overflows; neither value nor slope does."""
    top = float(np.finfo(dtype).max)
    small = np.array([0.89, 0.86, 0.83, 0.92])
    reference = torch.tensor(small, requires_grad=True)
    SPREADS[name](torch, reference).backward()
    x = pyad.tensor((small * top).tolist(), dtype=getattr(pyad, dtype), requires_grad=True)
    y = SPREADS[name](pyad, x)
    y.backward()
    tolerance = 2e-5 if dtype == "float32" else 1e-13  # the spread is a tenth of the numbers
    np.testing.assert_allclose(x.grad.numpy(), reference.grad.numpy(), tolerance, tolerance)
    with pyad.autograd.forward_ad.dual_level():
        t = pyad.tensor([1.0, 0, 0, 0], dtype=x.dtype)
        z = SPREADS[name](pyad, pyad.autograd.forward_ad.make_dual(x.detach(), t))
        slope = pyad.autograd.forward_ad.unpack_dual(z).tangent
    np.testing.assert_allclose(slope.item(), reference.grad[0].item(), tolerance, tolerance)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_slope_of_acosh_far_out(dtype):
    """Recorded or not: the square of the operand overflows on no way."""
    for v in (1.5, 1e10, 1e30, float(np.finfo(dtype).max) / 4):
        x = pyad.tensor([v], dtype=getattr(pyad, dtype), requires_grad=True)
        x64 = float(x.item())
        want = 1 / (np.sqrt(x64 - 1) * np.sqrt(x64 + 1))
        for recorded in (False, True):
            (g,) = pyad.autograd.grad(x.acosh(), x, create_graph=recorded)
            np.testing.assert_allclose(g.item(), want, 1e-6 if dtype == "float32" else 1e-14)
