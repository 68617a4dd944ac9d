"""`linearize` and `linear_transpose`: against jvp, vjp and PyTorch, nested, batched, printed."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

import pyad
from pyad import func


def _functions():
    """(name, function of one tensor of 4 elements written for pyad and torch)."""
    return {
        "chain": lambda x, m: m.exp(m.sin(x)) * x,
        "product": lambda x, m: m.outer(x, m.tanh(x)),
        "sum": lambda x, m: (x * x).sum(),
        "stack": lambda x, m: m.stack([x[0] * x[1], x[3], x[2] ** 3]),
        "where": lambda x, m: m.where(x > 0.3, x * x, 2 * x),
        "matmul": lambda x, m: x.reshape((2, 2)) @ x.reshape((2, 2)),
        "tuple": lambda x, m: (x[:2], {"b": m.sqrt(m.abs(x) + 1)}),
        "constant": lambda x, m: (m.ones(3), x * 0.5),
    }


X = np.array([0.2, -0.7, 1.1, 0.5])
T = np.array([1.0, 0.5, -2.0, 0.25])
names = pytest.mark.parametrize("name", list(_functions()))


def _seeds(value, package):
    """Cotangents nested as the value, the same for both packages."""
    if isinstance(value, dict):
        return {k: _seeds(v, package) for k, v in value.items()}
    if isinstance(value, tuple):
        return tuple(_seeds(v, package) for v in value)
    n = math.prod(value.shape)
    return package.tensor(np.cos(np.arange(n)).reshape(tuple(value.shape)), dtype=value.dtype)


def _leaves(value):
    if isinstance(value, dict):
        return [y for k in sorted(value) for y in _leaves(value[k])]
    if isinstance(value, (tuple, list)):
        return [y for v in value for y in _leaves(v)]
    return [
        np.asarray(
            value.detach().numpy() if isinstance(value, pyad.Tensor | torch.Tensor) else value
        )
    ]


def _same(a, b, rtol=1e-13):
    a, b = _leaves(a), _leaves(b)
    assert len(a) == len(b)
    for p, q in zip(a, b, strict=True):
        assert p.shape == q.shape
        np.testing.assert_allclose(p, q, rtol=rtol, atol=1e-15)


def _ours(name):
    return lambda x: _functions()[name](x, pyad)


def _theirs(name):
    return lambda x: _functions()[name](x, torch)


@names
def test_beside_pytorch(name):
    """Value, map at many tangents, and its transpose."""
    value, push = func.linearize(_ours(name), pyad.tensor(X))
    expected, pull = torch.func.vjp(_theirs(name), torch.tensor(X))
    _same(value, expected)
    for t in (T, -3 * T, np.eye(4)[2]):
        _, want = torch.func.jvp(_theirs(name), (torch.tensor(X),), (torch.tensor(t),))
        _same(push(pyad.tensor(t)), want)
        _same(push.T.T(pyad.tensor(t)), want)
    _same(push.T(_seeds(value, pyad)), pull(_seeds(expected, torch)))


@names
def test_is_jvp_and_vjp(name):
    x, t = pyad.tensor(X), pyad.tensor(T)
    value, push = func.linearize(_ours(name), x)
    expected, tangent = func.jvp(_ours(name), (x,), (t,))
    _same((value, push(t)), (expected, tangent), 1e-14)
    _, pull = func.vjp(_ours(name), x)
    _same(push.transpose()(value), pull(value), 1e-14)


@names
def test_batches_of_tangents(name):
    x = pyad.tensor(X)
    _, push = func.linearize(_ours(name), x)
    columns = func.vmap(push)(pyad.eye(4, dtype=pyad.float64))
    for i, t in enumerate(np.eye(4)):
        one = push(pyad.tensor(t))
        _same([c[i] for c in _leaves(columns)], _leaves(one))


def test_batches_of_points():
    """A map for each example of a batch."""

    def at(x, t):
        return func.linearize(pyad.sin, x)[1](t)

    x, t = pyad.tensor([X, 2 * X]), pyad.tensor([T, -T])
    _same(func.vmap(at)(x, t), x.cos() * t)


def test_derivative_of_a_map():
    """The map depends on the point: gradients flow through it, of any order."""
    x = pyad.tensor(X, requires_grad=True)
    _, push = func.linearize(lambda v: v**3, x)
    (g,) = pyad.autograd.grad(push(pyad.tensor(T)).sum(), x, create_graph=True)
    _same(g, 6 * x * pyad.tensor(T))
    (gg,) = pyad.autograd.grad(g.sum(), x)
    _same(gg, 6 * pyad.tensor(T))

    def product(v):
        return func.linearize(lambda w: w**3, v)[1](v).sum()

    _same(func.grad(product)(pyad.tensor(X)), 9 * pyad.tensor(X) ** 2)
    _same(func.jvp(product, (pyad.tensor(X),), (pyad.tensor(T),))[1], (9 * X**2 * T).sum())


def test_several_arguments_and_aux():
    def f(x, pair):
        return x * pair["a"] + pair["b"].sum(), x.detach()

    x, pair = pyad.tensor(X), {"a": pyad.tensor(T), "b": pyad.ones(2, dtype=pyad.float64)}
    value, push, aux = func.linearize(f, x, pair, has_aux=True)
    _same((value, aux), (X * T + 2, X))
    t = pyad.tensor([1.0, 0, 0, 0], dtype=pyad.float64)
    _same(push(t, {"a": x, "b": pair["b"]}), t.numpy() * T + X * X + 2)
    given = push.T(pyad.ones(4, dtype=pyad.float64))
    assert isinstance(given, tuple)
    _same(given, (T, {"a": X, "b": np.full(2, 4.0)}))


def test_numpy_and_numbers():
    value, push = func.linearize(lambda x: x * x, 3.0)
    assert (value, push(1.0), push.T(2.0)) == (9.0, 6.0, (12.0,))
    value, push = func.linearize(pyad.sin, X)
    assert isinstance(value, np.ndarray)
    made = push(T)
    assert isinstance(made, np.ndarray)
    np.testing.assert_allclose(made, np.cos(X) * T, rtol=1e-15)
    (back,) = push.T(T)
    assert isinstance(back, np.ndarray)


def test_infinite_slopes():
    """The map has the slopes themselves, whatever they meet."""
    _, push = func.linearize(pyad.sqrt, pyad.tensor([0.0, 4.0]))
    _same(push(pyad.tensor([1.0, 1.0])), np.array([np.inf, 0.25]))


def test_no_gradient_is_recorded_for_a_constant_point():
    value, push = func.linearize(pyad.sin, pyad.tensor(X))
    assert not value.requires_grad
    assert not push(pyad.tensor(T)).requires_grad
    assert not push.T(pyad.tensor(T))[0].requires_grad


def test_printed():
    _, push = func.linearize(lambda x: 3 * x.flip(0) + x.exp(), pyad.zeros(2))
    lines = str(push).splitlines()
    assert lines[0] == "LinearMap: float32[2] -> float32[2]"
    assert lines[-1].startswith("  out0 = ")
    # Every value is made before it is used, and none twice.
    made = {"in0"}
    for line in lines[1:]:
        name, formula = line.split(" = ")
        operands = formula[formula.find("(") + 1 :].rstrip(")").split(" + ")
        assert set(operands) <= made
        assert name.strip() not in made
        made.add(name.strip())
    kinds = [line.split(" = ")[1].split("(")[0] for line in lines[1:-1]]
    assert kinds.count("Flip") == 1
    assert kinds.count("Mul") == 2
    assert str(push.T).splitlines()[0] == "LinearMap: float32[2] -> float32[2]"
    assert str(func.linearize(lambda x: pyad.ones(2), pyad.zeros(2))[1]).endswith("out0 = 0")
    assert str(func.linearize(lambda x: x, pyad.zeros(2))[1]).endswith("out0 = in0")


LINEAR = {
    "cumsum": lambda x, m: 3 * m.cumsum(x, 0),
    "matmul": lambda x, m: x.new_ones((2, 2)) @ x.reshape((2, 2)),
    "pad": lambda x, m: m.concatenate([x, x[1:3]]),
    "pair": lambda x, m: (x[0] - x[3], x[::2]),
    "identity": lambda x, m: x,
}


@pytest.mark.parametrize("name", list(LINEAR))
def test_transpose_of_a_linear_function(name):
    zeros = pyad.zeros(4, dtype=pyad.float64)
    ours = func.linear_transpose(lambda x: LINEAR[name](x, pyad), zeros)
    like, pull = torch.func.vjp(
        lambda x: LINEAR[name](x, torch), torch.zeros(4, dtype=torch.float64)
    )
    _same(ours(_seeds(LINEAR[name](zeros, pyad), pyad)), pull(_seeds(like, torch)))
    _same(ours.T(pyad.tensor(X)), LINEAR[name](torch.tensor(X), torch))


NOT_LINEAR = {
    "square": lambda x: x * x,
    "affine": lambda x: x + 1,
    "constant": lambda x: pyad.ones(3),
    "abs": lambda x: x.abs(),
    "relu": lambda x: x.relu(),
    "max": lambda x: x.max(),
    "norm": lambda x: x.norm(),
    "sin": lambda x: x.sin(),
    "ratio": lambda x: x**3 / (x * x),
}


@pytest.mark.parametrize("name", [n for n in NOT_LINEAR if n != "ratio"])
def test_what_is_not_linear_is_refused(name):
    with pytest.raises(ValueError, match="is not linear"):
        func.linear_transpose(NOT_LINEAR[name], pyad.zeros(3))


def test_what_is_linear_but_for_rounding_is_not_refused():
    made = func.linear_transpose(NOT_LINEAR["ratio"], pyad.zeros(3))
    _same(made(pyad.ones(3)), np.ones(3), 1e-6)


def test_what_does_not_fit():
    x = pyad.zeros(2)
    with pytest.raises(RuntimeError, match="linearize: got no primals"):
        func.linearize(pyad.sin)
    with pytest.raises(RuntimeError, match="linear_transpose: got no primals"):
        func.linear_transpose(pyad.sin)
    with pytest.raises(RuntimeError, match="only tensors"):
        func.linearize(lambda v: "x", x)
    with pytest.raises(RuntimeError, match="only floating tensors"):
        func.linearize(pyad.sin, pyad.tensor([1, 2]))
    _, push = func.linearize(pyad.sin, x)
    with pytest.raises(RuntimeError, match="shape \\(3,\\)"):
        push(pyad.zeros(3))
    with pytest.raises(RuntimeError, match="same nesting"):
        push(x, x)
    with pytest.raises(RuntimeError, match="same nesting"):
        push((x,))
    with pytest.raises(RuntimeError, match="nested as the output"):
        push.T((x,))
    with pytest.raises(TypeError, match="one argument"):
        push.T(x, x)
    _same(push(pyad.ones(2)), np.ones(2))
