"""Linear, bilinear, embedding, reshaping and distance layers are PyTorch's."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import pyad
from alike import TOLERANCE, check_module, start_alike
from pyad import nn

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(5, 6)), rng.normal(size=(5, 6))
INDEX = np.array([[1, 2, 1], [10, 1, 0]])
FLAT, OFFSETS = np.array([1, 2, 1, 10, 1, 0, 4]), np.array([0, 3, 3, 6])

LAYERS = {
    "linear": (lambda n: n.Linear(6, 4), [X]),
    "linear without bias": (lambda n: n.Linear(6, 40, bias=False), [rng.normal(size=(2, 3, 6))]),
    "linear of one row": (lambda n: n.Linear(6, 4), [X[0]]),
    "bilinear": (lambda n: n.Bilinear(6, 3, 4), [X, rng.normal(size=(5, 3))]),
    "bilinear without bias": (lambda n: n.Bilinear(6, 6, 1, bias=False), [X, Y]),
    "identity": (lambda n: n.Identity(3, a=4), [X]),
    "flatten": (lambda n: n.Flatten(), [rng.normal(size=(2, 3, 4))]),
    "flatten all": (lambda n: n.Flatten(0, -1), [rng.normal(size=(2, 3, 4))]),
    "unflatten": (lambda n: n.Unflatten(1, (2, -1)), [X]),
    "unflatten last": (lambda n: n.Unflatten(-1, [3, 2]), [X]),
    "embedding": (lambda n: n.Embedding(11, 4), [INDEX]),
    "embedding, padding": (lambda n: n.Embedding(11, 4, padding_idx=-10), [INDEX]),
    "embedding, max norm": (lambda n: n.Embedding(11, 4, max_norm=1.0), [INDEX]),
    "embedding, norm type": (lambda n: n.Embedding(11, 4, max_norm=1.5, norm_type=1.0), [INDEX]),
    "embedding, frequency": (
        lambda n: n.Embedding(11, 4, scale_grad_by_freq=True, padding_idx=2),
        [INDEX],
    ),
    **{
        f"bag, {mode}, {name}": (
            lambda n, mode=mode, options=options: n.EmbeddingBag(11, 4, mode=mode, **options),
            inputs,
        )
        for mode in ("sum", "mean", "max")
        for name, options, inputs in (
            ("rows", {}, [INDEX]),
            ("offsets", {}, [FLAT, OFFSETS]),
            ("padding", {"padding_idx": 1}, [FLAT, OFFSETS]),
            ("last offset", {"include_last_offset": True}, [FLAT, np.array([0, 2, 2, 7])]),
            ("max norm", {"max_norm": 1.0}, [INDEX]),
        )
    },
    "distance": (lambda n: n.PairwiseDistance(), [X, Y]),
    "distance, 1-norm": (lambda n: n.PairwiseDistance(1.0, 1e-3, keepdim=True), [X, Y]),
    "cosine": (lambda n: n.CosineSimilarity(), [X, Y]),
    "cosine along rows": (lambda n: n.CosineSimilarity(0), [X, Y]),
    "cosine, large eps": (lambda n: n.CosineSimilarity(1, 3.0), [X, Y]),
}


@pytest.mark.parametrize("name", LAYERS)
def test_layers(name: str) -> None:
    make, inputs = LAYERS[name]
    check_module(lambda lib: make(lib.nn), inputs)


def test_float32_linear() -> None:
    mine, its = start_alike(lambda lib: lib.nn.Linear(6, 4))
    y, v = mine(pyad.tensor(X).float()), its(torch.tensor(X).float())
    np.testing.assert_allclose(y.detach().numpy(), v.detach().numpy(), rtol=3e-6, atol=1e-6)


def test_weights_of_samples() -> None:
    results = []
    for lib in (pyad, torch):
        table = lib.tensor(rng.normal(size=(11, 4)) * 0 + np.arange(44).reshape(11, 4) / 9.0)
        w = lib.tensor(np.linspace(-1, 1, 7), requires_grad=True)
        call = lib.nn.functional.embedding_bag
        y = call(
            lib.tensor(FLAT),
            table,
            lib.tensor(OFFSETS),
            mode="sum",
            per_sample_weights=w,
            padding_idx=10,
        )
        (y * y).sum().backward()
        results.append((y.detach().numpy(), w.grad.numpy()))
    for a, b in zip(*results, strict=True):
        np.testing.assert_allclose(a, b, **TOLERANCE)


def test_bags_scale_gradients_by_frequency() -> None:
    # PyTorch's loop divides by the counts of other rows than it adds to.
    grads = []
    for scale in (False, True):
        bag = nn.EmbeddingBag(11, 4, mode="sum", scale_grad_by_freq=scale)
        bag(pyad.tensor(FLAT), pyad.tensor(OFFSETS)).sum().backward()
        grads.append(bag.weight.grad.numpy())
    counts = np.maximum(np.bincount(FLAT, minlength=11), 1)
    np.testing.assert_allclose(grads[1], grads[0] / counts[:, None], rtol=1e-6)


def test_from_pretrained() -> None:
    for kind in ("Embedding", "EmbeddingBag"):
        results = []
        for lib in (pyad, torch):
            table = lib.tensor(X)
            frozen = getattr(lib.nn, kind).from_pretrained(table, padding_idx=1)
            free = getattr(lib.nn, kind).from_pretrained(table, freeze=False, max_norm=2.0)
            y = frozen(lib.tensor(np.array([[0, 4]])))
            assert frozen.weight.data_ptr() == table.data_ptr()
            results.append(
                [
                    repr(frozen),
                    repr(free),
                    frozen.weight.requires_grad,
                    free.weight.requires_grad,
                    y.tolist(),
                ]
            )
        assert results[0] == results[1]


def test_distance_functions() -> None:
    calls = [
        lambda f, x, y: f.normalize(x),
        lambda f, x, y: f.normalize(x, p=1.0, dim=0),
        lambda f, x, y: f.normalize(x * 0),
        lambda f, x, y: f.pdist(x),
        lambda f, x, y: f.pdist(x, 1.0),
        lambda f, x, y: f.cosine_similarity(x.unsqueeze(1), y.unsqueeze(0), dim=-1),
        lambda f, x, y: f.cosine_similarity(x * 0, y),
        lambda f, x, y: f.pairwise_distance(x, y[0], p=3.0),
    ]
    for call in calls:
        results = []
        for lib in (pyad, torch):
            x, y = (lib.tensor(v, requires_grad=True) for v in (X, Y))
            z = call(lib.nn.functional, x, y)
            (z * z).sum().backward()
            results.append((z.detach().numpy(), x.grad.numpy()))
        for a, b in zip(*results, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-8, atol=1e-10)


ERRORS = [
    (lambda lib: lib.nn.Embedding(3, 2, padding_idx=5), AssertionError),
    (lambda lib: lib.nn.EmbeddingBag(3, 2, padding_idx=-4), AssertionError),
    (lambda lib: lib.nn.Embedding(3, 2, _weight=lib.ones(2, 2)), AssertionError),
    (lambda lib: lib.nn.Embedding.from_pretrained(lib.ones(2)), AssertionError),
    (lambda lib: lib.nn.Embedding(3, 2)(lib.tensor([3])), (IndexError, RuntimeError)),
    (lambda lib: lib.nn.Bilinear(0, 2, 3), ValueError),
    (lambda lib: lib.nn.Unflatten(1, 3), TypeError),
    (lambda lib: lib.nn.Unflatten(1, (2, "a")), TypeError),
    (lambda lib: lib.nn.Linear(3, 2)(lib.ones(4, 5)), RuntimeError),
    (lambda lib: lib.nn.EmbeddingBag(3, 2)(lib.tensor([1])), ValueError),
    (lambda lib: lib.nn.EmbeddingBag(3, 2)(lib.tensor([[1]]), lib.tensor([0])), ValueError),
    (lambda lib: lib.nn.EmbeddingBag(3, 2)(lib.tensor(1)), ValueError),
    (lambda lib: lib.nn.EmbeddingBag(3, 2, mode="min")(lib.tensor([[1]])), ValueError),
    (lambda lib: lib.nn.EmbeddingBag(3, 2)(lib.tensor([1]), lib.tensor([1])), RuntimeError),
    (lambda lib: lib.nn.functional.pdist(lib.ones(3)), RuntimeError),
]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("which", range(len(ERRORS)))
def test_errors(which: int) -> None:
    program, error = ERRORS[which]
    for lib in (torch, pyad):
        with pytest.raises(error):
            program(lib)


def test_sparse_gradients_are_refused() -> None:
    for make in (nn.Embedding, nn.EmbeddingBag):
        with pytest.raises(NotImplementedError, match="use sparse=False"):
            make(3, 2, sparse=True)
    with pytest.raises(NotImplementedError, match="use sparse=False"):
        nn.functional.embedding(pyad.tensor([1]), pyad.ones(2, 2), sparse=True)
