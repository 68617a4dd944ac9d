"""`nn.functional` has every row of the table."""

from __future__ import annotations

import pyad
from pyad import nn


def test_functional_has_every_row_of_the_table() -> None:
    rows = pyad._core.nn.functional.__all__
    assert len(rows) > 50
    for name in rows:
        assert getattr(nn.functional, name) is getattr(pyad._core.nn.functional, name), name
        assert nn.functional.__all__.count(name) == 1
