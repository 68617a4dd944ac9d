"""A short run of both fuzzers of `tools/fuzz.py`: wrong calls, and programs beside PyTorch."""

from __future__ import annotations

import re

import pytest

import fuzz
import fuzz_calls
import fuzz_compare
import pyad


def run(mode: str, cases: int) -> fuzz.Fuzz:
    one = fuzz.Fuzz(mode, seed=0, core=None)
    one.run(seconds=300, cases=cases)
    return one


def test_calls_of_everything():
    """Each public callable once, with fitting, random and hostile arguments."""
    every = len(fuzz_calls.targets())
    assert every > 3000
    done = run("calls", every)
    assert not done.findings, "\n".join(x["what"] for x in done.findings)
    assert done.counts["cases"] == every
    assert done.counts["raised"] > every // 3
    assert done.counts["returned"] > every // 5


def test_programs_beside_pytorch():
    done = run("programs", 150)
    assert not done.findings, "\n".join(x["what"] for x in done.findings)
    assert done.counts["equal"] > 50


@pytest.fixture
def worker(monkeypatch, tmp_path):
    """Makes a worker of calls that does the given line at its second case."""

    def make(line):
        script = tmp_path / "dying.py"
        script.write_text(
            "import json, os, signal, subprocess, sys\n"
            "first, count, log, seconds = int(sys.argv[2]), int(sys.argv[3]), *sys.argv[4:]\n"
            "for n in range(first, first + count):\n"
            "    open(log, 'w').write(f'{n} call number {n}')\n"
            "    if n == 1:\n"
            f"        {line}\n"
            "print(json.dumps({'counts': {'returned': count}}))\n"
        )
        monkeypatch.setitem(fuzz.WORKERS, "calls", str(script))

    return make


LATE = "sys.stderr.write('Timeout (0:00:30)!\\n')"


@pytest.mark.parametrize(
    ("line", "code", "counts"),
    [
        ("os.abort()", -6, {"returned": 2}),
        (f"{LATE}; sys.exit(1)", 1, {"returned": 2, "run again alone": 1}),
        ("os.kill(os.getpid(), signal.SIGKILL)", -9, {"returned": 2, "run again alone": 1}),
    ],
    ids=["crash", "never ends", "killed"],
)
def test_a_crash_is_found_and_the_run_goes_on(worker, line, code, counts):
    """The worker dies at its second case: that case is named, and the third one is run."""
    worker(line)
    done = run("calls", 4)
    assert [x["case"] for x in done.findings] == [1]
    assert f"call number 1: process ended ({code})" in done.findings[0]["what"]
    assert done.counts == {**counts, "cases": 4}


@pytest.mark.parametrize("end", [f"{LATE}; sys.exit(1)", "os.kill(os.getpid(), signal.SIGKILL)"])
def test_a_case_that_ends_alone_is_no_finding(worker, end):
    worker(f"if seconds == '30': {end}")
    done = run("calls", 4)
    assert not done.findings
    assert done.counts == {"returned": 3, "run again alone": 1, "cases": 4}


def test_what_a_case_leaves_running_does_not_hold_the_run_up(worker):
    worker("subprocess.Popen(['sleep', '1000'])")
    assert run("calls", 4).counts == {"returned": 4, "cases": 4}


def test_a_case_is_its_seed_and_number():
    texts: list[list[str]] = [[], []]
    for kept in texts:
        for number in (3, 50, 700):
            fuzz_calls.run_case(5, number, kept.append)
    addresses = re.compile(r"0x[0-9a-f]+")
    assert [addresses.sub("", x) for x in texts[0]] == [addresses.sub("", x) for x in texts[1]]


@pytest.mark.parametrize(
    "line",
    [
        "y = x * 2 + (T.zeros(()) if T.__name__ == 'torch' else T.ones(()))",
        "y = (x * 2).detach() if T.__name__ == 'torch' else x * 2",
        "y = (x * x).double() if T.__name__ == 'torch' else x * x.detach() + x.detach() * 0",
    ],
    ids=["value", "graph", "gradient"],
)
def test_a_wrong_program_is_found(line):
    lines = ["x = T.tensor([0.5, 2.0], dtype=T.float64).requires_grad_()", line]
    outcome, wrong = fuzz_compare.compare(lines, ["x"], ["x", "y"])
    assert wrong, outcome


LEAF = "x0 = T.tensor([[0.5, 2.0], [0.7, -0.2]], dtype=T.float64)"


@pytest.mark.parametrize(
    ("outcome", "lines"),
    [
        ("singular", ["v1 = x0.max().repeat(2)", "v2 = v1.std()"]),
        ("peer wrong", ["v1 = x0 * 2", "v2 = v1[0]", "v1.add_(v2)"]),
        (
            "peer wrong",
            [
                "v1 = x0.logcumsumexp(0)",
                "v2 = T.nn.functional.cosine_similarity(x0.min(), v1 - v1, -1)",
            ],
        ),
    ],
)
def test_what_is_no_fault_here(outcome, lines):
    """No derivative there, PyTorch's writes over what it has to read, its last digits."""
    lines = [f"{LEAF}.t().contiguous().t().requires_grad_()", *lines]
    assert fuzz_compare.compare(lines, ["x0"], ["x0", "v1", "v2"]) == (outcome, None)


def test_writes_into_shared_memory_are_refused_here_only():
    lines = [f"{LEAF}.requires_grad_()", "v1 = (x0 * 1).detach()[:1].expand(2, 2)", "v1.triu_()"]
    assert fuzz_compare.compare(lines, ["x0"], ["x0", "v1"]) == ("refused here only", None)


def test_rounding_that_decides_is_no_fault():
    lines = [f"{LEAF}.requires_grad_()", "v1 = x0 * 1.3 / 1.3 - x0", "v2 = x0 * (v1 > 0)"]
    assert fuzz_compare.unstable(lines, ["x0"], ["x0", "v1", "v2"])
    lines[1] = "v1 = x0 * 1.3 / 1.3"
    assert not fuzz_compare.unstable(lines, ["x0"], ["x0", "v1", "v2"])


def test_rounding_behind_a_step_is_no_fault():
    lines = [f"{LEAF}.requires_grad_()", "v1 = x0.floor()", "v2 = v1 * 1.3 / 1.3 - v1"]
    assert fuzz_compare.unstable(lines, ["x0"], ["x0", "v1", "v2"])


def test_modes_are_put_back():
    with fuzz_calls.modes_kept():
        pyad.set_default_dtype(pyad.float64)
        pyad.set_grad_enabled(False)
    assert pyad.get_default_dtype() is pyad.float32
    assert pyad.is_grad_enabled()
