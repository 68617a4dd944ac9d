"""`torch` of a process that a program under pyad started: see Note [Children] in children.py."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

_FOLDER = Path(__file__).resolve().parent.parent


def _means_pyad() -> bool:
    return os.environ.get("PYAD_AS_TORCH") == sys.executable


if _means_pyad():
    try:
        importlib.import_module("pyad")
    except ImportError:  # the program was started from a folder that holds pyad
        sys.path.append(str(_FOLDER.parent.parent.parent))
    importlib.import_module("pyad._programs.finder").install()
else:
    sys.path[:] = [p for p in sys.path if Path(p or ".").resolve() != _FOLDER]
del sys.modules["torch"]
importlib.import_module("torch")
