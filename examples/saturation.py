"""What becomes of gradients behind saturated sigmoids, and what batch normalisation does about it.

Run it as `python examples/saturation.py`. It prints how the derivative of the sigmoid shrinks,
until float32 has no number for it, then trains one deep network of sigmoids whose inputs are badly
scaled, without and with batch normalisation, and writes `saturation.png`: activations, gradients at
the layers, losses.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
from tqdm import tqdm

import pyad
from pyad import nn
from pyad.nn import functional as F

WIDTH, LAYERS, POINTS = 32, 5, 256


def slopes(xs: list[float]) -> list[float]:
    """The derivative of the sigmoid in float32."""
    x = pyad.tensor(xs, requires_grad=True)
    x.sigmoid().sum().backward()
    return x.grad.tolist()


def make_network(normalised: bool) -> nn.Sequential:
    """Linear, (normalisation,) sigmoid, again and again; the last layer is linear."""
    pyad.manual_seed(1)  # the same weights with and without
    layers: list[nn.Module] = []
    width = 4
    for _ in range(LAYERS):
        linear = nn.Linear(width, WIDTH)
        nn.init.normal_(linear.weight)  # the sums grow with the width: sigmoids saturate
        layers.append(linear)
        if normalised:
            layers.append(nn.BatchNorm1d(WIDTH))
        layers.append(nn.Sigmoid())
        width = WIDTH
    return nn.Sequential(*layers, nn.Linear(width, 2)).double()


def data() -> tuple[pyad.Tensor, pyad.Tensor]:
    """Points (POINTS, 4), columns of very different size, and whether they lie in a shell."""
    generator = pyad.Generator().manual_seed(0)
    x = pyad.randn(POINTS, 4, generator=generator, dtype=pyad.float64)
    label = (x.square().sum(1) > 3.4).long()
    return x * pyad.tensor([100.0, 30.0, 10.0, 3.0], dtype=pyad.float64), label


def before_sigmoids(network: nn.Sequential, x: pyad.Tensor) -> list[pyad.Tensor]:
    """What goes into every sigmoid, each (POINTS, WIDTH), and the logits (POINTS, 2)."""
    found = []
    for layer in network:
        if isinstance(layer, nn.Sigmoid):
            found.append(x)
        x = layer(x)
    return [*found, x]


def train(network: nn.Sequential, x: pyad.Tensor, y: pyad.Tensor, steps: int) -> list[float]:
    optimizer = pyad.optim.SGD(network.parameters(), lr=0.05)
    losses = []
    with tqdm(range(steps), desc="training") as bar:
        for step in bar:
            optimizer.zero_grad()
            loss = F.cross_entropy(network(x), y)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            if step % 20 == 19:
                bar.set_postfix(loss=f"{losses[-1]:.3f}")
    return losses


def observe(normalised: bool, steps: int) -> dict[str, Any]:
    x, y = data()
    network = make_network(normalised)
    sums = before_sigmoids(network, x)
    grads = pyad.autograd.grad(F.cross_entropy(sums[-1], y), sums)
    first = sums[0].detach().sigmoid()
    return {
        "first": first,
        # Where s (1 - s) is below a hundredth, a sigmoid passes hardly anything on.
        "saturated": (first * (1 - first) < 0.01).double().mean().item(),
        "norms": [g.norm().item() for g in grads],
        "losses": train(network, x, y, steps),
    }


def draw(seen: dict[str, dict[str, Any]], path: Path) -> None:
    figure, (left, middle, right) = plt.subplots(1, 3, figsize=(12, 4), layout="constrained")
    for name, found in seen.items():
        left.hist(found["first"].flatten().numpy(), bins=40, alpha=0.6, label=name)
        middle.semilogy(range(1, LAYERS + 2), found["norms"], "o-", label=name)
        right.plot(found["losses"], label=name)
    left.set(title="Outputs of the first sigmoids", xlabel="output")
    middle.set(title="Gradients by layers' sums, before training", xlabel="layer", ylabel="norm")
    right.set(title="Loss", xlabel="step")
    for axis in (left, middle, right):
        axis.legend(fontsize=8)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def main(arguments: list[str] | None = None) -> dict[str, Any]:
    """Runs the example and returns what it found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer steps")
    parser.add_argument("--out", type=Path, default=Path("saturation.png"))
    options = parser.parse_args(arguments)

    xs = [0.0, 2.0, 5.0, 10.0, 20.0, -20.0, -80.0, -110.0]
    found = slopes(xs)
    for x, slope in zip(xs, found, strict=True):
        print(f"sigmoid'({x:6.1f}) = {slope:.3e}")

    steps = 300 if options.quick else 1500
    seen = {"without": observe(False, steps), "with normalisation": observe(True, steps)}
    for name, of in seen.items():
        print(
            f"{name}: {of['saturated']:.0%} of the first outputs saturated, "
            f"gradient at the first layer {of['norms'][0]:.1e}, "
            f"loss {of['losses'][0]:.3f} -> {of['losses'][-1]:.3f}"
        )
    draw(seen, options.out)
    print(f"wrote {options.out}")
    return {"slopes": found, "seen": {k: v | {"first": None} for k, v in seen.items()}}


if __name__ == "__main__":
    main()
