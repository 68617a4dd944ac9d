"""Linear regression five times: less and less is written out, the numbers stay.

Run it as `python examples/linear_regression.py`. The plane y = 2 x1 - 3 x2 + 1 is found from 30
points by gradient descent: by hand, by autograd, with a module, with an optimizer. With 300
points the same step is too long and the loss explodes; the Hessian says how long a step may be. It
prints the losses side by side and writes `linear_regression.png`.
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

WEIGHTS, BIAS = [2.0, -3.0], 1.0
RATE, EPOCHS = 1e-2, 10
Start = tuple[pyad.Tensor, pyad.Tensor]  # weights (2,), bias (1,)
Way = Callable[[pyad.Tensor, pyad.Tensor, Start, float, int], dict[str, Any]]


def observe(count: int) -> tuple[pyad.Tensor, pyad.Tensor]:
    """Returns points (count, 2) and what the plane says there (count, 1)."""
    x = pyad.rand(count, 2, dtype=pyad.float64)
    return x, (x @ pyad.tensor(WEIGHTS, dtype=pyad.float64) + BIAS).unsqueeze(1)


def by_hand(
    x: pyad.Tensor, y: pyad.Tensor, start: Start, rate: float, epochs: int
) -> dict[str, Any]:
    """In NumPy: the derivative of (w x + b - y)² is 2 (w x + b - y), times x for w."""
    w, b = (t.numpy().copy() for t in start)
    losses = []
    for _ in range(epochs):
        grad_w, grad_b, loss = np.zeros(2), 0.0, 0.0
        for point, wanted in zip(x.numpy(), y.numpy()[:, 0], strict=True):
            error = point @ w + b[0] - wanted
            grad_w += 2 * error * point
            grad_b += 2 * error
            loss += error**2
        losses.append(float(loss))
        w -= rate * grad_w
        b -= rate * grad_b
    return {"losses": losses, "w": w.tolist(), "b": b.tolist()}


def by_autograd(
    x: pyad.Tensor, y: pyad.Tensor, start: Start, rate: float, epochs: int
) -> dict[str, Any]:
    """The loss alone is written; updates change the leaves in place and are not recorded."""
    w = start[0].clone().unsqueeze(1).requires_grad_()
    b = start[1].clone().requires_grad_()
    losses = []
    for _ in range(epochs):
        loss = (x.mm(w) + b - y).pow(2).sum()
        loss.backward()
        with pyad.no_grad():
            w -= rate * w.grad
            b -= rate * b.grad
        w.grad.zero_()  # otherwise the next gradient would be added to this one
        b.grad.zero_()
        losses.append(loss.item())
    return {"losses": losses, "w": w.flatten().tolist(), "b": b.tolist()}


def plane(start: Start) -> nn.Sequential:
    model = nn.Sequential(nn.Linear(2, 1, dtype=pyad.float64))
    with pyad.no_grad():
        model[0].weight.copy_(start[0])
        model[0].bias.copy_(start[1])
    return model


def with_module(
    x: pyad.Tensor, y: pyad.Tensor, start: Start, rate: float, epochs: int
) -> dict[str, Any]:
    """The model keeps its parameters, and a loss has a name."""
    model, loss_of = plane(start), nn.MSELoss(reduction="sum")
    losses = []
    for _ in range(epochs):
        loss = loss_of(model(x), y)
        model.zero_grad()
        loss.backward()
        with pyad.no_grad():
            for p in model.parameters():
                p -= rate * p.grad
        losses.append(loss.item())
    return {"losses": losses, "w": model[0].weight[0].tolist(), "b": model[0].bias.tolist()}


def with_optimizer(
    x: pyad.Tensor, y: pyad.Tensor, start: Start, rate: float, epochs: int
) -> dict[str, Any]:
    """And the update is the optimizer's."""
    model, loss_of = plane(start), nn.MSELoss(reduction="sum")
    optimizer = pyad.optim.SGD(model.parameters(), lr=rate)
    losses = []
    with tqdm(range(epochs), desc=f"{len(x)} points", leave=False) as bar:
        for _ in bar:
            loss = loss_of(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    return {"losses": losses, "w": model[0].weight[0].tolist(), "b": model[0].bias.tolist()}


WAYS: dict[str, Way] = {
    "by hand": by_hand,
    "by autograd": by_autograd,
    "with a module": with_module,
    "with an optimizer": with_optimizer,
}


def longest_rate(x: pyad.Tensor, y: pyad.Tensor) -> float:
    """Beyond 2 / (largest eigenvalue of the Hessian) descent climbs."""

    def loss(p: pyad.Tensor) -> pyad.Tensor:
        return (x @ p[:2] + p[2] - y[:, 0]).square().sum()

    h = pyad.autograd.functional.hessian(loss, pyad.zeros(3, dtype=pyad.float64))
    return 2 / float(np.linalg.eigvalsh(h.numpy())[-1])


def draw(few: dict[str, Any], many: dict[str, Any], path: Path) -> None:
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    for i, (name, found) in enumerate(few.items()):
        left.semilogy(found["losses"], label=name, linewidth=7 - 1.8 * i)
    left.set(xlabel="epoch", ylabel="sum of squares", title="30 points, four ways")
    for name, found in many.items():
        right.loglog(range(1, len(found["losses"]) + 1), found["losses"], label=name)
    right.set(xlabel="epoch", title="300 points")
    for axis in (left, right):
        axis.legend(fontsize=8)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def main(arguments: list[str] | None = None) -> dict[str, Any]:
    """Runs the example and returns what it found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer epochs for 300 points")
    parser.add_argument("--out", type=Path, default=Path("linear_regression.png"))
    options = parser.parse_args(arguments)

    pyad.manual_seed(0)
    x, y = observe(30)
    start = (pyad.rand(2, dtype=pyad.float64), pyad.rand(1, dtype=pyad.float64))
    few = {name: way(x, y, start, RATE, EPOCHS) for name, way in WAYS.items()}
    print("epoch  " + "".join(f"{name:>20}" for name in few))
    for epoch in range(EPOCHS):
        row = "".join(f"{found['losses'][epoch]:20.12f}" for found in few.values())
        print(f"{epoch:5}  {row}")
    print(f"a rate of {RATE} of at most {longest_rate(x, y):.4f}: the loss shrinks")

    x, y = observe(300)
    longest = longest_rate(x, y)
    epochs = 500 if options.quick else 2000
    many = {
        f"rate {RATE}": with_optimizer(x, y, start, RATE, EPOCHS),
        "half of the longest rate": with_optimizer(x, y, start, longest / 2, epochs),
    }
    print(f"\n300 points allow a rate of {longest:.4f}:")
    for name, found in many.items():
        print(f"  {name}: loss {found['losses'][0]:.3g} -> {found['losses'][-1]:.3g}")
    w, b = found["w"], found["b"]
    print(f"  found y = {w[0]:.6f} x1 {w[1]:+.6f} x2 {b[0]:+.6f}")
    draw(few, many, options.out)
    print(f"wrote {options.out}")
    return {"few": few, "many": many, "longest": longest}


if __name__ == "__main__":
    main()
