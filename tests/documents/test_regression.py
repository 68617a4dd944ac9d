"""The fifth document: a plane fitted by hand, by autograd, by a module and by an optimizer."""

from __future__ import annotations

import re

import numpy as np
import pytest

# What the blocks find already there: 30 points of the plane, and the same as tensors.
PROLOGUE = """
import numpy as np
import torch
from numpy.random import random
np.random.seed(0)
x = random((30, 2))
y = np.dot(x, [2.0, -3.0]) + 1.0
dtype = torch.DoubleTensor
"""
TENSORS = """
learning_rate = 1e-2
w_init, b_init = random(2), random(1)
w_init_t = torch.from_numpy(w_init).type(dtype)
b_init_t = torch.from_numpy(b_init).type(dtype)
x_t = torch.from_numpy(x).type(dtype)
y_t = torch.from_numpy(y).type(dtype).unsqueeze(1)
"""
SINGLE = "dtype = torch.FloatTensor\n"
NUMBER = r"[-+]?\d+\.\d*(?:e[-+]\d+)?"
WAYS = {
    "by hand": "regression/by_hand",
    "autograd": "regression/leaves regression/autograd",
    "module": "regression/module",
    "optimizer": "regression/optimizer",
}


def closed_form(found, epochs=10, rate=0.01):
    """Losses and final parameters: an epoch multiplies the distance to the plane by 1 - rate H."""
    x = np.array(found["x"])
    columns = np.concatenate([x, np.ones((len(x), 1))], axis=1)
    optimum = np.array([2.0, -3.0, 1.0])
    apart = np.concatenate([found["w_init"], found["b_init"]]) - optimum
    losses = []
    for _ in range(epochs):
        losses.append(((columns @ apart) ** 2).sum())
        apart = apart - rate * 2 * columns.T @ (columns @ apart)
    return losses, optimum + apart


def check(found, digits=4, rtol=1e-11):
    losses, parameters = closed_form(found)
    printed = found["printed"]
    epochs = re.findall(rf"^progress: epoch: (\d+) loss ({NUMBER})$", printed, re.MULTILINE)
    assert [int(i) for i, _ in epochs] == list(range(10))
    assert [float(loss) for _, loss in epochs] == pytest.approx(losses, rel=rtol)
    end = printed[printed.index("estimation of the parameters:") :]
    shown = [float(n) for n in re.findall(NUMBER, end)]
    assert shown == pytest.approx(list(parameters), rel=10.0**-digits, abs=10.0**-digits)
    return end


def test_by_hand(run):
    found = run(WAYS["by hand"], prologue=PROLOGUE)
    check(found, digits=8)
    first = found["printed"].splitlines()[0]
    assert first == f"initial values of the parameters: {found['w_init']} {found['b_init']}"
    _, parameters = closed_form(found)
    assert [*found["w"], *found["b"]] == pytest.approx(list(parameters), rel=1e-12)


def test_autograd(run):
    found = run(WAYS["autograd"], prologue=PROLOGUE + TENSORS)
    check(found)
    _, parameters = closed_form(found)
    fitted = [*found["w_v"].flatten().tolist(), *found["b_v"].flatten().tolist()]
    assert fitted == pytest.approx(list(parameters), rel=1e-12)
    assert found["w_v"].grad.abs().max().item() == 0.0
    first = found["printed"].splitlines()[0]
    assert re.fullmatch(r"initial values of the parameters: tensor\(\[\[0\.\d{4}\],", first)


@pytest.mark.parametrize("way", ["module", "optimizer"])
def test_modules(way, run):
    found = run(WAYS[way], prologue=PROLOGUE + TENSORS)
    end = check(found)
    assert end.count("Parameter containing:") == 2
    _, parameters = closed_form(found)
    weight, bias = found["model"].parameters()
    assert [*weight[0].tolist(), *bias.tolist()] == pytest.approx(list(parameters), rel=1e-12)
    assert weight.requires_grad
    assert weight.is_leaf


def test_300_points(run):
    """Ten times the points, at the same rate: the steps are too long, and the losses explode."""
    found = run("regression/samples", prologue=PROLOGUE + TENSORS)
    losses, parameters = closed_form(found)
    assert len(found["x"]) == 300
    assert losses[-1] > 1e6 * losses[0]
    printed = re.findall(rf"loss ({NUMBER})$", found["printed"], re.MULTILINE)
    assert [float(n) for n in printed] == pytest.approx(losses, rel=1e-9)
    weight, bias = found["model"].parameters()
    assert [*weight[0].tolist(), *bias.tolist()] == pytest.approx(list(parameters), rel=1e-9)


@pytest.mark.parametrize("way", [*WAYS, "samples"])
def test_in_float32_with_the_same_output(way, blocks):
    """What both libraries print, letter for letter but for the last digits of a float32."""
    import torch

    import pyad

    names = WAYS.get(way, "regression/samples")
    prologue = PROLOGUE + SINGLE + (TENSORS if way != "by hand" else "")
    mine, its = (blocks.run(names, lib, prologue)["printed"] for lib in (pyad, torch))
    assert re.sub(NUMBER, "#", mine) == re.sub(NUMBER, "#", its)
    pairs = zip(re.findall(NUMBER, mine), re.findall(NUMBER, its), strict=True)
    for a, b in pairs:
        assert float(a) == pytest.approx(float(b), rel=2e-4, abs=2e-4)
