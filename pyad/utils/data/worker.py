"""Worker threads of a loader: what runs in them and what the user's code may ask there.

Kernels and most input work let go of Python's lock, so threads suffice; nothing is pickled. Each
worker has a shallow copy of the dataset and a random stream of its own (what `pyad.rand` and its
kin draw from on that thread), with the seeds that PyTorch gives its worker processes.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from pyad import _core
from pyad._core import Generator

# What only workers need is imported with the first of them.
if TYPE_CHECKING:
    import random
    from concurrent.futures import Future

__all__ = ["Failure", "Job", "Worker", "WorkerInfo", "get_worker_info"]

# What a worker returns when its part of an iterable dataset has ended.
ENDED = object()


class Streams(NamedTuple):
    """Random streams that a worker's code may use beside the default one of its thread."""

    random_generator: random.Random
    torch_generator: Generator


class WorkerInfo(NamedTuple):
    """What `get_worker_info` returns: which worker this is, of how many, its seed and dataset."""

    id: int
    num_workers: int
    seed: int
    dataset: Any
    rng: Streams
    worker_method: str = "thread"


class _Here(threading.local):
    info: WorkerInfo | None = None


_here = _Here()


def get_worker_info() -> WorkerInfo | None:
    """On a loader's worker thread: which worker it is; None elsewhere.

    Example:
        >>> from pyad.utils.data import get_worker_info
        >>> get_worker_info() is None
        True
    """
    return _here.info


class _KeyErrorText(str):
    """A text that a KeyError shows as it is instead of quoted."""

    def __repr__(self) -> str:
        return str(self)


class Failure:
    """An exception of a worker on its way to the user.

    Args:
        error: The exception.
        where: Which worker.

    Example:
        >>> from pyad.utils.data.worker import Failure
        >>> print(Failure(ValueError("bad"), "here").text)
        Caught ValueError here.
        Original ValueError: bad
    """

    def __init__(self, error: BaseException, where: str) -> None:
        self.error = error
        import traceback

        lines = traceback.format_exception(type(error), error, error.__traceback__)
        self.text = f"Caught {type(error).__name__} {where}.\nOriginal {''.join(lines)}"

    def reraise(self) -> None:
        """Raises an exception of the same type whose text has the worker's traceback."""
        kind = type(self.error)
        text = _KeyErrorText(self.text) if kind is KeyError else self.text
        if kind is StopIteration:  # would end the user's loop in silence
            raise RuntimeError(text) from self.error
        try:
            made = kind(text)
        except Exception:  # a constructor of another kind
            made = RuntimeError(text)
        raise made from self.error


class Job(NamedTuple):
    """What the workers of one loader have in common."""

    dataset: Any
    make_fetch: Callable[[Any], Callable[[Any], Any]]  # dataset -> (indices -> batch)
    iterable: bool
    num_workers: int
    base_seed: int
    init: Callable[[int], None] | None
    stop: threading.Event


class Worker:
    """One thread that fetches batches in the order in which they are asked for.

    Args:
        job: What all workers of the loader share.
        id: Which of them this is.
    """

    def __init__(self, job: Job, id: int) -> None:
        from concurrent.futures import ThreadPoolExecutor

        self.job = job
        self.id = id
        self._fetch: Callable[[Any], Any] | None = None
        self._started = False
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=f"pyad-data-{id}")

    def submit(self, indices: Any) -> Future[Any]:
        """Asks for a batch."""
        return self._pool.submit(self._run, indices)

    def restart(self) -> None:
        """Lets the dataset be iterated from its start again."""
        self._pool.submit(self._forget)

    def shutdown(self) -> None:
        """Ends the thread after what it is doing now; does not wait."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def join(self) -> None:
        """Waits for the end of the thread, which must have nothing to do any more."""
        self._pool.shutdown(wait=True)

    def _forget(self) -> None:
        self._fetch = None

    def _start(self) -> None:
        import random

        job, seed = self.job, self.job.base_seed + self.id
        self._started = True
        try:
            dataset = copy.copy(job.dataset)
        except TypeError:  # holds a lock, a file: shared then
            dataset = job.dataset
        _core.seed_thread(seed)
        streams = Streams(random.Random(seed), Generator())
        streams.torch_generator.manual_seed(seed)
        _here.info = WorkerInfo(self.id, job.num_workers, seed, dataset, streams)
        if job.init is not None:
            job.init(self.id)

    def _run(self, indices: Any) -> Any:
        try:
            if self.job.stop.is_set() or not threading.main_thread().is_alive():
                return ENDED
            if not self._started:
                self._start()
            if self._fetch is None:
                assert _here.info is not None
                self._fetch = self.job.make_fetch(_here.info.dataset)
            return self._fetch(indices)
        except StopIteration as end:
            if self.job.iterable:
                return ENDED
            return Failure(end, f"in DataLoader worker thread {self.id}")
        except Exception as error:
            return Failure(error, f"in DataLoader worker thread {self.id}")
