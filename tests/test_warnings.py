"""Warnings: what is allowed and likely a mistake is said, as PyTorch says it."""

from __future__ import annotations

import subprocess
import sys
import warnings

import numpy as np
import pytest
import torch

import pyad

SHAPES = "Using a target size .* that is different to the input size"
OLDER = r"size_average and reduce args will be deprecated, please use reduction='\w+' instead"
COPIED = "To copy construct from a tensor"
LOST = "Converting a tensor with requires_grad=True to a scalar"
FREEDOM = "degrees of freedom is <= 0"


def target_of_another_shape(name, **options):
    return lambda lib: getattr(lib.nn.functional, name)(lib.ones(3, 1), lib.ones(3), **options)


def older(name, *inputs, **options):
    return lambda lib: getattr(lib.nn.functional, name)(*(f(lib) for f in inputs), **options)


def ones(lib):
    return lib.ones(3)


def rows(lib):
    return lib.ones(3, 3)


def classes(lib):
    return lib.tensor([0, 1, 2])


def learned(lib):
    return lib.ones((), requires_grad=True)


WARNED = {
    "tensor of a tensor": (lambda lib: lib.tensor(lib.ones(2)), COPIED),
    "tensor of a parameter": (lambda lib: lib.tensor(lib.nn.Parameter(lib.ones(2))), COPIED),
    "tensor of recorded ones": (lambda lib: lib.tensor([learned(lib)]), LOST),
    "nested": (lambda lib: lib.tensor([[learned(lib) * 2]]), LOST),
    "as_tensor": (lambda lib: lib.as_tensor([learned(lib)]), LOST),
    "FloatTensor": (lambda lib: lib.FloatTensor([learned(lib)]), LOST),
    "mse_loss": (target_of_another_shape("mse_loss"), SHAPES),
    "mse_loss none": (target_of_another_shape("mse_loss", reduction="none"), SHAPES),
    "mse_loss sum": (target_of_another_shape("mse_loss", reduction="sum"), SHAPES),
    "l1_loss": (target_of_another_shape("l1_loss"), SHAPES),
    "smooth_l1_loss": (target_of_another_shape("smooth_l1_loss"), SHAPES),
    "smooth_l1_loss beta 0": (target_of_another_shape("smooth_l1_loss", beta=0.0), SHAPES),
    "huber_loss": (target_of_another_shape("huber_loss"), SHAPES),
    "MSELoss": (lambda lib: lib.nn.MSELoss()(lib.ones(3, 1), lib.ones(3)), SHAPES),
    "L1Loss": (lambda lib: lib.nn.L1Loss()(lib.ones(3, 1), lib.ones(3)), SHAPES),
    "HuberLoss": (lambda lib: lib.nn.HuberLoss()(lib.ones(3, 1), lib.ones(3)), SHAPES),
    "kl_div": (older("kl_div", ones, ones), "'mean' divides the total loss by both"),
    "KLDivLoss": (lambda lib: lib.nn.KLDivLoss()(lib.ones(3), lib.ones(3)), "'mean' divides"),
    "older mse_loss": (older("mse_loss", ones, ones, size_average=True), OLDER),
    "older l1_loss": (older("l1_loss", ones, ones, size_average=False), OLDER),
    "older smooth_l1_loss": (older("smooth_l1_loss", ones, ones, reduce=False), OLDER),
    "older kl_div": (older("kl_div", ones, ones, size_average=False), OLDER),
    "older nll_loss": (older("nll_loss", rows, classes, reduce=False), OLDER),
    "older cross_entropy": (older("cross_entropy", rows, classes, size_average=False), OLDER),
    "older binary_cross_entropy": (older("binary_cross_entropy", ones, ones, reduce=True), OLDER),
    "older with logits": (
        older("binary_cross_entropy_with_logits", ones, ones, size_average=False),
        OLDER,
    ),
    "older poisson_nll_loss": (older("poisson_nll_loss", ones, ones, reduce=True), OLDER),
    "std": (lambda lib: lib.ones(1).std(), FREEDOM),
    "var": (lambda lib: lib.ones(2, 1).var(1), FREEDOM),
    "var correction": (lambda lib: lib.ones(3).var(correction=3), FREEDOM),
    "std_mean": (lambda lib: lib.std_mean(lib.ones(3, 0), 1), FREEDOM),
}


@pytest.fixture(autouse=True)
def always():
    """PyTorch gives some of these once a process."""
    torch.set_warn_always(True)
    yield
    torch.set_warn_always(False)


def warned(program, lib):
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        program(lib)
    return seen


@pytest.mark.parametrize("name", WARNED)
def test_a_likely_mistake_is_said(name):
    program, text = WARNED[name]
    for lib in (torch, pyad):
        (one,) = warned(program, lib)
        assert one.category is UserWarning
        with pytest.warns(UserWarning, match=text):
            warnings.warn_explicit(one.message, one.category, __file__, 1)


@pytest.mark.parametrize("name", WARNED)
def test_the_warning_may_be_an_error(name):
    program, text = WARNED[name]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(UserWarning, match=text):
            program(pyad)


QUIET = {
    "tensor of numbers": lambda lib: lib.tensor([1.0, 2.0]),
    "tensor of tensors": lambda lib: lib.tensor([lib.ones(()), lib.ones(())]),
    "as_tensor of a tensor": lambda lib: lib.as_tensor(learned(lib)),
    "equal shapes": lambda lib: lib.nn.functional.mse_loss(lib.ones(3, 1), lib.ones(3, 1)),
    "batchmean": older("kl_div", ones, ones, reduction="batchmean"),
    "kl_div sum": older("kl_div", ones, ones, reduction="sum"),
    "kl_div none": older("kl_div", ones, ones, reduction="none"),
    "kl_div shapes": target_of_another_shape("kl_div", reduction="sum"),
    "poisson shapes": target_of_another_shape("poisson_nll_loss"),
    "hinge shapes": target_of_another_shape("hinge_embedding_loss"),
    "std without correction": lambda lib: lib.ones(1).std(correction=0),
    "var of two": lambda lib: lib.ones(2).var(),
}


@pytest.mark.parametrize("name", QUIET)
def test_what_is_meant_is_quiet(name):
    for lib in (torch, pyad):
        assert warned(QUIET[name], lib) == []


# Where PyTorch warns and pyad does not: program, and why nothing has to be said.
SILENT = {
    "T of three dims": (lambda lib: lib.ones(2, 3, 4).T, "NumPy's meaning, and it will stay"),
    "an array that is read-only": (
        lambda lib: lib.as_tensor(np.broadcast_to(np.ones(1), (3,))),
        "a write is refused",
    ),
    "a list of arrays": (lambda lib: lib.tensor([np.ones(2)] * 2), "it is stacked by NumPy"),
    "meshgrid": (lambda lib: lib.meshgrid(lib.ones(2), lib.ones(3)), "the default will stay"),
    "masks of uint8": (
        lambda lib: lib.ones(2)[lib.tensor([1, 0], dtype=lib.uint8)],
        "they will stay masks",
    ),
}


@pytest.mark.parametrize("name", SILENT)
def test_what_needs_no_warning_here(name):
    program, reason = SILENT[name]
    assert warned(program, torch)
    assert warned(program, pyad) == [], reason


def test_recorded_backwards_say_once_that_they_make_a_cycle():
    code = """
import warnings, pyad
with warnings.catch_warnings(record=True) as seen:
    warnings.simplefilter("always")
    for _ in range(3):
        x = pyad.ones(1, requires_grad=True)
        (x * x).backward(create_graph=True)
        pyad.autograd.grad(x * x, x, create_graph=True)
assert [str(w.message).split(":")[0] for w in seen] == ["backward"], seen
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_covariances_without_freedom_warn():
    for lib in (pyad, torch):
        for call in (
            lambda lib, x: x[:, :1].cov(),
            lambda lib, x: x.cov(correction=3),
            lambda lib, x: x[:, :1].corrcoef(),
            lambda lib, x: x.cov(fweights=lib.tensor([1, 0, 0])),
        ):
            with pytest.warns(UserWarning, match=FREEDOM):
                call(lib, lib.arange(6.0).reshape(2, 3).sin())
