"""A training step in JAX and NumPy at their best: compiled, with its loop, and without new arrays.

Separate from `mlp_peers` because these are longer than what one writes first.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.case import Arrays, Candidate
from benchmarks.cases.mlp_peers import BETA1, BETA2, EPSILON, STEPS, ByHand, Data, candidate, flat


def _functions(data: Data) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """A training step, (state, x, target) to (state, loss), and the first state from layers."""
    import jax
    import jax.numpy as jnp

    problem = data.problem

    def loss_function(layers: Any, x: Any, target: Any) -> Any:
        h = x
        for i, (w, b) in enumerate(layers):
            h = h @ w + b
            if i < len(layers) - 1:
                h = jnp.maximum(h, 0)
        if problem.loss == "mse":
            return jnp.mean((h - target) ** 2)
        chosen = jnp.take_along_axis(jax.nn.log_softmax(h), target[:, None], 1)
        return -jnp.mean(chosen)

    def sgd(state: Any, x: Any, target: Any) -> Any:
        layers, moments, turn = state
        loss, grads = jax.value_and_grad(loss_function)(layers, x, target)
        layers = jax.tree.map(lambda p, g: p - problem.rate * g, layers, grads)
        return (layers, moments, turn), loss

    def adam(state: Any, x: Any, target: Any) -> Any:
        layers, (first, second), turn = state
        loss, grads = jax.value_and_grad(loss_function)(layers, x, target)
        turn = turn + 1
        first = jax.tree.map(lambda m, g: BETA1 * m + (1 - BETA1) * g, first, grads)
        second = jax.tree.map(lambda v, g: BETA2 * v + (1 - BETA2) * g * g, second, grads)
        # In float64, as PyTorch: 1 - 0.999 in float32 is off by 1e-5 of itself.
        rate = (problem.rate / (1 - BETA1**turn)).astype(jnp.float32)
        correction2 = jnp.sqrt(1 - BETA2**turn).astype(jnp.float32)
        layers = jax.tree.map(
            lambda p, m, v: p - rate * m / (jnp.sqrt(v) / correction2 + EPSILON),
            *(layers, first, second),
        )
        return (layers, (first, second), turn), loss

    def initial(layers: Any) -> Any:
        if problem.optimizer == "sgd":
            return layers, (), ()
        zeros = jax.tree.map(jnp.zeros_like, layers)
        return layers, (zeros, jax.tree.map(jnp.zeros_like, layers)), jnp.float64(0)

    return (sgd if problem.optimizer == "sgd" else adam), initial


class _Training:
    """A compiled function of the state, and the state; resets put weights back, not moments."""

    def __init__(self, data: Data, function: Callable[..., Any], **options: Any) -> None:
        import jax
        import jax.numpy as jnp

        _, initial = _functions(data)
        self._data = data
        self._run = jax.jit(function, donate_argnums=0, **options)
        self._wait = jax.block_until_ready
        self._array = jnp.array
        self._batch = jnp.asarray(data.x), jnp.asarray(data.target)
        self.state = initial(self._layers())

    def _layers(self) -> Any:
        return [(self._array(w), self._array(b)) for w, b in self._data.layers]

    def step(self, *more: Any) -> Any:
        """Runs the function; returns its losses."""
        self.state, loss = self._run(self.state, *self._batch, *more)
        # Wait for the weights too: the other peers have them when their step returns.
        self._wait((self.state, loss))
        return loss

    def reset(self) -> None:
        """Puts the first weights back."""
        self.state = self._wait((self._layers(), *self.state[1:]))


def jax_step(data: Data) -> Candidate:
    """A call of a compiled function for every step."""
    training = _Training(data, _functions(data)[0])
    return candidate(data, training.step, lambda: training.state[0], training.reset)


def jax_scan(data: Data) -> Candidate:
    """Many steps in one call: what JAX's users write where the loop itself is compiled."""
    import jax

    one, _ = _functions(data)

    def many(state: Any, x: Any, target: Any, length: int) -> Any:
        return jax.lax.scan(lambda s, _: one(s, x, target), state, None, length=length)

    training = _Training(data, many, static_argnums=3)
    weights = sum(w.size for w, _ in data.layers)
    length = 100 if weights * data.problem.batch < 1e6 else 4

    def block(n: int) -> float:
        calls = max(1, round(n / length))
        start = time.perf_counter()
        for _ in range(calls):
            training.step(length)
        # For a block of n steps, whatever the whole calls had.
        return (time.perf_counter() - start) * n / (calls * length)

    def result() -> Arrays:
        losses = np.asarray(training.step(STEPS), np.float64)
        return {"losses": losses, "update": flat(training.state[0]) - flat(data.layers)}

    return Candidate(block, result, training.reset)


class _Buffers(ByHand):
    """The step by hand with `out=`: every array is made once."""

    def __init__(self, data: Data, dtype: type) -> None:
        super().__init__(data, dtype)
        batch = data.problem.batch

        def rows() -> list[np.ndarray]:
            return [np.empty((batch, b.size), dtype) for _, b in self.layers]

        def likes() -> list[list[np.ndarray]]:
            return [[np.empty_like(p) for p in layer] for layer in self.layers]

        self._z, self._dz, self._masks = rows(), rows(), [a > 0 for a in rows()]
        self._grads, self._work = likes(), likes()
        self._column, self._total = np.empty((batch, 1), dtype), np.empty((batch, 1), dtype)
        self._places = self.rows * self._z[-1].shape[1]
        if data.problem.loss != "mse":
            self._places = self._places + data.target

    def step(self) -> float:
        h = self.x
        last = len(self.layers) - 1
        for i, (w, b) in enumerate(self.layers):
            z = np.matmul(h, w, out=self._z[i])
            np.add(z, b, out=z)
            h = z if i == last else np.maximum(z, 0, out=z)
        loss = self._seed(h, self._dz[last])
        self.turn += 1
        for i in range(last, -1, -1):
            w, _ = self.layers[i]
            dz, h = self._dz[i], self._z[i - 1] if i else self.x
            dw, db = self._grads[i]
            np.matmul(h.T, dz, out=dw)
            dz.sum(0, out=db)
            if i:
                below = np.matmul(dz, w.T, out=self._dz[i - 1])
                np.greater(h, 0, out=self._masks[i - 1])
                np.multiply(below, self._masks[i - 1], out=below)
            self._update(i, dw, db)
        return loss

    def _seed(self, z: np.ndarray, dz: np.ndarray) -> float:
        """The loss, and its gradient into `dz`."""
        if self.problem.loss == "mse":
            np.subtract(z, self.target, out=dz)
            d = dz.ravel()
            loss = d @ d / d.size
            np.multiply(dz, 2 / d.size, out=dz)
            return float(loss)
        z.max(1, out=self._column[:, 0])
        np.subtract(z, self._column, out=z)
        picked = z.ravel().take(self._places).mean()
        np.exp(z, out=dz)
        dz.sum(1, out=self._total[:, 0])
        np.divide(dz, self._total, out=dz)
        dz.reshape(-1)[self._places] -= 1
        np.divide(dz, len(dz), out=dz)
        return float(np.log(self._total, out=self._total).mean() - picked)

    def _update(self, i: int, *gradients: np.ndarray) -> None:
        if self.problem.optimizer == "sgd":
            super()._update(i, *gradients)
            return
        rate = self.problem.rate / (1 - BETA1**self.turn)
        correction = float(np.sqrt(1 - BETA2**self.turn))
        work = zip(self.layers[i], gradients, self.moments[i], self._work[i], strict=True)
        for p, g, (m, v), t in work:
            np.multiply(m, BETA1, out=m)
            np.multiply(g, 1 - BETA1, out=t)
            np.add(m, t, out=m)
            np.multiply(g, g, out=t)
            np.multiply(t, 1 - BETA2, out=t)
            np.multiply(v, BETA2, out=v)
            np.add(v, t, out=v)
            np.sqrt(v, out=t)
            np.divide(t, correction, out=t)
            np.add(t, EPSILON, out=t)
            np.divide(m, t, out=t)
            np.multiply(t, rate, out=t)
            np.subtract(p, t, out=p)


def numpy_out(data: Data) -> Candidate:
    """By hand, with `out=`."""
    by_hand = _Buffers(data, np.float32)
    return candidate(data, by_hand.step, lambda: by_hand.layers, by_hand.reset)
