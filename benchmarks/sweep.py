"""Every op beside PyTorch at 16, 4,096 and a million elements: forward, and forward with backward.

`python -m benchmarks.sweep` is one command of its own because it answers another question than the
cases: which op is slower than PyTorch's, not how whole programs compare. Both libraries run in one
process; their answers are compared first, then timed in alternating blocks, each by the least of a
few pieces (Note [Processor time in short pieces] in `blocks.py`). The ratio is the median of those
of the rounds. What looks slower is measured again, twice, with memory placed anew: it is slower if
it was beyond its spread every time. Those are listed at the end, and the exit status says so.
"""

from __future__ import annotations

import argparse
import gc
import json
import math
import re
import statistics
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

import pyad
from benchmarks.sweep_ops import Op, ops

SIZES = (16, 4_096, 1_000_000)
ROUNDS = 9
PIECE = 1e-3  # seconds
PIECES = 3  # a block
PAUSE = 0.01  # seconds before a block of several threads: workers of the other side look on for
# work for some milliseconds, on processors that this side's would run on
AGAIN = 2  # further measurements of what looks slower
LIMIT = 1.0
MOVES = 1.05  # where an op only moves memory


def _program(op: Op, package: Any, backward: bool) -> tuple[Callable[[], Any], Callable[[], list]]:
    """The call to be timed, and what it leaves to be compared."""
    make = pyad.tensor if package is pyad else torch.tensor
    tensors = [make(a) for a in op.arrays]
    leaves = []
    if backward:
        leaves = [t.requires_grad_() for t in tensors if t.is_floating_point()]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        y = op.call(package, *tensors)
    if backward:
        # Not ones, whose gradient of a normalisation is the rounding of zero.
        values = np.random.default_rng(1).standard_normal(tuple(y.shape))
        seed = make(values.astype(y.detach().numpy().dtype))
        grad = package.autograd.grad

        def run() -> Any:
            return grad(op.call(package, *tensors), leaves, seed)

        def results() -> list:
            return [op.call(package, *tensors), *run()]

        return run, results

    def forward() -> Any:
        return op.call(package, *tensors)

    return forward, lambda: [forward()]


def _agree(op: Op, ours: list, theirs: list) -> None:
    if op.name == "arange" or not ours:
        return
    for a, b in zip(ours, theirs, strict=True):
        if not isinstance(a, pyad.Tensor):
            continue
        mine, its = a.detach().numpy(), b.detach().numpy()
        scale = (
            float(np.abs(its[np.isfinite(its)]).max(initial=1e-3)) if its.dtype.kind == "f" else 1
        )
        np.testing.assert_allclose(mine, its, rtol=1e-3, atol=1e-4 * scale, err_msg=op.name)


def _piece(run: Callable[[], Any], count: int, clock: Callable[[], float]) -> float:
    start = clock()
    for _ in range(count):
        run()
    return (clock() - start) / count


def measured(op: Op, backward: bool, threads: int, effort: tuple[int, float]) -> dict[str, Any]:
    """Seconds a call of both, and what they say.

    Args:
        op: The call.
        backward: With its backward, or alone.
        threads: As many as have been set.
        effort: Rounds, and seconds a piece.

    Returns:
        `pyad` and `torch`, medians in seconds; `ratio`, the median of those of the rounds, with the
        second lowest and highest as `low` and `high`; `slower`, whether the ratio is above the
        `limit` by more than half its interquartile range.
    """
    mine, my_results = _program(op, pyad, backward)
    its, its_results = _program(op, torch, backward)
    _agree(op, my_results(), its_results())
    rounds, seconds = effort
    clock = time.process_time if threads == 1 else time.perf_counter
    sides = []
    for run in (mine, its):
        once = min(_piece(run, 1, clock) for _ in range(3))
        sides.append((run, max(1, int(seconds / max(once, 1e-7)))))
    if seconds > 0:
        gc.collect()
    times: tuple[list[float], list[float]] = ([], [])
    for k in range(rounds):
        for side in (0, 1) if k % 2 else (1, 0):
            run, count = sides[side]
            if threads > 1 and seconds > 0:
                time.sleep(PAUSE)
                run()
            times[side].append(min(_piece(run, count, clock) for _ in range(PIECES)))
    ratios = sorted(a / b for a, b in zip(*times, strict=True))
    low, ratio, high = statistics.quantiles(ratios, n=4, method="inclusive")
    limit = MOVES if op.moves and not backward else LIMIT
    mine_median, its_median = (statistics.median(t) for t in times)
    return {
        "pyad": mine_median,
        "torch": its_median,
        "ratio": ratio,
        "low": ratios[1],
        "high": ratios[-2],
        "limit": limit,
        "slower": ratio - (high - low) / 2 > limit,
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sweep", description=__doc__)
    add = parser.add_argument
    add("--sizes", type=int, nargs="+", default=list(SIZES))
    add("--threads", type=int, nargs="+", default=[1, 2])
    add("--only", metavar="REGEX", help="ops whose names match")
    add("--rounds", type=int, default=ROUNDS)
    add("--quick", action="store_true", help="only compare answers")
    add("--json", type=Path, metavar="FILE")
    return parser


def _calls(n: int, only: str | None) -> Iterator[tuple[Op, bool]]:
    for op in ops(n):
        if not only or re.search(only, op.name):
            yield op, False
            if op.backward:
                yield op, True


def main() -> int:
    """Runs the sweep, prints what is slower than PyTorch; returns how it ended."""
    arguments = _parser().parse_args()
    effort = (3, 0.0) if arguments.quick else (arguments.rounds, PIECE)
    found: list[dict[str, Any]] = []
    failed = []
    for threads in arguments.threads:
        pyad.set_num_threads(threads)
        torch.set_num_threads(threads)
        for n in arguments.sizes:
            rows = []
            for op, backward in _calls(n, arguments.only):
                label = f"{op.name}{' with backward' if backward else ''}"
                try:
                    times = measured(op, backward, threads, effort)
                    for _ in range(0 if arguments.quick else AGAIN):
                        if times["slower"]:
                            again = measured(op, backward, threads, effort)
                            times = min(times, again, key=lambda t: (t["slower"], t["ratio"]))
                except Exception as error:  # one that fails must not end the sweep
                    failed.append(f"{label}, {n}: {type(error).__name__}: {str(error)[:300]}")
                    continue
                rows.append({"op": label, "n": n, "threads": threads, **times})
            found += rows
            if rows and not arguments.quick:
                _report(rows, f"{n:,} elements, {threads} thread(s)")
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    slower = [] if arguments.quick else [f for f in found if f["slower"]]
    _list(
        slower, f"\n{len(slower)} of {len(found)} calls slower than PyTorch's beyond their spread"
    )
    for line in failed:
        print("failed:", line)
    return 1 if failed or slower else 0


def _report(rows: list[dict[str, Any]], where: str) -> None:
    mean = math.exp(statistics.fmean(math.log(f["ratio"]) for f in rows))
    above = [f for f in rows if f["ratio"] > f["limit"]]
    title = f"{len(rows)} calls, geometric mean {mean:.3f} x torch, {len(above)} above the limit"
    _list(above, f"\n{where}: {title}")


def _list(rows: list[dict[str, Any]], title: str) -> None:
    print(title)
    for f in sorted(rows, key=lambda f: -f["ratio"]):
        print(
            f"{'*' if f['slower'] else ' '} {f['op']:34} {f['n']:9,} {f['threads']} thread(s) "
            f"{f['ratio']:6.2f}  ({f['low']:.2f}-{f['high']:.2f})  "
            f"{f['pyad'] * 1e6:9.1f} / {f['torch'] * 1e6:9.1f} us"
        )
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
