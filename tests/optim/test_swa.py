"""Averaged models and their learning rate, against PyTorch."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import pyad


def model_of(module):
    module.manual_seed(0)
    return module.nn.Sequential(
        module.nn.Linear(3, 4), module.nn.BatchNorm1d(4), module.nn.Tanh(), module.nn.Linear(4, 2)
    )


FUNCTIONS = {
    "mean": lambda u: {},
    "mean-fn": lambda u: {"avg_fn": u.get_swa_avg_fn()},
    "mean-multi": lambda u: {"multi_avg_fn": u.get_swa_multi_avg_fn()},
    "ema-fn": lambda u: {"avg_fn": u.get_ema_avg_fn(0.7)},
    "ema-multi": lambda u: {"multi_avg_fn": u.get_ema_multi_avg_fn(0.7)},
    "ema-buffers": lambda u: {"multi_avg_fn": u.get_ema_multi_avg_fn(0.7), "use_buffers": True},
    "mean-buffers": lambda u: {"use_buffers": True},
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_averages_are_torchs(name: str) -> None:
    x = np.random.default_rng(0).normal(size=(6, 5, 3)).astype("float32")
    states, outputs = [], []
    for module in (pyad, torch):
        utils = module.optim.swa_utils
        model = model_of(module)
        averaged = utils.AveragedModel(model, **FUNCTIONS[name](utils))
        optimizer = module.optim.SGD(model.parameters(), lr=0.1)
        for batch in x:
            optimizer.zero_grad()
            (model(module.tensor(batch)) ** 2).sum().backward()
            optimizer.step()
            averaged.update_parameters(model)
        assert averaged.n_averaged.item() == 6
        averaged.eval()
        outputs.append(averaged(module.tensor(x[0])).detach().numpy())
        states.append({k: v.numpy().copy() for k, v in averaged.state_dict().items()})
    assert list(states[0]) == list(states[1])
    for key, value in states[1].items():
        assert states[0][key].dtype == value.dtype
        np.testing.assert_allclose(states[0][key], value, rtol=2e-5, atol=1e-6, err_msg=key)
    np.testing.assert_allclose(outputs[0], outputs[1], rtol=1e-4, atol=1e-6)


def test_statistics_anew() -> None:
    x = np.random.default_rng(0).normal(size=(6, 5, 3)).astype("float32")
    results = []
    for module in (pyad, torch):
        model = model_of(module).eval()
        batches = [(module.tensor(b), None) for b in x]
        module.optim.swa_utils.update_bn(batches, model)
        assert not model.training
        assert model[1].momentum == 0.1
        results.append([b.numpy() for b in model.buffers()])
        module.optim.swa_utils.update_bn(batches, module.nn.Linear(3, 1))
    for a, b in zip(*results, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("strategy", ["cos", "linear"])
@pytest.mark.parametrize("epochs", [0, 1, 10])
def test_rates_are_torchs(epochs: int, strategy: str) -> None:
    results = []
    for module in (pyad, torch):
        w = [module.nn.Parameter(module.ones(1)) for _ in range(2)]
        optimizer = module.optim.SGD([{"params": w[:1]}, {"params": w[1:], "lr": 0.3}], lr=1.0)
        scheduler = module.optim.swa_utils.SWALR(optimizer, [0.05, 0.1], epochs, strategy)
        seen = [scheduler.get_last_lr()]
        for epoch in range(15):
            optimizer.step()
            scheduler.step()
            seen.append(scheduler.get_last_lr())
            if epoch == 5:
                state = scheduler.state_dict()
                scheduler.load_state_dict(dict(state))
        results.append((seen, set(state)))
    assert results[0] == results[1]


def test_bad_settings() -> None:
    utils = pyad.optim.swa_utils
    for make in (utils.get_ema_avg_fn, utils.get_ema_multi_avg_fn):
        with pytest.raises(ValueError, match="Invalid decay value 2"):
            make(2.0)
    optimizer = pyad.optim.SGD([pyad.nn.Parameter(pyad.ones(1))])
    with pytest.raises(ValueError, match="anneal_strategy must be one of"):
        utils.SWALR(optimizer, 0.1, anneal_strategy="sin")
    with pytest.raises(ValueError, match="anneal_epochs must be"):
        utils.SWALR(optimizer, 0.1, anneal_epochs=-1)
    with pytest.raises(AssertionError, match="Only one of"):
        utils.AveragedModel(
            pyad.nn.Linear(1, 1),
            avg_fn=utils.get_swa_avg_fn(),
            multi_avg_fn=utils.get_swa_multi_avg_fn(),
        )
