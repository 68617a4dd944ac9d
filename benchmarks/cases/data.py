"""An epoch over data in memory: what a DataLoader adds to slicing by hand.

Each candidate shuffles in its own way, so what is compared before anything is timed is that every
row came once, with its own label, in batches of the right size and in another order than before.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from benchmarks.case import PYAD, Arrays, Candidate, Case, Tolerance, per_call, ratio

ROWS, COLUMNS, BATCH = 10_000, 64, 64

Data = tuple[np.ndarray, np.ndarray]
Batches = Callable[[], Iterable[Any]]


def _data() -> Data:
    rng = np.random.default_rng(60)
    return rng.standard_normal((ROWS, COLUMNS)).astype(np.float32), rng.integers(0, 10, ROWS)


def _sorted(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Rows, each followed by its label, in the order of their numbers."""
    joined = np.column_stack([x.astype(np.float64), y])
    return np.asarray(joined[np.lexsort(joined.T[::-1])])


def digest(batches: Iterable[Any], data: Data) -> Arrays:
    """What must be right in spite of the shuffle."""
    found = [(np.asarray(x), np.asarray(y)) for x, y in batches]
    x, y = (np.concatenate(part) for part in zip(*found, strict=True))
    # About one row of a shuffle stays where it was.
    moved = x.shape == data[0].shape and (x[:, 0] != data[0][:, 0]).mean() > 0.99
    return {
        "rows and labels": _sorted(x, y),
        "sizes": np.array([len(y) for _, y in found]),
        "shuffled": np.array([float(moved)]),
    }


def _reference(data: Data) -> Arrays:
    whole, rest = divmod(ROWS, BATCH)
    sizes = [BATCH] * whole + ([rest] if rest else [])
    return {
        "rows and labels": _sorted(*data),
        "sizes": np.array(sizes),
        "shuffled": np.array([1.0]),
    }


def _epoch(batches: Batches, data: Data) -> Candidate:
    def epoch() -> None:
        for _ in batches():
            pass

    return Candidate(per_call(epoch), lambda: digest(batches(), data))


def _library(peer: str) -> tuple[Any, Any]:
    name = peer.split("-")[0]
    return importlib.import_module(name), importlib.import_module(f"{name}.utils.data")


def _loader(peer: str, data: Data) -> Candidate:
    lib, tools = _library(peer)
    dataset = tools.TensorDataset(lib.tensor(data[0]), lib.tensor(data[1]))
    loader = tools.DataLoader(dataset, batch_size=BATCH, shuffle=True)
    return _epoch(lambda: loader, data)


def _batches(peer: str, data: Data) -> Candidate:
    """Whole batches of indices as the loader's sampler: PyTorch's way to take rows at once."""
    lib, tools = _library(peer)
    dataset = tools.TensorDataset(lib.tensor(data[0]), lib.tensor(data[1]))
    sampler = tools.BatchSampler(tools.RandomSampler(dataset), BATCH, drop_last=False)
    loader = tools.DataLoader(dataset, sampler=sampler, batch_size=None)
    return _epoch(lambda: loader, data)


def _slices(peer: str, data: Data) -> Candidate:
    """By hand: one permutation, and rows by index."""
    lib, _ = _library(peer)
    x, y = lib.tensor(data[0]), lib.tensor(data[1])

    def batches() -> Iterator[Any]:
        order = lib.randperm(ROWS)
        for i in range(0, ROWS, BATCH):
            chosen = order[i : i + BATCH]
            yield x[chosen], y[chosen]

    return _epoch(batches, data)


def _numpy(data: Data) -> Candidate:
    """By hand in NumPy: the same."""
    x, y = data
    rng = np.random.default_rng(61)

    def batches() -> Iterator[Any]:
        order = rng.permutation(ROWS)
        for i in range(0, ROWS, BATCH):
            chosen = order[i : i + BATCH]
            yield x.take(chosen, 0), y.take(chosen)

    return _epoch(batches, data)


def _own(peer: str, data: Data) -> Candidate:
    """A Dataset of the user's own: rows one by one, collated by the loader."""
    lib, tools = _library(peer)

    class Rows(tools.Dataset):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            self.x = lib.tensor(data[0])
            self.y = data[1].tolist()

        def __len__(self) -> int:
            return len(self.y)

        def __getitem__(self, i: int) -> Any:
            return self.x[i], self.y[i]

    loader = tools.DataLoader(Rows(), batch_size=BATCH, shuffle=True)
    return _epoch(lambda: loader, data)


_EXACT = Tolerance(0.0, "rows are copied")

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
            "torch-batches": functools.partial(_batches, "torch"),
            "torch-slices": functools.partial(_slices, "torch"),
            "pyad-slices": functools.partial(_slices, PYAD),
            "numpy": _numpy,
        },
        tolerance=_EXACT,
        targets=(ratio("pyad-slices", 1.1, "1.1 × slicing by hand"),),
        labels={"torch": "PyTorch, row by row", "numpy": "NumPy, slices by hand"},
    ),
    Case(
        name="data-own",
        title="the same from a Dataset of one's own, row by row",
        family="Data",
        data=_data,
        reference=_reference,
        builders={peer: functools.partial(_own, peer) for peer in (PYAD, "torch")},
        tolerance=_EXACT,
        labels={"torch": "PyTorch, row by row"},
    ),
)
