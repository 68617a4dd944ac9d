"""The first document: a scalar trace by operators, whose tanh rule is another than tanh's."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

import pyad

T = math.tanh(2.0)


def test_functions(run):
    """The cost subtracts the square of the wanted value, not the square of the distance."""
    found = run("trace/functions")
    x, w = np.array([1.0, -2.0, 0.5]), np.array([0.3, 0.1, 2.0])
    a = found["calculate_weighted_sum"](x, w, 0.25)
    np.testing.assert_array_equal(a, x * w + 0.25)
    y = found["calculate_activation_function"](a)
    np.testing.assert_allclose(y, [math.tanh(v) for v in a], rtol=1e-15)
    cost = found["calculate_cost_function"](y, np.array([1.0, 2.0, 3.0]))
    np.testing.assert_allclose(cost, [(v - k * k) / 2 for v, k in zip(y, (1, 2, 3))], rtol=1e-15)


def test_variable(run):
    found = run("trace/variable")
    a, b, c = (found[name].get_children() for name in "abc")
    assert [(d, t.val) for d, t in a] == [(1.0, 12)]
    assert [(d, t.val) for d, t in b] == [(1.0, 12)]
    assert [(d, t.val) for d, t in c] == [(1.0, 20)]
    assert a[0][1] is b[0][1]
    total, children = found["printed"].splitlines()
    assert total == "Variable(val=(20))"
    assert re.fullmatch(r"(\(1\.0, <document\.Variable object at 0x\w+>\) ?){3}", children)


def test_partials_of_the_variable(run):
    variable = run("trace/variable")["Variable"]

    def partials(f, *values):
        inputs = [variable(v) for v in values]
        return f(*inputs).val, [x.get_children()[0][0] for x in inputs]

    assert partials(lambda a, b: a + b, 3.0, 4.0) == (7.0, [1.0, 1.0])
    assert partials(lambda a, b: a - b, 3.0, 4.0) == (-1.0, [1.0, -1.0])
    assert partials(lambda a, b: a * b, 3.0, 4.0) == (12.0, [4.0, 3.0])
    assert partials(lambda a, b: a / b, 3.0, 4.0) == (0.75, [0.25, -3 / 16])
    value, found = partials(lambda a, b: a**b, 3.0, 4.0)
    assert (value, found) == (81.0, pytest.approx([108.0, 81 * math.log(3.0)], rel=1e-15))
    value, found = partials(lambda a: a.tanh(), 2.0)
    # tanh's slope is 1 - T * T.
    assert [value, *found] == pytest.approx([T, T * T], rel=1e-15)
    with pytest.raises(TypeError, match="Cannot operate"):
        variable(1.0) + 1.0
    with pytest.raises(ZeroDivisionError):
        variable(1.0) / variable(0.0)


def test_demo_prints_the_number_of_the_document(run, blocks):
    found = run("trace/variable trace/gradient trace/demo")
    sentence = found["printed"].splitlines()[-1]
    after = blocks.document("trace")[blocks.BLOCKS["trace/demo"].last]
    assert sentence == after
    number = float(re.search(r"-0\.\d+$", sentence)[0])
    assert number == found["grad"]
    assert number == pytest.approx(2 * (T - 1) * T * T, rel=1e-14)
    assert number == pytest.approx(-0.06686, abs=1e-5)
    assert found["cost"].val == pytest.approx((T - 1) ** 2 / 2, rel=1e-14)


def check_demo(blocks, make):
    """The demo's lines on numbers of pyad: the same program, differentiated by the engine."""

    class Variable:
        def __new__(cls, value):
            return make(float(value))

        @staticmethod
        def gradient(w):
            space["cost"].backward()
            return w.grad

    space = {"Variable": Variable}
    # exec binds the block's names in a namespace of its own, where `cost` is only found afterwards.
    source = blocks.restored("trace/demo")
    exec(compile(source, "trace/demo", "exec"), space)
    assert float(space["grad"]) == pytest.approx(2 * (T - 1) * (1 - T * T), rel=1e-13)
    assert float(space["grad"]) == pytest.approx(-0.00508, abs=1e-5)


def test_demo_on_values_of_pyad(blocks, capsys):
    check_demo(blocks, pyad.Value)
    assert "-0.00508" in capsys.readouterr().out


def test_demo_on_tensors_of_pyad(blocks, capsys):
    check_demo(blocks, lambda v: pyad.tensor(v, dtype=float, requires_grad=True))
    assert "-0.00508" in capsys.readouterr().out
