"""Runs programs that say `torch`: through `python -m pyad`, and with PyTorch, each in a process.

A program leaves what it found in `results`: numbers, texts and nested lists of them by name.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

SHOW = """
import atexit, json, sys
import runpy
found = runpy.run_path(sys.argv[1])["results"]
print("RESULTS" + json.dumps(found))
"""


def environment():
    clean = {k: v for k, v in os.environ.items() if not k.startswith("PYAD_AS_TORCH")}
    return {**clean, "PYTHONHASHSEED": "0"}


def run(*arguments, cwd=None, **more):
    """The finished process of `python -m pyad ARGUMENTS`."""
    return subprocess.run(
        [sys.executable, "-m", "pyad", *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=120,
        env=environment(),
        **more,
    )


def under_pyad(program):
    """What a program finds with `torch` meaning pyad."""
    done = run("-c", SHOW, program)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.partition("RESULTS")[2])


def under_torch(program):
    """What it finds with PyTorch, in a process of its own: other tests change PyTorch's flags."""
    done = subprocess.run(
        [sys.executable, "-c", SHOW, str(program)],
        capture_output=True,
        text=True,
        timeout=120,
        env=environment(),
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.partition("RESULTS")[2])
