"""What a benchmark is made of: cases, candidates, targets, tolerances.

Only the vocabulary lives here, so that a family of cases, the harness and the report agree on it
without importing one another. A *case* is one piece of work; a *candidate* is one peer's way of
doing that work, ready to be checked and timed; a *target* bounds pyad's figure.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

Arrays = Mapping[str, np.ndarray]

PYAD = "pyad"
"""The name of the subject; every other candidate is a peer."""


@dataclass(frozen=True)
class Candidate:
    """One peer's way of doing a case's work.

    Attributes:
        block: Does the work `n` times and returns the seconds that took.
        result: Does the work as often as the case asks and returns named float64 arrays.
        reset: Puts mutable state (trained parameters) back; called, untimed, before each block.
        figures: Quantities other than time, such as bytes per node.
    """

    block: Callable[[int], float]
    result: Callable[[], Arrays]
    reset: Callable[[], None] | None = None
    figures: Callable[[], Mapping[str, float]] | None = None


@dataclass(frozen=True)
class Tolerance:
    """How far a candidate may be from the reference, and why so far.

    The distance of two arrays is ``|x - ref| / |ref|`` in the Euclidean norm, an array at a time.
    """

    relative: float
    reason: str


TargetKind = Literal["ratio", "excess", "absolute", "figure"]


@dataclass(frozen=True)
class Target:
    """A bound on pyad in one case.

    Attributes:
        kind: ``ratio``: time at most `bound` times the peer's; ``excess``: at most `bound` seconds
            over the peer's; ``absolute``: at most `bound` seconds; ``figure``: `figure` <= `bound`.
        bound: The bound itself.
        text: The bound as a reader wants it, such as ``1/12 of torch``.
        peer: Name of the peer, for the first two kinds.
        figure: Name of the figure, for the last kind.
        aim: True if missing the bound is worth knowing but is not a failure.
    """

    kind: TargetKind
    bound: float
    text: str
    peer: str | None = None
    figure: str | None = None
    aim: bool = False


def ratio(peer: str, bound: float, text: str) -> Target:
    """A target of `bound` times the time of `peer`."""
    return Target("ratio", bound, text, peer=peer)


@dataclass(frozen=True)
class Case:
    """One piece of work, the peers that can do it and what pyad should reach.

    Attributes:
        name: Short name for the command line.
        title: One line for the table.
        family: The table that the case belongs to.
        data: Makes the inputs, once, in NumPy from a fixed seed.
        reference: The right answers for these inputs, in float64 NumPy by hand.
        builders: For each peer, a function from the inputs to a candidate.
        tolerance: How far a candidate may be from the reference.
        targets: Bounds on pyad.
        threads: Thread counts to run with, each in a process of its own.
        per: Units of work in one run; times are divided by it.
        unit: Name of that unit; empty for a whole run.
        partial: Peers that do a part of the work only, and the names of the results they have.
        labels: Names of peers in this case's table, where the usual ones would mislead.
        looser: Peers that are known to be less precise, each with its own tolerance.
        accuracy: Whether the table shows each candidate's distance from the reference.
        elapsed: The work is another process's, so that this one's processor time says nothing.
    """

    name: str
    title: str
    family: str
    data: Callable[[], Any]
    reference: Callable[[Any], Arrays]
    builders: Mapping[str, Callable[[Any], Candidate]]
    tolerance: Tolerance
    targets: tuple[Target, ...] = ()
    threads: tuple[int, ...] = (1,)
    per: int = 1
    unit: str = ""
    partial: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    looser: Mapping[str, Tolerance] = field(default_factory=dict)
    accuracy: bool = False
    elapsed: bool = False


def per_call(step: Callable[[], object]) -> Callable[[int], float]:
    """A block that calls `step` n times: about 20 ns of overhead a call."""

    def block(n: int) -> float:
        turns = itertools.repeat(None, n)
        start = time.perf_counter()
        for _ in turns:
            step()
        return time.perf_counter() - start

    return block


def per_loop(loop: Callable[[int], object]) -> Callable[[int], float]:
    """A block whose loop is the candidate's own, for work as short as the call of a function."""

    def block(n: int) -> float:
        start = time.perf_counter()
        loop(n)
        return time.perf_counter() - start

    return block
