"""`python -m pyad check PATH`: names of torch that files use, without running them.

Prints a line for each use of a name that is missing or only partly there, then counts of the
different names, and the part of them that is there.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from pyad._programs.names import MISSING, PARTLY, THERE, resolve
from pyad._programs.scopes import Use, uses

__all__ = ["main", "python_files"]


def python_files(paths: Iterable[Path]) -> Iterator[Path]:
    """The files themselves, and those that end in .py under folders, hidden ones left out."""
    for path in paths:
        if path.is_dir():
            for file in sorted(path.rglob("*.py")):
                if not any(p.startswith(".") for p in file.relative_to(path).parts):
                    yield file
        else:
            yield path


def read(files: Iterable[Path]) -> tuple[dict[Path, list[Use]], dict[Path, str]]:
    """What each file that uses torch uses, and for files that cannot be read the reason."""
    found: dict[Path, list[Use]] = {}
    unread: dict[Path, str] = {}
    for file in files:
        try:
            names = uses(file.read_bytes(), str(file))
        except (SyntaxError, ValueError, OSError, RecursionError) as error:
            unread[file] = f"{type(error).__name__}: {getattr(error, 'msg', error)}"
            continue
        if names:
            found[file] = names
    return found, unread


def main(arguments: Sequence[str]) -> int:
    """Prints the list; returns 1 if a name is missing or a file cannot be read, else 0.

    Args:
        arguments: Paths, and `--all` to list the names that are there too.
    """
    every = "--all" in arguments
    paths = [Path(a) for a in arguments if a != "--all"]
    absent = [p for p in paths if not p.exists()]
    if not paths or absent or any(str(p).startswith("-") for p in paths):
        what = f"there is no {absent[0]}" if absent else "expects files or folders"
        print(f"python -m pyad check: {what}", file=sys.stderr)
        return 2
    found, unread = read(python_files(paths))
    names: dict[str, str] = {}
    used = {THERE: 0, PARTLY: 0, MISSING: 0}
    for file, list_of_uses in found.items():
        for use in list_of_uses:
            state, remark = resolve(use.name)
            names[use.name] = state
            used[state] += 1
            if every or state != THERE:
                print(f"{file}:{use.line}: {use.name}: {state}{': ' if remark else ''}{remark}")
    for file, why in unread.items():
        print(f"{file}: cannot be read: {why}")
    print(_summary(names, used, len(found), len(unread)))
    return int(used[MISSING] > 0 or bool(unread))


def _summary(names: dict[str, str], used: dict[str, int], files: int, unread: int) -> str:
    if not names:
        return f"no file that could be read uses torch; {unread} could not be read"
    states = list(names.values())
    there, partly, missing = (states.count(s) for s in (THERE, PARTLY, MISSING))
    uses_total = sum(used.values())
    text = (
        f"{len(states)} names of torch in {files} files: {there} there, {partly} partly, "
        f"{missing} missing; {100 * there / len(states):.1f} % there "
        f"({100 * used[THERE] / uses_total:.1f} % of {uses_total} uses)"
    )
    if unread:
        text += f"; {unread} files could not be read by Python {sys.version_info[0]}." + str(
            sys.version_info[1]
        )
    return text
