"""Runs every example the documentation prints: docstrings of pyad, README and the docs folder."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil
import subprocess
import sys
import types
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import pyad

ROOT = Path(__file__).resolve().parent.parent
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def modules() -> Iterator[types.ModuleType]:
    yield pyad
    for info in pkgutil.walk_packages(pyad.__path__, "pyad."):
        if info.name != "pyad.as_torch":  # it would make `import torch` mean pyad here
            yield importlib.import_module(info.name)


def documented() -> dict[str, str]:
    """Maps the first name of every object of pyad, public or compiled, to its docstring."""
    found: dict[int, tuple[str, object]] = {}
    for module in modules():
        found.setdefault(id(module), (module.__name__, module))
        for name, value in vars(module).items():
            home = getattr(value, "__module__", None)
            if isinstance(value, types.ModuleType) or not str(home).startswith("pyad"):
                continue
            found.setdefault(id(value), (f"{module.__name__}.{name}", value))
            if inspect.isclass(value):
                for member, attribute in vars(value).items():
                    inner = getattr(attribute, "__func__", attribute)
                    if callable(inner) or isinstance(inner, property | types.GetSetDescriptorType):
                        found.setdefault(id(inner), (f"{module.__name__}.{name}.{member}", inner))
    docs = {name: getattr(value, "__doc__", None) for name, value in found.values()}
    return {name: doc for name, doc in docs.items() if isinstance(doc, str) and ">>>" in doc}


DOCS = documented()
PAGES = sorted([ROOT / "README.md", *ROOT.glob("docs/**/*.md")])


def run(name: str, text: str) -> None:
    """Runs the examples of `text` as one session in which pyad and NumPy are imported."""
    pyad.manual_seed(0)
    test = doctest.DocTestParser().get_doctest(text, {"pyad": pyad, "np": np}, name, None, 0)
    assert test.examples, f"{name}: no example"
    report: list[str] = []
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    runner.run(test, out=report.append)
    assert runner.summarize(verbose=False).failed == 0, "".join(report)


@pytest.mark.parametrize("name", sorted(DOCS))
def test_docstring(name: str) -> None:
    run(name, DOCS[name])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_page(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    if ">>>" in text:
        run(page.name, text.replace("\n```", "\n\n```"))


def test_figure_of_four_ways(tmp_path: Path) -> None:
    """The script draws from the page; the committed picture is not looked at pixel by pixel."""
    script = ROOT / "docs" / "four_ways.py"
    subprocess.run([sys.executable, script, "--out", tmp_path / "drawn.png"], check=True)
    for picture in (tmp_path / "drawn.png", ROOT / "docs" / "four_ways.png"):
        assert picture.read_bytes().startswith(b"\x89PNG")
        assert picture.stat().st_size < 60_000


def test_docstrings_were_found() -> None:
    assert "pyad.nn" in {".".join(name.split(".")[:2]) for name in DOCS}
    assert len(DOCS) > 50


def test_a_wrong_example_fails() -> None:
    with pytest.raises(AssertionError, match="Expected"):
        run("wrong", ">>> 1 + 1\n3\n")
