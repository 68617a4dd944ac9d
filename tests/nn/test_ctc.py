"""CTC loss: PyTorch's values and, through log_softmax, its gradients."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch

import pyad
from alike import check_module

rng = np.random.default_rng(0)
T, N, C = 12, 4, 5
SCORES = rng.normal(size=(T, N, C))
TARGETS = rng.integers(1, C, (N, 6))
TARGETS[0, 2] = TARGETS[0, 1]
CASES = [
    ([12, 12, 12, 12], [6, 3, 1, 2], {}),
    ([12, 9, 5, 12], [4, 3, 0, 6], {}),
    ([12, 7, 3, 12], [4, 3, 1, 2], {"blank": 4}),
    ([2, 7, 12, 0], [4, 3, 1, 1], {"zero_infinity": True}),
    ([2, 7, 12, 0], [4, 3, 1, 0], {}),
]


# An infinite loss swallows the others, so the last case is not reduced.
@pytest.mark.parametrize(
    ("which", "reduction"),
    [(i, r) for i in range(len(CASES) - 1) for r in ("mean", "sum", "none")] + [(4, "none")],
)
@pytest.mark.parametrize("flat", [False, True])
def test_values_and_gradients(which: int, reduction: str, flat: bool) -> None:
    times, counts, options = CASES[which]
    labels = np.where(TARGETS == 4, 1, TARGETS) % 4 if options.get("blank") else TARGETS
    if flat:
        labels = np.concatenate([row[:n] for row, n in zip(labels, counts, strict=True)])
    results = []
    for lib in (pyad, torch):
        x = lib.tensor(SCORES, requires_grad=True)
        loss = lib.nn.CTCLoss(reduction=reduction, **options)(
            x.log_softmax(2), lib.tensor(labels), lib.tensor(times), lib.tensor(counts)
        )
        finite = loss[loss < math.inf] if reduction == "none" else loss
        (finite * finite).sum().backward()
        grad = x.grad.numpy()
        if which == 4:
            grad = grad[:, 1:]  # what PyTorch leaves of an infinite loss is NaN
        results.append((loss.detach().numpy(), grad))
    for a, b in zip(*results, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-8, atol=1e-10)


def test_module_and_single_sequences() -> None:
    x = np.log(rng.dirichlet(np.ones(C), (T,)))
    check_module(lambda lib: lib.nn.CTCLoss(), [x, np.array([1, 2, 2]), np.array(T), np.array(3)])


def test_all_alignments_by_hand() -> None:
    p = rng.dirichlet(np.ones(3), (5,))
    target = (1, 2, 2)
    total = 0.0
    for path in itertools.product(range(3), repeat=5):
        shown = tuple(k for k, _ in itertools.groupby(path) if k != 0)
        if shown == target:
            total += math.prod(p[t, s] for t, s in enumerate(path))
    loss = pyad.nn.functional.ctc_loss(
        pyad.tensor(np.log(p)), pyad.tensor(target), (5,), (3,), reduction="sum"
    )
    assert loss.item() == pytest.approx(-math.log(total), rel=1e-12)


@pytest.mark.parametrize(
    "call",
    [
        lambda lib, x, y: lib.nn.functional.ctc_loss(x, y, [12] * 3, [1] * 4),
        lambda lib, x, y: lib.nn.functional.ctc_loss(x, y, [13] * 4, [1] * 4),
        lambda lib, x, y: lib.nn.functional.ctc_loss(x, y, [12] * 4, [1] * 5),
        lambda lib, x, y: lib.nn.functional.ctc_loss(x, y, [12] * 4, [7] * 4),
        lambda lib, x, y: lib.nn.functional.ctc_loss(x, y, [12] * 4, [1] * 4, blank=5),
    ],
)
def test_errors(call) -> None:
    for lib in (torch, pyad):
        x, y = lib.tensor(SCORES).log_softmax(2), lib.tensor(TARGETS)
        with pytest.raises(RuntimeError):
            call(lib, x, y)
    with pytest.raises(RuntimeError, match="labels must be"):
        pyad.nn.functional.ctc_loss(x, y + 9, [12] * 4, [6] * 4)
    with pytest.raises(ValueError, match="reduction"):
        pyad.nn.functional.ctc_loss(x, y, [12] * 4, [6] * 4, reduction="x")
