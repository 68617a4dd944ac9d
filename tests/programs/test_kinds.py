"""Programs that say `torch`, run under pyad and with PyTorch: what they find is the same."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from running_programs import under_pyad, under_torch

KINDS = sorted((Path(__file__).parent / "kinds").glob("*.py"))
# Relative to the largest number of a list; the halves of Muon are rounded to bfloat16's 8 bits.
TIGHT, HALF = 2e-5, 2e-2


def numbers(value):
    """All numbers of nested lists, and the rest of it."""
    if isinstance(value, list):
        parts = [numbers(v) for v in value]
        return [n for found, _ in parts for n in found], [rest for _, rest in parts]
    if isinstance(value, float) and math.isfinite(value):
        return [value], "number"
    return [], repr(value)


@pytest.mark.parametrize("program", KINDS, ids=lambda p: p.stem)
def test_results_are_those_of_pytorch(program):
    ours, theirs = under_pyad(program), under_torch(program)
    assert list(ours) == list(theirs)
    assert len(ours) >= 5 or program.stem == "testing"
    for name, expected in theirs.items():
        found, shape = numbers(ours[name])
        wanted, their_shape = numbers(expected)
        assert shape == their_shape, name
        room = (HALF if "half" in name else TIGHT) * max(map(abs, wanted), default=0.0)
        worst = max((abs(a - b) for a, b in zip(found, wanted)), default=0.0)
        assert worst <= room, (name, worst, room)
