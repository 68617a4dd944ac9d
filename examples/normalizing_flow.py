"""A continuous normalising flow: noise is carried to two moons by a field that was learned.

Run it as `python examples/normalizing_flow.py`. A network is the right-hand side of an equation of
motion; a Runge-Kutta integration carries points through it, and the divergence of the field along
the way says how densities change. So the likelihood of the data is known, and Adam maximises it.
The divergence is estimated from one product with the Jacobian, by signs that stay the same along a
point's way (Hutchinson; `--exact` takes the whole trace). It prints the likelihood of points that
were not seen, checks it against the exact divergence and the mass of the density, and writes
`normalizing_flow.png`.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
from sklearn.datasets import make_moons
from tqdm import tqdm

import pyad
from pyad import nn
from pyad.estimators import divergence, hutchinson

BATCH = 256
STEPS = 8  # of the integrator, from noise to data
SIDE = 3.2  # the picture shows [-SIDE, SIDE]²


class Field(nn.Module):
    """Velocities of points at a time."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(3, width), nn.Tanh(), nn.Linear(width, width), nn.Tanh(), nn.Linear(width, 2)
        )

    def forward(self, t: float, x: pyad.Tensor) -> pyad.Tensor:
        """From (B, 2) to (B, 2)."""
        return self.net(pyad.cat([x, pyad.full((len(x), 1), t)], dim=1))


def trace(field: Field, t: float, x: pyad.Tensor, signs: pyad.Tensor | None) -> pyad.Tensor:
    """The divergence of the field at points (B, 2), (B,): exact, or by signs (B, 2, 1)."""
    if signs is None:
        return divergence(lambda x: field(t, x), x, batch=True)
    return hutchinson(lambda x: field(t, x), x, 1, probes=signs, batch=True).value


def travel(field: Field, x: pyad.Tensor, start: float, end: float) -> pyad.Tensor:
    """Where points (B, 2) come to between two times."""
    h = (end - start) / STEPS
    for i in range(STEPS):
        t = start + i * h
        k1 = field(t, x)
        k2 = field(t + h / 2, x + h / 2 * k1)
        k3 = field(t + h / 2, x + h / 2 * k2)
        k4 = field(t + h, x + h * k3)
        x = x + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return x


def log_likelihood(field: Field, x: pyad.Tensor, signs: pyad.Tensor | None) -> pyad.Tensor:
    """The logarithm of the density at points (B, 2), (B,).

    Points are carried back to the noise, from time 1 to 0, and the divergence is integrated by the
    same rule: along a way, d log p / dt = -div f.
    """
    h = -1 / STEPS
    total = pyad.zeros(len(x))
    for i in range(STEPS):
        t = 1 + i * h
        k1, d1 = field(t, x), trace(field, t, x, signs)
        y = x + h / 2 * k1
        k2, d2 = field(t + h / 2, y), trace(field, t + h / 2, y, signs)
        y = x + h / 2 * k2
        k3, d3 = field(t + h / 2, y), trace(field, t + h / 2, y, signs)
        y = x + h * k3
        k4, d4 = field(t + h, y), trace(field, t + h, y, signs)
        x = x + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        total = total + h / 6 * (d1 + 2 * d2 + 2 * d3 + d4)
    return total - x.square().sum(1) / 2 - math.log(2 * math.pi)


def draw_signs(number: int) -> pyad.Tensor:
    """One probe for each point, (number, 2, 1)."""
    return 2 * pyad.randint(0, 2, (number, 2, 1), dtype=pyad.float32) - 1


def moons(number: int, seed: int) -> pyad.Tensor:
    """Points (number, 2) on two moons, about the origin and of size one."""
    points, _ = make_moons(number, noise=0.06, random_state=seed)
    return pyad.tensor((points - [0.5, 0.25]) / [0.87, 0.5], dtype=pyad.float32)


def train(field: Field, data: pyad.Tensor, rounds: int, exact: bool) -> list[float]:
    """Maximises the likelihood of data (N, 2); returns the losses, in nats a point."""
    optimizer = pyad.optim.Adam(field.parameters(), lr=1e-2)
    schedule = pyad.optim.lr_scheduler.CosineAnnealingLR(optimizer, rounds)
    losses: list[float] = []
    with tqdm(range(rounds), desc="training") as bar:
        for _ in bar:
            x = data[pyad.randint(0, len(data), (BATCH,))]
            loss = -log_likelihood(field, x, None if exact else draw_signs(BATCH)).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
            bar.set_postfix(loss=f"{losses[-1]:.3f}")
    return losses


def density(field: Field, cells: int) -> pyad.Tensor:
    """The density in the middle of each of cells² squares, (cells, cells), rows from below."""
    side = (pyad.arange(cells) + 0.5) * (2 * SIDE / cells) - SIDE
    y, x = pyad.meshgrid(side, side, indexing="ij")
    points = pyad.stack([x.flatten(), y.flatten()], 1)
    rows = [log_likelihood(field, part, None).exp() for part in points.split(cells * 10)]
    return pyad.cat(rows).reshape(cells, cells)


def draw(
    data: pyad.Tensor, field: Field, found: pyad.Tensor, losses: list[float], path: Path
) -> None:
    figure, axes = plt.subplots(1, 4, figsize=(15, 3.8), layout="constrained")
    with pyad.no_grad():
        samples = travel(field, pyad.randn(1500, 2), 0, 1)
    for ax, points, title in ((axes[0], data[:1500], "Data"), (axes[1], samples, "Samples")):
        ax.plot(*points.T.numpy(), ".", markersize=2)
        ax.set(xlim=(-SIDE, SIDE), ylim=(-SIDE, SIDE), title=title)
    axes[2].imshow(found.numpy(), origin="lower", extent=(-SIDE, SIDE, -SIDE, SIDE), cmap="magma")
    axes[2].set(title="Density")
    axes[3].plot(losses, linewidth=0.8)
    axes[3].set(xlabel="step", ylabel="nats a point", title="Loss")
    figure.savefig(path, dpi=90)
    plt.close(figure)


def main(arguments: list[str] | None = None) -> list[float]:
    """Runs the example and returns the losses."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer steps, a coarser picture")
    parser.add_argument("--exact", action="store_true", help="train with the exact divergence")
    parser.add_argument("--out", type=Path, default=Path("normalizing_flow.png"))
    options = parser.parse_args(arguments)

    pyad.manual_seed(0)
    field = Field(32 if options.quick else 64)
    data, unseen = moons(5000, seed=0), moons(2000, seed=1)
    losses = train(field, data, 100 if options.quick else 800, options.exact)

    with pyad.no_grad():
        exact = log_likelihood(field, unseen, None)
        estimated = log_likelihood(field, unseen, draw_signs(len(unseen)))
        found = density(field, 50 if options.quick else 120)
    mass = found.mean().item() * (2 * SIDE) ** 2
    last = losses[-len(losses) // 10 :]
    apart = estimated - exact
    print(f"loss {losses[0]:.3f} -> {sum(last) / len(last):.3f} nats a point")
    print(f"points not seen, exact divergence: {-exact.mean().item():.3f} nats a point")
    print(
        f"by one product a point: {abs(apart.mean().item()):.4f} apart, "
        f"standard error {apart.std().item() / math.sqrt(len(apart)):.4f}"
    )
    print(f"mass of the density: {mass:.4f}")
    draw(data, field, found, losses, options.out)
    print(f"wrote {options.out}")
    return losses


if __name__ == "__main__":
    main()
