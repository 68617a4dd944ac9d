"""Wrappers that call their module on the whole batch."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from pyad.nn.module import Module

__all__ = ["DataParallel", "DistributedDataParallel", "data_parallel"]


class DataParallel(Module):
    """Calls `module`, on one device.

    Args:
        module: What is called; `wrapper.module` is it.
        device_ids: Ignored, as in PyTorch without GPUs.
        output_device: Ignored.
        dim: The dim of examples.

    Example:
        >>> import pyad
        >>> net = pyad.nn.DataParallel(pyad.nn.Linear(2, 1))
        >>> list(net.state_dict()), net(pyad.ones(3, 2)).shape
        (['module.weight', 'module.bias'], (3, 1))
    """

    def __init__(
        self, module: Module, device_ids: Any = None, output_device: Any = None, dim: int = 0
    ) -> None:
        super().__init__()
        self.module = module
        self.device_ids: list[int] = []
        self.dim = dim

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        """What the module gives."""
        return self.module(*inputs, **kwargs)


class DistributedDataParallel(Module):
    """Calls `module`, in one process: there are no others to average gradients with.

    Args:
        module: What is called; `wrapper.module` is it.
        args: Ignored.
        kwargs: Ignored.
    """

    def __init__(self, module: Module, *args: Any, **kwargs: Any) -> None:
        super().__init__()
        self.module = module

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        """What the module gives."""
        return self.module(*inputs, **kwargs)

    @contextlib.contextmanager
    def no_sync(self) -> Iterator[None]:
        """Changes nothing: nothing is sent."""
        yield


def data_parallel(
    module: Module,
    inputs: Any,
    device_ids: Any = None,
    output_device: Any = None,
    dim: int = 0,
    module_kwargs: dict[str, Any] | None = None,
) -> Any:
    """Calls a module on inputs, on one device."""
    given = inputs if isinstance(inputs, tuple) else (inputs,)
    return module(*given, **(module_kwargs or {}))
