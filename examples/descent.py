"""Derivatives of derivatives, and what one derivative is good for.

Run it as `python examples/descent.py`. It differentiates x³ until nothing is left, draws the Taylor
polynomials of a function from derivatives of up to eighth order, rolls down x² from 3, and
trains a dense network with Adam. It writes `descent.png`.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from tqdm import tqdm

import pyad
from pyad import nn
from pyad.nn import functional as F


def derivatives(f: Callable[[pyad.Tensor], pyad.Tensor], x: float, order: int) -> list[float]:
    """The values of f and its derivatives at x: each gradient is recorded and so has one too."""
    t = pyad.tensor(x, dtype=pyad.float64, requires_grad=True)
    y = f(t)
    found = [y.item()]
    for _ in range(order):
        (y,) = pyad.autograd.grad(y, t, create_graph=True, materialize_grads=True)
        found.append(y.item())
    return found


def bell(x: pyad.Tensor) -> pyad.Tensor:
    return pyad.exp(-(x**2)) * pyad.cos(3 * x)


def roll_down(steps: int) -> list[float]:
    """Gradient descent on x² from 3, at a rate of a tenth: every step takes a fifth away."""
    x = pyad.tensor(3.0, dtype=pyad.float64, requires_grad=True)
    optimizer = pyad.optim.SGD([x], lr=0.1)
    places = [x.item()]
    for _ in range(steps):
        optimizer.zero_grad()
        (x**2).backward()
        optimizer.step()
        places.append(x.item())
    return places


def train_dense(steps: int) -> tuple[list[float], list[float]]:
    """Fits a network of 5, 10, 1 to a rule of five inputs; returns losses, and those of noise.

    For noise there is nothing to learn but the points themselves.
    """
    inputs = pyad.randn(100, 5, dtype=pyad.float64)
    rule = inputs[:, :1] * inputs[:, 1:2] + inputs[:, 2:3].abs()
    curves = []
    for name, wanted in (("a rule", rule), ("noise", pyad.randn(100, 1, dtype=pyad.float64))):
        model = nn.Sequential(nn.Linear(5, 10), nn.ReLU(), nn.Linear(10, 1)).double()
        optimizer = pyad.optim.Adam(model.parameters(), lr=0.01)
        losses = []
        with tqdm(range(steps), desc=f"fitting {name}") as bar:
            for _ in bar:
                loss = F.mse_loss(model(inputs), wanted)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                losses.append(loss.item())
        curves.append(losses)
    return curves[0], curves[1]


def draw(
    taylor: list[float], places: list[float], curves: dict[str, list[float]], path: Path
) -> None:
    figure, (left, middle, right) = plt.subplots(1, 3, figsize=(12, 4), layout="constrained")
    x = np.linspace(-1.5, 1.5, 200)
    left.plot(x, bell(pyad.tensor(x)).numpy(), color="black", label="exp(-x²) cos 3x")
    value, power = np.zeros_like(x), np.ones_like(x)
    for k, derivative in enumerate(taylor):
        value = value + derivative * power
        power = power * x / (k + 1)
        if k in (2, 4, 8):
            left.plot(x, value, label=f"Taylor, order {k}")
    left.set(ylim=(-1.5, 1.5), title="Derivatives at 0")
    middle.semilogy(places)
    middle.set(xlabel="step", ylabel="x", title="Rolling down x²")
    for name, losses in curves.items():
        right.semilogy(losses, label=name)
    right.set(xlabel="step", ylabel="mean square error", title="A dense network and Adam")
    left.legend(fontsize=8)
    right.legend(fontsize=8)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def main(arguments: list[str] | None = None) -> dict[str, Any]:
    """Runs the example and returns what it found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer steps for the network")
    parser.add_argument("--out", type=Path, default=Path("descent.png"))
    options = parser.parse_args(arguments)

    pyad.manual_seed(0)
    cube = derivatives(lambda x: x**3, 2.0, order=4)
    print(f"x³ and its derivatives at 2: {cube}")
    taylor = derivatives(bell, 0.0, order=8)
    print(f"exp(-x²) cos 3x and its derivatives at 0: {[round(d, 6) + 0.0 for d in taylor]}")
    places = roll_down(100)
    print(
        f"down x² from 3 in 100 steps: {places[-1]:.3e}; 3 times 0.8 to the 100: {3 * 0.8**100:.3e}"
    )
    rule, noise = train_dense(300 if options.quick else 1500)
    print(f"dense network, a rule: {rule[0]:.3f} -> {rule[-1]:.4f}")
    print(f"dense network, noise:  {noise[0]:.3f} -> {noise[-1]:.4f}")
    draw(taylor, places, {"a rule": rule, "noise": noise}, options.out)
    print(f"wrote {options.out}")
    return {"cube": cube, "taylor": taylor, "places": places, "rule": rule, "noise": noise}


if __name__ == "__main__":
    main()
