"""Convolutions: one layer forward and backward, and training steps of small networks of images.

PyTorch and pyad share one spelling; the reference is NumPy in float64, windows times weights.
"""

from __future__ import annotations

import functools
import importlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.case import PYAD, Arrays, Candidate, Case, Target, Tolerance, per_call, ratio

_PEERS = (PYAD, "torch", "torch-channels-last")

STEPS = 3
"""Steps whose losses and whose update are compared with the reference."""


@dataclass(frozen=True)
class Layer:
    """A convolution 3 x 3 with padding 1, its input, and the cotangent of its result."""

    x: np.ndarray
    w: np.ndarray
    b: np.ndarray
    g: np.ndarray


def _draw(rng: np.random.Generator, *sizes: int, fan_in: int) -> np.ndarray:
    bound = 1 / np.sqrt(fan_in)
    return rng.uniform(-bound, bound, sizes).astype(np.float32)


def _layer(batch: int, channels: int, filters: int, size: int) -> Layer:
    rng = np.random.default_rng(30)
    fan_in = channels * 9
    return Layer(
        rng.standard_normal((batch, channels, size, size)).astype(np.float32),
        _draw(rng, filters, channels, 3, 3, fan_in=fan_in),
        _draw(rng, filters, fan_in=fan_in),
        rng.standard_normal((batch, filters, size, size)).astype(np.float32),
    )


def _windows(x: np.ndarray) -> np.ndarray:
    """Windows 3 x 3 of images with a border of zeros: (N, C, H, W, 3, 3)."""
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    return np.lib.stride_tricks.sliding_window_view(padded, (3, 3), (2, 3))


def _conv(x: np.ndarray, w: np.ndarray, b: np.ndarray) -> np.ndarray:
    y = np.tensordot(_windows(x), w, ([1, 4, 5], [1, 2, 3]))
    return np.asarray(np.moveaxis(y, -1, 1) + b[:, None, None])


def _conv_pull(
    g: np.ndarray, x: np.ndarray, w: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gradients of input, weight and bias."""
    dx = _conv(g, w[:, :, ::-1, ::-1].swapaxes(0, 1), np.zeros(w.shape[1]))
    dw = np.tensordot(g, _windows(x), ([0, 2, 3], [0, 2, 3]))
    return dx, dw, g.sum((0, 2, 3))


def _layer_reference(data: Layer) -> Arrays:
    x, w, b, g = (a.astype(np.float64) for a in (data.x, data.w, data.b, data.g))
    dx, dw, db = _conv_pull(g, x, w)
    return {"y": _conv(x, w, b), "dx": dx, "dw": dw, "db": db}


def _order(lib: Any, peer: str, tensor: Any) -> Any:
    """The tensor, or its copy with the channels last where that is the peer's way."""
    last = peer.endswith("channels-last") and tensor.ndim == 4
    return tensor.to(memory_format=lib.channels_last) if last else tensor


def _layer_candidate(name: str, data: Layer) -> Candidate:
    lib = importlib.import_module(name.split("-")[0])
    conv2d = lib.nn.functional.conv2d
    x, w, b = (_order(lib, name, lib.tensor(a)).requires_grad_() for a in (data.x, data.w, data.b))
    g = _order(lib, name, lib.tensor(data.g))

    def step() -> Any:
        x.grad = w.grad = b.grad = None
        y = conv2d(x, w, b, padding=1)
        y.backward(g)
        return y

    def result() -> Arrays:
        y = step()
        named = {"y": y.detach(), "dx": x.grad, "dw": w.grad, "db": b.grad}
        return {key: np.asarray(a.numpy(), np.float64) for key, a in named.items()}

    return Candidate(per_call(step), result)


@dataclass(frozen=True)
class Network:
    """Twice convolution, relu and maxima of 2 x 2, then a linear layer: parameters and a batch."""

    x: np.ndarray
    target: np.ndarray
    parameters: tuple[np.ndarray, ...]
    rate: float


def _network(size: int, filters: tuple[int, int], batch: int) -> Network:
    rng = np.random.default_rng(31)
    first, second = filters
    features = second * (size // 4) ** 2
    parameters = (
        _draw(rng, first, 1, 3, 3, fan_in=9),
        _draw(rng, first, fan_in=9),
        _draw(rng, second, first, 3, 3, fan_in=first * 9),
        _draw(rng, second, fan_in=first * 9),
        _draw(rng, 10, features, fan_in=features),
        _draw(rng, 10, fan_in=features),
    )
    x = rng.standard_normal((batch, 1, size, size)).astype(np.float32)
    return Network(x, rng.integers(0, 10, batch), parameters, 0.05)


def _pool(x: np.ndarray) -> np.ndarray:
    n, c, h, w = x.shape
    return np.asarray(x.reshape(n, c, h // 2, 2, w // 2, 2).max((3, 5)))


def _pool_pull(g: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The gradient goes to the maximum; relu makes ties of zeros, where it then stops."""

    def spread(a: np.ndarray) -> np.ndarray:
        return a.repeat(2, 2).repeat(2, 3)

    return np.asarray(spread(g) * ((x == spread(y)) & (x > 0)))


def _network_reference(data: Network) -> Arrays:
    start = [p.astype(np.float64) for p in data.parameters]
    p = [a.copy() for a in start]
    x, rows, losses = data.x.astype(np.float64), np.arange(len(data.target)), []
    for _ in range(STEPS):
        r1 = np.maximum(_conv(x, p[0], p[1]), 0)
        h1 = _pool(r1)
        r2 = np.maximum(_conv(h1, p[2], p[3]), 0)
        h2 = _pool(r2)
        flat = h2.reshape(len(x), -1)
        z = flat @ p[4].T + p[5]
        z -= z.max(1, keepdims=True)
        log_p = z - np.log(np.exp(z).sum(1, keepdims=True))
        losses.append(-log_p[rows, data.target].mean())
        dz = np.exp(log_p)
        dz[rows, data.target] -= 1
        dz /= len(x)
        d2 = _pool_pull((dz @ p[4]).reshape(h2.shape), r2, h2)
        dh1, dw2, db2 = _conv_pull(d2, h1, p[2])
        d1 = _pool_pull(dh1, r1, h1)
        _, dw1, db1 = _conv_pull(d1, x, p[0])
        for a, g in zip(p, (dw1, db1, dw2, db2, dz.T @ flat, dz.sum(0)), strict=True):
            a -= data.rate * g
    update = [(a - b).ravel() for a, b in zip(p, start, strict=True)]
    return {"losses": np.array(losses), "update": np.concatenate(update)}


def _network_candidate(name: str, data: Network) -> Candidate:
    lib = importlib.import_module(name.split("-")[0])
    nn = lib.nn
    first, second = len(data.parameters[0]), len(data.parameters[2])
    features = data.parameters[4].shape[1]
    model = nn.Sequential(
        nn.Conv2d(1, first, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(first, second, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(features, 10),
    )
    parameters = list(model.parameters())
    start = [lib.tensor(p) for p in data.parameters]
    optimizer = lib.optim.SGD(parameters, lr=data.rate)
    x, target = _order(lib, name, lib.tensor(data.x)), lib.tensor(data.target)
    if name.endswith("channels-last"):
        model = model.to(memory_format=lib.channels_last)

    def step() -> Any:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), target)
        loss.backward()
        optimizer.step()
        return loss

    def reset() -> None:
        with lib.no_grad():
            for p, p0 in zip(parameters, start, strict=True):
                p.copy_(p0)

    def result() -> Arrays:
        losses = np.array([float(step().item()) for _ in range(STEPS)])
        update = [
            (p.detach().numpy().astype(np.float64) - p0).ravel()
            for p, p0 in zip(parameters, data.parameters, strict=True)
        ]
        return {"losses": losses, "update": np.concatenate(update)}

    reset()
    return Candidate(per_call(step), result, reset)


_FLOAT32_LAYER = Tolerance(
    1e-5, "float32 against a float64 reference: sums of up to 50176 terms that cancel"
)
_FLOAT32_NETWORK = Tolerance(
    2e-5,
    "float32 against a float64 reference over three steps; the update is a difference of weights"
    " many times its size",
)


def _layer_case(
    name: str, title: str, sizes: tuple[int, int, int, int], targets: tuple[Target, ...]
) -> Case:
    return Case(
        name=name,
        title=title,
        family="Convolutions",
        data=functools.partial(_layer, *sizes),
        reference=_layer_reference,
        builders={p: functools.partial(_layer_candidate, p) for p in _PEERS},
        tolerance=_FLOAT32_LAYER,
        targets=targets,
        threads=(1, 2),
    )


def _network_case(
    name: str, title: str, size: int, filters: tuple[int, int], targets: tuple[Target, ...]
) -> Case:
    return Case(
        name=name,
        title=title,
        family="Convolutions",
        data=functools.partial(_network, size, filters, 64),
        reference=_network_reference,
        builders={p: functools.partial(_network_candidate, p) for p in _PEERS},
        tolerance=_FLOAT32_NETWORK,
        targets=targets,
        threads=(1, 2),
    )


CASES = (
    _layer_case(
        "conv-16-32",
        "Convolution 3 × 3, 16-32 channels, 28 × 28, batch 64, value and gradients",
        (64, 16, 32, 28),
        (ratio("torch", 1.2, "1.2 × torch"),),
    ),
    _layer_case(
        "conv-digits",
        "Convolution 3 × 3, 8-16 channels, 8 × 8, batch 16, value and gradients",
        (16, 8, 16, 8),
        (ratio("torch", 0.8, "0.8 × torch"),),
    ),
    _network_case(
        "convnet-digits",
        "Convolutional network 1-8-16, 8 × 8, batch 64, SGD step",
        8,
        (8, 16),
        (ratio("torch", 0.8, "0.8 × torch"),),
    ),
    _network_case(
        "convnet-28",
        "Convolutional network 1-16-32, 28 × 28, batch 64, SGD step",
        28,
        (16, 32),
        (ratio("torch", 1.0, "1.0 × torch"),),
    ),
)
