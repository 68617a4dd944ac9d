"""Loaders at their edges: whose memory batches are, epochs that begin again, workers that end
early, draws in PyTorch's order, what is left over in a split.
"""

from __future__ import annotations

import threading

import numpy as np
import pytest
import torch

import pyad

N = 23


def data(lib):
    return lib.utils.data.TensorDataset(
        lib.arange(float(N)), lib.arange(float(2 * N)).reshape(N, 2)
    )


LOADERS = {
    "in order": {"batch_size": 4},
    "in order, whole": {"batch_size": 4, "drop_last": True},
    "one batch": {"batch_size": N},
    "one by one": {"batch_size": 1},
    "shuffled": {"batch_size": 4, "shuffle": True},
    "shuffled, whole": {"batch_size": 4, "shuffle": True, "drop_last": True},
    "shuffled in one": {"batch_size": N, "shuffle": True},
    "workers": {"batch_size": 4, "num_workers": 2},
}
SOURCES = {
    "tensors": data,
    "part": lambda lib: lib.utils.data.Subset(data(lib), list(range(3, 20))),
    "part of a part": lambda lib: lib.utils.data.Subset(
        lib.utils.data.Subset(data(lib), list(range(20))), [5, 1, 3, 7, 9, 11]
    ),
    "joined": lambda lib: lib.utils.data.ConcatDataset([data(lib), data(lib)]),
    "stacked": lambda lib: lib.utils.data.StackDataset(lib.arange(float(N))),
}


def tensors_of(dataset):
    if hasattr(dataset, "tensors"):
        return list(dataset.tensors)
    if hasattr(dataset, "dataset"):
        return tensors_of(dataset.dataset)
    parts = getattr(dataset, "datasets", [])
    return [t for d in parts for t in ([d] if hasattr(d, "fill_") else tensors_of(d))]


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("loader", LOADERS)
def test_batches_have_memory_of_their_own(loader, source):
    """Written to, they change neither the dataset nor each other."""
    dataset = SOURCES[source](pyad)
    own = tensors_of(dataset)
    assert own
    before = [t.tolist() for t in own]
    batches = []
    for batch in pyad.utils.data.DataLoader(dataset, **LOADERS[loader]):
        batches.append(batch)
        seen = [t.tolist() for b in batches[:-1] for t in b]
        for t in batch:
            t.fill_(-7.0)
        assert [t.tolist() for b in batches[:-1] for t in b] == seen
    assert [t.tolist() for t in own] == before
    for t in own:
        t.zero_()
    assert all((t == -7.0).all() for b in batches for t in b)


class Slow(pyad.utils.data.Dataset):
    """Says what was fetched, and waits until it may go on."""

    def __init__(self, n):
        self.n = n
        self.log = []
        self.go = threading.Event()

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        self.go.wait(10)
        self.log.append(i)
        return i


@pytest.mark.parametrize("workers", [1, 2])
def test_an_epoch_that_begins_again_drops_what_was_asked_for(workers):
    """What no worker has begun is never fetched; the new epoch is whole."""
    dataset = Slow(40)
    loader = pyad.utils.data.DataLoader(
        dataset,
        batch_size=1,
        num_workers=workers,
        prefetch_factor=10,
        persistent_workers=True,
    )
    iter(loader)  # asks for 10 batches a worker, of which each begins one
    again = iter(loader)
    dataset.go.set()
    assert [b.item() for b in again] == list(range(40))
    assert len(dataset.log) <= 40 + workers
    assert sorted(set(dataset.log)) == list(range(40))
    assert [b.item() for b in loader] == list(range(40))


def make_uneven(lib, lengths):
    class Uneven(lib.utils.data.IterableDataset):
        """Each worker has its own number of items."""

        def __iter__(self):
            worker = lib.utils.data.get_worker_info().id
            return iter([100 * worker + i for i in range(lengths[worker])])

    return Uneven()


@pytest.mark.parametrize(
    "lengths",
    [(0, 7), (7, 0), (1, 9, 2), (9, 0, 0), (0, 0, 5), (3, 3), (0, 0), (2, 11, 0, 5)],
    ids=str,
)
@pytest.mark.parametrize("batch_size", [1, 2, None])
@pytest.mark.parametrize("prefetch", [1, 2])
def test_workers_that_end_early_are_replaced(lengths, batch_size, prefetch):
    """The others take their turns: each item once, in the order of PyTorch's rule."""
    loader = pyad.utils.data.DataLoader(
        make_uneven(pyad, lengths),
        batch_size=batch_size,
        num_workers=len(lengths),
        prefetch_factor=prefetch,
    )
    got = [b.tolist() if hasattr(b, "tolist") else b for b in loader]
    size = batch_size or 1
    left = [
        [[100 * w + i for i in range(k, min(k + size, n))] for k in range(0, n, size)]
        for w, n in enumerate(lengths)
    ]
    want, turn = [], 0
    items = sorted(i for b in got for i in (b if isinstance(b, list) else [b]))
    assert items == sorted(i for w in left for b in w for i in b)
    while any(left):  # workers in turn; those that have ended are passed over
        if left[turn % len(left)]:
            want.append(left[turn % len(left)].pop(0))
        turn += 1
    mine = [b if isinstance(b, list) else [b] for b in got]
    for w in range(len(lengths)):
        assert [b for b in mine if b[0] // 100 == w] == [b for b in want if b[0] // 100 == w]


@pytest.mark.parametrize("n", [1, 5, 100])
@pytest.mark.parametrize("count", [1, 31, 32, 33, 64, 100])
@pytest.mark.parametrize("replacement", [False, True])
def test_samplers_draw_as_pytorchs(n, count, replacement):
    """Blocks of 32 with replacement, whole permutations without; and leave the stream there."""
    found = []
    for lib in (pyad, torch):
        g = lib.Generator().manual_seed(4)
        sampler = lib.utils.data.RandomSampler(
            range(n), replacement=replacement, num_samples=count, generator=g
        )
        lib.manual_seed(9)
        free = lib.utils.data.RandomSampler(range(n), replacement=replacement, num_samples=count)
        found.append(
            [
                list(sampler),
                list(sampler),
                lib.rand(3, generator=g).tolist(),
                list(free),
                lib.rand(3).tolist(),
            ]
        )
    assert found[0] == found[1]


SPLITS = [
    [0.5, 0.5],
    [0.3, 0.3, 0.4],
    [0.1] * 10,
    [0.9, 0.1],
    [1 / 3, 1 / 3, 1 / 3],
    [0.99, 0.01],
    [0.25, 0.25, 0.25, 0.25],
    [1.0],
    [0.0, 1.0],
]


@pytest.mark.filterwarnings("ignore:Length of split")
@pytest.mark.parametrize("n", [1, 2, 3, 7, 10, 23])
@pytest.mark.parametrize("fractions", SPLITS, ids=str)
def test_what_is_left_over_in_a_split(fractions, n):
    found = []
    for lib in (pyad, torch):
        parts = lib.utils.data.random_split(
            range(n), fractions, generator=lib.Generator().manual_seed(1)
        )
        found.append([list(p) for p in parts])
    assert found[0] == found[1]
    assert sorted(i for p in found[0] for i in p) == list(range(n))


@pytest.mark.parametrize("padding_idx", [None, 0, 3, 6, -1, -4, -7])
@pytest.mark.parametrize("mode", ["sum", "mean", "max"])
def test_padding_of_tables_counts_from_the_end_too(padding_idx, mode, rng):
    rows = rng.integers(0, 7, 24)
    rows[:7] = range(7)
    f = {"mode": mode, "padding_idx": padding_idx}
    table = rng.standard_normal((7, 3))
    places = [
        lib.nn.functional.embedding_bag(lib.tensor(rows.reshape(4, 6)), lib.tensor(table), **f)
        for lib in (pyad, torch)
    ]
    np.testing.assert_allclose(*(t.numpy() for t in places), rtol=1e-12, atol=1e-14)
    for make in (
        lambda lib: lib.nn.EmbeddingBag(
            7, 3, mode=mode, padding_idx=padding_idx, dtype=lib.float64
        ),
        lambda lib: lib.nn.Embedding(7, 3, padding_idx=padding_idx, dtype=lib.float64),
        lambda lib: lib.nn.EmbeddingBag.from_pretrained(
            lib.arange(21.0).reshape(7, 3).to(lib.float64),
            False,
            mode=mode,
            padding_idx=padding_idx,
        ),
    ):
        found = []
        for lib in (pyad, torch):
            lib.manual_seed(2)
            module = make(lib)
            y = module(lib.tensor(rows.reshape(4, 6)))
            (y * y).sum().backward()
            found.append(
                [module.weight.detach().numpy(), y.detach().numpy(), module.weight.grad.numpy()]
            )
            found[-1].append(np.asarray(-99 if module.padding_idx is None else module.padding_idx))
        for a, b in zip(*found, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("asks", [False, True])
@pytest.mark.parametrize("given_asks", [False, True])
@pytest.mark.parametrize("kind", ["Parameter", "tensor"])
def test_assigned_states_keep_whether_the_module_asks_for_gradients(kind, given_asks, asks):
    """Parameters and buffers, deep in a module; what was given is taken as it is otherwise."""
    module = pyad.nn.Sequential(pyad.nn.Linear(2, 3), pyad.nn.BatchNorm1d(3))
    module.requires_grad_(asks)
    state = {}
    for name, value in module.state_dict().items():
        t = pyad.full(value.shape, 3, dtype=value.dtype)
        if name in dict(module.named_parameters()):
            t = (
                pyad.nn.Parameter(t, given_asks)
                if kind == "Parameter"
                else t.requires_grad_(given_asks)
            )
        state[name] = t
    module.load_state_dict(state, assign=True)
    for name, p in module.named_parameters():
        assert isinstance(p, pyad.nn.Parameter)
        assert p.is_leaf
        assert p.requires_grad is asks
        assert p.data_ptr() == state[name].data_ptr()
        assert (p == 3).all()
    for name, b in module.named_buffers():
        assert b.requires_grad is False
        assert b.data_ptr() == state[name].data_ptr()


@pytest.mark.parametrize("workers", [0, 2])
def test_an_error_of_the_dataset_costs_one_batch(workers):
    class Broken:
        def __len__(self):
            return 4

        def __getitem__(self, i):
            if i == 2:
                raise KeyError(i)
            return i

    it = iter(pyad.utils.data.DataLoader(Broken(), num_workers=workers))
    seen = []
    for _ in range(4):
        try:
            seen.append(next(it).tolist())
        except KeyError:
            seen.append("error")
    assert seen == [[0], [1], "error", [3]]
    with pytest.raises(StopIteration):
        next(it)


def test_a_dataset_that_raises_stop_iteration_does_not_end_the_epoch():
    class Ends:
        def __len__(self):
            return 3

        def __getitem__(self, i):
            return next(iter(())) if i == 1 else i

    it = iter(pyad.utils.data.DataLoader(Ends()))
    assert next(it).tolist() == [0]
    with pytest.raises(RuntimeError, match="StopIteration"):
        next(it)
    assert next(it).tolist() == [2]


OPTIONS = {
    "plain": {},
    "batches": {"batch_size": 3, "drop_last": True, "shuffle": True},
    "no batches": {"batch_size": None},
    "a worker": {"num_workers": 1},
    "workers": {"num_workers": 2, "persistent_workers": True, "timeout": 3},
    "fetched ahead": {"num_workers": 2, "prefetch_factor": 5, "in_order": False},
    "nothing fetched ahead": {"num_workers": 0, "prefetch_factor": None},
    "batch sampler": {"batch_sampler": [[0, 1], [2]]},
    "sampler": {"sampler": [2, 0]},
}


@pytest.mark.parametrize("name", OPTIONS)
def test_what_a_loader_says_of_itself(name):
    found = []
    for lib in (pyad, torch):
        loader = lib.utils.data.DataLoader([1.0, 2.0, 3.0], **OPTIONS[name])
        said = {}
        for key, value in vars(loader).items():
            if not key.startswith("_") and key != "multiprocessing_context":
                plain = isinstance(value, (int, float, str, list, type(None)))
                said[key] = value if plain else getattr(value, "__name__", type(value).__name__)
        found.append(said)
    ours, theirs = found
    both = ours.keys() & theirs.keys()
    assert {"batch_size", "num_workers", "prefetch_factor", "drop_last", "timeout"} <= both
    assert {k: ours[k] for k in both} == {k: theirs[k] for k in both}
