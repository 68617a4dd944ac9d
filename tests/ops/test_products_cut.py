"""Matrix products in every way they are cut: panels of k, parts for threads, OpenBLAS or tiles;
each with a bias, with operands of every stride, against NumPy in float64.
"""

from __future__ import annotations

import itertools
import os
import subprocess
import sys

import numpy as np
import pytest

import pyad
from ops.test_threads import threads  # noqa: F401

F = pyad.nn.functional


def close(mine, want, k, dtype):
    """Sums of k terms of size one."""
    rtol = np.finfo(dtype).eps * 4 * (1 + k**0.5)
    np.testing.assert_allclose(mine.numpy(), want, rtol=rtol, atol=rtol * (k**0.5 + 1))


def laid_out(x, how):
    """The same matrix in other memory."""
    t = pyad.tensor(x)
    if how == "transposed":
        return pyad.tensor(np.ascontiguousarray(x.T)).t()
    if how == "strided":
        return pyad.tensor(np.repeat(x, 2, 1))[:, ::2]
    if how == "rows apart":
        return pyad.tensor(np.concatenate([x, x], 1))[:, : x.shape[1]]
    return t


LAYOUTS = ["plain", "transposed", "strided", "rows apart"]
# Panels of B hold 160 rows: one, its end, several and a rest. Rows: few, one tile, several.
KS = [1, 159, 160, 161, 320, 321, 500]
MS = [1, 2, 3, 4, 17, 70]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("k", KS)
def test_every_panel_counts_once(k, dtype, rng):
    for m, n in itertools.product(MS, (1, 3, 37, 150)):
        a, b = (rng.standard_normal(s).astype(dtype) for s in ((m, k), (k, n)))
        bias = rng.standard_normal(n).astype(dtype)
        exact = a.astype(float) @ b
        for how_a, how_b in itertools.product(LAYOUTS, LAYOUTS) if n == 37 else [("plain",) * 2]:
            x, y = laid_out(a, how_a), laid_out(b, how_b)
            close(x @ y, exact, k, dtype)
            close(F.linear(x, y.t(), pyad.tensor(bias)), exact + bias, k, dtype)
            close(
                pyad.addmm(pyad.tensor(bias), x, y, beta=2, alpha=3), 2 * bias + 3 * exact, k, dtype
            )


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", [(40, 300, 400), (400, 300, 40), (3, 300, 4000), (200, 200, 200)])
def test_parts_for_threads_have_their_own_bias(shape, dtype, threads, rng):  # noqa: F811
    """Parts of the columns, and of the rows; the engine cuts from 2.5 million multiply-adds on."""
    m, k, n = shape
    assert m * k * n > 2.5e6
    a, b = (rng.standard_normal(s).astype(dtype) for s in ((m, k), (n, k)))
    bias = (100 * np.arange(n)).astype(dtype)
    x, w, c = pyad.tensor(a), pyad.tensor(b), pyad.tensor(bias)
    exact = a.astype(float) @ b.T + bias
    limit = 64 * np.finfo(dtype).eps * (bias.max() + k)
    for count in (1, 2, 3):
        y = threads(count, lambda: F.linear(x, w, c))
        assert np.abs(y.numpy() - exact).max() < limit


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_products_that_openblas_may_take(dtype, threads, rng):  # noqa: F811
    """From 3e8 multiply-adds on, whatever the operands' strides: an expanded one too, whose strides
    OpenBLAS cannot be told."""
    m, k, n = 704, 680, 640
    assert m * k * n > 3e8
    a, b = (rng.standard_normal(s).astype(dtype) for s in ((m, k), (k, n)))
    bias = (100 * np.arange(n)).astype(dtype)
    exact = a.astype(float) @ b
    for how_a, how_b in [
        ("plain",) * 2,
        ("transposed",) * 2,
        ("strided", "plain"),
        ("rows apart",) * 2,
    ]:
        x, y = laid_out(a, how_a), laid_out(b, how_b)
        close(threads(2, lambda x=x, y=y: x @ y), exact, 4 * k, dtype)
        z = threads(2, lambda x=x, y=y: F.linear(x, y.t(), pyad.tensor(bias)))
        assert np.abs(z.numpy() - exact - bias).max() < 64 * np.finfo(dtype).eps * (bias.max() + k)
    row, column = pyad.tensor(a[:1]).expand(m, k), pyad.tensor(b[:, :1]).expand(k, n)
    close(row @ pyad.tensor(b), np.broadcast_to(exact[:1], (m, n)), 4 * k, dtype)
    close(pyad.tensor(a) @ column, np.broadcast_to(exact[:, :1], (m, n)), 4 * k, dtype)
    flat = pyad.tensor(a[:, :1]).expand(m, k)
    close(flat @ pyad.tensor(b), a[:, :1].astype(float) * b.sum(0, dtype=float), 4 * k, dtype)
    constant = pyad.tensor(np.asarray(2, dtype)).expand(k, n)
    close(
        pyad.tensor(a) @ constant, np.repeat(2 * a.sum(1, dtype=float)[:, None], n, 1), 4 * k, dtype
    )


def test_gradients_of_large_products(threads, rng):  # noqa: F811
    """The same size backwards: sums over rows, transposed operands, expanded cotangents."""
    m, k, n = 700, 704, 640
    a, b = (rng.standard_normal(s).astype("float32") for s in ((m, k), (n, k)))
    x, w = pyad.tensor(a, requires_grad=True), pyad.tensor(b, requires_grad=True)
    c = pyad.zeros(n, requires_grad=True)
    threads(2, lambda: F.linear(x, w, c).sum().backward())
    close(x.grad, np.broadcast_to(b.sum(0, dtype=float), (m, k)), 4 * n, "float32")
    close(w.grad, np.broadcast_to(a.sum(0, dtype=float), (n, k)), 4 * m, "float32")
    assert (c.grad == m).all()


PRODUCT = """
import numpy as np
import pyad

x = np.random.default_rng(0).standard_normal((1000, 1000))
np.testing.assert_allclose((pyad.tensor(x) @ pyad.tensor(x)).numpy(), x @ x, rtol=1e-10, atol=1e-10)
print(any("scipy_openblas32" in line for line in open("/proc/self/maps")))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="asks the system which libraries are loaded")
@pytest.mark.parametrize(("wish", "loaded"), [(None, "True"), ("on", "True"), ("off", "False")])
def test_a_large_product_with_and_without_the_library(wish, loaded):
    environment = {k: v for k, v in os.environ.items() if k != "PYAD_BLAS"}
    if wish:
        environment["PYAD_BLAS"] = wish
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PRODUCT],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == loaded
