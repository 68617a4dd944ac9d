"""Programs made of single numbers: micrograd's demo, and a chain that is only built and swept.

Every peer runs the same Python text with its own number type, so that what differs is the type. The
demo is a classifier of two interleaved half circles with a hinge loss; the chain is multiplications
and additions alone, one node each in every library.
"""

from __future__ import annotations

import functools
import importlib
import itertools
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.case import PYAD, Arrays, Candidate, Case, Target, Tolerance, per_call, ratio

FAMILY = "Scalars"

Number = Callable[[float], Any]


def _number_type(name: str) -> Number:
    number: Number = importlib.import_module(PYAD if name == PYAD else "micrograd.engine").Value
    return number


# ---- micrograd's demo

WIDTHS = (2, 16, 16, 1)
PENALTY = 1e-4


@dataclass(frozen=True)
class Moons:
    """Points (100, 2), labels ±1 (100,), and layers of weights (out, in) and biases (out,)."""

    points: np.ndarray
    labels: np.ndarray
    layers: list[tuple[np.ndarray, np.ndarray]]

    def parameters(self) -> list[float]:
        """Every neuron's weights and bias, neuron after neuron."""
        return [
            float(p)
            for weights, biases in self.layers
            for row, bias in zip(weights, biases, strict=True)
            for p in (*row, bias)
        ]


def _moons() -> Moons:
    rng = np.random.default_rng(100)
    angle = rng.uniform(0, np.pi, 100)
    side = np.arange(100) % 2
    upper = np.stack([np.cos(angle), np.sin(angle)], 1)
    lower = np.stack([1 - np.cos(angle), 0.5 - np.sin(angle)], 1)
    points = np.where(side[:, None] == 0, upper, lower) + 0.1 * rng.standard_normal((100, 2))
    layers = [(rng.uniform(-1, 1, (n, k)), np.zeros(n)) for k, n in itertools.pairwise(WIDTHS)]
    return Moons(points, 2.0 * side - 1, layers)


def _moons_reference(moons: Moons) -> Arrays:
    hidden = [moons.points]
    for i, (w, b) in enumerate(moons.layers):
        z = hidden[-1] @ w.T + b
        hidden.append(z if i == len(moons.layers) - 1 else np.maximum(z, 0))
    labels = moons.labels[:, None]
    margin = 1 - labels * hidden[-1]
    flat = np.array(moons.parameters())
    loss = np.maximum(margin, 0).mean() + PENALTY * (flat @ flat)
    dz = -labels * (margin > 0) / len(labels)
    rows: list[np.ndarray] = []
    for i in range(len(moons.layers) - 1, -1, -1):
        w, b = moons.layers[i]
        dw = dz.T @ hidden[i] + 2 * PENALTY * w
        db = dz.sum(0) + 2 * PENALTY * b
        rows.insert(0, np.concatenate([dw, db[:, None]], 1).ravel())
        dz = (dz @ w) * (hidden[i] > 0)
    return {"loss": np.array(loss), "gradient": np.concatenate(rows)}


def _moons_loss(number: Number, relu: Callable[[Any], Any], moons: Moons, flat: list[Any]) -> Any:
    """The demo's loss, a number at a time: `flat` holds the parameters in the library's type."""
    layers: list[list[tuple[list[Any], Any]]] = []
    start = 0
    for k, n in itertools.pairwise(WIDTHS):
        layer = []
        for _ in range(n):
            layer.append((flat[start : start + k], flat[start + k]))
            start += k + 1
        layers.append(layer)
    losses = []
    for point, label in zip(moons.points.tolist(), moons.labels.tolist(), strict=True):
        values: list[Any] = [number(x) for x in point]
        for layer in layers[:-1]:
            values = [_neuron(weights, bias, values, relu) for weights, bias in layer]
        weights, bias = layers[-1][0]
        losses.append(relu(1.0 - label * _neuron(weights, bias, values)))
    return sum(losses) * (1.0 / len(losses)) + PENALTY * sum(p * p for p in flat)


def _neuron(
    weights: Sequence[Any],
    bias: Any,
    values: Iterable[Any],
    relu: Callable[[Any], Any] | None = None,
) -> Any:
    total = sum((w * v for w, v in zip(weights, values, strict=True)), bias)
    return total if relu is None else relu(total)


def _twice(step: Callable[[], Arrays]) -> Callable[[], Arrays]:
    """Answers from a second run: a gradient that was not put back to zero would show."""

    def result() -> Arrays:
        step()
        return step()

    return result


def _moons_value(name: str, moons: Moons) -> Candidate:
    number = _number_type(name)
    flat = [number(p) for p in moons.parameters()]

    def step() -> Any:
        for p in flat:
            p.grad = 0.0
        loss = _moons_loss(number, lambda v: v.relu(), moons, flat)
        loss.backward()
        return loss

    def answers() -> Arrays:
        loss = step()
        return {"loss": np.array(loss.data), "gradient": np.array([p.grad for p in flat])}

    return Candidate(per_call(step), _twice(answers))


def _moons_xad(moons: Moons) -> Candidate:
    from xad.adj_1st import Real, Tape

    tape = Tape()
    flat = [Real(p) for p in moons.parameters()]
    for p in flat:
        tape.registerInput(p)

    def relu(v: Any) -> Any:
        # Its cheapest spelling: no node, and a plain zero below the kink.
        return v if v > 0.0 else 0.0

    def step() -> Any:
        with tape:
            tape.newRecording()
            loss = _moons_loss(Real, relu, moons, flat)
            tape.registerOutput(loss)
            loss.setDerivative(1.0)
            tape.computeAdjoints()
            gradient = [p.getDerivative() for p in flat]
        return loss, gradient

    def answers() -> Arrays:
        loss, gradient = step()
        return {"loss": np.array(loss.getValue()), "gradient": np.array(gradient)}

    return Candidate(per_call(step), _twice(answers))


def _moons_torch(moons: Moons) -> Candidate:
    import torch

    number = functools.partial(torch.tensor, dtype=torch.float64)
    flat: list[Any] = [number(p, requires_grad=True) for p in moons.parameters()]

    def step() -> Any:
        for p in flat:
            p.grad = None
        loss = _moons_loss(number, torch.relu, moons, flat)
        loss.backward()
        return loss

    def answers() -> Arrays:
        loss = step()
        gradient = np.array([p.grad.item() for p in flat])
        return {"loss": np.array(loss.item()), "gradient": gradient}

    return Candidate(per_call(step), _twice(answers))


# ---- a chain of multiplications and additions, built and differentiated

ROUNDS = 1000
OPS = 4 * ROUNDS
LEAVES = (0.5, 0.9, 0.8)

# Many, so that the pages in which memory is handed out do not show.
_MANY_NODES = 4_000_000
_STATM = Path("/proc/self/statm")


def _chain(x: Any, a: Any, b: Any) -> Any:
    """OPS operations in a row, bounded for the leaves given: one node each everywhere."""
    y = x
    for _ in range(ROUNDS):
        y = (y * a + x) * b + a
    return y


def _chain_reference(leaves: tuple[float, float, float]) -> Arrays:
    x, a, b = leaves
    y, dy = x, np.array([1.0, 0.0, 0.0])
    dx, da, db = np.eye(3)
    for _ in range(ROUNDS):
        u, du = y * a + x, dy * a + y * da + dx
        y, dy = u * b + a, du * b + u * db + da
    return {"value": np.array(y), "gradient": dy}


def _resident() -> int:
    return int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _node_bytes() -> dict[str, float]:
    """What a node of pyad takes, by the growth of the process rather than by its own account."""
    live_values = importlib.import_module("pyad._core").live_values
    y = a = _number_type(PYAD)(1.0)
    nodes, size = live_values(), _resident()
    for _ in range(_MANY_NODES):
        y = y * a
    grown, made = _resident() - size, live_values() - nodes
    if made != _MANY_NODES:
        raise RuntimeError(f"{_MANY_NODES} products are {made} nodes, not one each")
    return {"bytes per node": grown / made}


def _chain_value(name: str, leaves: tuple[float, float, float]) -> Candidate:
    number = _number_type(name)
    if name != PYAD:
        # Its topological sort is recursive, one Python frame a node.
        sys.setrecursionlimit(max(sys.getrecursionlimit(), 2 * OPS + 1000))

    def step() -> Any:
        x, a, b = (number(leaf) for leaf in leaves)
        y = _chain(x, a, b)
        y.backward()
        return y, x, a, b

    def answers() -> Arrays:
        y, *inputs = step()
        return {"value": np.array(y.data), "gradient": np.array([p.grad for p in inputs])}

    figures = _node_bytes if name == PYAD and _STATM.exists() else None
    return Candidate(per_call(step), _twice(answers), figures=figures)


def _chain_xad(leaves: tuple[float, float, float]) -> Candidate:
    from xad.adj_1st import Real, Tape

    tape = Tape()
    inputs = [Real(leaf) for leaf in leaves]
    for p in inputs:
        tape.registerInput(p)

    def step() -> Any:
        with tape:
            tape.newRecording()
            y = _chain(*inputs)
            tape.registerOutput(y)
            y.setDerivative(1.0)
            tape.computeAdjoints()
            gradient = [p.getDerivative() for p in inputs]
        return y, gradient

    def answers() -> Arrays:
        y, gradient = step()
        return {"value": np.array(y.getValue()), "gradient": np.array(gradient)}

    return Candidate(per_call(step), _twice(answers))


def _chain_torch(leaves: tuple[float, float, float]) -> Candidate:
    import torch

    def step() -> Any:
        x, a, b = (torch.tensor(p, dtype=torch.float64, requires_grad=True) for p in leaves)
        y = _chain(x, a, b)
        y.backward()
        return y, x, a, b

    def answers() -> Arrays:
        y, *inputs = step()
        gradient = np.array([p.grad.item() for p in inputs])
        return {"value": np.array(y.item()), "gradient": gradient}

    return Candidate(per_call(step), _twice(answers))


def _casadi_function() -> Any:
    import casadi

    inputs = casadi.SX.sym("p", 3)
    y = _chain(inputs[0], inputs[1], inputs[2])
    return casadi.Function("f", [inputs], [y, casadi.gradient(y, inputs)])


def _chain_casadi_build(leaves: tuple[float, float, float]) -> Candidate:
    """Its way to a derivative: build symbols, differentiate them, make a function."""

    def answers() -> Arrays:
        y, gradient = _casadi_function()(leaves)
        return {"value": np.array(float(y)), "gradient": np.array(gradient).ravel()}

    return Candidate(per_call(_casadi_function), _twice(answers))


def _chain_casadi(leaves: tuple[float, float, float]) -> Candidate:
    """The evaluation of that function alone, with buffers."""
    function = _casadi_function()
    buffer, evaluate = function.buffer()
    given, value, gradient = np.array(leaves), np.empty(1), np.empty(3)
    buffer.set_arg(0, memoryview(given))
    buffer.set_res(0, memoryview(value))
    buffer.set_res(1, memoryview(gradient))

    def answers(keep: Any = (function, buffer, given)) -> Arrays:
        value.fill(np.nan)
        gradient.fill(np.nan)
        evaluate()
        return {"value": value[0].copy(), "gradient": gradient.copy()}

    return Candidate(per_call(evaluate), answers)


def _chain_float(leaves: tuple[float, float, float]) -> Candidate:
    return Candidate(
        per_call(lambda: _chain(*leaves)), lambda: {"value": np.array(_chain(*leaves))}
    )


_FLOAT64 = Tolerance(1e-12, "float64, sums of some thousand terms in another order")

CASES = (
    Case(
        name="micrograd-demo",
        title="micrograd's demo: MLP 2-16-16-1, 100 points, loss and gradient",
        family=FAMILY,
        data=_moons,
        reference=_moons_reference,
        builders={
            PYAD: functools.partial(_moons_value, PYAD),
            "xad": _moons_xad,
            "micrograd": functools.partial(_moons_value, "micrograd"),
            "torch": _moons_torch,
        },
        tolerance=_FLOAT64,
        targets=(
            ratio("xad", 1 / 8, "1/8 of XAD"),
            ratio("micrograd", 1 / 150, "1/150 of micrograd"),
        ),
    ),
    Case(
        name="scalar-chain",
        title=f"chain of {OPS} scalar × and +, built + differentiated, per op",
        family=FAMILY,
        data=lambda: LEAVES,
        reference=_chain_reference,
        builders={
            PYAD: functools.partial(_chain_value, PYAD),
            "xad": _chain_xad,
            "micrograd": functools.partial(_chain_value, "micrograd"),
            "torch": _chain_torch,
            "casadi-build": _chain_casadi_build,
            "casadi": _chain_casadi,
            "float-forward": _chain_float,
        },
        tolerance=_FLOAT64,
        targets=(
            ratio("xad", 1 / 7, "1/7 of XAD"),
            # The allocator's own maps, 2 % at most, are not the node.
            Target("figure", 64 * 1.02, "64 bytes of node", figure="bytes per node"),
        ),
        per=OPS,
        unit="op",
        partial={"float-forward": ("value",)},
        labels={"casadi": "CasADi with buffers, built before"},
    ),
)
