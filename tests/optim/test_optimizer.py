"""What all optimizers do: groups, closures, hooks, copies, and what they refuse."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
import torch

import pyad
from optim_cases import ALL


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
    base = pyad.ones(2, 2)
    p.grad = base[:, 1]
    seen = p.grad
    optimizer.zero_grad(set_to_none=False)
    assert seen.tolist() == [0, 0]
    assert base.tolist() == [[1, 0], [1, 0]]


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


def test_repr_of_groups_is_torchs() -> None:
    texts = []
    for library in (torch, pyad):
        a, b = (library.nn.Parameter(library.ones(1)) for _ in range(2))
        texts.append(repr(library.optim.SGD([{"params": [a]}, {"params": [b], "lr": 1.0}], lr=0.1)))
    assert texts[0] == texts[1]


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


BAD = [
    ("SGD", {"lr": -1.0}),
    ("SGD", {"momentum": -1.0}),
    ("SGD", {"weight_decay": -1.0}),
    ("SGD", {"nesterov": True}),
    ("SGD", {"nesterov": True, "momentum": 0.9, "dampening": 0.1}),
    ("SGD", {"foreach": True, "fused": True}),
    ("Adam", {"lr": -1.0}),
    ("Adam", {"lr": float("nan")}),
    ("Adam", {"eps": -1.0}),
    ("Adam", {"betas": (1.0, 0.9)}),
    ("Adam", {"betas": (0.9, -0.1)}),
    ("Adam", {"betas": (0, 0.9)}),
    ("Adam", {"weight_decay": -1.0}),
    ("Adam", {"foreach": True, "fused": True}),
    ("AdamW", {"betas": (0.9, 1.0)}),
    ("RMSprop", {"lr": -1.0}),
    ("RMSprop", {"eps": -1.0}),
    ("RMSprop", {"momentum": -1.0}),
    ("RMSprop", {"weight_decay": -1.0}),
    ("RMSprop", {"alpha": -1.0}),
    ("Adagrad", {"lr": -1.0}),
    ("Adagrad", {"lr_decay": -1.0}),
    ("Adagrad", {"weight_decay": -1.0}),
    ("Adagrad", {"initial_accumulator_value": -1.0}),
    ("Adagrad", {"eps": -1.0}),
    ("Adadelta", {"lr": -1.0}),
    ("Adadelta", {"rho": 1.5}),
    ("Adadelta", {"eps": -1.0}),
    ("Adadelta", {"weight_decay": -1.0}),
    ("Adamax", {"lr": -1.0}),
    ("Adamax", {"eps": -1.0}),
    ("Adamax", {"betas": (0.9, 2.0)}),
    ("Adamax", {"weight_decay": -1.0}),
    ("NAdam", {"lr": -1.0}),
    ("NAdam", {"momentum_decay": -1.0}),
    ("NAdam", {"betas": (-0.1, 0.9)}),
    ("RAdam", {"lr": -1.0}),
    ("RAdam", {"betas": (0.9, 1.0)}),
    ("RAdam", {"eps": -1.0}),
    ("Rprop", {"lr": -1.0}),
    ("Rprop", {"etas": (1.5, 0.5)}),
    ("ASGD", {"lr": -1.0}),
    ("ASGD", {"weight_decay": -1.0}),
    ("LBFGS", {"lr": -1.0}),
]


@pytest.mark.parametrize(("name", "settings"), BAD)
def test_bad_settings_are_refused_as_torch_does(name: str, settings: dict) -> None:
    with pytest.raises((ValueError, RuntimeError)) as theirs:
        getattr(torch.optim, name)([torch.nn.Parameter(torch.ones(1))], **settings)
    with pytest.raises((ValueError, RuntimeError)) as ours:
        getattr(pyad.optim, name)([pyad.nn.Parameter(pyad.ones(1))], **settings)
    assert type(ours.value) is type(theirs.value)
    assert str(ours.value) == str(theirs.value)


@pytest.mark.parametrize("name", sorted({name for name, _ in ALL} | {"LBFGS"}))
def test_signatures_and_tensors_as_settings(name: str) -> None:
    w = [pyad.nn.Parameter(pyad.ones(1))]
    with pytest.raises(ValueError, match="Tensor lr must be 1-element"):
        getattr(pyad.optim, name)(w, lr=pyad.ones(2))
    if name != "LBFGS":
        with pytest.raises(NotImplementedError, match="differentiable=True"):
            getattr(pyad.optim, name)(w, differentiable=True)
    ours = getattr(pyad.optim, name)(w).defaults
    theirs = getattr(torch.optim, name)([torch.nn.Parameter(torch.ones(1))]).defaults
    assert list(ours.items()) == list(theirs.items())


W = [pyad.nn.Parameter(pyad.ones(1))]
NAMED = [("w", W[0])]


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: pyad.optim.SGD(W[0]), TypeError, "iterable of Tensors"),
        (lambda: pyad.optim.SGD([]), ValueError, "empty parameter list"),
        (lambda: pyad.optim.SGD([1.0]), TypeError, "only optimize Tensors"),
        (lambda: pyad.optim.SGD([{"params": set(W)}]), TypeError, "ordered collections"),
        (lambda: pyad.optim.SGD([W[0] * 2]), ValueError, "non-leaf"),
        (lambda: pyad.optim.SGD([{"params": W}, {"params": W}]), ValueError, "more than one"),
        (
            lambda: pyad.optim.SGD([*NAMED, pyad.nn.Parameter(pyad.ones(1))]),
            ValueError,
            "Some param names are missing",
        ),
        (
            lambda: pyad.optim.SGD(NAMED).add_param_group({"params": pyad.ones(1)}),
            ValueError,
            "with/without names",
        ),
        (
            lambda: pyad.optim.SGD(W).load_state_dict({"state": {}, "param_groups": []}),
            ValueError,
            "number of parameter groups",
        ),
        (
            lambda: pyad.optim.SGD(W).load_state_dict(
                {"state": {}, "param_groups": [{"params": [0, 1]}]}
            ),
            ValueError,
            "size of optimizer's group",
        ),
        (lambda: pyad.optim.SGD(W).add_param_group([1]), TypeError, "must be a dict"),
        (lambda: pyad.optim.Optimizer(W, {}).step(), NotImplementedError, "Optimizer"),
        (
            lambda: pyad.optim.LBFGS([{"params": W}, {"params": pyad.ones(1)}]),
            ValueError,
            "per-parameter options",
        ),
        (lambda: pyad._core.optim_step("none", [], {}), ValueError, "no such rule"),
        (lambda: pyad._core.optim_step("sgd", [{}], {}), TypeError, "'params'"),
        (lambda: pyad._core.optim_step("sgd", [{"params": []}], {}), KeyError, "lr"),
        (lambda: pyad._core.optim_step("sgd", [], []), TypeError, "list of dicts"),
    ],
)
def test_bad_input(call, error, text) -> None:
    with pytest.raises(error, match=text):
        call()


def test_duplicates_are_warned_of_and_step_twice() -> None:
    results = []
    for module in (pyad, torch):
        p = module.nn.Parameter(module.ones(2))
        with pytest.warns(UserWarning, match="duplicate parameters"):
            optimizer = module.optim.Adam([p, p], lr=0.1)
        for _ in range(3):
            p.grad = module.ones(2)
            optimizer.step()
        assert optimizer.state[p]["step"].item() == 6
        results.append(p.tolist())
    assert results[0] == pytest.approx(results[1], rel=1e-6)


def test_a_parameter_without_elements_keeps_a_count() -> None:
    p = pyad.nn.Parameter(pyad.ones(0, 3))
    optimizer = pyad.optim.Adam([p])
    p.grad = pyad.ones(0, 3)
    optimizer.step()
    assert optimizer.state[p]["step"].item() == 1


def test_hooks_around_steps() -> None:
    seen = []

    class Mine(pyad.optim.Optimizer):
        def step(self, closure=None, scale=1):
            seen.append(("step", scale))
            return "result"

    def before(optimizer, args, kwargs):
        seen.append(("before", args, dict(kwargs)))
        return args, {**kwargs, "scale": 3}

    def after(optimizer, args, kwargs):
        seen.append(("after", args, dict(kwargs)))

    optimizer = Mine(W, {})
    handles = [optimizer.register_step_pre_hook(before), optimizer.register_step_post_hook(after)]
    assert optimizer.step(scale=2) == "result"
    assert seen == [("before", (), {"scale": 2}), ("step", 3), ("after", (), {"scale": 3})]
    for handle in handles:
        handle.remove()
    seen.clear()
    optimizer.step()
    assert seen == [("step", 1)]
    with (
        pyad.optim.optimizer.register_optimizer_step_pre_hook(lambda *a: seen.append("all")),
        pyad.optim.optimizer.register_optimizer_step_post_hook(lambda *a: seen.append("over")),
    ):
        pyad.optim.SGD(W).step()
    pyad.optim.SGD(W).step()
    assert seen == [("step", 1), "all", "over"]
    optimizer.register_step_pre_hook(lambda *a: 1)
    with pytest.raises(RuntimeError, match="must return None or a tuple"):
        optimizer.step()


def test_hooks_around_saving_and_loading() -> None:
    optimizer = pyad.optim.SGD([pyad.nn.Parameter(pyad.ones(1))], lr=0.5)
    seen = []
    optimizer.register_state_dict_pre_hook(lambda o: seen.append("save"))
    optimizer.register_state_dict_post_hook(lambda o, d: {**d, "extra": 1})
    optimizer.register_load_state_dict_pre_hook(
        lambda o, d: {**d, "param_groups": [{**d["param_groups"][0], "lr": d["extra"]}]}
    )
    optimizer.register_load_state_dict_post_hook(lambda o: seen.append("loaded"))
    optimizer.register_load_state_dict_post_hook(lambda o: seen.append("first"), prepend=True)
    optimizer.load_state_dict(optimizer.state_dict())
    assert seen == ["save", "first", "loaded"]
    assert optimizer.param_groups[0]["lr"] == 1


def test_old_checkpoints_may_lack_settings_and_count_in_numbers() -> None:
    p = pyad.nn.Parameter(pyad.ones(1))
    optimizer = pyad.optim.Adam([p], lr=0.1)
    state = {"step": 3, "exp_avg": pyad.ones(1), "exp_avg_sq": pyad.ones(1)}
    group = {"lr": 0.1, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0, "params": [0]}
    optimizer.load_state_dict({"state": {0: state}, "param_groups": [group]})
    p.grad = pyad.ones(1)
    optimizer.step()
    assert optimizer.state[p]["step"].item() == 4
    assert isinstance(optimizer.state[p]["step"], pyad.Tensor)
    assert optimizer.param_groups[0]["amsgrad"] is False


def test_settings_may_change_between_steps() -> None:
    p, q = pyad.nn.Parameter(pyad.ones(3)), torch.nn.Parameter(torch.ones(3))
    first, second = pyad.optim.Adam([p], lr=0.1), torch.optim.Adam([q], lr=0.1)
    for i in range(6):
        for optimizer in (first, second):
            optimizer.param_groups[0]["lr"] = 0.1 / (i + 1)
            optimizer.param_groups[0]["betas"] = (0.5 + 0.05 * i, 0.9)
        p.grad, q.grad = pyad.full((3,), i + 1.0), torch.full((3,), i + 1.0)
        if i == 3:
            p.data, q.data = pyad.zeros(3), torch.zeros(3)
        first.step()
        second.step()
    np.testing.assert_allclose(p.detach().numpy(), q.detach().numpy(), rtol=1e-6)


def test_a_bad_gradient_changes_nothing() -> None:
    p, q = pyad.nn.Parameter(pyad.ones(2)), pyad.nn.Parameter(pyad.ones(2))
    optimizer = pyad.optim.Adam([p, q])
    p.grad, q.grad = pyad.ones(2), pyad.ones(2)
    optimizer.step()
    before, state = p.tolist(), copy.deepcopy(optimizer.state[p])
    optimizer.state[q]["exp_avg"] = pyad.ones(3)
    with pytest.raises(RuntimeError, match="state exp_avg of parameter 1"):
        optimizer.step()
    assert p.tolist() == before
    assert all((optimizer.state[p][k] == v).all() for k, v in state.items())
    optimizer.state[q] = {"step": "three"}
    with pytest.raises(TypeError, match="step"):
        optimizer.step()
    # What a step made before it found the fault is taken back.
    fresh = pyad.nn.Parameter(pyad.ones(2))
    fresh.grad = pyad.ones(2)
    optimizer.param_groups[0]["params"].insert(0, fresh)
    with pytest.raises(TypeError, match="step"):
        optimizer.step()
    assert fresh not in optimizer.state
