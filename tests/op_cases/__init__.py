"""One or more calls for every row of the table that is not elementwise.

Each file here is a family; its `ROWS[name]` lists calls as `(inputs, call)`: shapes (or ready
arrays) and a function of the package and the tensors. What is special about a row stands beside
it: `RTOL` (a tolerance looser than rounding, with its reason), `NOT_DIFFERENTIABLE`,
`NO_DIFFERENCES` (steps or ties inside a difference quotient), `NO_TORCH_DERIVATIVE` (PyTorch's is
wrong; finite differences check ours) and `NO_TORCH_SECOND_DERIVATIVE` (PyTorch has none). All are
joined here, and `ops/test_rows.py` fails when a row of the table has no case.
"""

from __future__ import annotations

import importlib
import pkgutil

from op_cases.tools import arrays

__all__ = [
    "NOT_DIFFERENTIABLE",
    "NO_DIFFERENCES",
    "NO_TORCH_DERIVATIVE",
    "NO_TORCH_SECOND_DERIVATIVE",
    "ROWS",
    "RTOL",
    "arrays",
]

ROWS: dict = {}
RTOL: dict = {}
NOT_DIFFERENTIABLE: set = set()
NO_DIFFERENCES: set = set()
NO_TORCH_DERIVATIVE: set = set()
NO_TORCH_SECOND_DERIVATIVE: set = set()
for _, _name, _ in pkgutil.iter_modules(__path__):
    _family = importlib.import_module(f"{__name__}.{_name}")
    _rows = getattr(_family, "ROWS", {})
    assert not ROWS.keys() & _rows.keys(), f"{_name} repeats {ROWS.keys() & _rows.keys()}"
    ROWS |= _rows
    RTOL |= getattr(_family, "RTOL", {})
    NOT_DIFFERENTIABLE |= getattr(_family, "NOT_DIFFERENTIABLE", set())
    NO_DIFFERENCES |= getattr(_family, "NO_DIFFERENCES", set())
    NO_TORCH_DERIVATIVE |= getattr(_family, "NO_TORCH_DERIVATIVE", set())
    NO_TORCH_SECOND_DERIVATIVE |= getattr(_family, "NO_TORCH_SECOND_DERIVATIVE", set())
