"""Every instruction-set build, not only the one this processor prefers.

The set is chosen once, when the package is imported, so each is a process of its own that runs the
op matrix against PyTorch (`isa_runner.py`); their results are then compared with each other.
"""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest

RUNNER = pathlib.Path(__file__).with_name("isa_runner.py")
SETS = ("generic", "v3", "v4")


def python(*args, isa):
    # -P: the package under test, not the source tree that happens to be the working directory.
    flags = ["-P"] if sys.version_info >= (3, 11) else []
    return subprocess.run(
        [sys.executable, *flags, *args],
        env={**os.environ, "PYAD_ISA": isa},
        cwd=RUNNER.parent,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def available() -> tuple[str, ...]:
    """The sets of this processor: all up to the one that is chosen when none is asked for."""
    run = python("-c", "import pyad; print(pyad._core.isa())", isa="")
    assert run.returncode == 0, run.stderr
    return SETS[: SETS.index(run.stdout.strip()) + 1]


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """For each set of this processor, what its process reported and its results."""
    where, out = tmp_path_factory.mktemp("isa"), {}
    for isa in available():
        path = where / f"{isa}.npz"
        run = python(str(RUNNER), str(path), isa=isa)
        assert run.returncode == 0, f"{isa}:\n{run.stdout}\n{run.stderr}"
        with np.load(path) as data:
            keys = [str(k) for k in data["keys"]]
            results = {k: data[f"r{i}"] for i, k in enumerate(keys)}
            tolerances = dict(zip(keys, data["tolerances"].tolist(), strict=True))
        out[isa] = (json.loads(run.stdout), results, tolerances)
    return out


def flags_of_processor() -> set[str]:
    try:
        text = pathlib.Path("/proc/cpuinfo").read_text()
    except OSError:
        return set()
    return {f for line in text.splitlines() if line.startswith("flags") for f in line.split()}


def test_every_set_of_the_processor_is_run(runs):
    """A processor of x86-64-v4 runs all three: no set goes untested for want of being chosen."""
    flags = flags_of_processor()
    expected = ["generic"]
    if {"avx2", "fma", "bmi2", "movbe"} <= flags:
        expected.append("v3")
        if {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"} <= flags:
            expected.append("v4")
    assert list(runs) == expected


@pytest.mark.parametrize("isa", SETS)
def test_agrees_with_pytorch(runs, isa):
    if isa not in runs:
        # Nothing can run it here; that no set is left out is the test above.
        run = python("-c", "import pyad", isa=isa)
        assert run.returncode != 0
        assert "processor does not have" in run.stderr
        return
    report, _, _ = runs[isa]
    assert report["isa"] == isa
    assert report["checks"] > 500
    assert not report["failed"], "\n".join(report["failed"])


def test_sets_agree_with_each_other(runs):
    (_, first, tolerances), *others = runs.values()
    for isa, (_, results, _) in zip(list(runs)[1:], others, strict=True):
        assert results.keys() == first.keys()
        for key, y in results.items():
            expected, rtol = first[key], tolerances[key]
            assert y.dtype == expected.dtype, key
            if y.dtype.kind != "f":
                np.testing.assert_array_equal(y, expected, err_msg=f"{key}: generic and {isa}")
                continue
            finite = expected[np.isfinite(expected)]
            scale = float(np.abs(finite).max(initial=1.0))
            np.testing.assert_allclose(
                y, expected, rtol=rtol, atol=rtol * scale, err_msg=f"{key}: generic and {isa}"
            )


# What has no array to start from, or no result to compare, and so no place in the op matrix.
BESIDE_THE_MATRIX = """
import numpy as np
import pyad

for n in [*range(70), 1000, 70001]:
    for first, by in ((0, 1), (5, 3), (-7, -2), (2**40, 10**9), (3, 0x1234567)):
        want = first + by * np.arange(n)
        got = pyad.arange(first, first + n * by, by)
        assert got.dtype == pyad.int64
        assert np.array_equal(got.numpy(), want), (n, first, by)
        for dtype in ("float32", "float64"):
            ends = float(first), float(first + n * by), float(by)
            got = pyad.arange(*ends, dtype=getattr(pyad, dtype))
            assert np.array_equal(got.numpy(), want.astype(dtype)), (n, first, by, dtype)
    for dtype in ("float32", "float64"):
        got = pyad.linspace(-3, 7, n, dtype=getattr(pyad, dtype)).numpy()
        np.testing.assert_allclose(got, np.linspace(-3, 7, n), rtol=1e-6, atol=1e-6)
        a = np.random.default_rng(n).standard_normal(n).astype(dtype)
        leaf = pyad.tensor(a, requires_grad=True)
        leaf.grad = pyad.tensor(a)
        norm = pyad.nn.utils.clip_grad_norm_([leaf], 0.5)
        np.testing.assert_allclose(norm.item(), np.linalg.norm(a.astype("f8")), rtol=1e-6)
        step = pyad.optim.SGD([leaf], lr=0.5, momentum=0.9)
        step.step()
        step.step()
        want = a - 1.45 * a * min(1.0, 0.5 / (np.linalg.norm(a.astype("f8")) + 1e-6))
        np.testing.assert_allclose(leaf.detach().numpy(), want, rtol=2e-5, atol=1e-6)
print("right")
"""


def test_beside_the_op_matrix():
    """Series, norms of gradients and steps of optimizers, of every length, in every set."""
    for isa in available():
        run = python("-c", BESIDE_THE_MATRIX, isa=isa)
        assert run.stdout.strip() == "right", f"{isa}: {run.stderr}"


@pytest.mark.parametrize("wish", ["avx9", "V4", "v4 "])
def test_unknown_set(wish):
    run = python("-c", "import pyad", isa=wish)
    assert run.returncode == 1
    assert f"PYAD_ISA={wish}: unknown instruction set; choose generic, v3 or v4" in run.stderr
