"""How far estimates scatter at n = 5000: the numbers that the documentation's plot stands on."""

from __future__ import annotations

import math

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

import pyad
from pyad.estimators import hutchinson, hutchpp, xtrace

N = 5000
TRIALS = 400


@pytest.fixture(autouse=True)
def one_thread():
    """NumPy's factorisations of narrow matrices lose by threads where others work beside them."""
    with threadpool_limits(1):
        yield


def eigenvalues(c: float) -> pyad.Tensor:
    return pyad.arange(1, N + 1, dtype=pyad.float64) ** -c


def diagonal(values: pyad.Tensor):
    return lambda v: values[:, None] * v


def in_a_random_basis(values: pyad.Tensor):
    """Products with U diag(values) U^T.

    U is the Kronecker product of two random orthogonal matrices, of sizes 50 and 100, with its
    columns shuffled: a dense basis whose products cost little.
    """
    rng = np.random.default_rng(0)
    left, right = (pyad.tensor(np.linalg.qr(rng.standard_normal((m, m)))[0]) for m in (50, 100))
    shuffled = values[pyad.tensor(rng.permutation(N))].reshape(50, 100, 1)

    def rotate(x, a, b):
        k = x.shape[-1]
        x = (a @ x.reshape(50, 100 * k)).reshape(50, 100, k)
        return b @ x

    def product(v):
        x = rotate(v, left.T, right.T) * shuffled
        return rotate(x, left, right).reshape(v.shape)

    return product


def spread(estimate, product, values, trials, **more):
    """The relative spread of estimates, and the one that their standard errors claim."""
    pyad.manual_seed(0)
    trace = values.sum().item()
    found = [estimate(product, N, 60, dtype=pyad.float64, **more) for _ in range(trials)]
    errors = np.array([f.value.item() for f in found]) / trace - 1
    assert {f.products for f in found} == {60}
    assert abs(errors.mean()) < 4 * errors.std() / math.sqrt(trials)
    claimed = np.sqrt(np.mean([f.standard_error.item() ** 2 for f in found])) / trace
    return errors.std(), claimed


def test_the_basis_is_one_and_mixes():
    values = eigenvalues(1.5)
    product = in_a_random_basis(values)
    v = pyad.randn(N, 3, dtype=pyad.float64)
    np.testing.assert_allclose(
        in_a_random_basis(values * 0 + 1)(v).numpy(), v.numpy(), 1e-11, 1e-12
    )
    forms = (v * product(v)).sum(0)
    assert (forms > 0).all()
    unit = pyad.zeros(N, 4, dtype=pyad.float64)
    unit[[0, 77, 1234, 4999], [0, 1, 2, 3]] = 1
    entries = (unit * product(unit)).sum(0).numpy()  # values.mean() each, were it Haar's
    assert (entries < 0.05).all()


# Gaussian probes know no basis: a diagonal matrix has the spread of any. Signs do; the sum of the
# squares of the diagonal, which they spare, is (trace²)/n in a random basis: little for c = 1.5,
# nearly half of everything for c = 0.5.
CASES = [
    # c, probes, Hutchinson's spread by theory, bounds of the spread of Hutch++
    (1.5, "rademacher", 7.74e-2, (5.5e-3, 6.5e-3)),
    (1.5, "gaussian", 7.75e-2, (5.5e-3, 6.5e-3)),
    (0.5, "gaussian", 3.93e-3, (5.5e-3, 6.5e-3)),
    (0.5, "rademacher", 2.98e-3, (3.5e-3, 4.5e-3)),
]


@pytest.mark.parametrize(("c", "probes", "plain", "bounds"), CASES)
def test_spread_with_sixty_products(c, probes, plain, bounds):
    values = eigenvalues(c)
    product = diagonal(values) if probes == "gaussian" else in_a_random_basis(values)
    measured, claimed = spread(hutchinson, product, values, 40, probes=probes)
    assert claimed == pytest.approx(plain, rel=0.05)  # 40 x 59 degrees of freedom
    assert measured == pytest.approx(plain, rel=0.35)
    measured, claimed = spread(hutchpp, product, values, TRIALS, probes=probes)
    # What the samples' scatter says is known to 1 %, the scatter of the estimates to 4 %.
    print(
        f"Hutch++, c = {c}, {probes}: spread {measured:.2e}, by the standard errors {claimed:.2e}"
    )
    assert bounds[0] < claimed <= bounds[1]
    assert measured <= bounds[1]
    assert measured == pytest.approx(claimed, rel=0.12)
    assert (claimed < plain / 10) == (c > 1)  # and for c = 0.5 it loses
    assert (claimed > plain) == (c < 1)


def test_xtrace_is_better_still():
    values = eigenvalues(1.5)
    measured, claimed = spread(xtrace, diagonal(values), values, 60, probes="sphere")
    assert measured < 5.2e-3
    assert claimed == pytest.approx(measured, rel=0.4)
