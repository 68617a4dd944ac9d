"""CasADi at its best: the C that it generates, compiled for this machine, called with buffers.

Separate because two families of cases use it, and because it needs a C compiler.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from typing import Any

from benchmarks.floor import cache_directory

_FLAGS = ("-O3", "-march=native", "-shared", "-fPIC")


def compiler() -> str:
    """The C compiler.

    Raises:
        ImportError: If there is none.
    """
    found = os.environ.get("CC") or shutil.which("gcc") or shutil.which("cc")
    if found is None:
        raise ImportError("needs a C compiler")
    return found


def compiled(function: Any) -> Any:
    """A `casadi.Function` as compiled C; kept in the user's cache."""
    import casadi

    generator = casadi.CodeGenerator("f.c", {})
    generator.add(function)
    text = generator.dump()
    native = subprocess.run(
        [compiler(), "-march=native", "-Q", "--help=target", "--version"],
        capture_output=True,
        check=False,
    ).stdout
    key = hashlib.sha256(b"\0".join([text.encode(), repr(_FLAGS).encode(), native])).hexdigest()
    library = cache_directory() / f"casadi-{key[:16]}.so"
    if not library.exists():
        source = library.with_suffix(f".{os.getpid()}.c")
        source.write_text(text)
        partial = source.with_suffix(".so")
        subprocess.run(
            [compiler(), *_FLAGS, "-o", str(partial), str(source), "-lm"],
            check=True,
            capture_output=True,
        )
        source.unlink()
        partial.replace(library)
    return casadi.external(function.name(), str(library))
