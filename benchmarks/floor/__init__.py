"""Compiles and loads the hand-written C++ floor.

Separate from the cases because it is the one peer that is built here: on first use `floor.cpp` is
compiled for this very machine into the user's cache, under a name that changes with the source, the
compiler and the processor.
"""

from __future__ import annotations

import ctypes
import functools
import hashlib
import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

_SOURCE = Path(__file__).with_name("floor.cpp")
_FLAGS = (
    "-O3",
    "-march=native",
    "-std=c++20",
    "-shared",
    "-fPIC",
    "-pthread",
    "-fno-math-errno",
    "-fno-trapping-math",
    "-fno-signed-zeros",
    "-fassociative-math",
)

LOSSES = {"mse": 0, "cross_entropy": 1}
OPTIMIZERS = {"sgd": 0, "adam": 1}


def cache_directory() -> Path:
    """The user's folder for what is compiled here."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    for parent in (Path(base), Path(tempfile.gettempdir())):
        directory = parent / "pyad-benchmarks"
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError:
            continue
        # A shared temporary folder must not hand us somebody else's code.
        if directory.stat().st_uid == os.getuid() and os.access(directory, os.W_OK):
            return directory
    return Path(tempfile.mkdtemp(prefix="pyad-benchmarks-"))


def _compile() -> Path:
    try:
        import scipy_openblas32 as openblas
    except ImportError as error:
        raise ImportError("needs the scipy-openblas32 package") from error
    compiler = os.environ.get("CXX") or shutil.which("g++")
    if compiler is None:
        raise ImportError("needs a C++ compiler")
    blas = Path(openblas.get_lib_dir()) / openblas.get_library(fullname=True)
    command = [compiler, *_FLAGS, f"-I{openblas.get_include_dir()}"]
    link = [str(blas), f"-Wl,-rpath,{blas.parent}"]
    # With -march=native the meaning of the flags depends on the machine: ask the compiler.
    native = subprocess.run(
        [compiler, "-march=native", "-Q", "--help=target", "--version"],
        capture_output=True,
        check=False,
    ).stdout
    key = hashlib.sha256(b"\0".join([_SOURCE.read_bytes(), repr((command, link)).encode(), native]))
    library = cache_directory() / f"floor-{key.hexdigest()[:16]}.so"
    if not library.exists():
        partial = library.with_suffix(f".{os.getpid()}.so")
        built = subprocess.run(
            [*command, str(_SOURCE), "-o", str(partial), *link],
            capture_output=True,
            text=True,
            check=False,
        )
        if built.returncode != 0:
            raise ImportError(f"did not compile: {built.stderr.strip()[:500]}")
        partial.replace(library)
    return library


@functools.cache
def library() -> ctypes.CDLL:
    """The compiled floor, built on first use.

    Raises:
        ImportError: If the compiler or OpenBLAS is not there, or the source does not compile.
    """
    try:
        lib = ctypes.CDLL(str(_compile()))
    except OSError as error:
        raise ImportError(f"did not load: {error}") from error
    c_int, c_void_p = ctypes.c_int, ctypes.c_void_p
    lib.floor_set_threads.argtypes = [c_int]
    lib.floor_set_threads.restype = None
    lib.floor_new.argtypes = [
        *(c_int, c_void_p, c_int, c_int, c_int, ctypes.c_float),
        *(c_void_p, c_void_p, c_void_p),
    ]
    lib.floor_new.restype = c_void_p
    lib.floor_free.argtypes = [c_void_p]
    lib.floor_free.restype = None
    lib.floor_parameters.argtypes = [c_void_p]
    lib.floor_parameters.restype = ctypes.POINTER(ctypes.c_float)
    lib.floor_steps.argtypes = [c_void_p, ctypes.c_int64]
    lib.floor_steps.restype = ctypes.c_float
    return lib


def set_threads(threads: int) -> None:
    """Lets the floor and its OpenBLAS use this many threads."""
    library().floor_set_threads(threads)


class Perceptron:
    """A multilayer perceptron with ReLU between its layers, trained on one batch.

    Args:
        sizes: Widths, inputs first.
        x: Inputs (batch, sizes[0]), float32.
        target: Targets (batch, sizes[-1]) float32 for ``mse``, labels (batch,) int64 otherwise.
        loss: ``mse`` or ``cross_entropy``.
        optimizer: ``sgd`` or ``adam``.
        rate: Learning rate.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        x: np.ndarray,
        target: np.ndarray,
        loss: str,
        optimizer: str,
        rate: float,
    ) -> None:
        self._lib = library()
        widths = np.asarray(sizes, dtype=np.int32)
        x = np.ascontiguousarray(x, dtype=np.float32)
        labels = loss == "cross_entropy"
        target = np.ascontiguousarray(target, dtype=np.int64 if labels else np.float32)
        self._handle = self._lib.floor_new(
            len(sizes) - 1,
            widths.ctypes.data,
            len(x),
            LOSSES[loss],
            OPTIMIZERS[optimizer],
            rate,
            x.ctypes.data,
            None if labels else target.ctypes.data,
            target.ctypes.data if labels else None,
        )
        count = sum((k + 1) * n for k, n in itertools.pairwise(sizes))
        self.parameters: np.ndarray = np.ctypeslib.as_array(
            self._lib.floor_parameters(self._handle), (count,)
        )
        """All weights (in, out) and biases, layer after layer: the floor's own memory."""

    def steps(self, count: int) -> float:
        """Trains for `count` steps; returns the last loss, taken before its update."""
        return float(self._lib.floor_steps(self._handle, count))

    def __del__(self) -> None:
        if getattr(self, "_handle", None):
            self._lib.floor_free(self._handle)
            self._handle = None
