"""What is made of integers by sums and differences: nothing wraps where the result has room."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch

import pyad

EDGES = {
    "bool": [False, True, True, False],
    "uint8": [200, 100, 255, 0],
    "int32": [2**31 - 1, -(2**31), 2**31 - 5, 2],
    "int64": [2**52 - 1, -(2**52), 2**50, 3],
}


def both(values, name):
    return pyad.tensor(np.array(values, name)), np.array(values, name).astype(float)


@pytest.mark.parametrize("name", EDGES)
def test_trapezoid_of_integers(name):
    y, exact = both(EDGES[name], name)
    x, places = both(EDGES[name][::-1], name)
    assert pyad.trapezoid(y).item() == pytest.approx(np.trapezoid(exact), rel=1e-6)
    assert pyad.trapezoid(y, dx=0.5).item() == pytest.approx(np.trapezoid(exact, dx=0.5), rel=1e-6)
    rows = pyad.trapezoid(pyad.stack([y, x]), dim=0)
    assert rows.tolist() == pytest.approx(list((exact + places) / 2), rel=1e-6)
    for other, wide in [(x, places), (x.float(), places), (x.double(), places)]:
        found = pyad.trapezoid(y, other)
        assert found.item() == pytest.approx(np.trapezoid(exact, wide), rel=1e-6)
        expected = pyad.float64 if other.dtype == pyad.float64 else pyad.float32
        assert found.dtype == expected
        assert pyad.trapezoid(other, y).item() == pytest.approx(np.trapezoid(wide, exact), rel=1e-6)
    assert pyad.trapezoid(y[:0]).dtype == y.dtype  # as in PyTorch


def test_trapezoid_over_integer_places_has_gradients():
    y = pyad.tensor([1.0, 2.0, 4.0], requires_grad=True)
    pyad.trapezoid(y, pyad.tensor([0, 100, 250], dtype=pyad.uint8)).backward()
    assert y.grad.tolist() == [50.0, 125.0, 75.0]


@pytest.mark.parametrize("name", ["uint8", "int32", "int64"])
@pytest.mark.parametrize("p", [1.0, 2.0, float("inf")])
def test_dist_of_integers(name, p):
    (x, a), (y, b) = both(EDGES[name], name), both(EDGES[name][::-1], name)
    found = pyad.dist(x, y, p)
    assert found.dtype == pyad.float32
    assert found.item() == pytest.approx(np.linalg.norm(a - b, p), rel=1e-6)


EQUATIONS = [
    "i->",
    "i",
    "i,i->",
    "i,j->",
    "i,j->ij",
    "ii->",
    "ii->i",
    "ij->j",
    "ij->",
    "ij,ij->",
    "ij,jk->ik",
    "ij,kl->",
    "...i->...",
    "ij->ji",
    "i,i,j->j",
    "i,i,i->",
    "i,j,k->",
]


@pytest.mark.parametrize("name", EDGES)
@pytest.mark.parametrize("equation", EQUATIONS)
def test_einsum_of_integers_is_that_of_pytorch(name, equation):
    values = np.array(EDGES[name][:3], name)
    square = np.stack([values, values[::-1], values])
    terms = equation.split("->")[0].replace("...", ".").split(",")
    operands = [square if len(t) == 2 and "." not in t else values for t in terms]
    try:
        wanted = torch.einsum(equation, *[torch.tensor(v) for v in operands])
    except RuntimeError:  # there are no products of bool matrices
        assert name == "bool"
        with pytest.raises((RuntimeError, TypeError)):
            pyad.einsum(equation, *[pyad.tensor(v) for v in operands])
        return
    found = pyad.einsum(equation, *[pyad.tensor(v) for v in operands])
    assert str(found.dtype).split(".")[-1] == str(wanted.dtype).split(".")[-1]
    assert found.tolist() == wanted.tolist()


def test_einsum_of_a_sum_and_of_what_is_not_summed():
    """Where PyTorch finds its own intermediate dtypes at odds."""
    x = pyad.tensor([[200, 100], [100, 200]], dtype=pyad.uint8)
    y = pyad.einsum("ij,j->", x, x[0])
    assert y.dtype == pyad.int64
    assert y.item() == 300 * 200 + 300 * 100


def test_einsum_in_any_order_with_dims_of_one():
    """Whatever order is chosen, and whatever is broadcast, the sums are those of PyTorch."""
    rng, random_numbers = random.Random(1), np.random.default_rng(1)
    for _ in range(400):
        sizes = {label: rng.choice([1, 2, 3]) for label in "abcd"}
        terms = ["".join(rng.sample("abcd", rng.randint(0, 3))) for _ in range(rng.randint(1, 5))]
        shapes = [[sizes[c] if rng.random() < 0.8 else 1 for c in t] for t in terms]
        used = sorted(set("".join(terms)))
        equation = ",".join(terms) + "->" + "".join(rng.sample(used, rng.randint(0, len(used))))
        values = [random_numbers.integers(-3, 4, s).astype(float) for s in shapes]
        ours = [pyad.tensor(v, requires_grad=True) for v in values]
        theirs = [torch.tensor(v, requires_grad=True) for v in values]
        y, z = pyad.einsum(equation, *ours), torch.einsum(equation, *theirs)
        assert tuple(y.shape) == tuple(z.shape), (equation, shapes)
        assert y.tolist() == z.tolist(), (equation, shapes)
        y.sum().backward()
        z.sum().backward()
        for a, b in zip(ours, theirs):
            assert a.grad.tolist() == b.grad.tolist(), (equation, shapes)


def test_what_mixed_dtypes_make_is_what_pytorch_makes():
    import pyad.nn.functional as F

    for first in ("float32", "float64", "int64", "uint8"):
        for second in ("float32", "float64", "int64"):
            if not (first.startswith("float") or second.startswith("float")):
                continue
            values = np.array([[1, 0, 1], [1, 1, 0]], first), np.array([[1, 1, 1]] * 2, second)
            found = F.cosine_similarity(*map(pyad.tensor, values))
            wanted = torch.nn.functional.cosine_similarity(*map(torch.tensor, values))
            assert str(found.dtype).split(".")[-1] == str(wanted.dtype).split(".")[-1]
            assert found.tolist() == pytest.approx(wanted.tolist(), rel=1e-6)
            for reduction in ("mean", "sum", "none"):
                if first.startswith("float"):
                    found = F.huber_loss(*map(pyad.tensor, values), reduction=reduction)
                    assert str(found.dtype).split(".")[-1] == first


def test_topk_of_a_number_is_the_number():
    for k in (0, 1):
        found, wanted = pyad.tensor(3.0).topk(k), torch.tensor(3.0).topk(k)
        assert found.values.tolist() == wanted.values.tolist() == 3.0
        assert found.indices.tolist() == wanted.indices.tolist() == 0
