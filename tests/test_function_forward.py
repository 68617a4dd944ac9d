"""Custom functions in forward mode: jvp, alone and under other modes."""

import numpy as np
import pytest

import pyad
from pyad.autograd import forward_ad
from same import plain, same, tensor


def square(lib):
    class Square(lib.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return 2 * x * g

    return Square


def with_jvp(lib):
    class Product(lib.autograd.Function):
        @staticmethod
        def forward(ctx, a, b):
            ctx.save_for_backward(a, b)
            ctx.save_for_forward(a, b)
            return a * b

        @staticmethod
        def backward(ctx, g):
            a, b = ctx.saved_tensors
            return g * b, g * a

        @staticmethod
        def jvp(ctx, ta, tb):
            a, b = ctx.saved_tensors
            return ta * b + a * tb

    return Product


def test_jvp():
    def program(lib):
        fw = lib.autograd.forward_ad
        a, b = tensor(lib, [1.0, 2.0], False), tensor(lib, [3.0, 4.0], False)
        with fw.dual_level():
            x = fw.make_dual(a, tensor(lib, [1.0, 10.0], False))
            y = with_jvp(lib).apply(x, b)
            z = with_jvp(lib).apply(x.sin(), x)
            return [*fw.unpack_dual(y), *fw.unpack_dual(z)]

    same(program)


def test_none_is_saved_for_forward():
    def program(lib):
        fw = lib.autograd.forward_ad
        seen = []

        class F(lib.autograd.Function):
            @staticmethod
            def forward(ctx, x, y):
                ctx.save_for_forward(None, x, y)
                return x * 3

            @staticmethod
            def jvp(ctx, tx, ty):
                nothing, x, y = ctx.saved_tensors
                seen.extend([nothing, y, x is None])
                return tx * 3

        with fw.dual_level():
            x = fw.make_dual(tensor(lib, 2.0, False), tensor(lib, 5.0, False))
            return [*fw.unpack_dual(F.apply(x, None)), *seen]

    same(program)


def test_reverse_over_jvp():
    def program(lib):
        fw = lib.autograd.forward_ad
        a, b = tensor(lib, [1.0, 2.0]), tensor(lib, [3.0, 4.0])
        with fw.dual_level():
            x = fw.make_dual(a, tensor(lib, [1.0, 10.0], False))
            y, t = fw.unpack_dual(with_jvp(lib).apply(x, b))
            return [y, t, *lib.autograd.grad((y * t).sum(), [a, b])]

    same(program)


def test_nested_jvp():
    a = pyad.tensor([1.0, 2.0], dtype=pyad.float64)
    one = pyad.ones(2, dtype=pyad.float64)
    with forward_ad.dual_level():
        x = forward_ad.make_dual(a, one)
        with forward_ad.dual_level():
            xx = forward_ad.make_dual(x, one)
            y = with_jvp(pyad).apply(with_jvp(pyad).apply(xx, xx), xx)
            first = forward_ad.unpack_dual(y).tangent
        first, second = forward_ad.unpack_dual(first)
    np.testing.assert_allclose(plain(first), [3.0, 12.0])
    np.testing.assert_allclose(plain(second), [6.0, 12.0])


def test_jvp_that_is_missing_or_wrong():
    x = tensor(pyad, [1.0, 2.0])
    with forward_ad.dual_level():
        d = forward_ad.make_dual(x, pyad.ones(2, dtype=pyad.float64))
        with pytest.raises(NotImplementedError, match="jvp"):
            square(pyad).apply(d)

        class Wrong(pyad.autograd.Function):
            @staticmethod
            def forward(ctx, x, what):
                ctx.what = what
                return x * 2

            @staticmethod
            def jvp(ctx, t, _):
                return {"shape": t.sum(), "count": (t, t), "type": 3.0}[ctx.what]

        with pytest.raises(pyad.ShapeError, match="tangent of float64 \\(\\)"):
            Wrong.apply(d, "shape")
        with pytest.raises(RuntimeError, match="incorrect number"):
            Wrong.apply(d, "count")
        with pytest.raises(TypeError, match="float"):
            Wrong.apply(d, "type")


def test_dirty_input_in_forward_mode():
    class Twice(pyad.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            x.mul_(2)
            ctx.mark_dirty(x)
            return x

        @staticmethod
        def backward(ctx, g):
            return g * 2

        @staticmethod
        def jvp(ctx, t):
            return t * 2

    x = tensor(pyad, [1.0, 2.0])
    with forward_ad.dual_level():
        d = forward_ad.make_dual(x, pyad.ones(2, dtype=pyad.float64)) * 1
        out = Twice.apply(d)
        assert out is d
        primal, tangent = forward_ad.unpack_dual(d)
        assert primal.tolist() == [2.0, 4.0]
        assert tangent.tolist() == [2.0, 2.0]
        assert pyad.autograd.grad(d.sum(), x)[0].tolist() == [2.0, 2.0]
