"""`nn.functional` has every row of the table."""

from __future__ import annotations

import pyad
from pyad import nn

# Python functions over a row, with PyTorch's further arguments.
OVER_A_ROW = {"embedding", "log_softmax", "scaled_dot_product_attention", "softmax", "softmin"}
# Rows that only such functions call.
BEHIND = {"col2im", "feature_dropout", "im2col"}


def test_functional_has_every_row_of_the_table() -> None:
    rows = {row["name"] for row in pyad._core.op_table() if row["nn"]}
    assert rows
    for name in rows:
        if name not in OVER_A_ROW | BEHIND:
            assert getattr(nn.functional, name) is getattr(pyad._core.nn, name), name
        assert name in nn.functional.__all__ or name in BEHIND
