"""docs/documents.md names every block, and everything it names is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from document_blocks import BLOCKS

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "documents.md"
TEXT = PAGE.read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("| ").split(" | ")]
    for line in TEXT.splitlines()
    if line.startswith("| ") and not line.startswith("| what | shown by |")
]
LINKS = sorted(set(re.findall(r"\]\(([^)]+)\)", TEXT)))
TESTS = sorted(set(re.findall(r"`(tests/[\w/]+\.py(?:::\w+)?)`", TEXT)))


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def test_every_block_has_its_row():
    named = [match[1] for row in ROWS if (match := re.match(r"`(\w+/\w+)`:", row[0]))]
    assert sorted(named) == sorted(BLOCKS)


def test_blocks_stand_under_their_document():
    sections = re.split(r"^## ", TEXT, flags=re.MULTILINE)[1:]
    documents = [
        {b.partition("/")[0] for b in re.findall(r"^\| `(\w+/\w+)`:", s, re.M)} for s in sections
    ]
    assert documents == [{"trace"}, {"yaae"}, {"static"}, {"network"}, {"regression"}]


def test_sections_have_the_documents_titles(blocks):
    titles = re.findall(r"^## (.+)$", TEXT, re.MULTILINE)
    for key, title in zip(blocks.NUMBERS, titles, strict=True):
        first = blocks.document(key)[0]
        assert title == first or key == "yaae"  # which has none


def test_every_row_shows_something():
    assert len(ROWS) > 60
    for row in ROWS:
        assert len(row) == 2, row
        assert re.search(r"`tests/|\]\(", row[1]), row


@pytest.mark.parametrize("link", LINKS)
def test_links(link):
    name, _, anchor = link.partition("#")
    path = (PAGE.parent / name).resolve()
    assert path.is_file(), link
    assert not anchor or anchor in anchors(path), link


@pytest.mark.parametrize("test", TESTS)
def test_tests_exist(test):
    name, _, function = test.partition("::")
    module = ast.parse((ROOT / name).read_text(encoding="utf-8"))
    functions = {node.name for node in module.body if isinstance(node, ast.FunctionDef)}
    assert any(f.startswith("test_") for f in functions)
    assert not function or function in functions, test


def test_readme_leads_here():
    assert "docs/documents.md" in (ROOT / "README.md").read_text(encoding="utf-8")
