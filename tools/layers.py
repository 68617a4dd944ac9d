"""Checks the shape of the house: include floors, Python kept in `bind`, file heads and lengths.

Separate from its test so that the rules can be run by hand, `python tools/layers.py`, and so that
the test can run them on made-up trees as well as on this one.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

# Each folder of csrc/ with the folders whose headers it may include.
FLOORS: dict[str, set[str]] = {
    "core": {"core"},
    "kernels": {"core", "kernels"},
    "graph": {"core", "graph"},
    "ops": {"core", "kernels", "graph", "ops"},
    "dispatch": {"core", "kernels", "graph", "ops", "dispatch"},
    "scalar": {"core", "kernels", "graph", "ops", "scalar"},
    "program": {"core", "kernels", "graph", "ops", "dispatch", "scalar", "program"},
    "bind": {"core", "kernels", "graph", "ops", "dispatch", "scalar", "program", "bind"},
}
MAX_LINES = 700
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)
PYTHON_HEADER = re.compile(r"^(Python\.h|pybind11/|numpy/|structmember\.h|frameobject\.h)")
SOURCE_FOLDERS = ("csrc", "pyad", "tests", "benchmarks", "examples", "tools")
SUFFIXES = (".cpp", ".hpp", ".py")


def source_files(root: Path) -> Iterator[Path]:
    """Yields every hand-written source file under `root`, sorted."""
    for folder in SOURCE_FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in SUFFIXES and "build" not in path.relative_to(root).parts:
                yield path


def include_faults(root: Path) -> Iterator[str]:
    """Yields a line for every include that goes up a floor, sideways, or nowhere."""
    csrc = root / "csrc"
    for path in source_files(root):
        if csrc not in path.parents:
            continue
        name = path.relative_to(root)
        floor = path.relative_to(csrc).parts[0]
        if floor not in FLOORS:
            yield f"{name}: '{floor}' is no floor; the folders of csrc/ are {', '.join(FLOORS)}"
            continue
        for bracket, target in INCLUDE.findall(path.read_text(encoding="utf-8")):
            if PYTHON_HEADER.match(target):
                if floor != "bind":
                    yield f"{name}: includes {target}, but only bind knows Python"
            elif bracket == '"':
                header = next(
                    (h for h in (csrc / target, path.parent / target) if h.is_file()), None
                )
                if header is None:
                    yield f"{name}: includes {target}, which is not under csrc/"
                    continue
                below = header.resolve().relative_to(csrc.resolve()).parts[0]
                if below not in FLOORS[floor]:
                    yield f"{name}: {floor} may not include {below} ({target})"


def head_faults(root: Path) -> Iterator[str]:
    """Yields a line for every source file that does not open by saying what it is."""
    for path in source_files(root):
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".py":
            opens = ast.get_docstring(ast.parse(text)) is not None
        else:
            opens = text.startswith(("//", "/*"))
        if not opens:
            yield f"{path.relative_to(root)}: does not open with what it is and why it is separate"


def length_faults(root: Path) -> Iterator[str]:
    """Yields a line for every source file over the limit: a sign that a room is missing."""
    for path in source_files(root):
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > MAX_LINES:
            yield f"{path.relative_to(root)}: {lines} lines, more than {MAX_LINES}"


def main() -> int:
    """Prints every fault of this tree; returns 1 if there is one."""
    root = Path(__file__).resolve().parent.parent
    faults = [*include_faults(root), *head_faults(root), *length_faults(root)]
    print("\n".join(faults) or "layers: every include, head and length is in order")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
