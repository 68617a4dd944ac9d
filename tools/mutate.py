"""Mutation testing: `python tools/mutate.py FOLDER [--count 200] [--seed 0] [--until whole]`.

Changes one thing at a time in a clone of the tree (FOLDER, made if it is not there), builds what
changed, and runs tests in rings: those named after the file, those of its room, a broad and quick
choice, the whole suite. A mutant that no test notices is a survivor. Places are drawn by seed in
proportion to the lines of the files. Each verdict is a line of the results file, so that a run goes
on where the last one stopped; a mutant that does not compile is no mutant, and another is drawn.

A test counts only if it passes without the change, which is tried when it first kills.

Survivors that change nothing a program could see get their reason by hand, in the field `reason` of
their line; they still count as survivors.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import sysconfig
import time
import venv
from collections import Counter
from typing import Any

from mutants import Mutant, drawn

ROOT = pathlib.Path(__file__).resolve().parent.parent
# The tests that most likely notice a change in a room, tried before the others: (room, tests).
NEAR = [
    ("csrc/ops/elementwise", "tests/ops tests/test_accuracy.py tests/test_numbers_rows.py"),
    ("csrc/ops/optim", "tests/optim"),
    ("csrc/ops/clip", "tests/optim"),
    ("csrc/ops", "tests/ops tests/nn"),
    ("csrc/kernels/isa/optim", "tests/optim"),
    ("csrc/kernels/math", "tests/test_accuracy.py tests/ops"),
    ("csrc/kernels", "tests/ops tests/nn"),
    ("csrc/graph", "tests/test_autograd.py tests/test_autograd_hooks.py tests/test_function.py"),
    ("csrc/dispatch", "tests/test_inplace.py tests/test_forward_ad.py tests/ops"),
    ("csrc/bind/optim", "tests/optim"),
    ("csrc/bind/value", "tests/test_value.py tests/test_value_ops.py tests/test_value_engine.py"),
    ("csrc/bind/random", "tests/test_random.py tests/test_random_streams.py"),
    ("csrc/bind", "tests/test_bad_input.py tests/test_creation.py tests/test_autograd.py"),
    ("pyad/optim", "tests/optim"),
    ("pyad/nn", "tests/nn"),
    ("pyad/utils", "tests/test_data.py tests/test_checkpoint.py tests/test_data_workers.py"),
]
# Of the second ring: what costs minutes and looks at one thing.
SLOW = "test_opinfo test_doctests test_fuzz test_parity test_examples test_benchmarks"
RINGS = ["own", "near", "second", "whole"]
NOT_A_NAME = {"functions", "function", "kernels", "test", "init", "edges", "base", "run", "table"}
SHARE = 0.95  # of the mutants, to be noticed
SECONDS = 1800  # a ring that hangs has noticed


def words(path: str) -> set[str]:
    """What a file is named after, without plural endings."""
    parts = re.split("[_./]", pathlib.PurePath(path).stem)
    return {p.rstrip("s") for p in parts if p and p not in NOT_A_NAME}


class Clone:
    """A copy of the tree with an environment and a build of its own, for one instruction set."""

    def __init__(self, folder: pathlib.Path, jobs: int) -> None:
        self.root = folder
        self.jobs = jobs
        self.build = folder / "build" / "mutate"
        self.python = folder / "build" / "mutate-env" / "bin" / "python"
        self.good: set[str] = set()  # tests seen to pass without a change
        self.bad: set[str] = set()
        if not folder.exists():
            subprocess.run(["git", "clone", "-q", str(ROOT), str(folder)], check=True)
        if not self.python.exists():
            self.environment()
        if not (self.build / "build.ninja").exists():
            pybind = [sys.executable, "-m", "pybind11", "--cmakedir"]
            where = subprocess.run(
                pybind, capture_output=True, text=True, check=True
            ).stdout.strip()
            configure = ["cmake", "-S", str(folder), "-B", str(self.build), "-G", "Ninja"]
            configure += ["-DPYAD_ONE_ISA=ON", "-DCMAKE_CXX_FLAGS_RELEASE=-O1 -DNDEBUG"]
            configure += [f"-DPython_EXECUTABLE={sys.executable}", f"-Dpybind11_DIR={where}"]
            subprocess.run(configure, check=True, stdout=subprocess.DEVNULL)

    def environment(self) -> None:
        """This interpreter's packages, but the clone's pyad."""
        folder = self.python.parent.parent
        venv.create(folder, with_pip=False)
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        packages = folder / "lib" / version / "site-packages"
        # In this order, and as plain folders: an editable install among them does not act.
        shared = [p for p in sys.path if pathlib.Path(p).name in ("site-packages", "dist-packages")]
        (packages / "1_clone.pth").write_text(f"{self.root}\n")
        (packages / "2_shared.pth").write_text("".join(f"{p}\n" for p in shared))

    def compile(self) -> bool:
        """Builds, and puts the module into the package's folder."""
        with (self.build / "log").open("w") as log:
            command = ["cmake", "--build", str(self.build), "--parallel", str(self.jobs)]
            if subprocess.run(command, stdout=log, stderr=log, check=False).returncode:
                return False
        name = f"_core{sysconfig.get_config_var('EXT_SUFFIX')}"
        target = self.root / "pyad" / name
        target.unlink(missing_ok=True)
        shutil.copy(self.build / "csrc" / name, target)
        return True

    def rings(self, path: str, until: str) -> list[tuple[str, list[str]]]:
        """The test files to run for a change in `path`, each in the first ring that has it."""
        tests = [
            str(p.relative_to(self.root)) for p in sorted(self.root.glob("tests/**/test_*.py"))
        ]
        near = next(rooms for room, rooms in NEAR if path.startswith(room)).split()
        rings = {
            "own": [t for t in tests if words(t) & words(path)],
            "near": [t for t in tests if t.startswith(tuple(near))],
            "second": [t for t in tests if not any(s in t for s in SLOW.split())],
            "whole": tests,
        }
        seen: set[str] = set()
        result = []
        for name in RINGS[: RINGS.index(until) + 1]:
            files = [t for t in rings[name] if t not in seen]
            seen.update(files)
            if files:
                result.append((name, files))
        return result

    def test(self, what: list[str], workers: int) -> str | None:
        """Runs tests until one fails: its name."""
        run = [str(self.python), "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]
        run += ["-n", str(workers)] if workers else ["-p", "no:xdist"]
        if importlib.util.find_spec("pytest_timeout"):
            run.append("--timeout=300")
        try:
            done = subprocess.run(
                [*run, *(f"--deselect={name}" for name in sorted(self.bad)), *what],
                cwd=self.root,
                capture_output=True,
                text=True,
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return "timeout"
        if done.returncode in (0, 5):  # 5: nothing is left of what was selected
            return None
        failed = re.search(r"^(?:FAILED|ERROR) (.*?)(?: - |$)", done.stdout, re.M)
        return failed[1] if failed else f"exit {done.returncode}: {done.stdout[-300:]}"

    def judge(self, mutant: Mutant, workers: int, until: str) -> dict[str, Any] | None:
        """Makes the change, sees who notices, and takes it back; None if it does not compile."""
        path = self.root / mutant.path
        text = path.read_text()
        assert text[mutant.start :].startswith(mutant.old)
        end = mutant.start + len(mutant.old)
        mutated = text[: mutant.start] + mutant.new + text[end:]
        rings = self.rings(mutant.path, until)
        verdict, by = "survived", None
        while rings and verdict == "survived":
            try:
                path.write_text(mutated)
                if path.suffix != ".py" and not self.compile():
                    return None
                while rings and not by:
                    _, files = rings[0]
                    by = self.test(files, workers)
                    if not by:
                        rings.pop(0)
            finally:
                path.write_text(text)
                if path.suffix != ".py" and not self.compile():
                    raise SystemExit(f"mutate: see {self.build / 'log'}")
            if by and (
                "::" not in by or by in self.good or self.test([by.split(" ")[0]], 0) is None
            ):
                self.good.add(by)
                verdict = "killed"
            elif by:
                self.bad.add(by)
                print(f"mutate: {by} fails without a change and does not count", flush=True)
                by = None
        shown = text.splitlines()[mutant.line - 1].strip()
        where = {"ring": rings[0][0] if rings else until, "by": by}
        return {**mutant._asdict(), "text": shown, "verdict": verdict, **where}


def main() -> int:
    """Runs mutants until there are `count` verdicts, and prints the sums; 1 below the share."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=0, help="of pytest-xdist; default: none")
    parser.add_argument("--jobs", type=int, default=1, help="of the compiler")
    parser.add_argument("--nice", type=int, default=15)
    parser.add_argument("--only", default="", help="draw from paths that begin so, as pyad/")
    parser.add_argument("--until", choices=RINGS, default="whole", help="the last ring to run")
    parser.add_argument(
        "--minutes", type=float, default=1e9, help="stop after so long; go on later"
    )
    parser.add_argument("--results", type=pathlib.Path, help="default: FOLDER/build/mutants.jsonl")
    parser.add_argument("--again", action="store_true", help="judge the survivors once more")
    args = parser.parse_args()
    os.nice(args.nice)
    end = time.monotonic() + 60 * args.minutes
    clone = Clone(args.folder.resolve(), args.jobs)
    results = args.results or clone.root / "build" / "mutants.jsonl"
    lines = results.read_text().splitlines() if results.exists() else []
    done = {x["key"]: x for x in map(json.loads, lines)}
    if args.again:
        done = {k: x for k, x in done.items() if x["verdict"] != "survived" or x.get("reason")}
    if not clone.compile():
        raise SystemExit(f"mutate: the clone does not build; see {clone.build / 'log'}")
    verdicts = 0
    for mutant in drawn(clone.root, args.seed):
        if verdicts == args.count or time.monotonic() > end:
            break
        if not mutant.path.startswith(args.only):
            continue
        key = f"{args.seed}:{mutant.key}"
        if key not in done:
            start = time.monotonic()
            verdict = clone.judge(mutant, args.workers, args.until)
            done[key] = {"key": key, **(verdict or {"verdict": "does not compile"})}
            results.write_text("".join(json.dumps(x) + "\n" for x in done.values()))
            x = done[key]
            print(f"{x['verdict']:8} {mutant.path}:{mutant.line} {mutant.kind}: ", end="")
            print(f"{mutant.old!r} -> {mutant.new!r}; {x.get('ring')}: {x.get('by')}; ", end="")
            print(f"{time.monotonic() - start:.0f} s", flush=True)
        verdicts += done[key]["verdict"] != "does not compile"
    sums = Counter(x["verdict"] for x in done.values())
    rings = Counter(x["ring"] for x in done.values() if x["verdict"] == "killed")
    share = sums["killed"] / max(1, sums["killed"] + sums["survived"])
    print(f"mutate: {dict(sums)}, killed by ring {dict(rings)}, {share:.1%} killed")
    return 0 if share >= SHARE else 1


if __name__ == "__main__":
    sys.exit(main())
