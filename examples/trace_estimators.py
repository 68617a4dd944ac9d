"""How far three estimates of a trace scatter, by the decay of the eigenvalues.

Run it as `python examples/trace_estimators.py`. Matrices with eigenvalues i^-c in a random basis
are known by their products alone; Hutchinson's estimator, Hutch++ and XTrace get the same number.
It prints the relative spreads with 60 products and writes `trace_estimators.png`, the picture of
`docs/estimators.md`.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from threadpoolctl import threadpool_limits
from tqdm import tqdm

import pyad
from pyad.estimators import hutchinson, hutchpp, xtrace

DECAYS = [0.5, 1.0, 1.5, 2.0]
PRODUCTS = [12, 30, 60, 120]
ESTIMATORS = {"Hutchinson": hutchinson, "Hutch++": hutchpp, "XTrace": xtrace}
COLORS = {"Hutchinson": "tab:orange", "Hutch++": "tab:blue", "XTrace": "tab:green"}
Product = Callable[[pyad.Tensor], pyad.Tensor]


def matrix(values: pyad.Tensor) -> Product:
    """Products of U diag(values) Uᵀ with blocks of vectors, (n, k) to (n, k).

    U is dense, but of a kind whose products cost little: the Kronecker product of two random
    orthogonal matrices, whose columns are shuffled.
    """
    n = len(values)
    rows = next(d for d in range(math.isqrt(n), 0, -1) if n % d == 0)
    rng = np.random.default_rng(0)
    left, right = (
        pyad.tensor(np.linalg.qr(rng.standard_normal((m, m)))[0]) for m in (rows, n // rows)
    )
    shuffled = values[pyad.tensor(rng.permutation(n))].reshape(rows, -1, 1)

    def rotate(x: pyad.Tensor, a: pyad.Tensor, b: pyad.Tensor) -> pyad.Tensor:
        return b @ (a @ x.reshape(rows, -1)).reshape(rows, n // rows, -1)

    return lambda v: rotate(rotate(v, left.T, right.T) * shuffled, left, right).reshape(n, -1)


def spreads(values: pyad.Tensor, trials: int, advance: Callable[[], object]) -> dict[str, list]:
    """Relative root mean squares of the errors, for each estimator and number of products."""
    product, trace = matrix(values), values.sum().item()
    found: dict[str, list] = {name: [] for name in ESTIMATORS}
    for products in PRODUCTS:
        for name, estimate in ESTIMATORS.items():
            # Gaussian probes know no direction: the spread depends on the eigenvalues alone.
            estimates = [
                estimate(product, len(values), products, probes="gaussian", dtype=pyad.float64)
                for _ in range(trials)
            ]
            errors = np.array([e.value.item() for e in estimates]) / trace - 1
            found[name].append(float(np.sqrt(np.mean(errors**2))))
            advance()
    return found


def draw(
    results: dict[float, dict[str, list]], values: dict[float, np.ndarray], path: Path
) -> None:
    figure, axes = plt.subplots(
        1, len(results), figsize=(12, 3.4), sharey=True, layout="constrained"
    )
    for ax, (c, found) in zip(axes, results.items(), strict=True):
        for name, errors in found.items():
            ax.loglog(PRODUCTS, errors, "o-", markersize=4, color=COLORS[name], label=name)
        squares, trace = values[c] ** 2, values[c].sum()
        theory = [math.sqrt(2 * squares.sum() / m) / trace for m in PRODUCTS]
        ideal = [math.sqrt(2 * squares[m // 3 :].sum() / (m // 3)) / trace for m in PRODUCTS]
        ax.loglog(PRODUCTS, theory, "--", linewidth=0.8, color="tab:orange", label="its theory")
        ax.loglog(PRODUCTS, ideal, "--", linewidth=0.8, color="tab:blue", label="ideal basis")
        ax.set(title=f"eigenvalues $i^{{-{c:g}}}$", xlabel="products")
        ax.set_xticks(PRODUCTS, [str(m) for m in PRODUCTS])
        ax.minorticks_off()
        ax.grid(alpha=0.3)
    axes[0].set_ylabel("relative spread")
    axes[0].legend(fontsize=7)
    figure.savefig(path, dpi=80)
    plt.close(figure)


def main(arguments: list[str] | None = None) -> dict[float, dict[str, list]]:
    """Runs the example and returns the spreads."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a smaller matrix, fewer estimates")
    parser.add_argument("--out", type=Path, default=Path("trace_estimators.png"))
    options = parser.parse_args(arguments)

    pyad.manual_seed(0)
    n, trials = (600, 6) if options.quick else (5000, 60)
    values = {c: pyad.arange(1, n + 1, dtype=pyad.float64) ** -c for c in DECAYS}
    total = len(DECAYS) * len(PRODUCTS) * len(ESTIMATORS)
    # NumPy's factorisations of narrow matrices gain nothing from threads.
    with threadpool_limits(1), tqdm(total=total, desc="estimating") as bar:
        results = {c: spreads(v, trials, bar.update) for c, v in values.items()}
    at = PRODUCTS.index(60)
    for c, found in results.items():
        print(f"c = {c:g}: " + ", ".join(f"{name} {e[at]:.2e}" for name, e in found.items()))
    draw(results, {c: v.numpy() for c, v in values.items()}, options.out)
    print(f"n = {n}, 60 products, {trials} estimates each; wrote {options.out}")
    return results


if __name__ == "__main__":
    main()
