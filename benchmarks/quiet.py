"""Waits for a machine that is not busy with something else.

Separate because it looks at the whole machine, not at a candidate. Two threads on two cores that a
compiler is using measure the scheduler: OpenMP's barrier then takes ten times the work between two
of them. So a block waits, within reason, and what it could not wait for is recorded.
"""

from __future__ import annotations

import time
from pathlib import Path

_STAT = Path("/proc/stat")


def _ticks() -> tuple[int, int] | None:
    """Busy and total clock ticks of all processors since the machine started."""
    if not _STAT.exists():
        return None
    fields = [int(word) for word in _STAT.read_text().split("\n", 1)[0].split()[1:9]]
    idle = fields[3] + fields[4]
    return sum(fields) - idle, sum(fields)


class Patience:
    """How long a case may wait for a quiet machine.

    Args:
        seconds: Time to wait at most, over all blocks.
        look: Seconds over which the processors are watched, at least 0.1 for clock ticks to tell.
    """

    def __init__(self, seconds: float, look: float) -> None:
        self._left = seconds
        self._look = look
        self.disturbed = 0
        """Blocks that were begun on a busy machine all the same."""

    def wait(self, busy_at_most: float) -> None:
        """Returns when the machine is quiet, or patience is at its end.

        Args:
            busy_at_most: Share of all processors that may be busy with other work.
        """
        while True:
            before = _ticks()
            time.sleep(self._look)
            after = _ticks()
            if before is None or after is None:
                return
            busy = (after[0] - before[0]) / max(1, after[1] - before[1])
            if busy <= busy_at_most:
                return
            self._left -= self._look
            if self._left <= 0:
                self.disturbed += 1
                return
