"""Finds the rates of a predator-prey system from noisy counts, through the integrator.

Run it as `python examples/fit_ode.py`. Twenty noisy observations of the two populations are fitted
by a Runge-Kutta integration whose every step is differentiated; L-BFGS changes the four
rates and the start. It prints what it found beside the truth and writes `fit_ode.png`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
from tqdm import tqdm

import pyad

RATES = [1.1, 0.4, 0.1, 0.4]  # births of prey, catches, births from catches, deaths of predators
START = [10.0, 5.0]
OBSERVED = 20
STEPS = 8  # of the integrator, between two observations
SPAN = 0.6  # of time, between two observations


def change(state: pyad.Tensor, rates: pyad.Tensor) -> pyad.Tensor:
    """The right-hand side of Lotka and Volterra's equations.

    Args:
        state: (2,), prey and predators.
        rates: (4,).

    Returns:
        (2,), their changes per time.
    """
    prey, predators = state
    born, caught, fed, died = rates
    return pyad.stack(
        [born * prey - caught * prey * predators, fed * prey * predators - died * predators]
    )


def integrate(start: pyad.Tensor, rates: pyad.Tensor) -> pyad.Tensor:
    """Returns the populations at the times of observation, (OBSERVED, 2)."""
    h = SPAN / STEPS
    state, seen = start, []
    for _ in range(OBSERVED):
        for _ in range(STEPS):
            k1 = change(state, rates)
            k2 = change(state + h / 2 * k1, rates)
            k3 = change(state + h / 2 * k2, rates)
            k4 = change(state + h * k3, rates)
            state = state + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        seen.append(state)
    return pyad.stack(seen)


def fit(observed: pyad.Tensor, rounds: int) -> tuple[pyad.Tensor, pyad.Tensor, list[float]]:
    """Fits logarithms, so that rates and counts stay positive.

    Args:
        observed: (OBSERVED, 2).
        rounds: Calls of L-BFGS, five iterations each.

    Returns:
        The start (2,), the rates (4,), and the losses of all evaluations.
    """
    log_start = observed[0].log().clone().requires_grad_()
    log_rates = pyad.tensor([0.8, 0.3, 0.15, 0.6], dtype=pyad.float64).log().requires_grad_()
    optimizer = pyad.optim.LBFGS(
        [log_start, log_rates], lr=0.5, max_iter=5, line_search_fn="strong_wolfe"
    )
    losses: list[float] = []

    def closure() -> pyad.Tensor:
        optimizer.zero_grad()
        found = integrate(log_start.exp(), log_rates.exp())
        loss = (found.log() - observed.log()).square().mean()
        loss.backward()
        losses.append(loss.item())
        return loss

    with tqdm(range(rounds), desc="fitting") as bar:
        for _ in bar:
            optimizer.step(closure)
            bar.set_postfix(loss=f"{losses[-1]:.2e}", evaluations=len(losses))
    return log_start.detach().exp(), log_rates.detach().exp(), losses


def draw(observed: pyad.Tensor, found: pyad.Tensor, losses: list[float], path: Path) -> None:
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    times = [SPAN * (i + 1) for i in range(OBSERVED)]
    for k, (name, color) in enumerate([("prey", "tab:green"), ("predators", "tab:red")]):
        left.plot(times, observed[:, k].numpy(), "o", color=color, label=f"{name}, observed")
        left.plot(times, found[:, k].numpy(), color=color, label=f"{name}, fitted")
    left.set(xlabel="time", ylabel="population", title="Populations")
    left.legend(fontsize=8)
    right.semilogy(losses)
    right.set(xlabel="evaluation", ylabel="mean square of log ratios", title="Loss")
    figure.savefig(path, dpi=110)
    plt.close(figure)


def main(arguments: list[str] | None = None) -> list[float]:
    """Runs the example and returns the rates it found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    parser.add_argument("--out", type=Path, default=Path("fit_ode.png"))
    options = parser.parse_args(arguments)

    pyad.manual_seed(0)
    start = pyad.tensor(START, dtype=pyad.float64)
    rates = pyad.tensor(RATES, dtype=pyad.float64)
    truth = integrate(start, rates)
    observed = truth * (0.05 * pyad.randn(OBSERVED, 2, dtype=pyad.float64)).exp()

    found_start, found_rates, losses = fit(observed, rounds=8 if options.quick else 20)
    for name, values, wanted in (("start", found_start, START), ("rates", found_rates, RATES)):
        print(f"{name}: found {[round(v, 3) for v in values.tolist()]}, true {wanted}")
    draw(observed, integrate(found_start, found_rates), losses, options.out)
    print(f"loss {losses[0]:.3f} -> {losses[-1]:.5f}; wrote {options.out}")
    return found_rates.tolist()


if __name__ == "__main__":
    main()
