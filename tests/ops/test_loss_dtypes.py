"""Losses of operands of two floating dtypes: PyTorch's result dtypes, gradients' dtypes and errors.

Where PyTorch has an error of its own making (no gradient by a weight; a rule of huber_loss that
does not expect what its forward took) there are gradients here.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

import pyad


def classes(x):
    return (x[:, 0] > 0.5).long()


# How many operands there are, and the call: functional, the reduction by name, operands.
LOSSES = {
    "mse_loss": (2, lambda f, r, x, t: f.mse_loss(x, t, **r)),
    "mse_loss with weight": (3, lambda f, r, x, t, w: f.mse_loss(x, t, weight=w, **r)),
    "l1_loss": (2, lambda f, r, x, t: f.l1_loss(x, t, **r)),
    "l1_loss with weight": (3, lambda f, r, x, t, w: f.l1_loss(x, t, weight=w, **r)),
    "smooth_l1_loss": (2, lambda f, r, x, t: f.smooth_l1_loss(x, t, beta=0.5, **r)),
    "huber_loss": (2, lambda f, r, x, t: f.huber_loss(x, t, delta=0.3, **r)),
    "huber_loss with weight": (3, lambda f, r, x, t, w: f.huber_loss(x, t, weight=w, **r)),
    "binary_cross_entropy": (2, lambda f, r, x, t: f.binary_cross_entropy(x, t, **r)),
    "binary_cross_entropy with weight": (
        3,
        lambda f, r, x, t, w: f.binary_cross_entropy(x, t, w, **r),
    ),
    "with logits": (2, lambda f, r, x, t: f.binary_cross_entropy_with_logits(x, t, **r)),
    "with logits, weight": (
        3,
        lambda f, r, x, t, w: f.binary_cross_entropy_with_logits(x, t, w, **r),
    ),
    "with logits, pos_weight": (
        3,
        lambda f, r, x, t, w: f.binary_cross_entropy_with_logits(x, t, pos_weight=w, **r),
    ),
    "with logits, both": (
        4,
        lambda f, r, x, t, w, v: f.binary_cross_entropy_with_logits(x, t, w, pos_weight=v, **r),
    ),
    "kl_div": (2, lambda f, r, x, t: f.kl_div(x, t, **r)),
    "kl_div of logarithms": (2, lambda f, r, x, t: f.kl_div(x, t, log_target=True, **r)),
    "poisson_nll_loss": (2, lambda f, r, x, t: f.poisson_nll_loss(x, t, **r)),
    "poisson_nll_loss of rates": (2, lambda f, r, x, t: f.poisson_nll_loss(x, t, False, **r)),
    "full poisson_nll_loss": (2, lambda f, r, x, t: f.poisson_nll_loss(x, t + 1, full=True, **r)),
    "gaussian_nll_loss": (3, lambda f, r, x, t, v: f.gaussian_nll_loss(x, t, v, **r)),
    "hinge_embedding_loss": (2, lambda f, r, x, t: f.hinge_embedding_loss(x, t, **r)),
    "margin_ranking_loss": (3, lambda f, r, x, y, t: f.margin_ranking_loss(x, y, t, **r)),
    "soft_margin_loss": (2, lambda f, r, x, t: f.soft_margin_loss(x, t, **r)),
    "multilabel_soft_margin_loss": (
        3,
        lambda f, r, x, t, w: f.multilabel_soft_margin_loss(x, t, w, **r),
    ),
    "cosine_embedding_loss": (3, lambda f, r, x, y, t: f.cosine_embedding_loss(x, y, t[:, 0], **r)),
    "triplet_margin_loss": (3, lambda f, r, x, y, t: f.triplet_margin_loss(x, y, t, **r)),
    "cross_entropy": (2, lambda f, r, x, t: f.cross_entropy(x, t, **r)),
    "cross_entropy with weight": (3, lambda f, r, x, t, w: f.cross_entropy(x, t, w[0], **r)),
    "cross_entropy of classes": (2, lambda f, r, x, w: f.cross_entropy(x, classes(x), w[0], **r)),
    "nll_loss": (2, lambda f, r, x, w: f.nll_loss(x, classes(x), w[0], **r)),
    "multi_margin_loss": (
        2,
        lambda f, r, x, w: f.multi_margin_loss(x, classes(x), weight=w[0], **r),
    ),
}


def name_of(dtype):
    return str(dtype).rpartition(".")[2]


def outcome(lib, call, reduction, values, dtypes, differentiated):
    """Dtypes and values of the loss and of the gradients; or the error."""
    xs = [lib.tensor(v.astype(d)) for v, d in zip(values, dtypes, strict=True)]
    for k in differentiated:
        xs[k].requires_grad_()
    try:
        y = call(lib.nn.functional, {"reduction": reduction}, *xs)
    except (RuntimeError, TypeError) as error:
        return error, None, None
    dtype, value = name_of(y.dtype), y.detach().numpy()
    try:
        y.sum().backward()
    except RuntimeError as error:
        return dtype, value, error
    grads = [None if x.grad is None else (name_of(x.grad.dtype), x.grad.numpy()) for x in xs]
    return dtype, value, grads


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
@pytest.mark.parametrize("name", LOSSES)
def test_mixed_dtypes(name, reduction):
    n, call = LOSSES[name]
    rng = np.random.default_rng(0)
    values = [rng.uniform(0.1, 0.9, (2, 3)) for _ in range(n)]
    for dtypes in itertools.product(["float32", "float64"], repeat=n):
        for differentiated in ((0,), tuple(range(n))):
            told = f"{name}, {reduction}, {dtypes}, gradients of {differentiated}"
            mine = outcome(pyad, call, reduction, values, dtypes, differentiated)
            its = outcome(torch, call, reduction, values, dtypes, differentiated)
            if isinstance(its[0], Exception):
                if "not differentiable with respect to" in str(its[0]):
                    continue  # a weight: the dtypes are those without its gradient
                assert isinstance(mine[0], (RuntimeError, TypeError)), told
                assert ".to(" in str(mine[0]), told
                continue
            assert mine[0] == its[0], told
            np.testing.assert_allclose(mine[1], its[1], rtol=2e-6, atol=1e-7, err_msg=told)
            if isinstance(its[2], Exception):
                assert "huber" in name, told
                its = outcome(torch, call, reduction, values, ["float64"] * n, differentiated)
                for g, h, d in zip(mine[2], its[2], dtypes, strict=True):
                    assert (g is None) == (h is None), told
                    if g is not None:
                        assert g[0] == d, told
                        np.testing.assert_allclose(g[1], h[1], rtol=2e-6, atol=1e-7, err_msg=told)
                continue
            for g, h in zip(mine[2], its[2], strict=True):
                assert (g is None) == (h is None), told
                if g is not None:
                    assert g[0] == h[0], told
                    np.testing.assert_allclose(g[1], h[1], rtol=2e-5, atol=1e-6, err_msg=told)


def test_a_target_of_another_dtype_is_named():
    x, t = pyad.tensor([0.5]), pyad.tensor([0.5], dtype=pyad.float64)
    with pytest.raises(RuntimeError, match="target must have the input's dtype float32"):
        pyad.nn.functional.binary_cross_entropy(x, t)
