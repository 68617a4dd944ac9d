"""States that another library saved: arrays and tensors of others in the place of ours."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch

import pyad
from same import assert_equal, plain

FORMS = {
    "torch": lambda t: t,
    "torch, requiring gradients": lambda t: t.clone().requires_grad_(t.is_floating_point()),
    "numpy": lambda t: t.numpy(),
    "numpy, strided": lambda t: np.repeat(t.numpy()[..., None], 2, -1)[..., 0],
    "float16": lambda t: t.numpy().astype(np.float16) if t.is_floating_point() else t.numpy(),
    "bfloat16": lambda t: t.bfloat16() if t.is_floating_point() else t,
    "memory order reversed": lambda t: np.asfortranarray(t.numpy()),
}


def torch_state():
    torch.manual_seed(0)
    module = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.BatchNorm1d(3))
    module(torch.randn(8, 4))
    # Numbers that survive half precision.
    return {
        k: v.detach().bfloat16().to(v.dtype) if v.is_floating_point() else v
        for k, v in module.state_dict().items()
    }


@pytest.mark.parametrize("assign", [False, True])
@pytest.mark.parametrize("form", FORMS)
def test_a_module_takes_states_of_others(form, assign):
    module = pyad.nn.Sequential(pyad.nn.Linear(4, 3), pyad.nn.BatchNorm1d(3))
    expected = torch_state()
    given = {k: FORMS[form](v) for k, v in expected.items()}
    assert str(module.load_state_dict(given, assign=assign)) == "<All keys matched successfully>"
    for name, value in module.state_dict().items():
        assert_equal(plain(value.to(pyad.float32)), plain(expected[name].float()), 0, name)
    # The module has its own memory.
    with pyad.no_grad():
        module[0].weight.add_(1.0)
    assert torch.equal(torch.as_tensor(given["0.weight"]).float(), expected["0.weight"])


@pytest.mark.parametrize("value", [np.ones((3, 4), complex), np.array([["a"] * 4] * 3)])
def test_what_has_no_place_is_named(value):
    module = pyad.nn.Linear(4, 3)
    before = copy.deepcopy(module.state_dict())
    with pytest.raises(RuntimeError, match=r'"weight": a numpy.ndarray of dtype .* has no equal'):
        module.load_state_dict({"weight": value, "bias": np.zeros(3)})
    assert bool((module.weight == before["weight"]).all())
    assert bool((module.bias == before["bias"]).all())


def test_shapes_are_still_compared():
    with pytest.raises(RuntimeError, match="size mismatch for weight"):
        pyad.nn.Linear(4, 3).load_state_dict({"weight": np.ones((4, 3)), "bias": np.ones(3)})


@pytest.mark.parametrize("form", ["torch", "numpy"])
@pytest.mark.parametrize("name", ["Adam", "SGD", "RMSprop", "Adagrad"])
def test_an_optimizer_takes_states_of_others(name, form):
    options = {"lr": 0.1, **({"momentum": 0.9} if name == "SGD" else {})}

    def one(library, rounds, optimizer=None, p=None):
        if p is None:
            p = library.nn.Parameter(library.arange(4.0))
        optimizer = optimizer or getattr(library.optim, name)([p], **options)
        for _ in range(rounds):
            optimizer.zero_grad()
            (p * p).sum().backward()
            optimizer.step()
        return p, optimizer

    theirs, their_optimizer = one(torch, 3)
    ours = pyad.nn.Parameter(pyad.tensor(theirs.detach().numpy()))
    optimizer = getattr(pyad.optim, name)([ours], **options)
    state = copy.deepcopy(their_optimizer.state_dict())
    if form == "numpy":
        for entries in state["state"].values():
            for key, value in entries.items():
                if isinstance(value, torch.Tensor):
                    entries[key] = value.numpy()
    optimizer.load_state_dict(state)
    one(torch, 2, their_optimizer, theirs)
    one(pyad, 2, optimizer, ours)
    assert_equal(plain(ours), plain(theirs), 1e-6)
