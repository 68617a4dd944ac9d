"""Whole programs, walked call by call: ops alone take and write memory, and a call is data.

Note [What runs] in csrc/core/run_log.hpp. What is expected of a program is that the ops it is made
of are in the list, that nothing wrote around them, and that every call gives the same bits when its
record runs again, on attributes read back from their serial form and on what the call was given.
"""

from __future__ import annotations

import contextlib
import functools

import numpy as np
import pytest

import op_cases
import op_drivers as drivers
import pyad
from pyad import nn
from pyad.nn import functional as F


@pytest.fixture(params=[False, True], ids=["free", "held"])
def walked(request):
    """`with walked() as found`, where arrays are held by the log or not."""
    return functools.partial(walk, request.param)


@contextlib.contextmanager
def walk(hold):
    """Gives a dict that is filled at the end: (op, part) -> pieces of memory."""
    found: dict[tuple[str, str], int] = {}
    pyad._core.begin_run_log(hold)
    try:
        yield found
    finally:
        runs, outside, others, _ = pyad._core.end_run_log(again=True)
    for op, part, _, pieces in runs:
        found[op, part] = found.get((op, part), 0) + pieces
    assert outside == []
    assert others == []


def training_step(make_optimizer):
    net = nn.Sequential(
        nn.Linear(4, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Dropout(0.5), nn.Linear(6, 3)
    )
    optimizer = make_optimizer(net.parameters())
    x, y = pyad.randn(8, 4), pyad.tensor([0, 1, 2, 0, 1, 2, 0, 1])

    def step():
        optimizer.zero_grad(set_to_none=False)
        loss = F.cross_entropy(net(x), y)
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 0.1)
        optimizer.step()

    return step


OPTIMIZERS = {
    "sgd": lambda p: pyad.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True),
    "adam": lambda p: pyad.optim.Adam(p, lr=0.1, amsgrad=True),
    "adamw": lambda p: pyad.optim.AdamW(p, lr=0.1),
    "adamax": lambda p: pyad.optim.Adamax(p, lr=0.1),
    "nadam": lambda p: pyad.optim.NAdam(p, lr=0.1),
    "radam": lambda p: pyad.optim.RAdam(p, lr=0.1),
    "adagrad": lambda p: pyad.optim.Adagrad(p, lr=0.1),
    "adadelta": lambda p: pyad.optim.Adadelta(p, lr=0.1),
    "rmsprop": lambda p: pyad.optim.RMSprop(p, lr=0.1, momentum=0.5, centered=True),
    "rprop": lambda p: pyad.optim.Rprop(p, lr=0.1),
    "asgd": lambda p: pyad.optim.ASGD(p, lr=0.1),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_training_step(walked, name):
    step = training_step(OPTIMIZERS[name])
    for _ in range(2):  # with no state, and with one
        with walked() as found:
            step()
        parts = {part for _, part in found}
        assert {"pull", "step"} <= parts
        assert found["running_statistics", ""]
        assert found[
            "clip_grad_norm_" if ("clip_grad_norm_", "") in found else "get_total_norm", ""
        ]
        assert any("dropout" in op for op, _ in found)
        assert all(n > 0 for (_, part), n in found.items() if part)


def test_second_sweep(walked):
    x = pyad.randn(3, 4, requires_grad=True)
    with walked() as found:
        y = (x.tanh() @ x.mT).softmax(-1).log().sum()
        (g,) = pyad.autograd.grad(y, x, create_graph=True)
        pyad.autograd.grad((g * g).sum(), x)
    assert {("tanh", ""), ("softmax", ""), ("log", ""), ("sum", "")} <= set(found)
    assert any(part == "pull" for _, part in found)


def test_accumulation(walked):
    x = pyad.randn(3, requires_grad=True)
    (x * 2).sum().backward()
    with walked() as found:
        (x * x + x * 3).sum().backward()
    assert found["add", ""]


def test_writes(walked):
    x, mask = pyad.randn(4, 5), pyad.rand(4, 5) > 0.5
    leaf = pyad.randn(5, requires_grad=True)
    with walked() as found:
        y = x.clone()
        y[0] = 1.5
        y[:, 1] = leaf.detach()[:4]
        y[mask] = 0.0
        y[[0, 2]] = leaf.detach()
        y.mul_(2).add_(x).clamp_(min=0).masked_fill_(mask, 3.0)
        y.index_add_(0, pyad.tensor([1, 3]), x[:2]).zero_()
        y.copy_(x).fill_(2.0)
        z = leaf * 2
        z[1:3] = leaf[:2] * 3
        z += leaf
        z.sum().backward()
    assert {"mul", "add", "clamp", "where", "copy_", "fill_", "index_put_"} <= {
        op for op, _ in found
    }


def test_draws(walked):
    x = pyad.rand(4, 5)
    with walked() as found:
        pyad.randn(3, 4)
        pyad.rand_like(x)
        pyad.randint(0, 9, (3,))
        pyad.randperm(7)
        pyad.bernoulli(x)
        pyad.multinomial(x, 2)
        pyad.normal(x, x)
        pyad.poisson(x)
        x.uniform_().normal_().exponential_().bernoulli_(0.5).random_()
        F.dropout(x)
        F.rrelu(x, training=True)
        F.gumbel_softmax(x)
        nn.init.trunc_normal_(pyad.empty(9))
    assert sum(part == "draw" for _, part in found) > 8


def test_searches_and_series(walked):
    x = pyad.randn(6, 5)
    with walked() as found:
        x.sort(1), x.topk(2), x.argmax(1), x.median(), x.unique(), x.kthvalue(2)
        pyad.searchsorted(x.sort(1).values, x)
        pyad.bincount(pyad.tensor([1, 2, 2]))
        pyad.histc(x, 5)
        x.nonzero(), x.isclose(x), pyad.isin(x, x[0])
        pyad.arange(5), pyad.linspace(0, 1, 5), pyad.eye(3), pyad.tril_indices(3, 3)
    assert {"sort", "searchsorted", "bincount", "histc", "nonzero", "arange"} <= {
        o for o, _ in found
    }


LAYERS = {
    "LSTM": lambda: (nn.LSTM(3, 4, 2), pyad.randn(5, 2, 3), lambda y: y[0]),
    "GRU": lambda: (nn.GRU(3, 4), pyad.randn(5, 2, 3), lambda y: y[0]),
    "Conv2d": lambda: (nn.Conv2d(2, 3, 3, padding=1), pyad.randn(2, 2, 5, 5), lambda y: y),
    "Transformer": lambda: (
        nn.TransformerEncoderLayer(8, 2, 16, batch_first=True),
        pyad.randn(2, 5, 8),
        lambda y: y,
    ),
    "Embedding": lambda: (nn.Embedding(7, 3), pyad.tensor([[1, 2], [3, 1]]), lambda y: y),
    "GroupNorm": lambda: (nn.GroupNorm(2, 4), pyad.randn(2, 4, 3), lambda y: y),
    "MaxPool2d": lambda: (
        nn.Sequential(nn.Conv2d(1, 2, 3), nn.MaxPool2d(2), nn.Upsample(scale_factor=2)),
        pyad.randn(1, 1, 8, 8),
        lambda y: y,
    ),
    "Bilinear": lambda: (nn.Bilinear(3, 3, 2), pyad.randn(4, 3), lambda y: y),
}


@pytest.mark.parametrize("name", LAYERS)
def test_layers(walked, name):
    net, x, out = LAYERS[name]()
    optimizer = pyad.optim.AdamW(net.parameters())
    with walked() as found:
        y = out(net(x, x) if name == "Bilinear" else net(x))
        (y * y).mean().backward()
        optimizer.step()
        optimizer.zero_grad()
    assert any(part == "step" for _, part in found)


@pytest.mark.parametrize("layout", drivers.LAYOUTS)
@pytest.mark.parametrize("name", sorted(op_cases.ROWS))
def test_every_row(walked, name, layout):
    """Forward and, where it has one, its sweep, by the samples of the op matrix."""
    for inputs, call in op_cases.ROWS[name]:
        arrays = op_cases.arrays(inputs)
        grad = name not in op_cases.NOT_DIFFERENTIABLE
        xs = [drivers.to_pyad(x, "float64", layout, grad) for x in arrays]
        with walked():
            total = sum(y.sum() for y in drivers.outputs(call(pyad, *xs)) if y.requires_grad)
            if isinstance(total, pyad.Tensor):
                total.backward()


ELEMENTWISE = [r for r in pyad._core.op_table() if r["kind"] in ("unary", "binary", "ternary")]


@pytest.mark.parametrize("row", ELEMENTWISE, ids=lambda r: r["name"])
def test_every_elementwise_op(walked, row):
    """Forward and sweep, of operands that broadcast, and in place."""
    call = getattr(pyad, row["name"], None) or getattr(pyad._core.steps, row["name"], None)
    call = call or getattr(F, row["name"], None) or getattr(pyad._core, row["name"])
    shapes = [(3, 4), (4,), (3, 1)][: row["arity"]]
    floats = [pyad.rand(s, dtype=pyad.float64) * 0.5 + 0.25 for s in shapes]
    if row["name"].startswith(("bitwise", "logical")):
        floats = [(x * 8).int() for x in floats]
    if row["name"] == "where":
        floats[0] = floats[0] > 0.5
    if row["name"] == "polygamma":
        floats[0] = pyad.tensor(1)
    leaves = [x.requires_grad_() if x.is_floating_point() else x for x in floats]
    numbers = {"threshold": (0.5, 0.1), "clamp": (0.3, 0.6)}.get(row["name"], ())
    with walked() as found:
        y = call(*leaves, *numbers)
        if y.requires_grad:
            y.sum().backward()
    assert any(n for n in found.values())
    method = getattr(pyad.Tensor, row["name"] + "_", None)
    if method is not None and y.dtype == floats[0].dtype:
        x = floats[0].detach().clone()
        with walked() as found:
            method(x, *(z.detach() for z in floats[1:]), *numbers)
        assert any(n for n in found.values())


def test_batches_and_tangents(walked):
    w = pyad.randn(3, 4)
    x = pyad.randn(5, 4)
    with walked() as found:
        per_example = pyad.func.vmap(
            pyad.func.grad(lambda w, x: (w @ x).tanh().sum()), in_dims=(None, 0)
        )(w, x)
        pyad.func.hessian(lambda x: (x**3).sum())(x[0])
        pyad.func.jvp(lambda x: x.softmax(0).log(), (x[0],), (x[1],))
        pyad.func.linearize(lambda x: x.sin() * x, x[0])[1](x[1])
    assert per_example.shape == (5, 3, 4)
    assert {("tanh", ""), ("softmax", "")} <= set(found)


def test_a_write_around_the_ops_is_told():
    """By NumPy's memory, which belongs to nobody here: the log says where it was taken."""
    x = pyad.ones(3)
    pyad._core.begin_run_log(hold=True)
    y = x + 1
    a = x.numpy()
    np.add(a, 1, out=a)
    z = y * x
    runs, outside, *_ = pyad._core.end_run_log()
    assert z.tolist() == [4.0] * 3
    assert [op for op, *_ in runs] == ["add", "mul"]
    (change,) = outside
    assert "changed before mul" in change


def test_values_that_are_looked_at_are_counted():
    """A program of shapes alone looks at none; what checks or branches on values says so."""
    net = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 3))
    optimizer = pyad.optim.Adam(net.parameters())
    x, y, classes = pyad.randn(8, 4), pyad.randn(8, 3), pyad.tensor([0, 1, 2, 0, 1, 2, 0, 1])

    def reads(loss):
        pyad._core.begin_run_log()
        loss(net(x)).backward()
        optimizer.step()
        optimizer.zero_grad()
        return pyad._core.end_run_log()[3]

    assert reads(lambda out: F.mse_loss(out, y)) == 0
    assert reads(lambda out: F.cross_entropy(out, classes)) > 0
    assert reads(lambda out: out.sum() * out[0, 0].item()) == 1


def test_logs_do_not_nest():
    pyad._core.begin_run_log()
    with pytest.raises(RuntimeError, match="keeps a log already"):
        pyad._core.begin_run_log()
    pyad._core.end_run_log()
    with pytest.raises(RuntimeError, match="keeps no log"):
        pyad._core.end_run_log()
