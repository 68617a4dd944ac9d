"""Random numbers: a million uniforms and normals, and dropout forward and backward.

PyTorch and pyad share one spelling and one stream; the reference is that stream from NumPy's
Mersenne twister, transformed in float64.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.case import PYAD, Arrays, Candidate, Case, Tolerance, per_call, ratio

FAMILY = "Random numbers"
SEED = 11
LARGE = 1_000_000
ROWS, COLUMNS = 32, 64
P = 0.3


def _words(n: int) -> np.ndarray:
    """The first n words of the twister."""
    return np.random.RandomState(SEED)._bit_generator.random_raw(n)


def _uniform(n: int) -> np.ndarray:
    return (_words(n) & 0xFFFFFF) * 2.0**-24


def _rand_reference(_: None) -> Arrays:
    return {"uniform": _uniform(LARGE)}


def _randn_reference(_: None) -> Arrays:
    """Box-Muller by blocks of 16: eight radii, then eight angles."""
    radius, angle = np.moveaxis(_uniform(LARGE).reshape(-1, 2, 8), 1, 0)
    radius, angle = np.sqrt(-2 * np.log1p(-radius)), 2 * np.pi * angle
    return {"normal": np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1).reshape(-1)}


def _draw(name: str, key: str, peer: str, _: None) -> Candidate:
    lib: Any = importlib.import_module(peer)
    function: Callable[[int], Any] = getattr(lib, name)

    def result() -> Arrays:
        lib.manual_seed(SEED)
        return {key: function(LARGE).numpy().astype(np.float64)}

    return Candidate(per_call(lambda: function(LARGE)), result)


def _dropout_data() -> np.ndarray:
    return np.random.default_rng(40).standard_normal((2, ROWS, COLUMNS)).astype(np.float32)


def _dropout_reference(data: np.ndarray) -> Arrays:
    """Two words make a double; the element stays where it is below 1 - p."""
    pairs = _words(2 * ROWS * COLUMNS).astype(np.uint64).reshape(ROWS, COLUMNS, 2)
    bits = (pairs[..., 0] << np.uint64(32) | pairs[..., 1]) & np.uint64(2**53 - 1)
    x, g = data.astype(np.float64) * (bits * 2.0**-53 < 1 - P) / (1 - P)
    return {"y": x, "gradient": g}


def _dropout(peer: str, data: np.ndarray) -> Candidate:
    lib: Any = importlib.import_module(peer)
    x, g = lib.tensor(data[0], requires_grad=True), lib.tensor(data[1])
    dropout = lib.nn.functional.dropout

    def step() -> Any:
        x.grad = None
        y = dropout(x, P)
        y.backward(g)
        return y

    def result() -> Arrays:
        lib.manual_seed(SEED)
        y = step()
        return {
            "y": y.detach().numpy().astype(np.float64),
            "gradient": x.grad.numpy().astype(np.float64),
        }

    return Candidate(per_call(step), result)


def _both(build: Callable[..., Candidate]) -> dict[str, Callable[[Any], Candidate]]:
    return {peer: functools.partial(build, peer) for peer in (PYAD, "torch")}


CASES = (
    Case(
        name="rand-1e6",
        title="rand(10⁶), float32",
        family=FAMILY,
        data=lambda: None,
        reference=_rand_reference,
        builders=_both(functools.partial(_draw, "rand", "uniform")),
        tolerance=Tolerance(0.0, "24 bits of a word, scaled by a power of two"),
        targets=(ratio("torch", 1.0, "1.0 × torch"),),
    ),
    Case(
        name="randn-1e6",
        title="randn(10⁶), float32",
        family=FAMILY,
        data=lambda: None,
        reference=_randn_reference,
        builders=_both(functools.partial(_draw, "randn", "normal")),
        tolerance=Tolerance(1e-6, "float32 logarithm, sine and cosine"),
        targets=(ratio("torch", 1.0, "1.0 × torch"),),
    ),
    Case(
        name="dropout",
        title="dropout of (32, 64) float32, forward + backward",
        family=FAMILY,
        data=_dropout_data,
        reference=_dropout_reference,
        builders=_both(_dropout),
        tolerance=Tolerance(1e-6, "float32, two roundings"),
        targets=(ratio("torch", 1 / 3, "1/3 of torch"),),
    ),
)
