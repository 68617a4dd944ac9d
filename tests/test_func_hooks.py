"""Hooks inside transforms, which belong to one, and `.backward()`, which has no place there."""

import pytest
import torch

import pyad
from pyad import func

LIBRARIES = {"pyad": (pyad, func), "torch": (torch, torch.func)}


def both(program):
    """What a program of (library, functions, log) returns and logs, here and in PyTorch."""
    seen = []
    for lib, functions in LIBRARIES.values():
        log = []
        seen.append((program(lib, functions, log), log))
    return seen


def cube(lib, log, x):
    y = x * x
    y.register_hook(lambda g: log.append(1))
    return y * x


def outer_of_inner(lib, f, log):
    return f.grad(lambda z: f.grad(lambda x: cube(lib, log, x))(z) * z)(lib.tensor(2.0)).item()


def three_levels(lib, f, log):
    one = f.grad(lambda x: cube(lib, log, x) * x)
    return f.grad(lambda z: f.grad(one)(z) * z)(lib.tensor(2.0)).item()


def outer_leaf(lib, f, log):
    x = lib.tensor(2.0, requires_grad=True)
    g = f.grad(lambda x: cube(lib, log, x))(x)
    log.append("outside")
    g.backward()
    return x.grad.item()


def hook_of_outer(lib, f, log):
    """Registered within the inner function on what is the outer one's."""

    def outer(z):
        w = z * z

        def inner(x):
            w.register_hook(lambda g: log.append("outer"))
            return x * x * w

        return f.grad(inner)(z)

    return f.grad(outer)(lib.tensor(2.0)).item()


def hook_of_outside(lib, f, log):
    x = lib.tensor(2.0, requires_grad=True)
    w = x * x

    def inner(z):
        w.register_hook(lambda g: log.append("outside"))
        return z * z * w

    f.grad(inner)(lib.tensor(3.0)).backward()
    return x.grad.item()


def hook_that_changes(lib, f, log):
    def inner(x):
        y = x * x
        y.register_hook(lambda g: 3 * g)
        return y * x

    return f.grad(lambda z: f.grad(inner)(z))(lib.tensor(2.0)).item()


def hook_on_input(lib, f, log):
    def inner(x):
        x.register_hook(lambda g: log.append("input"))
        return x * x * x

    return f.grad(f.grad(inner))(lib.tensor(2.0)).item()


def node_hooks(lib, f, log):
    def inner(x):
        y = x * x
        y.grad_fn.register_hook(lambda gi, go: log.append("after"))
        y.grad_fn.register_prehook(lambda go: log.append("before"))
        return y * x

    return f.grad(f.grad(inner))(lib.tensor(2.0)).item()


def pull_again(lib, f, log):
    _, pull = f.vjp(lambda x: cube(lib, log, x), lib.tensor(2.0))
    return [pull(lib.tensor(1.0))[0].item() for _ in range(3)]


def pull_watched(lib, f, log):
    def outer(z):
        _, pull = f.vjp(lambda x: cube(lib, log, x), z)
        return pull(z)[0]

    return f.grad(outer)(lib.tensor(2.0)).item()


def rows(lib, f, log):
    inner = f.jacrev(lambda x: cube(lib, log, x))
    return f.grad(lambda z: inner(z).sum())(lib.tensor([1.0, 2.0])).tolist()


def forward_over_reverse(lib, f, log):
    x = lib.tensor(2.0)
    return [y.item() for y in f.jvp(f.grad(lambda x: cube(lib, log, x)), (x,), (lib.tensor(1.0),))]


def sweep_within(lib, f, log):
    """A sweep that the function itself begins is its own."""

    def inner(x):
        y = cube(lib, log, x)
        (g,) = lib.autograd.grad(y, x, create_graph=True)
        return g * x

    return f.grad(inner)(lib.tensor(2.0)).item()


def batched(lib, f, log):
    inner = f.grad(lambda x: cube(lib, log, x))
    return f.vmap(f.grad(lambda z: inner(z) * z))(lib.tensor([1.0, 2.0])).tolist()


def removed(lib, f, log):
    def inner(x):
        y = x * x
        handle = y.register_hook(lambda g: log.append("never"))
        handle.remove()
        return y * x

    return f.grad(f.grad(inner))(lib.tensor(2.0)).item()


PROGRAMS = [
    outer_of_inner,
    three_levels,
    outer_leaf,
    hook_of_outer,
    hook_of_outside,
    hook_that_changes,
    hook_on_input,
    node_hooks,
    pull_again,
    pull_watched,
    rows,
    forward_over_reverse,
    sweep_within,
    batched,
    removed,
]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_hooks_are_called_by_sweeps_of_their_transform(program):
    ours, theirs = both(program)
    assert ours == theirs


def test_a_hook_after_a_write_in_place():
    log = []

    def inner(x):
        y = x.clone().mul_(2)
        y.register_hook(lambda g: log.append(1))
        return y * y

    assert func.grad(func.grad(inner))(pyad.tensor(2.0)).item() == 8.0
    assert log == [1]


def test_a_raising_function_leaves_no_transform_open():
    def bad(x):
        raise KeyError("no")

    x = pyad.tensor(2.0, requires_grad=True)
    for transform in (func.grad(bad), func.jacrev(bad), func.jacfwd(bad), func.vmap(bad)):
        with pytest.raises(KeyError):
            transform(pyad.ones(1))
    with pytest.raises(KeyError):
        func.jvp(bad, (x,), (pyad.tensor(1.0),))
    (x * x).backward()
    assert x.grad.item() == 4.0


def _squares(x):
    y = (x * x).sum()
    y.backward()
    return y


def _beside(lib):
    w = lib.ones(2, requires_grad=True)

    def f(x):
        (w * w).sum().backward()
        return (x * x).sum()

    f.w = w
    return f


TRANSFORMS = {
    "grad": lambda lib, f, g: f.grad(g)(lib.ones(2)),
    "grad_and_value": lambda lib, f, g: f.grad_and_value(g)(lib.ones(2)),
    "vjp": lambda lib, f, g: f.vjp(g, lib.ones(2)),
    "jvp": lambda lib, f, g: f.jvp(g, (lib.ones(2),), (lib.ones(2),)),
    "jacrev": lambda lib, f, g: f.jacrev(g)(lib.ones(2)),
    "jacfwd": lambda lib, f, g: f.jacfwd(g)(lib.ones(2)),
    "linearize": lambda lib, f, g: f.linearize(g, lib.ones(2)),
    "vmap": lambda lib, f, g: f.vmap(g)(lib.ones(3, 2)),
}


@pytest.mark.parametrize("name", list(TRANSFORMS))
def test_backward_inside_is_refused(name):
    for lib, functions in LIBRARIES.values():
        if lib is torch and name == "linearize":
            continue  # it traces, and says something else
        with pytest.raises(RuntimeError, match=r"backward(\(\))?:? called inside"):
            TRANSFORMS[name](lib, functions, _squares)
        f = _beside(lib)
        with pytest.raises(RuntimeError, match=r"backward(\(\))?:? called inside"):
            TRANSFORMS[name](lib, functions, f)
        assert f.w.grad is None
    with pytest.raises(RuntimeError, match="called inside a function"):
        TRANSFORMS[name](pyad, func, lambda x: pyad.autograd.backward(_beside(pyad).w.sum()) or x)


def test_backward_by_a_hook_of_a_pull_is_outside():
    w = pyad.tensor(3.0, requires_grad=True)

    def look(g):
        with pyad.enable_grad():
            (w * w).backward()

    def f(x):
        y = x * x
        y.register_hook(look)
        return y

    _, pull = func.vjp(f, pyad.tensor(2.0))
    pull(pyad.tensor(1.0))
    assert w.grad.item() == 6.0
