"""Mutation testing: `python tools/mutate.py FOLDER [--count 200] [--seed 0] [--until whole]`.

Changes one thing at a time in a clone of the tree (FOLDER, made if it is not there), builds what
changed, and runs tests in rings: those named after the file, those of its room, a broad and quick
choice, the whole suite. A mutant that no test notices is a survivor. Places are drawn by seed in
proportion to the lines of the files. Each verdict is a line of the results file, so that a run goes
on where the last one stopped; a mutant that does not compile is no mutant, and another is drawn.

A test counts only if it passes without the change, which is tried when it first kills, against the
module built before. What a mutant changed is compiled back with the next one, not between them.

The build is a quick one, for one instruction set. If it makes the same module of a mutant, the
tests run on a full build, under each set the quick one does not have; if that module is the same
too, nothing can notice, and the mutant survives untested.

Survivors that change nothing a program could see get their reason by hand, in the field `reason` of
their line; they still count as survivors.
"""

from __future__ import annotations

import argparse
import filecmp
import functools
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

from mutant_tests import Tests
from mutants import FOLDERS, Mutant, drawn

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
WIDE = ["v4", "v3"]  # instruction sets of the full build; the quick one has the generic
RECENT = 12  # tests tried first because they killed nearby
MODULE = f"_core{sysconfig.get_config_var('EXT_SUFFIX')}"


def enclosing(text: str, start: int, python: bool) -> list[str]:
    """The last names declared before a place: its class, its function."""
    before = text[:start]
    kinds = [r"\bclass (\w+)", r"\bdef (\w+)"]
    if not python:
        kinds = [r"^(?:struct|class) (\w+)", r"^[a-zA-Z][^;={}()\n]*?(\w+)\("]
    found = [re.findall(kind, before, re.M) for kind in kinds]
    return [names[-1] for names in found if names]


def words(path: str) -> set[str]:
    """What a file is named after, without plural endings."""
    parts = re.split("[_./]", pathlib.PurePath(path).stem)
    return {p.rstrip("s") for p in parts if p and p not in NOT_A_NAME}


class Build:
    """A build of the clone: its folder, its last module, and the one without a change."""

    def __init__(self, root: pathlib.Path, name: str, options: list[str], jobs: int) -> None:
        self.folder = root / "build" / name
        self.jobs = jobs
        self.module = self.folder / "csrc" / MODULE
        self.unchanged = self.folder / f"unchanged{MODULE}"
        if not (self.folder / "build.ninja").exists():
            pybind = [sys.executable, "-m", "pybind11", "--cmakedir"]
            where = subprocess.run(
                pybind, capture_output=True, text=True, check=True
            ).stdout.strip()
            configure = ["cmake", "-S", str(root), "-B", str(self.folder), "-G", "Ninja", *options]
            configure += [f"-DPython_EXECUTABLE={sys.executable}", f"-Dpybind11_DIR={where}"]
            subprocess.run(configure, check=True, stdout=subprocess.DEVNULL)
        if not self.compile():
            raise SystemExit(f"mutate: the clone does not build; see {self.folder / 'log'}")
        shutil.copy(self.module, self.unchanged)

    def compile(self) -> bool:
        """Builds what changed, also what the last mutant's end put back."""
        with (self.folder / "log").open("w") as log:
            command = ["cmake", "--build", str(self.folder), "--parallel", str(self.jobs)]
            return not subprocess.run(command, stdout=log, stderr=log, check=False).returncode

    def noticed(self) -> bool:
        """Whether the compiler made anything else of the change."""
        return not filecmp.cmp(self.module, self.unchanged, shallow=False)


class Clone:
    """A copy of the tree with an environment and builds of its own."""

    def __init__(self, folder: pathlib.Path, jobs: int) -> None:
        self.root = folder
        self.jobs = jobs
        self.python = folder / "build" / "mutate-env" / "bin" / "python"
        self.good: set[str] = set()  # tests seen to pass without a change
        self.bad: set[str] = set()
        self.killers: list[tuple[str, str]] = []  # file, test
        if not folder.exists():
            subprocess.run(["git", "clone", "-q", str(ROOT), str(folder)], check=True)
        if not self.python.exists():
            self.environment()
        # What a killed run left is taken back.
        taken = ["git", "-C", str(self.root), "checkout", "-q", "--", *FOLDERS.split()]
        subprocess.run(taken, check=True)
        quick = ["-DPYAD_ONE_ISA=ON", "-DCMAKE_CXX_FLAGS_RELEASE=-O1 -DNDEBUG"]
        self.quick = Build(folder, "mutate", quick, jobs)
        self.install(self.quick.unchanged)
        self.tests = Tests(str(self.python), str(self.root), str(folder / "build" / "tests.log"))

    @functools.cached_property
    def full(self) -> Build:
        """Every instruction set, for code that the quick build does not have."""
        return Build(self.root, "mutate-full", [], self.jobs)

    @functools.cached_property
    def wide(self) -> list[str]:
        """The instruction sets of the full build that this processor has."""
        have = []
        for isa in WIDE:
            load = [
                str(self.python),
                "-c",
                f"import os; os.environ['PYAD_ISA'] = '{isa}'; import pyad",
            ]
            if not subprocess.run(load, cwd=self.root, capture_output=True, check=False).returncode:
                have.append(isa)
        return have

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

    def install(self, module: pathlib.Path) -> None:
        """Puts a module into the package's folder; never over one that is mapped."""
        target = self.root / "pyad" / MODULE
        target.unlink(missing_ok=True)
        shutil.copy(module, target)

    def write(self, path: pathlib.Path, text: str) -> None:
        """Writes a source; bytecode goes by seconds and lengths, so it would not notice."""
        path.write_text(text)
        if path.suffix == ".py":
            pathlib.Path(importlib.util.cache_from_source(str(path))).unlink(missing_ok=True)

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

    def recent(self, path: str) -> list[str]:
        """The tests that killed in this file, then those that did so often in its folder."""
        folder = pathlib.PurePath(path).parent
        here = Counter(by for where, by in self.killers if where == path)
        near = Counter(by for where, by in self.killers if pathlib.PurePath(where).parent == folder)
        often = [by for by, times in near.most_common(RECENT) if times > 1 and by not in here]
        return [*[by for by, _ in here.most_common(RECENT)], *often]

    def confirmed(self, change: Change, request: dict[str, Any], by: str) -> bool:
        """Whether a failure is the change's: seen again with it, and not without it."""
        alone: dict[str, Any] = {**request, "files": [by.split("::")[0]], "only": [by]}
        if "::" not in by:  # a file that cannot be collected
            alone = {**request, "only": []}
        again = self.tests.run(**alone)["by"]
        if again and by in self.good:
            return True
        # What fails only after other tests is tried after the same ones.
        change.take_back()
        without = self.tests.run(**(alone if again else {**request, "last": by}))["by"]
        if without is None:
            self.good.add(by)
            return True
        change.make()
        return False

    def judge(self, mutant: Mutant, until: str) -> dict[str, Any] | None:
        """Makes the change, sees who notices, and takes it back; None if it does not compile."""
        path = self.root / mutant.path
        text = path.read_text()
        assert text[mutant.start :].startswith(mutant.old)
        end = mutant.start + len(mutant.old)
        change = Change(self, path, text, text[: mutant.start] + mutant.new + text[end:])
        rings = self.rings(mutant.path, until)
        ring_of = {file: name for name, files in rings for file in files}
        names = [*enclosing(text, mutant.start, path.suffix == ".py"), path.stem]
        requests: list[dict[str, Any]] = [{"files": files, "names": names} for _, files in rings]
        recent = [by for by in self.recent(mutant.path) if by.split("::")[0] in ring_of]
        if recent:
            files = sorted({by.split("::")[0] for by in recent})
            requests.insert(0, {"files": files, "only": recent})
        by, how, began = None, "", time.monotonic()
        try:
            self.write(path, change.mutated)
            if change.compiled:
                if not self.quick.compile():
                    return None
                if not self.quick.noticed() and until in ("own", "near"):
                    requests = []  # left to a longer run
                elif not self.quick.noticed():
                    change.take_back()
                    change.build = self.full  # made here at first, without the change
                    self.write(path, change.mutated)
                    if not self.full.compile():
                        return None
                    sets = self.wide if self.full.noticed() else []
                    requests = [{**request, "isa": s} for s in sets for request in requests]
            built = time.monotonic()
            change.make()
            for request in requests:
                while not by:
                    answer = self.tests.run(**request, bad=sorted(self.bad))
                    if not answer["by"]:
                        break
                    if self.confirmed(change, request, answer["by"]):
                        by, how = answer["by"], answer["how"]
                    elif "::" not in answer["by"]:
                        raise SystemExit(f"mutate: {answer['by']} cannot be collected at all")
                    else:
                        self.bad.add(answer["by"])
                        print(f"mutate: {answer['by']} fails without a change", flush=True)
                if by:
                    self.killers.append((mutant.path, by))
                    break
        finally:
            change.build = self.quick
            change.take_back()
        seconds = [round(built - began), round(time.monotonic() - built)]
        nothing = change.compiled and not requests and until not in ("own", "near")
        same = {"reason": "the compiler makes the same module of it"} if nothing else {}
        return {
            **mutant._asdict(),
            "text": text.splitlines()[mutant.line - 1].strip(),
            "verdict": "killed" if by else "survived",
            "ring": ring_of.get(by.split("::")[0], rings[0][0]) if by else until,
            "by": by,
            "how": how,
            "seconds": seconds,
            **same,
        }


class Change:
    """A mutant's change of one file: made and taken back, with the module that belongs to it."""

    def __init__(self, clone: Clone, path: pathlib.Path, text: str, mutated: str) -> None:
        self.clone, self.path, self.text, self.mutated = clone, path, text, mutated
        self.compiled = path.suffix != ".py"
        self.build = clone.quick

    def make(self) -> None:
        """The text is there, and so is the module, if there is one to build."""
        self.clone.write(self.path, self.mutated)
        if self.compiled:
            self.clone.install(self.build.module)

    def take_back(self) -> None:
        """As it was; the next build compiles the file again, from the compiler's cache at best."""
        self.clone.write(self.path, self.text)
        if self.compiled:
            self.clone.install(self.build.unchanged)


def main() -> int:
    """Runs mutants until there are `count` verdicts, and prints the sums; 1 below the share."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
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
    for x in done.values():
        if x["verdict"] == "killed" and "::" in x["by"]:
            clone.killers.append((x["path"], x["by"]))
            clone.good.add(x["by"])
    verdicts = 0
    for mutant in drawn(clone.root, args.seed):
        if verdicts == args.count or time.monotonic() > end:
            break
        if not mutant.path.startswith(args.only):
            continue
        key = f"{args.seed}:{mutant.key}"
        if key not in done:
            start = time.monotonic()
            verdict = clone.judge(mutant, args.until)
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
