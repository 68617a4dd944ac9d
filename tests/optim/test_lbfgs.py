"""LBFGS evaluates as often as PyTorch's, at the same points, and keeps the same state."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest
import torch

import pyad
from optim_cases import to_numpy, to_pyad

SETTINGS = [
    {"lr": 1e-3},
    {"lr": 1e-2, "max_iter": 5, "history_size": 3},
    {"lr": 1e-2, "max_iter": 20, "max_eval": 4},
    {"line_search_fn": "strong_wolfe"},
    {"line_search_fn": "strong_wolfe", "history_size": 2, "max_iter": 7},
    {"line_search_fn": "strong_wolfe", "lr": 0.1, "max_eval": 6},
    {"line_search_fn": "strong_wolfe", "lr": 20.0, "max_iter": 4},
    {"line_search_fn": "strong_wolfe", "tolerance_grad": 1e-2, "tolerance_change": 1e-4},
]


def valley(a, b):
    """Rosenbrock's function, its second variable reached through another parameter's shape."""
    return ((1 - a[0]) ** 2 + 100 * (b[0, 0] - a[0] ** 2) ** 2 + (a[1] - 0.5) ** 4).sum()


def run(module, settings: dict, steps: int, load=None):
    a = module.nn.Parameter(module.tensor([-1.2, 2.0], dtype=module.float64))
    b = module.nn.Parameter(module.tensor([[1.0]], dtype=module.float64))
    unused = module.nn.Parameter(module.zeros(2, dtype=module.float64))
    optimizer = module.optim.LBFGS([a, b, unused], **settings)
    if load is not None:
        values, state = load
        with module.no_grad():
            for p, v in zip([a, b, unused], values, strict=True):
                p.copy_(module.tensor(v))
        optimizer.load_state_dict(state)
    losses = []

    def closure():
        optimizer.zero_grad()
        loss = valley(a, b)
        loss.backward()
        losses.append(loss.item())
        return loss

    for _ in range(steps):
        first = len(losses)
        assert optimizer.step(closure).item() == losses[first]
    return losses, [p.detach().numpy() for p in (a, b, unused)], optimizer


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_every_evaluation_is_torchs(settings: dict) -> None:
    ours, mine, first = run(pyad, settings, 6)
    theirs, its, second = run(torch, settings, 6)
    assert len(ours) == len(theirs)
    # The search divides differences of close values, so last bits grow as it goes on.
    np.testing.assert_allclose(ours, theirs, rtol=1e-7, atol=1e-12)
    for p, q in zip(mine, its, strict=True):
        np.testing.assert_allclose(p, q, rtol=1e-7, atol=1e-12)
    state, other = first.state_dict()["state"][0], second.state_dict()["state"][0]
    assert set(state) == set(other)
    assert state["n_iter"] == other["n_iter"]
    assert state["func_evals"] == other["func_evals"]
    assert len(state["old_dirs"]) == len(other["old_dirs"])


def test_a_run_goes_on_from_a_state_dict_of_torch() -> None:
    settings = {"line_search_fn": "strong_wolfe", "max_iter": 4}
    theirs, its, second = run(torch, settings, 3)
    state = to_pyad(pickle.loads(pickle.dumps(to_numpy(second.state_dict()))))
    ours, _, _ = run(pyad, {}, 2, load=(its, state))
    again, _, _ = run(torch, settings, 5)
    np.testing.assert_allclose(ours, again[len(theirs) :], rtol=1e-7, atol=1e-12)


def test_float32_reaches_the_minimum() -> None:
    w = pyad.nn.Parameter(pyad.tensor([-1.2, 1.0]))
    optimizer = pyad.optim.LBFGS([w], line_search_fn="strong_wolfe", max_iter=60)

    def closure():
        optimizer.zero_grad()
        loss = (1 - w[0]) ** 2 + 100 * (w[1] - w[0] ** 2) ** 2
        loss.backward()
        return loss

    optimizer.step(closure)
    np.testing.assert_allclose(w.detach().numpy(), [1, 1], atol=1e-3)


def test_it_stops_at_a_minimum_and_without_progress() -> None:
    w = pyad.nn.Parameter(pyad.zeros(2))
    optimizer = pyad.optim.LBFGS([w])
    calls = []

    def closure():
        calls.append(1)
        optimizer.zero_grad()
        loss = (w * w).sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    assert len(calls) == 1
    assert optimizer.state[w] == {"func_evals": 1, "n_iter": 0}


def test_values_that_are_no_numbers_end_the_search() -> None:
    for module in (pyad, torch):
        w = module.nn.Parameter(module.tensor([2.0]))
        optimizer = module.optim.LBFGS([w], line_search_fn="strong_wolfe", lr=4.0)

        def closure(w=w, optimizer=optimizer):
            optimizer.zero_grad()
            loss = (w.log() ** 2).sum()
            loss.backward()
            return loss

        optimizer.step(closure)
        assert not math.isinf(w.item())


def test_bad_calls() -> None:
    w = pyad.nn.Parameter(pyad.ones(1))
    with pytest.raises(TypeError, match="closure"):
        pyad.optim.LBFGS([w]).step()
    optimizer = pyad.optim.LBFGS([w], line_search_fn="armijo")

    def closure():
        loss = (w * w).sum()
        loss.backward()
        return loss

    with pytest.raises(RuntimeError, match="only 'strong_wolfe'"):
        optimizer.step(closure)
