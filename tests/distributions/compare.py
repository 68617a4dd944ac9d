"""The same distribution in both packages, and what a call returns or raises in each."""

from __future__ import annotations

import re

import numpy as np
import torch
import torch.distributions as theirs

import pyad
import pyad.distributions as ours


def tensors(package, dtype="float64", requires_grad=False):
    """A function that makes tensors of a package; those that it made are kept in its list."""
    made = []

    def make(values):
        t = package.tensor(values, dtype=getattr(package, dtype), requires_grad=requires_grad)
        made.append(t)
        return t

    make.made = made
    return make


def both(build, dtype="float64", requires_grad=False):
    """The distribution in pyad and in PyTorch."""
    return (
        build(ours, tensors(pyad, dtype, requires_grad)),
        build(theirs, tensors(torch, dtype, requires_grad)),
    )


def to_pyad(x):
    return pyad.from_numpy(x.detach().numpy().copy())


def plain_text(law):
    """The repr with sizes as tuples and without the package's name."""

    def sizes(found):
        return str(tuple(int(n) for n in found[1].split(",") if n.strip()))

    text = re.sub(r"(?:torch|pyad)\.Size\(\[([^\]]*)\]\)", sizes, repr(law))
    return text.replace("torch.", "").replace("pyad.", "")


def outcome(call):
    """The value as an array, or the kind of error."""
    try:
        return call().detach().numpy()
    except NotImplementedError:
        return "not implemented"


def assert_same(mine, other, rtol=1e-12, atol=1e-13):
    """Two outcomes of one call: the same kind, shape and dtype, and values but for rounding."""
    if isinstance(other, str) or isinstance(mine, str):
        assert isinstance(mine, str) == isinstance(other, str), (mine, other)
        return
    assert mine.shape == other.shape
    assert mine.dtype == other.dtype
    np.testing.assert_allclose(mine, other, rtol=rtol, atol=atol)
