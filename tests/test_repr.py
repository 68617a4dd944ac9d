"""Tensors print as PyTorch prints them."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

import pyad

VALUES = [
    0.0,
    -0.0,
    1.0,
    1.5,
    1e-5,
    123456789.0,
    float("nan"),
    float("inf"),
    True,
    7,
    -3,
    [],
    [[]],
    [1.0],
    [1, 2, -30],
    [True, False],
    [1.0, 2.5, -3.25],
    [1.0, 2.0, -30.0],
    [1e-4, 1.0],
    [1e-5, 1.0],
    [1.0, 1001.0],
    [1.5, 1501.0],
    [0.0, 1e9],
    [1e9, 1.0, 2.5],
    [float("nan"), 1.0],
    [float("inf"), -float("inf"), 1.5],
    [float("nan"), float("inf")],
    [0.0, 0.0],
    [1e-40, 1.0],
    [[1.0, 2.0], [3.0, 4.5]],
    [[[1, 2], [3, 4]], [[5, 6], [7, 8]]],
    list(range(100)),
    [[i * j / 7 for i in range(12)] for j in range(9)],
]
SHAPES = [
    (1000,),
    (1001,),
    (40, 30),
    (3, 400),
    (400, 3),
    (2, 7, 90),
    (11, 12, 13),
    (5, 0),
    (2, 0, 3),
    (1, 1, 1, 1100),
    (7, 8, 9, 3),
]


def normal(text: str) -> str:
    return text.replace("torch.", "pyad.")


def same(ours: pyad.Tensor, theirs: torch.Tensor) -> None:
    assert repr(ours) == normal(repr(theirs))


@pytest.mark.parametrize("value", VALUES, ids=str)
def test_values(value) -> None:
    same(pyad.tensor(value), torch.tensor(value))
    same(pyad.tensor(value, dtype=pyad.float64), torch.tensor(value, dtype=torch.float64))
    same(
        pyad.tensor(value, dtype=pyad.float32, requires_grad=True),
        torch.tensor(value, dtype=torch.float32, requires_grad=True),
    )


@pytest.mark.parametrize("name", ["int64", "int32", "uint8", "bool", "float32", "float64"])
@pytest.mark.parametrize("shape", SHAPES)
def test_shapes(shape: tuple[int, ...], name: str) -> None:
    rng = np.random.default_rng(1)
    a = (rng.normal(size=shape) * 60).astype(name)
    same(pyad.tensor(a), torch.tensor(a))
    if name == "float32":
        same(pyad.tensor(a * 1000), torch.tensor(a * 1000))
        same(pyad.tensor(np.round(a)), torch.tensor(np.round(a)))
        same(
            pyad.tensor(a).t() if a.ndim == 2 else pyad.tensor(a),
            torch.tensor(a).t() if a.ndim == 2 else torch.tensor(a),
        )


def test_history() -> None:
    for n in (2, 30):
        x, y = pyad.ones(n, requires_grad=True), torch.ones(n, requires_grad=True)
        same(x + x, y + y)
        same((x * 2).sum(), (y * 2).sum())
        same(x.detach(), y.detach())
        same(x.double() * 3, y.double() * 3)


def test_parameters() -> None:
    same(pyad.nn.Parameter(pyad.ones(2)), torch.nn.Parameter(torch.ones(2)))
    same(pyad.nn.Parameter(pyad.ones(2), False), torch.nn.Parameter(torch.ones(2), False))


def test_default_dtype_is_left_out() -> None:
    pyad.set_default_dtype(pyad.float64)
    torch.set_default_dtype(torch.float64)
    try:
        same(pyad.tensor([1.0]), torch.tensor([1.0]))
        same(pyad.tensor([1.0], dtype=pyad.float32), torch.tensor([1.0], dtype=torch.float32))
        same(pyad.zeros(0, 2), torch.zeros(0, 2))
    finally:
        pyad.set_default_dtype(pyad.float32)
        torch.set_default_dtype(torch.float32)


@pytest.mark.parametrize(
    "options",
    [
        {"precision": 2},
        {"precision": 8},
        {"threshold": 5},
        {"threshold": 5, "edgeitems": 1},
        {"linewidth": 40},
        {"linewidth": 200},
        {"sci_mode": True},
        {"sci_mode": False},
        {"profile": "short"},
        {"profile": "full"},
        {"profile": "default"},
    ],
    ids=str,
)
def test_options(options: dict) -> None:
    a = np.random.default_rng(0).normal(size=(9, 20)).astype(np.float32) * 1e-3
    try:
        pyad.set_printoptions(**options)
        torch.set_printoptions(**options)
        same(pyad.tensor(a), torch.tensor(a))
        same(pyad.tensor(a[:2, :3] * 1e6), torch.tensor(a[:2, :3] * 1e6))
        same(pyad.arange(40), torch.arange(40))
    finally:
        pyad.set_printoptions(profile="default")
        torch.set_printoptions(profile="default")
    same(pyad.tensor(a), torch.tensor(a))


def test_printing_leaves_no_trace() -> None:
    x = pyad.ones(3, requires_grad=True)
    y = x * 2
    before = pyad._core.live_counts()
    repr(y)
    str(y)
    assert pyad._core.live_counts() == before
    assert f"{y}" == str(y)


def test_there_is_no_such_profile() -> None:
    with pytest.raises(ValueError, match="profile"):
        pyad.set_printoptions(profile="long")


@pytest.mark.parametrize("option", ["precision", "threshold", "edgeitems", "linewidth"])
@pytest.mark.parametrize("wrong", [math.nan, -math.inf, -1, 1.5, "3", 2**70, object(), 1j])
def test_an_option_that_counts_nothing_is_refused_and_changes_nothing(option, wrong):
    x = pyad.arange(2000.0)
    before = repr(x)
    with pytest.raises((TypeError, ValueError), match=option):
        pyad.set_printoptions(**{"edgeitems": 2, option: wrong})
    assert repr(x) == before


def test_other_options_are_checked_too():
    for wrong in ({"profile": "none"}, {"profile": []}, {"sci_mode": 1}, {"precision": math.inf}):
        with pytest.raises((TypeError, ValueError)):
            pyad.set_printoptions(**wrong)
    try:
        pyad.set_printoptions(threshold=math.inf, precision=pyad.tensor(2))
        assert "..." not in repr(pyad.arange(2000.0))
    finally:
        pyad.set_printoptions(profile="default")


def test_the_device_stays_a_device():
    with pytest.raises(TypeError, match="expects a device"):
        pyad._core.set_device("cpu")
    assert isinstance(pyad.ones(1).device, pyad.device)
