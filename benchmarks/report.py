"""Turns outcomes into ratios, verdicts and Markdown.

Separate from the harness because it needs no library but the JSON document: a saved run can be
shown again, or put into the README, on any machine.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.case import PYAD, Case, Target
from benchmarks.peers import PEERS

BEGIN = "<!-- benchmarks:begin -->"
END = "<!-- benchmarks:end -->"

Run = dict[str, Any]


def entry(case: Case, threads: int, outcomes: Mapping[str, dict[str, Any]]) -> Run:
    """One case with one number of threads, as it stands in the JSON document."""
    subject = outcomes.get(PYAD, {}).get("samples", [])
    for name, outcome in outcomes.items():
        if name != PYAD and subject and outcome["samples"]:
            outcome["pyad_ratio"] = _paired(subject, outcome["samples"])
    return {
        "case": case.name,
        "title": case.title,
        "family": case.family,
        "unit": case.unit,
        "labels": dict(case.labels),
        "threads": threads,
        "every_thread_count": list(case.threads),
        "tolerance": {"relative": case.tolerance.relative, "reason": case.tolerance.reason},
        "candidates": dict(outcomes),
        "targets": [_judge(target, outcomes) for target in case.targets],
    }


def _paired(subject: Sequence[float], peer: Sequence[float]) -> float:
    # See Note [Interleaved blocks] in harness.
    return statistics.median(x / y for x, y in zip(subject, peer, strict=True))


def _judge(target: Target, outcomes: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    subject = outcomes.get(PYAD, {})
    peer = outcomes.get(target.peer or "", {})
    value: float | None = None
    if subject.get("samples"):
        if target.kind == "ratio":
            value = peer.get("pyad_ratio")
        elif target.kind == "excess" and peer.get("samples"):
            pairs = zip(subject["samples"], peer["samples"], strict=True)
            value = statistics.median(x - y for x, y in pairs)
        elif target.kind == "absolute":
            value = subject["median"]
        elif target.kind == "figure":
            value = subject["figures"].get(target.figure)
    return {
        "text": target.text,
        "kind": target.kind,
        "peer": target.peer,
        "bound": target.bound,
        "aim": target.aim,
        "value": value,
        "met": None if value is None else value <= target.bound,
    }


def seconds(value: float) -> str:
    """A time with three digits and a unit: `seconds(1.234e-5)` is ``12.3 µs``."""
    for scale, unit in ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns")):
        if abs(value) >= scale or unit == "ns":
            number = value / scale
            digits = 0 if abs(number) >= 100 else 1 if abs(number) >= 10 else 2
            return f"{number:,.{digits}f} {unit}"
    raise AssertionError("unreachable")


def _number(value: float) -> str:
    return f"{value:.3g}"


def _cell(outcome: dict[str, Any] | None) -> str:
    if outcome is None:
        return "–"
    if outcome["status"] != "timed":
        return str(outcome["status"])
    spread = (outcome["quartile_3"] - outcome["quartile_1"]) / outcome["median"]
    text = f"{seconds(outcome['median'])} ±{50 * spread:.0f} %"
    if "pyad_ratio" in outcome:
        text += f" (**{_number(outcome['pyad_ratio'])}**)"
    return text


def _verdict(target: dict[str, Any]) -> str:
    if target["value"] is None:
        return f"≤ {target['text']}: not measured"
    in_seconds = target["kind"] in ("excess", "absolute")
    shown = seconds(target["value"]) if in_seconds else _number(target["value"])
    shown = f"+{shown}" if target["kind"] == "excess" and target["value"] >= 0 else shown
    return f"≤ {target['text']}: {shown}, {'met' if target['met'] else '**missed**'}"


def title(run: Run) -> str:
    """The case's title, with the number of threads where there is more than one to tell apart."""
    if len(run["every_thread_count"]) == 1:
        return str(run["title"])
    return f"{run['title']}, {run['threads']} thread{'s' if run['threads'] > 1 else ''}"


def markdown(document: Mapping[str, Any]) -> str:
    """The tables: one for each family of cases, as Markdown."""
    lines: list[str] = []
    families = dict.fromkeys(run["family"] for run in document["runs"])
    for family in families:
        runs = [run for run in document["runs"] if run["family"] == family]
        present = {name for run in runs for name in run["candidates"]}
        peers = [name for name in PEERS if name in present and name != PYAD]
        labels = runs[0]["labels"]
        header = [family, "pyad", *(labels.get(p, PEERS[p].label) for p in peers), "target"]
        lines += ["| " + " | ".join(header) + " |", "|---" * len(header) + "|"]
        for run in runs:
            candidates = run["candidates"]
            cells = [
                title(run),
                _cell(candidates.get(PYAD)),
                *(_cell(candidates.get(name)) for name in peers),
                "<br>".join(_verdict(target) for target in run["targets"]) or "recorded only",
            ]
            lines.append("| " + " | ".join(cells) + " |")
        lines.append("")
    machine = document["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in document["versions"].items())
    commit = (document["commit"] or "unknown")[:12]
    lines.append(
        "Median ± half the interquartile range; in parentheses pyad's time over the peer's, the"
        " median of interleaved pairs; “–”: not a peer in that case. One thread unless said"
        f" otherwise. {machine['cpu']} ({machine['instructions']}, {machine['cores']} cores),"
        f" Python {machine['python']}, {versions}; commit {commit}"
        f"{' with changes' if document['modified'] else ''}, {document['date'][:10]}."
    )
    return "\n".join(lines) + "\n"


def troubles(document: Mapping[str, Any]) -> list[str]:
    """A line for each candidate that failed, gave wrong answers or is not installed."""
    lines = []
    for run in document["runs"]:
        for name, outcome in run["candidates"].items():
            if outcome["status"] not in ("timed", "agrees"):
                where = f"{run['case']} ({run['threads']} thread(s))"
                lines.append(f"{where}: {name}: {outcome['status']}: {outcome['detail']}")
    return lines


def insert(readme: Path, text: str) -> None:
    """Replaces what stands between the two markers of a README.

    Raises:
        ValueError: If the markers are not there, once each and in order.
    """
    old = readme.read_text(encoding="utf-8")
    before, begin, rest = old.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end or BEGIN in rest or END in after:
        raise ValueError(f"{readme}: needs one line '{BEGIN}' and, below it, one line '{END}'")
    readme.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{after}", encoding="utf-8")
