"""Modules register, walk, convert, save, load, copy and print as PyTorch's."""

from __future__ import annotations

import copy
import gc
import pickle
from collections import OrderedDict

import numpy as np
import pytest
import torch

import pyad
from alike import arrays, both
from pyad import nn


def mlp(lib):
    return lib.nn.Sequential(lib.nn.Linear(5, 7), lib.nn.ReLU(), lib.nn.Linear(7, 3))


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
    assert net[0].scale.grad is not None
    assert again[0].scale.grad is None
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


def test_registries_written_directly() -> None:
    def program(lib):
        nn = lib.nn
        m = nn.Linear(2, 2)
        m._modules["extra"] = nn.ReLU()
        seen = [repr(m.extra), [n for n, _ in m.named_children()]]
        m._modules.pop("extra")
        weight = m._parameters.pop("weight")
        seen += [hasattr(m, "extra"), hasattr(m, "weight"), list(m.state_dict())]
        m._parameters["weight"] = weight
        seen += [m.weight is weight, [n for n, _ in m.named_parameters()]]
        m._parameters = {"bias": m.bias}
        m._buffers.update(b=lib.ones(1))
        seen += [[n for n, _ in m.named_parameters()], m.b.item(), list(m.state_dict())]
        m._buffers["b"] = lib.zeros(1)
        seen += [m.b.item()]
        m._buffers.clear()
        return [*seen, hasattr(m, "b"), m.bias is m._parameters["bias"]]

    both(program)


def test_buffers() -> None:
    def program(lib):
        m = lib.nn.Module()
        m.a = lib.nn.Buffer(lib.tensor([1, 2]))
        m.b = lib.nn.Buffer(lib.ones(2), persistent=False)
        m.register_buffer("c", lib.zeros(1), persistent=False)
        seen = [repr(m.a), list(m.state_dict()), isinstance(m.a, lib.nn.Buffer)]
        for again in (copy.deepcopy(m), pickle.loads(pickle.dumps(m))):
            seen += [list(again.state_dict()), again.a.tolist(), again.b is again._buffers["b"]]
        m.double()
        seen += [m.b.dtype == lib.float64, m.a.dtype == lib.int64, list(m.state_dict())]
        m.b = lib.zeros(2)
        seen += [list(m.state_dict()), [n for n, _ in m.named_buffers()]]
        m.a = None
        del m.b
        return [*seen, m.a, [n for n, _ in m.named_buffers()]]

    both(program)


def test_attributes_that_are_missing() -> None:
    def program(lib):
        class Odd(lib.nn.Module):
            @property
            def broken(self):
                return self.missing

            @property
            def size(self):
                return 3

        m = Odd()
        seen = []
        for call in (
            lambda: m.nothing,
            lambda: m.broken,
            lambda: m.register_buffer("size", lib.ones(1)),
            lambda: m.get_buffer("nothing"),
            lambda: lib.nn.Module(3),
            lambda: lib.nn.Module(a=3),
            lambda: Odd.__new__(Odd).__setattr__("w", lib.nn.Parameter(lib.ones(1))),
            lambda: Odd.__new__(Odd).__setattr__("w", lib.nn.ReLU()),
        ):
            with pytest.raises((AttributeError, KeyError, TypeError)) as caught:
                call()
            seen.append((caught.type.__name__, str(caught.value)))
        return seen

    both(program)


def test_submodules_by_name() -> None:
    def program(lib):
        net = tree(lib)
        net.set_submodule("0.a", lib.nn.Tanh())
        net.set_submodule("2.new", lib.nn.ReLU())
        net.set_submodule("1", lib.nn.GELU(), strict=True)
        seen = [repr(net), net.get_buffer("0.mean").tolist(), len(list(net.modules()))]
        seen += [len(list(net.modules(remove_duplicate=False)))]
        for call in (
            lambda: net.set_submodule("", lib.nn.ReLU()),
            lambda: net.set_submodule("1", 3),
            lambda: net.set_submodule("0.scale", lib.nn.ReLU()),
            lambda: net.set_submodule("9", lib.nn.ReLU(), strict=True),
            lambda: net.get_submodule("0.scale"),
            lambda: net.get_parameter("0.mean"),
            lambda: net.get_buffer("0.scale"),
        ):
            with pytest.raises((ValueError, AttributeError)) as caught:
                call()
            seen.append((caught.type.__name__, str(caught.value).replace("pyad", "torch")))
        return seen

    both(program)


WRITES = {
    "pop": lambda d, v: d.pop("a"),
    "pop with a default": lambda d, v: d.pop("a", 3),
    "pop of nothing": lambda d, v: d.pop("c", 3),
    "pop of nothing without a default": lambda d, v: d.pop("c"),
    "popitem": lambda d, v: d.popitem(),
    "del": lambda d, v: d.__delitem__("a"),
    "del of nothing": lambda d, v: d.__delitem__("c"),
    "set": lambda d, v: d.__setitem__("c", v),
    "set again": lambda d, v: d.__setitem__("a", v),
    "setdefault": lambda d, v: d.setdefault("c", v),
    "setdefault of something": lambda d, v: d.setdefault("a", v),
    "update": lambda d, v: d.update({"a": v, "c": v}),
    "update by name": lambda d, v: d.update(c=v),
    "update by pairs": lambda d, v: d.update([("c", v), ("b", v)]),
    "or": lambda d, v: d.__ior__({"c": v}),
    "clear": lambda d, v: d.clear(),
}


@pytest.mark.parametrize("name", WRITES)
@pytest.mark.parametrize("kind", ["parameters", "buffers", "modules"])
def test_a_registry_is_a_dict_and_attributes_follow(kind, name) -> None:
    def program(lib):
        make = {
            "parameters": lambda: lib.nn.Parameter(lib.ones(1)),
            "buffers": lambda: lib.ones(1),
            "modules": lib.nn.Identity,
        }[kind]
        m = lib.nn.Module()
        values = {"a": make(), "b": make(), "new": make()}
        known = {id(v): k for k, v in values.items()}

        def told(v):
            if isinstance(v, tuple):
                return tuple(map(told, v))
            return known.get(id(v), v if isinstance(v, (int, str, type(None))) else "dict")

        registry = getattr(m, f"_{kind}")
        registry.update(a=values["a"], b=values["b"])
        try:
            seen = told(WRITES[name](registry, values["new"]))
        except KeyError as error:
            seen = repr(error)
        shown = {k: told(getattr(m, k, None)) for k in "abc"}
        return seen, {k: told(v) for k, v in registry.items()}, shown

    both(program)


class WithoutCache(nn.Module):
    """Leaves out what it can work out again, as `__getstate__` is often written."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Linear(2, 2)
        self.cache = [1]

    def __getstate__(self) -> dict:
        state = super().__getstate__()
        del state["cache"]
        state["training"] = False
        return state


@pytest.mark.parametrize("way", [copy.copy, copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_a_changed_state_leaves_the_module(way) -> None:
    m = WithoutCache()
    n = way(m)
    assert m.cache == [1]
    assert m.training
    assert not n.training
    assert not hasattr(n, "cache")
    for a, b in zip(arrays(m), arrays(n), strict=True):
        np.testing.assert_array_equal(a, b)


def test_tuples_of_a_number() -> None:
    """What modules outside of the library read their arguments with."""
    for name in ("_single", "_pair", "_triple"):
        mine, its = (getattr(lib.nn.modules.utils, name) for lib in (pyad, torch))
        for value in (3, (1, 2), [4], 0.5, None):
            assert mine(value) == its(value)
    for n in (1, 2, 5):
        assert pyad.nn.modules.utils._ntuple(n)(7) == torch.nn.modules.utils._ntuple(n)(7)


@pytest.mark.parametrize("recurse", [True, False])
def test_to_empty_gives_new_memory(recurse):
    found = []
    for lib in (pyad, torch):
        net = lib.nn.Sequential(lib.nn.Linear(2, 3), lib.nn.BatchNorm1d(3))
        net.own = lib.nn.Parameter(lib.ones(4, dtype=lib.float64))
        before = {k: v.data_ptr() for k, v in net.state_dict(keep_vars=True).items()}
        assert net.to_empty(device="cpu", recurse=recurse) is net
        state = net.state_dict(keep_vars=True)
        found.append(
            [
                (
                    k,
                    tuple(v.shape),
                    str(v.dtype).split(".")[-1],
                    v.requires_grad,
                    v.data_ptr() != before[k],
                )
                for k, v in state.items()
            ]
        )
    assert found[0] == found[1]
