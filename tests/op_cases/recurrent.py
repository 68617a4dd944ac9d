"""Cases of recurrent layers and cells: every cell, layers, directions, projections, packed rows."""

from __future__ import annotations

import warnings

import numpy as np

_rng = np.random.default_rng(11)


def _params(gates, size, hidden, layers=1, directions=1, bias=True, projection=0):
    out = projection or hidden
    shapes = []
    for layer in range(layers):
        width = size if layer == 0 else out * directions
        for _ in range(directions):
            shapes += [(gates * hidden, width), (gates * hidden, out)]
            shapes += [(gates * hidden,)] * (2 if bias else 0)
            shapes += [(projection, hidden)] if projection else []
    return [_rng.standard_normal(s) / 2 for s in shapes]


def _stack(name, states, packed=None, **options):
    """A call of the stacked layers on input, `states` first states and then the parameters."""
    options = {
        "has_biases": True,
        "num_layers": 1,
        "dropout": 0.0,
        "train": False,
        "bidirectional": False,
    } | options

    def call(p, x, *rest):
        h, params = rest[:states], list(rest[states:])
        hx = h if name == "lstm" else h[0]
        values = list(options.values())
        if packed is None:
            with warnings.catch_warnings():  # PyTorch says which way it takes for projections
                warnings.filterwarnings("ignore", "LSTM with projections")
                return getattr(p, name)(x, hx, params, *values, False)
        sizes = p.tensor(packed)
        if p.__name__ == "torch":
            return getattr(p, name)(x, sizes, hx, params, *values)
        return getattr(p, name)(x, hx, params, *values, batch_sizes=sizes)

    return call


def _cases(name, gates, states):
    h = [(2, 3)] * states

    def first(n, batch=2, size=3):
        return [(n, batch, size)] * states

    plain = [(4, 2, 2), *first(1), *_params(gates, 2, 3)]
    deep = [(3, 2, 2), *first(4), *_params(gates, 2, 3, 2, 2)]
    bare = [(3, 2, 2), *first(1), *_params(gates, 2, 3, bias=False)]
    wide = [(2, 3, 17), *[(1, 3, 16)] * states, *_params(gates, 17, 16)]  # of whole vectors
    packed = [(6, 2), *first(2, 3), *_params(gates, 2, 3, 1, 2)]
    cell = [(2, 2), *h, *_params(gates, 2, 3)]
    stacked = [
        (plain, _stack(name, states)),
        (deep, _stack(name, states, num_layers=2, bidirectional=True)),
        (bare, _stack(name, states, has_biases=False)),
        (wide, _stack(name, states)),
        (packed, _stack(name, states, packed=[3, 2, 1], bidirectional=True)),
    ]
    if states == 2:
        projected = [(3, 2, 2), (1, 2, 2), (1, 2, 3), *_params(gates, 2, 3, projection=2)]
        stacked.append((projected, _stack(name, states)))

    def one(p, x, *rest):
        state = rest[:states] if states == 2 else rest[0]
        return getattr(p, name + "_cell")(x, state, *rest[states:])

    return {name: stacked, name + "_cell": [(cell, one)]}


ROWS: dict = {
    **_cases("lstm", 4, 2),
    **_cases("gru", 3, 1),
    **_cases("rnn_tanh", 1, 1),
    **_cases("rnn_relu", 1, 1),
}

# PyTorch's float32 gradients of tanh layers are off float64's by 7.5e-7 on some processors, ours by
# 5e-7: sums of both signs.
RTOL = {"rnn_tanh": {"float32": 2e-6}}
