"""Which instructions kernels use."""

from __future__ import annotations

from pyad import _core

__all__ = ["get_cpu_capability"]

_NAMES = {"v3": "AVX2", "v4": "AVX512"}


def get_cpu_capability() -> str:
    """PyTorch's name of the instruction set that was chosen: DEFAULT, AVX2 or AVX512.

    Example:
        >>> import pyad
        >>> pyad.backends.cpu.get_cpu_capability() in ("DEFAULT", "AVX2", "AVX512")
        True
    """
    return _NAMES.get(_core.isa(), "DEFAULT")
