"""Derivatives of order 3, and 4 where they are cheap, of every row of the op table.

Along random directions: the value of order n is a number, s(n + 1) = <u, grad s(n)>, so the next
one is held against a difference quotient of it. A row's own oracle for orders 1 and 2 stands in the
other files; here one seeded choice among its cases keeps the time short.
"""

from __future__ import annotations

import numpy as np
import pytest

import op_cases
import op_drivers as drivers
import op_names
import pyad
from op_cases.tools import Fixed

BY_NAME = {e["name"]: e for e in op_names.ELEMENTWISE}
SMOOTH = [
    e["name"]
    for e in op_names.ELEMENTWISE
    if any(e["differentiable"])
    and e["name"]
    not in ("floor", "ceil", "round", "trunc", "frac", "floor_divide", "trunc_divide", "sign")
]
REQUIRED = {"threshold": {"threshold": 0.25, "value": -0.5}, "clamp": {"min": -1.0, "max": 1.5}}
# What a difference quotient cannot be taken of: ops that draw numbers.
ROWS = sorted(
    {e["name"] for e in op_names.TABLE}.intersection(op_cases.ROWS)
    - op_cases.NOT_DIFFERENTIABLE
    - op_cases.NO_DIFFERENCES
)


def slopes(case, arrays, us, vs, orders):
    """s(1), ..., s(orders) at these inputs."""
    xs = [drivers.to_pyad(x, "float64", "contiguous", True) for x in arrays]
    leaves = [x for x in xs if x.requires_grad]
    ys = drivers.outputs(case.call(pyad, *xs))
    # Through a curve, so that linear rows have derivatives of every order too.
    s = sum(((y * pyad.tensor(v)).sin()).sum() for y, v in zip(ys, vs, strict=True))
    found = []
    for _ in range(orders):
        grads = pyad.autograd.grad(s, leaves, create_graph=True, allow_unused=True)
        s = sum((g * pyad.tensor(u)).sum() for g, u in zip(grads, us, strict=True) if g is not None)
        found.append(s.item())
        if not s.requires_grad:
            break
    return found + [0.0] * (orders - len(found))


def check(case, rng, orders):
    us = drivers.directions(rng, drivers.floats(case))
    us = [u / max(np.linalg.norm(u), 1e-300) for u in us]
    values = [drivers.to_pyad(x, "float64", "contiguous", False) for x in case.inputs]
    vs = drivers.directions(
        rng, [drivers.array(y) for y in drivers.outputs(case.call(pyad, *values))]
    )
    exact = slopes(case, case.inputs, us, vs, orders)

    def at(step):
        left = list(us)
        moved = [
            np.asarray(x + step * left.pop(0)) if drivers.is_float(x) else x for x in case.inputs
        ]
        return np.array(slopes(case, moved, us, vs, orders - 1))

    h = 1e-3
    numeric = (8 * (at(h / 2) - at(-h / 2)) - (at(h) - at(-h))) / (6 * h)
    for order, (found, expected) in enumerate(zip(exact[1:], numeric), start=2):
        scale = max(abs(found), abs(expected), *map(abs, exact[:order]), 1.0)
        assert abs(found - expected) <= 2e-5 * scale, (
            f"{case.name}: order {order}: {found} against {expected}"
        )


@pytest.mark.parametrize("name", SMOOTH)
def test_orders_of_elementwise(name, rng):
    entry = BY_NAME[name]
    inputs = []
    for k in range(entry["arity"]):
        low, high = entry["domain"][k]
        inputs.append(rng.uniform(low, high, (2, 3)))
    if name == "where":
        inputs[0] = np.asarray(inputs[0] > 0)
    inputs = [
        x if (k == 0 and name == "where") or entry["differentiable"][k] else x.view(Fixed)
        for k, x in enumerate(inputs)
    ]
    function = op_names.function_of(BY_NAME[name])
    params = REQUIRED.get(name, {})
    case = drivers.Case(name, inputs, lambda _, *xs: function(*xs, **params))
    check(case, rng, 4)


@pytest.mark.parametrize("name", ROWS)
def test_orders_of_rows(name, rng):
    cases = [
        case
        for inputs, call in op_cases.ROWS[name]
        if drivers.floats(case := drivers.Case(name, op_cases.arrays(inputs), call))
    ]
    check(cases[rng.integers(len(cases))], rng, 3)


@pytest.mark.parametrize(
    "call",
    [
        lambda x: pyad.nn.functional.max_pool1d(x, 2),
        lambda x: pyad.nn.functional.max_pool2d(x, 2),
        lambda x: pyad.nn.functional.max_pool2d(x, 2, return_indices=True)[0],
        lambda x: pyad.nn.functional.adaptive_max_pool1d(x, 2),
        lambda x: pyad.nn.functional.adaptive_max_pool2d(x, 2),
        lambda x: x.topk(2)[0],
        lambda x: x.sort(-1)[0],
        lambda x: x.kthvalue(2)[0],
        lambda x: x.cummax(-1)[0],
        lambda x: x.max(-1)[0],
        lambda x: x.median(-1)[0],
    ],
)
@pytest.mark.parametrize("orders", [3, 4, 5])
def test_selections_at_every_order(call, orders, rng):
    """They are linear in what they select, so sin of them has the derivatives of sin there."""
    x = pyad.tensor(rng.permutation(24).reshape(2, 3, 4) / 7.0).requires_grad_()
    y = call(x)
    (mask,) = pyad.autograd.grad(y.sum(), x, retain_graph=True)
    s = y.sin().sum()
    for _ in range(orders):
        (g,) = pyad.autograd.grad(s, x, create_graph=True)
        s = g.sum()
    phases = [np.sin, np.cos, lambda v: -np.sin(v), lambda v: -np.cos(v)]
    v = x.detach().numpy()
    times = np.asarray(mask.numpy())
    np.testing.assert_allclose(
        g.detach().numpy(), times * phases[orders % 4](v), rtol=0, atol=1e-14
    )
