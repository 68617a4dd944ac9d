"""The mutation tool draws real changes, the same ones for a seed, and knows which tests to try."""

from __future__ import annotations

import itertools
import pathlib

import pytest

import mutants
import mutate

SOURCE = """// a < b, never changed here
bool f(int n, int m) {
  if (n < 0) fail("n < 0 is too small");
  int x = n + m;
  flag = true;
  return x <= m && g(n, m);
}
"""


def test_mutants_of_a_file(tmp_path):
    path = tmp_path / "f.cpp"
    path.write_text(SOURCE)
    found = mutants.mutants_of(path, tmp_path)
    changed = {SOURCE[: m.start] + m.new + SOURCE[m.start + len(m.old) :] for m in found}
    assert {m.line for m in found} == {3, 4, 5, 6}
    for old, new in [
        ("if (n < 0)", "if (0 && n < 0)"),
        ("if (n < 0)", "if (n <= 0)"),
        ("n + m", "n - m"),
        ("n + m;", "n;"),
        ("true", "false"),
        ("x <= m", "x < m"),
        ("&& g", "|| g"),
        ("g(n, m)", "g(m, n)"),
    ]:
        assert SOURCE.replace(old, new) in changed


def test_a_seed_draws_the_same_places():
    def first(seed):
        return [m.key for m in itertools.islice(mutants.drawn(mutate.ROOT, seed), 20)]

    assert first(3) == first(3)
    assert first(3) != first(4)
    assert len(set(first(3))) == 20
    for m in itertools.islice(mutants.drawn(mutate.ROOT, 5), 50):
        text = (mutate.ROOT / m.path).read_text()
        assert text[m.start :].startswith(m.old)
        assert text.count("\n", 0, m.start) + 1 == m.line


@pytest.mark.parametrize("until", mutate.RINGS)
def test_rings_have_each_test_once(until):
    clone = mutate.Clone.__new__(mutate.Clone)
    clone.root = pathlib.Path(mutate.ROOT)
    rings = clone.rings("csrc/ops/loss_class.cpp", until)
    files = [f for _, files in rings for f in files]
    assert len(files) == len(set(files))
    assert rings[0][0] == "own"
    assert "tests/nn/test_loss.py" in rings[0][1]
    if until == "whole":
        assert set(files) == {
            str(p.relative_to(mutate.ROOT)) for p in mutate.ROOT.glob("tests/**/test_*.py")
        }


def test_every_room_has_tests_that_exist():
    for folder in mutants.FOLDERS.split():
        assert any(folder.startswith(room) for room, _ in mutate.NEAR), folder
    for _, near in mutate.NEAR:
        for path in near.split():
            assert (mutate.ROOT / path).exists(), path
