"""Every optimizer takes PyTorch's steps and keeps its state, step for step."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
import torch

import pyad
from optim_cases import ALL, Pair, close, label, to_numpy, to_pyad

CASES = pytest.mark.parametrize("case", ALL, ids=label)
DTYPES = pytest.mark.parametrize("dtype", ["float32", "float64"])


@DTYPES
@CASES
def test_steps_are_torchs(case, dtype: str) -> None:
    pair = Pair(*case, dtype)
    for step in range(60):
        pair.step(leave_out=step % 7)  # a parameter may come late, or pause
        pair.compare()


@CASES
def test_the_state_dict_has_torchs_form(case) -> None:
    pair = Pair(*case, "float32")
    assert repr(pair.first) == repr(pair.second)
    pair.step(leave_out=1)
    ours, theirs = pair.first.state_dict(), pair.second.state_dict()
    assert ours["param_groups"] == theirs["param_groups"]
    assert list(ours["param_groups"][0]) == list(theirs["param_groups"][0])
    assert list(ours["state"]) == list(theirs["state"])
    for key, entry in theirs["state"].items():
        assert list(ours["state"][key]) == list(entry)


@DTYPES
@CASES
def test_a_state_dict_of_torch_continues_its_run(case, dtype: str) -> None:
    pair = Pair(*case, dtype)
    for _ in range(4):
        pair.step()
    saved = to_pyad(pickle.loads(pickle.dumps(to_numpy(pair.second.state_dict()))))
    pair.ours = [pyad.nn.Parameter(pyad.tensor(q.detach().numpy().copy())) for q in pair.theirs]
    pair.first = type(pair.first)(pair.ours, lr=123.0)
    pair.first.load_state_dict(saved)
    # Torch's own run is resumed too: loading changes the dtype of some numbers.
    pair.second.load_state_dict(copy.deepcopy(pair.second.state_dict()))
    for _ in range(10):
        pair.step()
        pair.compare()


@CASES
def test_an_own_state_dict_continues_a_run(case) -> None:
    name, settings = case
    pair = Pair(name, settings, "float64")
    for _ in range(3):
        pair.step()
    saved = pickle.loads(pickle.dumps(copy.deepcopy(pair.first.state_dict())))
    copies = [pyad.nn.Parameter(p.detach().clone()) for p in pair.ours]
    other = getattr(pyad.optim, name)(copies, lr=123.0)
    other.load_state_dict(saved)
    assert other.param_groups[0]["lr"] == pair.first.param_groups[0]["lr"]
    for _ in range(3):
        pair.give_grads()
        for p, q in zip(pair.ours, copies, strict=True):
            q.grad = p.grad.clone()
        pair.first.step()
        other.step()
    for p, q in zip(pair.ours, copies, strict=True):
        if name == "NAdam":
            # As in PyTorch, its float32 product becomes float64 when it is loaded, and is no longer
            # rounded.
            np.testing.assert_allclose(p.detach().numpy(), q.detach().numpy(), rtol=1e-6)
        else:
            assert (p == q).all()


@pytest.mark.parametrize("name", sorted({name for name, _ in ALL}))
def test_strided_parameters_and_gradients(name: str) -> None:
    rng = np.random.default_rng(1)
    value = rng.normal(size=(4, 6))
    base = pyad.tensor(value)
    p = base.t()[::2].detach().requires_grad_()
    q = torch.tensor(np.ascontiguousarray(value.T[::2])).requires_grad_()
    assert not p.is_contiguous()
    first, second = getattr(pyad.optim, name)([p]), getattr(torch.optim, name)([q])
    for _ in range(5):
        g = rng.normal(size=(4, 3))
        p.grad, q.grad = pyad.tensor(g).t(), torch.tensor(g).t()
        first.step()
        second.step()
    close(p, q)
    assert (base.t()[::2] == p).all()
    assert (base.t()[1::2].numpy() == value.T[1::2]).all()


@pytest.mark.parametrize("name", sorted({name for name, _ in ALL}))
def test_settings_as_tensors_and_mixed_dtypes(name: str) -> None:
    rng = np.random.default_rng(2)
    values = [rng.normal(size=5).astype(d) for d in ("float32", "float64", "float32")]
    ours = [pyad.nn.Parameter(pyad.tensor(v)) for v in values]
    theirs = [torch.nn.Parameter(torch.tensor(v)) for v in values]
    first = getattr(pyad.optim, name)(ours, lr=pyad.tensor(0.01))
    second = getattr(torch.optim, name)(theirs, lr=torch.tensor(0.01))
    for _ in range(20):
        for p, q, v in zip(ours, theirs, values, strict=True):
            g = rng.normal(size=5).astype(v.dtype)
            p.grad, q.grad = pyad.tensor(g), torch.tensor(g)
        first.step()
        second.step()
    for p, q in zip(ours, theirs, strict=True):
        # PyTorch computes the step size of a float32 lr in float32.
        close(p, q, tolerance=1e-6)


@pytest.mark.parametrize(("name", "settings"), [("Adam", {}), ("RMSprop", {"centered": True})])
def test_large_parameters_are_split_among_threads(name: str, settings: dict) -> None:
    # Two threads, a length that fits no block, and groups of several sizes.
    threads = pyad.get_num_threads()
    pair = Pair(name, settings, "float32", shapes=[(100_003,), (7,), (301, 333)])
    try:
        pyad.set_num_threads(2)
        for _ in range(3):
            pair.step()
        pair.compare()
    finally:
        pyad.set_num_threads(threads)


def test_extreme_gradients() -> None:
    values = np.array([0.0, -0.0, 1e-45, 1e18, -1e18, np.inf, -np.inf, np.nan, 1.0], "float32")
    with np.errstate(all="ignore"):
        for name, settings in ALL:
            p = pyad.nn.Parameter(pyad.ones(9))
            q = torch.nn.Parameter(torch.ones(9))
            first = getattr(pyad.optim, name)([p], **settings)
            second = getattr(torch.optim, name)([q], **settings)
            p.grad, q.grad = pyad.tensor(values), torch.tensor(values)
            first.step()
            second.step()
            np.testing.assert_allclose(
                p.detach().numpy(), q.detach().numpy(), rtol=1e-6, err_msg=f"{name} {settings}"
            )


def test_counts_beyond_float32_stop_as_torchs_do() -> None:
    p, q = pyad.nn.Parameter(pyad.ones(2)), torch.nn.Parameter(torch.ones(2))
    first, second = pyad.optim.Adam([p]), torch.optim.Adam([q])
    p.grad, q.grad = pyad.ones(2), torch.ones(2)
    first.step()
    second.step()
    first.state[p]["step"].fill_(2.0**24)
    second.state[q]["step"].fill_(2.0**24)
    first.step()
    second.step()
    assert first.state[p]["step"].item() == second.state[q]["step"].item() == 2.0**24
    close(p, q)


def test_the_default_dtype_is_that_of_step_counts() -> None:
    p = pyad.nn.Parameter(pyad.ones(2))
    p.grad = pyad.ones(2)
    optimizer = pyad.optim.NAdam([p])
    pyad.set_default_dtype(pyad.float64)
    try:
        optimizer.step()
    finally:
        pyad.set_default_dtype(pyad.float32)
    assert optimizer.state[p]["step"].dtype == pyad.float64
    assert optimizer.state[p]["mu_product"].dtype == pyad.float64
    assert optimizer.state[p]["exp_avg"].dtype == pyad.float32
