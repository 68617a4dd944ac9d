"""Worker threads of loaders: their datasets, random numbers, errors, and how they end."""

from __future__ import annotations

import gc
import random
import signal
import subprocess
import sys
import threading
import time

import pytest
import torch
import torch.utils.data

import pyad
from pyad.utils import data

LIBS = (torch, pyad)


def wait_for(condition, seconds=10.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.01)


def worker_threads():
    return [t for t in threading.enumerate() if t.name.startswith("pyad-data")]


@pytest.fixture(autouse=True)
def workers_end():
    yield
    gc.collect()
    wait_for(lambda: not worker_threads())


class Shards(data.IterableDataset):
    def __init__(self, n):
        self.start, self.stop = 0, n

    def __iter__(self):
        return iter(range(self.start, self.stop))

    def __len__(self):
        return self.stop - self.start


def share(worker):
    info = data.get_worker_info()
    size = info.dataset.stop // info.num_workers
    info.dataset.start, info.dataset.stop = worker * size, (worker + 1) * size


def test_each_worker_has_a_dataset_of_its_own():
    shards = Shards(12)
    loader = data.DataLoader(shards, 2, num_workers=3, worker_init_fn=share)
    batches = [b.tolist() for b in loader]
    assert batches == [[0, 1], [4, 5], [8, 9], [2, 3], [6, 7], [10, 11]]
    assert (shards.start, shards.stop) == (0, 12)
    assert data.get_worker_info() is None
    assert len(loader) == 6


def test_unequal_workers():
    class Uneven(data.IterableDataset):
        def __iter__(self):
            info = data.get_worker_info()
            return iter([info.id] * (1 if info.id == 0 else 5))

    assert [b.tolist() for b in data.DataLoader(Uneven(), 2, num_workers=2)] == [
        [0],
        [1, 1],
        [1, 1],
        [1],
    ]
    dropped = data.DataLoader(Uneven(), 2, num_workers=2, drop_last=True)
    assert [b.tolist() for b in dropped] == [[1, 1], [1, 1]]
    single = data.DataLoader(Uneven(), None, num_workers=2)
    assert list(single) == [0, 1, 1, 1, 1, 1]


class Noise(torch.utils.data.Dataset):
    def __init__(self, lib):
        self.lib = lib

    def __getitem__(self, i):
        return self.lib.rand(2)

    def __len__(self):
        return 8


def test_random_numbers_of_workers_are_those_of_torch():
    results = []
    for lib in LIBS:
        lib.manual_seed(9)
        loader = lib.utils.data.DataLoader(Noise(lib), 3, num_workers=2)
        seen = [b.tolist() for _ in range(2) for b in loader]
        results.append((seen, lib.rand(2).tolist()))
    assert results[0] == results[1]


def test_worker_info():
    seen = []

    class Told(data.Dataset):
        def __getitem__(self, i):
            info = data.get_worker_info()
            seen.append((info.id, info.num_workers, info.seed, info.rng.random_generator.random()))
            return i

        def __len__(self):
            return 4

    pyad.manual_seed(0)
    list(data.DataLoader(Told(), 2, num_workers=2))
    assert {(w, n) for w, n, _, _ in seen} == {(0, 2), (1, 2)}
    seeds = {w: s for w, _, s, _ in seen}
    assert seeds[1] == seeds[0] + 1
    first = next(r for w, _, _, r in seen if w == 0)
    assert first == random.Random(seeds[0]).random()


class Faulty(data.Dataset):
    def __init__(self, error):
        self.error = error

    def __getitem__(self, i):
        if i == 3:
            raise self.error
        return i

    def __len__(self):
        return 6


class TwoArgumentsError(Exception):
    def __init__(self, a, b):
        super().__init__(a, b)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ValueError("this sample is bad"), ValueError),
        (KeyError("this sample is bad"), KeyError),
        (StopIteration("this sample is bad"), RuntimeError),
        (TwoArgumentsError("this sample is bad", 2), RuntimeError),
    ],
    ids=str,
)
def test_errors_of_workers(error, kind):
    batches = iter(data.DataLoader(Faulty(error), 2, num_workers=2))
    assert next(batches).tolist() == [0, 1]
    with pytest.raises(kind, match="in DataLoader worker thread 1") as caught:
        next(batches)
    assert "this sample is bad" in str(caught.value)
    assert "__getitem__" in str(caught.value)
    assert caught.value.__cause__ is error
    assert next(batches).tolist() == [4, 5]


def test_errors_of_init_functions():
    def init(worker):
        raise ValueError("cannot start")

    with pytest.raises(ValueError, match="cannot start"):
        next(iter(data.DataLoader([1, 2], num_workers=1, worker_init_fn=init)))


def test_timeout():
    release = threading.Event()

    class Slow(data.Dataset):
        def __getitem__(self, i):
            release.wait(10)
            return i

        def __len__(self):
            return 2

    batches = iter(data.DataLoader(Slow(), num_workers=1, timeout=0.05))
    with pytest.raises(RuntimeError, match=r"DataLoader timed out after 0\.05 seconds"):
        next(batches)
    release.set()


def test_workers_end_with_their_iterator():
    gc.collect()
    wait_for(lambda: not worker_threads())
    loader = data.DataLoader(range(100), num_workers=3)
    batches = iter(loader)
    next(batches)
    assert len(worker_threads()) == 3
    del batches
    wait_for(lambda: not worker_threads())
    list(loader)
    wait_for(lambda: not worker_threads())


def test_persistent_workers():
    starts = []
    loader = data.DataLoader(
        range(7), 2, num_workers=2, persistent_workers=True, worker_init_fn=starts.append
    )
    for _ in range(3):
        assert [b.tolist() for b in loader] == [[0, 1], [2, 3], [4, 5], [6]]
    assert next(iter(loader)).tolist() == [0, 1]  # left in the middle
    assert [b.tolist() for b in loader] == [[0, 1], [2, 3], [4, 5], [6]]
    assert sorted(starts) == [0, 1]
    assert len(worker_threads()) == 2
    shards = data.DataLoader(Shards(4), 2, num_workers=1, persistent_workers=True)
    assert [[b.tolist() for b in shards] for _ in range(2)] == [[[0, 1], [2, 3]]] * 2
    del loader, shards
    wait_for(lambda: not worker_threads())


def test_prefetching():
    fetched = []

    class Watched(data.Dataset):
        def __getitem__(self, i):
            fetched.append(i)
            return i

        def __len__(self):
            return 20

    batches = iter(data.DataLoader(Watched(), num_workers=2, prefetch_factor=3))
    wait_for(lambda: len(fetched) == 6)
    next(batches)
    wait_for(lambda: len(fetched) == 7)
    time.sleep(0.05)
    assert sorted(fetched) == list(range(7))


@pytest.mark.parametrize("factor", [1, 2])
def test_a_worker_that_ended_is_replaced(factor):
    """What was asked of it beyond its end is asked once of the others: they work further ahead."""
    made = []

    class Uneven(data.IterableDataset):
        def __iter__(self):
            if data.get_worker_info().id == 0:
                return
            for i in range(20):
                made.append(i)
                yield i

    batches = iter(data.DataLoader(Uneven(), num_workers=2, prefetch_factor=factor))
    assert next(batches).item() == 0
    # Its own, the one of the worker that ended, and the one after the first that was taken.
    wait_for(lambda: len(made) == factor + 2)
    time.sleep(0.05)
    assert len(made) == factor + 2
    assert [b.item() for b in batches] == list(range(1, 20))


def test_order_of_completion():
    release = threading.Event()

    class First(data.Dataset):
        def __getitem__(self, i):
            if i == 0:
                release.wait(10)
            return i

        def __len__(self):
            return 4

    batches = iter(data.DataLoader(First(), num_workers=2, in_order=False))
    assert next(batches).item() == 1
    release.set()
    assert sorted(b.item() for b in batches) == [0, 2, 3]


def test_a_program_can_end_while_workers_live(tmp_path):
    program = """
import signal, sys, time, pyad
from pyad.utils.data import DataLoader, Dataset
signal.signal(signal.SIGINT, signal.default_int_handler)  # a background shell may ignore it
class Slow(Dataset):
    def __getitem__(self, i):
        time.sleep(0.02)
        return i
    def __len__(self):
        return 1000
batches = iter(DataLoader(Slow(), num_workers=2, persistent_workers=True))
next(batches)
print("ready", flush=True)
if sys.argv[1] == "wait":
    for b in batches:
        pass
"""
    done = subprocess.run(
        [sys.executable, "-c", program, "end"], capture_output=True, timeout=60, cwd=tmp_path
    )
    assert (done.returncode, done.stderr) == (0, b"")
    with subprocess.Popen(
        [sys.executable, "-c", program, "wait"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as running:
        assert running.stdout.readline() == b"ready\n"
        time.sleep(0.1)
        running.send_signal(signal.SIGINT)
        _, errors = running.communicate(timeout=60)
    assert b"KeyboardInterrupt" in errors
    assert running.returncode != 0
