"""Inside `vmap`, Python code that the engine calls sees examples: custom functions and hooks.

Values and derivatives are compared with the same program of each example alone, without `vmap`.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

import pyad
from pyad import func

X = np.array([[0.3, -1.2, 2.0], [1.5, 0.4, -0.7]])
W = np.array([0.5, -0.3, 1.1])


def f64(a):
    return pyad.tensor(np.asarray(a, dtype="float64"))


class Cube(pyad.autograd.Function):
    """forward and setup_context apart; all rules."""

    generate_vmap_rule = True

    @staticmethod
    def forward(x):
        return x**3

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)
        ctx.save_for_forward(*inputs)

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return 3 * x * x * g

    @staticmethod
    def jvp(ctx, t):
        (x,) = ctx.saved_tensors
        return 3 * x * x * t


class Unit(pyad.autograd.Function):
    """What an example's norm enters: a batch taken for one array would be seen."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        ctx.save_for_forward(x)
        return x / x.norm()

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        y, norm = x / x.norm(), x.norm()
        return (g - y * (y * g).sum()) / norm

    jvp = backward  # its Jacobian is symmetric


class Affine(pyad.autograd.Function):
    """Several arguments, tensors on ctx, a number, a result that is no tensor."""

    @staticmethod
    def forward(ctx, x, w, scale, flag=None):
        ctx.x, ctx.w, ctx.scale = x, w, scale
        ctx.pair = [x, (w, "text")]
        return scale * (x * w).sum(), "name"

    @staticmethod
    def backward(ctx, g, _):
        assert ctx.pair[0].shape == ctx.x.shape
        assert ctx.pair[1][1] == "text"
        first = ctx.scale * g * ctx.w if ctx.needs_input_grad[0] else None
        second = ctx.scale * g * ctx.x if ctx.needs_input_grad[1] else None
        return first, second, None, None


def unit(x):
    return x / x.norm()


CASES = {
    "cube": (Cube.apply, lambda x: x**3),
    "unit": (Unit.apply, unit),
    "affine": (
        lambda x: Affine.apply(x, f64(W), 2.0)[0].exp(),
        lambda x: (2.0 * (x * f64(W)).sum()).exp(),
    ),
    "chain": (lambda x: Cube.apply(Unit.apply(x)), lambda x: unit(x) ** 3),
}
cases = pytest.mark.parametrize("name", list(CASES))


def total(f):
    return lambda x: (f(x) * f(x).cos()).sum()


def same(a, b, rtol=1e-12):
    np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=rtol, atol=1e-13)


def each(f, x):
    return pyad.stack([f(row) for row in x])


@cases
def test_values(name):
    ours, plain = CASES[name]
    same(func.vmap(ours)(f64(X)), each(plain, f64(X)))


@pytest.mark.parametrize(
    ("name", "transform"),
    [(n, t) for n in CASES for t in (func.grad, func.jacrev)]
    # Affine has no jvp: the next test has its second order.
    + [(n, func.hessian) for n in CASES if n != "affine"],
)
def test_derivatives_of_each_example(name, transform):
    ours, plain = CASES[name]
    same(func.vmap(transform(total(ours)))(f64(X)), each(transform(total(plain)), f64(X)))


@cases
def test_second_order_by_reverse_mode(name):
    ours, plain = CASES[name]

    def twice(f):
        return func.jacrev(func.jacrev(total(f)))

    same(func.vmap(twice(ours))(f64(X)), each(twice(plain), f64(X)))


@cases
def test_derivatives_of_the_batch(name):
    """Reverse mode from outside, and by a tensor that is the same for all examples."""
    ours, plain = CASES[name]

    def loss(f, mapped):
        return lambda x, w: (mapped(lambda row: f(row * w))(x).sin()).sum()

    def loop(f):
        return lambda x: each(f, x)

    x, w = f64(X), f64([1.0, 0.5, -2.0])
    for argnum in (0, 1):
        made = func.grad(loss(ours, func.vmap), argnum)(x, w)
        same(made, func.grad(loss(plain, loop), argnum)(x, w))
    x.requires_grad_()
    (g,) = pyad.autograd.grad(loss(ours, func.vmap)(x, w), x, create_graph=True)
    (gg,) = pyad.autograd.grad((g * g).sum(), x)
    (p,) = pyad.autograd.grad(loss(plain, loop)(x, w), x, create_graph=True)
    (pp,) = pyad.autograd.grad((p * p).sum(), x)
    same(g, p)
    same(gg, pp)


@pytest.mark.parametrize("name", ["cube", "unit", "chain"])
def test_forward_mode(name):
    ours, plain = CASES[name]
    x, t = f64(X), f64(np.cos(X))
    want = pyad.stack([func.jvp(plain, (a,), (b,))[1] for a, b in zip(x, t, strict=True)])
    same(func.jvp(func.vmap(ours), (x,), (t,))[1], want)
    same(func.vmap(lambda a, b: func.jvp(ours, (a,), (b,))[1])(x, t), want)
    same(func.vmap(func.jacfwd(ours))(x), each(func.jacfwd(plain), x))


@cases
def test_two_batches(name):
    ours, plain = CASES[name]
    x = f64(np.stack([X, 2 * X, X - 1]))
    want = pyad.stack([each(func.grad(total(plain)), m) for m in x])
    same(func.vmap(func.vmap(func.grad(total(ours))))(x), want)
    inner = func.vmap(func.vmap(func.grad(total(ours)), in_dims=1), in_dims=0)
    same(inner(x.transpose(1, 2).contiguous().transpose(1, 2).transpose(1, 2)), want)


def test_an_argument_that_is_the_same_for_all():
    """Its gradient is the sum over the examples, also where backward does not look at g."""

    class Constant(pyad.autograd.Function):
        @staticmethod
        def forward(ctx, x, w):
            ctx.save_for_backward(w)
            return x + w

        @staticmethod
        def backward(ctx, g):
            (w,) = ctx.saved_tensors
            return pyad.ones_like(w), pyad.ones_like(w)

    x, w = f64(X).requires_grad_(), f64(W).requires_grad_()
    func.vmap(Constant.apply, (0, None))(x, w).sum().backward()
    same(x.grad, pyad.ones_like(x))
    same(w.grad, 2 * pyad.ones_like(w))
    same(func.vmap(lambda _: Cube.apply(w))(x), each(lambda _: w**3, x))


def test_marks():
    class Marked(pyad.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.set_materialize_grads(False)
            big = x > 0
            rest = x * 2
            ctx.mark_non_differentiable(rest)
            return x * 3, big, rest

        @staticmethod
        def backward(ctx, g, none, other):
            assert none is None
            assert other is None
            return 3 * g

    x = f64(X).requires_grad_()
    y, big, rest = func.vmap(Marked.apply)(x)
    assert y.requires_grad
    assert not rest.requires_grad
    np.testing.assert_array_equal(big.numpy(), X > 0)
    y.sum().backward()
    same(x.grad, 3 * pyad.ones_like(x))


def test_rule_of_its_own():
    seen = []

    class Sorted(pyad.autograd.Function):
        @staticmethod
        def forward(ctx, x, dim):
            raise AssertionError("the rule is called instead")

        @staticmethod
        def vmap(info, in_dims, x, dim):
            seen.append((info.batch_size, info.randomness, in_dims, tuple(x.shape)))
            y, order = pyad.sort(x.movedim(in_dims[0], -1), dim)
            return (y, order), (-1, -1)

    x = f64(X)
    y, _ = func.vmap(lambda a: Sorted.apply(a, 0), in_dims=1)(x.T)
    same(y, x.sort(1)[0])
    assert seen == [(2, "error", (0, None), (2, 3))]
    (g,) = pyad.autograd.grad(
        (func.vmap(lambda a: Sorted.apply(a, 0)[0])(x.requires_grad_()) * f64(W)).sum(), x
    )
    want = np.empty_like(X)
    np.put_along_axis(want, X.argsort(1), np.broadcast_to(W, X.shape), 1)
    np.testing.assert_array_equal(g.numpy(), want)


def test_rules_that_do_not_fit():
    class Both(Cube):
        @staticmethod
        def vmap(info, in_dims, x):
            return x, 0

    class NoPair(pyad.autograd.Function):
        @staticmethod
        def vmap(info, in_dims, x):
            return x

    class Dims(pyad.autograd.Function):
        @staticmethod
        def vmap(info, in_dims, x):
            return (x, x), (0, 0, 0)

    class Writes(pyad.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.mark_dirty(x)
            return x.mul_(2)

    for cls, words in (
        (Both, "ambiguity"),
        (NoPair, "two returns"),
        (Dims, "do not fit"),
        (Writes, "mark_dirty"),
    ):
        with pytest.raises(RuntimeError, match=words):
            func.vmap(cls.apply)(f64(X))
    assert pyad._core.levels() == 0


def test_errors_leave_no_level_open():
    class Fails(Cube):
        @staticmethod
        def backward(ctx, g):
            raise KeyError("here")

        jvp = backward

    with pytest.raises(KeyError):
        func.vmap(func.grad(lambda x: Fails.apply(x).sum()))(f64(X))
    assert pyad._core.levels() == 0
    same(func.vmap(Cube.apply)(f64(X)), f64(X) ** 3)


def test_asking_for_values_says_why():
    class Numpy(pyad.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return pyad.tensor(np.sort(x.numpy()))

    with pytest.raises(RuntimeError, match="vmap"):
        func.vmap(Numpy.apply)(f64(X))


def _normed(x):
    y = x * x
    y.register_hook(lambda g: g / g.norm())
    return (y * y).sum()


def test_hooks_see_examples():
    want = each(func.grad(_normed), f64(X))
    same(func.vmap(func.grad(_normed))(f64(X)), want)
    x = f64(X).requires_grad_()
    func.vmap(_normed)(x).sum().backward()
    same(x.grad, want)
    three = f64(np.stack([X, 2 * X, X - 1]))
    nested = func.vmap(func.vmap(func.grad(_normed)))(three)
    same(nested, pyad.stack([each(func.grad(_normed), m) for m in three]))


def test_hooks_of_every_kind_of_answer():
    """A new gradient, none, one that is the same for all examples, a change in place."""
    shapes = []

    def clip(g):
        g.clamp_(-1, 1)

    def with_hook(hook):
        def f(x):
            y = x * 1.0
            y.register_hook(hook)
            return (y * y).sum()

        return f

    for hook, want in (
        (lambda g: shapes.append(tuple(g.shape)), 2 * X),
        (lambda g: -g, -2 * X),
        (lambda g: f64(W), np.broadcast_to(W, X.shape)),
        (clip, np.clip(2 * X, -1, 1)),
    ):
        got = func.vmap(func.grad(with_hook(hook)))(f64(X))
        np.testing.assert_allclose(got.numpy(), want, rtol=1e-15)
    assert shapes == [(3,)]


def test_hooks_can_be_taken_away_and_differentiated():
    calls = []

    def f(x):
        y = x * 1.0
        handle = y.register_hook(lambda g: calls.append(1))
        handle.remove()
        z = y**2
        z.register_hook(lambda g: g * g.sum())
        return z.sum()

    x = f64(X)
    same(func.vmap(func.grad(f))(x), 3 * 2 * x)
    assert not calls

    def h(x):
        y = x**2
        y.register_hook(lambda g: g * g.norm())
        return (y * y).sum()

    def twice(f):
        return func.jacrev(func.grad(f))

    same(func.vmap(twice(h))(x), each(twice(h), x))


def test_what_an_example_has_not():
    for name, call in (
        ("retain_grad", lambda y: y.retain_grad()),
        (
            "register_post_accumulate_grad_hook",
            lambda y: y.register_post_accumulate_grad_hook(lambda t: None),
        ),
    ):
        with pytest.raises(RuntimeError, match=f"{name}: inside vmap"):
            func.vmap(lambda x, call=call: call(x * 2))(f64(X).requires_grad_())


def test_checkpoints():
    from pyad.utils.checkpoint import checkpoint

    def block(x):
        return (x.sin() * x.norm()).sum()

    want = each(func.grad(block), f64(X))
    for reentrant in (True, False):

        def f(x, reentrant=reentrant):
            return checkpoint(block, x, use_reentrant=reentrant)

        same(func.vmap(func.grad(f))(f64(X)), want)
        x = f64(X).requires_grad_()
        func.vmap(f)(x).sum().backward()
        same(x.grad, want)


def test_once_differentiable():
    class Once(pyad.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x.exp()

        @staticmethod
        @pyad.autograd.function.once_differentiable
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return g * x.exp()

    x = f64(X)
    same(func.vmap(func.grad(lambda a: Once.apply(a).sum()))(x), x.exp())
    with pytest.raises(RuntimeError, match="once_differentiable"):
        func.vmap(func.jacrev(func.grad(lambda a: Once.apply(a).sum())))(x)
    assert math.isfinite(float(x.sum()))
