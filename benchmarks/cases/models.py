"""Models as people write them, from modules: a layer, Q-learning, a character model.

One text for PyTorch and pyad, with the module exchanged; the reference is the same text in
PyTorch's float64. All start from one set of parameters. JAX's spelling is in `models_jax`.
"""

from __future__ import annotations

import copy
import functools
import importlib
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.case import PYAD, Arrays, Candidate, Case, Target, Tolerance, per_call, ratio
from benchmarks.cases import models_jax
from benchmarks.cases.models_problem import (
    BATCH,
    DISCOUNT,
    FIXED,
    HEADS,
    LAYERS,
    LENGTH,
    LETTERS,
    STEPS,
    WIDTH,
    Problem,
    fixed,
)


def _candidate(name: str, problem: Problem, dtype: str = "float32") -> Candidate:
    lib = importlib.import_module(name.split("-")[0])
    real = getattr(lib, dtype)
    model, loss_of = problem.build(lib)
    model = model.to(real)
    batch = [
        lib.tensor(a).to(real) if a.dtype.kind == "f" else lib.tensor(a) for a in problem.batch
    ]
    parameters = list(model.parameters())
    start = [lib.tensor(a).to(real) for a in problem.start.values()]
    best = {"fused": True} if name in ("torch-fused", "torch-compile") else {}
    if name == "torch-compile":
        loss_of = lib.compile(loss_of)
    clip = lib.nn.utils.clip_grad_value_
    optimizer: Any = None
    if problem.optimizer:
        optimizer = getattr(lib.optim, problem.optimizer)(parameters, lr=problem.rate, **best)

    def step() -> Any:
        loss = loss_of(*batch)
        if optimizer is None:
            model.zero_grad()
            loss.backward()
            return loss
        optimizer.zero_grad()
        loss.backward()
        if problem.clip is not None:
            clip(parameters, problem.clip)
        optimizer.step()
        return loss

    def reset() -> None:
        with lib.no_grad():
            for p, p0 in zip(parameters, start, strict=True):
                p.copy_(p0)

    def result() -> Arrays:
        losses = np.array([float(step().item()) for _ in range(STEPS)])
        if optimizer is None:
            found = [np.asarray(p.grad.numpy(), np.float64).ravel() for p in parameters]
            return {"losses": losses, "gradient": np.concatenate(found)}
        moved = [
            (p.detach().numpy().astype(np.float64) - p0).ravel()
            for p, p0 in zip(parameters, problem.start.values(), strict=True)
        ]
        return {"losses": losses, "update": np.concatenate(moved)}

    reset()
    return Candidate(per_call(step), result, reset)


def _reference(problem: Problem) -> Arrays:
    return _candidate("torch", problem, "float64").result()


# ---- a layer


def _layer(lib: Any) -> tuple[Any, Callable[..., Any]]:
    layer = lib.nn.Linear(64, 64)
    return layer, lambda x: layer(x).sum()


def _layer_problem() -> Problem:
    x = np.random.default_rng(41).standard_normal((1, 64)).astype(np.float32)
    return Problem(_layer, (x,), "", 0.0)


def _layer_call(name: str, problem: Problem) -> Candidate:
    """Times the call alone, recorded; gradients are compared all the same."""
    lib = importlib.import_module(name)
    checked = _candidate(name, problem)
    layer, _ = problem.build(lib)
    x = lib.tensor(problem.batch[0])
    return Candidate(per_call(lambda: layer(x)), checked.result, checked.reset)


# ---- Q-learning


def _dqn(lib: Any) -> tuple[Any, Callable[..., Any]]:
    nn = lib.nn
    policy = nn.Sequential(
        nn.Linear(4, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 2)
    )
    target = copy.deepcopy(policy)
    weights = np.random.default_rng(FIXED)
    with lib.no_grad():
        for p in target.parameters():
            p.copy_(lib.tensor(fixed(weights, p.shape)))

    def loss_of(states: Any, actions: Any, rewards: Any, following: Any, going_on: Any) -> Any:
        target.to(states.dtype)
        q = policy(states).gather(1, actions.unsqueeze(1)).squeeze(1)
        with lib.no_grad():
            wanted = rewards + DISCOUNT * target(following).max(1).values * going_on
        return nn.functional.smooth_l1_loss(q, wanted)

    return policy, loss_of


def _dqn_problem() -> Problem:
    rng = np.random.default_rng(43)
    n = 64
    batch = (
        rng.standard_normal((n, 4)).astype(np.float32),
        rng.integers(0, 2, n),
        rng.standard_normal(n).astype(np.float32),
        rng.standard_normal((n, 4)).astype(np.float32),
        (rng.random(n) > 0.1).astype(np.float32),
    )
    return Problem(_dqn, batch, "Adam", 1e-3, clip=100.0)


# ---- a character model


def _transformer(lib: Any) -> tuple[Any, Callable[..., Any]]:
    nn, functional = lib.nn, lib.nn.functional

    class Block(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.norm1 = nn.LayerNorm(WIDTH)
            self.norm2 = nn.LayerNorm(WIDTH)
            self.qkv = nn.Linear(WIDTH, 3 * WIDTH, bias=False)
            self.mix = nn.Linear(WIDTH, WIDTH, bias=False)
            self.up = nn.Linear(WIDTH, 4 * WIDTH)
            self.down = nn.Linear(4 * WIDTH, WIDTH)

        def forward(self, x: Any) -> Any:
            b, t, c = x.shape
            parts = self.qkv(self.norm1(x)).split(c, 2)
            q, k, v = (p.view(b, t, HEADS, c // HEADS).transpose(1, 2) for p in parts)
            y = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
            x = x + self.mix(y.transpose(1, 2).reshape(b, t, c))
            return x + self.down(functional.gelu(self.up(self.norm2(x))))

    class Model(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.embed = nn.Embedding(LETTERS, WIDTH)
            self.embed_place = nn.Embedding(LENGTH, WIDTH)
            self.blocks = nn.Sequential(*[Block() for _ in range(LAYERS)])
            self.norm = nn.LayerNorm(WIDTH)
            self.head = nn.Linear(WIDTH, LETTERS, bias=False)
            self.register_buffer("places", lib.arange(LENGTH), persistent=False)

        def forward(self, x: Any) -> Any:
            h = self.embed(x) + self.embed_place(self.places)
            return self.head(self.norm(self.blocks(h)))

    model = Model()

    def loss_of(x: Any, y: Any) -> Any:
        return functional.cross_entropy(model(x).view(-1, LETTERS), y.view(-1))

    return model, loss_of


def _transformer_problem() -> Problem:
    text = np.random.default_rng(44).integers(0, LETTERS, (BATCH, LENGTH + 1))
    batch = (text[:, :-1].copy(), text[:, 1:].copy())
    return Problem(_transformer, batch, "AdamW", 1e-3)


_FLOAT32 = Tolerance(2e-5, "float32 against a float64 reference: sums of terms that cancel")
_FLOAT32_ADAM = Tolerance(
    2e-3,
    "as above; besides, Adam divides by the size of each gradient, which turns the rounding of a"
    " gradient near zero into a step of full size",
)


def _case(
    name: str,
    title: str,
    data: Callable[[], Problem],
    jax: Callable[[Problem], Candidate],
    tolerance: Tolerance,
    targets: tuple[Target, ...],
    threads: tuple[int, ...] = (1,),
) -> Case:
    peers = (PYAD, "torch", "torch-fused", "torch-compile")
    builders = {peer: functools.partial(_candidate, peer) for peer in peers}
    return Case(
        name=name,
        title=title,
        family="Models",
        data=data,
        reference=_reference,
        builders={**builders, "jax": jax},
        tolerance=tolerance,
        targets=targets,
        threads=threads,
    )


CASES = (
    Case(
        name="linear-call",
        title="Call of Linear(64, 64) on a batch of 1, recorded",
        family="Models",
        data=_layer_problem,
        reference=_reference,
        builders={peer: functools.partial(_layer_call, peer) for peer in (PYAD, "torch")},
        tolerance=_FLOAT32,
        targets=(ratio("torch", 1 / 3, "1/3 of torch"),),
    ),
    _case(
        "dqn-step",
        "Q-learning step, MLP 4-64-64-2, batch 64, Adam",
        _dqn_problem,
        models_jax.dqn,
        _FLOAT32_ADAM,
        (ratio("torch-fused", 1 / 4, "1/4 of torch, fused"),),
    ),
    _case(
        "char-transformer",
        "Character model, width 64, 4 blocks, 32 letters, batch 8, AdamW step",
        _transformer_problem,
        models_jax.transformer,
        _FLOAT32_ADAM,
        (ratio("torch-fused", 0.8, "0.8 × torch, fused"),),
        threads=(1, 2),
    ),
)
