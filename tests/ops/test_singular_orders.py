"""Second derivatives where a root is 0, in the four ways to take them.

Every root x every function of it x every mode: what belongs to the singular root is NaN, all of it,
and nothing else is. Squares of roots have the limit in every mode. Powers, sums of exponentials of
infinities and hooks on roots follow the same page, docs/derivatives.md.
"""

from __future__ import annotations

import itertools
import math

import mpmath
import numpy as np
import pytest
import torch

import pyad
import pyad.nn.functional as F
from pyad.autograd import forward_ad

inf, nan = math.inf, math.nan


def leaf(x):
    return pyad.tensor(np.asarray(x, "float64")).requires_grad_()


def units(x):
    for k in range(np.size(x)):
        u = np.zeros(np.size(x))
        u[k] = 1
        yield pyad.tensor(u.reshape(np.shape(x)))


def flat(t, x):
    return np.zeros(np.size(x)) if t is None else np.array(t.detach().numpy()).ravel()


def tangent_of(f, dual):
    return forward_ad.unpack_dual(f(dual)).tangent


def reverse_over_reverse(f, x):
    v = leaf(x)
    (g,) = pyad.autograd.grad(f(v), v, create_graph=True)
    if not g.requires_grad:
        return np.zeros((np.size(x), np.size(x)))
    return np.array(
        [
            flat(pyad.autograd.grad(g, v, u, retain_graph=True, allow_unused=True)[0], x)
            for u in units(x)
        ]
    )


def forward_over_reverse(f, x):
    columns = []
    for u in units(x):
        with forward_ad.dual_level():
            d = forward_ad.make_dual(leaf(x), u)
            (g,) = pyad.autograd.grad(f(d), d)
            columns.append(flat(forward_ad.unpack_dual(g).tangent, x))
    return np.array(columns).T


def reverse_over_forward(f, x):
    rows = []
    for u in units(x):
        v = leaf(x)
        with forward_ad.dual_level():
            t = tangent_of(f, forward_ad.make_dual(v, u))
            g = None
            if t is not None and t.requires_grad:
                (g,) = pyad.autograd.grad(t, v, allow_unused=True)
            rows.append(flat(g, x))
    return np.array(rows)


def forward_over_forward(f, x):
    n = np.size(x)
    found = np.zeros((n, n))
    for (i, u), (j, w) in itertools.product(enumerate(units(x)), repeat=2):
        with forward_ad.dual_level():
            outer = forward_ad.make_dual(pyad.tensor(np.asarray(x, "float64")), u)
            with forward_ad.dual_level():
                t = tangent_of(f, forward_ad.make_dual(outer, w))
            t = None if t is None else forward_ad.unpack_dual(t).tangent
            found[i, j] = 0.0 if t is None else t.item()
    return found


MODES = {
    f.__name__: f
    for f in (
        reverse_over_reverse,
        forward_over_reverse,
        reverse_over_forward,
        forward_over_forward,
    )
}


def first(f, x):
    """In both modes."""
    v = leaf(x)
    (g,) = pyad.autograd.grad(f(v), v, allow_unused=True)
    tangents = []
    for u in units(x):
        with forward_ad.dual_level():
            t = tangent_of(f, forward_ad.make_dual(pyad.tensor(np.asarray(x, "float64")), u))
            tangents.append(0.0 if t is None else t.item())
    return flat(g, x), np.array(tangents)


# Roots of each row of (rows, 2), and the rows where they are 0.
ROOTS = {
    "norm": (lambda x: x.norm(dim=1), 0.0),
    "norm, kept": (lambda x: x.norm(dim=1, keepdim=True), 0.0),
    "norm of order 3": (lambda x: x.norm(3, dim=1), 0.0),
    "norm of order 1.5": (lambda x: x.norm(1.5, dim=1), 0.0),
    "norm of order 0.5": (lambda x: x.norm(0.5, dim=1), 0.0),
    "norm of two dims": (lambda x: x.reshape(-1, 1, 2).norm(dim=(1, 2)), 0.0),
    "std": (lambda x: x.std(1), 1.0),
    "std of all": (lambda x: x.std(1, correction=0), 1.0),
    "hypot": (lambda x: pyad.hypot(x[:, 0], x[:, 1]), 0.0),
    "cdist": (lambda x: pyad.cdist(x, pyad.ones(1, 2, dtype=x.dtype)), 1.0),
    "cdist of order 3": (lambda x: pyad.cdist(x, pyad.ones(1, 2, dtype=x.dtype), 3.0), 1.0),
    "pairwise": (lambda x: F.pairwise_distance(x, pyad.ones_like(x.detach()), eps=0.0), 1.0),
    "dist": (lambda x: pyad.stack([pyad.dist(r, pyad.ones_like(r.detach())) for r in x]), 1.0),
}
SMOOTH = {  # of second order, with a second derivative by the root that is known where it is not 0
    "itself": lambda r: r,
    "exp": lambda r: r.exp(),
    "** 1": lambda r: r**1,
    "exp of 2 r": lambda r: (2 * r).exp(),
    "times 2": lambda r: 2 * r,
    "minus": lambda r: -r,
    "r + r ** 2": lambda r: r + r**2,
    "cos": lambda r: r.cos(),
    "(2 r) ** 2": lambda r: (2 * r) ** 2,
    "(-r) ** 2": lambda r: (-r) ** 2,
    "(r + 0) ** 2": lambda r: (r + 0.0) ** 2,
    "product of two": lambda r: r * (r * 1.0),
    "clamp(min=0) ** 2": lambda r: r.clamp(min=0) ** 2,
    "tanh": lambda r: r.tanh(),
    "sqrt(1 + r)": lambda r: (1 + r).sqrt(),
}
NORMAL = [0.75, -0.5]


def curvature_of_normal(root, outer):
    """By difference quotients of the gradient, of a row that is ordinary."""

    def slope(at):
        v = leaf([at])
        (g,) = pyad.autograd.grad(outer(root(v)).sum(), v)
        return g.numpy().ravel()

    h = 1e-4
    columns = []
    for k in range(2):
        step = np.zeros(2)
        step[k] = h
        at = np.array(NORMAL)
        wide = (slope(at + 2 * step) - slope(at - 2 * step)) / (4 * h)
        near = (slope(at + step) - slope(at - step)) / (2 * h)
        columns.append((4 * near - wide) / 3)
    return np.array(columns).T


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ROOTS)
def test_a_singular_root_has_no_second_derivative(name, mode):
    """Its whole block is NaN; other rows have their numbers, and what couples rows is 0."""
    root, zero = ROOTS[name]
    x = [[zero, zero], NORMAL]
    for label, outer in SMOOTH.items():

        def f(v, outer=outer):
            return outer(root(v)).sum()

        told = f"{label} of {name}, {mode}"
        if label not in ("cos", "tanh"):  # the same first derivatives as elsewhere: finite
            for g in first(f, x):
                assert np.isfinite(g).all(), told
        h = MODES[mode](f, x)
        assert np.isnan(h[:2, :2]).all(), (told, h)
        np.testing.assert_array_equal(h[:2, 2:], 0.0, err_msg=told)
        np.testing.assert_array_equal(h[2:, :2], 0.0, err_msg=told)
        np.testing.assert_allclose(
            h[2:, 2:], curvature_of_normal(root, outer), rtol=1e-6, atol=1e-7, err_msg=told
        )


@pytest.mark.parametrize("mode", MODES)
def test_products_with_what_a_root_is_made_of(mode):
    for f in (
        lambda x: x[0] * x.norm(),
        lambda x: x.sum() * x.std(),
        lambda x: x.norm() / (1 + x[0]),
    ):
        h = MODES[mode](f, [0.0, 0.0, 0.0])
        assert np.isnan(h).all(), h


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_of_all_elements_of_a_root(mode, n):
    for f in (lambda x: x.norm(), lambda x: x.norm().exp(), lambda x: x.reshape(1, -1).norm()):
        assert np.isnan(MODES[mode](f, np.zeros(n))).all()


@pytest.mark.parametrize("mode", MODES)
def test_a_factor_of_a_root_is_a_first_derivative(mode):
    """d/dy of y |x| is the root itself, whose slope is 0 by rule 1, in whatever order."""
    h = MODES[mode](lambda v: v[0] * v[1:].norm(), [2.0, 0.0, 0.0])
    np.testing.assert_array_equal(h[0], 0.0)
    np.testing.assert_array_equal(h[:, 0], 0.0)
    assert np.isnan(h[1:, 1:]).all()


SQUARES = {
    "** 2": lambda r: r**2,
    "r * r": lambda r: r * r,
    "square": lambda r: r.square(),
    "mul": lambda r: pyad.mul(r, r),
    "exp": lambda r: (r**2).exp(),
    "1 - exp(-)": lambda r: 1 - (-(r**2)).exp(),
    "r ** 2 + r ** 2 of one": lambda r: 0.5 * (r**2 + r * r),
}
CENTRED = np.eye(2) - 0.5
HALVES = {  # Hessians of half the square
    "norm": np.eye(2),
    "norm, kept": np.eye(2),
    "norm of two dims": np.eye(2),
    "std": CENTRED,
    "std of all": 0.5 * CENTRED,
    "hypot": np.eye(2),
    "cdist": np.eye(2),
    "pairwise": np.eye(2),
    "abs": np.eye(2),
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", HALVES)
def test_the_square_of_a_root_is_smooth_in_every_mode(name, mode):
    root, zero = ROOTS.get(name, (lambda x: x.abs(), 0.0))
    x = [[zero, zero], NORMAL]
    for label, square in SQUARES.items():
        h = MODES[mode](lambda v: square(root(v)).sum(), x)  # noqa: B023
        np.testing.assert_allclose(
            h[:2, :2], 2 * HALVES[name], rtol=1e-12, atol=1e-15, err_msg=f"{label}, {mode}"
        )
        np.testing.assert_array_equal(h[:2, 2:], 0.0)
        np.testing.assert_array_equal(h[2:, :2], 0.0)
        np.testing.assert_allclose(
            h[2:, 2:], curvature_of_normal(root, square), rtol=1e-6, atol=1e-7
        )


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("n", [1, 2, 4])
def test_the_square_of_one_root(mode, n):
    ones = pyad.ones(n, dtype=pyad.float64)
    for square in SQUARES.values():
        for root, at in ((lambda x: x.norm(), 0.0), (lambda x: pyad.dist(x, ones), 1.0)):
            h = MODES[mode](lambda v: square(root(v)), np.full(n, at))  # noqa: B023
            np.testing.assert_allclose(h, 2 * np.eye(n), rtol=1e-12)


@pytest.mark.parametrize("mode", MODES)
def test_pieces_of_lines_have_none(mode):
    """abs, relu, the 1-norm and the largest: 0, and so have products of two."""
    for f in (
        lambda x: x.abs().sum(),
        lambda x: x.relu().sum(),
        lambda x: x.norm(1),
        lambda x: x.norm(inf),
        lambda x: (x.abs() * x.abs()).sum(),
        lambda x: x.clamp(min=0).sum(),
    ):
        np.testing.assert_array_equal(MODES[mode](f, [0.0, 0.0]), 0.0)


def test_where_the_nan_of_a_root_arrives_in_reverse_over_forward():
    """In its own block by constant tangents, else in its columns, never in those of others."""
    at = [0.0, 0.0, 3.0, 4.0]

    def blocks(f):
        bad = np.isnan(MODES["reverse_over_forward"](f, at))
        return [bool(bad[i : i + 2, k : k + 2].all()) for i in (0, 2) for k in (0, 2)], bad.sum()

    scales = pyad.tensor([2.0, -1.0], dtype=pyad.float64)
    for f in (
        lambda x: x.reshape(2, 2).norm(dim=1).sum(),
        lambda x: (x.reshape(2, 2) * scales).norm(dim=1).exp().sum(),
    ):
        assert blocks(f) == ([True, False, False, False], 4)
    for f in (
        lambda x: (x.reshape(2, 2) ** 2).norm(dim=1).sum(),
        lambda x: x.reshape(2, 2).sin().norm(dim=1).exp().sum(),
    ):
        assert blocks(f) == ([True, False, True, False], 8)
    both = MODES["forward_over_forward"](lambda x: (x[2] * x[:2]).norm() + x[3] ** 2, at)
    assert np.isnan(both).tolist() == [[True] * 4] * 2 + [[False] * 4] * 2


IDLE = {
    "normalize": lambda x: F.normalize(x, dim=1).sum(),
    "normalize of order 3": lambda x: F.normalize(x, p=3.0, dim=1).sum(),
    "bound": lambda x: x.norm(dim=1).clamp(min=0.1).sum(),
    "masked": lambda x: (x.norm(dim=1) * pyad.tensor([0.0, 1.0], dtype=x.dtype)).sum(),
    "relu": lambda x: (x.norm(dim=1).relu() ** 2).sum(),
    "cube": lambda x: (x.norm(dim=1) ** 3).sum(),
    "row": lambda x: x.norm(dim=1)[1].exp(),
    "where": lambda x: pyad.where(x.norm(dim=1) > 0, x.norm(dim=1), 1.0).sum(),
}
# Modes that know it beside reverse over reverse; the others say NaN, never another number.
KNOWN = {
    "masked": {"forward_over_reverse"},
    "row": {"forward_over_forward"},
    "where": set(MODES),
    "bound": set(MODES),
    "relu": {"reverse_over_forward", "forward_over_forward"},
    "normalize": {"reverse_over_forward", "forward_over_forward"},
    "normalize of order 3": {"reverse_over_forward", "forward_over_forward"},
    "cube": set(),
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", IDLE)
def test_a_root_that_nobody_asks_for(name, mode):
    h = MODES[mode](IDLE[name], [[0.0, 0.0], NORMAL])
    block = h[:2, :2]
    if mode == "reverse_over_reverse" or mode in KNOWN[name]:
        np.testing.assert_array_equal(block, 0.0)
    else:
        assert np.isnan(block).all(), (name, mode, block)
    np.testing.assert_array_equal(h[:2, 2:], 0.0)
    assert np.isfinite(h[2:, 2:]).all()


def test_a_nan_that_arrives_at_a_root_stays():
    for name, (root, zero) in ROOTS.items():
        v = leaf([[zero, zero], NORMAL])
        r = root(v)
        g = np.zeros(r.shape)
        g[0] = nan
        g[1] = inf
        (found,) = pyad.autograd.grad(r, v, pyad.tensor(g))
        assert np.isnan(found[0].numpy()).all(), name
        g[0] = inf
        (found,) = pyad.autograd.grad(root(v), v, pyad.tensor(g))
        np.testing.assert_array_equal(found[0].numpy(), 0.0, err_msg=name)


A = [0.0, -0.0, 1.0, -1.0, 2.0, inf, nan]
B = [0.0, 1.0, 2.0, 0.5, -1.0, 1.5, inf, 3.0, -0.0]


def exact_power(i, j):
    """The second partial of a^b as a function of mpmath's numbers."""
    log = mpmath.log
    return {
        (0, 0): lambda a, b: b * (b - 1) * a ** (b - 2),
        (0, 1): lambda a, b: a ** (b - 1) * (1 + b * log(a)),
        (1, 1): lambda a, b: a**b * log(a) ** 2,
    }[min(i, j), max(i, j)]


def limits_of_power(a, b, i, j):
    """Along the lines of the operands that are differentiated by; those that stay real."""
    formula = exact_power(i, j)
    found = []
    for k in {i, j}:
        for side in (1, -1):
            values = []
            for size in ("1e-30", "1e-40"):
                step = side * mpmath.mpf(size)
                at = [mpmath.mpf(a), mpmath.mpf(b)]
                if mpmath.isinf(at[k]):
                    at[k] = 1 / abs(step) * mpmath.sign(at[k])
                else:
                    at[k] += step
                if mpmath.isinf(at[0]) or mpmath.isinf(at[1]) or at[0] == 0:
                    values.append(None)
                    continue
                v = mpmath.mpmathify(formula(*at))
                values.append(v.real if abs(v.imag) < abs(v) * 1e-20 or v == 0 else None)
            if None not in values:
                found.append(values)
    return found


@pytest.mark.parametrize("mode", MODES)
def test_second_derivatives_of_powers(mode):
    """A finite number is the limit along every line on which there is one."""
    with mpmath.workdps(60):
        for a, b in itertools.product(A, B):
            h = MODES[mode](lambda v: v[0] ** v[1], [a, b])
            for i, j in itertools.product(range(2), repeat=2):
                if math.isnan(a) or not math.isfinite(h[i, j]):
                    continue
                for values in limits_of_power(a, b, i, j):
                    assert abs(values[1] - h[i, j]) <= 1e-9 * max(1, abs(h[i, j])), (
                        f"d2/d{i}{j} of {a} ** {b}: {h[i, j]} in {mode}"
                    )


@pytest.mark.parametrize("mode", MODES)
def test_powers_at_the_origin(mode):
    """By a twice it is 0, in every mode; the mixed one, which is NaN, stays out of it."""
    for a in (0.0, -0.0):
        h = MODES[mode](lambda v: v[0] ** v[1], [a, 0.0])
        assert h[0, 0] == 0
        assert np.isnan([h[0, 1], h[1, 0], h[1, 1]]).all(), h
        h = MODES[mode](lambda v: v[0] ** v[1], [a, 1.0])
        assert h[0, 0] == 0
        assert not np.isfinite([h[0, 1], h[1, 0]]).any(), h
        assert h[1, 1] == 0
        h = MODES[mode](lambda v: v[0] ** v[1], [a, 2.0])
        np.testing.assert_array_equal(h, [[2, 0], [0, 0]])
    for b, right in ((0, 0.0), (1, 0.0), (2, 2.0), (3, 0.0)):  # exponents that are numbers
        assert MODES[mode](lambda v: (v**b).sum(), [0.0]) == right  # noqa: B023
    assert MODES[mode](lambda v: (2.0**v).sum(), [0.0]) == pytest.approx(math.log(2) ** 2)
    h = MODES[mode](lambda v: v[0] ** v[1], [nan, 0.0])
    assert np.isnan([h[0, 1], h[1, 0], h[1, 1]]).all()


def test_the_modes_agree_on_powers():
    """Where one has a number all have it, but for the mixed partial, whose limit does not exist."""
    for a, b in itertools.product([0.0, -0.0, 1.0, 2.0], [0.0, 1.0, 2.0, 3.0, -0.0]):
        found = [mode(lambda v: v[0] ** v[1], [a, b]) for mode in MODES.values()]
        for i in range(2):
            diagonal = [h[i, i] for h in found]
            np.testing.assert_allclose(diagonal, diagonal[0], rtol=1e-12, err_msg=f"{a} ** {b}")
        mixed = [h[i, 1 - i] for h in found for i in range(2)]
        assert np.isfinite(mixed).all() or not np.isfinite(mixed).any(), (a, b, mixed)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_slopes_of_powers_whose_exponents_are_even_by_rounding(dtype):
    """b - 1 is odd, whatever it is rounded to: the slope has the sign of a."""
    start = 24 if dtype == "float32" else 53
    sizes = [0.0, 2.0, 4.0, 2.0 ** (start - 1) + 2, 2.0**start]
    for size, sign in itertools.product(sizes, (1.0, -1.0)):
        b = sign * (2.0**start + size)
        a = np.array([1.0, -1.0], dtype)
        right = np.array([b, -b])
        for exponent in (pyad.full((2,), b, dtype=getattr(pyad, dtype)), b, int(b)):
            for create_graph in (False, True):
                x = pyad.tensor(a).requires_grad_()
                (g,) = pyad.autograd.grad((x**exponent).sum(), x, create_graph=create_graph)
                np.testing.assert_allclose(g.detach().numpy(), right, rtol=1e-6, err_msg=f"{b}")
            (h,) = pyad.autograd.grad(g.sum(), x)
            np.testing.assert_allclose(h.numpy(), [b * b, b * b], rtol=1e-6, err_msg=f"{b}")
            with forward_ad.dual_level():
                dual = forward_ad.make_dual(pyad.tensor(a), pyad.tensor(np.ones(2, dtype)))
                t = forward_ad.unpack_dual(dual**exponent).tangent
                np.testing.assert_allclose(t.numpy(), right, rtol=1e-6, err_msg=f"{b}")
        if dtype == "float64":
            v = pyad.Value(-1.0)
            (v ** pyad.Value(b)).backward()
            assert v.grad == -b


def test_first_derivatives_of_powers():
    """PyTorch's where they are finite, for tensors and for Value."""
    for a, b in itertools.product(A, B):
        v = torch.tensor([a, b], dtype=torch.float64, requires_grad=True)
        (its,) = torch.autograd.grad(v[0] ** v[1], v)
        its = its.numpy()
        known = np.isfinite(its)
        tangents = []
        for k in range(2):  # one at a time: 0 times an infinite slope of the other were NaN
            pair = [pyad.tensor(v, dtype=pyad.float64) for v in (a, b)]
            with forward_ad.dual_level():
                pair[k] = forward_ad.make_dual(pair[k], pyad.ones_like(pair[k]))
                tangents.append(forward_ad.unpack_dual(pair[0] ** pair[1]).tangent.item())
        for mine in (first(lambda v: v[0] ** v[1], [a, b])[0], np.array(tangents)):
            np.testing.assert_allclose(mine[known], its[known], rtol=1e-14, err_msg=f"{a} ** {b}")
        x, y = pyad.Value(a), pyad.Value(b)
        pyad.pow(x, y).backward()
        mine = np.array([x.grad, y.grad])
        np.testing.assert_allclose(mine[known], its[known], rtol=1e-14, err_msg=f"Value {a} ** {b}")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ["logaddexp", "logaddexp2"])
def test_sums_of_exponentials_of_special_numbers(name, mode):
    """First derivatives as logsumexp of the two; the second at a = b is not lost."""
    scale = math.log(2) if name == "logaddexp2" else 1.0
    points = [0.0, 1.5, -700.0, inf, -inf, nan]
    for a, b in itertools.product(points, repeat=2):
        found = first(lambda v: getattr(pyad, name)(v[0], v[1]), [a, b])
        right = first(lambda v: (v * scale).logsumexp(0) / scale, [a, b])[0]
        if a == b == inf or math.isnan(a) or math.isnan(b):
            for g in found:
                assert np.isnan(g).all(), (a, b)
            continue
        if inf in (a, b):  # logsumexp says NaN where one of them is all of the sum
            right = np.array([float(a == inf), float(b == inf)])
        for g in found:
            np.testing.assert_allclose(g, right, rtol=1e-13, atol=1e-300, err_msg=f"{a}, {b}")
        h = MODES[mode](lambda v: getattr(pyad, name)(v[0], v[1]), [a, b])
        if math.isinf(a) or math.isinf(b):
            np.testing.assert_array_equal(h, 0.0, err_msg=f"{a}, {b}")
        elif a == b:
            np.testing.assert_allclose(h, scale * np.array([[1, -1], [-1, 1]]) / 4, rtol=1e-15)


POOLS = {
    1: (F.lp_pool1d, (1, 1, 4)),
    2: (F.lp_pool2d, (1, 1, 2, 4)),
    3: (F.lp_pool3d, (1, 1, 2, 2, 4)),
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("p", [1.0, 2.0, 3.0])
@pytest.mark.parametrize("n", POOLS)
def test_a_window_of_zeros(n, p, mode):
    """First and second derivatives are 0, in every mode; the other window is what it was."""
    pool, shape = POOLS[n]
    x = np.zeros(shape)
    x[..., 2:] = np.random.default_rng(0).uniform(0.5, 1, (*shape[:-1], 2))
    empty = (x == 0).ravel()

    def f(v):
        return pool(v, p, 2).sum()

    g, t = first(f, x)
    np.testing.assert_array_equal(g[empty], 0.0)
    np.testing.assert_allclose(t, g, rtol=1e-14)
    h = MODES[mode](f, x)
    np.testing.assert_array_equal(h[empty], 0.0)
    np.testing.assert_array_equal(h[:, empty], 0.0)
    if p > 1:
        assert np.abs(h).max() > 0.1
    assert np.isfinite(h).all()


HOOKS = {
    "times 3": lambda g: g * 3,
    "plus 1": lambda g: g + 1,
    "none": lambda g: None,
    "squared": lambda g: g * g,
    "half": lambda g: g * 0.5,
}
WATCHED = {
    "abs": lambda lib, x: x.abs(),
    "norm": lambda lib, x: x.norm(dim=1),
    "norm of order 3": lambda lib, x: x.norm(3, dim=1),
    "std": lambda lib, x: x.std(dim=1),
    "hypot": lambda lib, x: lib.hypot(x[:, 0], x[:, 1]),
    "cdist": lambda lib, x: lib.cdist(x, 0 * x[:1].detach() + 0.1),
}
USES = {
    "** 2": lambda y: (y**2).sum(),
    "y * y": lambda y: (y * y).sum(),
    "square": lambda y: y.square().sum(),
    "y ** 2 + 3 y": lambda y: (y**2 + 3 * y).sum(),
    "exp(-y ** 2)": lambda y: (-(y**2)).exp().sum(),
}
RIGHT_TWICE = set(WATCHED) - {"cdist"}  # PyTorch's cdist has no second derivative


@pytest.mark.parametrize("name", WATCHED)
@pytest.mark.parametrize("x", [[[1.0, 2.0], [3.0, -4.0]], [[0.0, 0.0], [3.0, 4.0]]])
def test_hooks_on_roots_that_are_squared(name, x):
    """A hook sees the whole gradient; what it returns flows on, at every order, as in PyTorch."""
    w = np.array([[1.0, 0.5], [0.3, 2.0]])
    rows = [k for k, row in enumerate(x) if any(row)]
    for (label, use), (said, hook) in itertools.product(USES.items(), HOOKS.items()):
        found = []
        for lib in (pyad, torch):
            seen = []

            def watch(g, seen=seen, hook=hook):
                seen.append(np.array(g.detach().numpy()))
                return hook(g)

            v = lib.tensor(np.array(x)).requires_grad_()
            y = WATCHED[name](lib, v)
            y.register_hook(watch)
            (g,) = lib.autograd.grad(use(y), v, create_graph=True)
            h = None
            if name in RIGHT_TWICE:
                (h,) = lib.autograd.grad((g * lib.tensor(w)).sum(), v)
                h = h.numpy()[rows]
            found.append((g.detach().numpy(), h, seen))
        (g, h, seen), (its_g, its_h, its_seen) = found
        told = f"{label} of {name}, hook: {said}"
        np.testing.assert_allclose(g[rows], its_g[rows], rtol=1e-12, atol=1e-14, err_msg=told)
        assert np.isfinite(g).all(), told
        assert len(seen) == len(its_seen), told
        np.testing.assert_allclose(seen[0], its_seen[0], rtol=1e-12, err_msg=told)
        if h is not None:
            np.testing.assert_allclose(h, its_h, rtol=1e-11, atol=1e-14, err_msg=told)


WATCHES = {
    "hook": lambda y: y.register_hook(lambda g: None),
    "retain_grad": lambda y: y.retain_grad(),
}


@pytest.mark.parametrize("name", WATCHES)
def test_a_root_that_is_watched_is_no_longer_known_to_be_a_square(name):
    """Its gradient is one number then: of norms NaN follows, of pieces of lines 0."""

    alive = []  # a gradient is retained for as long as somebody may ask

    def square(root):
        def f(x):
            y = root(x)
            alive.append(y)
            WATCHES[name](y)
            return (y**2).sum()

        return reverse_over_reverse(f, [0.0, 0.0])

    assert np.isnan(square(lambda x: x.norm())).all()
    np.testing.assert_array_equal(square(lambda x: x.abs()), 0.0)


@pytest.mark.parametrize("mode", MODES)
def test_products_of_two_roots(mode):
    for f in (
        lambda x: x.norm() * x.norm(),
        lambda x: x.norm() * x.std(),
        lambda x: pyad.hypot(x[0], x[1]) * pyad.hypot(x[0], x[1]),
    ):
        assert np.isnan(MODES[mode](f, [0.0, 0.0])).all()


@pytest.mark.parametrize("mode", MODES)
def test_a_corner_behind_a_slope_of_zero(mode):
    """Told on the page: the factor 2 x hides it, but for reverse over forward."""
    right = nan if mode == "reverse_over_forward" else 0.0
    np.testing.assert_array_equal(MODES[mode](lambda x: (x**2).norm(), [0.0, 0.0]), right)


@pytest.mark.parametrize("name", WATCHED)
def test_gradients_of_roots_that_are_squared(name):
    """By `grad` and by `retain_grad`, the whole of it; and its own derivative, as in PyTorch."""
    x = [[0.5, 2.0], [3.0, -4.0]]
    for label, use in USES.items():
        found = []
        for lib in (pyad, torch):
            v = lib.tensor(np.array(x)).requires_grad_()
            y = WATCHED[name](lib, v)
            (gy,) = lib.autograd.grad(use(y), y, create_graph=True)
            (moved,) = lib.autograd.grad(gy.sum(), v, retain_graph=True)
            y.retain_grad()
            use(y).backward()
            found.append([t.detach().numpy() for t in (gy, moved, y.grad, v.grad)])
        for mine, its in zip(*found, strict=True):
            np.testing.assert_allclose(mine, its, rtol=1e-12, atol=1e-15, err_msg=label)
