"""The code blocks of the five documents this project comes from, made to run as they stand there.

Nothing of the documents is here. A block is a range of lines of a file in the folder that the
environment variable PYAD_SEEDS names, a digest that says which lines are meant, and the depths of
its lines where the extraction lost their indentation. What else it lost (line ends and blanks in
one document) and added (one letter) is mended by rule; `squeezed` says that nothing else changes.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import io
import os
import pkgutil
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

FOLDER = os.environ.get("PYAD_SEEDS", "")
# How the files' names begin.
NUMBERS = {"trace": "000", "yaae": "001", "static": "002", "network": "003", "regression": "004"}


@dataclass(frozen=True)
class Block:
    """A block, named document/part; lines count from 1."""

    name: str
    first: int
    last: int
    digest: str
    depths: str = ""  # of the restored lines; none: nothing was lost
    language: str = "python"

    @property
    def document(self) -> str:
        """The key of its document in NUMBERS."""
        return self.name.partition("/")[0]


BLOCKS = {
    block.name: block
    for block in (
        Block("trace/functions", 43, 65, "0b3f71a37339", "0 0111 11 0111 12 11 0111 12 11"),
        Block(
            "trace/variable",
            70,
            145,
            "854e1a67006f",
            "000 12222 12 1111 123 22222 123 222222 123 22222 "
            "123 2222222222 123 222222222 12222 12 00000",
        ),
        Block("trace/gradient", 152, 167, "1ad48fc41888", "000 1111 11 2 23 2 23 2"),
        Block(
            "trace/demo", 169, 203, "095a4fa54e82", "0111 11 0111 12 11 0111 12 11 0000000000000"
        ),
        Block(
            "yaae/operators",
            36,
            65,
            "bacdb7b73e00",
            "00 11111 0 11111 00 1111 0000 1 21 221 20 1 21 221 20 1 21 221 2",
        ),
        Block("yaae/backward", 74, 98, "f52beaef66b8", "0111 2323 12 12 0 111111 11 2232 1"),
        Block("static/function", 5, 6, "515da8839763", "01"),
        Block("static/steps", 7, 12, "397ab1debee9", "011111"),
        Block("static/by_hand", 27, 40, "028dc8c6667e", "01111111111111"),
        Block(
            "static/classes",
            44,
            112,
            "931806325f54",
            "0000 012 0 0122 0 01222 0 01222 12 12 0 0122 12 12 0 "
            "012 122 122 0 0122 122 122 0 0122 122 122",
        ),
        Block("static/at_10", 114, 123, "70efa17990df"),
        Block("static/pytorch", 125, 131, "0fec98bc31e5"),
        Block("static/at_5_and_3", 133, 144, "41cb15bcc051"),
        Block(
            "static/accumulating",
            149,
            229,
            "4a6c4363c81f",
            "00 012 0122 1 12 01222 122 01222 12 122 1 12 0122 12 12 12 012 122 "
            "122 0 0 1 122 1222 12222 0 0 1 12 1222 12222",
        ),
        Block("network/parameters", 122, 144, "fc7b74b0c6d2"),
        Block("network/forward", 148, 185, "dc85fc27a824"),
        Block("network/by_hand", 186, 224, "e07cbba66382"),
        Block("regression/by_hand", 77, 117, "539aa4b100b4"),
        Block("regression/leaves", 121, 129, "c5d6603f717f"),
        Block("regression/autograd", 133, 164, "8240492c6a82"),
        Block("regression/module", 170, 225, "97d9ecb8e50a"),
        Block("regression/optimizer", 229, 257, "27c8aafd0fd4"),
        Block("regression/samples", 263, 297, "9bd6c4d13a20"),
        Block("regression/first_derivative", 307, 315, "7ab4d6f6e34b", language="tensorflow"),
        Block("regression/second_derivative", 321, 331, "781d74f86b1a", language="tensorflow"),
        Block("regression/descent", 337, 350, "5cc60000b71a", language="tensorflow"),
        Block("regression/training", 356, 378, "852dafc644ec", language="tensorflow"),
    )
}

# What the extraction of one document ran together: a line that begins, and a word that ends.
LINE_BEGINS = r'(?<=[\w.-])(?=#)|(?<=[.\w])(?=def|class)|(?<=\.)(?=pass)|(?<=""")(?=if)'
WORD_ENDS = r"\b(def|class|is|not|in|if)(?=[A-Z]|(?<=def)\w|in\b|reversed|isinstance)"
STRAY_LETTER = r"(?<=no_grad\(\):) \w$"


def squeezed(text: str) -> str:
    """The text without its white space."""
    return "".join(text.split())


def document(key: str) -> list[str]:
    """The lines of a document, as they are in the folder."""
    (path,) = Path(FOLDER).glob(f"{NUMBERS[key]}_*.txt")
    return path.read_text(encoding="utf-8").split("\n")


def original(name: str) -> str:
    """The lines of a block as the document has them."""
    block = BLOCKS[name]
    return "\n".join(document(block.document)[block.first - 1 : block.last])


def digest(text: str) -> str:
    """Twelve digits that stand for a text whatever its white space."""
    return hashlib.sha256(squeezed(text).encode()).hexdigest()[:12]


def restored(name: str) -> str:
    """A block as a program."""
    block, text = BLOCKS[name], original(name)
    if digest(text) != block.digest:
        raise AssertionError(f"{name}: other lines than the depths were written for")
    if block.document == "yaae":
        text = re.sub(WORD_ENDS, r"\1 ", re.sub(LINE_BEGINS, "\n", text))
    if name == "regression/autograd":
        text = re.sub(STRAY_LETTER, "", text, flags=re.MULTILINE)
    if block.depths:
        lines = text.split("\n")
        depths = block.depths.replace(" ", "")
        text = "\n".join(4 * int(d) * " " + line for d, line in zip(depths, lines, strict=True))
    return text + "\n"


@contextlib.contextmanager
def torch_means(package: ModuleType) -> Iterator[None]:
    """Inside, `import torch` and `import torch.nn` give a package and its submodules."""
    name = package.__name__
    if name == "torch":
        yield
        return
    for info in pkgutil.walk_packages(package.__path__, f"{name}."):
        if info.name != "pyad.as_torch":  # which does that to the whole process
            importlib.import_module(info.name)
    theirs = {n: sys.modules.pop(n) for n in list(sys.modules) if f"{n}.".startswith("torch.")}
    mine = {n: m for n, m in sys.modules.items() if f"{n}.".startswith(f"{name}.")}
    sys.modules.update({f"torch{n[len(name) :]}": m for n, m in mine.items()})
    try:
        yield
    finally:
        for n in mine:
            del sys.modules[f"torch{n[len(name) :]}"]
        sys.modules.update(theirs)


def run(names: str, package: ModuleType, prologue: str = "", **given: Any) -> dict[str, Any]:
    """Runs blocks, joined in one namespace to a prologue of ours and what is given.

    Returns what the namespace holds in the end, and under "printed" what was printed.
    """
    space: dict[str, Any] = {"__name__": "document", **given}
    printed = io.StringIO()
    with torch_means(package), contextlib.redirect_stdout(printed):
        exec(prologue, space)
        for name in names.split():
            exec(compile(restored(name), name, "exec"), space)
    space["printed"] = printed.getvalue()
    return space
