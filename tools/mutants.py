"""What `tools/mutate.py` changes: the kinds of small mistakes, and how places are drawn."""

from __future__ import annotations

import pathlib
import random
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

FOLDERS = "csrc/ops csrc/kernels csrc/graph csrc/dispatch csrc/bind pyad/optim pyad/nn pyad/utils"


class Mutant(NamedTuple):
    """One change: `old` at `start` of the file becomes `new`."""

    path: str
    line: int
    start: int
    old: str
    new: str
    kind: str

    @property
    def key(self) -> str:
        """What tells it from all others."""
        return f"{self.path}:{self.start}:{self.kind}:{self.new}"


def code_only(text: str, python: bool) -> str:
    """The text with comments, strings and preprocessor lines blanked, of the same length."""
    if python:
        pattern = r'"""[\s\S]*?"""|#[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\''
        pattern += r"|^from [^\n]*|^import [^\n]*"
    else:
        pattern = r'//[^\n]*|/\*[\s\S]*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'|^\s*#[^\n]*'
        pattern += r"|static_assert[^;]*;|template\s*<[^>]*>"
    return re.sub(pattern, lambda m: re.sub(r"[^\n]", " ", m[0]), text, flags=re.M)


def _swapped(old: str) -> str:
    name, inner = old[: old.index("(")], old[old.index("(") + 1 : -1]
    first, second = inner.split(",")
    return f"{name}({second.strip()}, {first.strip()})"


BOUNDS = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "=="}
CONSTANTS = {"0": "1", "1": "2", "2": "3", "0.5": "0.25", "1.0": "2.0", "0.0": "1.0", "-1": "0"}
_FLAGS = {"true": "false", "false": "true", "True": "False", "False": "True"}
# Kind, where it applies, what becomes of it.
OPERATORS: list[tuple[str, str, Callable[[str], str]]] = [
    ("sign", r"(?<=[\w)\]] )[-+](?= [\w(])", lambda s: "+" if s == "-" else "-"),
    ("sign", r"(?<=[=(,] )-(?=[a-z])|(?<=return )-(?=[a-z])", lambda s: ""),
    ("bound", r"(?<=[\w)\]] )(?:<=|>=|==|!=|<|>)(?= [\w(-])", lambda s: BOUNDS[s]),
    ("term", r" [-+] [a-z_]\w*(?:\[\w+\]|\.\w+)*(?=[;,)\n])", lambda s: ""),
    ("term", r" \* [a-z_]\w*(?:\[\w+\]|\.\w+)*(?=[;,)\n])", lambda s: ""),
    (
        "check",
        r"(?<=[\s{;])if \((?=[^\n]*\)\s*(?:\{\s*)?\n?\s*(?:fail|throw|raise))",
        lambda s: "if (0 && ",
    ),
    ("check", r"(?<=\s)if (?=[^\n]*:\n\s+(?:raise|msg))", lambda s: "if False and "),
    ("condition", r"(?<= )(?:&&|\|\|)(?= )", lambda s: "||" if s == "&&" else "&&"),
    ("condition", r"(?<=\w )(?:and|or)(?= \w)", lambda s: "or" if s == "and" else "and"),
    ("argument", r"\b[a-z_]\w*\([a-z_]\w*, [a-z_]\w*\)(?=[;,) ])", _swapped),
    ("constant", r"(?<=[(,=+*<>] )(?:0\.5|1\.0|0\.0|[012])(?=[;,) ])", lambda s: CONSTANTS[s]),
    ("constant", r"(?<=\()(?:[01])(?=[,)])", lambda s: CONSTANTS[s]),
    ("copy", r"[\w>.()-]*prepare_write\([^;]*\);", lambda s: ";"),
    ("copy", r"\.clone\(\)|\.copy\(\)", lambda s: ""),
    ("flag", r"\b(?:true|false|True|False)\b", lambda s: _FLAGS[s]),
]


def mutants_of(path: pathlib.Path, root: pathlib.Path) -> list[Mutant]:
    """Every mutant of a file."""
    python = path.suffix == ".py"
    code = code_only(path.read_text(), python)
    found = []
    for kind, pattern, change in OPERATORS:
        for m in re.finditer(pattern, code):
            try:
                new = change(m[0])
            except (KeyError, ValueError):
                continue
            if new == m[0] or (python and new.startswith("if (0")) or "operator" in m[0]:
                continue
            line = code.count("\n", 0, m.start()) + 1
            found.append(Mutant(str(path.relative_to(root)), line, m.start(), m[0], new, kind))
    return found


def drawn(root: pathlib.Path, seed: int) -> Iterator[Mutant]:
    """Mutants as the seed draws them: a file in proportion to its lines, then a place in it."""
    r = random.Random(seed)
    files = [
        p
        for folder in FOLDERS.split()
        for p in sorted((root / folder).rglob("*"))
        if p.suffix in (".cpp", ".hpp", ".py")
    ]
    weights = [p.read_text().count("\n") for p in files]
    seen: set[str] = set()
    while True:
        path = r.choices(files, weights)[0]
        places = mutants_of(path, root)
        kinds = sorted({m.kind for m in places})
        if not kinds:
            continue
        kind = r.choice(kinds)
        mutant = r.choice([m for m in places if m.kind == kind])
        if mutant.key not in seen:
            seen.add(mutant.key)
            yield mutant
