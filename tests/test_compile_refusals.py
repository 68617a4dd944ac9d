"""What a static scalar program cannot hold is refused at capture, with the line and the remedy."""

from __future__ import annotations

import math
import threading

import numpy as np
import pytest

import pyad
from pyad import Value


def branch(x):
    if x > 0:
        return x
    return -x


REFUSED = {
    "branch": (branch, r"bool\(\).*test_compile_refusals.py:\d+: `if x > 0:`.*pyad\.where"),
    "while": (lambda x: [x for _ in iter(lambda: x < 1, True)], r"bool\(\)"),
    "and": (lambda x: x and 1.0, r"bool\(\)"),
    "max": (lambda x: max(x, 0.0), r"bool\(\).*pyad\.maximum"),
    "sorted": (lambda x: sorted([x, 1.0]), r"bool\(\)"),
    "equality": (lambda x: 1.0 if x == 1.0 else 2.0, r"bool\(\)"),
    "isnan": (lambda x: 1.0 if x.isnan() else x, r"bool\(\)"),
    "math": (lambda x: math.sin(x), r"float\(\).*pyad\.sin"),
    "int": (lambda x: int(x), r"int\(\).*static_argnames"),
    "data": (lambda x: x.data * x, r"\.data"),
    "item": (lambda x: x.item() * x, r"item\(\)"),
    "numpy": (lambda x: np.clip(np.array([x]), 0, 1), r"test_compile_refusals.py:\d+: `\"numpy"),
    "builtin": (math.hypot, r"float\(\).*test_compile_refusals.py:\d+: `pyad.compile\(f\)"),
    "set": (lambda x: setattr(x, "data", 3.0), r"assigning \.data"),
    "new": (lambda x: Value(x), "data of a Value"),
    "grad": (lambda x: x.grad, r"\.grad.*value_and_grad"),
    "backward": (lambda x: (x * x).backward(), r"backward\(\)"),
    "parents": (lambda x: (x * x).parents[0][1], r"\.parents"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_reading_a_number_is_refused(name):
    f, text = REFUSED[name]
    with pytest.raises(RuntimeError, match=text):
        pyad.compile(f)(0.5)
    assert not pyad._core._tracing()
    assert Value(2.0) > 1.0  # outside, comparisons are those of numbers
    assert (Value(2.0) > 1.0) is True


COUNTS = {
    "range": lambda x, n: sum(x for _ in range(n)),
    "index": lambda x, n: x * [1, 2, 3][n],
    "tuple": lambda x, n: x * (1, 2, 3)[n],
    "slice": lambda x, n: x * sum([1, 2, 3][:n]),
    "array index": lambda x, n: x * np.ones(3)[n],
    "array slice": lambda x, n: x * np.ones(3)[:n].sum(),
    "size": lambda x, n: x * np.ones(n).sum(),
    "sizes": lambda x, n: x * np.zeros((n, 2)).sum(),
    "repeat": lambda x, n: x * len([0.0] * n),
    "text": lambda x, n: x * len("a".center(n)),
    "round": lambda x, n: x * round(n),
    "int": lambda x, n: x * int(n),
}


@pytest.mark.parametrize("name", COUNTS)
def test_a_count_is_refused_with_the_way_to_give_it(name):
    f = COUNTS[name]
    with pytest.raises((TypeError, IndexError, RuntimeError), match="static_argnames"):
        pyad.compile(f)(1.5, 2)
    assert not pyad._core._tracing()
    compiled = pyad.compile(f, static_argnames="n")
    assert compiled(1.5, 2) == f(1.5, 2)
    assert compiled.gradient(1.5, 2)[0] == f(1.0, 2)


@pytest.mark.parametrize("kind", [TypeError, IndexError])
def test_errors_of_the_function_itself_pass(kind):
    def f(x):
        raise kind("list index out of range")

    with pytest.raises(kind, match=r"^list index out of range$"):
        pyad.compile(f)(1.0)


def test_options_of_torch_are_accepted():
    def f(x):
        return x * x

    options = {"fullgraph": True, "dynamic": False, "backend": "inductor", "mode": "max-autotune"}
    assert pyad.compile(f, **options, options={"a": 1}).gradient(3.0) == 6.0
    assert pyad.compile(**options)(f).gradient(3.0) == 6.0
    assert pyad.compile(f, disable=True) is f
    assert pyad.compile(disable=True)(f) is f
    with pytest.raises(TypeError, match="unexpected keyword argument 'mod'"):
        pyad.compile(f, mod="x")


def test_a_refusal_that_is_caught_still_counts():
    def f(x):
        try:
            return 1.0 if x > 0 else 2.0
        except RuntimeError:
            return x

    with pytest.raises(RuntimeError, match=r"bool\(\)"):
        pyad.compile(f)(1.0)


def test_values_of_other_threads_go_on():
    seen = []

    def other():
        v = Value(2.0)
        seen.append((v * v > 3.0, v.data))

    def f(x):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        return x * x

    compiled = pyad.compile(f)
    assert compiled(3.0) == 9.0
    assert seen == [(True, 2.0)]
    assert "1 step" in compiled.program()


def test_printing_is_allowed():
    f = pyad.compile(lambda x: print(x, f"{x * 2:.3f}") or x)
    assert f(1.0) == 1.0


def test_errors():
    with pytest.raises(NotImplementedError, match="tensor programs are not captured yet"):
        pyad.compile(lambda x: x)(pyad.ones(2))
    with pytest.raises(NotImplementedError, match="a result is a Tensor"):
        pyad.compile(lambda x: pyad.ones(2))(1.0)
    with pytest.raises(NotImplementedError, match="not captured yet"):
        pyad.compile(pyad.nn.Linear(2, 2))(pyad.ones(1, 2))
    with pytest.raises(TypeError, match=r"argument .x. holds a 'object'.*static_argnames"):
        pyad.compile(lambda x: 1.0)(object())
    with pytest.raises(TypeError, match="returned a 'object'"):
        pyad.compile(lambda x: object())(1.0)
    with pytest.raises(TypeError, match="expects a function"):
        pyad.compile(3.0)
    with pytest.raises(ValueError, match="has no argument 'm'"):
        pyad.compile(lambda x: x, static_argnames="m")
    with pytest.raises(ValueError, match="max_programs"):
        pyad.compile(lambda x: x, max_programs=0)
    f = pyad.compile(lambda x, y: (x, y))
    with pytest.raises(RuntimeError, match=r"forward first"):
        f.backward()
    with pytest.raises(RuntimeError, match="has not been called"):
        f.program()
    f.forward(1.0, 2.0)
    with pytest.raises(RuntimeError, match=r"returned 2 numbers.*pass g"):
        f.backward()
    with pytest.raises(ValueError, match="nested like"):
        f.backward((1.0,))
    with pytest.raises(ValueError, match="nested like"):
        f.backward([1.0, 2.0])
    with pytest.raises(RuntimeError, match="returned 2 numbers"):
        f.value_and_grad(1.0, 2.0)
    with pytest.raises(RuntimeError, match="returned 2 numbers"):
        f.map_value_and_grad(np.ones(2), np.ones(2))
    with pytest.raises(ValueError, match="arrays with one axis of points"):
        f.map(1.0, 2.0)
    with pytest.raises(ValueError, match=r"arrays of \[2, 3\] points"):
        f.map(np.ones(2), np.ones(3))
    with pytest.raises(TypeError, match="missing 1 required positional argument"):
        f(1.0)
    with pytest.raises(ZeroDivisionError):
        pyad.compile(lambda x: x + 1 / 0)(1.0)
    assert f(1.0, 2.0) == (1.0, 2.0)


def test_an_exception_in_the_function_leaves_nothing_open():
    def f(x):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        pyad.compile(f)(1.0)
    assert not pyad._core._tracing()
