"""Clipping and parameters as a vector, against PyTorch."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

import pyad

SHAPES = [(), (3,), (17, 33), (5, 4)]
NORMS = [2.0, 1.0, 3.0, 0.5, 0.0, math.inf, -math.inf, 2]


def pair(dtypes=("float32",), scale: float = 1.0):
    rng = np.random.default_rng(0)
    ours, theirs = [], []
    for i, shape in enumerate(SHAPES):
        g = np.asarray(scale * rng.normal(size=shape), dtypes[i % len(dtypes)])
        p = pyad.nn.Parameter(pyad.zeros(shape, dtype=getattr(pyad, str(g.dtype))))
        q = torch.nn.Parameter(torch.zeros(shape, dtype=getattr(torch, str(g.dtype))))
        p.grad, q.grad = pyad.tensor(g), torch.tensor(g)
        ours.append(p)
        theirs.append(q)
    ours.append(pyad.nn.Parameter(pyad.zeros(2)))  # no gradient
    theirs.append(torch.nn.Parameter(torch.zeros(2)))
    return ours, theirs


def same_grads(ours, theirs, rtol: float) -> None:
    for p, q in zip(ours, theirs, strict=True):
        assert (p.grad is None) == (q.grad is None)
        if q.grad is not None:
            assert str(p.grad.dtype).split(".")[1] == str(q.grad.dtype).split(".")[1]
            np.testing.assert_allclose(p.grad.numpy(), q.grad.numpy(), rtol=rtol)


@pytest.mark.parametrize("dtypes", [("float32",), ("float64",), ("float32", "float64")])
@pytest.mark.parametrize("max_norm", [0.5, 1e9, 0.0])
@pytest.mark.parametrize("norm_type", NORMS)
def test_clip_grad_norm(norm_type: float, max_norm: float, dtypes) -> None:
    ours, theirs = pair(dtypes)
    a = pyad.nn.utils.clip_grad_norm_(ours, max_norm, norm_type)
    b = torch.nn.utils.clip_grad_norm_(theirs, max_norm, norm_type)
    rtol = 1e-12 if dtypes == ("float64",) else 2e-6
    assert str(a.dtype).split(".")[1] == str(b.dtype).split(".")[1]
    assert a.item() == pytest.approx(b.item(), rel=rtol)
    assert a.shape == ()
    same_grads(ours, theirs, rtol)


def test_norms_alone_and_scaling_alone() -> None:
    ours, theirs = pair()
    a = pyad.nn.utils.get_total_norm([p.grad for p in ours if p.grad is not None])
    b = torch.nn.utils.get_total_norm([q.grad for q in theirs if q.grad is not None])
    assert a.item() == pytest.approx(b.item(), rel=1e-6)
    pyad.nn.utils.clip_grads_with_norm_(iter(ours), 0.1, a)
    torch.nn.utils.clip_grads_with_norm_(theirs, 0.1, b)
    same_grads(ours, theirs, 1e-6)
    assert pyad.nn.utils.get_total_norm(pyad.tensor([3.0, 4.0])).item() == 5
    assert pyad.nn.utils.get_total_norm([]).item() == 0


def test_clip_grad_value() -> None:
    ours, theirs = pair()
    pyad.nn.utils.clip_grad_value_(iter(ours), 0.7)
    torch.nn.utils.clip_grad_value_(theirs, 0.7)
    same_grads(ours, theirs, 0)
    p = pyad.nn.Parameter(pyad.zeros(3))
    p.grad = pyad.tensor([math.nan, math.inf, -math.inf])
    pyad.nn.utils.clip_grad_value_(p, 2)
    assert math.isnan(p.grad[0].item())
    assert p.grad[1:].tolist() == [2, -2]


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_norms_that_are_not_finite(bad: float) -> None:
    for module in (pyad, torch):
        p = module.nn.Parameter(module.zeros(3))
        p.grad = module.tensor([1.0, bad, 2.0])
        with pytest.raises(RuntimeError, match=r"total norm of order 2\.0 .* is non-finite"):
            module.nn.utils.clip_grad_norm_([p], 1.0, error_if_nonfinite=True)
        assert p.grad[0].item() == 1
        norm = module.nn.utils.clip_grad_norm_([p], 1.0).item()
        assert norm == bad or (math.isnan(norm) and math.isnan(bad))
        kept = p.grad[0].item()
        assert math.isnan(kept) if math.isnan(bad) else kept == 0


def test_large_norms_do_not_overflow_and_large_tensors_are_split() -> None:
    ours, _ = pair(scale=1e25)
    wide = math.sqrt(sum((p.grad.double() ** 2).sum().item() for p in ours if p.grad is not None))
    assert pyad.nn.utils.clip_grad_norm_(ours, 1.0).item() == pytest.approx(wide, rel=1e-6)
    value = np.random.default_rng(0).normal(size=300_001)
    for norm_type in (2, 1, math.inf, -math.inf, 0):
        a = pyad.nn.utils.get_total_norm(pyad.tensor(value), norm_type).item()
        expected = np.linalg.norm([np.linalg.norm(value, norm_type)], norm_type)
        assert a == pytest.approx(expected, rel=1e-12)


def test_strided_gradients_and_recorded_ones() -> None:
    p = pyad.nn.Parameter(pyad.zeros(4, 3))
    base = pyad.arange(12, dtype=pyad.float32).reshape(3, 4)
    p.grad = base.t()
    norm = pyad.nn.utils.clip_grad_norm_(p, 1.0)
    assert norm.item() == pytest.approx(math.sqrt(sum(i * i for i in range(12))))
    assert base.reshape(-1).tolist() == pytest.approx([i / norm.item() for i in range(12)])
    w = pyad.nn.Parameter(pyad.tensor(2.0))
    (w**3).backward(create_graph=True)
    norm = pyad.nn.utils.clip_grad_norm_([w], 1.0)
    assert not norm.requires_grad
    assert w.grad.item() == pytest.approx(1.0)
    w.grad = None  # a cycle: the gradient's graph leads to w


def test_bad_input() -> None:
    p = pyad.nn.Parameter(pyad.zeros(2))
    with pytest.warns(UserWarning, match="empty generator"):
        pyad.nn.utils.clip_grad_norm_((q for q in ()), 1.0)
    with pytest.raises(TypeError, match="must hold Tensors"):
        pyad.nn.utils.clip_grad_norm_([p, 1.0], 1.0)
    with pytest.raises(TypeError, match="total_norm must be a Tensor"):
        pyad.nn.utils.clip_grads_with_norm_([p], 1.0, 3.0)
    p.grad = pyad.zeros(1).expand(2)
    with pytest.raises(RuntimeError, match="clone"):
        pyad.nn.utils.clip_grad_value_([p], 1.0)
    with pytest.warns(FutureWarning, match="deprecated"):
        pyad.nn.utils.clip_grad_norm([pyad.nn.Parameter(pyad.zeros(2))], 1.0)


def test_parameters_as_a_vector() -> None:
    linear, other = pyad.nn.Linear(3, 2), torch.nn.Linear(3, 2)
    vec = pyad.nn.utils.parameters_to_vector(linear.parameters())
    assert vec.tolist() == [*linear.weight.reshape(-1).tolist(), *linear.bias.tolist()]
    (vec**2).sum().backward()
    assert (linear.bias.grad == 2 * linear.bias).all()
    values = list(range(8))
    pyad.nn.utils.vector_to_parameters(pyad.tensor(values, dtype=pyad.float32), linear.parameters())
    torch.nn.utils.vector_to_parameters(
        torch.tensor(values, dtype=torch.float32), other.parameters()
    )
    assert linear.weight.tolist() == other.weight.tolist()
    assert linear.bias.tolist() == other.bias.tolist()
    assert linear.weight.requires_grad
    with pytest.raises(TypeError, match="expected Tensor"):
        pyad.nn.utils.vector_to_parameters([1.0], linear.parameters())
