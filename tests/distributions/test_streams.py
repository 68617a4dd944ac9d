"""Draws against PyTorch's for the same seed, and their gradients.

Draws are equal bit by bit where they consist of additions, products and quotients of PyTorch's
numbers; where they go through a logarithm, an exponential, a power or a root of another library, by
a few ulp of the result.
"""

from __future__ import annotations

import warnings

import mpmath as mp
import numpy as np
import pytest
import torch
from compare import both, tensors
from families import CASES

import pyad
import pyad.distributions as ours

# Maps and formulas that are rounded by another mathematics library than PyTorch's.
ULPS = 32
EXACT = """
Bernoulli Beta Binomial Categorical Chi2 Dirichlet Exponential FisherSnedecor Gamma HalfNormal
Independent Multinomial Normal OneHotCategorical OneHotCategoricalStraightThrough Poisson Uniform
""".split()  # noqa: SIM905


@pytest.fixture(autouse=True)
def _quiet():
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Singular sample detected")
        warnings.filterwarnings("ignore", "Low df values")
        yield


def draws(mine, other, shape, method="sample"):
    pyad.manual_seed(11)
    torch.manual_seed(11)
    got, want = getattr(mine, method)(shape), getattr(other, method)(shape)
    # Both generators are where they would be after the same number of words.
    assert np.array_equal(pyad.rand(3).numpy(), torch.rand(3).numpy())
    return got, want


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("shape", [(), (7,), (3, 5)], ids=str)
@pytest.mark.parametrize(("name", "build"), CASES, ids=[n for n, _ in CASES])
def test_samples(name, build, shape, dtype):
    mine, other = both(build, dtype)
    got, want = draws(mine, other, shape)
    got, want = got.numpy(), want.numpy()
    assert got.shape == want.shape
    assert got.dtype == want.dtype
    if name.partition("-")[0] in EXACT:
        np.testing.assert_array_equal(got, want)
    else:
        eps = np.finfo(dtype).eps
        np.testing.assert_allclose(got, want, rtol=ULPS * eps, atol=ULPS * eps)


# PyTorch cannot differentiate its Wishart draws: it overwrites a mask.
REPARAMETRISED = [
    (n, b) for n, b in CASES if both(b)[0].has_rsample and not n.startswith("Wishart")
]
# PyTorch approximates the slopes of gamma, beta and Dirichlet draws by three to four digits.
IMPLICIT = ["Beta", "Chi2", "Dirichlet", "FisherSnedecor", "Gamma", "InverseGamma", "StudentT"]


@pytest.mark.parametrize(("name", "build"), REPARAMETRISED, ids=[n for n, _ in REPARAMETRISED])
def test_gradients_of_rsample(name, build):
    found = []
    for package, module in ((pyad, ours), (torch, torch.distributions)):
        make = tensors(package, "float64", True)
        law = build(module, make)
        package.manual_seed(4)
        x = law.rsample((5,))
        weights = package.tensor(np.linspace(0.3, 1.7, x.numel()).reshape(tuple(x.shape)))
        (x * weights).sum().backward()
        found.append([t.grad for t in make.made])
    assert found[0]
    rtol = 4e-3 if name.partition("-")[0] in IMPLICIT else 1e-9
    for got, want in zip(*found, strict=True):
        assert (got is None) == (want is None)
        if got is not None:
            scale = np.abs(want.numpy()).max() + 1e-300
            np.testing.assert_allclose(got.numpy(), want.numpy(), rtol=rtol, atol=rtol * scale)


@pytest.mark.parametrize("a", [1e-3, 0.05, 0.5, 1.0, 2.5, 30.0, 2000.0])
def test_slopes_of_gamma_draws(a):
    """Against a difference quotient of the quantile at a fixed probability, in 40 digits."""
    concentration = pyad.tensor([a] * 5, dtype=pyad.float64, requires_grad=True)
    pyad.manual_seed(0)
    x = pyad._core._standard_gamma(concentration)
    x.sum().backward()
    with mp.workdps(40):
        for value, slope in zip(x.tolist(), concentration.grad.tolist(), strict=True):
            if value < 1e-200:
                continue
            v, step = mp.mpf(value), mp.mpf(a) * mp.mpf(10) ** -15

            def share(b, v=v):
                return mp.gammainc(b, 0, v, regularized=True)

            change = (share(a + step) - share(a - step)) / (2 * step)
            density = mp.exp((a - 1) * mp.log(v) - v - mp.loggamma(a))
            assert slope == pytest.approx(float(-change / density), rel=1e-9)


@pytest.mark.parametrize(
    ("a", "b"), [(0.02, 0.7), (0.5, 0.5), (3.0, 0.2), (40.0, 7.0), (2.0, 900.0)]
)
def test_slopes_of_beta_draws(a, b):
    concentration = pyad.tensor([[a, b]] * 4, dtype=pyad.float64, requires_grad=True)
    pyad.manual_seed(1)
    x = pyad._core._sample_dirichlet(concentration)[:, 0]
    x.sum().backward()
    with mp.workdps(40):
        for value, (slope, _) in zip(x.tolist(), concentration.grad.tolist(), strict=True):
            if not 1e-200 < value < 1 - 1e-12:
                continue
            v, step = mp.mpf(value), mp.mpf(a) * mp.mpf(10) ** -15

            def share(c, v=v):
                return mp.betainc(c, b, 0, v, regularized=True)

            change = (share(a + step) - share(a - step)) / (2 * step)
            density = mp.exp((a - 1) * mp.log(v) + (b - 1) * mp.log1p(-v)) / mp.beta(a, b)
            assert slope == pytest.approx(float(-change / density), rel=1e-8)


def test_wishart_draws_have_gradients():
    def draw(df, factor):
        pyad.manual_seed(6)
        return ours.Wishart(df, scale_tril=factor.tril()).rsample((2,))

    df = pyad.tensor(4.5, dtype=pyad.float64, requires_grad=True)
    factor = pyad.tensor([[1.2, 0.0], [0.4, 0.9]], dtype=pyad.float64, requires_grad=True)
    # Differences of df at a fixed seed are of another path, so of the factor alone.
    assert pyad.autograd.gradcheck(lambda L: draw(df.detach(), L), (factor,))
    (slope,) = pyad.autograd.grad(draw(df, factor).sum(), df)
    assert slope > 0


def test_second_derivatives_of_gamma_draws():
    """Along the path of a fixed probability, by differences of the first derivative."""
    a = pyad.tensor([0.05, 0.6, 2.0, 40.0], dtype=pyad.float64)
    pyad.manual_seed(1)
    x = pyad._core._standard_gamma(a)
    steps = pyad._core.steps
    h = 1e-5 * a
    slope = steps.gamma_slope(a, x)
    # x moves along with a: to second order, by its own slope.
    up = x + h * slope
    for _ in range(2):
        up = x + h * (slope + steps.gamma_slope(a + h, up)) / 2
    down = x - h * slope
    for _ in range(2):
        down = x - h * (slope + steps.gamma_slope(a - h, down)) / 2
    want = (steps.gamma_slope(a + h, up) - steps.gamma_slope(a - h, down)) / (2 * h)
    leaf = a.clone().requires_grad_()
    (first,) = pyad.autograd.grad(steps.gamma_draw(leaf, x).sum(), leaf, create_graph=True)
    np.testing.assert_allclose(first.detach().numpy(), slope.numpy(), rtol=1e-14)
    (second,) = pyad.autograd.grad(first.sum(), leaf, create_graph=True)
    np.testing.assert_allclose(second.detach().numpy(), want.numpy(), rtol=1e-5)
    (third,) = pyad.autograd.grad(second.sum(), leaf)
    assert third.isnan().all()  # unknown, and not 0


def test_dirichlet_draws_have_no_second_derivative():
    a = pyad.tensor([2.0, 3.0], requires_grad=True)
    x = pyad._core._sample_dirichlet(a) * pyad.tensor([1.0, 2.0])
    (slope,) = pyad.autograd.grad(x.sum(), a, create_graph=True)
    with pytest.raises(NotImplementedError, match="second derivative"):
        slope.sum().backward()


def test_forward_mode_of_draws_agrees_with_reverse_mode():
    a = pyad.tensor([0.4, 2.0, 7.0], dtype=pyad.float64)

    def draw(x):
        pyad.manual_seed(3)
        return pyad._core._sample_dirichlet(x) * pyad._core._standard_gamma(x)

    columns = [pyad.func.jvp(draw, (a,), (e,))[1].numpy() for e in pyad.eye(3, dtype=a.dtype)]
    reverse = pyad.autograd.functional.jacobian(draw, a)
    np.testing.assert_allclose(np.stack(columns, 1), reverse.numpy(), rtol=1e-12, atol=1e-14)


def test_draws_inside_vmap():
    rates = pyad.tensor([1.0, 4.0, 30.0], dtype=pyad.float64)
    pyad.manual_seed(2)
    together = ours.Gamma(rates, 1.0).sample()
    pyad.manual_seed(2)

    def one(rate):
        return ours.Gamma(rate, pyad.ones_like(rate)).sample()

    each = pyad.func.vmap(one, randomness="different")(rates)
    np.testing.assert_array_equal(each.numpy(), together.numpy())
    counts = pyad.func.vmap(lambda p: ours.Binomial(20, p).sample(), randomness="different")(
        pyad.tensor([0.0, 0.5, 1.0])
    )
    assert counts[0] == 0
    assert counts[2] == 20
    with pytest.raises(RuntimeError, match="randomness"):
        pyad.func.vmap(one)(rates)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("n", [1, 7, 40, 1000, 10**6])
def test_binomial_numbers(n, dtype):
    p = np.array([0.0, 1e-4, 0.02, 0.3, 0.5, 0.7, 0.999, 1.0])
    pyad.manual_seed(9)
    torch.manual_seed(9)
    for _ in range(20):
        got = pyad.binomial(
            pyad.full((8,), n, dtype=getattr(pyad, dtype)),
            pyad.tensor(p, dtype=getattr(pyad, dtype)),
        )
        want = torch.binomial(
            torch.full((8,), n, dtype=getattr(torch, dtype)),
            torch.tensor(p, dtype=getattr(torch, dtype)),
        )
        np.testing.assert_array_equal(got.numpy(), want.numpy())


def test_binomial_refuses_what_is_no_count_or_probability():
    with pytest.raises(RuntimeError, match="expects count >= 0"):
        pyad.binomial(pyad.tensor([-1.0]), pyad.tensor([0.5]))
    with pytest.raises(RuntimeError, match=r"expects p to be in \[0, 1\]"):
        pyad.binomial(pyad.tensor([1.0]), pyad.tensor([1.5]))
    with pytest.raises(TypeError, match="one floating dtype"):
        pyad.binomial(pyad.tensor([1.0]), pyad.tensor([0.5], dtype=pyad.float64))
