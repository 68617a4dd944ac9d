"""The house keeps its floors: nothing in csrc/ includes upward, and no file outgrows its room."""

from __future__ import annotations

from pathlib import Path

import pytest

import layers

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize("rule", ["include_faults", "head_faults", "length_faults"])
def test_tree_is_in_order(rule: str) -> None:
    assert list(layers.source_files(ROOT)), "no source file was looked at"
    assert list(getattr(layers, rule)(ROOT)) == []


def test_every_floor_of_csrc_is_known() -> None:
    folders = {path.name for path in (ROOT / "csrc").iterdir() if path.is_dir()}
    assert folders <= set(layers.FLOORS)


def write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.mark.parametrize(
    ("name", "include", "fault"),
    [
        ("csrc/core/a.hpp", '"graph/node.hpp"', "core may not include graph"),
        ("csrc/kernels/a.cpp", '"graph/node.hpp"', "kernels may not include graph"),
        ("csrc/graph/a.cpp", '"../bind/b.hpp"', "graph may not include bind"),
        ("csrc/ops/a.cpp", "<Python.h>", "only bind knows Python"),
        ("csrc/core/a.cpp", '"pybind11/pybind11.h"', "only bind knows Python"),
        ("csrc/core/a.cpp", '"core/gone.hpp"', "not under csrc/"),
        ("csrc/attic/a.cpp", "<vector>", "is no floor"),
    ],
)
def test_a_wrong_include_is_found(tmp_path: Path, name: str, include: str, fault: str) -> None:
    write(tmp_path, "csrc/graph/node.hpp", "// A node.\n")
    write(tmp_path, "csrc/bind/b.hpp", "// Python.\n#include <Python.h>\n")
    assert list(layers.include_faults(tmp_path)) == []
    write(tmp_path, name, f"// Something.\n#include {include}\n")
    faults = list(layers.include_faults(tmp_path))
    assert len(faults) == 1
    assert name in faults[0]
    assert fault in faults[0]


def test_a_missing_head_and_a_long_file_are_found(tmp_path: Path) -> None:
    write(tmp_path, "csrc/core/a.hpp", "#pragma once\n")
    write(tmp_path, "pyad/b.py", "x = 1\n")
    write(tmp_path, "tests/c.py", '"""Long."""\n' + "\n" * layers.MAX_LINES)
    assert len(list(layers.head_faults(tmp_path))) == 2
    assert ["tests/c.py" in fault for fault in layers.length_faults(tmp_path)] == [True]
