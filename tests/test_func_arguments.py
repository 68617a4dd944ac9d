"""What transforms take and give: dims and counts, nestings, arrays and numbers, dtypes."""

import dataclasses
from collections import OrderedDict, namedtuple

import numpy as np
import pytest
import torch

import pyad
from pyad import func
from pyad.func.trees import flatten

LIBRARIES = [(pyad, func), (torch, torch.func)]
X = pyad.arange(6.0).reshape(3, 2)

# ---- dims and counts


@pytest.mark.parametrize("zero", [0, np.int64(0), np.int32(0), np.uint8(0)])
def test_numpy_integers_are_dims_and_counts(zero):
    one = zero + 1
    f = func.vmap(lambda x: x * 2, in_dims=zero, out_dims=one)
    assert f(X).tolist() == (X * 2).T.tolist()
    f = func.vmap(lambda x, y: (x, y), in_dims=(zero, one), out_dims=(one, zero))
    assert [y.shape for y in f(X, X.T)] == [(2, 3), (3, 2)]
    assert func.vmap(lambda x: x, in_dims=-int(one))(X).shape == (2, 3)
    for transform in (func.grad, func.jacrev, func.jacfwd, func.hessian):
        g = transform(lambda x, y: (x * y).sum(), argnums=one)
        want = transform(lambda x, y: (x * y).sum(), argnums=1)(X[0], X[1])
        assert g(X[0], X[1]).tolist() == want.tolist()
    chunk = one + 1
    assert func.vmap(lambda x: x, chunk_size=chunk)(X).tolist() == X.tolist()
    assert func.jacrev(lambda x: x, chunk_size=chunk)(X[0]).tolist() == [[1, 0], [0, 1]]
    assert func.jacfwd(lambda x: x, chunk_size=chunk)(X[0]).tolist() == [[1, 0], [0, 1]]


WRONG = [True, False, 1.0, np.float64(1.0), np.bool_(True), "0"]


@pytest.mark.parametrize("what", WRONG, ids=repr)
def test_flags_and_floats_are_none(what):
    for make in (
        lambda: func.vmap(lambda x: x, in_dims=what)(X),
        lambda: func.vmap(lambda x: x, in_dims=(what,))(X),
        lambda: func.vmap(lambda x: x, out_dims=what)(X),
        lambda: func.vmap(lambda x: x, chunk_size=what)(X),
        lambda: func.jacrev(lambda x: x, chunk_size=what)(X),
        lambda: func.jacfwd(lambda x: x, chunk_size=what)(X),
    ):
        with pytest.raises(ValueError, match=r"in_dim|out_dims|chunk_size"):
            make()
    for transform in (func.grad, func.jacrev, func.jacfwd):
        for argnums in (what, (what,)):
            with pytest.raises(RuntimeError, match="argnums"):
                transform(lambda x, y: (x * y).sum(), argnums=argnums)(X, X)


# ---- nestings


def test_keys_in_another_order():
    d = {"a": pyad.tensor(2.0), "b": pyad.tensor([3.0, 4.0, 5.0])}
    turned = {"b": 0, "a": None}
    for kind in (dict, OrderedDict):
        f = func.vmap(lambda d: d["a"] + d["b"], in_dims=(kind(turned),))
        assert f(kind(d)).tolist() == [5.0, 6.0, 7.0]
    out = func.vmap(lambda x: {"u": x, "v": x * 2}, out_dims={"v": 0, "u": 1})(X)
    assert list(out) == ["u", "v"]
    assert out["u"].shape == (2, 3)
    assert out["v"].shape == (3, 2)
    primal = {"a": pyad.tensor(2.0), "b": pyad.tensor(3.0)}
    tangent = {"b": pyad.tensor(1.0), "a": pyad.tensor(0.0)}
    f = lambda d: d["a"] ** 2 * d["b"]  # noqa: E731
    assert func.jvp(f, (primal,), (tangent,))[1].item() == 4.0
    assert func.linearize(f, primal)[1](tangent).item() == 4.0
    _y, pull = func.vjp(lambda x: {"s": x, "t": 3 * x}, pyad.tensor(1.0))
    assert pull({"t": pyad.tensor(1.0), "s": pyad.tensor(0.0)})[0].item() == 3.0


def test_other_keys_are_refused():
    d = {"a": X, "b": X}
    for dims in ({"a": 0}, {"a": 0, "c": 0}, {"a": 0, "b": 0, "c": 0}):
        with pytest.raises(ValueError, match=r"\{'a': \*") as e:
            func.vmap(lambda d: d["a"], in_dims=(dims,))(d)
        assert "({'a': *, 'b': *},)" in str(e.value)
    with pytest.raises(RuntimeError, match="same nesting"):
        func.jvp(lambda d: d["a"], (d,), ({"a": X, "c": X},))
    with pytest.raises(RuntimeError, match="same nesting"):  # a number is no nest of zeros
        func.jvp(lambda d: d["a"], (d,), (1.0,))


Point = namedtuple("Point", "x y")


@dataclasses.dataclass(frozen=True)
class Tagged:
    value: object
    tag: str
    scale: object = 1.0


def test_nestings_are_written_with_their_names():
    value = ({"a": 1.0, 2: [1.0, (1.0,)]}, Point(1.0, OrderedDict(k=1.0)), Tagged(1.0, "t"), ())
    assert repr(flatten(value)[1]) == (
        "({'a': *, 2: [*, (*,)]}, Point(x=*, y=OrderedDict({'k': *})), "
        "Tagged(value=*, scale=*, tag='t'), ())"
    )


def test_texts_in_dataclasses_belong_to_the_nesting():
    t = Tagged(X, "name", pyad.ones(3))
    out = func.vmap(lambda t: Tagged(t.value * t.scale, t.tag + "!", t.scale))(t)
    assert out.tag == "name!"
    assert out.value.tolist() == X.tolist()
    g = func.grad(lambda t: (t.value * t.scale.sum()).sum())(t)
    assert type(g) is Tagged
    assert g.tag == "name"
    assert g.value.tolist() == [[3.0, 3.0]] * 3
    _, pushed = func.jvp(lambda t: t, (t,), (t,))
    assert pushed.tag == "name"
    assert pushed.value.tolist() == X.tolist()
    with pytest.raises(RuntimeError, match="tag='name'"):
        func.jvp(lambda t: t, (t,), (dataclasses.replace(t, tag="other"),))
    dims = Tagged(0, "name", None)
    got = func.vmap(lambda t: t.value, in_dims=(dims,))(Tagged(X, "other", pyad.ones(5)))
    assert got.tolist() == X.tolist()
    jac = func.jacrev(lambda t: Tagged(t.value * 2, "result", t.scale))(t)
    assert jac.tag == "result"
    assert jac.value.value.shape == (3, 2, 3, 2)


def test_texts_elsewhere_are_leaves():
    with pytest.raises(ValueError, match="non-Tensor"):
        func.vmap(lambda d: d["x"])({"x": X, "name": "a"})
    out = func.vmap(lambda d: d["x"], in_dims=({"x": 0, "name": None},))({"name": "a", "x": X})
    assert out.tolist() == X.tolist()


# ---- arrays and numbers


def weighted(a, k):
    return (a * a).sum() * k


def test_arrays_and_numbers_together():
    a, k = np.array([1.0, 2.0]), 3.0
    value, tangent = func.jvp(weighted, (a, k), (np.ones(2), 1.0))
    assert (type(value), value) == (float, 15.0)
    assert (type(tangent), tangent) == (float, 23.0)
    (ga, gk), (ha, hk) = func.hvp(weighted, (a, k), (np.ones(2), 1.0))
    assert type(ga) is np.ndarray
    assert type(ha) is np.ndarray
    assert (type(gk), gk) == (float, 5.0)
    assert (type(hk), hk) == (float, 6.0)
    assert ga.tolist() == [6.0, 12.0]
    assert ha.tolist() == [8.0, 10.0]
    (ga, gk), value = func.grad_and_value(weighted, (0, 1))(a, k)
    assert type(ga) is np.ndarray
    assert type(gk) is float
    assert type(value) is float
    ja, jk = func.jacrev(weighted, (0, 1))(a, k)
    fa, fk = func.jacfwd(weighted, (0, 1))(a, k)
    assert type(jk) is float
    assert type(fk) is float
    assert type(ja) is type(fa) is np.ndarray
    value, push = func.linearize(weighted, a, k)
    assert type(value) is float
    assert type(push(np.ones(2), 1.0)) is float
    value, pull = func.vjp(weighted, a, k)
    assert [type(g) for g in pull(1.0)] == [np.ndarray, float]
    assert type(value) is float


def test_arrays_alone_and_numbers_alone():
    a = np.array(3.0)
    for f in (lambda x: x * x, pyad.sin):
        for given, kind in ((a, np.ndarray), (3.0, float)):
            value, tangent = func.jvp(f, (given,), (given,))
            g, h = func.hvp(f, (given,), (given,))
            assert {type(y) for y in (value, tangent, g, h)} == {kind}
    # A 0-d array beside a number gets an array.
    (ga, gk), (ha, hk) = func.hvp(lambda a, k: a * a * k, (a, 2.0), (a, 1.0))
    assert type(ga) is type(ha) is np.ndarray
    assert type(gk) is type(hk) is float
    # A number that is not differentiated by does not make floats of arrays.
    assert type(func.grad_and_value(weighted)(np.ones(2), 3.0)[1]) is np.ndarray


def test_aux_of_hvp():
    g, h, aux = func.hvp(lambda k: (k**3, k), (2.0,), (1.0,), has_aux=True)
    assert (g, h, aux) == (12.0, 12.0, 2.0)
    assert type(aux) is float


# ---- integers


INTEGERS = {
    "jacrev": lambda lib, f: f.jacrev(lambda x: x.long())(lib.ones(2)),
    "jacrev of one": lambda lib, f: f.jacrev(lambda x: x.sum().long())(lib.ones(2)),
    "jacrev of several": lambda lib, f: f.jacrev(lambda x: (x, x > 0))(lib.ones(2)),
    "vjp": lambda lib, f: f.vjp(lambda x: x.long(), lib.ones(2)),
    "hessian": lambda lib, f: f.hessian(lambda x: x.long())(lib.ones(2)),
}


@pytest.mark.parametrize("name", list(INTEGERS))
def test_integers_have_no_cotangents(name):
    for lib, f in LIBRARIES:
        with pytest.raises(RuntimeError, match="floating"):
            INTEGERS[name](lib, f)


def test_integers_have_tangents_of_zero():
    for lib, f in LIBRARIES:
        value, tangent = f.jvp(lambda x: x.long(), (lib.ones(2),), (lib.ones(2),))
        assert value.tolist() == [1, 1]
        assert tangent.tolist() == [0, 0]
        assert f.jacfwd(lambda x: x.long())(lib.ones(2)).tolist() == [[0, 0], [0, 0]]


def test_the_gradient_of_an_integer_is_refused_by_its_dtype():
    """PyTorch gives zeros; a loss that was rounded by mistake should say so."""
    for f in (lambda x: x.sum().long(), lambda x: (x > 0).all()):
        with pytest.raises(RuntimeError, match=r"floating.*(int64|bool).*has_aux") as e:
            func.grad(f)(pyad.ones(2))
        assert "dims" not in str(e.value)
    with pytest.raises(RuntimeError, match="scalar tensor, got one of 1 dims"):
        func.grad(lambda x: x)(pyad.ones(2))


def test_hvp_speaks_for_itself():
    for primals, tangents in (
        ((X,), (X[0],)),
        ((X,), (X, X)),
        ((X,), 1.0),
        ((X.long(),), (X,)),
        ((), ()),
    ):
        with pytest.raises(RuntimeError, match=r"^hvp"):
            func.hvp(lambda x: (x * x).sum(), primals, tangents)
