"""Runs every formatter and checker of the project over its files: `python tools/lint.py [--fix]`.

One driver, so that CI and a contributor run the same thing. The tools come from the `dev` extra, in
the environment of the interpreter that runs this file.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import sysconfig
from pathlib import Path

import layers

ROOT = Path(__file__).resolve().parent.parent


def tool(name: str) -> str:
    """Returns the path of a tool installed beside this interpreter."""
    path = Path(sysconfig.get_path("scripts")) / name
    if not path.is_file():
        raise SystemExit(f'lint: {name} is not installed here; pip install -e ".[dev]"')
    return str(path)


def commands(fix: bool) -> list[list[str]]:
    """Returns the commands to run, with `fix` those that mend what they can."""
    cxx = [str(p.relative_to(ROOT)) for p in layers.source_files(ROOT) if p.suffix != ".py"]
    return [
        [tool("ruff"), "check", *(["--fix"] if fix else []), "."],
        [tool("ruff"), "format", *([] if fix else ["--check"]), "."],
        [tool("clang-format"), *(["-i"] if fix else ["--dry-run", "-Werror"]), *cxx],
        [tool("mypy")],
        [sys.executable, "tools/layers.py"],
    ]


def main() -> int:
    """Runs all commands, even after one has failed; returns 1 if any did."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fix", action="store_true", help="mend what can be mended")
    failed = []
    for command in commands(parser.parse_args().fix):
        title = " ".join(Path(part).name for part in command[:2])
        print(f"== {title}", flush=True)
        if subprocess.run(command, cwd=ROOT, check=False).returncode:
            failed.append(title)
    print(f"lint: failed: {', '.join(failed)}" if failed else "lint: all clean")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
