"""What graphs weigh, and that their memory goes back to the system."""

from __future__ import annotations

import subprocess
import sys

import pytest

# The system's own count of resident pages, which other systems have elsewhere.
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc/self/statm")

PROGRAM = """
import pyad

def resident():
    with open("/proc/self/statm") as f:
        return int(f.read().split()[1]) * 4096

pyad.set_num_threads(1)
x, c, d = pyad.ones((), requires_grad=True), pyad.ones(()), pyad.ones(2, 3, 2)
many = pyad.ones(2, 3, 2, requires_grad=True)

def chain(f, n, y):
    for _ in range(n):
        y = f(y)
    return y
"""


def run(program):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM + program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return [float(word) for word in done.stdout.split()]


@pytest.mark.parametrize(
    ("step", "first", "most"),
    [
        ("y + x", "x", 250),
        ("y * 2.0", "x", 250),
        ("y * c", "x", 250),
        ("y.sin()", "x", 250),
        ("y.clamp(-3, 3)", "x", 250),
        ("y * d", "many", 250),
        ("y * x", "x", 300),  # keeps two values, of which one is its own
        ("y.tanh()", "x", 270),  # and this one operand and result
    ],
)
def test_a_recorded_step(step, first, most):
    """Bytes a step of a chain, its own value included where it is saved."""
    n = 200_000
    (bytes_,) = run(
        f"before = resident()\ny = chain(lambda y: {step}, {n}, {first})\n"
        f"print((resident() - before) / {n})\ny.sum().backward()"
    )
    assert bytes_ <= most


@pytest.mark.parametrize("step", ["y + x", "y.sin()", "y * x"])
def test_memory_of_graphs_goes_back(step):
    """But for what is kept for the next ones."""
    before, most, after = run(
        "print(resident())\n"
        f"y = chain(lambda y: {step}, 1_000_000, x)\nprint(resident())\n"
        "y.backward()\ndel y\nprint(resident())"
    )
    assert most - before > 120e6
    assert after - before < 96e6
    (trimmed,) = run(
        f"chain(lambda y: {step}, 1_000_000, x)\npyad._core.trim_memory()\nprint(resident())"
    )
    assert trimmed - before < 32e6


def test_graphs_after_others():
    """Chunks that went back are taken again, for objects of other sizes."""
    steps = ("y * x", "y.sin()", "y + x", "pyad.maximum(y, x)", "y.reshape(1).sum()")
    program = "".join(
        f"y = chain(lambda y: {step}, 300_000, x)\ny.backward()\ndel y\nprint(resident())\n"
        for step in steps * 2
    )
    sizes = run(program)
    assert max(sizes[5:]) - min(sizes[:5]) < 128e6


def test_a_large_graph_after_many_small_ones():
    before, after = run(
        "for _ in range(3000):\n    chain(lambda y: y + x, 1000, x)\n"
        "print(resident())\nchain(lambda y: y + x, 2_000_000, x)\nprint(resident())"
    )
    assert after - before < 96e6
