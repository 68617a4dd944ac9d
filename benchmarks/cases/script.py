"""The program of the README, a step of it: what a script costs that was written for PyTorch.

One text for PyTorch and pyad, random batches and dropout included. The reference is NumPy in
float64 by hand, with the same stream of random numbers.
"""

from __future__ import annotations

import functools
import importlib
import math
from dataclasses import dataclass

import numpy as np

from benchmarks.case import PYAD, Arrays, Candidate, Case, Tolerance, per_call, ratio

STEPS = 5
"""Steps whose losses and whose update are compared with the reference."""

SEED, ROWS, BATCH, WIDTH, P = 7, 512, 32, 64, 0.1
RATE, BETA1, BETA2, EPSILON = 3e-3, 0.9, 0.999, 1e-8


@dataclass(frozen=True)
class Data:
    """Inputs, targets, and the parameters of three linear layers: float32."""

    x: np.ndarray
    y: np.ndarray
    parameters: tuple[np.ndarray, ...]


def _make() -> Data:
    rng = np.random.default_rng(90)
    x = rng.standard_normal((ROWS, 8)).astype(np.float32)
    parameters: list[np.ndarray] = []
    for k, n in ((8, WIDTH), (WIDTH, WIDTH), (WIDTH, 1)):
        bound = 1 / np.sqrt(k)
        parameters += [
            rng.uniform(-bound, bound, (n, k)).astype(np.float32),
            rng.uniform(-bound, bound, n).astype(np.float32),
        ]
    return Data(x, (x[:, :4] * x[:, 4:]).sum(1, keepdims=True), tuple(parameters))


_erf = np.vectorize(math.erf, otypes=[np.float64])


def _gelu(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The value and the derivative."""
    below = 0.5 * (1 + _erf(x / np.sqrt(2)))
    return x * below, below + x * np.exp(-x * x / 2) / np.sqrt(2 * np.pi)


def _reference(data: Data) -> Arrays:
    words = np.random.RandomState(SEED)._bit_generator
    start = [a.astype(np.float64) for a in data.parameters]
    p = [a.copy() for a in start]
    first, second = [np.zeros_like(a) for a in p], [np.zeros_like(a) for a in p]
    losses = []
    for turn in range(1, STEPS + 1):
        chosen = words.random_raw(BATCH) % ROWS
        x, y = data.x[chosen].astype(np.float64), data.y[chosen].astype(np.float64)
        # Two words make a double; the element stays where it is below 1 - p.
        pairs = words.random_raw(2 * BATCH * WIDTH).astype(np.uint64).reshape(BATCH, WIDTH, 2)
        bits = (pairs[..., 0] << np.uint64(32) | pairs[..., 1]) & np.uint64(2**53 - 1)
        mask = (bits * 2.0**-53 < 1 - P) / (1 - P)
        h1, s1 = _gelu(x @ p[0].T + p[1])
        h1 = h1 * mask
        h2, s2 = _gelu(h1 @ p[2].T + p[3])
        error = h2 @ p[4].T + p[5] - y
        losses.append((error**2).mean())
        d3 = 2 * error / error.size
        d2 = d3 @ p[4] * s2
        d1 = d2 @ p[2] * mask * s1
        grads = (d1.T @ x, d1.sum(0), d2.T @ h1, d2.sum(0), d3.T @ h2, d3.sum(0))
        for a, g, m, v in zip(p, grads, first, second, strict=True):
            m += (1 - BETA1) * (g - m)
            v += (1 - BETA2) * (g * g - v)
            a -= RATE / (1 - BETA1**turn) * m / (np.sqrt(v / (1 - BETA2**turn)) + EPSILON)
    update = [(a - b).ravel() for a, b in zip(p, start, strict=True)]
    return {"losses": np.array(losses), "update": np.concatenate(update)}


def _candidate(peer: str, data: Data) -> Candidate:
    torch = importlib.import_module(peer.split("-")[0])
    nn = torch.nn
    model = nn.Sequential(
        *(nn.Linear(8, WIDTH), nn.GELU(), nn.Dropout(P)),
        *(nn.Linear(WIDTH, WIDTH), nn.GELU(), nn.Linear(WIDTH, 1)),
    )
    fused = {"fused": True} if peer == "torch-fused" else {}
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE, **fused)
    x, y = torch.tensor(data.x), torch.tensor(data.y)
    start = [torch.tensor(a) for a in data.parameters]

    def step() -> float:
        batch = torch.randint(0, ROWS, (BATCH,))
        loss = nn.functional.mse_loss(model(x[batch]), y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return float(loss.item())

    def reset() -> None:
        with torch.no_grad():
            for p, p0 in zip(model.parameters(), start, strict=True):
                p.copy_(p0)

    def result() -> Arrays:
        torch.manual_seed(SEED)
        losses = np.array([step() for _ in range(STEPS)])
        update = [
            (p.detach().numpy().astype(np.float64) - p0).ravel()
            for p, p0 in zip(model.parameters(), data.parameters, strict=True)
        ]
        return {"losses": losses, "update": np.concatenate(update)}

    reset()
    return Candidate(per_call(step), result, reset)


CASES = (
    Case(
        name="readme-step",
        title="The README's program, MLP 8-64-64-1 with GELU and dropout, batch 32, Adam step",
        family="Models",
        data=_make,
        reference=_reference,
        builders={p: functools.partial(_candidate, p) for p in (PYAD, "torch", "torch-fused")},
        tolerance=Tolerance(
            2e-3,
            "float32 against a float64 reference over five steps; Adam turns the rounding of a"
            " gradient near zero into a step of full size",
        ),
        targets=(ratio("torch", 1 / 10, "1/10 of torch"),),
    ),
)
