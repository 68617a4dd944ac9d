"""pyad.utils.checkpoint: the same numbers as without, by PyTorch's and by ours, in less memory."""

from __future__ import annotations

import gc
from contextlib import contextmanager

import numpy as np
import pytest

import pyad
from pyad.utils.checkpoint import (
    CheckpointError,
    checkpoint,
    checkpoint_sequential,
    noop_context_fn,
)
from same import same, same_error, tensor


def wrapped(lib, on, **settings):
    """`checkpoint` of the library, or a plain call."""
    settings = {"use_reentrant": False, **settings}

    def call(fn, *args, **kwargs):
        if not on:
            return fn(*args, **kwargs)
        return lib.utils.checkpoint.checkpoint(fn, *args, **settings, **kwargs)

    return call


def program_of(name, on):
    return lambda lib: PROGRAMS[name](lib, wrapped(lib, on))


def several(lib, call):
    x, y = tensor(lib, [0.3, -0.7]), tensor(lib, [1.5, 0.2])
    a, (b, rest) = call(lambda p, q, *, k: ((p * q).sin() * k, [q.exp() + p, "text"]), x, y, k=3.0)
    (a.sum() * b.sum()).backward()
    return [a.detach(), b.detach(), rest, x.grad, y.grad]


def dropout(lib, call):
    lib.manual_seed(5)
    x = tensor(lib, np.linspace(-1, 1, 40))
    y = call(lambda t: lib.nn.functional.dropout(t.sin(), 0.4), x * 2)
    between = lib.rand(3)
    (y * y).sum().backward()
    return [y.detach(), x.grad, between, lib.rand(3)]


def module(lib, call):
    lib.manual_seed(1)
    nn = lib.nn
    m = nn.Sequential(nn.Linear(3, 5), nn.Dropout(0.3), nn.Tanh(), nn.Linear(5, 2)).double()
    x = tensor(lib, np.arange(6.0).reshape(2, 3) / 5, requires_grad=False)
    y = call(m, x)  # only the parameters, which are no arguments, ask for gradients
    y.square().sum().backward()
    return [y.detach(), [p.grad for p in m.parameters()]]


def captured(lib, call):
    x, w = tensor(lib, [0.3, -0.7]), tensor(lib, [2.0, 3.0])
    inner = w * x
    y = call(lambda t: t * inner + w, x * 1)
    found = lib.autograd.grad((y**2).sum(), [x, w, inner], retain_graph=True)
    (y**2).sum().backward()
    return [list(found), x.grad, w.grad]


def second_order(lib, call):
    x, w = tensor(lib, [0.3, -0.7]), tensor(lib, [2.0, 3.0])
    y = call(lambda t: (t * w).sin() * t, x * x)
    first = lib.autograd.grad(y.sum(), [x, w], create_graph=True)
    second = lib.autograd.grad(sum((g * g).sum() for g in first), [x, w], create_graph=True)
    third = lib.autograd.grad(sum(g.sum() for g in second), [x, w])
    return [[g.detach() for g in (*first, *second)], list(third)]


def nested(lib, call):
    x = tensor(lib, [0.3, -0.7])

    def inner(t):
        return call(lambda u: (u * u).sin(), t).exp()

    y = call(lambda t: inner(t) + call(inner, 2 * t), x)
    y.sum().backward()
    return [y.detach(), x.grad]


def hooks(lib, call):
    x, w = tensor(lib, [0.3, -0.7]), tensor(lib, [2.0, 3.0])
    seen = []
    h = x * 2
    h.register_hook(lambda g: seen.append(g.tolist()))
    w.register_hook(lambda g: g * 10)
    h.retain_grad()
    call(lambda t: (t * w) ** 2 + h, h).sum().backward()
    return [seen, h.grad, x.grad, w.grad]


def unused(lib, call):
    x, y = tensor(lib, [0.3]), tensor(lib, [0.7])
    a, b, c = call(lambda p, q: (p * 2, (q * 3).detach(), q), x, y)
    a.sum().backward()
    return [a.detach(), b.requires_grad, c.requires_grad, x.grad, y.grad]


def twice(lib, call):
    x = tensor(lib, [0.3, 0.9])
    y = call(lambda t: t.exp() * t, x * 1)
    y.sum().backward(retain_graph=True)
    first = x.grad.clone()
    y.sum().backward()
    return [first, x.grad]


def containers(lib, call):
    x = tensor(lib, [0.3, 0.9])
    result = call(lambda t: {"a": t * 2, "b": (t * 3, None, [t * t])}, x)
    loss = result["a"].sum() + result["b"][0].sum() + result["b"][2][0].sum()
    loss.backward()
    return [sorted(result), result["b"][1], type(result["b"]).__name__, x.grad]


PROGRAMS = {
    f.__name__: f
    for f in (
        several,
        dropout,
        module,
        captured,
        second_order,
        nested,
        hooks,
        unused,
        twice,
        containers,
    )
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_numbers(name):
    mine = same(program_of(name, True))
    theirs = same(program_of(name, False))
    assert str(mine) == str(theirs)


ROOTS = {
    "abs": lambda x: x.abs(),
    "sqrt": lambda x: x.abs().sqrt(),
    "hypot": lambda x: pyad.hypot(x, x.flip(0)),
    "norm": lambda x: x.norm(dim=1),
    "std": lambda x: x.std(dim=1),
    "cdist": lambda x: pyad.cdist(x, x.flip(1)),
    "dist": lambda x: pyad.dist(x, x.flip(1)),
}
SQUARED = {
    "product": lambda r: r * r,
    "square": lambda r: r.square(),
    "both": lambda r: (r * r).exp() * r,
    "beside": lambda r: r.sin() + r**2,
}


@pytest.mark.parametrize("squared", SQUARED)
@pytest.mark.parametrize("root", ROOTS)
def test_a_root_squared_within(root, squared):
    """Root and square are two outputs of one node: each hands out its own gradient, no more."""

    def numbers(on):
        call = wrapped(pyad, on)
        x = pyad.tensor([[0.0, 0.0], [1.5, -0.5], [2.0, 0.0]], dtype=pyad.float64)
        x.requires_grad_()
        r = ROOTS[root](x)
        y = call(SQUARED[squared], r).sum() + (r * r).sum()
        (first,) = pyad.autograd.grad(y, x, create_graph=True)
        (second,) = pyad.autograd.grad((first * first).sum(), x)
        return [first.detach().numpy(), second.numpy()]

    for mine, wanted in zip(numbers(True), numbers(False), strict=True):
        np.testing.assert_allclose(mine, wanted, rtol=1e-12)


@pytest.mark.parametrize("segments", [1, 2, 3, 5])
def test_sequences(segments):
    def program(lib):
        lib.manual_seed(2)
        nn = lib.nn
        layers = [nn.Linear(4, 4), nn.Tanh(), nn.Dropout(0.2), nn.Linear(4, 4), nn.Sigmoid()]
        m = nn.Sequential(*layers).double()
        x = tensor(lib, np.arange(8.0).reshape(2, 4) / 9)
        run = lib.utils.checkpoint.checkpoint_sequential
        y = run(m, segments, x, use_reentrant=False)
        z = run(list(layers), segments, x, use_reentrant=False, preserve_rng_state=True)
        (y.sum() + z.sum()).backward()
        return [y.detach(), x.grad, [p.grad for p in m.parameters()], lib.rand(2)]

    same(program, rtol=1e-9)
    same_error(
        lambda lib: lib.utils.checkpoint.checkpoint_sequential(
            [], 1, lib.ones(1), use_reentrant=False, other=1
        ),
        "Unexpected keyword arguments: other",
    )


def test_memory_falls():
    x = pyad.rand(1000, 50).requires_grad_()
    gc.collect()
    used, gradients = [], []

    def piece(t):
        for _ in range(20):
            t = (t * 1.01).sin()
        return t

    for call in (wrapped(pyad, False), wrapped(pyad, True)):
        before = pyad._core.live_counts()["bytes"]
        y = x
        for _ in range(4):
            y = call(piece, y)
        used.append((pyad._core.live_counts()["bytes"] - before) / x.nbytes)
        y.sum().backward()
        gradients.append(x.grad)
        x.grad = None
        del y
    assert used[0] > 70
    assert used[1] < 5
    np.testing.assert_array_equal(gradients[0].numpy(), gradients[1].numpy())


def test_arguments_are_remembered_as_they_were():
    x = pyad.tensor([1.0, 2.0], requires_grad=True)
    h = x * 1
    data = pyad.tensor([3.0, 4.0])
    y = checkpoint(lambda t, d: t**2 * d, h, data, use_reentrant=False)
    h.mul_(100)
    data.zero_()
    y.sum().backward()
    assert x.grad.tolist() == [6, 16]


def test_a_freed_graph():
    x = pyad.tensor([1.0], requires_grad=True)
    y = checkpoint(lambda t: t * t, x, use_reentrant=False)
    assert y.requires_grad
    y.backward()
    with pytest.raises(RuntimeError, match="a second time"):
        y.backward()


def test_nothing_to_differentiate():
    x = pyad.ones(2)
    assert not checkpoint(lambda t: t * 2, x, use_reentrant=False).requires_grad
    assert checkpoint(lambda: 5, use_reentrant=False) == 5
    w = x.clone().requires_grad_()
    with pyad.no_grad():
        assert not checkpoint(lambda t: t * 2, w, use_reentrant=False).requires_grad
    assert checkpoint(lambda t: t, w, use_reentrant=False) is w


def test_forward_mode_passes_through():
    fw = pyad.autograd.forward_ad
    with fw.dual_level():
        x = fw.make_dual(pyad.tensor([1.0, 2.0]), pyad.ones(2))
        y = checkpoint(lambda t: t**2, x, use_reentrant=False)
        assert fw.unpack_dual(y).tangent.tolist() == [2, 4]


@pytest.mark.parametrize("use_reentrant", [None, True, False])
def test_both_ways_of_torch_are_one(use_reentrant):
    x = pyad.tensor([1.0, 2.0], requires_grad=True)
    y = checkpoint(lambda t, k=1: t**2 * k, x, use_reentrant=use_reentrant, k=3)
    assert pyad.autograd.grad(y.sum(), x)[0].tolist() == [6, 12]


def test_contexts():
    entered = []

    @contextmanager
    def note(name):
        entered.append(name)
        yield

    def program(lib):
        entered.clear()
        x = tensor(lib, [1.0])
        y = lib.utils.checkpoint.checkpoint(
            lambda t: t.exp(),
            x,
            use_reentrant=False,
            context_fn=lambda: (note("first"), note("second")),
            debug=False,
        )
        seen = list(entered)
        y.backward()
        return [seen, list(entered)]

    same(program)
    assert len(noop_context_fn()) == 2


def test_random_numbers_may_be_new():
    pyad.manual_seed(0)
    x = pyad.ones(50).requires_grad_()
    y = checkpoint(
        lambda t: pyad.nn.functional.dropout(t, 0.5),
        x,
        use_reentrant=False,
        preserve_rng_state=False,
    )
    y.sum().backward()
    assert x.grad.tolist() != y.tolist()


def test_functions_that_change():
    x = pyad.ones(3).requires_grad_()
    calls = []

    def shape(t):
        calls.append(1)
        return t * 2 if len(calls) % 2 else (t * 2).sum()

    def count(t):
        calls.append(1)
        return [t * 2] * len(calls)

    with pytest.raises(CheckpointError, match="have different metadata"):
        checkpoint(shape, x, use_reentrant=False).sum().backward()
    calls.clear()
    with pytest.raises(CheckpointError, match="returned 1 tensors at first and 2"):
        checkpoint(count, x, use_reentrant=False)[0].sum().backward()
    assert x.grad is None


def test_errors_of_the_function():
    x = pyad.ones(3).requires_grad_()
    calls = []

    def second_fails(t):
        calls.append(1)
        if len(calls) > 1:
            raise ValueError("not again")
        return t * 2

    y = checkpoint(second_fails, x, use_reentrant=False)
    state = pyad.get_rng_state()
    with pytest.raises(ValueError, match="not again"):
        y.sum().backward()
    assert pyad.get_rng_state().tolist() == state.tolist()
    assert x.grad is None
    assert pyad.is_grad_enabled()
    same_error(
        lambda lib: lib.utils.checkpoint.checkpoint(
            lambda t: t, lib.ones(1).requires_grad_(), use_reentrant=False, determinism_check="x"
        ),
        "determinism_check should be one of ['default', 'none'], but got x",
    )


def test_cycles_are_collected():
    class Keeper:
        def run(self, t):
            return t * self.factor

    keeper = Keeper()
    keeper.factor = pyad.ones(2).requires_grad_()
    keeper.result = checkpoint(keeper.run, pyad.ones(2), use_reentrant=False)
    before = pyad._core.live_counts()["nodes"]
    del keeper
    gc.collect()
    assert pyad._core.live_counts()["nodes"] < before


def test_sequences_of_functions():
    x = pyad.ones(2).requires_grad_()
    y = checkpoint_sequential([pyad.sin, pyad.cos, pyad.exp], 2, x, use_reentrant=False)
    y.sum().backward()
    expected = -np.exp(np.cos(np.sin(1.0))) * np.sin(np.sin(1.0)) * np.cos(1.0)
    np.testing.assert_allclose(x.grad.numpy(), [expected] * 2, rtol=1e-6)


def test_calls_of_the_engine_are_checked():
    core, x = pyad._core, pyad.ones(2).requires_grad_()
    for bad in (3, [3], None, [None]):
        with pytest.raises((TypeError, RuntimeError)):
            core.keep_arguments(bad)
    kept = core.keep_arguments([x])
    for bad in ((None, [x], len), (kept, 3, len), (kept, [None], len)):
        with pytest.raises((TypeError, RuntimeError)):
            core.seal_checkpoint(*bad)
    (y,) = core.seal_checkpoint(kept, [x * 2], lambda tensors: [])
    with pytest.raises(RuntimeError, match="returned 1 tensors at first and 0"):
        y.sum().backward()
    (y,) = core.seal_checkpoint(core.keep_arguments([x]), [x * 2], 5)
    with pytest.raises(TypeError, match="not callable"):
        y.sum().backward()
    with pytest.raises(RuntimeError, match="the seed must lie in"):
        core.seed_thread(2**70)
    assert x.grad is None


def test_a_function_that_sweeps_over_itself():
    x = pyad.ones(2).requires_grad_()
    results = []

    def greedy(t):
        if results:
            results.pop().sum().backward()
        return t * 2

    results.append(checkpoint(greedy, x, use_reentrant=False))
    y = results[0].sum()
    y.backward()
    assert x.grad.tolist() == [4, 4]
    with pytest.raises(RuntimeError, match="were freed by"):
        y.backward()


@pytest.mark.parametrize("segments", [0, -1, 4, 2**33])
def test_pieces_are_at_most_as_many_as_functions(segments):
    with pytest.raises(ValueError, match="segments must be from 1 to 3"):
        checkpoint_sequential([pyad.sin] * 3, segments, pyad.ones(2), use_reentrant=False)
