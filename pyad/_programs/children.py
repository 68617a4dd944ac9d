"""Processes that a program starts: `torch` means pyad in them too.

Note [Children]: a forked process has the finder already. Others start anew, so a folder that holds
a package `torch` (children/torch) is put in front of PYTHONPATH and sys.path, which
multiprocessing hands on: the first `import torch` finds it, and it installs the finder. A variable
names the interpreter for which that holds; others forget the folder and find what they have.
Processes that ignore the environment (`python -E`, `-I`) are not reached.
"""

from __future__ import annotations

import os
import sys
import types
from pathlib import Path

__all__ = ["PYTHON", "REPORT", "announce", "is_stand_in"]

PYTHON = "PYAD_AS_TORCH"
REPORT = "PYAD_AS_TORCH_REPORT"
FOLDER = Path(__file__).resolve().parent / "children"


def is_stand_in(module: types.ModuleType) -> bool:
    """Whether this `torch` is the package of that folder."""
    file = getattr(module, "__file__", None)
    return file is not None and Path(file).resolve().is_relative_to(FOLDER)


def announce(report: bool) -> None:
    """Tells processes started from here on."""
    os.environ[PYTHON] = sys.executable
    if report:
        os.environ[REPORT] = "1"
    folder = str(FOLDER)
    if folder not in sys.path:
        sys.path.insert(1, folder)  # the first place is that of the program's own folder
    paths = [p for p in os.environ.get("PYTHONPATH", "").split(os.pathsep) if p and p != folder]
    os.environ["PYTHONPATH"] = os.pathsep.join([folder, *paths])
