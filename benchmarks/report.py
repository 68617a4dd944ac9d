"""Turns outcomes into ratios, verdicts and Markdown.

Separate from the harness because it needs no library but the JSON document: a saved run can be
shown again, or put into the README, on any machine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.case import PYAD, Case, Target
from benchmarks.harness import quartiles
from benchmarks.peers import PEERS

BEGIN = "<!-- benchmarks:begin -->"
END = "<!-- benchmarks:end -->"

Run = dict[str, Any]


def entry(case: Case, threads: int, outcomes: Mapping[str, dict[str, Any]]) -> Run:
    """One case with one number of threads, as it stands in the JSON document."""
    subject = outcomes.get(PYAD, {}).get("samples", [])
    for name, outcome in outcomes.items():
        if name != PYAD and subject and outcome["samples"]:
            # See Note [Interleaved blocks] in harness.
            pairs = [x / y for x, y in zip(subject, outcome["samples"], strict=True)]
            outcome["pyad_ratio"], outcome["pyad_ratio_spread"] = middle(pairs)
    return {
        "case": case.name,
        "title": case.title,
        "family": case.family,
        "unit": case.unit,
        "labels": dict(case.labels),
        "accuracy": case.accuracy,
        "partial": list(case.partial),
        "threads": threads,
        "every_thread_count": list(case.threads),
        "tolerance": {"relative": case.tolerance.relative, "reason": case.tolerance.reason},
        "candidates": dict(outcomes),
        "targets": [_judge(target, outcomes) for target in case.targets],
    }


def middle(samples: Sequence[float]) -> tuple[float, float]:
    """The median, and half the interquartile range."""
    first, median, third = quartiles(samples)
    return median, (third - first) / 2


def verdict(value: float, spread: float, bound: float) -> str:
    """``missed`` beyond the bound; ``met`` if that stands in spite of the spread."""
    if not value <= bound:
        return "missed"
    return "met" if value + spread <= bound else "within the spread"


def _judge(target: Target, outcomes: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    subject = outcomes.get(PYAD, {})
    peer = outcomes.get(target.peer or "", {})
    value: float | None = None
    spread = 0.0
    if subject.get("samples"):
        if target.kind == "ratio" and "pyad_ratio" in peer:
            value, spread = peer["pyad_ratio"], peer["pyad_ratio_spread"]
        elif target.kind == "excess" and peer.get("samples"):
            pairs = zip(subject["samples"], peer["samples"], strict=True)
            value, spread = middle([x - y for x, y in pairs])
        elif target.kind == "absolute":
            value, spread = middle(subject["samples"])
        elif target.kind == "figure":
            value = subject["figures"].get(target.figure)
    return {
        "text": target.text,
        "kind": target.kind,
        "peer": target.peer,
        "bound": target.bound,
        "aim": target.aim,
        "value": value,
        "spread": spread,
        "verdict": "not measured" if value is None else verdict(value, spread, target.bound),
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


def _cell(outcome: dict[str, Any] | None, accuracy: bool) -> str:
    if outcome is None:
        return "–"
    if outcome["status"] != "timed":
        return str(outcome["status"])
    spread = (outcome["quartile_3"] - outcome["quartile_1"]) / outcome["median"]
    text = f"{seconds(outcome['median'])} ±{50 * spread:.0f} %"
    if "pyad_ratio" in outcome:
        ratio, width = outcome["pyad_ratio"], outcome["pyad_ratio_spread"]
        text += f" (**{_number(ratio)}** ±{100 * width / ratio:.0f} %)"
    if accuracy:
        text += f", {outcome['distance']:.0e} off"
    return text


def _verdict(target: dict[str, Any]) -> str:
    if target["value"] is None:
        return f"≤ {target['text']}: not measured"
    in_seconds = target["kind"] in ("excess", "absolute")
    shown = seconds(target["value"]) if in_seconds else _number(target["value"])
    shown = f"+{shown}" if target["kind"] == "excess" and target["value"] >= 0 else shown
    words = target["verdict"] if target["verdict"] == "met" else f"**{target['verdict']}**"
    return f"≤ {target['text']}: {shown}, {words}"


def title(run: Run) -> str:
    """The case's title, with the number of threads where there is more than one to tell apart."""
    if len(run["every_thread_count"]) == 1:
        return str(run["title"])
    return f"{run['title']}, {run['threads']} thread{'s' if run['threads'] > 1 else ''}"


def label(run: Run, peer: str) -> str:
    """What a candidate is called in a case."""
    return str(run["labels"].get(peer, PEERS[peer].label))


def columns(runs: Sequence[Run]) -> list[tuple[str, str]]:
    """Peers and their labels in these cases: a peer that is used in two ways has two columns."""
    found = dict.fromkeys((p, label(r, p)) for r in runs for p in r["candidates"] if p != PYAD)
    order = list(PEERS)
    return sorted(found, key=lambda column: order.index(column[0]))


def _rounds(run: Run) -> str:
    """How many rounds, and how many of them a busy machine disturbed."""
    timed = [o for o in run["candidates"].values() if o["status"] == "timed"]
    rounds = max((len(outcome["samples"]) for outcome in timed), default=0)
    busy = max((outcome["disturbed"] for outcome in timed), default=0)
    return f"{rounds}, busy" if busy else str(rounds)


def _table(family: str, runs: Sequence[Run]) -> list[str]:
    peers = columns(runs)
    subject = {label(run, PYAD) for run in runs}
    header = [family, subject.pop() if len(subject) == 1 else PYAD]
    header += [*(name for _, name in peers), "rounds", "target"]
    lines = ["| " + " | ".join(header) + " |", "|---" * len(header) + "|"]
    for run in runs:
        candidates = run["candidates"]
        cells = [title(run), _cell(candidates.get(PYAD), run["accuracy"])]
        if subject and label(run, PYAD) != header[1]:
            cells[0] += f" ({label(run, PYAD)})"
        for peer, name in peers:
            there = peer in candidates and label(run, peer) == name
            cells.append(_cell(candidates[peer] if there else None, run["accuracy"]))
        verdicts = "<br>".join(_verdict(target) for target in run["targets"])
        lines.append("| " + " | ".join([*cells, _rounds(run), verdicts or "recorded only"]) + " |")
    return [*lines, ""]


def slower(document: Mapping[str, Any]) -> list[str]:
    """Each case in which a peer that does all the work is faster, with the ratio to it."""
    lines = []
    for run in document["runs"]:
        found = [
            f"{label(run, peer)} {_number(outcome['pyad_ratio'])}"
            for peer, outcome in run["candidates"].items()
            if outcome.get("pyad_ratio", 0) > 1 and peer not in run["partial"]
        ]
        if found:
            lines.append(f"{title(run)}: {', '.join(found)}")
    return lines


def markdown(document: Mapping[str, Any]) -> str:
    """The tables: one for each family of cases, as Markdown."""
    lines: list[str] = []
    families = dict.fromkeys(run["family"] for run in document["runs"])
    for family in families:
        lines += _table(family, [run for run in document["runs"] if run["family"] == family])
    losing = slower(document)
    if losing:
        lines += ["pyad's time over a peer's, where the peer is faster:", ""]
        lines += [*(f"- {line}" for line in losing), ""]
    machine = document["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in document["versions"].items())
    commit = (document["commit"] or "unknown")[:12]
    processor = f"{machine['cpu']} ({machine['instructions']}, {machine['cores']} cores)"
    lines.append(
        "Median ± half the interquartile range; in parentheses pyad's time over the peer's, the"
        " median of interleaved pairs, and its spread; “–”: not a peer in that case; “off”:"
        " distance from a float64 reference; “busy”: the machine did other work, too. One thread"
        f" unless said otherwise. {processor}, Python {machine['python']},"
        f" {versions}; commit {commit}"
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
