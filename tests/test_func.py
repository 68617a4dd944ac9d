"""`pyad.func`: what its transforms give, alone and inside each other, beside torch.func's."""

from __future__ import annotations

import dataclasses
import warnings
from collections import OrderedDict, namedtuple

import numpy as np
import pytest
import torch
import torch.func as tf

import pyad
import pyad.func as pf

RNG = np.random.default_rng(7)


def pair(*shape):
    x = RNG.standard_normal(shape)
    return pyad.tensor(x), torch.tensor(x)


def same(ours, theirs, rtol=1e-12):
    """Nested results, leaf by leaf."""
    if isinstance(theirs, torch.Tensor):
        got = ours.detach().numpy() if isinstance(ours, pyad.Tensor) else np.asarray(ours)
        want = theirs.detach().numpy()
        assert got.shape == want.shape
        np.testing.assert_allclose(got, want, rtol=rtol, atol=rtol * (1 + abs(want).max(initial=0)))
    elif isinstance(theirs, dict):
        assert list(ours) == list(theirs)
        for k in theirs:
            same(ours[k], theirs[k], rtol)
    elif isinstance(theirs, (tuple, list)):
        assert len(ours) == len(theirs)
        for a, b in zip(ours, theirs):
            same(a, b, rtol)
    else:
        assert ours == theirs


def rosenbrock(x):
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


def network(w, x):
    return ((w @ x).tanh() * x[:2]).sum()


FUNCTIONS = {
    "rosenbrock": (rosenbrock, (5,)),
    "products": (lambda x: (x.exp() * x.sum()).prod() ** 2, (3,)),
    "softmax": (lambda x: (x.softmax(0) ** 2).sum(), (4,)),
    "matrix": (lambda x: (x @ x).sin().sum(), (3, 3)),
    "normalised": (lambda x: (x / x.norm()).cos().sum(), (4,)),
    "sorted": (lambda x: (x.sort()[0] * x).cumsum(0).sum(), (4,)),
    "indexed": (lambda x: x[[0, 2, 2]].prod() + x[1:].sin().sum(), (3,)),
    "logsumexp": (lambda x: x.logsumexp(0) * x.std(), (4,)),
}
NESTINGS = {
    "grad": lambda f, n: f.grad(n),
    "grad of norm of grad": lambda f, n: f.grad(lambda x: (f.grad(n)(x) ** 2).sum()),
    "hessian": lambda f, n: f.hessian(n),
    "jacrev of jacrev": lambda f, n: f.jacrev(f.jacrev(n)),
    "jacfwd of jacfwd": lambda f, n: f.jacfwd(f.jacfwd(n)),
    "jacrev of jacfwd": lambda f, n: f.jacrev(f.jacfwd(n)),
    "jvp of grad": lambda f, n: lambda x: f.jvp(f.grad(n), (x,), (x.cos(),))[1],
    "grad of jvp": lambda f, n: f.grad(lambda x: f.jvp(n, (x,), (x.cos(),))[1]),
    "vjp of jvp": lambda f, n: (
        lambda x: f.vjp(lambda y: f.jvp(n, (y,), (y.cos(),))[1], x)[1](x.sum())
    ),
    "jvp of vjp": lambda f, n: lambda x: f.jvp(lambda y: f.vjp(n, y)[1](y.sum())[0], (x,), (x,))[1],
}


@pytest.mark.parametrize("nesting", NESTINGS)
@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("batches", [0, 1, 2])
def test_nestings(function, nesting, batches):
    f, shape = FUNCTIONS[function]
    x, t = pair(*(3, 2)[:batches], *shape)
    ours, theirs = NESTINGS[nesting](pf, f), NESTINGS[nesting](tf, f)
    for _ in range(batches):
        ours, theirs = pf.vmap(ours), tf.vmap(theirs)
    same(ours(x), theirs(t), 1e-10)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_derivatives_of_a_batch(function):
    """A transform around vmap: the sum over examples."""
    f, shape = FUNCTIONS[function]
    x, t = pair(3, *shape)
    same(
        pf.grad(lambda y: pf.vmap(f)(y).sum())(x), tf.grad(lambda y: tf.vmap(f)(y).sum())(t), 1e-11
    )
    same(pf.jacrev(pf.vmap(f))(x), tf.jacrev(tf.vmap(f))(t), 1e-11)
    same(pf.jacfwd(pf.vmap(f))(x), tf.jacfwd(tf.vmap(f))(t), 1e-11)


def test_per_sample_gradients():
    w, tw = pair(2, 3)
    x, t = pair(5, 3)
    same(pf.vmap(pf.grad(network), (None, 0))(w, x), tf.vmap(tf.grad(network), (None, 0))(tw, t))
    same(
        pf.vmap(pf.grad(network, (0, 1)), (None, 1))(w, x.t()),
        tf.vmap(tf.grad(network, (0, 1)), (None, 1))(tw, t.t()),
    )


def test_perturbations_are_not_confused():
    assert pf.grad(lambda x: x * pf.grad(lambda y: x + y)(1.0))(2.0) == 1.0
    assert pf.grad(lambda x: x * pf.jvp(lambda y: x + y, (1.0,), (1.0,))[1])(2.0) == 1.0
    assert pf.jvp(lambda x: x * pf.grad(lambda y: x * y)(3.0), (2.0,), (1.0,)) == (4.0, 4.0)
    assert pf.jvp(lambda x: x * pf.jvp(lambda y: x * y, (3.0,), (1.0,))[1], (2.0,), (1.0,)) == (
        4.0,
        4.0,
    )
    x = pyad.tensor([2.0, 5.0])
    got = pf.vmap(pf.grad(lambda a: a * pf.vmap(pf.grad(lambda b: a * b * b))(x).sum()))(x)
    assert got.tolist() == (2 * x * 2 * x.sum()).tolist()


def test_captured_tensors_are_constants_or_recorded():
    w = pyad.tensor([1.0, 2.0], requires_grad=True)
    g = pf.grad(lambda x: (w * x * x).sum())(pyad.tensor([3.0, 4.0]))
    assert g.requires_grad
    g.sum().backward()
    assert w.grad.tolist() == [6.0, 8.0]
    x = pyad.tensor([3.0, 4.0], requires_grad=True)
    g = pf.grad(lambda y: (y**3).sum())(x)
    g.sum().backward()
    assert x.grad.tolist() == [18.0, 24.0]
    plain = pf.grad(lambda y: (y**3).sum())(x.detach())
    assert not plain.requires_grad
    value = pf.grad_and_value(lambda y: (y**3).sum())(x.detach())[1]
    assert not value.requires_grad
    assert x.grad.tolist() == [18.0, 24.0]  # nothing is added to .grad


def test_no_grad_inside_and_outside():
    def inside(x):
        with pyad.no_grad():
            c = x**2
        return x * c

    assert pf.grad(inside)(pyad.tensor(3.0)).item() == 9.0
    with pyad.no_grad():
        x = pyad.tensor(3.0, requires_grad=True)
        g = pf.grad(lambda y: y**2)(x)
    assert g.item() == 6.0
    assert not g.requires_grad


Point = namedtuple("Point", "x y")


@dataclasses.dataclass
class Weights:
    a: object
    b: object


def test_nested_arguments():
    x, _ = pair(3)
    y, _ = pair(3)

    def f(p):
        return (p["first"][0] * p["second"].y).sum() + p["second"].x.sum() + p["third"].a.sum()

    arg = OrderedDict(first=[x], second=Point(y, x), third=Weights(y, x))
    g = pf.grad(f)(arg)
    assert isinstance(g, OrderedDict)
    assert isinstance(g["second"], Point)
    assert isinstance(g["third"], Weights)
    assert g["first"][0].tolist() == x.tolist()
    assert g["third"].b.tolist() == [0.0, 0.0, 0.0]
    out = pf.vmap(lambda p: {"s": p["second"].x * 2, "t": (p["first"][0],)})(arg)
    assert out["s"].tolist() == (2 * y).tolist()
    assert out["t"][0].tolist() == x.tolist()
    value, pushed = pf.jvp(f, (arg,), (arg,))
    assert pushed.ndim == value.ndim == 0


def test_numpy_and_numbers():
    a = np.array([1.0, 2.0])
    g = pf.grad(lambda x: (x**3).sum())(a)
    assert isinstance(g, np.ndarray)
    assert g.dtype == np.float64
    assert g.tolist() == [3.0, 12.0]
    g, v = pf.grad_and_value(lambda x: (x**2).sum())(a.astype(np.float32))
    assert g.dtype == np.float32
    assert isinstance(v, np.ndarray)
    assert pf.value_and_grad(lambda x: x * x)(3.0) == (9.0, 6.0)
    assert isinstance(pf.grad(lambda x: x * x)(3), float)
    assert pf.jvp(lambda x: x * x, (3.0,), (1.0,)) == (9.0, 6.0)
    assert isinstance(pf.vmap(lambda x: x * 2)(a), np.ndarray)
    assert pf.jacrev(lambda x: x * x)(a).tolist() == [[2.0, 0.0], [0.0, 4.0]]
    assert pf.hvp(lambda x: (x**3).sum(), (a,), (np.ones(2),))[1].tolist() == [6.0, 12.0]
    gx, gc = pf.grad(lambda x, c: (x * c).sum(), (0, 1))(pyad.tensor([1.0, 2.0]), 3.0)
    assert isinstance(gx, pyad.Tensor)
    assert gc == 3.0


def test_aux():
    x, t = pair(3)

    def f(y):
        return ((y**2).sum(), {"twice": 2 * y})

    for ours, theirs in [
        (pf.grad(f, has_aux=True)(x), tf.grad(f, has_aux=True)(t)),
        (pf.grad_and_value(f, has_aux=True)(x), tf.grad_and_value(f, has_aux=True)(t)),
    ]:
        same(ours, theirs)

    def g(y):
        return (y**2, y.sum())

    same(pf.jacrev(g, has_aux=True)(x), tf.jacrev(g, has_aux=True)(t))
    same(pf.jacfwd(g, has_aux=True)(x), tf.jacfwd(g, has_aux=True)(t))
    same(pf.vjp(g, x, has_aux=True)[0::2], tf.vjp(g, t, has_aux=True)[0::2])
    same(pf.jvp(g, (x,), (x,), has_aux=True), tf.jvp(g, (t,), (t,), has_aux=True))
    (value, aux), grad = pf.value_and_grad(f, has_aux=True)(x)
    assert not aux["twice"].requires_grad
    assert value.item() == (x**2).sum().item()
    assert grad.tolist() == (2 * x).tolist()


def test_argnums_and_several_outputs():
    x, t = pair(3)
    y, u = pair(3)

    def f(a, b):
        return ((a * b).sin(), {"s": a.sum() * b})

    for name in ("jacrev", "jacfwd"):
        for argnums in (0, 1, -1, (0, 1), (1,)):
            # PyTorch's jacfwd takes -1 for an argument that is not differentiated by.
            theirs = getattr(tf, name)(f, 1 if argnums == -1 else argnums)(t, u)
            same(getattr(pf, name)(f, argnums)(x, y), theirs)
    for chunk_size in (1, 2, 5):
        same(pf.jacrev(f, chunk_size=chunk_size)(x, y), tf.jacrev(f)(t, u))
        same(pf.jacfwd(f, chunk_size=chunk_size)(x, y), tf.jacfwd(f)(t, u))


@pytest.mark.parametrize("in_dims", [0, -1, (0, None), (None, 1), (1, 0), ((0), -2)])
@pytest.mark.parametrize("out_dims", [0, 1, -1])
def test_dims(in_dims, out_dims):
    x, t = pair(4, 4)
    y, u = pair(4, 4)

    def f(a, b):
        return a.sin() * b + a.sum()

    same(pf.vmap(f, in_dims, out_dims)(x, y), tf.vmap(f, in_dims, out_dims)(t, u))
    for chunk_size in (1, 3, 4, 9):
        got = pf.vmap(f, in_dims, out_dims, chunk_size=chunk_size)(x, y)
        same(got, tf.vmap(f, in_dims, out_dims)(t, u))


def test_writes_inside():
    def f(x):
        y = pyad.zeros_like(x)
        y[0] = x[1]
        y[1:] += x[:-1] * 2
        y.mul_(3)
        z = x.clone()
        z[x > 0] = 0.0
        return y + z

    x, _ = pair(4, 3)
    want = pyad.stack([f(e) for e in x])
    assert pf.vmap(f)(x).tolist() == want.tolist()
    g = pf.vmap(pf.grad(lambda e: (f(e) ** 2).sum()))(x)
    assert g.tolist() == pyad.stack([pf.grad(lambda e: (f(e) ** 2).sum())(e) for e in x]).tolist()
    before = x.clone()
    pf.vmap(lambda e: e.mul_(2))(x)  # writes to an argument are writes to the batch
    assert x.tolist() == (before * 2).tolist()


INDEXED = [
    lambda a, k: a[k],
    lambda a, k: a[:, k % 3],
    lambda a, k: a[k, k % 3],
    lambda a, k: a[k[0]],
    lambda a, k: a[k[0], 1:],
    lambda a, k: a[1:4, None, k % 3],
    lambda a, k: a.index_select(0, k),
    lambda a, k: a.gather(0, k.unsqueeze(1).expand(2, 3)),
    lambda a, k: a.index_add(0, k, a[:2]),
    lambda a, k: a.index_copy(0, k, a[:2]),
    lambda a, k: a.index_fill(0, k, 2.0),
    lambda a, k: a.take(k),
    lambda a, k: a.scatter_add(0, k.unsqueeze(1).expand(2, 3), a[:2]),
    lambda a, k: pyad.nn.functional.embedding(k, a),
    lambda a, k: a.index_put((k,), a[:2], accumulate=True),
]


@pytest.mark.parametrize("f", INDEXED)
def test_indexing_inside(f):
    x, _ = pair(4, 5, 3)
    i = pyad.tensor([[0, 2], [1, 3], [4, 0], [3, 2]])

    def loss(a, k):
        return (f(a, k) ** 2 * (1 + f(a, k))).sum()

    for mask in ((0, 0), (0, None), (None, 0)):
        xs, ks = x if mask[0] == 0 else x[0], i if mask[1] == 0 else i[1]
        each = [(xs[e] if mask[0] == 0 else xs, ks[e] if mask[1] == 0 else ks) for e in range(4)]
        for ours in (f, pf.grad(loss), pf.hessian(loss)):
            got = pf.vmap(ours, mask)(xs, ks)
            want = pyad.stack([ours(a, k) for a, k in each])
            np.testing.assert_allclose(got.numpy(), want.numpy(), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    "draw",
    [
        lambda x: x + pyad.rand(3),
        lambda x: x + pyad.randn_like(x),
        lambda x: pyad.nn.functional.dropout(x + 1, 0.5),
        lambda x: pyad.bernoulli(pyad.full((3,), 0.5)) + x,
        lambda x: x + pyad.randperm(3),
        lambda x: x + pyad.randint(0, 99, (3,)),
    ],
)
def test_randomness(draw):
    x = pyad.zeros(64, 3)
    with pytest.raises(RuntimeError, match="randomness error mode"):
        pf.vmap(draw)(x)
    y = pf.vmap(draw, randomness="same")(x)
    assert (y == y[0]).all()
    y = pf.vmap(draw, randomness="different")(x)
    assert y.shape == (64, 3)
    assert not (y == y[0]).all()
    pyad.manual_seed(3)
    first = pf.vmap(draw, randomness="different")(x)
    pyad.manual_seed(3)
    assert (first == pf.vmap(draw, randomness="different")(x)).all()


def test_modules():
    nets = [
        pyad.nn.Sequential(pyad.nn.Linear(3, 4), pyad.nn.Tanh(), pyad.nn.Linear(4, 1))
        for _ in range(3)
    ]
    params, buffers = pf.stack_module_state(nets)
    x, _ = pair(5, 3)
    x = x.float()

    def call(p, b, v):
        return pf.functional_call(nets[0], (p, b), (v,))

    got = pf.vmap(call, (0, 0, None))(params, buffers, x)
    for k, net in enumerate(nets):
        np.testing.assert_allclose(
            got[k].detach().numpy(), net(x).detach().numpy(), rtol=1e-5, atol=1e-6
        )
    assert all(p.requires_grad and p.is_leaf for p in params.values())
    single = {k: v[0].detach() for k, v in params.items()}

    def loss(p, v):
        return pf.functional_call(nets[0], p, (v,)).square().sum()

    per_sample = pf.vmap(pf.grad(loss), (None, 0))(single, x)
    total = pf.grad(loss)(single, x)
    for k, g in per_sample.items():
        assert g.shape == (5, *single[k].shape)
        np.testing.assert_allclose(g.sum(0).numpy(), total[k].numpy(), rtol=1e-4, atol=1e-6)


def leak():
    kept = []
    pf.vmap(lambda x: kept.append(x) or x)(pyad.ones(2))
    return kept[0]


WEIGHT = pyad.ones(2, requires_grad=True)
BAD = {
    "in_dims of another form": (
        lambda: pf.vmap(lambda x: x, [0])(pyad.ones(2)),
        ValueError,
        "in_dims",
    ),
    "in_dims of another nesting": (
        lambda: pf.vmap(lambda x: x, (0, 0))(pyad.ones(2)),
        ValueError,
        "structure",
    ),
    "in_dims out of range": (
        lambda: pf.vmap(lambda x: x, 3)(pyad.ones(2)),
        ValueError,
        "dimensionality 1",
    ),
    "nothing to map": (lambda: pf.vmap(lambda x: x, None)(pyad.ones(2)), ValueError, "in_dims"),
    "no inputs": (lambda: pf.vmap(lambda: pyad.ones(1))(), ValueError, "no inputs"),
    "a number": (lambda: pf.vmap(lambda x: x)(2.0), ValueError, "non-Tensor"),
    "sizes that differ": (
        lambda: pf.vmap(lambda x, y: x)(pyad.ones(2), pyad.ones(3)),
        ValueError,
        r"args\[0\] has 2 along dim 0, and args\[1\] has 3",
    ),
    "a result that is no tensor": (
        lambda: pf.vmap(lambda x: 2)(pyad.ones(2)),
        ValueError,
        "only return Tensors",
    ),
    "out_dims": (
        lambda: pf.vmap(lambda x: x, out_dims=(0, 1))(pyad.ones(2)),
        ValueError,
        "out_dims",
    ),
    "out_dim of None": (
        lambda: pf.vmap(lambda x: x, out_dims=None)(pyad.ones(2)),
        ValueError,
        "out_dim is None",
    ),
    "item": (lambda: pf.vmap(lambda x: x.item())(pyad.ones(2)), RuntimeError, "item"),
    "truth": (lambda: pf.vmap(lambda x: x if x > 0 else -x)(pyad.ones(2)), RuntimeError, "where"),
    "numpy": (
        lambda: pf.vmap(lambda x: pyad.tensor(x.numpy()))(pyad.ones(2)),
        RuntimeError,
        "numpy",
    ),
    "tolist": (
        lambda: pf.vmap(lambda x: pyad.tensor(x.tolist()))(pyad.ones(2, 2)),
        RuntimeError,
        "tolist",
    ),
    "float": (lambda: pf.vmap(lambda x: x * float(x))(pyad.ones(2)), RuntimeError, "float"),
    "a write into what is the same for all": (
        lambda: pf.vmap(lambda x: pyad.zeros(2).add_(x))(pyad.ones(3, 2)),
        RuntimeError,
        "same for all examples",
    ),
    "a leak": (lambda: leak() + 1, RuntimeError, "vmap"),
    "a leak into another vmap": (
        lambda: pf.vmap(lambda x: x + leak())(pyad.ones(2)),
        RuntimeError,
        "left",
    ),
    "randomness": (
        lambda: pf.vmap(lambda x: x, randomness="no")(pyad.ones(2)),
        RuntimeError,
        "randomness",
    ),
    "chunk_size": (
        lambda: pf.vmap(lambda x: x, chunk_size=0)(pyad.ones(2)),
        ValueError,
        "chunk_size",
    ),
    "backward inside": (
        lambda: pf.vmap(lambda x: (x * WEIGHT).sum().backward())(pyad.ones(2, 2)),
        RuntimeError,
        "func.grad",
    ),
    "no scalar": (lambda: pf.grad(lambda x: x * 2)(pyad.ones(2)), RuntimeError, "scalar"),
    "no tensor": (lambda: pf.grad(lambda x: 2.0)(pyad.ones(2)), RuntimeError, "tensor"),
    "argnums": (lambda: pf.grad(lambda x: x.sum(), 1)(pyad.ones(2)), RuntimeError, "argnum=1"),
    "argnums of a float": (
        lambda: pf.grad(lambda x: x.sum(), 0.5)(pyad.ones(2)),
        RuntimeError,
        "argnums",
    ),
    "integers": (
        lambda: pf.grad(lambda x: x.sum())(pyad.ones(2, dtype=pyad.int64)),
        RuntimeError,
        "floating",
    ),
    "aux": (
        lambda: pf.grad(lambda x: x.sum(), has_aux=True)(pyad.ones(2)),
        RuntimeError,
        "has_aux",
    ),
    "cotangents": (
        lambda: pf.vjp(lambda x: x * 2, pyad.ones(2))[1](pyad.ones(3)),
        RuntimeError,
        "cotangent",
    ),
    "tangents": (
        lambda: pf.jvp(lambda x: x, (pyad.ones(2),), (pyad.ones(3),)),
        RuntimeError,
        "tangent",
    ),
    "primals": (
        lambda: pf.jvp(lambda x: x, pyad.ones(2), (pyad.ones(2),)),
        RuntimeError,
        "primals",
    ),
    "different draws in place": (
        lambda: pf.vmap(lambda x: pyad.zeros(2).normal_() + x, randomness="different")(
            pyad.ones(3, 2)
        ),
        RuntimeError,
        "same for all",
    ),
    "unbatched gradients": (
        lambda: pf.vmap(lambda x: pyad.autograd.grad((WEIGHT * x).sum(), WEIGHT)[0])(
            pyad.ones(3, 2)
        ),
        RuntimeError,
        "func.grad",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input(name):
    call, kind, words = BAD[name]
    with pytest.raises(kind, match=words):
        call()
    assert pyad._core.batch_levels() == 0
    assert pyad._core.dual_levels() == 0
    assert pf.vmap(lambda x: x + 1)(pyad.ones(2)).tolist() == [2.0, 2.0]


def test_batches_of_no_examples():
    x = pyad.ones(0, 3)
    assert pf.vmap(lambda e: e.sin().sum())(x).shape == (0,)
    assert pf.vmap(lambda e: e.softmax(0))(x).shape == (0, 3)


@pytest.mark.parametrize(
    "draw",
    [
        lambda x: pyad.nn.functional.rrelu(x, training=True),
        lambda x: pyad.bernoulli(x.sigmoid()),
        lambda x: pyad.poisson(x.exp()),
        lambda x: pyad.binomial(x * 0 + 30, x.sigmoid()),
        lambda x: pyad.multinomial(x.exp(), 2).double(),
    ],
)
def test_draws_by_parameters(draw):
    """One number for all examples has no law where their parameters differ."""
    x = -pyad.ones(64, 3)
    assert not (pf.vmap(draw, randomness="different")(x) == draw(x[0])).all()
    with pytest.raises(RuntimeError, match="parameters differ"):
        pf.vmap(draw, randomness="same")(x)


def test_no_way_to_the_memory_of_a_batch():
    """Every attribute and method, with some arguments: an answer, or an error; never one value for
    all examples, and never the end of the process."""
    told = set()

    def inside(x):
        given = [(), (x,), (0,), (0, 1), (2.0,), ((0,),), (x > 0,), (x > 0, 1.0), (pyad.float64,)]
        for name in sorted(
            set(dir(pyad.Tensor)) - {"__class__", "__dir__", "__init_subclass__", "__new__"}
        ):
            for arguments in given:
                try:
                    found = getattr(x.clone(), name)
                    answer = found(*arguments) if callable(found) else found
                except (RuntimeError, TypeError, ValueError, IndexError, AttributeError):
                    continue
                except (NotImplementedError, AssertionError):
                    continue
                if isinstance(answer, (float, list, np.ndarray)):
                    told.add(name)
        return x

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pf.vmap(inside, randomness="different")(pyad.randn(4, 3))
    assert told == set()
