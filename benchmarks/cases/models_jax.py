"""The models in JAX: functions of a dict of parameters, a whole step compiled, weights donated.

Separate from `models` because JAX has no modules: the names are those of PyTorch's parameters.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.case import Arrays, Candidate, per_call
from benchmarks.cases.models_problem import (
    DISCOUNT,
    FIXED,
    HEADS,
    LAYERS,
    STEPS,
    WIDTH,
    Problem,
    fixed,
)

BETA1, BETA2, EPSILON, DECAY = 0.9, 0.999, 1e-8, 1e-2


def _trained(problem: Problem, loss_of: Callable[..., Any]) -> Candidate:
    """A candidate of `loss_of(parameters, *batch)`, by Adam, or AdamW with PyTorch's decay."""
    import jax
    import jax.numpy as jnp

    decay = DECAY if problem.optimizer == "AdamW" else 0.0

    def train(state: Any, *batch: Any) -> Any:
        params, first, second, turn = state
        loss, grads = jax.value_and_grad(loss_of)(params, *batch)
        if problem.clip is not None:
            grads = jax.tree.map(lambda g: jnp.clip(g, -problem.clip, problem.clip), grads)
        turn = turn + 1
        first = jax.tree.map(lambda m, g: BETA1 * m + (1 - BETA1) * g, first, grads)
        second = jax.tree.map(lambda v, g: BETA2 * v + (1 - BETA2) * g * g, second, grads)
        # In float64, as PyTorch: 1 - 0.999 in float32 is off by 1e-5 of itself.
        rate = (problem.rate / (1 - BETA1**turn)).astype(jnp.float32)
        correction = jnp.sqrt(1 - BETA2**turn).astype(jnp.float32)
        params = jax.tree.map(
            lambda p, m, v: (
                p * (1 - problem.rate * decay) - rate * m / (jnp.sqrt(v) / correction + EPSILON)
            ),
            *(params, first, second),
        )
        return (params, first, second, turn), loss

    def weights() -> Any:
        return {name: jnp.array(a) for name, a in problem.start.items()}

    run = jax.jit(train, donate_argnums=0)
    batch = [jnp.asarray(a) for a in problem.batch]
    zeros = [jax.tree.map(jnp.zeros_like, weights()) for _ in range(2)]
    state = (weights(), *zeros, jnp.float64(0))

    def step() -> Any:
        nonlocal state
        state, loss = run(state, *batch)
        jax.block_until_ready((state, loss))
        return loss

    def reset() -> None:
        nonlocal state
        state = jax.block_until_ready((weights(), *state[1:]))

    def result() -> Arrays:
        losses = np.array([float(step()) for _ in range(STEPS)])
        moved = [np.asarray(state[0][k], np.float64) - a for k, a in problem.start.items()]
        return {"losses": losses, "update": np.concatenate([a.ravel() for a in moved])}

    return Candidate(per_call(step), result, reset)


def dqn(problem: Problem) -> Candidate:
    """Q-learning: smooth absolute error to what a second network promises."""
    import jax.numpy as jnp

    rng = np.random.default_rng(FIXED)
    target = {name: jnp.asarray(fixed(rng, a.shape)) for name, a in problem.start.items()}

    def network(p: Any, x: Any) -> Any:
        for i in (0, 2, 4):
            x = x @ p[f"{i}.weight"].T + p[f"{i}.bias"]
            if i < 4:
                x = jnp.maximum(x, 0)
        return x

    def loss_of(
        p: Any, states: Any, actions: Any, rewards: Any, following: Any, going_on: Any
    ) -> Any:
        q = jnp.take_along_axis(network(p, states), actions[:, None], 1)[:, 0]
        wanted = rewards + jnp.float32(DISCOUNT) * network(target, following).max(1) * going_on
        d = jnp.abs(q - wanted)
        return jnp.where(d < 1, d * d / 2, d - 0.5).mean()

    return _trained(problem, loss_of)


def transformer(problem: Problem) -> Candidate:
    """The character model."""
    import jax
    import jax.numpy as jnp

    def norm(p: Any, name: str, x: Any) -> Any:
        centred = x - x.mean(-1, keepdims=True)
        scaled = centred * jax.lax.rsqrt((centred * centred).mean(-1, keepdims=True) + 1e-5)
        return scaled * p[f"{name}.weight"] + p[f"{name}.bias"]

    def block(p: Any, name: str, x: Any, mask: Any) -> Any:
        b, t, c = x.shape
        parts = jnp.split(norm(p, f"{name}.norm1", x) @ p[f"{name}.qkv.weight"].T, 3, -1)
        q, k, v = (a.reshape(b, t, HEADS, c // HEADS).transpose(0, 2, 1, 3) for a in parts)
        scores = q @ k.swapaxes(-1, -2) * np.float32((c // HEADS) ** -0.5)
        y = jax.nn.softmax(jnp.where(mask, scores, -jnp.inf)) @ v
        x = x + y.transpose(0, 2, 1, 3).reshape(b, t, c) @ p[f"{name}.mix.weight"].T
        h = norm(p, f"{name}.norm2", x) @ p[f"{name}.up.weight"].T + p[f"{name}.up.bias"]
        h = jax.nn.gelu(h, approximate=False)
        return x + h @ p[f"{name}.down.weight"].T + p[f"{name}.down.bias"]

    def loss_of(p: Any, x: Any, y: Any) -> Any:
        t = x.shape[1]
        h = p["embed.weight"][x] + p["embed_place.weight"][:t]
        mask = np.tril(np.ones((t, t), bool))
        for i in range(LAYERS):
            h = block(p, f"blocks.{i}", h, mask)
        z = norm(p, "norm", h) @ p["head.weight"].T
        return -jnp.take_along_axis(jax.nn.log_softmax(z), y[..., None], -1).mean()

    assert problem.start["embed.weight"].shape[1] == WIDTH
    return _trained(problem, loss_of)
