"""Every elementwise op of the table on `Value`: values and partials against PyTorch in float64."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F

import op_names
import pyad
from pyad import Value, _core

TABLE = {op["name"]: op for op in op_names.ELEMENTWISE if op["scalar"]}
POINTS = 12
# The libraries round elementary functions differently in the last places, and a partial is a few
# operations on such results.
RELATIVE = 1e-12
# Some formulas end in a difference of numbers near 1, in one of the libraries or in both.
ABSOLUTE = 1e-15
# PyTorch's trigamma has 9 digits.
LOOSE = {"digamma": 2e-9, "polygamma": 2e-9}

# Ops that PyTorch spells differently.
SPELLED: dict[str, Callable[..., torch.Tensor]] = {
    "trunc_divide": lambda a, b: torch.div(a, b, rounding_mode="trunc"),
    "cbrt": lambda x: torch.sign(x) * torch.abs(x) ** (1 / 3),
    "floor_divide": lambda a, b: torch.div(a, b, rounding_mode="floor"),
    # Its backward rounds 1 / 6 to float32.
    "hardsigmoid": lambda x: F.relu6(x + 3) / 6,
    "leaky": lambda x, slope: torch.where(x > 0, x, slope * x),
    "gate": lambda a, b: a * torch.sigmoid(b),
    "huber": lambda x, d=1.0: F.huber_loss(x, torch.zeros_like(x), reduction="none", delta=d),
    "clamp": lambda x, low=-math.inf, high=math.inf: torch.clamp(x, low, high),
    "polygamma": lambda n, x: torch.polygamma(int(n), x),
    "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"),
    "elu": lambda x, *p: torch._C._nn.elu(x, *p),
    "hardtanh": lambda x, low=-1.0, high=1.0: F.hardtanh(x, low, high),
    "addcmul": lambda a, b, c, value=1.0: torch.addcmul(a, b, c, value=value),
    "addcdiv": lambda a, b, c, value=1.0: torch.addcdiv(a, b, c, value=value),
    "where": lambda a, b, c: torch.where(a != 0, b, c),
    "chain": torch.mul,
    "scaled_unit": lambda a, b, c: a * b / c,
    "over_squares": lambda a, b, c: a / (b * b + c * c),
    "corner": lambda x: 0 * x,
    "slope_by_base": lambda a, b, c: a + 0 * b.detach() + 0 * c,
    "slope_by_exponent": lambda a, b, c: a + 0 * b + 0 * c,
    "one_minus_square": lambda x: 1 - x * x,
    "sigmoid_slope": lambda y, x: y * (1 - y) + 0 * x.detach(),
    "tanh_slope": lambda y, x: 1 - y * y + 0 * x.detach(),
    "exp2_slope": lambda y, x: math.log(2) * y + 0 * x.detach(),
    "logit_loss": lambda x, t: F.binary_cross_entropy_with_logits(x, t, reduction="none"),
}
# Parameters to try beside the defaults, by op.
PARAMETERS: dict[str, list[tuple[float, ...]]] = {
    "addcmul": [(-2.5,)],
    "addcdiv": [(-2.5,)],
    "softplus": [(0.7, 1.5)],
    "leaky_relu": [(0.3,)],
    "huber": [(0.5,)],
    "elu": [(0.5, 1.5, 0.8)],
    "celu": [(0.5,)],
    "hardtanh": [(-0.5, 2.0)],
    "hardshrink": [(0.3,)],
    "softshrink": [(0.3,)],
    "threshold": [(0.25, -7.0)],
    "clamp": [(-1.0, 1.5)],
    "logit": [(0.25,)],
    "nan_to_num": [(1.0, 2.0, 3.0)],
}


def torch_function(name: str) -> Callable[..., torch.Tensor]:
    for home in (F, torch, torch.special):
        if hasattr(home, name):
            return SPELLED.get(name) or getattr(home, name)
    return SPELLED[name]


def cases() -> list[Any]:
    found = []
    for name, op in TABLE.items():
        required = name == "threshold"
        for parameters in ([] if required else [()]) + PARAMETERS.get(name, []):
            found.append(pytest.param(op, parameters, id="-".join([name, *map(str, parameters)])))
    return found


def samples(op: dict[str, Any]) -> list[tuple[float, ...]]:
    rng = np.random.default_rng(7)
    columns = [rng.uniform(low, high, POINTS) for low, high in op["domain"]]
    return [tuple(map(float, row)) for row in np.stack(columns, axis=1)]


def torch_answer(
    name: str, point: tuple[float, ...], parameters: tuple[float, ...]
) -> tuple[float, list[float]]:
    xs = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in point]
    y = torch_function(name)(*xs, *parameters)
    if not y.requires_grad:
        return y.item(), [0.0] * len(xs)
    y.backward()
    return y.item(), [0.0 if x.grad is None else x.grad.item() for x in xs]


@pytest.mark.parametrize(("op", "parameters"), cases())
def test_value_and_partials(op: dict[str, Any], parameters: tuple[float, ...]) -> None:
    name = op["name"]
    for point in samples(op):
        want, want_partials = torch_answer(name, point, parameters)
        nodes = [Value(x) for x in point]
        y = op_names.function_of(op)(*nodes, *parameters)
        if op["result"] == "bool":
            assert y is bool(want)
            continue
        assert y.data == pytest.approx(want, rel=LOOSE.get(name, RELATIVE), abs=ABSOLUTE)
        assert y.op == name
        assert [p for p, _ in y.parents] == [
            node for node, has in zip(nodes, op["differentiable"], strict=True) if has
        ]
        y.backward()
        for node, partial in zip(nodes, want_partials, strict=True):
            assert node.grad == pytest.approx(partial, rel=LOOSE.get(name, RELATIVE), abs=ABSOLUTE)


@pytest.mark.parametrize(("op", "parameters"), cases())
def test_numbers_among_the_operands_are_constants(
    op: dict[str, Any], parameters: tuple[float, ...]
) -> None:
    function = op_names.function_of(op)
    point = samples(op)[0]
    whole = function(*map(Value, point), *parameters)
    for chosen in range(1, 2 ** len(point)):
        nodes = [Value(x) if chosen >> i & 1 else x for i, x in enumerate(point)]
        y = function(*nodes, *parameters)
        if op["result"] == "bool":
            assert y is whole
            continue
        assert y.data == whole.data
        kept = [i for i, has in enumerate(op["differentiable"]) if has]
        want = [
            (nodes[i], partial)
            for i, (_, partial) in zip(kept, whole.parents, strict=True)
            if chosen >> i & 1
        ]
        assert list(y.parents) == want


@pytest.mark.parametrize(("op", "parameters"), cases())
def test_methods_are_the_functions(op: dict[str, Any], parameters: tuple[float, ...]) -> None:
    name = op["name"]
    if name == "where" or op["use"] != "public":  # a condition is no place for a method
        assert not hasattr(Value, name)
        return
    for spelling in [name, *(alias for alias in op["aliases"] if "." not in alias)]:
        for point in samples(op)[:3]:
            first, *rest = map(Value, point)
            y = getattr(first, spelling)(*rest, *parameters)
            z = getattr(pyad, name)(first, *rest, *parameters)
            if op["result"] == "bool":
                assert y is z
            else:
                assert (y.data, y.op, y.parents) == (z.data, z.op, z.parents)
                named = dict(zip((p for p, _ in op["params"]), parameters, strict=False))
                assert getattr(first, spelling)(*rest, **named).data == y.data


def test_every_op_was_looked_at() -> None:
    names = {case.values[0]["name"] for case in cases()}
    assert names == set(TABLE)
    assert len(names) > 80
    assert {op["name"] for op in TABLE.values() if op["params"]} == set(PARAMETERS)


def test_ops_on_bits_are_not_for_real_numbers() -> None:
    others = [
        op["name"]
        for op in _core.op_table()
        if op["kind"] in ("unary", "binary") and not op["scalar"]
    ]
    assert others
    for name in others:
        assert not hasattr(Value, name)
        operands = [Value(1.0)] * (1 if name == "bitwise_not" else 2)
        with pytest.raises(TypeError, match=name):
            getattr(pyad, name)(*operands)


@pytest.mark.parametrize(
    ("expression", "partials"),
    [
        (lambda: Value(0.0).relu(), [0.0]),
        (lambda: Value(0.0).abs(), [0.0]),
        (lambda: Value(2.0).maximum(Value(2.0)), [0.5, 0.5]),
        (lambda: Value(0.0).sqrt(), [math.inf]),
        (lambda: Value(0.0) ** 0, [0.0]),
        (lambda: Value(0.0) ** Value(2.0), [0.0, 0.0]),
        (lambda: Value(1.0).clamp(max=1.0), [1.0]),
    ],
)
def test_kinks(expression: Callable[[], Value], partials: list[float]) -> None:
    assert [p for _, p in expression().parents] == partials
