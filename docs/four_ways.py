"""Draws `four_ways.png`, the figure of `four_ways.md`: run it as `python docs/four_ways.py`.

The numbers come from the page itself, whose examples run here as they do in the tests.
"""

from __future__ import annotations

import argparse
import doctest
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np

import pyad

HERE = Path(__file__).resolve().parent


def session() -> dict[str, Any]:
    """Runs the page and returns the names that it defines."""
    text = (HERE / "four_ways.md").read_text(encoding="utf-8").replace("\n```", "\n\n```")
    page = doctest.DocTestParser().get_doctest(
        text, {"pyad": pyad, "np": np}, "four_ways.md", None, 0
    )
    result = doctest.DocTestRunner().run(page, clear_globs=False)
    if result.failed:
        raise SystemExit("four_ways.md fails: see the report above")
    return page.globs


def draw(path: Path) -> None:
    """Draws the errors of central differences against their steps."""
    names = session()
    steps, errors, eps = names["steps"], names["errors"], names["eps"]
    figure, axis = plt.subplots(figsize=(6, 3.6), layout="constrained")
    axis.loglog(steps, errors, ".-", label="central differences")
    axis.loglog(steps, 0.3 * steps**2, "--", color="tab:gray", linewidth=1, label="~ h²")
    axis.loglog(steps, eps / steps, ":", color="tab:gray", linewidth=1, label="~ eps / h")
    axis.axvline(eps ** (1 / 3), color="tab:orange", linewidth=1, label="h = eps^(1/3)")
    axis.axhline(4 * eps, color="tab:green", linewidth=1, label="the other ways are below")
    axis.set(xlabel="step h", ylabel="largest error in the Jacobian", ylim=(1e-16, 1))
    axis.legend(fontsize=8)
    figure.savefig(path, dpi=100, metadata={"Software": None})
    plt.close(figure)


def main(arguments: list[str] | None = None) -> None:
    """Draws the figure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=HERE / "four_ways.png")
    draw(parser.parse_args(arguments).out)


if __name__ == "__main__":
    main()
