"""Optimizers with settings that reach each of their branches, and both libraries side by side."""

from __future__ import annotations

import numpy as np
import torch

import pyad

ALL = [
    ("SGD", {"lr": 0.1}),
    ("SGD", {"lr": 0.1, "weight_decay": 0.3}),
    ("SGD", {"lr": 0.1, "momentum": 0.9}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.4}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
    ("SGD", {"lr": 0.1, "momentum": 0.5, "maximize": True, "weight_decay": 0.1}),
    ("Adam", {}),
    ("Adam", {"lr": 0.05, "betas": (0.8, 0.95), "eps": 1e-6}),
    ("Adam", {"lr": 0.05, "betas": (0.3, 0.4)}),
    ("Adam", {"lr": 0.05, "weight_decay": 0.2, "foreach": True}),
    ("Adam", {"lr": 0.05, "amsgrad": True, "maximize": True}),
    ("Adam", {"lr": 0.05, "weight_decay": 0.2, "decoupled_weight_decay": True}),
    ("AdamW", {"lr": 0.05}),
    ("AdamW", {"lr": 0.05, "weight_decay": 0.3, "amsgrad": True}),
    ("AdamW", {"lr": 0.05, "maximize": True, "fused": True}),
    ("RMSprop", {}),
    ("RMSprop", {"lr": 0.05, "alpha": 0.8, "centered": True}),
    ("RMSprop", {"lr": 0.05, "momentum": 0.9, "weight_decay": 0.1}),
    ("RMSprop", {"lr": 0.05, "momentum": 0.5, "centered": True, "maximize": True}),
    ("Adagrad", {"lr": 0.1}),
    ("Adagrad", {"lr": 0.1, "lr_decay": 0.1, "weight_decay": 0.2, "eps": 1e-6}),
    ("Adagrad", {"lr": 0.1, "initial_accumulator_value": 0.5, "maximize": True}),
    ("Adadelta", {}),
    ("Adadelta", {"lr": 0.5, "rho": 0.7, "eps": 1e-4, "weight_decay": 0.1}),
    ("Adadelta", {"maximize": True}),
    ("Adamax", {}),
    ("Adamax", {"lr": 0.05, "betas": (0.7, 0.9), "weight_decay": 0.1, "maximize": True}),
    ("NAdam", {}),
    ("NAdam", {"lr": 0.05, "weight_decay": 0.1, "momentum_decay": 0.01, "maximize": True}),
    ("NAdam", {"lr": 0.05, "weight_decay": 0.1, "decoupled_weight_decay": True}),
    ("RAdam", {"lr": 0.05}),
    ("RAdam", {"lr": 0.05, "betas": (0.8, 0.9), "weight_decay": 0.1, "maximize": True}),
    ("RAdam", {"lr": 0.05, "weight_decay": 0.1, "decoupled_weight_decay": True}),
    ("Rprop", {}),
    ("Rprop", {"lr": 0.1, "etas": (0.3, 1.5), "step_sizes": (1e-3, 0.2), "maximize": True}),
    ("ASGD", {}),
    ("ASGD", {"lr": 0.1, "lambd": 0.01, "alpha": 0.5, "t0": 10, "weight_decay": 0.1}),
    ("ASGD", {"maximize": True, "t0": 3}),
]
SHAPES = [(), (3,), (4, 5), (17, 33), (0,)]
# PyTorch fuses products and sums where pyad rounds both, so each step differs by last bits.
TOLERANCE = {"float32": 1e-6, "float64": 1e-12}


def label(case) -> str:
    name, settings = case
    return "-".join([name, *(f"{k}={v}" for k, v in settings.items())])


def close(ours, theirs, tolerance: float | None = None) -> None:
    """Equal in form, and in values beside the largest: elements may pass through zero."""
    a, b = ours.detach().numpy(), theirs.detach().numpy()
    assert a.dtype == b.dtype
    assert a.shape == b.shape
    tolerance = tolerance or TOLERANCE[str(a.dtype)]
    scale = max(1.0, np.abs(b).max(initial=0))
    np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance * scale)


def close_state(ours: dict, theirs: dict) -> None:
    """The same entries in the same order, numbers as numbers and tensors as tensors."""
    assert list(ours) == list(theirs)
    for key, value in theirs.items():
        if isinstance(value, torch.Tensor):
            close(ours[key], value)
        else:
            assert ours[key] == value


class Pair:
    """The same parameters under an optimizer of pyad and one of PyTorch."""

    def __init__(self, name: str, settings: dict, dtype: str, shapes=SHAPES) -> None:
        self.rng = np.random.default_rng(0)
        values = [self.rng.normal(size=shape).astype(dtype) for shape in shapes]
        self.ours = [pyad.nn.Parameter(pyad.tensor(v)) for v in values]
        self.theirs = [torch.nn.Parameter(torch.tensor(v)) for v in values]
        self.first = getattr(pyad.optim, name)(self.ours, **settings)
        self.second = getattr(torch.optim, name)(self.theirs, **settings)

    def give_grads(self, leave_out: int | None = None) -> None:
        for i, (p, q) in enumerate(zip(self.ours, self.theirs, strict=True)):
            if i == leave_out:
                p.grad = q.grad = None
            else:
                g = self.rng.normal(size=tuple(p.shape)).astype(p.detach().numpy().dtype)
                p.grad, q.grad = pyad.tensor(g), torch.tensor(g)

    def step(self, leave_out: int | None = None) -> None:
        self.give_grads(leave_out)
        self.first.step()
        self.second.step()

    def compare(self) -> None:
        for p, q in zip(self.ours, self.theirs, strict=True):
            close(p, q)
            close_state(self.first.state.get(p, {}), self.second.state.get(q, {}))


def to_numpy(value):
    """A state dict of PyTorch with arrays in place of tensors."""
    if isinstance(value, torch.Tensor):
        return value.detach().numpy().copy()
    if isinstance(value, dict):
        return {k: to_numpy(v) for k, v in value.items()}
    if isinstance(value, list):
        return [to_numpy(v) for v in value]
    return value


def to_pyad(value):
    """The same with tensors of pyad."""
    if isinstance(value, np.ndarray):
        return pyad.tensor(value)
    if isinstance(value, dict):
        return {k: to_pyad(v) for k, v in value.items()}
    if isinstance(value, list):
        return [to_pyad(v) for v in value]
    return value
