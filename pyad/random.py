"""Seeds and states of the default generator, under the names of `torch.random`."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator

from pyad._core import (
    Generator,
    default_generator,
    get_rng_state,
    initial_seed,
    manual_seed,
    seed,
    set_rng_state,
)

__all__ = [
    "Generator",
    "default_generator",
    "fork_rng",
    "get_rng_state",
    "initial_seed",
    "manual_seed",
    "seed",
    "set_rng_state",
    "thread_safe_generator",
]


@contextlib.contextmanager
def fork_rng(
    devices: Iterable[object] | None = None,
    enabled: bool = True,
    _caller: str = "fork_rng",
    _devices_kw: str = "devices",
    device_type: str | None = None,
) -> Iterator[None]:
    """A context after which the default generator stands where it stood before.

    Args:
        devices: Without effect: there is one generator, the CPU's.
        enabled: Whether anything is put back at all.
        _caller: Without effect, as `_devices_kw`.
        _devices_kw: Without effect.
        device_type: Without effect.

    Example:
        >>> import pyad
        >>> before = pyad.initial_seed()
        >>> with pyad.random.fork_rng():
        ...     generator = pyad.manual_seed(1)
        >>> pyad.initial_seed() == before
        True
    """
    if not enabled:
        yield
        return
    state = get_rng_state()
    try:
        yield
    finally:
        set_rng_state(state)


def thread_safe_generator() -> Generator | None:
    """The generator of the `DataLoader` worker thread that calls, or None elsewhere.

    Example:
        >>> import pyad
        >>> pyad.randint(10, (2,), generator=pyad.random.thread_safe_generator()).shape
        (2,)
    """
    from pyad.utils.data import get_worker_info

    info = get_worker_info()
    return None if info is None else info.rng.torch_generator
