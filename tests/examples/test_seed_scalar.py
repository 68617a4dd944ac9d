"""The examples of scalar programs: a trace by operators, and a static graph, in closed form."""

from __future__ import annotations

import importlib.util
import math
import sys
from pathlib import Path

import pytest
import torch

import pyad

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def load(name: str):
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


# ---- tracing


def test_trace() -> None:
    results = load("scalar_trace").main()
    t = math.tanh(2.0)
    want = 2 * (t - 1) * (1 - t * t)
    assert want == pytest.approx(-0.00508, abs=1e-5)
    assert results.by_backward == pytest.approx(want, rel=1e-13)
    assert results.by_paths == pytest.approx(results.by_backward, rel=1e-15)
    assert results.closed_form == pytest.approx(want, rel=1e-15)
    assert results.cost == pytest.approx((t - 1) ** 2 / 2, rel=1e-14)
    assert results.costs[-1] < 1e-12 < results.costs[0]


def test_partials_of_the_trace() -> None:
    partials = load("scalar_trace").main().partials
    t = math.tanh(2.0)
    assert partials["mul"] == [1.0, 2.0]
    assert partials["add"] == [1.0, 1.0]
    assert partials["tanh"] == [pytest.approx(1 - t * t, rel=1e-13)]  # not t * t
    assert partials["sub"] == [1.0, -1.0]
    assert partials["pow"] == [pytest.approx(2 * (t - 1), rel=1e-13)]
    assert partials["div"] == [0.5]


def test_paths_that_meet_again() -> None:
    example = load("scalar_trace")
    x = pyad.Value(1.5)
    y = x
    for _ in range(50):  # 2**50 paths
        y = y + y
    assert example.derivative_by_paths(y, x) == 2.0**50


# ---- the static graph


@pytest.fixture(scope="module")
def static():
    return load("static_graph").main([])


def test_points_of_the_static_graph(static) -> None:
    assert list(static.points) == [10.0, 5.0, 3.0]
    for x, (value, slope) in static.points.items():
        assert value == pytest.approx(2 * math.sin(x**3) ** 2, rel=1e-12)
        assert slope == pytest.approx(12 * x**2 * math.cos(x**3) * math.sin(x**3), rel=1e-12)
        t = torch.tensor(x, dtype=torch.float64, requires_grad=True)
        (torch.pow(torch.sin(torch.pow(t, 3)), 2) * 2).backward()
        assert slope == pytest.approx(t.grad.item(), rel=1e-12)


def test_accumulation_in_the_static_graph(static) -> None:
    slopes = [slope for _, slope in static.points.values()]
    assert static.mean_slope == pytest.approx(sum(slopes) / 3, rel=1e-12)


def test_two_paths_in_the_static_graph(static) -> None:
    inner = 1 + math.sin(2.0)
    dx, dy = static.gradient
    assert dx == pytest.approx(-math.sin(inner) * (3 + math.sin(2.0)), rel=1e-13)
    assert dy == pytest.approx(-math.sin(inner) * math.cos(2.0), rel=1e-13)


def test_drawing_of_the_static_graph(static) -> None:
    lines = static.drawing.splitlines()
    assert lines[0] == "cos  -0.3321  grad 1"
    assert sum("x  1  grad -3.687" in line for line in lines) == 1
    assert sum("↑" in line for line in lines) == 1  # x, by its second path
    assert any("y  2  grad 0.3925" in line for line in lines)


def test_picture_is_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    example = load("static_graph")
    picture = tmp_path / "graph.svg"
    example.main(["--out", str(picture)])
    assert picture.exists() != ("no picture" in capsys.readouterr().out)
