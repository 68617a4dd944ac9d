"""Runs one program under PyTorch and under pyad and compares what it returns.

A program is a function of the library: `def program(lib): x = tensor(lib, [1.0, 2.0]); ...`.
"""

from __future__ import annotations

import numpy as np
import torch

import pyad


def tensor(lib, data, requires_grad=True, dtype="float64"):
    """A tensor of `lib` with its own memory."""
    t = lib.tensor(np.array(data).tolist(), dtype=getattr(lib, dtype))
    return t.requires_grad_() if requires_grad else t


def plain(value):
    """Tensors as arrays, containers as lists, everything else as it is."""
    if isinstance(value, (torch.Tensor, pyad.Tensor)):
        return np.array(value.detach().numpy())
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    return value


def assert_equal(mine, theirs, rtol, path="result"):
    if isinstance(theirs, list):
        assert isinstance(mine, list), f"{path}: {mine!r} instead of {theirs!r}"
        assert len(mine) == len(theirs), f"{path}: {len(mine)} items instead of {len(theirs)}"
        for i, (m, t) in enumerate(zip(mine, theirs, strict=True)):
            assert_equal(m, t, rtol, f"{path}[{i}]")
    elif isinstance(theirs, np.ndarray):
        assert isinstance(mine, np.ndarray), f"{path}: {mine!r} instead of an array"
        assert mine.dtype == theirs.dtype, f"{path}: {mine.dtype} instead of {theirs.dtype}"
        assert mine.shape == theirs.shape, f"{path}: {mine.shape} instead of {theirs.shape}"
        np.testing.assert_allclose(mine, theirs, rtol=rtol, atol=1e-14, err_msg=path)
    else:
        assert mine == theirs, f"{path}: {mine!r} instead of {theirs!r}"


def same(program, rtol=1e-12):
    """Asserts that both libraries give the same; returns pyad's result as plain values."""
    theirs = plain(program(torch))
    mine = plain(program(pyad))
    assert_equal(mine, theirs, rtol)
    return mine


def same_error(program, match=None):
    """Asserts that both raise, pyad an exception that a handler written for PyTorch's catches.

    Returns pyad's text.
    """
    errors = []
    for lib in (torch, pyad):
        try:
            program(lib)
        except Exception as error:
            errors.append((type(error), str(error)))
        else:
            raise AssertionError(f"{lib.__name__} did not raise")
    (theirs, _), (mine, text) = errors
    assert issubclass(mine, theirs), f"{mine.__name__} ({text}) instead of {theirs.__name__}"
    if match is not None:
        assert match in text, text
    return text
