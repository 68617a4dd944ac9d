"""Switches that programs set for other processors; here they change nothing."""

from __future__ import annotations

__all__ = ["cuda", "cudnn", "mps"]


class _Backend:
    """A backend that is not there; its switches can be set and read."""

    enabled: bool = False
    benchmark: bool = False
    deterministic: bool = False
    allow_tf32: bool = False

    def is_available(self) -> bool:
        """False."""
        return False

    def is_built(self) -> bool:
        """False."""
        return False


class _Cuda(_Backend):
    def __init__(self) -> None:
        self.matmul = _Backend()


cuda = _Cuda()
cudnn = _Backend()
mps = _Backend()
