"""What a model trains on: its module, batch, optimizer and first parameters; the models' sizes.

Separate from `models` because JAX spells the same problems in a file of its own.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

STEPS = 5
"""Steps whose losses and whose update are compared with the reference."""


@dataclass(frozen=True)
class Problem:
    """A model and a batch.

    Attributes:
        build: Makes (model, step) of a module such as torch: `step(*batch)` returns the loss.
        batch: Arrays that a step takes.
        optimizer: Name of the optimizer, or "" for a forward and backward pass alone.
        rate: Its learning rate.
        clip: Bound of each element of a gradient, or None.
    """

    build: Callable[[Any], tuple[Any, Callable[..., Any]]]
    batch: tuple[np.ndarray, ...]
    optimizer: str
    rate: float
    clip: float | None = None

    @functools.cached_property
    def start(self) -> Mapping[str, np.ndarray]:
        """The parameters all candidates start from, float32."""
        rng = np.random.default_rng(40)
        torch = importlib.import_module("torch")
        model, _ = self.build(torch)
        return {
            name: (rng.standard_normal(tuple(p.shape)) * _scale(name, p)).astype(np.float32)
            + np.float32("norm" in name and "weight" in name)
            for name, p in model.named_parameters()
        }


def _scale(name: str, p: Any) -> float:
    if p.ndim < 2:
        return 0.02
    return 1.0 if "embed" in name else float(p.shape[-1]) ** -0.5


FIXED = 42
"""Seed of the parameters of Q-learning's second network, which is not trained."""

DISCOUNT = 0.99


def fixed(rng: np.random.Generator, shape: Sequence[int]) -> np.ndarray:
    """Parameters of that network, in the order of its parameters."""
    return rng.standard_normal(tuple(shape)).astype(np.float32) * np.float32(0.1)


LETTERS, WIDTH, LAYERS, HEADS, LENGTH, BATCH = 65, 64, 4, 4, 32, 8
"""The character model's sizes."""
