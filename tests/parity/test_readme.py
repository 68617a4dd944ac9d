"""The README's program, with its import changed back and as it stands: the losses it prints."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import torch

README = Path(__file__).resolve().parents[2] / "README.md"


def program() -> str:
    blocks = re.findall(r"^```python\n(.*?)^```$", README.read_text(), re.DOTALL | re.MULTILINE)
    (text,) = [b for b in blocks if "import pyad as torch" in b]
    return text


def table() -> dict[str, list[float]]:
    rows = re.findall(r"^\| `(import .*?)` \|(.*)\|$", README.read_text(), re.MULTILINE)
    return {name: [float(cell) for cell in cells.split("|")[:4]] for name, cells in rows}


def losses_of(text: str) -> list[float]:
    names: dict = {}
    exec(compile(text, "README.md", "exec"), names)
    losses = names["losses"]
    return [losses[k] for k in (0, 99, 199, 299)]


def test_the_losses_are_those_of_the_table():
    ours = program()
    theirs = re.sub(r"^(import|from) (pyad as torch|pyad)", r"\1 torch", ours, flags=re.MULTILINE)
    printed = table()
    torch.set_num_threads(1)
    assert list(printed) == ["import torch", "import pyad as torch"]
    for name, text in zip(printed, (theirs, ours), strict=True):
        found = losses_of(text)
        np.testing.assert_allclose(found, printed[name], rtol=1e-4)
    np.testing.assert_allclose(losses_of(ours), losses_of(theirs), rtol=1e-5)
