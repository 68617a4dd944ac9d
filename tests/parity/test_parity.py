"""Whole PyTorch programs, as they stand and with the import changed: equal losses and parameters.

A program in `programs/` is a script. It finds DTYPE, the name of the dtype to compute in, and PATH,
a folder for its files; it leaves `losses`, a list of numbers, and `final`, a dict of tensors.
"""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch

PROGRAMS = sorted((Path(__file__).parent / "programs").glob("*.py"))
RTOL = {"float32": 1e-4, "float64": 1e-9}
STEPS = 100
# Programs whose loss does not fall within their steps, and why that is right.
WITHOUT_DESCENT = {
    "custom_function": "its list ends with what its hook saw",
    "gan": "two players, each of whom undoes what the other has won",
    "gru_packed": "a hundred small steps do not learn the labels",
    "lbfgs_fit": "the losses of every closure call of line searches, over several problems",
}


def with_import_changed(text: str) -> str:
    """What a user does to a PyTorch program to run it with pyad."""
    text = re.sub(r"^import torch$", "import pyad as torch", text, flags=re.MULTILINE)
    return re.sub(r"^(import|from) torch\b", r"\1 pyad", text, flags=re.MULTILINE)


def run(text: str, dtype: str, folder: Path) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    folder.mkdir()
    names = {"DTYPE": dtype, "PATH": str(folder), "__name__": "__main__"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(compile(text, "<program>", "exec"), names)
    package = names["torch"]
    package.set_default_dtype(package.float32)
    losses = np.array(names["losses"], dtype=np.float64)
    final = {key: value.detach().numpy().copy() for key, value in names["final"].items()}
    names.clear()  # a hook sees the script's names, its tensor's results among them
    return losses, final


@pytest.fixture(autouse=True)
def _one_thread():
    """PyTorch's threads wait for one another by spinning; beside other tests that takes minutes."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_changing_the_import():
    text = "import torch\nimport torch.nn as nn\nfrom torch.utils.data import DataLoader\n"
    assert with_import_changed(text) == (
        "import pyad as torch\nimport pyad.nn as nn\nfrom pyad.utils.data import DataLoader\n"
    )


def test_there_are_enough_programs():
    assert len(PROGRAMS) >= 19  # the README names the number
    assert {p.stem for p in PROGRAMS} >= set(WITHOUT_DESCENT)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("path", PROGRAMS, ids=lambda p: p.stem)
def test_program(path, dtype, tmp_path):
    text = path.read_text()
    changed = with_import_changed(text)
    assert "torch" not in re.sub(r"pyad as torch", "", "\n".join(_imports(changed)))
    expected, reference = run(text, dtype, tmp_path / "torch")
    losses, final = run(changed, dtype, tmp_path / "pyad")
    assert len(expected) >= STEPS
    assert np.isfinite(expected).all()
    assert len(set(expected)) > STEPS // 2, "the program does not move"
    if path.stem not in WITHOUT_DESCENT:
        assert expected[-10:].mean() < 0.95 * expected[:10].mean(), "the program does not train"
    rtol = RTOL[dtype]
    np.testing.assert_allclose(losses, expected, rtol=rtol, atol=rtol * np.abs(expected).mean())
    assert list(final) == list(reference)
    for key, value in reference.items():
        assert final[key].dtype == value.dtype, key
        scale = np.abs(value).max() if value.size else 0.0
        np.testing.assert_allclose(final[key], value, rtol=rtol, atol=rtol * scale, err_msg=key)


def _imports(text: str) -> list[str]:
    return [line for line in text.splitlines() if re.match(r"(import|from) ", line)]
