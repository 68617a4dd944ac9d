"""The blocks are whole: nothing but white space and one letter differs, and none is missing."""

from __future__ import annotations

import re
import sys

import pytest

import pyad
from document_blocks import BLOCKS, NUMBERS, torch_means

# How a line of Python begins, its indentation lost or not.
CODE = re.compile(
    r"""\s*(?:
        (?:def|class)\ ?\w+\(?.*: | (?:import|from)\ \w+
      | (?:return|raise|pass)\b(?!\ \w+\ \w+\ \w+)
      | (?:if|for|with|while)\ .*:(?:\ \w)?$ | else:$ | @\w+$ | \#\ ?\S | print\( | super\(\)
      | [\w.,\ ]+(?:\[.*\])?\ *(?:[-+]=|=)\ *[^=\s] | \w+(?:\.\w+)+\(.*\)$
    )""",
    re.VERBOSE,
)
FORMULA = re.compile(r"\\[a-z]+")


@pytest.mark.parametrize("name", BLOCKS)
def test_nothing_but_white_space_is_restored(name, blocks):
    theirs, mine = blocks.squeezed(blocks.original(name)), blocks.squeezed(blocks.restored(name))
    if name == "regression/autograd":
        at = theirs.index("no_grad():") + len("no_grad():")
        assert theirs[at] not in mine[at]
        theirs = theirs[:at] + theirs[at + 1 :]
    assert mine == theirs
    compile(blocks.restored(name), name, "exec")


@pytest.mark.parametrize("name", BLOCKS)
def test_lines_stay_in_order(name, blocks):
    """Every line of the document is found in the program, blanks within it restored or not."""
    program = blocks.squeezed(blocks.restored(name))
    at = 0
    for line in blocks.original(name).split("\n"):
        line = re.sub(r"(?<=no_grad\(\):) d$", "", line)
        at = program.index(blocks.squeezed(line), at) + len(blocks.squeezed(line))
    assert at == len(program)


@pytest.mark.parametrize("key", NUMBERS)
def test_no_line_of_code_is_outside_the_blocks(key, blocks):
    inside = {
        line
        for block in BLOCKS.values()
        if block.document == key
        for line in range(block.first, block.last + 1)
    }
    lines = enumerate(blocks.document(key), start=1)
    code = {i for i, line in lines if CODE.match(line) and not FORMULA.search(line)}
    assert len(code) > len(inside) / 2
    assert code <= inside, f"lines {sorted(code - inside)} look like code"


def test_a_changed_block_is_noticed(blocks, monkeypatch):
    lines = blocks.document("static")
    lines[7] += " + 1"
    monkeypatch.setattr(blocks, "document", lambda key: lines)
    with pytest.raises(AssertionError, match="static/steps: other lines"):
        blocks.restored("static/steps")


def test_import_torch_means_pyad():
    before = {name: module for name, module in sys.modules.items() if name.startswith("torch")}
    with torch_means(pyad):
        import torch
        import torch.nn.functional as F
        import torch.optim.lr_scheduler
        from torch import nn
        from torch.utils.data import DataLoader

        assert torch is pyad
        assert nn is pyad.nn
        assert F is pyad.nn.functional
        assert torch.optim.lr_scheduler is pyad.optim.lr_scheduler
        assert DataLoader is pyad.utils.data.DataLoader
        with pytest.raises(ModuleNotFoundError):
            import torch.onnx
    after = {name: module for name, module in sys.modules.items() if name.startswith("torch")}
    assert after == before
