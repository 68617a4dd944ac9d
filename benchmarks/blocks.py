"""A process that measures one build of pyad, block by block, as it is asked through pipes.

Separate from `against`, which asks: two builds of one package cannot live in one process.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
import time
from collections.abc import Iterable, Mapping
from typing import IO, Any

from benchmarks import build
from benchmarks.case import PYAD, Candidate, Case
from benchmarks.harness import calibrate, compare

# Note [Processor time in short pieces]
# Two builds of one program do the same work, so on one thread what they cost is processor time,
# which a neighbour on the machine lengthens only by what he evicts from the caches. A block is a
# few pieces, each shorter than a scheduler's slice, and counts by the least of them, because
# disturbance only adds. Over the rounds the median is taken, of ratios within a round, because
# clock rates move both ways. With several threads, and where the work is another process's,
# processor time would count waiting as work: there the wall clock is read.


LONG = 0.05
"""Seconds after which a block begins no further piece."""


class Session:
    """What a process does for `against`: one row at a time.

    Args:
        cases: The cases by name.
    """

    def __init__(self, cases: Mapping[str, Case]) -> None:
        self._cases = cases
        self._candidate: Candidate | None = None
        self._elapsed = False

    def answer(self, order: Mapping[str, Any]) -> dict[str, Any]:
        """Does one order: `prepare` a row, or run a `block` of it."""
        if order["do"] == "prepare":
            return self._prepare(**{k: v for k, v in order.items() if k != "do"})
        if order["do"] == "block":
            return {"seconds": self._block(order["inner"], order["pieces"])}
        raise ValueError(f"no order {order['do']!r}")

    def _prepare(self, case: str, candidate: str, threads: int, seconds: float) -> dict[str, Any]:
        """Builds, checks and calibrates; the answer has `inner`, or `failed` with the reason."""
        self._candidate = None
        gc.unfreeze()
        row = self._cases[case]
        try:
            importlib.import_module(PYAD).set_num_threads(threads)
            data = row.data()
            ready = row.builders[candidate](data)
            compare(row, candidate, ready.result(), row.reference(data))
            if ready.reset is not None:
                ready.reset()
            inner = calibrate(ready, seconds)
        except Exception as error:
            return {"failed": f"{type(error).__name__}: {error}"[:300]}
        self._candidate = ready
        self._elapsed = threads > 1 or row.elapsed
        gc.collect()
        gc.freeze()
        return {"inner": inner}

    def _block(self, inner: int, pieces: int) -> float:
        """Seconds for one run: see Note [Processor time in short pieces]."""
        candidate = self._candidate
        assert candidate is not None
        gc.collect()
        if candidate.reset is not None:
            candidate.reset()
        candidate.block(1 + inner // 5)
        least = float("inf")
        begin = time.perf_counter()
        for piece in range(pieces):
            if piece and time.perf_counter() - begin > LONG:
                break
            start = time.process_time()
            elapsed = candidate.block(inner)
            least = min(least, elapsed if self._elapsed else time.process_time() - start)
        return least / inner


def serve(session: Session, orders: Iterable[str], answers: IO[str]) -> None:
    """Answers orders, a line of JSON each, until there are no more."""
    for line in orders:
        print(json.dumps(session.answer(json.loads(line))), file=answers, flush=True)


def main() -> None:
    """Serves standard input; what libraries print goes to standard error."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    build.use()
    from benchmarks.cases import CASES
    from benchmarks.small import SMALL

    serve(Session({**CASES, **SMALL}), sys.stdin, answers)


if __name__ == "__main__":
    main()
