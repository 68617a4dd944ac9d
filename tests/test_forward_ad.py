"""Forward mode: levels, duals, agreement with reverse mode and with PyTorch."""

import threading

import numpy as np
import pytest
import torch

import pyad
from pyad.autograd import forward_ad as fw
from same import plain, same, same_error, tensor


def pair(lib, data, direction, requires_grad=False):
    x = tensor(lib, data, requires_grad)
    return lib.autograd.forward_ad.make_dual(x, tensor(lib, direction, False))


FUNCTIONS = {
    "chain": lambda lib, x: (x.sin() * x.exp() + x / 3).log(),
    "reductions": lambda lib, x: x.sum(0) * x.mean() + x.prod(),
    "matmul": lambda lib, x: x @ x.t() @ x,
    "views": lambda lib, x: x[1:].t().reshape(-1) * x[0, 1],
    "constants": lambda lib, x: lib.ones(2, 3, dtype=lib.float64) * 2 + 0 * x,
    "where": lambda lib, x: lib.where(x > 2, x * x, -x),
    "softmax": lambda lib, x: x.softmax(1).log_softmax(0),
    "join": lambda lib, x: lib.cat([x, x * x, lib.ones(1, 3, dtype=lib.float64)]),
    "several outputs": lambda lib, x: x.max(1).values * lib.stack(x.unbind(1)).sum(0),
    "pow": lambda lib, x: x**3 + 2**x + x**x,
    "detach": lambda lib, x: x * x.detach(),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_tangents(name):
    def program(lib):
        with lib.autograd.forward_ad.dual_level():
            x = pair(lib, [[1.0, 2.0, 3.0], [4.0, 5.0, 0.5]], [[1.0, -1.0, 0.5], [0.0, 2.0, 1.0]])
            return list(lib.autograd.forward_ad.unpack_dual(FUNCTIONS[name](lib, x)))

    same(program)


# PyTorch's own softmax refuses, its rule having overwritten what it saved.
@pytest.mark.parametrize("name", [n for n in FUNCTIONS if n != "softmax"])
def test_reverse_over_forward(name):
    def program(lib):
        x = tensor(lib, [[1.0, 2.0, 3.0], [4.0, 5.0, 0.5]])
        with lib.autograd.forward_ad.dual_level():
            t = tensor(lib, [[1.0, -1.0, 0.5], [0.0, 2.0, 1.0]], False)
            y = FUNCTIONS[name](lib, lib.autograd.forward_ad.make_dual(x, t))
            y, t = lib.autograd.forward_ad.unpack_dual(y)
            return [y, t, *lib.autograd.grad(y.sum() + (t * t).sum(), x)]

    same(program, rtol=1e-10)


@pytest.mark.parametrize("name", [n for n in FUNCTIONS if n != "detach"])
def test_forward_over_reverse_is_reverse_over_forward(name):
    data, direction = [[1.0, 2.0, 3.0], [4.0, 5.0, 0.5]], [[1.0, -1.0, 0.5], [0.0, 2.0, 1.0]]
    x = tensor(pyad, data)
    v = tensor(pyad, direction, False)
    with fw.dual_level():
        y = FUNCTIONS[name](pyad, fw.make_dual(x, v))
        (g,) = pyad.autograd.grad((y * y).sum(), x, create_graph=True)
        forward_over_reverse = fw.unpack_dual(g).tangent
    y = FUNCTIONS[name](pyad, x)
    (g,) = pyad.autograd.grad((y * y).sum(), x, create_graph=True)
    (reverse_over_reverse,) = pyad.autograd.grad((g * v).sum(), x, materialize_grads=True)
    if forward_over_reverse is None:
        assert not np.any(plain(reverse_over_reverse))
    else:
        np.testing.assert_allclose(
            plain(forward_over_reverse), plain(reverse_over_reverse), rtol=1e-10, atol=1e-12
        )


def test_nested_levels_give_higher_derivatives():
    def f(x):
        return x.sin() * x**3

    x0 = 0.7
    derivatives = [f(tensor(pyad, x0, False)).item()]

    def d(fn):
        def derivative(x):
            with fw.dual_level():
                y = fn(fw.make_dual(x, pyad.ones_like(x)))
                return fw.unpack_dual(y).tangent

        return derivative

    fn = f
    for _ in range(4):
        fn = d(fn)
        derivatives.append(fn(tensor(pyad, x0, False)).item())
    x = torch.tensor(x0, dtype=torch.float64, requires_grad=True)
    y = x.sin() * x**3
    for mine in derivatives:
        np.testing.assert_allclose(mine, y.item(), rtol=1e-12)
        (y,) = torch.autograd.grad(y, x, create_graph=True)


def test_levels_are_not_confused():
    # d/dx (x * d/dy (x + y)) is 1, not 2.
    one = pyad.tensor(1.0)
    with fw.dual_level():
        x = fw.make_dual(pyad.tensor(3.0), one)
        with fw.dual_level():
            y = fw.make_dual(pyad.tensor(5.0), one)
            inner = fw.unpack_dual(x + y).tangent
        assert fw.unpack_dual(x * inner).tangent.item() == 1.0


def test_unpacking_at_a_level():
    a, b = pyad.tensor(2.0), pyad.tensor(10.0)
    with fw.dual_level() as outer:
        x = fw.make_dual(pyad.tensor(1.0), a)
        with fw.dual_level() as inner:
            assert (outer, inner) == (0, 1)
            xx = fw.make_dual(x, b)
            assert fw.unpack_dual(xx).tangent.item() == 10.0
            assert fw.unpack_dual(xx, level=outer).tangent.item() == 2.0
            assert fw.unpack_dual(xx, level=inner).tangent.item() == 10.0
            y = fw.make_dual(pyad.tensor(1.0), a, level=outer)
            assert fw.unpack_dual(y).tangent is None
        assert fw.unpack_dual(xx).tangent.item() == 2.0
    assert fw.unpack_dual(xx).tangent is None


def test_tangents_end_with_their_level():
    with fw.dual_level():
        x = fw.make_dual(pyad.tensor(1.0), pyad.tensor(2.0))
    with fw.dual_level():
        assert fw.unpack_dual(x).tangent is None
        assert fw.unpack_dual(x * 2).tangent is None
        y = fw.make_dual(x, pyad.tensor(7.0))
        assert fw.unpack_dual(y).tangent.item() == 7.0


def test_exceptions_close_levels():
    with pytest.raises(KeyError), fw.dual_level():
        raise KeyError
    assert pyad._core.dual_levels() == 0


def test_dual_level_as_decorator():
    @fw.dual_level()
    def derivative(x):
        return fw.unpack_dual(fw.make_dual(x, pyad.ones_like(x)) ** 2).tangent

    assert derivative(pyad.tensor(3.0)).item() == 6.0


def test_unpack_without_a_tangent():
    def program(lib):
        forward = lib.autograd.forward_ad
        x = tensor(lib, [1.0], False)
        outside = forward.unpack_dual(x)
        with forward.dual_level():
            inside = forward.unpack_dual(x)
            names = type(inside)._fields
            return [outside.primal, outside.tangent, inside.primal, inside.tangent, list(names)]

    same(program)


ERRORS = {
    "no level": lambda lib, fw: fw.make_dual(lib.ones(2), lib.ones(2)),
    "exit without a level": lambda lib, fw: fw.exit_dual_level(),
    "shape": lambda lib, fw: inside(fw, lambda: fw.make_dual(lib.ones(2), lib.ones(3))),
    "integer primal": lambda lib, fw: inside(
        fw, lambda: fw.make_dual(lib.ones(2, dtype=lib.int64), lib.ones(2))
    ),
    "integer tangent": lambda lib, fw: inside(
        fw, lambda: fw.make_dual(lib.ones(2), lib.ones(2, dtype=lib.int64))
    ),
}


def inside(fw, call):
    with fw.dual_level():
        call()


@pytest.mark.parametrize("case", ERRORS)
def test_errors(case):
    same_error(lambda lib: ERRORS[case](lib, lib.autograd.forward_ad))


def test_errors_of_our_own():
    x = pyad.ones(2)
    with fw.dual_level():
        with pytest.raises(RuntimeError, match="float64"):
            fw.make_dual(x, pyad.ones(2, dtype=pyad.float64))
        d = fw.make_dual(x, x)
        with pytest.raises(RuntimeError, match="already"):
            fw.make_dual(d, x)
        with pytest.raises(RuntimeError, match="itself"):
            fw.make_dual(x, d)
        with pytest.raises(TypeError):
            fw.make_dual(x, 3.0)
        with pytest.raises(RuntimeError, match="level 5 is not open"):
            fw.unpack_dual(x, level=5)
        with fw.dual_level(), pytest.raises(RuntimeError, match="not the last"):
            fw.exit_dual_level(level=0)


def test_writes_carry_tangents():
    def program(lib):
        forward = lib.autograd.forward_ad
        with forward.dual_level():
            x = pair(lib, [1.0, 2.0, 3.0], [1.0, 10.0, 100.0])
            y = x * 2
            y.mul_(x)
            y[0] = x[2]
            y[1:].add_(1)
            z = lib.zeros(3, dtype=lib.float64)
            z[1] = x[0]
            w = x * 1
            w.zero_()
            return [
                *forward.unpack_dual(y),
                *forward.unpack_dual(z),
                *forward.unpack_dual(w * 1 + 0 * x),
            ]

    same(program)


def test_writes_through_views_of_duals():
    def program(lib):
        forward = lib.autograd.forward_ad
        with forward.dual_level():
            x = pair(lib, [[1.0, 2.0], [3.0, 4.0]], [[1.0, 10.0], [100.0, 1000.0]])
            y = x * 1
            row, column = y[0], y[:, 1]
            row.mul_(2)
            column.copy_(row * row)
            return [v for t in (y, row, column) for v in forward.unpack_dual(t)]

    same(program)


def test_memory_does_not_grow_with_ops():
    with fw.dual_level():
        x = fw.make_dual(pyad.ones(100), pyad.ones(100))
        y = x
        before = pyad._core.live_counts()
        for _ in range(100):
            y = y.sin() + x
        after = pyad._core.live_counts()
        assert after["nodes"] == before["nodes"]
        assert after["tensors"] - before["tensors"] < 10
        assert after["bytes"] - before["bytes"] < 10 * 400
        del x, y


def test_levels_belong_to_their_thread():
    seen = []
    with fw.dual_level():
        x = fw.make_dual(pyad.tensor(1.0), pyad.tensor(2.0))

        def other():
            seen.append(fw.unpack_dual(x).tangent)
            with fw.dual_level():
                seen.append(fw.unpack_dual(x).tangent)
                seen.append(fw.unpack_dual(fw.make_dual(x, pyad.tensor(5.0))).tangent.item())

        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        assert fw.unpack_dual(x).tangent.item() == 2.0
    assert seen == [None, None, 5.0]


def test_no_grad_does_not_stop_forward_mode():
    def program(lib):
        forward = lib.autograd.forward_ad
        with forward.dual_level(), lib.no_grad():
            x = pair(lib, [1.0, 2.0], [1.0, 10.0])
            return list(forward.unpack_dual(x * x))

    same(program)


@pytest.mark.parametrize("name", [n for n in FUNCTIONS if n != "detach"])
def test_saved_tangents_end_with_the_level(name):
    x = tensor(pyad, [[1.0, 2.0, 3.0], [4.0, 5.0, 0.5]])
    one = pyad.ones(2, 3, dtype=pyad.float64)
    with fw.dual_level():
        y = FUNCTIONS[name](pyad, fw.make_dual(x, one))
    (g,) = pyad.autograd.grad(y.sum(), x)
    (expected,) = pyad.autograd.grad(FUNCTIONS[name](pyad, x).sum(), x)
    np.testing.assert_array_equal(plain(g), plain(expected))


PIECES = {
    "relu": lambda lib, x: x.relu(),
    "hardtanh": lambda lib, x: lib.nn.functional.hardtanh(x),
    "leaky_relu": lambda lib, x: lib.nn.functional.leaky_relu(x),
    "softshrink": lambda lib, x: lib.nn.functional.softshrink(x),
    "abs": lambda lib, x: x.abs(),
    "clamp": lambda lib, x: x.clamp(0, 2),
    "maximum": lambda lib, x: lib.maximum(x, lib.zeros_like(x).detach()),
    "max": lambda lib, x: x.max(),
    "max along a dim": lambda lib, x: x.max(0)[0],
    "amax": lambda lib, x: x.amax(0),
    "sort": lambda lib, x: x.sort()[0],
    "quantile": lambda lib, x: x.quantile(0.4),
    "median": lambda lib, x: x.median(),
    "sum": lambda lib, x: x.sum(),
    "times a number": lambda lib, x: 3 * x,
    "norm of order 1": lambda lib, x: x.norm(1),
    "rectified squares": lambda lib, x: x.relu() ** 2,  # with a second derivative
}


@pytest.mark.parametrize("name", PIECES)
def test_second_derivatives_of_linear_pieces(name):
    """Nothing, or zeros: rule 6 of docs/derivatives.md. PyTorch, too, has one or the other."""
    function = PIECES[name]
    found = []
    for lib in (pyad, torch):
        x = lib.tensor([1.0, -2.0, 3.0, 0.5], requires_grad=True)
        ad = lib.autograd.forward_ad
        with ad.dual_level():
            tangent = ad.unpack_dual(
                function(lib, ad.make_dual(x, lib.ones_like(x).detach()))
            ).tangent
            h = None
            if tangent.requires_grad:
                try:
                    (h,) = lib.autograd.grad(tangent.sum(), x, materialize_grads=True)
                    h = (h + 0).tolist()
                except RuntimeError:  # PyTorch's norm
                    h = None
            found.append(h or [0.0] * 4)
    np.testing.assert_allclose(*found)
    point = pyad.tensor([1.0, -2.0])
    hessian = pyad.func.hessian(lambda t: function(pyad, t).sum())(point)
    assert hessian.shape == (2, 2)
    x = point.clone().requires_grad_()
    (g,) = pyad.autograd.grad(function(pyad, x).sum(), x, create_graph=True)
    if g.requires_grad:
        (again,) = pyad.autograd.grad(g.sum(), x, materialize_grads=True)
        np.testing.assert_allclose(again.numpy(), hessian.sum(0).numpy())
    else:
        assert (hessian == 0).all()
    other = pyad.autograd.functional.hessian(lambda t: function(pyad, t).sum(), point)
    np.testing.assert_allclose(other.numpy(), hessian.numpy())
