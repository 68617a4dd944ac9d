"""Switches of NVIDIA's libraries: they can be set and read, and change nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

__all__ = [
    "enable_flash_sdp",
    "enable_math_sdp",
    "enable_mem_efficient_sdp",
    "flash_sdp_enabled",
    "is_built",
    "math_sdp_enabled",
    "matmul",
    "mem_efficient_sdp_enabled",
    "sdp_kernel",
]


class _Products:
    """How products of matrices may be rounded."""

    allow_tf32: bool = False
    allow_fp16_reduced_precision_reduction: bool = True
    allow_bf16_reduced_precision_reduction: bool = True
    allow_fp16_accumulation: bool = False


matmul = _Products()
_kinds = {"flash": True, "mem_efficient": True, "math": True}


def is_built() -> bool:
    """False."""
    return False


def flash_sdp_enabled() -> bool:
    """What was set by `enable_flash_sdp`; True at first."""
    return _kinds["flash"]


def enable_flash_sdp(enabled: bool) -> None:
    """Remembered: attention here is one op of pyad's own."""
    _kinds["flash"] = enabled


def mem_efficient_sdp_enabled() -> bool:
    """What was set by `enable_mem_efficient_sdp`; True at first."""
    return _kinds["mem_efficient"]


def enable_mem_efficient_sdp(enabled: bool) -> None:
    """Remembered: attention here is one op of pyad's own."""
    _kinds["mem_efficient"] = enabled


def math_sdp_enabled() -> bool:
    """What was set by `enable_math_sdp`; True at first."""
    return _kinds["math"]


def enable_math_sdp(enabled: bool) -> None:
    """Remembered: attention here is one op of pyad's own."""
    _kinds["math"] = enabled


@contextlib.contextmanager
def sdp_kernel(
    enable_flash: bool = True,
    enable_math: bool = True,
    enable_mem_efficient: bool = True,
    enable_cudnn: bool = True,
) -> Iterator[None]:
    """Inside, the switches stand so; they change nothing."""
    before = dict(_kinds)
    _kinds.update(flash=enable_flash, math=enable_math, mem_efficient=enable_mem_efficient)
    try:
        yield
    finally:
        _kinds.update(before)
