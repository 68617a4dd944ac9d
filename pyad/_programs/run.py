"""`python -m pyad [--report] (script | -m module | -c code) [arguments]`: a program, with torch.

The program is `__main__`, its arguments are sys.argv and its folder is the first of sys.path, as if
Python had started it, so that pickles and processes it starts find it.
"""

from __future__ import annotations

import os
import runpy
import sys
import types
from collections.abc import Sequence
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import Any

from pyad._programs.finder import install

__all__ = ["USAGE", "main"]

USAGE = """\
usage: python -m pyad [--report] SCRIPT [ARGUMENTS]
       python -m pyad [--report] -m MODULE [ARGUMENTS]
       python -m pyad [--report] -c CODE [ARGUMENTS]
       python -m pyad check [--all] PATH [PATH ...]

Runs a program in which `import torch` means pyad; --report prints, at its end, the names of torch
that it asked for and did not find. `check` runs nothing: it lists which names of torch the files
under PATH use that pyad has not, or only partly.
"""


def main(arguments: Sequence[str]) -> int:
    """Does what the command line says; returns the exit status."""
    rest = list(arguments)
    if rest[:1] == ["check"]:
        from pyad._programs.check import main as check

        return check(rest[1:])
    report = False
    while rest[:1] == ["--report"]:
        report = True
        del rest[0]
    if not rest or rest[0] in ("-h", "--help"):
        print(USAGE, end="", file=sys.stdout if rest else sys.stderr)
        return 0 if rest else 2
    if rest[0] in ("-m", "-c") and len(rest) == 1:
        print(f"python -m pyad: {rest[0]} expects an argument\n{USAGE}", end="", file=sys.stderr)
        return 2
    if rest[0].startswith("-") and rest[0] not in ("-", "-m", "-c"):
        print(f"python -m pyad: unknown option {rest[0]}\n{USAGE}", end="", file=sys.stderr)
        return 2
    if rest[0] not in ("-", "-m", "-c") and not Path(rest[0]).exists():
        print(f"python -m pyad: there is no file {rest[0]!r}", file=sys.stderr)
        return 2
    first = _first_path(rest[0])
    if not getattr(sys.flags, "safe_path", False) and first is not None:
        sys.path[0] = first
    install(report)
    _start(rest)
    return 0


def _first_path(what: str) -> str | None:
    """What Python puts first on sys.path for such a program; None: nothing else than for us."""
    if what == "-m":
        return None
    if what in ("-", "-c"):
        return ""
    path = Path(what).resolve()
    return str(path if path.is_dir() else path.parent)


def _start(rest: list[str]) -> None:
    if rest[0] == "-m":
        sys.argv = rest[1:]
        runpy.run_module(rest[1], run_name="__main__", alter_sys=True)
    elif rest[0] == "-c":
        sys.argv = ["-c", *rest[2:]]
        _run(rest[1], "<string>", {})
    elif rest[0] == "-":
        sys.argv = rest
        _run(sys.stdin.read(), "<stdin>", {})
    else:
        sys.argv = rest
        path = Path(rest[0])
        if path.is_dir() or path.suffix in (".zip", ".pyz"):
            runpy.run_path(rest[0], run_name="__main__")
            return
        file = os.path.abspath(path)
        loader = SourceFileLoader("__main__", file)
        _run(path.read_bytes(), file, {"__file__": file, "__loader__": loader, "__cached__": None})


def _run(source: str | bytes, name: str, content: dict[str, Any]) -> None:
    code = compile(source, name, "exec", dont_inherit=True)
    program = types.ModuleType("__main__")
    program.__dict__.update(__builtins__=__builtins__, **content)
    sys.modules["__main__"] = program
    exec(code, program.__dict__)
