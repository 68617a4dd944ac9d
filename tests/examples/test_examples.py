"""Every script in examples/ runs as a user would run it, and keeps what it promises.

The scripts are found in the folder: one without a row here fails, so does one that the folder's
README does not list.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
SCRIPTS = sorted(path.stem for path in EXAMPLES.glob("*.py"))


@dataclass
class Promise:
    """What a run prints (numbers are groups of patterns, with bounds), draws, shows on the way."""

    arguments: tuple[str, ...] = ("--quick",)
    prints: tuple[tuple[str, float, float] | str, ...] = ()  # a text, or (pattern, low, high)
    picture: bool = True
    bar: str = ""  # the description of a progress bar


# Bounds are such that a gradient that is wrong or missing does not reach them.
PROMISES = {
    # Without learning a pole stands for 23 steps.
    "actor_critic": Promise((), ((r", (\d+) at the end", 80, 200),), bar="learning"),
    "backprop_by_hand": Promise(
        prints=(
            *((rf"  {name} .* (\S+)\n", 0, 1e-14) for name in ("emb", "var_inv", "logits", "W1")),
            # 27 letters alike would cost 3.3.
            (r"loss on all letters: .*, (\S+) at the end", 1.5, 2.6),
            "names it makes up: ",
        ),
        bar="training",
    ),
    "char_transformer": Promise(
        # Letters drawn by their frequency alone would cost more than 3.
        prints=((r"loss \S+ -> (\S+) nats", 1.5, 2.9), "before training it writes"),
        bar="training",
    ),
    "descent": Promise(
        prints=(
            "[8.0, 12.0, 12.0, 6.0, 0.0]",
            ("in 100 steps: (\\S+);", 6.1e-10, 6.12e-10),
            (r"a rule: \S+ -> (\S+)", 0, 0.1),
        ),
        bar="fitting a rule",
    ),
    "digits": Promise(
        prints=(
            (r"differences .*, error (\S+)", 0, 1e-5),
            (r"images not seen: (\S+)%", 90, 100),
            "time per step",
        ),
        bar="training",
    ),
    "digits_conv": Promise(
        prints=((r"images not seen: (\S+)%", 90, 100), "time per step"), bar="training"
    ),
    "fit_ode": Promise(
        # The noise of 0.05 leaves 0.0025, less what six numbers fit of it.
        prints=((r"loss \S+ -> (\S+);", 0.001, 0.0025), "rates: found"),
        bar="fitting",
    ),
    "four_derivatives": Promise(
        prints=(
            *((rf"{w} +(\S+)\n", 12.3103999, 12.3104) for w in ("by differences", "automatically")),
            "reverse, e by all: a 12, b 14, c 4, d 6",
            "learned through rounding, 3 and -2 wanted:  [3.0, -2.0]",
        ),
    ),
    "linear_regression": Promise(
        prints=(
            (r"\(?rate 0.01: loss \S+ -> (\S+)", 1e6, 1e300),
            "found y = 2.000000 x1 -3.000000 x2 +1.000000",
        ),
    ),
    "node_graph": Promise(
        prints=("AccumulateGrad   an input", "w5 = w3 + w4", "3 reverse sweeps: True"),
        picture=False,
    ),
    "normalizing_flow": Promise(
        prints=(
            # A normal distribution would cost 2.84, the field that one begins with does.
            (r"loss \S+ -> (\S+) nats", 1.2, 2.45),
            (r"exact divergence: (\S+) nats", 1.2, 2.45),
            (r"by one product a point: (\S+) apart", 0, 0.08),
            (r"standard error (\S+)\n", 0.002, 0.03),
            (r"mass of the density: (\S+)\n", 0.995, 1.005),
        ),
        bar="training",
    ),
    "saturation": Promise(
        prints=(
            (r"\nwithout: (\d+)%", 80, 100),
            (r"\nwithout: .*loss \S+ -> (\S+)", 0.6, 0.8),
            (r"\nwith normalisation: (\d+)%", 0, 1),
            (r"\nwith normalisation: .*loss \S+ -> (\S+)", 0, 0.53),
        ),
        bar="training",
    ),
    "scalar_trace": Promise(
        (),
        ((r"dJ/dw by backward: +(\S+)", -0.00509, -0.00508), (r"cost .* -> (\S+)", 0, 1e-12)),
        picture=False,
    ),
    "small_networks": Promise(
        prints=(
            (r"mean square \S+ -> (\S+),", 0.001, 0.02),
            (r"on the right arm: (\S+)%", 99, 100),
        ),
        bar="classification",
    ),
    "static_graph": Promise(
        (), ("mean slope over the points", (r"backward of the wave: (\d+) ns", 1, 1e6)), False
    ),
    "trace_estimators": Promise(
        prints=(
            (r"c = 2: Hutchinson (\S+),", 0.03, 0.3),
            (r"c = 2: .* Hutch\+\+ (\S+),", 5e-4, 6e-3),
            (r"c = 2: .* XTrace (\S+)\n", 2e-4, 4e-3),
            (r"c = 0\.5: Hutchinson (\S+),", 3e-3, 3e-2),
        ),
        bar="estimating",
    ),
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_script(name: str, tmp_path: Path) -> None:
    assert name in PROMISES, f"examples/{name}.py: say in PROMISES what it prints and draws"
    promise = PROMISES[name]
    picture = tmp_path / "picture.png"
    arguments = [*promise.arguments, *(["--out", str(picture)] if promise.picture else [])]
    run = subprocess.run(
        [sys.executable, "-W", "error", EXAMPLES / f"{name}.py", *arguments],
        check=False,
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert run.returncode == 0, run.stderr
    for printed in promise.prints:
        if isinstance(printed, str):
            assert printed in run.stdout
            continue
        pattern, low, high = printed
        found = re.search(pattern, run.stdout)
        assert found, f"no {pattern!r} in\n{run.stdout}"
        assert low <= float(found[1]) <= high, found[0]
    if promise.bar:
        assert re.search(rf"{promise.bar}: 100%", run.stderr), run.stderr
    if promise.picture:
        assert picture.read_bytes().startswith(b"\x89PNG")
        assert picture.stat().st_size > 10_000
    left = {path.name for path in tmp_path.iterdir()}
    assert left == ({picture.name} if promise.picture else set())


def test_no_promise_without_a_script() -> None:
    assert sorted(PROMISES) == SCRIPTS


@pytest.mark.parametrize("name", SCRIPTS)
def test_script_introduces_itself(name: str) -> None:
    module = ast.parse((EXAMPLES / f"{name}.py").read_text(encoding="utf-8"))
    text = ast.get_docstring(module)
    assert text is not None
    assert text.splitlines()[0].endswith(".")
    assert f"`python examples/{name}.py`" in text
    if PROMISES[name].picture:
        assert f"`{name}.png`" in text


def test_readme_lists_every_script() -> None:
    text = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| \[`(\w+)\.py`\]\(\1\.py\)", text, re.MULTILINE) == SCRIPTS
