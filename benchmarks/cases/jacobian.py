"""Whole Jacobians of functions of numbers, by the order in which they are accumulated.

The two tasks are operation graphs of the literature (`tests/data`). The peers are the two pure
orders through the same emitter, a reverse sweep from each result, and what others build for it:
CasADi's machine and its generated C, with buffers, and JAX, which know the two modes only.
"""

from __future__ import annotations

import functools
import importlib
import json
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import generated
from benchmarks.case import PYAD, Arrays, Candidate, Case, Tolerance, per_call, ratio

FAMILY = "Jacobians"
GRAPHS = Path(__file__).resolve().parents[2] / "tests/data/elimination_graphs.json"
POINTS = {
    "RoeFlux_1d": (1.0, 2.0, 1.2, 0.8, 1.5, 0.9),
    "RobotArm_6DOF": (0.3, -0.5, 0.7, 0.2, 0.9, -0.4),
}


def _replay(task: str, lib: Any, x: Any) -> list[Any]:
    """The task's operations one after the other, with the functions of `lib`."""
    graph = json.loads(GRAPHS.read_text())[task]
    values: list[Any] = []
    for op, operands in graph["nodes"]:
        a = [values[o["id"]] if "id" in o else o["const"] for o in operands]
        if op == "input":
            values.append(x[len(values)])
        elif op == "neg":
            values.append(-a[0])
        elif op == "abs":
            values.append(abs(a[0]))
        elif len(a) == 1:
            values.append(getattr(lib, op)(a[0]))
        elif op == "atan2":
            values.append((lib.atan2 if hasattr(lib, "atan2") else lib.arctan2)(*a))
        else:
            binary = {
                "add": lambda a, b: a + b,
                "sub": lambda a, b: a - b,
                "mul": lambda a, b: a * b,
                "div": lambda a, b: a / b,
                "pow": lambda a, b: a**b,
            }
            values.append(binary[op](*a))
    return [values[o] for o in graph["outputs"]]


def _reference(task: str, x: np.ndarray) -> Arrays:
    """By central differences in extended precision, of fourth order."""
    big = x.astype(np.longdouble)
    h = np.longdouble(2e-4)

    def f(i: int, step: Any) -> Any:
        moved = big.copy()
        moved[i] += step
        return np.array(_replay(task, np, moved))

    columns = []
    for i in range(len(x)):
        near, far = f(i, h) - f(i, -h), f(i, 2 * h) - f(i, -2 * h)
        columns.append((8 * near - far) / (12 * h))
    return {"jacobian": np.array(columns).T.astype(float)}


def _planned(task: str, order: str, x: np.ndarray) -> Candidate:
    pyad = importlib.import_module(PYAD)
    plan = pyad.jacobian_plan(functools.partial(_replay, task, pyad), x, order=order)
    out = np.empty((len(_replay(task, np, x)), len(x)))
    into = plan.into

    def step() -> None:
        into(out, x)

    def answers() -> Arrays:
        out.fill(np.nan)
        step()
        return {"jacobian": out.copy()}

    return Candidate(per_call(step), answers)


def _sweeps(task: str, x: np.ndarray) -> Candidate:
    pyad = importlib.import_module(PYAD)
    compiled = pyad.compile(functools.partial(_replay, task, pyad))
    compiled(x)
    run = compiled._program.jacobian  # the matrix itself: nesting it would be most of the time

    def step() -> Any:
        return run(x)

    return Candidate(per_call(step), lambda: {"jacobian": step()[1]})


def _casadi(task: str, x: np.ndarray, generate: bool = False) -> Candidate:
    import casadi

    symbols = casadi.SX.sym("x", len(x))
    y = casadi.vertcat(*_replay(task, casadi, [symbols[i] for i in range(len(x))]))
    dense = casadi.densify(casadi.jacobian(y, symbols))
    function = casadi.Function("f", [symbols], [dense])
    if generate:
        function = generated.compiled(function)
    buffer, evaluate = function.buffer()
    given, out = x.copy(), np.empty((len(x), y.shape[0]))  # by columns
    buffer.set_arg(0, memoryview(given))
    buffer.set_res(0, memoryview(out))

    def answers() -> Arrays:
        out.fill(np.nan)
        evaluate()
        return {"jacobian": out.T.copy()}

    def step(keep: Any = (function, buffer, given)) -> None:
        evaluate()

    return Candidate(per_call(step), answers)


def _jax(task: str, x: np.ndarray) -> Candidate:
    import jax

    numpy = importlib.import_module("jax.numpy")
    f = jax.jit(jax.jacfwd(lambda v: numpy.stack(_replay(task, numpy, v))))
    given = numpy.asarray(x)

    def step() -> Any:
        return f(given).block_until_ready()

    return Candidate(per_call(step), lambda: {"jacobian": np.asarray(step())})


def _case(task: str, title: str) -> Case:
    return Case(
        name=f"jacobian-{task.split('_')[0].lower()}",
        title=title,
        family=FAMILY,
        data=lambda: np.array(POINTS[task]),
        reference=functools.partial(_reference, task),
        builders={
            PYAD: functools.partial(_planned, task, "auto"),
            "pyad-forward": functools.partial(_planned, task, "forward"),
            "pyad-reverse": functools.partial(_planned, task, "reverse"),
            "pyad-sweeps": functools.partial(_sweeps, task),
            "casadi": functools.partial(_casadi, task),
            "casadi-c": functools.partial(_casadi, task, generate=True),
            "jax": functools.partial(_jax, task),
        },
        tolerance=Tolerance(1e-11, "float64 against differences in extended precision"),
        targets=(
            ratio("pyad-forward", 0.9, "0.9 × forward order"),
            ratio("pyad-reverse", 0.9, "0.9 × reverse order"),
            ratio("pyad-sweeps", 1.0, "1.0 × a sweep a result"),
        ),
        labels={PYAD: "pyad, order auto", "casadi": "CasADi with buffers"},
    )


CASES = (
    _case("RobotArm_6DOF", "Jacobian of a six-joint arm, 6 × 6"),
    _case("RoeFlux_1d", "Jacobian of Roe's flux, 3 × 6"),
)
