"""Python's processes, under PyTorch's name: tensors travel to them by pickling.

Example:
    >>> import pyad
    >>> pyad.multiprocessing.cpu_count() >= 1
    True
"""

from __future__ import annotations

import multiprocessing as _python
import sys
from collections.abc import Callable
from multiprocessing import *  # noqa: F403  (its __all__)
from typing import Any

__all__ = [
    *_python.__all__,
    "ProcessExitedException",
    "ProcessRaisedException",
    "get_all_sharing_strategies",
    "get_sharing_strategy",
    "set_sharing_strategy",
    "spawn",
    "start_processes",
]


class ProcessRaisedException(Exception):  # noqa: N818  (PyTorch's name)
    """A process that `spawn` started raised an exception."""


class ProcessExitedException(Exception):  # noqa: N818  (PyTorch's name)
    """A process that `spawn` started ended with another status than 0."""


def get_all_sharing_strategies() -> set[str]:
    """One: a tensor that is sent is pickled, and so copied."""
    return {"file_system"}


def get_sharing_strategy() -> str:
    """file_system."""
    return "file_system"


def set_sharing_strategy(new_strategy: str) -> None:
    """Accepts PyTorch's two names.

    Raises:
        AssertionError: It is neither.
    """
    assert new_strategy in ("file_descriptor", "file_system")


def _first(fn: Callable[..., Any], rank: int, args: tuple[Any, ...], failures: Any) -> None:
    import traceback

    try:
        fn(rank, *args)
    except KeyboardInterrupt:
        pass
    except Exception:
        failures.put((rank, traceback.format_exc()))
        sys.exit(1)


class _Processes:
    """Started processes: `join` waits for them."""

    def __init__(self, processes: list[Any], failures: Any) -> None:
        self.processes = processes
        self._failures = failures

    def pids(self) -> list[int]:
        """Their numbers."""
        return [int(p.pid) for p in self.processes]

    def join(self, timeout: float | None = None) -> bool:
        """Waits; after the first failure ends the others and raises.

        Returns:
            Whether all have ended.
        """
        from multiprocessing.connection import wait

        alive = {p.sentinel: i for i, p in enumerate(self.processes) if p.exitcode is None}
        ready = wait(list(alive), timeout) if alive else []
        failed = next(
            (i for i, p in enumerate(self.processes) if p.exitcode not in (None, 0)), None
        )
        for sentinel in ready:
            i = alive[sentinel]
            self.processes[i].join()
            if self.processes[i].exitcode != 0 and failed is None:
                failed = i
        if failed is None:
            return all(p.exitcode is not None for p in self.processes)
        for p in self.processes:
            if p.is_alive():
                p.terminate()
            p.join()
        if not self._failures.empty():
            rank, text = self._failures.get()
            raise ProcessRaisedException(
                f"\n\n-- Process {rank} terminated with the error:\n{text}"
            )
        raise ProcessExitedException(
            f"process {failed} terminated with exit code {self.processes[failed].exitcode}"
        )


def start_processes(
    fn: Callable[..., Any],
    args: tuple[Any, ...] = (),
    nprocs: int = 1,
    join: bool = True,
    daemon: bool = False,
    start_method: str = "spawn",
) -> Any:
    """Calls `fn(i, *args)` in `nprocs` processes.

    Args:
        fn: A function that can be pickled.
        args: Its arguments after the number.
        nprocs: How many.
        join: Whether to wait for their end.
        daemon: Whether they end with this one.
        start_method: "spawn", "fork" or "forkserver".

    Returns:
        None, or what `join()` can be called on.

    Raises:
        ProcessRaisedException: One of them raised an exception; with its traceback.
        ProcessExitedException: One of them ended with another status than 0.
    """
    context: Any = _python.get_context(start_method)
    failures = context.SimpleQueue()
    processes = []
    for i in range(nprocs):
        process = context.Process(target=_first, args=(fn, i, args, failures), daemon=daemon)
        process.start()
        processes.append(process)
    started = _Processes(processes, failures)
    if not join:
        return started
    while not started.join():
        pass
    return None


def spawn(
    fn: Callable[..., Any],
    args: tuple[Any, ...] = (),
    nprocs: int = 1,
    join: bool = True,
    daemon: bool = False,
    start_method: str = "spawn",
) -> Any:
    """As `start_processes`, by spawning."""
    return start_processes(fn, args, nprocs, join, daemon, start_method)
