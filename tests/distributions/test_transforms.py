"""Transforms and constraints: values, inverses, determinants and shapes against PyTorch."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import torch
import torch.distributions as theirs
from compare import assert_same, tensors

import pyad
import pyad.distributions as ours

X = np.linspace(-1.7, 2.1, 12)
POSITIVE = np.linspace(0.1, 2.1, 12)

# A transform, and arguments of it.
TRANSFORMS = {
    "abs": (lambda d, t: d.AbsTransform(), X),
    "affine": (lambda d, t: d.AffineTransform(t(0.5), t([-2.0, 3.0])), X.reshape(6, 2)),
    "affine numbers": (lambda d, t: d.AffineTransform(1.0, -2.0), X),
    "affine vectors": (lambda d, t: d.AffineTransform(0.0, t([2.0, 3.0]), 1), X.reshape(6, 2)),
    "affine one scale": (lambda d, t: d.AffineTransform(0.0, 2.0, 1), X.reshape(6, 2)),
    "exp": (lambda d, t: d.ExpTransform(), X),
    "power": (lambda d, t: d.PowerTransform(t([2.0, -0.5])), POSITIVE.reshape(6, 2)),
    "power number": (lambda d, t: d.PowerTransform(3.0), POSITIVE.astype("float32")),
    "sigmoid": (lambda d, t: d.SigmoidTransform(), np.append(X, [-800.0, 60.0])),
    "softplus": (lambda d, t: d.SoftplusTransform(), X),
    "tanh": (lambda d, t: d.TanhTransform(), np.append(X, [9.0])),
    "softmax": (lambda d, t: d.SoftmaxTransform(), X.reshape(3, 4)),
    "stick": (lambda d, t: d.StickBreakingTransform(), X.reshape(3, 4)),
    "lower": (lambda d, t: d.LowerCholeskyTransform(), X.reshape(3, 2, 2)),
    "definite": (lambda d, t: d.PositiveDefiniteTransform(), X.reshape(3, 2, 2)),
    "corr": (lambda d, t: d.CorrCholeskyTransform(), X.reshape(4, 3)),
    "reshape": (lambda d, t: d.ReshapeTransform((2, 3), (3, 2)), X.reshape(2, 2, 3)),
    "identity": (lambda d, t: d.identity_transform, X),
    "compose": (
        lambda d, t: d.ComposeTransform(
            [d.AffineTransform(t(0.1), t(0.7)), d.SigmoidTransform(), d.PowerTransform(t(2.0))]
        ),
        X,
    ),
    "compose vectors": (
        lambda d, t: d.ComposeTransform(
            [
                d.ExpTransform(),
                d.AffineTransform(t(0.0), t([2.0, 3.0]), 1),
                d.StickBreakingTransform(),
            ]
        ),
        X.reshape(6, 2),
    ),
    "inverse": (lambda d, t: d.ExpTransform().inv, POSITIVE),
    "inverse of composed": (
        lambda d, t: d.ComposeTransform([d.ExpTransform(), d.AffineTransform(t(0.0), t(2.0))]).inv,
        POSITIVE,
    ),
    "independent": (lambda d, t: d.IndependentTransform(d.TanhTransform(), 1), X.reshape(4, 3)),
    "cat": (
        lambda d, t: d.CatTransform(
            [d.ExpTransform(), d.identity_transform, d.AffineTransform(t(1.0), t(2.0))],
            1,
            [1, 2, 1],
        ),
        X.reshape(3, 4),
    ),
    "cat in events": (
        lambda d, t: d.CatTransform(
            [
                d.IndependentTransform(d.ExpTransform(), 1),
                d.IndependentTransform(d.TanhTransform(), 1),
            ],
            -1,
            [1, 3],
        ),
        X.reshape(3, 4),
    ),
    "stack": (
        lambda d, t: d.StackTransform(
            [d.ExpTransform(), d.SigmoidTransform(), d.TanhTransform()], -1
        ),
        X.reshape(4, 3),
    ),
    "cdf": (
        lambda d, t: d.CumulativeDistributionTransform(d.Normal(t(0.0), t(1.0))),
        X,
    ),
}


def built(name):
    make, x = TRANSFORMS[name]
    t = lambda package: make(  # noqa: E731
        {pyad: ours, torch: theirs}[package], tensors(package, str(x.dtype))
    )
    return t(pyad), t(torch), pyad.from_numpy(x.copy()), torch.from_numpy(x.copy())


@pytest.mark.parametrize("name", TRANSFORMS)
def test_values(name):
    mine, other, x, tx = built(name)
    rtol = 1e-5 if x.dtype is pyad.float32 else 1e-12
    y, ty = mine(x), other(tx)
    assert_same(y.numpy(), ty.numpy(), rtol)
    for call in (
        lambda f, v, u: f.inv(u),
        lambda f, v, u: f.log_abs_det_jacobian(v, u),
        lambda f, v, u: f.inv.log_abs_det_jacobian(u, v),
    ):
        try:
            want = call(other, tx, ty)
        except NotImplementedError:
            with pytest.raises(NotImplementedError):
                call(mine, x, y)
            continue
        assert_same(call(mine, x, y).numpy(), want.numpy(), 1e-5 if rtol > 1e-6 else 1e-9, 1e-11)


@pytest.mark.parametrize("name", TRANSFORMS)
def test_what_they_say_of_themselves(name):
    mine, other, x, _ = built(name)
    assert bool(mine.bijective) == bool(other.bijective)
    assert repr(mine) == repr(other)
    for side in ("domain", "codomain"):
        assert getattr(mine, side).event_dim == getattr(other, side).event_dim
        assert type(getattr(mine, side)).__name__ == type(getattr(other, side)).__name__
    shape = tuple(x.shape)
    assert tuple(mine.forward_shape(x.shape)) == tuple(other.forward_shape(torch.Size(shape)))
    out = mine(x).shape
    assert tuple(mine.inverse_shape(out)) == tuple(other.inverse_shape(torch.Size(tuple(out))))
    try:
        sign = other.sign
    except (NotImplementedError, AttributeError) as error:
        with pytest.raises(type(error)):
            _ = mine.sign
    else:
        np.testing.assert_array_equal(np.asarray(mine.sign), np.asarray(sign))
    assert mine.inv.inv is mine
    assert mine == mine
    assert pickle.loads(pickle.dumps(mine))(x).tolist() == mine(x).tolist()


@pytest.mark.parametrize("name", TRANSFORMS)
def test_determinants_are_those_of_the_jacobian(name):
    mine, _, x, _ = built(name)
    domain = mine.domain.event_dim
    try:
        got = mine.log_abs_det_jacobian(x, mine(x))
    except NotImplementedError:
        assert not mine.bijective or name == "corr"
        return
    if not mine.bijective or name in ("cat", "stack", "power number", "inverse of composed"):
        return  # several maps side by side
    points = x.reshape(-1, *x.shape[x.dim() - domain :])[:3]
    if name == "affine":
        points, got = x[0], got[0]
    for i, point in enumerate(points):
        f = mine
        if name == "power":
            f = ours.PowerTransform(mine.exponent[0])
        if name == "affine":
            f = ours.AffineTransform(mine.loc, mine.scale[i])
        if name == "power":
            point = x[i, 0]
        J = pyad.autograd.functional.jacobian(f, point).numpy()
        n = point.numel()
        J = J.reshape(-1, n)
        if name in ("stick", "compose vectors"):
            J = J[:n]  # the last number is what is left of 1
        if name == "corr":
            rows = [k for k, r in enumerate(J) if np.abs(r).max() > 0]
            keep = [k for k in rows if k % 3 < k // 3]  # below the diagonal
            J = J[keep]
        expected = np.log(abs(np.linalg.det(J)))
        value = got[i, 0] if name == "power" else got.reshape(-1)[i]
        assert value.item() == pytest.approx(expected, rel=1e-9, abs=1e-11)


def test_caches():
    t = ours.ExpTransform(cache_size=1)
    x = pyad.tensor([0.1])
    y = t(x)
    assert t(x) is y
    assert t.inv(y) is x
    assert ours.ExpTransform().with_cache()._cache_size == 1
    composed = ours.ComposeTransform([ours.ExpTransform(), ours.TanhTransform()], cache_size=1)
    z = composed(x)
    assert composed.inv(z) is x
    with pytest.raises(ValueError, match="cache_size must be 0 or 1"):
        ours.ExpTransform(cache_size=2)

    class Mine(ours.Transform):
        def __init__(self):
            super().__init__()

    with pytest.raises(NotImplementedError, match="with_cache"):
        Mine().with_cache()


def test_equality():
    a = ours.AffineTransform(pyad.zeros(2), 1.0)
    assert a == ours.AffineTransform(0.0, 1.0)
    assert a != ours.AffineTransform(0.0, 2.0)
    assert ours.ExpTransform() == ours.ExpTransform()
    assert ours.ExpTransform() != ours.TanhTransform()
    assert ours.ExpTransform().inv == ours.ExpTransform().inv
    assert ours.PowerTransform(2.0) == ours.PowerTransform(pyad.tensor(2.0))
    assert ours.CorrCholeskyTransform() != ours.CorrCholeskyTransform()


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda d, z: d.ReshapeTransform((2,), (3,)), ValueError),
        (lambda d, z: d.ReshapeTransform((2,), (1, 2)).forward_shape((3,)), ValueError),
        (lambda d, z: d.CorrCholeskyTransform().forward_shape((2,)), ValueError),
        (lambda d, z: d.CorrCholeskyTransform().inverse_shape((2, 3)), ValueError),
        (lambda d, z: d.StickBreakingTransform().forward_shape(()), ValueError),
        (lambda d, z: d.SoftmaxTransform().inverse_shape(()), ValueError),
        (lambda d, z: d.StickBreakingTransform().event_dim, None),
        (lambda d, z: d.CorrCholeskyTransform().event_dim, ValueError),
        (lambda d, z: d.IndependentTransform(d.ExpTransform(), 2)(z), ValueError),
        (lambda d, z: d.CatTransform([1.0]), AssertionError),
        (lambda d, z: d.CatTransform([d.ExpTransform()], 0, [1, 2]), AssertionError),
        (lambda d, z: d.CatTransform([d.ExpTransform()], 0, [2])(z), AssertionError),
        (lambda d, z: d.StackTransform([d.ExpTransform()], 1)(z), AssertionError),
        (lambda d, z: d.SoftmaxTransform().log_abs_det_jacobian(z, z), NotImplementedError),
        (lambda d, z: d.AbsTransform().sign, (NotImplementedError, AttributeError)),
    ],
)
def test_errors(call, error):
    if error is None:
        assert call(ours, pyad.zeros(3)) == call(theirs, torch.zeros(3))
        return
    with pytest.raises(error):
        call(theirs, torch.zeros(3))
    with pytest.raises(error):
        call(ours, pyad.zeros(3))


VALUES = [
    np.array([-1.0, 0.0, 0.5, 1.0, 2.0, np.nan, np.inf]),
    np.array([[0.2, 0.8], [0.0, 1.0], [0.5, 0.6], [2.0, -1.0]]),
    np.array([[[1.0, 0.0], [0.6, 0.8]], [[1.0, 0.5], [0.5, 2.0]], [[1.0, 2.0], [2.0, 1.0]]]),
    np.ones((2, 2, 3)),
]
CONSTRAINTS = {
    "boolean": lambda c: c.boolean,
    "cat": lambda c: c.cat([c.positive, c.unit_interval], -1, [1, 1]),
    "corr_cholesky": lambda c: c.corr_cholesky,
    "greater_than": lambda c: c.greater_than(0.5),
    "greater_than_eq": lambda c: c.greater_than_eq(0.5),
    "half_open_interval": lambda c: c.half_open_interval(0.0, 1.0),
    "independent": lambda c: c.independent(c.positive, 1),
    "integer_interval": lambda c: c.integer_interval(0, 1),
    "interval": lambda c: c.interval(0.0, 1.0),
    "less_than": lambda c: c.less_than(0.5),
    "lower_cholesky": lambda c: c.lower_cholesky,
    "lower_triangular": lambda c: c.lower_triangular,
    "multinomial": lambda c: c.multinomial(2),
    "mixture": lambda c: c.MixtureSameFamilyConstraint(c.positive),
    "nonnegative": lambda c: c.nonnegative,
    "nonnegative_integer": lambda c: c.nonnegative_integer,
    "one_hot": lambda c: c.one_hot,
    "positive": lambda c: c.positive,
    "positive_definite": lambda c: c.positive_definite,
    "positive_integer": lambda c: c.positive_integer,
    "positive_semidefinite": lambda c: c.positive_semidefinite,
    "real": lambda c: c.real,
    "real_vector": lambda c: c.real_vector,
    "simplex": lambda c: c.simplex,
    "square": lambda c: c.square,
    "stack": lambda c: c.stack([c.positive, c.unit_interval], -1),
    "symmetric": lambda c: c.symmetric,
    "unit_interval": lambda c: c.unit_interval,
}


def test_every_constraint_has_a_case():
    others = {"Constraint", "MixtureSameFamilyConstraint", "dependent", "dependent_property"}
    assert set(theirs.constraints.__all__) - others - {"is_dependent"} <= set(CONSTRAINTS)
    assert set(ours.constraints.__all__) == set(theirs.constraints.__all__)


@pytest.mark.parametrize("name", CONSTRAINTS)
def test_checks(name):
    mine, other = CONSTRAINTS[name](ours.constraints), CONSTRAINTS[name](theirs.constraints)
    assert mine.event_dim == other.event_dim
    assert mine.is_discrete == other.is_discrete
    if name not in ("cat", "stack", "multinomial"):  # ours tells the bound
        assert repr(mine) == repr(other)
    checked = 0
    for x in VALUES:
        enough = x.ndim >= max(other.event_dim, 1)
        if not enough or (name == "positive_semidefinite" and x.shape[-1] != x.shape[-2]):
            continue
        if x.ndim < 2 and name in ("cat", "stack"):
            continue
        if x.shape[-1] != 2 and name in ("cat", "stack"):
            continue
        want = other.check(torch.from_numpy(x))
        np.testing.assert_array_equal(mine.check(pyad.from_numpy(x.copy())).numpy(), want.numpy())
        checked += 1
    assert checked


def test_dependent_constraints():
    c = ours.constraints
    assert c.is_dependent(c.dependent)
    assert c.is_dependent(ours.Binomial.support)
    assert not c.is_dependent(ours.Binomial(3, 0.5).support)
    assert ours.Binomial.support.is_discrete
    assert ours.Binomial.support.event_dim == 0
    assert c.dependent(is_discrete=True, event_dim=2).event_dim == 2
    with pytest.raises(NotImplementedError):
        _ = c.dependent.event_dim
    with pytest.raises(NotImplementedError):
        _ = ours.Independent.support.is_discrete
    with pytest.raises(ValueError, match="cannot be checked"):
        c.dependent.check(pyad.zeros(2))
    with pytest.raises(AssertionError):
        c.independent(3, 1)
    with pytest.raises(AssertionError):
        c.independent(c.real, -1)


@pytest.mark.parametrize("registry", ["biject_to", "transform_to"])
@pytest.mark.parametrize("name", CONSTRAINTS)
def test_registries(registry, name):
    mine, other = CONSTRAINTS[name](ours.constraints), CONSTRAINTS[name](theirs.constraints)
    try:
        want = getattr(theirs, registry)(other)
    except NotImplementedError:
        with pytest.raises(NotImplementedError, match="no transform is registered"):
            getattr(ours, registry)(mine)
        return
    got = getattr(ours, registry)(mine)
    assert repr(got) == repr(want)
    x = np.linspace(-1.0, 1.0, 12).reshape(
        {2: (3, 2, 2), 1: (6, 2)}.get(want.domain.event_dim, (6, 2))
    )
    if name == "corr_cholesky":
        x = x[:, :1]
    y = got(pyad.from_numpy(x))
    assert_same(y.numpy(), want(torch.from_numpy(x)).numpy())
    assert mine.check(y).all()


def test_registration_of_a_constraint_of_ones_own():
    class Even(ours.constraints.Constraint):
        pass

    registry = ours.constraint_registry.ConstraintRegistry()

    @registry.register(Even)
    def _(constraint):
        return ours.AffineTransform(0.0, 2.0)

    assert registry(Even()) == ours.AffineTransform(0.0, 2.0)
    with pytest.raises(TypeError, match="takes a Constraint"):
        registry.register(3, lambda c: None)
    with pytest.raises(NotImplementedError):
        registry(ours.constraints.real)
