"""Losses are PyTorch's: modules, functions, older arguments and errors."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch

import pyad
from alike import TOLERANCE, check_module

rng = np.random.default_rng(0)
A, B, C = (rng.normal(size=(5, 4)) for _ in range(3))
P = rng.uniform(0.05, 0.95, (5, 4))
LOGP = np.log(P / P.sum(1, keepdims=True))
CLASS = rng.integers(0, 4, 5)
ONE_HOT = (rng.random((5, 4)) < 0.5).astype(float)
SIGN = np.where(rng.random((5, 4)) < 0.5, -1.0, 1.0)
SIGN1 = SIGN[:, 0].copy()
LABELS = np.array([[3, 0, -1, 1], [0, -1, -1, -1], [-1, 2, 1, 0], [3, 2, 1, 0], [1, 1, -1, 0]])
IMAGE, IMAGE_CLASS = rng.normal(size=(2, 4, 3, 3)), rng.integers(0, 4, (2, 3, 3))
W = np.array([0.2, 1.0, 3.0, 0.5])


def weight(lib):
    return lib.tensor(W)


LOSSES = {
    "L1Loss": [({}, (A, B))],
    "MSELoss": [({}, (A, B))],
    "SmoothL1Loss": [({}, (A, B)), ({"beta": 0.3}, (A, B))],
    "HuberLoss": [({}, (A, B)), ({"delta": 0.3}, (A, B))],
    "NLLLoss": [
        ({}, (LOGP, CLASS)),
        ({"weight": weight, "ignore_index": 1}, (LOGP, CLASS)),
        ({}, (IMAGE, IMAGE_CLASS)),
    ],
    "CrossEntropyLoss": [
        ({}, (A, CLASS)),
        ({"weight": weight, "label_smoothing": 0.1, "ignore_index": 2}, (A, CLASS)),
        ({"label_smoothing": 0.2}, (IMAGE, IMAGE_CLASS)),
        ({}, (A, P)),
    ],
    "BCELoss": [({}, (P, P[::-1].copy())), ({"weight": weight}, (P, ONE_HOT))],
    "BCEWithLogitsLoss": [
        ({}, (A, P)),
        ({"weight": weight, "pos_weight": weight}, (A, ONE_HOT)),
    ],
    "KLDivLoss": [({}, (LOGP, P)), ({"log_target": True}, (LOGP, A))],
    "PoissonNLLLoss": [
        ({}, (A, np.round(P * 5))),
        ({"log_input": False, "full": True}, (P, np.round(P * 5))),
    ],
    "GaussianNLLLoss": [({}, (A, B, P)), ({"full": True}, (A, B, P[:, 0].copy()))],
    "HingeEmbeddingLoss": [({}, (A, SIGN)), ({"margin": 0.4}, (A, SIGN))],
    "MultiLabelMarginLoss": [({}, (A, LABELS)), ({}, (A[0], LABELS[0]))],
    "SoftMarginLoss": [({}, (A, SIGN))],
    "MultiLabelSoftMarginLoss": [({}, (A, ONE_HOT)), ({"weight": weight}, (A, ONE_HOT))],
    "CosineEmbeddingLoss": [({}, (A, B, SIGN1)), ({"margin": 0.2}, (A, B, SIGN1))],
    "MarginRankingLoss": [({}, (A, B, SIGN)), ({"margin": 0.5}, (A, B, SIGN))],
    "MultiMarginLoss": [
        ({}, (A, CLASS)),
        ({"p": 2, "margin": 0.5, "weight": weight}, (A, CLASS)),
        ({}, (A[0], CLASS[0])),
    ],
    "TripletMarginLoss": [({}, (A, B, C)), ({"p": 1.5, "swap": True, "margin": 2.0}, (A, B, C))],
    "TripletMarginWithDistanceLoss": [({}, (A, B, C)), ({"swap": True, "margin": 2.0}, (A, B, C))],
}
# Positions that PyTorch differentiates (targets of some losses are constants there).
GRAD_OF = {
    "BCELoss": (0,), "NLLLoss": (0,), "CosineEmbeddingLoss": (0, 1), "HingeEmbeddingLoss": (0,),
    "MarginRankingLoss": (0, 1), "PoissonNLLLoss": (0,), "SoftMarginLoss": (0,),
    "MultiLabelSoftMarginLoss": (0,), "CrossEntropyLoss": (0,),
}  # fmt: skip
CASES = [
    (name, i, reduction)
    for name, cases in LOSSES.items()
    for i in range(len(cases))
    for reduction in ("mean", "sum", "none")
]


@pytest.mark.filterwarnings("ignore:reduction. 'mean' divides")
@pytest.mark.parametrize(("name", "which", "reduction"), CASES)
@pytest.mark.filterwarnings("ignore:.*'mean' divides the total loss")
def test_losses(name: str, which: int, reduction: str) -> None:
    options, inputs = LOSSES[name][which]

    def make(lib):
        made = {k: v(lib) if callable(v) else v for k, v in options.items()}
        return getattr(lib.nn, name)(reduction=reduction, **made)

    check_module(make, inputs, grad_of=GRAD_OF.get(name))


def test_batchmean() -> None:
    check_module(lambda lib: lib.nn.KLDivLoss(reduction="batchmean"), (LOGP, P))


@pytest.mark.parametrize("legacy", [(False, None), (None, False), (True, True), (False, False)])
def test_older_arguments(legacy: tuple) -> None:
    size_average, reduce = legacy
    for name, cases in LOSSES.items():
        if name in ("HuberLoss", "GaussianNLLLoss", "TripletMarginWithDistanceLoss"):
            continue
        results = []
        for lib in (pyad, torch):
            with pytest.warns(UserWarning, match="size_average and reduce args"):
                module = getattr(lib.nn, name)(size_average=size_average, reduce=reduce)
            results.append(module.reduction)
        assert results[0] == results[1]
        function = {
            "L1Loss": "l1_loss", "MSELoss": "mse_loss", "SmoothL1Loss": "smooth_l1_loss",
            "NLLLoss": "nll_loss", "CrossEntropyLoss": "cross_entropy",
            "BCELoss": "binary_cross_entropy", "KLDivLoss": "kl_div",
            "BCEWithLogitsLoss": "binary_cross_entropy_with_logits",
            "PoissonNLLLoss": "poisson_nll_loss", "HingeEmbeddingLoss": "hinge_embedding_loss",
            "MultiLabelMarginLoss": "multilabel_margin_loss", "SoftMarginLoss": "soft_margin_loss",
            "MultiLabelSoftMarginLoss": "multilabel_soft_margin_loss",
            "CosineEmbeddingLoss": "cosine_embedding_loss",
            "MarginRankingLoss": "margin_ranking_loss", "MultiMarginLoss": "multi_margin_loss",
            "TripletMarginLoss": "triplet_margin_loss",
        }[name]  # fmt: skip
        args = cases[0][1]
        values = []
        for lib in (pyad, torch):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                call = getattr(lib.nn.functional, function)
                y = call(*map(lib.tensor, args), size_average=size_average, reduce=reduce)
            values.append(y.numpy())
        np.testing.assert_allclose(*values, **TOLERANCE)


@pytest.mark.parametrize("name", ["mse_loss", "l1_loss", "huber_loss"])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_weights_of_elements(name: str, reduction: str) -> None:
    results = []
    for lib in (pyad, torch):
        call = getattr(lib.nn.functional, name)
        y = call(lib.tensor(A), lib.tensor(B), reduction=reduction, weight=lib.tensor(P))
        results.append(y.numpy())
    np.testing.assert_allclose(*results, **TOLERANCE)


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda lib: lib.nn.TripletMarginLoss(margin=0), ValueError),
        (lambda lib: lib.nn.TripletMarginWithDistanceLoss(margin=-1), ValueError),
        (lambda lib: lib.nn.MultiMarginLoss(p=3), ValueError),
        (lambda lib: lib.nn.MultiMarginLoss(weight=lib.ones(1, 2)), (ValueError, AssertionError)),
        (lambda lib: lib.nn.HuberLoss(delta="x"), TypeError),
        (lambda lib: lib.nn.HuberLoss(delta=-1.0)(lib.ones(2), lib.ones(2)), RuntimeError),
        (lambda lib: lib.nn.PoissonNLLLoss(reduction="x")(lib.ones(2), lib.ones(2)), ValueError),
        (
            lambda lib: lib.nn.GaussianNLLLoss()(lib.ones(2), lib.ones(2), -lib.ones(2)),
            ValueError,
        ),
        (
            lambda lib: lib.nn.GaussianNLLLoss()(lib.ones(2, 3), lib.ones(2, 3), lib.ones(4)),
            ValueError,
        ),
        (
            lambda lib: lib.nn.CosineEmbeddingLoss()(lib.ones(2), lib.ones(2), lib.ones(2)),
            RuntimeError,
        ),
        (
            lambda lib: lib.nn.MultiMarginLoss()(lib.ones(2, 3), lib.tensor([0, 3])),
            (RuntimeError, IndexError),
        ),
        (
            lambda lib: lib.nn.MultiLabelMarginLoss()(lib.ones(2, 3), lib.tensor([0, 3])),
            RuntimeError,
        ),
        (
            lambda lib: lib.nn.MarginRankingLoss()(lib.ones(2), lib.ones(2, 1), lib.ones(2)),
            RuntimeError,
        ),
    ],
)
def test_errors(call, error) -> None:
    for lib in (torch, pyad):
        with pytest.raises(error):
            call(lib)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_linear_cross_entropy(reduction: str) -> None:
    cases = [
        ({}, CLASS),
        ({"bias": True, "label_smoothing": 0.1, "ignore_index": 1}, CLASS),
        ({"weight": weight}, CLASS),
        ({"out_features": (3,), "bias": True}, rng.integers(0, 4, (5, 3))),
    ]
    for options, target in cases:

        def make(lib, options=options):
            made = {k: v(lib) if callable(v) else v for k, v in options.items()}
            return lib.nn.LinearCrossEntropyLoss(4, 4, reduction=reduction, **made)

        check_module(make, [B, target])
