"""Tracing a scalar program: every number remembers which numbers it came from, and how steeply.

Run it as `python examples/scalar_trace.py`. A weighted sum goes through tanh into a squared error;
operators and functions of `pyad.Value` write down the graph while they compute. The example prints
it, multiplies the partial derivatives along every path by hand, compares with `backward`, and takes
a few steps down the gradient.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import pyad
from pyad import Value


def weighted_sum(x: Value, weight: Value, bias: Value) -> Value:
    return x * weight + bias


def activation(a: Value) -> Value:
    return pyad.tanh(a)


def cost(predicted: Value, actual: Value) -> Value:
    return (predicted - actual) ** 2 / 2


@dataclass
class Results:
    """What the example found."""

    cost: float
    by_paths: float  # the derivative by the weight, multiplied out along the paths
    by_backward: float
    closed_form: float
    partials: dict[str, list[float]]  # op of each number: its partials by what it came from
    costs: list[float]  # while descending


def derivative_by_paths(y: Value, x: Value) -> float:
    """The chain rule as it stands: the sum over paths from `y` to `x` of products of partials.

    Values come in the order in which they were made, so one pass from `y` down sees each number
    only after everything that was computed from it.
    """
    total = {y: 1.0}
    for v in reversed(in_order(y)):
        for parent, partial in v.parents:
            total[parent] = total.get(parent, 0.0) + total[v] * partial
    return total.get(x, 0.0)


def in_order(y: Value) -> list[Value]:
    """`y` and all it was computed from, each after its parents."""
    found: dict[Value, None] = {}
    stack = [(y, False)]
    while stack:
        v, parents_done = stack.pop()
        if parents_done:
            found[v] = None
        elif v not in found:
            stack.append((v, True))
            stack.extend((parent, False) for parent, _ in v.parents)
    return list(found)


def descend(steps: int, rate: float) -> list[float]:
    """Fits the weight and the bias; the gradients are reset by making new Values."""
    weight, bias, costs = 1.0, 0.0, []
    for _ in range(steps):
        w, b = Value(weight), Value(bias)
        j = cost(activation(weighted_sum(Value(2.0), w, b)), Value(0.5))
        j.backward()
        weight, bias = weight - rate * w.grad, bias - rate * b.grad
        costs.append(j.data)
    return costs


def main() -> Results:
    """Runs the example and returns what it found."""
    x, w, b = Value(2.0, label="x"), Value(1.0, label="w"), Value(0.0, label="b")
    actual = Value(1.0, label="actual")
    j = cost(activation(weighted_sum(x, w, b)), actual)

    by_paths = derivative_by_paths(j, w)
    j.backward()
    t = math.tanh(2.0)
    closed_form = 2 * (t - 1) * (1 - t**2)
    print(pyad.viz.text(j))
    print(f"\ndJ/dw along the paths: {by_paths:.10f}")
    print(f"dJ/dw by backward:     {w.grad:.10f}")
    print(f"2 (t - 1) (1 - t²):    {closed_form:.10f}   with t = tanh 2")

    partials = {v.op: [partial for _, partial in v.parents] for v in in_order(j) if v.parents}
    costs = descend(200, rate=0.5)
    print(f"cost while descending: {costs[0]:.4f} -> {costs[-1]:.2e}")
    return Results(j.data, by_paths, w.grad, closed_form, partials, costs)


if __name__ == "__main__":
    main()
