"""Numbers at the edges: right values from closed forms and from Python's integers."""

from __future__ import annotations

import math

import numpy as np
import pytest

import pyad

MANY = 70_000
INF, NAN = math.inf, math.nan


@pytest.mark.parametrize("name", ["float32", "float64"])
def test_nan_to_num_defaults_are_the_numbers_themselves(name):
    dtype = getattr(pyad, name)
    most = float(np.finfo(name).max)
    x = pyad.tensor([INF, -INF, NAN, 2.0], dtype=dtype)
    assert pyad.nan_to_num(x).tolist() == [most, -most, 0.0, 2.0]
    assert x.nan_to_num(None, None, None).tolist() == [most, -most, 0.0, 2.0]
    assert x.nan_to_num(nan=None, posinf=5, neginf=None).tolist() == [5.0, -most, 0.0, 2.0]
    assert x.clone().nan_to_num_(posinf=None).tolist() == [most, -most, 0.0, 2.0]
    assert pyad.nan_to_num(x, posinf=INF, neginf=NAN).tolist()[0] == INF
    assert pyad.nan_to_num(pyad.tensor([3, 4])).tolist() == [3, 4]


def test_defaults_of_parameters_are_what_the_table_says():
    """Signatures print numbers such that they read back as they were."""
    for entry in pyad._core.op_table():
        for name, value in entry.get("params", []):
            text = entry["signature"].split(f"{name}: ")[1].split(",")[0]
            if "=" in text and not text.endswith("None"):
                assert float(text.split("=")[1]) == value, (entry["name"], name)


JOINS = {
    "cat": lambda xs: pyad.cat([x.reshape(1) for x in xs]),
    "stack": pyad.stack,
    "hstack": pyad.hstack,
    "vstack": lambda xs: pyad.vstack(xs).reshape(-1),
    "column_stack": lambda xs: pyad.column_stack(xs).reshape(-1),
}


@pytest.mark.parametrize("name", JOINS)
def test_many_inputs_of_one_node(name):
    xs = [pyad.tensor(float(k % 7), requires_grad=True) for k in range(MANY)]
    weights = pyad.arange(float(MANY))
    (JOINS[name](xs) * weights).sum().backward()
    assert [x.grad.item() for x in xs] == weights.tolist()


PARTS = {
    "unbind": lambda x: x.unbind(),
    "split": lambda x: x.split(1),
    "tensor_split": lambda x: x.tensor_split(MANY),
    "chunk": lambda x: x.chunk(MANY),
}


@pytest.mark.parametrize("name", PARTS)
def test_many_outputs_of_one_node(name):
    x = pyad.arange(float(MANY)).requires_grad_()
    parts = PARTS[name](x)
    assert len(parts) == MANY
    (parts[0] * 2 + parts[65_535] * 3 + parts[65_536] * 4 + parts[-1] * 5).sum().backward()
    want = np.zeros(MANY)
    want[[0, 65_535, 65_536, -1]] = 2, 3, 4, 5
    np.testing.assert_array_equal(x.grad.numpy(), want)


def test_many_inputs_again():
    """Second derivatives and forward mode through one wide node."""
    xs = [pyad.tensor(float(k), requires_grad=True) for k in range(MANY)]
    y = (pyad.stack(xs) ** 3).sum()
    first = pyad.autograd.grad(y, xs, create_graph=True)
    second = pyad.autograd.grad(first[-1] + first[3], [xs[-1], xs[3]])
    assert [g.item() for g in second] == [6.0 * (MANY - 1), 18.0]
