"""Runs one case with one number of threads in a process of its own, or checks many in one.

Separate because OpenBLAS, OpenMP and XLA read their number of threads once, when they are loaded:
`measure` starts a process with the right environment, and `main` is what that process does.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks import ROOT
from benchmarks.case import PYAD, Case
from benchmarks.harness import Effort, run
from benchmarks.peers import environment

TIMEOUT = 900
"""Seconds after which a case counts as hung."""


def measure(
    case: Case, threads: int, peers: Sequence[str], effort: Effort | None
) -> Mapping[str, dict[str, Any]]:
    """Runs a case in a fresh process.

    Args:
        case: The case.
        threads: Number of threads that every candidate may use.
        peers: Names of the peers that may take part.
        effort: How much time to spend; None to check only.

    Returns:
        Outcomes by candidate, as dictionaries. If the process dies or hangs, all have failed.
    """
    order = {
        "case": case.name,
        "threads": threads,
        "peers": list(peers),
        "effort": None if effort is None else asdict(effort),
    }
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "outcomes.json"
        command = [sys.executable, "-m", "benchmarks.worker", json.dumps(order), str(answer)]
        try:
            # What a library prints must not mix with the tables on standard output.
            done = subprocess.run(
                command,
                cwd=ROOT,
                env=os.environ | environment(threads),
                stdout=sys.stderr,
                timeout=TIMEOUT,
                check=False,
            )
            reason = f"the process ended with status {done.returncode}"
        except subprocess.TimeoutExpired:
            reason = f"no answer within {TIMEOUT} s"
        if answer.exists():
            outcomes: dict[str, dict[str, Any]] = json.loads(answer.read_text())
            return outcomes
    return _failed(case, peers, reason)


def _failed(case: Case, peers: Sequence[str], reason: str) -> dict[str, dict[str, Any]]:
    chosen = [name for name in case.builders if name == PYAD or name in peers]
    return {name: {"status": "failed", "detail": reason, "samples": []} for name in chosen}


def check(
    cases: Sequence[Case], threads: int, peers: Sequence[str]
) -> Iterator[tuple[Case, Mapping[str, dict[str, Any]]]]:
    """Checks many cases in one process, as peers take longer to load than to answer.

    Args:
        cases: The cases.
        threads: Number of threads that every candidate may use.
        peers: Names of the peers that may take part.

    Yields:
        Each case with its outcomes. If the process dies, its case has failed, and another process
        goes on with the next one.
    """
    left = list(cases)
    while left:
        order = {"cases": [case.name for case in left], "threads": threads, "peers": list(peers)}
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.worker", json.dumps(order)],
            cwd=ROOT,
            env=os.environ | environment(threads),
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        with process:
            for line in process.stdout:
                yield left.pop(0), json.loads(line)
        if left:  # it ended before its time
            reason = f"the process ended with status {process.returncode}"
            yield left[0], _failed(left.pop(0), peers, reason)


def check_side_by_side(
    plan: Sequence[tuple[Case, int]], peers: Sequence[str], processes: int
) -> Iterator[tuple[Case, int, Mapping[str, dict[str, Any]]]]:
    """Checks cases in as many processes at a time as there are processors: nothing is timed.

    Args:
        plan: Cases and numbers of threads.
        peers: Names of the peers that may take part.
        processes: How many processes may run at a time.

    Yields:
        Each case with its threads and outcomes, as they come.
    """
    groups = []
    for threads in sorted({threads for _, threads in plan}):
        cases = [case for case, count in plan if count == threads]
        # Cases of one thread are most of the work; neighbours in the list are alike.
        parts = processes if threads == 1 else 1
        groups += [(cases[k::parts], threads) for k in range(parts)]
    found: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def work(cases: Sequence[Case], threads: int) -> None:
        for case, outcomes in check(cases, threads, peers):
            found.put((case, threads, outcomes))

    with ThreadPoolExecutor(processes) as pool:
        done = [pool.submit(work, *group) for group in groups if group[0]]
        for _ in plan:
            while True:
                try:
                    yield found.get(timeout=1.0)
                    break
                except queue.Empty:
                    for future in done:
                        if future.done():
                            future.result()


def _check(order: Mapping[str, Any]) -> None:
    """What the process of `check` does: a line of outcomes for each case, on standard output."""
    from benchmarks.cases import CASES

    answers = os.fdopen(os.dup(1), "w")
    # What libraries print must not mix with the lines.
    os.dup2(2, 1)
    for name in order["cases"]:
        outcomes = run(CASES[name], order["threads"], order["peers"], None)
        print(json.dumps({n: o.as_dict() for n, o in outcomes.items()}), file=answers, flush=True)


def main(arguments: Sequence[str]) -> None:
    """Does what `measure` or `check` asked for: a JSON order, and the file for the answer."""
    from benchmarks.cases import CASES

    order = json.loads(arguments[0])
    if "cases" in order:
        _check(order)
        return
    effort = None if order["effort"] is None else Effort(**order["effort"])
    outcomes = run(CASES[order["case"]], order["threads"], order["peers"], effort)
    text = json.dumps({name: outcome.as_dict() for name, outcome in outcomes.items()})
    Path(arguments[1]).write_text(text)


if __name__ == "__main__":
    main(sys.argv[1:])
