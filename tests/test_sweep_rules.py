"""What a backward sweep promises beside its numbers: what is checked before anything runs, what is
handed out, whom memory belongs to, and that it can be interrupted.
"""

from __future__ import annotations

import ctypes
import signal
import warnings

import numpy as np
import pytest

import pyad
from pyad.autograd import forward_ad
from same import same


def leaf(values=(1.0, 2.0, 3.0)):
    return pyad.tensor(values, dtype=pyad.float64, requires_grad=True)


# ---- gradients have the dtype of floating numbers


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int32", "int64"])
def test_gradients_of_whole_numbers_are_refused(dtype):
    whole = pyad.ones(3, dtype=getattr(pyad, dtype))

    class Rule(pyad.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return whole

    for start in (
        lambda x: (x * 2).backward(whole),
        lambda x: x.backward(whole),
        lambda x: pyad.autograd.grad(x * 2, x, whole),
        lambda x: pyad.autograd.backward([x * 2, x * 3], [pyad.ones(3), whole]),
        lambda x: Rule.apply(x).sum().backward(),
    ):
        x = leaf()
        with pytest.raises(TypeError, match=f"dtype {dtype}"):
            start(x)
        assert x.grad is None


# ---- checked before anything runs


def test_inputs_out_of_reach_are_named_before_a_hook_runs():
    ran = []

    def watched():
        x, other = leaf(), leaf()
        y = x * 2
        for t in (x, y):
            t.register_hook(lambda g: ran.append("hook"))
        y.grad_fn.register_hook(lambda *_: ran.append("node"))
        y.grad_fn.register_prehook(lambda *_: ran.append("before"))
        return x, y, other

    x, y, other = watched()
    for unused in (other, (other * 2), leaf()):
        for inputs in ([unused], [x, unused], [unused, x], [y, unused]):
            with pytest.raises(RuntimeError, match="not have been used"):
                pyad.autograd.grad(y.sum(), inputs)
    assert ran == []
    assert pyad.autograd.grad(y.sum(), [x, other], allow_unused=True)[1] is None
    assert ran


def test_gradients_that_nobody_asked_for_are_not_kept():
    """While a sweep towards x runs, the gradients of other inputs do not fill the memory."""
    n = 50_000
    x, w = leaf(1.0), [pyad.ones(n, requires_grad=True) for _ in range(8)]
    seen = []
    y = x.to(pyad.float32) * 1
    y.register_hook(lambda g: seen.append(pyad._core.live_counts()["bytes"]))
    before = pyad._core.live_counts()["bytes"]
    z = y + 0
    for k in w:
        z = (z * k.sin().sin() * 1e-4).mean()
    kept = pyad._core.live_counts()["bytes"] - before
    pyad.autograd.grad(z, x, retain_graph=True)
    assert seen[0] - before <= kept + 3 * 4 * n
    del z


# ---- whose memory a gradient is


def given_by_a_hook(x, mine):
    x.register_hook(lambda g: mine)
    x.sum().backward()


def given_by_a_hook_of_a_result(x, mine):
    y = x + 0
    y.register_hook(lambda g: mine)
    y.sum().backward()


def given_by_a_node_hook(x, mine):
    y = x.neg()
    y.grad_fn.register_hook(lambda gs, _: (mine,))
    y.sum().backward()


def given_by_a_node_hook_before(x, mine):
    y = x + 0
    y.grad_fn.register_prehook(lambda gs: (mine,))
    y.sum().backward()


def given_as_the_start(x, mine):
    x.backward(mine)


def given_through_a_node(x, mine):
    (x + 0).backward(mine)


def given_by_a_function(x, mine):
    class Rule(pyad.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1

        @staticmethod
        def backward(ctx, g):
            return mine

    Rule.apply(x).sum().backward()


def given_as_inputs_of_backward(x, mine):
    pyad.autograd.backward(x + 0, mine, inputs=[x])


GIVEN = [f for name, f in sorted(globals().items()) if name.startswith("given_")]


@pytest.mark.parametrize("give", GIVEN)
def test_a_gradient_that_somebody_holds_does_not_become_grad(give):
    x, mine = leaf(), pyad.tensor([5.0, 6.0, 7.0], dtype=pyad.float64)
    give(x, mine)
    assert x.grad.tolist() == [5.0, 6.0, 7.0]
    assert x.grad is not mine
    x.grad.mul_(10)
    assert mine.tolist() == [5.0, 6.0, 7.0]
    mine.zero_()
    assert x.grad.tolist() == [50.0, 60.0, 70.0]


def test_gradients_that_hooks_saw_stay_as_they_saw_them():
    x, seen = leaf(), []
    for t in (x, y := x * 1):
        t.register_hook(seen.append)
    y.grad_fn.register_prehook(lambda gs: seen.append(gs[0]))
    y.grad_fn.register_hook(lambda gs, outs: seen.extend([gs[0], outs[0]]))
    x.register_post_accumulate_grad_hook(lambda t: seen.append(t.grad.clone()))
    y.retain_grad()
    (y * y).sum().backward()
    for g in (x.grad, y.grad):
        g.mul_(10)
    assert len(seen) == 6
    assert all(g.tolist() == [2.0, 4.0, 6.0] for g in seen)
    for g in seen:
        g.fill_(7.0)
    assert x.grad.tolist() == y.grad.tolist() == [20.0, 40.0, 60.0]


def test_two_leaves_never_share_a_gradient():
    """Ops whose rule hands one array to several inputs."""
    for op in (
        lambda a, b: a + b,
        lambda a, b: a + b + a,
        lambda a, b: pyad.stack([a, b]).sum(0),
        lambda a, b: pyad.lerp(a, b, 0.5),
        lambda a, b: pyad.broadcast_tensors(a, b)[0] + b,
        lambda a, b: pyad.cat([a, b]),
        lambda a, b: pyad.addcmul(a, b, pyad.ones(3, dtype=pyad.float64)),
    ):
        a, b = leaf(), leaf()
        op(a, b).sum().backward()
        before = b.grad.tolist()
        a.grad.fill_(100.0)
        assert b.grad.tolist() == before


SMALL_PARTS = {
    "cat": lambda x, big: pyad.cat([x, big]),
    "cat last": lambda x, big: pyad.cat([big, x]),
    "stack": lambda x, big: pyad.stack([x, *big.view(-1, 3)[:4000]]),
    "hstack": lambda x, big: pyad.hstack([x, big]),
    "pad": lambda x, big: pyad.nn.functional.pad(x, (0, 100_000)),
    "pad in front": lambda x, big: pyad.nn.functional.pad(x, (100_000, 0)),
    "repeat": lambda x, big: x.repeat(30_000),
    "expand": lambda x, big: x.expand(30_000, 3),
    "outer": lambda x, big: pyad.outer(x, big),
    "assignment": lambda x, big: assigned(x, big),
    "scatter": lambda x, big: big.scatter(0, pyad.arange(3), x),
    "where": lambda x, big: pyad.where(big.view(-1, 3) > 2, x, big.view(-1, 3)),
}


def assigned(x, big):
    y = big * 1
    y[5:8] = x
    return y


@pytest.mark.parametrize("name", SMALL_PARTS)
def test_a_small_gradient_does_not_keep_a_large_array(name):
    x, big = leaf(), pyad.ones(99_999, dtype=pyad.float64)
    y = SMALL_PARTS[name](x, big).sum()
    y.backward()
    del y
    before = pyad._core.live_counts()["bytes"]
    held, x.grad = x.grad, None
    del held
    assert before - pyad._core.live_counts()["bytes"] <= 256


# ---- accumulation


def test_accumulation_with_create_graph_makes_a_new_gradient():
    def program(lib):
        x = lib.tensor([1.0, 2.0, 3.0], dtype=lib.float64, requires_grad=True)
        (x**3).sum().backward(create_graph=True)
        first = x.grad
        (x**3 + x**2).sum().backward(create_graph=True)
        second = x.grad
        x.grad = None
        return [
            first,
            second,
            *(lib.autograd.grad(g.sum(), x, retain_graph=True)[0] for g in (first, second)),
        ]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch warns of the cycle
        same(program)


# ---- what a level leaves behind


class Mallinfo2(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in "abcdefghij"]


def bytes_in_use():
    """What the C library has handed out: `uordblks` and `hblkhd` of mallinfo2."""
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "mallinfo2"):
        pytest.skip("glibc before 2.33, or another C library")
    libc.mallinfo2.restype = Mallinfo2
    info = libc.mallinfo2()
    return info.h + info.e


def forward_over_reverse():
    with forward_ad.dual_level():
        x = leaf()
        y = forward_ad.make_dual(x, pyad.ones(3, dtype=pyad.float64)).sin().exp()
        pyad.autograd.grad(y.sum(), x)
    with forward_ad.dual_level():  # the graph outlives its level
        z = forward_ad.make_dual(leaf(), pyad.ones(3, dtype=pyad.float64)).sin().exp()
    del y
    z.sum().backward()


def hooks_and_handles():
    x = leaf()
    y = x * 2
    for t in (x, y):
        t.register_hook(lambda g: g)
    y.retain_grad()
    y.grad_fn.register_hook(lambda *_: None)
    y.sum().backward()


def sweeps_that_fail():
    x = leaf()
    y = (x * 2).sum()
    y.backward()
    with pytest.raises(RuntimeError):
        (y * y).backward(pyad.ones(2))
    with pytest.raises(RuntimeError):
        pyad.autograd.grad(y, leaf())


@pytest.mark.parametrize("work", [forward_over_reverse, hooks_and_handles, sweeps_that_fail])
def test_nothing_is_left_in_the_engine(work):
    rounds = 600
    for _ in range(rounds):
        work()
    before = bytes_in_use()
    for _ in range(rounds):
        work()
    assert bytes_in_use() - before < 8 * rounds  # less than a pointer each


# ---- interrupts


def in_the_walk(y):
    """The alarm is set before the sweep: it rings while reachable nodes are collected."""
    signal.setitimer(signal.ITIMER_REAL, 0.001)


def in_the_run(y):
    """The alarm is set by the first hook: it rings between small nodes."""

    def ring(g):
        signal.setitimer(signal.ITIMER_REAL, 0.001)

    y.register_hook(ring)


@pytest.mark.parametrize("set_alarm", [in_the_walk, in_the_run])
def test_a_sweep_can_be_interrupted(set_alarm):
    """Of small nodes, between which the interpreter never runs. What the engine itself writes shows
    how far it came, since at a hook the interpreter would look, too."""
    x = leaf(1.0)
    y = x
    for _ in range(200_000):
        y = y * 1.0 + 0.0
    if set_alarm is in_the_walk:
        y.retain_grad()

    class StopError(Exception):
        """Not KeyboardInterrupt, which would end the whole session where a test fails."""

    def stop(number, frame):
        raise StopError

    old = signal.signal(signal.SIGALRM, stop)
    try:
        with pytest.raises(StopError):
            start_with_alarm(y, set_alarm)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)
    assert x.grad is None
    assert not y.retains_grad or y.grad is None
    z = x * 3.0  # the engine goes on
    z.backward()
    assert np.isclose(x.grad.item(), 3.0)


def start_with_alarm(y, set_alarm):
    set_alarm(y)
    y.backward(retain_graph=True)
