"""The third document: a composed function by hand, as a graph of objects, in PyTorch's words."""

from __future__ import annotations

import math
import re

import pytest

import pyad


def f(x):
    return 2 * math.sin(x**3) ** 2


def df(x):
    return 12 * x**2 * math.cos(x**3) * math.sin(x**3)


def numbers(printed: str) -> list[float]:
    """What was printed behind equal signs."""
    return [float(n) for n in re.findall(r" = (\S+)$", printed, re.MULTILINE)]


def test_function_and_its_steps(run):
    whole = run("static/function", prologue="import math")["f"]
    steps = run("static/steps", prologue="from math import sin")["f"]
    for x in (0.3, 1.0, 10.0, -2.5):
        assert whole(x) == steps(x) == pytest.approx(f(x), rel=1e-15)


def test_steps_on_numbers_of_pyad(blocks):
    """The steps take any number that has a sine; the engine then agrees with the block by hand."""
    steps = blocks.run("static/steps", pyad, prologue="from torch import sin")["f"]
    by_hand = blocks.run("static/by_hand", pyad, prologue="import math")["df"]
    for x in (0.3, 1.0, -2.5):
        for number in (
            pyad.Value(x),
            pyad.tensor(x, dtype=float, requires_grad=True),
        ):
            y = steps(number)
            y.backward()
            assert float(y.data) == pytest.approx(f(x), rel=1e-14)
            assert float(number.grad) == pytest.approx(by_hand(x), rel=1e-13)


def test_by_hand(run):
    by_hand = run("static/by_hand", prologue="import math")["df"]
    for x in (0.3, 1.0, 10.0, -2.5):
        assert by_hand(x) == pytest.approx(df(x), rel=1e-14)


def test_graph_of_objects(run):
    found = run("static/classes static/at_10 static/at_5_and_3")
    want = [n for x in (10, 5, 3) for n in (f(x), df(x))]
    assert numbers(found["printed"]) == pytest.approx(want, rel=1e-14)
    names = re.findall(r"^(\w+)\((\d+)\)", found["printed"], re.MULTILINE)
    assert names == [(name, x) for x in ("10", "5", "3") for name in ("f", "df_dx")]


def test_in_words_of_pytorch(run):
    found = run("static/pytorch")
    value, slope = numbers(found["printed"])
    assert found["printed"].startswith("f(10.0) = ")
    assert (found["x"].item(), found["y"].item(), found["x"].grad.item()) == (10.0, value, slope)
    # float32, at a sine of 1000
    assert value == pytest.approx(f(10), rel=1e-6)
    assert slope == pytest.approx(df(10), rel=1e-6)
    assert str(found["x"].dtype).endswith("float32")


def test_in_words_of_pytorch_as_the_graph_of_objects(run):
    graph = numbers(run("static/classes static/at_10")["printed"])
    words = numbers(run("static/pytorch")["printed"])
    assert words == pytest.approx(graph, rel=1e-6)


# What the function of two variables needs beside the document's operations.
TWO_MORE = """
class Cos(UnaryOp):
    def forward(self):
        self.x.forward()
        self.value = math.cos(self.x.value)

    def backward(self, df_dv):
        self.x.backward(-df_dv * math.sin(self.x.value))

class Add(BinaryOp):
    def forward(self):
        self.x.forward()
        self.y.forward()
        self.value = self.x.value + self.y.value

    def backward(self, df_dv):
        self.x.backward(df_dv)
        self.y.backward(df_dv)
"""


def test_accumulating_graph(blocks):
    space = blocks.run("static/accumulating", pyad)
    exec(TWO_MORE, space)
    cos, add, mul, power, sin = (space[name] for name in ("Cos", "Add", "Mul", "Pow", "Sin"))
    x, y = space["Input"](1.5), space["Input"](0.4)
    out = cos(mul(add(power(x, space["Constant"](2)), sin(y)), x))
    out.forward()
    inner = (1.5**2 + math.sin(0.4)) * 1.5
    assert out.value == pytest.approx(math.cos(inner), rel=1e-15)
    want = [
        -math.sin(inner) * (3 * 1.5**2 + math.sin(0.4)),  # two paths lead to x
        -math.sin(inner) * math.cos(0.4) * 1.5,
    ]
    out.backward(1)
    assert [x.grad, y.grad] == pytest.approx(want, rel=1e-14)
    out.backward(1)
    assert [x.grad, y.grad] == pytest.approx([2 * w for w in want], rel=1e-14)
    out.zero_grad()
    assert [x.grad, y.grad] == [0, 0]
    x.value = 0.7
    out.forward()
    out.backward(1)

    a, b = pyad.Value(0.7), pyad.Value(0.4)
    pyad.cos((a**2 + pyad.sin(b)) * a).backward()
    assert [x.grad, y.grad] == pytest.approx([a.grad, b.grad], rel=1e-14)


def test_power_of_any_value(blocks):
    space = blocks.run("static/accumulating", pyad)
    x, n = space["Input"](1.7), space["Input"](2.5)
    y = space["Pow"](x, n)
    y.forward()
    y.backward(1)
    a, b = pyad.Value(1.7), pyad.Value(2.5)
    (a**b).backward()
    assert y.value == pytest.approx(1.7**2.5, rel=1e-15)
    assert [x.grad, n.grad] == pytest.approx([a.grad, b.grad], rel=1e-14)
