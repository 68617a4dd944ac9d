"""Mutation testing: `python tools/mutate.py FOLDER [--count 200] [--seed 0]`.

Changes one thing at a time in a clone of the tree (FOLDER, made if it is not there), builds what
changed, and runs the tests that belong to the file, then the whole suite: a mutant that no test
notices is a survivor. Places are drawn by seed in proportion to the lines of the files. Each
verdict is a line of the results file, so that a run goes on where the last one stopped; a mutant
that does not compile is no mutant, and another is drawn.

Survivors that change nothing a program could see get their reason by hand, in the field `reason` of
their line; they still count as survivors.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import random
import re
import shutil
import subprocess
import sys
import sysconfig
import time
import venv
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDERS = "csrc/ops csrc/kernels csrc/graph csrc/dispatch csrc/bind pyad/optim pyad/nn pyad/utils"
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
SHARE = 0.95  # of the mutants, to be noticed
SECONDS = 900  # a mutant that makes the suite hang is noticed


class Mutant(NamedTuple):
    """One change: `old` at `start` of the file becomes `new`."""

    path: str
    line: int
    start: int
    old: str
    new: str
    kind: str

    @property
    def key(self) -> str:
        """What tells it from all others."""
        return f"{self.path}:{self.start}:{self.kind}:{self.new}"


def code_only(text: str, python: bool) -> str:
    """The text with comments, strings and preprocessor lines blanked, of the same length."""
    if python:
        pattern = r'"""[\s\S]*?"""|#[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\''
        pattern += r"|^from [^\n]*|^import [^\n]*"
    else:
        pattern = r'//[^\n]*|/\*[\s\S]*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'|^\s*#[^\n]*'
        pattern += r"|static_assert[^;]*;|template\s*<[^>]*>"
    return re.sub(pattern, lambda m: re.sub(r"[^\n]", " ", m[0]), text, flags=re.M)


def _swapped(old: str) -> str:
    name, inner = old[: old.index("(")], old[old.index("(") + 1 : -1]
    first, second = inner.split(",")
    return f"{name}({second.strip()}, {first.strip()})"


BOUNDS = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "=="}
CONSTANTS = {"0": "1", "1": "2", "2": "3", "0.5": "0.25", "1.0": "2.0", "0.0": "1.0", "-1": "0"}
# Kind, where it applies, what becomes of it.
OPERATORS: list[tuple[str, str, Callable[[str], str]]] = [
    ("sign", r"(?<=[\w)\]] )[-+](?= [\w(])", lambda s: "+" if s == "-" else "-"),
    ("sign", r"(?<=[=(,] )-(?=[a-z])|(?<=return )-(?=[a-z])", lambda s: ""),
    ("bound", r"(?<=[\w)\]] )(?:<=|>=|==|!=|<|>)(?= [\w(-])", lambda s: BOUNDS[s]),
    ("term", r" [-+] [a-z_]\w*(?:\[\w+\]|\.\w+)*(?=[;,)\n])", lambda s: ""),
    ("term", r" \* [a-z_]\w*(?:\[\w+\]|\.\w+)*(?=[;,)\n])", lambda s: ""),
    (
        "check",
        r"(?<=[\s{;])if \((?=[^\n]*\)\s*(?:\{\s*)?\n?\s*(?:fail|throw|raise))",
        lambda s: "if (0 && ",
    ),
    ("check", r"(?<=\s)if (?=[^\n]*:\n\s+(?:raise|msg))", lambda s: "if False and "),
    ("condition", r"(?<= )(?:&&|\|\|)(?= )", lambda s: "||" if s == "&&" else "&&"),
    ("condition", r"(?<=\w )(?:and|or)(?= \w)", lambda s: "or" if s == "and" else "and"),
    ("argument", r"\b[a-z_]\w*\([a-z_]\w*, [a-z_]\w*\)(?=[;,) ])", _swapped),
    ("constant", r"(?<=[(,=+*<>] )(?:0\.5|1\.0|0\.0|[012])(?=[;,) ])", lambda s: CONSTANTS[s]),
    ("constant", r"(?<=\()(?:[01])(?=[,)])", lambda s: CONSTANTS[s]),
    ("copy", r"[\w>.()-]*prepare_write\([^;]*\);", lambda s: ";"),
    ("copy", r"\.clone\(\)|\.copy\(\)", lambda s: ""),
    ("flag", r"\b(?:true|false|True|False)\b", lambda s: _FLAGS[s]),
]
_FLAGS = {"true": "false", "false": "true", "True": "False", "False": "True"}


def mutants_of(path: pathlib.Path, root: pathlib.Path) -> list[Mutant]:
    """Every mutant of a file."""
    python = path.suffix == ".py"
    code = code_only(path.read_text(), python)
    found = []
    for kind, pattern, change in OPERATORS:
        for m in re.finditer(pattern, code):
            try:
                new = change(m[0])
            except (KeyError, ValueError):
                continue
            if new == m[0] or (python and new.startswith("if (0")) or "operator" in m[0]:
                continue
            line = code.count("\n", 0, m.start()) + 1
            found.append(Mutant(str(path.relative_to(root)), line, m.start(), m[0], new, kind))
    return found


def drawn(root: pathlib.Path, seed: int) -> Iterator[Mutant]:
    """Mutants as the seed draws them: a file in proportion to its lines, then a place in it."""
    r = random.Random(seed)
    files = [
        p
        for folder in FOLDERS.split()
        for p in sorted((root / folder).rglob("*"))
        if p.suffix in (".cpp", ".hpp", ".py")
    ]
    weights = [p.read_text().count("\n") for p in files]
    seen: set[str] = set()
    while True:
        path = r.choices(files, weights)[0]
        places = mutants_of(path, root)
        kinds = sorted({m.kind for m in places})
        if not kinds:
            continue
        kind = r.choice(kinds)
        mutant = r.choice([m for m in places if m.kind == kind])
        if mutant.key not in seen:
            seen.add(mutant.key)
            yield mutant


class Clone:
    """A copy of the tree with an environment and a build of its own, for one instruction set."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.root = folder
        self.build = folder / "build" / "mutate"
        self.python = folder / "build" / "mutate-env" / "bin" / "python"
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
        (packages / "1_clone.pth").write_text(f"{self.root}\n")
        (packages / "2_shared.pth").write_text(sysconfig.get_path("purelib") + "\n")

    def compile(self) -> bool:
        """Builds, and puts the module into the package's folder."""
        with (self.build / "log").open("w") as log:
            command = ["cmake", "--build", str(self.build)]
            if subprocess.run(command, stdout=log, stderr=log, check=False).returncode:
                return False
        name = f"_core{sysconfig.get_config_var('EXT_SUFFIX')}"
        target = self.root / "pyad" / name
        target.unlink(missing_ok=True)
        shutil.copy(self.build / "csrc" / name, target)
        return True

    def test(self, what: str, workers: int, known: list[str], first: bool = True) -> list[str]:
        """Runs tests, until one fails if only the `first` counts; the names of those that fail."""
        left_out = [f"--deselect={name}" for name in known]
        run = [str(self.python), "-m", "pytest", "-q", "-n", str(workers), "-p", "no:cacheprovider"]
        try:
            done = subprocess.run(
                [*run, *(["-x"] if first else []), *left_out, *what.split()],
                cwd=self.root,
                capture_output=True,
                text=True,
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return ["timeout"]
        if done.returncode == 0:
            return []
        failed = re.findall(r"^(?:FAILED|ERROR) (.*?)(?: - |$)", done.stdout, re.M)
        return failed or [f"exit {done.returncode}: {done.stdout[-300:]}{done.stderr[-300:]}"]

    def judge(self, mutant: Mutant, workers: int, known: list[str]) -> dict[str, Any] | None:
        """Makes the change, sees who notices, and takes it back; None if it does not compile."""
        path = self.root / mutant.path
        text = path.read_text()
        assert text[mutant.start :].startswith(mutant.old)
        end = mutant.start + len(mutant.old)
        path.write_text(text[: mutant.start] + mutant.new + text[end:])
        try:
            if path.suffix != ".py" and not self.compile():
                return None
            near = next(tests for room, tests in NEAR if mutant.path.startswith(room))
            failed = self.test(near, workers, known) or self.test("tests", workers, known)
        finally:
            path.write_text(text)
        shown = text.splitlines()[mutant.line - 1].strip()
        verdict = "killed" if failed else "survived"
        return {**mutant._asdict(), "text": shown, "verdict": verdict, "by": failed[:1]}


def main() -> int:
    """Runs mutants until there are `count` verdicts, and prints the sums; 1 below the share."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument(
        "--minutes", type=float, default=1e9, help="stop after so long; go on later"
    )
    parser.add_argument("--results", type=pathlib.Path, help="default: FOLDER/build/mutants.jsonl")
    parser.add_argument("--again", action="store_true", help="judge the survivors once more")
    args = parser.parse_args()
    end = time.monotonic() + 60 * args.minutes
    clone = Clone(args.folder.resolve())
    results = args.results or clone.root / "build" / "mutants.jsonl"
    lines = results.read_text().splitlines() if results.exists() else []
    done = {x["key"]: x for x in map(json.loads, lines)}
    if args.again:
        done = {k: x for k, x in done.items() if x["verdict"] != "survived" or x.get("reason")}
    if not clone.compile():
        raise SystemExit(f"mutate: the clone does not build; see {clone.build / 'log'}")
    known = clone.test("tests", args.workers, [], first=False)
    print(f"mutate: {len(known)} tests fail without a change and do not count", flush=True)
    verdicts = 0
    for mutant in drawn(clone.root, args.seed):
        if verdicts == args.count or time.monotonic() > end:
            break
        key = f"{args.seed}:{mutant.key}"
        if key not in done:
            verdict = clone.judge(mutant, args.workers, known)
            done[key] = {"key": key, **(verdict or {"verdict": "does not compile"})}
            results.write_text("".join(json.dumps(x) + "\n" for x in done.values()))
            print(f"{done[key]['verdict']:10} {mutant.path}:{mutant.line} {mutant.kind}: ", end="")
            print(f"{mutant.old!r} -> {mutant.new!r}", flush=True)
        verdicts += done[key]["verdict"] != "does not compile"
    sums = Counter(x["verdict"] for x in done.values())
    share = sums["killed"] / max(1, sums["killed"] + sums["survived"])
    print(f"mutate: {dict(sums)}, {share:.1%} killed")
    return 0 if share >= SHARE else 1


if __name__ == "__main__":
    sys.exit(main())
