"""Programs of nested transforms, each run here and in PyTorch."""

# ruff: noqa: E731

import threading

import numpy as np
import pytest
import torch

import pyad
from pyad import func

PROGRAMS = []


def program(f):
    """A function of a library and its transforms; `.__name__` is the test's."""
    PROGRAMS.append(f)
    return f


def numbers(lib, *shape):
    n = int(np.prod(shape))
    return lib.tensor(np.sin(np.arange(n) * 1.7 + 0.3).reshape(shape))


@program
def inplace_clone(lib, fn):
    return fn.vmap(fn.grad(lambda x: x.clone().mul_(x).sin_().sum()))(numbers(lib, 3, 2))


@program
def inplace_arg_visible(lib, fn):
    x = numbers(lib, 3)
    y = fn.vmap(lambda a: a.add_(1))(x)
    return x, y


@program
def inplace_view(lib, fn):
    def f(x):
        y = x * 1
        y[0] = y[1] * 2
        y[1:].mul_(3)
        return (y * y).sum()

    return (
        fn.vmap(fn.grad(f))(numbers(lib, 4, 3)),
        fn.hessian(f)(numbers(lib, 3)),
        fn.jacfwd(fn.grad(f))(numbers(lib, 3)),
    )


@program
def setitem_index(lib, fn):
    def f(x, i):
        y = lib.zeros_like(x)
        y[i] = x[i] * 2
        return y

    return fn.vmap(f)(numbers(lib, 3, 4), lib.tensor([0, 2, 1]))


@program
def index_grad(lib, fn):
    t = numbers(lib, 5, 2)
    return fn.grad(lambda t: fn.vmap(lambda i: t[i].sum() ** 2)(lib.tensor([0, 4, 0])).sum())(t)


@program
def nest3(lib, fn):
    f = lambda x, y, z: (x * y.sin() * z.exp()).sum()
    return fn.vmap(fn.vmap(fn.vmap(f, (None, 0, None)), (0, None, None)), (None, None, 0))(
        numbers(lib, 3, 2), numbers(lib, 4, 2), numbers(lib, 5, 2)
    )


@program
def nest_out_dims(lib, fn):
    return fn.vmap(fn.vmap(lambda x: (x, x.sum()), out_dims=(1, 0)), in_dims=2, out_dims=(-1, 1))(
        numbers(lib, 3, 2, 4)
    )


@program
def jvp_vmap_grad(lib, fn):
    g = fn.vmap(fn.grad(lambda x: (x**3).sum()))
    return fn.jvp(g, (numbers(lib, 3, 2),), (numbers(lib, 3, 2).cos(),))


@program
def vmap_jvp_mixed(lib, fn):
    return fn.vmap(lambda x, t: fn.jvp(lambda y: y.sin() * x, (x,), (t,)), (0, None))(
        numbers(lib, 3, 2), numbers(lib, 2)
    )


@program
def perturbation(lib, fn):
    return fn.grad(lambda x: x * fn.grad(lambda y: x * y)(lib.tensor(2.0)))(lib.tensor(3.0))


@program
def perturbation_jvp(lib, fn):
    d = lambda f, x: fn.jvp(f, (x,), (lib.ones_like(x),))[1]
    return d(lambda x: x * d(lambda y: x + y, lib.tensor(1.0)), lib.tensor(2.0))


@program
def hess_compositions(lib, fn):
    f = lambda x: (x.sin() * x.prod()).sum()
    x = numbers(lib, 3)
    return [a(b(f))(x) for a in (fn.jacrev, fn.jacfwd) for b in (fn.jacrev, fn.jacfwd)]


@program
def vmap_hess(lib, fn):
    return fn.vmap(fn.hessian(lambda x: (x**3).sum() * x[0]))(numbers(lib, 4, 2))


@program
def vmap_pull(lib, fn):
    _, pull = fn.vjp(lambda x: x.sin() * x.sum(), numbers(lib, 3))
    return fn.vmap(pull)(lib.eye(3).double())


@program
def pull_twice_nest(lib, fn):
    def f(x):
        _, pull = fn.vjp(lambda z: z**3, x)
        return (pull(x)[0] * pull(x * 2)[0]).sum()

    return fn.grad(f)(numbers(lib, 3)), fn.hessian(f)(numbers(lib, 3))


@program
def custom_jvp(lib, fn):
    class S(lib.autograd.Function):
        @staticmethod
        def forward(x):
            return x * x

        @staticmethod
        def setup_context(ctx, i, o):
            ctx.save_for_backward(i[0])
            ctx.save_for_forward(i[0])

        @staticmethod
        def backward(ctx, g):
            return 2 * ctx.saved_tensors[0] * g

        @staticmethod
        def jvp(ctx, t):
            return 2 * ctx.saved_tensors[0] * t

        @staticmethod
        def vmap(info, in_dims, x):
            return S.apply(x), in_dims[0]

    x = numbers(lib, 3)
    return (
        fn.jvp(S.apply, (x,), (x.cos(),)),
        fn.vmap(fn.grad(lambda x: S.apply(x)))(x),
        fn.jacfwd(S.apply)(x),
        fn.jacrev(S.apply)(x),
    )


@program
def dicts(lib, fn):
    d = {"w": numbers(lib, 2, 3), "b": numbers(lib, 2)}
    f = lambda p, x: {"y": (p["w"] @ x + p["b"]).tanh(), "n": [p["b"].sum()]}
    j = fn.jacrev(f)(d, numbers(lib, 3))
    k = fn.jacfwd(f)(d, numbers(lib, 3))
    return j, k


@program
def argnums_multi(lib, fn):
    return fn.grad(lambda a, b, c: (a * b * c).sum(), argnums=(2, 0))(
        numbers(lib, 2), numbers(lib, 2).cos(), numbers(lib, 2).exp()
    ), fn.hessian(lambda a, b: (a * b).sum() ** 2, argnums=(0, 1))(
        numbers(lib, 2), numbers(lib, 2).cos()
    )


@program
def captured_leaf(lib, fn):
    w = numbers(lib, 3).requires_grad_()
    x = numbers(lib, 3)
    g = fn.grad(lambda x: (x * x * w).sum())(x)
    g.sum().backward()
    return g.detach(), w.grad


@program
def captured_is_arg(lib, fn):
    x = numbers(lib, 3).requires_grad_()
    g = fn.grad(lambda y: (x * y).sum())(x)
    return g.detach(), lib.autograd.grad(g.sum(), x)


@program
def ag_grad_in_grad(lib, fn):
    return fn.grad(lambda x: lib.autograd.grad((x**3).sum(), x, create_graph=True)[0].sum())(
        numbers(lib, 3)
    )


@program
def ag_grad_vmap(lib, fn):
    def f(x):
        return lib.autograd.grad((x**3).sum(), x)[0]

    return fn.vmap(
        lambda x: fn.grad(
            lambda y: (lib.autograd.grad((y**3).sum(), y, create_graph=True)[0] * y).sum()
        )(x)
    )(numbers(lib, 3, 2))


@program
def return_captured(lib, fn):
    c = numbers(lib, 2)
    return (
        fn.jacrev(lambda x: c)(numbers(lib, 3)),
        fn.vmap(lambda x: c)(numbers(lib, 3)),
        fn.vmap(lambda x: c, out_dims=None)(numbers(lib, 3)),
    )


@program
def empty_batch(lib, fn):
    return (
        fn.vmap(lambda x: x.sin().sum())(lib.zeros(0, 3)),
        fn.vmap(fn.grad(lambda x: x.sum()))(lib.zeros(0, 3)),
        fn.vmap(fn.jacrev(lambda x: x * x))(lib.zeros(0, 3)),
    )


@program
def hook_jac(lib, fn):
    def f(x):
        y = x * x
        y.register_hook(lambda g: g * 2)
        return y

    return (
        fn.jacrev(f)(numbers(lib, 3)),
        fn.jacrev(fn.jacrev(f))(numbers(lib, 2)),
        fn.jacfwd(fn.jacrev(f))(numbers(lib, 2)),
    )


@program
def result_flags(lib, fn):
    x = numbers(lib, 2).requires_grad_()
    return [
        fn.grad(lambda x: (x * x).sum())(x).requires_grad,
        fn.grad(lambda x: (x * x).sum())(x.detach()).requires_grad,
        fn.vmap(lambda x: x * x)(x).requires_grad,
        fn.jvp(lambda x: x * x, (x,), (x,))[1].requires_grad,
        fn.jvp(lambda x: x * x, (x.detach(),), (x,))[1].requires_grad,
    ]


@program
def retain_in(lib, fn):
    def f(x):
        y = x * x
        z = fn.grad(lambda w: (w * y).sum())(x)
        return (z * y).sum()

    return fn.grad(f)(numbers(lib, 3)), fn.vmap(fn.grad(f))(numbers(lib, 2, 3))


@program
def deep_mixed(lib, fn):
    f = lambda x: x.sin()
    for k in range(6):
        f = (
            fn.grad(f)
            if k % 2
            else (lambda g: lambda x: fn.jvp(g, (x,), (lib.ones_like(x),))[1])(f)
        )
    return f(numbers(lib)), fn.vmap(f)(numbers(lib, 3))


@program
def hook_inside_vmap_uses_example(lib, fn):
    def f(x):
        y = x * x
        y.register_hook(lambda g: g * x.sum())
        return y.sum()

    return fn.vmap(fn.grad(f))(numbers(lib, 3, 2))


@program
def hook_inside_grad_vmap_outer(lib, fn):
    log = []

    def f(x):
        y = x * x
        y.register_hook(lambda g: (log.append(tuple(g.shape)), None)[1])
        return y.sum()

    r = fn.vmap(fn.grad(lambda x: fn.grad(f)(x).sum()))(numbers(lib, 3, 2))
    return r, log


@program
def hook_jacfwd_over(lib, fn):
    log = []

    def f(x):
        y = x * x
        y.register_hook(lambda g: (log.append(1), None)[1])
        return (y * x).sum()

    r = fn.jacfwd(fn.grad(f))(numbers(lib, 3))
    s = fn.jacrev(fn.grad(f))(numbers(lib, 3))
    t = fn.hessian(f)(numbers(lib, 3))
    return r, s, t, log


@program
def threads(lib, fn):
    out = [None] * 4

    def run(i):
        out[i] = fn.vmap(fn.grad(lambda x: (x ** (i + 1)).sum()))(numbers(lib, 3, 2))

    ts = [threading.Thread(target=run, args=(i,)) for i in range(4)]
    [t.start() for t in ts]
    [t.join() for t in ts]
    return out


@program
def grad_in_hook(lib, fn):
    def f(x):
        y = x * x
        y.register_hook(lambda g: g * fn.grad(lambda a: (a * a).sum())(g))
        return y.sum()

    return fn.grad(f)(numbers(lib, 3))


@program
def optim_in_vmap(lib, fn):
    def fit(x):
        w = lib.zeros_like(x)
        for _ in range(5):
            w = w - 0.1 * fn.grad(lambda w: ((w - x) ** 2).sum())(w)
        return w

    return (
        fn.vmap(fit)(numbers(lib, 3, 2)),
        fn.jacrev(fit)(numbers(lib, 2)),
        fn.jacfwd(fit)(numbers(lib, 2)),
    )


@program
def inplace_optim_in_vmap(lib, fn):
    def fit(x):
        w = lib.zeros_like(x)
        for _ in range(5):
            w.sub_(fn.grad(lambda w: ((w - x) ** 2).sum())(w), alpha=0.1)
        return w

    return fn.vmap(fit)(numbers(lib, 3, 2)), fn.jacrev(fit)(numbers(lib, 2))


@program
def ntk(lib, fn):
    f = lambda w, x: (w @ x).tanh()

    def k(x, y):
        _, pull = fn.vjp(lambda w: f(w, x), numbers(lib, 2, 3))

        def row(v):
            return fn.jvp(lambda w: f(w, y), (numbers(lib, 2, 3),), (pull(v)[0],))[1]

        return fn.vmap(row)(lib.eye(2).double())

    xs = numbers(lib, 4, 3)
    return fn.vmap(fn.vmap(k, (None, 0)), (0, None))(xs, xs)


@program
def hvp_styles(lib, fn):
    f = lambda x: (x.sin() * x.prod()).sum()
    x = numbers(lib, 3)
    v = x.cos()
    return (
        fn.jvp(fn.grad(f), (x,), (v,))[1],
        fn.grad(lambda x: (fn.grad(f)(x) * v).sum())(x),
        fn.vjp(fn.grad(f), x)[1](v)[0],
        fn.grad(lambda x: fn.jvp(f, (x,), (v,))[1])(x),
    )


@program
def multi_in_dims(lib, fn):
    return fn.vmap(
        lambda a, d: a["x"] * d[0] + a["y"][1] * d[1], in_dims=({"x": 0, "y": [None, 1]}, (1, None))
    )(
        {"x": numbers(lib, 3, 2), "y": [numbers(lib, 1), numbers(lib, 2, 3)]},
        (numbers(lib, 2, 3), numbers(lib, 2)),
    )


@program
def zero_d_ops(lib, fn):
    return (
        fn.vmap(lambda x: x.sum(0))(numbers(lib, 3)),
        fn.vmap(lambda x: x.softmax(0))(numbers(lib, 3)),
        fn.vmap(lambda x: x.cumsum(0))(numbers(lib, 3)),
        fn.vmap(lambda x: x.max(0))(numbers(lib, 3)),
        fn.vmap(lambda x: x.sort(0))(numbers(lib, 3)),
        fn.vmap(lambda x: x.flip(()))(numbers(lib, 3)),
        fn.vmap(lambda x: x.unsqueeze(0))(numbers(lib, 3)),
        fn.vmap(lambda x: x.expand(4))(numbers(lib, 3)),
        fn.vmap(lambda x: x.repeat(2))(numbers(lib, 3)),
        fn.vmap(lambda x: x.argmax())(numbers(lib, 3)),
        fn.vmap(lambda x: x.norm())(numbers(lib, 3)),
        fn.vmap(lambda x: x.flatten())(numbers(lib, 3)),
        fn.vmap(lambda x: x.T)(numbers(lib, 3)),
    )


def plain(x):
    """Results as arrays and their dtypes."""
    if isinstance(x, pyad.Tensor | torch.Tensor):
        return x.detach().numpy(), str(x.dtype).rsplit(".", 1)[-1]
    if isinstance(x, dict):
        return {k: plain(v) for k, v in x.items()}
    return [plain(v) for v in x] if isinstance(x, tuple | list) else x


def same(a, b):
    if isinstance(a, tuple):
        assert a[1] == b[1]
        assert a[0].shape == b[0].shape
        np.testing.assert_allclose(a[0], b[0], rtol=1e-9, atol=1e-12)
    elif isinstance(a, dict):
        assert list(a) == list(b)
        for k in a:
            same(a[k], b[k])
    elif isinstance(a, list):
        assert len(a) == len(b)
        for x, y in zip(a, b, strict=True):
            same(x, y)
    else:
        assert a == b


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
@pytest.mark.filterwarnings("ignore")
def test_as_in_pytorch(f):
    same(plain(f(pyad, func)), plain(f(torch, torch.func)))
