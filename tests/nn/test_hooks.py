"""Hooks around calls, backward and registration run when PyTorch's do, with the same values."""

from __future__ import annotations

import copy
import warnings

import numpy as np
import pytest
import torch

import pyad
from alike import both


def listed(x):
    if isinstance(x, tuple):
        return tuple(listed(v) for v in x)
    return x if x is None else x.tolist()


def test_forward_hooks() -> None:
    def program(lib):
        m = lib.nn.Identity()
        calls = []
        a = m.register_forward_pre_hook(lambda m, args: calls.append("pre"))
        b = m.register_forward_pre_hook(lambda m, args: args[0] + 1, prepend=True)
        c = m.register_forward_hook(lambda m, args, y: y * 10)
        d = m.register_forward_hook(lambda m, args, y: calls.append(y.item()), prepend=True)
        e = m.register_forward_pre_hook(
            lambda m, args, kw: (calls.append(sorted(kw)), (args, {}))[1], with_kwargs=True
        )
        f = m.register_forward_hook(
            lambda m, args, kw, y: calls.append((len(args), sorted(kw))), with_kwargs=True
        )
        seen = [m(lib.tensor(1.0)).item(), len(m._forward_hooks), len(m._forward_pre_hooks)]
        for handle in (a, b, c, d, e, f):
            handle.remove()
            handle.remove()
        with m.register_forward_hook(lambda m, args, y: y - 1):
            seen.append(m(lib.tensor(1.0)).item())
        seen.append(m(lib.tensor(1.0)).item())
        return [*seen, calls, len(m._forward_hooks)]

    both(program)


def test_hooks_that_are_always_called() -> None:
    def program(lib):
        class Fails(lib.nn.Module):
            def forward(self, x, fail=False):
                if fail:
                    raise ValueError("no")
                return x

        m = Fails()
        calls = []
        m.register_forward_hook(lambda m, a, y: calls.append(("plain", y is None)))
        m.register_forward_hook(
            lambda m, a, y: calls.append(("always", y is None)), always_call=True
        )
        m.register_forward_hook(
            lambda m, a, kw, y: calls.append(("kw", kw, y is None)),
            always_call=True,
            with_kwargs=True,
        )
        m(lib.ones(1))
        with pytest.raises(ValueError, match="no"):
            m(lib.ones(1), fail=True)
        n = lib.nn.Identity()
        n.register_forward_pre_hook(lambda m, a, kw: 3, with_kwargs=True)
        with pytest.raises(RuntimeError, match="must return None or a tuple"):
            n(lib.ones(1))
        return calls

    both(program)


def test_a_hook_that_fails_is_no_reason_to_forget_the_error() -> None:
    for lib in (pyad, torch):
        m = lib.nn.Module()
        m.register_forward_hook(lambda m, a, y: 1 / 0, always_call=True)
        with pytest.warns(UserWarning, match="silenced"), pytest.raises(NotImplementedError):
            m(lib.ones(1))


def test_full_backward_hooks() -> None:
    def program(lib):
        class Two(lib.nn.Module):
            def forward(self, x, y, z=None):
                return x * y, x + 2 * y

        m = Two()
        calls = []
        m.register_full_backward_hook(lambda m, gi, go: calls.append((listed(gi), listed(go))))
        m.register_full_backward_pre_hook(lambda m, go: calls.append(listed(go)))
        x, y = (lib.tensor(v, requires_grad=True) for v in ([1.0, 2.0], [3.0, 4.0]))
        a, b = m(x, y)
        (a.sum() * 2 + (b * b).sum()).backward()
        seen = [x.grad.tolist(), y.grad.tolist()]
        x.grad = None
        a, b = m(x, y.detach())
        a.sum().backward()  # b gets no gradient, y needs none
        seen += [x.grad.tolist(), listed(lib.autograd.grad(m(x, y, z=3)[1].sum(), [x])[0])]
        with lib.no_grad():
            m(x, y)
        return [*seen, calls]

    both(program)


def test_backward_hooks_change_gradients() -> None:
    def program(lib):
        m = lib.nn.Linear(2, 2, bias=False).double()
        with lib.no_grad():
            m.weight.copy_(lib.tensor([[1.0, 2.0], [3.0, 4.0]]))
        h = m.register_full_backward_hook(lambda m, gi, go: (gi[0] * 10,))
        p = m.register_full_backward_pre_hook(lambda m, go: (go[0] * 2,))
        first = m.register_full_backward_hook(lambda m, gi, go: (gi[0] + 1,), prepend=True)
        x = lib.tensor([[1.0, -1.0]], dtype=lib.float64, requires_grad=True)
        m(x).sum().backward()
        seen = [x.grad.tolist(), m.weight.grad.tolist()]
        for handle in (h, p, first):
            handle.remove()
        x.grad = None
        m(x).sum().backward()
        return [*seen, x.grad.tolist()]

    both(program)


@pytest.mark.filterwarnings("ignore:Full backward hook is firing")
def test_backward_hooks_without_gradient_of_the_input() -> None:
    def program(lib):
        m = lib.nn.Linear(2, 1)
        calls = []
        m.register_full_backward_hook(lambda m, gi, go: calls.append((gi, listed(go))))
        m(lib.ones(3, 2)).sum().backward()
        m.register_full_backward_hook(lambda m, gi, go: (lib.ones(1),))
        with pytest.raises(RuntimeError, match="should always return None"):
            m(lib.ones(3, 2)).sum().backward()
        for nothing in ((None,), (None, None)):
            m = lib.nn.Linear(2, 1)
            m.register_full_backward_hook(lambda m, gi, go, r=nothing: calls.append(len(gi)) or r)
            m(lib.ones(3, 2)).sum().backward()
        m.register_full_backward_hook(lambda m, gi, go: (None, lib.ones(1)))
        with pytest.raises(RuntimeError, match="should always return None"):
            m(lib.ones(3, 2)).sum().backward()
        n = lib.nn.Tanh()
        n.register_full_backward_hook(lambda m, gi, go: (gi[0], gi[0]))
        with pytest.raises(RuntimeError, match="invalid number of grad_input"):
            n(lib.ones(1, requires_grad=True)).backward()
        q = lib.nn.Linear(2, 1)
        q.register_full_backward_hook(lambda *a: None)
        with pytest.warns(UserWarning, match="Full backward hook is firing"):
            q(lib.ones(3, 2)).sum().backward()
        k = lib.nn.Tanh()
        k.register_full_backward_pre_hook(lambda m, go: (go[0], go[0]))
        with pytest.raises(RuntimeError, match="invalid number of grad_output"):
            k(lib.ones(1, requires_grad=True)).backward()
        return calls

    both(program)


def test_second_order_through_backward_hooks() -> None:
    def program(lib):
        m = lib.nn.Tanh()
        seen = []
        m.register_full_backward_hook(lambda m, gi, go: seen.append(round(gi[0].item(), 6)))
        x = lib.tensor(0.5, requires_grad=True, dtype=lib.float64)
        (g,) = lib.autograd.grad(m(x), x, create_graph=True)
        (h,) = lib.autograd.grad(g, x)
        return [round(g.item(), 9), round(h.item(), 9), seen[0]]

    both(program)


def test_older_backward_hooks() -> None:
    def program(lib):
        m = lib.nn.Tanh()
        calls = []
        m.register_backward_hook(lambda m, gi, go: calls.append((len(gi), listed(go))))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            m(lib.ones(2, requires_grad=True)).sum().backward()
        with pytest.raises(RuntimeError, match="Cannot use both"):
            m.register_full_backward_hook(print)
        n = lib.nn.Tanh()
        n.register_full_backward_hook(lambda *a: None)
        with pytest.raises(RuntimeError, match="Cannot use both"):
            n.register_backward_hook(print)
        d = lib.nn.Identity()
        d.register_full_backward_hook(lambda *a: None)
        with pytest.warns(UserWarning, match="module output should be a Tensor or a tuple"):
            d({"a": lib.ones(1)})
        return calls

    both(program)


def test_hooks_of_all_modules() -> None:
    def program(lib):
        place = lib.nn.modules.module
        net = lib.nn.Sequential(lib.nn.Linear(2, 2), lib.nn.Tanh())
        calls = []

        def note(kind):
            return lambda m, *rest: calls.append((kind, type(m).__name__, len(rest)))

        handles = [
            place.register_module_forward_pre_hook(note("pre")),
            place.register_module_forward_hook(note("after")),
            place.register_module_forward_hook(note("kw"), with_kwargs=True),
            place.register_module_full_backward_hook(note("back")),
            place.register_module_full_backward_pre_hook(note("before")),
        ]
        net(lib.ones(1, 2, requires_grad=True)).sum().backward()
        for handle in handles:
            handle.remove()
        n = len(calls)
        net(lib.ones(1, 2)).sum().backward()
        assert len(calls) == n
        for kind in ("parameter", "buffer", "module"):
            handles.append(
                getattr(place, f"register_module_{kind}_registration_hook")(
                    lambda m, name, value, kind=kind: calls.append((kind, name))
                )
            )
        m = lib.nn.Module()
        m.w = lib.nn.Parameter(lib.ones(1))
        m.register_buffer("b", lib.ones(1))
        m.b = lib.zeros(1)
        m.act = lib.nn.Tanh()
        for handle in handles[-3:]:
            handle.remove()
        m.w2 = lib.nn.Parameter(lib.ones(1))
        return calls

    both(program)


def test_a_call_without_hooks_is_plain_again() -> None:
    plain = pyad.nn.Module.__call__
    handle = pyad.nn.modules.module.register_module_forward_hook(lambda *a: None)
    assert pyad.nn.Module.__call__ is not plain
    handle.remove()
    assert pyad.nn.Module.__call__ is plain
    assert not pyad.nn.Tanh()._hooked


def double(m, args, y):
    return y * 2


def test_copies_keep_hooks() -> None:
    import pickle

    m = pyad.nn.Tanh()
    m.register_forward_hook(double)
    for again in (copy.deepcopy(m), pickle.loads(pickle.dumps(m))):
        np.testing.assert_allclose(again(pyad.ones(1)).item(), 2 * np.tanh(1.0), rtol=1e-6)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2)])
def test_calls_are_plain_again_without_hooks_of_all_modules(order) -> None:
    """However many there were, of whatever kind: nothing stays between a call and forward."""
    plain = pyad.nn.Module.__call__
    registry = pyad.nn.modules.module
    for kind in ("forward_pre", "forward", "full_backward", "full_backward_pre"):
        register = getattr(registry, f"register_module_{kind}_hook")
        handles = [register(lambda *arguments: None) for _ in order]
        assert pyad.nn.Module.__call__ is not plain
        for k in order:
            assert pyad.nn.Module.__call__ is not plain
            handles[k].remove()
        assert pyad.nn.Module.__call__ is plain
