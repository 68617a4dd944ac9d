"""The examples on nodes, derivatives and regression: closed forms, and PyTorch by the same steps.

Each script runs twice, as it stands and with `torch` in the place of `pyad`; what the two runs
return has to be equal.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch

import pyad

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
# How far numbers may be apart: rounding, as many steps make it grow.
RTOL = {
    "node_graph": 1e-14,
    "small_networks": 1e-9,
    "four_derivatives": 1e-12,
    "saturation": 1e-9,
    "backprop_by_hand": 1e-9,
    "linear_regression": 1e-12,
    "descent": 1e-9,
}
TINY = 1e-12  # distances between two roundings are no numbers to compare


def load(name: str, engine: str = "pyad") -> ModuleType:
    """The script as a module; with another engine, its imports changed and nothing else."""
    path = EXAMPLES / f"{name}.py"
    text = path.read_text(encoding="utf-8")
    if engine != "pyad":
        text = re.sub(r"^import pyad$", f"import {engine} as pyad", text, flags=re.MULTILINE)
        text = re.sub(r"^from pyad", f"from {engine}", text, flags=re.MULTILINE)
    module = ModuleType(name)
    exec(compile(text, str(path), "exec"), module.__dict__)
    return module


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., dict[str, Any]]]:
    """Runs a script in its short form, once for each engine."""
    found: dict[tuple[str, str], dict[str, Any]] = {}

    def run(name: str, engine: str = "pyad") -> dict[str, Any]:
        if (name, engine) not in found:
            arguments = ["--quick"]
            if name != "node_graph":
                arguments += ["--out", str(tmp_path_factory.mktemp(name) / "picture.png")]
            found[name, engine] = load(name, engine).main(arguments)
        return found[name, engine]

    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # steps this small take longer on several
    yield run
    torch.set_num_threads(threads)


def assert_alike(a: Any, b: Any, rtol: float, where: str) -> None:
    if isinstance(a, dict):
        assert list(a) == list(b), where
        for key in a:
            assert_alike(a[key], b[key], rtol, f"{where}, {key}")
    elif isinstance(a, (list, tuple)):
        assert len(a) == len(b), where
        for i, pair in enumerate(zip(a, b)):
            assert_alike(*pair, rtol, f"{where}, {i}")
    elif isinstance(a, float):
        assert a == pytest.approx(b, rel=rtol, abs=TINY, nan_ok=True), where
    elif isinstance(a, str):
        assert a == b.removeprefix("torch::autograd::"), where
    else:
        assert a == b, where


@pytest.mark.parametrize("name", RTOL)
def test_same_as_pytorch(name: str, run) -> None:
    mine, its = dict(run(name)), dict(run(name, "torch"))
    if name == "saturation":  # slopes near 1, where PyTorch loses digits: see below
        mine, its = ({**found, "slopes": found["slopes"][:3]} for found in (mine, its))
    assert_alike(mine, its, RTOL[name], name)


# ---- nodes


def test_nodes_in_closed_form(run) -> None:
    found = run("node_graph")
    x1, x2 = 2.0, 3.0
    sine, cosine = math.sin(x1), math.cos(x1)
    assert found["values"] == pytest.approx([x1, x2, x1 * x2, sine, x1 * x2 + sine], rel=1e-15)
    by_x1, by_x2 = found["forward"]
    assert by_x1 == pytest.approx([1, 0, x2, cosine, x2 + cosine], rel=1e-15)
    assert by_x2 == pytest.approx([0, 1, x1, 0, x1], rel=1e-15)
    assert found["reverse"] == pytest.approx([x2 + cosine, x1, 1, 1, 1], rel=1e-15)
    assert found["own"] == pytest.approx([x2 + cosine, x1], rel=1e-15)
    assert found["second"] == pytest.approx(-sine, rel=1e-15)


def test_nodes_refuse_a_vector_without_weights(run) -> None:
    found = run("node_graph")
    assert found["refused"]
    assert found["vector"] == [2 * 2.0 * 1, 2 * 3.0 * 10]


def test_jacobian_by_columns_and_by_rows(run) -> None:
    columns, rows = run("node_graph")["jacobians"]
    want = [[3.0, 2.0], [math.cos(2.0), 0.0], [0.0, math.exp(3.0)]]
    for found in (columns, rows):
        np.testing.assert_allclose(found, want, rtol=1e-15)


def test_children_come_first() -> None:
    script = load("node_graph")
    x = pyad.tensor(1.0, requires_grad=True)
    y = x
    for _ in range(60):  # 2**60 paths, and deeper than a naive walk ends
        y = y * y
    order = script.topological_order(y)
    assert len(order) == 61
    seen: set[Any] = set()
    for node in order:
        assert all(child in seen for child, _ in node.next_functions)
        seen.add(node)


def test_own_operations_have_right_gradients() -> None:
    script = load("node_graph")
    check = pyad.autograd.gradcheck
    assert check(script.Multiply.apply, script.inputs(), check_forward_ad=True)
    assert check(script.Sine.apply, script.inputs()[:1], check_forward_ad=True)
    assert pyad.autograd.gradgradcheck(script.Multiply.apply, script.inputs())


# ---- networks made of nodes


def test_small_networks_learn(run) -> None:
    found = run("small_networks")
    assert found["regression"][-1] < 0.02 < 0.5 < found["regression"][0]
    assert found["classification"][-1] < 0.01 < 0.5 < found["classification"][0]
    assert found["right"] >= 0.99


def test_cross_entropy_of_the_small_network() -> None:
    logits = pyad.randn(5, 3, dtype=pyad.float64)
    labels = pyad.tensor([0, 2, 1, 1, 0])
    want = pyad.nn.functional.cross_entropy(logits, labels).item()
    assert load("small_networks").cross_entropy(logits, labels).item() == pytest.approx(want)


# ---- derivatives four ways


def test_four_ways(run) -> None:
    ways = run("four_derivatives")["ways"]
    want = 6 * 0.7 + 2 * math.exp(1.4)
    assert ways.pop("by differences") == pytest.approx(want, rel=1e-9)
    assert ways == {way: pytest.approx(want, rel=1e-15) for way in ways}
    assert 1e-7 < run("four_derivatives")["best step"] < 1e-4  # cube root of the rounding


def test_four_ways_without_sympy(monkeypatch: pytest.MonkeyPatch) -> None:
    script = load("four_derivatives")
    monkeypatch.setattr(script, "sympy", None)
    formula, value = script.by_formulas(0.7)
    assert "not installed" in formula
    assert value == script.by_hand(0.7)


def test_both_modes_of_the_product(run) -> None:
    modes = run("four_derivatives")["modes"]
    assert modes == {"forward": [2.0, 1.0, 14.0], "reverse": [12.0, 14.0, 4.0, 6.0]}


def test_own_gradients(run) -> None:
    own = run("four_derivatives")["own"]
    assert own["stable"] == [0.0, 0.5, 1.0]
    assert math.isnan(own["naive"][2])
    assert own["rounded"] == [3.0, -2.0]


def test_jacobian_and_hessian(run) -> None:
    tables = run("four_derivatives")["tables"]
    r, angle = 2.0, math.pi / 6
    sine, cosine = math.sin(angle), math.cos(angle)
    jacobian = np.array([[cosine, -r * sine], [sine, r * cosine]])
    x, y = -1.0, 2.0
    hessian = np.array([[2 - 400 * (y - x**2) + 800 * x**2, -400 * x], [-400 * x, 200]])
    v = np.array([1.0, 0.5])
    np.testing.assert_allclose(tables["jacobian"], jacobian, rtol=1e-14)
    np.testing.assert_allclose(tables["hessian"], hessian, rtol=1e-14)
    np.testing.assert_allclose(tables["jvp"], jacobian @ v, rtol=1e-14)
    np.testing.assert_allclose(tables["vjp"], jacobian.T @ v, rtol=1e-14)
    np.testing.assert_allclose(tables["hvp"], hessian @ v, rtol=1e-14)


# ---- saturation


def test_slopes_run_out_of_float32(run) -> None:
    slopes = run("saturation")["slopes"]
    for x, slope in zip([0.0, 2.0, 5.0, 10.0, 20.0, -20.0, -80.0], slopes):
        e = math.exp(-abs(x))
        assert slope == pytest.approx(e / (1 + e) ** 2, rel=1e-5)
    assert slopes[7] == 0.0
    its = run("saturation", "torch")["slopes"]
    assert its[3] == pytest.approx(slopes[3], rel=2e-3)  # 1 - s has few digits left there
    assert its[4] == 0.0  # and rounds to nothing


def test_normalisation_lets_gradients_through(run) -> None:
    without, normalised = run("saturation")["seen"].values()
    assert without["saturated"] > 0.8
    assert normalised["saturated"] < 0.01
    assert normalised["norms"][0] > 10 * without["norms"][0]
    assert normalised["losses"][-1] < 0.53 < 0.6 < without["losses"][-1]


# ---- backpropagation by hand


def test_derivation_by_hand(run) -> None:
    found = run("backprop_by_hand")
    assert len(found["before"]) == 21 + 7
    for apart in (found["before"], found["after"]):
        for name, (size, distance) in apart.items():
            assert distance < 1e-14, name
            # Subtracting the maximum, and a bias in front of a normalisation, have no effect.
            assert (size < 1e-14) == (name in {"maxes", "b1"}), name
    assert found["losses"][0] > 3.0
    assert found["loss"] < 2.6


@pytest.mark.parametrize("name", ["probs", "counts", "logits", "var", "diff", "hprebn", "C"])
def test_a_wrong_derivation_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    script = load("backprop_by_hand")
    right = script.by_hand

    def wrong(*args):
        found = right(*args)
        return found | {name: 1.001 * found[name]}

    monkeypatch.setattr(script, "by_hand", wrong)
    p = script.make_parameters()
    x, y = script.examples(script.names()[:10])
    apart = script.compare(p, x, y)
    assert {n for n, (_, distance) in apart.items() if distance > 1e-12} == {name}


def test_forward_in_steps_is_what_the_functions_compute() -> None:
    script = load("backprop_by_hand")
    p = script.make_parameters()
    x, y = script.examples(script.names()[:20])
    loss, v = script.forward(p, x, y)
    functional = pyad.nn.functional
    normalised = functional.batch_norm(
        v["hprebn"], None, None, p["gain"][0], p["bias"][0], training=True, eps=1e-5
    )
    n = len(x)  # batch_norm divides by n, the example by n - 1
    want = v["hpreact"] - p["bias"]
    found = (normalised - p["bias"]) * math.sqrt((n - 1) / n)
    np.testing.assert_allclose(found.detach().numpy(), want.detach().numpy(), rtol=1e-3)
    assert loss.item() == pytest.approx(functional.cross_entropy(v["logits"], y).item(), rel=1e-13)


# ---- linear regression


def test_descent_on_a_plane_in_closed_form() -> None:
    """On a quadratic, every epoch multiplies the distance to the optimum by 1 - rate H."""
    script = load("linear_regression")
    pyad.manual_seed(3)
    x, y = script.observe(30)
    start = (pyad.rand(2, dtype=pyad.float64), pyad.rand(1, dtype=pyad.float64))
    columns = np.concatenate([x.numpy(), np.ones((30, 1))], axis=1)
    step = np.eye(3) - script.RATE * 2 * columns.T @ columns
    optimum = np.array([2.0, -3.0, 1.0])
    apart = np.concatenate([t.numpy() for t in start]) - optimum
    losses = []
    for _ in range(10):
        losses.append(((columns @ apart) ** 2).sum())
        apart = step @ apart
    for name, way in script.WAYS.items():
        found = way(x, y, start, script.RATE, 10)
        assert found["losses"] == pytest.approx(losses, rel=1e-12), name
        assert found["w"] + found["b"] == pytest.approx(list(optimum + apart), rel=1e-12), name
    longest = script.longest_rate(x, y)
    assert longest == pytest.approx(2 / np.linalg.eigvalsh(2 * columns.T @ columns)[-1], rel=1e-12)


def test_300_points(run) -> None:
    found = run("linear_regression")
    exploding, converging = found["many"].values()
    assert found["longest"] < 0.01
    assert exploding["losses"][-1] > 1e6 * exploding["losses"][0]
    assert converging["w"] + converging["b"] == pytest.approx([2.0, -3.0, 1.0], abs=1e-6)


# ---- higher derivatives and descent


def test_higher_derivatives(run) -> None:
    found = run("descent")
    assert found["cube"] == [8.0, 12.0, 12.0, 6.0, 0.0]
    # exp(-x²) cos 3x is the real part of exp(2tx - x²) at t = 3i/2, which generates Hermite's
    # polynomials of t.
    hermite = [np.polynomial.hermite.hermval(1.5j, [0] * k + [1]).real for k in range(9)]
    assert found["taylor"] == pytest.approx(hermite, rel=1e-13, abs=1e-9)


def test_rolling_down(run) -> None:
    places = run("descent")["places"]
    assert places == pytest.approx([3 * 0.8**k for k in range(101)], rel=1e-13)


def test_dense_network_learns(run) -> None:
    found = run("descent")
    assert found["rule"][-1] < 0.1 < 1 < found["rule"][0]
    assert found["noise"][-1] < found["noise"][0]
