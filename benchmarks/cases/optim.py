"""Optimizer steps alone: parameters with gradients that stay, one `step` after the other.

PyTorch and pyad share one spelling; the reference is Adam in float64, by hand.
"""

from __future__ import annotations

import functools
import importlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.case import PYAD, Arrays, Candidate, Case, Target, Tolerance, per_call, ratio

STEPS = 5
"""Steps whose update is compared with the reference."""

RATE, BETA1, BETA2, EPSILON = 1e-3, 0.9, 0.999, 1e-8


@dataclass(frozen=True)
class Data:
    """Parameters and their gradients, float32."""

    params: list[np.ndarray]
    grads: list[np.ndarray]


def _make(count: int, size: int) -> Data:
    rng = np.random.default_rng(40)

    def draw() -> list[np.ndarray]:
        return [rng.standard_normal(size).astype(np.float32) for _ in range(count)]

    return Data(draw(), draw())


def _reference(data: Data) -> Arrays:
    g = np.concatenate(data.grads).astype(np.float64)
    first, second, update = np.zeros_like(g), np.zeros_like(g), np.zeros_like(g)
    for turn in range(1, STEPS + 1):
        first = BETA1 * first + (1 - BETA1) * g
        second = BETA2 * second + (1 - BETA2) * g * g
        root = np.sqrt(second / (1 - BETA2**turn))
        update -= RATE / (1 - BETA1**turn) * first / (root + EPSILON)
    return {"update": update}


def _torchlike(name: str, data: Data, **options: Any) -> Candidate:
    lib = importlib.import_module(name)
    params = [lib.nn.Parameter(lib.tensor(p)) for p in data.params]
    for p, g in zip(params, data.grads, strict=True):
        p.grad = lib.tensor(g)
    optimizer = lib.optim.Adam(params, lr=RATE, betas=(BETA1, BETA2), eps=EPSILON, **options)

    def result() -> Arrays:
        for _ in range(STEPS):
            optimizer.step()
        pairs = zip(params, data.params, strict=True)
        update = [p.detach().numpy().astype(np.float64) - q for p, q in pairs]
        return {"update": np.concatenate(update)}

    return Candidate(per_call(optimizer.step), result)


def _case(
    name: str,
    title: str,
    count: int,
    size: int,
    targets: tuple[Target, ...],
    threads: tuple[int, ...] = (1,),
) -> Case:
    return Case(
        name=name,
        title=title,
        family="Optimizer steps",
        data=functools.partial(_make, count, size),
        reference=_reference,
        builders={
            PYAD: functools.partial(_torchlike, PYAD),
            "torch": functools.partial(_torchlike, "torch"),
            "torch-fused": functools.partial(_torchlike, "torch", fused=True),
        },
        tolerance=Tolerance(
            1e-4, "an update of 5e-3 is read from parameters of size one, rounded at 6e-8"
        ),
        targets=targets,
        threads=threads,
    )


CASES = (
    _case(
        "adam-20x1024",
        "Adam, 20 tensors of 1024 float32",
        20,
        1024,
        (
            ratio("torch-fused", 0.8, "0.8 × torch, fused"),
            ratio("torch", 1 / 8, "1/8 of torch"),
        ),
    ),
    _case(
        "adam-1e6",
        "Adam, one tensor of 1e6 float32",
        1,
        1_000_000,
        (ratio("torch-fused", 1.0, "1.0 × torch, fused"),),
        threads=(1, 2),
    ),
)
