"""docs/derivatives.md: every row of its table, in pyad and in PyTorch.

Its rules are tested in tests/ops/test_singular.py and test_singular_orders.py.
"""

from __future__ import annotations

import math
import pathlib

import numpy as np
import pytest
import torch

import pyad

inf, nan = math.inf, math.nan
PAGE = pathlib.Path(__file__).parents[1] / "docs" / "derivatives.md"
LIBS = (pyad, torch)


def told() -> list[str]:
    """First cells of the rows of the table."""
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("| ")]
    assert lines[0].startswith("| where | PyTorch | pyad |")
    return [line.split(" | ")[0][2:] for line in lines[1:]]


def leaf(lib, x, dtype="float64"):
    return lib.tensor(np.asarray(x, dtype)).requires_grad_()


def gradients(f, *xs, dtype="float64"):
    """The gradient by the first operand, in pyad and in PyTorch."""
    found = []
    for lib in LIBS:
        leaves = [leaf(lib, x, dtype) for x in xs]
        (g,) = lib.autograd.grad(f(lib, *leaves).sum(), leaves[0])
        found.append(g.numpy())
    return found


def curvatures(f, x):
    """Diagonals of the Hessian, in pyad and in PyTorch (NaN where it has no second derivative)."""
    found = []
    for lib in LIBS:
        v = leaf(lib, x)
        (g,) = lib.autograd.grad(f(lib, v).sum(), v, create_graph=True)
        rows = []
        for k in range(v.numel()):
            if not g.requires_grad:
                rows.append(0.0)
                continue
            try:
                (h,) = lib.autograd.grad(g.reshape(-1)[k], v, retain_graph=True, allow_unused=True)
            except NotImplementedError:
                rows.append(nan)
                continue
            rows.append(0.0 if h is None else h.reshape(-1)[k].item())
        found.append(np.array(rows))
    return found


def functional(lib):
    return lib.nn.functional


def branches():
    mine, its = gradients(lambda lib, x: lib.where(x > 0, x.sqrt(), 0.0), [-1.0, 4.0])
    assert mine.tolist() == [0, 0.25]
    assert math.isnan(its[0])


ROOTS = {
    "norm": (lambda lib, x: x.norm(), [0.0, 0.0]),
    "cdist": (lambda lib, x: lib.cdist(x, lib.ones_like(x)[:1].detach()), [[1.0], [1.0]]),
    "dist": (lambda lib, x: lib.dist(x, lib.ones_like(x).detach()), [1.0, 1.0]),
    "std": (lambda lib, x: x.std(), [1.0, 1.0, 1.0]),
}


def roots():
    for name, (f, x) in ROOTS.items():
        mine, its = curvatures(f, x)
        assert np.isnan(mine).all(), name
    assert its.tolist() == [0, 0, 0]  # of std, the last


def squares():
    for square in (lambda r: r**2, lambda r: r * r, lambda r: r.square()):
        for name, (f, x) in ROOTS.items():
            mine, its = curvatures(lambda lib, x: square(f(lib, x)), x)  # noqa: B023
            right = {"std": 2 / 3}.get(name, 2.0)
            np.testing.assert_allclose(mine, right, rtol=1e-12, err_msg=name)
            assert not np.allclose(its, right), name


def hypot():
    mine, its = gradients(lambda lib, a, b: lib.hypot(a, b), [0.0], [0.0])
    assert mine[0] == 0
    assert math.isnan(its[0])


def sinc():
    mine, its = curvatures(lambda lib, x: lib.sinc(x), [0.0, 1e-9, 1e-7, 1e-5])
    np.testing.assert_allclose(mine, -(math.pi**2) / 3, rtol=1e-9)
    assert math.isnan(its[0])
    assert not np.allclose(its[1:], -(math.pi**2) / 3, rtol=1e-9)


def logsumexp():
    mine, its = gradients(lambda lib, x: lib.logsumexp(x, 0), [-inf, -inf])
    assert mine.tolist() == [0, 0]
    assert np.isnan(its).all()


def logaddexp():
    for name in ("logaddexp", "logaddexp2"):
        mine, its = gradients(lambda lib, a, b: getattr(lib, name)(a, b), [-inf], [-inf])  # noqa: B023
        assert mine[0] == 0
        assert math.isnan(its[0])


def arriving():
    for name in ("std", "cdist", "norm"):
        f, x = ROOTS[name]
        mine, its = gradients(lambda lib, x: f(lib, x) * nan, x)  # noqa: B023
        assert np.isnan(mine).all(), name
        assert np.isnan(its).all() == (name == "norm"), name


def softmax():
    mine, its = gradients(lambda lib, x: lib.softmax(x, 1)[1, 0], [[-inf, -inf], [0.0, 1.0]])
    assert mine[0].tolist() == [0, 0]
    assert np.isnan(its[0]).all()


def attention():
    finite = []
    for lib in LIBS:
        lib.manual_seed(0)
        layer = lib.nn.MultiheadAttention(4, 2, batch_first=True)
        x = lib.randn(2, 3, 4)
        padding = lib.tensor([[False, False, True], [True, True, True]])
        y, weights = layer(x, x, x, key_padding_mask=padding, need_weights=True)
        y[0].sum().backward()
        finite.append(
            (
                weights[1].detach().numpy().tolist() == [[0.0] * 3] * 3,
                np.isfinite(layer.in_proj_weight.grad.numpy()).all(),
            )
        )
    assert finite == [(True, True), (False, False)]


def kl_div():
    t = [-inf, math.log(0.4)]
    mine, its = gradients(
        lambda lib, t: functional(lib).kl_div(
            lib.tensor([-1.0, -2.0]).double(), t, log_target=True, reduction="sum"
        ),
        t,
    )
    assert mine[0] == 0
    assert math.isnan(its[0])
    losses = [
        functional(lib)
        .kl_div(lib.tensor([-inf, -1.0]), lib.tensor([0.0, 0.5]), reduction="sum")
        .item()
        for lib in LIBS
    ]
    assert losses[0] == pytest.approx(0.5 * math.log(0.5) + 0.5)
    assert math.isnan(losses[1])


def dropout():
    for name in ("dropout", "alpha_dropout", "feature_alpha_dropout", "dropout1d"):
        bad = []
        for lib in LIBS:
            lib.manual_seed(0)
            y = getattr(functional(lib), name)(lib.full((4, 8, 3), inf), 0.5, True)
            bad.append(bool(y.isnan().any()))
        assert bad == [False, True], name


def saturation():
    at = np.array([17.0, 40.0])
    mine, its = gradients(lambda lib, x: lib.sigmoid(x), at)
    np.testing.assert_allclose(mine, np.exp(-at) / (1 + np.exp(-at)) ** 2, rtol=1e-14)
    assert its[1] == 0
    at = np.array([8.0, 20.0])
    right = 1 / np.cosh(at) ** 2
    for dtype, rtol in (("float64", 1e-14), ("float32", 1e-6)):
        mine, its = gradients(lambda lib, x: lib.tanh(x), at, dtype=dtype)
        np.testing.assert_allclose(mine, right, rtol=rtol)
    assert its[1] == 0
    assert abs(its[0] / right[0] - 1) > 0.05


def exp2():
    mine, its = gradients(lambda lib, x: lib.exp2(x), [1024.0])
    np.testing.assert_allclose(mine / 2.0**1023, 2 * math.log(2), rtol=1e-15)
    assert its[0] == inf


def tanhshrink():
    mine, its = gradients(lambda lib, x: functional(lib).tanhshrink(x), [1e-9])
    np.testing.assert_allclose(mine, 1e-18, rtol=1e-12)
    assert its[0] != mine[0]


def logits():
    losses = []
    for lib in LIBS:
        x = lib.tensor([-17.0]).requires_grad_()
        loss = functional(lib).binary_cross_entropy_with_logits(x, lib.zeros(1))
        (g,) = lib.autograd.grad(loss, x)
        losses.append((loss.item(), g.item()))
    np.testing.assert_allclose(losses[0], math.exp(-17), rtol=1e-6)
    assert losses[1][0] == 0


def ranges():
    for lib, right in ((pyad, True), (torch, False)):
        norms = [
            lib.tensor(np.array([3e200, 4e200])).norm().item() / 5e200,
            lib.tensor(np.array([3e-200, 4e-200])).norm().item() / 5e-200,
            lib.tensor(np.array([1e200, 3e200])).std().item() / (math.sqrt(2) * 1e200),
        ]
        assert (np.isclose(norms, 1.0, rtol=1e-14) == right).all(), norms


def normalisations():
    for size, eps in ((1e20, 1e-5), (1e-30, 0.0)):
        x = np.array([[1.0, 2.0, 4.0]])
        right = (x - x.mean()) / x.std()
        for lib, good in ((pyad, True), (torch, False)):
            v = lib.tensor((x * size).astype("float32"))
            y = functional(lib).layer_norm(v, (3,), eps=eps).numpy()
            assert np.allclose(y, right, rtol=1e-5) == good


def far_slopes():
    for f, at, right in (
        (lambda lib, x: lib.acosh(x), 1e20, 1e-20),
        (lambda lib, x: functional(lib).softsign(x), 1e15, 1e-30),
    ):
        mine, its = gradients(f, [at], dtype="float32")
        np.testing.assert_allclose(mine, right, rtol=1e-6)
        assert its[0] == 0


def small_tanhshrink():
    values = [functional(lib).tanhshrink(lib.tensor([1e-9])).item() for lib in LIBS]
    assert values[0] == pytest.approx(1e-27 / 3, rel=1e-6)
    assert values[1] == 0


def many_rows():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((60, 4)) + 1e4
    right = np.sqrt(((x[:, None] - x[None]) ** 2).sum(-1))
    errors = []
    for lib in LIBS:
        d = lib.cdist(lib.tensor(x), lib.tensor(x)).numpy()
        errors.append(np.abs(d - right).max())
    assert errors[0] < 1e-12
    assert errors[1] > 1e-9


def statistics():
    for name, training in (("batch_norm", "training"), ("instance_norm", "use_input_stats")):
        for lib in LIBS:
            x = lib.tensor([[[1.0, 2.0], [3.0, 5.0]]])
            mean, variance = (lib.ones(2).requires_grad_() for _ in range(2))
            call = getattr(functional(lib), name)
            if lib is torch:
                with pytest.raises(RuntimeError, match="not differentiable"):
                    call(x, mean, variance, **{training: False})
            else:
                y = call(x, mean, variance, eps=0.0, **{training: False})
                g, h = lib.autograd.grad(y.sum(), [mean, variance])
                assert g.tolist() == [-2, -2]
                assert h.tolist() == [-0.5, -3]


CHECKS = {
    "a branch not taken with an infinite or NaN derivative": branches,
    "second derivative of `std` at equal elements": roots,
    "second derivatives of the squares of norm, dist, cdist and `std` at 0": squares,
    "`hypot(0, 0)`, gradient": hypot,
    "`sinc` near 0, second derivative": sinc,
    "`logsumexp` of nothing but -inf, gradient": logsumexp,
    "`logaddexp`, `logaddexp2` of two -inf, gradient": logaddexp,
    "a NaN that arrives at a `std` or a `cdist` of 0": arriving,
    "softmax of a row of -inf of which nothing is asked": softmax,
    "`MultiheadAttention(need_weights=True)`, a query that sees nothing": attention,
    "`kl_div(log_target=True)` at a target of -inf; `kl_div` at a target of 0 and an input of"
    " -inf": kl_div,
    "`dropout` and its kin of a dropped infinity": dropout,
    "`sigmoid`, `tanh`, first derivative, far out": saturation,
    "`exp2(1024)`, gradient": exp2,
    "`tanhshrink` near 0": tanhshrink,
    "`binary_cross_entropy_with_logits` of easy examples": logits,
    "norm, `std` whose squares overflow or underflow": ranges,
    "normalisations of rows whose squares overflow or underflow": normalisations,
    "`acosh`, `softsign` far out, gradient": far_slopes,
    "`tanhshrink` near 0, value": small_tanhshrink,
    "`batch_norm` and `instance_norm` by known statistics, derivatives by these": statistics,
    "`cdist` of more than 25 rows": many_rows,
}


def test_the_page_and_the_checks_are_one_list():
    assert told() == list(CHECKS)


@pytest.mark.parametrize("row", CHECKS)
def test_row(row):
    CHECKS[row]()
