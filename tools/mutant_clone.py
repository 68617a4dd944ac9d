"""What `tools/mutate.py` changes: a clone of the tree with builds, packages and rings of tests."""

from __future__ import annotations

import filecmp
import functools
import importlib.util
import pathlib
import re
import shutil
import subprocess
import sys
import sysconfig
import venv

from mutant_tests import Tests
from mutants import FOLDERS, Mutant

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
RINGS = ["own", "named", "near", "second", "whole"]
NOT_A_NAME = {"functions", "function", "kernels", "test", "init", "edges", "base", "run", "table"}
WIDE = ["v4", "v3"]  # instruction sets of the full build; the quick one has the generic
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
            "named": [],  # chosen by name from those of the next ring
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

    def ring(self, test: str, path: str) -> str:
        """The ring that has a test, for a change in `path`."""
        file = test.split("::")[0]
        return next((ring for ring, files in self.rings(path, "whole") if file in files), "own")


class Change:
    """Mutants made and taken back together, with the module that belongs to them."""

    def __init__(self, clone: Clone, mutants: list[Mutant]) -> None:
        self.clone, self.build = clone, clone.quick
        self.texts: dict[pathlib.Path, str] = {}
        self.mutated: dict[pathlib.Path, str] = {}
        for m in sorted(mutants, key=lambda m: -m.start):
            path = clone.root / m.path
            text = self.texts.setdefault(path, path.read_text())
            assert text[m.start :].startswith(m.old)
            before = self.mutated.get(path, text)
            self.mutated[path] = before[: m.start] + m.new + before[m.start + len(m.old) :]
        self.compiled = any(path.suffix != ".py" for path in self.texts)

    def write(self) -> None:
        """The changed texts."""
        for path, text in self.mutated.items():
            self.clone.write(path, text)

    def make(self) -> None:
        """The changed texts and the module that was built of them."""
        self.write()
        if self.compiled:
            self.clone.install(self.build.module)

    def take_back(self) -> None:
        """As it was; the next build compiles the files again, from the compiler's cache at best."""
        for path, text in self.texts.items():
            self.clone.write(path, text)
        if self.compiled:
            self.clone.install(self.build.unchanged)
