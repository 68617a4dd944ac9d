"""CONTRIBUTING.md keeps its word: the miniature engine runs, and the op it adds is right."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def blocks(title: str, language: str) -> list[str]:
    """Returns the fenced blocks of one language in the section called `title`."""
    section = PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]
    found = re.findall(rf"^```{language}\n(.*?)^```$", section, re.DOTALL | re.MULTILINE)
    assert found, f"no {language} block under {title!r}"
    return found


def test_miniature_engine_runs() -> None:
    program = "\n".join(blocks("How the engine works", "python"))
    assert program.count("assert") >= 6
    assert len(program.splitlines()) < 150
    exec(compile(program, "CONTRIBUTING.md", "exec"), {"__name__": "mini"})


# Asks for what is derived: what a node saves when compiling, value and gradient when running.
PROGRAM = """
#include <cstdio>
#include "ops/elementwise/fn.hpp"
#include "ops/elementwise/rule.hpp"
namespace pyad::inline PYAD_ISA {{
{op}
}}
using namespace pyad;
using Softsigns = List<Softsign>;
static_assert(Softsigns::size == 1 && Softsign::arity == 1);
static_assert(Derivative<Softsign, 0>::exists && Derivative<Softsign, 0>::saves == kUsesA);
static_assert(Softsign::sample.low < Softsign::sample.high);
int main() {{
  for (double x = -3.5; x < 4; x += 1.0) {{
    double y = apply_formula<Softsign, double>(x, 0, 0, nullptr);
    double gx = Derivative<Softsign, 0>::pull<double>(2.0, x, 0, 0, y, nullptr);
    std::printf("%.17g %.17g %.17g\\n", x, y, gx);
  }}
}}
"""


def test_added_op_is_the_one_in_the_table() -> None:
    family = (ROOT / "csrc/ops/elementwise/activation.hpp").read_text(encoding="utf-8")
    op = "".join(blocks("Add an op", "cpp"))
    assert re.sub(r"\s", "", op) in re.sub(r"\s", "", family)


def build(tmp_path: Path, op: str) -> subprocess.CompletedProcess[str]:
    compiler = os.environ.get("CXX") or shutil.which("c++") or shutil.which("g++")
    assert compiler, "a C++ compiler is needed, as for the build itself"
    (tmp_path / "op.cpp").write_text(PROGRAM.format(op=op))
    command = [compiler, "-std=c++20", "-Wall", "-Wextra", "-Werror", f"-I{ROOT / 'csrc'}"]
    return subprocess.run(
        [*command, "op.cpp", "-o", "op"], cwd=tmp_path, capture_output=True, text=True, check=False
    )


def test_added_op_compiles_and_is_right(tmp_path: Path) -> None:
    built = build(tmp_path, "\n".join(blocks("Add an op", "cpp")))
    assert built.returncode == 0, built.stderr
    out = subprocess.run([tmp_path / "op"], check=True, capture_output=True, text=True).stdout
    x, y, gx = np.array([line.split() for line in out.splitlines()], dtype=float).T
    np.testing.assert_allclose(y, x / (1 + abs(x)), rtol=1e-15)
    np.testing.assert_allclose(gx, 2 / (1 + abs(x)) ** 2, rtol=1e-14)


def test_an_op_without_its_formula_does_not_compile(tmp_path: Path) -> None:
    op = "\n".join(blocks("Add an op", "cpp"))
    broken = re.sub(r"^.* static T f\(T x\).*\n", "", op, flags=re.MULTILINE)
    assert broken != op
    built = build(tmp_path, broken)
    assert built.returncode != 0
    assert "f<" in built.stderr
