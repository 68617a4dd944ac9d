"""gradcheck and gradgradcheck: what they accept, what they find, how they say it."""

import numpy as np
import pytest
import torch

import pyad
from same import tensor

# --- gradcheck ----------------------------------------------------------------------------------


def test_gradcheck_accepts_right_derivatives():
    x = tensor(pyad, [[0.3, 0.7], [1.1, 1.9]])
    y = tensor(pyad, [0.4, 0.6])

    def f(x, y):
        return (x * y).sin().sum(dim=0), x @ y

    assert pyad.autograd.gradcheck(f, (x, y), check_forward_ad=True)
    assert pyad.autograd.gradcheck(f, (x, y), check_forward_ad=True, fast_mode=True)
    assert pyad.autograd.gradgradcheck(f, (x, y), check_fwd_over_rev=True)
    assert pyad.autograd.gradgradcheck(f, (x, y), gen_non_contig_grad_outputs=True)
    np.testing.assert_array_equal(x.detach().numpy(), [[0.3, 0.7], [1.1, 1.9]])


class WrongSquare(pyad.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        ctx.save_for_forward(x)
        return x * x

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        factor = pyad.tensor([2.0, 2.0, 3.0], dtype=pyad.float64)
        return g * factor * x

    @staticmethod
    def jvp(ctx, t):
        (x,) = ctx.saved_tensors
        return 2 * x * t


def test_gradcheck_names_input_and_entry():
    x = tensor(pyad, [1.0, 2.0, 3.0])
    unused = tensor(pyad, [1.0])

    def f(unused, x):
        return WrongSquare.apply(x)

    with pytest.raises(pyad.autograd.GradcheckError) as error:
        pyad.autograd.gradcheck(f, (unused, x))
    text = str(error.value)
    assert "output 0 with respect to input 1" in text
    assert "output entry (2,) by input entry (2,) is 9 by backward" in text
    assert not pyad.autograd.gradcheck(f, (unused, x), raise_exception=False)
    assert pyad.autograd.gradcheck(f, (unused, x), check_backward_ad=False, check_forward_ad=True)
    with pytest.raises(pyad.autograd.GradcheckError, match="random direction"):
        pyad.autograd.gradcheck(f, (unused, x), fast_mode=True)


def test_gradcheck_notices_chance(rng):
    class Chance(pyad.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g * (2 + 1e-7 * float(rng.random()))

    with pytest.raises(pyad.autograd.GradcheckError, match="not reentrant"):
        pyad.autograd.gradcheck(Chance.apply, (tensor(pyad, [1.0, 2.0]),))


def test_gradcheck_refuses_what_it_cannot_check():
    with pytest.raises(ValueError, match="at least one input"):
        pyad.autograd.gradcheck(lambda x: x, (pyad.ones(2),))
    x = tensor(pyad, [1.0], dtype="float32")
    with pytest.warns(UserWarning, match="float32"):
        pyad.autograd.gradcheck(lambda x: x * 2, (x,), raise_exception=False)
    wide = tensor(pyad, [1.0]).detach().expand(3).requires_grad_()
    with pytest.raises(RuntimeError, match="one memory location"):
        pyad.autograd.gradcheck(lambda x: x * 2, (wide,))
    with pytest.raises(NotImplementedError, match="batched"):
        pyad.autograd.gradcheck(lambda x: x, (tensor(pyad, [1.0]),), check_batched_grad=True)


def test_the_oracle_is_the_pinned_release():
    assert torch.__version__.startswith("2.13.")
