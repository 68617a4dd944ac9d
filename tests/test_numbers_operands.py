"""docs/numbers.md, "Operands that PyTorch refuses": what is accepted is what promotion says."""

from __future__ import annotations

import operator

import numpy as np
import pytest
import torch

import pyad

REFUSALS = (RuntimeError, TypeError, NotImplementedError)


def losses(lib):
    return lib.nn.functional


def ints(lib):
    return lib.tensor([1, 2])


def floats(lib):
    return lib.tensor([0.25, 0.5])


def bools(lib):
    return lib.tensor([True, False])


# What PyTorch refuses, and the same written so that it takes it.
ACCEPTED = {
    "1 - bools": (lambda p: 1 - bools(p), lambda p: 1 - bools(p).long()),
    "bools - 1.0": (lambda p: bools(p) - 1.0, lambda p: bools(p).float() - 1.0),
    "floats - bools": (lambda p: floats(p) - bools(p), lambda p: floats(p) - bools(p).float()),
    "sub with alpha": (
        lambda p: p.sub(ints(p), bools(p), alpha=3),
        lambda p: p.sub(ints(p), bools(p).long(), alpha=3),
    ),
    "rsub": (lambda p: p.rsub(bools(p), ints(p)), lambda p: ints(p) - bools(p).long()),
    "+bools": (lambda p: +bools(p), lambda p: bools(p)),
    "frac": (lambda p: p.frac(ints(p)), lambda p: p.frac(ints(p).float())),
    "lerp": (
        lambda p: p.lerp(ints(p), ints(p) * 5, 0.5),
        lambda p: p.lerp(ints(p).float(), ints(p).float() * 5, 0.5),
    ),
    "lerp of dtypes": (
        lambda p: p.lerp(floats(p), ints(p).double(), 0.25),
        lambda p: p.lerp(floats(p).double(), ints(p).double(), 0.25),
    ),
    "heaviside of dtypes": (
        lambda p: p.heaviside(floats(p) - 0.25, ints(p)),
        lambda p: p.heaviside(floats(p) - 0.25, ints(p).float()),
    ),
    **{
        f"{name} of integers": (
            lambda p, name=name: getattr(p, name)(ints(p), ints(p)),
            lambda p, name=name: getattr(p, name)(ints(p).float(), ints(p).float()),
        )
        for name in ("hypot", "logaddexp", "logaddexp2")
    },
    **{
        f"{name} of integers": (
            lambda p, name=name: getattr(losses(p), name)(ints(p), ints(p)),
            lambda p, name=name: getattr(losses(p), name)(ints(p).float(), ints(p).float()),
        )
        for name in ("soft_margin_loss", "multilabel_soft_margin_loss")
    },
    **{
        f"{name} of a number": (
            lambda p, name=name: getattr(p, name)(floats(p), 0.3),
            lambda p, name=name: getattr(p, name)(floats(p), p.tensor(0.3)),
        )
        for name in (
            *("maximum", "minimum", "fmax", "fmin", "hypot", "atan2", "logaddexp"),
            *("logaddexp2", "heaviside", "nextafter", "logical_and", "logical_or", "dist"),
        )
        if hasattr(pyad, name)
    },
    **{
        f"{name} by a number": (
            lambda p, name=name: getattr(p, name)(0.3, floats(p)),
            lambda p, name=name: getattr(p, name)(p.tensor(0.3), floats(p)),
        )
        for name in ("maximum", "fmin", "hypot", "atan2", "lt", "eq", "ge", "fmod")
    },
    **{
        f"{name} with {kind.__name__}": (
            lambda p, name=name, kind=kind: getattr(losses(p), name)(floats(p), kind(p)),
            lambda p, name=name, kind=kind: getattr(losses(p), name)(floats(p), kind(p).float()),
        )
        for name, kinds in {
            "l1_loss": (bools,),
            "binary_cross_entropy": (bools,),
            "binary_cross_entropy_with_logits": (bools, ints),
            "kl_div": (bools, ints),
        }.items()
        for kind in kinds
    },
}


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", ACCEPTED)
def test_accepted(name):
    call, spelled_out = ACCEPTED[name]
    with pytest.raises(REFUSALS):
        call(torch)
    mine, its = call(pyad), spelled_out(torch)
    assert str(mine.dtype).split(".")[1] == str(its.dtype).split(".")[1]
    np.testing.assert_allclose(mine.numpy(), its.numpy(), rtol=1e-6, atol=1e-7)


REFUSED = {
    "bools - bools": lambda p: bools(p) - bools(p),
    "bools - True": lambda p: bools(p) - True,
    "-bools": lambda p: -bools(p),
    "bools -= bools": lambda p: operator.isub(bools(p), bools(p)),
    **{
        f"{name} of {kind.__name__}": lambda p, name=name, kind=kind: getattr(losses(p), name)(
            kind(p), kind(p)
        )
        for name in ("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "binary_cross_entropy")
        for kind in (bools, ints)
    },
}


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", REFUSED)
def test_refused(name):
    for package in (pyad, torch):
        with pytest.raises(REFUSALS):
            REFUSED[name](package)
