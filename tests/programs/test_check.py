"""`python -m pyad check`: which names a source uses, by imports and scopes, and what is said."""

from __future__ import annotations

import sys

import pytest

from pyad._programs.check import main
from pyad._programs.names import resolve
from pyad._programs.scopes import uses

SOURCE = """
import torch, os
import torch.nn as nn
from torch import optim as O, Tensor
import torch.nn.functional as F
try:
    import torch.fx as fx
except ImportError:
    fx = None

class Net(nn.Module):
    torch = 3
    def forward(self, x: Tensor, nn=None, *F):
        nn.shadowed; F.shadowed
        y = torch.zeros(3).exp().first().rest
        z = torch.ones(3)
        z.second(x.third())
        w = torch.ones(3)
        w = f(w)
        w.unknown
        return [torch.fourth for torch in range(3)]

def g(a=torch.fifth(3)) -> nn.sixth:
    from torch.optim import Adam as A
    z.unknown
    os.unknown
    return lambda F: (F.shadowed, A, fx.seventh, O.eighth.ninth)
A.unknown
"""
USED = [
    (2, "torch"),
    (3, "torch.nn"),
    (4, "torch.Tensor"),
    (4, "torch.optim"),
    (5, "torch.nn.functional"),
    (7, "torch.fx"),
    (11, "torch.nn.Module"),
    (13, "torch.Tensor"),
    (15, "torch.Tensor.exp"),
    (15, "torch.Tensor.first"),
    (15, "torch.zeros"),
    (16, "torch.ones"),
    (17, "torch.Tensor.second"),
    (17, "torch.Tensor.third"),
    (18, "torch.ones"),
    (23, "torch.fifth"),
    (23, "torch.nn.sixth"),
    (24, "torch.optim.Adam"),
    (27, "torch.fx.seventh"),
    (27, "torch.optim.Adam"),
    (27, "torch.optim.eighth.ninth"),
]


def test_names_are_followed_through_imports_and_scopes():
    found = [(use.line, use.name) for use in uses(SOURCE) if use.line != 9]
    assert found == USED


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("torch.nn.Linear", "there"),
        ("torch.Tensor.exp", "there"),
        ("torch.Tensor.no_such", "missing"),
        ("torch.nn.Module.no_such", "missing"),
        ("torch.backends.cudnn.benchmark", "there"),
        ("torch.backends.cudnn.no_such", "missing"),
        ("torch.optim.lr_scheduler.StepLR", "there"),
        ("torch.utils.data.DataLoader.no_such", "missing"),
        ("torch.zeros.anything", "there"),
        ("torch.distributions.Normal", "there"),
        ("torch.onnx.export", "missing"),
        ("torch.__version__", "there"),
        ("torch.version.cuda", "there"),
        ("torch.functional.einsum", "there"),
    ],
)
def test_states(name, state):
    assert resolve(name).state == state


def test_command(tmp_path, capsys):
    (tmp_path / "a.py").write_text(
        "import torch\nraise SystemExit('it was run')\ntorch.stft\ntorch.exp\n"
    )
    (tmp_path / "plain.py").write_text("import os\n")
    (tmp_path / "old.py").write_text("import torch\nprint 'Python 2'\n")
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / "b.py").write_text("import torch\ntorch.nothing\n")
    assert main([str(tmp_path)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert lines[0].startswith(f"{tmp_path}/a.py:3: torch.stft: missing: use numpy.fft")
    assert lines[1].startswith(f"{tmp_path}/old.py: cannot be read: SyntaxError")
    assert lines[2] == (
        "3 names of torch in 1 files: 2 there, 0 partly, 1 missing; 66.7 % there "
        "(66.7 % of 3 uses); 1 files could not be read by Python "
        f"{sys.version_info[0]}.{sys.version_info[1]}"
    )
    assert main([str(tmp_path / "plain.py")]) == 0
    assert "no file that could be read uses torch" in capsys.readouterr().out
    (tmp_path / "good.py").write_text("import torch\nx = torch.exp(torch.zeros(2))\n")
    assert main(["--all", str(tmp_path / "good.py")]) == 0
    assert "good.py:2: torch.exp: there\n" in capsys.readouterr().out
