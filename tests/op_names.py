"""Where the op table's rows are found: by their name in `pyad`, or among the steps of other ops."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyad

TABLE: list[dict[str, Any]] = pyad._core.op_table()
# Of these PyTorch has nothing, a few digits, or no derivative by one operand: mpmath and difference
# quotients are their oracles, in ops/test_special_functions.py and distributions/test_streams.py.
OF_DISTRIBUTIONS = {
    "igamma",
    "igammac",
    "gamma_draw",
    "gamma_slope",
    "gamma_curve",
    "dirichlet_slope",
}
ELEMENTWISE = [
    row
    for row in TABLE
    if row["kind"] in ("unary", "binary", "ternary") and row["name"] not in OF_DISTRIBUTIONS
]
# Ops that only derivatives are written with: they do what PyTorch's do where rules use them.
OF_RULES = {row["name"] for row in ELEMENTWISE if row["use"] == "rules"}


def function_of(row: dict[str, Any]) -> Callable[..., Any]:
    """The function of an elementwise row."""
    name = row["name"]
    if row["use"] != "public":
        return getattr(pyad._core.steps, name)
    if name == "gelu":  # pyad's own name is a row of its own, with an argument more
        return pyad.nn.functional.gelu
    return getattr(pyad, name)
