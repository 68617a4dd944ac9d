"""How far a run has come, and how long the rest will take.

Separate because both commands that take minutes say it in the same words.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence


def duration(value: float) -> str:
    """A time for people: ``40 s``, ``3 min 20 s``, ``1 h 05 min``."""
    whole = max(0, round(value))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"


class Progress:
    """Counts pieces of work; the time left follows from the time that the finished ones took.

    Args:
        weights: What each piece is expected to take, in any unit.
        clock: Tells the time in seconds.
    """

    def __init__(
        self, weights: Sequence[float], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._weights = weights
        self._clock = clock
        self._start = clock()
        self._count = 0

    def left(self) -> float | None:
        """Seconds that the rest will take; None before anything is finished."""
        finished = sum(self._weights[: self._count])
        if not finished:
            return None
        spent = self._clock() - self._start
        return spent / finished * sum(self._weights[self._count :])

    def done(self) -> str:
        """Counts one piece as finished; returns ``3 of 48, 2 min 10 s left``."""
        self._count += 1
        left = self.left()
        words = f"{self._count} of {len(self._weights)}"
        if left is None or self._count == len(self._weights):
            return words
        return f"{words}, about {duration(left)} left"
