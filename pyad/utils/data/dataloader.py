"""DataLoader: batches of a dataset, in this thread or prefetched by worker threads.

Random numbers are drawn as PyTorch draws them: a base seed when an iterator is made, then what the
sampler needs when its first index is asked for. So the order of batches, and all random numbers
that a program draws later, are the same for the same seed.
"""

from __future__ import annotations

import itertools
import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pyad import _core
from pyad._core import Generator, Tensor
from pyad.utils.data.collate import default_collate, default_convert
from pyad.utils.data.dataset import IterableDataset, Subset, TensorDataset
from pyad.utils.data.sampler import BatchSampler, RandomSampler, SequentialSampler, draw_seed
from pyad.utils.data.worker import ENDED, Failure, Job, Worker

if TYPE_CHECKING:
    from concurrent.futures import Future

__all__ = ["DataLoader"]

T_co = TypeVar("T_co", covariant=True)
Fetch = Callable[[Any], Any]


def _fetch_by_index(dataset: Any, batched: bool, collate: Fetch) -> Fetch:
    """The way from indices to a batch for a dataset with `__getitem__`."""
    if not batched:
        return lambda index: collate(dataset[index])
    if getattr(dataset, "__getitems__", None):
        return lambda indices: collate(dataset.__getitems__(indices))
    return lambda indices: collate([dataset[i] for i in indices])


def _fetch_in_order(dataset: Any, batched: bool, collate: Fetch, drop_last: bool) -> Fetch:
    """The same for an iterable dataset: of the indices only their number counts."""
    source = iter(dataset)
    if not batched:
        return lambda _: collate(next(source))

    def fetch(indices: Any) -> Any:
        samples = list(itertools.islice(source, len(indices)))
        if not samples or (drop_last and len(samples) < len(indices)):
            raise StopIteration
        return collate(samples)

    return fetch


def _rows(dataset: Any) -> tuple[tuple[Tensor, ...], Tensor | None] | None:
    """The tensors of a TensorDataset and, for a Subset of one, its indices; else None."""
    chosen: Tensor | None = None
    while type(dataset) is Subset:
        inner: Any = dataset.indices
        if not isinstance(inner, Tensor):
            try:
                inner = _core.tensor(inner)
            except (TypeError, ValueError, RuntimeError):
                return None
        if inner.dtype != _core.int64 or inner.dim() != 1:
            return None
        chosen = inner if chosen is None else inner[chosen]
        dataset = dataset.dataset
    if type(dataset) is not TensorDataset:
        return None
    return dataset.tensors, chosen


def _gather(tensors: tuple[Tensor, ...]) -> Fetch:
    """From a tensor of indices to a batch: one call for each tensor."""
    if len(tensors) == 1:
        (x,) = tensors
        return lambda part: [x[part]]
    if len(tensors) == 2:
        x, y = tensors
        return lambda part: [x[part], y[part]]
    return lambda part: [t[part] for t in tensors]


def _pieces(x: Tensor, size: int) -> Iterable[Tensor]:
    """`x.split(size)`, of a long tensor not all at once."""
    block = size * 1024
    if x.size(0) <= block:
        return x.split(size) if x.size(0) else ()
    blocks = (x[i : i + block].split(size) for i in range(0, x.size(0), block))
    return itertools.chain.from_iterable(blocks)


def _copies(columns: list[Iterable[Tensor]]) -> Iterator[list[Tensor]]:
    """Batches of copies: what the user writes into a batch must not reach the dataset."""
    if len(columns) == 2:
        for a, b in zip(*columns, strict=True):
            yield [a.clone(), b.clone()]
    else:
        for row in zip(*columns, strict=True):
            yield [piece.clone() for piece in row]


class _Endless:
    """Stands for the sampler of an iterable dataset."""

    def __iter__(self) -> Iterator[None]:
        return itertools.repeat(None)


class _Fetched:
    """Batches made when asked for. No generator, which would end with an error of the dataset."""

    def __init__(self, indices: Iterator[Any], fetch: Fetch, iterable: bool) -> None:
        self._indices, self._fetch, self._iterable = indices, fetch, iterable

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        batch = next(self._indices)
        try:
            return self._fetch(batch)
        except StopIteration as end:
            if self._iterable:  # its end
                raise
            raise RuntimeError("DataLoader: the dataset raised StopIteration") from end


class _Batches(itertools.chain):  # type: ignore[type-arg]
    """The chained batches of an epoch, which know how many of them the loader counts."""

    sampler: Any

    def __len__(self) -> int:
        return len(self.sampler)


def _fetch_maker(loader: DataLoader[Any]) -> Callable[[Any], Fetch]:
    """A function from a dataset (the loader's or a copy) to the way to its batches.

    It does not know the loader: worker threads hold it, and must not keep the loader alive.
    """
    batched = loader.batch_sampler is not None
    collate = loader.collate_fn
    if loader._iterable:
        drop_last = loader.drop_last
        return lambda dataset: _fetch_in_order(dataset, batched, collate, drop_last)
    rows = loader._gatherable()
    if rows is None:
        return lambda dataset: _fetch_by_index(dataset, batched, collate)
    tensors, chosen = rows
    gather = _gather(tensors)
    return lambda _: lambda batch: gather(_index(batch, chosen))


class DataLoader(Generic[T_co]):
    """Iterates over batches of a dataset; each `iter(loader)` is one epoch.

    Args:
        dataset: With `__getitem__` and `__len__`, or an IterableDataset.
        batch_size: Samples in a batch; None gives single samples, not batched.
        shuffle: Whether each epoch has a new random order.
        sampler: The order of indices, instead of `shuffle`.
        batch_sampler: Lists of indices, instead of batch_size, shuffle, sampler and drop_last.
        num_workers: Threads that fetch batches ahead; 0: batches are made when asked for.
        collate_fn: Makes a batch of a list of samples. Default: `default_collate`, or without
            batches `default_convert`.
        pin_memory: Accepted: there is no other device.
        drop_last: Whether a shorter last batch is left out.
        timeout: Seconds to wait for a batch of a worker; 0 waits for ever.
        worker_init_fn: Called on each worker thread with its number.
        multiprocessing_context: Accepted: workers are threads.
        generator: Where the order comes from. Default: the default generator.
        prefetch_factor: Batches asked of each worker ahead. Default: 2.
        persistent_workers: Whether workers live on after an epoch.
        pin_memory_device: Accepted.
        in_order: Whether batches of workers come in the sampler's order.

    Raises:
        ValueError: Arguments contradict each other.

    Example:
        >>> import pyad
        >>> from pyad.utils.data import DataLoader, TensorDataset
        >>> _ = pyad.manual_seed(0)
        >>> loader = DataLoader(TensorDataset(pyad.arange(5)), batch_size=2, shuffle=True)
        >>> [x.tolist() for (x,) in loader]
        [[1, 4], [2, 3], [0]]
    """

    _initialized = False

    def __init__(
        self,
        dataset: Any,
        batch_size: int | None = 1,
        shuffle: bool | None = None,
        sampler: Iterable[Any] | None = None,
        batch_sampler: Iterable[Any] | None = None,
        num_workers: int = 0,
        collate_fn: Callable[[Any], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn: Callable[[int], None] | None = None,
        multiprocessing_context: Any = None,
        generator: Generator | None = None,
        *,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
        pin_memory_device: str = "",
        in_order: bool = True,
    ) -> None:
        if num_workers < 0:
            raise ValueError(
                "num_workers option should be non-negative; use num_workers=0 to disable "
                "multiprocessing."
            )
        if timeout < 0:
            raise ValueError("timeout option should be non-negative")
        if num_workers == 0 and prefetch_factor is not None:
            raise ValueError(
                "prefetch_factor option could only be specified in multiprocessing. Let "
                "num_workers > 0 to enable multiprocessing, otherwise set prefetch_factor to None."
            )
        if prefetch_factor is not None and prefetch_factor <= 0:
            raise ValueError("prefetch_factor option should be positive")
        if persistent_workers and num_workers == 0:
            raise ValueError("persistent_workers option needs num_workers > 0")
        if multiprocessing_context is not None and num_workers == 0:
            raise ValueError(
                "multiprocessing_context can only be used with multi-process loading "
                f"(num_workers > 0), but got num_workers={num_workers}"
            )
        self._iterable = isinstance(dataset, IterableDataset)
        if self._iterable:
            for name, value in (
                ("shuffle", shuffle or None),
                ("sampler", sampler),
                ("batch_sampler", batch_sampler),
            ):
                if value is not None:
                    raise ValueError(
                        f"DataLoader with IterableDataset: expected unspecified {name} option, "
                        f"but got {name}={value}"
                    )
        if sampler is not None and shuffle:
            raise ValueError("sampler option is mutually exclusive with shuffle")
        if batch_sampler is not None:
            if batch_size != 1 or shuffle or sampler is not None or drop_last:
                raise ValueError(
                    "batch_sampler option is mutually exclusive with batch_size, shuffle, "
                    "sampler, and drop_last"
                )
            batch_size = None
        elif batch_size is None and drop_last:
            raise ValueError(
                "batch_size=None option disables auto-batching and is mutually exclusive with "
                "drop_last"
            )
        if sampler is None:
            if self._iterable:
                sampler = _Endless()
            elif shuffle:
                sampler = RandomSampler(dataset, generator=generator)
            else:
                sampler = SequentialSampler(dataset)
        if batch_size is not None and batch_sampler is None:
            indices: Any = sampler
            batch_sampler = BatchSampler(indices, batch_size, drop_last)
        if collate_fn is None:
            collate_fn = default_convert if batch_sampler is None else default_collate
        self.dataset = dataset
        self.batch_size = batch_size
        self.sampler = sampler
        self.batch_sampler = batch_sampler
        self.num_workers = num_workers
        self.collate_fn = collate_fn
        self.pin_memory = pin_memory
        self.drop_last = drop_last
        self.timeout = timeout
        self.worker_init_fn = worker_init_fn
        self.multiprocessing_context = multiprocessing_context
        self.generator = generator
        self.prefetch_factor = 2 if num_workers > 0 and prefetch_factor is None else prefetch_factor
        self.persistent_workers = persistent_workers
        self.pin_memory_device = pin_memory_device
        self.in_order = in_order
        self._living: _WorkerBatches | None = None
        self._initialized = True

    def __setattr__(self, name: str, value: Any) -> None:
        if self._initialized and name in _FIXED:
            raise ValueError(
                f"{name} attribute should not be set after {type(self).__name__} is initialized"
            )
        super().__setattr__(name, value)

    def __iter__(self) -> Iterator[Any]:
        if self.num_workers > 0:
            if not self.persistent_workers:
                return _WorkerBatches(self)
            if self._living is None:
                self._living = _WorkerBatches(self)
            else:
                self._living.restart(self)
            return self._living
        draw_seed(self.generator)  # the workers' base seed
        rows = self._gatherable()
        source = iter((self._batches(),)) if rows is None else self._gathered(*rows)
        made: Any = _Batches.from_iterable(source)
        made.sampler = self._indices()
        return made  # type: ignore[no-any-return]

    def __len__(self) -> int:
        if not self._iterable:
            return len(self._indices())
        n = len(self.dataset)
        if self.batch_size is None:
            return n
        return n // self.batch_size if self.drop_last else -(-n // self.batch_size)

    def _indices(self) -> Any:
        return self.sampler if self.batch_sampler is None else self.batch_sampler

    def _gatherable(self) -> tuple[tuple[Tensor, ...], Tensor | None] | None:
        """Tensors (and chosen rows) whose batches can be gathered without single samples."""
        if self.collate_fn is not default_collate or self.batch_sampler is None:
            return None
        return _rows(self.dataset)

    def _batches(self) -> Iterator[Any]:
        indices = iter(self._indices())
        fetch = _fetch_maker(self)(self.dataset)
        return _Fetched(indices, fetch, self._iterable)

    def _gathered(
        self, tensors: tuple[Tensor, ...], chosen: Tensor | None
    ) -> Iterator[Iterable[list[Tensor]]]:
        """Batches of whole tensors, as iterables to be chained."""
        batches: Any = self.batch_sampler
        order: Any = batches.sampler if type(batches) is BatchSampler else None
        n = tensors[0].size(0) if chosen is None else chosen.size(0)
        gather = _gather(tensors)
        whole = order is not None and getattr(order, "data_source", None) is self.dataset
        if whole and type(order) is SequentialSampler:
            size = batches.batch_size
            stop = n - n % size if batches.drop_last else n
            if chosen is not None:
                yield map(gather, _pieces(chosen[:stop], size))
            else:
                yield _copies([_pieces(t[:stop], size) for t in tensors])
        elif whole and type(order) is RandomSampler and not order.replacement and len(order) == n:
            size = batches.batch_size
            indices = order.permutation()
            if chosen is not None:
                indices = chosen[indices]
            full = n - n % size
            yield map(gather, _pieces(indices[:full] if full < n else indices, size))
            if order.generator is not None:  # the sampler's last draw, of which it uses nothing
                _core.randperm(n, generator=order.generator)
            if full < n and not batches.drop_last:
                yield (gather(indices[full:]),)
        else:
            yield (gather(_index(batch, chosen)) for batch in batches)


_FIXED = {
    "batch_size",
    "batch_sampler",
    "sampler",
    "drop_last",
    "dataset",
    "persistent_workers",
}


def _index(batch: Any, chosen: Tensor | None) -> Tensor:
    """Indices of a batch as a tensor; of a Subset, those of its dataset."""
    part = _core.as_tensor(batch, dtype=_core.int64)
    return part if chosen is None else chosen[part]


def _end(workers: list[Worker], stop: threading.Event) -> None:
    stop.set()
    for worker in workers:
        worker.shutdown()


class _WorkerBatches(Iterator[Any]):
    """An epoch whose batches are made by worker threads; they end with it."""

    def __init__(self, loader: DataLoader[Any]) -> None:
        base_seed = draw_seed(loader.generator)
        stop = threading.Event()
        job = Job(
            loader.dataset,
            _fetch_maker(loader),
            loader._iterable,
            loader.num_workers,
            base_seed,
            loader.worker_init_fn,
            stop,
        )
        self._workers = [Worker(job, i) for i in range(loader.num_workers)]
        # The threads know the job only, never this iterator, so dropping it ends them.
        self._finalizer = weakref.finalize(self, _end, self._workers, stop)
        self._begin(loader)

    def _begin(self, loader: DataLoader[Any]) -> None:
        self._sampler = loader._indices()
        self._indices = iter(self._sampler)
        self._iterable = loader._iterable
        self._timeout = loader.timeout or None
        self._in_order = loader.in_order
        self._persistent = loader.persistent_workers
        self._active = [True] * len(self._workers)
        self._turn = itertools.cycle(range(len(self._workers)))
        self._waiting: deque[tuple[int, Future[Any]]] = deque()
        for _ in range((loader.prefetch_factor or 2) * len(self._workers)):
            self._ask()

    def restart(self, loader: DataLoader[Any]) -> None:
        """Starts another epoch with the same threads."""
        for _, future in self._waiting:
            future.cancel()
        for worker in self._workers:
            worker.restart()
        self._begin(loader)

    def _ask(self) -> None:
        """Asks the next worker in turn for the next batch, if there is one."""
        if not any(self._active):
            return
        try:
            indices = next(self._indices)
        except StopIteration:
            return
        i = next(i for i in self._turn if self._active[i])
        self._waiting.append((i, self._workers[i].submit(indices)))

    def _take(self) -> tuple[int, Any]:
        from concurrent import futures

        place = 0
        if not self._in_order:
            pending = [future for _, future in self._waiting]
            done = futures.wait(pending, self._timeout, futures.FIRST_COMPLETED).done
            ready = (k for k, (_, future) in enumerate(self._waiting) if future in done)
            place = next(ready, 0)
        i, future = self._waiting[place]
        try:
            result = future.result(self._timeout)
        except futures.TimeoutError:
            raise RuntimeError(f"DataLoader timed out after {self._timeout} seconds") from None
        del self._waiting[place]
        return i, result

    def __next__(self) -> Any:
        while self._waiting:
            i, result = self._take()
            if result is ENDED:
                if self._active[i]:
                    self._active[i] = False
                    self._ask()
                continue
            self._ask()
            if isinstance(result, Failure):
                result.reraise()
            return result
        if not self._persistent:
            self._finalizer()
            for worker in self._workers:
                worker.join()
        raise StopIteration

    def __len__(self) -> int:
        return len(self._sampler)
