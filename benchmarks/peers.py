"""Who takes part: how each peer is found, named and pinned to a number of threads.

Separate from the cases because a peer's process-wide settings (threads, device, 64-bit mode) must
be the same whichever case uses it, and because an absent peer is reported here, in one place.
"""

from __future__ import annotations

import importlib
import importlib.metadata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from benchmarks import floor, generated
from benchmarks.case import PYAD


def environment(threads: int) -> dict[str, str]:
    """Variables that must be set before any peer is imported, so in a process of its own.

    Args:
        threads: Number of threads that every peer may use.

    Returns:
        The variables: BLAS and OpenMP pools, and XLA's pool and device.
    """
    count = str(threads)
    pools = ("OPENBLAS", "OMP", "MKL", "NUMEXPR", "VECLIB_MAXIMUM")
    flags = f"--xla_cpu_multi_thread_eigen={'true' if threads > 1 else 'false'}"
    return {
        **{f"{pool}_NUM_THREADS": count for pool in pools},
        "PJRT_NPROC": count,
        "NPROC": count,
        "XLA_FLAGS": flags,
        "JAX_PLATFORMS": "cpu",
    }


def _pin_torchlike(name: str) -> Callable[[int], None]:
    def pin(threads: int) -> None:
        module = importlib.import_module(name)
        module.set_num_threads(threads)
        if module.get_num_threads() != threads:
            raise RuntimeError(f"{name}: asked for {threads} threads, got another number")

    return pin


def _pin_jax(threads: int) -> None:
    # Its pool was sized by the environment; float64 inputs must not be truncated; and handing work
    # to another thread, which is waited for at once, takes longer than a small step itself.
    del threads
    config = importlib.import_module("jax").config
    config.update("jax_enable_x64", True)
    config.update("jax_cpu_enable_async_dispatch", False)


def _pin_mlx(threads: int) -> None:
    del threads
    core = importlib.import_module("mlx.core")
    core.set_default_device(core.cpu)


def _pin_numexpr(threads: int) -> None:
    importlib.import_module("numexpr").set_num_threads(threads)


@dataclass(frozen=True)
class Peer:
    """A library, or a way of using one.

    Attributes:
        name: Name on the command line and in the JSON.
        label: Name in tables and plots.
        module: What to import to see whether it is there; empty if it always is.
        distribution: Where its version is found; empty if it has none of its own.
        pin: Sets the number of threads after the import.
        slow: Takes a minute to be built: takes part where it is timed, not in a quick check.
        probe: Raises ImportError if the peer cannot take part, where an import does not tell.
    """

    name: str
    label: str
    module: str = ""
    distribution: str = ""
    pin: Callable[[int], None] | None = None
    probe: Callable[[], object] | None = None
    slow: bool = False

    def missing(self) -> str | None:
        """Why the peer cannot take part: None if it can."""
        try:
            if self.module:
                importlib.import_module(self.module)
            if self.probe is not None:
                self.probe()
        except ImportError as error:
            return str(error)
        return None

    def version(self) -> str | None:
        """The installed version, or None."""
        if not self.distribution:
            return None
        try:
            return importlib.metadata.version(self.distribution)
        except importlib.metadata.PackageNotFoundError:
            return None


_ALL = (
    Peer(PYAD, "pyad", "pyad._core", "pyad-engine", _pin_torchlike("pyad")),
    Peer("pyad-value", "pyad, eager Values", "pyad._core"),
    Peer("pyad-forward", "pyad, forward order", "pyad._core"),
    Peer("pyad-reverse", "pyad, reverse order", "pyad._core"),
    Peer("pyad-sweeps", "pyad, a sweep a result", "pyad._core"),
    Peer("pyad-tensor", "pyad, Tensor", "pyad._core"),
    Peer("pyad-slices", "pyad, slices by hand", "pyad._core"),
    Peer("torch", "PyTorch", "torch", "torch", _pin_torchlike("torch")),
    Peer("torch-fused", "PyTorch, fused optimizer", "torch", "torch", _pin_torchlike("torch")),
    Peer(
        *("torch-compile", "PyTorch, compiled", "torch", "torch", _pin_torchlike("torch")),
        slow=True,
    ),
    Peer(
        *("torch-channels-last", "PyTorch, channels_last", "torch", "torch"),
        _pin_torchlike("torch"),
    ),
    Peer("torch-batches", "PyTorch, BatchSampler", "torch", "torch", _pin_torchlike("torch")),
    Peer("torch-slices", "PyTorch, slices by hand", "torch", "torch", _pin_torchlike("torch")),
    Peer("jax", "JAX jit", "jax", "jax", _pin_jax),
    Peer("jax-scan", "JAX, a scan over steps", "jax", "jax", _pin_jax),
    Peer("mlx", "MLX", "mlx.core", "mlx", _pin_mlx),
    Peer("autograd", "HIPS autograd", "autograd.numpy", "autograd"),
    Peer("numpy", "NumPy by hand", "numpy", "numpy"),
    Peer("numpy-out", "NumPy by hand, out=", "numpy", "numpy"),
    Peer("numpy-forward", "NumPy, forward alone", "numpy", "numpy"),
    Peer("numpy-forward-out", "NumPy, forward alone, out=", "numpy", "numpy"),
    Peer("numexpr", "numexpr, forward alone", "numexpr", "numexpr", _pin_numexpr),
    Peer("xad", "XAD", "xad.adj_1st", "xad"),
    Peer("micrograd", "micrograd", "micrograd.engine", "micrograd"),
    Peer("casadi-build", "CasADi, construction", "casadi", "casadi"),
    Peer("casadi", "CasADi", "casadi", "casadi"),
    Peer("casadi-c", "CasADi's C, gcc -O3", "casadi", "casadi", None, generated.compiler),
    Peer("float-forward", "Python float, forward alone"),
    Peer("floor", "C++ by hand", "", "scipy-openblas32", floor.set_threads, floor.library),
)

PEERS: Mapping[str, Peer] = {peer.name: peer for peer in _ALL}


def versions() -> dict[str, str]:
    """Versions of the distributions that are installed, by distribution name."""
    found = {peer.distribution: peer.version() for peer in _ALL if peer.distribution}
    return {name: version for name, version in sorted(found.items()) if version is not None}
