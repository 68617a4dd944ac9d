"""Losses at their edges: rows that are ignored, class indices at both ends, probabilities of every
shape, probabilities 0 and 1 and NaN, each against PyTorch or the formula written out.
"""

from __future__ import annotations

import itertools
import math
from functools import partial

import numpy as np
import pytest
import torch

import pyad

F, G = pyad.nn.functional, torch.nn.functional
NAN, INF = math.nan, math.inf


def values_and_slopes(lib, function, inputs, wanted):
    xs = [
        lib.tensor(x, requires_grad=i in wanted) if isinstance(x, np.ndarray) else x
        for i, x in enumerate(inputs)
    ]
    y = function(*xs)
    seed = lib.tensor(np.linspace(0.5, 1.5, int(np.prod(y.shape))).reshape(tuple(y.shape)))
    gs = lib.autograd.grad(y, [xs[i] for i in wanted], seed)
    return [y.detach().numpy(), *(g.numpy() for g in gs)]


def alike(name, inputs, wanted=(0,), **options):
    mine, its = (
        values_and_slopes(
            lib,
            lambda *xs, lib=lib: getattr(lib.nn.functional, name)(*xs, **options),
            inputs,
            wanted,
        )
        for lib in (pyad, torch)
    )
    for a, b in zip(mine, its, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-11, atol=1e-13)
    return mine


SHAPES = [(300, 5), (5,), (2, 5, 3), (3, 1500)]
REDUCTIONS = ["mean", "sum", "none"]


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("smoothing", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
def test_ignored_rows(shape, weighted, smoothing, reduction, rng):
    """They count for nothing: not in the loss, its smoothed part, the mean or the gradient."""
    x = rng.standard_normal(shape)
    classes = shape[0] if len(shape) == 1 else shape[1]
    target = rng.integers(0, classes, shape[:1] * (len(shape) > 1) + shape[2:])
    weight = {"weight": rng.uniform(0.5, 2, classes)} if weighted else {}
    for ignored in (-100, 2):
        t = np.array(target)
        if t.ndim:
            t[0] = ignored
        for name in ("cross_entropy", "nll_loss"):
            options = {"ignore_index": ignored, "reduction": reduction}
            if name == "cross_entropy":
                options["label_smoothing"] = smoothing
            found = []
            for lib in (pyad, torch):
                more = {k: lib.tensor(v) for k, v in weight.items()}
                call = partial(getattr(lib.nn.functional, name), **options, **more)
                found.append(values_and_slopes(lib, call, [x, t], (0,)))
            for a, b in zip(*found, strict=True):
                np.testing.assert_allclose(a, b, rtol=1e-11, atol=1e-13)
            if t.ndim:
                assert (np.moveaxis(found[0][1], 1, -1)[t == ignored] == 0).all()


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("shape", SHAPES)
def test_probabilities_as_targets(shape, smoothing, reduction, rng):
    """The mean is over every distribution: the batch and all that comes after the classes."""
    t = rng.random(shape)
    alike(
        "cross_entropy",
        [rng.standard_normal(shape), t],
        (0, 1),
        reduction=reduction,
        label_smoothing=smoothing,
    )


@pytest.mark.parametrize("dtype", ["int64", "int32", "uint8"])
@pytest.mark.parametrize("shape", SHAPES)
def test_class_indices_outside_are_refused(shape, dtype, rng):
    classes = shape[0] if len(shape) == 1 else shape[1]
    x = pyad.tensor(rng.standard_normal(shape))
    sizes = shape[:1] * (len(shape) > 1) + shape[2:]
    good = np.full(sizes, classes - 1)
    for bad in (classes, classes + 1, -1, -classes, 2**31 - 1, 255):
        if bad > np.iinfo(dtype).max or bad < np.iinfo(dtype).min or 0 <= bad < classes:
            continue
        t = good.copy()
        t.reshape(-1)[-1] = bad
        target = pyad.tensor(t).to(getattr(pyad, dtype))
        for call in (
            lambda target=target: F.cross_entropy(x, target),
            lambda target=target: F.nll_loss(x, target),
            lambda target=target: F.cross_entropy(x, target, pyad.ones(classes, dtype=x.dtype)),
            lambda target=target: F.cross_entropy(x, target, reduction="none"),
            lambda target=target: F.cross_entropy(x, target, label_smoothing=0.1),
        ):
            with pytest.raises(IndexError, match=f"Target {bad} is out of bounds"):
                call()
    if classes - 1 <= np.iinfo(dtype).max:
        assert np.isfinite(F.cross_entropy(x, pyad.tensor(good).to(getattr(pyad, dtype))).item())


@pytest.mark.parametrize("ndim_target", [1, 2])
def test_margin_losses_take_classes_in_range(ndim_target):
    x = pyad.zeros(3, 4)
    for bad in (4, -1) if ndim_target == 1 else (4, -2):
        target = (
            [0, 1, bad] if ndim_target == 1 else [[0, 1, -1, -1], [2, -1, -1, -1], [bad, 1, 0, 2]]
        )
        loss = F.multi_margin_loss if ndim_target == 1 else F.multilabel_margin_loss
        with pytest.raises((IndexError, RuntimeError)):
            loss(x, pyad.tensor(target))


POINTS = [0.0, 1e-320, 1e-13, 1e-9, 0.25, 0.5, 1 - 1e-9, 1 - 1e-16, 1.0]
TARGETS = [0.0, 1e-30, 0.25, 1 - 1e-16, 1.0]


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_binary_cross_entropy_at_the_ends(reduction):
    """Logarithms end at -100 and denominators at 1e-12, in the slopes by the target too."""
    x, t = np.array(list(itertools.product(POINTS, TARGETS))).T.copy()
    weight = np.linspace(0.1, 2, len(x))
    for inputs in ([x, t], [x, t, weight]):
        alike("binary_cross_entropy", inputs, reduction=reduction)
        _, slope = values_and_slopes(
            pyad,
            lambda *xs: F.binary_cross_entropy(*xs, reduction=reduction),
            inputs,
            (1,),
        )
        seed = {"none": np.linspace(0.5, 1.5, len(x)), "sum": 0.5, "mean": 0.5 / len(x)}[reduction]
        with np.errstate(divide="ignore"):  # PyTorch's slope by the target is infinite there
            want = np.maximum(np.log1p(-x), -100) - np.maximum(np.log(x), -100)
        want = want * seed * (inputs[2] if len(inputs) == 3 else 1)
        np.testing.assert_allclose(slope, want, rtol=1e-12)


@pytest.mark.parametrize("bad", [NAN, -NAN, INF, -INF, -1e-9, 1 + 1e-9, 2.0])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_binary_cross_entropy_takes_probabilities_only(bad, dtype):
    dtype = getattr(pyad, dtype)
    if dtype == pyad.float32 and abs(bad - 1) < 1e-8:
        bad = 1.001
    for place in (0, 5, 40):
        good, x = pyad.full((41,), 0.5, dtype=dtype), pyad.full((41,), 0.5, dtype=dtype)
        x[place] = bad
        with pytest.raises(RuntimeError, match="input should be between 0 and 1"):
            F.binary_cross_entropy(x, good)
        with pytest.raises(RuntimeError, match="target should be between 0 and 1"):
            F.binary_cross_entropy(good, x)


def test_second_derivatives_with_ignored_rows(rng):
    x, t = rng.standard_normal((6, 4)), np.array([0, -100, 2, 3, -100, 1])
    for options in ({}, {"label_smoothing": 0.3}, {"reduction": "sum"}):
        found = []
        for lib in (pyad, torch):
            a = lib.tensor(x, requires_grad=True)
            loss = lib.nn.functional.cross_entropy(a, lib.tensor(t), **options)
            (g,) = lib.autograd.grad(loss, a, create_graph=True)
            found.append(lib.autograd.grad((g * g).sum(), a)[0].numpy())
        np.testing.assert_allclose(*found, rtol=1e-10, atol=1e-14)
        assert (found[0][[1, 4]] == 0).all()


@pytest.mark.parametrize("dtypes", [("float32", "float64"), ("float64", "float32")])
def test_probabilities_of_another_floating_dtype(dtypes, rng):
    x, t = rng.standard_normal((4, 3)), rng.dirichlet([1.0] * 3, 4)
    answers = []
    for lib in (pyad, torch):
        a = lib.tensor(x.astype(dtypes[0]), requires_grad=True)
        y = lib.nn.functional.cross_entropy(a, lib.tensor(t.astype(dtypes[1])), label_smoothing=0.1)
        y.backward()
        assert y.dtype == lib.float64
        assert str(a.grad.dtype).endswith(dtypes[0])
        answers.append((y.detach().numpy(), a.grad.numpy()))
    for mine, its in zip(*answers, strict=True):
        np.testing.assert_allclose(mine, its, rtol=1e-6)


def test_whole_numbers_are_no_probabilities():
    with pytest.raises(RuntimeError, match="one dim less"):
        pyad.nn.functional.cross_entropy(pyad.ones(2, 3), pyad.ones(2, 3, dtype=pyad.int64))


@pytest.mark.parametrize("ignore", [0, 2, 7, -1, -100])
@pytest.mark.parametrize("shape", [(3,), (2, 3), (2, 3, 4), (0, 3)])
def test_probabilities_have_no_class_to_ignore(shape, ignore, rng):
    x = rng.uniform(-1, 1, shape)
    p = rng.uniform(0.1, 1, shape)
    p = p / p.sum(0 if len(shape) == 1 else 1, keepdims=True)
    outcomes = []
    for lib in (pyad, torch):
        loss = lib.nn.CrossEntropyLoss(ignore_index=ignore, label_smoothing=0.1)
        if ignore >= 0:
            with pytest.raises(RuntimeError, match="not supported for floating point target"):
                loss(lib.tensor(x), lib.tensor(p))
        else:
            outcomes.append(loss(lib.tensor(x), lib.tensor(p)).item())
    if outcomes:
        np.testing.assert_allclose(*outcomes, rtol=1e-12)
