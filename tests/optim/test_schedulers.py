"""Schedulers give exactly PyTorch's rates and momenta, epoch for epoch."""

from __future__ import annotations

import math
import pickle
import warnings

import numpy as np
import pytest
import torch

import pyad

S = "lr_scheduler"


class Halving:
    """A callable object, whose attributes a state dict keeps."""

    def __init__(self, factor: float) -> None:
        self.factor = factor

    def __call__(self, epoch: float) -> float:
        return self.factor**epoch


def make(name, **settings):
    return lambda m, o: getattr(m.optim.lr_scheduler, name)(o, **settings)


def sequential(*parts, milestones):
    return lambda m, o: m.optim.lr_scheduler.SequentialLR(
        o, [part(m, o) for part in parts], milestones
    )


def chained(*parts):
    return lambda m, o: m.optim.lr_scheduler.ChainedScheduler([part(m, o) for part in parts])


CASES = {
    "lambda": make("LambdaLR", lr_lambda=lambda e: 0.95**e),
    "lambda-each": make("LambdaLR", lr_lambda=[lambda e: e // 30, lambda e: 0.95**e]),
    "lambda-object": make("LambdaLR", lr_lambda=Halving(0.9)),
    "multiplicative": make("MultiplicativeLR", lr_lambda=lambda e: 0.9 + 0.01 * e),
    "step": make("StepLR", step_size=3, gamma=0.3),
    "step-1": make("StepLR", step_size=1),
    "multistep": make("MultiStepLR", milestones=[5, 2, 5, 20], gamma=0.3),
    "constant": make("ConstantLR", factor=0.3, total_iters=7),
    "constant-defaults": make("ConstantLR"),
    "linear": make("LinearLR", start_factor=0.2, end_factor=0.7, total_iters=11),
    "linear-defaults": make("LinearLR"),
    "exponential": make("ExponentialLR", gamma=0.93),
    "polynomial": make("PolynomialLR", total_iters=20, power=2.5),
    "polynomial-defaults": make("PolynomialLR"),
    "cosine": make("CosineAnnealingLR", T_max=7, eta_min=0.01),
    "cosine-long": make("CosineAnnealingLR", T_max=100),
    "restarts": make("CosineAnnealingWarmRestarts", T_0=3, T_mult=2, eta_min=0.001),
    "restarts-even": make("CosineAnnealingWarmRestarts", T_0=5),
    "cyclic": make("CyclicLR", base_lr=0.01, max_lr=0.2, step_size_up=4),
    "cyclic-2": make(
        "CyclicLR",
        base_lr=[0.01, 0.02],
        max_lr=[0.2, 0.3],
        step_size_up=3,
        step_size_down=5,
        mode="triangular2",
        base_momentum=0.7,
        max_momentum=0.95,
    ),
    "cyclic-exp": make(
        "CyclicLR",
        base_lr=0.01,
        max_lr=0.2,
        step_size_up=4,
        mode="exp_range",
        gamma=0.97,
        cycle_momentum=False,
    ),
    "cyclic-own": make(
        "CyclicLR",
        base_lr=0.01,
        max_lr=0.2,
        step_size_up=4,
        scale_fn=Halving(0.9),
        scale_mode="iterations",
    ),
    "onecycle": make("OneCycleLR", max_lr=0.5, total_steps=40),
    "onecycle-linear": make(
        "OneCycleLR",
        max_lr=[0.5, 0.7],
        epochs=8,
        steps_per_epoch=5,
        pct_start=0.4,
        anneal_strategy="linear",
        three_phase=True,
        div_factor=10.0,
        final_div_factor=100.0,
        base_momentum=0.8,
    ),
    "onecycle-still": make("OneCycleLR", max_lr=0.5, total_steps=40, cycle_momentum=False),
    "sequential": sequential(
        make("ConstantLR", factor=0.1, total_iters=4),
        make("ExponentialLR", gamma=0.9),
        make("CosineAnnealingLR", T_max=9),
        milestones=[4, 11],
    ),
    "sequential-warmup": sequential(
        make("LinearLR", start_factor=0.1, total_iters=5),
        make("CosineAnnealingWarmRestarts", T_0=6),
        milestones=[5],
    ),
    "sequential-nested": sequential(
        sequential(make("ConstantLR"), make("StepLR", step_size=2), milestones=[3]),
        make("PolynomialLR", total_iters=10),
        milestones=[9],
    ),
    "sequential-zero": sequential(
        make("ConstantLR", factor=0.1), make("ExponentialLR", gamma=0.9), milestones=[0]
    ),
    "chained": chained(make("ConstantLR", factor=0.1), make("ExponentialLR", gamma=0.9)),
    "chained-three": chained(
        make("StepLR", step_size=4),
        make("LinearLR", total_iters=9),
        make("MultiStepLR", milestones=[3, 12]),
    ),
}
OPTIMIZERS = {"SGD": {"lr": 0.1, "momentum": 0.9}, "Adam": {"lr": 0.1, "betas": (0.8, 0.95)}}


def optimizer_of(module, name: str = "SGD"):
    settings = OPTIMIZERS[name]
    p, q = module.nn.Parameter(module.ones(2)), module.nn.Parameter(module.ones(3))
    return getattr(module.optim, name)([{"params": [p]}, {"params": [q], "lr": 0.03}], **settings)


def now(optimizer, scheduler):
    keys = ("lr", "momentum", "betas", "initial_lr", "max_lr", "min_lr", "max_momentum")
    groups = [{k: g[k] for k in keys if k in g} for g in optimizer.param_groups]
    return groups, scheduler.get_last_lr(), getattr(scheduler, "last_epoch", None)


def run(module, case: str, epochs: int, name: str = "SGD"):
    optimizer = optimizer_of(module, name)
    scheduler = CASES[case](module, optimizer)
    seen = [now(optimizer, scheduler)]
    for _ in range(epochs):
        optimizer.step()
        scheduler.step()
        seen.append(now(optimizer, scheduler))
    return seen, optimizer, scheduler


def known_warnings() -> None:
    """A sequence inside a sequence takes its first step twice, in both libraries."""
    warnings.filterwarnings("ignore", message="Detected call of `lr_scheduler.step")


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("case", CASES)
def test_rates_are_torchs(case: str, name: str) -> None:
    with warnings.catch_warnings():
        known_warnings()
        ours, _, first = run(pyad, case, 36, name)
        theirs, _, second = run(torch, case, 36, name)
    for epoch, (a, b) in enumerate(zip(ours, theirs, strict=True)):
        assert a == b, f"epoch {epoch}"
    assert set(first.state_dict()) == set(second.state_dict())


@pytest.mark.parametrize("case", CASES)
def test_a_run_goes_on_from_torchs_state(case: str) -> None:
    with warnings.catch_warnings():
        known_warnings()
        theirs, optimizer, scheduler = run(torch, case, 8)
        saved = pickle.loads(pickle.dumps((optimizer.state_dict(), scheduler.state_dict())))
        mine = optimizer_of(pyad)
        other = CASES[case](pyad, mine)
        mine.load_state_dict(saved[0])
        other.load_state_dict(saved[1])
        assert other.get_last_lr() == theirs[-1][1]
        for _ in range(25):
            for o, s in ((optimizer, scheduler), (mine, other)):
                o.step()
                s.step()
            assert now(mine, other) == now(optimizer, scheduler)


@pytest.mark.parametrize("case", ["step", "linear", "cosine", "exponential", "onecycle", "cyclic"])
def test_last_epoch_continues(case: str) -> None:
    results = []
    for module in (pyad, torch):
        _, optimizer, _ = run(module, case, 5)
        name = {"cyclic": "CyclicLR", "onecycle": "OneCycleLR"}.get(case)
        settings = {
            "step": {"step_size": 3, "gamma": 0.3},
            "linear": {"total_iters": 11},
            "cosine": {"T_max": 7, "eta_min": 0.01},
            "exponential": {"gamma": 0.93},
            "onecycle": {"max_lr": 0.5, "total_steps": 40},
            "cyclic": {"base_lr": 0.01, "max_lr": 0.2, "step_size_up": 4},
        }[case]
        names = {
            "step": "StepLR",
            "linear": "LinearLR",
            "cosine": "CosineAnnealingLR",
            "exponential": "ExponentialLR",
        }
        cls = getattr(module.optim.lr_scheduler, name or names[case])
        scheduler = cls(optimizer, last_epoch=5, **settings)
        seen = [now(optimizer, scheduler)]
        for _ in range(6):
            optimizer.step()
            scheduler.step()
            seen.append(now(optimizer, scheduler))
        results.append(seen)
    assert results[0] == results[1]


@pytest.mark.parametrize(
    "case",
    ["step", "multistep", "constant", "linear", "exponential", "polynomial", "cosine", "lambda"],
)
def test_epochs_by_number(case: str) -> None:
    results = []
    for module in (pyad, torch):
        optimizer = optimizer_of(module)
        scheduler = CASES[case](module, optimizer)
        seen = []
        for epoch in (3, 1, 9, 30):
            optimizer.step()
            with pytest.warns(UserWarning, match="The epoch parameter"):
                scheduler.step(epoch)
            seen.append(scheduler.get_last_lr())
        results.append(seen)
    assert results[0] == results[1]


def test_restarts_at_parts_of_epochs() -> None:
    results = []
    for module in (pyad, torch):
        seen = []
        for mult in (1, 2):
            optimizer = optimizer_of(module)
            scheduler = module.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, 3, mult)
            for epoch in (0.5, 2.9, 3.0, 7.25, 20.5, 1.0):
                scheduler.step(epoch)
                seen.append((scheduler.get_last_lr(), scheduler.T_cur, scheduler.last_epoch))
        results.append(seen)
    assert results[0] == results[1]


PLATEAUS = [
    {},
    {"patience": 2, "factor": 0.5},
    {"patience": 1, "cooldown": 3, "min_lr": [0.02, 0.001]},
    {"mode": "max", "patience": 2, "threshold": 0.1},
    {"mode": "max", "patience": 2, "threshold": 0.1, "threshold_mode": "abs"},
    {"patience": 0, "threshold": 0.05, "threshold_mode": "abs", "min_lr": 0.01, "eps": 0.005},
]


@pytest.mark.parametrize("settings", PLATEAUS, ids=str)
def test_plateaus(settings: dict) -> None:
    measures = np.random.default_rng(0).normal(size=60).cumsum() * 0.1
    measures[7] = math.nan
    results = []
    for module in (pyad, torch):
        optimizer = optimizer_of(module)
        scheduler = module.optim.lr_scheduler.ReduceLROnPlateau(optimizer, **settings)
        seen = []
        for epoch, measure in enumerate(measures):
            scheduler.step(module.tensor(measure) if epoch % 2 else measure)
            seen.append((scheduler.get_last_lr(), scheduler.best, scheduler.num_bad_epochs))
            if epoch == 30:
                state = pickle.loads(pickle.dumps(scheduler.state_dict()))
                scheduler = module.optim.lr_scheduler.ReduceLROnPlateau(optimizer)
                scheduler.load_state_dict(state)
        results.append((repr(seen), set(scheduler.state_dict()), scheduler.in_cooldown))
    assert results[0] == results[1]


def test_rates_as_tensors_stay_the_same_tensors() -> None:
    results = []
    for module in (pyad, torch):
        lr = module.tensor(0.1, dtype=module.float64)
        optimizer = module.optim.SGD([module.nn.Parameter(module.ones(1))], lr=lr)
        scheduler = module.optim.lr_scheduler.StepLR(optimizer, 2, 0.5)
        seen = []
        for _ in range(5):
            optimizer.step()
            scheduler.step()
            seen.append(scheduler.get_last_lr()[0].item())
        assert optimizer.param_groups[0]["lr"] is lr
        results.append(seen)
    assert results[0] == results[1]


def test_warnings_about_the_order_of_calls() -> None:
    for module in (pyad, torch):
        optimizer = optimizer_of(module)
        scheduler = module.optim.lr_scheduler.StepLR(optimizer, 1)
        with pytest.warns(UserWarning, match="before `optimizer.step"):
            scheduler.step()
        scheduler.step()  # once only
        optimizer = optimizer_of(module)
        scheduler = module.optim.lr_scheduler.StepLR(optimizer, 1)
        optimizer.step = lambda: None
        with pytest.warns(UserWarning, match="has been overridden"):
            scheduler.step()
        with pytest.warns(UserWarning, match="get_last_lr"):
            scheduler.get_lr()


def test_a_scheduled_optimizer_can_be_copied_and_let_go() -> None:
    optimizer = optimizer_of(pyad)
    scheduler = pyad.optim.lr_scheduler.StepLR(optimizer, 1)
    again = pickle.loads(pickle.dumps(optimizer))
    again.step()
    assert again.param_groups[0]["initial_lr"] == 0.1
    assert optimizer.step(lambda: 3.0) == 3.0
    assert scheduler.optimizer is optimizer


def test_training_with_a_schedule_equals_torchs() -> None:
    results = []
    for module in (pyad, torch):
        w = module.nn.Parameter(module.tensor([1.0, -2.0, 3.0], dtype=module.float64))
        optimizer = module.optim.AdamW([w], lr=0.1)
        scheduler = module.optim.lr_scheduler.OneCycleLR(optimizer, 0.2, total_steps=30)
        losses = []
        for _ in range(30):
            optimizer.zero_grad()
            loss = (w**2).sum() + (w**4).sum()
            loss.backward()
            module.nn.utils.clip_grad_norm_([w], 2.0)
            optimizer.step()
            scheduler.step()
            losses.append(loss.item())
        results.append(losses)
    np.testing.assert_allclose(results[0], results[1], rtol=1e-12)


def plain(module):
    return module.optim.Adadelta([module.nn.Parameter(module.ones(1))])


BAD = [
    lambda m, o: m.optim.lr_scheduler.StepLR(3, 1),
    lambda m, o: m.optim.lr_scheduler.LambdaLR(o, [lambda e: 1]),
    lambda m, o: m.optim.lr_scheduler.MultiplicativeLR(o, 0.5),
    lambda m, o: m.optim.lr_scheduler.ConstantLR(o, factor=1.5),
    lambda m, o: m.optim.lr_scheduler.LinearLR(o, start_factor=0.0),
    lambda m, o: m.optim.lr_scheduler.LinearLR(o, end_factor=2.0),
    lambda m, o: m.optim.lr_scheduler.CosineAnnealingWarmRestarts(o, 0),
    lambda m, o: m.optim.lr_scheduler.CosineAnnealingWarmRestarts(o, 2, T_mult=0),
    lambda m, o: m.optim.lr_scheduler.CosineAnnealingWarmRestarts(o, 2).step(-1),
    lambda m, o: m.optim.lr_scheduler.CyclicLR(o, [0.1], 0.2),
    lambda m, o: m.optim.lr_scheduler.CyclicLR(o, 0.1, 0.2, mode="square"),
    lambda m, o: m.optim.lr_scheduler.CyclicLR(plain(m), 0.1, 0.2),
    lambda m, o: m.optim.lr_scheduler.OneCycleLR(o, 0.1),
    lambda m, o: m.optim.lr_scheduler.OneCycleLR(o, 0.1, total_steps=-1),
    lambda m, o: m.optim.lr_scheduler.OneCycleLR(o, 0.1, epochs=2, steps_per_epoch=0),
    lambda m, o: m.optim.lr_scheduler.OneCycleLR(o, 0.1, total_steps=9, pct_start=2.0),
    lambda m, o: m.optim.lr_scheduler.OneCycleLR(o, 0.1, total_steps=9, pct_start=-0.1),
    lambda m, o: m.optim.lr_scheduler.OneCycleLR(o, 0.1, total_steps=9, pct_start=1),
    lambda m, o: m.optim.lr_scheduler.OneCycleLR(o, 0.1, total_steps=9, anneal_strategy="sin"),
    lambda m, o: m.optim.lr_scheduler.OneCycleLR(plain(m), 0.1, total_steps=9),
    lambda m, o: m.optim.lr_scheduler.ReduceLROnPlateau(o, factor=1.0),
    lambda m, o: m.optim.lr_scheduler.ReduceLROnPlateau(o, mode="middle"),
    lambda m, o: m.optim.lr_scheduler.ReduceLROnPlateau(o, threshold_mode="middle"),
    lambda m, o: m.optim.lr_scheduler.ReduceLROnPlateau(o, min_lr=[0.1]),
    lambda m, o: m.optim.lr_scheduler.SequentialLR(o, [], []),
    lambda m, o: m.optim.lr_scheduler.SequentialLR(
        o, [m.optim.lr_scheduler.ExponentialLR(o, 0.9)], [1]
    ),
    lambda m, o: m.optim.lr_scheduler.SequentialLR(
        o, [m.optim.lr_scheduler.ReduceLROnPlateau(o)], []
    ),
    lambda m, o: m.optim.lr_scheduler.SequentialLR(o, [3], []),
    lambda m, o: m.optim.lr_scheduler.ChainedScheduler([]),
    lambda m, o: m.optim.lr_scheduler.ChainedScheduler([m.optim.lr_scheduler.ReduceLROnPlateau(o)]),
]


@pytest.mark.parametrize("i", range(len(BAD)))
def test_bad_settings_are_refused_as_torch_does(i: int) -> None:
    errors = (ValueError, TypeError)
    with pytest.raises(errors) as theirs:
        BAD[i](torch, optimizer_of(torch))
    with pytest.raises(errors) as ours:
        BAD[i](pyad, optimizer_of(pyad))
    assert type(ours.value) is type(theirs.value)
    assert str(ours.value) == str(theirs.value)


def test_other_refusals() -> None:
    with pytest.raises(KeyError, match=r"initial_lr.*param_groups\[0\]"):
        pyad.optim.lr_scheduler.StepLR(optimizer_of(pyad), 1, last_epoch=3)
    schedulers = [pyad.optim.lr_scheduler.StepLR(optimizer_of(pyad), 1) for _ in range(2)]
    with pytest.raises(ValueError, match="same optimizer"):
        pyad.optim.lr_scheduler.ChainedScheduler(schedulers)
    optimizer = optimizer_of(pyad)
    scheduler = pyad.optim.lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=2)
    optimizer.step()
    scheduler.step()
    scheduler.step()
    with pytest.raises(ValueError, match="Tried to step 3 times"):
        scheduler.step()
    with pytest.raises(NotImplementedError):
        pyad.optim.lr_scheduler.LRScheduler(optimizer)


def test_a_step_is_watched_once_and_says_so() -> None:
    for lib in (pyad, torch):
        optimizer = lib.optim.SGD([lib.zeros(1, requires_grad=True)], lr=1.0)
        assert not hasattr(optimizer.step, "_wrapped_by_lr_sched")
        lib.optim.lr_scheduler.StepLR(optimizer, 2)
        watched = optimizer.step
        assert watched._wrapped_by_lr_sched is True
        lib.optim.lr_scheduler.StepLR(optimizer, 3)
        assert optimizer.step is watched
