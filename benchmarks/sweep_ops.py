"""The calls that the sweep times.

Elementwise ones come from the op table, what takes shapes or indices is spelled here once. Separate
because `sweep` measures, whatever the calls are.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

import pyad
from pyad import _core

# Names of PyTorch's functions where they differ, or where its function has another form.
_TORCH: dict[str, Callable[..., Any]] = {
    "cbrt": lambda x: torch.copysign(x.abs() ** (1 / 3), x),
    "gelu_tanh": lambda x: torch.nn.functional.gelu(x, approximate="tanh"),
    "huber": lambda x, delta: torch.nn.functional.huber_loss(
        x, torch.zeros_like(x), reduction="none", delta=delta
    ),
    "leaky": lambda x, slope: torch.where(x > 0, x, slope * x),
    "polygamma": lambda n, x: torch.polygamma(1, x),
    "trunc_divide": lambda a, b: torch.div(a, b, rounding_mode="trunc"),
}
_NO_DERIVATIVE = {"floor_divide", "polygamma"}  # PyTorch has none, or none for all operands


@dataclass(frozen=True)
class Op:
    """One call: `call(package, *arrays)`."""

    name: str
    arrays: tuple[np.ndarray, ...]
    call: Callable[..., Any]
    backward: bool = True
    moves: bool = False


def _found(name: str) -> Callable[..., Any] | None:
    if name in _TORCH:
        return _TORCH[name]
    for where in (torch, torch.nn.functional, torch.special):
        if callable(getattr(where, name, None)):
            return getattr(where, name)  # type: ignore[no-any-return]
    return None


def _params(entry: dict[str, Any]) -> dict[str, Any]:
    given = {"clamp": {"min": -1.0, "max": 1.5}, "elu": {"alpha": 1.3}, "nan_to_num": {}}
    given["threshold"] = {"threshold": 0.25, "value": -0.5}
    if entry["name"] in given:
        return given[entry["name"]]
    return {k: v for k, v in entry["params"] if np.isfinite(v) and abs(v) < 1e300}


def _elementwise(n: int, rng: np.random.Generator) -> Iterator[Op]:
    for entry in _core.op_table():
        if entry["kind"] not in ("unary", "binary", "ternary"):
            continue
        if entry["accept"] not in ("floating", "numeric", "any"):
            continue
        name, params = entry["name"], _params(entry)
        theirs = _found(name)
        places = (pyad.nn.functional, pyad, _core.steps)
        ours = next((getattr(place, name) for place in places if hasattr(place, name)), None)
        if theirs is None and entry["use"] != "public":
            continue
        if theirs is None or ours is None:
            raise SystemExit(f"sweep: {name} has no function of PyTorch beside it; name one")
        arrays = [rng.uniform(low, high, n).astype(np.float32) for low, high in entry["domain"]][
            : entry["arity"]
        ]
        if name == "where":
            arrays[0] = arrays[0] > 0
        yield Op(
            name,
            tuple(arrays),
            lambda p, *xs, ours=ours, theirs=theirs, params=params: (ours if p is pyad else theirs)(
                *xs, **params
            ),
            any(entry["differentiable"]) and name not in _NO_DERIVATIVE,
        )


def _others(n: int, rng: np.random.Generator) -> Iterator[Op]:
    side = math.isqrt(n)
    half = side // 2

    def array(*shape: int) -> np.ndarray:
        return rng.standard_normal(shape).astype(np.float32)

    def positive(*shape: int) -> np.ndarray:
        return rng.uniform(0.5, 1.5, shape).astype(np.float32)

    x, y, row, column = array(side, side), array(side, side), array(side), array(side, 1)
    places = rng.integers(0, side, (side, side))
    rows = rng.integers(0, side, side)
    labels = rng.integers(0, side, side)

    def one(name: str, call: Callable[..., Any], *arrays: np.ndarray, **kw: bool) -> Op:
        return Op(name, arrays or (x,), call, **kw)

    for exponent in (2, 3, 4, -1, 0.5, 2.5):
        yield one(f"x ** {exponent}", lambda p, x, e=exponent: x**e, positive(side, side))
    yield one("x.pow(2)", lambda p, x: x.pow(2))
    yield one("x.pow(3.0)", lambda p, x: x.pow(3.0))
    yield one("2 ** x", lambda p, x: 2**x)
    yield one("x + 1", lambda p, x: x + 1)
    yield one("x * 2", lambda p, x: x * 2)
    yield one("1 / x", lambda p, x: 1 / x, positive(side, side))
    for name in ("sum", "mean", "amax", "amin", "logsumexp", "var", "std", "norm"):
        for where, dim in (("all", (0, 1)), ("last", 1), ("first", 0)):
            yield one(f"{name}, {where}", lambda p, x, f=name, d=dim: getattr(x, f)(dim=d))
    for name in ("prod", "cumsum", "cumprod", "softmax", "log_softmax", "argmax", "logcumsumexp"):
        for where, dim in (("last", 1), ("first", 0)):
            yield one(
                f"{name}, {where}",
                lambda p, x, f=name, d=dim: getattr(x, f)(dim=d),
                positive(side, side),
                backward=name != "argmax",
            )
    yield one("prod, all", lambda p, x: x.prod(), positive(side, side) ** 0.01)
    yield one("row broadcast", lambda p, x, r: x + r, x, row)
    yield one("column broadcast", lambda p, x, c: x * c, x, column)
    yield one("outer broadcast", lambda p, r, c: r * c, row, column)
    yield one("x.t() + x", lambda p, x: x.t() + x)
    doubles = x.astype(np.float64), y.astype(np.float64)
    yield one("x.t() + y, float64", lambda p, x, y: x.t() + y, *doubles)
    yield one("x.t() * y.t()", lambda p, x, y: x.t() * y.t(), x, y)
    yield one("x[::2] + y[::2]", lambda p, x, y: x[::2] + y[::2], x, y)
    yield one("x[:, ::2] * 2", lambda p, x: x[:, ::2] * 2)
    yield one("clone", lambda p, x: x.clone(), moves=True)
    yield one("t().contiguous()", lambda p, x: x.t().contiguous(), moves=True)
    yield one("expand", lambda p, r: r.expand(side, side) * 1, row)
    yield one("expand, contiguous", lambda p, r: r.expand(side, side).contiguous(), row, moves=True)
    yield one("cat, first", lambda p, x, y: p.cat([x, y]), x, y, moves=True)
    yield one("cat, last", lambda p, x, y: p.cat([x, y], 1), x, y, moves=True)
    yield one(
        "cat of 10", lambda p, x: p.cat([x] * 10), array(max(side // 10, 1), side), moves=True
    )
    yield one("stack", lambda p, x, y: p.stack([x, y]), x, y, moves=True)
    yield one("flip", lambda p, x: x.flip(0, 1), moves=True)
    yield one("roll", lambda p, x: x.roll(3, 1), moves=True)
    yield one("pad", lambda p, x: p.nn.functional.pad(x, (1, 1, 1, 1)), moves=True)
    yield one("tril", lambda p, x: x.tril(), moves=True)
    yield one("repeat", lambda p, x: x.repeat(2, 2), array(half, half), moves=True)
    yield one("x[mask]", lambda p, x, m: x[m], x, x > 0)
    yield one("x[rows]", lambda p, x, i: x[i], x, rows, moves=True)
    yield one("index_select", lambda p, x, i: x.index_select(0, i), x, rows, moves=True)
    yield one("index_select, last", lambda p, x, i: x.index_select(1, i), x, rows)
    yield one("index_add", lambda p, x, i, y: x.index_add(0, i, y), x, rows, y)
    yield one("gather", lambda p, x, i: x.gather(1, i), x, places)
    yield one("take_along_dim", lambda p, x, i: p.take_along_dim(x, i, 1), x, places)
    yield one("scatter", lambda p, x, i, y: x.scatter(1, i, y), x, places, y, backward=False)
    yield one("scatter_add", lambda p, x, i, y: x.scatter_add(1, i, y), x, places, y)
    yield one("masked_fill", lambda p, x, m: x.masked_fill(m, 0.5), x, x > 0)
    yield one("embedding", lambda p, w, i: p.nn.functional.embedding(i, w), x, rows)
    # Stable, so that both send the gradient of equal elements to the same places.
    yield one("sort", lambda p, x: p.sort(x, dim=1, stable=True)[0])
    yield one(
        "sort of short lines",
        lambda p, x: p.sort(x, dim=1, stable=True)[0],
        array(max(n // 16, 1), 16),
    )
    yield one("topk", lambda p, x: x.topk(min(4, side), 1)[0])
    yield one("median", lambda p, x: x.median(1)[0])
    yield one("linear", lambda p, x, w, b: p.nn.functional.linear(x, w, b), x, y, row)
    yield one("x @ y", lambda p, x, y: x @ y, x, y)
    yield one("x @ row", lambda p, x, r: x @ r, x, row)
    losses = "mse_loss l1_loss huber_loss smooth_l1_loss"
    for name in losses.split():
        yield one(name, lambda p, x, y, f=name: getattr(p.nn.functional, f)(x, y), x, y)
    yield one(
        "bce_with_logits",
        lambda p, x, y: p.nn.functional.binary_cross_entropy_with_logits(x, y),
        x,
        (y > 0).astype(np.float32),
    )
    yield one(
        "kl_div",
        lambda p, x, y: p.nn.functional.kl_div(x, y, reduction="sum"),
        x,
        positive(side, side),
    )
    yield one("cross_entropy", lambda p, x, t: p.nn.functional.cross_entropy(x, t), x, labels)
    yield one("nll_loss", lambda p, x, t: p.nn.functional.nll_loss(x, t), x, labels)
    yield one("layer_norm", lambda p, x, w: p.nn.functional.layer_norm(x, (side,), w), x, row)
    yield one(
        "batch_norm",
        lambda p, x, w: p.nn.functional.batch_norm(x, None, None, w, training=True),
        x,
        row,
    )
    yield one(
        "group_norm",
        lambda p, x: p.nn.functional.group_norm(x.reshape(1, half, 2, side), half // 2 or 1),
        array(2 * half, side),
    )
    yield one("normalize", lambda p, x: p.nn.functional.normalize(x, dim=1))
    yield one("cosine_similarity", lambda p, x, y: p.cosine_similarity(x, y, 1), x, y)
    yield one("prelu", lambda p, x, w: p.nn.functional.prelu(x, w), x, array(1))
    yield one("glu", lambda p, x: p.nn.functional.glu(x, 0), array(2 * half, side))
    points = array(half, 8)
    yield one("cdist", lambda p, x: p.cdist(x, x + 1), points)
    pixels = max(2, math.isqrt(max(n // 8, 4)) // 2 * 2)
    image = array(2, 4, pixels, pixels)
    yield one("max_pool2d", lambda p, x: p.nn.functional.max_pool2d(x, 2), image)
    yield one("avg_pool2d", lambda p, x: p.nn.functional.avg_pool2d(x, 2), image)
    yield one("interpolate", lambda p, x: p.nn.functional.interpolate(x, scale_factor=2.0), image)


def _in_place(n: int, rng: np.random.Generator) -> Iterator[Op]:
    x, y = (rng.standard_normal(n).astype(np.float32) for _ in range(2))
    steps: dict[str, Callable[..., Any]] = {
        "x.fill_(1)": lambda p, x, y: x.fill_(1.0),
        "x.zero_()": lambda p, x, y: x.zero_(),
        "x.copy_(y)": lambda p, x, y: x.copy_(y),
        "x.add_(y)": lambda p, x, y: x.add_(y),
        "x.mul_(1)": lambda p, x, y: x.mul_(1.0),
        "x[::2] = 1": lambda p, x, y: x.__setitem__(slice(None, None, 2), 1.0),
        "x.addcmul_": lambda p, x, y: x.addcmul_(y, y, value=1e-9),
    }
    for name, call in steps.items():
        yield Op(
            name,
            (x, y),
            call,
            backward=False,
            moves=name in ("x.fill_(1)", "x.zero_()", "x.copy_(y)"),
        )
    yield Op("full", (), lambda p: p.full((n,), 1.5), backward=False, moves=True)
    yield Op("zeros", (), lambda p: p.zeros(n), backward=False, moves=True)
    yield Op("arange", (), lambda p: p.arange(n), backward=False)
    yield Op("linspace", (), lambda p: p.linspace(0, 1, n), backward=False)


def ops(n: int) -> Iterator[Op]:
    """All calls on about n elements."""
    rng = np.random.default_rng(0)
    yield from _elementwise(n, rng)
    yield from _others(n, rng)
    yield from _in_place(n, rng)
