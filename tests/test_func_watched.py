"""What a transform's result can be differentiated by, and what travels through batches with it.

Cotangents, tangents, aux, arrays and closures: each program against its derivative by hand.
"""

from __future__ import annotations

import copy
import gc

import numpy as np
import pytest

import pyad
from pyad import func

f64 = pyad.float64
X = pyad.tensor([0.3, -0.5, 1.2], dtype=f64)
V = pyad.tensor([1.0, 2.0, -1.0], dtype=f64)
W = pyad.tensor(np.arange(12.0).reshape(4, 3) * 0.1 + 0.1)


def same(a, b, rtol=1e-13):
    a, b = (t.detach().numpy() if isinstance(t, pyad.Tensor) else np.asarray(t) for t in (a, b))
    assert a.shape == b.shape
    np.testing.assert_allclose(a, b, rtol=rtol, atol=1e-15)


def _vjp(v):
    return (func.vjp(pyad.sin, X)[1](v)[0] ** 2).sum()


def _linearize(v):
    return (func.linearize(lambda q: q**2, X)[1](v) ** 2).sum()


def _transpose(v):
    return (func.linear_transpose(lambda z: 2 * z, X)(v)[0] ** 2).sum()


def _hvp(v):
    return (func.jvp(func.grad(lambda q: q.sin().sum()), (X,), (v,))[1] ** 2).sum()


def _value_of_grad(v):
    both = func.grad_and_value(lambda q: q.sin().sum())
    return func.jvp(lambda a: both(a)[1], (X,), (v,))[1]


def _closed_over(v):
    def at(c):
        return func.grad(lambda q: (q.sin() * c * c).sum())(X)

    return func.jvp(at, (X,), (v,))[1].sum()


SEEDS = {
    "vjp": (_vjp, 2 * V * X.cos() ** 2),
    "linearize": (_linearize, 8 * X * X * V),
    "linear_transpose": (_transpose, 8 * V),
    "hvp": (_hvp, 2 * V * X.sin() ** 2),
    "value": (_value_of_grad, X.cos()),
    "closure": (_closed_over, 2 * X * X.cos()),
}
OUTER = {
    "grad": lambda f: func.grad(f)(V),
    "jacrev": lambda f: func.jacrev(f)(V),
    "jacfwd": lambda f: func.jacfwd(f)(V),
    "vjp": lambda f: func.vjp(f, V)[1](pyad.tensor(1.0, dtype=f64))[0],
    "vmap": lambda f: func.vmap(func.grad(f))(pyad.stack([V, V]))[1],
}


@pytest.mark.parametrize("outer", list(OUTER))
@pytest.mark.parametrize("name", list(SEEDS))
def test_cotangents_and_tangents_are_differentiated_by(name, outer):
    f, want = SEEDS[name]
    got = OUTER[outer](f)
    same(got, want)
    assert not got.requires_grad


@pytest.mark.parametrize("name", list(SEEDS))
def test_by_a_leaf(name):
    f, want = SEEDS[name]
    v = V.clone().requires_grad_()
    f(v).backward()
    same(v.grad, want)


def test_a_pull_made_before():
    _, pull = func.vjp(lambda q: q**3, X)
    got = func.grad(lambda v: (pull(v)[0] ** 2).sum())(V)
    same(got, 18 * V * X**4)
    assert not got.requires_grad


def test_aux_keeps_what_it_came_from():
    def inner(w, transform):
        return transform(lambda q: ((q * q).sum(), w * q), has_aux=True)(X)

    def total(transform):
        return lambda w: sum((t * u).sum() for t, u in [inner(w, transform)])

    for transform in (func.grad, func.jacrev, func.jacfwd):
        same(func.grad(total(transform))(V), 2 * X * X)
    w = V.clone().requires_grad_()
    _, aux = inner(w, func.grad)
    assert aux.requires_grad
    same(pyad.autograd.grad(aux.sum(), w)[0], X)
    _, plain = func.grad(lambda q: ((q * q).sum(), 3 * q), has_aux=True)(X)
    assert not plain.requires_grad
    number = func.grad(
        lambda w: func.grad_and_value(lambda q: (q * q, w * 5), has_aux=True)(3.0)[1][1] * w
    )
    assert number(2.0) == 20.0


def test_numbers_stay_numbers():
    got = func.grad(lambda w: func.grad(lambda q: q * q * w)(3.0) * w)(2.0)
    assert type(got) is float
    assert got == 24.0


def test_arrays_in_a_batch_keep_the_graph():
    xn = np.array([1.0, 2.0, 3.0])

    def f(w):
        return (pyad.vmap(lambda q: w * q)(xn) * w).sum()

    assert func.grad(f)(2.0) == 24.0
    assert func.jvp(f, (2.0,), (1.0,)) == (24.0, 24.0)
    w = pyad.tensor(2.0, requires_grad=True, dtype=f64)
    assert pyad.vmap(lambda q: w * q)(xn).requires_grad
    assert isinstance(pyad.vmap(lambda q: 2 * q)(xn), np.ndarray)


def test_gradients_asked_for_inside_a_batch():
    same(
        func.vmap(lambda q: pyad.autograd.functional.jacobian(lambda z: z**2, q))(W),
        pyad.stack([pyad.diag(2 * row) for row in W]),
    )

    def inside(q):
        z = q.detach().requires_grad_()
        return pyad.autograd.grad((z**2).sum(), z)[0]

    same(func.vmap(inside)(W), 2 * W)
    assert not W.requires_grad


def test_copies_of_examples():
    same(func.vmap(copy.deepcopy)(W), W)


def test_the_same_draws_in_every_chunk():
    def f(q):
        return pyad.rand(2) + 0 * q

    for size in (None, 1, 2):
        y = func.vmap(f, randomness="same", chunk_size=size)(pyad.zeros(3, 2))
        same(y, y[0].expand(3, 2))
    y = func.vmap(f, randomness="different", chunk_size=1)(pyad.zeros(3, 2))
    assert len(set(y.reshape(-1).tolist())) == 6


INPLACE = {
    "mul_": lambda y: y.mul_(2.0),
    "add_": lambda y: y.add_(y),
    "relu_": lambda y: y.relu_(),
    "exp_": lambda y: y.exp_(),
    "cumsum_": lambda y: y.cumsum_(0),
    "leaky": lambda y: pyad.nn.functional.leaky_relu(y, inplace=True),
    "remainder_": lambda y: y.remainder_(0.7),
}


@pytest.mark.parametrize("name", list(INPLACE))
def test_jacobians_of_writes_in_batches(name):
    def f(q):
        return INPLACE[name](q.sin())

    def g(q):
        return (f(q) ** 2).sum()

    for transform, h in ((func.jacrev, f), (func.jacfwd, f), (func.hessian, g)):
        made = func.vmap(transform(h))(W)
        same(made, pyad.stack([transform(h)(row) for row in W]))
    same(func.jacrev(f)(X), func.jacfwd(f)(X))
    same(func.hessian(g)(X), func.jacrev(func.jacrev(g))(X))


F = pyad.nn.functional
POOLS = {
    "max_pool1d": (lambda x: F.max_pool1d(x, 2), (2, 3, 4)),
    "max_pool2d": (lambda x: F.max_pool2d(x, 2), (1, 2, 4, 4)),
    "max_pool3d": (lambda x: F.max_pool3d(x, 2), (1, 1, 2, 4, 2)),
    "adaptive": (lambda x: F.adaptive_max_pool2d(x, 2), (1, 1, 3, 5)),
    "no batch": (lambda x: F.max_pool2d(x, 2), (2, 4, 4)),
    "unpool": (lambda x: F.max_unpool2d(*F.max_pool2d(x, 2, return_indices=True), 2), (1, 1, 4, 4)),
    "bags": (lambda x: F.embedding_bag(pyad.tensor([[0, 2], [1, 1]]), x), (3, 4)),
    "offsets": (
        lambda x: F.embedding_bag(pyad.tensor([0, 2, 1, 1]), x, pyad.tensor([0, 2]), mode="sum"),
        (3, 4),
    ),
    "abs": (lambda x: x.abs() ** 3, (4,)),
    "norm 1": (lambda x: x.norm(p=1) ** 2, (4,)),
    "lp_pool": (lambda x: F.lp_pool1d(x, 2, 2), (1, 1, 4)),
}


@pytest.mark.parametrize("name", list(POOLS))
def test_batched_cotangents_over_one_input(name):
    """Jacobians are sweeps in a batch over a graph that is of none."""
    f, shape = POOLS[name]
    x = pyad.tensor(np.random.default_rng(0).standard_normal(shape))
    same(func.jacrev(f)(x), func.jacfwd(f)(x))

    def g(x):
        return (f(x).sin() ** 2).sum()

    second = func.hessian(g)(x)
    same(second, func.jacfwd(func.grad(g))(x), 1e-11)
    same(second, func.jacrev(func.jacfwd(g))(x), 1e-11)


def test_strided_views_of_examples_that_lie_apart():
    x = pyad.arange(24.0).reshape(2, 3, 4)
    for dim in (0, 1, 2):
        got = func.vmap(lambda e: e.as_strided((2,), (1,)), in_dims=dim)(x)
        want = pyad.stack([x.select(dim, i).as_strided((2,), (1,)) for i in range(x.size(dim))])
        same(got, want)


def test_nothing_holds_what_was_mapped():
    """No cycle is left behind: arrays go when the call does, not when the collector comes."""
    x = pyad.zeros(1000)
    calls = (
        lambda: func.vmap(pyad.sin)(x),
        lambda: func.grad(lambda d: d["a"].sum())({"a": x}),
        lambda: func.vjp(lambda d: [d["a"].sin()], {"a": x})[1]([x]),
        lambda: func.linearize(pyad.sin, x)[1](x),
    )
    for call in calls:
        call()
        gc.collect()
        gc.disable()
        try:
            for _ in range(5):
                call()
            assert gc.collect() == 0
        finally:
            gc.enable()


def _fills(q):
    y = pyad.zeros(4, dtype=f64)
    y[0] = q[0] * q[1]
    y[2:] = q[1:]
    return y


def _branches(q):
    return q * 2 if q.sum() > 0 else q * 3


def _counts(q):
    return q ** int(q.abs().max().item() + 1)


@pytest.mark.parametrize("f", [_fills, _branches, _counts])
def test_forward_jacobians_of_functions_that_look_at_values(f):
    """The point is one for all columns: a function may ask for its values and write it anywhere."""
    for transform in (func.jacfwd, lambda g: func.jacfwd(func.jacfwd(g))):
        reverse = func.jacrev if transform is func.jacfwd else lambda g: func.jacrev(func.jacrev(g))
        same(transform(f)(X), reverse(f)(X))
    same(func.jacfwd(f, chunk_size=2)(X), func.jacrev(f)(X))
    value, aux = func.jacfwd(lambda q: (f(q), q.sum()), has_aux=True)(X)
    same(value, func.jacrev(f)(X))
    same(aux, X.sum())
    with pytest.raises(RuntimeError, match="vmap"):
        func.vmap(func.jacfwd(_branches))(W)


def test_as_torch_in_place_of_a_tangent():
    x = pyad.arange(6.0).reshape(2, 3)
    same(func.jacfwd(lambda y: (x * 1).add_(y).sum())(pyad.ones(3)), np.full(3, 2.0, "f4"))
