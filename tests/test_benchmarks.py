"""The benchmarks' own arithmetic: distances, ratios, verdicts, labels, what a table says.

Times are given here, none is measured; that cases run and agree is what ``--quick`` checks.
"""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT))

from benchmarks import report, worker  # noqa: E402
from benchmarks.case import Candidate, Case, Target, Tolerance, ratio  # noqa: E402
from benchmarks.cases import CASES  # noqa: E402
from benchmarks.cases.data import ROWS, digest  # noqa: E402
from benchmarks.harness import Outcome, calibrate, compare, quartiles, run  # noqa: E402
from benchmarks.peers import PEERS  # noqa: E402


def case(name="a", **more):
    given = {
        "title": f"case {name}",
        "family": "Family",
        "data": lambda: None,
        "reference": lambda _: {"y": np.array([3.0, 4.0])},
        "builders": {"pyad": lambda _: None},
        "tolerance": Tolerance(1e-3, "a reason"),
    }
    return Case(name=name, **(given | more))


def timed(*samples, distance=2e-7, **more):
    outcome = Outcome("timed", distance=distance, samples=list(samples), **more)
    return outcome.as_dict()


def document(*runs):
    machine = {"cpu": "cpu", "instructions": "SSE2", "cores": 2, "python": "3.11"}
    return {
        "runs": list(runs),
        "machine": machine,
        "versions": {},
        "commit": None,
        "modified": False,
        "date": "2026-01-01",
    }


# ---- answers


def test_distances():
    c = case()
    distance = compare(c, "pyad", {"y": np.array([3.0, 4.0005])}, c.reference(None))
    assert distance == pytest.approx(1e-4)
    for wrong in ([3.0, 4.1], [3.0, np.nan], [3.0]):
        with pytest.raises(AssertionError):
            compare(c, "pyad", {"y": np.array(wrong)}, c.reference(None))
    with pytest.raises(AssertionError, match="answers"):
        compare(c, "pyad", {}, c.reference(None))


def test_the_distance_from_zeros_is_absolute():
    zeros = {"y": np.zeros(2)}
    assert compare(case(), "pyad", {"y": np.array([0.0, 1e-4])}, zeros) == 1e-4
    with pytest.raises(AssertionError):
        compare(case(), "pyad", {"y": np.array([0.0, 1e-2])}, zeros)


def test_who_is_wrong_or_fails_is_not_timed():
    def builder(answer):
        return lambda _: Candidate(lambda n: 1.0, lambda: {"y": answer})

    def broken(_):
        raise AttributeError("no such function")

    good, bad = np.array([3.0, 4.0]), np.array([4.0, 3.0])
    c = case(builders={"pyad": builder(good), "numpy": builder(bad), "numpy-out": broken})
    outcomes = run(c, 1, ["numpy", "numpy-out"], None)
    assert [o.status for o in outcomes.values()] == ["agrees", "wrong", "failed"]
    assert outcomes["pyad"].distance == 0


def test_pairs_of_rows_and_labels_are_compared():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((ROWS, 2)).astype(np.float32), rng.integers(0, 10, ROWS)
    order = rng.permutation(ROWS)
    right = digest([(x[order], y[order])], (x, y))
    assert right["shuffled"] == 1
    same = digest([(x, y)], (x, y))
    assert same["shuffled"] == 0
    np.testing.assert_array_equal(right["rows and labels"], same["rows and labels"])
    # Every row and every label is there, but not together: sums would not see it.
    swapped = digest([(x[order], np.roll(y[order], 1))], (x, y))
    assert (swapped["rows and labels"] != right["rows and labels"]).any()


def test_calibration_is_for_the_time_asked():
    runs = []

    def block(n):
        runs.append(n)
        return n * 1e-3

    assert calibrate(Candidate(block, dict), 0.05) == 50
    assert max(b / a for a, b in itertools.pairwise(runs)) <= 10
    assert calibrate(Candidate(lambda n: 3.0 * n, dict), 0.05) == 1


# ---- ratios and verdicts


def test_middles():
    assert quartiles([5.0]) == (5.0, 5.0, 5.0)
    assert report.middle([1.0, 2.0, 3.0, 4.0, 5.0]) == (3.0, 1.0)


@pytest.mark.parametrize(
    ("value", "spread", "expected"),
    [
        (0.5, 0.1, "met"),
        (0.95, 0.05, "met"),
        (0.95, 0.06, "within the spread"),
        (1.0, 0.0, "met"),
        (1.01, 0.5, "missed"),
        (float("nan"), 0.0, "missed"),
    ],
)
def test_verdicts(value, spread, expected):
    assert report.verdict(value, spread, 1.0) == expected


def test_ratios_are_of_pairs():
    # The machine slows down threefold: both times spread widely, their ratio does not.
    outcomes = {"pyad": timed(1.0, 2.0, 3.0), "torch": timed(2.0, 4.0, 6.0)}
    entry = report.entry(case(targets=(ratio("torch", 0.6, "0.6 × torch"),)), 1, outcomes)
    torch = entry["candidates"]["torch"]
    assert (torch["pyad_ratio"], torch["pyad_ratio_spread"]) == (0.5, 0.0)
    assert entry["targets"][0]["verdict"] == "met"


def test_a_spread_beyond_the_margin_is_not_met():
    outcomes = {"pyad": timed(1.0, 1.0, 1.0), "torch": timed(0.9, 2.0, 9.0)}
    entry = report.entry(case(targets=(ratio("torch", 0.6, "0.6 × torch"),)), 1, outcomes)
    assert entry["targets"][0]["value"] == 0.5
    assert entry["targets"][0]["verdict"] == "within the spread"
    assert "**within the spread**" in report.markdown(document(entry))


def test_other_targets():
    targets = (
        Target("excess", 0.5, "NumPy's + 0.5 s", peer="numpy"),
        Target("absolute", 2.5, "2.5 s"),
        Target("figure", 64, "64 bytes", figure="bytes"),
        ratio("jax", 1.0, "1.0 × JAX"),
    )
    outcomes = {"pyad": timed(2.0, 2.0, figures={"bytes": 65.0}), "numpy": timed(1.6, 1.6)}
    found = report.entry(case(targets=targets), 1, outcomes)["targets"]
    assert [t["verdict"] for t in found] == ["met", "met", "missed", "not measured"]
    assert found[0]["value"] == pytest.approx(0.4)


# ---- tables


def test_labels_are_a_cases_own():
    plain = report.entry(case("a"), 1, {"pyad": timed(1.0), "casadi": timed(2.0)})
    labelled = case("b", labels={"casadi": "CasADi with buffers", "pyad": "pyad.compile"})
    other = report.entry(labelled, 1, {"pyad": timed(1.0), "casadi": timed(4.0)})
    for runs in ((plain, other), (other, plain)):
        lines = report.markdown(document(*runs)).splitlines()
        header = [cell.strip() for cell in lines[0].strip("|").split("|")]
        assert header[1] == "pyad"
        assert {"CasADi", "CasADi with buffers"} <= set(header)
        rows = {}
        for line in lines[2:4]:
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            rows[cells[0]] = dict(zip(header, cells, strict=True))
        assert rows["case a"]["CasADi"].startswith("2.00 s")
        assert rows["case a"]["CasADi with buffers"] == "–"
        assert rows["case b (pyad.compile)"]["CasADi with buffers"].startswith("4.00 s")
        assert rows["case b (pyad.compile)"]["CasADi"] == "–"
    alone = report.markdown(document(other)).splitlines()[0]
    assert alone.startswith("| Family | pyad.compile | CasADi with buffers |")


def test_a_table_shows_spread_rounds_distance_and_what_loses():
    outcomes = {
        "pyad": timed(2.0, 2.0, 2.0, distance=3e-7),
        "torch": timed(1.0, 1.0, 1.0),
        "numpy-forward": timed(0.1, 0.1, 0.1, disturbed=2),
        "jax": Outcome("not installed", "no module").as_dict(),
    }
    c = case(accuracy=True, partial={"numpy-forward": ("y",)}, threads=(1, 2))
    text = report.markdown(document(report.entry(c, 2, outcomes)))
    assert (
        "| 2.00 s ±0 %, 3e-07 off | 1.00 s ±0 % (**2** ±0 %), 2e-07 off | not installed |" in text
    )
    assert "| 3, busy | recorded only |" in text
    assert "- case a, 2 threads: PyTorch 2" in text
    assert "NumPy, forward alone 20" not in text


def test_the_readme_keeps_its_words(tmp_path):
    file = tmp_path / "README.md"
    file.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n")
    report.insert(file, "new")
    assert file.read_text() == f"before\n{report.BEGIN}\n\nnew\n{report.END}\nafter\n"
    file.write_text("no markers")
    with pytest.raises(ValueError, match="needs one line"):
        report.insert(file, "new")


# ---- cases and processes


def test_every_candidate_is_a_known_peer_and_every_peer_has_a_case():
    used = {peer for c in CASES.values() for peer in c.builders}
    assert used == set(PEERS)
    for c in CASES.values():
        assert {t.peer for t in c.targets if t.peer} <= set(c.builders), c.name
        assert set(c.labels) | set(c.partial) | set(c.looser) <= set(c.builders) | set(PEERS)


def test_what_the_bench_extra_brings_takes_part():
    tomllib = pytest.importorskip("tomllib")
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = {
        line.split(">")[0].split("=")[0].split("[")[0]
        for line in extras["optional-dependencies"]["bench"]
    }
    assert names - {"matplotlib"} <= {peer.distribution for peer in PEERS.values()}


def test_a_case_whose_process_dies_has_failed_and_the_next_one_runs(monkeypatch):
    """A process that ends at its second case, and another one for the third."""
    program = """
import json, sys
names = json.loads(sys.argv[1])["cases"]
for name in names:
    if name == "b":
        sys.exit(3)
    if name == "e":
        sys.exit(0)
    print(json.dumps({"pyad": {"status": "agrees"}}), flush=True)
"""
    real = subprocess.Popen

    def start(command, **options):
        return real([sys.executable, "-c", program, command[-1]], **options)

    monkeypatch.setattr(worker.subprocess, "Popen", start)
    found = {c.name: o for c, o in worker.check([case("a"), case("b"), case("c")], 1, [])}
    assert [o["pyad"]["status"] for o in found.values()] == ["agrees", "failed", "agrees"]
    assert "status 3" in found["b"]["pyad"]["detail"]
    plan = [(case(name, threads=(1, 2)), threads) for name in "abcde" for threads in (1, 2)]
    together = list(worker.check_side_by_side(plan, [], 2))
    assert sorted((c.name, t) for c, t, _ in together) == sorted((c.name, t) for c, t in plan)
    statuses = {c.name: o["pyad"]["status"] for c, _, o in together}
    assert statuses == {"a": "agrees", "b": "failed", "c": "agrees", "d": "agrees", "e": "failed"}


def test_a_run_is_saved_and_shown_again(tmp_path):
    file = tmp_path / "run.json"
    entry = report.entry(replace(case(), name="a"), 1, {"pyad": timed(1.0, 2.0, 3.0)})
    file.write_text(json.dumps(document(entry)))
    assert "| case a | 2.00 s ±25 % | 3 |" in report.markdown(json.loads(file.read_text()))
