"""What is installed and what the front pages promise: version, types, imports, commands."""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from importlib.resources import files
from pathlib import Path

import cmake
import pytest

import pyad
import readme
import stubs

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_version_has_one_home() -> None:
    installed = importlib.metadata.version("pyad-engine")
    assert pyad.__version__ == installed == PROJECT["version"]


def test_types_are_shipped() -> None:
    assert files("pyad").joinpath("py.typed").is_file()
    assert files("pyad").joinpath("_core", "__init__.pyi").is_file()


def test_stubs_match_the_built_module() -> None:
    assert stubs.drift() == ""


def test_size() -> None:
    module = Path(pyad._core.__file__)
    python = sum(path.stat().st_size for path in (ROOT / "pyad").rglob("*.py*"))
    assert module.stat().st_size + python < 16_000_000


def test_module_exports_nothing_but_its_entry() -> None:
    symbols = subprocess.run(
        ["nm", "-D", "--defined-only", pyad._core.__file__],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    strong = [name for _, kind, name in (line.split() for line in symbols) if kind in "TDBR"]
    assert strong == ["PyInit__core"]


def test_import_brings_in_numpy_alone(tmp_path: Path) -> None:
    code = (
        "import json, sys, pyad; print(json.dumps(sorted({m.split('.')[0] for m in sys.modules})))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=tmp_path
    )
    loaded = set(json.loads(run.stdout))
    assert "numpy" in loaded
    others = {
        "torch",
        "jax",
        "scipy",
        "sklearn",
        "matplotlib",
        "tqdm",
        "pandas",
        "scipy_openblas32",
    }
    assert not loaded & others


def test_a_source_folder_without_the_engine_says_so(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "pyad", tmp_path / "pyad", ignore=shutil.ignore_patterns("*.so"))
    run = subprocess.run(
        [sys.executable, "-S", "-c", "import pyad"], cwd=tmp_path, capture_output=True, text=True
    )
    assert run.returncode == 1
    last = run.stderr.strip().splitlines()[-1]
    assert last.startswith(f"ImportError: pyad: {tmp_path}/pyad is a source folder")
    assert "pip install -e ." in last
    assert "circular" not in run.stderr


@pytest.mark.parametrize(
    ("options", "remedy"),
    [
        (["-DCMAKE_CXX_COMPILER=NOTFOUND"], "apt install g++ python3-dev"),
        ({"CXX": "/nonexistent/c++"}, "CXX names /nonexistent/c++"),
        ({"CXX": "/nonexistent/c++"}, "apt install g++ python3-dev"),
        (["-DPython_INCLUDE_DIR=/nonexistent"], "apt install python3-dev"),
    ],
    ids=["no compiler", "compiler named wrongly", "compiler that Python names", "no headers"],
)
def test_what_is_missing_to_compile_is_named(
    options: dict[str, str] | list[str], remedy: str, tmp_path: Path
) -> None:
    places = os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]])
    command = [
        Path(cmake.CMAKE_BIN_DIR) / "cmake",
        *("-S", ROOT, "-B", tmp_path, "-G", "Ninja"),
        f"-DCMAKE_MAKE_PROGRAM={shutil.which('ninja', path=places)}",
        f"-DPython_EXECUTABLE={sys.executable}",
    ]
    given = options if isinstance(options, dict) else {}
    command += options if isinstance(options, list) else []
    run = subprocess.run(command, env={**os.environ, **given}, capture_output=True, text=True)
    assert run.returncode != 0
    assert remedy in " ".join(run.stderr.split())


def test_object_files_outlive_the_environment_of_a_build() -> None:
    """See Note [Object files that stay]: in the top folder are only the engine's tests."""
    top = (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")
    target = r"^\s*(?:add_(?:library|executable)|pybind11_add_module)\((\w+)"
    assert re.findall(target, top, re.MULTILINE) == ["engine_tests"]
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert tomllib.loads(text)["tool"]["scikit-build"]["build-dir"].startswith("build/")


@pytest.mark.parametrize("which", readme.COMMANDS)
def test_readme_command_stands_alone(which: str) -> None:
    command = readme.command(which)
    environment, install, run = command.split(" && ")
    made = re.fullmatch(r"python3 -m venv (\S+)", environment)
    assert made
    # Editable: beside the package's sources Python would find them, which hold no engine.
    assert install.startswith(f"{made[1]}/bin/pip install -e ")
    assert run.startswith(f"{made[1]}/bin/python ")
    extras = re.search(r'"\.\[(\w+)\]"', install)
    assert extras
    assert extras[1] in PROJECT["optional-dependencies"]


def test_readme_command_must_be_there_once() -> None:
    with pytest.raises(ValueError, match="0 commands"):
        readme.command("test", "nothing")


def test_ci_takes_its_commands_from_the_readme() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    subprocess.run(["bash", "-n", str(script)], check=True)
    text = script.read_text(encoding="utf-8")
    assert "set -euo pipefail" in text
    assert "tools/readme.py test" in text
    assert "pytest -n" not in text


def test_links_of_the_front_pages_lead_somewhere() -> None:
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
    links = [
        (page, target.split("#")[0])
        for page in pages
        for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
        if not target.startswith(("http", "#"))
    ]
    assert links
    assert [f"{p.name}: {t}" for p, t in links if not (p.parent / t).exists()] == []
