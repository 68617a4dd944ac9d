"""How long `import pyad` takes: in a fresh interpreter each time, next to what it builds upon.

Separate from the other families because the work is a process. Only the import statement is timed,
inside that process, so that the start of the interpreter does not count.
"""

from __future__ import annotations

import functools
import os
import subprocess
import sys
import tempfile

import numpy as np

from benchmarks import build
from benchmarks.case import PYAD, Arrays, Candidate, Case, Target, Tolerance

ALLOWANCE = 30e-3
"""Seconds that pyad may take over NumPy."""

# Each library proves, after the clock has stopped, that it is ready to compute.
_PROOFS = {
    PYAD: ("pyad", "pyad.tensor([1.0, 2.0, 3.0]).sum().item()"),
    "numpy": ("numpy", "numpy.array([1.0, 2.0, 3.0]).sum()"),
    "torch": ("torch", "torch.tensor([1.0, 2.0, 3.0]).sum().item()"),
    "jax": ("jax", "jax.numpy.array([1.0, 2.0, 3.0]).sum()"),
    "mlx": ("mlx.core", "mlx.core.array([1.0, 2.0, 3.0]).sum().item()"),
}

_PROGRAM = """
import time
start = time.perf_counter()
import {module}
seconds = time.perf_counter() - start
print(seconds, float({proof}))
"""


@functools.cache
def _environment() -> tuple[dict[str, str], tempfile.TemporaryDirectory[str]]:
    """With bytecode kept, which the first, untimed import writes: as after an installation."""
    folder = tempfile.TemporaryDirectory(prefix="bytecode")
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return {**environment, "PYTHONPYCACHEPREFIX": folder.name}, folder


def _run(peer: str) -> tuple[float, float]:
    module, proof = _PROOFS[peer]
    program = build.PREAMBLE + _PROGRAM.format(module=module, proof=proof)
    # From an empty folder: a checkout must not pass for the installed package.
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=folder,
            env=_environment()[0],
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode != 0:
        raise RuntimeError(f"import {module}: {done.stderr.strip()[-500:]}")
    seconds, total = done.stdout.split()
    return float(seconds), float(total)


def _build(peer: str, data: None) -> Candidate:
    del data

    def block(n: int) -> float:
        return sum(_run(peer)[0] for _ in range(n))

    def result() -> Arrays:
        return {"sum": np.array(_run(peer)[1])}

    return Candidate(block, result)


CASES = (
    Case(
        name="import",
        title="import, in a fresh interpreter",
        family="Import",
        data=lambda: None,
        reference=lambda _: {"sum": np.array(6.0)},
        builders={peer: functools.partial(_build, peer) for peer in _PROOFS},
        tolerance=Tolerance(0.0, "a sum of three small integers is exact"),
        labels={"numpy": "NumPy", "jax": "JAX"},
        elapsed=True,
        targets=(Target("excess", ALLOWANCE, "NumPy's time + 30 ms", peer="numpy"),),
    ),
)
