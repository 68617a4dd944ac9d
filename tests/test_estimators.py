"""Estimators of traces: against closed forms, the published algorithms, theory and PyTorch.

The spreads at n = 5000 and the wrong calls have files of their own.
"""

from __future__ import annotations

import math
import subprocess
import sys
from functools import partial

import numpy as np
import pytest
import torch

import pyad
import pyad.autograd.forward_ad as fw
from pyad import nn
from pyad.estimators import divergence, hutchinson, hutchpp, products, xtrace
from pyad.utils.checkpoint import checkpoint

ESTIMATORS = [hutchinson, hutchpp, xtrace]
LAWS = ["rademacher", "gaussian", "sphere"]
F64 = pyad.float64
# float64 sums of some hundred terms of size one.
CLOSE = {"rtol": 1e-11, "atol": 1e-12}

each = pytest.mark.parametrize("estimate", ESTIMATORS, ids=lambda e: e.__name__)


def columns(estimate, budget: int) -> int:
    """How many probes an estimator takes."""
    return {hutchinson: budget, hutchpp: budget - budget // 3, xtrace: budget // 2}[estimate]


def field(lib, w):
    """A field whose Jacobian is full, not symmetric, and depends on x and on w."""
    return lambda x: lib.tanh(x @ w) * (x * x).sum(-1, keepdim=True) + lib.sin(x)


def number(lib, w):
    """Numbers whose Hessian is full and depends on x and on w."""
    return lambda x: lib.exp(0.3 * lib.sin(x @ w).sum(-1)) + (x**4).sum(-1)


FUNCTIONS = {"jacobian": field, "hessian": number}
kinds = pytest.mark.parametrize("of", FUNCTIONS)


def dense(of, w, x):
    """PyTorch's Jacobian or Hessian at one point, with a graph."""
    take = getattr(torch.autograd.functional, of)
    return take(FUNCTIONS[of](torch, w), x, create_graph=True)


def reference(name: str, A: torch.Tensor, P: torch.Tensor, budget: int) -> torch.Tensor:
    """The algorithms as they are published, one step after the other; bases are constants."""
    if name == "hutchinson":
        return (P * (A @ P)).sum(0).mean()
    if name == "hutchpp":
        k = budget // 3
        Q = torch.linalg.qr((A @ P[:, :k]).detach()).Q
        G = P[:, k:] - Q @ (Q.T @ P[:, k:])
        return (Q.T @ A @ Q).trace() + (G.T @ A @ G).trace() / G.shape[1]
    found = []
    for i in range(budget // 2):
        others = torch.cat([P[:, :i], P[:, i + 1 :]], 1)
        Q = torch.linalg.qr((A @ others).detach()).Q
        g = P[:, i] - Q @ (Q.T @ P[:, i])
        found.append((Q.T @ A @ Q).trace() + g @ A @ g)
    return torch.stack(found).mean()


def transposed(of, A):
    """Derivatives are multiplied from the left; see Note [Transposed products]."""
    return A.T if of == "jacobian" else A


# ---- The exact trace


@kinds
def test_divergence_is_the_trace_of_the_whole_matrix(rng, of):
    w, x = rng.standard_normal((4, 4)), rng.standard_normal((7, 4))
    f = FUNCTIONS[of](pyad, pyad.tensor(w))
    wanted = [dense(of, torch.tensor(w), torch.tensor(p)).trace().item() for p in x]
    one = [divergence(f, pyad.tensor(p), of=of).item() for p in x]
    np.testing.assert_allclose(one, wanted, **CLOSE)
    for block in (True, False):
        many = divergence(f, pyad.tensor(x), batch=True, of=of, block=block)
        np.testing.assert_allclose(many.numpy(), wanted, **CLOSE)


@pytest.mark.parametrize("shape", [(), (1,), (0,), (2, 3), (2, 1, 3)])
def test_points_of_any_shape(rng, shape):
    x = pyad.tensor(rng.standard_normal(shape))
    found = divergence(lambda x: x**3 + x.sum(), x)
    assert found.item() == pytest.approx((3 * x**2 + 1).sum().item())
    points = pyad.tensor(rng.standard_normal((4, *shape)))
    found = divergence(lambda x: x**3, points, batch=True)
    np.testing.assert_allclose(
        found.numpy(), (3 * points**2).reshape((4, math.prod(shape))).sum(1).numpy(), **CLOSE
    )
    if math.prod(shape):  # a diagonal is what signs take exactly
        signs = hutchinson(lambda x: x**3, points, 2, batch=True)
        np.testing.assert_allclose(signs.value.numpy(), found.numpy(), **CLOSE)
        assert signs.standard_error.numpy() == pytest.approx(0, abs=1e-12)


def test_divergence_of_a_linear_map():
    A = pyad.randn(6, 6, dtype=F64, requires_grad=True)
    for block in (True, False):
        found = divergence(lambda v: A @ v, 6, block=block, dtype=F64)
        assert found.item() == pytest.approx(A.diagonal().sum().item(), rel=1e-14)
        (gradient,) = pyad.autograd.grad(found, A)
        assert (gradient == pyad.eye(6, dtype=F64)).all()


def test_sums_over_several_sweeps(rng, monkeypatch):
    w, x = pyad.tensor(rng.standard_normal((5, 5))), pyad.tensor(rng.standard_normal((3, 5)))
    P = pyad.tensor(rng.standard_normal((3, 5, 7)))
    wanted = [divergence(field(pyad, w), x, batch=True)]
    wanted += [e(field(pyad, w), x, 7, batch=True).value.shape for e in ESTIMATORS]
    whole = hutchinson(field(pyad, w), x, 7, probes=P, batch=True)
    rows = []

    def watched(x):
        rows.append(len(x))
        return field(pyad, w)(x)

    monkeypatch.setattr(products, "BLOCK", 3 * 5 * 3)  # three directions at once
    found = divergence(watched, x, batch=True)
    np.testing.assert_allclose(found.numpy(), wanted[0].numpy(), **CLOSE)
    assert rows == [9, 6]
    rows.clear()
    parts = hutchinson(watched, x, 7, probes=P, batch=True)
    np.testing.assert_allclose(parts.value.numpy(), whole.value.numpy(), **CLOSE)
    assert rows == [9, 3]  # 3 + 3 + 1 directions: what was recorded serves twice
    assert parts.products == whole.products == 7


# ---- Values and gradients against the published algorithms


@each
@kinds
@pytest.mark.parametrize("batch", [False, True])
@pytest.mark.parametrize("block", [False, True])
def test_given_probes_and_all_gradients(rng, estimate, of, batch, block):
    budget, n, points = 9, 6, 3
    w = rng.standard_normal((n, n))
    x = rng.standard_normal((points, n) if batch else n)
    P = rng.standard_normal((points, n, columns(estimate, budget)))
    P = P if batch else P[0]
    w1, x1 = pyad.tensor(w, requires_grad=True), pyad.tensor(x, requires_grad=True)
    w2, x2 = torch.tensor(w, requires_grad=True), torch.tensor(x, requires_grad=True)
    found = estimate(
        FUNCTIONS[of](pyad, w1), x1, budget, probes=pyad.tensor(P), batch=batch, of=of, block=block
    )
    wanted = []
    for p, probes in zip(x2 if batch else [x2], P if batch else [P]):
        A = transposed(of, dense(of, w2, p))
        wanted.append(reference(estimate.__name__, A, torch.tensor(probes), budget))
    wanted = torch.stack(wanted) if batch else wanted[0]
    assert found.value.shape == wanted.shape == found.standard_error.shape
    np.testing.assert_allclose(found.value.detach().numpy(), wanted.detach().numpy(), 1e-9)
    weight = rng.standard_normal(wanted.shape)
    gx, gw = pyad.autograd.grad((found.value * pyad.tensor(weight)).sum(), [x1, w1])
    tx, tw = torch.autograd.grad((wanted * torch.tensor(weight)).sum(), [x2, w2])
    # XTrace's downdates and the factorisations of the reference differ by their rounding.
    np.testing.assert_allclose(gx.numpy(), tx.numpy(), rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(gw.numpy(), tw.numpy(), rtol=1e-8, atol=1e-9)
    assert found.products == (8 if estimate is xtrace else 9)
    assert not found.standard_error.requires_grad


@each
@pytest.mark.parametrize("budget", [3, 4, 5, 12, 17, 18, 21])
def test_linear_maps_against_the_algorithms(rng, estimate, budget):
    A, P = rng.standard_normal((8, 8)), rng.standard_normal((8, columns(estimate, budget)))
    a = pyad.tensor(A, requires_grad=True)
    t = torch.tensor(A, requires_grad=True)
    wanted = reference(estimate.__name__, t, torch.tensor(P), budget)
    (tg,) = torch.autograd.grad(wanted, t)
    for block in (True, False):
        found = estimate(lambda v: a @ v, 8, budget, probes=pyad.tensor(P), block=block)
        assert found.value.item() == pytest.approx(wanted.item(), rel=1e-10)
        (g,) = pyad.autograd.grad(found.value, a)
        np.testing.assert_allclose(g.numpy(), tg.numpy(), rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("law", LAWS)
def test_xtrace_where_probes_depend_on_each_other(law):
    """With two signs each, probes repeat; with a repeated one its fellow loses nothing."""
    A = torch.tensor([[2.0, 1.0, 0.5], [0.0, -1.0, 3.0], [1.0, 1.0, 1.0]], dtype=torch.float64)
    a = pyad.tensor(A.numpy())
    for P in ([[1, 1, 1], [1, 1, -1], [1, 1, 1]], [[1, -1, 1], [1, -1, 1], [1, -1, 1]]):
        P = torch.tensor(P, dtype=torch.float64)
        found = xtrace(lambda v: a @ v, 3, 6, probes=pyad.tensor(P.numpy())).value.item()
        wanted = []
        for i in range(3):
            u, d, _ = torch.linalg.svd(A @ torch.cat([P[:, :i], P[:, i + 1 :]], 1))
            Q = u[:, :2][:, d > 1e-12]
            g = P[:, i] - Q @ (Q.T @ P[:, i])
            wanted.append((torch.trace(Q.T @ A @ Q) + g @ A @ g).item())
        assert found == pytest.approx(np.mean(wanted), rel=1e-12)
    many = [xtrace(lambda v: a @ v, 3, 6, probes=law, dtype=F64).value.item() for _ in range(2000)]
    assert abs(np.mean(many) - 2) < 4 * np.std(many) / math.sqrt(2000)


# ---- Theory


SYMMETRIC = np.diag([5.0, 1.0, 0.5, -2.0, 0.0]) + np.random.default_rng(5).normal(size=(5, 5))
SYMMETRIC = SYMMETRIC + SYMMETRIC.T


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("skew", [0.0, 1.0])
def test_variance_of_hutchinson(law, skew):
    """By the known formulas; a skew part changes nothing."""
    n, k = 5, 200_000
    lower = np.tril(np.ones((n, n)), -1)
    A = pyad.tensor(SYMMETRIC + skew * (lower - lower.T))
    square, trace = (SYMMETRIC**2).sum(), np.trace(SYMMETRIC)
    wanted = {
        "rademacher": 2 * (square - (np.diag(SYMMETRIC) ** 2).sum()),
        "gaussian": 2 * square,
        "sphere": 2 * n / (n + 2) * (square - trace**2 / n),
    }[law]
    pyad.manual_seed(1)
    found = hutchinson(lambda v: A @ v, n, k, probes=law, dtype=F64)
    # The relative spread of a variance from k samples is below 3/sqrt(k) = 0.7 % here.
    assert found.standard_error.item() ** 2 * k == pytest.approx(wanted, rel=0.025)
    assert abs(found.value.item() - trace) < 4 * math.sqrt(wanted / k)


@pytest.mark.parametrize("law", LAWS)
@each
def test_unbiased_with_an_error_that_is_known(estimate, law):
    """Also of matrices that are not symmetric, in value and in gradient."""
    n, budget, trials = 12, 15, 3000
    rng = np.random.default_rng(2)
    A = rng.standard_normal((n, n)) + np.diag(np.arange(n)[::-1] ** 2 / 10.0)
    a = pyad.tensor(A, requires_grad=True)
    pyad.manual_seed(2)
    values, errors, gradients = [], [], []
    for _ in range(trials):
        found = estimate(lambda v: a @ v, n, budget, probes=law, dtype=F64)
        values.append(found.value.item())
        errors.append(found.standard_error.item())
        gradients.append(pyad.autograd.grad(found.value, a)[0].numpy())
    spread = np.std(values)
    assert abs(np.mean(values) - np.trace(A)) < 4 * spread / math.sqrt(trials)
    middle, deviation = np.mean(gradients, 0), np.std(gradients, 0) / math.sqrt(trials)
    assert (np.abs(middle - np.eye(n)) < 5 * deviation + 1e-12).all()
    claimed = math.sqrt(np.mean(np.square(errors)))
    if estimate is xtrace:  # its samples share probes
        assert 0.6 * spread < claimed < 1.4 * spread
    else:
        assert claimed == pytest.approx(spread, rel=0.06)


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize(("dtype", "slack"), [(F64, 1e-12), (pyad.float32, 2e-5)])
@pytest.mark.parametrize(("estimate", "rank"), [(hutchpp, 6), (xtrace, 8)])
def test_low_rank_is_exact(rng, estimate, rank, dtype, slack, law):
    """For any square matrix: rank products // 3, and one less than products // 2."""
    u, v = rng.standard_normal((2, 50, rank))
    A = pyad.tensor(u @ v.T).to(dtype)
    pyad.manual_seed(4)
    found = estimate(lambda x: A @ x, 50, 18, probes=law, dtype=dtype)
    size = np.abs(u @ v.T).sum()
    assert abs(found.value.item() - (u * v).sum()) < slack * size
    assert found.standard_error.item() < slack * size
    assert found.value.dtype == found.standard_error.dtype == dtype
    more = pyad.tensor(u @ v.T + np.eye(50)).to(dtype)
    other = estimate(lambda x: more @ x, 50, 18, probes="gaussian", dtype=dtype)
    assert other.standard_error.item() > 0.1  # it is the rank that makes it exact


@each
@pytest.mark.parametrize("n", [1, 2, 5])
def test_more_products_than_the_matrix_is_large(rng, estimate, n):
    A = pyad.tensor(rng.standard_normal((n, n)))
    budget = {hutchinson: 1, hutchpp: 3 * n, xtrace: 2 * n + 2}[estimate]
    found = estimate(lambda v: A @ v, n, budget, dtype=F64)
    if estimate is hutchinson:
        assert found.standard_error.isnan()
        return
    assert found.value.item() == pytest.approx(A.diagonal().sum().item(), rel=1e-13)
    assert found.standard_error == 0
    assert found.products == n
    fewer = estimate(lambda v: A @ v, n, budget - 1, dtype=F64) if budget > 3 else None
    if fewer is not None and n > 1:
        assert fewer.products > n


# ---- Batches


@each
@kinds
@pytest.mark.parametrize("points", [0, 1, 4])
@pytest.mark.parametrize("budget", [3, 10])
def test_batch_equals_loop(rng, estimate, of, points, budget):
    n = 4
    w = pyad.tensor(rng.standard_normal((n, n)))
    x = pyad.tensor(rng.standard_normal((points, n)), requires_grad=True)
    f, k = FUNCTIONS[of](pyad, w), columns(estimate, budget)
    for shape in ((n, k), (points, n, k)):
        P = pyad.tensor(rng.standard_normal(shape))
        found = estimate(f, x, budget, probes=P, batch=True, of=of)
        single = [
            estimate(f, x[i], budget, probes=P if P.ndim == 2 else P[i], of=of)
            for i in range(points)
        ]
        assert found.value.shape == found.standard_error.shape == (points,)
        for i, one in enumerate(single):
            assert found.value[i].item() == pytest.approx(one.value.item(), rel=1e-9, abs=1e-10)
            np.testing.assert_allclose(
                found.standard_error[i].numpy(), one.standard_error.numpy(), 1e-7, 1e-10
            )
            assert found.products == one.products
        (g,) = pyad.autograd.grad(found.value.sum(), x)
        assert g.shape == x.shape
        for i, one in enumerate(single):
            (row,) = pyad.autograd.grad(one.value, x)
            np.testing.assert_allclose(g[i].numpy(), row[i].numpy(), 1e-7, 1e-8)


def test_each_point_has_probes_of_its_own():
    pyad.manual_seed(0)
    A = pyad.randn(6, 6)
    found = hutchinson(lambda x: x @ A, pyad.zeros(50, 6), 1, batch=True).value
    assert len(set(found.tolist())) > 10


@each
def test_functions_made_for_just_these_points(rng, estimate):
    context = pyad.tensor(rng.standard_normal((5, 3)))
    x = pyad.tensor(rng.standard_normal((5, 3)))
    P = pyad.tensor(rng.standard_normal((3, columns(estimate, 6))))
    f = lambda x: x**2 * context + x.flip(1)  # noqa: E731
    found = estimate(f, x, 6, probes=P, batch=True, block=False).value
    rows = [
        estimate(lambda p, c=c: p**2 * c + p.flip(0), p, 6, probes=P).value.item()
        for p, c in zip(x, context)
    ]
    np.testing.assert_allclose(found.numpy(), rows, 1e-9, 1e-10)
    with pytest.raises(pyad.ShapeError, match=r"directions at each of 5 points .* block=False"):
        estimate(f, x, 6, probes=P, batch=True)


# ---- What it costs


@each
@pytest.mark.parametrize("budget", [3, 7, 20, 60, 61, 62])
def test_products_are_those_spent(estimate, budget):
    d = pyad.arange(100, dtype=F64)
    seen = []

    def block(v):
        seen.append(v.shape[1])
        return d[:, None] * v

    def single(v):
        assert v.shape == (100,)
        seen.append(1)
        return d * v

    found = estimate(block, 100, budget, dtype=F64)
    assert found.products == sum(seen) <= budget
    third = budget // 3
    wanted = {
        hutchinson: [budget],
        hutchpp: [third, budget - third],  # range and rest in one block
        xtrace: [budget // 2] * 2,
    }[estimate]
    assert seen == wanted
    seen.clear()
    assert (
        estimate(single, 100, budget, dtype=F64, block=False).products == len(seen) == sum(wanted)
    )


@each
@kinds
def test_the_function_runs_once_a_sweep(estimate, of):
    rows = []

    def watched(x):
        rows.append(tuple(x.shape))
        return FUNCTIONS[of](pyad, pyad.eye(12))(x)

    found = estimate(watched, pyad.ones(12), 18, of=of)
    assert found.products == 18
    assert rows == [(12,)]  # all sweeps over one recording
    rows.clear()
    estimate(watched, pyad.ones(5, 12), 18, batch=True, of=of)
    assert rows == {hutchinson: [(90, 12)], hutchpp: [(30, 12)], xtrace: [(45, 12)]}[estimate]
    rows.clear()
    estimate(watched, pyad.ones(5, 12), 18, batch=True, of=of, block=False)
    assert rows == [(5, 12)]


def test_imported_when_asked_for():
    code = "import sys, pyad; assert 'pyad.estimators' not in sys.modules; pyad.estimators.xtrace"
    subprocess.run([sys.executable, "-c", code], check=True)


# ---- Random numbers


@each
@pytest.mark.parametrize("law", LAWS)
def test_seeds(estimate, law):
    A = pyad.randn(9, 9)

    def run(**more):
        return estimate(lambda v: A @ v, 9, 6, probes=law, **more).value.item()

    pyad.manual_seed(7)
    first, second = run(), run()
    pyad.manual_seed(7)
    assert [run(), run()] == [first, second]
    assert first != second
    own = pyad.Generator().manual_seed(7)
    before = pyad.get_rng_state()
    assert [run(generator=own), run(generator=own)] == [first, second]
    assert (pyad.get_rng_state() == before).all()


@pytest.mark.parametrize("dtype", [F64, pyad.float32])
def test_laws(dtype):
    from pyad.estimators.probes import _draw

    pyad.manual_seed(3)
    n, k = 4, 100_000
    for law in LAWS:
        v = _draw(law, (n, k), dtype, None)
        assert v.dtype == dtype
        v = v.double().numpy()
        np.testing.assert_allclose(v @ v.T / k, np.eye(n), atol=0.02)
        np.testing.assert_allclose(v.mean(1), 0, atol=0.02)
        if law == "rademacher":
            assert set(np.unique(v)) == {-1.0, 1.0}
        if law == "sphere":
            np.testing.assert_allclose((v**2).sum(0), n, rtol=1e-5 if dtype != F64 else 1e-13)
            np.testing.assert_allclose((v**4).mean(1), 3 * n / (n + 2), atol=0.03)
        if law == "gaussian":
            np.testing.assert_allclose((v**4).mean(1), 3, atol=0.1)


def test_xtrace_scales_to_the_sphere_outside_of_the_range():
    """With as many probes as dims, what is left is a line: its two points say everything."""
    A = pyad.tensor(np.diag([3.0, 1.0]))
    pyad.manual_seed(0)
    many = [xtrace(lambda v: A @ v, 2, 4, probes="sphere", dtype=F64) for _ in range(50)]
    np.testing.assert_allclose([m.value.item() for m in many], 4, 1e-7)


# ---- Graphs


@each
@kinds
def test_what_asks_for_gradients(rng, estimate, of):
    w = pyad.tensor(rng.standard_normal((3, 3)), requires_grad=True)
    x = pyad.tensor(rng.standard_normal((2, 3)))
    P = pyad.tensor(rng.standard_normal((3, columns(estimate, 6))), requires_grad=True)

    def run(w, x):
        return estimate(FUNCTIONS[of](pyad, w), x, 6, probes=P, batch=True, of=of).value

    assert run(w, x).requires_grad  # parameters alone
    assert run(w.detach(), x.clone().requires_grad_()).requires_grad
    assert not run(w.detach(), x).requires_grad
    for context in (pyad.no_grad(), pyad.inference_mode()):
        with context:
            assert not run(w, x.clone().requires_grad_()).requires_grad
    run(w, x).sum().backward()
    assert w.grad.abs().sum() > 0
    assert P.grad is None  # constants
    assert x.grad is None
    assert not x.requires_grad


def test_a_point_that_the_function_has_captured_is_no_input():
    x = pyad.tensor([1.0, 2.0], requires_grad=True)
    d = divergence(lambda y: y * x.sum() + x**3, x)
    assert d.item() == 6
    d.backward()
    assert x.grad.tolist() == [2, 2]


@each
def test_gradients_of_gradients(rng, estimate):
    w = pyad.tensor(rng.standard_normal((3, 3)), requires_grad=True)
    x = pyad.tensor(rng.standard_normal(3), requires_grad=True)
    P = pyad.tensor(rng.standard_normal((3, 4)))
    # A basis of given directions is constant only for a Jacobian that is: Hutchinson's has none.
    if estimate is not hutchinson:
        x = x.detach()
        A = pyad.tensor(rng.standard_normal((3, 3)))
        budget = {hutchpp: 6, xtrace: 8}[estimate]
        f = lambda w: estimate(lambda v: A @ v * w.prod(), 3, budget, probes=P).value  # noqa: E731
        assert pyad.autograd.gradgradcheck(f, (w,))
        return
    f = lambda x, w: hutchinson(field(pyad, w), x, 4, probes=P).value  # noqa: E731
    assert pyad.autograd.gradcheck(f, (x, w))
    assert pyad.autograd.gradgradcheck(f, (x, w))
    assert pyad.autograd.gradcheck(lambda x, w: divergence(field(pyad, w), x), (x, w))
    assert pyad.autograd.gradgradcheck(lambda x, w: divergence(field(pyad, w), x), (x, w))
    h = lambda x, w: divergence(number(pyad, w), x, of="hessian")  # noqa: E731
    assert pyad.autograd.gradcheck(h, (x, w))


@kinds
def test_forward_mode_over_it(rng, of):
    w, x, t = (pyad.tensor(rng.standard_normal(s)) for s in ((3, 3), (2, 3), (2, 3)))
    P = pyad.tensor(rng.standard_normal((3, 4)))
    f = FUNCTIONS[of](pyad, w)
    for run in (
        lambda x: divergence(f, x, batch=True, of=of),
        lambda x: hutchinson(f, x, 4, probes=P, batch=True, of=of).value,
    ):
        leaf = x.clone().requires_grad_()
        (g,) = pyad.autograd.grad(run(leaf).sum(), leaf)
        with fw.dual_level():
            tangent = fw.unpack_dual(run(fw.make_dual(x, t))).tangent
            np.testing.assert_allclose(tangent.numpy(), (g * t).sum(1).numpy(), **CLOSE)


def test_estimates_of_estimates(rng):
    """A function may estimate itself: the Laplacian as the divergence of a gradient."""
    x = pyad.tensor(rng.standard_normal((4, 3)), requires_grad=True)

    def inner(x):
        return x**2 * divergence(lambda y: y**3, x, batch=True)[:, None]

    found = divergence(inner, x, batch=True)
    wanted = (2 * x * (3 * x**2).sum(1, keepdim=True) + x**2 * 6 * x).sum(1)
    np.testing.assert_allclose(found.detach().numpy(), wanted.detach().numpy(), **CLOSE)


@each
def test_functions_that_write_to_their_argument(rng, estimate):
    A = pyad.tensor(rng.standard_normal((6, 6)))
    P = pyad.tensor(rng.standard_normal((6, columns(estimate, 6))))
    kept = P.clone()

    def writes(v):
        y = A @ v
        v.zero_()
        return y

    def scales(x):
        x.mul_(2)
        return x

    for block in (True, False):
        found = estimate(writes, 6, 6, probes=P, block=block).value
        assert found.item() == estimate(lambda v: A @ v, 6, 6, probes=P, block=block).value.item()
    assert (kept == P).all()
    for x in (pyad.ones(6), pyad.ones(6, requires_grad=True)):
        assert divergence(scales, x) == 12
        assert divergence(lambda x: x, x) == 6
        assert (x == 1).all()


def test_layouts(rng):
    x = pyad.tensor(rng.standard_normal((6, 5))).T
    P = pyad.tensor(rng.standard_normal((4, 6))).T
    w = pyad.tensor(rng.standard_normal((6, 6)))
    assert not x.is_contiguous()
    for estimate in ESTIMATORS:
        budget = {hutchinson: 4, hutchpp: 6, xtrace: 8}[estimate]
        found = estimate(field(pyad, w), x, budget, probes=P, batch=True).value
        plain = estimate(
            field(pyad, w), x.contiguous(), budget, probes=P.contiguous(), batch=True
        ).value
        np.testing.assert_allclose(found.numpy(), plain.numpy(), **CLOSE)
        mapped = estimate(lambda v: (v.T @ w.T).T, 6, budget, probes=P).value
        np.testing.assert_allclose(
            mapped.numpy(), estimate(lambda v: w @ v, 6, budget, probes=P).value.numpy(), **CLOSE
        )


def test_custom_functions_and_checkpoints(rng):
    class Cube(pyad.autograd.Function):
        """Without a forward-mode rule: reverse mode is all that is asked for."""

        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return 3 * x**2 * g

    x = pyad.tensor(rng.standard_normal(4), requires_grad=True)
    d = divergence(Cube.apply, x)
    d.backward()
    np.testing.assert_allclose(x.grad.numpy(), 6 * x.detach().numpy(), **CLOSE)
    w = pyad.tensor(rng.standard_normal((4, 4)), requires_grad=True)
    for reentrant in (True, False):
        f = partial(checkpoint, field(pyad, w), use_reentrant=reentrant)
        found = divergence(f, x.detach())
        (g,) = pyad.autograd.grad(found, w)
        (wanted,) = pyad.autograd.grad(divergence(field(pyad, w), x.detach()), w)
        np.testing.assert_allclose(g.numpy(), wanted.numpy(), **CLOSE)


@each
def test_functions_that_do_not_depend_on_the_point(estimate):
    w = pyad.ones(6, requires_grad=True)
    for f in (lambda x: pyad.ones(6), lambda x: w, lambda x: w * 2, lambda x: x.detach() * w):
        assert estimate(f, pyad.randn(6), 6).value == 0
        assert divergence(f, pyad.randn(6)) == 0
    for f in (lambda x: pyad.tensor(1.0), lambda x: w.sum(), lambda x: (w * x).sum()):
        assert estimate(f, pyad.randn(6), 6, of="hessian").value == 0
        assert divergence(f, pyad.randn(6), of="hessian") == 0


# ---- NumPy, dtypes, numbers that are none


@each
def test_numpy_in(rng, estimate):
    A, x = rng.standard_normal((6, 6)), rng.standard_normal((3, 6))
    P = rng.standard_normal((6, columns(estimate, 6)))
    tensor = estimate(lambda v: pyad.tensor(A) @ v, 6, 6, probes=pyad.tensor(P)).value.item()
    for matvec in (lambda v: A @ v.numpy(), lambda v: A @ v, lambda v: np.asarray(A @ v)):
        found = estimate(matvec, np.int64(6), np.int32(6), probes=P)
        assert found.value.item() == pytest.approx(tensor, rel=1e-12)
        assert isinstance(found.value, pyad.Tensor)
    for kind in (np.float32, np.float64):
        found = estimate(lambda x: x**2, x.astype(kind), 6, probes=P.astype(kind), batch=True)
        assert found.value.numpy().dtype == kind
        assert divergence(lambda x: x**2, x.astype(kind), batch=True).numpy().dtype == kind
    assert divergence(lambda x: x**2, [1.0, 2.0]) == 6
    assert divergence(lambda x: x**2, [1, 2], dtype=F64).dtype == F64


@each
def test_parameters_of_another_precision(estimate):
    net = nn.Linear(4, 4).double()
    f = lambda x: net(x.double())  # noqa: E731
    assert estimate(f, pyad.ones(4), 6).value.dtype == pyad.float32
    exact = net.weight.detach().diagonal().sum().item()
    assert divergence(f, pyad.ones(4)).item() == pytest.approx(exact, rel=1e-6)


@each
@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_numbers_that_are_none_stay_with_their_point(estimate, bad):
    x = pyad.ones(3, 5, dtype=F64)
    x[1, 2] = bad
    found = estimate(lambda x: x**2 + x.sum(-1, keepdim=True), x, 9, batch=True)
    assert found.value.isfinite().tolist() == [True, False, True]
    d = pyad.ones(12)
    d[3] = bad
    assert not estimate(lambda v: d[:, None] * v, 12, 9).value.isfinite()


@each
def test_matrices_that_are_zero(estimate):
    found = estimate(lambda v: 0 * v, 12, 9)
    assert found.value == 0
    assert found.standard_error == 0


# ---- Training


def test_a_network_learns_its_divergence():
    """Everything training needs at once: a batch, fixed probes, gradients of parameters."""
    pyad.manual_seed(0)
    net = nn.Sequential(nn.Linear(3, 16), nn.Tanh(), nn.Linear(16, 3)).double()
    optimizer = pyad.optim.Adam(net.parameters(), lr=1e-2)
    x = pyad.randn(64, 3, dtype=F64)
    losses = []
    for _ in range(150):
        found = hutchinson(net, x, 2, batch=True).value
        loss = (found - x[:, 0]).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append((divergence(net, x, batch=True) - x[:, 0]).square().mean().item())
    assert losses[-1] < 0.2 * losses[0]
