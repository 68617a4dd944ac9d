"""Benchmarks of pyad against its peers: ``python -m benchmarks``.

Separate from ``tests`` because a figure is not a verdict: here the answers are compared first and
then timed, side by side, and every target carries the peer that it is measured against.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# Note [The installed pyad, not the source folder]
# `python -m benchmarks` puts the checkout first on sys.path, where the folder `pyad` has no
# compiled module. Searched last, the checkout still provides `benchmarks`, and the installed pyad
# wins.
_entries = [entry for entry in sys.path if entry and Path(entry).resolve() == ROOT]
sys.path[:] = [entry for entry in sys.path if entry and entry not in _entries] + [str(ROOT)]
