"""Starting values are PyTorch's, number by number."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from alike import start_alike

import pyad
from pyad import nn

INITS = [
    ("uniform_", (-1.0, 2.0), {}),
    ("normal_", (1.0, 2.0), {}),
    ("constant_", (0.3,), {}),
    ("ones_", (), {}),
    ("zeros_", (), {}),
    ("eye_", (), {}),
    ("xavier_uniform_", (), {"gain": 2.0}),
    ("xavier_normal_", (), {}),
    ("kaiming_uniform_", (), {"a": 5**0.5}),
    ("kaiming_uniform_", (), {"mode": "fan_out", "nonlinearity": "relu"}),
    ("kaiming_normal_", (), {"nonlinearity": "tanh"}),
]


@pytest.mark.parametrize(("name", "args", "kwargs"), INITS)
def test_init(name: str, args: tuple, kwargs: dict) -> None:
    mine, its = start_alike(lambda lib: lib.empty(9, 5, requires_grad=True))
    got = getattr(nn.init, name)(mine, *args, **kwargs)
    expected = getattr(torch.nn.init, name)(its, *args, **kwargs)
    assert got is mine
    assert mine.requires_grad
    assert mine.is_leaf
    np.testing.assert_array_equal(mine.detach().numpy(), expected.detach().numpy())


def test_init_rejects() -> None:
    with pytest.raises(ValueError, match="fewer than 2 dimensions"):
        nn.init.xavier_uniform_(pyad.empty(3))
    with pytest.raises(ValueError, match="fan_in"):
        nn.init.kaiming_uniform_(pyad.empty(3, 3), mode="both")
    with pytest.raises(ValueError, match="nonlinearity"):
        nn.init.calculate_gain("step")
    with pytest.raises(ValueError, match="negative_slope"):
        nn.init.calculate_gain("leaky_relu", True)
    with pytest.raises(ValueError, match="2 dimensions"):
        nn.init.eye_(pyad.empty(3))
    for name in ("linear", "sigmoid", "tanh", "relu", "leaky_relu", "selu"):
        assert nn.init.calculate_gain(name) == torch.nn.init.calculate_gain(name)
