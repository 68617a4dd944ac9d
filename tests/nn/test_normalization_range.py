"""Normalisations of rows whose squares overflow or underflow: the results are ordinary numbers."""

from __future__ import annotations

import numpy as np
import pytest

import pyad
import pyad.autograd.forward_ad as fwd
import pyad.nn.functional as F

CASES = {
    "layer_norm": lambda x, w, eps: F.layer_norm(x, (6,), w, eps=eps),
    "group_norm": lambda x, w, eps: F.group_norm(x, 2, w[:4], eps=eps),
    "instance_norm": lambda x, w, eps: F.instance_norm(x, weight=w[:4], eps=eps),
    "batch_norm of planes": lambda x, w, eps: F.batch_norm(
        x, None, None, w[:4], training=True, eps=eps
    ),
    "batch_norm of columns": lambda x, w, eps: F.batch_norm(
        x.reshape(8, 6), None, None, w, training=True, eps=eps
    ),
    "rms_norm": lambda x, w, eps: F.rms_norm(x, (6,), w, eps=eps),
}
SIZES = {"float32": (1e20, 1e30, 1e-30), "float64": (1e160, 1e200, 1e-200)}


def everything(f, x, w, size, dtype, eps):
    """Values, both cotangents, the tangent, and second derivatives, in units of size 1."""
    x = pyad.tensor((x * size).astype(dtype)).requires_grad_()
    w = pyad.tensor(w.astype(dtype)).requires_grad_()
    t = pyad.tensor((np.cos(np.arange(48.0)).reshape(x.shape) * size).astype(dtype))
    y = f(x, w, eps)
    g = pyad.tensor(np.sin(np.arange(48.0)).reshape(y.shape).astype(dtype))
    plain = pyad.autograd.grad((y * g).sum(), [x, w], retain_graph=True)
    first = pyad.autograd.grad((y * g).sum(), [x, w], create_graph=True)
    second = pyad.autograd.grad((first[0] * t).sum(), [x, w])
    with fwd.dual_level():
        tangent = fwd.unpack_dual(f(fwd.make_dual(x.detach(), t), w.detach(), eps)).tangent
    powers = [(y, 0), (plain[0], 1), (plain[1], 0), (first[0], 1), (first[1], 0)]
    powers += [(second[0], 1), (second[1], 0), (tangent, 0)]
    with np.errstate(over="ignore"):
        return [v.detach().numpy().astype("float64") * size**k for v, k in powers]


@pytest.mark.parametrize("dtype", SIZES)
@pytest.mark.parametrize("name", CASES)
def test_rows_of_any_size(name, dtype, rng):
    x, w = rng.standard_normal((2, 4, 6)), rng.uniform(0.5, 2, 6)
    rtol = 2e-4 if dtype == "float32" else 1e-11
    for size in SIZES[dtype]:
        # As rows of size 1, without eps, which is nothing beside large ones.
        want = everything(CASES[name], x, w, 1.0, "float64", 0.0)
        got = everything(CASES[name], x, w, size, dtype, 0.0 if size < 1 else 1e-5)
        for k, (a, b) in enumerate(zip(got, want, strict=True)):
            np.testing.assert_allclose(a, b, rtol, rtol * np.abs(b).max(), err_msg=f"{size} {k}")


@pytest.mark.parametrize("dtype", SIZES)
def test_rows_beside_others_keep_their_bits(dtype, rng):
    """What is computed again is the extreme row alone."""
    x = rng.standard_normal((3, 6)).astype(dtype)
    mixed = x.copy()
    mixed[1] *= SIZES[dtype][0]
    for f in (lambda v: F.layer_norm(v, (6,)), lambda v: F.rms_norm(v, (6,))):
        plain, among = f(pyad.tensor(x)).numpy(), f(pyad.tensor(mixed)).numpy()
        assert plain[0].tobytes() == among[0].tobytes()
        assert plain[2].tobytes() == among[2].tobytes()
        np.testing.assert_allclose(among[1], plain[1], rtol=1e-4)


def test_equal_numbers_and_none(rng):
    """No deviation, infinities and NaN: what the plain formula says."""
    equal = F.layer_norm(pyad.full((1, 5), 0.1, dtype=pyad.float64), (5,), eps=0.0)
    assert not np.isfinite(equal.numpy()).any()
    for bad in (np.inf, np.nan):
        x = pyad.tensor([[1.0, bad, 2.0], [1.0, 2.0, 3.0]])
        y = F.layer_norm(x, (3,)).numpy()
        assert np.isnan(y[0]).all()
        assert np.isfinite(y[1]).all()
    assert F.rms_norm(pyad.tensor([[1.0, np.inf]]), (2,)).numpy()[0, 0] == 0
    assert (F.layer_norm(pyad.zeros(2, 4), (4,), eps=0.1).numpy() == 0).all()
