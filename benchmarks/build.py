"""Which build of pyad a process measures: the one that is installed, or one in a folder.

Separate because it must run before pyad is imported, here and in processes that know no benchmarks.
"""

from __future__ import annotations

import compileall
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

VARIABLE = "PYAD_BENCHMARKS_BUILD"
"""Environment variable that names the folder; not set, the installed pyad is meant."""

PREAMBLE = f"""
import os, sys
_folder = os.environ.get("{VARIABLE}")
if _folder:
    # The finder of an editable install would answer before sys.path is searched.
    sys.meta_path[:] = [
        f for f in sys.meta_path if "editable" not in getattr(f, "__module__", "")
    ]
    sys.path.insert(0, _folder)
"""
"""Python text that makes `import pyad` mean the folder's; for a process that begins with it."""


def use() -> None:
    """Runs the preamble in this process.

    Raises:
        RuntimeError: If another pyad is already imported or is found.
    """
    exec(PREAMBLE, {})
    folder = os.environ.get(VARIABLE)
    if folder:
        import pyad

        if not Path(pyad._core.__file__).resolve().is_relative_to(Path(folder).resolve()):
            raise RuntimeError(f"asked for the build in {folder}, got {pyad._core.__file__}")


def _holds(folder: Path) -> bool:
    package = folder / "pyad"
    return (package / "__init__.py").exists() and any(package.glob("_core*.so"))


@contextmanager
def present() -> Iterator[Path]:
    """A folder with a copy of the pyad that is installed, as a wheel would have laid it out.

    An editable install is imported through a finder of its own, and its files lie in two places: a
    comparison of two builds would see that in the time of an import.
    """
    import pyad

    with _copied([Path(module.__file__).parent for module in (pyad, pyad._core)]) as folder:
        yield folder


@contextmanager
def _copied(packages: Sequence[Path]) -> Iterator[Path]:
    """A temporary folder with one package made of these folders, compiled as pip does."""
    with tempfile.TemporaryDirectory(prefix="pyad-benchmarks-") as folder:
        ignore = shutil.ignore_patterns("__pycache__")
        for package in packages:
            shutil.copytree(package, Path(folder, "pyad"), ignore=ignore, dirs_exist_ok=True)
            for libraries in package.parent.glob("pyad*.libs"):
                shutil.copytree(libraries, Path(folder, libraries.name), dirs_exist_ok=True)
        compileall.compile_dir(folder, quiet=2)
        yield Path(folder)


@contextmanager
def installed(source: Path) -> Iterator[Path]:
    """A temporary folder to import the build from, for as long as the context lasts.

    Args:
        source: A wheel, which is installed without its dependencies into a temporary folder; or an
            environment, or a folder of packages, that has pyad, which is copied.

    Raises:
        ValueError: If there is no pyad in `source`.
    """
    if source.suffix == ".whl":
        with tempfile.TemporaryDirectory(prefix="pyad-benchmarks-") as folder:
            command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
            command += ["--disable-pip-version-check", "--target", folder, str(source)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode != 0 or not _holds(Path(folder)):
                raise ValueError(f"{source}: does not install: {done.stderr.strip()[-500:]}")
            yield Path(folder)
        return
    places = [source, *sorted(source.glob("lib/python*/site-packages"))]
    found = next((place for place in places if _holds(place)), None)
    if found is None:
        raise ValueError(
            f"{source}: neither a wheel nor an environment with a pyad of its own"
            " (an editable install has its Python files elsewhere: make a wheel of it)"
        )
    with _copied([found / "pyad"]) as folder:
        yield folder
