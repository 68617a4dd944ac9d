"""Derivatives at singular points: what the four modes say there, and what is right.

Every elementwise op of the table at zeros, infinities, NaN and ties; roots of sums (norms,
distances, std) at zero; masks with a bad branch. docs/derivatives.md tells the policy.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

import op_drivers as drivers
import op_names
import pyad
import pyad.nn.functional as F
from pyad.autograd import forward_ad

inf, nan = math.inf, math.nan
OPS = [e for e in op_names.ELEMENTWISE if any(e["differentiable"])]
BY_NAME = {e["name"]: e for e in OPS}
POINTS = [0.0, -0.0, 1.0, -1.0, 2.0, inf, -inf, nan]
PARAMS = {"threshold": {"threshold": 0.0, "value": -0.5}, "clamp": {"min": -1.0, "max": 1.0}}


def function_of(name):
    function = op_names.function_of(BY_NAME[name])
    return lambda *xs: function(*xs, **PARAMS.get(name, {}))


def points(arity):
    grid = np.array(np.meshgrid(*[POINTS] * arity, indexing="ij")).reshape(arity, -1)
    return [np.ascontiguousarray(row) for row in grid]


def leaf(x):
    return pyad.tensor(np.asarray(x, "float64")).requires_grad_()


def reverse(f, xs, k):
    """First and second derivatives by input k."""
    leaves = [leaf(x) if x.dtype != bool else pyad.tensor(x) for x in xs]
    (g,) = pyad.autograd.grad(f(*leaves).sum(), leaves[k], create_graph=True, allow_unused=True)
    if not g.requires_grad:
        return g.numpy(), np.zeros_like(xs[k])
    (h,) = pyad.autograd.grad(g.sum(), leaves[k], allow_unused=True)
    return g.detach().numpy(), np.zeros_like(xs[k]) if h is None else h.numpy()


def forward(f, xs, k):
    """The first derivative, and the second forward over reverse."""
    with forward_ad.dual_level():
        duals = [pyad.tensor(x) for x in xs]
        duals[k] = forward_ad.make_dual(duals[k], pyad.ones_like(duals[k]))
        t = forward_ad.unpack_dual(f(*duals)).tangent
        first = np.zeros_like(xs[k]) if t is None else t.numpy().copy()
        duals = [pyad.tensor(x) for x in xs]
        duals[k] = forward_ad.make_dual(leaf(xs[k]), pyad.ones_like(duals[k]))
        (g,) = pyad.autograd.grad(f(*duals).sum(), duals[k])
        t = forward_ad.unpack_dual(g).tangent
        return first, np.zeros_like(xs[k]) if t is None else t.numpy().copy()


def inputs_of(entry):
    xs = points(entry["arity"])
    if entry["name"] == "where":
        xs[0] = xs[0] > 0
    if entry["name"] == "logit_loss":  # of targets in [0, 1]
        xs[1] = np.where((xs[1] >= 0) & (xs[1] <= 1), xs[1], 0.25)
    return xs


# Roots: a second derivative at 0 is NaN even if nobody asks for it, as an elementwise rule cannot
# see why a cotangent is 0.
ROOTS = {"hypot", "atan2"}
# Second derivatives that one mode knows at infinity, or outside of the domain, and the other calls
# NaN, as it meets infinity times 0 on its way.
ONE_MODE = {"acosh", "atan2"}


@pytest.mark.parametrize("name", sorted(BY_NAME.keys() - op_names.OF_RULES))
def test_modes_agree_at_special_points(name):
    entry, f = BY_NAME[name], function_of(name)
    xs = inputs_of(entry)
    for k in range(entry["arity"]):
        if not entry["differentiable"][k] or xs[k].dtype == bool:
            continue
        for order, (mine, other) in enumerate(
            zip(reverse(f, xs, k), forward(f, xs, k), strict=True), start=1
        ):
            if name in ONE_MODE and order == 2:
                outside = np.isinf(np.array(xs)).any(0) | ((xs[0] < 1) & (name == "acosh"))
                mine, other = mine[~outside], other[~outside]
            np.testing.assert_allclose(
                mine, other, rtol=1e-13, atol=0, err_msg=f"{name}: order {order} by input {k}"
            )


# Ops whose value or slope is the quotient of two infinities there, NaN in PyTorch as well.
NO_LIMIT_KNOWN = {"hypot", "atan2", "sinc"}
SLOWEST = 1e-8  # a derivative smaller than this at 1e7, and at 1e5 no larger than at 1e3, ends at 0


@pytest.mark.parametrize("name", sorted(BY_NAME.keys() - op_names.OF_RULES - NO_LIMIT_KNOWN))
def test_second_derivatives_at_infinity_are_their_limits(name):
    """Where the far values tell one, which is 0: along every operand, the others in the domain."""
    entry, f = BY_NAME[name], function_of(name)
    if name == "where" or entry["arity"] == 3:
        return  # linear in each, or of three that meet
    found = 0
    for k in range(entry["arity"]):
        if not entry["differentiable"][k]:
            continue
        for end in (1.0, -1.0):
            xs = [
                np.full(4, 0.6 if entry["domain"][i][0] >= 0 else 0.7)
                for i in range(entry["arity"])
            ]
            xs[k] = end * np.array([1e3, 1e5, 1e7, math.inf])
            for mine in (reverse(f, xs, k)[1], forward(f, xs, k)[1]):
                far = np.abs(mine[:3])
                known = np.isfinite(far).all() and far[2] < SLOWEST and far[1] <= far[0]
                if not known or np.isnan(f(*[leaf(x) for x in xs]).detach().numpy()[0]):
                    continue
                found += 1
                assert mine[3] == 0, f"{name} by {k} at {end} inf: {mine}"
    assert found or name not in {"erf", "erfc", "atan", "asinh", "acosh", "cbrt", "softsign"}


@pytest.mark.parametrize("name", sorted(BY_NAME.keys() - op_names.OF_RULES))
def test_what_is_not_taken_gives_nothing(name):
    """Note [Idle elements]: at every point, in both orders."""
    entry, f = BY_NAME[name], function_of(name)
    xs = inputs_of(entry)
    for k in range(entry["arity"]):
        if not entry["differentiable"][k] or xs[k].dtype == bool:
            continue
        leaves = [leaf(x) if x.dtype != bool else pyad.tensor(x) for x in xs]
        keep = pyad.tensor(np.zeros(len(xs[0]), bool))
        y = pyad.where(keep, f(*leaves), leaves[k])
        (g,) = pyad.autograd.grad(y.sum(), leaves[k], create_graph=True)
        np.testing.assert_array_equal(g.detach().numpy(), 1.0, err_msg=f"{name} by input {k}")
        if g.requires_grad and name not in ROOTS:
            (h,) = pyad.autograd.grad(g.sum(), leaves[k], allow_unused=True)
            if h is not None:
                np.testing.assert_array_equal(h.numpy(), 0.0, err_msg=f"{name}: second, by {k}")


SINGULAR = {
    "sqrt": (lambda x: x.sqrt(), -1.0),
    "rsqrt": (lambda x: x.rsqrt(), 0.0),
    "log": (lambda x: x.log(), -1.0),
    "log at 0": (lambda x: x.log(), 0.0),
    "quotient": (lambda x: 1 / x, 0.0),
    "sin(x) / x": (lambda x: x.sin() / x, 0.0),
    "power": (lambda x: x**0.5, -1.0),
    "asin": (lambda x: x.asin(), -3.0),
    "exp": (lambda x: (-1000 * x).exp(), -1.0),
    "log of exp": (lambda x: (1 - (-1000 * x).exp()).log(), -1.0),
}


@pytest.mark.parametrize("name", SINGULAR)
def test_a_branch_not_taken(name):
    f, at = SINGULAR[name]
    x = leaf([at, 0.5])
    y = pyad.where(pyad.tensor([False, True]), f(x), 0.0)
    (g,) = pyad.autograd.grad(y.sum(), x, create_graph=True)
    (h,) = pyad.autograd.grad(g.sum(), x)
    assert g[0].item() == 0
    assert h[0].item() == 0
    assert np.isfinite([g[1].item(), h[1].item()]).all()


@pytest.mark.parametrize("name", ["sqrt", "log", "power", "asin"])
def test_a_branch_not_taken_by_value_and_compiled(name):
    f, at = SINGULAR[name]

    def g(x):
        return pyad.where(x > 5, f(x), 0 * x + 1.0)

    x = pyad.Value(at)
    y = g(x)
    y.backward()
    assert x.grad == 0
    compiled = pyad.compile(g)
    x = pyad.Value(at)
    compiled(x).backward()
    assert x.grad == 0


ZEROS = {
    "cos(sqrt(x))": (lambda x: x.sqrt().cos(), 0.0),
    "sqrt(x) ** 2": (lambda x: x.sqrt() ** 2, 0.0),
    "log(1 + exp(x))": (lambda x: (1 + x.exp()).log(), 800.0),
    "0 * log(x)": (lambda x: x.log() * 0.0, 0.0),
    "taken": (lambda x: pyad.where(x < 5, x.sqrt().cos(), 0.0), 0.0),
    "0 * inf": (lambda x: x * inf * 0.0, 1.0),
}


@pytest.mark.parametrize("name", ZEROS)
def test_a_zero_that_is_no_choice_meets_infinity(name):
    """Such a zero hides a limit, or the lack of one: no number is known."""
    f, at = ZEROS[name]
    x = leaf([at])
    for create in (False, True):
        (g,) = pyad.autograd.grad(f(x).sum(), x, create_graph=create)
        assert math.isnan(g.item())


@pytest.mark.parametrize("create", [False, True])
def test_choices_that_meet(create):
    """Two ways to what is not taken, by one condition and by two, and choices inside of choices."""
    x = leaf([-1.0, 0.0, 4.0])
    bad = x.sqrt()
    m, n = x > 0, x > 1
    for f in (
        lambda: pyad.where(m, bad * bad.log(), 0.0),
        lambda: pyad.where(m, bad, 0.0) + pyad.where(n, bad.log(), 1.0),
        lambda: pyad.where(m, pyad.where(n, bad.log(), bad), 0.0),
        lambda: pyad.where(n, pyad.where(m, 0.0, bad.rsqrt()), 2.0) + pyad.where(m, bad, 0.0),
        lambda: pyad.where(pyad.tensor([[False], [True]]), pyad.where(m, 1 / bad, 0.0), 0.0),
        lambda: (-pyad.where(m, bad, 0.0)).sum(),
        lambda: bad.masked_fill(m.logical_not(), 0.0),
    ):
        (g,) = pyad.autograd.grad(f().sum(), x, create_graph=create, retain_graph=True)
        assert g[:2].tolist() == [0, 0]
        assert np.isfinite(g[2].item())
        if create:
            (h,) = pyad.autograd.grad(g.sum(), x, retain_graph=True)
            assert h[:2].tolist() == [0, 0]
            assert np.isfinite(h[2].item())


def test_hooks_see_zeros_where_nothing_is_taken():
    x = leaf([-1.0, 4.0])
    y = x.sqrt()
    seen = []
    y.register_hook(lambda g: seen.append(g.tolist()))
    pyad.where(x > 0, y, 0.0).sum().backward()
    assert seen == [[0.0, 1.0]]
    y = x.sqrt()
    z = 2 * y
    z.register_hook(lambda g: pyad.ones_like(g))  # another cotangent: the choice no longer counts
    x.grad = None
    pyad.where(x > 0, z, 0.0).sum().backward()
    assert math.isnan(x.grad[0].item())


def curvature(f, x):
    """First derivative, Hessian by reverse over reverse, and by forward over reverse."""
    n = np.size(x)
    shape = np.shape(x)
    v = leaf(x)
    (g,) = pyad.autograd.grad(f(v), v, create_graph=True)
    rows = []
    for k in range(n):
        unit = np.zeros(n)
        unit[k] = 1
        (row,) = pyad.autograd.grad(
            g, v, pyad.tensor(unit.reshape(shape)), retain_graph=True, allow_unused=True
        )
        rows.append(np.zeros(n) if row is None else row.numpy().ravel())
    columns = []
    for k in range(n):
        unit = np.zeros(n)
        unit[k] = 1
        with forward_ad.dual_level():
            d = forward_ad.make_dual(leaf(x), pyad.tensor(unit.reshape(shape)))
            (first,) = pyad.autograd.grad(f(d), d)
            t = forward_ad.unpack_dual(first).tangent
            columns.append(np.zeros(n) if t is None else t.numpy().ravel().copy())
    return g.detach().numpy().ravel(), np.array(rows), np.array(columns).T


def eye(n):
    return np.eye(n)


def centred(n):
    return np.eye(n) - 1 / n


O2, ONES = [0.0, 0.0], [1.0, 1.0, 1.0]
LIMITS = {
    "norm ** 2": (lambda x: x.norm() ** 2, O2, 2 * eye(2)),
    "norm * norm": (lambda x: (lambda r: r * r)(x.norm()), O2, 2 * eye(2)),
    "square": (lambda x: x.norm().square(), O2, 2 * eye(2)),
    "mul": (lambda x: (lambda r: pyad.mul(r, r))(x.norm()), O2, 2 * eye(2)),
    "exp(-norm ** 2)": (lambda x: (-(x.norm() ** 2)).exp(), O2, -2 * eye(2)),
    "gauss": (lambda x: (-(x.norm() ** 2) / 2).exp(), O2, -eye(2)),
    "rows": (lambda x: (x.norm(dim=1) ** 2).sum(), [[0.0, 0.0], [3.0, 4.0]], 2 * eye(4)),
    "kept": (lambda x: (x.norm(dim=1, keepdim=True) ** 2).sum(), [[0.0], [3.0]], 2 * eye(2)),
    "dist": (lambda x: pyad.dist(x, pyad.ones(2, dtype=x.dtype)) ** 2, [1.0, 1.0], 2 * eye(2)),
    "std ** 2": (lambda x: x.std() ** 2, ONES, centred(3)),
    "std, all": (lambda x: x.std(correction=0) ** 2, ONES, 2 / 3 * centred(3)),
    "cdist ** 2": (
        lambda x: (pyad.cdist(x, x) ** 2).sum(),
        [[1.0], [1.0], [3.0]],
        [[8, -4, -4], [-4, 8, -4], [-4, -4, 8]],
    ),
    "abs ** 2": (lambda x: (x.abs() ** 2).sum(), [0.0, -2.0], 2 * eye(2)),
    "hypot ** 2": (lambda x: pyad.hypot(x[0], x[1]) ** 2, O2, 2 * eye(2)),
    "sinc": (lambda x: pyad.sinc(x).sum(), [0.0, 1e-9, 1e-7], -(math.pi**2) / 3 * eye(3)),
    "normalize": (lambda x: F.normalize(x, dim=0).sum(), O2, 0 * eye(2)),
    "masked": (
        lambda x: pyad.where(x.norm() > 0, x.norm() ** 3, 0.0) + (x**2).sum(),
        O2,
        2 * eye(2),
    ),
}
UNKNOWN = {
    "norm": (lambda x: x.norm(), O2),
    "norm + norm ** 2": (lambda x: (lambda r: r + r**2)(x.norm()), O2),
    "two norms": (lambda x: x.norm() * x.norm(), O2),
    "cos(norm)": (lambda x: x.norm().cos(), O2),
    "std": (lambda x: x.std(), ONES),
    "cos(std)": (lambda x: x.std().cos(), ONES),
    "std_mean": (lambda x: pyad.std_mean(x)[0], ONES),
    "hypot": (lambda x: pyad.hypot(x[0], x[1]), O2),
    "cdist": (lambda x: pyad.cdist(x, x + 0).sum(), [[1.0], [1.0]]),
    "cos(cdist)": (lambda x: pyad.cdist(x, x.detach()).cos().sum(), [[1.0]]),
    "two cdists": (
        lambda x: (lambda d: d * pyad.cdist(x, x.detach()))(pyad.cdist(x, x.detach())),
        [[1.0]],
    ),
    "(2 cdist) ** 2": (lambda x: ((2 * pyad.cdist(x, x.detach())) ** 2).sum(), [[1.0]]),
    "cdist of many": (lambda x: pyad.cdist(x, x.detach().repeat(30, 1)).cos().sum(), [[1.0]]),
    "norm of order 3": (lambda x: x.norm(3), O2),
}
# Where only a recorded sweep knows that nothing depends on a root.
ONLY_REVERSE = {"normalize", "masked"}


@pytest.mark.parametrize("name", LIMITS)
def test_second_derivatives_that_have_a_limit(name):
    f, x, expected = LIMITS[name]
    _, rows, columns = curvature(f, x)
    np.testing.assert_allclose(rows, expected, rtol=1e-9, atol=1e-12)
    if name in ONLY_REVERSE:
        columns = np.where(np.isnan(columns), rows, columns)
    np.testing.assert_allclose(columns, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", UNKNOWN)
def test_second_derivatives_that_nobody_knows(name):
    """The first is PyTorch's choice, 0; the second says that it is not known."""
    f, x = UNKNOWN[name]
    g, rows, columns = curvature(f, x)
    np.testing.assert_array_equal(g, 0.0)
    for found in (rows, columns):
        assert np.isnan(np.diag(found)).all(), found  # and more: test_singular_orders.py


def test_third_derivatives_of_the_square_of_a_norm():
    """(norm ** 2) ** 2 times a number: third derivatives at 0 vanish, at a point they do not."""
    for at, order4 in (([0.0, 0.0], 24.0), ([1e-3, 0.0], 24.0)):
        x = leaf(at)
        s = (x.norm() ** 2) ** 2
        for _ in range(4):
            (g,) = pyad.autograd.grad(s, x, create_graph=True)
            s = g[0]
        np.testing.assert_allclose(s.item(), order4, rtol=1e-9)


def test_who_watches_a_root_sees_its_whole_gradient():
    x = leaf([[0.0, 0.0], [3.0, 4.0]])
    r = x.norm(dim=1)
    seen = []
    y = (r**2).sum() + 3 * r.sum()
    (g,) = pyad.autograd.grad(y, r, retain_graph=True)
    np.testing.assert_array_equal(g.numpy(), [3.0, 13.0])
    r.register_hook(lambda g: seen.append(g.numpy().copy()))
    r.retain_grad()
    y.backward()
    np.testing.assert_array_equal(seen[0], [3.0, 13.0])
    np.testing.assert_array_equal(r.grad.numpy(), [3.0, 13.0])
    np.testing.assert_allclose(x.grad.numpy(), [[0, 0], [13 * 0.6, 13 * 0.8]], rtol=1e-15)


def test_values_where_a_nan_was():
    x = leaf([-inf, -inf])
    (g,) = pyad.autograd.grad(x.logsumexp(0), x)
    np.testing.assert_array_equal(g.numpy(), 0.0)
    a = leaf([0.0])
    (g,) = pyad.autograd.grad(pyad.hypot(a, leaf([0.0])).sum(), a)
    assert g.item() == 0
    t = leaf([-inf, math.log(0.4)])
    a = leaf([-1.0, -2.0])
    loss = F.kl_div(a, t, log_target=True, reduction="sum")
    assert loss.item() == pytest.approx(0.4 * (math.log(0.4) + 2), rel=1e-14)
    ga, gt = pyad.autograd.grad(loss, [a, t])
    np.testing.assert_allclose(ga.numpy(), [0, -0.4], rtol=1e-14)
    np.testing.assert_allclose(gt.numpy(), [0, 0.4 * (math.log(0.4) + 3)], rtol=1e-14)
    loss = F.kl_div(leaf([-inf, -1.0]), leaf([0.0, 0.5]), reduction="sum")
    assert math.isfinite(loss.item())


@pytest.mark.parametrize(
    ("name", "at", "sign"),
    [
        ("asin", 1.0, 1),
        ("asin", -1.0, -1),
        ("acos", 1.0, -1),
        ("acosh", 1.0, -1),
        ("atanh", 1.0, 1),
    ],
)
def test_second_derivatives_at_the_ends(name, at, sign):
    _, rows, columns = curvature(lambda x: getattr(x, name)().sum(), [at])
    assert rows[0, 0] == sign * inf
    assert columns[0, 0] == sign * inf


@pytest.mark.parametrize(
    "drop",
    [F.dropout, F.alpha_dropout, F.dropout1d, F.feature_alpha_dropout],
    ids=lambda f: f.__name__,
)
@pytest.mark.parametrize("p", [0.5, 1.0])
def test_a_dropped_infinity(drop, p):
    pyad.manual_seed(0)
    y = drop(pyad.full((4, 8, 3), inf), p, True)
    assert not y.isnan().any()
    assert y.isfinite().any()


def test_attention_with_a_row_that_sees_nothing():
    pyad.manual_seed(0)
    layer = pyad.nn.MultiheadAttention(4, 2, batch_first=True)
    x = pyad.randn(2, 3, 4)
    padding = pyad.tensor([[False, False, True], [True, True, True]])
    grads = []
    for need in (True, False):
        layer.zero_grad()
        y, _ = layer(x, x, x, key_padding_mask=padding, need_weights=need)
        y[0].sum().backward()
        grads.append(layer.in_proj_weight.grad.numpy().copy())
    assert np.isfinite(grads[0]).all()
    np.testing.assert_allclose(grads[0], grads[1], rtol=1e-5, atol=1e-6)


def test_softmax_of_a_row_that_nobody_asks():
    x = leaf([[-inf, -inf], [0.0, 1.0]])
    for f in (F.softmax, F.log_softmax):
        for create in (False, True):
            (g,) = pyad.autograd.grad(f(x, 1)[1, 0], x, create_graph=create)
            np.testing.assert_array_equal(g[0].detach().numpy(), 0.0)
            assert np.isfinite(g.detach().numpy()).all()


def test_tails_of_derivatives():
    """Far from where they bend, against closed forms in double."""
    x = np.array([-40.0, -20.0, -8.0, -1.0, 0.0, 1.0, 8.0, 20.0, 40.0])

    def slope(name, dtype):
        v = pyad.tensor(x, dtype=dtype).requires_grad_()
        function = getattr(F, name) if hasattr(F, name) else getattr(pyad, name)
        (g,) = pyad.autograd.grad(function(v).sum(), v)
        return g.numpy().astype(float)

    e = np.exp(-np.abs(x))
    expected = {
        "sigmoid": e / (1 + e) ** 2,
        "tanh": 4 * e**2 / (1 + e**2) ** 2,
        "tanhshrink": np.tanh(x) ** 2,
        "softplus": np.where(x > 20, 1.0, np.exp(np.minimum(x, 0)) / (1 + e)),
    }
    for name, right in expected.items():
        np.testing.assert_allclose(slope(name, pyad.float64), right, rtol=2e-15, err_msg=name)
        np.testing.assert_allclose(slope(name, pyad.float32), right, rtol=5e-7, err_msg=name)
    v = leaf([1024.0, 1023.0, -1000.0])
    (g,) = pyad.autograd.grad(v.exp2().sum(), v)
    np.testing.assert_allclose(
        g.numpy(),
        [math.log(2) * 2.0**1023 * 2, math.log(2) * 2.0**1023, math.log(2) * 2.0**-1000],
        rtol=4e-16,
    )
    y = np.array([0.5 - 1e-9, 0.5 + 1e-12, 0.25, 0.9])
    np.testing.assert_allclose(
        pyad.logit(pyad.tensor(y)).numpy(), np.log1p((2 * y - 1) / (1 - y)), rtol=4e-16, atol=0
    )
    small = leaf([1e-4])
    (g,) = pyad.autograd.grad(pyad.sinc(pyad.tensor([1e-4])).sum() + pyad.sinc(small).sum(), small)
    assert g.item() == pytest.approx(-(math.pi**2) / 3 * 1e-4, rel=1e-7)
    single = pyad.tensor([1e-4], requires_grad=True)
    (g,) = pyad.autograd.grad(pyad.sinc(single).sum(), single)
    assert g.item() == pytest.approx(-(math.pi**2) / 3 * 1e-4, rel=1e-6)


def test_logit_loss_of_easy_examples():
    for target, sign in ((0.0, 1.0), (1.0, -1.0)):
        at = np.array([-10.0, -12.0, -16.0, -17.0, -40.0, 3.0])
        for weight in (None, pyad.tensor(2.0)):
            x = pyad.tensor(sign * at, dtype=pyad.float32).requires_grad_()
            loss = F.binary_cross_entropy_with_logits(
                x, pyad.full((6,), target), reduction="none", pos_weight=weight
            )
            (g,) = pyad.autograd.grad(loss.sum(), x)
            times = 2.0 if weight is not None and target else 1.0
            v = np.log1p(np.exp(at))
            np.testing.assert_allclose(loss.detach().numpy(), times * v, rtol=1e-6)
            right = sign * times / (1 + np.exp(-at))
            np.testing.assert_allclose(g.numpy(), right, rtol=1e-6)
    x = leaf([0.0])
    _, rows, columns = curvature(
        lambda x: F.binary_cross_entropy_with_logits(x, pyad.zeros_like(x)), [0.0]
    )
    assert rows[0, 0] == columns[0, 0] == 0.25


@pytest.mark.parametrize("scale", [1e20, 1e-30, 1e36, 1e-37, 1.0])
@pytest.mark.parametrize("dim", [None, 0, 1])
def test_roots_of_sums_that_leave_the_range(scale, dim, rng):
    for dtype, times in (
        ("float32", 1.0),
        ("float64", scale**6 if scale > 1e30 or scale < 1 else scale),
    ):
        v = rng.standard_normal((5, 7)) + 1
        x = pyad.tensor((v * scale).astype(dtype)) if dtype == "float32" else pyad.tensor(v * times)
        unit = x.double().numpy().astype(np.longdouble)
        dims = {} if dim is None else {"dim": dim}
        axis = dim
        y = x.clone().requires_grad_()
        for name, right in (
            ("norm", np.sqrt((unit**2).sum(axis))),
            ("std", unit.std(axis, ddof=1)),
        ):
            r = getattr(y, name)(**dims)
            rtol = 4 * np.finfo(dtype).eps * 4
            np.testing.assert_allclose(r.detach().numpy(), right.astype(float), rtol=rtol)
            (g,) = pyad.autograd.grad(r.sum(), y)
            assert np.isfinite(g.numpy()).all()
            assert g.abs().max().item() > 0.05
        r = y.norm(3, **dims)
        right = ((np.abs(unit) ** 3).sum(axis)) ** (np.longdouble(1) / 3)
        np.testing.assert_allclose(
            r.detach().numpy(), right.astype(float), rtol=2e-6 if dtype == "float32" else 1e-14
        )


def test_equal_numbers_have_no_deviation():
    for value in (0.1, 1e-40, 1e38, 3.3e200, 7e-310):
        x = leaf([value] * 9)
        assert x.std().item() == 0
        assert x.float().std().item() == 0 if abs(value) < 1e38 else True


@pytest.mark.parametrize("shape", [(100_000,), (100_000, 1), (100_000, 3), (3, 100_000)])
def test_long_products_of_float32(shape, rng):
    x = (1 + 1e-4 * rng.standard_normal(shape)).astype("float32")
    axis = int(np.argmax(shape))
    np.testing.assert_allclose(
        pyad.tensor(x).prod(axis).numpy(), x.astype(float).prod(axis), rtol=1e-6
    )


def test_addcmul_rounds_once():
    a, b, c = (np.random.default_rng(0).standard_normal(1000).astype("float32") for _ in range(3))
    a = -(b * c)  # what is left is the rounding error of the product
    exact = a.astype(float) + b.astype(float) * c.astype(float)
    found = pyad.addcmul(pyad.tensor(a), pyad.tensor(b), pyad.tensor(c)).numpy()
    if pyad._core.isa() != "generic":
        np.testing.assert_array_equal(found, exact.astype("float32"))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("offset", [0.0, 1000.0])
@pytest.mark.parametrize("p", [2.0, 1.0, 3.0, inf])
def test_distances_of_many_rows(dtype, offset, p, rng):
    x = (rng.standard_normal((60, 40)) + offset).astype(dtype)
    y = np.concatenate([x[:20], x[20:40] + np.asarray(1e-3, dtype), x[40:][::-1]])
    wide, other = x.astype(np.longdouble), y.astype(np.longdouble)
    d = np.abs(wide[:, None] - other[None])
    right = d.max(-1) if p == inf else (d**p).sum(-1) ** (1 / np.longdouble(p))
    a, b = pyad.tensor(x).requires_grad_(), pyad.tensor(y).requires_grad_()
    r = pyad.cdist(a, b, p)
    np.testing.assert_allclose(
        r.detach().numpy(), right.astype(float), rtol=60 * np.finfo(dtype).eps
    )
    assert (r.detach().numpy()[np.arange(20), np.arange(20)] == 0).all()
    if p == inf:  # PyTorch does not share among ties
        return
    w = rng.standard_normal((60, 60)).astype(dtype)
    ga, gb = pyad.autograd.grad(r, [a, b], pyad.tensor(w))
    ta, tb = (torch.tensor(v.astype("float64"), requires_grad=True) for v in (x, y))
    t = torch.cdist(ta, tb, p, compute_mode="donot_use_mm_for_euclid_dist")
    ha, hb = torch.autograd.grad(t, [ta, tb], torch.tensor(w.astype("float64")))
    tolerance = 2000 * np.finfo(dtype).eps
    np.testing.assert_allclose(ga.numpy(), ha.numpy(), rtol=tolerance, atol=tolerance * 10)
    np.testing.assert_allclose(gb.numpy(), hb.numpy(), rtol=tolerance, atol=tolerance * 10)


def test_second_derivatives_of_many_distances(rng):
    x = rng.standard_normal((30, 2))
    v = leaf(x)
    (g,) = pyad.autograd.grad((pyad.cdist(v, v) ** 2).sum(), v, create_graph=True)
    (h,) = pyad.autograd.grad(g[0, 0], v)
    expected = np.zeros((30, 2))
    expected[:, 0] = -4
    expected[0, 0] = 4 * 29
    np.testing.assert_allclose(h.numpy(), expected, rtol=1e-12, atol=1e-10)


def test_distances_by_rows_keep_no_differences(monkeypatch, rng):
    """More pairs than are kept at once: the same numbers, in the memory of the result."""
    x = rng.standard_normal((700, 40))
    a, b = leaf(x), leaf(x[:300])
    r = pyad.cdist(a, b, 3.0)
    part = pyad.cdist(a[:10], b[:10], 3.0)
    np.testing.assert_allclose(r[:10, :10].detach().numpy(), part.detach().numpy(), rtol=1e-14)
    w = rng.standard_normal((700, 300))
    ga, gb = pyad.autograd.grad(r, [a, b], pyad.tensor(w))
    step = 1e-6
    u = rng.standard_normal(x.shape)
    high = pyad.cdist(pyad.tensor(x + step * u), b.detach(), 3.0)
    low = pyad.cdist(pyad.tensor(x - step * u), b.detach(), 3.0)
    slope = ((high - low).numpy() / (2 * step) * w).sum()
    assert (ga.numpy() * u).sum() == pytest.approx(slope, rel=1e-6)
    assert drivers.array(gb).shape == (300, 40)


@pytest.mark.parametrize("k", [0, 1])
@pytest.mark.parametrize("x", [0.0, -0.0])
def test_the_angle_of_the_origin_has_no_second_derivative(x, k):
    """In no direction, and in both ways to ask for it."""
    for by in (0, 1):
        a = [leaf(np.array([x])), leaf(np.array([0.0]))]
        (g,) = pyad.autograd.grad(pyad.atan2(*a).sum(), a[k], create_graph=True)
        assert g.item() == 0
        assert math.isnan(pyad.autograd.grad(g.sum(), a[by])[0].item())
        with forward_ad.dual_level():
            a[by] = forward_ad.make_dual(a[by], pyad.ones(1, dtype=pyad.float64))
            (g,) = pyad.autograd.grad(pyad.atan2(*a).sum(), a[k], create_graph=True)
            assert math.isnan(forward_ad.unpack_dual(g).tangent.item())


def test_tangents_of_squared_roots_are_differentiated_at_zero():
    """The sum of 2 x t: it travels beside the tangent of the root, which at 0 tells nothing."""
    t = np.array([1.0, -1.0, 0.5])
    for square, right in (
        (lambda x: x.norm() ** 2, 2 * t),
        (lambda x: x.std() ** 2, t - t.mean()),
        (lambda x: (x.abs() ** 2).sum(), 2 * t),
    ):
        x = leaf(np.zeros(3))
        with forward_ad.dual_level():
            y = square(forward_ad.make_dual(x, pyad.tensor(t)))
            (h,) = pyad.autograd.grad(forward_ad.unpack_dual(y).tangent, x)
        np.testing.assert_allclose(h.numpy(), right, rtol=1e-14)


FILLS = {
    "mask": lambda y, m: y.__setitem__(m, 0.0),
    "mask of rows": lambda y, m: y.__setitem__(m[:, 0], 0.0),
    "tensor": lambda y, m: y.__setitem__(m, pyad.tensor(0.0, dtype=y.dtype)),
    "in place": lambda y, m: y.masked_fill_(m, 0.0),
}


@pytest.mark.parametrize("name", FILLS)
def test_elements_that_a_mask_assigns_are_not_asked_for(name):
    """`y[mask] = number` is masked_fill: what was there gives nothing, in both modes."""
    bad = np.array([[-1.0, -4.0], [4.0, 9.0]])
    x = leaf(bad)
    y = x.sqrt()
    FILLS[name](y, x.detach() < 0)
    (g,) = pyad.autograd.grad(y.sum(), x, create_graph=True)
    np.testing.assert_array_equal(g.detach().numpy(), [[0, 0], [1 / 4, 1 / 6]])
    (h,) = pyad.autograd.grad(g.sum(), x)
    np.testing.assert_allclose(h.numpy(), [[0, 0], [-1 / 32, -1 / 108]], rtol=1e-15)
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(pyad.tensor(bad), pyad.ones(2, 2, dtype=pyad.float64))
        y = dual.sqrt()
        FILLS[name](y, pyad.tensor(bad) < 0)
        t = forward_ad.unpack_dual(y).tangent
    np.testing.assert_array_equal(t.numpy(), [[0, 0], [1 / 4, 1 / 6]])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_hardswish_of_the_largest(dtype):
    """It is the number itself: no product on the way overflows."""
    top = np.finfo(dtype).max
    large = pyad.tensor(np.array([top, top / 3], dtype))
    np.testing.assert_array_equal(F.hardswish(large).numpy(), large.numpy())
