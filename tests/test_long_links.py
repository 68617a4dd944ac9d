"""Chains and cycles that users tie from one object to the next, by every link the engine keeps:
letting go of them and copying them takes the same stack for any length. Each in a process of its
own, which a recursion would end."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

START = """
import copy, functools, gc, sys
import numpy as np
import pyad
from pyad.utils.checkpoint import checkpoint

def leaf(kind=pyad.Tensor):
    return kind([1.0]).requires_grad_()

class Slot(pyad.Tensor):
    __slots__ = ("before",)

class ValueSlot(pyad.Value):
    __slots__ = ("before",)

class ValueAttribute(pyad.Value):
    pass

class Generator(pyad.Generator):
    pass

class Passed(pyad.autograd.Function):
    @staticmethod
    def forward(ctx, x, before):
        ctx.before = before
        return x * 2

    @staticmethod
    def backward(ctx, g):
        return g, None

class Returned(pyad.autograd.Function):
    @staticmethod
    def forward(ctx, x, before):
        ctx.save_for_backward(x)
        x.before = before
        return x * 2

    @staticmethod
    def backward(ctx, g):
        return g, None
"""

# How one more link is made: `x` becomes an object that alone knows the `x` before it.
LINKS = {
    "grad": "y = leaf(); y.grad = x; x = y",
    "grad of a parameter": "y = leaf(pyad.nn.Parameter); y.grad = x; x = y",
    "grad of a result": "y = leaf() * 2; y.retain_grad(); y.grad = x; x = y",
    "grad of a view": "y = leaf().detach()[:]; y.grad = x; x = y",
    "grad and attribute in turn": """
y = leaf(); y.grad = x
z = leaf(); z.before = y; x = z""",
    "grad whose attribute waits": """
y = leaf(); y.before = x
z = leaf(); z.grad = y; x = z""",
    "attribute": "y = leaf(); y.before = x; x = y",
    "attribute of a parameter": "y = leaf(pyad.nn.Parameter); y.before = x; x = y",
    "slot": "y = leaf(Slot); y.before = x; x = y",
    "hook": "y = leaf(); y.register_hook(x.mul); x = y",
    "hook of a parameter": "y = leaf(pyad.nn.Parameter); y.register_hook(x.mul); x = y",
    "hook of a result": "y = leaf() * 2; y.register_hook(x.mul); x = y",
    "hook that is a function": "y = leaf(); y.register_hook(lambda g, x=x: x); x = y",
    "hook that is a partial": "y = leaf(); y.register_hook(functools.partial(max, x)); x = y",
    "hook after accumulation": "y = leaf(); y.register_post_accumulate_grad_hook(x.mul); x = y",
    "hook of a node": "y = leaf() * 2; y.grad_fn.register_hook(x.mul); x = y",
    "hook before a node": "y = leaf() * 2; y.grad_fn.register_prehook(x.mul); x = y",
    "method of a node": """
y = leaf() * 2
if x.grad_fn:
    y.grad_fn.register_hook(x.grad_fn.register_hook)
x = y""",
    "metadata": "f = (leaf() * 2).grad_fn; f.metadata[0] = x; x = f",
    "context": "x = Passed.apply(leaf(), x)",
    "saved": "x = Returned.apply(leaf(), x)",
    "context without a node": """
y = pyad._core.FunctionCtx(); y.save_for_backward(x); x = y""",
    "checkpoint": "x = checkpoint(lambda z, x=x: z * 2, leaf(), use_reentrant=False)",
    "arguments of a checkpoint": "x = checkpoint(pyad.sin, x, use_reentrant=False)",
    "array": "x = pyad.from_numpy(x.detach().numpy())",
    "graph": "x = x * 2",
    "graph with its leaf's grad": "y = leaf(); y.grad = x.detach(); x = x * y",
    "attribute of a Value": "y = ValueAttribute(1.0); y.before = x; x = y",
    "slot of a Value": "y = ValueSlot(1.0); y.before = x; x = y",
    "attribute of a Generator": "y = Generator(); y.before = x; x = y",
}


# Links that the collector sees as part of a circle (others are as invisible as in PyTorch).
CIRCLES = {
    "attribute": "first.before = x",
    "attribute of a parameter": "first.before = x",
    "slot": "first.before = x",
    "hook": "first.register_hook(x.mul)",
    "hook after accumulation": "first.register_post_accumulate_grad_hook(x.mul)",
    "context without a node": "first.before = x",
}

N = 20_000
# On a stack of this size the chains above end the process if each link takes 32 bytes of it.
RUN = """
def on_a_small_stack(f):
    import threading
    threading.stack_size(2**19)
    thread = threading.Thread(target=f)
    thread.start()
    thread.join()
"""


def survives(code, *values):
    run = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", START + RUN + textwrap.dedent(code), *values],
        capture_output=True,
        text=True,
        timeout=250,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    assert "Error" not in run.stderr, run.stderr


@pytest.mark.parametrize("link", LINKS)
def test_letting_go_of_a_chain(link):
    """Everything ends at once: the engine is as empty as before."""
    survives(
        f"""
        def run():
            gc.disable()
            before = pyad._core.live_counts()
            objects = len(gc.get_objects())
            scope = {{**globals(), "x": leaf()}}
            code = compile(sys.argv[1], "link", "exec")
            for _ in range({N}):
                exec(code, scope)
            made = sum(pyad._core.live_counts().values()) - sum(before.values())
            assert made + len(gc.get_objects()) - objects >= {N}
            scope.clear()
            after = pyad._core.live_counts()
            assert before == after, (before, after)
        on_a_small_stack(run)
        """,
        LINKS[link],
    )


@pytest.mark.parametrize("link", CIRCLES)
def test_collecting_a_circle(link):
    survives(
        f"""
        def run():
            before = pyad._core.live_counts()
            scope = {{**globals(), "x": leaf()}}
            scope["first"] = scope["x"]
            code = compile(sys.argv[1], "link", "exec")
            for _ in range({N}):
                exec(code, scope)
            exec(sys.argv[2], scope)
            scope.clear()
            assert before != pyad._core.live_counts()
            gc.collect()
            after = pyad._core.live_counts()
            assert before == after, (before, after)
        on_a_small_stack(run)
        """,
        LINKS[link],
        CIRCLES[link],
    )


def test_copying_a_chain_of_gradients():
    """Each once, with their attributes, in order."""
    survives(
        f"""
        def run():
            x = first = leaf()
            for i in range({N}):
                y = leaf()
                y.grad = x
                if i % 100 == 0:
                    y.name = [i, first]
                x = y
            z = copy.deepcopy([x, first, x])
            assert z[0] is z[2]
            z, end, _ = z
            n = 0
            while z.grad is not None:
                z = z.grad
                n += 1
                if hasattr(z, "name"):
                    assert z.name[1] is end
                    assert z.name[0] % 100 == 0
            assert n == {N}
            assert z is end
        on_a_small_stack(run)
        """
    )


def test_copying_a_circle_of_gradients():
    """Of one tensor (no circle) to many; each copied whole, or from any point on."""
    survives(
        """
        for length in (1, 2, 3, 1000):
            xs = [pyad.tensor([float(i)]) for i in range(length)]
            for i, x in enumerate(xs):
                if length > 1:
                    x.grad = xs[i - 1]
                x.name = [i, xs[0]]
            ys = copy.deepcopy(xs)
            alone = copy.deepcopy(xs[-1])
            for i, y in enumerate(ys):
                assert y.item() == i
                assert y.grad is (ys[i - 1] if length > 1 else None)
                assert y.name[0] == i
                assert y.name[1] is ys[0]
            at = alone
            for i in range(length - 1):
                at = at.grad
                assert at.item() == length - 2 - i
            assert at.grad is (alone if length > 1 else None)
            assert at.name[1] is at
        """
    )


def test_a_memo_of_the_callers_making():
    survives(
        """
        x, y = leaf(), leaf()
        x.grad = y
        assert copy.deepcopy(x, {id(x): "known"}) == "known"
        assert copy.deepcopy(x, {id(y): "no tensor"}).grad is None
        z = leaf()
        assert copy.deepcopy(x, {id(y): z}).grad is z
        """
    )
