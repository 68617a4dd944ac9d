"""Trains a small convolutional network on scikit-learn's handwritten digits.

Run it as `python examples/digits_conv.py`. Batches come from a DataLoader that shifts the images by
a pixel here and there; it prints the accuracy on images the network has not seen and writes
`digits_conv.png`: the curves, and the filters that the first layer learned.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
from matplotlib.ticker import MaxNLocator
from sklearn.datasets import load_digits
from tqdm import tqdm

import pyad
from pyad import nn
from pyad.nn import functional as F
from pyad.utils.data import DataLoader, TensorDataset, random_split


class Net(nn.Module):
    """Two convolutions with batch normalisation, pooling, and a linear layer."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(16)
        self.conv2 = nn.Conv2d(16, 32, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(32)
        self.drop = nn.Dropout(0.3)
        self.head = nn.Linear(32 * 2 * 2, 10)

    def forward(self, x: pyad.Tensor) -> pyad.Tensor:
        """Takes images (batch, 1, 8, 8); returns logits (batch, 10)."""
        x = F.max_pool2d(F.relu(self.norm1(self.conv1(x))), 2)
        x = F.max_pool2d(F.relu(self.norm2(self.conv2(x))), 2)
        return self.head(self.drop(x.flatten(1)))


def shift(images: pyad.Tensor) -> pyad.Tensor:
    """Moves the whole batch by up to one pixel in each direction."""
    down, right = (pyad.randint(-1, 2, (1,)).item() for _ in range(2))
    padded = F.pad(images, (1, 1, 1, 1))
    return padded[:, :, 1 + down : 9 + down, 1 + right : 9 + right]


def accuracy(model: nn.Module, loader: DataLoader) -> float:
    model.eval()
    with pyad.no_grad():
        right = sum((model(x).argmax(1) == y).sum().item() for x, y in loader)
    return right / len(loader.dataset)


def draw(model: Net, losses: list[float], accuracies: list[float], path: Path) -> None:
    figure = plt.figure(figsize=(10, 5), layout="constrained")
    curves, filters = figure.subfigures(2, 1, height_ratios=[4, 1])
    left, right = curves.subplots(1, 2)
    left.semilogy(losses, linewidth=0.7)
    left.set(xlabel="step", ylabel="cross-entropy of the batch", title="Loss")
    epochs = range(1, len(accuracies) + 1)
    right.plot(epochs, [100 * a for a in accuracies], ".-", color="tab:green")
    right.set(xlabel="epoch", ylabel="test images right, %", title="Accuracy")
    right.xaxis.set_major_locator(MaxNLocator(integer=True))
    filters.suptitle("Filters of the first layer")
    for axis, w in zip(filters.subplots(1, 16), model.conv1.weight.detach()[:, 0], strict=True):
        axis.imshow(w.numpy(), cmap="coolwarm")
        axis.axis("off")
    figure.savefig(path, dpi=110)
    plt.close(figure)


def main(arguments: list[str] | None = None) -> float:
    """Runs the example and returns the accuracy on the test images."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer epochs")
    parser.add_argument("--out", type=Path, default=Path("digits_conv.png"))
    options = parser.parse_args(arguments)

    pyad.manual_seed(0)
    digits = load_digits()
    x = pyad.tensor(digits.images, dtype=pyad.float32).unsqueeze(1) / 8 - 1
    y = pyad.tensor(digits.target, dtype=pyad.int64)
    train_set, test_set = random_split(TensorDataset(x, y), [0.8, 0.2])
    train_loader = DataLoader(train_set, batch_size=32, shuffle=True)
    test_loader = DataLoader(test_set, batch_size=128)

    model = Net()
    epochs = 3 if options.quick else 20
    optimizer = pyad.optim.AdamW(model.parameters(), lr=1e-2)
    scheduler = pyad.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=1e-2, total_steps=epochs * len(train_loader)
    )
    losses: list[float] = []
    accuracies: list[float] = []
    seconds = 0.0
    with tqdm(range(epochs), desc="training", unit="epoch") as bar:
        for _ in bar:
            model.train()
            start = time.perf_counter()
            for images, labels in train_loader:
                loss = F.cross_entropy(model(shift(images)), labels)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                scheduler.step()
                losses.append(loss.item())
            seconds += time.perf_counter() - start
            accuracies.append(accuracy(model, test_loader))
            bar.set_postfix(loss=f"{losses[-1]:.3f}", accuracy=f"{accuracies[-1]:.1%}")
    draw(model, losses, accuracies, options.out)
    print(f"accuracy on images not seen: {accuracies[-1]:.2%}")
    print(f"time per step of 32 images: {seconds / len(losses) * 1e6:.0f} microseconds")
    print(f"wrote {options.out}")
    return accuracies[-1]


if __name__ == "__main__":
    main()
