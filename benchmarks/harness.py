"""Checks, then times, the candidates of one case in one process.

Separate from the command line because a process has one number of threads: the command line starts
one process for each, and this module is what runs inside.
"""

from __future__ import annotations

import gc
import random
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from benchmarks.case import PYAD, Arrays, Candidate, Case
from benchmarks.machine import cores
from benchmarks.peers import PEERS
from benchmarks.quiet import Patience

# Note [Interleaved blocks]
# A machine's speed drifts: clock rates, neighbours, temperature. So the candidates take turns: in
# each round every one runs a short block, in an order shuffled anew so that nobody always has the
# same neighbour, and a ratio to a peer is the median, over the rounds, of the ratio of the two
# blocks of one round. Garbage is collected before each block, so that nobody pays for the cycles
# that a neighbour left, and what existed before the rounds is frozen, so that nobody pays for the
# objects of libraries that are merely loaded. The collector stays on: freeing one's own graph is
# part of the work. The untimed runs that begin a block leave the garbage of the run before, as in
# any training loop.

# Note [Pools that spin]
# After parallel work, the threads of OpenBLAS and OpenMP spin for some milliseconds in wait of more
# and would take a core from the next candidate. With several threads each block therefore begins
# with a pause that is longer than that, until nothing else runs on the machine, and with untimed
# runs that wake the own pool.


@dataclass(frozen=True)
class Effort:
    """How much time to spend.

    Attributes:
        block: Seconds that one block should take.
        rounds: Rounds of blocks at most.
        least: Rounds at least, however long they take.
        budget: Seconds for one case, beyond which no round over `least` is begun.
        pause: Seconds to pause and watch the machine: before each round, or, with several threads,
            before each block.
        patience: Seconds for one case to wait for a quiet machine, over all rounds.
    """

    block: float = 0.05
    rounds: int = 25
    least: int = 5
    budget: float = 25.0
    pause: float = 0.1
    patience: float = 30.0


@dataclass
class Outcome:
    """What became of one candidate.

    Attributes:
        status: ``timed``, ``agrees`` (checked, not timed), ``not installed``, ``wrong`` (answers
            differ) or ``failed``.
        detail: Why, for the last three.
        distance: Largest distance from the reference.
        inner: Runs in one block.
        samples: Seconds for one unit of work, a round each.
        disturbed: Waits of the case that ended with the machine still busy with other work.
        figures: Quantities other than time.
    """

    status: str
    detail: str = ""
    distance: float | None = None
    inner: int = 0
    samples: list[float] = field(default_factory=list)
    disturbed: int = 0
    figures: dict[str, float] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The outcome for JSON, with median, quartiles and least time."""
        summary: dict[str, float] = {}
        if self.samples:
            first, middle, third = quartiles(self.samples)
            summary = {
                "median": middle,
                "quartile_1": first,
                "quartile_3": third,
                "least": min(self.samples),
            }
        return asdict(self) | summary


def quartiles(samples: Sequence[float]) -> tuple[float, float, float]:
    """The quartiles of one or more samples."""
    if len(samples) == 1:
        return samples[0], samples[0], samples[0]
    first, middle, third = statistics.quantiles(samples, method="inclusive")
    return first, middle, third


def compare(case: Case, peer: str, got: Arrays, reference: Arrays) -> float:
    """The largest distance of a candidate's answers from the reference.

    Args:
        case: The case, for its tolerance and for what this peer may leave out.
        peer: Name of the candidate.
        got: Its answers.
        reference: The right ones.

    Returns:
        ``|got - reference| / |reference|`` in the Euclidean norm, for the worst array.

    Raises:
        AssertionError: If an answer is missing, has another shape or lies beyond the tolerance.
    """
    expected = case.partial.get(peer, tuple(reference))
    if set(got) != set(expected):
        raise AssertionError(f"{case.name}: {peer} answers {sorted(got)}, not {sorted(expected)}")
    tolerance = case.looser.get(peer, case.tolerance)
    worst = 0.0
    for name in expected:
        x = np.asarray(got[name], dtype=np.float64)
        y = np.asarray(reference[name], dtype=np.float64)
        if x.shape != y.shape:
            raise AssertionError(f"{case.name}: {peer}: {name} is {x.shape}, not {y.shape}")
        # Of zeros the distance is absolute.
        distance = float(np.linalg.norm(x - y) / (np.linalg.norm(y) or 1.0))
        # Written so that NaN fails.
        if not distance <= tolerance.relative:
            raise AssertionError(
                f"{case.name}: {peer}: {name} is {distance:.2e} from the reference, more than"
                f" {tolerance.relative:.0e} ({tolerance.reason})"
            )
        worst = max(worst, distance)
    return worst


def run(
    case: Case, threads: int, peers: Sequence[str], effort: Effort | None
) -> Mapping[str, Outcome]:
    """Checks the candidates of a case against its reference, then times those that agree.

    Args:
        case: The case.
        threads: The number of threads of this process, see `peers.environment`.
        peers: Names of the peers that may take part; pyad always does.
        effort: How much time to spend; None only checks and runs each candidate once.

    Returns:
        What became of every candidate of the case, in the case's order.
    """
    outcomes: dict[str, Outcome] = {}
    ready: dict[str, Candidate] = {}
    data = case.data()
    reference = case.reference(data)
    for name, build in case.builders.items():
        if (name != PYAD and name not in peers) or (effort is None and PEERS[name].slow):
            continue
        reason = PEERS[name].missing()
        if reason is not None:
            outcomes[name] = Outcome("not installed", reason)
            continue
        try:
            pin = PEERS[name].pin
            if pin is not None:
                pin(threads)
            candidate = build(data)
            distance = compare(case, name, candidate.result(), reference)
            candidate.block(1)
            figures = dict(candidate.figures()) if candidate.figures else {}
        except AssertionError as error:
            outcomes[name] = Outcome("wrong", str(error))
        except Exception as error:
            outcomes[name] = Outcome("failed", f"{type(error).__name__}: {error}")
        else:
            outcomes[name] = Outcome("agrees", distance=distance, figures=figures)
            ready[name] = candidate
    if effort is not None and ready:
        _time(case, ready, outcomes, threads, effort)
    return outcomes


def _time(
    case: Case,
    ready: Mapping[str, Candidate],
    outcomes: Mapping[str, Outcome],
    threads: int,
    effort: Effort,
) -> None:
    patience = Patience(effort.patience, effort.pause)
    for name, candidate in ready.items():
        if candidate.reset is not None:
            candidate.reset()
        outcomes[name].inner = calibrate(candidate, effort.block)
    # What exists now stays: collections during the rounds look at new objects only.
    gc.collect()
    gc.freeze()
    names = list(ready)
    shuffle = random.Random(0)
    start = time.perf_counter()
    for turn in range(effort.rounds):
        spent = time.perf_counter() - start
        if turn >= effort.least and spent * (turn + 1) / turn > effort.budget:
            break
        shuffle.shuffle(names)
        if threads == 1:
            # A core for us is enough.
            patience.wait(1 - 0.9 / cores())
        for name in names:
            gc.collect()
            if threads > 1:
                patience.wait(0.1)
            seconds = _one_block(ready[name], outcomes[name].inner)
            outcomes[name].samples.append(seconds / case.per)
    gc.unfreeze()
    for name in names:
        outcomes[name].status = "timed"
        outcomes[name].disturbed = patience.disturbed


def _one_block(candidate: Candidate, inner: int) -> float:
    """Seconds for one run, from a block of `inner` runs in their steady state."""
    if candidate.reset is not None:
        candidate.reset()
    candidate.block(1 + inner // 5)
    return candidate.block(inner) / inner


def calibrate(candidate: Candidate, seconds: float) -> int:
    """Runs in a block of about `seconds`; warms up on the way."""
    inner = 1
    while True:
        taken = candidate.block(inner)
        if taken >= seconds / 2:
            return max(1, round(inner * seconds / taken))
        # At most tenfold: the first runs compile, allocate and page in.
        inner = max(inner + 1, min(10 * inner, round(0.7 * seconds / max(taken, 1e-9) * inner)))
