"""What programs ask before they use a GPU: there is none.

Answers are those of PyTorch on a machine without one; what would need one raises AssertionError.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from pyad._lazy import lazy

__all__ = [
    "Event",
    "Stream",
    "StreamContext",
    "amp",
    "current_device",
    "current_stream",
    "default_stream",
    "device",
    "device_count",
    "empty_cache",
    "get_arch_list",
    "get_device_capability",
    "get_device_name",
    "get_device_properties",
    "get_rng_state",
    "get_rng_state_all",
    "init",
    "initial_seed",
    "ipc_collect",
    "is_available",
    "is_bf16_supported",
    "is_current_stream_capturing",
    "is_initialized",
    "manual_seed",
    "manual_seed_all",
    "max_memory_allocated",
    "max_memory_reserved",
    "mem_get_info",
    "memory_allocated",
    "memory_reserved",
    "memory_stats",
    "memory_summary",
    "reset_max_memory_allocated",
    "reset_peak_memory_stats",
    "seed",
    "seed_all",
    "set_device",
    "set_rng_state",
    "set_rng_state_all",
    "stream",
    "synchronize",
]

if TYPE_CHECKING:
    from pyad.cuda import amp
else:
    __getattr__, __dir__ = lazy(globals(), {"amp": "pyad.cuda.amp"})


def _refuse(name: str) -> NoReturn:
    raise AssertionError(
        f"cuda.{name}: pyad computes on the CPU; ask cuda.is_available() first, which is False"
    )


def is_available() -> bool:
    """False.

    Example:
        >>> import pyad
        >>> "cuda" if pyad.cuda.is_available() else "cpu"
        'cpu'
    """
    return False


def is_initialized() -> bool:
    """False."""
    return False


def is_bf16_supported(including_emulation: bool = True) -> bool:
    """False: there is no GPU that could."""
    return False


def is_current_stream_capturing() -> bool:
    """False."""
    return False


def device_count() -> int:
    """0."""
    return 0


def get_arch_list() -> list[str]:
    """Empty."""
    return []


# ---- seeds: set by programs that run on either


def manual_seed(seed: int) -> None:
    """Does nothing, as in PyTorch without a GPU."""


def manual_seed_all(seed: int) -> None:
    """Does nothing, as in PyTorch without a GPU."""


def seed() -> None:
    """Does nothing, as in PyTorch without a GPU."""


def seed_all() -> None:
    """Does nothing, as in PyTorch without a GPU."""


def initial_seed() -> int:
    """Raises AssertionError: there is no GPU."""
    _refuse("initial_seed")


def get_rng_state(device: Any = "cuda") -> Any:
    """Raises AssertionError: there is no GPU."""
    _refuse("get_rng_state")


def get_rng_state_all() -> list[Any]:
    """Empty: a state for each GPU."""
    return []


def set_rng_state(new_state: Any, device: Any = "cuda") -> None:
    """Does nothing, as in PyTorch without a GPU."""


def set_rng_state_all(new_states: Any) -> None:
    """Does nothing for the empty list that `get_rng_state_all` gives."""


# ---- memory


def empty_cache() -> None:
    """Does nothing."""


def ipc_collect() -> None:
    """Raises AssertionError: there is no GPU."""
    _refuse("ipc_collect")


def memory_allocated(device: Any = None) -> int:
    """0."""
    return 0


def max_memory_allocated(device: Any = None) -> int:
    """0."""
    return 0


def memory_reserved(device: Any = None) -> int:
    """0."""
    return 0


def max_memory_reserved(device: Any = None) -> int:
    """0."""
    return 0


def memory_stats(device: Any = None) -> dict[str, Any]:
    """Empty."""
    return {}


def memory_summary(device: Any = None, abbreviated: bool = False) -> str:
    """Says that there is no GPU."""
    return "no GPU: pyad computes on the CPU"


def mem_get_info(device: Any = None) -> tuple[int, int]:
    """Raises AssertionError: there is no GPU."""
    _refuse("mem_get_info")


def reset_peak_memory_stats(device: Any = None) -> None:
    """Does nothing."""


def reset_max_memory_allocated(device: Any = None) -> None:
    """Does nothing."""


# ---- devices and streams


def init() -> None:
    """Raises AssertionError: there is no GPU."""
    _refuse("init")


def synchronize(device: Any = None) -> None:
    """Raises AssertionError: there is no GPU to wait for."""
    _refuse("synchronize")


def current_device() -> int:
    """Raises AssertionError: there is no GPU."""
    _refuse("current_device")


def get_device_name(device: Any = None) -> str:
    """Raises AssertionError: there is no GPU."""
    _refuse("get_device_name")


def get_device_capability(device: Any = None) -> tuple[int, int]:
    """Raises AssertionError: there is no GPU."""
    _refuse("get_device_capability")


def get_device_properties(device: Any = None) -> Any:
    """Raises AssertionError: there is no GPU."""
    _refuse("get_device_properties")


def set_device(device: Any) -> None:
    """Does nothing for a negative number, as in PyTorch; others raise AssertionError."""
    if not (isinstance(device, int) and device < 0):
        _refuse("set_device")


class device:  # noqa: N801  (PyTorch's name)
    """Inside, another GPU is the current one: a negative number or None changes nothing.

    Args:
        device: A number, a device, or None.
    """

    def __init__(self, device: Any) -> None:
        self.idx = -1 if device is None else device

    def __enter__(self) -> None:
        if not (isinstance(self.idx, int) and self.idx < 0):
            _refuse("device")

    def __exit__(self, *error: object) -> None:
        pass


def current_stream(device: Any = None) -> Any:
    """Raises AssertionError: there is no GPU."""
    _refuse("current_stream")


def default_stream(device: Any = None) -> Any:
    """Raises AssertionError: there is no GPU."""
    _refuse("default_stream")


class Stream:
    """For annotations and `isinstance`: there is no GPU to make one on."""

    def __new__(cls, *args: Any, **kwargs: Any) -> Stream:
        """Raises RuntimeError."""
        raise RuntimeError("cuda.Stream: pyad computes on the CPU; leave streams out")


class Event:
    """For annotations and `isinstance`: there is no GPU to make one on."""

    def __new__(cls, *args: Any, **kwargs: Any) -> Event:
        """Raises RuntimeError."""
        raise RuntimeError("cuda.Event: pyad computes on the CPU; use time.perf_counter()")


class StreamContext:
    """Inside, a stream is the current one; None changes nothing.

    Args:
        stream: None.
    """

    def __init__(self, stream: Any) -> None:
        self.stream = stream

    def __enter__(self) -> None:
        if self.stream is not None:
            _refuse("stream")

    def __exit__(self, *error: object) -> None:
        pass


def stream(stream: Any) -> StreamContext:
    """Inside, a stream is the current one; None changes nothing."""
    return StreamContext(stream)
