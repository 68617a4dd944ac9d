"""Static scalar programs: they compute what Values compute, at other points too, or refuse."""

from __future__ import annotations

import gc
import math
import pickle
import random
import resource
import threading
import weakref

import numpy as np
import pytest
import torch

import op_names
import pyad
from pyad import Value

OPS = [row for row in op_names.ELEMENTWISE if row["scalar"]]


def eager(f, xs, g=1.0):
    """Value and gradient by the scalar graph."""
    values = [Value(x) for x in xs]
    y = f(*values)
    if not isinstance(y, Value):
        return float(y), (0.0,) * len(xs)
    y.backward(g)
    return y.data, tuple(v.grad for v in values)


def agree(got, want, tolerance=0.0):
    np.testing.assert_allclose(got, want, rtol=tolerance, atol=0)


def points(rng, n, low=-2.0, high=2.0):
    return [rng.uniform(low, high) for _ in range(n)]


# ---- values and gradients


@pytest.mark.parametrize("row", OPS, ids=lambda row: f"{row['name']}-{row['arity']}")
def test_every_op(row):
    """Each op of the table, with its parameters away from their defaults where it has some."""
    rng = random.Random(row["id"])
    params = {name: 0.75 for name, *_ in row["params"]}
    call = value_function(row, params)
    try:
        compiled = pyad.compile(call)
        for _ in range(4):
            xs = [rng.uniform(*row["domain"][i]) for i in range(row["arity"])]
            y, gradient = eager(call, xs)
            got = compiled(*xs)
            assert type(got) is (bool if row["result"] == "bool" else float)
            agree(float(got), y)
            if row["result"] != "bool":
                value, gs = compiled.value_and_grad(*xs)
                agree(value, y)
                agree(gs, gradient if row["arity"] > 1 else gradient[0])
        columns = [np.array([rng.uniform(*d) for _ in range(37)]) for d in row["domain"]]
        columns = columns[: row["arity"]]
        agree(compiled.map(*columns), [compiled(*xs) for xs in zip(*columns, strict=True)], 1e-13)
        if row["result"] != "bool":
            _, gs = compiled.map_value_and_grad(*columns)
            want = np.array([eager(call, xs)[1] for xs in zip(*columns, strict=True)]).T
            agree(gs, want if row["arity"] > 1 else want[0], 1e-12)
    except AssertionError:
        print(compiled.program())
        raise


def value_function(row, params):
    """The op as a function of Values."""
    name = row["name"]
    if not hasattr(Value, name):
        return lambda *xs: op_names.function_of(row)(*xs, **params)
    return lambda x, *xs: getattr(as_value(x), name)(*xs, **params)


def as_value(x):
    return x if isinstance(x, Value) else Value(x)


def random_program(seed, length=40):
    """A function of three numbers out of random ops, smooth enough to be compared closely."""
    rng = random.Random(seed)
    unary = ["sin", "cos", "tanh", "exp2", "sigmoid", "atan", "softplus", "square", "neg", "abs"]
    unary += ["relu", "asinh", "erf", "sqrt1", "log1", "floor"]
    binary = ["add", "sub", "mul", "div1", "maximum", "minimum", "hypot1", "atan2", "pow1", "where"]
    steps = []
    for k in range(length):
        n = 3 + k
        if rng.random() < 0.45:
            steps.append((rng.choice(unary), rng.randrange(n), None))
        else:
            second = rng.randrange(n) if rng.random() < 0.8 else rng.choice([0.5, 1.0, 2.0, -3.0])
            steps.append((rng.choice(binary), rng.randrange(n), second))

    def f(x, y, z):
        v = [x, y, z]
        for name, i, j in steps:
            a = v[i]
            b = v[j] if isinstance(j, int) else j
            v.append(apply(name, a, b))
        total = 0
        for k, w in enumerate(v[-6:]):
            total = total + pyad.tanh(w) * (k + 1) if isinstance(w, Value) else total
        return total

    return f


def apply(name, a, b):
    if name == "sqrt1":
        return pyad.sqrt(a * a + 1)
    if name == "log1":
        return pyad.log(a * a + 1)
    if name == "div1":
        return a / (b * b + 1)
    if name == "hypot1":
        return pyad.hypot(a, 1.0)
    if name == "pow1":
        return (pyad.tanh(a) + 1.5) ** 1.7
    if name == "where":
        return pyad.where(a > b, a, -a)
    if b is None:
        return getattr(pyad, name)(a)
    return getattr(pyad, name)(a, b)


@pytest.mark.parametrize("seed", range(60))
def test_random_programs(seed):
    f = random_program(seed)
    compiled = pyad.compile(f)
    rng = random.Random(seed)
    table = np.array([points(rng, 3) for _ in range(25)])
    rows = [eager(f, row) for row in table.tolist()]
    for row, (y, gradient) in zip(table.tolist(), rows, strict=True):
        assert compiled(*row) == y
        value, gs = compiled.value_and_grad(*row)
        assert value == y
        agree(gs, gradient, 1e-12)
        assert compiled.forward(*row) == y
        agree(compiled.backward(2.0), [2 * g for g in gradient], 1e-12)
    ys, gs = compiled.map_value_and_grad(*table.T)
    agree(ys, [y for y, _ in rows], 1e-11)
    np.testing.assert_allclose(np.array(gs).T, [g for _, g in rows], rtol=1e-10, atol=1e-12)
    assert len(compiled._programs) == 1


@pytest.mark.parametrize("seed", range(5))
def test_torch_agrees(seed):
    rng = random.Random(seed)

    def f(lib, x, y):
        return lib.tanh(x * y) + lib.exp(-x * x) * lib.cos(y / (1 + x * x)) - lib.sin(x) ** 3 / 2

    compiled = pyad.compile(lambda x, y: f(pyad, x, y))
    for _ in range(20):
        xs = points(rng, 2)
        ts = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in xs]
        y = f(torch, *ts)
        y.backward()
        agree(compiled(*xs), y.item(), 1e-12)  # the terms may cancel
        agree(compiled.gradient(*xs), [t.grad.item() for t in ts], 1e-12)


def test_the_static_graph_of_the_seed():
    f = pyad.compile(lambda x: 2 * pyad.sin(x**3) ** 2)
    total = 0.0
    for x in (10.0, 5.0, 3.0):
        agree(f.forward(x), 2 * math.sin(x**3) ** 2, 1e-13)
        total += f.backward()
        agree(f.grad, 12 * sum(
            t**2 * math.cos(t**3) * math.sin(t**3) for t in (10.0, 5.0, 3.0) if t >= x
        ), 1e-11)  # fmt: skip
    agree(f.grad, total, 1e-15)
    f.zero_grad()
    assert f.grad == 0.0
    assert len(f._programs) == 1


def test_two_paths():
    f = pyad.compile(lambda x, y: pyad.cos((x**2 + pyad.sin(y)) * x))
    x, y = 1.3, -0.4
    inner = (x**2 + math.sin(y)) * x
    want = -math.sin(inner) * (3 * x**2 + math.sin(y)), -math.sin(inner) * math.cos(y) * x
    agree(f.gradient(x, y), want, 1e-14)


def test_kinks_and_zeros_are_those_of_values():
    cases = [
        (lambda x: pyad.sqrt(x) * 0.0, 0.0),
        (lambda x: x**0, 0.0),
        (lambda x: x**2, -3.0),
        (lambda x: x - x, 2.0),
        (lambda x: x * x * x, -2.0),
        (lambda x: pyad.abs(x), 0.0),
        (lambda x: pyad.maximum(x, 0.0), 0.0),
        (lambda x: 0 * pyad.log(x), 0.0),
        (lambda x: -(0 - (-x)), 1.5),
        (lambda x: x + -0.0, -0.0),
        (lambda x: 1 * x / 1 - 0.0, -0.0),
    ]
    for f, x in cases:
        y, (g,) = eager(f, [x])
        got = pyad.compile(f).value_and_grad(x)
        np.testing.assert_array_equal(got, (y, g))
        assert math.copysign(1, got[0]) == math.copysign(1, y)


def test_a_relu_passes_zero_as_for_tensors():
    f = pyad.compile(lambda x: pyad.relu(x) * math.inf)
    assert f.gradient(-1.0) == 0.0  # not 0 * inf
    assert f.map_value_and_grad(np.array([-1.0, -2.0]))[1].tolist() == [0.0, 0.0]


def test_division_by_zero_is_that_of_arrays():
    f = pyad.compile(lambda x, y: x / y + y**-1)
    assert f(1.0, 0.0) == math.inf
    assert f(1.0, 2.0) == 1.0
    assert math.isnan(pyad.compile(lambda x: x / (x - x) * 0)(1.0))


def test_no_grad_inside_stops_derivatives():
    def f(x):
        with pyad.no_grad():
            scale = x * 2
        return scale * x + 2 * x  # the product under no_grad is another than the recorded one

    value, gradient = pyad.compile(f).value_and_grad(3.0)
    assert (value, gradient) == (24.0, 8.0)
    with pyad.no_grad():
        assert pyad.compile(f).value_and_grad(3.0) == (24.0, 8.0)
        assert pyad.compile(lambda x: x * x).gradient(3.0) == 6.0
    assert pyad.is_grad_enabled()


# ---- the program


def test_constants_dead_code_and_common_subexpressions():
    def f(x, unused):
        pyad.exp(x)
        c = Value(2.0) * 3.0
        return pyad.sin(x * c) + pyad.sin(c * x) + pyad.where(c > 5, x, unused)

    compiled = pyad.compile(f)
    compiled(1.0, 2.0)
    assert compiled.program().splitlines() == [
        "2 inputs, 5 steps, 1 output",
        "v0 = mul(x0, 6)",
        "v1 = sin(v0)",
        "v2 = add(v1, v1)",
        "v3 = where(1, x0, x1)",
        "v4 = add(v2, v3)",
        "return v4",
    ]
    assert compiled.gradient(1.0, 2.0) == (12 * math.cos(6.0) + 1, 0.0)


def test_parameters_of_ops_are_kept():
    f = pyad.compile(lambda x: x.leaky_relu(0.2) + x.clamp(-1.0, 0.5))
    assert f(-3.0) == -3 * 0.2 - 1
    assert f.gradient(-3.0) == 0.2
    assert f.value_and_grad(0.25) == (0.5, 2.0)
    assert "negative_slope=0.2" in f.program()


def test_a_long_program():
    n = 200_000

    def f(x, a):
        for _ in range(n):
            x = x * a + 0.001
        return x

    compiled = pyad.compile(f)
    y, gradient = eager(f, [0.3, 0.99])
    assert compiled.value_and_grad(0.3, 0.99) == (y, gradient)
    assert compiled(0.3, 0.99) == y
    compiled.into(None, 0.3, 0.99, grad=(g := np.empty(2)))
    assert tuple(g) == gradient


# ---- nesting


def test_nested_arguments_and_results():
    @pyad.compile
    def f(model, x, scale=2.0):
        w, (b, c) = model["w"], model["b"]
        return {"y": [w * x + b, (c,)], "n": None, "name": "f", "s": x * scale}

    model = {"w": 3.0, "b": [1.0, 5.0]}
    want = {"y": [7.0, (5.0,)], "n": None, "name": "f", "s": 4.0}
    assert f(model, 2.0) == want
    assert f.forward(model, 2.0) == want
    g = {"y": [1.0, (10.0,)], "n": None, "name": "f", "s": 100.0}
    assert f.backward(g) == ({"w": 2.0, "b": [1.0, 10.0]}, 203.0)
    assert f(model, x=2.0) == want
    assert f(model, 2, scale=3)["s"] == 6.0
    assert f.forward(model, x=2.0, scale=1.0)["s"] == 2.0
    assert f.backward(g)[2] == 200.0
    assert f.jacobian(model, 2.0)["y"][1] == (({"w": 0.0, "b": [0.0, 1.0]}, 0.0),)


def test_arguments_by_name_alone():
    f = pyad.compile(lambda x, *, k: x * k)
    assert f(2.0, k=3.0) == 6.0
    assert f.gradient(2.0, k=3.0) == (3.0, {"k": 2.0})
    assert f.program(2.0, k=3.0).splitlines()[1] == "v0 = mul(x0, x1)"


def test_arrays():
    @pyad.compile
    def f(x, a):
        return (x[1:] * x[:-1]).sum() + (a @ x) @ x + np.sin(x).sum()

    rng = np.random.default_rng(0)
    x, a = rng.standard_normal(5), rng.standard_normal((5, 5))
    value, (gx, ga) = f.value_and_grad(x, a)
    agree(value, (x[1:] * x[:-1]).sum() + a @ x @ x + np.sin(x).sum(), 1e-13)
    agree(gx, (a + a.T) @ x + np.cos(x) + np.r_[x[1:], 0] + np.r_[0, x[:-1]], 1e-12)
    agree(ga, np.outer(x, x), 1e-15)
    # Other layouts and dtypes are the same numbers.
    assert f(np.asfortranarray(a)[0], a.T.copy().T) == f(a[0].copy(), a)
    assert f(np.arange(5), a.astype(np.float32)) == f(np.arange(5.0), a.astype(np.float32) * 1.0)
    assert len(f._programs) == 1
    f(np.ones(3), np.ones((3, 3)))
    assert len(f._programs) == 2


def test_array_results_and_jacobians():
    f = pyad.compile(lambda x, t: (x * t, {"s": x.sum()}))
    x = np.array([1.0, 2.0, 3.0])
    y, s = f(x, 2.0)
    agree(y, 2 * x)
    assert s == {"s": 6.0}
    (jx, jt), js = f.jacobian(x, 2.0)
    agree(jx, 2 * np.eye(3))
    agree(jt, x)
    agree(js["s"][0], np.ones(3))
    assert js["s"][1] == 0.0
    assert isinstance(js["s"][1], float)


def test_rows_of_a_jacobian_do_not_touch_each_other():
    f = pyad.compile(lambda x, y: (x * x, pyad.log(y)))
    (dx, dy), _ = f.jacobian(3.0, 0.0)
    assert (dx, dy) == (6.0, 0.0)  # not nan from 0 * inf


def test_into_writes_into_given_memory():
    f = pyad.compile(lambda x: x * x)
    x, out = np.array([1.0, 2.0]), np.zeros(2)
    f.into(out, x)
    f.into(out, 2 * x)
    agree(out, [4.0, 16.0])
    g = pyad.compile(lambda x: (x**2).sum())
    grad = np.zeros(2)
    g.into(None, x, grad=grad)
    agree(grad, 2 * x)
    with pytest.raises(TypeError, match="out must be a NumPy array of float64, got"):
        f.into([0.0, 0.0], x)
    with pytest.raises(TypeError, match="float64"):
        f.into(np.zeros(2, np.float32), x)
    with pytest.raises(ValueError, match="has 3 elements, and there are 2"):
        f.into(np.zeros(3), x)
    with pytest.raises(ValueError, match="contiguous"):
        f.into(np.zeros(4)[::2], x)
    fixed = np.zeros(2)
    fixed.flags.writeable = False
    with pytest.raises(ValueError, match="writable"):
        f.into(fixed, x)
    with pytest.raises(RuntimeError, match="returned 2 numbers"):
        f.into(out, x, grad=grad)


def test_other_arguments_are_constants():
    calls = []

    @pyad.compile(static_argnames="n")
    def f(x, n, flag=True, name="a"):
        calls.append(n)
        for _ in range(n):
            x = x * 2 if flag else x + 1
        return x

    assert [f(1.0, 3), f(2.0, 3), f(1.0, 4), f(5.0, 3)] == [8.0, 16.0, 16.0, 40.0]
    assert calls == [3, 4]
    assert f(1.0, 3, False) == 4.0
    assert f(1.0, 3, flag=False) == 4.0
    assert f(1.0, n=3) == 8.0
    assert calls == [3, 4, 3]
    assert f.gradient(1.0, 3) == (8.0, None)
    by_position = pyad.compile(lambda x, n: x**n, static_argnums=1)
    assert by_position(3.0, 4) == 81.0
    agree(by_position.map(np.array([1.0, 2.0]), 4), [1.0, 16.0])


def test_the_cache_is_bounded():
    f = pyad.compile(lambda xs: sum(xs), max_programs=3)
    for n in range(1, 9):
        assert f([1.0] * n) == n
    assert len(f._programs) == 3
    assert f([2.0]) == 2.0


def test_one_capture_for_many_calls():
    calls = []
    f = pyad.compile(lambda x: calls.append(x) or x * x)
    for k in range(10):
        assert f(float(k)) == k * k
        assert f(k) == k * k
        assert f(np.float64(k)) == f(np.int32(k)) == k * k
    assert len(calls) == 1


def test_numpy_truth_values_are_constants():
    f = pyad.compile(lambda x, flag: x * 2 if flag else x)
    assert f(3.0, np.True_) == 6.0
    assert f(3.0, np.False_) == 3.0
    g = pyad.compile(lambda x: x)
    assert g(3.0) == 3.0
    assert g(np.True_) is np.True_


class Spiteful:
    """Takes the list apart that it is compared in."""

    def __init__(self, victim):
        self.victim = victim

    def __eq__(self, other):
        self.victim.clear()
        other.victim.clear()
        return True

    __hash__ = None


def test_arguments_that_change_while_they_are_read():
    def make():
        inner = [1.0]
        inner += [Spiteful(inner), 2.0]
        return inner

    f = pyad.compile(lambda x, s: x, static_argnames="s")
    for _ in range(3):
        assert f(1.0, make()) == 1.0


# ---- Values and what is outside


def test_values_as_arguments_join_the_graph():
    f = pyad.compile(lambda x, y: (x * y, pyad.sin(x)))
    x = Value(2.0)
    a, b = f(x * 3, 4.0)
    assert isinstance(a, Value)
    (a + b).backward()
    assert a.data == 24.0
    assert x.grad == 3 * (4.0 + math.cos(6.0))
    with pyad.no_grad():
        assert f(x, 1.0)[0].parents == ()


def test_values_from_outside_are_parameters():
    w = Value(3.0, label="w")
    f = pyad.compile(lambda x: w * x)
    assert f(2.0) == 6.0
    w.data = 5.0
    assert f(2.0) == 10.0
    assert f.forward(2.0) == 10.0
    assert f.backward() == 5.0
    assert w.grad == 2.0
    assert f.value_and_grad(2.0) == (10.0, 5.0)
    agree(f.map(np.array([1.0, 2.0])), [5.0, 10.0])
    agree(f.map_value_and_grad(np.array([1.0, 2.0]))[1], [5.0, 5.0])
    y = f(Value(2.0))
    y.backward()
    assert w.grad == 4.0
    f.zero_grad()
    assert w.grad == 0.0
    with pytest.raises(TypeError, match="pass them as arguments"):
        pickle.dumps(f)
    product = w * 2
    with pytest.raises(RuntimeError, match="computed outside"):
        pyad.compile(lambda x: x * product)(1.0)


SCALE = 2.0


def helper(x):
    return x * SCALE


def test_rebound_numbers_are_seen(monkeypatch):
    here = 1.0
    f = pyad.compile(lambda x: helper(x) + here)
    assert f(3.0) == 7.0
    monkeypatch.setitem(globals(), "SCALE", 10.0)
    assert f(3.0) == 31.0
    assert f.gradient(3.0) == 10.0
    here = 2.0
    assert f(3.0) == 32.0
    assert len(f._programs) == 1


def test_captured_functions_inside_captured_functions():
    g = pyad.compile(lambda x: x * x)
    f = pyad.compile(lambda x: g(x) + g(3.0))
    assert g(2.0) == 4.0
    assert f(2.0) == 13.0
    assert f.gradient(2.0) == 4.0
    with pytest.raises(RuntimeError, match="inside a captured function"):
        pyad.compile(lambda x: x * g.gradient(3.0))(1.0)


# ---- many points


def test_map():
    f = pyad.compile(lambda p, t: {"a": p[0] * t, "b": [p.sum() + t, True], "c": p * 2})
    rng = np.random.default_rng(1)
    p, t = rng.standard_normal((1000, 3)), rng.standard_normal(1000)
    got = f.map(p, t)
    agree(got["a"], p[:, 0] * t)
    agree(got["b"][0], p.sum(1) + t, 1e-12)
    assert got["b"][1] is True
    agree(got["c"], 2 * p)
    agree(f.map(p, 2.0)["a"], p[:, 0] * 2)
    for n in (0, 1, 15, 16, 17, 300):
        assert f.map(p[:n], t[:n])["c"].shape == (n, 3)
    g = pyad.compile(lambda p, t: (p * p).sum() * t)
    _, (gp, gt) = g.map_value_and_grad(p, 2.0)
    agree(gp, 4 * p, 1e-15)
    agree(gt, (p * p).sum(1), 1e-13)
    constant = pyad.compile(lambda x: 1.5)
    agree(constant.map(np.zeros(3)), [1.5] * 3)
    agree(constant.map_value_and_grad(np.zeros(3))[1], [0.0] * 3)


ON_ARRAYS = {
    "sin": lambda f, x: f.sin(x),
    "exp": lambda f, x: f.exp(x * 0.5),
    "abs": lambda f, x: f.abs(x),
    "maximum": lambda f, x: f.maximum(x, 0.3),
    "minimum of arrays": lambda f, x: f.minimum(x, x[::-1]),
    "pow": lambda f, x: f.pow(x * x, 1.5),
    "by name": lambda f, x: f.add(x, other=2.0) if f is pyad else f.add(x, 2.0),
    "broadcast": lambda f, x: f.multiply(x[:, None], np.arange(3.0)),
}


@pytest.mark.parametrize("name", ON_ARRAYS)
def test_functions_of_pyad_take_arrays_of_values(name):
    f, x = ON_ARRAYS[name], np.array([0.5, -1.25, 2.0])
    compiled = pyad.compile(lambda x: f(pyad, x))
    np.testing.assert_allclose(compiled(x), f(np, x), rtol=1e-15)
    values = np.array([Value(v) for v in x])
    eager = f(pyad, values)
    np.testing.assert_array_equal(np.vectorize(lambda v: v.data)(eager), compiled(x))
    eager.sum().backward()
    gradient = pyad.compile(lambda x: f(pyad, x).sum()).gradient(x)
    np.testing.assert_allclose([v.grad for v in values], gradient, rtol=1e-15)


def test_what_is_not_elementwise_says_what_to_use_for_arrays_of_values():
    x = np.array([Value(1.0), Value(2.0)])
    for f in (pyad.sum, pyad.mean, pyad.cumsum, pyad.softmax, pyad.sort):
        with pytest.raises(TypeError, match=r"array of Values is no tensor.*x\.sum\(\)"):
            f(x, 0)
    with pytest.raises(TypeError, match="dtype object"):  # of other things
        pyad.sin(np.array([None]))


def test_map_lets_threads_run():
    f = pyad.compile(lambda x: pyad.sin(x) * pyad.exp(x) + pyad.cos(x))
    x = np.linspace(0, 1, 200_000)
    want = f.map(x)
    results = []
    threads = [
        threading.Thread(target=lambda: results.append(f.map_value_and_grad(x)[0]))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 4
    for y in results:
        agree(y, want)


# ---- pickling, memory


def square_sum(x, y):
    return {"r": pyad.leaky_relu(x * x + y, 0.1)}


def test_pickle_needs_no_python_code():
    f = pyad.compile(lambda x, y: square_sum(x, y))
    f(1.0, 2.0)
    again = pickle.loads(pickle.dumps(f))
    assert again(3.0, 4.0) == f(3.0, 4.0)
    assert again.gradient(3.0, -40.0) == f.gradient(3.0, -40.0)
    with pytest.raises(RuntimeError, match="loaded without its Python function"):
        again([1.0], 2.0)
    by_name = pickle.loads(pickle.dumps(pyad.compile(square_sum)))
    assert by_name(1.0, 2.0) == {"r": 3.0}


def test_a_forged_program_is_refused():
    load = pyad._core._load_scalar_program
    numbers = ("t", "x")
    good = [(b"", 1, [("sin", True, 0, 0, 0, 0)], [1], numbers, "x")]
    assert load(*good[0]).call(0.0) == 0.0
    for steps, outputs in (
        ([("sin", True, 1, 0, 0, 0)], [1]),
        ([("nothing", True, 0, 0, 0, 0)], [1]),
        ([("bitwise_not", True, 0, 0, 0, 0)], [1]),
        ([("leaky_relu", True, 0, 0, 0, 0)], [1]),
        ([("sin", True, 0, 0, 0, 0)], [2]),
    ):
        with pytest.raises(ValueError, match="scalar program"):
            load(b"", 1, steps, outputs, numbers, "x")
    with pytest.raises(ValueError, match="do not fit"):
        load(b"", 1, [], [0], ("t", "x", "x"), "x")


def test_constants_that_hold_the_function_are_collected():
    class Owner:
        pass

    owner = Owner()
    owner.f = pyad.compile(lambda o, x: x * 2, static_argnums=0)
    assert owner.f(owner, 2.0) == 4.0
    gone = weakref.ref(owner)
    del owner
    gc.collect()
    assert gone() is None


def test_memory_is_constant():
    f = pyad.compile(lambda x, y: (pyad.sin(x) * y + x) / (1 + y * y))
    f.forward(1.0, 2.0)
    f.backward()
    f.value_and_grad(1.0, 2.0)
    out, grad = np.empty(()), np.empty(2)
    values = pyad._core.live_values()

    def rounds(n):
        for k in range(n):
            f.forward(1.0, float(k))
            f.backward()
            f.into(out, 1.0, float(k), grad=grad)

    rounds(10_000)
    gc.collect()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    rounds(1_000_000)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert after - before < 1024  # KiB
    assert pyad._core.live_values() == values
