"""Chains that grow from a hundred operations to a million: what one operation costs at each length.

A library that keeps a graph pays for its memory, too; one length would show one side of it only.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.case import PYAD, Arrays, Candidate, Case, Tolerance, per_call

FAMILY = "Growth"
LENGTHS = (100, 1_000, 10_000, 100_000, 1_000_000)
WIDTH = 16
SETTLED = 2_000
"""Rounds after which a chain no longer changes: 0.72 to that power is nothing beside 1."""

Leaves = tuple[np.ndarray, np.ndarray, np.ndarray]


def _tensors() -> Leaves:
    rng = np.random.default_rng(80)
    x, a, b = (rng.uniform(low, low + 0.1, WIDTH) for low in (0.5, 0.8, 0.7))
    return x.astype(np.float32), a.astype(np.float32), b.astype(np.float32)


def _numbers() -> Leaves:
    x, a, b = (np.array(leaf) for leaf in (0.5, 0.9, 0.8))
    return x, a, b


def _chain(x: Any, a: Any, b: Any, rounds: int) -> Any:
    y = x
    for _ in range(rounds):
        y = (y * a + x) * b + a
    return y


def _reference(length: int, leaves: Leaves) -> Arrays:
    """By forward mode, a round after the other, until nothing changes."""
    x, a, b = (leaf.astype(np.float64) for leaf in leaves)
    one, none = np.ones_like(x), np.zeros_like(x)
    y, dy = x, np.array([one, none, none])
    for _ in range(min(length // 4, SETTLED)):
        u, du = y * a + x, dy * a + np.array([one, y, none])
        y, dy = u * b + a, du * b + np.array([none, one, u])
    return {"value": y, "gradient": dy}


def _tensor(peer: str, length: int, leaves: Leaves) -> Candidate:
    lib = importlib.import_module(peer)
    inputs = [lib.tensor(leaf, requires_grad=True) for leaf in leaves]

    def step() -> Any:
        for leaf in inputs:
            leaf.grad = None
        y = _chain(*inputs, length // 4)
        y.sum().backward()
        return y

    def answers() -> Arrays:
        y = step().detach().numpy()
        return {"value": y, "gradient": np.array([leaf.grad.numpy() for leaf in inputs])}

    return Candidate(per_call(step), answers)


def _value(peer: str, length: int, leaves: Leaves) -> Candidate:
    lib = importlib.import_module(peer)

    def step() -> Any:
        inputs = [lib.Value(float(leaf)) for leaf in leaves]
        y = _chain(*inputs, length // 4)
        y.backward()
        return y, inputs

    def answers() -> Arrays:
        y, inputs = step()
        return {"value": np.array(y.data), "gradient": np.array([v.grad for v in inputs])}

    return Candidate(per_call(step), answers)


def _xad(length: int, leaves: Leaves) -> Candidate:
    from xad.adj_1st import Real, Tape

    tape = Tape()
    inputs = [Real(float(leaf)) for leaf in leaves]
    for p in inputs:
        tape.registerInput(p)

    def step() -> Any:
        with tape:
            tape.newRecording()
            y = _chain(*inputs, length // 4)
            tape.registerOutput(y)
            y.setDerivative(1.0)
            tape.computeAdjoints()
            return y, [p.getDerivative() for p in inputs]

    def answers() -> Arrays:
        y, gradient = step()
        return {"value": np.array(y.getValue()), "gradient": np.array(gradient)}

    return Candidate(per_call(step), answers)


def _case(
    kind: str,
    length: int,
    data: Callable[[], Leaves],
    builders: dict[str, Callable[[int, Leaves], Candidate]],
    tolerance: Tolerance,
) -> Case:
    what = f"Tensors of {WIDTH} float32" if kind == "tensor" else "Values"
    return Case(
        name=f"growth-{kind}-{length}",
        title=f"{what}, a chain of {length:,} × and +, built + differentiated, per op",
        family=FAMILY,
        data=data,
        reference=functools.partial(_reference, length),
        builders={peer: functools.partial(b, length) for peer, b in builders.items()},
        tolerance=tolerance,
        per=length,
        unit="op",
    )


# A peer that takes seconds for one chain would be most of the run.
_FLOAT32 = Tolerance(1e-5, "float32, where a round shrinks the errors of those before")
_FLOAT64 = Tolerance(1e-12, "float64, where a round shrinks the errors of those before")

CASES = (
    *(
        _case(
            *("tensor", length, _tensors),
            {
                peer: functools.partial(_tensor, peer)
                for peer in (PYAD, "torch")
                if peer == PYAD or length <= 10_000
            },
            _FLOAT32,
        )
        for length in LENGTHS
    ),
    *(
        _case(
            *("value", length, _numbers),
            {PYAD: functools.partial(_value, PYAD)} | ({"xad": _xad} if length <= 100_000 else {}),
            _FLOAT64,
        )
        for length in LENGTHS
    ),
)
