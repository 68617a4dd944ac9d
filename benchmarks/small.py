"""Small eager operations, each a statement: what a call costs besides arithmetic.

Rows of `--against` only: they compare two builds of pyad. Beside PyTorch the sweep times them.
"""

from __future__ import annotations

import functools
import importlib
import timeit
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np

from benchmarks.case import PYAD, Arrays, Candidate, Case, Tolerance

RATE = 1e-3


@dataclass(frozen=True)
class Op:
    """One statement over the names of `_names`.

    Attributes:
        name: Name of the row.
        statement: What is timed.
        expected: Its result from the same names in NumPy.
        answer: The expression whose value is the result; empty if the statement is one.
    """

    name: str
    statement: str
    expected: Callable[[Any], Any]
    answer: str = ""


def _data() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(70)

    def draw(*shape: int) -> np.ndarray:
        return rng.standard_normal(shape).astype(np.float32)

    x, y, m, n, b = draw(16), draw(16), draw(4, 4), draw(4, 4), draw(4)
    return {"x": x, "y": y, "q": np.abs(x) + 1, "m": m, "n": n, "b": b, "one": draw(1)}


def _names(data: Mapping[str, np.ndarray]) -> dict[str, Any]:
    pyad = importlib.import_module(PYAD)
    tensors = {name: pyad.tensor(a) for name, a in data.items()}
    recorded = {f"{name}_": pyad.tensor(a, requires_grad=True) for name, a in data.items()}
    linear = pyad.nn.Linear(4, 4)
    with pyad.no_grad():
        linear.weight.copy_(tensors["m"])
        linear.bias.copy_(tensors["b"])
    names: dict[str, Any] = {**tensors, **recorded, "pyad": pyad, "linear": linear}
    for optimizer in ("SGD", "Adam"):
        p = pyad.nn.Parameter(pyad.tensor(data["x"]))
        p.grad = pyad.tensor(data["y"])
        names[f"p_{optimizer}"] = p
        names[optimizer] = getattr(pyad.optim, optimizer)([p], lr=RATE)
    names |= {
        "array": data["x"],
        "numbers": data["x"].tolist(),
        "z": pyad.tensor(data["x"]),
        "zeros": pyad.zeros(16),
        "places": pyad.tensor([3, 1, 2]),
        "mask": tensors["x"] > 0,
        "labels": pyad.tensor([0, 3, 1, 2]),
        "v": pyad.Value(0.7),
        "u": pyad.Value(1.3),
        "F": pyad.nn.functional,
    }
    return names


def _softmax(x: np.ndarray) -> np.ndarray:
    e = np.exp(x - x.max(-1, keepdims=True))
    return np.asarray(e / e.sum(-1, keepdims=True))


def _nll(x: np.ndarray, labels: list[int]) -> float:
    return float(-np.log(_softmax(x))[np.arange(len(labels)), labels].mean())


def _chain_gradient(a: Any) -> np.ndarray:
    """Of the sum of tanh(x y + x) x."""
    t = np.tanh(a.x * a.y + a.x)
    return np.asarray(t + a.x * (1 - t * t) * (a.y + 1))


_CHAIN = "pyad.tanh(x_ * y_ + x_).mul(x_).sum()"

OPS = (
    Op("add", "x + y", lambda a: a.x + a.y),
    Op("add-number", "x + 1.5", lambda a: a.x + 1.5),
    Op("sub", "x - y", lambda a: a.x - a.y),
    Op("mul", "x * y", lambda a: a.x * a.y),
    Op("div", "x / q", lambda a: a.x / a.q),
    Op("square", "x ** 2", lambda a: a.x**2),
    Op("neg", "-x", lambda a: -a.x),
    Op("compare", "x > y", lambda a: a.x > a.y),
    Op("exp", "x.exp()", lambda a: np.exp(a.x)),
    Op("log", "pyad.log(q)", lambda a: np.log(a.q)),
    Op("tanh", "x.tanh()", lambda a: np.tanh(a.x)),
    Op("relu", "F.relu(x)", lambda a: np.maximum(a.x, 0)),
    Op("where", "pyad.where(mask, x, y)", lambda a: np.where(a.x > 0, a.x, a.y)),
    Op("clamp", "x.clamp(-0.5, 0.5)", lambda a: a.x.clip(-0.5, 0.5)),
    Op("sum", "x.sum()", lambda a: a.x.sum()),
    Op("sum-dim", "m.sum(0)", lambda a: a.m.sum(0)),
    Op("mean", "x.mean()", lambda a: a.x.mean()),
    Op("max-dim", "m.max(1)[0]", lambda a: a.m.max(1)),
    Op("softmax", "m.softmax(1)", lambda a: _softmax(a.m)),
    Op("cross-entropy", "F.cross_entropy(m, labels)", lambda a: _nll(a.m, [0, 3, 1, 2])),
    Op("matmul", "m @ n", lambda a: a.m @ a.n),
    Op("linear", "linear(n)", lambda a: a.n @ a.m.T + a.b),
    Op("broadcast", "m + b", lambda a: a.m + a.b),
    Op("view", "x.view(4, 4)", lambda a: a.x.reshape(4, 4)),
    Op("reshape", "m.reshape(16)", lambda a: a.m.reshape(16)),
    Op("transpose", "m.t()", lambda a: a.m.T),
    Op("unsqueeze", "x.unsqueeze(0)", lambda a: a.x[None]),
    Op("index", "m[1]", lambda a: a.m[1]),
    Op("slice", "x[2:9]", lambda a: a.x[2:9]),
    Op("index-tensor", "m[places]", lambda a: a.m[[3, 1, 2]]),
    Op("mask", "x[mask]", lambda a: a.x[a.x > 0]),
    Op("clone", "x.clone()", lambda a: a.x),
    Op("detach", "x_.detach()", lambda a: a.x),
    Op("cat", "pyad.cat([x, y])", lambda a: np.concatenate([a.x, a.y])),
    Op("stack", "pyad.stack([x, y])", lambda a: np.stack([a.x, a.y])),
    Op("double", "x.double()", lambda a: a.x),
    Op("shape", "m.shape", lambda a: (4, 4)),
    Op("add_", "z.add_(zeros)", lambda a: a.x),
    Op("mul_", "z.mul_(1.0)", lambda a: a.x),
    Op("copy_", "z.copy_(x)", lambda a: a.x),
    Op("zero_", "z.zero_()", lambda a: 0 * a.x),
    Op("setitem", "z[3] = 1.0", lambda a: np.where(np.arange(16) == 3, 1, a.x), "z"),
    Op("item", "one.item()", lambda a: a.one[0]),
    Op("tolist", "x.tolist()", lambda a: a.x),
    Op("numpy", "x.numpy()", lambda a: a.x),
    Op("tensor-list", "pyad.tensor(numbers)", lambda a: a.x),
    Op("tensor-array", "pyad.tensor(array)", lambda a: a.x),
    Op("zeros", "pyad.zeros(16)", lambda a: 0 * a.x),
    Op("full", "pyad.full((16,), 1.5)", lambda a: 0 * a.x + 1.5),
    Op("arange", "pyad.arange(16)", lambda a: np.arange(16)),
    Op("randn", "pyad.randn(16)", lambda a: [16], "pyad.randn(16).shape"),
    Op("mul-recorded", "x_ * y_", lambda a: a.x * a.y),
    Op("sum-recorded", "x_.sum()", lambda a: a.x.sum()),
    Op("matmul-recorded", "m_ @ n_", lambda a: a.m @ a.n),
    Op("no-grad", "with pyad.no_grad():\n    z = x_ * y_", lambda a: a.x * a.y, "z"),
    Op("backward-sum", "x_.grad = None\nx_.sum().backward()", lambda a: 0 * a.x + 1, "x_.grad"),
    Op("backward-chain", f"x_.grad = None\n{_CHAIN}.backward()", _chain_gradient, "x_.grad"),
    Op("backward-added", f"{_CHAIN}.backward()", _chain_gradient, "x_.grad"),
    Op("grad-chain", f"pyad.autograd.grad({_CHAIN}, x_)[0]", _chain_gradient),
    Op("sgd-step", "SGD.step()", lambda a: a.x - RATE * a.y, "p_SGD"),
    Op("adam-step", "Adam.step()", lambda a: a.x - RATE * np.sign(a.y), "p_Adam"),
    Op("zero-grad", "linear.zero_grad()", lambda a: a.m, "linear.weight"),
    Op("value-add", "v + u", lambda a: 2.0, "(v + u).data"),
    Op("value-mul", "v * u", lambda a: 0.91, "(v * u).data"),
    Op("value-number", "v * 2.0", lambda a: 1.4, "(v * 2.0).data"),
    Op("value-sin", "pyad.sin(v)", lambda a: np.sin(0.7), "pyad.sin(v).data"),
    Op("value-power", "v ** 2", lambda a: 0.49, "(v ** 2).data"),
    Op("value-new", "pyad.Value(0.7)", lambda a: 0.7, "pyad.Value(0.7).data"),
    Op("value-backward", "v.grad = 0.0\n(v * u + v).backward()", lambda a: 2.3, "v.grad"),
)


def _candidate(op: Op, data: Mapping[str, np.ndarray]) -> Candidate:
    names = _names(data)

    def block(n: int) -> float:
        # `timeit` turns the collector off; freeing one's own graph is part of the work.
        return timeit.Timer(op.statement, "gc.enable()", globals=names | {"gc": _gc()}).timeit(n)

    def result() -> Arrays:
        if op.answer:
            exec(op.statement, names)
        got = eval(op.answer or op.statement, names)
        if isinstance(got, names["pyad"].Tensor):
            got = got.detach().numpy()
        return {"result": np.array(got, np.float64)}

    return Candidate(block, result)


def _gc() -> Any:
    return importlib.import_module("gc")


def _reference(op: Op, data: Mapping[str, np.ndarray]) -> Arrays:
    wide = SimpleNamespace(**{name: a.astype(np.float64) for name, a in data.items()})
    return {"result": np.asarray(op.expected(wide), np.float64)}


def _case(op: Op) -> Case:
    return Case(
        name=f"small-{op.name}",
        title=op.statement.replace("\n", "; ").replace(":;    ", ": "),
        family="Small eager operations",
        data=_data,
        reference=functools.partial(_reference, op),
        builders={PYAD: functools.partial(_candidate, op)},
        tolerance=Tolerance(1e-5, "float32, a few roundings of sixteen numbers"),
    )


SMALL: Mapping[str, Case] = {case.name: case for case in map(_case, OPS)}
