"""Compares two builds of pyad, row by row: `python -m benchmarks --against WHEEL`.

Separate from the harness because here the peer is an older pyad, which cannot live in the same
process, and because what is asked is another question: has anything become slower?
"""

from __future__ import annotations

import json
import math
import os
import random
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import ROOT
from benchmarks.build import VARIABLE, installed, present
from benchmarks.case import PYAD, Case
from benchmarks.harness import quartiles
from benchmarks.machine import commit, cores, machine
from benchmarks.peers import environment
from benchmarks.progress import Progress
from benchmarks.report import seconds

# Note [Slower than itself]
# Three processes take turns: this build, the other, and the other once more. The ratio of a row is
# the median over the rounds of this build's block to the other's; its spread is how far the
# quartiles of the other against itself lie from 1, so that it holds the noise of blocks and what
# the placement of memory in a process does. A row that looks slower is measured again in three new
# processes, and once more: slower is what was slower each time.

THIS, OTHER, AGAIN = "this", "other", "again"
LEAST_ROUNDS = 9
ALLOWED = 0.03
"""How much slower an eager row may be, beyond the spread; small rows may not be slower at all."""

PASSES = 3


@dataclass(frozen=True)
class Effort:
    """How much to measure: see Note [Processor time in short pieces] in blocks.

    Attributes:
        rounds: Rounds of three blocks.
        pieces: Pieces of a block.
        seconds: Duration of a piece.
    """

    rounds: int = 15
    pieces: int = 5
    seconds: float = 2e-3


@dataclass(frozen=True)
class Row:
    """One candidate of pyad in a case, with a number of threads."""

    case: str
    candidate: str
    threads: int
    small: bool
    title: str

    @property
    def name(self) -> str:
        """Name in the table, such as ``program-arm/pyad-value`` or ``adam-1e6@2``."""
        variant = "" if self.candidate == PYAD else f"/{self.candidate}"
        return f"{self.case}{variant}" + (f"@{self.threads}" if self.threads > 1 else "")


@dataclass
class Result:
    """What was measured of a row: seconds of each process's blocks, a round each.

    Attributes:
        failed: Why this build could not be measured: its answers are wrong, or it fails.
        absent: Why the other build could not.
        slower: Whether each pass found it slower.
    """

    times: dict[str, list[float]] = field(default_factory=dict)
    failed: str = ""
    absent: str = ""
    slower: bool = False

    @property
    def ratio(self) -> float:
        """This build's time over the other's."""
        return statistics.median(_ratios(self.times[THIS], self.times[OTHER]))

    @property
    def spread(self) -> float:
        """How far the other build is from itself."""
        return spread(_ratios(self.times[AGAIN], self.times[OTHER]))

    @property
    def rounds(self) -> int:
        """Rounds of all passes."""
        return len(self.times.get(THIS, []))


def _ratios(x: Sequence[float], y: Sequence[float]) -> list[float]:
    return [a / b for a, b in zip(x, y, strict=True)]


def spread(ratios: Sequence[float]) -> float:
    """The distance from 1 of the farther quartile."""
    first, _, third = quartiles(ratios)
    return max(abs(first - 1), abs(third - 1))


def verdict(ratio: float, spread: float, small: bool) -> str:
    """``slower``, ``faster`` or ``even``: see Note [Slower than itself]."""
    if not ratio <= 1 + spread + (0.0 if small else ALLOWED):
        return "slower"
    return "faster" if ratio < 1 - spread else "even"


def rows(cases: Mapping[str, Case], small: Mapping[str, Case]) -> list[Row]:
    """All of pyad's candidates in these cases."""
    found = []
    for family in (cases, small):
        for case in family.values():
            for candidate in case.builders:
                if candidate.split("-")[0] == PYAD:
                    label = case.labels.get(candidate, "")
                    title = f"{case.title}; {label}" if label else case.title
                    for threads in case.threads:
                        row = Row(case.name, candidate, threads, family is small, title)
                        found.append(row)
    return found


class DiedError(Exception):
    """A process ended before it answered."""


class Worker:
    """A process with one build, started once and asked through pipes.

    Args:
        folder: The folder of the build.
    """

    def __init__(self, folder: Path) -> None:
        variables = os.environ | environment(cores()) | {VARIABLE: str(folder)}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.blocks"],
            cwd=ROOT,
            env=variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, **order: Any) -> dict[str, Any]:
        """Sends an order and waits for its answer.

        Raises:
            DiedError: If the process ended instead.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise DiedError(f"the process ended with status {self._process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        """Ends the process."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


Start = Callable[[str], Any]
"""Starts the process of a side (`THIS`, `OTHER`, `AGAIN`): an object with `ask` and `close`."""


class Comparison:
    """Measures rows with three processes, which are started once a pass.

    Args:
        start: Starts a process.
        effort: How much to measure.
        say: Called with each row when it has been measured.
    """

    def __init__(self, start: Start, effort: Effort, say: Callable[[Row], None]) -> None:
        self._start = start
        self._effort = effort
        self._say = say
        self._shuffle = random.Random(0)

    def run(self, rows: Sequence[Row]) -> dict[Row, Result]:
        """Measures all rows, and again those that look slower."""
        results = {row: Result() for row in rows}
        left = list(rows)
        for _ in range(PASSES):
            left = self._pass(left, results)
            if not left:
                break
        for row in left:
            # Of all passes together, too.
            found = results[row]
            found.slower = verdict(found.ratio, found.spread, row.small) == "slower"
        return results

    def _pass(self, rows: Sequence[Row], results: Mapping[Row, Result]) -> list[Row]:
        """Measures rows with new processes; returns those that look slower."""
        slower = []
        workers: dict[str, Any] = {}
        try:
            for row in rows:
                if not workers:
                    workers = {side: self._start(side) for side in (THIS, OTHER, AGAIN)}
                result = results[row]
                try:
                    times = self._row(row, result, workers)
                except DiedError as error:
                    result.failed = str(error)
                    _close(workers)
                    times = {}
                if times:
                    for side, samples in times.items():
                        result.times.setdefault(side, []).extend(samples)
                    alone = Result(times)
                    if verdict(alone.ratio, alone.spread, row.small) == "slower":
                        slower.append(row)
                self._say(row)
        finally:
            _close(workers)
        return slower

    def _row(self, row: Row, result: Result, workers: Mapping[str, Any]) -> dict[str, list[float]]:
        prepared = {}
        for side, worker in workers.items():
            answer = worker.ask(
                do="prepare",
                case=row.case,
                candidate=row.candidate,
                threads=row.threads,
                seconds=self._effort.seconds,
            )
            if "failed" in answer:
                if side == THIS:
                    result.failed = answer["failed"]
                else:
                    result.absent = answer["failed"]
                return {}
            prepared[side] = answer["inner"]
        inner = round(statistics.median(prepared.values()))
        times: dict[str, list[float]] = {side: [] for side in workers}
        sides = list(workers)
        for _ in range(self._effort.rounds):
            self._shuffle.shuffle(sides)
            for side in sides:
                order = {"do": "block", "inner": inner, "pieces": self._effort.pieces}
                times[side].append(workers[side].ask(**order)["seconds"])
        return times


def _close(workers: dict[str, Any]) -> None:
    for worker in workers.values():
        worker.close()
    workers.clear()


def word(row: Row, result: Result) -> str:
    """The verdict on a row, as the table has it."""
    if result.failed:
        return "**failed**"
    if not result.times:
        return "not in the other build"
    if result.slower:
        return "**slower**"
    found = verdict(result.ratio, result.spread, row.small)
    return "even" if found == "slower" else found


def table(results: Mapping[Row, Result]) -> str:
    """All rows, as Markdown."""
    lines = ["| row | work | this build | ratio | spread | rounds | verdict |", "|---" * 7 + "|"]
    for row, result in results.items():
        cells = [row.name, row.title.replace("|", "\\|"), "–", "–", "–", "–"]
        if result.times:
            middle = statistics.median(result.times[THIS])
            cells[2:] = [seconds(middle), f"{result.ratio:.3f}", f"±{result.spread:.3f}"]
            cells.append(str(result.rounds))
        lines.append("| " + " | ".join([*cells, word(row, result)]) + " |")
    return "\n".join(lines) + "\n"


def summary(results: Mapping[Row, Result]) -> str:
    """One line: how many rows, their mean, how many slower."""
    measured = [result.ratio for result in results.values() if result.times]
    words = [word(row, result).strip("*") for row, result in results.items()]
    counts = ", ".join(f"{words.count(w)} {w}" for w in dict.fromkeys(sorted(words)))
    mean = math.exp(statistics.fmean(map(math.log, measured))) if measured else math.nan
    return f"{len(results)} rows: {counts}; geometric mean of the ratios {mean:.3f}"


def bad(results: Mapping[Row, Result]) -> bool:
    """Whether a row is slower or fails."""
    return any(result.slower or result.failed for result in results.values())


def compare(source: Path, chosen: Iterable[str], effort: Effort, file: Path | None) -> int:
    """Compares the installed pyad with another build; prints the table, returns the exit status.

    Args:
        source: A wheel or an environment, see `build.installed`.
        chosen: Names of cases; none means all, and the small ones.
        effort: How much to measure.
        file: Where to write every sample as JSON.
    """
    from benchmarks.cases import CASES
    from benchmarks.small import SMALL

    wanted = set(chosen)
    picked = [row for row in rows(CASES, SMALL) if not wanted or row.case in wanted]
    with ExitStack() as stack:
        this, other = stack.enter_context(present()), stack.enter_context(installed(source))
        progress = Progress([1.0] * len(picked))
        measured: set[Row] = set()

        def say(row: Row) -> None:
            where = "measured once more"
            if row not in measured:
                where = progress.done()
            measured.add(row)
            print(f"{row.name}: {where}", file=sys.stderr, flush=True)

        def start(side: str) -> Worker:
            return Worker(this if side == THIS else other)

        results = Comparison(start, effort, say).run(picked)
    print(table(results))
    for row, result in results.items():
        if result.failed or result.absent:
            print(f"{row.name}: {result.failed or result.absent}")
    print(
        f"Against {source.name}. Ratio: this build's time over the other's, the median of rounds."
        " Spread: how far the quartiles of the other build against itself are from 1. Slower: an"
        f" eager row by more than {100 * ALLOWED:.0f} % beyond the spread, a small one beyond the"
        f" spread, in each of {PASSES} passes."
    )
    print(summary(results))
    if file is not None:
        document = {
            "format": 1,
            "against": source.name,
            **commit(),
            "machine": machine(),
            "effort": asdict(effort),
            "rows": [
                {"name": row.name, **asdict(row), **asdict(result)}
                for row, result in results.items()
            ],
        }
        file.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    return 1 if bad(results) else 0
