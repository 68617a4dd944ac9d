"""Checks an installed pyad from outside its tree: size, types shipped, gradients, a product.

Run by CI in an environment that holds nothing but the wheel, away from the project's folders.
"""

from __future__ import annotations

import importlib.metadata
from pathlib import Path

import numpy as np

import pyad

MAX_BYTES = 16_000_000


def main() -> None:
    """Raises AssertionError at the first thing that is wrong."""
    files = [Path(str(f.locate())) for f in importlib.metadata.files("pyad-engine") or []]
    size = sum(f.stat().st_size for f in files if f.suffix != ".pyc")
    assert size <= MAX_BYTES, f"the package takes {size} bytes"
    names = {f"{f.parent.name}/{f.name}" for f in files}
    assert {"pyad/py.typed", "_core/__init__.pyi"} <= names, "type information is missing"
    assert pyad.__version__ == importlib.metadata.version("pyad-engine")

    n = 800  # large enough for the product to be OpenBLAS's
    a = np.cos(np.arange(n * n) / 7.0).reshape(n, n) / n
    b = np.sin(np.arange(n * n) / 5.0).reshape(n, n)
    x = pyad.from_numpy(a.copy()).requires_grad_()
    y = x @ pyad.from_numpy(b)
    np.testing.assert_allclose(y.detach().numpy(), a @ b, rtol=1e-10, atol=1e-12)
    maps = Path("/proc/self/maps")
    assert not maps.exists() or "scipy_openblas32" in maps.read_text(), "OpenBLAS was not opened"
    pyad.tanh(y).sum().backward()
    expected = (1 - np.tanh(a @ b) ** 2) @ b.T
    assert x.grad is not None
    np.testing.assert_allclose(x.grad.numpy(), expected, rtol=1e-10, atol=1e-10)
    v = pyad.Value(2.0)
    (v**3).backward()
    assert v.grad == 12.0
    print(f"smoke: pyad {pyad.__version__}, {size / 1e6:.1f} MB installed, gradients right")


if __name__ == "__main__":
    main()
