"""`import pyad.as_torch`, at the top of a program: from there on `import torch` means pyad.

Separate so that plain `import pyad` changes nothing in a process. docs/programs.md tells what it
does to a program; the command `python -m pyad` does the same before a program starts.
"""

from __future__ import annotations

from pyad._programs.finder import install

__all__: list[str] = []

install()
