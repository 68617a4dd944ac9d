"""`functional_call`: a module with given parameters; gradients, ties, checks, restoration."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import pyad
from alike import both


def net(lib):
    m = lib.nn.Sequential(lib.nn.Linear(2, 3), lib.nn.Tanh(), lib.nn.Linear(3, 2)).double()
    with lib.no_grad():
        for i, p in enumerate(m.parameters()):
            p.copy_(lib.tensor(np.linspace(-1, 1, p.numel()).reshape(p.shape) + 0.1 * i))
    return m


def rounded(x):
    return np.round(x.detach().numpy(), 9).tolist()


def test_values_and_gradients() -> None:
    def program(lib):
        m = net(lib)
        call = lib.func.functional_call
        x = lib.tensor([[1.0, -2.0]], dtype=lib.float64)
        own = {n: p.detach().clone() * 2 for n, p in m.named_parameters()}
        for p in own.values():
            p.requires_grad_()
        y = call(m, own, (x,))
        y.sum().backward()
        seen = [rounded(y), rounded(call(m, own, x)), rounded(m(x))]
        seen += [rounded(p.grad) for p in own.values()]
        seen += [all(p.grad is None for p in m.parameters())]
        some = {"2.bias": own["2.bias"]}
        first = {"0.weight": own["0.weight"]}
        seen += [rounded(call(m, some, x)), rounded(call(m, (some, first), x))]
        seen += [rounded(call(m, {}, (), {"input": x}))]
        g = lib.autograd.grad(call(m, own, x).sum(), list(own.values()), create_graph=True)
        step = {n: p - 0.1 * d for (n, p), d in zip(own.items(), g, strict=True)}
        seen += [rounded(lib.autograd.grad(call(m, step, x).pow(2).sum(), own["0.weight"])[0])]
        assert all(type(p) is lib.nn.Parameter for p in m.parameters())
        assert m[0].weight is m[0]._parameters["weight"]
        return seen

    both(program)


def test_ties() -> None:
    def program(lib):
        class Tied(lib.nn.Module):
            def __init__(self):
                super().__init__()
                self.a = lib.nn.Parameter(lib.ones(1))
                self.b = self.a
                self.register_buffer("c", lib.ones(1))

            def forward(self, x):
                return x * self.a + self.b + self.c

        m = Tied()
        call = lib.func.functional_call
        x = lib.tensor([3.0])
        two, five = lib.tensor([2.0]), lib.tensor([5.0])
        seen = [call(m, {"a": two}, x).item(), call(m, {"b": two}, x).item()]
        seen += [call(m, {"a": two}, x, tie_weights=False).item()]
        seen += [call(m, {"a": two, "b": five}, x, tie_weights=False).item()]
        seen += [call(m, {"a": two, "c": five}, x, strict=True).item()]
        for given, kwargs, error in (
            ({"a": two, "b": five}, {}, ValueError),
            (({"a": two}, {"a": two}), {}, ValueError),
            ({"a": two}, {"strict": True}, RuntimeError),
            ({"a": two, "c": two, "z": two}, {"strict": True}, RuntimeError),
            (3, {}, ValueError),
            ((3,), {}, ValueError),
            ({"no.such": two}, {}, AttributeError),
        ):
            with pytest.raises(error) as caught:
                call(m, given, x, **kwargs)
            if error is ValueError and isinstance(given, dict):
                seen.append(str(caught.value))
        return [*seen, m(x).item()]

    both(program)


def test_buffers_that_change() -> None:
    def program(lib):
        class Counter(lib.nn.Module):
            def __init__(self):
                super().__init__()
                self.register_buffer("n", lib.zeros(1))
                self.register_buffer("last", lib.zeros(1))

            def forward(self, x):
                self.n.add_(1)
                self.last = x
                return x

        m = Counter()
        given = {"n": lib.full((1,), 5.0), "last": lib.ones(1)}
        lib.func.functional_call(m, given, lib.full((1,), 7.0))
        return [given["n"].item(), given["last"].item(), m.n.item(), m.last.item()]

    both(program)


def test_an_error_restores_the_module() -> None:
    m = net(pyad)
    own = dict(m.named_parameters())
    with pytest.raises(RuntimeError):
        pyad.func.functional_call(
            m, {"0.weight": pyad.ones(7, 7).double()}, pyad.ones(1, 2).double()
        )
    assert all(p is own[n] for n, p in m.named_parameters())
    assert m[0].weight is own["0.weight"]


def test_parametrised_modules() -> None:
    def program(lib):
        m = lib.nn.Linear(2, 2, bias=False)
        P = lib.nn.utils.parametrize
        P.register_parametrization(m, "weight", lib.nn.Tanh())
        key = "parametrizations.weight.original"
        w = lib.zeros(2, 2, requires_grad=True)
        y = lib.func.functional_call(m, {key: w}, lib.ones(1, 2))
        y.sum().backward()
        return [y.tolist(), w.grad.tolist()]

    both(program)


def test_older_place() -> None:
    for lib in (torch, pyad):
        m = lib.nn.Linear(1, 1, bias=False)
        with pytest.warns(FutureWarning, match="deprecated"):
            y = lib.nn.utils.stateless.functional_call(m, {"weight": lib.ones(1, 1)}, lib.ones(1))
        assert y.item() == 1
