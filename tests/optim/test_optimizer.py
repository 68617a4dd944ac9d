"""Optimizers take PyTorch's steps, keep its state, and refuse what it refuses."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
import torch

import pyad

SETTINGS = [
    ("SGD", {"lr": 0.1}),
    ("SGD", {"lr": 0.1, "weight_decay": 0.3}),
    ("SGD", {"lr": 0.1, "momentum": 0.9}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.4}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
    ("SGD", {"lr": 0.1, "momentum": 0.5, "maximize": True, "weight_decay": 0.1}),
    ("Adam", {}),
    ("Adam", {"lr": 0.05, "betas": (0.8, 0.95), "eps": 1e-6}),
    ("Adam", {"lr": 0.05, "weight_decay": 0.2}),
    ("Adam", {"lr": 0.05, "amsgrad": True, "maximize": True}),
    ("AdamW", {"lr": 0.05}),
    ("AdamW", {"lr": 0.05, "weight_decay": 0.3, "amsgrad": True}),
    ("AdamW", {"lr": 0.05, "maximize": True}),
]
SHAPES = [(), (3,), (4, 5), (17, 33), (0,)]


def close(ours: pyad.Tensor, theirs: torch.Tensor, ulps: int = 4) -> None:
    """Equal to some last bits of numbers about 1, which is what parameters and gradients are here.

    PyTorch fuses products and sums, ours round both, so last bits differ; where a step takes a
    parameter close to zero they are more than last bits of it.
    """
    a, b = ours.detach().numpy(), theirs.detach().numpy()
    assert a.dtype == b.dtype
    eps = np.finfo(a.dtype).eps
    np.testing.assert_allclose(a, b, rtol=ulps * eps, atol=ulps * eps)


def make(name: str, settings: dict, dtype: str):
    rng = np.random.default_rng(0)
    values = [rng.normal(size=shape).astype(dtype) for shape in SHAPES]
    ours = [pyad.nn.Parameter(pyad.tensor(v)) for v in values]
    theirs = [torch.nn.Parameter(torch.tensor(v)) for v in values]
    first = getattr(pyad.optim, name)(ours, **settings)
    second = getattr(torch.optim, name)(theirs, **settings)
    return rng, ours, theirs, first, second


def give_grads(rng, ours, theirs, leave_out: int | None = None) -> None:
    for i, (p, q) in enumerate(zip(ours, theirs, strict=True)):
        if i == leave_out:
            p.grad = q.grad = None
        else:
            g = rng.normal(size=tuple(p.shape)).astype(p.detach().numpy().dtype)
            p.grad, q.grad = pyad.tensor(g), torch.tensor(g)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("name", "settings"), SETTINGS)
def test_steps_are_torchs(name: str, settings: dict, dtype: str) -> None:
    rng, ours, theirs, first, second = make(name, settings, dtype)
    for step in range(12):
        give_grads(rng, ours, theirs, leave_out=step % 7)  # a parameter may come late, or pause
        first.step()
        second.step()
        for p, q in zip(ours, theirs, strict=True):
            # Each step rounds on its own, so the difference may grow a little with their number.
            close(p, q, ulps=8 * (step + 1))
            assert (
                set(first.state.get(p, {}))
                == {k for k, v in second.state.get(q, {}).items() if v is not None}
                or p.numel() == 0
            )
            for key, value in second.state.get(q, {}).items():
                if isinstance(value, torch.Tensor) and q.numel():
                    close(first.state[p][key], value, ulps=8 * (step + 1))


@pytest.mark.parametrize(("name", "settings"), SETTINGS)
def test_state_dicts_continue_a_run(name: str, settings: dict) -> None:
    rng, ours, theirs, first, _ = make(name, settings, "float64")
    for _ in range(3):
        give_grads(rng, ours, theirs)
        first.step()
    saved = copy.deepcopy(first.state_dict())
    copies = [pyad.nn.Parameter(p.detach().clone()) for p in ours]
    other = getattr(pyad.optim, name)(copies, lr=123.0)
    other.load_state_dict(pickle.loads(pickle.dumps(saved)))
    assert other.param_groups[0]["lr"] == first.param_groups[0]["lr"]
    for _ in range(3):
        give_grads(rng, ours, theirs)
        for p, q in zip(ours, copies, strict=True):
            q.grad = p.grad.clone()
        first.step()
        other.step()
    for p, q in zip(ours, copies, strict=True):
        assert (p == q).all()


def test_state_dict_has_torchs_form() -> None:
    rng, ours, theirs, first, second = make("Adam", {"lr": 0.01}, "float32")
    give_grads(rng, ours, theirs)
    first.step()
    second.step()
    mine, its = first.state_dict(), second.state_dict()
    assert mine["param_groups"][0]["params"] == its["param_groups"][0]["params"]
    assert list(mine["state"]) == list(its["state"])
    for key, entry in its["state"].items():
        assert list(mine["state"][key]) == list(entry)
        assert mine["state"][key]["step"].item() == entry["step"].item() == 1
        assert mine["state"][key]["step"].shape == ()


def test_training_equals_torchs() -> None:
    """A whole run: same seed, same start, same batches, same losses."""
    pyad.manual_seed(0)
    torch.manual_seed(0)
    layers = [(10, 16), (16, 16), (16, 3)]
    mine, its = pyad.nn.Sequential(), torch.nn.Sequential()
    for i, (a, b) in enumerate(layers):
        mine.append(pyad.nn.Linear(a, b, dtype=pyad.float64))
        its.append(torch.nn.Linear(a, b, dtype=torch.float64))
        if i < 2:
            mine.append(pyad.nn.Tanh())
            its.append(torch.nn.Tanh())
    x, y = pyad.randn(64, 10, dtype=pyad.float64), pyad.randint(3, (64,))
    u, v = torch.randn(64, 10, dtype=torch.float64), torch.randint(3, (64,))
    a = pyad.optim.AdamW(mine.parameters(), lr=0.01)
    b = torch.optim.AdamW(its.parameters(), lr=0.01)
    for _ in range(20):
        order, other = pyad.randperm(64)[:16], torch.randperm(64)[:16]
        a.zero_grad()
        b.zero_grad()
        loss = pyad.nn.functional.cross_entropy(mine(x[order]), y[order])
        other_loss = torch.nn.functional.cross_entropy(its(u[other]), v[other])
        loss.backward()
        other_loss.backward()
        a.step()
        b.step()
        assert loss.item() == pytest.approx(other_loss.item(), rel=1e-9)


def test_groups_have_settings_of_their_own() -> None:
    p, q = pyad.nn.Parameter(pyad.ones(2)), pyad.nn.Parameter(pyad.ones(2))
    optimizer = pyad.optim.SGD([{"params": [p], "lr": 1.0}, {"params": q}], lr=0.5)
    (p.sum() + q.sum()).backward()
    optimizer.step()
    assert p.tolist() == [0, 0]
    assert q.tolist() == [0.5, 0.5]
    r = pyad.nn.Parameter(pyad.ones(1))
    optimizer.add_param_group({"params": [r], "lr": 2.0})
    assert [g["lr"] for g in optimizer.param_groups] == [1.0, 0.5, 2.0]
    named = pyad.optim.SGD(pyad.nn.Linear(1, 1).named_parameters())
    assert named.param_groups[0]["param_names"] == ["weight", "bias"]


def test_zero_grad() -> None:
    p, q = pyad.nn.Parameter(pyad.ones(2)), pyad.nn.Parameter(pyad.ones(2))
    optimizer = pyad.optim.SGD([p, q])
    (p * 3).sum().backward(create_graph=True)
    kept = p.grad
    optimizer.zero_grad(set_to_none=False)
    assert q.grad is None
    assert p.grad.tolist() == [0, 0]
    assert not p.grad.requires_grad
    del kept
    optimizer.zero_grad()
    assert p.grad is None


def test_closure() -> None:
    p = pyad.nn.Parameter(pyad.tensor(3.0))
    optimizer = pyad.optim.SGD([p], lr=0.25)

    def closure():
        optimizer.zero_grad()
        loss = p * p
        loss.backward()
        return loss

    with pyad.no_grad():
        assert optimizer.step(closure).item() == 9
    assert p.item() == 1.5


def test_a_step_does_not_touch_saved_values() -> None:
    p = pyad.nn.Parameter(pyad.tensor([2.0]))
    optimizer = pyad.optim.SGD([p], lr=1.0)
    y = p * p * p
    y.backward(retain_graph=True)
    before = p.grad.clone()
    optimizer.step()
    optimizer.zero_grad()
    y.backward()
    assert (p.grad == before).all()


def test_strided_parameters() -> None:
    base = pyad.ones(4, 6, dtype=pyad.float64)
    p = base.t()[::2].detach().requires_grad_()
    q = torch.ones(3, 4, dtype=torch.float64, requires_grad=True)
    for optimizer, x in [(pyad.optim.Adam([p]), p), (torch.optim.Adam([q]), q)]:
        for _ in range(3):
            optimizer.zero_grad()
            (x.cumsum(0) ** 2).sum().backward()
            optimizer.step()
    close(p, q, ulps=32)
    assert base[:, 0].tolist() == p[0].tolist()
    assert base[0, 1].item() == 1


def test_repr_lists_settings() -> None:
    text = repr(pyad.optim.SGD([pyad.nn.Parameter(pyad.ones(1))], lr=0.5))
    assert text.startswith("SGD (\nParameter Group 0\n")
    assert "    lr: 0.5\n" in text


def test_an_optimizer_can_be_copied() -> None:
    p = pyad.nn.Parameter(pyad.ones(2))
    optimizer = pyad.optim.SGD([p], lr=0.5, momentum=0.9)
    p.grad = pyad.ones(2)
    optimizer.step()
    again = pickle.loads(pickle.dumps(optimizer))
    q = again.param_groups[0]["params"][0]
    assert q.tolist() == p.tolist()
    assert again.state[q]["momentum_buffer"].tolist() == [1, 1]


W = [pyad.nn.Parameter(pyad.ones(1))]


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: pyad.optim.SGD(W[0]), TypeError, "iterable of Tensors"),
        (lambda: pyad.optim.SGD([]), ValueError, "empty parameter list"),
        (lambda: pyad.optim.SGD([1.0]), TypeError, "only optimize Tensors"),
        (lambda: pyad.optim.SGD([{"params": set(W)}]), TypeError, "ordered collections"),
        (lambda: pyad.optim.SGD([W[0] * 2]), ValueError, "non-leaf"),
        (lambda: pyad.optim.SGD(W + W), ValueError, "duplicate"),
        (lambda: pyad.optim.SGD([{"params": W}, {"params": W}]), ValueError, "more than one"),
        (lambda: pyad.optim.SGD(W, lr=-1), ValueError, "Invalid learning rate: -1"),
        (lambda: pyad.optim.SGD(W, momentum=-1), ValueError, "Invalid momentum"),
        (lambda: pyad.optim.SGD(W, weight_decay=-1), ValueError, "Invalid weight_decay"),
        (lambda: pyad.optim.SGD(W, nesterov=True), ValueError, "Nesterov"),
        (lambda: pyad.optim.Adam(W, betas=(1.0, 0.9)), ValueError, "beta parameter at index 0"),
        (lambda: pyad.optim.Adam(W, eps=-1), ValueError, "epsilon"),
        (lambda: pyad.optim.Adam(W, lr=float("nan")), ValueError, "learning rate"),
        (
            lambda: pyad.optim.SGD(W).load_state_dict({"state": {}, "param_groups": []}),
            ValueError,
            "number of parameter groups",
        ),
        (lambda: pyad.optim.SGD(W).add_param_group([1]), TypeError, "must be a dict"),
        (lambda: pyad.optim.Optimizer(W, {}).step(), NotImplementedError, "Optimizer"),
    ],
)
def test_bad_input(call, error, text) -> None:
    with pytest.raises(error, match=text):
        call()


def test_a_bad_gradient_changes_nothing() -> None:
    p, q = pyad.nn.Parameter(pyad.ones(2)), pyad.nn.Parameter(pyad.ones(2))
    optimizer = pyad.optim.Adam([p, q])
    p.grad, q.grad = pyad.ones(2), pyad.ones(2)
    optimizer.step()
    before, state = p.tolist(), copy.deepcopy(optimizer.state[p])
    optimizer.state[q]["exp_avg"] = pyad.ones(3)
    with pytest.raises(RuntimeError, match="first moment"):
        optimizer.step()
    assert p.tolist() == before
    assert all((optimizer.state[p][k] == v).all() for k, v in state.items())
    optimizer.state[q] = {"step": "three"}
    with pytest.raises(TypeError, match="step"):
        optimizer.step()
