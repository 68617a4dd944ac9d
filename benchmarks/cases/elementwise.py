"""Elementwise work: ten operations on sixteen numbers or more, one operation, a million numbers.

Small sizes measure what a framework costs besides arithmetic, large ones its loops and threads.
"""

from __future__ import annotations

import functools
import importlib
import itertools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from benchmarks.case import (
    PYAD,
    Arrays,
    Candidate,
    Case,
    Target,
    Tolerance,
    per_call,
    per_loop,
    ratio,
)

FAMILY = "Elementwise"

Pair = tuple[np.ndarray, np.ndarray]


def _as_float64(named: dict[str, Any]) -> Arrays:
    return {name: np.asarray(value, dtype=np.float64) for name, value in named.items()}


# ---- ten operations on sixteen float64, forward and backward


def _chain(lib: Any, x: Any, w: Any) -> Any:
    """Ten elementwise operations, then the sum that makes the result a scalar."""
    a = x * w
    b = lib.sin(a)
    c = b + x
    d = lib.tanh(c)
    e = d * a
    f = e - w
    g = f * f
    h = g + 1.0
    i = lib.sqrt(h)
    j = x / i
    return j.sum()


def _chain_data(n: int, dtype: type) -> Pair:
    rng = np.random.default_rng(16)
    return rng.standard_normal(n).astype(dtype), rng.standard_normal(n).astype(dtype)


def _chain_reference(pair: Pair) -> Arrays:
    x, w = (value.astype(np.float64) for value in pair)
    a = x * w
    d = np.tanh(np.sin(a) + x)
    f = d * a - w
    i = np.sqrt(f * f + 1.0)
    df = -x / (i * i) / (2 * i) * 2 * f
    dc = df * a * (1 - d * d)
    da = df * d + dc * np.cos(a)
    dx = 1 / i + dc + da * w
    dw = -df + da * x
    return {"value": np.array((x / i).sum()), "dx": dx, "dw": dw}


def _chain_torchlike(name: str, pair: Pair) -> Candidate:
    lib = importlib.import_module(name)
    x, w = (lib.tensor(value, requires_grad=True) for value in pair)

    def step() -> Any:
        x.grad = w.grad = None
        value = _chain(lib, x, w)
        value.backward()
        return value

    def result() -> Arrays:
        value = step()
        return _as_float64({"value": value.item(), "dx": x.grad.numpy(), "dw": w.grad.numpy()})

    return Candidate(per_call(step), result)


def _gradient_of(
    step: Callable[[], tuple[Any, Any]], names: tuple[str, ...] = ("dx", "dw")
) -> Candidate:
    """A candidate whose step returns a value and a list of gradients, in the order of `names`."""

    def result() -> Arrays:
        value, gradients = step()
        return _as_float64({"value": value, **dict(zip(names, gradients, strict=True))})

    return Candidate(per_call(step), result)


def _chain_jax(pair: Pair) -> Candidate:
    import jax
    import jax.numpy as jnp

    x, w = (jnp.asarray(value) for value in pair)
    compiled = jax.jit(jax.value_and_grad(functools.partial(_chain, jnp), argnums=(0, 1)))
    return _gradient_of(lambda: jax.block_until_ready(compiled(x, w)))


def _chain_autograd(pair: Pair) -> Candidate:
    import autograd
    import autograd.numpy as anp

    x, w = pair
    value_and_grad = autograd.value_and_grad(functools.partial(_chain, anp), argnum=(0, 1))
    return _gradient_of(lambda: value_and_grad(x, w))


def _chain_mlx(pair: Pair) -> Candidate:
    import mlx.core as mx

    x, w = (mx.array(value, dtype=getattr(mx, value.dtype.name)) for value in pair)
    value_and_grad = mx.value_and_grad(functools.partial(_chain, mx), argnums=(0, 1))

    def step() -> tuple[Any, Any]:
        answer = value_and_grad(x, w)
        mx.eval(answer)
        return answer

    return _gradient_of(step)


def _chain_forward(pair: Pair) -> Candidate:
    x, w = pair
    return Candidate(
        per_call(lambda: _chain(np, x, w)), lambda: {"value": np.array(_chain(np, x, w))}
    )


def _chain_out(pair: Pair) -> Candidate:
    """The forward pass with arrays that stay: what NumPy's users write where it matters."""
    x, w = pair
    a, d, e = (np.empty_like(x) for _ in range(3))

    def step() -> Any:
        np.multiply(x, w, out=a)
        np.sin(a, out=d)
        np.add(d, x, out=d)
        np.tanh(d, out=d)
        np.multiply(d, a, out=e)
        np.subtract(e, w, out=e)
        np.multiply(e, e, out=e)
        np.add(e, 1.0, out=e)
        np.sqrt(e, out=e)
        np.divide(x, e, out=e)
        return e.sum()

    return Candidate(per_call(step), lambda: {"value": np.array(step())})


# ---- one binary operation on small tensors, recorded


def _product_data() -> Pair:
    rng = np.random.default_rng(17)
    x, y = rng.standard_normal((2, 16)).astype(np.float32)
    return x, y


def _product_reference(pair: Pair) -> Arrays:
    x, y = (value.astype(np.float64) for value in pair)
    return {"value": x * y, "dx": y, "dy": x}


def _product_loop(x: Any, y: Any) -> Callable[[int], None]:
    def loop(n: int) -> None:
        for _ in itertools.repeat(None, n):
            x * y

    return loop


def _product_torchlike(name: str, pair: Pair) -> Candidate:
    lib = importlib.import_module(name)
    x, y = (lib.tensor(value, requires_grad=True) for value in pair)

    def result() -> Arrays:
        x.grad = y.grad = None
        value = x * y
        value.sum().backward()
        answers = {"value": value.detach().numpy(), "dx": x.grad.numpy(), "dy": y.grad.numpy()}
        return _as_float64(answers)

    return Candidate(per_loop(_product_loop(x, y)), result)


def _product_forward(pair: Pair) -> Candidate:
    x, y = pair
    return Candidate(per_loop(_product_loop(x, y)), lambda: _as_float64({"value": x * y}))


# ---- tanh, exp, add and sum over a million float32, forward and backward


def _large(lib: Any, x: Any) -> Any:
    return (lib.tanh(x) + lib.exp(x)).sum()


def _large_data() -> np.ndarray:
    return np.random.default_rng(18).standard_normal(1_000_000).astype(np.float32)


def _large_reference(x: np.ndarray) -> Arrays:
    x = x.astype(np.float64)
    t, e = np.tanh(x), np.exp(x)
    return {"value": np.array((t + e).sum()), "dx": 1 - t * t + e}


def _large_torchlike(name: str, data: np.ndarray) -> Candidate:
    lib = importlib.import_module(name)
    x = lib.tensor(data, requires_grad=True)

    def step() -> Any:
        x.grad = None
        value = _large(lib, x)
        value.backward()
        return value

    def result() -> Arrays:
        value = step()
        return _as_float64({"value": value.item(), "dx": x.grad.numpy()})

    return Candidate(per_call(step), result)


def _large_jax(data: np.ndarray) -> Candidate:
    import jax
    import jax.numpy as jnp

    x = jnp.asarray(data)
    compiled = jax.jit(jax.value_and_grad(functools.partial(_large, jnp), argnums=(0,)))
    return _gradient_of(lambda: jax.block_until_ready(compiled(x)), ("dx",))


def _large_mlx(data: np.ndarray) -> Candidate:
    import mlx.core as mx

    x = mx.array(data)
    value_and_grad = mx.value_and_grad(functools.partial(_large, mx))

    def step() -> tuple[Any, Any]:
        value, gradient = value_and_grad(x)
        mx.eval(value, gradient)
        return value, [gradient]

    return _gradient_of(step, ("dx",))


def _large_forward(data: np.ndarray) -> Candidate:
    return Candidate(
        per_call(lambda: _large(np, data)), lambda: _as_float64({"value": _large(np, data)})
    )


def _large_out(data: np.ndarray) -> Candidate:
    t, e = np.empty_like(data), np.empty_like(data)

    def step() -> Any:
        np.tanh(data, out=t)
        np.exp(data, out=e)
        np.add(t, e, out=t)
        return t.sum()

    return Candidate(per_call(step), lambda: _as_float64({"value": step()}))


def _large_numexpr(data: np.ndarray) -> Candidate:
    import numexpr

    out = np.empty_like(data)

    def step() -> Any:
        return numexpr.evaluate("tanh(x) + exp(x)", {"x": data}, out=out).sum()

    return Candidate(per_call(step), lambda: _as_float64({"value": step()}))


_FORWARD_ALONE = dict.fromkeys(("numpy-forward", "numpy-forward-out", "numexpr"), ("value",))


def _chain_case(
    n: int,
    dtype: type,
    tolerance: Tolerance,
    looser: Mapping[str, Tolerance],
    targets: tuple[Target, ...],
) -> Case:
    return Case(
        name=f"chain-{n}",
        title=f"10 elementwise ops and a sum, {n} {dtype.__name__}, forward + backward",
        family=FAMILY,
        data=functools.partial(_chain_data, n, dtype),
        reference=_chain_reference,
        builders={
            PYAD: functools.partial(_chain_torchlike, PYAD),
            "torch": functools.partial(_chain_torchlike, "torch"),
            "jax": _chain_jax,
            "autograd": _chain_autograd,
            "mlx": _chain_mlx,
            "numpy-forward": _chain_forward,
            "numpy-forward-out": _chain_out,
        },
        tolerance=tolerance,
        looser=looser,
        targets=targets,
        partial=_FORWARD_ALONE,
        accuracy=True,
    )


_CHAIN_FLOAT32 = Tolerance(1e-5, "float32, a dozen roundings, and a sum of terms of both signs")

CASES = (
    _chain_case(
        16,
        np.float64,
        Tolerance(1e-13, "float64, a dozen roundings on sixteen well-scaled numbers"),
        {"mlx": Tolerance(1e-6, "MLX's float64 sin is good to float32 only on a CPU")},
        (
            ratio("torch", 1 / 12, "1/12 of torch"),
            ratio("numpy-forward", 2.5, "2.5 × NumPy's forward alone"),
        ),
    ),
    _chain_case(
        *(4096, np.float32, _CHAIN_FLOAT32, {}, (ratio("torch", 1.0, "1.0 × torch"),)),
    ),
    _chain_case(
        *(65536, np.float32, _CHAIN_FLOAT32, {}, (ratio("torch", 1.0, "1.0 × torch"),)),
    ),
    Case(
        name="binary-16",
        title="one product of two tensors of 16 float32, recorded",
        family=FAMILY,
        data=_product_data,
        reference=_product_reference,
        builders={
            PYAD: functools.partial(_product_torchlike, PYAD),
            "torch": functools.partial(_product_torchlike, "torch"),
            "numpy-forward": _product_forward,
        },
        tolerance=Tolerance(1e-7, "float32, one rounding"),
        targets=(
            ratio("torch", 1 / 5, "1/5 of torch"),
            Target("absolute", 0.35e-6, "0.35 µs (aim)", aim=True),
        ),
        partial=_FORWARD_ALONE,
        accuracy=True,
    ),
    Case(
        name="elementwise-1e6",
        title="sum(tanh(x) + exp(x)), 10⁶ float32, forward + backward",
        family=FAMILY,
        data=_large_data,
        reference=_large_reference,
        builders={
            PYAD: functools.partial(_large_torchlike, PYAD),
            "torch": functools.partial(_large_torchlike, "torch"),
            "jax": _large_jax,
            "mlx": _large_mlx,
            "numpy-forward": _large_forward,
            "numpy-forward-out": _large_out,
            "numexpr": _large_numexpr,
        },
        tolerance=Tolerance(
            1e-6, "float32: functions good to a few units in the last place, a sum of a million"
        ),
        looser={"mlx": Tolerance(1e-4, "MLX adds float32 numbers in long runs, not pairwise")},
        targets=(ratio("torch", 1.0, "1.0 × torch"),),
        threads=(1, 2),
        partial=_FORWARD_ALONE,
        accuracy=True,
    ),
)
