"""A static graph: built once from a Python function, then evaluated and differentiated at will.

Run it as `python examples/static_graph.py`. It differentiates 2 sin²(x³) at three points, adds
gradients up over several points, follows the two paths by which cos((x² + sin y) x) depends on x,
and draws the graph with values and gradients. `--out` names a picture, for which Graphviz is
needed; without Graphviz the drawing is text.
"""

from __future__ import annotations

import argparse
import math
import time
from dataclasses import dataclass
from pathlib import Path

import pyad
from pyad.viz import Drawing


@pyad.compile
def wave(x):
    return 2 * pyad.sin(x**3) ** 2


@pyad.compile
def paths(x, y):
    return pyad.cos((x**2 + pyad.sin(y)) * x)


@dataclass
class Results:
    """What the example found."""

    points: dict[float, tuple[float, float]]  # x: value and derivative of the wave
    mean_slope: float  # of the wave over the points
    gradient: tuple[float, float]  # of `paths` at (1, 2)
    drawing: str
    nanoseconds: float  # of one forward and backward of the wave


def evaluate(xs: list[float]) -> dict[float, tuple[float, float]]:
    """Forward and backward at each point: the same instructions, other numbers."""
    points = {}
    for x in xs:
        value = wave.forward(x)
        slope = wave.backward()
        points[x] = value, slope
        print(f"f({x:4}) = {value:.10f}   df/dx = {slope:16.10f}")
    return points


def mean_slope(xs: list[float]) -> float:
    """Gradients add up until they are set to zero, so the mean needs no list."""
    wave.zero_grad()
    for x in xs:
        wave.forward(x)
        wave.backward(1 / len(xs))
    return wave.grad


def draw(out: Path | None) -> str:
    """The drawing of the last forward, also as a picture where that is asked for."""
    drawing = pyad.viz.draw(paths)
    if out is not None:
        if isinstance(drawing, Drawing):
            print("Graphviz is not installed: no picture")
        else:
            drawing.render(outfile=out, cleanup=True)
    return pyad.viz.text(paths)


def time_of_a_round(rounds: int = 20_000) -> float:
    start = time.perf_counter()
    for _ in range(rounds):
        wave.forward(3.0)
        wave.backward()
    return (time.perf_counter() - start) / rounds * 1e9


def main(arguments: list[str] | None = None) -> Results:
    """Runs the example and returns what it found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, help="where a picture of the graph goes")
    options = parser.parse_args(arguments)

    xs = [10.0, 5.0, 3.0]
    points = evaluate(xs)
    print(f"\nthe program, captured once:\n{wave.program()}\n")
    mean = mean_slope(xs)
    print(f"mean slope over the points: {mean:.10f}")

    value = paths.forward(1.0, 2.0)
    gradient = paths.backward()
    print(f"g(1, 2) = {value:.10f}, dg/dx = {gradient[0]:.10f}, dg/dy = {gradient[1]:.10f}")
    assert math.isclose(gradient[0], -math.sin(1 + math.sin(2)) * (3 + math.sin(2)))

    drawing = draw(options.out)
    print(f"\n{drawing}\n")
    nanoseconds = time_of_a_round()
    print(f"one forward and backward of the wave: {nanoseconds:.0f} ns")
    return Results(points, mean, gradient, drawing, nanoseconds)


if __name__ == "__main__":
    main()
