"""Where OpenBLAS lies; asked by the engine at the first large product, never at import."""

from __future__ import annotations

import importlib.util
from pathlib import Path


def find() -> str:
    """Finds the library that the package `scipy-openblas32` carries, without importing it.

    Returns:
        Its path, or "" when the package is not installed.

    Example:
        >>> from pyad import _blas
        >>> _blas.find() == "" or "openblas" in _blas.find()
        True
    """
    spec = importlib.util.find_spec("scipy_openblas32")
    for folder in (spec and spec.submodule_search_locations) or []:
        for path in sorted(Path(folder, "lib").glob("libscipy_openblas*.so*")):
            return str(path)
    return ""
