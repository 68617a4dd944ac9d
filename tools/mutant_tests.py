"""Runs tests for `tools/mutate.py`: a process that has PyTorch loaded and forks for each request.

A request is a line of JSON: test files, and what to try first. The child imports the pyad that lies
in the clone at that moment and says over a pipe which test it is in, so that a crash or a hang has
the name of a test. The answer is one line: the test that failed, or none.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import select
import signal
import subprocess
import sys
import time
from typing import Any, TextIO

COLLECTING = 300.0  # seconds
UNKNOWN = 300.0  # for a test whose time is not known
SLOWER = 20.0  # a test with a known time has hung after so many times that


def tokens(name: str) -> set[str]:
    """Lower-case parts of a name or path, without plural endings: AvgPool2d has avg, pool2d."""
    parts = re.split(r"[^a-zA-Z0-9]+|_|(?<=[a-z0-9])(?=[A-Z])", name)
    return {p.lower().rstrip("s") for p in parts if p}


def squashed(name: str) -> str:
    """A name without what spellings differ in."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


class Watch:
    """Plugin of the child: orders the tests and says what happens to them."""

    def __init__(self, request: dict[str, Any], pipe: TextIO) -> None:
        self.names: list[str] = request.get("names", [])
        self.bad = set(request.get("bad", []))
        self.end = time.monotonic() + request.get("seconds", 1e9)
        self.named = request.get("named", False)
        self.only: list[str] | None = request.get("only")
        self.last: str | None = request.get("last")
        self.pipe = pipe

    def say(self, what: str, test: str, seconds: float = 0.0) -> None:
        """One line of the pipe."""
        self.pipe.write(json.dumps([what, test, seconds]) + "\n")
        self.pipe.flush()

    def rank(self, test: str) -> int:
        """First come tests that share words with what was changed."""
        flat, parts = squashed(test), tokens(test)
        whole = [n for n in self.names if len(n) > 2 and squashed(n) in flat]
        return -2 * len(whole) - sum(len(tokens(n) & parts) for n in self.names)

    def pytest_collection_modifyitems(self, config: Any, items: list[Any]) -> None:
        """Selects and orders."""
        if self.only is not None:
            place = {test: k for k, test in enumerate(self.only)}
            kept = [i for i in items if i.nodeid in place and i.nodeid not in self.bad]
            kept.sort(key=lambda i: place[i.nodeid])
        else:
            kept = [i for i in items if i.nodeid not in self.bad]
            if self.named:
                kept = [i for i in kept if self.rank(i.nodeid)]
            kept.sort(key=lambda i: self.rank(i.nodeid))
        ends = [k for k, i in enumerate(kept) if i.nodeid == self.last]
        items[:] = kept[: ends[0] + 1] if ends else kept

    def pytest_runtest_logstart(self, nodeid: str, location: Any) -> None:
        """A test begins."""
        self.say("start", nodeid)

    def pytest_runtest_teardown(self, item: Any, nextitem: Any) -> None:
        """Ends a run that has only so much time."""
        if time.monotonic() > self.end:
            item.session.shouldstop = "no time"

    def pytest_runtest_logreport(self, report: Any) -> None:
        """A part of a test has ended."""
        if report.failed:
            self.say("failed", report.nodeid)
        elif report.when == "call":
            self.say("passed", report.nodeid, report.duration)

    def pytest_collectreport(self, report: Any) -> None:
        """A file could not be imported, say."""
        if report.failed:
            self.say("failed", report.nodeid)


def child(request: dict[str, Any], pipe: int, log: str) -> None:
    """Runs one request's tests; does not return."""
    import pytest

    if request.get("isa"):
        os.environ["PYAD_ISA"] = request["isa"]
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    null = os.open(os.devnull, os.O_RDONLY)
    for number, to in enumerate([null, out, out]):
        os.dup2(to, number)
    arguments = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--tb=short"]
    arguments.append("--continue-on-collection-errors" if request.get("all") else "-x")
    with os.fdopen(pipe, "w") as f:
        code = pytest.main([*arguments, *request["files"]], plugins=[Watch(request, f)])
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


def watched(process: int, pipe: int, times: dict[str, float]) -> dict[str, Any]:
    """Follows a child to its end: the answer."""
    test, hung, rest = "", False, b""
    failing: list[str] = []
    seen: list[str] = []
    parent = os.getppid()
    limit, since = COLLECTING, time.monotonic()
    while True:
        alone = os.getppid() != parent  # the tool was killed
        if alone or time.monotonic() > since + limit:
            hung = True
            break
        if not select.select([pipe], [], [], 2.0)[0]:
            continue
        piece = os.read(pipe, 65536)
        if not piece:
            break
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            what, test, seconds = json.loads(line)
            if what == "failed":
                failing.append(test)
            elif what == "start":
                seen.append(test)
            elif what == "passed":
                times[test] = max(times.get(test, 0.0), seconds)
            since = time.monotonic()
            limit = max(30.0, SLOWER * times[test]) if test in times else UNKNOWN
    if hung:
        os.killpg(process, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process, signal.SIGKILL)  # what a test left running
    # 2: no time; 5: nothing is left of what was selected; 1 and no failure: Python failed.
    ended = not hung and (status in (0, 2, 5) or (status == 1 and bool(failing)))
    if not ended:
        failing.append(test or "collecting")
    by, how = (failing[0] if failing else None), "fails"
    if not ended and len(failing) == 1:
        how = "hangs" if hung else f"exit {status}"
    return {"by": by, "how": how, "failing": failing, "seen": seen, "ended": ended}


def asked(request: dict[str, Any], times: dict[str, float]) -> dict[str, Any]:
    """Forks, and answers."""
    read, write = os.pipe()
    process = os.fork()
    if process == 0:
        os.setpgid(0, 0)
        os.close(read)
        child(request, write, request["log"])
    os.close(write)
    with contextlib.suppress(PermissionError, ProcessLookupError):
        os.setpgid(process, process)
    try:
        return watched(process, read, times)
    finally:
        os.close(read)


def serve() -> None:
    """Answers requests until the input ends."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import numpy  # noqa: F401
        import pytest  # noqa: F401
        import torch
        import torch._decomp.decompositions_for_jvp
        import torch.nn.functional  # noqa: F401

    answers = os.fdopen(os.dup(1), "w")
    times: dict[str, float] = {}
    for line in sys.stdin:
        request = json.loads(line)
        answer = asked(request, times)
        # All: the rest behind a test that does not come back.
        while request.get("all") and not answer["ended"] and answer["seen"]:
            request["bad"] = [*request.get("bad", []), *answer["seen"]]
            more = asked(request, times)
            answer = {**more, "failing": answer["failing"] + more["failing"]}
        answer = {key: answer[key] for key in ("by", "how", "failing")}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


class Tests:
    """The serving process, seen from the tool."""

    def __init__(self, python: str, root: str, log: str) -> None:
        self.log = log
        command = [python, "-u", __file__]
        self.process = subprocess.Popen(
            command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, files: list[str], **request: Any) -> dict[str, Any]:
        """The first failure among the tests of `files`: `by` whom (or None), and `how`."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps({"files": files, "log": self.log, **request}) + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer

    def close(self) -> int:
        """Ends the process."""
        self.process.communicate()
        return self.process.returncode


if __name__ == "__main__":
    serve()
