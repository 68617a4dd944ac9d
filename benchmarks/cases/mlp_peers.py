"""One training step of a multilayer perceptron, spelled as each peer's users spell it.

Separate from `mlp` because the same builders serve every size; JAX's and NumPy's best ways are in
`mlp_best`. PyTorch and pyad share one spelling, word for word: only the module differs.
"""

from __future__ import annotations

import importlib
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks import floor
from benchmarks.case import Arrays, Candidate, per_call, per_loop

STEPS = 5
"""Steps whose losses and whose update are compared with the reference."""

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8

Layers = list[tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class Problem:
    """A network, a batch size, a loss (mse, cross_entropy) and an optimizer (sgd, adam)."""

    sizes: tuple[int, ...]
    batch: int
    loss: str
    optimizer: str
    rate: float


@dataclass(frozen=True)
class Data:
    """A problem with its inputs: float32, weights (in, out)."""

    problem: Problem
    x: np.ndarray
    target: np.ndarray
    layers: Layers


def make(problem: Problem) -> Data:
    """Draws weights as `nn.Linear` does, and a batch."""
    rng = np.random.default_rng(20)
    layers = []
    for k, n in itertools.pairwise(problem.sizes):
        bound = 1 / np.sqrt(k)
        layers.append(
            (
                rng.uniform(-bound, bound, (k, n)).astype(np.float32),
                rng.uniform(-bound, bound, n).astype(np.float32),
            )
        )
    x = rng.standard_normal((problem.batch, problem.sizes[0])).astype(np.float32)
    target: np.ndarray
    if problem.loss == "mse":
        target = rng.standard_normal((problem.batch, problem.sizes[-1])).astype(np.float32)
    else:
        target = rng.integers(0, problem.sizes[-1], problem.batch)
    return Data(problem, x, target, layers)


def flat(layers: Any) -> np.ndarray:
    return np.concatenate([np.asarray(p, dtype=np.float64).ravel() for wb in layers for p in wb])


def _number(loss: Any) -> float:
    return float(loss.item() if hasattr(loss, "item") else loss)


def candidate(
    data: Data,
    step: Callable[[], Any],
    read: Callable[[], Any],
    reset: Callable[[], None],
    block: Callable[[int], float] | None = None,
) -> Candidate:
    """Wraps a training step.

    Args:
        data: The problem.
        step: Trains for one step and returns the loss from before the update.
        read: Returns the present layers, weights (in, out).
        reset: Puts the first weights back, so that a long run never trains into denormal numbers.
        block: Times n steps, if a call of `step` is not the way.
    """

    def result() -> Arrays:
        losses = np.array([_number(step()) for _ in range(STEPS)])
        return {"losses": losses, "update": flat(read()) - flat(data.layers)}

    return Candidate(block or per_call(step), result, reset)


class ByHand:
    """The step in NumPy, as one writes it by hand, in the precision of the weights given."""

    def __init__(self, data: Data, dtype: type) -> None:
        self.problem = data.problem
        self.x: np.ndarray = data.x.astype(dtype)
        self.first: Layers = [(w.astype(dtype), b.astype(dtype)) for w, b in data.layers]
        mse = data.problem.loss == "mse"
        self.target = data.target.astype(dtype) if mse else data.target
        self.rows = np.arange(data.problem.batch)
        self.layers = [(w.copy(), b.copy()) for w, b in self.first]
        self.moments = [
            [(np.zeros_like(p), np.zeros_like(p)) for p in layer] for layer in self.layers
        ]
        self.turn = 0

    def reset(self) -> None:
        for layer, first in zip(self.layers, self.first, strict=True):
            for p, p0 in zip(layer, first, strict=True):
                p[...] = p0

    def step(self) -> float:
        hidden = [self.x]
        last = len(self.layers) - 1
        for i, (w, b) in enumerate(self.layers):
            z = hidden[-1] @ w
            z += b
            hidden.append(z if i == last else np.maximum(z, 0, out=z))
        loss, dz = self._loss(hidden[-1])
        self.turn += 1
        for i in range(last, -1, -1):
            w, b = self.layers[i]
            h = hidden[i]
            dw = h.T @ dz
            db = dz.sum(0)
            if i:
                dz = dz @ w.T
                dz *= h > 0
            self._update(i, dw, db)
        return loss

    def _loss(self, z: np.ndarray) -> tuple[float, np.ndarray]:
        if self.problem.loss == "mse":
            difference = z - self.target
            flat = difference.ravel()
            return flat @ flat / flat.size, difference * (2 / flat.size)
        z -= z.max(1, keepdims=True)
        picked = z[self.rows, self.target]
        p = np.exp(z)
        total = p.sum(1, keepdims=True)
        loss = (np.log(total[:, 0]) - picked).mean()
        p /= total
        p[self.rows, self.target] -= 1
        p /= len(p)
        return loss, p

    def _update(self, i: int, *gradients: np.ndarray) -> None:
        rate = self.problem.rate
        if self.problem.optimizer == "sgd":
            for p, g in zip(self.layers[i], gradients, strict=True):
                g *= rate
                p -= g
            return
        rate /= 1 - BETA1**self.turn
        correction2 = np.sqrt(1 - BETA2**self.turn).item()
        for p, g, (m, v) in zip(self.layers[i], gradients, self.moments[i], strict=True):
            m *= BETA1
            m += (1 - BETA1) * g
            g *= g
            g *= 1 - BETA2
            v *= BETA2
            v += g
            denominator = np.sqrt(v)
            denominator /= correction2
            denominator += EPSILON
            np.divide(m, denominator, out=denominator)
            denominator *= rate
            p -= denominator


def reference(data: Data) -> Arrays:
    """The losses and the update of the first steps, in float64."""
    by_hand = ByHand(data, np.float64)
    losses = np.array([by_hand.step() for _ in range(STEPS)])
    return {"losses": losses, "update": flat(by_hand.layers) - flat(data.layers)}


def numpy(data: Data) -> Candidate:
    """By hand, with a new array for every result."""
    by_hand = ByHand(data, np.float32)
    return candidate(data, by_hand.step, lambda: by_hand.layers, by_hand.reset)


def torchlike(name: str, data: Data, **options: Any) -> Candidate:
    lib = importlib.import_module(name)
    nn, functional = lib.nn, lib.nn.functional
    modules: list[Any] = []
    for w, b in data.layers:
        linear = nn.Linear(*w.shape)
        linear.weight = nn.Parameter(lib.tensor(np.ascontiguousarray(w.T)))
        linear.bias = nn.Parameter(lib.tensor(b))
        modules += [linear, nn.ReLU()]
    model = nn.Sequential(*modules[:-1])
    optimizers = {"sgd": lib.optim.SGD, "adam": lib.optim.Adam}
    optimizer = optimizers[data.problem.optimizer](
        model.parameters(), lr=data.problem.rate, **options
    )
    losses = {"mse": functional.mse_loss, "cross_entropy": functional.cross_entropy}
    loss_function = losses[data.problem.loss]
    x, target = lib.tensor(data.x), lib.tensor(data.target)
    linears = modules[::2]
    first = [(lib.tensor(np.ascontiguousarray(w.T)), lib.tensor(b)) for w, b in data.layers]

    def step() -> Any:
        optimizer.zero_grad()
        loss = loss_function(model(x), target)
        loss.backward()
        optimizer.step()
        return loss

    def reset() -> None:
        with lib.no_grad():
            for linear, (w, b) in zip(linears, first, strict=True):
                linear.weight.copy_(w)
                linear.bias.copy_(b)

    def read() -> Any:
        return [(m.weight.detach().numpy().T, m.bias.detach().numpy()) for m in linears]

    return candidate(data, step, read, reset)


def mlx(data: Data) -> Candidate:
    import mlx.core as mx
    import mlx.nn
    import mlx.optimizers

    problem = data.problem

    def loss_function(layers: Any) -> Any:
        h = x
        for i, layer in enumerate(layers.values()):
            h = h @ layer["weight"] + layer["bias"]
            if i < len(layers) - 1:
                h = mx.maximum(h, 0)
        if problem.loss == "mse":
            return mlx.nn.losses.mse_loss(h, target)
        return mlx.nn.losses.cross_entropy(h, target, reduction="mean")

    optimizer: mlx.optimizers.Optimizer
    if problem.optimizer == "sgd":
        optimizer = mlx.optimizers.SGD(problem.rate)
    else:
        optimizer = mlx.optimizers.Adam(problem.rate, eps=EPSILON, bias_correction=True)
    value_and_grad = mx.value_and_grad(loss_function)
    x, target = mx.array(data.x), mx.array(data.target)

    def initial() -> Any:
        return {
            f"layer {i}": {"weight": mx.array(w), "bias": mx.array(b)}
            for i, (w, b) in enumerate(data.layers)
        }

    layers = initial()

    def step() -> Any:
        nonlocal layers
        loss, grads = value_and_grad(layers)
        layers = optimizer.apply_gradients(grads, layers)
        mx.eval(layers, optimizer.state, loss)
        return loss

    def reset() -> None:
        nonlocal layers
        layers = initial()
        mx.eval(layers)

    def read() -> Any:
        return [layer.values() for layer in layers.values()]

    return candidate(data, step, read, reset)


def floor_candidate(data: Data) -> Candidate:
    problem = data.problem
    network = floor.Perceptron(
        *(problem.sizes, data.x, data.target, problem.loss, problem.optimizer, problem.rate)
    )
    first = flat(data.layers).astype(np.float32)

    def reset() -> None:
        network.parameters[:] = first

    def read() -> Any:
        return [(network.parameters,)]

    reset()
    return candidate(data, lambda: network.steps(1), read, reset, per_loop(network.steps))
