"""Parametrisations, weight and spectral norm behave as PyTorch's."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
import torch

import pyad
from alike import both, start_alike

X = np.random.default_rng(0).normal(size=(3, 5))


def rounded(x):
    return np.round(np.asarray(x.detach().numpy(), dtype=float), 9).tolist()


def ours(lib):
    class Symmetric(lib.nn.Module):
        def forward(self, x):
            return x.triu() + x.triu(1).mT

        def right_inverse(self, a):
            return a.triu()

    class Double(lib.nn.Module):
        def forward(self, x):
            return 2 * x

    class RankOne(lib.nn.Module):
        def forward(self, a, b):
            return a.unsqueeze(-1) * b.unsqueeze(-2)

        def right_inverse(self, z):
            return z[:, 0].clone(), z[0].clone()

    return Symmetric(), Double(), RankOne()


def test_registration() -> None:
    def program(lib):
        lib.manual_seed(0)
        P = lib.nn.utils.parametrize
        symmetric, double, _ = ours(lib)
        m = lib.nn.Linear(3, 3).double()
        seen = [P.is_parametrized(m), P.register_parametrization(m, "weight", symmetric) is m]
        seen += [P.is_parametrized(m), P.is_parametrized(m, "weight"), P.is_parametrized(m, "bias")]
        seen += [rounded(m.weight), list(m.state_dict()), repr(m), type(m).__name__]
        P.register_parametrization(m, "weight", double)
        P.register_parametrization(m, "bias", double)
        seen += [rounded(m.weight), rounded(m.bias), list(m.state_dict()), repr(m)]
        seen += [isinstance(m, lib.nn.Linear), P.type_before_parametrizations(m).__name__]
        m(lib.ones(2, 3, dtype=lib.float64)).sum().backward()
        seen += [rounded(p.grad) for p in m.parameters()]
        with P.cached():
            seen += [m.weight is m.weight]
        seen += [m.weight is m.weight]
        twin = copy.deepcopy(m)
        seen += [rounded(twin.weight), twin.weight is not m.weight]
        with lib.no_grad():
            twin.parametrizations.weight.original.zero_()
        seen += [rounded(twin.weight), rounded(m.weight)]
        other = lib.nn.Linear(3, 3).double()
        P.register_parametrization(other, "weight", symmetric)
        P.register_parametrization(other, "weight", double)
        P.register_parametrization(other, "bias", double)
        other.load_state_dict(m.state_dict())
        seen += [rounded(other.weight)]
        P.remove_parametrizations(m, "weight")
        seen += [rounded(m.weight), list(m.state_dict()), type(m).__name__]
        P.remove_parametrizations(m, "bias", leave_parametrized=False)
        seen += [rounded(m.bias), list(m.state_dict()), type(m).__name__]
        seen += [type(m.weight).__name__, hasattr(m, "parametrizations")]
        return seen

    both(program)


def test_assignment() -> None:
    def program(lib):
        lib.manual_seed(0)
        P = lib.nn.utils.parametrize
        symmetric, double, rank_one = ours(lib)
        m = P.register_parametrization(lib.nn.Linear(3, 3).double(), "weight", symmetric)
        new = lib.tensor(np.arange(9.0).reshape(3, 3))
        m.weight = new + new.mT
        seen = [rounded(m.weight), rounded(m.parametrizations.weight.original)]
        n = P.register_parametrization(lib.nn.Linear(3, 3), "weight", double)
        with pytest.raises(RuntimeError, match="does not implement"):
            n.weight = lib.ones(3, 3)
        r = P.register_parametrization(lib.nn.Linear(3, 2).double(), "weight", rank_one)
        seen += [list(r.state_dict()), rounded(r.weight)]
        r.weight = lib.tensor(np.ones((2, 3)))
        seen += [rounded(r.weight)]
        with pytest.raises(ValueError, match="Cannot leave unparametrized"):
            P.remove_parametrizations(r, "weight", leave_parametrized=False)
        P.remove_parametrizations(r, "weight")
        seen += [rounded(r.weight), r.weight.requires_grad, type(r.weight).__name__]
        return seen

    both(program)


def test_buffers_and_transfer() -> None:
    def program(lib):
        lib.manual_seed(0)
        P = lib.nn.utils.parametrize
        _, double, _ = ours(lib)
        m = lib.nn.Module()
        m.register_buffer("b", lib.tensor([1.0, 2.0]))
        P.register_parametrization(m, "b", double)
        seen = [m.b.tolist(), list(m.state_dict()), [n for n, _ in m.named_buffers()]]
        target = lib.nn.Module()
        a = P.register_parametrization(lib.nn.Linear(2, 2).double(), "weight", double)
        P.transfer_parametrizations_and_params(a, target)
        seen += [rounded(target.weight) == rounded(a.weight), list(target.state_dict())]
        same = target.parametrizations.weight.original is a.parametrizations.weight.original
        return [*seen, same]

    both(program)


def test_errors() -> None:
    def shrink(lib):
        class Shrink(lib.nn.Module):
            def forward(self, x):
                return x[:1]

        return Shrink()

    def to_double(lib):
        class ToDouble(lib.nn.Module):
            def forward(self, x):
                return x.double()

        return ToDouble()

    def text(lib):
        class Text(lib.nn.Module):
            def forward(self, x):
                return "x"

        return Text()

    for lib in (torch, pyad):
        P = lib.nn.utils.parametrize
        for make, match in (
            (shrink, "may not change the shape"),
            (to_double, "may not change the dtype"),
            (text, "must return a tensor"),
        ):
            m = lib.nn.Linear(2, 2)
            with pytest.raises(ValueError, match=match):
                P.register_parametrization(m, "weight", make(lib))
            assert list(m.state_dict()) == ["weight", "bias"]
            P.register_parametrization(m, "weight", lib.nn.Identity())
            with pytest.raises(ValueError, match=match):
                P.register_parametrization(m, "weight", make(lib))
        with pytest.raises(ValueError, match="does not have a parameter"):
            P.register_parametrization(m, "other", lib.nn.Identity())
        with pytest.raises(ValueError, match="does not have a parametrization"):
            P.remove_parametrizations(m, "bias")
        with pytest.raises(RuntimeError, match="state_dict"):
            pickle.dumps(m)
        with pytest.raises(ValueError, match="one or more modules"):
            P.ParametrizationList([], lib.ones(1))
        unsafe = lib.nn.Linear(2, 2)
        P.register_parametrization(unsafe, "weight", shrink(lib), unsafe=True)
        assert tuple(unsafe.weight.shape) == (1, 2)


def steps(lib, m):
    """A few steps of training and one of evaluation: values, gradients, state."""
    seen = [repr(m), list(m.state_dict())]
    x = lib.tensor(X)
    for _ in range(3):
        m.zero_grad()
        y = m(x)
        (y * y).sum().backward()
        seen.append(rounded(y))
        seen += [rounded(p.grad) for p in m.parameters()]
        with lib.no_grad():
            for p in m.parameters():
                p -= 0.01 * p.grad
    m.eval()
    seen.append(rounded(m(x)))
    seen += [rounded(v) for v in m.state_dict().values()]
    return seen


def close(a, b):
    assert a[:2] == b[:2]
    for u, v in zip(a[2:], b[2:], strict=True):
        np.testing.assert_allclose(u, v, rtol=1e-6, atol=1e-8)


NORMS = {
    "weight norm": lambda U, m: U.parametrizations.weight_norm(m),
    "weight norm of everything": lambda U, m: U.parametrizations.weight_norm(m, dim=None),
    "weight norm of columns": lambda U, m: U.parametrizations.weight_norm(m, dim=1),
    "spectral norm": lambda U, m: U.parametrizations.spectral_norm(m),
    "spectral norm, steps": lambda U, m: U.parametrizations.spectral_norm(m, "weight", 3, dim=1),
    "spectral norm of a bias": lambda U, m: U.parametrizations.spectral_norm(m, "bias"),
    "older weight norm": lambda U, m: U.weight_norm(m),
    "older weight norm of everything": lambda U, m: U.weight_norm(m, dim=None),
    "older spectral norm": lambda U, m: U.spectral_norm(m),
    "older spectral norm, steps": lambda U, m: U.spectral_norm(m, "weight", 3, dim=1),
}


@pytest.mark.filterwarnings("ignore:.*weight_norm. is deprecated")
@pytest.mark.parametrize("name", NORMS)
def test_norms(name: str) -> None:
    pair = start_alike(lambda lib: NORMS[name](lib.nn.utils, lib.nn.Linear(5, 4).double()))
    close(*(steps(lib, m) for lib, m in zip((pyad, torch), pair, strict=True)))


@pytest.mark.filterwarnings("ignore:.*weight_norm. is deprecated")
def test_removal_of_norms() -> None:
    def program(lib):
        U = lib.nn.utils
        seen = []
        for add, remove in (
            (U.weight_norm, U.remove_weight_norm),
            (U.spectral_norm, U.remove_spectral_norm),
        ):
            lib.manual_seed(0)
            m = add(lib.nn.Linear(3, 2))
            with pytest.raises(RuntimeError, match="Cannot register two"):
                add(m)
            m(lib.ones(1, 3))
            before = [round(v, 5) for v in m.weight.flatten().tolist()]
            remove(m)
            after = [round(v, 5) for v in m.weight.flatten().tolist()]
            seen += [list(m.state_dict()), type(m.weight).__name__, len(m._forward_pre_hooks)]
            assert before == after
            with pytest.raises(ValueError, match="not found"):
                remove(m)
        with pytest.raises(ValueError, match="n_power_iterations"):
            U.spectral_norm(lib.nn.Linear(1, 1), n_power_iterations=0)
        with pytest.raises(ValueError, match="n_power_iterations"):
            U.parametrizations.spectral_norm(lib.nn.Linear(1, 1), n_power_iterations=0)
        return seen

    both(program)


@pytest.mark.filterwarnings("ignore:.*weight_norm. is deprecated")
def test_older_checkpoints_load() -> None:
    def program(lib):
        lib.manual_seed(0)
        old = lib.nn.utils.weight_norm(lib.nn.Linear(3, 2))
        new = lib.nn.utils.parametrizations.weight_norm(lib.nn.Linear(3, 2))
        new.load_state_dict(old.state_dict())
        x = lib.ones(1, 3)
        return [np.allclose(old(x).tolist(), new(x).tolist()), list(new.state_dict())]

    assert both(program)[0]


def test_skip_init() -> None:
    pyad.manual_seed(0)
    before = pyad.get_rng_state().tolist()
    m = pyad.nn.utils.skip_init(pyad.nn.Linear, 3, 2, bias=False)
    assert pyad.get_rng_state().tolist() == before
    assert m.weight.shape == (2, 3)
    with pytest.raises(RuntimeError, match="'device' arg"):
        pyad.nn.utils.skip_init(pyad.nn.ReLU)
    with pytest.raises(RuntimeError, match="Expected a Module"):
        pyad.nn.utils.skip_init(int)
