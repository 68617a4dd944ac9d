"""The mutation tool draws real changes, the same ones for a seed, and knows which tests to try."""

from __future__ import annotations

import itertools
import json
import pathlib
import re
import sys
from collections import Counter

import pytest

import mutant_clone
import mutant_tests
import mutants

SOURCE = """// a < b, never changed here
bool f(int n, int m) {
  if (n < 0) fail("n < 0 is too small");
  int x = n + m;
  flag = true;
  return x <= m && g(n, m);
}
"""


def test_mutants_of_a_file(tmp_path):
    path = tmp_path / "f.cpp"
    path.write_text(SOURCE)
    found = mutants.mutants_of(path, tmp_path)
    changed = {SOURCE[: m.start] + m.new + SOURCE[m.start + len(m.old) :] for m in found}
    assert {m.line for m in found} == {3, 4, 5, 6}
    for old, new in [
        ("if (n < 0)", "if (0 && n < 0)"),
        ("if (n < 0)", "if (n <= 0)"),
        ("n + m", "n - m"),
        ("n + m;", "n;"),
        ("true", "false"),
        ("x <= m", "x < m"),
        ("&& g", "|| g"),
        ("g(n, m)", "g(m, n)"),
    ]:
        assert SOURCE.replace(old, new) in changed


def test_a_seed_draws_the_same_places():
    def first(seed):
        return [m.key for m in itertools.islice(mutants.drawn(mutant_clone.ROOT, seed), 20)]

    assert first(3) == first(3)
    assert first(3) != first(4)
    assert len(set(first(3))) == 20
    for m in itertools.islice(mutants.drawn(mutant_clone.ROOT, 5), 50):
        text = (mutant_clone.ROOT / m.path).read_text()
        assert text[m.start :].startswith(m.old)
        assert text.count("\n", 0, m.start) + 1 == m.line


@pytest.mark.parametrize("until", mutant_clone.RINGS)
def test_rings_have_each_test_once(until):
    clone = mutant_clone.Clone.__new__(mutant_clone.Clone)
    clone.root = pathlib.Path(mutant_clone.ROOT)
    rings = clone.rings("csrc/ops/loss_class.cpp", until)
    files = [f for _, files in rings for f in files]
    assert len(files) == len(set(files))
    assert rings[0][0] == "own"
    assert "tests/nn/test_loss.py" in rings[0][1]
    if until == "whole":
        assert set(files) == {
            str(p.relative_to(mutant_clone.ROOT))
            for p in mutant_clone.ROOT.glob("tests/**/test_*.py")
        }


def test_every_room_has_tests_that_exist():
    for folder in mutants.FOLDERS.split():
        assert any(folder.startswith(room) for room, _ in mutant_clone.NEAR), folder
    for _, near in mutant_clone.NEAR:
        for path in near.split():
            assert (mutant_clone.ROOT / path).exists(), path


def test_several_changes_of_one_file(tmp_path):
    path = tmp_path / "f.cpp"
    path.write_text(SOURCE)
    clone = mutant_clone.Clone.__new__(mutant_clone.Clone)
    clone.root = tmp_path
    clone.quick = None
    several = [m for m in mutants.mutants_of(path, tmp_path) if m.new in ("<=", "false", "||")]
    assert len(several) == 3
    change = mutant_clone.Change(clone, several)
    change.write()
    want = SOURCE.replace("(n < 0)", "(n <= 0)").replace("true", "false").replace("&&", "||")
    assert path.read_text() == want


def test_names_around_a_place():
    text = "struct A {\n};\nint f(int x) {\n  return x;\n}\nstruct B {\n  int y = 1;\n"
    assert mutant_clone.enclosing(text, text.index("return"), False) == ["A", "f"]
    assert mutant_clone.enclosing(text, text.index("y = 1"), False) == ["B", "f"]
    assert mutant_clone.enclosing("class C:\n  def g(self):\n    pass", 29, True) == ["C", "g"]


TESTS = """
import os

def test_first(): pass
def test_wrong(): assert False
def test_crash(): os.abort()
def test_avg_pool2d(): pass
def test_also_wrong(): assert False
"""


def test_a_run_of_tests_names_what_fails(tmp_path):
    (tmp_path / "test_x.py").write_text(TESTS)
    tests = mutant_tests.Tests(sys.executable, str(tmp_path), str(tmp_path / "log"))

    def run(**request):
        answer = tests.run(["test_x.py"], **request)
        return [name.split("::")[-1] for name in answer["failing"]], answer["how"]

    def ids(*names):
        return [f"test_x.py::{name}" for name in names]

    assert run() == (["test_wrong"], "fails")
    assert run(bad=ids("test_wrong")) == (["test_crash"], "exit -6")
    assert run(all=True)[0] == ["test_wrong", "test_crash", "test_also_wrong"]
    assert run(only=ids("test_also_wrong", "test_wrong")) == (["test_also_wrong"], "fails")
    assert run(bad=ids("test_wrong"), last=ids("test_first")[0]) == ([], "fails")
    assert run(names=["AvgPool2d"], named=True) == ([], "fails")
    assert run(names=["Crash"]) == (["test_crash"], "exit -6")
    assert tests.close() == 0


def test_the_report_has_the_numbers_of_the_verdicts():
    """Sums, share and survivors of docs/mutation.md are those of the kept lines; a test that
    noticed a mutant is still there."""
    kept = mutant_clone.ROOT / "tests/data/mutants.jsonl"
    lines = [json.loads(line) for line in kept.read_text().splitlines()]
    report = (mutant_clone.ROOT / "docs/mutation.md").read_text()
    sums = Counter(x["verdict"] for x in lines)
    killed, verdicts = sums["killed"], sums["killed"] + sums["survived"]
    rings = Counter(x["ring"] for x in lines if x["verdict"] == "killed")
    row = [verdicts, killed, f"{100 * killed / verdicts:.1f}%"]
    row += [rings[r] for r in ("own", "named", "near", "second", "engine")] + [sums["survived"]]
    assert f"| {' | '.join(map(str, row))} |" in report
    survivors = {
        f"{x['path']}:{x['line']}": x["reason"] for x in lines if x["verdict"] == "survived"
    }
    table = report[report.index("\nSurvivors:") :]
    assert dict(re.findall(r"^\| `([^`]+:\d+)` \| .* \| ([^|]+) \|$", table, re.M)) == survivors
    for x in lines:
        file, _, name = (x.get("by") or "").partition("::")
        if name:
            text = (mutant_clone.ROOT / file).read_text()
            head = f"def {name.partition('[')[0]}(" if file.endswith(".py") else f"TEST({name})"
            assert head in text, x["by"]
