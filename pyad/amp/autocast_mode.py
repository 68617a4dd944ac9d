"""`autocast`, which casts nothing, and the decorators of functions that are used inside it."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any

from pyad import _core

__all__ = ["autocast", "custom_bwd", "custom_fwd", "is_autocast_available"]

_SAID: set[str] = set()


def is_autocast_available(device_type: str) -> bool:
    """Whether `autocast` takes this device: the CPU and, switched off, GPUs.

    Example:
        >>> import pyad
        >>> pyad.amp.is_autocast_available("cpu")
        True
    """
    return device_type in ("cpu", "cuda")


class autocast:  # noqa: N801  (PyTorch's name)
    """Inside, PyTorch computes products in half precision; here nothing changes.

    Args:
        device_type: "cpu" or "cuda"; for a GPU it warns that it is off.
        dtype: Remembered.
        enabled: Whether it is meant to be on.
        cache_enabled: Remembered.

    Raises:
        RuntimeError: There is no such device.

    Example:
        >>> import pyad
        >>> with pyad.autocast("cpu", enabled=False):
        ...     y = pyad.ones(2, 2) @ pyad.ones(2, 2)
        >>> y.dtype
        pyad.float32
    """

    def __init__(
        self,
        device_type: str,
        dtype: Any = None,
        enabled: bool = True,
        cache_enabled: bool | None = None,
    ) -> None:
        if not isinstance(device_type, str):
            raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")
        if not is_autocast_available(device_type):
            raise RuntimeError(f"autocast: pyad computes on the CPU; there is no {device_type!r}")
        self.device = device_type
        self.fast_dtype = dtype or (_core.bfloat16 if device_type == "cpu" else _core.float16)
        self._cache_enabled = True if cache_enabled is None else cache_enabled
        self._enabled = False
        if enabled and device_type == "cuda":
            warnings.warn("CUDA is not available. Disabling autocast.", stacklevel=2)
        elif enabled and "cpu" not in _SAID:
            _SAID.add("cpu")
            warnings.warn(
                "autocast: pyad computes in the dtypes of the tensors, here too; convert the "
                "model and its inputs for less precision",
                stacklevel=2,
            )

    def __enter__(self) -> autocast:
        return self

    def __exit__(self, *error: object) -> None:
        return None

    def __call__(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """As a decorator: the function called inside."""

        @functools.wraps(func)
        def inside(*args: Any, **kwargs: Any) -> Any:
            with self:
                return func(*args, **kwargs)

        return inside


def custom_fwd(
    fwd: Callable[..., Any] | None = None, *, device_type: str = "cuda", cast_inputs: Any = None
) -> Any:
    """Decorates `forward` of a `Function`: called as it is."""
    return _as_it_is if fwd is None else fwd


def custom_bwd(bwd: Callable[..., Any] | None = None, *, device_type: str = "cuda") -> Any:
    """Decorates `backward` of a `Function`: called as it is."""
    return _as_it_is if bwd is None else bwd


def _as_it_is(method: Callable[..., Any]) -> Callable[..., Any]:
    return method
