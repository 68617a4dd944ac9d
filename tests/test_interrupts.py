"""Ctrl-C during one long call: the exception comes soon, and nothing half-written stays.

Each case runs in a process of its own, where a timer of processor time (which a busy machine does
not disturb) raises the signal in the midst of a call that takes much longer than it may be late.
"""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

START = """
import gc, signal, sys, time
import pyad
import pyad.nn.functional as F

AFTER = 0.3  # seconds of processor time
LATE = 1.0  # how late a thread may be

def interrupt(signum, frame):
    raise KeyboardInterrupt

signal.signal(signal.SIGPROF, interrupt)

def interrupted(f):
    "How long after the signal the exception came, in processor time of one thread."
    gc.collect()
    before = pyad._core.live_counts()
    start = time.process_time()
    signal.setitimer(signal.ITIMER_PROF, AFTER)
    try:
        f()
    except KeyboardInterrupt:
        late = time.process_time() - start - AFTER
    else:
        raise AssertionError(f"not interrupted: ended after {time.process_time() - start} s")
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    f = None
    gc.collect()
    after = pyad._core.live_counts()
    assert before == after, (before, after)
    assert (pyad.ones(3) + 1).tolist() == [2.0] * 3
    return late / pyad.get_num_threads()

zero = pyad.zeros(1)
"""

# What is prepared, and the call: longer than AFTER and LATE together, on two fast threads.
CALLS = {
    "matmul": ("x = pyad.zeros(16000, 12000)", "x @ x.T"),
    "matmul of float64": ("x = pyad.zeros(10000, 10000, dtype=pyad.float64)", "x @ x"),
    "matmul of a transpose": ("x = pyad.zeros(12000, 16000)", "x.T @ x"),
    "matmul of an expanded": ("x = zero.expand(9000, 9000)", "x @ x"),
    "many products": ("x = pyad.zeros(700, 700).expand(3000, 700, 700)", "x @ x"),
    "integer matmul": ("x = pyad.zeros(4000, 4000, dtype=pyad.int64)", "x @ x"),
    "integer matmul of a row": (
        "x = pyad.zeros(1, 1, dtype=pyad.int64)",
        "x.expand(1, 10**5) @ x.expand(10**5, 10**5)",
    ),
    "einsum": ("x = pyad.zeros(300, 40, 300)", "pyad.einsum('abc,cde->abde', x, x[:, :20])"),
    "linear": ("x = pyad.zeros(60000, 4000)", "F.linear(x, x[:4000])"),
    "sort": ("x = pyad.rand(4 * 10**7)", "x.sort()"),
    "sort of float64": ("x = pyad.rand(3 * 10**7, dtype=pyad.float64)", "x.sort(descending=True)"),
    "sort of rows": ("x = pyad.rand(160, 10**6)", "x.sort(dim=1)"),
    "median": ("x = pyad.rand(2 * 10**8)", "[x.median() for _ in range(20)]"),
    "topk of few": ("x = zero.expand(10**9)", "[x.topk(3) for _ in range(20)]"),
    "topk of some": ("x = pyad.rand(2 * 10**8)", "[x.topk(1000) for _ in range(20)]"),
    "unique": ("x = pyad.randint(0, 10**7, (3 * 10**7,))", "x.unique(return_inverse=True)"),
    "cumsum": ("x = zero.expand(10**9)", "x.cumsum(0)"),
    "cumprod along rows": ("x = zero.expand(100, 10**7)", "x.cumprod(1)"),
    "logcumsumexp": ("x = pyad.zeros(10**8)", "x.logcumsumexp(0)"),
    "cummax": ("x = zero.expand(5 * 10**8)", "x.cummax(0)"),
    "cdist": ("x = pyad.zeros(4000, 100)", "pyad.cdist(x, x, p=1.5)"),
    "conv2d": (
        "x = pyad.zeros(16, 128, 256, 256); w = pyad.zeros(256, 128, 5, 5)",
        "F.conv2d(x, w)",
    ),
    "conv1d of one image": (
        "x = pyad.zeros(1, 64, 10**6); w = pyad.zeros(128, 64, 31)",
        "F.conv1d(x, w)",
    ),
    "conv_transpose2d": (
        "x = pyad.zeros(16, 256, 128, 128); w = pyad.zeros(256, 128, 5, 5)",
        "F.conv_transpose2d(x, w, stride=2)",
    ),
    "gradients of conv2d": (
        "x = pyad.zeros(16, 64, 256, 256).requires_grad_(); w = pyad.zeros(64, 64, 1, 1)\n"
        "g = pyad.zeros(16, 64, 256, 256)\n"
        "w.requires_grad_(); y = F.conv2d(x, w)",
        "[pyad.autograd.grad(y, w, g, retain_graph=True) for _ in range(100)]",
    ),
    "pooling": ("x = pyad.zeros(32, 64, 200, 200)", "F.max_pool2d(x, 25, stride=1)"),
    "sum": ("x = zero.expand(10**5, 2 * 10**5)", "x.sum()"),
    "norm": ("x = zero.expand(10**5, 2 * 10**5)", "x.norm(3)"),
    "largest": ("x = zero.expand(10**5, 2 * 10**5)", "x.amax()"),
    "variance": ("x = zero.expand(10**5, 10**5)", "x.var()"),
    "softmax": ("x = zero.expand(1000, 10**6)", "x.softmax(1)"),
    "elementwise": ("x = zero.double().expand(4 * 10**8)", "pyad.pow(x, 0.3)"),
    "elementwise of columns": ("x = pyad.zeros(20000, 1)", "pyad.atan2(x, x.T).tan()"),
    "rand": ("", "pyad.rand(10**9, dtype=pyad.float64)"),
    "randn": ("", "pyad.randn(10**9)"),
    "randint": ("", "pyad.randint(0, 7, (10**9,))"),
    "randperm": ("", "pyad.randperm(10**8)"),
    "bernoulli": ("x = zero.expand(10**9)", "pyad.bernoulli(x)"),
    "poisson": ("x = pyad.full((4 * 10**7,), 20.0)", "pyad.poisson(x)"),
    "multinomial": ("x = pyad.ones(1000)", "pyad.multinomial(x, 10**8, replacement=True)"),
    "dropout": ("x = zero.expand(10**9)", "F.dropout(x)"),
    "tolist": ("x = zero.expand(10**8)", "x.tolist()"),
    "histc": ("x = pyad.zeros(2 * 10**8)", "[pyad.histc(x, 10, -1, 1) for _ in range(100)]"),
    "searchsorted": (
        "x = pyad.rand(10**6).sort().values; y = pyad.rand(5 * 10**7)",
        "pyad.searchsorted(x, y)",
    ),
    "isin": ("x = pyad.rand(5 * 10**7); y = pyad.rand(10**5)", "pyad.isin(x, y)"),
    "index": (
        "x = pyad.zeros(10**7); i = pyad.randint(0, 10**7, (5 * 10**7,))",
        "[x[i] for _ in range(100)]",
    ),
    "index_add": (
        "x = pyad.zeros(10**7); i = pyad.randint(0, 10**7, (2 * 10**8,))",
        "x.index_add(0, i, zero.expand(2 * 10**8))",
    ),
    "attention": (
        "x = pyad.zeros(1, 1, 10000, 4096)",
        "F.scaled_dot_product_attention(x, x, x)",
    ),
    "instance_norm of extreme numbers": (
        "x = (pyad.rand(200, 500, 1000) * 1e30).requires_grad_()\n"
        "y = F.instance_norm(x); g = zero.expand(200, 500, 1000)",
        "[pyad.autograd.grad(y, x, g, retain_graph=True) for _ in range(20)]",
    ),
    "batch_norm of extreme columns": (
        "x = (pyad.rand(2 * 10**7, 4) * 1e30).requires_grad_()\n"
        "y = F.batch_norm(x, None, None, training=True); g = zero.expand(2 * 10**7, 4)",
        "[pyad.autograd.grad(y, x, g, retain_graph=True) for _ in range(20)]",
    ),
    "batch_norm of extreme planes": (
        "x = (pyad.rand(2000, 50, 1000) * 1e30).requires_grad_()\n"
        "y = F.batch_norm(x, None, None, training=True); g = zero.expand(2000, 50, 1000)",
        "[pyad.autograd.grad(y, x, g, retain_graph=True) for _ in range(20)]",
    ),
    "lstm": ("x = pyad.zeros(3000, 16, 256); m = pyad.nn.LSTM(256, 512)", "m(x)"),
    "lstm backward": (
        "x = pyad.zeros(3000, 16, 256, requires_grad=True); m = pyad.nn.LSTM(256, 512);"
        "g = pyad.zeros(1, 1, 1).expand(3000, 16, 512); y = m(x)[0]",
        "y.backward(g)",
    ),
    "gru of one sequence": ("x = pyad.zeros(60000, 1, 16); m = pyad.nn.GRU(16, 512)", "m(x)"),
    "matmul of long sums": ("x = pyad.zeros(10**6, 1).expand(10**6, 1500)", "x.T @ x"),
    "matmul of long strided sums": ("x = pyad.zeros(10**6, 1000).T[::2]", "x @ x.T"),
    "unfold": ("x = pyad.zeros(2, 2, 300, 300)", "[F.unfold(x, 40) for _ in range(20)]"),
    "unfold backward": (
        "x = pyad.zeros(10**5 + 999, requires_grad=True); y = x.unfold(0, 10**5, 1)\n"
        "g = zero.expand(1000, 10**5)",
        "[pyad.autograd.grad(y, x, g, retain_graph=True) for _ in range(60)]",
    ),
    "local_response_norm": (
        "x = pyad.zeros(1, 3000, 2000)",
        "F.local_response_norm(x, 3000)",
    ),
    "differences": ("x = pyad.zeros(10**6)", "pyad.diff(x, n=10**5)"),
    "pooling of one row": ("x = pyad.zeros(1, 4 * 10**6)", "F.max_pool1d(x, 20001, stride=1)"),
    "pooling of one window after the other": (
        "x = pyad.zeros(1, 10**6)",
        "F.max_pool1d(x, 5 * 10**5, stride=10)",
    ),
    "attention of many": (
        "x = pyad.zeros(16, 4000, 64)",
        "[F.scaled_dot_product_attention(x, x, x) for _ in range(20)]",
    ),
    "rows that are unique": (
        "x = pyad.randint(0, 9, (3 * 10**6, 4))",
        "[x.unique(dim=0) for _ in range(20)]",
    ),
    "rows that are unique, of few values": (
        "x = pyad.zeros(3 * 10**6, 20)",
        "[x.unique(dim=0) for _ in range(20)]",
    ),
    "nested lists": (
        "x = [[0.0] * 50000] * 1000",
        "[pyad.tensor(x) for _ in range(20)]",
    ),
    "a range": ("x = range(4 * 10**7)", "[pyad.tensor(x) for _ in range(20)]"),
    "a range of an index": (
        "x = range(3 * 10**7); y = zero.expand(3 * 10**7)",
        "[y[x] for _ in range(20)]",
    ),
    "a list": ("x = (0,) * 5 * 10**7", "[pyad.tensor(x) for _ in range(20)]"),
    "poisson of rate 0": (
        "x = zero.expand(10**8)",
        "[pyad.poisson(x) for _ in range(20)]",
    ),
    "multinomial of many": (
        "x = pyad.ones(3 * 10**5)",
        "pyad.multinomial(x, 5 * 10**7, replacement=True)",
    ),
    "multinomial without replacement": (
        "x = pyad.ones(10**7)",
        "[pyad.multinomial(x, 10**7) for _ in range(20)]",
    ),
    "median of one binade": (
        "x = pyad.rand(10**8) / 8 + 1",
        "[x.median() for _ in range(50)]",
    ),
    "clone": ("x = zero.expand(4 * 10**9)", "x.clone()"),
    "cat": ("x = zero.expand(2 * 10**9)", "pyad.cat([x, x])"),
}

# Writes in place: what is prepared, writes that differ, and what holds between any two of them.
WRITES = {
    "elementwise": (
        "x = pyad.full((6 * 10**7,), 0.5, dtype=pyad.float64)",
        "[x.pow_(0.3) for _ in range(100)]",
        "x.amin() == x.amax()",
    ),
    "sum": (
        "x = pyad.zeros(3 * 10**8); y = pyad.ones(1).expand(3 * 10**8)",
        "[x.add_(y) for _ in range(20)]",
        "x.amin() == x.amax()",
    ),
    "index": (
        "x = pyad.zeros(10**8); i = pyad.arange(10**8)",
        "[x.__setitem__(i, x[:1] + 1) for _ in range(20)]",
        "x.amin() == x.amax()",
    ),
    "optimizer": (
        "p = pyad.zeros(3 * 10**7).requires_grad_(); p.grad = pyad.ones(3 * 10**7)\n"
        "o = pyad.optim.Adam([p]); x = p.detach()",
        "[o.step() for _ in range(100)]",
        "x.amin() == x.amax()",
    ),
    "gradients": (
        "p = pyad.zeros(10**8).requires_grad_(); p.grad = pyad.zeros(10**8)\n"
        "g = pyad.ones(1).expand(10**8); y = p * 1; x = p.grad",
        "[y.backward(g, retain_graph=True) for _ in range(100)]",
        "x.amin() == x.amax()",
    ),
    "random": ("x = pyad.zeros(4 * 10**8)", "x.normal_()", "x.amin() == x.amax() == 0"),
}


def run(code, *values):
    done = subprocess.run(
        [sys.executable, "-c", START + textwrap.dedent(code), *values],
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.mark.parametrize("call", CALLS)
def test_a_long_call_is_interrupted(call):
    run(
        """
        exec(sys.argv[1])
        late = interrupted(eval("lambda: " + sys.argv[2]))
        assert late < LATE, f"{late} s late"
        """,
        *CALLS[call],
    )


@pytest.mark.parametrize(
    "call",
    ["matmul of an expanded", "integer matmul", "sort of rows", "conv2d", "elementwise", "sum",
     "pooling", "lstm", "attention", "cumprod along rows"],
)  # fmt: skip
def test_on_one_thread(call):
    run(
        """
        pyad.set_num_threads(1)
        exec(sys.argv[1])
        late = interrupted(eval("lambda: " + sys.argv[2]))
        assert late < LATE, f"{late} s late"
        """,
        *CALLS[call],
    )


@pytest.mark.parametrize("write", WRITES)
def test_a_write_happens_or_does_not(write):
    run(
        """
        exec(sys.argv[1])
        signal.setitimer(signal.ITIMER_PROF, AFTER)
        try:
            eval(sys.argv[2])
        except KeyboardInterrupt:
            pass
        else:
            raise AssertionError("not interrupted")
        assert eval(sys.argv[3]), (x.amin(), x.amax())
        """,
        *WRITES[write],
    )


def test_a_handler_that_returns():
    """The call goes on, even if the handler calls the engine, and its result is right."""
    run(
        """
        x = pyad.rand(1500, 1500, dtype=pyad.float64).expand(8, -1, -1)
        wanted = [x @ x, x.flatten().sort().values, x.pow(0.3)]
        seen = []
        def handler(signum, frame):
            seen.append(float((x[0, :100] @ x[0, :, :100]).sum() + x[0].sum()))
        signal.signal(signal.SIGPROF, handler)
        signal.setitimer(signal.ITIMER_PROF, 0.2, 0.2)
        for _ in range(3):
            for f, y in zip((lambda: x @ x, lambda: x.flatten().sort().values,
                             lambda: x.pow(0.3)), wanted):
                assert (f() == y).all()
        signal.setitimer(signal.ITIMER_PROF, 0)
        assert len(seen) > 3
        assert len(set(seen)) == 1
        """
    )


def test_another_exception():
    run(
        """
        class Late(Exception):
            pass
        def handler(signum, frame):
            raise Late("enough")
        signal.signal(signal.SIGPROF, handler)
        x = pyad.zeros(4000, 4000, dtype=pyad.int64)
        signal.setitimer(signal.ITIMER_PROF, AFTER)
        try:
            x @ x
        except Late as e:
            assert str(e) == "enough"
        else:
            raise AssertionError("not raised")
        """
    )


def test_a_generator_works_on():
    run(
        """
        g = pyad.Generator().manual_seed(1)
        interrupted(lambda: pyad.randn(10**9, generator=g))
        a = pyad.rand(1000, generator=g)
        assert 0.4 < a.mean() < 0.6
        g.manual_seed(1)
        b = pyad.rand(5, generator=g)
        assert b.tolist() == pyad.rand(5, generator=pyad.Generator().manual_seed(1)).tolist()
        """
    )
