"""Cholesky factors and triangular systems: values, failures, both modes, second order, batches."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch

import pyad


def spd(*shape, seed=0):
    x = np.random.default_rng(seed).standard_normal(shape)
    return x @ np.swapaxes(x, -1, -2) + shape[-1] * np.eye(shape[-1])


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("shape", [(1, 1), (4, 4), (24, 24), (25, 25), (130, 130), (3, 2, 5, 5)])
def test_factors(shape, dtype):
    a = spd(*shape).astype(dtype)
    want = np.linalg.cholesky(a.astype("float64"))
    rtol = 100 * np.finfo(dtype).eps
    for upper in (False, True):
        got = pyad.linalg.cholesky(pyad.tensor(a), upper=upper).numpy()
        assert got.dtype == a.dtype
        expected = np.swapaxes(want, -1, -2) if upper else want
        np.testing.assert_allclose(got, expected, rtol=rtol, atol=rtol * np.abs(want).max())


def test_only_one_triangle_is_read():
    a = spd(5, 5)
    low, up = (
        np.tril(a) + np.triu(np.full((5, 5), np.nan), 1),
        np.triu(a) + np.tril(np.full((5, 5), np.nan), -1),
    )
    np.testing.assert_array_equal(
        pyad.linalg.cholesky(pyad.tensor(low)).numpy(), pyad.linalg.cholesky(pyad.tensor(a)).numpy()
    )
    assert not pyad.linalg.cholesky(pyad.tensor(up), upper=True).isnan().any()


@pytest.mark.parametrize("n", [3, 40])
def test_failures(n):
    a = np.stack([np.eye(n), np.eye(n), np.eye(n)])
    a[1, 1, 1] = -1.0
    a[2, 2, 2] = np.nan
    factor, info = pyad.linalg.cholesky_ex(pyad.tensor(a))
    assert info.dtype is pyad.int32
    assert info.tolist()[:2] == [0, 2]
    assert info[2] != 0
    assert factor[0].tolist() == np.eye(n).tolist()
    with pytest.raises(pyad.linalg.LinAlgError, match=r"batch element 1.*leading minor of order 2"):
        pyad.linalg.cholesky(pyad.tensor(a))
    with pytest.raises(RuntimeError, match="leading minor of order 2"):
        pyad.linalg.cholesky_ex(pyad.tensor(a), check_errors=True)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda x: pyad.linalg.cholesky(x), "square matrices"),
        (lambda x: pyad.linalg.cholesky(x[0]), "at least 2 dims"),
        (lambda x: pyad.linalg.cholesky(pyad.ones(2, 2, dtype=pyad.int64)), "floating dtype"),
        (lambda x: pyad.linalg.solve_triangular(x, x, upper=False), "square matrices"),
        (lambda x: pyad.linalg.solve_triangular(pyad.eye(2), x[0], upper=False), "at least 2 dims"),
        (lambda x: pyad.linalg.solve_triangular(pyad.eye(3), x, upper=False), "do not fit"),
        (lambda x: pyad.linalg.solve_triangular(pyad.eye(2).double(), x, upper=False), "one dtype"),
        (lambda x: pyad.cholesky_inverse(x), "square matrices"),
    ],
)
def test_refusals(call, text):
    with pytest.raises(RuntimeError, match=text):
        call(pyad.zeros(2, 3))


def factor_of(x):
    return pyad.linalg.cholesky(x @ x.mT + 2 * pyad.eye(x.shape[-1], dtype=x.dtype))


def system(x, b):
    return pyad.linalg.solve_triangular(x.tril() + 3 * pyad.eye(3, dtype=x.dtype), b, upper=False)


@pytest.mark.parametrize("f", [factor_of, system])
def test_both_modes_and_second_order(f):
    rng = np.random.default_rng(1)
    x = pyad.tensor(rng.standard_normal((2, 3, 3)), requires_grad=True)
    b = pyad.tensor(rng.standard_normal((3, 2)), requires_grad=True)
    inputs = (x,) if f is factor_of else (x, b)
    assert pyad.autograd.gradcheck(f, inputs, check_forward_ad=True)
    assert pyad.autograd.gradgradcheck(f, inputs)


def test_gradient_is_symmetric_as_pytorchs():
    a = spd(4, 4)
    mine = pyad.tensor(a, requires_grad=True)
    other = torch.tensor(a, requires_grad=True)
    weights = np.random.default_rng(2).standard_normal((4, 4))
    (pyad.linalg.cholesky(mine) * pyad.tensor(weights)).sum().backward()
    (torch.linalg.cholesky(other) * torch.tensor(weights)).sum().backward()
    np.testing.assert_allclose(mine.grad.numpy(), other.grad.numpy(), rtol=1e-11, atol=1e-13)


def test_inside_vmap():
    a = pyad.tensor(spd(6, 4, 4))
    each = pyad.func.vmap(pyad.linalg.cholesky)(a)
    np.testing.assert_array_equal(each.numpy(), pyad.linalg.cholesky(a).numpy())
    b = pyad.tensor(np.random.default_rng(3).standard_normal((4, 2)))
    got = pyad.func.vmap(lambda L: pyad.linalg.solve_triangular(L, b, upper=False))(each)
    want = pyad.linalg.solve_triangular(each, b, upper=False)
    np.testing.assert_array_equal(got.numpy(), want.numpy())


def test_without_the_library():
    code = (
        "import pyad; a = pyad.eye(60) * 4; L = pyad.linalg.cholesky(a);"
        "x = pyad.linalg.solve_triangular(L, pyad.ones(60, 2), upper=False); "
        "print(L[5, 5], x[3, 1])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYAD_BLAS": "off", "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.split() == ["tensor(2.)", "tensor(0.5000)"]


def test_the_old_names():
    a = pyad.tensor(spd(4, 4))
    L = pyad.linalg.cholesky(a)
    np.testing.assert_array_equal(pyad.cholesky(a).numpy(), L.numpy())
    np.testing.assert_array_equal(a.cholesky(upper=True).numpy(), L.mT.numpy())
    np.testing.assert_allclose((L.cholesky_inverse() @ a).numpy(), np.eye(4), atol=1e-12)
