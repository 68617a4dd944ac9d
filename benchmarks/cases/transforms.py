"""Function transforms: gradients of each sample, Hessians, Jacobians, directional derivatives.

One text for PyTorch and pyad, with the module exchanged; JAX compiles the same.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.case import PYAD, Arrays, Candidate, Case, Tolerance, per_call, ratio

FAMILY = "Transforms"

Data = tuple[np.ndarray, ...]


def _answers(names: tuple[str, ...], values: Any) -> Arrays:
    return {k: np.asarray(v, dtype=np.float64) for k, v in zip(names, values, strict=True)}


def _draw(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return (rng.standard_normal(shape) / np.sqrt(shape[-1])).astype(np.float32)


# ---- the gradient of a loss by all weights, for each sample

GRADIENTS = ("dw1", "db1", "dw2", "db2")


def _sample_data() -> Data:
    rng = np.random.default_rng(3)
    weights = (_draw(rng, 64, 20), _draw(rng, 64), _draw(rng, 10, 64), _draw(rng, 10))
    x = rng.standard_normal((1000, 20)).astype(np.float32)
    return (*weights, x, rng.integers(0, 10, 1000))


def _sample_reference(data: Data) -> Arrays:
    w1, b1, w2, b2, x = (v.astype(np.float64) for v in data[:5])
    h = np.tanh(x @ w1.T + b1)
    z = h @ w2.T + b2
    p = np.exp(z - z.max(1, keepdims=True))
    dz = p / p.sum(1, keepdims=True) - np.eye(10)[data[5]]
    da = dz @ w2 * (1 - h * h)
    return _answers(
        GRADIENTS,
        (da[:, :, None] * x[:, None], da, dz[:, :, None] * h[:, None], dz),
    )


def _sample_torchlike(name: str, data: Data) -> Candidate:
    lib = importlib.import_module(name)
    func = importlib.import_module(f"{name}.func")
    f = importlib.import_module(f"{name}.nn.functional")
    *weights, x, y = (lib.tensor(v) for v in data)

    def loss(w: Any, x: Any, y: Any) -> Any:
        h = lib.tanh(f.linear(x, w[0], w[1]))
        return f.cross_entropy(f.linear(h, w[2], w[3]), y)

    each = func.vmap(func.grad(loss), in_dims=(None, 0, 0))
    step = functools.partial(each, tuple(weights), x, y)
    return Candidate(per_call(step), lambda: _answers(GRADIENTS, [g.numpy() for g in step()]))


def _sample_jax(data: Data) -> Candidate:
    import jax
    import jax.numpy as jnp

    *weights, x, y = (jnp.asarray(v) for v in data)

    def loss(w: Any, x: Any, y: Any) -> Any:
        h = jnp.tanh(w[0] @ x + w[1])
        return -jax.nn.log_softmax(w[2] @ h + w[3])[y]

    each = jax.jit(jax.vmap(jax.grad(loss), in_axes=(None, 0, 0)))
    step = functools.partial(each, tuple(weights), x, y)
    return Candidate(
        per_call(lambda: jax.block_until_ready(step())), lambda: _answers(GRADIENTS, step())
    )


# ---- functions of one array


def _rosenbrock(lib: Any, x: Any) -> Any:
    del lib
    a, b = x[:-1], x[1:]
    return (100.0 * (b - a * a) ** 2 + (1.0 - a) ** 2).sum()


def _rosenbrock_reference(data: Data) -> Arrays:
    (x,) = data
    n = len(x)
    hessian = np.zeros((n, n))
    for i in range(n - 1):
        hessian[i, i] += 1200 * x[i] ** 2 - 400 * x[i + 1] + 2
        hessian[i + 1, i + 1] += 200
        hessian[i, i + 1] = hessian[i + 1, i] = -400 * x[i]
    return {"y": hessian}


def _layers_data() -> Data:
    rng = np.random.default_rng(5)
    return (
        rng.standard_normal(64).astype(np.float32),
        _draw(rng, 64, 64),
        _draw(rng, 64),
        _draw(rng, 64, 64),
        _draw(rng, 64),
    )


def _layers(lib: Any, x: Any, w1: Any, b1: Any, w2: Any, b2: Any) -> Any:
    return w2 @ lib.tanh(w1 @ x + b1) + b2


def _layers_reference(data: Data) -> Arrays:
    x, w1, b1, w2, _ = (v.astype(np.float64) for v in data)
    h = np.tanh(w1 @ x + b1)
    return {"y": w2 @ ((1 - h * h)[:, None] * w1)}


def _chain(lib: Any, x: Any, w: Any) -> Any:
    """Ten elementwise operations."""
    a = x * w
    b = lib.sin(a)
    c = b + x
    d = lib.tanh(c)
    e = d * a
    f = e - w
    g = f * f
    h = g + 1.0
    return x / lib.sqrt(h)


def _chain_data() -> Data:
    rng = np.random.default_rng(16)
    return tuple(rng.standard_normal(16) for _ in range(3))


def _chain_reference(data: Data) -> Arrays:
    x, w, t = data
    a = x * w
    d = np.tanh(np.sin(a) + x)
    f = d * a - w
    i = np.sqrt(f * f + 1)
    td = (1 - d * d) * (np.cos(a) * t * w + t)
    return {"y": t / i - x * f * (td * a + d * t * w) / i**3}


def _of_first(make: Callable[[Any, Any], Any], text: Any, name: str, data: Data) -> Candidate:
    """`make(func, f)` at the first array; the others are constants of the text."""
    lib = importlib.import_module(name)
    func = importlib.import_module(f"{name}.func")
    x, *rest = (lib.tensor(v) for v in data)
    step = functools.partial(make(func, lambda x, *more: text(lib, x, *more)), x, *rest)
    return Candidate(per_call(step), lambda: {"y": step().numpy().astype(np.float64)})


def _of_first_jax(make: Callable[[Any, Any], Any], text: Any, data: Data) -> Candidate:
    import jax
    import jax.numpy as jnp

    x, *rest = (jnp.asarray(v) for v in data)
    made = jax.jit(make(jax, lambda x, *more: text(jnp, x, *more)))

    def step() -> Any:
        return made(x, *rest).block_until_ready()

    return Candidate(per_call(step), lambda: _answers(("y",), (step(),)))


def _hessian(func: Any, f: Any) -> Any:
    return func.hessian(f)


def _jacrev(func: Any, f: Any) -> Any:
    return func.jacrev(f)


def _push(func: Any, f: Any) -> Any:
    """The last array is the direction."""

    def pushed(x: Any, w: Any, t: Any) -> Any:
        return func.jvp(lambda v: f(v, w), (x,), (t,))[1]

    return pushed


def _case(
    name: str,
    title: str,
    data: Callable[[], Data],
    reference: Callable[[Data], Arrays],
    work: tuple[Callable[[Any, Any], Any], Any],
    tolerance: Tolerance,
    bound: tuple[float, str],
) -> Case:
    return Case(
        name=name,
        title=title,
        family=FAMILY,
        data=data,
        reference=reference,
        builders={
            PYAD: functools.partial(_of_first, *work, PYAD),
            "torch": functools.partial(_of_first, *work, "torch"),
            "jax": functools.partial(_of_first_jax, *work),
        },
        tolerance=tolerance,
        targets=(ratio("torch", *bound),),
    )


def _rosenbrock_case(n: int) -> Case:
    return _case(
        f"hessian-rosenbrock-{n}",
        f"Hessian of the Rosenbrock function, n = {n}",
        lambda: (np.random.default_rng(n).standard_normal(n),),
        _rosenbrock_reference,
        (_hessian, _rosenbrock),
        Tolerance(1e-13, "float64, sums of few terms"),
        (1 / 20, "1/20 of torch.func"),
    )


SINGLE = Tolerance(1e-5, "float32, sums of some dozens of terms")

CASES = (
    Case(
        name="grad-per-sample",
        title="gradient of each of 1,000 samples, MLP 20-64-10, cross entropy",
        family=FAMILY,
        data=_sample_data,
        reference=_sample_reference,
        builders={
            PYAD: functools.partial(_sample_torchlike, PYAD),
            "torch": functools.partial(_sample_torchlike, "torch"),
            "jax": _sample_jax,
        },
        tolerance=SINGLE,
        targets=(ratio("torch", 0.5, "0.5 × torch.func"),),
    ),
    _rosenbrock_case(10),
    _rosenbrock_case(100),
    _case(
        "jacrev-mlp",
        "Jacobian by reverse mode, MLP 64-64-64",
        _layers_data,
        _layers_reference,
        (_jacrev, _layers),
        SINGLE,
        (1 / 5, "1/5 of torch.func"),
    ),
    _case(
        "jvp-chain-16",
        "ten operations on 16 float64, a directional derivative",
        _chain_data,
        _chain_reference,
        (_push, _chain),
        Tolerance(1e-13, "float64, a chain of ten roundings"),
        (1 / 100, "1/100 of torch.func"),
    ),
)
