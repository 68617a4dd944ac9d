"""What the cases of every family are written with: arrays of a kind, and calls by name."""

from __future__ import annotations

import numpy as np

_rng = np.random.default_rng(7)


def ints(high, *shape):
    return _rng.integers(0, high, shape)


def mask(*shape):
    return _rng.random(shape) > 0.4


def distinct(*shape):
    """Values with no ties, for selections."""
    n = int(np.prod(shape))
    return (_rng.permutation(n) / max(n, 1) + 0.1).reshape(shape)


def positive(*shape):
    return _rng.uniform(0.3, 2.0, shape)


def unit(*shape):
    return _rng.uniform(0.1, 0.9, shape)


class Fixed(np.ndarray):
    """A floating input that is not differentiated: targets, weights of classes."""


def fixed(x):
    return x.view(Fixed)


def nn(p):
    return p.nn.functional


def f(name, *args, **kwargs):
    """The module function of that name with further arguments."""
    return lambda p, *xs: getattr(p, name)(*xs, *args, **kwargs)


def m(name, *args, **kwargs):
    """The method of that name."""
    return lambda p, x, *xs: getattr(x, name)(*xs, *args, **kwargs)


def n(name, *args, **kwargs):
    """The function of nn.functional."""
    return lambda p, *xs: getattr(nn(p), name)(*xs, *args, **kwargs)


def on(inputs, *calls):
    return [(inputs, call) for call in calls]


X = [(3, 4, 5)]


def reductions(name, *dims, keep=True):
    """A reduction over no dim, each of `dims`, with and without keepdim."""
    out = on(X, f(name)) + on([()], f(name)) + on([(7,)], m(name))
    for d in dims:
        out += on(X, f(name, dim=d))
        if keep:
            out += on(X, f(name, d, keepdim=True))
    return out


def arrays(inputs) -> list[np.ndarray]:
    out = []
    for k, x in enumerate(inputs):
        out.append(x if isinstance(x, np.ndarray) else np.random.default_rng(k).standard_normal(x))
    return [np.asanyarray(x) for x in out]
