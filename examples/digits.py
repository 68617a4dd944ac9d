"""Trains a network on scikit-learn's handwritten digits and draws what it learned.

Run it as `python examples/digits.py`. It checks the gradients against finite differences, trains
with a progress bar, prints the accuracy on images the network has not seen and the time of a step,
and writes `digits.png`. `--quick` trains less, `--out` names another picture.
"""

from __future__ import annotations

import argparse
import copy
import time
from dataclasses import dataclass, field
from pathlib import Path

import matplotlib

matplotlib.use("Agg")  # a picture in a file needs no screen

import matplotlib.pyplot as plt
from sklearn.datasets import load_digits
from tqdm import tqdm

import pyad
from pyad import nn
from pyad.nn import functional as F

SEED = 0
BATCH = 32
TEST_IMAGES = 360  # of 1797


@dataclass
class Data:
    """Images as rows of 64 numbers from -1 to 1, and the digits they show."""

    train_x: pyad.Tensor
    train_y: pyad.Tensor
    test_x: pyad.Tensor
    test_y: pyad.Tensor


@dataclass
class History:
    """What happened during training."""

    losses: list[float] = field(default_factory=list)  # of every step
    accuracies: list[float] = field(default_factory=list)  # on the test images, after every epoch
    seconds: float = 0.0  # in steps alone


def load() -> Data:
    """Returns the digits, split by the seed into those to learn from and those to test with."""
    digits = load_digits()
    x = pyad.tensor(digits.data, dtype=pyad.float32) / 8 - 1
    y = pyad.tensor(digits.target, dtype=pyad.int64)
    order = pyad.randperm(len(y), generator=pyad.Generator().manual_seed(SEED))
    test, train = order[:TEST_IMAGES], order[TEST_IMAGES:]
    return Data(x[train], y[train], x[test], y[test])


def make_model() -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10)
    )


def accuracy(model: nn.Module, x: pyad.Tensor, y: pyad.Tensor) -> float:
    with pyad.no_grad():
        return (model(x).argmax(1) == y).double().mean().item()


def check_gradient(model: nn.Module, x: pyad.Tensor, y: pyad.Tensor) -> float:
    """Compares the derivative along a random direction with a central difference, in float64.

    Returns the relative error.
    """
    model, x = copy.deepcopy(model).double(), x.double()
    loss = F.cross_entropy(model(x), y)
    grads = pyad.autograd.grad(loss, list(model.parameters()))
    direction = [pyad.randn_like(g) for g in grads]
    slope = sum((g * d).sum().item() for g, d in zip(grads, direction, strict=True))

    def loss_at(step: float) -> float:
        moved = copy.deepcopy(model)
        with pyad.no_grad():
            for p, d in zip(moved.parameters(), direction, strict=True):
                p += step * d
            return F.cross_entropy(moved(x), y).item()

    h = 1e-6
    difference = (loss_at(h) - loss_at(-h)) / (2 * h)
    error = abs(slope - difference) / max(abs(difference), 1e-8)
    print(f"gradient check: backward {slope:.8f}, differences {difference:.8f}, error {error:.0e}")
    return error


def train(model: nn.Module, data: Data, epochs: int) -> History:
    history = History()
    optimizer = pyad.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.05)
    n = len(data.train_y)
    with tqdm(total=epochs, desc="training", unit="epoch") as bar:
        for epoch in range(epochs):
            optimizer.param_groups[0]["lr"] = 3e-3 * (1 - epoch / epochs)
            order = pyad.randperm(n)
            for first in range(0, n, BATCH):
                batch = order[first : first + BATCH]
                start = time.perf_counter()
                optimizer.zero_grad()
                loss = F.cross_entropy(model(data.train_x[batch]), data.train_y[batch])
                loss.backward()
                optimizer.step()
                history.seconds += time.perf_counter() - start
                history.losses.append(loss.item())
            history.accuracies.append(accuracy(model, data.test_x, data.test_y))
            bar.set_postfix(
                loss=f"{history.losses[-1]:.3f}", accuracy=f"{history.accuracies[-1]:.1%}"
            )
            bar.update()
    return history


def draw(model: nn.Module, data: Data, history: History, path: Path) -> None:
    """Writes the picture: loss, accuracy, and test digits with predictions, mistakes in red."""
    with pyad.no_grad():
        guesses = model(data.test_x).argmax(1).tolist()
    truth = data.test_y.tolist()
    figure = plt.figure(figsize=(11, 6.5), layout="constrained")
    curves, pictures = figure.subfigures(2, 1, height_ratios=[3, 2])
    left, right = curves.subplots(1, 2)
    left.semilogy(history.losses, linewidth=0.7, color="tab:blue")
    left.set(xlabel="step", ylabel="cross-entropy of the batch", title="Loss")
    right.plot(
        range(1, len(history.accuracies) + 1),
        [100 * a for a in history.accuracies],
        color="tab:green",
    )
    right.set(
        xlabel="epoch",
        ylabel="test images right, %",
        title=f"Accuracy: {history.accuracies[-1]:.1%} at the end",
    )
    right.grid(alpha=0.3)
    wrong_first = sorted(range(len(truth)), key=lambda i: guesses[i] == truth[i])
    axes = pictures.subplots(2, 10).ravel()
    for axis, i in zip(axes, wrong_first[:4] + list(range(16)), strict=True):
        axis.imshow(data.test_x[i].reshape(8, 8).numpy(), cmap="gray_r")
        color = "black" if guesses[i] == truth[i] else "tab:red"
        note = f"{guesses[i]}" if guesses[i] == truth[i] else f"{guesses[i]}, is {truth[i]}"
        axis.set_title(note, color=color, fontsize=10)
        axis.axis("off")
    figure.savefig(path, dpi=110)
    plt.close(figure)


def main(arguments: list[str] | None = None) -> float:
    """Runs the example and returns the accuracy on the test images."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="train for 4 epochs instead of 40")
    parser.add_argument(
        "--out", type=Path, default=Path("digits.png"), help="where the picture goes"
    )
    options = parser.parse_args(arguments)

    pyad.manual_seed(SEED)
    data = load()
    model = make_model()
    size = sum(p.numel() for p in model.parameters())
    print(
        f"{len(data.train_y)} images to learn from, {len(data.test_y)} to test with, {size} weights"
    )
    error = check_gradient(model, data.train_x[:BATCH], data.train_y[:BATCH])
    assert error < 1e-5, f"the gradient is wrong: relative error {error}"

    history = train(model, data, epochs=4 if options.quick else 40)
    reached = accuracy(model, data.test_x, data.test_y)
    print(f"accuracy on images not seen: {reached:.2%}")
    microseconds = history.seconds / len(history.losses) * 1e6
    print(f"time per step of {BATCH} images: {microseconds:.0f} microseconds")
    wanted = 0.90 if options.quick else 0.97
    assert reached >= wanted, f"expected an accuracy of {wanted:.0%}, got {reached:.2%}"
    draw(model, data, history, options.out)
    print(f"wrote {options.out}")
    return reached


if __name__ == "__main__":
    main()
