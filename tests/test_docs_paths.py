"""Files that the documents name in code spans: each is there."""

from __future__ import annotations

import itertools
import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).parents[1]
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("*/README.md")]
PLACES = [
    "",
    "csrc",
    "csrc/*",
    "pyad",
    "pyad/*",
    "docs",
    "tests",
    "examples",
    "benchmarks",
    "tools",
]
ENDINGS = "hpp|cpp|py|md|toml|json|jsonl"
# A path, one with `{a,b}`, or one with a star; tests may follow after `::`.
SPAN = re.compile(rf"`([\w./*{{}},-]*\w\.(?:{ENDINGS}))(?:::[^`]*)?`")


def found(name: str) -> bool:
    pieces = [p.split(",") for p in re.split(r"[{}]", name)]
    spelled = ("".join(parts) for parts in itertools.product(*pieces)) if "{" in name else [name]
    return all(any(any(ROOT.glob(f"{place}/{s}".lstrip("/"))) for place in PLACES) for s in spelled)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_named_files_are_there(page):
    names = sorted(set(SPAN.findall(page.read_text())))
    assert not [n for n in names if "/" in n and not found(n)]
