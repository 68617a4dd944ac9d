"""The command line: chooses cases and peers, starts the processes, writes what came out."""

from __future__ import annotations

import argparse
import datetime
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import against, report
from benchmarks.case import PYAD, Case
from benchmarks.cases import CASES
from benchmarks.harness import Effort
from benchmarks.machine import commit, cores, machine
from benchmarks.peers import PEERS, versions
from benchmarks.progress import Progress
from benchmarks.small import SMALL
from benchmarks.worker import check_side_by_side, measure


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Times pyad against its peers, after their answers have been compared.",
    )
    add = parser.add_argument
    add("--case", action="append", nargs="+", metavar="NAME", default=[])
    add("--peers", metavar="A,B", help="only these peers; each must be installed; '' for none")
    add("--list", action="store_true", help="list cases and peers, then stop")
    add("--json", type=Path, metavar="FILE", help="write every sample, machine and commit")
    add("--plot", type=Path, metavar="FILE", help="draw the run")
    add("--readme", type=Path, metavar="FILE", help="put the table between the README's markers")
    add("--quick", action="store_true", help="only check that cases run and answers agree")
    add(
        "--against",
        type=Path,
        metavar="WHEEL",
        help="compare with another build of pyad, a wheel or an environment; 1 if a row is slower",
    )
    add("--rounds", type=int, metavar="N", help="rounds of blocks, with --against at least 9")
    add("--load", type=Path, metavar="FILE", help="show a run from its JSON instead of running")
    return parser


def _peers(text: str | None) -> list[str]:
    """The chosen peers; a name also means its variants, as torch means torch-fused."""
    everyone = [name for name in PEERS if name != PYAD]
    if text is None:
        return everyone
    chosen: list[str] = []
    for word in filter(None, text.split(",")):
        found = [name for name in everyone if name == word or name.startswith(f"{word}-")]
        if not found:
            raise SystemExit(f"--peers: no peer {word!r}; there are {', '.join(everyone)}")
        chosen += found
    return chosen


def _cases(arguments: argparse.Namespace) -> list[str]:
    """The cases that were named, each once; none means all."""
    names = list(dict.fromkeys(name for group in arguments.case for name in group))
    known = {**CASES, **SMALL} if arguments.against else CASES
    for name in names:
        if name not in known:
            raise SystemExit(f"--case: no case {name!r}; --list names them")
    return names


def _against(arguments: argparse.Namespace, chosen: Sequence[str]) -> int:
    """Compares two builds; see `against`."""
    rounds = arguments.rounds or against.Effort.rounds
    if rounds < against.LEAST_ROUNDS:
        raise SystemExit(f"--rounds: at least {against.LEAST_ROUNDS} with --against")
    if arguments.quick or arguments.readme or arguments.plot or arguments.load:
        raise SystemExit("--against goes with --case, --rounds and --json only")
    try:
        effort = against.Effort(rounds=rounds)
        return against.compare(arguments.against, chosen, effort, arguments.json)
    except ValueError as error:
        raise SystemExit(f"--against: {error}") from error


def _list() -> None:
    print("cases:")
    for case in CASES.values():
        threads = ", ".join(map(str, case.threads))
        print(f"  {case.name:16} {case.title}; threads: {threads}")
        print(f"  {'':16} {', '.join(case.builders)}")
        for target in case.targets:
            print(f"  {'':16} target: ≤ {target.text}")
    print("peers:")
    for peer in PEERS.values():
        reason = peer.missing()
        state = f"not installed ({reason})" if reason else peer.version() or "ready"
        print(f"  {peer.name:16} {peer.label}: {state}")


def _save(document: dict[str, Any], file: Path | None) -> None:
    if file is not None:
        file.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


FORMAT = 2


def _weight(case: Case, peers: Sequence[str], effort: Effort) -> float:
    """Seconds that a case should take: loading, checking, and the rounds."""
    count = sum(name == PYAD or name in peers for name in case.builders)
    blocks = count * effort.rounds * 1.3 * effort.block
    return 3 + 0.5 * count + min(effort.budget, blocks + effort.rounds * effort.pause)


def _measure(
    names: Sequence[str], peers: Sequence[str], effort: Effort | None, file: Path | None
) -> dict[str, Any]:
    """Runs the cases; saves after each, so that an interrupted run keeps what it has.

    Args:
        names: Names of the cases.
        peers: Names of the peers that may take part.
        effort: How much time to spend; None only checks.
        file: Where to save.
    """
    document: dict[str, Any] = {
        "format": FORMAT,
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        **commit(),
        "machine": machine(),
        "versions": versions(),
        "runs": [],
    }
    plan = [(CASES[name], threads) for name in names for threads in CASES[name].threads]
    progress = Progress([_weight(case, peers, effort or Effort()) for case, _ in plan])
    if any(threads > cores() for _, threads in plan):
        print(f"cases of several threads on {cores()} core(s)", file=sys.stderr)
    for case, threads, outcomes in _outcomes(plan, peers, effort):
        document["runs"].append(report.entry(case, threads, outcomes))
        _save(document, file)
        states = [str(outcome["status"]) for outcome in outcomes.values()]
        words = ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states))
        busy = max((o.get("disturbed", 0) for o in outcomes.values()), default=0)
        if busy:
            words += f", {busy} waits ended on a busy machine"
        line = f"[{progress.done()}] {case.name}, {threads} thread(s): {words}"
        print(line, file=sys.stderr, flush=True)
    return document


def _outcomes(
    plan: Sequence[tuple[Case, int]], peers: Sequence[str], effort: Effort | None
) -> Iterator[tuple[Case, int, Mapping[str, dict[str, Any]]]]:
    """Times each case in a process of its own, or checks all in a few."""
    if effort is not None:
        for case, threads in plan:
            yield case, threads, measure(case, threads, peers, effort)
        return
    yield from check_side_by_side(plan, peers, cores())


def _bad(document: dict[str, Any], required: Sequence[str]) -> list[str]:
    """Why the command fails: wrong or failed candidates, pyad or a named peer not installed."""
    needed = {PYAD, *required}
    return [
        f"{run['case']}: {name}: {outcome['status']}"
        for run in document["runs"]
        for name, outcome in run["candidates"].items()
        if outcome["status"] in ("wrong", "failed")
        or (outcome["status"] == "not installed" and name in needed)
    ]


def main() -> int:
    """Runs the command line; returns its exit status."""
    arguments = _parser().parse_args()
    if arguments.list:
        _list()
        return 0
    chosen = _cases(arguments)
    if arguments.against:
        return _against(arguments, chosen)
    if arguments.quick and arguments.readme:
        raise SystemExit("--quick measures nothing that could go into a README")
    peers = _peers(arguments.peers)
    if arguments.load:
        document = json.loads(arguments.load.read_text())
        if document["format"] != FORMAT:
            raise SystemExit(f"--load: {arguments.load} is of another version of the benchmarks")
    else:
        effort = None if arguments.quick else Effort(rounds=arguments.rounds or Effort.rounds)
        document = _measure(chosen or list(CASES), peers, effort, arguments.json)
    for line in report.troubles(document):
        print(line, file=sys.stderr)
    bad = _bad(document, peers if arguments.peers else ())
    if arguments.quick:
        count = sum(len(run["candidates"]) for run in document["runs"])
        print(f"{count - len(bad)} of {count} candidates run and agree or are reported absent")
    else:
        text = report.markdown(document)
        print(text)
        if arguments.readme:
            report.insert(arguments.readme, text)
        if arguments.plot:
            from benchmarks.plot import draw

            draw(document, arguments.plot)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
