"""Dropout keeps its rate, its scale and its gradient."""

from __future__ import annotations

import numpy as np
import pytest

import pyad
from pyad import nn


def test_dropout() -> None:
    pyad.manual_seed(0)
    layer = nn.Dropout(0.25)
    y = layer(pyad.ones(40_000))
    assert np.unique(y.numpy()).tolist() == [0.0, np.float32(1) / np.float32(0.75)]
    assert abs(y.mean().item() - 1) < 0.02
    x = pyad.ones(5, requires_grad=True)
    z = layer(x)
    z.sum().backward()
    assert x.grad.tolist() == z.tolist()
    with pytest.raises(ValueError, match="probability"):
        nn.Dropout(2)
    with pytest.raises(ValueError, match="probability"):
        nn.functional.dropout(x, -0.1)
