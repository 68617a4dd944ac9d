"""Static programs of single numbers: built before the clock starts, then run at one input.

The peers are CasADi's SX machine and its generated C, both with buffers; the same Python text run
on Values, graph and all; and, where the function is one of arrays, NumPy by hand and pyad's Tensor.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from benchmarks import generated
from benchmarks.case import PYAD, Arrays, Candidate, Case, Tolerance, per_call, ratio

FAMILY = "Static programs"
EAGER = "pyad-value"

Scalar = Callable[[Any, Sequence[Any]], Any]
"""A number from numbers, with the module that has sin and cos."""


def _rosenbrock(_: Any, x: Sequence[Any]) -> Any:
    return sum(100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2 for i in range(len(x) - 1))


LINKS = 6


def _arm(lib: Any, q: Sequence[Any]) -> Any:
    """Squared distance of a six-joint arm's hand from a point; joints turn about z and x in turn.

    Vectors are turned one after the other from the hand to the foot, as one writes it by hand.
    """
    x: Any = 0.0
    y: Any = 0.0
    z: Any = 0.0
    for i in reversed(range(LINKS)):
        x = x + 0.4
        s, c = lib.sin(q[i]), lib.cos(q[i])
        if i % 2 == 0:
            x, y = c * x - s * y, s * x + c * y
        else:
            y, z = c * y - s * z, s * y + c * z
        z = z + 0.1 * c
    return (x - 0.5) * (x - 0.5) + (y - 0.6) * (y - 0.6) + (z - 0.7) * (z - 0.7)


def _point(n: int) -> np.ndarray:
    return np.linspace(-1.0, 1.0, n) + 0.03 * np.sin(np.arange(n))


def _reference(f: Scalar, x: np.ndarray) -> Arrays:
    """The gradient by complex steps: exact to rounding, and no differentiation."""
    h = 1e-30
    gradient = []
    for i in range(len(x)):
        moved = x.astype(complex)
        moved[i] += 1j * h
        gradient.append(f(np, moved).imag / h)
    return {"value": np.array(float(f(np, x))), "gradient": np.array(gradient)}


def _compiled(f: Scalar, x: np.ndarray) -> Candidate:
    pyad = importlib.import_module(PYAD)
    program = pyad.compile(functools.partial(f, pyad))
    value, gradient = np.empty(()), np.empty(len(x))
    into = program.into

    def step() -> None:
        into(value, x, grad=gradient)

    def answers() -> Arrays:
        value.fill(np.nan)
        gradient.fill(np.nan)
        step()
        return {"value": value.copy(), "gradient": gradient.copy()}

    return Candidate(per_call(step), answers)


def _eager(f: Scalar, x: np.ndarray) -> Candidate:
    pyad = importlib.import_module(PYAD)
    numbers = x.tolist()

    def step() -> Any:
        values = [pyad.Value(v) for v in numbers]
        y = f(pyad, values)
        y.backward()
        return y, values

    def answers() -> Arrays:
        y, values = step()
        return {"value": np.array(y.data), "gradient": np.array([v.grad for v in values])}

    return Candidate(per_call(step), answers)


def _casadi(f: Scalar, x: np.ndarray, generate: bool = False) -> Candidate:
    import casadi

    symbols = casadi.SX.sym("x", len(x))
    y = f(casadi, [symbols[i] for i in range(len(x))])
    function = casadi.Function("f", [symbols], [y, casadi.gradient(y, symbols)])
    if generate:
        function = generated.compiled(function)
    buffer, evaluate = function.buffer()
    given, value, gradient = x.copy(), np.empty(1), np.empty(len(x))
    buffer.set_arg(0, memoryview(given))
    buffer.set_res(0, memoryview(value))
    buffer.set_res(1, memoryview(gradient))

    def answers() -> Arrays:
        value.fill(np.nan)
        gradient.fill(np.nan)
        evaluate()
        return {"value": value[0].copy(), "gradient": gradient.copy()}

    def step(keep: Any = (function, buffer, given)) -> None:
        evaluate()

    return Candidate(per_call(step), answers)


def _rosenbrock_tensor(x: np.ndarray) -> Candidate:
    """The same function of a whole Tensor: what an array library makes of it."""
    pyad = importlib.import_module(PYAD)
    p = pyad.tensor(x, requires_grad=True)

    def step() -> Any:
        p.grad = None
        near, far = p[:-1], p[1:]
        y = (100 * (far - near**2) ** 2 + (1 - near) ** 2).sum()
        y.backward()
        return y

    def answers() -> Arrays:
        y = step()
        return {"value": np.array(y.item()), "gradient": p.grad.numpy().copy()}

    return Candidate(per_call(step), answers)


def _rosenbrock_numpy(x: np.ndarray) -> Candidate:
    """Value and gradient by hand, into arrays that stay."""
    near, far = x[:-1], x[1:]
    gradient, d, e, t = np.empty(len(x)), *np.empty((3, len(x) - 1))

    def step() -> Any:
        np.multiply(near, near, out=d)
        np.subtract(far, d, out=d)
        np.subtract(1.0, near, out=e)
        value = 100 * (d @ d) + e @ e
        np.multiply(d, 200.0, out=d)
        gradient[0] = 0.0
        gradient[1:] = d
        np.multiply(d, near, out=t)
        np.add(t, e, out=t)
        np.multiply(t, 2.0, out=t)
        gradient[:-1] -= t
        return value

    return Candidate(per_call(step), lambda: {"value": step(), "gradient": gradient.copy()})


_FLOAT64 = Tolerance(1e-12, "float64, sums in another order")

_ARRAYS = {"pyad-tensor": _rosenbrock_tensor, "numpy-out": _rosenbrock_numpy}


def _case(name: str, title: str, f: Scalar, n: int, bound: float, text: str) -> Case:
    return Case(
        name=name,
        title=title,
        family=FAMILY,
        data=functools.partial(_point, n),
        reference=functools.partial(_reference, f),
        builders={
            PYAD: functools.partial(_compiled, f),
            EAGER: functools.partial(_eager, f),
            **(_ARRAYS if f is _rosenbrock else {}),
            "casadi": functools.partial(_casadi, f),
            "casadi-c": functools.partial(_casadi, f, generate=True),
        },
        tolerance=_FLOAT64,
        targets=(ratio("casadi", bound, text),),
        labels={PYAD: "pyad.compile", "casadi": "CasADi with buffers"},
    )


CASES = (
    _case(
        "program-rosenbrock-10",
        "Rosenbrock gradient, n = 10",
        _rosenbrock,
        10,
        1.5,
        "1.5 of CasADi with buffers",
    ),
    _case(
        "program-rosenbrock-100",
        "Rosenbrock gradient, n = 100",
        _rosenbrock,
        100,
        1.0,
        "1.0 of CasADi with buffers",
    ),
    _case(
        "program-rosenbrock-1000",
        "Rosenbrock gradient, n = 1000",
        _rosenbrock,
        1000,
        0.7,
        "0.7 of CasADi with buffers",
    ),
    _case(
        "program-arm",
        "six-joint arm, value and gradient",
        _arm,
        LINKS,
        1.5,
        "1.5 of CasADi with buffers",
    ),
)
