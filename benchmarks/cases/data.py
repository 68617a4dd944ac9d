"""An epoch over data in memory: what a DataLoader adds to slicing by hand.

Each candidate shuffles in its own way, so what is compared before anything is timed is that every
row was seen once, in batches of the right size.
"""

from __future__ import annotations

import functools
import importlib
from typing import Any

import numpy as np

from benchmarks.case import PYAD, Arrays, Candidate, Case, Tolerance, per_call, ratio

ROWS, COLUMNS, BATCH = 10_000, 64, 64


def _data() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(60)
    return rng.standard_normal((ROWS, COLUMNS)).astype(np.float32), rng.integers(0, 10, ROWS)


def _digest(batches: Any) -> Arrays:
    """Every row is seen once, in batches of the right size: sums, and the sizes."""
    rows, labels, sizes = 0.0, 0.0, []
    for x, y in batches:
        rows += float(np.asarray(x.numpy(), np.float64).sum())
        labels += float(y.numpy().sum())
        sizes.append(len(y))
    return {"rows": np.array([rows]), "labels": np.array([labels]), "sizes": np.array(sizes)}


def _reference(data: tuple[np.ndarray, np.ndarray]) -> Arrays:
    x, y = data
    whole, rest = divmod(ROWS, BATCH)
    sizes = [BATCH] * whole + ([rest] if rest else [])
    return {
        "rows": np.array([x.astype(np.float64).sum()]),
        "labels": np.array([float(y.sum())]),
        "sizes": np.array(sizes),
    }


def _loader(peer: str, data: tuple[np.ndarray, np.ndarray]) -> Candidate:
    lib = importlib.import_module(peer)
    tools = importlib.import_module(f"{peer}.utils.data")
    dataset = tools.TensorDataset(lib.tensor(data[0]), lib.tensor(data[1]))
    loader = tools.DataLoader(dataset, batch_size=BATCH, shuffle=True)

    def epoch() -> None:
        for _ in loader:
            pass

    return Candidate(per_call(epoch), lambda: _digest(loader))


def _slices(data: tuple[np.ndarray, np.ndarray]) -> Candidate:
    """By hand, with pyad: one permutation, and rows by index."""
    lib = importlib.import_module(PYAD)
    x, y = lib.tensor(data[0]), lib.tensor(data[1])

    def batches() -> Any:
        order = lib.randperm(ROWS)
        for i in range(0, ROWS, BATCH):
            yield x[order[i : i + BATCH]], y[order[i : i + BATCH]]

    def epoch() -> None:
        for _ in batches():
            pass

    return Candidate(per_call(epoch), lambda: _digest(batches()))


CASES = (
    Case(
        name="data-epoch",
        title="Epoch over 10 000 × 64 float32 and labels, batch 64, shuffled",
        family="Data",
        data=_data,
        reference=_reference,
        builders={
            PYAD: functools.partial(_loader, PYAD),
            "torch": functools.partial(_loader, "torch"),
            "pyad-slices": _slices,
        },
        tolerance=Tolerance(1e-9, "sums of all rows in float64, in another order"),
        targets=(ratio("pyad-slices", 1.1, "1.1 × slicing by hand"),),
    ),
)
