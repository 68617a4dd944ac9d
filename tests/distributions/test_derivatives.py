"""Second derivatives of densities, entropies and divergences, against differences and PyTorch."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch
import torch.distributions as theirs
from compare import tensors
from families import CASES

import pyad
import pyad.distributions as ours

WITH_TENSORS = [(n, b) for n, b in CASES if n != "Bernoulli-2"]  # its parameter is a number


def hessian_product(package, module, build, x, name):
    """Gradient of log_prob by parameters, and its product with a direction once more."""
    make = tensors(package, "float64", True)
    law = build(module, make)
    value = law.log_prob(x) if name == "log_prob" else law.entropy()
    total = (value * package.cos(value.detach())).sum()
    leaves = [t for t in make.made if t.requires_grad]
    first = package.autograd.grad(total, leaves, create_graph=True, allow_unused=True)
    mixed = sum((g * package.sin(t)).sum() for g, t in zip(first, leaves) if g is not None)
    second = package.autograd.grad(mixed, leaves, allow_unused=True)
    return first, second


@pytest.mark.parametrize("what", ["log_prob", "entropy"])
@pytest.mark.parametrize(("name", "build"), WITH_TENSORS, ids=[n for n, _ in WITH_TENSORS])
def test_second_order(name, build, what):
    family = name.partition("-")[0]
    if family == "GeneralizedPareto" and what == "log_prob":
        loc = pyad.tensor([0.3, 0.7], dtype=pyad.float64, requires_grad=True)
        assert pyad.autograd.gradgradcheck(
            lambda a, b: ours.GeneralizedPareto(0.0, a, b).log_prob(pyad.tensor([0.2, 0.1])),
            (loc, loc.detach().clone().requires_grad_()),
        )
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.manual_seed(3)
        x = build(theirs, tensors(torch)).sample((3,))
        if family == "LogisticNormal":
            x = x.clamp(1e-4, 1)
            x = x / x.sum(-1, keepdim=True)
        try:
            want = hessian_product(torch, theirs, build, x, what)
        except NotImplementedError:
            with pytest.raises(NotImplementedError):
                hessian_product(pyad, ours, build, pyad.from_numpy(x.numpy()), what)
            return
        except RuntimeError as error:
            assert "does not require grad" in str(error)  # noqa: PT017
            return
        got = hessian_product(pyad, ours, build, pyad.from_numpy(x.numpy()), what)
    rtol = {"VonMises": 2e-3, "Multinomial": 1e-5}.get(family, 1e-8)
    for mine, other in zip(got, want, strict=True):
        for a, b in zip(mine, other, strict=True):
            if b is None or a is None:
                assert a is None or not a.any()
                assert b is None or not b.any()
                continue
            a, b = a.detach().numpy(), b.detach().numpy()
            if family == "Wishart" and a.ndim > 1 and name == "Wishart-1":
                a, b = np.tril(a), np.tril(b)  # PyTorch: also of what is above a factor
            scale = np.abs(b[np.isfinite(b)]).max(initial=0) + 1e-300
            np.testing.assert_allclose(a, b, rtol=rtol, atol=rtol * scale)


def test_log_prob_inside_vmap_and_jacobians():
    loc = pyad.tensor([[0.0, 1.0], [2.0, 3.0]], dtype=pyad.float64)
    x = loc + 0.3

    def score(m, v):
        return ours.MultivariateNormal(m, pyad.eye(2, dtype=m.dtype) * 2).log_prob(v)

    each = pyad.func.vmap(score)(loc, x)
    np.testing.assert_allclose(each.numpy(), [score(m, v).item() for m, v in zip(loc, x)])
    with pytest.raises(ValueError, match="support"):
        pyad.func.vmap(lambda v: ours.Exponential(1.0).log_prob(v))(pyad.tensor([1.0, -1.0]))
    hessian = pyad.func.hessian(lambda s: ours.Normal(0.0, s).log_prob(pyad.tensor(1.0)))
    assert hessian(pyad.tensor(2.0)).item() == pytest.approx(1 / 4 - 3 / 16, rel=1e-5)


def test_gumbel_softmax_trains():
    """A relaxed categorical learns to prefer what costs least."""
    pyad.manual_seed(0)
    logits = pyad.zeros(3, requires_grad=True)
    cost = pyad.tensor([1.0, 0.0, 2.0])
    optimizer = pyad.optim.Adam([logits], lr=0.1)
    for _ in range(150):
        optimizer.zero_grad()
        law = ours.RelaxedOneHotCategorical(pyad.tensor(0.5), logits=logits)
        (law.rsample((16,)) @ cost).mean().backward()
        optimizer.step()
    assert logits.argmax().item() == 1
    assert logits.softmax(0)[1] > 0.9
