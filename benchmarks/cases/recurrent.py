"""Training steps of recurrent networks: an LSTM or GRU, and a linear layer on every step.

PyTorch and pyad share one spelling; the reference is NumPy in float64, by hand.
"""

from __future__ import annotations

import functools
import importlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.case import PYAD, Arrays, Candidate, Case, Target, Tolerance, per_call, ratio
from benchmarks.cases import recurrent_jax

STEPS = 3
"""Steps whose losses and whose update are compared with the reference."""

RATE = 0.1
GATES = {"LSTM": 4, "GRU": 3}


@dataclass(frozen=True)
class Network:
    """A kind of layer, a batch (steps, sequences, features), targets, and all parameters."""

    kind: str
    x: np.ndarray
    target: np.ndarray
    parameters: tuple[np.ndarray, ...]


def _make(kind: str, steps: int, batch: int, features: int, hidden: int) -> Network:
    rng = np.random.default_rng(40)
    bound, gates = 1 / np.sqrt(hidden), GATES[kind] * hidden
    shapes = [(gates, features), (gates, hidden), (gates,), (gates,), (1, hidden), (1,)]
    return Network(
        kind,
        rng.standard_normal((steps, batch, features)).astype(np.float32),
        rng.standard_normal((steps, batch, 1)).astype(np.float32),
        tuple(rng.uniform(-bound, bound, s).astype(np.float32) for s in shapes),
    )


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-x)))


def _lstm(
    x: np.ndarray, p: list[np.ndarray], g_of: Any
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Forward, then the cotangents of the gates: (y, those of x, those of h, states before)."""
    steps, batch, _ = x.shape
    n = p[1].shape[1]
    h = np.zeros((steps + 1, batch, n))
    c = np.zeros((steps + 1, batch, n))
    kept = []
    for t in range(steps):
        i, f, g, o = np.split(x[t] @ p[0].T + h[t] @ p[1].T + p[2] + p[3], 4, 1)
        i, f, g, o = _sigmoid(i), _sigmoid(f), np.tanh(g), _sigmoid(o)
        c[t + 1] = f * c[t] + i * g
        h[t + 1] = o * np.tanh(c[t + 1])
        kept.append((i, f, g, o))
    gy = g_of(h[1:])
    d = np.zeros((steps, batch, 4 * n))
    dh, dc = np.zeros((batch, n)), np.zeros((batch, n))
    for t in reversed(range(steps)):
        i, f, g, o = kept[t]
        s = np.tanh(c[t + 1])
        dh = dh + gy[t]
        dc = dc + dh * o * (1 - s * s)
        parts = (dc * g * i * (1 - i), dc * c[t] * f * (1 - f), dc * i * (1 - g * g))
        d[t] = np.concatenate([*parts, dh * s * o * (1 - o)], 1)
        dc = dc * f
        dh = d[t] @ p[1]
    return h[1:], d, d, h[:-1]


def _gru(
    x: np.ndarray, p: list[np.ndarray], g_of: Any
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """As `_lstm`."""
    steps, batch, _ = x.shape
    n = p[1].shape[1]
    h = np.zeros((steps + 1, batch, n))
    kept = []
    for t in range(steps):
        xr, xz, xn = np.split(x[t] @ p[0].T + p[2], 3, 1)
        hr, hz, hn = np.split(h[t] @ p[1].T + p[3], 3, 1)
        r, z = _sigmoid(xr + hr), _sigmoid(xz + hz)
        m = np.tanh(xn + r * hn)
        h[t + 1] = m + z * (h[t] - m)
        kept.append((r, z, m, hn))
    gy = g_of(h[1:])
    dx, ds = np.zeros((steps, batch, 3 * n)), np.zeros((steps, batch, 3 * n))
    dh = np.zeros((batch, n))
    for t in reversed(range(steps)):
        r, z, m, hn = kept[t]
        dh = dh + gy[t]
        dm = dh * (1 - z) * (1 - m * m)
        dr, dz = dm * hn * r * (1 - r), dh * (h[t] - m) * z * (1 - z)
        dx[t] = np.concatenate([dr, dz, dm], 1)
        ds[t] = np.concatenate([dr, dz, dm * r], 1)
        dh = dh * z + ds[t] @ p[1]
    return h[1:], dx, ds, h[:-1]


def _reference(data: Network) -> Arrays:
    start = [a.astype(np.float64) for a in data.parameters]
    p = [a.copy() for a in start]
    x, target, losses = data.x.astype(np.float64), data.target.astype(np.float64), []
    layer = _lstm if data.kind == "LSTM" else _gru
    for _ in range(STEPS):
        dz = np.zeros(target.shape)

        def g_of(y: np.ndarray, dz: np.ndarray = dz) -> np.ndarray:
            error = y @ p[4].T + p[5] - target
            losses.append((error**2).mean())
            dz[...] = 2 * error / error.size
            return np.asarray(dz @ p[4])

        y, dx, ds, before = layer(x, p, g_of)
        every = ([0, 1], [0, 1])
        gradients = (
            np.tensordot(dx, x, every),
            np.tensordot(ds, before, every),
            dx.sum((0, 1)),
            ds.sum((0, 1)),
            np.tensordot(dz, y, every),
            dz.sum((0, 1)),
        )
        for a, g in zip(p, gradients, strict=True):
            a -= RATE * g
    update = [(a - b).ravel() for a, b in zip(p, start, strict=True)]
    return {"losses": np.array(losses), "update": np.concatenate(update)}


def _candidate(name: str, data: Network, **options: Any) -> Candidate:
    lib = importlib.import_module(name)
    nn = lib.nn
    hidden = data.parameters[1].shape[1]
    rnn = getattr(nn, data.kind)(data.x.shape[2], hidden)
    head = nn.Linear(hidden, 1)
    parameters = [*rnn.parameters(), *head.parameters()]
    start = [lib.tensor(p) for p in data.parameters]
    optimizer = lib.optim.SGD(parameters, lr=RATE, **options)
    x, target = lib.tensor(data.x), lib.tensor(data.target)

    def step() -> Any:
        optimizer.zero_grad()
        y, _ = rnn(x)
        loss = nn.functional.mse_loss(head(y), target)
        loss.backward()
        optimizer.step()
        return loss

    def reset() -> None:
        with lib.no_grad():
            for p, p0 in zip(parameters, start, strict=True):
                p.copy_(p0)

    def result() -> Arrays:
        losses = np.array([float(step().item()) for _ in range(STEPS)])
        update = [
            (p.detach().numpy().astype(np.float64) - p0).ravel()
            for p, p0 in zip(parameters, data.parameters, strict=True)
        ]
        return {"losses": losses, "update": np.concatenate(update)}

    reset()
    return Candidate(per_call(step), result, reset)


def _jax(data: Network) -> Candidate:
    return recurrent_jax.candidate(
        *(data.kind, data.x, data.target, data.parameters, RATE, STEPS),
    )


_FLOAT32 = Tolerance(
    5e-5,
    "float32 against a float64 reference over three steps of 32 in time; the update is a difference"
    " of weights a hundred times its size",
)


def _case(
    name: str,
    title: str,
    kind: str,
    sizes: tuple[int, int, int, int],
    targets: tuple[Target, ...],
) -> Case:
    return Case(
        name=name,
        title=title,
        family="Recurrent networks",
        data=functools.partial(_make, kind, *sizes),
        reference=_reference,
        builders={
            PYAD: functools.partial(_candidate, PYAD),
            "torch": functools.partial(_candidate, "torch"),
            "torch-fused": functools.partial(_candidate, "torch", fused=True),
            "jax": _jax,
        },
        tolerance=_FLOAT32,
        targets=targets,
        threads=(1,),
    )


CASES = (
    _case(
        "lstm",
        "LSTM 32-64, 32 steps, batch 16, SGD step",
        "LSTM",
        (32, 16, 32, 64),
        (ratio("torch", 1 / 3, "1/3 of torch"),),
    ),
    _case(
        "lstm-one",
        "LSTM 64-64, 32 steps, batch 1, SGD step",
        "LSTM",
        (32, 1, 64, 64),
        (ratio("torch", 1 / 5, "1/5 of torch"),),
    ),
    _case(
        "lstm-large",
        "LSTM 256-256, 32 steps, batch 16, SGD step",
        "LSTM",
        (32, 16, 256, 256),
        (ratio("torch", 1.0, "1.0 × torch"),),
    ),
    _case(
        "gru",
        "GRU 64-64, 32 steps, batch 16, SGD step",
        "GRU",
        (32, 16, 64, 64),
        (ratio("torch", 1 / 5, "1/5 of torch"),),
    ),
)
