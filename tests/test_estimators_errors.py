"""Wrong calls of the estimators: what is said, and that nothing was drawn or run before."""

from __future__ import annotations

import numpy as np
import pytest

import pyad
from pyad.estimators import divergence, hutchinson, hutchpp, xtrace

ESTIMATORS = [hutchinson, hutchpp, xtrace]
LEAST = {hutchinson: 1, hutchpp: 3, xtrace: 2}
RUNS = []
ones = pyad.ones


def same(v):
    """The identity, which notes that it ran."""
    RUNS.append(v.shape)
    return v * 1


def wrong(e, f, x, products, error, said, **more):
    """The call raises, says this, and names the estimator; nothing is drawn before f runs."""
    before = pyad.get_rng_state()
    RUNS.clear()
    with pytest.raises(error, match=rf"^{e.__name__}: .*{said}") as caught:
        e(f, x, products, **more)
    assert type(caught.value) is error
    if f is same and RUNS == []:
        assert (pyad.get_rng_state() == before).all()
    return str(caught.value)


# Second argument, products, error, what it says, further arguments; the function must not run.
BEFORE = [
    # Products.
    (5, 2.5, TypeError, r"products must be an integer, got 2\.5", {}),
    (5, "9", TypeError, r"products must be an integer, got '9'", {}),
    (5, True, TypeError, r"products must be an integer, got True", {}),
    (5, None, TypeError, r"products must be an integer, got None", {}),
    (5, ones(()), TypeError, r"products must be an integer", {}),
    (5, 0, ValueError, r"needs at least \d products? \(.*\), got 0", {}),
    (5, -3, ValueError, r"needs at least \d products? \(.*\), got -3", {}),
    # Size or point.
    (0, 6, ValueError, r"size n must be at least 1, got 0", {}),
    (-2, 6, ValueError, r"size n must be at least 1, got -2", {}),
    (5.0, 6, TypeError, r"a size n, an integer, or a point x, a tensor; got 5\.0", {}),
    (True, 6, TypeError, r"a size n, an integer, or a point x, a tensor; got True", {}),
    (None, 6, TypeError, r"a size n, an integer, or a point x, a tensor; got None", {}),
    (ones(3, dtype=pyad.int64), 6, TypeError, r"x of pyad\.int64; give x\.double\(\)", {}),
    (np.arange(3), 6, TypeError, r"x of pyad\.int64; give x\.double\(\)", {}),
    (ones(3) > 0, 6, TypeError, r"x of pyad\.bool; give x\.double\(\)", {}),
    (ones(()), 6, pyad.ShapeError, r"expects points x of shape \(B, \.\.\.\)", {"batch": True}),
    (ones(0), 6, pyad.ShapeError, r"a point without elements has no trace to estimate", {}),
    (ones(2, 0), 6, pyad.ShapeError, r"a point without elements has", {"batch": True}),
    # Names.
    (
        5,
        6,
        ValueError,
        r'of must be "jacobian" or "hessian", got \'laplacian\'',
        {"of": "laplacian"},
    ),
    (5, 6, ValueError, r'of="hessian" speaks of a function at a point', {"of": "hessian"}),
    (5, 6, ValueError, r"batch=True speaks of a function at a point", {"batch": True}),
    (5, 6, TypeError, r"need a floating point dtype, got pyad\.int64", {"dtype": pyad.int64}),
    # Probes.
    (
        5,
        6,
        ValueError,
        r'must be "rademacher", "gaussian", "sphere" or .*\'signs\'',
        {"probes": "signs"},
    ),
    (5, 6, TypeError, r"name of a law or a tensor \(5, \d\), got 'NoneType'", {"probes": None}),
    (5, 6, TypeError, r"name of a law or a tensor \(5, \d\), got 'list'", {"probes": [1.0]}),
    (5, 6, pyad.ShapeError, r"probes of shape \(5, \d\), got \(5, 9\)", {"probes": ones(5, 9)}),
    (5, 6, pyad.ShapeError, r"probes of shape \(5, \d\), got \(5,\)", {"probes": ones(5)}),
    (
        ones(4, 5),
        6,
        pyad.ShapeError,
        r"probes of shape \(5, \d\), or \(4, 5, \d\) for probes of each point, got \(4, 5\)",
        {"probes": ones(4, 5), "batch": True},
    ),
    # The generator.
    (5, 6, TypeError, r"must be a pyad\.Generator or None, got 'int'; pyad\.Gen", {"generator": 3}),
    (
        5,
        6,
        TypeError,
        r"Generator or None, got 'Generator'",
        {"generator": np.random.default_rng()},
    ),
]


@pytest.mark.parametrize("estimate", ESTIMATORS)
@pytest.mark.parametrize(("x", "products", "error", "said", "more"), BEFORE)
def test_before_anything_runs(estimate, x, products, error, said, more):
    wrong(estimate, same, x, products, error, said, **more)
    assert RUNS == []


@pytest.mark.parametrize("estimate", ESTIMATORS)
def test_each_needs_so_many(estimate):
    least = LEAST[estimate]
    assert estimate(same, 5, least).products == least
    said = rf"needs at least {least} products? \(.*\), got {least - 1}$"
    wrong(estimate, same, 5, least - 1, ValueError, said)
    assert pyad.isnan(estimate(same, 5, least).standard_error)


@pytest.mark.parametrize("estimate", ESTIMATORS)
def test_probes_of_another_dtype(estimate):
    k = {hutchinson: 6, hutchpp: 4, xtrace: 3}[estimate]
    said = (
        r"probes are pyad\.float64, but vectors are pyad\.float32; give probes\.to\(pyad\.float32\)"
    )
    wrong(estimate, same, ones(5), 6, TypeError, said, probes=ones(5, k, dtype=pyad.float64))
    wrong(estimate, same, 5, 6, TypeError, said, probes=np.ones((5, k)), dtype=pyad.float32)
    said = "vectors need a floating point dtype, got pyad.int64"
    wrong(estimate, same, 5, 6, TypeError, said, probes=np.ones((5, k), np.int64))
    said = r"probes are pyad\.int64, but vectors"
    wrong(estimate, same, ones(5), 6, TypeError, said, probes=pyad.randint(0, 2, (5, k)))


@pytest.mark.parametrize("estimate", ESTIMATORS)
@pytest.mark.parametrize(
    ("f", "error", "said"),
    [
        (
            lambda v: v[:3],
            pyad.ShapeError,
            r"square and return the shape it is given, \(5, \d\), got",
        ),
        (lambda v: ones(4, 5) @ v, pyad.ShapeError, r"got \(4, \d\); it takes and gives blocks"),
        (lambda v: v.sum(1), pyad.ShapeError, r"block=False gives it one vector \(n,\) at a time"),
        (lambda v: v.sum(), pyad.ShapeError, r"got \(\)"),
        (lambda v: v.T, pyad.ShapeError, r"got \(\d, 5\)"),
        (
            lambda v: v.double(),
            TypeError,
            r"given pyad\.float32 and returned pyad\.float64; .*dtype=",
        ),
        (lambda v: v.numpy().astype(float), TypeError, r"returned pyad\.float64"),
        (lambda v: (v > 0).long(), TypeError, r"returned pyad\.int64"),
        (lambda v: None, TypeError, r"must return a Tensor or an array, got 'NoneType'"),
        (lambda v: v.tolist(), TypeError, r"must return a Tensor or an array, got 'list'"),
    ],
)
def test_maps_that_are_none(estimate, f, error, said):
    wrong(estimate, f, 5, 6, error, said)


@pytest.mark.parametrize("estimate", ESTIMATORS)
def test_maps_of_vectors_that_are_none(estimate):
    said = r"return the shape it is given, \(5,\), got \(5, 1\); block=True gives it blocks"
    wrong(estimate, lambda v: v[:, None], 5, 6, pyad.ShapeError, said, block=False)


FIELDS = [
    (
        lambda x: x[..., :2],
        {},
        pyad.ShapeError,
        r"return the shape it is given, \(.*\), got \(.*2,?\)",
    ),
    (lambda x: x.sum(-1), {}, pyad.ShapeError, r'of="hessian" is for functions that return a num'),
    (lambda x: x.detach().numpy(), {}, TypeError, r"f must return a Tensor, got 'ndarray'"),
    (lambda x: None, {}, TypeError, r"f must return a Tensor, got 'NoneType'"),
    (lambda x: x.long(), {}, TypeError, r"return floating point numbers, got pyad\.int64"),
    (
        lambda x: x,
        {"of": "hessian"},
        pyad.ShapeError,
        r'of="hessian" expects f to return one number',
    ),
    (lambda x: x.sum().item(), {"of": "hessian"}, TypeError, r"return a Tensor, got 'float'"),
]


@pytest.mark.parametrize("batch", [False, True])
@pytest.mark.parametrize(("f", "more", "error", "said"), FIELDS)
def test_functions_that_are_no_fields(f, more, error, said, batch):
    x = ones(2, 3) if batch else ones(3)
    for estimate in ESTIMATORS:
        wrong(estimate, f, x, 6, error, said, batch=batch, **more)
    with pytest.raises(error, match=f"^divergence: .*{said}"):
        divergence(f, x, batch=batch, **more)


def test_batches_say_how_many_numbers_are_wanted():
    for f in (lambda x: x.sum(), lambda x: x, lambda x: x.sum(-1)[:2]):
        said = r"return one number for each of 4 points, got shape"
        wrong(hutchinson, f, ones(4, 3), 1, pyad.ShapeError, said, batch=True, of="hessian")


@pytest.mark.parametrize("estimate", ESTIMATORS)
def test_no_function(estimate):
    said = r"expects a function first, got 'Tensor'; for a matrix A give lambda v: A @ v"
    wrong(estimate, ones(3, 3), 3, 6, TypeError, said)
    with pytest.raises(TypeError, match=f"^divergence: {said}"):
        divergence(ones(3, 3), ones(3))


@pytest.mark.parametrize("estimate", ESTIMATORS)
def test_errors_of_the_function_come_through(estimate):
    def broken(x):
        raise KeyError("mine")

    for x, more in ((5, {}), (ones(5), {}), (ones(2, 5), {"batch": True})):
        with pytest.raises(KeyError, match="mine"):
            estimate(broken, x, 6, **more)
    with pytest.raises(pyad.ShapeError, match=r"^(?!.*block=False)"):  # nothing was repeated
        estimate(lambda x: x + ones(7), ones(5), 6)


def test_divergence():
    for x, error, said in (
        (2.0, TypeError, r"a size n, an integer, or a point x, a tensor; got 2\.0"),
        (0, ValueError, "size n must be at least 1"),
        (ones(3, dtype=pyad.int32), TypeError, r"x of pyad\.int32; give x\.double"),
    ):
        with pytest.raises(error, match=f"^divergence: .*{said}"):
            divergence(same, x)
    with pytest.raises(ValueError, match="batch=True speaks of"):
        divergence(same, 3, batch=True)
    with pytest.raises(pyad.ShapeError, match="expects points x of shape"):
        divergence(same, ones(()), batch=True)
    assert divergence(same, ones(0)) == 0
    assert divergence(same, ones(2, 0), batch=True).tolist() == [0, 0]
