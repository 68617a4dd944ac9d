"""Draws a run: every candidate's time in every case, on one logarithmic axis.

Separate because it alone needs matplotlib.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.case import PYAD
from benchmarks.peers import PEERS
from benchmarks.report import title

_MARKERS = "*sD^vP<>XopHd"


def draw(document: Mapping[str, Any], file: Path) -> None:
    """Writes the picture of a run.

    Args:
        document: The run, as in the JSON file.
        file: Where to; the suffix gives the format.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    runs = [
        run
        for run in document["runs"]
        if any(outcome["samples"] for outcome in run["candidates"].values())
    ]
    colours = pyplot.get_cmap("tab20")
    figure, axes = pyplot.subplots(figsize=(13, 1.8 + 0.5 * len(runs)), layout="constrained")
    for position, (name, peer) in enumerate(PEERS.items()):
        rows, middles, below, above = [], [], [], []
        for row, run in enumerate(runs):
            outcome = run["candidates"].get(name)
            if outcome is not None and outcome["samples"]:
                rows.append(row)
                middles.append(outcome["median"])
                below.append(outcome["median"] - outcome["quartile_1"])
                above.append(outcome["quartile_3"] - outcome["median"])
        if rows:
            subject = name == PYAD
            axes.errorbar(
                *(middles, rows),
                xerr=[below, above],
                fmt=_MARKERS[position % len(_MARKERS)],
                color="black" if subject else colours(position % 20),
                markersize=14 if subject else 6,
                zorder=3 if subject else 2,
                label=peer.label,
            )
    labels = [title(run) + (f" [{run['unit']}]" if run["unit"] else "") for run in runs]
    axes.set_yticks(range(len(runs)), labels)
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.set_xlabel("seconds, median and quartiles")
    axes.grid(axis="x", which="both", alpha=0.25)
    axes.grid(axis="y", alpha=0.5)
    figure.legend(loc="outside upper center", ncols=5, frameon=False)
    figure.savefig(file, dpi=130)
    pyplot.close(figure)
