"""Modules register, convert, save, load and print as PyTorch's; layers start and compute alike."""

from __future__ import annotations

import copy
import gc
import pickle
from collections import OrderedDict

import numpy as np
import pytest
import torch

import pyad
from pyad import nn


def arrays(module) -> list[np.ndarray]:
    return [p.detach().numpy() for p in module.parameters()]


def start_alike(make):
    """The same construction in both libraries, from the same seed."""
    pyad.manual_seed(3)
    torch.manual_seed(3)
    return make(pyad), make(torch)


def mlp(lib):
    return lib.nn.Sequential(lib.nn.Linear(5, 7), lib.nn.ReLU(), lib.nn.Linear(7, 3))


LAYERS = {
    "linear": (lambda lib: lib.nn.Linear(6, 4), (5, 6)),
    "linear without bias": (lambda lib: lib.nn.Linear(6, 40, bias=False), (2, 3, 6)),
    "linear of one row": (lambda lib: lib.nn.Linear(6, 4), (6,)),
    "linear in float64": (lambda lib: lib.nn.Linear(6, 4, dtype=lib.float64), (5, 6)),
    "layer norm": (lambda lib: lib.nn.LayerNorm(6), (5, 6)),
    "layer norm, two dims": (lambda lib: lib.nn.LayerNorm((5, 6), bias=False), (2, 5, 6)),
    "layer norm, plain": (lambda lib: lib.nn.LayerNorm(6, elementwise_affine=False), (5, 6)),
    "flatten": (lambda lib: lib.nn.Flatten(), (2, 3, 4)),
    "flatten all": (lambda lib: lib.nn.Flatten(0, -1), (2, 3, 4)),
    "identity": (lambda lib: lib.nn.Identity(3, a=4), (2, 3)),
    "relu": (lambda lib: lib.nn.ReLU(), (4, 5)),
    "tanh": (lambda lib: lib.nn.Tanh(), (4, 5)),
    "sigmoid": (lambda lib: lib.nn.Sigmoid(), (4, 5)),
    "gelu": (lambda lib: lib.nn.GELU(), (4, 5)),
    "gelu by tanh": (lambda lib: lib.nn.GELU("tanh"), (4, 5)),
    "silu": (lambda lib: lib.nn.SiLU(), (4, 5)),
    "selu": (lambda lib: lib.nn.SELU(), (4, 5)),
    "elu": (lambda lib: lib.nn.ELU(0.5), (4, 5)),
    "leaky relu": (lambda lib: lib.nn.LeakyReLU(0.2), (4, 5)),
    "hardtanh": (lambda lib: lib.nn.Hardtanh(-0.5, 0.7), (4, 5)),
    "softplus": (lambda lib: lib.nn.Softplus(2.0, 5.0), (4, 5)),
    "softmax": (lambda lib: lib.nn.Softmax(dim=1), (4, 5)),
    "log softmax": (lambda lib: lib.nn.LogSoftmax(dim=0), (4, 5)),
    "mlp": (mlp, (4, 5)),
    "dropout in evaluation": (lambda lib: lib.nn.Dropout(0.4).eval(), (4, 5)),
}


@pytest.mark.parametrize("name", LAYERS)
def test_layers(name: str) -> None:
    make, shape = LAYERS[name]
    mine, its = start_alike(make)
    for a, b in zip(mine.parameters(), its.parameters(), strict=True):
        np.testing.assert_array_equal(a.detach().numpy(), b.detach().numpy())
    dtype = "float64" if "float64" in name else "float32"
    data = np.random.default_rng(0).normal(size=shape).astype(dtype)
    x, u = pyad.tensor(data, requires_grad=True), torch.tensor(data, requires_grad=True)
    y, v = mine(x), its(u)
    tolerance = (
        {"rtol": 1e-12, "atol": 1e-13} if dtype == "float64" else {"rtol": 3e-6, "atol": 1e-6}
    )
    np.testing.assert_allclose(y.detach().numpy(), v.detach().numpy(), **tolerance)
    (y * y).sum().backward()
    (v * v).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), u.grad.numpy(), **tolerance)
    for a, b in zip(mine.parameters(), its.parameters(), strict=True):
        np.testing.assert_allclose(a.grad.numpy(), b.grad.numpy(), **tolerance)
    assert repr(mine) == repr(its).replace("torch.", "pyad.")


def test_embedding() -> None:
    mine, its = start_alike(lambda lib: lib.nn.Embedding(11, 4, padding_idx=-1))
    np.testing.assert_array_equal(mine.weight.detach().numpy(), its.weight.detach().numpy())
    index = [[1, 2], [10, 1]]
    y, v = mine(pyad.tensor(index)), its(torch.tensor(index))
    np.testing.assert_array_equal(y.detach().numpy(), v.detach().numpy())
    y.sum().backward()
    v.sum().backward()
    np.testing.assert_array_equal(mine.weight.grad.numpy(), its.weight.grad.numpy())
    assert repr(mine) == repr(its)


def test_dropout() -> None:
    pyad.manual_seed(0)
    layer = nn.Dropout(0.25)
    y = layer(pyad.ones(40_000))
    assert np.unique(y.numpy()).tolist() == [0.0, np.float32(1) / np.float32(0.75)]
    assert abs(y.mean().item() - 1) < 0.02
    x = pyad.ones(5, requires_grad=True)
    z = layer(x)
    z.sum().backward()
    assert x.grad.tolist() == z.tolist()
    with pytest.raises(ValueError, match="probability"):
        nn.Dropout(2)
    with pytest.raises(ValueError, match="probability"):
        nn.functional.dropout(x, -0.1)


LOSSES = {
    "mse": ("MSELoss", {}, (4, 3), "float"),
    "mse, sum": ("MSELoss", {"reduction": "sum"}, (4, 3), "float"),
    "mse, none": ("MSELoss", {"reduction": "none"}, (4, 3), "float"),
    "l1": ("L1Loss", {}, (4, 3), "float"),
    "smooth l1": ("SmoothL1Loss", {"beta": 0.3}, (4, 3), "float"),
    "huber": ("HuberLoss", {"delta": 0.3}, (4, 3), "float"),
    "cross entropy": ("CrossEntropyLoss", {}, (6, 3), "class"),
    "cross entropy, options": (
        "CrossEntropyLoss",
        {"label_smoothing": 0.1, "ignore_index": 1},
        (6, 3),
        "class",
    ),
    "nll": ("NLLLoss", {"reduction": "sum"}, (6, 3), "class"),
    "bce": ("BCELoss", {}, (4, 3), "probability"),
    "bce with logits": ("BCEWithLogitsLoss", {}, (4, 3), "probability"),
}


@pytest.mark.parametrize("name", LOSSES)
def test_losses(name: str) -> None:
    kind, options, shape, target = LOSSES[name]
    rng = np.random.default_rng(0)
    data = rng.uniform(0.1, 0.9, shape)
    y = {
        "float": rng.normal(size=shape),
        "class": rng.integers(0, 3, shape[0]),
        "probability": rng.uniform(size=shape),
    }[target]
    results = []
    for lib in (pyad, torch):
        x = (
            lib.tensor(data, requires_grad=True)
            if lib is torch
            else pyad.tensor(data, requires_grad=True)
        )
        loss = getattr(lib.nn, kind)(**options)(x, lib.tensor(y))
        loss.sum().backward()
        results.append((loss.detach().numpy(), x.grad.numpy()))
    for a, b in zip(*results, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)


def test_weighted_losses() -> None:
    data, y, w = np.random.default_rng(1).normal(size=(6, 3)), [0, 1, 2, 1, 0, 2], [0.2, 1.0, 3.0]
    for kind in ("CrossEntropyLoss", "NLLLoss"):
        mine = getattr(nn, kind)(weight=pyad.tensor(w, dtype=pyad.float64))
        its = getattr(torch.nn, kind)(weight=torch.tensor(w, dtype=torch.float64))
        a, b = mine(pyad.tensor(data), pyad.tensor(y)), its(torch.tensor(data), torch.tensor(y))
        assert a.item() == pytest.approx(b.item(), rel=1e-12)
        assert list(mine.state_dict()) == list(its.state_dict()) == ["weight"]


INITS = [
    ("uniform_", (-1.0, 2.0), {}),
    ("normal_", (1.0, 2.0), {}),
    ("constant_", (0.3,), {}),
    ("ones_", (), {}),
    ("zeros_", (), {}),
    ("eye_", (), {}),
    ("xavier_uniform_", (), {"gain": 2.0}),
    ("xavier_normal_", (), {}),
    ("kaiming_uniform_", (), {"a": 5**0.5}),
    ("kaiming_uniform_", (), {"mode": "fan_out", "nonlinearity": "relu"}),
    ("kaiming_normal_", (), {"nonlinearity": "tanh"}),
]


@pytest.mark.parametrize(("name", "args", "kwargs"), INITS)
def test_init(name: str, args: tuple, kwargs: dict) -> None:
    mine, its = start_alike(lambda lib: lib.empty(9, 5, requires_grad=True))
    got = getattr(nn.init, name)(mine, *args, **kwargs)
    expected = getattr(torch.nn.init, name)(its, *args, **kwargs)
    assert got is mine
    assert mine.requires_grad
    assert mine.is_leaf
    np.testing.assert_array_equal(mine.detach().numpy(), expected.detach().numpy())


def test_init_rejects() -> None:
    with pytest.raises(ValueError, match="fewer than 2 dimensions"):
        nn.init.xavier_uniform_(pyad.empty(3))
    with pytest.raises(ValueError, match="fan_in"):
        nn.init.kaiming_uniform_(pyad.empty(3, 3), mode="both")
    with pytest.raises(ValueError, match="nonlinearity"):
        nn.init.calculate_gain("step")
    with pytest.raises(ValueError, match="negative_slope"):
        nn.init.calculate_gain("leaky_relu", True)
    with pytest.raises(ValueError, match="2 dimensions"):
        nn.init.eye_(pyad.empty(3))
    for name in ("linear", "sigmoid", "tanh", "relu", "leaky_relu", "selu"):
        assert nn.init.calculate_gain(name) == torch.nn.init.calculate_gain(name)


# ---- the module itself; each program runs in both libraries and returns what is compared


def both(program):
    mine, its = program(pyad), program(torch)
    assert mine == its
    return mine


def tree(lib):
    class Block(lib.nn.Module):
        def __init__(self):
            super().__init__()
            self.a = lib.nn.Linear(2, 2)
            self.scale = lib.nn.Parameter(lib.ones(1))
            self.register_buffer("mean", lib.zeros(2))
            self.register_buffer("cache", lib.zeros(2), persistent=False)
            self.register_parameter("absent", None)
            self.register_buffer("nothing", None)
            self.note = "text"

        def forward(self, x):
            return self.a(x) * self.scale

        def extra_repr(self):
            return f"note={self.note}"

    net = lib.nn.Sequential(Block(), lib.nn.ReLU(), Block())
    net.add_module("last", lib.nn.ModuleList([lib.nn.Linear(2, 1)]))
    net[0].shared = net[2].a
    return net


def test_walks() -> None:
    def program(lib):
        net = tree(lib)
        return [
            [n for n, _ in net.named_parameters()],
            [n for n, _ in net.named_parameters(prefix="p", recurse=False)],
            [n for n, _ in net.named_parameters(remove_duplicate=False)],
            [n for n, _ in net.named_buffers()],
            [n for n, _ in net.named_modules()],
            [n for n, _ in net.named_modules(remove_duplicate=False)],
            [n for n, _ in net.named_children()],
            [type(m).__name__ for m in net.modules()],
            len(list(net.children())),
            len(list(net.buffers())),
            list(net.state_dict()),
            list(net.state_dict(prefix="x.")),
            type(net.get_submodule("0.a")).__name__,
            tuple(net.get_parameter("2.a.bias").shape),
            net.get_submodule("") is net,
        ]

    both(program)


def test_repr_of_a_tree() -> None:
    both(lambda lib: repr(tree(lib)))
    both(lambda lib: repr(lib.nn.Module()))


def test_assignment() -> None:
    def program(lib):
        m = lib.nn.Module()
        first = lib.nn.Parameter(lib.ones(2))
        m.w = first
        seen = [m.w is first, list(dict(m.named_parameters()))]
        m.w = lib.nn.Parameter(lib.zeros(2))
        seen += [m.w.tolist(), len(list(m.parameters()))]
        m.w = None
        seen += [m.w is None, len(list(m.parameters()))]
        m.w = lib.nn.Parameter(lib.ones(1))
        del m.w
        seen += [hasattr(m, "w"), len(list(m.parameters()))]
        m.w = 3
        seen += [m.w, len(list(m.parameters()))]
        m.child = lib.nn.ReLU()
        m.child = None
        seen += [len(list(m.children()))]
        m.child = lib.nn.Tanh()
        m.b = lib.nn.Buffer(lib.ones(2))
        m.b = lib.zeros(2)
        seen += [len(list(m.children())), m.b.tolist(), list(m.state_dict())]
        m.b = lib.nn.Parameter(lib.ones(1))
        seen += [list(dict(m.named_buffers())), list(dict(m.named_parameters()))]
        return seen

    both(program)


ERRORS = [
    (lambda lib, m: setattr(m, "w", lib.ones(2)), TypeError),
    (lambda lib, m: setattr(m, "act", 3), TypeError),
    (lambda lib, m: setattr(m, "mean", "x"), TypeError),
    (lambda lib, m: m.register_parameter("x", lib.ones(2)), TypeError),
    (lambda lib, m: m.register_parameter("x", m.w * 2), TypeError),
    (lambda lib, m: m.register_parameter("a.b", None), KeyError),
    (lambda lib, m: m.register_parameter("", None), KeyError),
    (lambda lib, m: m.register_parameter("forward", None), KeyError),
    (lambda lib, m: m.register_buffer("x", 3), TypeError),
    (lambda lib, m: m.register_buffer("a.b", None), KeyError),
    (lambda lib, m: m.register_module("x", 3), TypeError),
    (lambda lib, m: m.register_module("a.b", None), KeyError),
    (lambda lib, m: m.missing, AttributeError),
    (lambda lib, m: delattr(m, "missing"), AttributeError),
    (lambda lib, m: m(1), NotImplementedError),
    (lambda lib, m: m.train(1), ValueError),
    (lambda lib, m: m.to(lib.int64), TypeError),
    (lambda lib, m: m.get_submodule("nothing"), AttributeError),
    (lambda lib, m: m.get_parameter("nothing"), AttributeError),
    (lambda lib, m: m.load_state_dict([1]), TypeError),
]


@pytest.mark.parametrize("which", range(len(ERRORS)))
def test_errors(which: int) -> None:
    program, error = ERRORS[which]
    for lib in (torch, pyad):
        m = lib.nn.Module()
        m.w = lib.nn.Parameter(lib.ones(2))
        m.act = lib.nn.ReLU()
        m.register_buffer("mean", lib.zeros(1))
        with pytest.raises(error):
            program(lib, m)
        assert list(m.state_dict()) == ["w", "mean"]


def test_registration_needs_init() -> None:
    class Early(nn.Module):
        def __init__(self):
            self.w = nn.Parameter(pyad.ones(1))

    with pytest.raises(AttributeError, match=r"before Module.__init__\(\) call"):
        Early()


def test_a_non_leaf_is_no_parameter() -> None:
    w = nn.Parameter(pyad.ones(1))
    with pytest.raises(TypeError, match="Parameter"):
        nn.Module().register_parameter("x", w * 2)


def test_modes() -> None:
    def program(lib):
        net = tree(lib)
        seen = [net.training, net.eval() is net, net[0].a.training, net.train()[2].a.training]
        net.requires_grad_(False)
        seen += [any(p.requires_grad for p in net.parameters())]
        net.requires_grad_()
        seen += [all(p.requires_grad for p in net.parameters())]
        net.zero_grad()
        net[0](lib.ones(1, 2)).sum().backward()
        seen += [net[0].scale.grad is None]
        net.zero_grad(set_to_none=False)
        seen += [net[0].scale.grad.tolist()]
        net.zero_grad()
        seen += [net[0].scale.grad is None]
        order = []
        net.apply(lambda m: order.append(type(m).__name__))
        return [*seen, order]

    both(program)


def test_conversion() -> None:
    def program(lib):
        net = tree(lib)
        first = list(net.parameters())
        net[0](lib.ones(1, 2)).sum().backward()
        net.double()
        seen = [all(p is q for p, q in zip(first, net.parameters(), strict=True))]
        seen += [str(net[0].scale.grad.dtype)[-7:]]
        net.zero_grad()
        net[0](lib.ones(1, 2, dtype=lib.float64)).sum().backward()
        seen += [str(p.dtype)[-7:] for p in net.parameters()]
        seen += [str(b.dtype)[-7:] for b in net.buffers()]
        seen += [net[0].shared.weight is net[2].a.weight]
        net.float()
        seen += [str(p.dtype)[-7:] for p in net.parameters()]
        net.to("cpu")
        net.to(dtype=lib.float64)
        net.to(lib.ones(1))
        return [
            *seen,
            str(net[0].scale.dtype)[-7:],
            net[0].scale.requires_grad,
            net[0].scale.is_leaf,
        ]

    both(program)


def test_hooks() -> None:
    def program(lib):
        m = lib.nn.Identity()
        calls = []
        a = m.register_forward_pre_hook(lambda m, args: calls.append("pre"))
        b = m.register_forward_pre_hook(lambda m, args: (args[0] + 1,))
        c = m.register_forward_hook(lambda m, args, y: y * 10)
        d = m.register_forward_hook(lambda m, args, y: calls.append(y.item()), prepend=True)
        e = m.register_forward_pre_hook(
            lambda m, args, kw: calls.append(sorted(kw)), with_kwargs=True
        )
        seen = [m(lib.tensor(1.0)).item(), m(input=lib.tensor(1.0)).item() if False else None]
        for handle in (a, b, c, d, e):
            handle.remove()
            handle.remove()
        seen.append(m(lib.tensor(1.0)).item())
        return [*seen, calls]

    both(program)


def test_forward_of_an_instance_can_be_replaced() -> None:
    def program(lib):
        m = lib.nn.ReLU()
        m.forward = lambda x: x * 2
        return m(lib.tensor(-1.0)).item()

    assert both(program) == -2


def test_load_state_dict() -> None:
    a, b = tree(pyad), tree(pyad)
    with pyad.no_grad():
        for p in a.parameters():
            p.uniform_()
    shown = b.load_state_dict(a.state_dict())
    assert repr(shown) == "<All keys matched successfully>"
    for p, q in zip(arrays(a), arrays(b), strict=True):
        np.testing.assert_array_equal(p, q)
    assert a.state_dict()["0.scale"].data_ptr() == a[0].scale.data_ptr()
    kept = a.state_dict(keep_vars=True)["0.scale"]
    assert kept is a[0].scale
    state = OrderedDict(a.state_dict())
    state["0.scale"] = pyad.full((1,), 9.0)
    old = b[0].scale
    b.load_state_dict(state, assign=True)
    assert b[0].scale is not old
    assert isinstance(b[0].scale, nn.Parameter)
    assert b[0].scale.item() == 9


@pytest.mark.parametrize("strict", [True, False])
def test_load_state_dict_errors_are_torchs(strict: bool) -> None:
    texts = []
    for lib in (pyad, torch):
        net = mlp(lib)
        before = [p.tolist() for p in net.parameters()]
        state = net.state_dict()
        del state["0.weight"]
        state["other"] = lib.ones(1)
        state["more"] = lib.ones(1)
        if strict:
            state["2.bias"] = lib.ones(4)
            with pytest.raises(RuntimeError) as caught:
                net.load_state_dict(state)
            texts.append(
                str(caught.value)
                .replace("torch.Size([4])", "(4,)")
                .replace("torch.Size([3])", "(3,)")
            )
            assert [p.tolist() for p in net.parameters()] == before
        else:
            missing, unexpected = net.load_state_dict(state, strict=False)
            texts.append((missing, unexpected))
    assert texts[0] == texts[1]


def test_copies() -> None:
    net = tree(pyad)
    net[0](pyad.ones(1, 2)).sum().backward()
    again = copy.deepcopy(net)
    for p, q in zip(net.parameters(), again.parameters(), strict=True):
        assert p is not q
        assert type(q) is nn.Parameter
        assert p.requires_grad == q.requires_grad
        assert p.tolist() == q.tolist()
        assert p.data_ptr() != q.data_ptr()
    assert again[0].shared.weight is again[2].a.weight
    assert again[0].a.weight is again[0].a._parameters["weight"]
    assert again[0].note == "text"
    assert repr(again) == repr(net)
    assert copy.deepcopy(net)[0].scale.grad.tolist() == net[0].scale.grad.tolist()
    plain = mlp(pyad)
    again = pickle.loads(pickle.dumps(plain))
    assert repr(again) == repr(plain)
    x = pyad.randn(3, 5)
    assert (again(x) == plain(x)).all()
    p = nn.Parameter(pyad.ones(2))
    p.note = [1]
    q = copy.deepcopy(p)
    assert q.note == [1]
    assert q.note is not p.note
    assert pickle.loads(pickle.dumps(p)).note == [1]
    with pytest.raises(RuntimeError, match="graph leaves"):
        copy.deepcopy(p * 2)
    x = pyad.arange(6).reshape(2, 3).t()
    assert (pickle.loads(pickle.dumps(x)) == x).all()
    assert (copy.deepcopy(x) == x).all()


def test_registries_and_attributes_agree() -> None:
    net = tree(pyad).double()
    net.load_state_dict(net.state_dict(), assign=True)
    for m in net.modules():
        for registry in (m._parameters, m._buffers, m._modules):
            for name, value in registry.items():
                assert m.__dict__[name] is value


def test_modules_are_freed_without_the_collector() -> None:
    gc.collect()
    gc.disable()
    try:
        before = pyad._core.live_counts()
        net = mlp(pyad)
        net(pyad.ones(2, 5)).sum().backward()
        del net
        assert pyad._core.live_counts() == before
    finally:
        gc.enable()


def test_containers() -> None:
    def program(lib):
        N = lib.nn
        s = N.Sequential(OrderedDict(first=N.ReLU(), second=N.Tanh()))
        seen = [list(dict(s.named_children())), len(s), type(s[-1]).__name__, type(s[:1]).__name__]
        s = N.Sequential(N.ReLU(), N.Tanh(), N.Sigmoid())
        s.append(N.GELU())
        s.insert(1, N.SiLU())
        s.extend([N.ReLU()])
        del s[2]
        s[0] = N.Identity()
        seen += [repr(s), [type(m).__name__ for m in s]]
        ms = N.ModuleList([N.Linear(1, 1), N.ReLU()])
        ms.append(N.Tanh())
        ms.insert(0, N.ReLU())
        ms.extend([N.ReLU()])
        ms[1] = N.Sigmoid()
        del ms[0]
        seen += [
            len(ms),
            [type(m).__name__ for m in ms[1:]],
            type(ms[-1]).__name__,
            list(ms.state_dict()),
        ]
        d = N.ModuleDict({"a": N.ReLU()})
        d["b"] = N.Linear(1, 1)
        seen += [list(d), "a" in d, len(d), [type(m).__name__ for m in d.values()], list(d.keys())]
        del d["a"]
        return [*seen, [k for k, _ in d.items()]]

    both(program)
    for container in (nn.Sequential(nn.ReLU()), nn.ModuleList([nn.ReLU()])):
        with pytest.raises(IndexError, match="out of range"):
            container[1]
        with pytest.raises(TypeError):
            container["0"]


def test_functional_has_every_row_of_the_table() -> None:
    rows = {row["name"] for row in pyad._core.op_table() if row["nn"]}
    assert rows
    for name in rows:
        assert getattr(nn.functional, name) is getattr(pyad._core.nn, name), name
        assert name in nn.functional.__all__


def test_bad_settings() -> None:
    with pytest.raises(ValueError, match="max_val"):
        nn.Hardtanh(1.0, 0.0)
    with pytest.raises(AssertionError, match="Padding_idx"):
        nn.Embedding(3, 2, padding_idx=5)
    with pytest.raises(RuntimeError, match="linear"):
        nn.Linear(3, 2)(pyad.ones(4, 5))
    with pytest.raises(TypeError):
        nn.Linear(3, 2)(pyad.ones(4, 3, dtype=pyad.float64))
