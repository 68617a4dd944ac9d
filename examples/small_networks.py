"""Two networks made of nothing but tensors and their gradients: a curve, and two spirals.

Run it as `python examples/small_networks.py`. A layer is a matrix and a vector, learning is
gradient descent with momentum, both written out in a few lines. It prints the error of the curve,
the share of points on the right spiral, and writes `small_networks.png`.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
from tqdm import tqdm

import pyad


class Network:
    """Layers of tanh, the last one without."""

    def __init__(self, *widths: int) -> None:
        self.weights: list[pyad.Tensor] = []
        self.biases: list[pyad.Tensor] = []
        for fan_in, fan_out in pairwise(widths):
            w = pyad.randn(fan_in, fan_out, dtype=pyad.float64) / math.sqrt(fan_in)
            self.weights.append(w.requires_grad_())
            self.biases.append(pyad.zeros(fan_out, dtype=pyad.float64, requires_grad=True))

    def __call__(self, x: pyad.Tensor) -> pyad.Tensor:
        """Takes (points, first width); returns (points, last width)."""
        for w, b in zip(self.weights[:-1], self.biases[:-1], strict=True):
            x = (x @ w + b).tanh()
        return x @ self.weights[-1] + self.biases[-1]


def mean_square(found: pyad.Tensor, wanted: pyad.Tensor) -> pyad.Tensor:
    return ((found - wanted) ** 2).mean()


def cross_entropy(logits: pyad.Tensor, labels: pyad.Tensor) -> pyad.Tensor:
    """Minus the mean logarithm of what softmax gives to the right labels."""
    right = logits.gather(1, labels.unsqueeze(1)).squeeze(1)
    return (logits.logsumexp(1) - right).mean()


def train(
    network: Network,
    loss_of: Callable[[pyad.Tensor, pyad.Tensor], pyad.Tensor],
    x: pyad.Tensor,
    y: pyad.Tensor,
    steps: int,
    rate: float,
    what: str,
) -> list[float]:
    """Descends with momentum; returns the losses."""
    parameters = network.weights + network.biases
    speeds = [pyad.zeros_like(p) for p in parameters]
    losses = []
    with tqdm(range(steps), desc=what) as bar:
        for step in bar:
            loss = loss_of(network(x), y)
            grads = pyad.autograd.grad(loss, parameters)
            with pyad.no_grad():
                for p, v, g in zip(parameters, speeds, grads, strict=True):
                    v.mul_(0.9).add_(g)
                    p -= rate * v
            losses.append(loss.item())
            if step % 50 == 49:
                bar.set_postfix(loss=f"{losses[-1]:.4f}")
    return losses


def curve() -> tuple[pyad.Tensor, pyad.Tensor]:
    x = pyad.linspace(-2, 2, 80, dtype=pyad.float64).unsqueeze(1)
    return x, pyad.sin(3 * x) * x + 0.05 * pyad.randn(80, 1, dtype=pyad.float64)


def spirals(each: int = 100) -> tuple[pyad.Tensor, pyad.Tensor]:
    """Points (2 each, 2) on two arms that wind around each other, and which arm (2 each,)."""
    t = pyad.linspace(0.3, 1, each, dtype=pyad.float64)
    arms = [
        pyad.stack([t * (9 * t + turn).cos(), t * (9 * t + turn).sin()], dim=1)
        for turn in (0.0, math.pi)
    ]
    points = pyad.cat(arms) + 0.03 * pyad.randn(2 * each, 2, dtype=pyad.float64)
    return points, pyad.arange(2 * each) // each


def draw(
    fitted: tuple[Network, pyad.Tensor, pyad.Tensor, list[float]],
    parted: tuple[Network, pyad.Tensor, pyad.Tensor, list[float]],
    path: Path,
) -> None:
    figure, (left, middle, right) = plt.subplots(1, 3, figsize=(12, 4), layout="constrained")
    with pyad.no_grad():
        network, x, y, losses = fitted
        left.plot(x.numpy(), y.numpy(), ".", color="tab:gray", label="points")
        left.plot(x.numpy(), network(x).numpy(), color="tab:blue", label="network")
        left.set(title="Regression")
        left.legend(fontsize=8)
        right.semilogy(losses, label="regression")
        network, x, y, losses = parted
        side = pyad.linspace(-1.2, 1.2, 120, dtype=pyad.float64)
        grid = pyad.stack([side.repeat(120), side.repeat_interleave(120)], dim=1)
        share = network(grid).softmax(1)[:, 1].reshape(120, 120)
        middle.contourf(side.numpy(), side.numpy(), share.numpy(), levels=20, cmap="coolwarm")
        middle.scatter(*x.T.numpy(), c=y.numpy(), cmap="coolwarm", edgecolors="black", s=14)
        middle.set(title="Classification", aspect="equal")
        right.semilogy(losses, label="classification")
    right.set(xlabel="step", title="Loss")
    right.legend(fontsize=8)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def main(arguments: list[str] | None = None) -> dict[str, Any]:
    """Runs the example and returns what it found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer steps")
    parser.add_argument("--out", type=Path, default=Path("small_networks.png"))
    options = parser.parse_args(arguments)

    pyad.manual_seed(0)
    x, y = curve()
    network = Network(1, 24, 24, 1)
    steps = 1000 if options.quick else 3000
    losses = train(network, mean_square, x, y, steps, rate=0.03, what="regression")
    print(f"regression: mean square {losses[0]:.4f} -> {losses[-1]:.5f}, noise 0.0025")

    points, arm = spirals()
    classifier = Network(2, 24, 24, 2)
    steps = 400 if options.quick else 1500
    entropies = train(classifier, cross_entropy, points, arm, steps, 0.2, "classification")
    with pyad.no_grad():
        share = (classifier(points).argmax(1) == arm).double().mean().item()
    print(f"classification: cross-entropy {entropies[0]:.4f} -> {entropies[-1]:.5f}")
    print(f"points on the right arm: {share:.1%}")
    draw((network, x, y, losses), (classifier, points, arm, entropies), options.out)
    print(f"wrote {options.out}")
    return {"regression": losses, "classification": entropies, "right": share}


if __name__ == "__main__":
    main()
