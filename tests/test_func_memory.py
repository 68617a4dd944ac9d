"""What transforms keep alive: results no graph, writes in place no circle."""

import gc

import pytest

import pyad
from pyad import func

X = pyad.tensor([1.0, 2.0, 3.0])


def nodes():
    return pyad._core.live_counts()["nodes"]


RESULTS = {
    "grad_and_value": lambda: func.grad_and_value(lambda x: (x * x).sin().sum())(X),
    "aux": lambda: func.grad(lambda x: ((x * x).sum(), x.sin().exp()), has_aux=True)(X),
    "aux of jacrev": lambda: func.jacrev(lambda x: (x * x, x.sin().exp()), has_aux=True)(X),
    "zeros": lambda: func.grad(lambda x: x[0] * 0 + 1)(X),
    "vmap": lambda: func.vmap(func.grad_and_value(lambda x: (x * x).sin()))(X),
    "jvp": lambda: func.jvp(func.grad_and_value(lambda x: (x * x).sin().sum()), (X,), (X,)),
    "vjp": lambda: func.vjp(lambda x: (x * x).sin(), X)[0],
}


@pytest.mark.parametrize("name", list(RESULTS))
def test_results_keep_no_graph(name):
    before = nodes()
    kept = RESULTS[name]()
    assert nodes() == before
    del kept


def test_results_are_no_views_of_the_graph():
    w = pyad.ones((), requires_grad=True)
    _, value = func.grad_and_value(lambda x: (x * x).sum())(X)
    value.add_(w)
    value.backward()
    assert w.grad.item() == 1.0
    assert value.item() == 15.0


def fitted(x, steps):
    """Steps of a descent that are written into what the gradient was taken at."""
    w = pyad.zeros_like(x)
    for _ in range(steps):
        w.sub_(func.grad(lambda w: ((w - x) ** 2).sum())(w), alpha=0.25)
    return w


DESCENTS = {
    "backward": lambda n: fitted(X.clone().requires_grad_(), n),
    "grad": lambda n: func.grad(lambda x: fitted(x, n).sum())(X),
    "jacrev": lambda n: func.jacrev(lambda x: fitted(x, n))(X),
    "jacfwd": lambda n: func.jacfwd(lambda x: fitted(x, n))(X),
    "vmap": lambda n: func.vmap(func.grad(lambda x: fitted(x, n)))(X),
}


@pytest.mark.parametrize("steps", [1, 2, 3])
@pytest.mark.parametrize("name", list(DESCENTS))
def test_writes_into_an_argument_make_no_circle(name, steps):
    before = pyad._core.live_counts()
    result = DESCENTS[name](steps)
    slope = 1 - 0.5**steps
    if name == "backward":
        assert result.tolist() == [slope * x for x in X.tolist()]
    elif result.ndim == 1:
        assert result.tolist() == [slope] * 3
    else:
        assert result.tolist() == (pyad.eye(3) * slope).tolist()
    del result
    gc.collect()
    assert pyad._core.live_counts() == before


def test_tangents_pass_into_results_and_arguments():
    def value(x):
        return func.grad_and_value(lambda y: (y**3).sum())(x)

    (g, v), (dg, dv) = func.jvp(value, (X,), (X,))
    assert g.tolist() == [3.0, 12.0, 27.0]
    assert dg.tolist() == [6.0, 24.0, 54.0]
    assert (v.item(), dv.item()) == (36.0, 108.0)
    # Differentiated by the tangent, through an argument of its own.
    by_tangent = func.grad(lambda t: func.jvp(func.grad(lambda y: y**3), (X[1],), (t,))[1])
    assert by_tangent(X[0]).item() == 12.0
