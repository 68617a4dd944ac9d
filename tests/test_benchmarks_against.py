"""Comparison of two builds: its arithmetic, and its passes on processes that are played.

What times are right is known here, as nobody's clock is read.
"""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT))

from benchmarks import against, blocks, build  # noqa: E402
from benchmarks.against import AGAIN, OTHER, THIS, Comparison, Effort, Row  # noqa: E402
from benchmarks.cases import CASES  # noqa: E402
from benchmarks.harness import compare  # noqa: E402
from benchmarks.progress import Progress, duration  # noqa: E402
from benchmarks.small import SMALL  # noqa: E402

SMALL_ROW = Row("small-add", "pyad", 1, True, "x + y")
EAGER_ROW = Row("chain-16", "pyad", 1, False, "ten operations")


class Played:
    """Answers like a process of `blocks`; `seconds(case, turn)` tells the time of a block."""

    def __init__(self, seconds, failing=()):
        self.seconds, self.failing = seconds, failing
        self.turn, self.case, self.closed = 0, "", False

    def ask(self, **order):
        if order["do"] == "prepare":
            self.case = order["case"]
            if self.case in self.failing:
                return {"failed": "AttributeError: no such function"}
            return {"inner": 10}
        assert order["inner"] == 10
        self.turn += 1
        return {"seconds": self.seconds(self.case, self.turn)}

    def close(self):
        self.closed = True


def compared(this, other=lambda case, turn: 1.0, again=None, failing=None, rows=None):
    made = []

    def start(side):
        seconds = {THIS: this, OTHER: other, AGAIN: again or other}[side]
        made.append(Played(seconds, (failing or {}).get(side, ())))
        return made[-1]

    said = []
    results = Comparison(start, Effort(rounds=9), said.append).run(rows or [SMALL_ROW, EAGER_ROW])
    assert all(worker.closed for worker in made)
    return results, made


def test_equal_builds_are_even_and_measured_once():
    results, made = compared(lambda case, turn: 1.0)
    assert len(made) == 3
    for row, result in results.items():
        assert against.word(row, result) == "even"
        assert result.ratio == 1
        assert result.spread == 0
        assert result.rounds == 9
    assert not against.bad(results)


@pytest.mark.parametrize(("time", "small", "eager"), [(1.02, True, False), (1.04, True, True)])
def test_small_rows_may_not_be_slower_and_eager_rows_by_three_percent(time, small, eager):
    results, made = compared(lambda case, turn: time)
    assert results[SMALL_ROW].slower is small
    assert results[EAGER_ROW].slower is eager
    assert len(made) == 3 * against.PASSES  # new processes for every pass
    assert results[SMALL_ROW].rounds == 9 * against.PASSES
    assert against.bad(results)


def test_the_spread_of_the_other_build_against_itself_is_allowed():
    def noisy(case, turn):
        return 1.1 if turn % 2 else 1.0

    results, _ = compared(lambda case, turn: 1.09, again=noisy)
    assert results[SMALL_ROW].spread == pytest.approx(0.1)
    assert not results[SMALL_ROW].slower
    results, _ = compared(lambda case, turn: 1.12, again=noisy)
    assert results[SMALL_ROW].slower
    assert not results[EAGER_ROW].slower


def test_a_row_that_is_slower_in_one_pass_only_is_not_slower():
    calls = []

    def first_pass_only(case, turn):
        calls.append(case)
        return 1.5 if len(calls) <= 9 else 1.0

    results, made = compared(first_pass_only, rows=[SMALL_ROW])
    assert len(made) == 6
    assert not against.bad(results)
    assert against.word(SMALL_ROW, results[SMALL_ROW]) == "even"
    assert results[SMALL_ROW].rounds == 18


def test_rows_that_one_build_cannot_do():
    results, _ = compared(lambda c, t: 1.0, failing={OTHER: ("small-add",)})
    assert against.word(SMALL_ROW, results[SMALL_ROW]) == "not in the other build"
    assert against.word(EAGER_ROW, results[EAGER_ROW]) == "even"
    assert not against.bad(results)
    results, _ = compared(lambda c, t: 1.0, failing={THIS: ("small-add",)})
    assert against.word(SMALL_ROW, results[SMALL_ROW]) == "**failed**"
    assert against.bad(results)
    assert "not in the other build" not in against.table(results)


def test_a_process_that_dies_fails_its_row_and_the_next_row_gets_a_new_one():
    def dies(case, turn):
        if case == "small-add":
            raise against.DiedError("the process ended with status -11")
        return 0.8

    results, made = compared(dies)
    assert results[SMALL_ROW].failed == "the process ended with status -11"
    assert against.word(EAGER_ROW, results[EAGER_ROW]) == "faster"
    assert len(made) == 6
    table = against.table(results)
    assert "| 0.800 | ±0.000 | 9 | faster |" in table
    assert "1 failed, 1 faster" in against.summary(results)


def test_not_a_number_is_slower():
    assert against.verdict(float("nan"), 0.0, True) == "slower"


def test_every_row_of_pyad_is_compared():
    rows = against.rows(CASES, SMALL)
    names = [row.name for row in rows]
    assert len(set(names)) == len(names)
    for case in CASES.values():
        assert case.name in {row.case for row in rows}
    assert all(row.small == (row.case in SMALL) for row in rows)
    assert {"program-arm/pyad-value", "adam-1e6@2", "small-item"} <= set(names)


@pytest.mark.parametrize("name", SMALL)
def test_small_rows_answer_rightly(name):
    case = SMALL[name]
    data = case.data()
    candidate = case.builders["pyad"](data)
    compare(case, "pyad", candidate.result(), case.reference(data))
    candidate.block(10)
    if not name.endswith(("step", "added")):  # those go on from where they were
        compare(case, "pyad", candidate.result(), case.reference(data))


def test_the_process_answers_lines():
    order = {"do": "prepare", "case": "small-add", "candidate": "pyad", "threads": 1}
    lines = [order | {"seconds": 1e-6}, {"do": "block", "inner": 3, "pieces": 2}]
    out = io.StringIO()
    blocks.serve(blocks.Session(SMALL), map(json.dumps, lines), out)
    prepared, timed = map(json.loads, out.getvalue().splitlines())
    assert prepared["inner"] >= 1
    assert timed["seconds"] > 0


def test_a_wrong_answer_is_not_timed():
    case = SMALL["small-add"]
    wrong = {"small-add": type(case)(**{**vars(case), "reference": lambda _: {"result": 1.0}})}
    order = {"case": "small-add", "candidate": "pyad", "threads": 1, "seconds": 1e-6}
    answer = blocks.Session(wrong).answer({"do": "prepare", **order})
    assert "AssertionError" in answer["failed"]


def test_builds_are_found_where_they_are_and_refused_where_not(tmp_path):
    refused = pytest.raises(ValueError, match="neither a wheel nor an environment")
    with refused, build.installed(tmp_path):
        pass
    place = tmp_path / "env/lib/python3.11/site-packages"
    (place / "pyad").mkdir(parents=True)
    (place / "pyad/_core.abi3.so").touch()
    with pytest.raises(ValueError, match="editable"), build.installed(tmp_path / "env"):
        pass
    (place / "pyad/__init__.py").touch()
    for source in (tmp_path / "env", place):
        with build.installed(source) as folder:
            assert (folder / "pyad/_core.abi3.so").exists()
            assert any((folder / "pyad/__pycache__").glob("__init__.*.pyc"))


def test_a_copy_of_the_present_build_is_what_its_process_imports():
    with build.present() as folder:
        worker = against.Worker(folder)
        order = {"case": "small-add", "candidate": "pyad", "threads": 1, "seconds": 1e-6}
        assert worker.ask(do="prepare", **order)["inner"] >= 1
        worker.close()


def test_time_that_is_left():
    now = [0.0]
    progress = Progress([1.0, 1.0, 2.0], lambda: now[0])
    assert progress.left() is None
    now[0] = 10.0
    assert progress.done() == "1 of 3, about 30 s left"
    now[0] = 25.0
    assert progress.done() == "2 of 3, about 25 s left"
    now[0] = 40.0
    assert progress.done() == "3 of 3"
    words = [duration(s) for s in (59.4, 59.6, 200, 3900)]
    assert words == ["59 s", "1 min 00 s", "3 min 20 s", "1 h 05 min"]
