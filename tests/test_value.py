"""`Value` as a user meets it: micrograd's programs, operators, attributes, errors, pickling."""

from __future__ import annotations

import copy
import importlib
import importlib.util
import math
import pickle
import random
import types
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pyad
from pyad import Value

# A program as people write it on micrograd; only the line that binds Value is ours to choose.
PERCEPTRON = '''
import random

class Neuron:
    def __init__(self, count, bend):
        self.weights = [Value(random.uniform(-1, 1)) for _ in range(count)]
        self.bias = Value(0)
        self.bend = bend

    def __call__(self, inputs):
        total = sum((w * x for w, x in zip(self.weights, inputs)), self.bias)
        return total.relu() if self.bend else total

class Net:
    def __init__(self, sizes):
        last = len(sizes) - 2
        self.layers = [
            [Neuron(a, i != last) for _ in range(b)]
            for i, (a, b) in enumerate(zip(sizes, sizes[1:]))
        ]

    def __call__(self, x):
        for layer in self.layers:
            x = [neuron(x) for neuron in layer]
        return x[0]

    def parameters(self):
        return [p for layer in self.layers for n in layer for p in n.weights + [n.bias]]

def train(points, labels, steps):
    """Support vector machine with a quadratic penalty, full batch."""
    net = Net([2, 8, 8, 1])
    losses = []
    for step in range(steps):
        scores = [net([Value(u) for u in point]) for point in points]
        margins = [(1 + -label * score).relu() for label, score in zip(labels, scores)]
        loss = sum(margins) * (1.0 / len(margins)) + 1e-4 * sum(p * p for p in net.parameters())
        for p in net.parameters():
            p.grad = 0
        loss.backward()
        for p in net.parameters():
            p.data -= (1.0 - 0.9 * step / steps) * p.grad
        losses.append(loss.data)
    return losses, [p.data for p in net.parameters()]

def session():
    """The small expression with every operator, and what one sees of it afterwards."""
    a, b = Value(-4.0), Value(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    g.backward()
    return [v.data for v in (c, d, e, f, g)] + [v.grad for v in (a, b, c, d, e, f, g)]

def twice():
    """Second sweeps: over the same graph, and over one that shares a part with it."""
    x, w = Value(3.0), Value(-0.5)
    h = x * w
    y = h * h + x
    y.backward()
    seen = [v.grad for v in (x, w, h, y)]
    y.backward()
    seen += [v.grad for v in (x, w, h, y)]
    z = h * 3.0 - y
    z.backward()
    seen += [v.grad for v in (x, w, h, y, z)]
    h.backward()
    return seen + [v.grad for v in (x, w, h, y, z)]
'''


class Closure:
    """The oracle: scalar reverse mode in its plainest form, with micrograd's rules."""

    def __init__(self, data: float, parents: tuple[Closure, ...] = ()) -> None:
        self.data, self.grad, self.parents = data, 0.0, parents
        self.pull: Callable[[], None] = lambda: None

    @staticmethod
    def lift(x: Any) -> Closure:
        return x if isinstance(x, Closure) else Closure(x)

    def result(self, data: float, *edges: tuple[Closure, float]) -> Closure:
        y = Closure(data, tuple(p for p, _ in edges))

        def pull() -> None:
            for parent, partial in edges:
                parent.grad += partial * y.grad

        y.pull = pull
        return y

    def __add__(self, other: Any) -> Closure:
        other = self.lift(other)
        return self.result(self.data + other.data, (self, 1.0), (other, 1.0))

    def __mul__(self, other: Any) -> Closure:
        other = self.lift(other)
        return self.result(self.data * other.data, (self, other.data), (other, self.data))

    def __pow__(self, k: float) -> Closure:
        return self.result(self.data**k, (self, k * self.data ** (k - 1)))

    def relu(self) -> Closure:
        return self.result(max(self.data, 0.0), (self, float(self.data > 0)))

    def __neg__(self) -> Closure:
        return self * -1

    def __sub__(self, other: Any) -> Closure:
        return self + -self.lift(other)

    def __rsub__(self, other: Any) -> Closure:
        return -self + other

    def __truediv__(self, other: Any) -> Closure:
        return self * self.lift(other) ** -1

    def __rtruediv__(self, other: Any) -> Closure:
        return self**-1 * other

    __radd__, __rmul__ = __add__, __mul__

    def backward(self) -> None:
        order: list[Closure] = []
        seen: set[Closure] = set()

        def visit(v: Closure) -> None:
            if v not in seen:
                seen.add(v)
                for parent in v.parents:
                    visit(parent)
                order.append(v)

        visit(self)
        # Where micrograd's second sweep hands on again what the first one left inside, ours adds.
        inside = [(v, v.grad) for v in order if v.parents and v is not self]
        for v, _ in inside:
            v.grad = 0.0
        self.grad = 1.0
        for v in reversed(order):
            v.pull()
        for v, held in inside:
            v.grad += held


def program(value_type: type) -> types.SimpleNamespace:
    names: dict[str, Any] = {"Value": value_type}
    exec(PERCEPTRON, names)
    return types.SimpleNamespace(**names)


def oracles() -> list[type]:
    """Our own, and micrograd itself."""
    return [Closure, importlib.import_module("micrograd.engine").Value]


@pytest.mark.parametrize(
    ("name", "oracle"), [("session", oracles()[0]), ("session", oracles()[1]), ("twice", Closure)]
)
def test_expressions_agree_with_micrograd(name: str, oracle: type) -> None:
    ours, theirs = (getattr(program(t), name)() for t in (Value, oracle))
    assert ours == pytest.approx(theirs, rel=1e-14, abs=0)


@pytest.mark.parametrize("oracle", oracles())
def test_training_agrees_with_micrograd(oracle: type) -> None:
    rng = np.random.default_rng(4)
    angle = np.linspace(0, np.pi, 10)
    moons = np.concatenate(
        [np.c_[np.cos(angle), np.sin(angle)], np.c_[1 - np.cos(angle), 0.5 - np.sin(angle)]]
    )
    points = moons + 0.1 * rng.normal(size=moons.shape)
    labels = [1] * 10 + [-1] * 10
    runs = []
    for value_type in (Value, oracle):
        random.seed(8)
        runs.append(program(value_type).train(points.tolist(), labels, 12))
    (losses, parameters), (want_losses, want_parameters) = runs
    assert losses[-1] < 0.5 * losses[0]
    # Sums are added up in another order; twelve steps of descent let the last digits drift.
    assert losses == pytest.approx(want_losses, rel=1e-10)
    assert parameters == pytest.approx(want_parameters, rel=1e-8, abs=1e-12)


def test_second_sweep_accumulates_in_intermediate_nodes_too() -> None:
    x = Value(2.0)
    h = x * x
    y = h * 5.0
    y.backward()
    assert (y.grad, h.grad, x.grad) == (1.0, 5.0, 20.0)
    y.backward()
    # h hands on what this sweep gave it, not what it holds by now.
    assert (y.grad, h.grad, x.grad) == (1.0, 10.0, 40.0)


def test_backward_takes_a_gradient() -> None:
    x = Value(3.0)
    y = x**2
    y.backward(0.5)
    assert (y.grad, x.grad) == (0.5, 3.0)
    y.backward(gradient=np.float32(2))
    assert (y.grad, x.grad) == (2.0, 15.0)
    x.backward()
    assert x.grad == 1.0


OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "//": lambda a, b: a // b,
    "%": lambda a, b: a % b,
    "**": lambda a, b: a**b,
}


@pytest.mark.parametrize("sign", OPERATORS)
@pytest.mark.parametrize("number", [2, 2.5, True, np.float64(1.5), np.float32(0.5), np.int64(3)])
def test_operators_with_numbers_on_either_side(sign: str, number: Any) -> None:
    f = OPERATORS[sign]
    v = Value(1.75)
    for result, plain in (
        (f(v, number), f(1.75, float(number))),
        (f(number, v), f(float(number), 1.75)),
    ):
        assert type(result) is Value
        assert result.data == pytest.approx(plain, rel=1e-15)
        ((parent, _),) = result.parents  # the number is no Value
        assert parent is v
    both = f(v, Value(number))
    assert [p for p, _ in f(v, number).parents] == [p for p, _ in both.parents][:1]
    assert f(v, number).parents[0][1] == both.parents[0][1]
    assert f(number, v).parents[0][1] == f(Value(number), v).parents[1][1]
    assert f(v, number)._op[: len(sign)] == sign


def test_unary_operators_and_conversions() -> None:
    v = Value(-2.5)
    assert (-v).data == 2.5
    assert abs(v).data == 2.5
    assert abs(v).parents[0][1] == -1.0
    assert +v is v
    assert (int(v), v.item()) == (-2, -2.5)
    assert bool(v)
    assert not Value(0.0)
    assert f"{v:+.3f} {v:10.1e}|" == "-2.500   -2.5e+00|"
    assert f"{v}" == str(v) == repr(v)
    with pytest.raises(ValueError, match="NaN"):
        int(Value(math.nan))


@pytest.mark.parametrize(
    "read",
    [
        *(math.exp, math.sin, math.sqrt, math.log, math.tanh, math.fabs, float, complex),
        lambda v: math.hypot(v, 1.0),
        lambda v: math.pow(2.0, v),
        lambda v: math.fsum([v]),
        lambda v: np.array([v], dtype=float),
        lambda v: np.array([v]).astype(float),
    ],
)
def test_a_value_does_not_lose_its_gradient_silently(read) -> None:
    v = Value(0.5)
    for value in (v, v * 2.0):
        with pytest.raises(TypeError, match=r"use v\.data .* pyad\.exp\(v\)"):
            read(value)
    with pyad.no_grad():  # nothing is recorded that could be lost
        read(v)
    read(v.data)


def test_squares_are_the_power_of_two() -> None:
    for x in (0.0, -0.0, 3.3, -1e200, math.inf, math.nan):
        square, power = Value(x) ** 2, pyad.pow(Value(x), Value(2.0))
        assert (square.op, square._op) == ("pow", "**2")
        np.testing.assert_equal(square.data, power.data)
        np.testing.assert_equal(square.parents[0][1], power.parents[0][1])


@pytest.mark.parametrize(
    "divide",
    [
        lambda v, zero: v / zero,
        lambda v, zero: 1 / zero if isinstance(zero, Value) else v / zero,
        lambda v, zero: v // zero,
        lambda v, zero: v % zero,
        lambda v, zero: Value(0.0) ** -v,
        lambda v, zero: Value(zero) ** -1,
        lambda v, zero: 0 ** (-v),
    ],
)
@pytest.mark.parametrize("zero", [0, 0.0, -0.0, False, np.float64(0), Value(0.0)])
def test_operators_divide_by_zero_as_floats_do(divide: Callable[..., Any], zero: Any) -> None:
    with pytest.raises(ZeroDivisionError):
        divide(Value(2.0), zero)


def test_functions_and_the_rest_of_the_domain_follow_ieee() -> None:
    v = Value(2.0)
    assert v.div(0.0).data == math.inf
    assert pyad.div(v, Value(0.0)).data == math.inf
    assert Value(0.0).log().data == -math.inf
    assert math.isnan(Value(-1.0).log().data)
    assert math.isnan((Value(-1.0) ** 0.5).data)
    assert (Value(1e200) ** 2).data == math.inf
    assert (Value(1e200) * 1e200).data == math.inf
    assert Value(1000.0).exp().data == math.inf
    # 0 * inf is seen, not skipped.
    y = (Value(0.0) * 0.0).sqrt() * 0.0
    y.backward()
    ((root, _),) = y.parents
    ((below, partial),) = root.parents
    assert (partial, root.grad) == (math.inf, 0.0)
    assert math.isnan(below.grad)


def test_comparisons_are_those_of_the_numbers() -> None:
    one, other, two = Value(1.0), Value(1.0), Value(2.0)
    assert one == other
    assert one == 1
    assert one == 1.0
    assert one != two
    assert one < two
    assert two >= 2
    assert 0 < one <= 1.0 < two
    assert not one > 1.5
    assert np.float32(1.0) == one
    assert one < 10**400
    assert Value(2.0**53) != 2**53 + 1
    nan = Value(math.nan)
    assert nan != nan
    assert not nan < 1
    assert one != "1"
    assert one is not None
    assert (one == None) is False  # noqa: E711
    with pytest.raises(TypeError, match="not supported between"):
        one < "1"  # noqa: B015


def test_hash_and_membership_go_by_identity() -> None:
    a, b = Value(1.0), Value(1.0)
    assert len({a, b, a}) == 2
    assert a in {a}
    assert b not in {a}
    names = {a: "a", b: "b"}
    a.data = 7.0
    assert names[a] == "a"


def test_a_node_keeps_its_object_while_it_lives() -> None:
    a, b = Value(2.0, label="a"), Value(3.0)
    c = a * b + 1.0
    ((product, one),) = c.parents
    assert one == 1.0
    assert c.parents[0][0] is product
    assert product.parents == ((a, 3.0), (b, 2.0))
    assert product.parents[0][0] is a
    # The usual walk for a drawing: nodes by id.
    nodes: set[Value] = set()
    edges: set[tuple[Value, Value]] = set()

    def trace(v: Value) -> None:
        if v not in nodes:
            nodes.add(v)
            for child in v._prev:
                edges.add((child, v))
                trace(child)

    del product
    trace(c)
    ids = {id(n) for n in nodes}
    assert len(nodes) == 4
    assert {id(n) for edge in edges for n in edge} <= ids
    assert {n.label for n in nodes} == {"a", ""}


def test_ops_and_parents() -> None:
    a, b = Value(0.5), Value(2.0)
    shown = {
        "": a,
        "+": a + b,
        "-": 1 - a,
        "*": a * 2,
        "/": a / b,
        "**2": a**2,
        "**-0.5": b**-0.5,
        "**": a**b,
        "ReLU": a.relu(),
        "tanh": a.tanh(),
        "mine": Value(1.0, (a, b), "mine"),
    }
    assert [v._op for v in shown.values()] == list(shown)
    ops = ["", "add", "sub", "mul", "div", "pow", "pow", "pow", "relu", "tanh", "mine"]
    assert [v.op for v in shown.values()] == ops
    assert (1 - a).parents == ((a, -1.0),)
    assert (a * a).parents == ((a, 0.5), (a, 0.5))
    assert (a * a)._prev == {a}
    assert a.parents == ()
    assert shown["mine"].parents == ((a, 0.0), (b, 0.0))
    assert a.lerp(b, Value(0.25)).parents[2][1] == 1.5
    assert [p for _, p in a.lerp(b, Value(0.25)).parents] == [0.75, 0.25, 1.5]
    assert a.floor_divide(b).parents == ((a, 0.0), (b, 0.0))


def test_ops_of_three_operands() -> None:
    a, b, c = Value(2.0), Value(-3.0), Value(0.5)
    for _ in range(2):  # what is between the three and the result keeps nothing
        for v in (a, b, c):
            v.grad = 0
        y = a.addcmul(b, c, value=4)
        z = y * 1.0
        for n in (1, 2, 3):
            z.backward()
            assert (y.grad, a.grad, b.grad, c.grad) == (n, n, 2 * n, -12 * n)
    assert pyad.where(Value(1.0), a, b).parents == ((a, 1.0), (b, 0.0))
    assert pyad.where(0.0, a, 5.0).data == 5.0
    assert pyad.addcmul(1.0, b, 2.0).parents == ((b, 2.0),)


def test_recorded_ops_of_ones_own() -> None:
    xs = [Value(float(k)) for k in range(1, 6)]
    norm = math.sqrt(sum(x.data**2 for x in xs))
    y = Value.record(norm, [(x, x.data / norm) for x in xs], op="norm")
    assert (y.op, y.data) == ("norm", norm)
    assert y.parents == tuple((x, x.data / norm) for x in xs)
    z = 2.0 * y
    z.backward()
    z.backward()
    assert [x.grad for x in xs] == pytest.approx([(2 + 2) * x.data / norm for x in xs], rel=1e-15)
    assert Value.record(1.0, []).parents == ()
    with pytest.raises(TypeError, match=r"record: parents must be pairs"):
        Value.record(1.0, [(xs[0], 1.0), xs[1]])
    with pytest.raises(TypeError, match="partial must be a real number"):
        Value.record(1.0, [(xs[0], "1")])


def test_no_grad_records_nothing() -> None:
    v = Value(2.0)
    with pyad.no_grad():
        results = [v * v, v + 1, -v, v.tanh(), v**2, pyad.sin(v), v.lerp(v, v)]
    assert [r.parents for r in results] == [()] * len(results)
    assert (v * v).parents != ()


def test_attributes_can_be_set() -> None:
    v = Value(1, label="w")
    v.data -= 0.25
    v.grad = 3
    v.label = "weight"
    assert repr(v) == "Value(data=0.75, grad=3.0, label='weight')"
    v.label = ""
    assert repr(v.tanh()) == "Value(data=0.6351489523872873, grad=0.0, op='tanh')"
    assert repr(v) == "Value(data=0.75, grad=3.0)"
    y = v * v
    v.data = 100.0  # the past stays what it was
    v.grad = 0.0
    y.backward()
    assert (y.data, v.grad) == (0.5625, 1.5)


@pytest.mark.parametrize("foreign", ["1", None, [1.0], 1j, object(), np.complex128(1), {}])
@pytest.mark.parametrize("sign", OPERATORS)
def test_foreign_types_are_refused(sign: str, foreign: Any) -> None:
    f = OPERATORS[sign]
    for call in (lambda: f(Value(1.0), foreign), lambda: f(foreign, Value(1.0))):
        with pytest.raises(TypeError):
            call()


def test_foreign_types_get_their_turn() -> None:
    class Other:
        def __radd__(self, v: Value) -> str:
            return f"radd {v.data}"

        __array_ufunc__ = None

    assert Value(1.0) + Other() == "radd 1.0"
    array = np.array([1.0, 2.0])
    for product in (Value(3.0) * array, array * Value(3.0)):
        assert product.dtype == object
        assert [v.data for v in product] == [3.0, 6.0]
    assert np.exp(np.array([Value(0.0)], dtype=object))[0].op == "exp"


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda v: Value(), TypeError, "data is missing"),
        (lambda v: Value("1"), TypeError, "data must be a real number, got 'str'"),
        (lambda v: Value(1j), TypeError, "data must be a real number, got 'complex'"),
        (lambda v: Value(1, 2), TypeError, "not iterable"),
        (lambda v: Value(1, (2,)), TypeError, "_children must be Values, got 'int'"),
        (lambda v: Value(1, (), 3), TypeError, "_op must be a str, got 'int'"),
        (lambda v: Value(1, label=3), TypeError, "label must be a str"),
        (lambda v: Value(1, (), "", "", 1), TypeError, "at most 4"),
        (lambda v: Value(1, data=2), TypeError, "'data' is given twice"),
        (lambda v: Value(1, requires=2), TypeError, "unknown argument 'requires'"),
        (lambda v: Value(10**400), OverflowError, "too large"),
        (lambda v: v + 10**400, OverflowError, "too large"),
        (lambda v: setattr(v, "data", "x"), TypeError, "data must be a real number"),
        (lambda v: setattr(v, "grad", None), TypeError, "grad must be a real number"),
        (lambda v: setattr(v, "label", 1), TypeError, "label must be a str"),
        (lambda v: delattr(v, "grad"), AttributeError, "grad cannot be deleted"),
        (lambda v: setattr(v, "op", "x"), AttributeError, "op"),
        (lambda v: setattr(v, "elsewhere", 1), AttributeError, "elsewhere"),
        (lambda v: setattr(v, "_backward", print), AttributeError, "Value.record"),
        (lambda v: v._backward(), AttributeError, "parents"),
        (lambda v: v.backward("1"), TypeError, "gradient must be a real number"),
        (lambda v: v.backward(1, 2), TypeError, "at most one argument"),
        (lambda v: v.backward(seed=2), TypeError, "unknown argument 'seed'"),
        (lambda v: v.tanh(1), TypeError, "tanh"),
        (lambda v: v.pow(), TypeError, "pow: argument 'exponent' is missing"),
        (lambda v: v.pow(1, 2), TypeError, "pow: takes at most 1 arguments, got 2"),
        (lambda v: v.pow("2"), TypeError, "pow: .* exponent is 'str'"),
        (lambda v: v.maximum(1, other=2), TypeError, "maximum: argument 'other' is given twice"),
        (lambda v: v.leaky_relu(slope=2), TypeError, "leaky_relu: argument 'slope' is unknown"),
        (lambda v: v.leaky_relu("a"), TypeError, "negative_slope must be a real number"),
        (lambda v: v.threshold(1), TypeError, "threshold: argument 'value' is missing"),
        (lambda v: pow(v, 2, 3), TypeError, "modulus"),
        (lambda v: v @ v, TypeError, "unsupported operand"),
        (lambda v: v[0], TypeError, "subscriptable"),
        (lambda v: len(v), TypeError, "len"),
        (lambda v: pickle.dumps(v * 2), TypeError, r"only a leaf .* \(op 'mul'\)"),
        (lambda v: copy.copy(v * 2), TypeError, "only a leaf"),
        (lambda v: v.__setstate__(1), TypeError, "__setstate__"),
        (lambda v: v.__setstate__((1, 2)), TypeError, "__setstate__"),
    ],
)
def test_bad_input(call: Callable[[Value], Any], error: type[Exception], message: str) -> None:
    v = Value(1.5, label="v")
    v.grad = 2.5
    with pytest.raises(error, match=message):
        call(v)
    assert repr(v) == "Value(data=1.5, grad=2.5, label='v')"


class Named(Value):
    """A subclass with a constructor and attributes of its own."""

    def __init__(self, data: float, name: str) -> None:
        super().__init__(data, label=name)
        self.name = name


def test_leaves_pickle_and_copy() -> None:
    v = Value(0.1, label="v")
    v.grad = -3.0
    named = Named(2.0, "n")
    for make in (copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))):
        twin = make(v)
        assert twin is not v
        assert repr(twin) == repr(v)
        again = make(named)
        assert (type(again), again.name, again.data, again.label) == (Named, "n", 2.0, "n")
    assert copy.deepcopy([v, v])[0] is not v
    first, second = copy.deepcopy([v, v])
    assert first is second


def test_subclasses() -> None:
    n = Named(3.0, "n")
    y = n * n + n
    assert type(y) is Value
    y.backward()
    assert n.grad == 7.0
    assert y.parents[1][0] is n
    assert repr(n) == "Named(data=3.0, grad=7.0, label='n')"
    assert pyad.exp(n).parents[0][0] is n

    class Careless(Value):
        def __init__(self) -> None:
            pass

    assert Careless().data == 0.0


def test_documentation_is_there() -> None:
    assert Value.tanh.__text_signature__ == "($self, /)"
    assert Value.leaky_relu.__doc__.startswith("x where x > 0")
    for name in ("backward", "record", "exp", "pow", "subtract"):
        assert getattr(Value, name).__doc__
    for name in ("data", "grad", "op", "parents", "label"):
        assert getattr(Value, name).__doc__
    assert (Value.__module__, Value.__name__) == ("pyad", "Value")
