"""The digits example trains, checks itself and draws."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "examples" / "digits.py"


def load():
    spec = importlib.util.spec_from_file_location("digits", EXAMPLE)
    module = importlib.util.module_from_spec(spec)
    sys.modules["digits"] = module
    spec.loader.exec_module(module)
    return module


def test_quick_run(tmp_path: Path) -> None:
    picture = tmp_path / "picture.png"
    run = subprocess.run(
        [sys.executable, EXAMPLE, "--quick", "--out", picture],
        check=False,
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert run.returncode == 0, run.stderr
    assert "gradient check" in run.stdout
    assert "accuracy on images not seen" in run.stdout
    assert "time per step" in run.stdout
    assert "training: 100%" in run.stderr
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size > 20_000


def test_full_run_reaches_97_percent(tmp_path: Path) -> None:
    assert load().main(["--out", str(tmp_path / "digits.png")]) >= 0.97


def test_runs_repeat(tmp_path: Path) -> None:
    digits = load()
    first = digits.main(["--quick", "--out", str(tmp_path / "a.png")])
    assert digits.main(["--quick", "--out", str(tmp_path / "b.png")]) == first


def test_a_wrong_gradient_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    digits = load()
    data = digits.load()
    real = digits.pyad.autograd.grad
    monkeypatch.setattr(
        digits.pyad.autograd, "grad", lambda *args, **kw: tuple(1.01 * g for g in real(*args, **kw))
    )
    model = digits.make_model()
    assert digits.check_gradient(model, data.train_x[:32], data.train_y[:32]) > 1e-3
