"""Runs one candidate over and over, with nothing beside it: the thing to point a profiler at.

Usage: ``perf record -g python -m benchmarks.alone CASE [--peer pyad] [--seconds 5]``, or with
``--functions`` for Python's own profile.
"""

from __future__ import annotations

import argparse
import cProfile
import os
import sys
import time

from benchmarks import ROOT
from benchmarks.case import PYAD
from benchmarks.peers import PEERS, environment
from benchmarks.report import seconds


def main() -> None:
    """Runs the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.alone", description=__doc__)
    parser.add_argument("case")
    parser.add_argument("--peer", default=PYAD, choices=list(PEERS))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--functions", action="store_true", help="print Python's profile")
    arguments = parser.parse_args()
    needed = environment(arguments.threads)
    if any(os.environ.get(name) != value for name, value in needed.items()):
        # Libraries read these when they are loaded: start again with them set.
        os.chdir(ROOT)
        command = [sys.executable, "-m", "benchmarks.alone", *sys.argv[1:]]
        os.execve(sys.executable, command, os.environ | needed)

    from benchmarks.cases import CASES

    case = CASES[arguments.case]
    peer = PEERS[arguments.peer]
    reason = peer.missing()
    if reason is not None:
        raise SystemExit(f"{peer.name}: not installed: {reason}")
    if peer.pin is not None:
        peer.pin(arguments.threads)
    candidate = case.builders[peer.name](case.data())
    profile = cProfile.Profile() if arguments.functions else None
    runs, spent = 0, 0.0
    deadline = time.perf_counter() + arguments.seconds
    if profile is not None:
        profile.enable()
    while time.perf_counter() < deadline:
        if candidate.reset is not None:
            candidate.reset()
        count = max(1, runs // 10)
        spent += candidate.block(count)
        runs += count
    if profile is not None:
        profile.disable()
        profile.print_stats("tottime")
    print(f"{case.name}, {peer.label}: {runs} runs, {seconds(spent / runs)} each")


if __name__ == "__main__":
    main()
