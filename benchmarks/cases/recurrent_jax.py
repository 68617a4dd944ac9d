"""Recurrent networks in JAX: a scan over time, a whole training step compiled, weights donated.

Separate from `recurrent` because JAX has no layers: the recurrence is written out.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.case import Arrays, Candidate, per_call


def candidate(
    kind: str,
    x: np.ndarray,
    target: np.ndarray,
    start: tuple[np.ndarray, ...],
    rate: float,
    steps: int,
) -> Candidate:
    """A training step by plain descent.

    Args:
        kind: LSTM or GRU.
        x: Inputs (time, batch, features).
        target: Targets (time, batch, 1).
        start: First parameters: of the layer, as PyTorch orders them, and of the linear layer.
        rate: The learning rate.
        steps: Steps whose losses and whose update are the result.
    """
    import jax
    import jax.numpy as jnp

    def lstm(p: Any, state: Any, given: Any) -> Any:
        h, c = state
        i, f, g, o = jnp.split(given + h @ p[1].T, 4, -1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        h = jax.nn.sigmoid(o) * jnp.tanh(c)
        return (h, c), h

    def gru(p: Any, state: Any, given: Any) -> Any:
        (h,) = state
        xr, xz, xn = jnp.split(given, 3, -1)
        hr, hz, hn = jnp.split(h @ p[1].T + p[3], 3, -1)
        r, z = jax.nn.sigmoid(xr + hr), jax.nn.sigmoid(xz + hz)
        m = jnp.tanh(xn + r * hn)
        h = m + z * (h - m)
        return (h,), h

    def loss_of(p: Any, x: Any, target: Any) -> Any:
        zero = jnp.zeros((x.shape[1], p[1].shape[1]), x.dtype)
        # The inputs' products do not wait for one another.
        given = x @ p[0].T + p[2]
        if kind == "LSTM":
            _, y = jax.lax.scan(lambda s, a: lstm(p, s, a), (zero, zero), given + p[3])
        else:
            _, y = jax.lax.scan(lambda s, a: gru(p, s, a), (zero,), given)
        return ((y @ p[4].T + p[5] - target) ** 2).mean()

    def train(p: Any, x: Any, target: Any) -> Any:
        loss, grads = jax.value_and_grad(loss_of)(p, x, target)
        return jax.tree.map(lambda a, g: a - rate * g, p, grads), loss

    run = jax.jit(train, donate_argnums=0)
    inputs, targets = jnp.asarray(x), jnp.asarray(target)
    p = [jnp.array(a) for a in start]

    def step() -> Any:
        nonlocal p
        p, loss = run(p, inputs, targets)
        jax.block_until_ready((p, loss))
        return loss

    def reset() -> None:
        nonlocal p
        p = jax.block_until_ready([jnp.array(a) for a in start])

    def result() -> Arrays:
        losses = np.array([float(step()) for _ in range(steps)])
        moved = [np.asarray(a, np.float64) - a0 for a, a0 in zip(p, start, strict=True)]
        return {"losses": losses, "update": np.concatenate([a.ravel() for a in moved])}

    return Candidate(per_call(step), result, reset)
