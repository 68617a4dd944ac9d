"""Jacobians by elimination: golden counts, orders, programs, bad input.

The golden graphs are two tasks of the literature on Jacobian accumulation: Roe's flux in one
dimension and the forward kinematics of a robot arm with six joints.
"""

from __future__ import annotations

import gc
import itertools
import json
import pickle
import random
import types
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import op_names
import pyad

GRAPHS = json.loads((Path(__file__).parent / "data/elimination_graphs.json").read_text())
# The fewest products that are known to suffice, and what `auto` has to reach.
GOLDEN = {
    "RoeFlux_1d": ({"forward": 620, "reverse": 364, "markowitz": 407}, 320),
    "RobotArm_6DOF": ({"forward": 397, "reverse": 301, "markowitz": 288}, 221),
}
POINTS = {
    "RoeFlux_1d": [1.0, 2.0, 1.2, 0.8, 1.5, 0.9],
    "RobotArm_6DOF": [0.3, -0.5, 0.7, 0.2, 0.9, -0.4],
}


def replay(task: str) -> Callable[[Any], list[Any]]:
    """The task as a function of its inputs, one operation for each node."""
    graph = GRAPHS[task]
    binary = {
        "add": lambda a, b: a + b,
        "sub": lambda a, b: a - b,
        "mul": lambda a, b: a * b,
        "div": lambda a, b: a / b,
        "pow": lambda a, b: a**b,
        "atan2": pyad.atan2,
    }
    unary = {"neg": lambda a: -a, "abs": abs} | {
        n: getattr(pyad, n) for n in ("sin", "cos", "sqrt")
    }

    def f(x: Any) -> list[Any]:
        values: list[Any] = []
        for i, (op, operands) in enumerate(graph["nodes"]):
            if op == "input":
                values.append(x[i])
                continue
            in_ = [values[o["id"]] if "id" in o else o["const"] for o in operands]
            values.append((binary if len(in_) == 2 else unary)[op](*in_))
        return [values[o] for o in graph["outputs"]]

    return f


def sweeps(f: Callable[[Any], Any], x: Any) -> np.ndarray:
    """The Jacobian by a reverse sweep from each result, the engine's other way."""
    return np.array(pyad.compile(f).jacobian(x), dtype=float)


def forward_mode(f: Callable[[Any], Any], x: list[float]) -> np.ndarray:
    """The Jacobian by tangents of 0-d tensors, one input at a time."""
    columns = []
    for i in range(len(x)):
        with pyad.autograd.forward_ad.dual_level():
            duals = [
                pyad.autograd.forward_ad.make_dual(
                    pyad.tensor(v, dtype=pyad.float64),
                    pyad.tensor(float(i == j), dtype=pyad.float64),
                )
                for j, v in enumerate(x)
            ]
            tangents = [pyad.autograd.forward_ad.unpack_dual(y).tangent for y in f(duals)]
            columns.append([0.0 if t is None else t.item() for t in tangents])
    return np.array(columns).T


# ---- golden counts


@pytest.mark.parametrize("task", GOLDEN)
def test_products_of_the_pure_orders_are_those_of_the_literature(task: str) -> None:
    costs, _ = GOLDEN[task]
    assert GRAPHS[task]["published_multiplications"] == costs
    plan = pyad.jacobian_plan(replay(task), POINTS[task], budget=0)
    assert plan.costs == costs
    for name, cost in costs.items():
        pure = pyad.jacobian_plan(replay(task), POINTS[task], order=name)
        assert pure.cost == cost
        # The same when the order is given by its vertices.
        again = pyad.jacobian_plan(replay(task), POINTS[task], order=pure.order)
        assert again.cost == cost
        assert again.order == pure.order
    assert plan.vertices == pyad.jacobian_plan(replay(task), POINTS[task], order="forward").order


@pytest.mark.parametrize("task", GOLDEN)
def test_auto_finds_what_is_known_to_suffice(task: str) -> None:
    _, least = GOLDEN[task]
    plan = pyad.jacobian_plan(replay(task), POINTS[task])
    assert plan.cost <= least
    again = pyad.jacobian_plan(replay(task), POINTS[task])
    assert again.order == plan.order  # no clock, no chance


@pytest.mark.parametrize("task", GOLDEN)
@pytest.mark.parametrize("order", ["auto", "forward", "reverse", "markowitz"])
def test_programs_of_golden_tasks_agree_with_both_sweeps(task: str, order: str) -> None:
    f = replay(task)
    lots = random.Random(1)
    plan = pyad.jacobian_plan(f, POINTS[task], order=order)
    for _ in range(3):
        x = [v + lots.uniform(-0.05, 0.05) for v in POINTS[task]]
        found = np.array(plan.jacobian(x))
        assert np.isfinite(found).all()
        scale = np.abs(found).max()
        np.testing.assert_allclose(found, sweeps(f, x), rtol=1e-12, atol=1e-13 * scale)
        np.testing.assert_allclose(found, forward_mode(f, x), rtol=1e-12, atol=1e-13 * scale)


# ---- random functions


def random_function(seed: int) -> tuple[Callable[[Any], list[Any]], list[float]]:
    """A function of 2 to 4 inputs whose graph has 6 to 12 inner vertices and no chains.

    Every inner vertex has two predecessors and at least two successors.
    """
    lots = random.Random(seed)
    n, m = lots.randint(2, 4), lots.randint(6, 12)
    pairs = [lots.sample(range(n + i), 2) for i in range(m)]
    uses = [sum(v in pair for pair in pairs) for v in range(n + m)]
    outputs = []
    loose = [v for v in range(n, n + m) for _ in range(max(0, 2 - uses[v]))]
    while loose:
        a = loose.pop()
        others = [v for v in loose if v != a] or [v for v in range(n + m) if v != a]
        b = lots.choice(others)
        if b in loose:
            loose.remove(b)
        outputs.append((a, b))
    ops = [
        lambda a, b: a * b,
        lambda a, b: a / (b + 10.0),
        pyad.hypot,
        lambda a, b: a - b,
        pyad.atan2,
    ]
    kinds = [lots.choice([0, 2, 3, 4]) for _ in range(m)]

    def f(x: Any) -> list[Any]:
        v = list(x)
        for (a, b), kind in zip(pairs, kinds):
            v.append(ops[kind](v[a], v[b]))
        return [pyad.hypot(v[a], v[b]) for a, b in outputs]

    return f, [lots.uniform(0.5, 2.0) for _ in range(n)]


def brute_force(plan: Any, f: Callable[[Any], Any], x: Any) -> int:
    return min(
        pyad.jacobian_plan(f, x, order=order).cost
        for order in itertools.permutations(plan.vertices)
    )


def test_exact_orders_are_the_best_of_all_permutations() -> None:
    def f(x: Any) -> list[Any]:
        a, b = x[0] * x[1], pyad.hypot(x[1], x[2])
        c = a * b
        d = c / a
        e = d * x[0] + c
        return [e * c, pyad.sin(e), d * d * a, b]

    x = [0.5, 1.5, 0.7]
    plan = pyad.jacobian_plan(f, x, order="exact")
    assert 6 <= len(plan.vertices) <= 7
    assert plan.cost == brute_force(plan, f, x)


def test_heuristics_find_the_optimum_of_small_graphs() -> None:
    equal = 0
    for seed in range(100):
        f, x = random_function(seed)
        exact = pyad.jacobian_plan(f, x, order="exact")
        assert 6 <= len(exact.vertices) <= 12
        found = pyad.jacobian_plan(f, x, exact=False, edges=False)
        assert exact.cost <= found.cost <= min(exact.costs.values())
        equal += found.cost == exact.cost
        # With the exact search on, and with edges, it is never worse than the best vertex order.
        assert pyad.jacobian_plan(f, x).cost <= exact.cost
    assert equal >= 95


@pytest.mark.parametrize("seed", range(40))
def test_every_order_gives_the_same_derivatives(seed: int) -> None:
    f, x = random_function(seed)
    expected = sweeps(f, x)
    plan = pyad.jacobian_plan(f, x)
    shuffled = random.Random(seed).sample(plan.vertices, len(plan.vertices))
    assert np.isfinite(expected).all()
    for order in ["auto", "forward", "reverse", "markowitz", "exact", shuffled]:
        found = np.array(pyad.jacobian(f, x, order=order))
        np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-12, err_msg=str(order))
    np.testing.assert_allclose(forward_mode(f, x), expected, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("seed", range(20))
def test_orders_of_edges_give_the_same_derivatives(seed: int) -> None:
    """Random eliminations of edges and vertices, until no vertex is left."""
    f, x = random_function(seed)
    lots = random.Random(seed)
    plan = pyad.jacobian_plan(f, x)
    order: list[Any] = []
    products = 0
    while True:
        vertices, edges = plan._graph.left(tuple(order))
        inner = {name for name, _, result in vertices if name in plan.vertices and not result}
        if not inner:
            break
        enter = {v: [a for a, b in edges if b == v] for v, _, _ in vertices}
        leave = {v: [b for a, b in edges if a == v] for v, _, _ in vertices}
        choice = lots.random()
        a, b = lots.choice(edges)
        if choice < 0.4 and b in inner:
            order.append((a, b, "end"))
            products += len([v for v in leave[b] if v != f"{b}'"])
        elif choice < 0.8 and a in inner and b != f"{a}'":
            order.append((a, b, "start"))
            products += len(enter[a])
        else:
            v = lots.choice(sorted(inner))
            order.append(v)
            products += len(enter[v]) * len([w for w in leave[v] if w != f"{v}'"])
    by_edges = pyad.jacobian_plan(f, x, order=order)
    assert by_edges.cost == products
    np.testing.assert_allclose(np.array(by_edges.jacobian(x)), sweeps(f, x), rtol=1e-11, atol=1e-12)


# ---- every op


SCALAR_ROWS = [row for row in op_names.ELEMENTWISE if row["scalar"]]


@pytest.mark.parametrize("row", SCALAR_ROWS, ids=lambda row: row["name"])
def test_partials_of_every_op_agree_with_its_rule(row: dict[str, Any]) -> None:
    """The derivative written down as steps against the derivative computed by the sweep."""
    op = op_names.function_of(row)
    domains = row["domain"]
    lots = random.Random(row["name"])
    parameters = {name: 0.75 for name, _ in row.get("params", ())}

    def f(x: Any) -> Any:
        y = op(*x, **parameters)
        return [y * 1.0]

    for _ in range(5):
        x = [lots.uniform(low, high) for low, high in domains]
        found = np.array(pyad.jacobian(f, x))
        np.testing.assert_allclose(found, sweeps(f, x), rtol=1e-14, atol=1e-300)


# ---- nesting, outputs, constants


def test_results_are_nested_as_by_sweeps() -> None:
    def f(p: Any, x: Any) -> Any:
        return {"a": p["k"] * x, "b": (pyad.sin(x[0]), 3.0, None), "c": [x.sum() * p["k"]]}

    args = {"k": 2.0, "name": "n"}, np.array([0.5, 1.5, 2.5])
    compiled = pyad.compile(f)
    expected = compiled.jacobian(*args)
    for order in ("auto", "forward"):
        found = compiled.jacobian(*args, order=order)
        assert found.keys() == expected.keys()
        assert repr(found) == repr(expected)
    assert repr(pyad.jacobian(f, *args)) == repr(expected)
    assert repr(pyad.jacobian_plan(f, *args).jacobian(*args)) == repr(expected)


def test_outputs_that_are_inputs_constants_shared_or_used_further() -> None:
    def f(x: Any) -> list[Any]:
        a = x[0] * x[1]
        b = pyad.sin(a)
        return [a, b, a, x[1], 7.0, b * a, x[0] > 0.0]

    x = [0.7, 1.3]
    for order in ("auto", "forward", "reverse", "markowitz", "exact"):
        plan = pyad.jacobian_plan(f, x, order=order)
        # a and b are results and used further: their own rows cost nothing.
        assert plan.vertices == ("v0", "v1")
        np.testing.assert_allclose(np.array(plan.jacobian(x)), sweeps(f, x), rtol=1e-15)
    assert pyad.jacobian_plan(f, x).costs == {"forward": 6, "reverse": 5, "markowitz": 5}


def test_what_is_not_differentiable_is_no_vertex() -> None:
    def f(x: Any) -> Any:
        with pyad.no_grad():
            c = x[0] * x[1]
        return pyad.where(c > pyad.floor(x[0] * 2.0), x[0] * c, x[1])

    x = [0.7, 1.3]
    plan = pyad.jacobian_plan(f, x)
    assert len(plan.vertices) == 1  # the product with c
    np.testing.assert_allclose(np.array(plan.jacobian(x)), sweeps(f, x))


def test_values_from_outside_are_read_again_and_not_differentiated() -> None:
    w = pyad.Value(3.0)
    f = pyad.compile(lambda x: w * x * x)
    assert f.jacobian(2.0, order="auto") == 12.0
    w.data = 5.0
    assert f.jacobian(2.0, order="auto") == 20.0


def test_equal_functions_of_functions() -> None:
    """The Jacobian's program is one of the op table: no number is computed in another way."""
    f = replay("RobotArm_6DOF")
    plan = pyad.jacobian_plan(f, POINTS["RobotArm_6DOF"])
    assert sum(plan.operations.values()) == int(plan.program().split(" steps")[0].split()[-1])
    # Six angles: whatever is done with their sines and cosines, each is computed once.
    assert plan.operations["sin"] == plan.operations["cos"] == 6
    assert plan.operations["mul"] <= plan.cost + 50


def test_masked_branches_give_no_nan() -> None:
    f = lambda x: pyad.where(x > 0.0, pyad.sqrt(x), 0.0 * x)  # noqa: E731
    assert pyad.jacobian(f, 4.0) == 0.25
    assert pyad.jacobian(f, -4.0) == 0.0
    masks = [
        lambda x: pyad.sqrt(pyad.relu(2 * x)),
        lambda x: pyad.sqrt(pyad.maximum(x * x * x, 0.0)),
        lambda x: pyad.sqrt(pyad.clamp(x * x * x, 0.0, 1.0)),
        lambda x: pyad.sqrt(-pyad.minimum(x * x, 0.0)),
        lambda x: pyad.sqrt(pyad.where(x > 0, x * x * x, 0.0)),
    ]
    for f in masks:
        for order in ("auto", "forward", "reverse", "markowitz", "exact"):
            assert pyad.jacobian(f, -1.0, order=order) == 0.0
    clipped = lambda x: pyad.relu(pyad.log(x)) * 3.0  # noqa: E731
    assert pyad.jacobian(clipped, 0.0) == 0.0


# ---- the plan as an object


def test_the_graph_is_drawn_while_it_is_eliminated() -> None:
    plan = pyad.jacobian_plan(lambda x: [pyad.sin(x[0] * x[1]), x[0] * x[1]], [1.0, 2.0])
    sources = [plan.draw(after=k).source for k in range(len(plan.order) + 1)]
    assert all(name in sources[0] for name in plan.vertices)
    for k, gone in enumerate(plan.order):
        assert f"{gone} = " in sources[k]
        assert f"{gone} = " not in sources[k + 1]
    assert plan.draw(after=-1).source == sources[-2]
    with pytest.raises(IndexError, match="draw: the order has 1 eliminations, got after=2"):
        plan.draw(after=2)


def test_into_writes_the_matrix() -> None:
    f = replay("RobotArm_6DOF")
    x = np.array(POINTS["RobotArm_6DOF"])
    plan = pyad.jacobian_plan(f, x)
    out = np.full((6, 6), np.nan)
    plan.into(out, x)
    np.testing.assert_array_equal(out, np.array(plan.jacobian(x)))
    with pytest.raises(ValueError, match="out"):
        plan.into(np.empty((5, 6)), x)
    with pytest.raises(TypeError, match="out"):
        plan.into(np.empty((6, 6), np.float32), x)
    with pytest.raises(ValueError, match="another nesting, shape or constants"):
        plan.into(out, np.ones(5))


def test_compiled_functions_keep_their_plans() -> None:
    calls = []

    @pyad.compile
    def f(x: Any) -> Any:
        calls.append(1)
        return np.sin(x) * x

    assert f.jacobian(1.0, order="auto") == pytest.approx(np.sin(1.0) + np.cos(1.0))
    assert f.jacobian(2.0, order="auto") == pytest.approx(np.sin(2.0) + 2 * np.cos(2.0))
    assert len(calls) == 1
    f.jacobian(2.0, order="reverse")
    f.jacobian(np.ones(2), order="auto")
    assert len(calls) == 3
    f.jacobian(3.0, order="auto")
    assert len(calls) == 3


def test_numbers_of_the_function_that_are_rebound_lead_to_a_new_plan() -> None:
    scale = 2.0
    f = pyad.compile(lambda x: x * x * scale)
    assert f.jacobian(3.0, order="auto") == 12.0
    scale = 5.0
    assert f.jacobian(3.0, order="auto") == 30.0


def test_large_graphs_are_planned_without_a_search() -> None:
    def f(x: Any) -> Any:
        y = x[0]
        for i in range(3000):
            y = y * x[i % 4] + pyad.sin(y)
        return [y * 1e-3, y * y]

    x = [0.3, 0.5, 0.2, 0.9]
    plan = pyad.jacobian_plan(f, x)
    assert plan.cost <= min(plan.costs.values())
    np.testing.assert_allclose(np.array(plan.jacobian(x)), sweeps(f, x), rtol=1e-10)


# ---- bad input


def test_orders_that_are_none() -> None:
    f = lambda x: pyad.sin(pyad.exp(x[0] * x[1]))  # noqa: E731
    x = [0.5, 1.5]
    plan = pyad.jacobian_plan(f, x)
    assert plan.vertices == ("v0", "v1")
    with pytest.raises(ValueError, match="unknown order 'best'; expected one of 'auto', 'forward'"):
        pyad.jacobian(f, x, order="best")
    bad: list[tuple[Any, str]] = [
        (["v0"], "no permutation of plan.vertices .* leaves out 'v1'"),
        (["v0", "v1", "v1"], "no permutation of plan.vertices .* it repeats 'v1'"),
        (["v0", "v7"], "leaves out 'v1' and has the foreign name 'v7'"),
        (["v0", "v1", "v7"], "has the foreign name 'v7'"),
        (["v0", 1], "names 1, which is no vertex"),
        ([("v0", "v1", "end")], "leaves vertex 'v0' in its place; every vertex"),
        ([("v0", "v1")], "an edge in order is"),
        ([("x0", "v2", "start"), "v0", "v1"], "cannot go there"),
        ([("x0", "v1", "end"), "v0", "v1"], "cannot go there"),
        ([("v9", "v1", "end"), "v0", "v1"], "no vertex"),
    ]
    for order, message in bad:
        with pytest.raises(ValueError, match=message):
            pyad.jacobian_plan(f, x, order=order)
    for order in (None, 3, {"v0", "v1"}, iter(["v0", "v1"])):
        with pytest.raises(TypeError, match=r"order must be one of .* or a list or tuple"):
            pyad.jacobian_plan(f, x, order=order)
        if order is not None:
            with pytest.raises(TypeError, match=r"order must be one of .* or a list or tuple"):
                pyad.jacobian(f, x, order=order)
    for wrong in (-1, 1.5, "a", 2**70, None, True):
        for name in ("budget", "seed"):
            if wrong is None and name == "budget":
                continue
            with pytest.raises(ValueError, match=f"{name} .* must be an integer from 0"):
                pyad.jacobian_plan(f, x, **{name: wrong})
    assert pyad.jacobian_plan(f, x, order=plan).order == plan.order
    with pytest.raises(ValueError, match="made for another graph"):
        pyad.jacobian_plan(lambda x: x[0] * x[1], x, order=plan)
    with pytest.raises(ValueError, match='order="exact" tries all sets'):
        pyad.jacobian_plan(replay("RoeFlux_1d"), POINTS["RoeFlux_1d"], order="exact")


def test_functions_that_changed_between_plan_and_use() -> None:
    layers = [1.0]

    def f(x: Any) -> Any:
        y = x
        for w in layers:
            y = pyad.sin(y) * w
        return y * x

    plan = pyad.jacobian_plan(f, 0.5)
    layers.append(2.0)
    with pytest.raises(ValueError, match=r"no permutation of plan\.vertices"):
        pyad.jacobian(f, 0.5, order=plan.order)
    with pytest.raises(ValueError, match="another graph here than when the plan was made"):
        pyad.jacobian(f, 0.5, order=plan)
    layers.pop()
    compiled = pyad.compile(f)
    assert compiled.jacobian(0.5, order=plan) == compiled.jacobian(0.5)
    layers.append(2.0)
    with pytest.raises(ValueError, match="another graph here than when the plan was made"):
        compiled.jacobian(0.5, order=plan)
    layers.pop()
    assert pyad.jacobian(f, 0.5, order=plan) == pyad.compile(f).jacobian(0.5)
    with pytest.raises(ValueError, match="another nesting, shape or constants"):
        plan.jacobian(np.ones(2))


def test_zeros_of_the_function_hide_no_nan() -> None:
    f = lambda x: pyad.where(x > 0, 2.0, 0.0) * x * float("nan")  # noqa: E731
    g = lambda x: pyad.where(x > 0, x, 0.0) * pyad.log(x)  # noqa: E731
    for order in ("auto", "forward", "reverse"):
        assert np.isnan(pyad.jacobian(f, -1.0, order=order))
        assert np.isnan(pyad.jacobian(g, 0.0, order=order))


def test_deep_nests_of_choices_stay_linear() -> None:
    def nest(n: int, step: Callable[[Any, int, Any], Any]) -> Callable[[Any], Any]:
        def f(x: Any) -> Any:
            y = x * 1.0
            for i in range(n):
                y = step(y, i, x)
            return pyad.sin(y * x)

        return f

    steps = [
        lambda y, i, x: pyad.maximum(y * 0.99, 0.1),
        lambda y, i, x: pyad.relu(y * 0.9 + 0.1),
        lambda y, i, x: pyad.where(x > float(i), y, 1.0),
        lambda y, i, x: pyad.clamp(y * 1.01, -1.0, 1.0),
    ]
    for step in steps:
        sizes = []
        for n in (100, 200):
            plan = pyad.jacobian_plan(nest(n, step), 0.5, order="reverse")
            sizes.append(sum(plan.operations.values()))
            assert plan.jacobian(0.5) == pytest.approx(pyad.compile(nest(n, step)).jacobian(0.5))
        assert sizes[1] < 2.2 * sizes[0]

    def deep(x: Any) -> Any:
        y = pyad.where(x > 0.0, pyad.floor(x) + 2.0, 0.0)
        for i in range(100_000):
            y = pyad.where(x > float(i), y, 1.0)
        return pyad.sin(y * x)

    assert pyad.jacobian(deep, 1.5, order="reverse") == pytest.approx(np.cos(1.5))


def test_programs_run_the_edges_of_an_order() -> None:
    def lion(x: Any) -> list[Any]:
        a = pyad.hypot(x[0], x[1])
        b = pyad.sin(a)
        return [pyad.exp(b), pyad.cos(b), pyad.square(b), b * a]

    x = [0.5, 0.7]
    vertices = pyad.jacobian_plan(lion, x, order="exact")
    edges = pyad.jacobian_plan(lion, x, order=[("v1", "v5", "start"), "v0", "v1"])
    assert (vertices.cost, edges.cost) == (12, 11)
    own = 1  # the function's own product
    assert edges.operations["mul"] - own == 11
    assert pyad.jacobian_plan(lion, x).operations["mul"] - own <= 11
    np.testing.assert_allclose(np.array(edges.jacobian(x)), sweeps(lion, x), rtol=1e-14)


def test_many_inputs_are_planned_in_little_memory() -> None:
    f = lambda x: pyad.sin(x[0] * x[1]) * x[2] + pyad.exp(x[0]) * x[1]  # noqa: E731
    plan = pyad.jacobian_plan(f, np.ones(20_000))
    assert plan.cost <= min(plan.costs.values())


def test_sweeps_take_what_they_took() -> None:
    """Without an order: constants of any kind, results without numbers, an argument `order`."""
    f = pyad.compile(lambda x, t: x * float(t.sum()), static_argnums=1)
    assert f.jacobian(2.0, pyad.ones(3)) == (3.0, None)
    assert pyad.compile(lambda x: None).jacobian(1.0) is None
    assert pyad.compile(lambda x: x * 2).jacobian(np.empty(0)).shape == (0, 0)
    g = pyad.compile(lambda x, order: x * order)
    assert g.jacobian(2.0, order=3.0) == (3.0, 2.0)
    assert pyad.jacobian(lambda x, order: x * order, 2.0, 3.0, order="reverse") == (3.0, 2.0)


def test_plans_are_of_one_function() -> None:
    """Equal graphs with another result, or with other Values from outside, are not the plan's."""
    a, b = pyad.Value(2.0), pyad.Value(5.0)
    plan = pyad.jacobian_plan(lambda x: x * b + x * x * a, 1.0)
    for other in (lambda x: x * a + x * x * b, lambda x: [x * b + x * x * a]):
        with pytest.raises(ValueError, match="another graph"):
            pyad.jacobian(other, 1.0, order=plan)
    w = pyad.Value(2.0)
    compiled = pyad.compile(lambda x: x * x * w)
    plan = pyad.jacobian_plan(compiled, 2.0)
    assert compiled.jacobian(2.0, order=plan) == 8.0
    w = pyad.Value(7.0)
    with pytest.raises(ValueError, match="another graph"):
        compiled.jacobian(2.0, order=plan)


def test_plans_where_they_do_not_belong() -> None:
    plan = pyad.jacobian_plan(lambda x: x * x, 2.0)
    for f in (
        lambda x: x * plan.jacobian(2.0),
        lambda x: x * pyad.compile(lambda y: y * y).jacobian(2.0, order="auto"),
    ):
        with pytest.raises(RuntimeError, match="inside a captured function are not captured yet"):
            pyad.compile(f)(3.0)
    with pytest.raises(TypeError, match="not Values"):
        plan.jacobian([pyad.Value(1.0)])
    with pytest.raises(TypeError, match=r"keep plan\.order"):
        pickle.dumps(plan)
    for after in ("x", None, 1.5):
        with pytest.raises(TypeError, match="after must be an integer"):
            plan.draw(after=after)
    for name in ("exact", "edges"):
        with pytest.raises(TypeError, match=f"{name} must be True or False"):
            pyad.jacobian_plan(lambda x: x * x, 2.0, **{name: "auto"})
    f = lambda x: [pyad.sin(x[0] * x[1]) * x[0], pyad.exp(x[1] * x[0])]  # noqa: E731
    for name in ("v4294967296", "v00", "\ud800", "v", ""):
        with pytest.raises(ValueError, match="no vertex"):
            pyad.jacobian_plan(f, [0.5, 1.5], order=[name, ("x0", "v1", "end"), "v1", "v3"])
    compiled = pyad.compile(f)
    compiled.jacobian([0.5, 1.5], order=["v0", "v1", "v3"])
    with pytest.raises(TypeError, match="order must be one of"):
        compiled.jacobian([0.5, 1.5], order=np.array(["v0", "v1"]))


def test_functions_without_numbers_and_tensors() -> None:
    for f in (lambda x: None, lambda x: "text", lambda x: (), lambda x: True):
        for call in (pyad.jacobian, pyad.jacobian_plan):
            with pytest.raises(ValueError, match="returned no number"):
                call(f, 1.0)
    compiled = pyad.compile(lambda x: x)
    plan = pyad.jacobian_plan(compiled, 1.0)
    for nothing in ("a", None, True, []):
        for call in (pyad.jacobian, pyad.jacobian_plan):
            with pytest.raises(TypeError, match="no number among the arguments"):
                call(compiled, nothing)
    for call in (pyad.jacobian, pyad.jacobian_plan):
        with pytest.raises(TypeError, match="expects a function of numbers first, got 'NoneType'"):
            call(None, 1.0)
    for x in (pyad.ones(2), [pyad.ones(2)], {"a": pyad.ones(())}):
        for refuse in (
            lambda x: pyad.jacobian(compiled, x),
            lambda x: pyad.jacobian_plan(compiled, x),
            compiled.jacobian,
            plan.jacobian,
            lambda x: plan.into(np.empty(1), x),
        ):
            with pytest.raises(TypeError, match=r"func\.jacrev or autograd\.functional\.jacobian"):
                refuse(x)
    with pytest.raises(RuntimeError, match="compile: bool"):
        pyad.jacobian(lambda x: x if x > 0 else -x, 1.0)


def test_an_array_of_no_numbers_has_an_empty_jacobian():
    f = pyad.compile(lambda x: [1.0, 2.0, *x])
    for order in (None, "auto", "forward"):
        found = f.jacobian(np.empty(0), order=order)
        assert [row.shape for row in found] == [(0,), (0,)]


class _Scale:
    """A constant of a program, which may hold anything."""

    def __init__(self, factor):
        self.factor = factor
        self.plan = None


def test_a_plan_that_its_own_constant_holds_is_collected():
    scale = _Scale(2.0)
    f = pyad.compile(lambda x, s: x * x * s.factor, static_argnames="s")
    scale.plan = f._plan((3.0, scale), "auto")
    assert scale.plan.jacobian(3.0, scale) == (12.0, None)
    watched = weakref.ref(scale)
    del scale, f
    gc.collect()
    assert watched() is None


def test_into_needs_memory():
    plan = pyad.jacobian_plan(lambda x: x * x, 2.0)
    with pytest.raises(TypeError, match="out must be a float64 array"):
        plan.into(None, 2.0)


@pytest.mark.parametrize("edge", [("v0", "v1", "\ud800"), ("v0", "\ud800", "end"), ("\ud800",)])
def test_names_without_utf8_are_no_vertices(edge):
    with pytest.raises(ValueError, match="jacobian_plan"):
        pyad.jacobian_plan(lambda x: pyad.sin(pyad.exp(x)) * x, 2.0, order=[edge])


def test_the_function_runs_once_a_plan_and_its_program_once_a_call():
    f = pyad.compile(lambda x: x * x)
    f.jacobian(3.0, order="forward")
    ((_, plan),) = f._plans
    calls = []
    plan._program = types.SimpleNamespace(
        call=lambda *args, run=plan._program.call: calls.append(args) or run(*args)
    )
    assert f.jacobian(4.0, order="forward") == 8.0
    assert calls == [(4.0,)]
