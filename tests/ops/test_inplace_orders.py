"""Writes in place have the derivatives of the ops themselves, of second order in every mode.

Every method `name_` that takes no argument but tensors, beside `name`, followed by a square: what
an op says of its square must not be read from what the write has replaced.
"""

from __future__ import annotations

import numpy as np
import pytest

import pyad
from pyad import func

P = pyad.tensor([-1.0, 2.0, 0.4], dtype=pyad.float64)
SKIPPED = {"random", "exponential", "normal", "uniform", "cauchy", "geometric", "log_normal"}
# Views in place: the record of a tensor cannot take another shape.
SKIPPED |= {"squeeze", "unsqueeze", "t", "transpose", "swapaxes", "swapdims"}
SKIPPED |= {"bernoulli", "zero", "detach", "requires_grad", "rename", "share_memory"}


def _calls():
    """(name, number of operands) of the pairs of methods that compute floats of floats."""
    y, w = P.sin() * 0.3 + 0.4, P.cos() * 0.2 + 0.3
    for name in sorted(dir(pyad.Tensor)):
        plain = name[:-1]
        if not name.endswith("_") or name.startswith("_") or plain in SKIPPED:
            continue
        if not hasattr(pyad.Tensor, plain):
            continue
        for operands in ((), (w,)):
            try:
                out = getattr(y.clone(), plain)(*operands)
                written = getattr(y.clone(), name)(*operands)
            except (TypeError, RuntimeError, ValueError, NotImplementedError):
                continue
            if isinstance(out, pyad.Tensor) and out.is_floating_point():
                assert written.shape == out.shape
                yield name, len(operands)
                break


CALLS = list(_calls())


def _function(name, operands):
    def f(z):
        y = z.sin() * 0.3 + 0.4
        more = (z.cos() * 0.2 + 0.3,) if operands else ()
        r = getattr(y, name)(*more)
        return (r**2).sum() + (r * z).sum()

    return f


def test_many_are_found():
    names = {n for n, _ in CALLS}
    assert len(names) > 60
    assert {"abs_", "hypot_", "sqrt_", "mul_", "exp_", "atan2_", "pow_"} <= names


@pytest.mark.parametrize(("name", "operands"), CALLS, ids=[n for n, _ in CALLS])
def test_second_order(name, operands):
    written, plain = _function(name, operands), _function(name[:-1], operands)
    ones = pyad.ones_like(P)

    def forward(f):
        return lambda q: func.jvp(f, (q,), (ones,))[1]

    def orders(f):
        return (
            f(P),
            func.grad(f)(P),
            func.jvp(forward(f), (P,), (ones,))[1],
            func.grad(forward(f))(P),
            func.jvp(func.grad(f), (P,), (ones,))[1],
            func.hessian(f)(P),
            func.jacfwd(func.jacfwd(f))(P),
        )

    for got, want in zip(orders(written), orders(plain), strict=True):
        a, b = got.detach().numpy(), want.detach().numpy()
        assert a.shape == b.shape
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)
