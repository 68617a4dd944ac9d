"""Switches that programs set for other processors and libraries; here they change nothing.

Each is a module, as in PyTorch, and imported when it is asked for: its names can be set and read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyad._lazy import lazy

__all__ = ["cpu", "cuda", "cudnn", "mkl", "mkldnn", "mps", "openmp", "opt_einsum"]

if TYPE_CHECKING:
    from pyad.backends import cpu, cuda, cudnn, mkl, mkldnn, mps, openmp, opt_einsum
else:
    __getattr__, __dir__ = lazy(globals(), {name: f"pyad.backends.{name}" for name in __all__})
