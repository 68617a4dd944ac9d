"""What the fifth document asks of TensorFlow, under pyad's names: four tasks, once each."""

from __future__ import annotations

import numpy as np
import pytest

import pyad
from same import same


def test_first_derivative():
    """x² at 2, as a tensor and as a number."""

    def program(lib):
        x = lib.tensor(2.0, requires_grad=True)
        y = x**2
        (slope,) = lib.autograd.grad(y, x)
        return slope

    assert same(program) == 4.0
    x = pyad.Value(2.0)
    (x**2).backward()
    assert x.grad == 4.0


def test_second_derivative():
    """x³ at 2: the gradient is recorded, so it has one too."""

    def program(lib):
        x = lib.tensor(2.0, requires_grad=True)
        y = x**3
        (first,) = lib.autograd.grad(y, x, create_graph=True)
        (second,) = lib.autograd.grad(first, x)
        return [first, second]

    assert same(program) == [12.0, 12.0]


def test_descent():
    """A hundred steps down x² from 3: each takes a fifth of the way that is left."""

    def program(lib):
        x = lib.tensor(3.0, dtype=float, requires_grad=True)
        optimizer = lib.optim.SGD([x], lr=0.1)
        for _ in range(100):
            optimizer.zero_grad()
            y = x**2
            y.backward()
            optimizer.step()
        return x

    assert same(program) == pytest.approx(3 * 0.8**100, rel=1e-13)


def test_training():
    """A network of 5, 10, 1 with Adam on random points: the same losses, and they fall."""

    def program(lib):
        lib.manual_seed(0)
        model = lib.nn.Sequential(
            lib.nn.Linear(5, 10, dtype=float), lib.nn.ReLU(), lib.nn.Linear(10, 1, dtype=float)
        )
        data = lib.randn(100, 5, dtype=float)
        labels = lib.randn(100, 1, dtype=float)
        optimizer = lib.optim.Adam(model.parameters(), lr=0.01)
        losses = []
        for _ in range(100):
            loss = lib.nn.functional.mse_loss(model(data), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        return [np.array(losses), list(model.parameters())]

    losses, _ = same(program, rtol=1e-9)
    assert losses[-1] < 0.8 * losses[0]
    assert (np.diff(losses) < 0).mean() > 0.9
